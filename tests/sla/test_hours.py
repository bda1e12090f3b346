"""Opening hours in people's words: lunch, nights, holidays, half days, the nights of the changed clocks."""

import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from sla import hours as hours_module
from sla.hours import ALWAYS, NoOpening, OpeningHours, parse_week
from sla.weeks import LaidWeek

LUNCH = parse_week({"mon-fri": ["08:00-12:00", "13:00-17:00"]})
OFFICE = OpeningHours("office", "Europe/Stockholm", LUNCH)
SWEDEN = OpeningHours("sweden", "Europe/Stockholm", LUNCH, holidays="SE")
DENMARK = OpeningHours("denmark", "Europe/Copenhagen", LUNCH, holidays="DK")
NIGHT = OpeningHours("night", "Europe/Stockholm", parse_week({"mon-sun": ["22:00-06:00"]}))
AROUND_THE_CLOCK = OpeningHours("24/7", "Europe/Stockholm", parse_week({"mon-sun": ["00:00-24:00"]}))
HOUR = 3600


def at(text: str, name: str = "Europe/Stockholm") -> datetime:
    """The instant at which a clock in that zone shows this (the first time)."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(name)).astimezone(UTC)


@pytest.mark.parametrize(
    ("calendar", "start", "hours", "end"),
    [
        # A Monday with its lunch break.
        (OFFICE, "2026-03-02 09:00", 1, "2026-03-02 10:00"),
        (OFFICE, "2026-03-02 09:00", 3, "2026-03-02 12:00"),
        (OFFICE, "2026-03-02 11:30", 1, "2026-03-02 13:30"),
        (OFFICE, "2026-03-02 12:15", 1, "2026-03-02 14:00"),
        (OFFICE, "2026-03-02 03:00", 4, "2026-03-02 12:00"),
        (OFFICE, "2026-03-02 17:00", 1, "2026-03-03 09:00"),
        (OFFICE, "2026-03-02 09:00", 0, "2026-03-02 09:00"),
        (OFFICE, "2026-03-02 03:00", 0, "2026-03-02 03:00"),
        # Over a weekend, and forty hours are a week.
        (OFFICE, "2026-03-06 16:30", 1, "2026-03-09 08:30"),
        (OFFICE, "2026-03-07 10:00", 40, "2026-03-13 17:00"),
        # Nights: what began on Sunday evening belongs to Sunday.
        (NIGHT, "2026-03-02 23:00", 2, "2026-03-03 01:00"),
        (NIGHT, "2026-03-02 12:00", 9, "2026-03-03 23:00"),
        # 29 March has 23 hours, 25 October 25; a night shift loses and gains one.
        (NIGHT, "2026-03-28 22:00", 7, "2026-03-29 06:00"),
        (NIGHT, "2026-10-24 22:00", 9, "2026-10-25 06:00"),
        (AROUND_THE_CLOCK, "2026-03-29 00:00", 23, "2026-03-30 00:00"),
        (AROUND_THE_CLOCK, "2026-10-25 00:00", 25, "2026-10-26 00:00"),
        # Easter: Good Friday and Easter Monday in Sweden, from Maundy Thursday in Denmark.
        (OFFICE, "2026-04-02 16:00", 2, "2026-04-03 09:00"),
        (SWEDEN, "2026-04-02 16:00", 2, "2026-04-07 09:00"),
        (DENMARK, "2026-04-01 16:00", 2, "2026-04-07 09:00"),
        # The sixth of June is Sweden's own, and Denmark gave up its Great Prayer Day in 2024.
        (SWEDEN, "2025-06-05 16:00", 2, "2025-06-09 09:00"),
        (DENMARK, "2025-06-05 16:00", 2, "2025-06-06 09:00"),
        (DENMARK, "2023-05-04 16:00", 2, "2023-05-08 09:00"),
        (DENMARK, "2024-04-25 16:00", 2, "2024-04-26 09:00"),
        # Over the turn of the year: New Year's Eve and Day, and Epiphany.
        (SWEDEN, "2025-12-30 16:00", 2, "2026-01-02 09:00"),
        (SWEDEN, "2026-01-05 16:00", 2, "2026-01-07 09:00"),
    ],
)
def test_opening_time_ahead(calendar: OpeningHours, start: str, hours: float, end: str) -> None:
    begun, ended = at(start), at(end)
    assert calendar.add(begun, hours * HOUR) == ended
    assert calendar.between(begun, ended) == hours * HOUR


def test_own_closed_days_and_half_days() -> None:
    """SC-05: public holidays, own closed days, half days, and days that are open though they are holidays."""
    calendar = OpeningHours(
        "office",
        "Europe/Stockholm",
        LUNCH,
        holidays="SE",
        closed=frozenset({date(2026, 12, 24)}),
        special={date(2026, 4, 30): ((480, 720),), date(2026, 5, 1): ((600, 660),), date(2026, 5, 2): ((540, 0),)},
    )
    assert calendar.add(at("2026-12-23 16:00"), 2 * HOUR) == at("2026-12-28 09:00")
    # Half of Walpurgis Night, one hour of May Day although it is a holiday, a long Saturday until midnight.
    assert calendar.segments(at("2026-04-30 00:00"), at("2026-05-04 09:00")) == [
        (at("2026-04-30 08:00"), at("2026-04-30 12:00")),
        (at("2026-05-01 10:00"), at("2026-05-01 11:00")),
        (at("2026-05-02 09:00"), at("2026-05-03 00:00")),
        (at("2026-05-04 08:00"), at("2026-05-04 09:00")),
    ]


def test_a_shift_that_began_runs_on_into_a_closed_day() -> None:
    calendar = replace(NIGHT, closed=frozenset({date(2026, 3, 3)}))
    assert calendar.is_open(at("2026-03-03 05:59"))
    assert calendar.next_open(at("2026-03-03 06:00")) == at("2026-03-04 22:00")


@pytest.mark.parametrize(
    ("text", "is_open", "opens", "closes"),
    [
        ("2026-03-02 07:59", False, "2026-03-02 08:00", "2026-03-02 12:00"),
        ("2026-03-02 08:00", True, "2026-03-02 08:00", "2026-03-02 12:00"),
        ("2026-03-02 11:59", True, "2026-03-02 11:59", "2026-03-02 12:00"),
        ("2026-03-02 12:00", False, "2026-03-02 13:00", "2026-03-02 17:00"),
        ("2026-03-06 17:00", False, "2026-03-09 08:00", "2026-03-09 12:00"),
    ],
)
def test_doors(text: str, is_open: bool, opens: str, closes: str) -> None:
    assert OFFICE.is_open(at(text)) is is_open
    assert OFFICE.next_open(at(text)) == at(opens)
    assert OFFICE.next_close(at(text)) == at(closes)


def test_always() -> None:
    now = at("2026-03-29 02:30")
    assert ALWAYS.is_open(now)
    assert ALWAYS.next_open(now) == now
    assert ALWAYS.next_close(now) is None
    assert ALWAYS.add(now, 90.5) == now + timedelta(seconds=90.5)
    assert ALWAYS.between(now, now + timedelta(days=2)) == 172_800
    assert ALWAYS.between(now, now - timedelta(days=2)) == 0
    assert ALWAYS.segments(now, now + timedelta(days=2)) == [(now, now + timedelta(days=2))]
    assert ALWAYS.segments(now, now) == []


def test_open_around_the_clock_never_closes() -> None:
    now = at("2026-03-02 08:00")
    assert AROUND_THE_CLOCK.next_close(now) is None
    assert AROUND_THE_CLOCK.segments(now, now + timedelta(days=60)) == [(now, now + timedelta(days=60))]
    assert replace(AROUND_THE_CLOCK, closed=frozenset({date(2026, 3, 5)})).next_close(now) == at("2026-03-05 00:00")


def test_parts_of_seconds_are_kept() -> None:
    start = at("2026-03-02 11:59") + timedelta(microseconds=250_000)
    end = OFFICE.add(start, 60)
    assert end == at("2026-03-02 13:00") + timedelta(microseconds=250_000)
    assert OFFICE.between(start, end) == 60
    assert isinstance(OFFICE.between(start, end), int)
    assert OFFICE.between(start, end - timedelta(microseconds=500_000)) == 59.75  # half of that lies in the break


def test_any_aware_zone_goes_in_and_utc_comes_out() -> None:
    in_delhi = at("2026-03-02 09:00").astimezone(ZoneInfo("Asia/Kolkata"))
    for calendar in (OFFICE, ALWAYS):
        for answer in (calendar.add(in_delhi, 60), calendar.add(in_delhi, 0), calendar.next_open(in_delhi)):
            assert answer.tzinfo is UTC
        assert calendar.segments(in_delhi, in_delhi + timedelta(hours=1))[0][0].tzinfo is UTC
    assert OFFICE.add(in_delhi, HOUR) == at("2026-03-02 10:00")


def test_subtraction_within_one_zone_is_never_used() -> None:
    """SC-04: Python subtracts two times of one zone as the wall clock shows them, which is an hour wrong here."""
    zone = ZoneInfo("Europe/Stockholm")
    start, end = datetime(2026, 3, 28, 12, tzinfo=zone), datetime(2026, 3, 29, 12, tzinfo=zone)
    assert (end - start) == timedelta(hours=24)
    assert ALWAYS.between(start, end) == AROUND_THE_CLOCK.between(start, end) == 23 * HOUR


def test_a_naive_time_is_refused() -> None:
    for calendar in (OFFICE, ALWAYS):
        with pytest.raises(TypeError):
            calendar.between(datetime(2026, 3, 2), datetime(2026, 3, 3))  # noqa: DTZ001


def test_time_runs_forward_only() -> None:
    with pytest.raises(ValueError, match="forward only"):
        OFFICE.add(at("2026-03-02 09:00"), -1)


def test_an_empty_calendar_is_refused() -> None:
    """SC-05: never a loop that looks for an opening for ever."""
    with pytest.raises(NoOpening, match='"empty" are never open'):
        OpeningHours("empty", "Europe/Stockholm")
    with pytest.raises(NoOpening, match="are never open"):
        OpeningHours("empty", "Europe/Stockholm", special={date(2026, 5, 2): ()})
    with pytest.raises(NoOpening, match="are never open"):
        OpeningHours("empty", "Europe/Stockholm", holidays="SE")


def test_holidays_that_leave_no_day_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_sunday_is_free(country: str, year: int) -> frozenset[date]:
        days = (date(year, 1, 1) + timedelta(days=day) for day in range(366))
        return frozenset(day for day in days if day.weekday() == 6)

    monkeypatch.setattr(hours_module, "public_holidays", no_sunday_is_free)
    with pytest.raises(NoOpening, match="are never open"):
        OpeningHours("sundays", "Europe/Stockholm", parse_week({"sun": ["10:00-12:00"]}), holidays="SE")
    saturday = parse_week({"sat-sun": ["10:00-12:00"]})
    assert OpeningHours("weekends", "Europe/Stockholm", saturday, holidays="SE").holidays == "SE"


FAIR = OpeningHours(
    "fair", "Europe/Stockholm", special={date(2026, 5, 2): ((600, 900),), date(2026, 5, 3): ((600, 900),)}
)


@pytest.mark.parametrize(
    "ask",
    [
        lambda: FAIR.add(at("2026-05-02 12:00"), 10 * HOUR),
        lambda: FAIR.add(at("2026-06-01 12:00"), 1),
        lambda: FAIR.next_open(at("2026-06-01 12:00")),
        lambda: FAIR.next_close(at("2026-06-01 12:00")),
        lambda: FAIR.next_open(at("2024-01-01 12:00")),
    ],
)
def test_the_search_for_an_opening_is_bounded(ask: Callable[[], object]) -> None:
    with pytest.raises(NoOpening, match='"fair" have no opening in 400 days'):
        ask()


def test_the_last_opening_of_all_can_be_used_up() -> None:
    assert FAIR.add(at("2026-05-02 12:00"), 8 * HOUR) == at("2026-05-03 15:00")
    assert FAIR.next_close(at("2026-05-03 14:00")) == at("2026-05-03 15:00")
    assert FAIR.between(at("2020-01-01 00:00"), at("2030-01-01 00:00")) == 10 * HOUR


def test_a_minute_a_week_does_not_reach_the_year_ten_thousand() -> None:
    sparse = OpeningHours("sparse", "UTC", parse_week({"mon": ["09:00-09:01"]}))
    assert sparse.add(at("2026-01-01 00:00"), 52 * 60) == at("2026-12-28 09:01", "UTC")
    with pytest.raises(NoOpening, match="too little opening"):
        sparse.add(at("2026-01-01 00:00"), 60_000 * 60)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"timezone": "Stockholm"}, '"Stockholm" is not a time zone'),
        ({"holidays": "XX"}, 'no public holidays are known for "XX"'),
        ({"holidays": "DE-ZZ"}, 'no public holidays are known for "DE-ZZ"'),
        ({"holidays": "Sweden"}, '"Sweden" is not a country'),
        ({"holidays": "XX", "special": {date(2026, 5, 2): ((600, 900),)}}, "no public holidays are known"),
        (
            {"closed": frozenset({date(2026, 5, 2)}), "special": {date(2026, 5, 2): ((600, 900),)}},
            "2026-05-02 is both closed and special",
        ),
        ({"special": {date(2026, 5, 2): ((600, 1500),)}}, "2026-05-02: .* are not minutes of a day"),
        (
            {"special": {date(2026, 5, 4): ((1320, 600),)}},
            "2026-05-04 22:00-10:00 and 2026-05-05 08:00-12:00 overlap",
        ),
        ({"special": {date(2026, 5, 2): ((600, 900), (840, 960))}}, "2026-05-02 10:00-15:00 and 2026-05-02 14:00"),
        ({"week": ((), ())}, "need seven days"),
    ],
)
def test_mistakes_are_told(changes: dict[str, object], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        replace(OFFICE, **changes)  # type: ignore[arg-type]


def test_regions_have_holidays_of_their_own() -> None:
    corpus_christi = at("2026-06-04 12:00", "Europe/Berlin") - timedelta(hours=1)
    bavaria = OpeningHours("x", "Europe/Berlin", LUNCH, holidays="DE-BY")
    berlin = OpeningHours("x", "Europe/Berlin", LUNCH, holidays="DE-BE")
    assert not bavaria.is_open(corpus_christi)
    assert berlin.is_open(corpus_christi)


def test_in_sweden_the_great_eves_are_kept_whatever_the_law_says() -> None:
    calendar = OpeningHours("x", "Europe/Stockholm", parse_week({"mon-fri": ["08:00-17:00"]}), holidays="SE")
    assert calendar.next_open(at("2026-06-18 17:00")) == at("2026-06-22 08:00")  # Midsummer's Eve is a Friday
    assert calendar.next_open(at("2026-12-23 17:00")) == at("2026-12-28 08:00")
    assert calendar.next_open(at("2026-12-30 17:00")) == at("2027-01-04 08:00")
    assert calendar.is_open(at("2026-04-30 12:00"))


def test_what_is_heavy_is_loaded_at_first_need() -> None:
    program = (
        "import sys, sla.clock, sla.duration, sla.hours, sla.ladder, sla.policy, sla.survey\n"
        "from sla.hours import *\n"
        "week = parse_week({'mon': ['09:00-10:00']})\n"
        "OpeningHours('x', 'Europe/Stockholm', week).is_open(sla.hours.EPOCH)\n"
        "assert not {'holidays', 'apscheduler'} & sys.modules.keys()\n"
        "OpeningHours('x', 'Europe/Stockholm', week, holidays='SE')\n"
        "assert 'holidays' in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", program], cwd=Path(__file__).parents[2], check=True)


def test_calendars_are_values() -> None:
    half_day = {date(2026, 4, 30): ((480, 720),)}
    calendar = replace(OFFICE, special=half_day)
    assert calendar == replace(OFFICE, special=dict(half_day))
    assert hash(calendar) == hash(replace(OFFICE, special=dict(half_day)))
    half_day.clear()
    assert calendar.next_close(at("2026-04-30 13:00")) == at("2026-05-01 12:00")
    assert calendar != OFFICE


def test_each_week_is_laid_out_once(monkeypatch: pytest.MonkeyPatch) -> None:
    calendar = OpeningHours("sparse", "Europe/Stockholm", parse_week({"mon": ["09:00-10:00"]}), holidays="SE")
    laid: list[int] = []
    lay_out = calendar._weeks._lay_out

    def counted(number: int) -> LaidWeek:
        laid.append(number)
        return lay_out(number)

    monkeypatch.setattr(calendar._weeks, "_lay_out", counted)
    due = calendar.add(at("2026-03-02 09:00"), 1000 * HOUR)
    assert 1000 < len(laid) == len(set(laid)) < 1200
    assert calendar.add(at("2026-03-02 09:00"), 1000 * HOUR) == due
    assert len(laid) == len(set(laid))
