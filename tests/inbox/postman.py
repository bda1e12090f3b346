"""A postman for the tests: leases what is due, as the relay does, and reports each thing as arrived."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from inbox.desk import delivery
from inbox.desk.errand import Errand
from inbox.store import Tx

POSTS = ("card", "message", "notice", "room", "direct")


@dataclass(frozen=True, slots=True)
class Letter:
    """One thing that was said. `to` is a ticket's side, an account (direct messages) or a room."""

    id: int
    kind: str
    say: str
    to: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    actions: tuple[str, ...] = ()
    target: str = ""
    language: str = ""
    files: tuple[str, ...] = ()


def deliver(tx: Tx, now: datetime) -> list[Letter]:
    """Carries out everything that is due and returns it; what is no longer true is dropped on the way."""
    letters = []
    for connection in tx.directory.desk.connections:
        while errands := delivery.lease(tx, now, connection, "postman", 100, 60):
            begun = (delivery.begin(tx, now, errand, 60) for errand in errands)
            letters += [_carry(tx, now, errand) for errand in begun if errand]
    return sorted(letters, key=lambda letter: letter.id)


def _carry(tx: Tx, now: datetime, errand: Errand) -> Letter:
    room = f"dm-{errand.account}" if errand.kind == "direct" else ""
    posted = f"x{errand.id}" if errand.kind in POSTS else ""
    opened = f"th{errand.id}" if errand.kind == "card" and not errand.place.thread else ""
    assert delivery.sent(tx, now, errand.id, errand.fence, room, posted, opened)
    to = errand.account if errand.kind == "direct" else errand.side or errand.place.room
    files = tuple(file.name for file in errand.files)
    return Letter(
        errand.id, errand.kind, errand.say, to, errand.facts, errand.actions, errand.target, errand.language, files
    )
