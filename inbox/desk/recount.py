"""Promises recounted from the event log, which is the truth; what is stored of them is a copy for quick reading.

Each event `promise_started`, `_paused`, `_resumed`, `_due_soon`, `_breached`, `_met`, `_met_late`, `_cancelled`,
`_retargeted` and `_taken_over` names its metric and cycle, and in `at` the instant that counts (ISO text): a breach's
is its deadline, a kept promise's the time when the reply was written.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from itertools import groupby
from typing import Any

from inbox.desk.terms import hours_of
from inbox.model import Event, Promise
from inbox.store import Tx, promises, tickets
from sla import clock as clocks
from sla.clock import Clock
from sla.course import Turn
from sla.hours import OpeningHours

Key = tuple[str, int]  # metric, cycle


def stopped(clock: Clock, at: datetime, hours: OpeningHours) -> Clock:
    """The clock while its ticket waits. A breached one counts on, but remembers since when its ticket waits: under a
    later, longer target it would have paused."""
    after = clocks.pause(clock, at, hours)
    return after if after.state == "paused" else replace(after, paused_at=at)


def going(clock: Clock, at: datetime, hours: OpeningHours) -> Clock:
    """The clock when its ticket waits no longer."""
    return replace(clocks.resume(clock, at, hours), paused_at=None)


# what a clock does when its ticket begins to wait, and when it waits no longer
MOVES: Mapping[str, Callable[[Clock, datetime, OpeningHours], Clock]] = {
    "promise_paused": stopped,
    "promise_resumed": going,
}


def finished(clock: Clock, at: datetime, hours: OpeningHours) -> Clock:
    """The clock at its end. One that was given up when its ticket was solved, with the answer on its way, ends as if it
    had gone on."""
    if clock.state == "cancelled":
        clock = replace(clock, state="running", finished_at=None)
    return clocks.finish(clock, at, hours)


def replayed(history: Iterable[Event], target_seconds: int, hours: OpeningHours, now: datetime) -> Clock:
    """The clock as it would stand at `now`, had its promise had this target and these hours from its start."""
    return clocks.judge(_turns(history, target_seconds, hours)[-1].clock, now, hours)


def _turns(history: Iterable[Event], target_seconds: int, hours: OpeningHours) -> list[Turn]:
    started, *moves = history
    clock = clocks.start(started.facts["metric"], target_seconds, _at(started), hours)
    turns = [Turn(_at(started), clock, hours)]
    for event in moves:
        move = MOVES.get(event.kind)
        if move is not None:
            clock = move(clock, _at(event), hours)
            turns.append(Turn(_at(event), clock, hours))
    return turns


def histories(events: Iterable[Event]) -> dict[Key, list[Event]]:
    """A ticket's promise events by promise, each in order."""

    def key(event: Event) -> Key:
        return event.facts["metric"], event.facts["cycle"]

    return {found: list(group) for found, group in groupby(sorted(events, key=key), key)}


def rebuild(tx: Tx, number: int) -> list[Promise]:
    """A ticket's promises recomputed from the event log; each equals the stored one, or that one is wrong."""
    ticket = tickets.get(tx, number)
    if ticket is None:
        return []
    ids = {(p.metric, p.cycle): p.id for p in promises.of_ticket(tx, number)}
    steps, found = promises.steps(tx, number), []
    for key, history in histories(promises.log(tx, number)).items():
        given = [event for event in history if "policy" in event.facts][-1]
        clock = course(history, partial(hours_of, tx, ticket.queue, metric=key[0])).clock
        terms = (given.facts["policy"], given.facts["version"])
        found.append(promise_of(clock, ids.get(key, 0), number, key[1], *terms, steps.get(key, -1)))
    return sorted(found, key=lambda promise: promise.id)


def promise_of(
    clock: Clock, promise_id: int, ticket: int, cycle: int, policy: str, version: str, step: int = -1
) -> Promise:
    """A clock as a promise."""
    return Promise(
        promise_id,
        ticket,
        clock.metric,
        cycle,
        clock.state,
        policy,
        version,
        clock.target_seconds,
        clock.started_at,
        clock.due_at,
        clock.remaining_seconds,
        clock.paused_at,
        clock.finished_at,
        step,
    )


def clock_of(promise: Promise) -> Clock:
    """A promise's clock."""
    state: Any = promise.state
    return Clock(
        promise.metric,
        promise.target_seconds,
        promise.started_at,
        state,
        promise.due_at,
        promise.remaining_seconds,
        promise.paused_at,
        promise.finished_at,
    )


@dataclass(frozen=True, slots=True)
class Course:
    """How a promise came to stand as it does: its clock's turns as its present terms have them, and the hours by which
    it counts now."""

    turns: tuple[Turn, ...]
    hours: OpeningHours

    @property
    def clock(self) -> Clock:
        return self.turns[-1].clock

    def to(self, clock: Clock) -> "Course":
        """The same with its clock at another stand, which changes nothing of how time goes."""
        return replace(self, turns=(*self.turns[:-1], replace(self.turns[-1], clock=clock)))


def course(history: Sequence[Event], by: Callable[[str, str], OpeningHours]) -> Course:
    """What one promise's events tell, the first being its start. `by` gives the hours by which a
    policy's version counts it."""
    told = _under(history[:1], history[0], by)
    for index, event in enumerate(history[1:], 1):
        match event.kind:
            case "promise_retargeted":
                told = _under(history[:index], event, by)
            case "promise_taken_over":
                told = replace(told, hours=by(event.facts["policy"], event.facts["version"]))
            case _:
                told = _after(told, event)
    return told


def _under(history: Sequence[Event], given: Event, by: Callable[[str, str], OpeningHours]) -> Course:
    """What happened so far, under the terms that an event tells of, judged then."""
    hours = by(given.facts["policy"], given.facts["version"])
    told = Course(tuple(_turns(history, given.facts["target_seconds"], hours)), hours)
    return told.to(clocks.judge(told.clock, _at(given), hours))


def _after(told: Course, event: Event) -> Course:
    clock, at, hours = told.clock, _at(event), told.hours
    match event.kind.removeprefix("promise_"):
        case "due_soon":
            return told.to(replace(clock, state="due_soon"))
        case "breached":
            return told.to(replace(clock, state="breached"))
        case "met" | "met_late":
            return told.to(finished(clock, at, hours))
        case "cancelled":
            return told.to(clocks.cancel(clock, at))
    move = MOVES.get(event.kind)
    return replace(told, turns=(*told.turns, Turn(at, move(clock, at, hours), hours))) if move else told


def _at(event: Event) -> datetime:
    return datetime.fromisoformat(event.facts["at"])
