"""What the desk promises on a ticket, and how each deed starts, pauses, keeps or ends it.

Every verb leaves the ticket's `due_at` (the nearest deadline that counts) and the alarms right: an alarm stands at the
next instant at which something happens to its promise. Statuses are followed by themselves: after whichever verb,
clocks that the policy pauses in the ticket's status stand still, and no others. `ticket` is given as the deed left it;
the verbs return it with its new `due_at`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from inbox.desk import care, nags, terms
from inbox.desk.book import KIND, Book, begun, facts_of, next_at, row, terms_of
from inbox.desk.recount import histories, rebuild
from inbox.desk.terms import Terms
from inbox.directory import Directory
from inbox.model import Promise, Ticket
from inbox.store import Tx, alarms, events, tickets
from inbox.store import promises as stored

REPLIES = ("first_reply", "next_reply")

__all__ = [
    "Plan",
    "asked_elsewhere",
    "cancelled",
    "claimed",
    "followed",
    "foreseen",
    "no_reply_needed",
    "opened",
    "plan",
    "rebuild",
    "released",
    "reopened",
    "replied",
    "requester_wrote",
    "resolved",
    "retargeted",
    "started_events",
    "store",
]


@dataclass(frozen=True, slots=True)
class Plan:
    """The promises of a ticket that is about to be opened, each with its first alarm, and the nearest deadline."""

    promises: tuple[tuple[Promise, datetime | None], ...]
    due_at: datetime | None


def plan(
    directory: Directory,
    terms: Terms,
    now: datetime,
    asked_at: datetime | None,
    *,
    held: bool = False,
) -> Plan:
    """What a new ticket is promised, before it has a number.

    `asked_at` is when the requester wrote, None for a ticket that an agent opens; a ticket that is `held` from its
    first moment enters no queue.
    """
    starts = {"resolution": now} if held else {"claim": now, "resolution": now}
    if asked_at is not None:
        starts["first_reply"] = min(asked_at, now)
    policy = terms.queue.policy
    found = [begun(directory, terms, 0, metric, at) for metric, at in starts.items()]
    given = [(p, next_at(p, policy, policy.counts_by(p.metric), nags_from=now)) for p in found if p]
    return Plan(tuple(given), min((p.due_at for p, _ in given if p.due_at), default=None))


def store(tx: Tx, number: int, plan: Plan) -> None:
    """Gives a new ticket its planned promises, in two statements; the events are `started_events`."""
    ids = stored.add_all(tx, [row(replace(promise, ticket=number)) for promise, _ in plan.promises])
    alarms.set_all(tx, [(KIND, ids[p.metric, p.cycle], at) for p, at in plan.promises if at is not None])


def started_events(number: int, plan: Plan) -> list[tuple[str, int | None, int | None, Mapping[str, Any]]]:
    """The events of planned promises, to be appended together with the ticket's own."""
    return [
        ("promise_started", number, None, facts_of(promise, promise.started_at) | terms_of(promise))
        for promise, _ in plan.promises
    ]


def opened(tx: Tx, now: datetime, ticket: Ticket, asked_at: datetime | None) -> datetime | None:
    """Gives a stored ticket its first promises and returns the nearest deadline, which is its `due_at` then."""
    held = ticket.assignee_id is not None
    given = plan(tx.directory, terms.of_ticket(tx, ticket), now, asked_at, held=held)
    store(tx, ticket.number, given)
    if given.promises:
        events.add_all(tx, now, started_events(ticket.number, given))
        tickets.change(tx, ticket.number, due_at=given.due_at)
    return given.due_at


def claimed(tx: Tx, now: datetime, ticket: Ticket) -> Ticket:
    """Somebody holds the ticket."""
    book = Book(tx, now, ticket)
    for promise in book.open("claim"):
        book.finish(promise, ticket.claimed_at or now)
    return _changed_hands(book)


def released(tx: Tx, now: datetime, ticket: Ticket) -> Ticket:
    """The ticket is in a queue and nobody holds it: the claim is promised anew."""
    book = Book(tx, now, ticket)
    if ticket.unresolved and ticket.assignee_id is None:
        book.begin("claim", now)
    return _changed_hands(book)


def _changed_hands(book: Book) -> Ticket:
    ticket = book.close()
    nags.changed_hands(book.tx, book.now, ticket, book.promises.values())
    return ticket


def replied(tx: Tx, now: datetime, ticket: Ticket, written_at: datetime) -> Ticket:
    """A public reply by a human was sent: it counts as of when it was written.

    What the requester asked after that (`ticket.awaiting_since`) is not answered by it.
    """
    book = Book(tx, now, ticket)
    for promise in book.open(*REPLIES):
        # the first question came before any reply, whatever two platforms' clocks say
        if promise.metric == "first_reply" or promise.started_at <= written_at:
            book.finish(promise, written_at)
    given_up = book.given_up_at("first_reply", ticket.resolved_at, written_at)
    if given_up:  # "Fixed!", and solved before these words were out
        book.finish(given_up, written_at)
    if ticket.unresolved and ticket.awaiting_since is not None and not book.open(*REPLIES):
        book.begin("next_reply", ticket.awaiting_since)
    return book.close()


