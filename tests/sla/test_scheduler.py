"""The metronome: it beats, and nothing that happens in a beat stops it."""

import asyncio
from collections.abc import Awaitable
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import apscheduler.schedulers.base
import pytest

from sla import scheduler
from sla.scheduler import Metronome, _Beat, _Every

PATIENCE = 5


class Beats:
    """Counts, and lets a test await a number of beats."""

    def __init__(self) -> None:
        self.count = 0
        self._changed = asyncio.Event()

    async def tick(self) -> None:
        self.count += 1
        self._changed.set()

    async def reach(self, count: int) -> None:
        async with asyncio.timeout(PATIENCE):
            while self.count < count:
                self._changed.clear()
                await self._changed.wait()


async def test_beats_at_once_and_again() -> None:
    beats, slow = Beats(), Beats()
    metronome = Metronome()
    metronome.every(0.01, "fast", beats.tick)
    metronome.every(3600, "hourly", slow.tick)
    metronome.start()
    await slow.reach(1)
    await beats.reach(4)
    assert slow.count == 1
    metronome.stop()


async def test_an_error_is_told_and_the_beat_goes_on() -> None:
    beats = Beats()
    errors: list[tuple[str, Exception]] = []

    async def stumble() -> None:
        await beats.tick()
        raise RuntimeError(f"stumbled {beats.count}")

    def complain(name: str, exception: Exception) -> None:
        errors.append((name, exception))
        raise ValueError("even the complaint fails")

    metronome = Metronome(complain)
    metronome.every(0.01, "stumbling", stumble)
    metronome.start()
    await beats.reach(3)
    metronome.stop()
    assert [(name, str(exception)) for name, exception in errors[:2]] == [
        ("stumbling", "stumbled 1"),
        ("stumbling", "stumbled 2"),
    ]


async def test_an_error_is_logged_where_nobody_listens(caplog: pytest.LogCaptureFixture) -> None:
    beats = Beats()

    async def stumble() -> None:
        await beats.tick()
        raise RuntimeError("stumbled")

    metronome = Metronome()
    metronome.every(0.01, "stumbling", stumble)
    metronome.start()
    await beats.reach(2)
    metronome.stop()
    assert "the beat stumbling failed" in caplog.text
    assert "RuntimeError: stumbled" in caplog.text


async def test_a_long_tick_is_never_doubled() -> None:
    others = Beats()
    at_once = most = 0
    release = asyncio.Event()

    async def long() -> None:
        nonlocal at_once, most
        at_once += 1
        most = max(most, at_once)
        await release.wait()
        at_once -= 1

    metronome = Metronome()
    metronome.every(0.01, "long", long)
    metronome.every(0.01, "other", others.tick)
    metronome.start()
    await others.reach(5)
    assert most == 1
    release.set()
    await others.reach(10)
    metronome.stop()
    assert most == 1


async def test_beats_left_out_are_not_told(caplog: pytest.LogCaptureFixture) -> None:
    others, release = Beats(), asyncio.Event()
    metronome = Metronome()
    metronome.every(0.01, "long", lambda: _forget(release.wait()))
    metronome.every(0.01, "other", others.tick)
    with caplog.at_level("INFO"):
        metronome.start()
        await others.reach(5)
    release.set()
    metronome.stop()
    assert caplog.records == []


async def _forget(awaitable: Awaitable[object]) -> None:
    await awaitable


async def test_draining_lets_a_tick_end() -> None:
    begun, release = asyncio.Event(), asyncio.Event()
    ends: list[str] = []

    async def long() -> None:
        begun.set()
        await release.wait()
        ends.append("ended")

    metronome = Metronome()
    metronome.every(0.01, "long", long)
    metronome.start()
    await begun.wait()
    draining = asyncio.create_task(metronome.drain())
    await asyncio.sleep(0)
    assert not draining.done()
    release.set()
    async with asyncio.timeout(PATIENCE):
        await draining
    assert ends == ["ended"]


