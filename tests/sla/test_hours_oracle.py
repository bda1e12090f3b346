"""Opening hours against an oracle that looks at the clock on the wall once a minute."""

from bisect import bisect_left
from collections import Counter
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

ZONES = ("Europe/Stockholm", "Europe/Copenhagen", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe")
YEARS = range(2020, 2041)
HOLIDAYS = {"Europe/Stockholm": ("", "SE"), "Europe/Copenhagen": ("", "DK"), "America/New_York": ("", "US")}
CASES, MANY_CASES = 200, 2000
WINDOW_DAYS = 6
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
        self.open = bytes([flags[day][minute] for day, minute in shown])
        self.before = [0, *accumulate(self.open)]

    def at(self, minute: int) -> datetime:
        return self.start + minute * MINUTE

    def reached(self, minute: int, count: int) -> int | None:
        """The first minute before which `count` open minutes lie since `minute`; None outside the window."""
        wanted = self.before[minute] + count
        later = max(minute, bisect_left(self.before, wanted))
        return later if later < len(self.before) else None

    def next(self, minute: int, state: int) -> int | None:
        found = self.open.find(state, minute)
        return found if found >= 0 else None


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


def check(hours: OpeningHours, oracle: Oracle, minutes: Iterable[tuple[int, int]]) -> Counter[str]:
    """Compares the two from each minute on, towards another; how often the oracle knew what."""
    knew: Counter[str] = Counter()
    for first, second in minutes:
        start, end = oracle.at(first), oracle.at(second)
        assert hours.is_open(start) == oracle.open[first]
        knew["that it is open"] += oracle.open[first]
        expected = max(0, oracle.before[second] - oracle.before[first]) * 60
        assert hours.between(start, end) == expected
        assert sum((b - a).total_seconds() for a, b in hours.segments(start, end)) == expected
        count = (second - first) % 1000
        if (reached := oracle.reached(first, count)) is not None:
            assert hours.add(start, count * 60) == oracle.at(reached)
            knew["a deadline"] += count > 0
        # where it opens for ever, far beyond what the oracle sees, too, and not by the minute
        if first % 4 == 0 and any(hours.week):
            seconds = (first * 7919 + second) % 40_000
            assert hours.between(start, due := hours.add(start, seconds)) == seconds
            assert due <= hours.add(start, seconds + 1) <= hours.add(start + MINUTE, seconds + 1)
        opens = oracle.next(first, 1)
        if opens is None:
            continue
        assert hours.next_open(start) == oracle.at(opens)
        knew["an opening"] += opens > first
        if (closes := oracle.next(opens, 0)) is not None:
            assert hours.next_close(start) == oracle.at(closes)
            knew["a closing"] += 1
    return knew


@lru_cache
def changes(name: str, year: int) -> tuple[date, date]:
    """The days of that year on which the clock jumps forward and back; where it never does, those of Stockholm."""
    found = {}
    for number in range(366):
        noon = datetime(year, 1, 1, 12, tzinfo=UTC) + timedelta(days=number)
        before, after = ((noon + timedelta(days=d)).astimezone(ZoneInfo(name)).utcoffset() for d in (-1, 0))
        if before is not None and after is not None and before != after:
            found[after > before] = noon.astimezone(ZoneInfo(name)).date()
    return (found[True], found[False]) if found else changes("Europe/Stockholm", year)


def compared(name: str, direction: int, cases: int) -> None:
    """So many random calendars, each in the days around a change of the clocks in one of the years."""
    random, knew = Random(f"{name} {direction} {cases}"), Counter[str]()
    for case in range(cases):
        day = changes(name, YEARS[case * len(YEARS) // cases])[direction]
        start = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(days=WINDOW_DAYS // 2)
        night = (WINDOW_DAYS // 2) * 1440 - 12 * 60
        hours = some_hours(random, name, day)
        oracle = Oracle(hours, start, WINDOW_DAYS)
        anywhere = [(random.randrange(WINDOW_DAYS * 1440), random.randrange(WINDOW_DAYS * 1440)) for _ in range(8)]
        at_night = [(night + random.randrange(1440), night + random.randrange(1440)) for _ in range(8)]
        knew += check(hours, oracle, [*anywhere, *at_night])
    assert min(knew.values()) > 3 * cases and len(knew) == 4, (
        f"an oracle that knows little agrees with anything: {knew}"
    )


@pytest.mark.parametrize("name", ZONES)
@pytest.mark.parametrize("direction", [0, 1], ids=["forward", "back"])
def test_around_the_changing_of_the_clocks(name: str, direction: int) -> None:
    """SC-04: deadlines within the hour that is left out and the one that is shown twice, in days of 23 and 25 hours."""
    compared(name, direction, CASES)


@pytest.mark.torture
@pytest.mark.parametrize("name", ZONES)
@pytest.mark.parametrize("direction", [0, 1], ids=["forward", "back"])
def test_around_the_changing_of_the_clocks_many_times(name: str, direction: int) -> None:
    compared(name, direction, MANY_CASES)


def test_the_oracle_sees_the_changes() -> None:
    """An oracle that saw no jump would agree with anything that sees none."""
    for name in ZONES:
        for year in (2020, 2026, 2040):
            lengths = []
            for day in changes(name, year):
                start = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(days=1)
                lengths.append(sum(shown == day for shown, _ in wall(name, start, 3)) / 60)
            assert lengths == {"Asia/Kolkata": [24, 24], "Australia/Lord_Howe": [23.5, 24.5]}.get(name, [23, 25])


@pytest.mark.torture
@pytest.mark.parametrize("name", ["Europe/Stockholm", "Europe/Copenhagen"])
def test_twenty_years(name: str) -> None:
    random = Random(name)
    for year in YEARS:
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
