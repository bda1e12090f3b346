"""One promise in time: a clock of opening seconds that runs, pauses and ends.

The deadline carries all history: on resume it is set anew from the opening time that remained, so what has been used
can always be read off it, and nothing is ever added to a start. Instants are when a thing happened, not when it was
noticed: a reply written before the deadline keeps the promise, even if the clock was already judged breached.
A breach that happened stays; what pauses or resumes after it changes nothing, and its overtime goes on.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from math import ceil
from typing import Literal

from sla.hours import OpeningHours

State = Literal["running", "due_soon", "breached", "met", "met_late", "paused", "cancelled"]
Verb = Literal["pause", "resume", "finish", "cancel"]

OPEN_STATES: tuple[State, ...] = ("running", "due_soon", "breached", "paused")
WARN = 0.75


class WrongTransition(ValueError):
    """A clock in this state cannot do that."""

    def __init__(self, verb: str, clock: "Clock") -> None:
        super().__init__(f"a {clock.metric} clock that is {clock.state} cannot {verb}")
        self.verb = verb
        self.state = clock.state


@dataclass(frozen=True, slots=True)
class Clock:
    """A promise of `target_seconds` of opening time.

    While it counts `due_at` is the deadline; while paused there is none, and `remaining_seconds` of opening time are
    left. A finished clock keeps what it had at the end.
    """

    metric: str
    target_seconds: int
    started_at: datetime
    state: State
    due_at: datetime | None
    remaining_seconds: int | None = None
    paused_at: datetime | None = None
    finished_at: datetime | None = None

    @property
    def breached_at(self) -> datetime | None:
        """The instant of the breach, which is the deadline, or None if there was none."""
        return self.due_at if self.state in ("breached", "met_late") else None


def start(metric: str, target_seconds: int, at: datetime, hours: OpeningHours) -> Clock:
    """A running clock. Raises ValueError for a target that is not positive, NoOpening if the calendar is empty."""
    _check_target(target_seconds)
    return Clock(metric, target_seconds, at, "running", hours.add(at, target_seconds))


def pause(clock: Clock, at: datetime, hours: OpeningHours) -> Clock:
    """Stop counting; a clock whose deadline has come is breached instead. Raises WrongTransition unless it counts."""
    due_at = _deadline(clock, "pause")
    if at >= due_at:
        return replace(clock, state="breached")
    # Rounded up: a part of a second is not taken from anybody.
    remaining = min(clock.target_seconds, ceil(hours.between(at, due_at)))
    return replace(clock, state="paused", due_at=None, remaining_seconds=remaining, paused_at=at)


def resume(clock: Clock, at: datetime, hours: OpeningHours) -> Clock:
    """Count on: the deadline is `at` plus the opening time that remained. A breached clock stays as it is.

    Raises WrongTransition if it is neither paused nor breached.
    """
    if clock.state == "breached":
        return clock
    if clock.state != "paused" or clock.remaining_seconds is None:
        raise WrongTransition("resume", clock)
    due_at = hours.add(at, clock.remaining_seconds)
    return replace(clock, state="running", due_at=due_at, remaining_seconds=None, paused_at=None)


def finish(clock: Clock, at: datetime, hours: OpeningHours) -> Clock:
    """What was promised happened at `at`: met up to and including the deadline, or while paused; else met late.

    Raises WrongTransition if the clock has ended. `hours` is not needed, the deadline has counted them; it is taken
    so that all verbs are called alike.
    """
    if clock.state == "paused":
        return replace(clock, state="met", finished_at=at)
    in_time = at <= _deadline(clock, "finish")
    return replace(clock, state="met" if in_time else "met_late", finished_at=at)


def cancel(clock: Clock, at: datetime) -> Clock:
    """The promise no longer counts (merged, spam, policy changed). Raises WrongTransition if the clock has ended."""
    if clock.state not in OPEN_STATES:
        raise WrongTransition("cancel", clock)
    return replace(clock, state="cancelled", finished_at=at)


def judge(clock: Clock, now: datetime, hours: OpeningHours, warn: float = WARN) -> Clock:
    """The clock with the state that it has at `now`: due soon from the fraction `warn` of its target, breached from
    the deadline on. Never goes back, also if `now` does; paused, breached and ended clocks are returned as they are.
    """
    if clock.state not in ("running", "due_soon"):
        return clock
    if now >= _deadline(clock, "judge"):
        return replace(clock, state="breached")
    if clock.state == "running" and elapsed(clock, now, hours) >= warn * clock.target_seconds:
        return replace(clock, state="due_soon")
    return clock


def retarget(
    clock: Clock, new_target_seconds: int, at: datetime, hours: OpeningHours, ran_under: OpeningHours | None = None
) -> Clock:
    """The clock under a new target, counted from the original start with the pauses so far, judged at `at`.

    `hours` are those of the new target; `ran_under` those under which it counted until now, where they differ. With
    other hours and pauses behind it, `replay` is exact, this is near: a deadline holds pauses only as a sum.
    Raises WrongTransition if the clock has ended: finished promises are frozen.
    """
    _check_target(new_target_seconds)
    if clock.state == "paused" and clock.remaining_seconds is not None:
        remaining = clock.remaining_seconds + new_target_seconds - clock.target_seconds
        if remaining > 0:
            return replace(clock, target_seconds=new_target_seconds, remaining_seconds=remaining)
        return _missed(clock, new_target_seconds, hours)
    due_at = _deadline(clock, "retarget")
    paused = max(0, (ran_under or hours).between(clock.started_at, due_at) - clock.target_seconds)
    due_at = hours.add(clock.started_at, paused + new_target_seconds)
    return judge(replace(clock, target_seconds=new_target_seconds, state="running", due_at=due_at), at, hours)


def elapsed(clock: Clock, at: datetime, hours: OpeningHours) -> int | float:
    """Opening seconds counted until `at`, or until its end if that was earlier; pauses are not in it, overtime is."""
    if clock.remaining_seconds is not None:
        return clock.target_seconds - clock.remaining_seconds
    if clock.finished_at is not None:
        at = min(at, clock.finished_at)
    assert clock.due_at is not None  # only a pause takes it away, and leaves what remained
    ahead = hours.between(at, clock.due_at)
    return max(0, clock.target_seconds - ahead) + hours.between(clock.due_at, at)


def replay(
    metric: str,
    target_seconds: int,
    started_at: datetime,
    moves: Iterable[tuple[Verb, datetime]],
    hours: OpeningHours,
) -> Clock:
    """The clock rebuilt from what happened to it, in order; the way to put it under another calendar or target.

    Raises WrongTransition at a move that the clock could not have made.
    """
    clock = start(metric, target_seconds, started_at, hours)
    for verb, at in moves:
        match verb:
            case "pause":
                clock = pause(clock, at, hours)
            case "resume":
                clock = resume(clock, at, hours)
            case "finish":
                clock = finish(clock, at, hours)
            case "cancel":
                clock = cancel(clock, at)
    return clock


def _check_target(target_seconds: int) -> None:
    if target_seconds <= 0:
        raise ValueError("a promise needs a target of at least one second")


def _deadline(clock: Clock, verb: str) -> datetime:
    if clock.state not in ("running", "due_soon", "breached") or clock.due_at is None:
        raise WrongTransition(verb, clock)
    return clock.due_at


def _missed(clock: Clock, target_seconds: int, hours: OpeningHours) -> Clock:
    """A paused clock whose new target was used up before the pause: breached, at the latest when it paused."""
    due_at = hours.add(clock.started_at, target_seconds)
    if clock.paused_at is not None:
        due_at = min(due_at, clock.paused_at)
    return replace(
        clock, target_seconds=target_seconds, state="breached", due_at=due_at, remaining_seconds=None, paused_at=None
    )
