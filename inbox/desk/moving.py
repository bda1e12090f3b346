"""A ticket goes to another queue: moved by an agent or a rule, escalated because it takes more, or because time is out.

Whoever held it keeps it only where they answer for the new queue too; the microphone is off either way, and the fence
moves. What is promised counts by the new queue's policy from when it began. Chats follow in `inbox.desk.scrubbing`.
"""

from datetime import datetime, timedelta
from typing import Any

from inbox.desk import care, incidents, lists, outgoing, promises, replies, scrubbing, turns
from inbox.desk.access import is_lead, lock_for_agent, name
from inbox.directory import Queue
from inbox.errors import BadInput, NotHolder, WordsWaiting, WrongStatus
from inbox.model import Ticket
from inbox.store import Tx, alarms, events, messages, people, tickets


def move(tx: Tx, now: datetime, number: int, agent: int, queue: str, why: str = "") -> Ticket:
    """Moves a ticket to a queue, by its key or title, whether the agent answers for that one or not. `why` is a note
    for the colleagues there. Moving it where it is succeeds.

    Its holder may, a lead, and any agent of its queue while nobody holds it. Raises NotFound, NotHolder, WrongStatus
    (closed), WordsWaiting, BadInput: `no_queue`, `handover_note` (words are wanted with it: by either queue's setting,
    or since it leaves a confidential queue), `too_long`.
    """
    ticket = _lock_to_move(tx, number, agent)
    to = _named(tx, queue)
    if to.key == ticket.queue:
        return ticket
    return _hand_over(tx, now, ticket, agent, to, why)


def escalate(tx: Tx, now: datetime, number: int, agent: int, why: str = "", queue: str = "") -> Ticket:
    """Hands a ticket up: to a queue by key or title, or the one that its queue escalates to. Nobody holds it there.

    Raises as `move`, and BadInput `no_next_tier` where the queue escalates to none.
    """
    ticket = _lock_to_move(tx, number, agent)
    own = tx.directory.queue(ticket.queue)
    if not queue and own.escalates_to not in tx.directory.desk.queues:
        raise BadInput("no_next_tier", queue=own.title)
    to = _named(tx, queue or own.escalates_to)
    if to.key == ticket.queue:
        return ticket
    return _hand_over(tx, now, ticket, agent, to, why, escalated=True)


def _hand_over(
    tx: Tx, now: datetime, ticket: Ticket, agent: int, to: Queue, why: str, *, escalated: bool = False
) -> Ticket:
    own = tx.directory.queue(ticket.queue)
    opens_up = own.private and not to.private
    if not why.strip() and (own.handover_note or to.handover_note or opens_up):
        raise BadInput("handover_note", queue=to.title)
    check_waiting(tx, now, ticket)
    if why.strip():
        replies.note(tx, now, ticket.number, agent, why)
    return moved(tx, now, ticket, to, agent, escalated=escalated)


def moved(
    tx: Tx,
    now: datetime,
    ticket: Ticket,
    to: Queue,
    actor: int | None,
    *,
    escalated: bool = False,
    excused: bool = True,
    **why: Any,
) -> Ticket:
    """The move itself; `actor` None is the desk, and `why` is told in the event. Where it is `escalated`, its holder
    lets go in any case. A broken promise is not `excused` by a longer target where it was moved for being late."""
    number, own, holder = ticket.number, tx.directory.queue(ticket.queue), ticket.assignee_id
    stays = holder is not None and not escalated and may_hold(tx, to, holder)
    after = _rehoused(tx, now, ticket, to, stays=stays)
    facts: dict[str, Any] = {"from_queue": own.key, "to_queue": to.key, "up" if escalated else "over": True}
    events.add(tx, now, "moved", number, actor, **facts, holder=holder, kept=stays, **why)
    after = promises.retargeted(tx, now, after, excused=excused)
    if stays:
        care.start_return(tx, now, after)
    else:
        care.stop_return(tx, now, after)
        turns.freed(tx, now, own.key, holder)
        _tell_former(tx, now, ticket, to, actor)
    scrubbing.relocated(tx, now, after, to, shows=to.private or not own.private)
    outgoing.label(tx, now, number)
    if to.private or own.private:
        incidents.parted(tx, now, after, actor)
    if to.private and not own.private:
        scrubbing.go_private(tx, now, after, to)
        lists.changed(tx, now, number)
        for source in tickets.gathered(tx, number):
            if source != number:  # what was merged into it is as confidential
                scrubbing.taken_away(tx, now, tickets.change(tx, source, queue=to.key), to)
                lists.changed(tx, now, source)
    if after.unresolved and after.assignee_id is None:
        alarms.put(tx, turns.TURN, number, None)
        turns.wait(tx, now, to.key, number)
    return after


def _rehoused(tx: Tx, now: datetime, ticket: Ticket, to: Queue, *, stays: bool) -> Ticket:
    after = tickets.change(
        tx,
        ticket.number,
        queue=to.key,
        assignee_id=ticket.assignee_id if stays else None,
        claimed_at=ticket.claimed_at if stays else None,
        status="new" if ticket.status == "open" and not stays else ticket.status,
        microphone=False,
        fence=ticket.fence + 1,
        updated_at=now,
    )
    tickets.add_hold(tx, after, now)
    return after


def check_waiting(tx: Tx, now: datetime, ticket: Ticket) -> None:
    """Raises WordsWaiting while the holder's words can still be taken back: they belong to this queue's answer."""
    seconds = tx.directory.queue(ticket.queue).undo_seconds
    since = now - timedelta(seconds=seconds)
    if messages.waits_since(tx, ticket.number, ticket.assignee_id, since):
        raise WordsWaiting(ticket=ticket.number, holder=name(tx, ticket.assignee_id), seconds=seconds)


def _lock_to_move(tx: Tx, number: int, agent: int) -> Ticket:
    ticket = lock_for_agent(tx, number, agent)
    if ticket.assignee_id not in (None, agent) and not is_lead(tx, ticket, agent):
        raise NotHolder(ticket=number, holder=name(tx, ticket.assignee_id))
    if ticket.status == "closed":
        raise WrongStatus(ticket=number, status=ticket.status)
    return ticket


def _named(tx: Tx, queue: str) -> Queue:
    """A queue by its key or its title, whatever the case. Raises BadInput (`no_queue`)."""
    wanted, queues = queue.strip().casefold(), tx.directory.desk.queues
    found = queues.get(wanted) or next((q for q in queues.values() if q.title.casefold() == wanted), None)
    if found is None:
        raise BadInput("no_queue", words=queue[:40], queues=", ".join(queues))
    return found


def may_hold(tx: Tx, to: Queue, holder: int) -> bool:
    """Does somebody answer for that queue, and may hold one more in it? They are locked until the commit where that
    must be counted."""
    if to.key not in people.roles(tx, holder):
        return False
    if not to.capacity:
        return True
    people.lock_agent(tx, holder)
    return tickets.held_by(tx, holder, to.key) < to.capacity


def _tell_former(tx: Tx, now: datetime, ticket: Ticket, to: Queue, actor: int | None) -> None:
    if ticket.assignee_id in (None, actor) or not ticket.unresolved:
        return
    say = "moved.escalated" if actor is None else "moved.taken"
    facts: dict[str, Any] = {"ticket": ticket.number, "queue": to.title, "by": name(tx, actor)}
    prefer = outgoing.desk_connection(tx, ticket)
    assert ticket.assignee_id is not None
    outgoing.direct(tx, now, ticket.assignee_id, ticket.number, say, prefer=prefer, **facts)
