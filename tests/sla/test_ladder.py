"""When nags are due."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sla.clock import Clock, WrongTransition, cancel, elapsed, finish, judge, pause, resume, start
from sla.hours import ALWAYS, OpeningHours, parse_week
from sla.ladder import BEFORE_ALL, DEFAULT, Step, highest_due, name_of, next_step, repeated, step_at

OFFICE = OpeningHours("office", "Europe/Stockholm", parse_week({"mon-fri": ["08:00-12:00", "13:00-17:00"]}))
HOUR = 3600
FIRST = DEFAULT[:5]  # without the repetitions


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Europe/Stockholm")).astimezone(UTC)


def four_hours() -> Clock:
    return start("first_reply", 4 * HOUR, at("2026-03-02 15:00"), OFFICE)


def test_the_default_ladder() -> None:
    assert [(step.name, step.fraction, step.to) for step in DEFAULT] == [
        ("hint", 0.5, ("thread",)),
        ("warning", 0.75, ("holder",)),
        ("breach", 1.0, ("holder", "room", "card")),
        ("leads", 1.25, ("leads",)),
        ("escalate", 2.0, ("escalate",)),
        ("leads", 2.0, ("room",)),
        ("leads", 2.0, ("room",)),
        ("leads", 2.0, ("room",)),
    ]
    assert [step.extra_seconds for step in DEFAULT[4:]] == [0, 4 * HOUR, 8 * HOUR, 12 * HOUR]
    assert [step.key for step in DEFAULT] == [500, 750, 1000, 1250, 2000, 20_001, 20_002, 20_003]


def test_steps_fall_into_opening_hours() -> None:
    assert [step_at(step, four_hours(), OFFICE) for step in FIRST] == [
        at("2026-03-02 17:00"),
        at("2026-03-03 09:00"),
        at("2026-03-03 10:00"),
        at("2026-03-03 11:00"),
        at("2026-03-03 15:00"),
    ]


def test_a_pause_moves_the_steps_to_come() -> None:
    clock = pause(four_hours(), at("2026-03-02 16:00"), OFFICE)
    clock = resume(clock, at("2026-03-03 14:00"), OFFICE)
    assert [step_at(step, clock, OFFICE) for step in FIRST] == [
        at("2026-03-03 15:00"),
        at("2026-03-03 16:00"),
        at("2026-03-03 17:00"),
        at("2026-03-04 09:00"),
        at("2026-03-04 12:00"),
    ]


def test_one_step_follows_the_other() -> None:
    clock = four_hours()
    taken, after = [], BEFORE_ALL
    while found := next_step(FIRST, clock, after, OFFICE):
        step, due = found
        after = step.key
        taken.append((step.name, due))
    assert [name for name, _ in taken] == ["hint", "warning", "breach", "leads", "escalate"]
    assert [due for _, due in taken] == [step_at(step, clock, OFFICE) for step in FIRST]


@pytest.mark.parametrize(
    ("now", "after", "due"),
    [
        ("2026-03-02 15:00", -1, None),
        ("2026-03-02 16:59", -1, None),
        ("2026-03-02 17:00", -1, 0),
        ("2026-03-02 17:00", 0, None),
        ("2026-03-03 09:59", 0, 1),
        ("2026-03-03 10:00", 0, 2),
        ("2026-03-03 10:00", 2, None),
        # After three days of downtime only the highest step is sent.
        ("2026-03-06 10:00", -1, 4),
        ("2026-03-06 10:00", 3, 4),
        ("2026-03-06 10:00", 4, None),
        ("2026-03-06 10:00", 30_000, None),
    ],
)
def test_only_the_highest_missed_step(now: str, after: int, due: int | None) -> None:
    clock = judge(four_hours(), at(now), OFFICE)
    taken = FIRST[after].key if 0 <= after < len(FIRST) else after
    found = highest_due(FIRST, clock, at(now), taken, OFFICE)
    assert found == (None if due is None else FIRST[due])


def test_who_has_been_answered_is_not_nagged() -> None:
    now = at("2026-03-06 10:00")
    early = at("2026-03-02 15:30")
    silent = [
        pause(four_hours(), early, OFFICE),
        finish(four_hours(), early, OFFICE),
        finish(four_hours(), now, OFFICE),
        cancel(four_hours(), now),
    ]
    for clock in silent:
        assert next_step(DEFAULT, clock, BEFORE_ALL, OFFICE) is None
        assert highest_due(DEFAULT, clock, now, BEFORE_ALL, OFFICE) is None
    with pytest.raises(WrongTransition, match="is paused cannot tell when a step is due"):
        step_at(DEFAULT[0], silent[0], OFFICE)


def test_repeats_end() -> None:
    ladder = repeated(FIRST, 2 * HOUR, 3)
    assert ladder[:5] == FIRST
    assert [(step.again, step.to) for step in ladder[5:]] == [(n, ("room",)) for n in (1, 2, 3)], "it goes up once"
    assert [step_at(step, four_hours(), OFFICE) for step in ladder[4:]] == [
        at("2026-03-03 15:00"),
        at("2026-03-03 17:00"),
        at("2026-03-04 10:00"),
        at("2026-03-04 12:00"),
    ]
    assert next_step(ladder, four_hours(), ladder[-1].key, OFFICE) is None


def test_a_changed_ladder_repeats_no_step() -> None:
    """What was told is remembered by its share of the target, not by its place in the ladder."""
    late = judge(four_hours(), at("2026-03-03 10:30"), OFFICE)
    told = Step("breach", 1.0, ("room",)).key
    for changed in (
        (Step("warning", 0.6, ("room",)), Step("warning", 0.9, ("room",)), Step("breach", 1.0, ("leads",))),
        (Step("breach", 1.0, ("holder",)),),
        FIRST,
        (),
    ):
        assert highest_due(changed, late, at("2026-03-03 10:30"), told, OFFICE) is None
    more = (*FIRST[:3], Step("leads", 1.1, ("leads",)))
    assert highest_due(more, late, at("2026-03-03 10:30"), told, OFFICE) == more[-1]


@pytest.mark.parametrize(
    ("fraction", "to", "name"),
    [
        (0.5, ("thread",), "hint"),
        (0.5, ("holder",), "warning"),
        (0.3, ("thread",), "warning"),
        (1.0, ("escalate",), "breach"),
        (1.5, ("room", "leads"), "leads"),
        (1.5, ("escalate", "leads"), "escalate"),
    ],
)
def test_a_step_is_told_in_words_that_are_true_of_it(fraction: float, to: tuple[str, ...], name: str) -> None:
    assert name_of(fraction, to) == name


@settings(deadline=None)
@given(
    st.sampled_from([ALWAYS, OFFICE]),
    st.integers(1, 50 * HOUR),
    st.floats(0, 3),
    st.lists(st.integers(0, 20 * HOUR), max_size=5),
)
def test_a_step_is_due_when_its_share_has_been_counted(
    hours: OpeningHours, target: int, fraction: float, waits: list[int]
) -> None:
    now = at("2026-03-02 07:00")
    clock = start("resolution", target, now, hours)
    resumed_at = now
    for wait in waits:
        now += timedelta(seconds=wait)
        clock = resume(clock, now, hours) if clock.state == "paused" else pause(clock, now, hours)
        resumed_at = now
    if clock.state == "paused":
        clock = resume(clock, now, hours)
    due = step_at(Step("any", fraction, ()), clock, hours)
    share = round(fraction * target)
    if due > resumed_at or not waits:
        assert elapsed(clock, due, hours) == share
    else:
        assert elapsed(clock, resumed_at, hours) >= share


def test_steps_of_a_clock_whose_hours_were_changed() -> None:
    """Around the deadline that was promised, by the hours of now, and never before the start."""
    clock = start("resolution", 4 * HOUR, at("2026-03-02 16:00"), ALWAYS)
    assert [step_at(step, clock, OFFICE) for step in FIRST] == [
        at("2026-03-02 16:00"),
        at("2026-03-02 16:00"),
        at("2026-03-02 20:00"),
        at("2026-03-03 09:00"),
        at("2026-03-03 12:00"),
    ]
