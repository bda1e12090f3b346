"""Who is told, and when, as a promise runs out: steps at fractions of its target."""

from dataclasses import dataclass
from datetime import datetime

from sla.clock import WARN, Clock, WrongTransition
from sla.hours import OpeningHours


@dataclass(frozen=True)
class Step:
    """A nag at `fraction` of the target, plus `extra_seconds` of opening time, to the audiences in `to`.

    Audiences: `thread` the desk thread, if claimed · `holder` the holder by direct message, the desk room if
    unclaimed · `room` the desk room · `card` a mark on the card · `leads` · `escalate` the queue's `escalates_to`.
    """

    name: str
    fraction: float
    to: tuple[str, ...]
    extra_seconds: int = 0


Ladder = tuple[Step, ...]

DEFAULT: Ladder = (
    Step("hint", 0.5, ("thread",)),
    Step("warning", WARN, ("holder",)),
    Step("breach", 1.0, ("holder", "room", "card")),
    Step("leads", 1.25, ("leads",)),
    Step("escalate", 2.0, ("escalate",)),
)


def repeated(ladder: Ladder, every_seconds: int, times: int) -> Ladder:
    """`ladder` with its last step's audiences told again `times` times, each `every_seconds` of opening time."""
    last = ladder[-1]
    again = (
        Step(f"again_{number}", last.fraction, last.to, last.extra_seconds + number * every_seconds)
        for number in range(1, times + 1)
    )
    return (*ladder, *again)


def step_at(step: Step, clock: Clock, hours: OpeningHours) -> datetime:
    """The instant at which the step's share of the target has been counted, pauses left out.

    A share that was used up before the last pause gives an instant that is past. Raises WrongTransition if the clock
    is paused: then no instant is known.
    """
    if clock.due_at is None:
        raise WrongTransition("tell when a step is due", clock)
    wanted = round(step.fraction * clock.target_seconds) + step.extra_seconds
    over = wanted - clock.target_seconds
    if over >= 0:
        return hours.add(clock.due_at, over)
    # Counted back from the deadline, which holds the pauses; by way of the start, since time is only added forward.
    span = hours.between(clock.started_at, clock.due_at)
    return hours.add(clock.started_at, max(0, span + over))


def next_step(ladder: Ladder, clock: Clock, after_index: int, hours: OpeningHours) -> tuple[int, datetime] | None:
    """The index and instant of the step after `after_index` (-1: none was taken yet).

    None at the ladder's end and for a clock that is paused or has ended.
    """
    index = after_index + 1
    if index >= len(ladder) or not _counts(clock):
        return None
    return index, step_at(ladder[index], clock, hours)


def highest_due(ladder: Ladder, clock: Clock, now: datetime, after_index: int, hours: OpeningHours) -> int | None:
    """The highest step after `after_index` that is due at `now`: the only one to be sent, also after a downtime."""
    if not _counts(clock):
        return None
    due = None
    for index in range(after_index + 1, len(ladder)):
        if step_at(ladder[index], clock, hours) > now:
            break
        due = index
    return due


def _counts(clock: Clock) -> bool:
    return clock.state in ("running", "due_soon", "breached")
