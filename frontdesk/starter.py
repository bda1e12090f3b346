"""A first desk.toml, from the rooms that the bots can see."""

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from frontdesk.desk_refs import TELEGRAM_ROOM
from inbox.directory import DM, Room

Seen = Mapping[str, tuple[str, Sequence[Room]]]

_DESK = re.compile(r"desk|agent|staff|team|triage|intern", re.IGNORECASE)
_HELP = re.compile(r"help|support|ask|question|hjälp|hjælp|fråg|spørg|(^|\W)it($|\W)", re.IGNORECASE)
_NOBODY = {"slack": "group:support", "discord": "role:Support", "telegram": "123456789"}
_WHO = {
    "slack": "a Slack user group, or user ids",
    "discord": "a Discord role, or user ids",
    "telegram": "Telegram user ids",
}


class _Seen(NamedTuple):
    """A room, its connection's platform, and how the file would name it."""

    room: Room
    platform: str
    reference: str

    @property
    def desk_likeness(self) -> int:
        """How much it looks like a room where agents work; 0: not at all."""
        topics = self.platform == "telegram" and self.room.topics
        return 2 * bool(_DESK.search(self.room.name)) + (self.room.private or topics)

    def __str__(self) -> str:
        private = "private " if self.room.private else ""
        return f"{_quoted(self.reference)} ({private}{self.room.kind}, id {self.room.external_id})"


_START = """\
# A beginning, made from the rooms that the bots can see: read it, change it, keep it in git.
# Every key is explained in docs/desk.md; `frontdesk check` tells what is wrong.

[desk]
name = "Support"
language = "en"
timezone = "UTC"
"""
_PROMISES = """\
[hours.office]
mon-fri = ["09:00-17:00"]

[policies.standard]
hours = "office"
first_reply = { normal = "4h", high = "1h", urgent = "15m" }
resolution = { normal = "2 working days", high = "8h", urgent = "4h" }
return_after = "4h"
"""


def suggest(seen: Seen) -> str:
    """The text of a desk.toml that `parse` accepts, to be read and changed by people.

    `seen` has for each connection its platform and the rooms its bot can see: {"acme": ("slack", [Room(…), …])}.
    """
    seen = seen or {"acme": ("slack", ())}
    rooms = [
        _Seen(room, platform, _reference(room, platform, rooms))
        for platform, rooms in seen.values()
        for room in rooms
        if room.kind != "direct" and (platform != "telegram" or TELEGRAM_ROOM.fullmatch(room.external_id))
    ]
    parts = [_START, *_connections(seen), _PROMISES, _queue(seen, rooms)]
    if rooms:
        parts.append("".join(f"# {line}\n" for line in ["Rooms the bots can see:", *rooms]))
    return "\n".join(parts)


def _connections(seen: Seen) -> Iterable[str]:
    platforms = set()
    for number, (name, (platform, _)) in enumerate(seen.items(), 1):
        env = ""
        if platform in platforms:
            env = f'env = "DESK{number}"  # its tokens are then DESK{number}_BOT_TOKEN and so on\n'
        platforms.add(platform)
        yield f'[connections.{_quoted(name)}]\nplatform = "{platform}"\n{env}'


def _queue(seen: Seen, rooms: Sequence[_Seen]) -> str:
    desk = max(rooms, key=lambda room: room.desk_likeness, default=None)
    if desk and not desk.desk_likeness:
        desk = None
    intake = [found.reference for found in rooms if found != desk and _HELP.search(found.room.name)]
    intake += [f"{name}:{DM}" for name in seen]
    lines = [
        "[queues.support]",
        'title = "Support"',
        'policy = "standard"',
        f"intake = [{', '.join(map(_quoted, intake))}]",
        f"desk = {_quoted(desk.reference)}"
        if desk
        else "# desk = … (the agents' room: a private one, with the bot in it)",
        f'{"" if desk else "# "}digest = {{ daily = "08:30", weekly = "mon 08:30" }}',
        _agents(seen, desk),
        "default = true",
    ]
    return "\n".join(lines) + "\n"


def _agents(seen: Seen, desk: _Seen | None) -> str:
    connection = desk.room.connection if desk else next(iter(seen))
    platform = seen[connection][0]
    if desk and platform == "telegram":
        group = desk.reference.removeprefix(f"{connection}:")
        return f"agents = [{_quoted(f'{connection}:admins:{group}')}]"
    if desk and desk.room.private:
        return 'agents = "members"'
    return f"agents = [{_quoted(f'{connection}:{_NOBODY[platform]}')}]  # replace this by {_WHO[platform]}"


def _reference(room: Room, platform: str, rooms: Sequence[Room]) -> str:
    """How the file names the room: by its name where that is plain and the only one of its kind, else by its id."""
    name = room.name.removeprefix("#")
    if platform == "telegram":  # a title cannot be looked up there
        return f"{room.connection}:{room.external_id}"
    plain = name and name == name.strip() and name.isprintable() and name.lower() != DM
    if not plain or Counter(other.name.removeprefix("#").lower() for other in rooms)[name.lower()] > 1:
        return f"{room.connection}:{room.external_id}"
    mark = "" if platform == "telegram" else "#"
    return f"{room.connection}:{mark}{name}"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
