"""When people may be asked."""

from datetime import UTC, datetime, timedelta
from itertools import combinations
from typing import Any, cast
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sla.survey import (
    COOLDOWN,
    EXPIRE_AFTER,
    REMIND_AFTER,
    Facts,
    ask_at,
    daytime,
    expires_at,
    refuse_reason,
    remind_at,
)


def at(text: str, zone: str = "Europe/Stockholm") -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


@pytest.mark.parametrize(
    ("now", "asked"),
    [
        ("2026-03-02 08:59:59", "2026-03-02 09:00"),
        ("2026-03-02 09:00", "2026-03-02 09:00"),
        ("2026-03-02 14:12:13", "2026-03-02 14:12:13"),
        ("2026-03-02 19:59:59", "2026-03-02 19:59:59"),
        ("2026-03-02 20:00", "2026-03-03 09:00"),
        ("2026-03-03 00:00", "2026-03-03 09:00"),
        ("2026-03-28 21:00", "2026-03-29 09:00"),
        ("2026-10-24 21:00", "2026-10-25 09:00"),
        ("2026-12-31 23:59", "2027-01-01 09:00"),
    ],
)
def test_daytime(now: str, asked: str) -> None:
    for zone in ("Europe/Stockholm", "Asia/Kolkata", "America/New_York"):
        assert daytime(at(now, zone), zone) == at(asked, zone)
    assert daytime(at(now), "Europe/Stockholm").tzinfo is UTC


def test_other_hours_of_the_day() -> None:
    assert daytime(at("2026-03-02 07:30"), "Europe/Stockholm", 7, 8) == at("2026-03-02 07:30")
    assert daytime(at("2026-03-02 08:00"), "Europe/Stockholm", 7, 8) == at("2026-03-03 07:00")
    assert daytime(at("2026-03-02 23:59"), "Europe/Stockholm", 0, 24) == at("2026-03-02 23:59")


@pytest.mark.parametrize(("first", "last"), [(9, 9), (20, 9), (-1, 9), (9, 25)])
def test_a_day_has_some_time(first: int, last: int) -> None:
    with pytest.raises(ValueError, match="leaves no time"):
        daytime(at("2026-03-02 07:30"), "UTC", first, last)


def test_an_unknown_zone_is_told() -> None:
    with pytest.raises(ValueError, match="is not a time zone"):
        ask_at(at("2026-03-02 07:30"), 3600, "Mars/Olympus")


def test_asked_after_the_delay_in_the_requesters_day() -> None:
    resolved = at("2026-03-02 16:30")
    assert ask_at(resolved, 3600, "Europe/Stockholm") == at("2026-03-02 17:30")
    assert ask_at(resolved, 4 * 3600, "Europe/Stockholm") == at("2026-03-03 09:00")
    assert ask_at(resolved, 3600, "Asia/Kolkata") == at("2026-03-03 09:00", "Asia/Kolkata")


def test_the_delay_is_real_time_where_clocks_change() -> None:
    stockholm = ZoneInfo("Europe/Stockholm")
    resolved = datetime(2026, 3, 28, 12, tzinfo=stockholm)
    assert ask_at(resolved, 24 * 3600, "Europe/Stockholm") == at("2026-03-29 13:00")


def test_reminded_once_and_expired() -> None:
    assert [window / timedelta(days=1) for window in (REMIND_AFTER, EXPIRE_AFTER, COOLDOWN)] == [2, 7, 14]
    assert remind_at(at("2026-03-02 17:30"), "Europe/Stockholm") == at("2026-03-04 17:30")
    assert remind_at(at("2026-03-27 19:30"), "Europe/Stockholm") == at("2026-03-30 09:00")  # 48 h later it is 20:30
    assert expires_at(at("2026-03-02 17:30")) == at("2026-03-09 17:30")


NOW = at("2026-03-20 12:00")
IN_ORDER: list[tuple[str, Any, str]] = [
    ("public_human_reply", False, "no_public_reply"),
    ("merged", True, "merged"),
    ("spam", True, "spam"),
    ("auto_resolved", True, "auto_resolved"),
    ("self_served", True, "self_served"),
    ("agent_opened", True, "agent_opened"),
    ("opted_out", True, "opted_out"),
    ("no_longer_resolved", True, "no_longer_resolved"),
    ("asked_this_cycle", True, "asked_this_cycle"),
    ("outstanding", True, "outstanding"),
    ("last_asked_at", NOW - timedelta(days=13), "cooldown"),
    ("sampled_out", True, "sampled_out"),
]


def asked(**facts: Any) -> str | None:
    return refuse_reason(cast(Facts, {"now": NOW, "public_human_reply": True, **facts}))


def test_who_may_be_asked() -> None:
    assert asked() is None
    assert asked(last_asked_at=None, merged=False, outstanding=False) is None


@pytest.mark.parametrize(("fact", "value", "reason"), IN_ORDER)
def test_each_reason(fact: str, value: Any, reason: str) -> None:
    assert asked(**{fact: value}) == reason


def test_the_first_reason_is_told() -> None:
    assert {fact for fact, _, _ in IN_ORDER} == Facts.__annotations__.keys() - {"now"}
    for (first, is_so, reason), (second, is_also_so, _) in combinations(IN_ORDER, 2):
        assert asked(**{first: is_so, second: is_also_so}) == reason


def test_the_cooldown_ends_to_the_second() -> None:
    assert asked(last_asked_at=NOW - COOLDOWN + timedelta(seconds=1)) == "cooldown"
    assert asked(last_asked_at=NOW - COOLDOWN) is None


@settings(deadline=None)
@given(
    st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    st.sampled_from(["Europe/Copenhagen", "Australia/Lord_Howe", "America/Nuuk", "Pacific/Apia", "Asia/Kolkata"]),
)
def test_nobody_is_asked_at_night(now: datetime, zone: str) -> None:
    when = daytime(now, zone)
    assert 9 <= when.astimezone(ZoneInfo(zone)).hour < 20
    assert timedelta() <= when - now <= timedelta(hours=14)
    assert daytime(when, zone) == when
