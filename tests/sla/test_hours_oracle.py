"""Opening hours against an oracle that looks at the clock on the wall once a minute."""

from bisect import bisect_left
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from itertools import accumulate
from random import Random
from zoneinfo import ZoneInfo

import pytest

from sla.hours import OpeningHours
from sla.week import Day
from sla.weeks import public_holidays

# Two Sundays of each year on which the clocks of most zones change, and a zone without any change.
CHANGES = {
    "Europe/Stockholm": ("2026-03-29", "2026-10-25"),
    "Europe/Copenhagen": ("2027-03-28", "2027-10-31"),
    "America/New_York": ("2026-03-08", "2026-11-01"),
    "Asia/Kolkata": ("2026-03-29", "2026-10-25"),
    "Australia/Lord_Howe": ("2026-04-05", "2026-10-04"),
}
HOLIDAYS = {"Europe/Stockholm": ("", "SE"), "Europe/Copenhagen": ("", "DK"), "America/New_York": ("", "US")}
CASES = 60
WINDOW_DAYS = 12
MINUTE = timedelta(minutes=1)


@lru_cache(maxsize=4)
def wall(name: str, start: datetime, days: int) -> list[tuple[date, int]]:
    """What the clock shows in each minute of the window: local date and minute of the day."""
    zone = ZoneInfo(name)
    shown = ((start + minute * MINUTE).astimezone(zone) for minute in range(days * 1440))
    return [(local.date(), local.hour * 60 + local.minute) for local in shown]


class Oracle:
    """Knows of each minute since `start` whether it is open, and how many open ones lie before it."""

    def __init__(self, hours: OpeningHours, start: datetime, days: int) -> None:
        self.start = start
        shown = wall(hours.timezone, start, days)
        flags = {day: open_minutes(hours, day) for day in {day for day, _ in shown}}
        self.open = [bool(flags[day][minute]) for day, minute in shown]
        self.before = [0, *accumulate(self.open)]

    def at(self, minute: int) -> datetime:
        return self.start + minute * MINUTE

    def reached(self, minute: int, count: int) -> int | None:
        """The first minute before which `count` open minutes lie since `minute`; None outside the window."""
        wanted = self.before[minute] + count
        later = max(minute, bisect_left(self.before, wanted))
        return later if later < len(self.before) else None

    def next(self, minute: int, state: bool) -> int | None:
        return self.open.index(state, minute) if state in self.open[minute:] else None


def open_minutes(hours: OpeningHours, day: date) -> bytearray:
    """For each minute that a clock can show on that day, 1 if it is open."""
    flags = bytearray(1440)
    for first, last in begins_on(hours, day - timedelta(days=1)):
        if last <= first:
            flags[:last] = b"\1" * last
    for first, last in begins_on(hours, day):
        until = last if last > first else 1440
        flags[first:until] = b"\1" * (until - first)
    return flags


def begins_on(hours: OpeningHours, day: date) -> Day:
    if day in hours.special:
        return hours.special[day]
    if day in hours.closed or (hours.holidays and day in public_holidays(hours.holidays, day.year)):
        return ()
    return hours.week[day.weekday()]


def some_intervals(random: Random) -> Day:
    """Up to three intervals, often with an edge in the hours in which clocks are changed."""
    edges = {random.choice((random.randrange(1440), random.randrange(60, 240), 60 * random.randrange(25)))}
    edges |= {random.randrange(1441) for _ in range(random.choice((1, 1, 3, 3, 5)))}
    edges.discard(1440) if len(edges) % 2 else None
    marks = sorted(edges)
    return tuple((first, last) for first, last in zip(marks[::2], marks[1::2], strict=False))


def some_week(random: Random) -> tuple[Day, ...]:
    week = [some_intervals(random) if random.random() < 0.7 else () for _ in range(7)]
    for number, day in enumerate(week):  # some nights run on until shortly before the next day's first opening
        following = week[(number + 1) % 7]
        free_until = min((first for first, _ in following), default=1440)
        if day and free_until and random.random() < 0.4:
            starts = max(last for _, last in day)
            if starts < 1440:
                week[number] = (*day, (starts, random.randint(0, min(free_until, starts))))
    return tuple(week)


def some_hours(random: Random, name: str, around: date) -> OpeningHours:
    near = [around + timedelta(days=step) for step in range(-4, 7)]
    chosen = random.sample(near, 3)
    special = {chosen[0]: some_intervals(random)} if random.random() < 0.5 else {}
    closed = frozenset(chosen[1 : random.randint(1, 3)])
    holidays = random.choice(HOLIDAYS.get(name, ("",)))
    while True:
        week = some_week(random)
        try:
            return OpeningHours("any", name, week, holidays, closed, special)  # type: ignore[arg-type]
        except ValueError:
            special = {}  # the night before ran into it, or the week was empty


