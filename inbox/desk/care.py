"""Looking after tickets that wait: the lease on a claim, and the requester's silence.

The lease runs as long as the holder owes an answer: from the claim, and after a public reply again from the oldest
message that awaits one. It stands still while the ticket is pending, on hold or asleep. The deeds here are repeated
without harm; what the timers do when they come due is in `inbox.desk.timed`.
"""

from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from inbox.desk.access import name
from inbox.errors import NothingToDo, NotHolder
from inbox.model import Ticket
from inbox.store import Tx, alarms, events, people, returns
from inbox.store.returns import ReturnTimer
from sla import clock as clocks
from sla.clock import WARN, Clock
from sla.hours import NoOpening, OpeningHours
from sla.ladder import Step, step_at
from sla.survey import daytime
from sla.walltime import zone

RETURN, PENDING = "return", "pending"  # kinds of alarms, by ticket
METRIC = "return"
WARNING = Step("warning", WARN, ())


def start_return(tx: Tx, now: datetime, ticket: Ticket) -> None:
    """The holder owes an answer: starts the lease of this claim, or lets it go on; one that runs is left alone."""
    if ticket.assignee_id is None or not ticket.unresolved:
        return
    timer = returns.get(tx, ticket.number)
    if timer is None or timer.fence != ticket.fence:
        _start(tx, now, ticket)
    elif timer.state == "paused" and not waits_or_sleeps(ticket, now):
        _keep_going(tx, now, ticket, timer)


def pause_return(tx: Tx, now: datetime, ticket: Ticket) -> None:
    """The ticket waits or sleeps: the lease stands still."""
    timer = returns.get(tx, ticket.number)
    if timer and timer.state != "paused":
        _write(tx, ticket, replace_clock(timer, _paused(clock_of(timer), now, hours_of(tx, ticket))))


def stop_return(tx: Tx, now: datetime, ticket: Ticket) -> None:
    """The holder answered, or holds it no longer: the lease ends."""
    if returns.drop(tx, ticket.number):
        alarms.put(tx, RETURN, ticket.number, None)


def keep(tx: Tx, now: datetime, ticket: Ticket, agent: int) -> None:
    """*Keep*: the holder keeps the claim for the same time again, from now; once.

    Raises NotHolder, and NothingToDo where no lease runs or it was prolonged before.
    """
    if ticket.assignee_id != agent:
        raise NotHolder(ticket=ticket.number, holder=name(tx, ticket.assignee_id))
    timer = returns.get(tx, ticket.number)
    if timer is None or timer.kept or timer.state == "paused":
        raise NothingToDo(ticket=ticket.number)
    clock = _lease(tx, ticket, timer.target_seconds, now)
    if clock is None:
        raise NothingToDo(ticket=ticket.number)
    _write(tx, ticket, replace(replace_clock(timer, clock), kept=True, warned=False))
    events.add(tx, now, "kept", ticket.number, agent)


def waits(tx: Tx, now: datetime, ticket: Ticket) -> None:
    """The ticket waits for its requester (who is reminded) or for somebody else (who cannot be)."""
    windows = tx.directory.desk.windows
    after = min((*windows.remind_pending, windows.resolve_pending))
    at = by_day(tx, ticket, now + timedelta(seconds=after)) if ticket.status == "pending" else None
    alarms.put(tx, PENDING, ticket.number, at)


def wakes(tx: Tx, now: datetime, ticket: Ticket) -> None:
    """The ticket waits no longer."""
    alarms.put(tx, PENDING, ticket.number, None)


def by_day(tx: Tx, ticket: Ticket, at: datetime) -> datetime:
    """`at`, or the next morning where that is night for the requester."""
    person = people.get(tx, ticket.requester_id)
    return daytime(at, zone_name(person.timezone if person else "", tx.directory.desk.timezone))


def zone_name(own: str, default: str) -> str:
    """A person's time zone; the desk's where the platform told none, or none that exists."""
    try:
        return zone(own).key if own else default
    except ValueError:
        return default


def waits_or_sleeps(ticket: Ticket, now: datetime) -> bool:
    """Whether the holder is not expected to do anything."""
    sleeps = ticket.snoozed_until is not None and ticket.snoozed_until > now
    return ticket.status in ("pending", "on_hold") or sleeps


def hours_of(tx: Tx, ticket: Ticket) -> OpeningHours:
    return tx.directory.queue(ticket.queue).policy.hours


def next_return(timer: ReturnTimer, hours: OpeningHours) -> datetime | None:
    """When the holder is to be warned, or after that when the ticket goes back; None while the lease stands still."""
    if timer.due_at is None:
        return None
    return timer.due_at if timer.warned else step_at(WARNING, clock_of(timer), hours)


def clock_of(timer: ReturnTimer) -> Clock:
    """A lease as a clock."""
    state: Any = timer.state
    return Clock(
        METRIC,
        timer.target_seconds,
        timer.started_at,
        state,
        timer.due_at,
        timer.remaining_seconds,
        timer.paused_at,
    )


def replace_clock(timer: ReturnTimer, clock: Clock) -> ReturnTimer:
    """The lease with its clock moved on."""
    return replace(
        timer,
        state=clock.state,
        started_at=clock.started_at,
        due_at=clock.due_at,
        remaining_seconds=clock.remaining_seconds,
        paused_at=clock.paused_at,
    )


def _start(tx: Tx, now: datetime, ticket: Ticket) -> None:
    """A lease from the claim, or from the requester's oldest unanswered words if these came after it."""
    lease = tx.directory.queue(ticket.queue).policy.lease_seconds
    claimed_at, asked_at = ticket.claimed_at or now, ticket.awaiting_since
    if lease is None or (asked_at is None and claimed_at != now):
        return
    clock = _lease(tx, ticket, lease, max(claimed_at, min(asked_at or claimed_at, now)))
    if clock is None:
        return
    if waits_or_sleeps(ticket, now):
        clock = _paused(clock, now, hours_of(tx, ticket))
    timer = ReturnTimer(ticket.number, ticket.fence, clock.state, lease, now, None, None, None, False, False)
    _write(tx, ticket, replace_clock(timer, clock))


def _lease(tx: Tx, ticket: Ticket, seconds: int, at: datetime) -> Clock | None:
    """A lease from `at` on; None where the calendar has run dry: then no claim runs out."""
    try:
        return clocks.start(METRIC, seconds, at, hours_of(tx, ticket))
    except NoOpening:
        return None


def _keep_going(tx: Tx, now: datetime, ticket: Ticket, timer: ReturnTimer) -> None:
    with suppress(NoOpening):
        _write(tx, ticket, replace_clock(timer, clocks.resume(clock_of(timer), now, hours_of(tx, ticket))))


def _paused(clock: Clock, now: datetime, hours: OpeningHours) -> Clock:
    """Stands still; a lease that ran out a moment ago has nothing left, and ends when it goes on."""
    after = clocks.pause(clock, now, hours)
    if after.state == "paused":
        return after
    return replace(after, state="paused", due_at=None, remaining_seconds=0, paused_at=now)


def _write(tx: Tx, ticket: Ticket, timer: ReturnTimer) -> None:
    returns.put(tx, timer)
    alarms.put(tx, RETURN, ticket.number, next_return(timer, hours_of(tx, ticket)))
