"""A ticket's statuses and moves."""

from datetime import datetime, timedelta

from inbox.desk import absence, care, following, outgoing, promises, surveys, turns
from inbox.desk.access import is_lead, lock_for_agent, name, signed
from inbox.errors import BadInput, NotFound, NotHolder, TooOld, WrongStatus
from inbox.model import ClosedAs, Status, Ticket
from inbox.store import Tx, alarms, events, people, threads, tickets

CASES = "cases"  # kind of alarms, by incident: those who have the same problem follow it


def _lock_to_act(tx: Tx, number: int, agent: int) -> Ticket:
    """The ticket, for its holder, a lead, or anybody of the queue while nobody holds it; others raise NotHolder."""
    ticket = lock_for_agent(tx, number, agent)
    if ticket.assignee_id not in (None, agent) and not is_lead(tx, ticket, agent):
        raise NotHolder(ticket=number, holder=name(tx, ticket.assignee_id))
    return ticket


def _wait(tx: Tx, now: datetime, number: int, agent: int, status: Status) -> Ticket:
    ticket = _lock_to_act(tx, number, agent)
    if ticket.status == status:
        return ticket
    if not ticket.unresolved:
        raise WrongStatus(ticket=number, status=ticket.status)
    after = tickets.change(tx, number, status=status, updated_at=now)
    events.add(tx, now, status, number, agent, before=ticket.status)
    promises.followed(tx, now, after)
    care.pause_return(tx, now, after)
    care.waits(tx, now, after)
    outgoing.card(tx, now, number)
    return after


def pend(tx: Tx, now: datetime, number: int, agent: int) -> Ticket:
    """Waits for the requester. Pending again succeeds. Raises NotFound, NotHolder, WrongStatus."""
    return _wait(tx, now, number, agent, "pending")


def hold(tx: Tx, now: datetime, number: int, agent: int) -> Ticket:
    """Waits for a third party. Raises NotFound, NotHolder, WrongStatus."""
    return _wait(tx, now, number, agent, "on_hold")


def snooze(tx: Tx, now: datetime, number: int, agent: int, until: datetime) -> Ticket:
    """Sleeps until an instant or the requester's next message. Raises BadInput for a past instant, and as `pend`."""
    ticket = _lock_to_act(tx, number, agent)
    if until <= now:
        raise BadInput("past")
    if not ticket.unresolved:
        raise WrongStatus(ticket=number, status=ticket.status)
    after = tickets.change(tx, number, snoozed_until=until, updated_at=now)
    events.add(tx, now, "snoozed", number, agent, until=until.isoformat())
    care.pause_return(tx, now, after)
    alarms.put(tx, "snooze", number, until)
    outgoing.card(tx, now, number)
    return after


def wake(tx: Tx, now: datetime, number: int, agent: int) -> Ticket:
    """An agent ends a snooze before its time. Waking what is awake succeeds. Raises NotFound, NotHolder."""
    ticket = _lock_to_act(tx, number, agent)
    return ticket if ticket.snoozed_until is None else _awake(tx, now, ticket, agent)


def _awake(tx: Tx, now: datetime, ticket: Ticket, actor: int | None) -> Ticket:
    after = tickets.change(tx, ticket.number, snoozed_until=None, updated_at=now)
    events.add(tx, now, "woken", ticket.number, actor, before="snoozed")
    alarms.put(tx, "snooze", ticket.number, None)
    if after.status == "pending":
        care.waits(tx, now, after)
    after = promises.followed(tx, now, after)
    care.start_return(tx, now, after)
    outgoing.card(tx, now, ticket.number)
    return after


def woken(tx: Tx, now: datetime, ticket: Ticket) -> Ticket:
    """The requester wrote: what waited is open again, what was resolved is reopened."""
    if ticket.status == "resolved":
        return reopened(tx, now, ticket, ticket.requester_id)
    if ticket.status not in ("pending", "on_hold") and ticket.snoozed_until is None:
        return ticket
    status: Status = "open" if ticket.assignee_id is not None else "new"
    after = tickets.change(tx, ticket.number, status=status, snoozed_until=None, updated_at=now)
    events.add(tx, now, "woken", ticket.number, ticket.requester_id, before=ticket.status)
    alarms.put(tx, "snooze", ticket.number, None)
    care.wakes(tx, now, after)
    promises.followed(tx, now, after)
    care.start_return(tx, now, after)
    outgoing.card(tx, now, ticket.number)
    return after


