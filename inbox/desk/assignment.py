"""Giving tickets out: round robin, or to who is least busy, in the queues that ask for it.

What waits for that has an alarm (see `inbox.desk.turns`). Whoever can take a ticket is on, not away, below the queue's
capacity, does not ask themselves, and did not let this one go before. It goes to who knows most of what it needs, and
among these to whose turn it is. Where nobody can, it stays in its queue and is given as soon as somebody can.
"""

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta

from inbox.desk import absence, claims, turns
from inbox.directory import Assignment, Queue
from inbox.model import Ticket
from inbox.store import Tx, alarms, people, tags, tickets
from inbox.store import assignment as stored
from inbox.store.assignment import Member
from inbox.store.types import EPOCH, MICROSECOND
from sla.hours import NoOpening

LOOK_AGAIN = timedelta(hours=1)  # for what nobody tells of, as a desk file that allows more
A_BEAT = timedelta(seconds=1)
OFFERED = 500  # tickets that wait, at a time


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
        again = _not_before(tx, now, ticket) or _given(tx, now, ticket)
        if again is not None:
            alarms.put(tx, turns.TURN, number, again)


def offer(tx: Tx, now: datetime, person_id: int) -> None:
    """The alarm of somebody who can take more: of what waits in their queues, the most urgent is looked at."""
    found: list[int] = []
    for key in sorted(people.roles(tx, person_id)):
        if turns.given_out(tx.directory, key):
            found += stored.waiting(tx, turns.TURN, key, person_id, _room(tx, now, tx.directory.queue(key)))
    stored.lock(tx, found)  # an alarm is moved by who holds its ticket: two who move several never wait in a circle
    alarms.set_all(tx, [(turns.TURN, number, now) for number in sorted(found)])


def _room(tx: Tx, now: datetime, queue: Queue) -> int:
    """How many more tickets a team can take now. No more are looked at, for these could come before more urgent ones;
    and no fewer, for others may be free as well and look at the same."""
    if not queue.capacity:
        return OFFERED
    free = (queue.capacity - one.held for one in _on(tx, now, queue) if _can(queue, one))
    return min(sum(free), OFFERED)


def _not_before(tx: Tx, now: datetime, ticket: Ticket) -> datetime | None:
    """When a ticket that sleeps or waits, whose queue is closed, or that a more urgent one goes before is looked at
    again; None for now."""
    if ticket.snoozed_until is not None and ticket.snoozed_until > now:
        return ticket.snoozed_until
    if ticket.status != "new":
        return now + LOOK_AGAIN
    queue = tx.directory.queue(ticket.queue)
    with suppress(NoOpening):  # never again: then whoever is there may have it
        opens = queue.policy.hours.next_open(now)
        if opens > now:
            return opens
    return now + A_BEAT if queue.capacity and stored.more_urgent(tx, now, turns.TURN, ticket) else None


def _given(tx: Tx, now: datetime, ticket: Ticket) -> datetime | None:
    """Gives the ticket to whose turn it is; where nobody can take it, when to look again."""
    stored.lock_turns(tx)
    queue = tx.directory.queue(ticket.queue)
    needs = _needs(tx, ticket, queue)
    barred = {ticket.requester_id, *(stored.let_go(tx, ticket.number) if ticket.fence else ())}
    fit = [one for one in _on(tx, now, queue) if _can(queue, one) and one.person_id not in barred]
    for one in order(queue.assignment, needs, fit):
        if _took(tx, now, ticket, queue, one):
            lacks = ", ".join(sorted(needs - one.skills))
            why = {"mode": queue.assignment} | ({"lacking": True, "lacks": lacks} if lacks else {})
            claims.give(tx, now, ticket, one.person_id, None, **why)
            return None
    return _next_shift(tx, now, queue)


def _on(tx: Tx, now: datetime, queue: Queue) -> list[Member]:
    """Those of an open queue's team whose shift it is."""
    team = stored.team(tx, now, queue.key)
    shifts = absence.shifts(tx, [one.person_id for one in team])
    return [one for one in team if absence.in_shift(shifts.get(one.person_id), now)]


def _next_shift(tx: Tx, now: datetime, queue: Queue) -> datetime:
    """When the next one comes, unless that is long after."""
    at = now + LOOK_AGAIN
    for shifts in absence.shifts(tx, people.members(tx, queue.key)).values():
        for hours in shifts:
            with suppress(NoOpening):
                at = min(at, hours.next_open(now)) if not hours.is_open(now) else at
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
