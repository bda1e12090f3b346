"""The claim: the exclusive right to speak for the desk on one ticket. Every race is decided in one statement."""

from datetime import datetime, timedelta
from typing import Any

from inbox.desk import absence, care, outgoing, promises, turns
from inbox.desk.access import is_lead, lock_for_agent, name
from inbox.errors import (
    AlreadyClaimed,
    BadInput,
    DeskError,
    NotFound,
    NothingToDo,
    NotHolder,
    OverCapacity,
    WordsWaiting,
    WrongStatus,
)
from inbox.model import Claimed, Ticket
from inbox.store import Tx, alarms, assignment, events, messages, people, threads, tickets

REST = "give_back"  # kind of alarms, by person
GIVEN_BACK = 50  # tickets at a time


def claim(tx: Tx, now: datetime, number: int, agent: int) -> Claimed:
    """Claims a ticket for an agent of its queue; claiming what one holds succeeds.

    Raises NotFound, AlreadyClaimed (naming the holder), BadInput (one's own), OverCapacity, WrongStatus (resolved or
    closed).
    """
    ticket = _visible(tx, number, agent)
    if ticket.assignee_id is None:
        _count_claims(tx, ticket, agent)  # who would be refused anyway locks nothing
    if ticket.assignee_id == agent or tx.directory.queue(ticket.queue).capacity:
        ticket = lock_for_agent(tx, number, agent)  # before the agent, whom counting their claims will lock
    if ticket.assignee_id == agent and ticket.unresolved:
        if not ticket.microphone:
            ticket = tickets.change(tx, number, microphone=True)
        return Claimed(ticket, already=True)
    _check_own(ticket, agent)
    if ticket.assignee_id is None:
        _check_capacity(tx, ticket, agent)
    won = tickets.try_claim(tx, number, agent, now)
    if won is None:
        return _too_late(tx, now, number, agent)
    events.add(tx, now, "claimed", number, agent, fence=won.fence)
    _after_claim(tx, now, won)
    return Claimed(tickets.get(tx, number) or won)


def claim_next(tx: Tx, now: datetime, agent: int) -> Claimed:
    """Claims the most urgent unclaimed ticket of the agent's queues. Raises NothingToDo where there is none, and
    OverCapacity where there are only such as would be too many."""
    nothing: DeskError = NothingToDo()
    for number in tickets.next_unclaimed(tx, sorted(people.roles(tx, agent))):
        try:
            return claim(tx, now, number, agent)
        except OverCapacity as error:
            nothing = error
        except (AlreadyClaimed, BadInput, WrongStatus):
            continue
    raise nothing


def release(tx: Tx, now: datetime, number: int, agent: int) -> Ticket:
    """Gives the claim back. The holder may at any time, a lead may force it; releasing what nobody holds succeeds.

    Raises NotFound, NotHolder, WrongStatus.
    """
    ticket = lock_for_agent(tx, number, agent)
    if not ticket.unresolved:
        raise WrongStatus(ticket=number, status=ticket.status)
    if ticket.assignee_id is None:
        return ticket
    forced = ticket.assignee_id != agent
    if forced and not is_lead(tx, ticket, agent):
        raise NotHolder(ticket=number, holder=name(tx, ticket.assignee_id))
    if forced:
        _tell_former(tx, now, ticket, agent, "claim.forced")
    events.add(tx, now, "released", number, agent, forced=forced, holder=ticket.assignee_id)
    after = unclaim(tx, now, ticket)
    turns.over(tx, after)  # who gave it back wants it to wait for a human
    turns.freed(tx, now, ticket.queue, ticket.assignee_id)
    return after


def give_back_all(tx: Tx, now: datetime, agent: int) -> int:
    """Who goes away gives back what they hold; it goes to the next whose turn it is, where the queue knows turns.

    Returns how many tickets that were: at most 50 at a time, the rest follows by an alarm.
    """
    people.lock(tx, agent)
    numbers = sorted(t.number for t in tickets.held_of(tx, agent, sorted(people.roles(tx, agent)), GIVEN_BACK))
    for number in numbers:
        ticket = tickets.lock(tx, number)
        if ticket and ticket.assignee_id == agent and ticket.unresolved:
            events.add(tx, now, "released", number, agent, forced=False, holder=agent)
            unclaim(tx, now, ticket)
            turns.wait(tx, now, ticket.queue, number)
    alarms.put(tx, REST, agent, now if len(numbers) == GIVEN_BACK else None)
    return len(numbers)