def resolve(tx: Tx, now: datetime, number: int, agent: int) -> Ticket:
    """Marks the matter as solved: the requester is told, the microphone is off, the survey is planned.

    Resolving what is resolved succeeds. Raises NotFound, NotHolder, WrongStatus (closed).
    """
    ticket = _lock_to_act(tx, number, agent)
    if ticket.status == "resolved":
        return ticket
    if not ticket.unresolved:
        raise WrongStatus(ticket=number, status=ticket.status)
    return resolved(tx, now, ticket, agent, "resolved.told")


def resolved(tx: Tx, now: datetime, ticket: Ticket, actor: int | None, say: str) -> Ticket:
    """The move itself, with what the requester is told; `actor` None is the desk."""
    number = ticket.number
    after = tickets.change(
        tx,
        number,
        status="resolved",
        resolved_at=now,
        microphone=False,
        snoozed_until=None,
        awaiting_since=None,
        updated_at=now,
    )
    events.add(tx, now, "resolved", number, actor, before=ticket.status, assignee=ticket.assignee_id)
    promises.resolved(tx, now, after)
    care.stop_return(tx, now, after)
    care.wakes(tx, now, after)
    alarms.put(tx, "snooze", number, None)
    alarms.put(tx, "close", number, closes_at(tx, now, after))
    who = signed(tx, after, actor)
    outgoing.notice(tx, now, threads.home(tx, number), say, (f"reopen:{number}",), ticket=number, agent=who)
    if actor is not None:
        surveys.planned(tx, now, after)
    if ticket.incident:
        alarms.put(tx, CASES, number, now)
    turns.freed(tx, now, ticket.queue, ticket.assignee_id)
    following.tell(tx, now, after, "follow.resolved", besides=(actor,), agent=name(tx, actor))
    outgoing.card(tx, now, number)
    return after


def reopen(tx: Tx, now: datetime, number: int, person_id: int) -> Ticket:
    """Opens a resolved ticket again, by its requester (*Not solved*) or an agent of the queue.

    Reopening what is unresolved succeeds. Raises NotFound, WrongStatus (closed, or the window is over), of which its
    requester has TooOld.
    """
    ticket = tickets.lock(tx, number)
    if ticket is None or (ticket.requester_id != person_id and ticket.queue not in people.roles(tx, person_id)):
        raise NotFound(ticket=number)
    if ticket.unresolved:
        return ticket
    if ticket.status == "closed" or past_reopening(tx, now, ticket):
        refused = TooOld if ticket.requester_id == person_id else WrongStatus
        raise refused(ticket=number, status=ticket.status)
    return reopened(tx, now, ticket, person_id)


def past_reopening(tx: Tx, now: datetime, ticket: Ticket) -> bool:
    """Is a resolved ticket past the reopen window?"""
    window = timedelta(seconds=tx.directory.desk.windows.reopen)
    return ticket.status == "resolved" and ticket.resolved_at is not None and now - ticket.resolved_at > window


def reopened(tx: Tx, now: datetime, ticket: Ticket, actor: int) -> Ticket:
    """The move itself: to the former assignee if they are there, with the microphone off, else to the queue."""
    stays = _comes_back_to(tx, now, ticket, actor)
    after = tickets.change(
        tx,
        ticket.number,
        status="open" if stays else "new",
        assignee_id=ticket.assignee_id if stays else None,
        claimed_at=now if stays else None,
        microphone=False,
        fence=ticket.fence + 1,
        cycle=ticket.cycle + 1,
        resolved_at=None,
        updated_at=now,
    )
    tickets.add_hold(tx, after, now)
    events.add(tx, now, "reopened", ticket.number, actor, cycle=after.cycle, holder=after.assignee_id)
    alarms.put(tx, "close", ticket.number, None)
    promises.reopened(tx, now, after)
    surveys.voided(tx, now, after)
    if stays:
        care.start_return(tx, now, after)
        if actor != after.assignee_id and after.assignee_id is not None:
            outgoing.direct(
                tx,
                now,
                after.assignee_id,
                ticket.number,
                "claim.reopened",
                (f"show:{ticket.number}",),
                prefer=outgoing.desk_connection(tx, after),
                ticket=ticket.number,
                by=name(tx, actor),
            )
    else:
        turns.wait(tx, now, ticket.queue, ticket.number)
    outgoing.card(tx, now, ticket.number)
    return tickets.get(tx, ticket.number) or after


