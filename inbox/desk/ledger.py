"""The delivery ledger: every copy of every message, what became of it, and why."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

from inbox.model import Side
from inbox.store import Tx
from inbox.store import ledger as stored

# What became of a copy: waits for its turn, is on its way (it may have arrived), was sent, was changed or taken back
# as its original was, did not arrive, may or may not have arrived, was withdrawn before it was sent.
CopyState = Literal["queued", "sending", "sent", "edited", "deleted", "failed", "unknown", "cancelled"]
TROUBLE: frozenset[CopyState] = frozenset({"failed", "unknown"})
STATES: Mapping[str, CopyState] = {
    "queued": "queued",
    "sending": "sending",
    "sent": "sent",
    "parked": "failed",
    "unknown": "unknown",
    "cancelled": "cancelled",
}
DONE: Mapping[str, CopyState] = {"edit": "edited", "delete": "deleted"}
LIMIT = 200  # messages of one look


@dataclass(frozen=True, slots=True)
class Line:
    """One copy of a message.

    `message` is the message's id; `side` who reads the copy: the requester's side (home) or the agents' (desk);
    `thread` the thread's id, `connection` and `platform` where that is; `room` the room's title, "" in direct messages.
    `what` was done last: the words sent (message), changed (edit) or taken back (delete); `state` is how that went,
    `reason` why ("" for nothing to tell), `attempts` how often it was tried, `at` when it arrived (None where it did
    not).
    """

    message: int
    side: Side
    thread: int
    connection: str
    platform: str
    room: str
    what: Literal["message", "edit", "delete"]
    state: CopyState
    reason: str = ""
    attempts: int = 0
    at: datetime | None = None

    @property
    def in_trouble(self) -> bool:
        return self.state in TROUBLE


def of_ticket(
    tx: Tx, number: int, *, limit: int = LIMIT, before: int | None = None, numbers: Sequence[int] = ()
) -> Sequence[Line]:
    """The copies of a ticket's newest `limit` messages (of those with an id below `before`), in one query; with
    `numbers` those of all these tickets.

    Ordered by message and, of each, in the order in which they were first to be shown. Words that were sent again
    count as they went the last time; words that were never to be shown elsewhere have no line. Asks nobody's leave:
    whoever calls knows that the reader may see the ticket.
    """
    copies: dict[tuple[int, int], Line] = {}  # by message and thread
    shown_as: dict[tuple[str, str, str], tuple[int, int]] = {}
    for row in stored.of_tickets(tx, numbers or [number], limit, before):
        if row.kind == "message":
            key = (row.message_id, row.thread_id)
            copies[key] = _sent(tx, row)
            if row.shown_as:
                shown_as[row.connection, row.shown_in, row.shown_as] = key
            continue
        place = (row.connection, row.payload.get("place", [""])[0], row.payload.get("target", ""))
        changed = shown_as.get(place)
        if changed and row.state != "cancelled":  # overtaken by another change
            copies[changed] = _changed(copies[changed], row)
    return sorted(copies.values(), key=lambda line: line.message)


def by_message(lines: Iterable[Line]) -> dict[int, tuple[Line, ...]]:
    """Message id → its copies."""
    gathered: dict[int, tuple[Line, ...]] = {}
    for line in lines:
        gathered[line.message] = (*gathered.get(line.message, ()), line)
    return gathered


def _sent(tx: Tx, row: Any) -> Line:
    return Line(
        message=row.message_id,
        side=row.side,
        thread=row.thread_id,
        connection=row.connection,
        platform=tx.directory.platform(row.connection),
        room=row.title or "",
        what="message",
        state=STATES[row.state],
        reason=row.reason or "",
        attempts=row.attempts,
        at=row.sent_at if row.state == "sent" else None,
    )


def _changed(line: Line, row: Any) -> Line:
    state = DONE[row.kind] if row.state == "sent" else STATES[row.state]
    at = row.sent_at if row.state == "sent" else None
    return replace(line, what=row.kind, state=state, reason=row.reason or "", attempts=row.attempts, at=at)
