"""A clock's way through time, for those who ask why: the stretches in which it ran, stood still or was overdue."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Literal

from sla.clock import Clock
from sla.hours import OpeningHours

# over: it ran on after its deadline; closed: it would have run, had it been opening time; paused: its ticket waited
Kind = Literal["ran", "over", "closed", "paused"]


@dataclass(frozen=True, slots=True)
class Turn:
    """From `at` on the clock stood so: it counted by `hours`, or it was paused."""

    at: datetime
    clock: Clock
    hours: OpeningHours


@dataclass(frozen=True, slots=True)
class Stretch:
    """A time of one kind, half-open. Its length on the wall is what was counted, where it was."""

    kind: Kind
    since: datetime
    until: datetime

    @property
    def seconds(self) -> float:
        return (self.until - self.since).total_seconds()


def stretches(turns: Sequence[Turn], overtime: OpeningHours, until: datetime) -> list[Stretch]:
    """What a clock did from its start to its end, or to `until` if it goes on: without gaps, in order. `turns` are its
    start and each pause and resumption; time after the deadline is counted by `overtime`.

    The seconds of `ran` and `over` are those that the clock counted (a pause may have cost it a part of one less).
    """
    end = turns[-1].clock.finished_at or until
    found: list[Stretch] = []
    for turn, after in zip(turns, [*(turn.at for turn in turns[1:]), end], strict=True):
        found += _of_turn(turn, overtime, min(after, end))
    return list(_joined(found))


def _of_turn(turn: Turn, overtime: OpeningHours, until: datetime) -> Iterator[Stretch]:
    due_at = turn.clock.due_at
    if turn.clock.remaining_seconds is not None or due_at is None:
        if turn.at < until:
            yield Stretch("paused", turn.at, until)
        return
    middle = max(turn.at, min(due_at, until))
    yield from _counted("ran", turn.hours, turn.at, middle)
    yield from _counted("over", overtime, middle, until)


def _counted(kind: Kind, hours: OpeningHours, since: datetime, until: datetime) -> Iterator[Stretch]:
    at = since
    for opens, closes in hours.segments(since, until):
        if at < opens:
            yield Stretch("closed", at, opens)
        yield Stretch(kind, opens, closes)
        at = closes
    if at < until:
        yield Stretch("closed", at, until)


def _joined(found: Sequence[Stretch]) -> Iterator[Stretch]:
    for kind, same in groupby(found, lambda one: one.kind):
        run = list(same)
        yield Stretch(kind, run[0].since, run[-1].until)


def total(found: Sequence[Stretch], *kinds: Kind) -> float:
    """Seconds of these kinds together."""
    return sum(one.seconds for one in found if one.kind in kinds)


def bar(found: Sequence[Stretch], cells: int) -> list[Kind]:
    """The stretches as so many equal parts of time, each of the kind that had most of it; nights, of which there are
    more than of days, are shown only where a part has nothing else."""
    if not found:
        return []
    since, until = found[0].since, found[-1].until
    part = (until - since) / cells
    if part <= timedelta(0):
        return []
    return [_most(found, since + n * part, since + (n + 1) * part) for n in range(cells)]


def _most(found: Sequence[Stretch], since: datetime, until: datetime) -> Kind:
    had: dict[Kind, timedelta] = {}
    for one in found:
        inside = min(one.until, until) - max(one.since, since)
        if inside > timedelta(0):
            had[one.kind] = had.get(one.kind, timedelta(0)) + inside
    if len(had) > 1:
        had.pop("closed", None)
    return max(had, key=lambda kind: had[kind], default="closed")
