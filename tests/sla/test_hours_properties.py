"""Laws of opening time that hold on every calendar."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from sla.hours import ALWAYS, OpeningHours, parse_week

CALENDARS = [
    ALWAYS,
    OpeningHours("office", "Europe/Stockholm", parse_week({"mon-fri": ["08:00-12:00", "13:00-17:00"]}), holidays="SE"),
    OpeningHours("night", "Europe/Copenhagen", parse_week({"mon-sun": ["22:00-06:00"]}), holidays="DK"),
    OpeningHours(
        "jump", "America/New_York", parse_week({"sun": ["01:30-02:30", "02:45-02:50"], "wed": ["09:00-10:00"]})
    ),
    OpeningHours("half", "Australia/Lord_Howe", parse_week({"sat-sun": ["01:15-01:50", "02:10-02:40", "23:00-00:30"]})),
    OpeningHours("delhi", "Asia/Kolkata", parse_week({"mon-sat": ["09:30-18:30"]})),
]
calendars = st.sampled_from(CALENDARS)
instants = st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
lengths = st.one_of(
    st.integers(0, 400_000),
    st.floats(0, 4000).map(lambda seconds: round(seconds, 6)),
)


@settings(deadline=None)
@given(calendars, instants, lengths)
def test_there_and_back(hours: OpeningHours, at: datetime, seconds: float) -> None:
    assert hours.between(at, hours.add(at, seconds)) == pytest.approx(seconds, abs=1e-9)


@settings(deadline=None)
@given(calendars, instants, st.integers(1, 400_000))
def test_the_deadline_is_the_first_such_instant(hours: OpeningHours, at: datetime, seconds: int) -> None:
    just_before = hours.add(at, seconds) - timedelta(microseconds=1)
    assert hours.is_open(just_before)
    assert hours.between(at, just_before) < seconds


@settings(deadline=None)
@given(calendars, instants, st.integers(0, 200_000), st.integers(0, 200_000))
def test_parts_add_up(hours: OpeningHours, at: datetime, first: int, second: int) -> None:
    assert hours.add(hours.add(at, first), second) == hours.add(at, first + second)


@settings(deadline=None)
@given(calendars, instants, instants, instants)
def test_stretches_add_up(hours: OpeningHours, a: datetime, b: datetime, c: datetime) -> None:
    a, b, c = sorted((a, b, c))
    assert hours.between(a, b) + hours.between(b, c) == pytest.approx(hours.between(a, c), abs=1e-5)
    assert hours.between(c, a) == 0 or a == c


@settings(deadline=None)
@given(calendars, instants, st.timedeltas(timedelta(), timedelta(days=10)), lengths)
def test_later_starts_end_no_earlier(hours: OpeningHours, at: datetime, wait: timedelta, seconds: float) -> None:
    assert hours.add(at, seconds) <= hours.add(at + wait, seconds)


@settings(deadline=None)
@given(calendars, instants, lengths, lengths)
def test_longer_takes_no_less(hours: OpeningHours, at: datetime, one: float, other: float) -> None:
    shorter, longer = sorted((one, other))
    assert at <= hours.add(at, shorter) <= hours.add(at, longer)


@settings(deadline=None)
@given(calendars, instants)
def test_doors_alternate(hours: OpeningHours, at: datetime) -> None:
    opens, closes = hours.next_open(at), hours.next_close(at)
    assert hours.is_open(opens)
    assert hours.between(at, opens) == 0
    assert hours.is_open(at) == (opens == at)
    assume(closes is not None)
    assert closes is not None
    assert opens < closes
    assert not hours.is_open(closes)
    assert hours.between(opens, closes) == (closes - opens).total_seconds()


@settings(max_examples=40, deadline=None)
@given(calendars, instants, st.timedeltas(timedelta(), timedelta(days=40)))
def test_segments_are_the_open_time(hours: OpeningHours, at: datetime, span: timedelta) -> None:
    segments = hours.segments(at, at + span)
    assert sum((end - start).total_seconds() for start, end in segments) == pytest.approx(hours.between(at, at + span))
    edges = [edge for segment in segments for edge in segment]
    assert edges == sorted(set(edges))
    assert all(hours.is_open(start) for start, _ in segments)


@settings(deadline=None, max_examples=20)
@given(instants)
def test_a_thousand_days_on_a_sparse_calendar_are_laid_out_once_week_by_week(at: datetime) -> None:
    """No day is looked at by itself, and no week twice: twenty years ahead are a thousand steps."""
    sparse = OpeningHours("sparse", "Europe/Stockholm", parse_week({"mon": ["09:00-11:00"]}), holidays="SE")
    laid = []
    lay_out = sparse._weeks._lay_out
    sparse._weeks._lay_out = lambda number: laid.append(number) or lay_out(number)  # type: ignore[method-assign, func-returns-value]
    until = sparse.add(at, 1000 * 2 * 3600)
    weeks = (until - at) // timedelta(days=7) + 2
    assert len(laid) == len(set(laid)) <= weeks
    laid.clear()
    assert sparse.add(at, 1000 * 2 * 3600) == until
    assert laid == []
