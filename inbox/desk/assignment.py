"""Giving tickets out: round robin, or to who is least busy, in the queues that ask for it.

What waits for that has an alarm (see `inbox.desk.turns`). Whoever can take a ticket is on, not away, below the queue's
capacity, does not ask themselves, and did not let this one go before. It goes to who knows most of what it needs, and
among these to whose turn it is. Where nobody can, it stays in its queue and is given as soon as somebody can.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta

from inbox.desk import absence, claims, turns
from inbox.directory import Assignment, Queue
from inbox.model import PRIORITIES, Ticket
from inbox.store import Tx, alarms, people, tags, tickets
from inbox.store import assignment as stored
from inbox.store.assignment import Member
from inbox.store.types import EPOCH, MICROSECOND
from sla.hours import NoOpening, OpeningHours

LOOK_AGAIN = timedelta(hours=1)  # for what nobody tells of, as a desk file that allows more
RANK = timedelta(milliseconds=1)
OFFERED = 500  # tickets that wait, at a time
SPARE = 5  # of those that wait longest may be such as this one person cannot take


def order(mode: Assignment, needs: frozenset[str], members: Sequence[Member]) -> list[Member]:
    """Those who can take a ticket, the one to whom it is given first: who knows most of what it needs, then who holds
    least (`least_busy`), then who was given one the longest ago."""

    def rank(one: Member) -> tuple[int, int, datetime, int]:
        busy = one.held if mode == "least_busy" else 0
        return -len(needs & one.skills), busy, one.assigned_at or EPOCH, one.person_id

    return sorted(members, key=rank)


def tick(tx: Tx, now: datetime, number: int) -> None:
    """The alarm of a ticket that waits for its turn: it is given to somebody, or looked at again when that can be."""
    ticket = tickets.lock(tx, number)
    if ticket is None or not ticket.unresolved or ticket.assignee_id is not None:
        return
    if turns.given_out(tx.directory, ticket.queue):
        at = _not_before(tx, now, ticket) or _given(tx, now, ticket)
        if at is not None:
            # the more urgent comes first where many wait for the same morning
            rank = PRIORITIES.index("urgent") - PRIORITIES.index(ticket.priority)
            alarms.put(tx, turns.TURN, number, at + rank * RANK)


def offer(tx: Tx, now: datetime, person_id: int) -> None:
    """The alarm of somebody who can take more: what waits in their queues is looked at, the most urgent first."""
    found: list[int] = []
    for key in sorted(people.roles(tx, person_id)):
        if turns.given_out(tx.directory, key):
            found += stored.waiting(tx, turns.TURN, key, _room_for(tx, now, key, person_id))
    stored.lock(tx, found)  # an alarm is moved by who holds its ticket: two who move several never wait in a circle
    # beats take what is due in the order of its time
    at = {number: now - place * MICROSECOND for place, number in enumerate(reversed(found))}
    alarms.set_all(tx, [(turns.TURN, number, at[number]) for number in sorted(found)])


def _room_for(tx: Tx, now: datetime, queue: str, person_id: int) -> int:
    capacity = tx.directory.queue(queue).capacity
    if not capacity:
        return OFFERED
    free = capacity - tickets.held_by(tx, person_id, queue)
    return min(free + SPARE, OFFERED) if free > 0 else 0


def _not_before(tx: Tx, now: datetime, ticket: Ticket) -> datetime | None:
    """When a ticket that sleeps or waits, or whose queue is closed, is looked at again; None for now."""
    if ticket.snoozed_until is not None and ticket.snoozed_until > now:
        return ticket.snoozed_until
    if ticket.status != "new":
        return now + LOOK_AGAIN
    with suppress(NoOpening):  # never again: then whoever is there may have it
        opens = tx.directory.queue(ticket.queue).policy.hours.next_open(now)
        return opens if opens > now else None
    return None


def _given(tx: Tx, now: datetime, ticket: Ticket) -> datetime | None:
    """Gives the ticket to whose turn it is; where nobody can take it, when to look again."""
    stored.lock_turns(tx)
    queue = tx.directory.queue(ticket.queue)
    needs = _needs(tx, ticket, queue)
    barred = {ticket.requester_id, *(stored.let_go(tx, ticket.number) if ticket.fence else ())}
    team = stored.team(tx, now, queue.key)
    shifts = absence.shifts(tx, [one.person_id for one in team])
    on = [one for one in team if absence.in_shift(shifts.get(one.person_id), now) and one.person_id not in barred]
    for one in order(queue.assignment, needs, [one for one in on if _can(queue, one)]):
        if _took(tx, now, ticket, queue, one):
            lacks = sorted(needs - one.skills)
            claims.give(tx, now, ticket, one.person_id, None, mode=queue.assignment, lacks=lacks)
            return None
    return _next_shift(shifts, now)


def _next_shift(shifts: Mapping[int, Sequence[OpeningHours]], now: datetime) -> datetime:
    """When the next one comes, unless that is long after."""
    at = now + LOOK_AGAIN
    for hours in (one for of_person in shifts.values() for one in of_person if not one.is_open(now)):
        with suppress(NoOpening):
            at = min(at, hours.next_open(now))
    return at


def _can(queue: Queue, one: Member) -> bool:
    return not one.away and not (queue.capacity and one.held >= queue.capacity)


def _took(tx: Tx, now: datetime, ticket: Ticket, queue: Queue, one: Member) -> bool:
    """Whether somebody, locked from here on, can take it still. Their turn is over then, and later than everybody
    else's, whatever the clocks of several machines say."""
    people.lock_agent(tx, one.person_id)
    team = stored.team(tx, now, queue.key)
    if not any(again.person_id == one.person_id and _can(queue, again) for again in team):
        return False
    latest = max((other.assigned_at for other in team if other.assigned_at), default=EPOCH)
    return stored.given(tx, queue.key, one.person_id, max(now, latest + MICROSECOND))


def _needs(tx: Tx, ticket: Ticket, queue: Queue) -> frozenset[str]:
    """What of the queue's skills a ticket asks for: by its tags, its topic, and its requester's language."""
    if not queue.skills:
        return frozenset()
    asked = {ticket.language, ticket.topic, *(tag.casefold() for tag in tags.of(tx, ticket.number))}
    return frozenset(queue.skills).intersection(asked)
