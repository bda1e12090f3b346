"""The desk file's windows were edited between two starts: what waits for their end follows.

More time is given by the alarms themselves, which look at the file when they ring. Where the file gives less, they
would ring too late: those are moved here.
"""

from collections.abc import Callable
from datetime import datetime

from inbox.desk import care, lifecycle, timed
from inbox.desk.door import Desk
from inbox.model import Status, Ticket
from inbox.store import Tx, alarms, tickets

BATCH = 100  # tickets that are looked at in one query
When = Callable[[Tx, datetime, Ticket], datetime]
# kind of alarms → the status of their tickets, and when the file wants them to ring
ENDS: dict[str, tuple[Status, When]] = {
    "close": ("resolved", lifecycle.closes_at),
    care.PENDING: ("pending", timed.asks_again),
}


async def follow_file(desk: Desk) -> int:
    """Moves the alarms that the file wants to ring earlier than they are set; returns how many these were.

    Raises StoreUnavailable; the rest is found again by the next call.
    """
    moved = 0
    for kind in ENDS:
        last = 0
        while numbers := await desk.look(alarms.subjects, kind, last, BATCH):
            for number in await desk.look(late, desk.now(), kind, numbers):
                moved += await desk.do(hasten, kind, number)
            last = numbers[-1]
    return moved


def late(tx: Tx, now: datetime, kind: str, numbers: list[int]) -> list[int]:
    """Those of the tickets whose alarm is set for later than the file wants."""
    return [number for number in numbers if _earlier(tx, now, kind, tickets.get(tx, number))]


def hasten(tx: Tx, now: datetime, kind: str, number: int) -> bool:
    """Moves the alarm of one ticket; false where there is no need any more."""
    at = _earlier(tx, now, kind, tickets.lock(tx, number))
    if at:
        alarms.put(tx, kind, number, at)
    return at is not None


def _earlier(tx: Tx, now: datetime, kind: str, ticket: Ticket | None) -> datetime | None:
    status, when = ENDS[kind]
    if ticket is None or ticket.status != status or ticket.snoozed_until is not None:
        return None
    is_set, wanted = alarms.at(tx, kind, ticket.number), when(tx, now, ticket)
    return wanted if is_set and wanted < is_set else None
