"""A ticket's life told again from the event log: how it was at each moment, and how rules would have left it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from inbox.automation import Deeds, Rule
from inbox.desk.rules import BECOMES
from inbox.directory import Directory
from inbox.model import Event, Message, Ticket

HOLDS = {"claimed": "actor", "taken_over": "actor", "assigned": "to"}
LETS_GO = ("released", "returned")


@dataclass(slots=True)
class Life:
    """A ticket at one moment of its life. `asleep_until` is None while it is awake."""

    queue: str
    priority: str
    status: str = "new"
    tags: set[str] = field(default_factory=set)
    held: bool = False
    asleep_until: datetime | None = None

    def follow(self, event: Event) -> None:
        """What happened, happened to it."""
        facts, kind = event.facts, event.kind
        if kind == "moved":
            self.queue = facts["to_queue"]
            if not facts.get("kept"):
                self._let_go()
        elif kind in ("priority", "escalated"):
            self.priority = facts.get("priority") or facts.get("after") or self.priority
        elif kind == "tagged":
            self.tags |= set(facts["tags"].split(", "))
        elif kind == "untagged":
            self.tags -= set(facts["tags"].split(", "))
        elif kind == "snoozed":
            self.asleep_until = datetime.fromisoformat(facts["until"])
        elif kind in HOLDS:
            self._hold()
        elif kind in LETS_GO:
            self._let_go("new")
        elif kind in BECOMES:
            self.asleep_until = None
            self.status = BECOMES[kind] or ("open" if self.held else "new")

    def do(self, do: Deeds, directory: Directory) -> None:
        """What a rule does, it would have done to it."""
        queues = directory.desk.queues
        if do.queue in queues and (queues[do.queue].private or not directory.queue(self.queue).private):
            self.queue = do.queue
        self.priority = do.priority or self.priority
        self.tags |= set(do.tag)
        if do.assign and not self.held and self.unresolved:
            self._hold()
        if do.close:
            done = "closed" if do.close == "spam" or self.status == "resolved" else "resolved"
            self.status = done if self.status != "closed" else "closed"

    @property
    def unresolved(self) -> bool:
        return self.status not in ("resolved", "closed")

    def _hold(self) -> None:
        self.held, self.asleep_until = True, None
        self.status = "open" if self.status == "new" else self.status

    def _let_go(self, status: str = "") -> None:
        self.held = False
        self.status = status or ("new" if self.status == "open" else self.status)


def beginning(ticket: Ticket, events: Sequence[Event]) -> Life:
    """The ticket as it was when it was opened."""
    created = next((event for event in events if event.kind == "created"), None)
    moved = next((event.facts["from_queue"] for event in events if event.kind == "moved"), ticket.queue)
    changed = next((event for event in events if event.kind in ("priority", "escalated")), None)
    was = changed.facts.get("was") or changed.facts.get("before") if changed else ticket.priority
    return Life(str(created.facts.get("queue", moved)) if created else moved, str(was))


def requesters_words(talk: Iterable[Message], until: datetime) -> list[Message]:
    """What the requester had said by then."""
    return [said for said in talk if said.role == "requester" and said.written_at <= until and not said.deleted]


def described(rule: Rule) -> str:
    """What a rule does, in the file's own words."""
    do = rule.do
    written = [
        ("queue", do.queue),
        ("priority", do.priority),
        ("tag", ", ".join(do.tag)),
        ("assign", str(do.assign) if do.assign else ""),
        ("note", "yes" if do.note else ""),
        ("reply", do.reply),
        ("notify", ", ".join(map(str, do.notify))),
        ("close", do.close),
    ]
    return "; ".join(name if value == "yes" else f"{name} = {value}" for name, value in written if value)
