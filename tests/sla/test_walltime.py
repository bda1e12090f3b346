"""Times that the clock on the wall shows once, twice or never."""

from datetime import UTC, date, datetime, timedelta

import pytest

from sla.hours import next_daily
from sla.walltime import first_shown, minute_of_day, zone


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("day", "at", "name", "instant"),
    [
        ("2026-03-02", "09:00", "Europe/Stockholm", "2026-03-02 08:00"),
        ("2026-07-02", "09:00", "Europe/Stockholm", "2026-07-02 07:00"),
        ("2026-03-29", "01:59", "Europe/Stockholm", "2026-03-29 00:59"),
        ("2026-03-29", "02:00", "Europe/Stockholm", "2026-03-29 01:00"),
        ("2026-03-29", "02:30", "Europe/Stockholm", "2026-03-29 01:00"),
        ("2026-03-29", "03:00", "Europe/Stockholm", "2026-03-29 01:00"),
        ("2026-10-25", "02:30", "Europe/Stockholm", "2026-10-25 00:30"),
        ("2026-10-25", "03:00", "Europe/Stockholm", "2026-10-25 02:00"),
        ("2026-10-04", "02:15", "Australia/Lord_Howe", "2026-10-03 15:30"),
        ("2026-03-08", "02:59", "America/New_York", "2026-03-08 07:00"),
        ("2026-03-28", "23:30", "America/Nuuk", "2026-03-29 01:00"),
        ("2011-12-30", "09:00", "Pacific/Apia", "2011-12-30 10:00"),
        ("2026-03-02", "24:00", "Asia/Kolkata", "2026-03-02 18:30"),
    ],
)
def test_first_shown(day: str, at: str, name: str, instant: str) -> None:
    assert first_shown(date.fromisoformat(day), minute_of_day(at), zone(name)) == utc(instant)


ZONES = ["Europe/Stockholm", "America/New_York", "Australia/Lord_Howe", "America/Nuuk", "Africa/Casablanca", "UTC"]


@pytest.mark.parametrize("name", ZONES)
@pytest.mark.parametrize("at", ["00:00", "02:30", "09:00", "23:59"])
def test_every_day_has_one_beat(name: str, at: str) -> None:
    """SC-04: what is to happen at 02:30 happens once a day, every day, also when there is no 02:30 or two."""
    tz = zone(name)
    beat = datetime(2025, 12, 31, 23, 59, 30, tzinfo=tz).astimezone(UTC)
    for ahead in range(366):
        beat = next_daily(beat, at, name)
        shown = beat.astimezone(tz)
        day = date(2026, 1, 1) + timedelta(days=ahead)
        late = datetime.combine(shown.date(), shown.time()) - datetime.combine(day, datetime.min.time())
        # On its own day at its time, or, where the clock jumps over it, at most that jump later.
        assert timedelta() <= late - timedelta(minutes=minute_of_day(at)) <= timedelta(hours=1)


def test_a_day_that_was_left_out_has_no_beat() -> None:
    first = next_daily(utc("2011-12-29 00:00"), "09:00", "Pacific/Apia")
    second = next_daily(first, "09:00", "Pacific/Apia")
    assert [beat.astimezone(zone("Pacific/Apia")).isoformat() for beat in (first, second)] == [
        "2011-12-29T09:00:00-10:00",
        "2011-12-31T09:00:00+14:00",
    ]


def test_the_next_beat_is_never_now() -> None:
    nine = utc("2026-03-02 08:00")
    assert next_daily(nine - timedelta(microseconds=1), "09:00", "Europe/Stockholm") == nine
    assert next_daily(nine, "09:00", "Europe/Stockholm") == nine + timedelta(days=1)


def test_a_repeated_hour_beats_once() -> None:
    first = next_daily(utc("2026-10-24 12:00"), "02:30", "Europe/Stockholm")
    assert first == utc("2026-10-25 00:30")
    assert next_daily(first, "02:30", "Europe/Stockholm") == utc("2026-10-26 01:30")


@pytest.mark.parametrize("name", ["", "Stockholm", "Europe/Atlantis", "../etc/passwd", "Europe"])
def test_an_unknown_zone_is_told(name: str) -> None:
    with pytest.raises(ValueError, match="is not a time zone: write a name like Europe/Stockholm"):
        zone(name)