def requester_wrote(tx: Tx, now: datetime, ticket: Ticket, written_at: datetime) -> Ticket:
    """The requester awaits an answer: it is promised from their oldest message on, and the claim's lease runs."""
    book = Book(tx, now, ticket)
    if not book.open(*REPLIES):
        book.begin(_reply_owed(book), written_at)
    ticket = book.close()
    care.start_return(tx, now, ticket)
    return ticket


def no_reply_needed(tx: Tx, now: datetime, ticket: Ticket) -> Ticket:
    """An agent says that the requester's last words ask for nothing."""
    book = Book(tx, now, ticket)
    for promise in book.open("next_reply"):
        book.finish(promise, now)
    return book.close()


def asked_elsewhere(tx: Tx, now: datetime, ticket: Ticket) -> Ticket:
    """The words that waited for an answer are another ticket's now: what was promised on them here is void."""
    book = Book(tx, now, ticket)
    for promise in book.open("next_reply"):
        book.cancel(promise)
    return book.close()


def followed(tx: Tx, now: datetime, ticket: Ticket) -> Ticket:
    """The ticket waits, sleeps, or does so no longer: clocks and alarms follow."""
    return Book(tx, now, ticket).close()


def resolved(tx: Tx, now: datetime, ticket: Ticket) -> Ticket:
    """The matter is solved. A first reply that was never given is owed no longer; one that was overdue stays so."""
    book, at = Book(tx, now, ticket), ticket.resolved_at or now
    for promise in book.open("next_reply", "resolution"):
        book.finish(promise, at)
    for promise in book.open("claim", "first_reply"):
        judged = book.judge(promise)
        if judged.state != "breached":
            book.cancel(judged)
    return book.close()


def reopened(tx: Tx, now: datetime, ticket: Ticket) -> Ticket:
    """The matter was not solved: its resolution is promised anew, and its claim where nobody holds it."""
    book = Book(tx, now, ticket)
    book.begin("resolution", now)
    if ticket.assignee_id is None:
        book.begin("claim", now)
    return book.close()


def cancelled(tx: Tx, now: datetime, ticket: Ticket) -> Ticket:
    """The ticket was merged, or is spam: nothing is promised any more."""
    book = Book(tx, now, ticket)
    for promise in book.open():
        book.cancel(promise)
    return book.close()


def retargeted(tx: Tx, now: datetime, ticket: Ticket, *, excused: bool = True) -> Ticket:
    """Priority, queue or policy changed: new targets count from the original starts, and nobody's past is rewritten.

    Where it changed because we are late, what is broken already is not `excused` by a longer target.
    """
    book = Book(tx, now, ticket)
    _retarget(book, excused=excused)
    return book.close()


def foreseen(tx: Tx, now: datetime, ticket: Ticket) -> list[tuple[Promise | None, Promise]]:
    """What `retargeted` would change, (before, after) of each promise, judged now: nothing is written. None before for
    one that would begin."""
    book = Book(tx, now, ticket)
    before = {(p.metric, p.cycle): book.judge(p) for p in book.open()}
    _retarget(book)
    book.follow()
    for promise in book.open():
        book.judge(promise)  # what begins in the past may be missed by now
    return [(before.get(key), after) for key, after in book.promises.items() if key in before or not after.id]


def _retarget(book: Book, *, excused: bool = True) -> None:
    told = histories(stored.log(book.tx, book.ticket.number))
    for promise in book.open():
        if not excused and book.judge(promise).state == "breached":
            book.take_over(book.judge(promise))
        else:
            book.retarget(promise, told.get((promise.metric, promise.cycle), []))
    for metric, since in _owed(book).items():
        book.begin(metric, since)


def _owed(book: Book) -> dict[str, datetime]:
    """What a ticket in this state can be promised, and since when."""
    tx, ticket = book.tx, book.ticket
    if not ticket.unresolved:
        return {}
    owed = {"resolution": stored.last_reopened(tx, ticket.number) or ticket.created_at}
    if ticket.assignee_id is None:
        held = tickets.holds(tx, ticket.number)
        owed["claim"] = held[-1][2] if held else ticket.created_at
    if ticket.awaiting_since is not None and not book.open(*REPLIES):
        owed[_reply_owed(book)] = ticket.awaiting_since
    return owed


def _reply_owed(book: Book) -> str:
    """Which of the replies somebody awaits: the first, where they were promised none yet. On a ticket that an agent
    opened, what was said before its requester ever asked is no answer to them."""
    if not book.ticket.answered:
        return "first_reply"
    never_asked = book.ticket.agent_opened and not book.ever("first_reply")
    promised = never_asked and book.terms.target(book.tx.directory, "first_reply") is not None
    return "first_reply" if promised else "next_reply"
