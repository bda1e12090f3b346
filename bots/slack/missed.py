"""What may have been missed, and so is read again from history."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bots.slack.words import earlier

MICROSECOND = 0.000001


@dataclass(slots=True)
class Stretch:
    """What is to be read in a room: its own words after the timestamp `since` ("" for none of them), and threads, each
    by its root, after a timestamp ("" for all of it)."""

    since: str = ""
    threads: dict[str, str] = field(default_factory=dict)

    def add(self, other: "Stretch") -> None:
        """What another says is to be read here too."""
        self.since = min(filter(None, (self.since, other.since)), default="")
        for root, since in other.threads.items():
            self.threads[root] = min(since, self.threads.get(root, since))


@dataclass(slots=True)
class Missed:
    """Rooms whose gap is open: their newest message may not be remembered as the newest known, or what lies before it
    would never be read. While it is not known which rooms these are (`unknown`), it is all of them. `late` are those
    where words were refused, or came after what was said later: answers under them may have been nobody's until then.
    `joined` are rooms that the bot came (back) to.
    """

    rooms: set[str] = field(default_factory=set)
    unknown: bool = False
    late: dict[str, Stretch] = field(default_factory=dict)
    joined: set[str] = field(default_factory=set)

    def __contains__(self, room: str) -> bool:
        return self.unknown or room in self.rooms or room in self.late or room in self.joined

    def note(self, event: Mapping[str, Any]) -> bool:
        """Words that an event tells of are to be read again, with what stands under them. False where it tells of
        none. Raises ValueError where it is not as documented."""
        words = event.get("message") if event.get("subtype") == "message_changed" else event
        room, ts = event.get("channel"), words.get("ts") if isinstance(words, Mapping) else None
        if event.get("type") != "message" or not (isinstance(room, str) and isinstance(ts, str)):
            return False
        assert isinstance(words, Mapping)
        before, root = earlier(ts, MICROSECOND), str(words.get("thread_ts") or ts)
        stretch = Stretch(before) if root == ts else Stretch(threads={root: before})
        self.late.setdefault(room, Stretch()).add(stretch)
        return True
