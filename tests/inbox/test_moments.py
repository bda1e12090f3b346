"""When people mean."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inbox.errors import BadInput
from inbox.moments import FARTHEST, understood

# a Wednesday, 10:20 in Stockholm
NOW = datetime(2026, 3, 4, 9, 20, tzinfo=UTC)
STOCKHOLM = "Europe/Stockholm"
MEANT = {
    "2h": "2026-03-04 12:20",
    "30 min": "2026-03-04 10:50",
    "1h 30m": "2026-03-04 11:50",
    "in 1.5 hours": "2026-03-04 11:50",
    "om 2 timmar": "2026-03-04 12:20",
    "om 1,5 timmar": "2026-03-04 11:50",
    "3 dagar": "2026-03-07 10:20",
    "2 dage": "2026-03-06 10:20",
    "en": None,
    "1 week": "2026-03-11 10:20",
    "1 vecka": "2026-03-11 10:20",
    "2 uger": "2026-03-18 10:20",
    "tomorrow": "2026-03-05 09:00",
    "tomorrow 9": "2026-03-05 09:00",
    "tomorrow at 14:30": "2026-03-05 14:30",
    "tomorrow 3pm": "2026-03-05 15:00",
    "tomorrow 3 pm": "2026-03-05 15:00",
    "until tomorrow morning": "2026-03-05 09:00",
    "day after tomorrow": "2026-03-06 09:00",
    "imorgon 8": "2026-03-05 08:00",
    "i morgon kl 8": "2026-03-05 08:00",
    "till i morgon bitti": "2026-03-05 09:00",
    "i morgen kl. 8": "2026-03-05 08:00",
    "i morgen 8.30": "2026-03-05 08:30",
    "overmorgen": "2026-03-06 09:00",
    "övermorgon 13": "2026-03-06 13:00",
    "fredag 10": "2026-03-06 10:00",
    "Friday": "2026-03-06 09:00",
    "fre 15:45": "2026-03-06 15:45",
    "på fredag eftermiddag": "2026-03-06 13:00",
    "next monday": "2026-03-09 09:00",
    "nästa måndag kl 7": "2026-03-09 07:00",
    "næste mandag": "2026-03-09 09:00",
    "lørdag 11": "2026-03-07 11:00",
    "wednesday 11": "2026-03-04 11:00",
    "wednesday 10": "2026-03-11 10:00",
    "onsdag": "2026-03-11 09:00",
    "11": "2026-03-04 11:00",
    "9": "2026-03-05 09:00",
    "09:30": "2026-03-05 09:30",
    "kl 16": "2026-03-04 16:00",
    "16.15": "2026-03-04 16:15",
    "12am": "2026-03-05 00:00",
    "12pm": "2026-03-04 12:00",
    "noon": "2026-03-04 12:00",
    "tonight": "2026-03-04 18:00",
    "ikväll": "2026-03-04 18:00",
    "i aften": "2026-03-04 18:00",
    "today 17": "2026-03-04 17:00",
    "idag 17": "2026-03-04 17:00",
    "2026-12-24": "2026-12-24 09:00",
    "2026-12-24 13:00": "2026-12-24 13:00",
    "24 dec": "2026-12-24 09:00",
    "24. december kl 8": "2026-12-24 08:00",
    "den 24 december": "2026-12-24 09:00",
    "24/12 10": "2026-12-24 10:00",
    "3 mars": "2027-03-03 09:00",
    "5 maj 14": "2026-05-05 14:00",
    "10 min": "2026-03-04 10:30",
    "": None,
    "soon": None,
    "tomorrow maybe": None,
    "25": None,
    "13pm": None,
    "9:75": None,
    "30 feb": None,
    "2026-02-30": None,
    "2h tomorrow": None,
    "9 parsecs": None,
    "x" * 500: None,
}


@pytest.mark.parametrize(("words", "local"), MEANT.items())
def test_what_people_mean(words: str, local: str | None) -> None:
    if local is None:
        with pytest.raises(BadInput) as refused:
            understood(words, NOW, STOCKHOLM)
        assert refused.value.reason == "not_a_time"
    else:
        shown = understood(words, NOW, STOCKHOLM).astimezone(ZoneInfo(STOCKHOLM))
        assert f"{shown:%Y-%m-%d %H:%M}" == local


@pytest.mark.parametrize(
    ("words", "reason"), [("today 9", "past"), ("2026-03-03", "past"), ("0 min", "past"), ("9999 weeks", "too_far")]
)
def test_what_cannot_be(words: str, reason: str) -> None:
    with pytest.raises(BadInput) as refused:
        understood(words, NOW, STOCKHOLM)
    assert refused.value.reason == reason


@pytest.mark.parametrize("words", ["99999999999999999999 maj", "9999-12-31 23:30", "0001-01-01 0:30"])
@pytest.mark.parametrize("timezone", ["America/New_York", "Asia/Kolkata"])
def test_days_beyond_the_calendar_are_no_times(words: str, timezone: str) -> None:
    with pytest.raises(BadInput) as refused:
        understood(words, NOW, timezone)
    assert refused.value.reason == "not_a_time"


def test_a_time_that_the_clock_jumps_over_is_the_jump() -> None:
    """On 29 March 2026 Stockholm's clocks go from 02:00 to 03:00."""
    night = datetime(2026, 3, 28, 20, 0, tzinfo=UTC)
    assert understood("tomorrow 2:30", night, STOCKHOLM) == datetime(2026, 3, 29, 1, 0, tzinfo=UTC)


@given(words=st.text(max_size=60) | st.sampled_from(sorted(MEANT)), minutes=st.integers(0, 10**6))
def test_whatever_is_typed_is_a_time_ahead_or_a_sentence(words: str, minutes: int) -> None:
    now = NOW + timedelta(minutes=minutes)
    try:
        assert now < understood(words, now, "Asia/Kolkata") <= now + FARTHEST
    except BadInput as refused:
        assert refused.reason in ("not_a_time", "past", "too_far")