def _comes_back_to(tx: Tx, now: datetime, ticket: Ticket, actor: int) -> bool:
    """Whether who held it answers for the queue still, is on and not away; and did not turn out to be who asks."""
    former = ticket.assignee_id if ticket.assignee_id != ticket.requester_id else None
    if former is None or ticket.queue not in people.roles(tx, former):
        return False
    return actor == former or absence.expected(tx, now, tx.directory.queue(ticket.queue), former)


def close(tx: Tx, now: datetime, number: int, agent: int, as_: ClosedAs = "done") -> Ticket:
    """Closes a ticket for good: `done` from resolved, `spam` or `self_served` from anywhere.

    Closing what is closed succeeds. Raises NotFound, NotHolder, WrongStatus (`done` before it is resolved).
    """
    ticket = _lock_to_act(tx, number, agent)
    if ticket.status == "closed":
        return ticket
    if as_ == "done" and ticket.status != "resolved":
        raise WrongStatus(ticket=number, status=ticket.status)
    return closed(tx, now, ticket, agent, as_)


def no_reply_needed(tx: Tx, now: datetime, number: int, agent: int) -> Ticket:
    """Its holder, a lead, or anybody of the queue while nobody holds it, says that the requester's last words ask for
    nothing ("See you on Monday!"). Saying it again succeeds.

    Raises NotFound, NotHolder, WrongStatus (resolved or closed), BadInput (`first_reply_owed`: that is a reply).
    """
    ticket = _lock_to_act(tx, number, agent)
    if not ticket.unresolved:
        raise WrongStatus(ticket=number, status=ticket.status)
    if ticket.awaiting_since is None:
        return ticket
    if not ticket.answered:
        raise BadInput("first_reply_owed", ticket=number)
    after = tickets.change(tx, number, awaiting_since=None, updated_at=now)
    events.add(tx, now, "no_reply", number, agent)
    after = promises.no_reply_needed(tx, now, after)
    care.stop_return(tx, now, after)
    outgoing.card(tx, now, number)
    return after


def closed(tx: Tx, now: datetime, ticket: Ticket, actor: int | None, as_: ClosedAs) -> Ticket:
    """The move itself; `actor` None is the desk."""
    after = tickets.change(
        tx,
        ticket.number,
        status="closed",
        closed_at=now,
        closed_as=as_,
        microphone=False,
        snoozed_until=None,
        awaiting_since=None,
        updated_at=now,
    )
    events.add(tx, now, "closed", ticket.number, actor, closed_as=as_, before=ticket.status)
    if as_ != "done":
        promises.cancelled(tx, now, after)
        surveys.voided(tx, now, after)
    care.stop_return(tx, now, after)
    care.wakes(tx, now, after)
    for kind in ("close", "snooze"):
        alarms.put(tx, kind, ticket.number, None)
    turns.freed(tx, now, ticket.queue, ticket.assignee_id)
    outgoing.card(tx, now, ticket.number)
    return after


def timed_close(tx: Tx, now: datetime, number: int) -> None:
    """The alarm after resolution: closed, unless it was reopened meanwhile, or the desk file gives more time now."""
    ticket = tickets.lock(tx, number)
    if ticket is None or ticket.status != "resolved":
        return
    at = closes_at(tx, now, ticket)
    if at > now:
        alarms.put(tx, "close", number, at)
    else:
        closed(tx, now, ticket, None, "done")


def closes_at(tx: Tx, now: datetime, ticket: Ticket) -> datetime:
    """When a resolved ticket is to be closed."""
    return (ticket.resolved_at or now) + timedelta(seconds=tx.directory.desk.windows.close)


def timed_wake(tx: Tx, now: datetime, number: int) -> None:
    """The alarm of a snooze: awake again."""
    ticket = tickets.lock(tx, number)
    if ticket and ticket.unresolved and ticket.snoozed_until is not None:
        _awake(tx, now, ticket, None)
