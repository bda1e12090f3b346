"""One ticket's promises during one deed: opened, changed, and closed with everything that follows from the changes."""

from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

import structlog

from inbox.desk import nags, quiet
from inbox.desk import terms as standing
from inbox.desk.access import name
from inbox.desk.recount import Key, clock_of, finished, going, promise_of, replayed, stopped
from inbox.desk.terms import Terms, hours_of, policy_named
from inbox.directory import Directory
from inbox.model import UNRESOLVED, Event, Promise, Ticket
from inbox.store import Tx, alarms, events, tickets
from inbox.store import promises as stored
from sla import clock as clocks
from sla.clock import OPEN_STATES, Clock
from sla.hours import NoOpening, OpeningHours
from sla.ladder import BEFORE_ALL, Step, next_step, step_at
from sla.policy import Policy

log = structlog.get_logger("promises")
KIND = "promise"  # of alarms
DUE_SOON = Step("due_soon", clocks.WARN, ())
FIELDS = tuple(field for field in Promise.__dataclass_fields__ if field != "id")


def begun(directory: Directory, terms: Terms, number: int, metric: str, at: datetime, cycle: int = 1) -> Promise | None:
    """A new promise that runs from `at`; None where the policy promises nothing."""
    target, policy = terms.target(directory, metric), terms.queue.policy
    if target is None:
        return None
    try:
        clock = clocks.start(metric, target, at, policy.counts_by(metric))
    except NoOpening as error:  # a calendar that ran dry must not cost anybody's message
        log.error("promise.no_opening", policy=policy.name, why=str(error))
        return None
    return promise_of(clock, 0, number, cycle, policy.name, policy.version)


def row(promise: Promise) -> dict[str, Any]:
    """A promise's columns, without its id."""
    return {field: getattr(promise, field) for field in FIELDS}


def terms_of(promise: Promise) -> dict[str, Any]:
    """What an event must tell of a promise's terms, so that it can be recounted."""
    due_at = promise.due_at.isoformat() if promise.due_at else None
    return {
        "policy": promise.policy,
        "version": promise.version,
        "target_seconds": promise.target_seconds,
        "due_at": due_at,
    }


def facts_of(promise: Promise, at: datetime) -> dict[str, Any]:
    """What every event of a promise tells."""
    return {"metric": promise.metric, "cycle": promise.cycle, "state": promise.state, "at": at.isoformat()}


def next_at(promise: Promise, policy: Policy, hours: OpeningHours, *, nags_from: datetime | None) -> datetime | None:
    """The next instant at which something happens to a promise by itself; None for nothing.

    Its clock turns due soon or breached, or the next step of the policy's ladder is due: in opening time, not before
    `nags_from` (None: nobody is nagged until something else happens). `hours` are those that the promise counts by.
    """
    if promise.state not in nags.COUNTING or promise.due_at is None:
        return None
    try:
        return _happens_at(promise, promise.due_at, policy, hours, nags_from)
    except NoOpening as error:  # nobody will be there to be nagged
        log.error("promise.no_opening", policy=promise.policy, why=str(error))
        return promise.due_at if promise.state != "breached" else None


def _happens_at(
    promise: Promise, due_at: datetime, policy: Policy, hours: OpeningHours, nags_from: datetime | None
) -> datetime | None:
    clock, found = clock_of(promise), []
    if nags_from is not None and (told := _told_at(promise, policy, hours, nags_from)):
        at, first_of_all = told
        if first_of_all:
            return at
        found.append(at)
    if promise.state == "running":
        found.append(step_at(DUE_SOON, clock, hours))
    if promise.state != "breached":
        found.append(due_at)
    return min(found, default=None)


def _told_at(
    promise: Promise, policy: Policy, hours: OpeningHours, nags_from: datetime
) -> tuple[datetime, bool] | None:
    """When the next step of the ladder is told, and whether that comes before everything else, as it does of every new
    promise; None where the ladder has ended, or the calendar before it."""
    with suppress(NoOpening):
        following = next_step(policy.ladder, clock_of(promise), promise.step, hours, policy.hours)
        if following is not None:
            step, at = following
            told = max(at, nags_from) if policy.nag_always else policy.hours.next_open(max(at, nags_from))
            return told, step.fraction < clocks.WARN and told == at
    return None


