"""What a clock did, told in stretches: they are without gaps, and their running time is what the clock counted."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sla import clock as clocks
from sla.clock import Clock
from sla.course import Kind, Stretch, Turn, bar, stretches, total
from sla.hours import ALWAYS, OpeningHours, parse_week

MONDAY = datetime(2026, 3, 2, 9, tzinfo=UTC)
OFFICE = OpeningHours("office", "UTC", parse_week({"mon-fri": ["08:00-12:00", "13:00-17:00"]}))
NIGHTS = OpeningHours("nights", "Europe/Stockholm", parse_week({"mon-sun": ["22:00-06:00"]}), holidays="SE")
H = timedelta(hours=1)


def turns(target: int, hours: OpeningHours, *moves: timedelta) -> list[Turn]:
    """A clock from Monday 9:00 that is paused and resumed in turn."""
    clock = clocks.start("resolution", target, MONDAY, hours)
    found = [Turn(MONDAY, clock, hours)]
    for number, after in enumerate(moves):
        move = clocks.resume if number % 2 else clocks.pause
        clock = move(clock, MONDAY + after, hours)
        found.append(Turn(MONDAY + after, clock, hours))
        if clock.state == "breached":
            break
    return found


def drawn(found: list[Stretch]) -> list[tuple[Kind, float]]:
    return [(one.kind, one.seconds / 3600) for one in found]


def test_lunch_and_a_wait_are_told_apart_and_what_is_late_from_what_ran() -> None:
    found = stretches(turns(5 * 3600, OFFICE, 2 * H, 5.5 * H), OFFICE, MONDAY + 24 * H + H)
    assert drawn(found) == [
        ("ran", 2),
        ("paused", 3.5),
        ("ran", 2.5),  # 14:30 to 17:00
        ("closed", 15),
        ("ran", 0.5),
        ("over", 1.5),
    ]
    assert (total(found, "ran"), total(found, "ran", "over")) == (5 * 3600, 6.5 * 3600)


def test_what_has_ended_is_told_to_its_end() -> None:
    given = turns(5 * 3600, OFFICE)
    done = clocks.finish(given[-1].clock, MONDAY + H, OFFICE)
    assert drawn(stretches([Turn(MONDAY, done, OFFICE)], OFFICE, MONDAY + 9 * H)) == [("ran", 1)]
    asleep = turns(5 * 3600, OFFICE, H)
    ended = clocks.finish(asleep[-1].clock, MONDAY + 2 * H, OFFICE)
    told = [asleep[0], Turn(asleep[1].at, ended, OFFICE)]
    assert drawn(stretches(told, OFFICE, MONDAY + 9 * H)) == [("ran", 1), ("paused", 1)]


def test_a_clock_that_began_when_it_was_closed_ran_first_at_the_opening() -> None:
    late = MONDAY + 10 * H
    clock = clocks.start("claim", 3600, late, OFFICE)
    assert drawn(stretches([Turn(late, clock, OFFICE)], OFFICE, late + 14 * H)) == [("closed", 13), ("ran", 1)]
    assert stretches([Turn(late, clock, OFFICE)], OFFICE, late) == []


def test_a_bar_shows_each_part_as_what_it_mostly_was_and_nights_only_where_there_is_nothing_else() -> None:
    day = stretches(turns(5 * 3600, OFFICE, 2 * H, 5 * H), OFFICE, MONDAY + 12 * H)
    assert bar(day, 6) == ["ran", "paused", "paused", "ran", "closed", "closed"]
    assert bar(day, 4) == ["ran", "paused", "ran", "closed"]
    assert bar([], 6) == []
    month = stretches(turns(1000 * 3600, OFFICE), OFFICE, MONDAY + timedelta(days=28))
    assert set(bar(month, 12)) == {"ran"}


some_moves = st.lists(st.integers(0, 400_000), max_size=6).map(
    lambda gone: [timedelta(seconds=s) for s in sorted(gone)]
)


@settings(deadline=None, max_examples=200)
@given(
    st.sampled_from([OFFICE, NIGHTS, ALWAYS]),
    st.integers(1, 300_000),
    some_moves,
    st.integers(0, 900_000),
    st.booleans(),
)
def test_the_running_stretches_are_what_the_clock_counted(
    hours: OpeningHours, target: int, moves: list[timedelta], seconds: int, ends: bool
) -> None:
    found = turns(target, hours, *moves)
    until = max(MONDAY + timedelta(seconds=seconds), found[-1].at)
    if ends:
        clock: Clock = clocks.finish(found[-1].clock, until, hours)
        found[-1] = Turn(found[-1].at, clock, hours)
    told = stretches(found, hours, until)
    assert total(told, "ran", "over") == clocks.elapsed(found[-1].clock, until, hours)
    assert all(before.until == after.since and before.kind != after.kind for before, after in pairwise(told))
    if told:
        assert (told[0].since, told[-1].until) == (MONDAY, until)
    assert total(told, "ran") <= target
    assert len(bar(told, 9)) in (0, 9)


@pytest.mark.parametrize("part", [0.25, 0.999_999])
def test_a_pause_costs_nobody_the_part_of_a_second(part: float) -> None:
    found = turns(3600, ALWAYS, timedelta(seconds=10 + part), timedelta(seconds=20))
    told = stretches(found, ALWAYS, MONDAY + H)
    counted = clocks.elapsed(found[-1].clock, MONDAY + H, ALWAYS)
    assert 0 <= total(told, "ran") - counted < 1
