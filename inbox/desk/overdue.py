"""What the alarms of promises do: clocks are judged, people are nagged, and in the end a ticket goes up.

Many that are due at once are handled in one go, by a few statements for all of them. What needs a look of its own is
handled alone: a ticket that goes up, one whose answer is on its way, one of which somebody else is at.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from operator import attrgetter

from inbox.desk import moving, nags, outgoing, quiet
from inbox.desk.book import KIND, Book, facts_of, next_at
from inbox.desk.nags import Given
from inbox.desk.promises import REPLIES
from inbox.desk.recount import clock_of
from inbox.desk.terms import hours_of, policy_named
from inbox.model import PRIORITIES, Promise, Ticket
from inbox.store import Tx, alarms, events, messages, relations, tickets
from inbox.store import promises as stored
from sla import clock as clocks
from sla.clock import State
from sla.hours import OpeningHours
from sla.ladder import Step, highest_due
from sla.policy import Policy

WORDS_WAIT = timedelta(minutes=1)
# all of a promise that decides what becomes of it
COUNTS = attrgetter(
    "metric", "state", "target_seconds", "started_at", "due_at", "remaining_seconds", "step", "policy", "version"
)
BREATH = timedelta(seconds=1)  # an alarm that was handled is not due again before the next beat


def lock_for(tx: Tx, promise_id: int) -> Ticket | None:
    """A promise's ticket, locked."""
    found = stored.get(tx, promise_id)
    return tickets.lock(tx, found.ticket) if found else None


def tick_promise(tx: Tx, now: datetime, promise_id: int) -> None:
    """The alarm of a promise: its clock is judged, and the highest step of the ladder that is due is told.

    Each step is told once, whoever ticks; nobody is told outside opening hours (unless the policy says so) or while the
    ticket waits or is muted.
    """
    ticket = lock_for(tx, promise_id)
    if ticket is None or not ticket.unresolved:
        return
    book = Book(tx, now, ticket, promise_id)
    promise = next((p for p in book.open() if p.id == promise_id), None)
    if promise is None:
        return
    before, promise = promise.state, book.judge(promise)
    step = step_due(ticket, promise, book.policy(promise), book.hours(promise), now)
    answered = step is not None and promise.metric in REPLIES and _answer_on_its_way(tx, ticket)
    first = step is not None and not answered and _take_step(book, promise, step)
    if promise.state == "breached" != before:
        outgoing.card(tx, now, ticket.number)
    ticket = book.close()
    if answered:
        alarms.put(tx, KIND, promise.id, now + WORDS_WAIT)
    elif first and step is not None:
        if "escalate" in step.to and not relations.cases(tx, {ticket.number}):  # the incident goes up, not its cases
            ticket = _escalate(tx, now, ticket, promise)
        nags.give(tx, now, [Given(ticket, promise, step)])


def _take_step(book: Book, promise: Promise, step: Step) -> bool:
    """The ladder stands there now; false where somebody was told that before."""
    taken = book.take_step(promise, step)
    stored.set_states(book.tx, [taken])
    return bool(stored.first_nags(book.tx, book.now, [taken.id]))


def step_due(ticket: Ticket, promise: Promise, policy: Policy, hours: OpeningHours, now: datetime) -> Step | None:
    """The step of a promise's ladder that somebody is to be told now; None while nobody is."""
    if quiet.silent(ticket, now) or not (policy.nag_always or policy.hours.is_open(now)):
        return None
    return highest_due(policy.ladder, clock_of(promise), now, promise.step, hours, policy.hours)


def _answer_on_its_way(tx: Tx, ticket: Ticket) -> bool:
    """Whether the holder has spoken, and only the sending is left."""
    return bool(ticket.assignee_id and messages.in_state(tx, ticket.number, "waiting", ticket.assignee_id))


@dataclass(frozen=True, slots=True)
class _Due:
    """A promise whose alarm is due, as it was and as it is now, and the step that is to be told."""

    ticket: Ticket
    before: Promise
    after: Promise
    step: Step | None
    alarm: datetime | None

    @property
    def newly_broken(self) -> bool:
        return self.after.state == "breached" != self.before.state


