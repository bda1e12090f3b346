"""Who is told, and when, as a promise runs out: steps at fractions of its target."""

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import datetime

from sla.clock import WARN, Clock, WrongTransition
from sla.hours import NoOpening, OpeningHours

AUDIENCES = ("thread", "holder", "room", "card", "leads", "escalate")
LOWEST, HIGHEST = 0.01, 10.0  # of the target
MOST_REPEATS = 100
_REPEATS = 20_000  # above every key that a fraction has


@dataclass(frozen=True)
class Step:
    """A nag at `fraction` of the target, plus `extra_seconds` of opening time, to the audiences in `to`. `again` counts
    the repetitions of a ladder's last step.

    Audiences: `thread` the desk thread, if claimed · `holder` the holder by direct message, the desk room if
    unclaimed · `room` the desk room · `card` a mark on the card · `leads` · `escalate` the queue's `escalates_to`.
    """

    name: str
    fraction: float
    to: tuple[str, ...]
    extra_seconds: int = 0
    again: int = 0
    key: int = field(init=False)
    """What the step is remembered by. It rises along a ladder and says nothing of the place in it, so a ladder that was
    changed under running promises repeats no step."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "key", _REPEATS + self.again if self.again else round(self.fraction * 1000))


Ladder = tuple[Step, ...]
BEFORE_ALL = -1  # the key before every step's

_FIRST: Ladder = (
    Step("hint", 0.5, ("thread",)),
    Step("warning", WARN, ("holder",)),
    Step("breach", 1.0, ("holder", "room", "card")),
    Step("leads", 1.25, ("leads",)),
    Step("escalate", 2.0, ("escalate",)),
)


def name_of(fraction: float, to: Collection[str]) -> str:
    """What a step is called, which decides the words of its nag."""
    if fraction < 1:
        return "hint" if fraction == 0.5 and set(to) == {"thread"} else "warning"
    if fraction == 1:
        return "breach"
    return "escalate" if "escalate" in to else "leads"


def repeated(ladder: Ladder, every_seconds: int, times: int) -> Ladder:
    """`ladder` with its last step's audiences told again `times` times, each `every_seconds` of opening time.

    A ticket is handed up once: where the last step does that, the repetitions go to the room.
    """
    last = ladder[-1]
    to = tuple(dict.fromkeys("room" if one == "escalate" else one for one in last.to))
    again = (
        Step("leads", last.fraction, to, last.extra_seconds + number * every_seconds, number)
        for number in range(1, times + 1)
    )
    return (*ladder, *again)


DEFAULT: Ladder = repeated(_FIRST, 4 * 3600, 3)


def step_of(ladder: Ladder, key: int) -> Step | None:
    """The step with that key."""
    return next((step for step in ladder if step.key == key), None)


def step_at(step: Step, clock: Clock, hours: OpeningHours, opening: OpeningHours | None = None) -> datetime:
    """The instant at which the step's share of the target has been counted by `hours`, pauses left out, and after that
    its extra time by `opening` (without: `hours`).

    A share that was used up before the last pause gives an instant that is past. Raises WrongTransition if the clock
    is paused: then no instant is known.
    """
    if clock.due_at is None:
        raise WrongTransition("tell when a step is due", clock)
    over = round(step.fraction * clock.target_seconds) - clock.target_seconds
    if over >= 0:
        at = hours.add(clock.due_at, over)
    else:
        # Counted back from the deadline, which holds the pauses; by way of the start, since time is only added forward.
        span = hours.between(clock.started_at, clock.due_at)
        at = hours.add(clock.started_at, max(0, span + over))
    return (opening or hours).add(at, step.extra_seconds) if step.extra_seconds else at


def next_step(
    ladder: Ladder, clock: Clock, after: int, hours: OpeningHours, opening: OpeningHours | None = None
) -> tuple[Step, datetime] | None:
    """The first step above the key `after` (BEFORE_ALL: none was taken yet), and its instant.

    None at the ladder's end and for a clock that is paused or has ended.
    """
    following = next((step for step in ladder if step.key > after), None)
    if following is None or not _counts(clock):
        return None
    return following, step_at(following, clock, hours, opening)


def highest_due(
    ladder: Ladder, clock: Clock, now: datetime, after: int, hours: OpeningHours, opening: OpeningHours | None = None
) -> Step | None:
    """The highest step above the key `after` that is due at `now`: the only one to be sent, also after a downtime.

    Where it goes past one that escalates, it does that as well: what must be done is not skipped as words are. A step
    for which the calendar has too little opening is never due.
    """
    if not _counts(clock):
        return None
    due, escalates = None, False
    for step in ladder:
        if step.key <= after:
            continue
        if not _is_due(step, clock, now, hours, opening):
            break
        due, escalates = step, escalates or "escalate" in step.to
    return replace(due, to=(*due.to, "escalate")) if due and escalates and "escalate" not in due.to else due


def _is_due(step: Step, clock: Clock, now: datetime, hours: OpeningHours, opening: OpeningHours | None) -> bool:
    try:
        return step_at(step, clock, hours, opening) <= now
    except NoOpening:
        return False


def _counts(clock: Clock) -> bool:
    return clock.state in ("running", "due_soon", "breached")