class Book:
    """The promises of `ticket`, which is as the deed left it. Nothing is written before `close`.

    `ticked` is the promise whose alarm is being handled: it is not due again before the next beat.
    """

    def __init__(self, tx: Tx, now: datetime, ticket: Ticket, ticked: int = 0) -> None:
        self.tx, self.now, self.ticket, self._ticked = tx, now, ticket, ticked
        self.promises: dict[Key, Promise] = {(p.metric, p.cycle): p for p in stored.of_ticket(tx, ticket.number)}
        self._terms: Terms | None = None
        self._touched: dict[Key, None] = {}
        self._events: list[tuple[datetime, str, dict[str, Any]]] = []

    def open(self, *metrics: str) -> list[Promise]:
        """The promises that have not ended, of these metrics if any are named."""
        found = self.promises.values()
        return [p for p in found if p.state in OPEN_STATES and (not metrics or p.metric in metrics)]

    def ever(self, metric: str) -> bool:
        """Whether the ticket ever had a promise of that metric."""
        return any(p.metric == metric for p in self.promises.values())

    def given_up_at(self, metric: str, at: datetime | None, since: datetime) -> Promise | None:
        """The promise of that metric that was cancelled at that instant, `since` or later."""
        found = (p for p in self.promises.values() if p.metric == metric and p.state == "cancelled")
        return next((p for p in found if at is not None and p.finished_at == at >= since), None)

    def hours(self, promise: Promise) -> OpeningHours:
        return hours_of(self.tx, self.ticket.queue, promise.policy, promise.version, promise.metric)

    @property
    def terms(self) -> Terms:
        if self._terms is None:
            self._terms = standing.of_ticket(self.tx, self.ticket)
        return self._terms

    def begin(self, metric: str, at: datetime) -> None:
        """Starts the metric's next cycle, where the policy promises it and none runs."""
        if self.open(metric):
            return
        cycle = 1 + max((p.cycle for p in self.promises.values() if p.metric == metric), default=0)
        promise = begun(self.tx.directory, self.terms, self.ticket.number, metric, min(at, self.now), cycle)
        if promise:
            self._keep(promise)
            self._tell("started", promise, promise.started_at, **terms_of(promise))
            if promise.started_at < self.now:
                self._relive(promise)

    def _relive(self, promise: Promise) -> None:
        """A promise that begins in the past stood still whenever its ticket waited since."""
        policy = self.terms.queue.policy
        if not any(policy.pauses(promise.metric, status) for status in UNRESOLVED):
            return
        for told in stored.waits(self.tx, self.ticket.number, promise.started_at):
            status = told.kind if told.kind in UNRESOLVED else "open"
            slept = told.kind == "woken" and told.facts.get("before") not in UNRESOLVED  # which waits on
            if slept or policy.pauses(promise.metric, status) == (promise.paused_at is not None):
                continue
            with suppress(NoOpening):
                move, kind = (stopped, "paused") if promise.paused_at is None else (going, "resumed")
                hours = policy.counts_by(promise.metric)
                promise = self._put(promise, move(clock_of(promise), told.at, hours), kind, told.at)

    def finish(self, promise: Promise, at: datetime) -> None:
        """What was promised happened at `at`."""
        clock = finished(clock_of(promise), at, self.hours(promise))
        self._put(promise, clock, clock.state, at)

    def cancel(self, promise: Promise) -> None:
        self._put(promise, clocks.cancel(clock_of(promise), self.now), "cancelled", self.now)

    def judge(self, promise: Promise) -> Promise:
        """The promise as it stands now: due soon, or breached at its deadline."""
        clock = clocks.judge(clock_of(promise), self.now, self.hours(promise))
        if clock.state != promise.state:
            return self._put(promise, clock, "due_soon" if clock.state == "due_soon" else "", self.now)
        return promise

    def policy(self, promise: Promise) -> Policy:
        """What the file says now of the policy under which it was given."""
        return policy_named(self.tx.directory, self.ticket.queue, promise.policy)

    def take_step(self, promise: Promise, step: Step) -> Promise:
        """The ladder stands at `step` now."""
        return self._keep(replace(promise, step=step.key))

    def retarget(self, promise: Promise, history: list[Event]) -> None:
        """The promise under the ticket's present terms, counted from its start; cancelled where there are none."""
        policy, target = self.terms.queue.policy, self.terms.target(self.tx.directory, promise.metric)
        if target is None:
            self.cancel(promise)
            return
        if (policy.name, policy.version, target) == (promise.policy, promise.version, promise.target_seconds):
            return
        hours = policy.counts_by(promise.metric)
        try:
            if history:
                clock = replayed(history, target, hours, self.now)
            else:  # brought in from elsewhere, without its past
                clock = clocks.retarget(clock_of(promise), target, self.now, hours, self.hours(promise))
        except NoOpening as error:  # a calendar that ran dry promises nothing, and must not cost anybody's deed
            log.error("promise.no_opening", policy=policy.name, why=str(error))
            self.cancel(promise)
            return
        renamed = replace(promise, policy=policy.name, version=policy.version)
        self._put(renamed, clock, "retargeted", self.now)

    def take_over(self, promise: Promise) -> None:
        """A promise that was broken goes over to the ticket's present terms as it is: who comes to help late changes
        nothing of how late we are."""
        policy = self.terms.queue.policy
        taken = self._keep(replace(promise, policy=policy.name, version=policy.version))
        self._tell("taken_over", taken, self.now, **terms_of(taken))

    def close(self) -> Ticket:
        """Follows the ticket's status, writes what changed and sets the alarms. Returns the ticket as it is then."""
        self.follow()
        self._write()
        self._set_alarms()
        for at, group in groupby(self._events, key=lambda told: told[0]):
            events.add_all(self.tx, at, [(kind, self.ticket.number, None, facts) for _, kind, facts in group])
        self._quieten()
        due_at = self._nearest()  # a ticket that is reopened owes again what was overdue
        changed = self._touched or due_at != self.ticket.due_at
        return tickets.change(self.tx, self.ticket.number, due_at=due_at) if changed else self.ticket

    def follow(self) -> None:
        """Clocks that the policy stops in the ticket's status stand still, and no others."""
        if self.ticket.unresolved:
            for promise in self.open():
                self._follow(promise)

    def _follow(self, promise: Promise) -> None:
        """Pauses or resumes a promise as the policy says for the ticket's status."""
        policy = policy_named(self.tx.directory, self.ticket.queue, promise.policy)
        waits = policy.pauses(promise.metric, self.ticket.status)
        if waits and promise.paused_at is None:
            self._put(promise, stopped(clock_of(promise), self.now, self.hours(promise)), "paused", self.now)
        elif not waits and promise.paused_at is not None:
            with suppress(NoOpening):  # it stands still until there is opening time again
                self._put(promise, going(clock_of(promise), self.now, self.hours(promise)), "resumed", self.now)

    def _put(self, promise: Promise, clock: Clock, kind: str, at: datetime) -> Promise:
        after = promise_of(
            clock, promise.id, promise.ticket, promise.cycle, promise.policy, promise.version, promise.step
        )
        fresh_breach = clock.state in ("breached", "met_late") and promise.state not in ("breached", "met_late")
        if kind == "retargeted":
            self._tell(kind, after, at, **terms_of(after))
        if fresh_breach and clock.due_at is not None:
            self._tell("breached", after, clock.due_at)
        if kind and kind != "retargeted":
            self._tell(kind, after, at)
        return self._keep(after)

    def _keep(self, promise: Promise) -> Promise:
        key = promise.metric, promise.cycle
        self.promises[key] = promise
        self._touched[key] = None
        return promise

    def _tell(self, kind: str, promise: Promise, at: datetime, **more: Any) -> None:
        self._events.append((at, f"promise_{kind}", facts_of(promise, at) | more))

    def _write(self) -> None:
        touched = [self.promises[key] for key in self._touched]
        for promise in touched:
            if promise.id:
                stored.change(self.tx, promise.id, **row(promise))
        ids = stored.add_all(self.tx, [row(promise) for promise in touched if not promise.id])
        for key, promise_id in ids.items():
            self.promises[key] = replace(self.promises[key], id=promise_id)

    def _set_alarms(self) -> None:
        wanted: list[tuple[str, int, datetime]] = []
        for key, promise in self.promises.items():
            at = self._alarm_at(promise) if promise.state in OPEN_STATES else None
            if at is not None:
                wanted.append((KIND, promise.id, at))
            elif key in self._touched or promise.state in OPEN_STATES:
                alarms.put(self.tx, KIND, promise.id, None)
        alarms.set_all(self.tx, wanted)

    def _alarm_at(self, promise: Promise) -> datetime | None:
        ticket = self.ticket
        if not ticket.unresolved:
            return None
        nags_from = quiet.wanted_from(ticket, self.now)
        at = next_at(promise, self.policy(promise), self.hours(promise), nags_from=nags_from)
        return max(at, self.now + timedelta(seconds=1)) if at and promise.id == self._ticked else at

    def _nearest(self) -> datetime | None:
        """The nearest deadline that counts; one that was missed is near until it is made good."""
        counting = [p.due_at for p in self.promises.values() if p.state in nags.COUNTING and p.due_at is not None]
        return min(counting, default=None) if self.ticket.unresolved else None

    def _quieten(self) -> None:
        """Takes back or puts right the nags of promises that have ended or wait."""
        for key, promise in self.promises.items():
            goes_on = promise.state in OPEN_STATES
            if promise.step == BEFORE_ALL or not (goes_on or key in self._touched):
                continue
            if not goes_on or not self.ticket.unresolved:
                nags.put_right(self.tx, self.now, promise, name(self.tx, self.ticket.assignee_id))
            elif quiet.silent(self.ticket, self.now):
                nags.hush(self.tx, promise)