async def test_stopping_cancels_and_is_harmless() -> None:
    begun, cancelled = asyncio.Event(), asyncio.Event()

    async def forever() -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()

    metronome = Metronome()
    metronome.stop()
    metronome.every(0.01, "forever", forever)
    metronome.start()
    await begun.wait()
    metronome.stop()
    metronome.stop()
    async with asyncio.timeout(PATIENCE):
        await cancelled.wait()
    await metronome.drain()


def test_mistakes_are_told_at_once() -> None:
    metronome = Metronome()

    async def tick() -> None: ...

    metronome.every(1, "tick", tick)
    with pytest.raises(ValueError, match="there is a beat tick already"):
        metronome.every(2, "tick", tick)
    with pytest.raises(ValueError, match="positive number of seconds"):
        metronome.every(0, "other", tick)


class WallClock(datetime):
    """The machine's clock as APScheduler reads it, set by hand."""

    shift = timedelta()

    @classmethod
    def now(cls, tz: Any = None) -> datetime:  # type: ignore[override]
        return datetime.now(UTC) + cls.shift


@pytest.fixture
def wall_clock(monkeypatch: pytest.MonkeyPatch) -> type[WallClock]:
    monkeypatch.setattr(WallClock, "shift", timedelta())
    monkeypatch.setattr(apscheduler.schedulers.base, "datetime", WallClock)
    return WallClock


async def test_a_clock_that_is_set_back_does_not_silence_it(
    wall_clock: type[WallClock], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scheduler, "_WATCH_SECONDS", 0.05)
    beats = Beats()
    metronome = Metronome()
    metronome.every(0.01, "tick", beats.tick)
    metronome.start()
    await beats.reach(3)
    wall_clock.shift = timedelta(hours=-1)
    await beats.reach(beats.count + 5)
    metronome.stop()


async def test_missed_days_are_one_beat(wall_clock: type[WallClock]) -> None:
    beats, others = Beats(), Beats()
    metronome = Metronome()
    metronome.every(3600, "hourly", beats.tick)
    metronome.every(0.01, "other", others.tick)
    metronome.start()
    await beats.reach(1)
    wall_clock.shift = timedelta(days=3)
    await beats.reach(2)
    await others.reach(others.count + 5)
    assert beats.count == 2
    metronome.stop()


def fires(trigger: object, previous: datetime | None, now: datetime) -> datetime:
    return cast(datetime, trigger.get_next_fire_time(previous, now))  # type: ignore[attr-defined]


def test_steps_are_even_and_missed_ones_left_out() -> None:
    noon = datetime(2026, 3, 2, 12, tzinfo=UTC)
    ten_seconds = _Every(timedelta(seconds=10))
    assert fires(ten_seconds, None, noon) == noon
    assert fires(ten_seconds, noon, noon + timedelta(seconds=2)) == noon + timedelta(seconds=10)
    assert fires(ten_seconds, noon, noon + timedelta(days=3)) == noon + timedelta(days=3, seconds=10)


def test_silence() -> None:
    beat = _Beat(10)
    assert not beat.silent(1000)
    assert not beat.silent(1025)
    assert beat.silent(1026)
    beat.running = True
    assert not beat.silent(1026)


async def test_a_tick_that_is_cut_short_is_no_error(caplog: pytest.LogCaptureFixture) -> None:
    under_way, forever, told = asyncio.Event(), asyncio.Event(), list[str]()

    async def tick() -> None:
        under_way.set()
        await forever.wait()

    metronome = Metronome(lambda name, _: told.append(name))
    metronome.every(3600, "long", tick)
    metronome.start()
    await asyncio.wait_for(under_way.wait(), PATIENCE)
    (beat,) = metronome._under_way
    metronome.stop()
    await asyncio.wait({beat}, timeout=PATIENCE)
    await asyncio.sleep(0)  # APScheduler looks at how the beat ended
    assert beat.done() and told == [] and caplog.records == []
