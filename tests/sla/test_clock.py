"""The life of a promise."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sla.clock import (
    Clock,
    State,
    Verb,
    WrongTransition,
    cancel,
    elapsed,
    finish,
    judge,
    pause,
    replay,
    resume,
    retarget,
    start,
)
from sla.hours import ALWAYS, NoOpening, OpeningHours, parse_week

OFFICE = OpeningHours("office", "Europe/Stockholm", parse_week({"mon-fri": ["08:00-12:00", "13:00-17:00"]}))
HOUR = 3600
HOURS = timedelta(hours=1)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Europe/Stockholm")).astimezone(UTC)


MONDAY = at("2026-03-02 08:00")
EIGHT = MONDAY


def running(target: int = 4 * HOUR, hours: OpeningHours = ALWAYS) -> Clock:
    return start("resolution", target, EIGHT, hours)


def clock_in(state: State) -> Clock:
    """A clock of four hours, started at eight, that is in this state at eleven thirty (a late one: at thirteen)."""
    clock = running()
    half_past_eleven = EIGHT + 3.5 * HOURS
    return {
        "running": clock,
        "due_soon": judge(clock, half_past_eleven, ALWAYS),
        "breached": judge(clock, EIGHT + 5 * HOURS, ALWAYS),
        "paused": pause(clock, half_past_eleven, ALWAYS),
        "met": finish(clock, half_past_eleven, ALWAYS),
        "met_late": finish(clock, EIGHT + 5 * HOURS, ALWAYS),
        "cancelled": cancel(clock, half_past_eleven),
    }[state]


STATES: tuple[State, ...] = ("running", "due_soon", "breached", "paused", "met", "met_late", "cancelled")
LATE = EIGHT + 6 * HOURS
VERBS: dict[str, Callable[[Clock], Clock]] = {
    "pause": lambda clock: pause(clock, LATE - 2.25 * HOURS, ALWAYS),
    "pause late": lambda clock: pause(clock, LATE, ALWAYS),
    "resume": lambda clock: resume(clock, LATE, ALWAYS),
    "finish": lambda clock: finish(clock, LATE - 2.25 * HOURS, ALWAYS),
    "finish late": lambda clock: finish(clock, LATE, ALWAYS),
    "cancel": lambda clock: cancel(clock, LATE),
    "judge": lambda clock: judge(clock, EIGHT + 3.5 * HOURS, ALWAYS),
    "judge late": lambda clock: judge(clock, LATE, ALWAYS),
    "retarget up": lambda clock: retarget(clock, 10 * HOUR, LATE, ALWAYS),
    "retarget down": lambda clock: retarget(clock, 1 * HOUR, LATE, ALWAYS),
}
# Rows: what is done. Columns: the state before, in the order of STATES. "-" cannot be done.
TRANSITIONS = """
pause          paused    paused    paused    -         -         -         -
pause late     breached  breached  breached  -         -         -         -
resume         -         -         breached  running   -         -         -
finish         met       met       met       met       -         -         -
finish late    met_late  met_late  met_late  met       -         -         -
cancel         cancelled cancelled cancelled cancelled -         -         -
judge          due_soon  due_soon  breached  paused    met       met_late  cancelled
judge late     breached  breached  breached  paused    met       met_late  cancelled
retarget up    running   running   running   paused    -         -         -
retarget down  breached  breached  breached  breached  -         -         -
"""
ROWS = [(line[:15].strip(), state, after) for line in TRANSITIONS.strip().splitlines()
        for state, after in zip(STATES, line[15:].split(), strict=True)]  # fmt: skip


@pytest.mark.parametrize(("verb", "before", "after"), ROWS)
def test_transitions(verb: str, before: State, after: str) -> None:
    clock = clock_in(before)
    assert clock.state == before
    if after == "-":
        with pytest.raises(WrongTransition, match=f"a resolution clock that is {before} cannot {verb.split()[0]}"):
            VERBS[verb](clock)
        return
    changed = VERBS[verb](clock)
    assert changed.state == after
    assert (changed.due_at is None) == (changed.remaining_seconds is not None)
    assert (changed.finished_at is not None) == (after in ("met", "met_late", "cancelled"))


def test_every_verb_is_in_the_table() -> None:
    assert {verb for verb, _, _ in ROWS} == set(VERBS)
    assert len(ROWS) == len(VERBS) * len(STATES)


def test_a_promise_over_the_weekend() -> None:
    clock = start("first_reply", 4 * HOUR, at("2026-03-06 15:00"), OFFICE)
    assert clock == Clock("first_reply", 4 * HOUR, at("2026-03-06 15:00"), "running", at("2026-03-09 10:00"))
    assert judge(clock, at("2026-03-08 12:00"), OFFICE).state == "running"
    assert judge(clock, at("2026-03-09 08:59:59"), OFFICE).state == "running"
    assert judge(clock, at("2026-03-09 09:00"), OFFICE).state == "due_soon"
    assert judge(clock, at("2026-03-09 08:00"), OFFICE, warn=0.5).state == "due_soon"
    assert judge(clock, at("2026-03-09 09:59:59"), OFFICE).state == "due_soon"
    late = judge(clock, at("2026-03-09 10:00"), OFFICE)
    assert (late.state, late.breached_at) == ("breached", at("2026-03-09 10:00"))


def test_pending_over_lunch_and_night() -> None:
    """Omar waits for Anna from 11:00 until the next morning at 10:00: four of eight hours are left, then as before."""
    clock = start("resolution", 8 * HOUR, at("2026-03-02 08:00"), OFFICE)
    waiting = pause(clock, at("2026-03-02 11:00"), OFFICE)
    assert (waiting.state, waiting.due_at, waiting.remaining_seconds) == ("paused", None, 5 * HOUR)
    assert waiting.paused_at == at("2026-03-02 11:00")
    assert judge(waiting, at("2027-03-02 11:00"), OFFICE) == waiting
    clock = resume(waiting, at("2026-03-03 10:00"), OFFICE)
    assert (clock.state, clock.due_at) == ("running", at("2026-03-03 16:00"))
    assert (clock.remaining_seconds, clock.paused_at) == (None, None)
    assert elapsed(clock, at("2026-03-03 11:30"), OFFICE) == 4.5 * HOUR


def test_resuming_at_night_counts_from_the_morning() -> None:
    clock = pause(start("resolution", 8 * HOUR, at("2026-03-02 08:00"), OFFICE), at("2026-03-02 16:00"), OFFICE)
    assert resume(clock, at("2026-03-02 23:00"), OFFICE).due_at == at("2026-03-03 09:00")
    assert resume(clock, at("2026-03-06 23:00"), OFFICE).due_at == at("2026-03-09 09:00")


def test_a_breach_is_dated_at_the_deadline() -> None:
    noticed = judge(running(), EIGHT + 50 * HOURS, ALWAYS)
    assert noticed.breached_at == EIGHT + 4 * HOURS
    late = finish(noticed, EIGHT + 51 * HOURS, ALWAYS)
    assert (late.state, late.breached_at, late.finished_at) == ("met_late", EIGHT + 4 * HOURS, EIGHT + 51 * HOURS)
    assert running().breached_at is None
    assert finish(running(), EIGHT, ALWAYS).breached_at is None


def test_a_breach_that_happened_stays() -> None:
    clock = pause(running(), EIGHT + 5 * HOURS, ALWAYS)
    assert (clock.state, clock.breached_at) == ("breached", EIGHT + 4 * HOURS)
    clock = resume(clock, EIGHT + 9 * HOURS, ALWAYS)
    assert (clock.state, clock.breached_at) == ("breached", EIGHT + 4 * HOURS)
    assert judge(clock, EIGHT, ALWAYS).state == "breached"
    assert finish(clock, EIGHT + 9 * HOURS, ALWAYS).state == "met_late"


def test_a_reply_written_in_time_is_in_time_when_told_late() -> None:
    """Omar writes two seconds before the deadline; it is sent, and recorded, after the breach was noticed."""
    noticed = judge(running(), EIGHT + 4 * HOURS, ALWAYS)
    written = EIGHT + 4 * HOURS - timedelta(seconds=2)
    assert finish(noticed, written, ALWAYS).state == "met"
    assert finish(noticed, EIGHT + 4 * HOURS, ALWAYS).state == "met"
    assert finish(noticed, EIGHT + 4 * HOURS + timedelta(microseconds=1), ALWAYS).state == "met_late"
    paused = pause(noticed, written, ALWAYS)
    assert (paused.state, paused.remaining_seconds) == ("paused", 2)


def test_a_part_of_a_second_is_not_taken() -> None:
    clock = pause(running(), EIGHT + timedelta(microseconds=1), ALWAYS)
    assert clock.remaining_seconds == 4 * HOUR
    clock = pause(running(), EIGHT + 4 * HOURS - timedelta(microseconds=1), ALWAYS)
    assert clock.remaining_seconds == 1


def test_clocks_of_machines_may_run_behind() -> None:
    early = EIGHT - 1 * HOURS
    assert pause(running(), early, ALWAYS).remaining_seconds == 4 * HOUR
    assert finish(running(), early, ALWAYS).state == "met"
    assert elapsed(running(), early, ALWAYS) == 0
    soon = judge(running(), EIGHT + 3 * HOURS, ALWAYS)
    assert judge(soon, early, ALWAYS) == soon


def test_a_new_priority_counts_from_the_start() -> None:
    clock = start("first_reply", 8 * HOUR, at("2026-03-02 16:00"), OFFICE)
    sooner = retarget(clock, 2 * HOUR, at("2026-03-03 08:30"), OFFICE)
    assert (sooner.state, sooner.due_at, sooner.target_seconds) == ("due_soon", at("2026-03-03 09:00"), 2 * HOUR)
    assert retarget(sooner, 8 * HOUR, at("2026-03-03 08:30"), OFFICE) == clock
    missed = retarget(clock, 1 * HOUR, at("2026-03-03 08:30"), OFFICE)
    assert (missed.state, missed.breached_at) == ("breached", at("2026-03-02 17:00"))
    later = retarget(missed, 8 * HOUR, at("2026-03-03 08:30"), OFFICE)
    assert later == clock


def test_a_new_priority_honours_the_pauses() -> None:
    clock = start("resolution", 8 * HOUR, at("2026-03-02 08:00"), OFFICE)
    clock = resume(pause(clock, at("2026-03-02 09:00"), OFFICE), at("2026-03-02 14:00"), OFFICE)
    assert clock.due_at == at("2026-03-03 12:00")
    changed = retarget(clock, 2 * HOUR, at("2026-03-02 14:30"), OFFICE)
    assert (changed.state, changed.due_at) == ("due_soon", at("2026-03-02 15:00"))
    assert retarget(changed, 8 * HOUR, at("2026-03-02 14:40"), OFFICE).due_at == clock.due_at


def test_a_new_priority_while_paused() -> None:
    waiting = pause(running(), EIGHT + 1 * HOURS, ALWAYS)
    longer = retarget(waiting, 6 * HOUR, EIGHT + 2 * HOURS, ALWAYS)
    assert (longer.state, longer.remaining_seconds, longer.target_seconds) == ("paused", 5 * HOUR, 6 * HOUR)
    missed = retarget(waiting, HOUR // 2, EIGHT + 2 * HOURS, ALWAYS)
    assert (missed.state, missed.breached_at) == ("breached", EIGHT + 0.5 * HOURS)
    assert (missed.remaining_seconds, missed.paused_at) == (None, None)
    twice = pause(resume(waiting, EIGHT + 3 * HOURS, ALWAYS), EIGHT + 4 * HOURS, ALWAYS)
    used_up = retarget(twice, 2 * HOUR, EIGHT + 9 * HOURS, ALWAYS)
    assert used_up.breached_at == EIGHT + 2 * HOURS  # a deadline keeps pauses only as a sum


def test_a_move_to_a_queue_with_other_hours() -> None:
    friday = at("2026-03-06 16:00")
    in_office = start("first_reply", 4 * HOUR, friday, OFFICE)
    around_the_clock = retarget(in_office, 8 * HOUR, friday + 2 * HOURS, ALWAYS, ran_under=OFFICE)
    assert around_the_clock.due_at == friday + 8 * HOURS
    back = retarget(around_the_clock, 4 * HOUR, friday + 3 * HOURS, OFFICE, ran_under=ALWAYS)
    assert back == in_office


def test_other_hours_and_pauses_are_replayed() -> None:
    moves: list[tuple[Verb, datetime]] = [("pause", at("2026-03-06 16:30")), ("resume", at("2026-03-07 10:00"))]
    assert replay("resolution", 4 * HOUR, at("2026-03-06 16:00"), moves, OFFICE).due_at == at("2026-03-09 11:30")
    assert replay("resolution", 4 * HOUR, at("2026-03-06 16:00"), moves, ALWAYS).due_at == at("2026-03-07 13:30")
    finished = replay("claim", 60, EIGHT, [("finish", EIGHT + 1 * HOURS)], ALWAYS)
    assert finished.state == "met_late"
    assert replay("claim", 60, EIGHT, [("cancel", EIGHT)], ALWAYS).state == "cancelled"
    with pytest.raises(WrongTransition):
        replay("claim", 60, EIGHT, [("resume", EIGHT)], ALWAYS)


@pytest.mark.parametrize("target", [0, -1])
def test_a_promise_needs_a_target(target: int) -> None:
    with pytest.raises(ValueError, match="at least one second"):
        start("claim", target, EIGHT, ALWAYS)
    with pytest.raises(ValueError, match="at least one second"):
        retarget(running(), target, EIGHT, ALWAYS)


def test_elapsed_stands_still_at_the_end() -> None:
    day_after = EIGHT + 24 * HOURS
    assert elapsed(running(), day_after, ALWAYS) == 24 * HOUR
    assert elapsed(clock_in("met"), day_after, ALWAYS) == 3.5 * HOUR
    assert elapsed(clock_in("met_late"), day_after, ALWAYS) == 5 * HOUR
    assert elapsed(clock_in("cancelled"), day_after, ALWAYS) == 3.5 * HOUR
    assert elapsed(clock_in("paused"), day_after, ALWAYS) == 3.5 * HOUR
    assert elapsed(finish(clock_in("paused"), day_after, ALWAYS), day_after, ALWAYS) == 3.5 * HOUR
    assert elapsed(clock_in("met"), EIGHT + 1 * HOURS, ALWAYS) == 1 * HOUR


def test_an_error_has_a_name() -> None:
    with pytest.raises(WrongTransition) as caught:
        resume(running(), EIGHT, ALWAYS)
    assert (caught.value.verb, caught.value.state) == ("resume", "running")
    with pytest.raises(NoOpening):
        OpeningHours("empty", "UTC")


@dataclass
class Stopwatch:
    """The oracle: counts opening seconds stretch by stretch, and knows nothing of deadlines."""

    hours: OpeningHours
    since: datetime | None
    counted: float = 0

    def seconds(self, now: datetime) -> float:
        return self.counted + (self.hours.between(self.since, now) if self.since else 0)

    def pause(self, now: datetime) -> None:
        self.counted, self.since = self.seconds(now), None


CALENDARS = [ALWAYS, OFFICE, OpeningHours("night", "Europe/Copenhagen", parse_week({"mon-sun": ["22:00-06:00"]}))]
waits = st.lists(st.integers(0, 40 * HOUR), min_size=1, max_size=9)


@settings(deadline=None)
@given(
    st.sampled_from(CALENDARS),
    st.integers(1, 60 * HOUR),
    waits,
    st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 1)),  # noqa: DTZ001
)
def test_pauses_against_a_stopwatch(hours: OpeningHours, target: int, waits: list[int], begun: datetime) -> None:
    """Pause and resume in turn; the deadline comes when the stopwatch shows the target, whatever lay between."""
    now = begun.replace(microsecond=0, tzinfo=UTC)
    clock, watch = start("resolution", target, now, hours), Stopwatch(hours, now)
    for wait in waits:
        now += timedelta(seconds=wait)
        if clock.state == "paused":
            assert clock.remaining_seconds == target - watch.counted
            clock, watch.since = resume(clock, now, hours), now
            continue
        assert elapsed(clock, now, hours) == watch.seconds(now)
        judged = judge(clock, now, hours)
        assert clock.due_at is not None
        assert (judged.state == "breached") == (now >= clock.due_at)
        assert judged.state == "breached" or (judged.state == "due_soon") == (watch.seconds(now) >= 0.75 * target)
        clock = pause(judged, now, hours)
        if clock.state == "breached":
            assert clock.breached_at is not None
            assert watch.seconds(clock.breached_at) == target
            return
        watch.pause(now)


@settings(deadline=None)
@given(
    st.sampled_from(CALENDARS),
    st.integers(1, 30 * HOUR),
    st.integers(1, 30 * HOUR),
    waits,
    st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 1)),  # noqa: DTZ001
)
def test_a_new_target_equals_a_replay(
    hours: OpeningHours, old: int, new: int, waits: list[int], begun: datetime
) -> None:
    """With at most one pause behind it, a retargeted clock is the clock that had the new target all the time."""
    now = begun.replace(microsecond=0, tzinfo=UTC)
    moves: list[tuple[Verb, datetime]] = []
    for verb, wait in zip(("pause", "resume"), waits[:-1], strict=False):
        now += timedelta(seconds=wait)
        moves.append((verb, now))  # type: ignore[arg-type]
    begun_at = begun.replace(microsecond=0, tzinfo=UTC)
    clock = replay("resolution", old, begun_at, moves, hours)
    if clock.state == "breached":
        return
    now += timedelta(seconds=waits[-1])
    changed = retarget(clock, new, now, hours)
    wanted = judge(replay("resolution", new, begun_at, moves, hours), now, hours)
    if wanted.state == "breached" and moves:
        assert changed.state == "breached"  # its date is exact only without pauses
    else:
        assert changed == wanted


@settings(deadline=None)
@given(st.lists(st.sampled_from(sorted(VERBS)), max_size=12))
def test_any_order_of_moves_keeps_a_clock_whole(verbs: list[str]) -> None:
    clock = running()
    for verb in verbs:
        before = clock
        try:
            clock = VERBS[verb](clock)
        except WrongTransition:
            assert clock == before
        assert (clock.due_at is None) == (clock.remaining_seconds is not None)
        assert (clock.paused_at is not None) == (clock.remaining_seconds is not None)
        ended = clock.state in ("met", "met_late", "cancelled")
        assert (clock.finished_at is not None) == ended
        if before.state in ("met", "met_late", "cancelled"):
            assert clock == before


def test_hours_that_were_changed_while_a_clock_ran() -> None:
    """The deadline that was promised stands; what comes after it is counted by the hours of now."""
    clock = start("resolution", 4 * HOUR, at("2026-03-02 16:00"), ALWAYS)
    assert judge(clock, at("2026-03-02 20:00"), OFFICE).breached_at == at("2026-03-02 20:00")
    assert elapsed(clock, at("2026-03-03 09:00"), OFFICE) == 5 * HOUR
    waiting = pause(clock, at("2026-03-02 16:30"), OFFICE)
    assert waiting.remaining_seconds == HOUR // 2
    closed = pause(clock, at("2026-03-02 18:00"), OFFICE)
    assert closed.remaining_seconds == 0
    assert resume(closed, at("2026-03-03 08:00"), OFFICE).due_at == at("2026-03-03 08:00")
    assert retarget(clock, 2 * HOUR, at("2026-03-02 16:30"), OFFICE).due_at == at("2026-03-03 09:00")
    early = pause(clock, at("2026-03-02 17:00"), ALWAYS)
    assert retarget(early, HOUR // 2, at("2026-03-02 17:00"), OFFICE).breached_at == at("2026-03-02 16:30")
    night = pause(start("resolution", 4 * HOUR, at("2026-03-02 20:00"), ALWAYS), at("2026-03-02 23:00"), ALWAYS)
    assert retarget(night, 2 * HOUR, at("2026-03-03 12:00"), OFFICE).breached_at == at("2026-03-02 23:00")
