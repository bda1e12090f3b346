"""How opening hours are written."""

import pytest

from sla.hours import OpeningHours, parse_interval, parse_week
from sla.week import Week, say_interval


@pytest.mark.parametrize(
    ("text", "interval"),
    [
        ("08:00-12:00", (480, 720)),
        (" 8:00 – 12:30 ", (480, 750)),
        ("00:00-24:00", (0, 1440)),
        ("22:00-06:00", (1320, 360)),
        ("18:00-00:00", (1080, 0)),
    ],
)
def test_reads_an_interval(text: str, interval: tuple[int, int]) -> None:
    assert parse_interval(text) == interval
    assert parse_interval(say_interval(interval)) == interval


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "not a stretch"),
        ("08:00", "not a stretch"),
        ("8-12", '"8" is not a time of day'),
        ("08:60-12:00", '"08:60" is not'),
        ("08:00-25:00", '"25:00" is not'),
        ("08:00-24:01", '"24:01" is not'),
        ("08:00-08:00", "is no time at all, or a day and a night"),
        ("00:00-00:00", "or write 00:00-24:00"),
        ("24:00-06:00", "write it as 00:00 of the next day"),
        ("08.00-12.00", "not a time of day"),
        ("008:00-12:00", "not a time of day"),
        ("+8:00-12:00", "not a time of day"),
        ("٠٨:٠٠-12:00", "not a time of day"),
    ],
)
def test_refuses_an_interval(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        parse_interval(text)


def test_reads_a_week() -> None:
    lunch = ((480, 720), (780, 1020))
    assert parse_week({"mon-thu": ["13:00-17:00", "08:00-12:00"], "Friday": ["08:00-12:00"], "sat": []}) == (
        *(lunch,) * 4,
        ((480, 720),),
        (),
        (),
    )
    night = ((1320, 360),)
    assert parse_week({"fri-mon": ["22:00-06:00"]}) == (night, (), (), (), night, night, night)
    assert parse_week({"mon, wed ,sat-sun": ["22:00-06:00"]}) == (night, (), night, (), (), night, night)


@pytest.mark.parametrize(
    ("key", "why"),
    [("weekdays", '"weekdays" names no day'), ("mo", "names no day"), ("mon-", "names no day"), ("", "names no day")],
)
def test_refuses_a_key(key: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        parse_week({key: []})


def test_refuses_days_that_stand_twice() -> None:
    twice = 'friday stands twice, in "mon-fri" and in "fri"; monday stands twice, in "mon-fri" and in "mon"'
    with pytest.raises(ValueError, match=f"^{twice}$"):
        parse_week({"mon-fri": ["08:00-17:00"], "fri": ["08:00-12:00"], "mon": []})


def test_equal_ends_are_a_day_and_a_night() -> None:
    all_week: Week = (((360, 360),),) * 7
    hours = OpeningHours("x", "UTC", all_week)
    assert hours.week_seconds == 7 * 86_400
    with pytest.raises(ValueError, match="overlap"):
        OpeningHours("x", "UTC", (((360, 360), (420, 480)), *all_week[1:]))


@pytest.mark.parametrize(
    ("written", "named"),
    [
        ({"mon": ["08:00-12:00", "11:00-15:00"]}, "monday 08:00-12:00 and monday 11:00-15:00 overlap"),
        ({"mon": ["08:00-12:00", "08:00-12:00"]}, "monday 08:00-12:00 and monday 08:00-12:00 overlap"),
        ({"mon": ["22:00-06:00"], "tue": ["05:00-07:00"]}, "monday 22:00-06:00 and tuesday 05:00-07:00 overlap"),
        ({"sun": ["20:00-04:00"], "mon": ["03:00-09:00"]}, "sunday 20:00-04:00 and monday 03:00-09:00 overlap"),
        ({"mon": ["06:00-05:59", "07:00-08:00"]}, "monday 06:00-05:59 and monday 07:00-08:00 overlap"),
        (
            {"mon": ["08:00-18:00", "09:00-10:00", "12:00-13:00"]},
            "monday 08:00-18:00 and monday 09:00-10:00 overlap; monday 08:00-18:00 and monday 12:00-13:00 overlap",
        ),
    ],
)
def test_overlaps_are_named(written: dict[str, list[str]], named: str) -> None:
    with pytest.raises(ValueError, match=f'^the hours "x": {named}$'):
        OpeningHours("x", "UTC", parse_week(written))


@pytest.mark.parametrize(
    "written",
    [
        {"mon": ["08:00-12:00", "12:00-15:00"]},
        {"mon": ["22:00-06:00"], "tue": ["06:00-07:00"]},
        {"mon-sun": ["06:00-05:59"]},
        {"mon-sun": ["00:00-24:00"]},
        {"sun": ["20:00-04:00"], "mon": ["04:00-09:00"]},
    ],
)
def test_touching_is_no_overlap(written: dict[str, list[str]]) -> None:
    assert OpeningHours("x", "UTC", parse_week(written)).name == "x"


@pytest.mark.parametrize("interval", [(-1, 60), (1440, 60), (60, 1441)])
def test_minutes_lie_within_the_day(interval: tuple[int, int]) -> None:
    week: Week = ((interval,), (), (), (), (), (), ())
    with pytest.raises(ValueError, match=r"monday: .* are not minutes of a day"):
        OpeningHours("x", "UTC", week)