def check(hours: OpeningHours, oracle: Oracle, minutes: Iterable[tuple[int, int]]) -> None:
    for first, second in minutes:
        start, end = oracle.at(first), oracle.at(second)
        assert hours.is_open(start) is oracle.open[first]
        expected = max(0, oracle.before[second] - oracle.before[first]) * 60
        assert hours.between(start, end) == expected
        assert sum((b - a).total_seconds() for a, b in hours.segments(start, end)) == expected
        count = (second - first) % 1000
        if (reached := oracle.reached(first, count)) is not None:
            assert hours.add(start, count * 60) == oracle.at(reached)
        opens = oracle.next(first, True)
        if opens is None:
            continue
        assert hours.next_open(start) == oracle.at(opens)
        if (closes := oracle.next(opens, False)) is not None:
            assert hours.next_close(start) == oracle.at(closes)


@pytest.mark.parametrize("name", CHANGES)
@pytest.mark.parametrize("direction", [0, 1])
def test_around_the_changing_of_the_clocks(name: str, direction: int) -> None:
    sunday = date.fromisoformat(CHANGES[name][direction])
    start = datetime(sunday.year, sunday.month, sunday.day, tzinfo=UTC) - timedelta(days=WINDOW_DAYS // 2)
    night = (WINDOW_DAYS // 2) * 1440 - 12 * 60
    random = Random(f"{name} {direction}")
    for _ in range(CASES):
        hours = some_hours(random, name, sunday)
        oracle = Oracle(hours, start, WINDOW_DAYS)
        anywhere = [(random.randrange(WINDOW_DAYS * 1440), random.randrange(WINDOW_DAYS * 1440)) for _ in range(12)]
        at_night = [(night + random.randrange(1440), night + random.randrange(1440)) for _ in range(12)]
        check(hours, oracle, [*anywhere, *at_night])


def test_the_oracle_sees_the_changes() -> None:
    """An oracle that saw no jump would agree with anything that sees none."""
    for name, sundays in CHANGES.items():
        lengths = []
        for text in sundays:
            day = date.fromisoformat(text)
            start = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(days=1)
            lengths.append(sum(shown == day for shown, _ in wall(name, start, 3)) / 60)
        expected = {"Asia/Kolkata": [24, 24], "Australia/Lord_Howe": [24.5, 23.5]}.get(name, [23, 25])
        assert lengths == expected


@pytest.mark.torture
@pytest.mark.parametrize("name", ["Europe/Stockholm", "Europe/Copenhagen"])
def test_twenty_years(name: str) -> None:
    random = Random(name)
    for year in range(2020, 2041):
        oracle_start = datetime(year, 1, 1, tzinfo=UTC)
        for _ in range(4):
            hours = some_hours(random, name, date(year, random.choice((3, 10)), 28))
            oracle = Oracle(hours, oracle_start, 366)
            check(hours, oracle, [(random.randrange(366 * 1440), random.randrange(366 * 1440)) for _ in range(250)])


# Where it is Monday 14 hours before, and Sunday 11 hours after, UTC says so.
FAR_ZONES = ["Pacific/Kiritimati", "Pacific/Pago_Pago"]
NEARLY_ALWAYS = ((900, 890),)


@pytest.mark.parametrize("name", FAR_ZONES)
@pytest.mark.parametrize("day", range(14))
def test_any_weekday_may_be_special_far_from_greenwich(name: str, day: int) -> None:
    one_day = date(2026, 6, 1) + timedelta(days=day)
    start = datetime(2026, 5, 27, tzinfo=UTC)
    random = Random(day)
    for hours in (
        OpeningHours("closed", name, (NEARLY_ALWAYS,) * 7, closed=frozenset({one_day})),
        OpeningHours("special", name, (((895, 950),),) + ((),) * 6, special={one_day: ((900, 890),)}),
    ):
        points = [(random.randrange(22 * 1440), random.randrange(22 * 1440)) for _ in range(8)]
        check(hours, Oracle(hours, start, 22), [(0, 22 * 1440 - 1), *points])


@pytest.mark.parametrize("name", FAR_ZONES)
@pytest.mark.parametrize("day", range(-4, 4))
def test_a_holiday_at_the_turn_of_the_year(name: str, day: int, monkeypatch: pytest.MonkeyPatch) -> None:
    only = date(2024, 1, 1) + timedelta(days=day)  # a Monday

    def one_holiday(country: str, year: int) -> frozenset[date]:
        return frozenset({only} if only.year == year else ())

    for user in ("sla.hours", "sla.weeks", __name__):
        monkeypatch.setattr(f"{user}.public_holidays", one_holiday)
    hours = OpeningHours("any", name, (NEARLY_ALWAYS,) * 7, holidays=f"XX-{name}-{day}")
    oracle = Oracle(hours, datetime(2023, 12, 20, tzinfo=UTC), 22)
    check(hours, oracle, [(0, 22 * 1440 - 1), (9 * 1440, 14 * 1440)])
