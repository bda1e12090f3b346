"""Durations: as they are written in the desk's file, as they are counted, and as they are said."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sla.duration import Duration, in_seconds, parse, promisable, say
from sla.hours import ALWAYS, NoOpening, OpeningHours, parse_week

OFFICE = OpeningHours("office", "Europe/Stockholm", parse_week({"mon-fri": ["08:00-12:00", "13:00-17:00"]}))

FAIR = OpeningHours("fair", "Europe/Stockholm", special={date(2026, 5, 2): ((600, 900),)})


@pytest.mark.parametrize(
    ("text", "duration"),
    [
        ("90s", Duration(90)),
        ("15m", Duration(900)),
        ("15 min", Duration(900)),
        ("4h", Duration(14_400)),
        ("16h", Duration(57_600)),
        ("1h30m", Duration(5400)),
        ("1h 30m 5s", Duration(5405)),
        (" 2H ", Duration(7200)),
        ("1 working day", Duration(working_days=1)),
        ("2 working days", Duration(working_days=2)),
        ("0.5 Working Days", Duration(working_days=0.5)),
        ("1 calendar day", Duration(24 * 3600, calendar=True)),
        ("3 Calendar  days", Duration(72 * 3600, calendar=True)),
        ("36 calendar hours", Duration(36 * 3600, calendar=True)),
    ],
)
def test_reads(text: str, duration: Duration) -> None:
    assert parse(text) == duration


@pytest.mark.parametrize("text", ["d", "2d", "2 d", "1 day", "2 days", "1w", "2 weeks"])
def test_days_are_unclear(text: str) -> None:
    with pytest.raises(ValueError, match="is unclear: write opening hours, like 16h, working days"):
        parse(text)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "missing"),
        ("  ", "missing"),
        ("-4h", "negative"),
        ("−4h", "negative"),
        ("-2 working days", "negative"),
        ("0", "not a duration"),
        ("0h", "no time at all"),
        ("0m0s", "no time at all"),
        ("0 working days", "no time at all"),
        ("4", "not a duration"),
        ("h", "not a duration"),
        ("30m1h", "not a duration"),
        ("1.5h", "not a duration"),
        ("٤h", "not a duration"),
        ("soon", "not a duration"),
        ("99999999h", "more than ten years"),
        ("9999 working days", "more than ten years"),
        ("0 calendar days", "no time at all"),
        ("1.5 calendar days", "not a duration"),
        ("9999 calendar days", "more than ten years"),
    ],
)
def test_refuses(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        parse(text)


@pytest.mark.parametrize(("seconds", "days"), [(0, 0), (-1, 0), (0, -1), (0, float("nan")), (0, float("inf")), (-5, 2)])
def test_a_duration_has_a_length(seconds: int, days: float) -> None:
    with pytest.raises(ValueError, match="longer than nothing"):
        Duration(seconds, days)


@pytest.mark.parametrize(
    ("week", "seconds"),
    [
        ({"mon-fri": ["08:00-12:00", "13:00-17:00"]}, 8 * 3600),
        ({"mon-thu": ["08:00-17:00"], "fri": ["08:00-12:00"]}, 8 * 3600),
        ({"sat": ["22:00-06:00"]}, 8 * 3600),
        ({"mon-sun": ["00:00-24:00"]}, 24 * 3600),
        ({"mon": ["09:00-10:00"], "tue": ["09:00-09:01"]}, 1830),
    ],
)
def test_a_working_day_is_the_average_open_day(week: dict[str, list[str]], seconds: int) -> None:
    hours = OpeningHours("x", "Europe/Stockholm", parse_week(week))
    assert in_seconds(parse("1 working day"), hours) == seconds
    assert in_seconds(parse("2 working days"), hours) == 2 * seconds


def test_hours_are_hours_on_every_calendar() -> None:
    assert in_seconds(parse("16h"), OFFICE) == in_seconds(parse("16h"), ALWAYS) == 57_600
    assert in_seconds(parse("2 working days"), ALWAYS) == 172_800
    assert in_seconds(Duration(60, 0.5), OFFICE) == 60 + 4 * 3600


def test_no_working_days_without_an_ordinary_week() -> None:
    with pytest.raises(NoOpening, match="no ordinary week"):
        in_seconds(parse("1 working day"), FAIR)


def test_time_by_the_clock_is_promised_only_where_it_is_asked_for() -> None:
    rare = OpeningHours("rare", "UTC", special={date(2026, 5, 2): ((600, 900),)})
    assert promisable("3 calendar days", rare, calendar=True) == Duration(3 * 86_400, calendar=True)
    with pytest.raises(ValueError, match='"3 calendar days" is calendar time, and here opening time is counted'):
        promisable("3 calendar days", rare)


def test_what_would_take_a_century_of_such_hours_is_no_promise() -> None:
    rare = OpeningHours("rare", "Europe/Stockholm", parse_week({"mon": ["09:00-10:00"]}))
    assert promisable("5200h", rare) == Duration(5200 * 3600)
    with pytest.raises(ValueError, match='"rare" open too rarely for this'):
        promisable("5201h", rare)
    assert promisable("3660 working days", rare).working_days == 3660
    assert promisable("87000h", ALWAYS) == promisable("87000h", FAIR) == Duration(87_000 * 3600)


@pytest.mark.parametrize(
    ("seconds", "english", "swedish", "danish"),
    [
        (0, "0 s", "0 s", "0 s"),
        (0.4, "0 s", "0 s", "0 s"),
        (45, "45 s", "45 s", "45 s"),
        (90, "1 min 30 s", "1 min 30 s", "1 min 30 s"),
        (599.9, "9 min 59 s", "9 min 59 s", "9 min 59 s"),
        (659, "10 min", "10 min", "10 min"),
        (900, "15 min", "15 min", "15 min"),
        (3605, "1 h", "1 tim", "1 t"),
        (7500, "2 h 5 min", "2 tim 5 min", "2 t 5 min"),
        (14_400, "4 h", "4 tim", "4 t"),
        (180_000, "50 h", "50 tim", "50 t"),
        (-300, "−5 min", "−5 min", "−5 min"),
        (-0.2, "0 s", "0 s", "0 s"),
    ],
)
def test_says(seconds: float, english: str, swedish: str, danish: str) -> None:
    assert (say(seconds, "en"), say(seconds, "sv"), say(seconds, "da")) == (english, swedish, danish)


def test_says_it_in_the_nearest_language() -> None:
    assert say(3600, "sv-SE") == say(3600, "sv_FI") == "1 tim"
    assert say(3600, "fi") == say(3600, "") == say(3600) == "1 h"


@settings(deadline=None)
@given(st.integers(1, 200_000))
def test_what_is_said_can_be_read(seconds: int) -> None:
    whole = seconds if seconds < 600 else seconds - seconds % 60
    assert parse(say(seconds)) == Duration(whole)
