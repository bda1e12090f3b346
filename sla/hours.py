"""Opening hours: when a desk is open, and how opening time is counted.

A stretch belongs to the local day on which it begins: Friday 22:00-06:00 runs on into a Saturday that is closed.
What a day has is decided by, in this order: `special`, `closed`, public holidays, the ordinary week.
"""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from math import inf
from typing import Literal

from sla.walltime import DAY, EPOCH, next_daily, zone
from sla.week import DAYS, EMPTY, Day, Interval, Week, check_day, clashes, length, parse_interval, parse_week
from sla.weeks import A_YEAR, WEEK, Weeks, public_holidays

__all__ = ["ALWAYS", "Interval", "NoOpening", "OpeningHours", "next_daily", "parse_interval", "parse_week"]

_MICRO = timedelta(microseconds=1)
_SECOND = 1_000_000
_WEEK = WEEK * _SECOND

# How long a calendar may be closed at a stretch before it counts as empty: 58 weeks are 406 days.
_CLOSED_WEEKS = 58
# The year 3100, long before dates end; a promise that reaches so far is a mistake.
_LAST_WEEK = 59_000


class NoOpening(ValueError):
    """The calendar has no opening, or none within 400 days, or so little that the sum lies centuries ahead."""


@dataclass(frozen=True)
class OpeningHours:
    """A calendar: ordinary week (Monday first) in a time zone, public holidays, own closed and special days.

    `week` and `special` hold intervals in minutes past local midnight, see `sla.week.Interval`; `holidays` is a
    country ("SE") or a region ("DE-BY"); with `always` the rest is not looked at. Raises NoOpening if it never opens
    and ValueError if intervals overlap or a name is unknown.
    """

    name: str
    timezone: str
    week: Week = EMPTY
    holidays: str = ""
    closed: frozenset[date] = frozenset()
    special: Mapping[date, Day] = field(default_factory=dict, hash=False)
    always: bool = False
    _weeks: Weeks = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        tz = zone(self.timezone)
        object.__setattr__(self, "closed", frozenset(self.closed))
        object.__setattr__(self, "special", {day: tuple(sorted(has)) for day, has in self.special.items()})
        odd_days = self.closed.union(self.special)
        object.__setattr__(self, "_weeks", Weeks(tz, self.begins, odd_days, self.holidays))
        if not self.always:
            self._check()

    def is_open(self, at: datetime) -> bool:
        """Whether `at` lies in opening time; the closing instant itself does not."""
        if self.always:
            return True
        number, moment = divmod(_micros(at), _WEEK)
        return any(first * _SECOND <= moment < last * _SECOND for first, last in self._weeks[number].spans)

    def add(self, at: datetime, seconds: float) -> datetime:
        """The first instant at which `seconds` of opening time have passed since `at`; `at` itself for 0.

        Raises NoOpening if the calendar has too little opening ahead, ValueError for negative seconds.
        """
        left = round(seconds * _SECOND)
        if left < 0:
            raise ValueError("opening time runs forward only")
        if self.always or left == 0:
            return _later(at, left)
        number, moment = divmod(_micros(at), _WEEK)
        left += self._passed(number, moment)
        closed_weeks = 0
        while left > (total := self._weeks[number].total * _SECOND):
            left -= total
            number += 1
            closed_weeks = 0 if total else closed_weeks + 1
            self._check_bounds(number, closed_weeks)
        return _instant(number * _WEEK + self._reached(number, left))

    def between(self, a: datetime, b: datetime) -> int | float:
        """Seconds of opening time from `a` to `b`, 0 if `b` is not after `a`; an int where it is whole."""
        start, end = _micros(a), _micros(b)
        if end <= start:
            return 0
        if self.always:
            return _seconds(end - start)
        (first, since), (last, until) = divmod(start, _WEEK), divmod(end, _WEEK)
        whole = sum(self._weeks[number].total for number in range(first, last)) * _SECOND
        return _seconds(whole - self._passed(first, since) + self._passed(last, until))

    def next_open(self, at: datetime) -> datetime:
        """`at` itself if it is open, else the instant of the next opening. Raises NoOpening if there is none."""
        if self.always:
            return at.astimezone(UTC)
        opens, _ = next(self._spans(_micros(at)))
        return max(at.astimezone(UTC), _instant(opens))

    def next_close(self, at: datetime) -> datetime | None:
        """The instant at which the opening at `at`, or else the next one, ends; None if that is over 400 days long."""
        if self.always:
            return None
        spans = self._spans(_micros(at))
        opens, closes = next(spans)
        with suppress(NoOpening):  # the last opening of all has an end as well
            while (span := next(spans))[0] == closes:
                closes = span[1]
                if closes - opens > _CLOSED_WEEKS * _WEEK:
                    return None
        return _instant(closes)

    def segments(self, a: datetime, b: datetime) -> list[tuple[datetime, datetime]]:
        """The open stretches between `a` and `b`, in order and apart, for showing how a sum came about."""
        if b <= a:
            return []
        if self.always:
            return [(a.astimezone(UTC), b.astimezone(UTC))]
        start, end = _micros(a), _micros(b)
        found: list[tuple[int, int]] = []
        for number in range(start // _WEEK, end // _WEEK + 1):
            for first, last in self._weeks[number].spans:
                opens = max(number * _WEEK + first * _SECOND, start)
                closes = min(number * _WEEK + last * _SECOND, end)
                if found and found[-1][1] == opens < closes:
                    found[-1] = found[-1][0], closes
                elif opens < closes:
                    found.append((opens, closes))
        return [(_instant(opens), _instant(closes)) for opens, closes in found]

    @property
    def working_day_seconds(self) -> float:
        """The opening of the ordinary week, divided by its days with opening. Raises NoOpening if it has none."""
        if self.always:
            return DAY
        open_days = sum(map(bool, self.week))
        if not open_days:
            raise NoOpening(f'the hours "{self.name}" have no ordinary week, so no working day can be counted')
        return self.week_seconds / open_days

    @property
    def week_seconds(self) -> float:
        """The opening of the ordinary week; infinite where there is none, since single days are no measure."""
        if self.always:
            return WEEK
        return sum(length(interval) for day in self.week for interval in day) * 60 or inf

    def decides(self, day: date) -> Literal["special", "closed", "holiday", "week"]:
        """What decides when it is open on a local day."""
        if day in self.special:
            return "special"
        if day in self.closed:
            return "closed"
        return "holiday" if self.holidays and day in public_holidays(self.holidays, day.year) else "week"

    def begins(self, day: date) -> Day:
        """The stretches that begin on a local day; of `always` none."""
        decides = self.decides(day)
        if decides == "special":
            return self.special[day]
        return self.week[day.weekday()] if decides == "week" else ()

    def _check(self) -> None:
        if len(self.week) != 7:
            raise ValueError(f'the hours "{self.name}" need seven days, Monday first')
        for weekday, intervals in zip(DAYS, self.week, strict=True):
            check_day(intervals, weekday)
        for day, intervals in self.special.items():
            check_day(intervals, str(day))
        both = [f"{day} is both closed and special" for day in sorted(self.closed & self.special.keys())]
        if wrong := [*both, *self._overlaps()]:
            raise ValueError(f'the hours "{self.name}": {"; ".join(wrong)}')
        if self.holidays:
            public_holidays(self.holidays, A_YEAR[0].year)
        if not any(self.special.values()) and not self._opens_ordinarily():
            raise NoOpening(f'the hours "{self.name}" are never open')

    def _overlaps(self) -> list[str]:
        ring = [*enumerate(self.week), (7, self.week[0])]  # Sunday night meets Monday again
        found = clashes((number, DAYS[number % 7], intervals) for number, intervals in ring)
        for day in sorted(self.special):
            near = [day + timedelta(days=step) for step in (-1, 0, 1)]
            found += clashes((near_day.toordinal(), str(near_day), self.begins(near_day)) for near_day in near)
        return list(dict.fromkeys(found))

    def _opens_ordinarily(self) -> bool:
        # Own closed days are a finite list, so only public holidays could close every open day of the week.
        if not self.holidays:
            return any(self.week)
        return any(self.week[day.weekday()] and self.begins(day) for day in A_YEAR if day not in self.closed)

    def _passed(self, number: int, moment: int) -> int:
        """Opening microseconds of the week before `moment`, which is in microseconds since its start."""
        return sum(
            min(last * _SECOND, moment) - first * _SECOND
            for first, last in self._weeks[number].spans
            if first * _SECOND < moment
        )

    def _reached(self, number: int, wanted: int) -> int:
        """The microsecond of the week at which `wanted` (more than none, at most all) of its opening have passed."""
        for first, last in self._weeks[number].spans:
            if wanted <= (last - first) * _SECOND:
                return first * _SECOND + wanted
            wanted -= (last - first) * _SECOND
        raise AssertionError("more opening asked for than the week has")

    def _spans(self, start: int) -> Iterator[tuple[int, int]]:
        """Open stretches (microseconds) that end after `start`, cut at the weeks, until a long silence raises."""
        number, closed_weeks = start // _WEEK, 0
        while True:
            week = self._weeks[number]
            for first, last in week.spans:
                span = number * _WEEK + first * _SECOND, number * _WEEK + last * _SECOND
                if span[1] > start:
                    yield span
            number += 1
            closed_weeks = 0 if week.total else closed_weeks + 1
            self._check_bounds(number, closed_weeks)

    def _check_bounds(self, number: int, closed_weeks: int) -> None:
        if closed_weeks > _CLOSED_WEEKS:
            raise NoOpening(f'the hours "{self.name}" have no opening in 400 days: look at the closed days')
        if number > _LAST_WEEK:
            raise NoOpening(f'the hours "{self.name}" have too little opening for this')


def _micros(at: datetime) -> int:
    return (at - EPOCH) // _MICRO


def _instant(micros: int) -> datetime:
    return EPOCH + timedelta(microseconds=micros)


def _later(at: datetime, micros: int) -> datetime:
    return at.astimezone(UTC) + timedelta(microseconds=micros)


def _seconds(micros: int) -> int | float:
    return micros / _SECOND if micros % _SECOND else micros // _SECOND


ALWAYS = OpeningHours("always", "UTC", always=True)
