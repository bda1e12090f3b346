"""What the alarm of a promise does: its clock is judged, people are nagged, and in the end the ticket goes up."""

from datetime import datetime, timedelta

from inbox.desk import moving, nags, outgoing
from inbox.desk.book import KIND, Book
from inbox.desk.promises import REPLIES
from inbox.desk.recount import clock_of
from inbox.model import PRIORITIES, Promise, Ticket
from inbox.store import Tx, alarms, events, messages, tickets
from inbox.store import promises as stored
from sla.ladder import highest_due

WORDS_WAIT = timedelta(minutes=1)


def lock_for(tx: Tx, promise_id: int) -> Ticket | None:
    """A promise's ticket, locked."""
    found = stored.get(tx, promise_id)
    return tickets.lock(tx, found.ticket) if found else None


def tick_promise(tx: Tx, now: datetime, promise_id: int) -> None:
    """The alarm of a promise: its clock is judged, and the highest step of the ladder that is due is told.

    Each step is told once, whoever ticks; nobody is told outside opening hours or while the ticket waits.
    """
    ticket = lock_for(tx, promise_id)
    if ticket is None or not ticket.unresolved:
        return
    book = Book(tx, now, ticket, promise_id)
    promise = next((p for p in book.open() if p.id == promise_id), None)
    if promise is None:
        return
    before, promise = promise.state, book.judge(promise)
    step = _step_due(book, promise)
    answered = step is not None and promise.metric in REPLIES and _answer_on_its_way(tx, ticket)
    first = step is not None and not answered and _take_step(book, promise, step)
    if promise.state == "breached" != before:
        outgoing.card(tx, now, ticket.number)
    ticket = book.close()
    if answered:
        alarms.put(tx, KIND, promise.id, now + WORDS_WAIT)
    elif first and step is not None:
        if "escalate" in nags.LADDER[step].to:
            ticket = _escalate(tx, now, ticket, promise)
        nags.give(tx, now, ticket, promise, nags.LADDER[step])


def _take_step(book: Book, promise: Promise, step: int) -> bool:
    """The ladder stands there now; false where somebody was told that before."""
    book.take_step(promise, step)
    return stored.first_nag(book.tx, book.now, promise, step)


def _step_due(book: Book, promise: Promise) -> int | None:
    hours = book.hours(promise)
    if nags.silent(book.ticket, book.now) or not hours.is_open(book.now):
        return None
    return highest_due(nags.LADDER, clock_of(promise), book.now, promise.step, hours)


def _answer_on_its_way(tx: Tx, ticket: Ticket) -> bool:
    """Whether the holder has spoken, and only the sending is left."""
    return bool(ticket.assignee_id and messages.in_state(tx, ticket.number, "waiting", ticket.assignee_id))


def _escalate(tx: Tx, now: datetime, ticket: Ticket, promise: Promise) -> Ticket:
    """Twice the promised time has passed: the ticket becomes more urgent, and goes to the queue that helps out here.

    What was promised and is broken stays as it was, because our own lateness must not move the deadlines by which it
    is measured.
    """
    own = tx.directory.queue(ticket.queue)
    to = tx.directory.desk.queues.get(own.escalates_to)
    confidential = own.private and not (to and to.private)  # so is what the file has forgotten
    if to and not confidential and not _answer_on_its_way(tx, ticket):
        ticket = moving.moved(tx, now, ticket, to, None, escalated=True, excused=False)
    return _raised(tx, now, ticket, promise)


def _raised(tx: Tx, now: datetime, ticket: Ticket, promise: Promise) -> Ticket:
    rank = PRIORITIES.index(ticket.priority)
    if rank + 1 == len(PRIORITIES):
        return ticket
    after = tickets.change(tx, ticket.number, priority=PRIORITIES[rank + 1], updated_at=now)
    facts = {"metric": promise.metric, "before": ticket.priority, "after": after.priority}
    events.add(tx, now, "escalated", ticket.number, None, **facts)
    outgoing.card(tx, now, ticket.number)
    return after
