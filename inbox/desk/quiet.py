"""When somebody is left in peace: tickets that nobody is nagged about for now, and people who are not at work."""

from collections.abc import Collection
from datetime import datetime

from inbox.desk import absence
from inbox.desk.care import zone_name
from inbox.model import Ticket
from inbox.store import Tx, people, preferences
from sla.walltime import minute_of_day, zone

MINUTES = 24 * 60


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


def may_write(tx: Tx, now: datetime, person_id: int) -> bool:
    """Whether somebody wants reminders by direct message at that time."""
    wants = preferences.get(tx, person_id)
    return wants.direct_nags and not (wants.quiet and _in(tx, now, person_id, wants.quiet))


def hours(text: str) -> str:
    """Quiet hours as they are stored, of "18-8" or "18:00–08:00". Raises ValueError with a sentence."""
    since, dash, until = text.replace("–", "-").replace(".", ":").partition("-")
    if not dash:
        raise ValueError(f'"{text}" are no hours: write them like 18:00-08:00')
    ends = [minute_of_day(end if ":" in end else f"{end.strip()}:00") % MINUTES for end in (since, until)]
    if ends[0] == ends[1]:
        raise ValueError(f'"{text}" are no hours: they end when they begin')
    return "-".join(f"{end // 60:02}:{end % 60:02}" for end in ends)


def _in(tx: Tx, now: datetime, person_id: int, quiet: str) -> bool:
    person = people.get(tx, person_id)
    there = now.astimezone(zone(zone_name(person.timezone if person else "", tx.directory.desk.timezone)))
    since, until = (minute_of_day(end) for end in quiet.split("-"))
    minute = there.hour * 60 + there.minute
    return since <= minute < until if since < until else minute >= since or minute < until