def unclaim(tx: Tx, now: datetime, ticket: Ticket) -> Ticket:
    """Puts a ticket back into its queue: nobody holds it, the fence moves on."""
    after = tickets.change(
        tx,
        ticket.number,
        assignee_id=None,
        claimed_at=None,
        status="new",
        microphone=False,
        fence=ticket.fence + 1,
        snoozed_until=None,
        updated_at=now,
    )
    tickets.add_hold(tx, after, now)
    care.stop_return(tx, now, after)
    promises.released(tx, now, after)
    outgoing.card(tx, now, ticket.number)
    return after


def left(tx: Tx, now: datetime, number: int) -> None:
    """The holder does not answer for the queue any more: it is back in the queue, and both sides of that are told."""
    ticket = tickets.lock(tx, number)
    if ticket is None or ticket.assignee_id is None or not ticket.unresolved:
        return
    queue, holder = tx.directory.queue(ticket.queue), ticket.assignee_id
    facts: dict[str, Any] = {"ticket": number, "holder": name(tx, holder), "queue": queue.title}
    events.add(tx, now, "released", number, None, forced=True, holder=holder)
    outgoing.direct(tx, now, holder, number, "claim.left", prefer=outgoing.desk_connection(tx, ticket), **facts)
    outgoing.notice(tx, now, threads.desk(tx, number), "return.left", **facts)
    unclaim(tx, now, ticket)
    turns.wait(tx, now, ticket.queue, number)


def given_up(tx: Tx, now: datetime, number: int) -> None:
    """It turned out to be the holder's own ticket, which nobody may hold: it is back in the queue."""
    ticket = tickets.lock(tx, number)
    if ticket is None or ticket.assignee_id is None or not ticket.unresolved:
        return
    events.add(tx, now, "released", number, None, forced=True, holder=ticket.assignee_id)
    unclaim(tx, now, ticket)
    turns.wait(tx, now, ticket.queue, number)


def take_over(tx: Tx, now: datetime, number: int, agent: int) -> Claimed:
    """Takes the claim from its holder, who is told. Any agent of the queue may.

    Raises NotFound, BadInput (one's own), WrongStatus, and WordsWaiting while the holder has words in the undo window.
    """
    ticket = lock_for_agent(tx, number, agent)
    if ticket.assignee_id in (None, agent):
        return claim(tx, now, number, agent)
    if not ticket.unresolved:
        raise WrongStatus(ticket=number, status=ticket.status)
    _check_own(ticket, agent)
    _check_waiting(tx, now, ticket)
    _check_capacity(tx, ticket, agent)
    _tell_former(tx, now, ticket, agent, "claim.taken")
    after = _hand_to(tx, now, ticket, agent, speaks=True)
    events.add(tx, now, "taken_over", number, agent, holder=ticket.assignee_id, fence=after.fence)
    _after_claim(tx, now, after)
    turns.freed(tx, now, ticket.queue, ticket.assignee_id)
    return Claimed(tickets.get(tx, number) or after)


def assign(tx: Tx, now: datetime, number: int, by: int, to: int) -> Claimed:
    """Gives a ticket to an agent of its queue; their first words wait until they choose to speak.

    An agent may assign what nobody or they themselves hold, a lead any, and more than the queue allows. Assigning to
    oneself is claiming. Raises NotFound, NotHolder, BadInput (not an agent of the queue, away), OverCapacity,
    WordsWaiting, WrongStatus.
    """
    if by == to:
        return claim(tx, now, number, by)
    ticket = lock_for_agent(tx, number, by)
    if not ticket.unresolved:
        raise WrongStatus(ticket=number, status=ticket.status)
    if ticket.queue not in people.roles(tx, to):
        raise BadInput("not_an_agent", name=name(tx, to), queue=tx.directory.queue(ticket.queue).title)
    _check_own(ticket, to)
    if ticket.assignee_id == to:
        return Claimed(ticket, already=True)
    if ticket.assignee_id not in (None, by) and not is_lead(tx, ticket, by):
        raise NotHolder(ticket=number, holder=name(tx, ticket.assignee_id))
    _check_waiting(tx, now, ticket)
    _check_there(tx, now, to)
    if not is_lead(tx, ticket, by):
        _check_capacity(tx, ticket, to)
    if ticket.assignee_id not in (None, by):
        _tell_former(tx, now, ticket, to, "claim.taken")
    after = give(tx, now, ticket, to, by)
    if turns.given_out(tx.directory, ticket.queue):
        assignment.given(tx, ticket.queue, to, now)
    turns.freed(tx, now, ticket.queue, ticket.assignee_id)
    return Claimed(after)


