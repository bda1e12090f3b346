"""A calendar laid out in weeks of UTC, the form in which opening time can be counted fast.

A stretch of local time is mapped piece by piece: between two changes of the clocks local time and UTC run side by
side. So a minute is open exactly when the clock on the wall shows an open minute: one that the spring night jumps over
is not there to be open, one that the autumn night shows twice is open twice.
"""

import re
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sla.walltime import DAY, EPOCH_DAY, change_between, offset_at
from sla.week import Day, length

WEEK = 7 * DAY
# 400 days in a row, by which a calendar is judged that may be closed by public holidays on every day of its week.
A_YEAR = tuple(date(2026, 1, 1) + timedelta(days=day) for day in range(400))

_KEPT_WEEKS = 4096
_IN_FACT = frozenset({"de_facto"})
_COUNTRY = re.compile(r"([A-Z]{2})(?:-(.+))?")


class LaidWeek(NamedTuple):
    """One week of UTC: its open stretches, in seconds since its start, sorted and apart, and their sum."""

    spans: tuple[tuple[int, int], ...]
    total: int


class Weeks:
    """The weeks of one calendar by number, the week of EPOCH being 0; each is laid out once, when first asked for."""

    def __init__(self, tz: ZoneInfo, intervals_on: Callable[[date], Day], odd_days: frozenset[date], country: str):
        """`intervals_on` says what begins on a local day; it repeats weekly but for `odd_days` and public holidays."""
        self._tz = tz
        self._intervals_on = intervals_on
        self._odd_weeks = _weeks_of(odd_days)
        self._country = country
        self._kept: dict[int, LaidWeek] = {}
        self._ordinary: dict[int, LaidWeek] = {}

    def __getitem__(self, number: int) -> LaidWeek:
        week = self._kept.get(number)
        if week is None:
            if len(self._kept) >= _KEPT_WEEKS:
                self._kept.clear()
            week = self._kept[number] = self._lay_out(number)
        return week

    def _lay_out(self, number: int) -> LaidWeek:
        offset, next_offset = _monday_offset(self._tz, number), _monday_offset(self._tz, number + 1)
        start, end = number * WEEK, (number + 1) * WEEK
        if offset != next_offset:
            change = change_between(self._tz, start, end)
            return self._map(start, ((start, change, offset), (change, end, next_offset)))
        pieces = ((start, end, offset),)
        if self._is_odd(number):
            return self._map(start, pieces)
        if offset not in self._ordinary:
            self._ordinary[offset] = self._map(start, pieces)
        return self._ordinary[offset]

    def _is_odd(self, number: int) -> bool:
        if number in self._odd_weeks:
            return True
        if not self._country:
            return False
        monday = EPOCH_DAY + number * 7
        years = {date.fromordinal(monday + day).year for day in (-2, 7)}
        return any(number in _holiday_weeks(self._country, year) for year in years)

    def _map(self, start: int, pieces: tuple[tuple[int, int, int], ...]) -> LaidWeek:
        """The week that starts at `start`, in `pieces` of (from, until, offset), all in seconds."""
        spans = []
        monday = EPOCH_DAY + start // DAY
        # Local days can lie a day off, and what began the evening before still runs.
        for ordinal in range(monday - 2, monday + 8):
            midnight = (ordinal - EPOCH_DAY) * DAY
            for interval in self._intervals_on(date.fromordinal(ordinal)):
                opens = midnight + interval[0] * 60
                closes = opens + length(interval) * 60
                for since, until, offset in pieces:
                    first, last = max(opens - offset, since), min(closes - offset, until)
                    if first < last:
                        spans.append((first - start, last - start))
        joined = _joined(spans)
        return LaidWeek(joined, sum(last - first for first, last in joined))


def _joined(spans: list[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    joined: list[tuple[int, int]] = []
    for first, last in sorted(spans):
        if joined and first <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(last, joined[-1][1])
        else:
            joined.append((first, last))
    return tuple(joined)


@lru_cache(maxsize=_KEPT_WEEKS)
def _monday_offset(tz: ZoneInfo, number: int) -> int:
    """Since 2000 no zone has changed its clocks twice between two Mondays, so equal ends mean no change at all."""
    return offset_at(tz, number * WEEK)


def _weeks_of(days: frozenset[date]) -> frozenset[int]:
    """The weeks of UTC in which a stretch may lie that begins on one of these local days."""
    numbers = set()
    for day in days:
        number, weekday = divmod(day.toordinal() - EPOCH_DAY, 7)
        numbers.add(number)
        if weekday == 0:
            numbers.add(number - 1)
        elif weekday >= 5:
            numbers.add(number + 1)
    return frozenset(numbers)


@lru_cache(maxsize=512)
def _holiday_weeks(country: str, year: int) -> frozenset[int]:
    return _weeks_of(public_holidays(country, year))


@lru_cache(maxsize=512)
def public_holidays(country: str, year: int) -> frozenset[date]:
    """The public holidays of "SE", or of a region like "DE-BY", and days that are kept as such without being so by law
    (in Sweden the eves of Midsummer, Christmas and New Year). Raises ValueError with a sentence if unknown."""
    return frozenset(named_holidays(country, year))


@lru_cache(maxsize=64)
def named_holidays(place: str, year: int) -> Mapping[date, str]:
    """The same with what they are called there."""
    known = _COUNTRY.fullmatch(place)
    if not known:
        raise ValueError(f'"{place}" is not a country: write a code like SE, or with a region DE-BY')
    # Loaded at first need: it takes a third of a second and 16 MB.
    from holidays import country_holidays

    try:
        country = country_holidays(known[1], subdiv=known[2])
        kinds = {country.default_category, *_IN_FACT.intersection(country.supported_categories)}
        # in its own language: without one the machine's would be taken
        return dict(country_holidays(known[1], known[2], year, categories=kinds, language=country.default_language))
    except NotImplementedError:
        raise ValueError(f'no public holidays are known for "{place}"') from None
