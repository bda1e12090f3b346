"""When somebody is left in peace: tickets that nobody is nagged about for now, and people who are not at work."""

from collections.abc import Collection
from datetime import datetime

from inbox.desk import absence
from inbox.model import Ticket
from inbox.store import Tx


def silent(ticket: Ticket, now: datetime) -> bool:
    """Whether nobody is nagged about a ticket: it waits for its requester, sleeps, is muted, or is solved."""
    since = wanted_from(ticket, now)
    return not ticket.unresolved or since is None or since > now


def wanted_from(ticket: Ticket, now: datetime) -> datetime | None:
    """The instant, not before `now`, from which somebody is nagged about an unresolved ticket again; None while that is
    for its requester to say."""
    if ticket.status == "pending":
        return None
    return max(now, ticket.snoozed_until or now, ticket.muted_until or now)


def at_work(tx: Tx, now: datetime, persons: Collection[int]) -> list[int]:
    """Those of these persons who are not away and, where they have shifts, in one, in the order in which they came."""
    away, shifts = absence.gone(tx, now, persons), absence.shifts(tx, persons)
    return [who for who in persons if who not in away and absence.in_shift(shifts.get(who), now)]