def give(tx: Tx, now: datetime, ticket: Ticket, to: int, by: int | None, **facts: Any) -> Ticket:
    """The move itself; `by` None is the desk, and then `facts` tell why it is this agent's. They are told."""
    after = _hand_to(tx, now, ticket, to, speaks=False)
    events.add(tx, now, "assigned", ticket.number, by, to=to, fence=after.fence, **facts)
    _after_claim(tx, now, after)
    say = "claim.assigned" if by is not None else "claim.given"
    show, prefer = (f"show:{ticket.number}",), outgoing.desk_connection(tx, after)
    said: dict[str, Any] = {"ticket": ticket.number, "subject": shown_subject(tx, after), "by": name(tx, by)}
    if not outgoing.direct(tx, now, to, ticket.number, say, show, prefer=prefer, **said):
        # who cannot be written to reads it where they work
        outgoing.notice(tx, now, threads.desk(tx, ticket.number), "claim.yours", holder=name(tx, to), **said)
    return tickets.get(tx, ticket.number) or after


def shown_subject(tx: Tx, ticket: Ticket) -> str:
    """The subject, or nothing of it where the queue's words stay inside the desk."""
    return "🔒" if tx.directory.queue(ticket.queue).private else ticket.subject


def _visible(tx: Tx, number: int, agent: int) -> Ticket:
    ticket = tickets.get(tx, number)
    if ticket is None or ticket.queue not in people.roles(tx, agent):
        raise NotFound(ticket=number)
    return ticket


def _too_late(tx: Tx, now: datetime, number: int, agent: int) -> Claimed:
    """Says who was first, unless that was the same agent through another door, or they have let go of it since.

    The lost claim is kept: it is a collision prevented.
    """
    ticket = _visible(tx, number, agent)
    if not ticket.unresolved:
        raise WrongStatus(ticket=number, status=ticket.status)
    if ticket.assignee_id in (None, agent):
        lock_for_agent(tx, number, agent)
        return claim(tx, now, number, agent)
    events.add(tx, now, "claim_lost", number, agent, holder=ticket.assignee_id)
    since = int((now - ticket.claimed_at).total_seconds()) if ticket.claimed_at else 0
    raise AlreadyClaimed(ticket=number, holder=name(tx, ticket.assignee_id), since=max(0, since))


def _check_own(ticket: Ticket, agent: int) -> None:
    """Nobody holds a ticket of their own."""
    if ticket.requester_id == agent:
        raise BadInput("own_ticket", ticket=ticket.number)


def _check_capacity(tx: Tx, ticket: Ticket, agent: int) -> None:
    """Raises OverCapacity where the agent, locked until the commit, holds as many of the queue as it allows."""
    if tx.directory.queue(ticket.queue).capacity:
        people.lock_agent(tx, agent)
        _count_claims(tx, ticket, agent)


def _count_claims(tx: Tx, ticket: Ticket, agent: int) -> None:
    capacity = tx.directory.queue(ticket.queue).capacity
    if capacity and tickets.held_by(tx, agent, ticket.queue) >= capacity:
        raise OverCapacity(capacity=capacity, name=name(tx, agent))


def _check_there(tx: Tx, now: datetime, agent: int) -> None:
    """Raises BadInput where the agent, locked until the commit, is away: they are given nothing."""
    people.lock_agent(tx, agent)
    gone = absence.of(tx, now, agent)
    if gone and gone.until:
        raise BadInput("away_until", name=name(tx, agent), until=gone.until.isoformat())
    if gone:
        raise BadInput("away", name=name(tx, agent))


def _check_waiting(tx: Tx, now: datetime, ticket: Ticket) -> None:
    seconds = tx.directory.queue(ticket.queue).undo_seconds
    since = now - timedelta(seconds=seconds)
    if messages.waits_since(tx, ticket.number, ticket.assignee_id, since):
        raise WordsWaiting(ticket=ticket.number, holder=name(tx, ticket.assignee_id), seconds=seconds)


def _hand_to(tx: Tx, now: datetime, ticket: Ticket, agent: int, *, speaks: bool) -> Ticket:
    status = "open" if ticket.status == "new" else ticket.status
    after = tickets.change(
        tx,
        ticket.number,
        assignee_id=agent,
        claimed_at=now,
        status=status,
        microphone=speaks,
        fence=ticket.fence + 1,
        updated_at=now,
    )
    tickets.add_hold(tx, after, now)
    return after


def _after_claim(tx: Tx, now: datetime, ticket: Ticket) -> None:
    promises.claimed(tx, now, ticket)
    care.start_return(tx, now, ticket)
    turns.over(tx, ticket)
    outgoing.card(tx, now, ticket.number)


def _tell_former(tx: Tx, now: datetime, ticket: Ticket, agent: int, say: str) -> None:
    if ticket.assignee_id is not None:
        outgoing.direct(
            tx,
            now,
            ticket.assignee_id,
            ticket.number,
            say,
            prefer=outgoing.desk_connection(tx, ticket),
            ticket=ticket.number,
            subject=shown_subject(tx, ticket),
            by=name(tx, agent),
        )
