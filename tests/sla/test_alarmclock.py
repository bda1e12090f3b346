"""The alarm clock: it sleeps until the next thing is due, and nothing that is due earlier is overslept."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from sla.alarmclock import LONGEST_SECONDS, SLACK_SECONDS, AlarmClock, sleep

PATIENCE = 10
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
FOREVER = 1e9


class Time:
    """Time that passes when told. It remembers how long each sleep was to be."""

    def __init__(self) -> None:
        self.now = NOON
        self.sleeps: list[float] = []
        self._passed = 0.0  # by a clock that nobody sets
        self._changed = asyncio.Event()

    def __call__(self) -> datetime:
        return self.now

    async def sleep(self, woken: asyncio.Event, seconds: float) -> None:
        self.sleeps.append(seconds)
        self._tell()
        end = self._passed + seconds
        while not woken.is_set() and self._passed < end:
            changed = [asyncio.ensure_future(event.wait()) for event in (woken, self._changed)]
            await asyncio.wait(changed, return_when=asyncio.FIRST_COMPLETED)
            for one in changed:
                one.cancel()

    def passes(self, seconds: float) -> None:
        self._passed += seconds
        self.now += timedelta(seconds=seconds)
        self._tell()

    def is_set(self, by: timedelta) -> None:
        """Somebody sets the machine's clock."""
        self.now += by

    async def slept(self, times: int) -> float:
        """Until it has gone to sleep so often; returns how long the last sleep is to be."""
        async with asyncio.timeout(PATIENCE):
            while len(self.sleeps) < times:
                changed = self._changed
                await changed.wait()
        return self.sleeps[-1]

    def _tell(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()


class Rows:
    """What is due, as rows would be; each ring takes what is due by then."""

    def __init__(self, time: Time, *at: datetime) -> None:
        self.time, self.waiting, self.rang = time, sorted(at), list[tuple[datetime, int]]()

    async def ring(self) -> datetime | None:
        due = [at for at in self.waiting if at <= self.time.now]
        self.waiting = self.waiting[len(due) :]
        self.rang.append((self.time.now, len(due)))
        return self.waiting[0] if self.waiting else None

    @property
    def done(self) -> list[datetime]:
        """When something was done."""
        return [at for at, count in self.rang if count]


def later(**by: float) -> datetime:
    return NOON + timedelta(**by)


@pytest.fixture
def time() -> Time:
    return Time()


Wound = Callable[..., AlarmClock]


@pytest.fixture
async def wound(time: Time) -> object:
    """Makes alarm clocks that go, and stops them in the end."""
    clocks: list[AlarmClock] = []

    def wind(ring: object, **options: object) -> AlarmClock:
        clock = AlarmClock(ring, time, sleep=time.sleep, **{"longest_seconds": FOREVER, **options})  # type: ignore[arg-type]
        clock.start()
        clocks.append(clock)
        return clock

    yield wind
    for clock in clocks:
        await clock.stop()


async def test_it_sleeps_until_the_next_thing_is_due_and_looks_no_earlier(time: Time, wound: Wound) -> None:
    rows = Rows(time, later(hours=1), later(hours=3))
    wound(rows.ring)
    assert await time.slept(1) == 3600 + SLACK_SECONDS
    time.passes(3599)
    time.passes(1.01)
    assert await time.slept(2) == pytest.approx(7200 - 0.01 + SLACK_SECONDS)
    time.passes(7200)
    assert await time.slept(3) == FOREVER
    assert len(rows.rang) == 3 and len(rows.done) == 2
    late = [done - later(hours=hours) for done, hours in zip(rows.done, (1, 3), strict=True)]
    assert all(timedelta() <= one < timedelta(seconds=1) for one in late)


async def test_what_is_due_earlier_wakes_it_and_what_is_due_later_does_not(time: Time, wound: Wound) -> None:
    rows = Rows(time, later(hours=1))
    clock = wound(rows.ring)
    await time.slept(1)
    clock.due(later(hours=2))
    clock.due(later(hours=1))
    rows.waiting.insert(0, later(seconds=10))
    clock.due(later(seconds=10))
    assert await time.slept(2) == 10 + SLACK_SECONDS
    time.passes(10.01)
    await time.slept(3)
    assert rows.done == [later(seconds=10.01)]
    assert len(rows.rang) == 3


async def test_a_first_thing_wakes_it_that_had_nothing_to_wait_for(time: Time, wound: Wound) -> None:
    rows = Rows(time)
    clock = wound(rows.ring)
    assert await time.slept(1) == FOREVER
    rows.waiting.append(NOON)
    clock.due(NOON)
    await time.slept(2)
    assert rows.done == [NOON]
    clock.due(None)  # the news are not complete
    await time.slept(3)
    assert len(rows.rang) == 3


async def test_what_is_announced_while_it_rings_is_not_overslept(time: Time, wound: Wound) -> None:
    clocks: list[AlarmClock] = []

    async def ring() -> datetime | None:
        if not time.sleeps:
            clocks[0].due(later(minutes=5))  # set after the ring had looked
            clocks[0].due(later(minutes=9))
        return later(hours=1)

    clocks.append(wound(ring))
    assert await time.slept(1) == 300 + SLACK_SECONDS


async def test_where_more_is_due_it_goes_on_at_once(time: Time, wound: Wound) -> None:
    lots = 4

    async def ring() -> datetime | None:
        nonlocal lots
        lots -= 1
        return NOON - timedelta(minutes=1) if lots else None

    wound(ring)
    assert await time.slept(4) == FOREVER
    assert time.sleeps[:3] == [0, 0, 0]


async def test_a_clock_that_is_set_forward_is_noticed_within_seconds(time: Time, wound: Wound) -> None:
    """SC-06: +1 h and +1 day while it sleeps: what became due is done once, a few seconds later at most."""
    rows = Rows(time, later(minutes=30), later(hours=20))
    wound(rows.ring, longest_seconds=LONGEST_SECONDS)
    for times, step in enumerate((timedelta(hours=1), timedelta(days=1)), 1):
        assert await time.slept(times) == LONGEST_SECONDS
        time.is_set(step)
        time.passes(LONGEST_SECONDS)
    await time.slept(3)
    assert rows.done == [later(hours=1, seconds=5), later(hours=25, seconds=10)]


async def test_a_clock_that_is_set_back_does_nothing_twice_and_too_early(time: Time, wound: Wound) -> None:
    """SC-06: -1 h while it sleeps: it looks in vain, and does it when the clock says so."""
    rows = Rows(time, later(minutes=1))
    wound(rows.ring)
    await time.slept(1)
    time.is_set(-timedelta(hours=1))
    time.passes(61)
    assert await time.slept(2) == pytest.approx(3600 - 1 + SLACK_SECONDS)
    time.passes(3600)
    await time.slept(3)
    assert [count for _, count in rows.rang] == [0, 0, 1]


async def test_a_ring_that_fails_is_told_and_tried_again_after_a_second(time: Time, wound: Wound) -> None:
    told: list[str] = []
    fails = 2

    async def ring() -> datetime | None:
        nonlocal fails
        fails -= 1
        if fails >= 0:
            raise RuntimeError(f"{fails} to come")
        return None

    wound(ring, on_error=lambda error: told.append(str(error)))
    for times in (1, 2):
        assert await time.slept(times) == 1 + SLACK_SECONDS
        time.passes(1.01)
    assert await time.slept(3) == FOREVER
    assert told == ["1 to come", "0 to come"]


async def test_an_error_is_logged_where_nobody_listens(
    time: Time, wound: Wound, caplog: pytest.LogCaptureFixture
) -> None:
    async def ring() -> datetime | None:
        raise RuntimeError("no rows")

    wound(ring)
    await time.slept(1)
    assert "a ring of the alarm clock failed" in caplog.text and "no rows" in caplog.text


@pytest.mark.parametrize(("patience", "ends"), [(PATIENCE, ["ended"]), (0, [])])
async def test_stopping_lets_a_ring_end_in_its_time_and_cuts_it_short_after(
    time: Time, wound: Wound, patience: float, ends: list[str]
) -> None:
    begun, release, ended = asyncio.Event(), asyncio.Event(), list[str]()

    async def ring() -> datetime | None:
        begun.set()
        await release.wait()
        ended.append("ended")
        return NOON

    clock = wound(ring)
    await begun.wait()
    stopping = asyncio.create_task(clock.stop(patience))
    await asyncio.sleep(0)
    if patience:
        release.set()
    async with asyncio.timeout(PATIENCE):
        await stopping
    assert (ended, time.sleeps) == (ends, [])
    await clock.stop()


async def test_one_that_never_went_can_be_stopped(time: Time) -> None:
    await AlarmClock(Rows(time).ring, time).stop()


async def test_a_real_sleep_ends_by_itself_or_when_it_is_called() -> None:
    woken = asyncio.Event()
    async with asyncio.timeout(PATIENCE):
        await sleep(woken, 0.001)
        assert not woken.is_set()
        asyncio.get_running_loop().call_soon(woken.set)
        await sleep(woken, FOREVER)
    assert woken.is_set()