def tick_many(tx: Tx, now: datetime, ids: Sequence[int]) -> tuple[int, list[int]]:
    """Many alarms of promises at once, each as `tick_promise` does. Returns how many were handled, and the promises
    that must be handled alone; of tickets that somebody else is at neither."""
    mine = tickets.lock_free(tx, stored.tickets_of(tx, ids))
    found = stored.of_ids(tx, ids, mine)  # read under the locks: what they show now stays so
    judge = _Judge(tx, now)
    due: list[_Due] = []
    alone: list[int] = []
    for promise in found:
        one = judge.judged(mine[promise.ticket], promise)
        if isinstance(one, _Due):
            due.append(one)
        else:
            alone.append(one)
    busy = messages.waiting_among(tx, sorted({one.ticket.number for one in due if one.step}))
    plain = [one for one in due if (one.ticket.number, one.ticket.assignee_id) not in busy]
    alone += [one.before.id for one in due if (one.ticket.number, one.ticket.assignee_id) in busy]
    taken = alarms.take_all(tx, KIND, [one.before.id for one in plain], now)
    _settle(tx, now, [one for one in plain if one.before.id in taken])
    return len(taken), alone


class _Judge:
    """Looks at promises, many of which are alike: what follows from the same numbers is worked out once."""

    def __init__(self, tx: Tx, now: datetime) -> None:
        self._tx, self._now = tx, now
        self._policies: dict[tuple[str, str, str, str], tuple[Policy, OpeningHours]] = {}
        self._known: dict[object, tuple[State, Step | None, datetime | None]] = {}

    def judged(self, ticket: Ticket, promise: Promise) -> "_Due | int":
        """The promise as it stands now; its id where it must be handled alone."""
        policy, hours = self._terms(ticket, promise)
        counts = promise.state in nags.COUNTING and ticket.unresolved
        if not counts or policy.pauses(promise.metric, ticket.status):
            return promise.id
        wanted = quiet.wanted_from(ticket, self._now)
        like = (COUNTS(promise), wanted, ticket.queue)
        known = self._known.get(like)
        if known is None:
            known = self._known[like] = self._worked_out(ticket, promise, policy, hours)
        state, step, at = known
        if step is not None and "escalate" in step.to:
            return promise.id
        return _Due(ticket, promise, _stands(promise, state, step), step, at)

    def _worked_out(
        self, ticket: Ticket, promise: Promise, policy: Policy, hours: OpeningHours
    ) -> tuple[State, Step | None, datetime | None]:
        """The state of its clock, the step that is to be told, and when it is due again."""
        step = step_due(ticket, promise, policy, hours, self._now)
        state = clocks.judge(clock_of(promise), self._now, hours).state
        after = _stands(promise, state, step)
        at = next_at(after, policy, hours, nags_from=quiet.wanted_from(ticket, self._now))
        return state, step, max(at, self._now + BREATH) if at else None

    def _terms(self, ticket: Ticket, promise: Promise) -> tuple[Policy, OpeningHours]:
        key = (ticket.queue, promise.policy, promise.version, promise.metric)
        if key not in self._policies:
            policy = policy_named(self._tx.directory, ticket.queue, promise.policy)
            self._policies[key] = policy, hours_of(self._tx, *key)
        return self._policies[key]


def _stands(promise: Promise, state: State, step: Step | None) -> Promise:
    return replace(promise, state=state, step=promise.step if step is None else step.key)


def _settle(tx: Tx, now: datetime, due: Sequence[_Due]) -> None:
    """Writes what became of these promises, and tells whom it concerns."""
    stored.set_states(tx, [one.after for one in due if one.after != one.before])
    told = [one for one in due if one.after.state != one.before.state]
    events.add_dated(tx, [(_at(one, now), _event(one, now)) for one in told])
    alarms.set_all(tx, [(KIND, one.before.id, one.alarm) for one in due if one.alarm])
    for one in due:
        if one.newly_broken:
            tx.tickets.add(one.ticket.number)
    first = stored.first_nags(tx, now, [one.after.id for one in due if one.step])
    given = [
        Given(one.ticket, one.after, one.step)
        for one in due
        if one.step and (one.after.ticket, one.after.metric, one.after.cycle, one.after.step) in first
    ]
    nags.give(tx, now, given, [one.ticket.number for one in due if one.newly_broken])


def _at(one: _Due, now: datetime) -> datetime:
    """A breach is dated at its deadline, whenever it was noticed."""
    return one.after.due_at if one.newly_broken and one.after.due_at else now


def _event(one: _Due, now: datetime) -> events.Entry:
    return f"promise_{one.after.state}", one.ticket.number, None, facts_of(one.after, _at(one, now))


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
