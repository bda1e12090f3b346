"""Promises recounted from the event log, which is the truth; what is stored of them is a copy for quick reading.

Each event `promise_started`, `_paused`, `_resumed`, `_due_soon`, `_breached`, `_met`, `_met_late`, `_cancelled`,
`_retargeted` and `_taken_over` names its metric and cycle, and in `at` the instant that counts (ISO text): a breach's
is its deadline, a kept promise's the time when the reply was written.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import groupby
from typing import Any

from inbox.directory import Directory
from inbox.model import Event, Promise
from inbox.store import Tx, promises, tickets
from sla import clock as clocks
from sla.clock import Clock
from sla.hours import OpeningHours
from sla.policy import Policy

Key = tuple[str, int]  # metric, cycle


def policy_named(directory: Directory, queue: str, name: str) -> Policy:
    """The policy that a promise was given under; where the file no longer has it, the queue's own."""
    own = directory.queue(queue).policy
    return own if own.name == name else directory.desk.policies.get(name, own)


def stopped(clock: Clock, at: datetime, hours: OpeningHours) -> Clock:
    """The clock while its ticket waits. A breached one counts on, but remembers since when its ticket waits: under a
    later, longer target it would have paused."""
    after = clocks.pause(clock, at, hours)
    return after if after.state == "paused" else replace(after, paused_at=at)


def going(clock: Clock, at: datetime, hours: OpeningHours) -> Clock:
    """The clock when its ticket waits no longer."""
    return replace(clocks.resume(clock, at, hours), paused_at=None)


def finished(clock: Clock, at: datetime, hours: OpeningHours) -> Clock:
    """The clock at its end. One that was given up when its ticket was solved, with the answer on its way, ends as if it
    had gone on."""
    if clock.state == "cancelled":
        clock = replace(clock, state="running", finished_at=None)
    return clocks.finish(clock, at, hours)


def replayed(history: Iterable[Event], target_seconds: int, hours: OpeningHours, now: datetime) -> Clock:
    """The clock as it would stand at `now`, had its promise had this target and these hours from its start."""
    started, *moves = history
    clock = clocks.start(started.facts["metric"], target_seconds, _at(started), hours)
    for event in moves:
        if event.kind == "promise_paused":
            clock = stopped(clock, _at(event), hours)
        elif event.kind == "promise_resumed":
            clock = going(clock, _at(event), hours)
    return clocks.judge(clock, now, hours)


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
    steps = promises.steps(tx, number)
    found = []
    for key, history in histories(promises.log(tx, number)).items():
        given = [event for event in history if "policy" in event.facts][-1]
        clock = _told(tx.directory, ticket.queue, history)
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


def _told(directory: Directory, queue: str, history: Sequence[Event]) -> Clock:
    """The clock that one promise's events tell of."""
    first = history[0].facts
    hours = policy_named(directory, queue, first["policy"]).hours
    clock = clocks.start(first["metric"], first["target_seconds"], _at(history[0]), hours)
    for index, event in enumerate(history[1:], 1):
        at = _at(event)
        match event.kind.removeprefix("promise_"):
            case "due_soon":
                clock = replace(clock, state="due_soon")
            case "breached":
                clock = replace(clock, state="breached")
            case "paused":
                clock = stopped(clock, at, hours)
            case "resumed":
                clock = going(clock, at, hours)
            case "met" | "met_late":
                clock = finished(clock, at, hours)
            case "cancelled":
                clock = clocks.cancel(clock, at)
            case "taken_over":
                hours = policy_named(directory, queue, event.facts["policy"]).hours
            case "retargeted":
                hours = policy_named(directory, queue, event.facts["policy"]).hours
                clock = replayed(history[:index], event.facts["target_seconds"], hours, at)
    return clock


def _at(event: Event) -> datetime:
    return datetime.fromisoformat(event.facts["at"])
