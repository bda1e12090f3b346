"""The desk's alarm clock: nothing due is lost, done twice or kept waiting, whatever becomes of clocks and processes."""

import asyncio
import random
import re
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path

import pytest

import inbox.store
from inbox.desk import alarms, lifecycle, ringing
from inbox.desk.door import Desk
from inbox.store import Tx
from inbox.store import alarms as stored
from inbox.store.listen import Listener, change_of
from sla.alarmclock import LONGEST_SECONDS, SLACK_SECONDS, AlarmClock
from tests.house import Clock, House, sample_directory
from tests.inbox.deeds import answer, ask, one_engine
from tests.sla.test_alarmclock import FOREVER, PATIENCE, Time

HOUR = timedelta(hours=1)
KINDS = ("bell", "chime", "gong")
SHAPES = ("2 s", "2 h", "3 d")
DOWNTIMES = dict(zip(SHAPES, (timedelta(seconds=2), 2 * HOUR, timedelta(days=3)), strict=True))


@pytest.fixture
def rung() -> Iterator[Counter[tuple[str, int]]]:
    """How often each alarm rang."""
    counted: Counter[tuple[str, int]] = Counter()

    def ringer(kind: str) -> alarms.Verb:
        def ring(tx: Tx, now: datetime, subject: int) -> None:
            counted[kind, subject] += 1

        return ring

    for kind in KINDS:
        alarms.register(kind, ringer(kind), lambda tx, subject: None)
    yield counted
    for kind in KINDS:
        del alarms.KINDS[kind], alarms.LOCKS[kind]


def _set(tx: Tx, now: datetime, kind: str, count: int, at: datetime, first: int = 1) -> None:
    stored.set_all(tx, [(kind, subject, at) for subject in range(first, first + count)])


def _spread(tx: Tx, now: datetime, count: int, since: datetime, until: datetime) -> None:
    step = (until - since) / count
    stored.set_all(tx, [("bell", number, since + (number + 1) * step) for number in range(count)])


async def until_nothing_is_due(desk: Desk) -> datetime | None:
    """Rings as the alarm clock does; returns when the next is due."""
    while (soonest := await ringing.ring(desk)) is not None and soonest <= desk.now():
        pass
    return soonest


@asynccontextmanager
async def another(house: House, clock: Clock | None = None) -> AsyncIterator[Desk]:
    """Another process at the same database, with a clock of its own."""
    url = house.desk.store.url.render_as_string(hide_password=False)
    desk = Desk(url, sample_directory(), clock or house.clock)
    yield desk
    await desk.close()


@asynccontextmanager
async def ringing_at(house: House, time: Time) -> AsyncIterator[AlarmClock]:
    """The desk's alarm clock, as the program winds it."""
    clock = AlarmClock(lambda: ringing.ring(house.desk), house.clock, sleep=time.sleep, longest_seconds=FOREVER)
    silence = ringing.listen(house.desk, clock.due)
    clock.start()
    yield clock
    silence()
    await clock.stop(PATIENCE)


async def test_the_desk_sleeps_until_its_next_alarm_and_an_earlier_one_wakes_it(
    house: House, rung: Counter[tuple[str, int]]
) -> None:
    time = Time()
    await house.desk.do(_set, "bell", 1, house.clock.now + HOUR)
    async with ringing_at(house, time):
        assert await time.slept(1) == 3600 + SLACK_SECONDS
        await house.desk.do(_set, "bell", 1, house.clock.now + 2 * HOUR, 2)
        await house.desk.do(_set, "chime", 1, house.clock.now + timedelta(seconds=30))
        assert await time.slept(2) == 30 + SLACK_SECONDS
        house.clock.advance(31)
        time.passes(31)
        assert await time.slept(3) == 3600 - 31 + SLACK_SECONDS
    assert rung == {("chime", 1): 1}


@pytest.mark.parametrize("engine_name", ["postgres"], indirect=True)
async def test_an_alarm_that_another_process_sets_wakes_it(house: House, rung: Counter[tuple[str, int]]) -> None:
    time, connected = Time(), asyncio.Event()
    heard = house.desk.subscribe(lambda change: connected.set() if change.everything else None)
    listener = Listener(house.desk.store.url.render_as_string(hide_password=False), house.desk.store.tell)
    listener.start()
    await asyncio.wait_for(connected.wait(), PATIENCE)
    async with ringing_at(house, time), another(house) as other:
        assert await time.slept(1) == FOREVER
        await other.do(_set, "bell", 1, house.clock.now)
        await time.slept(2)
    heard()
    await listener.stop()
    assert rung == {("bell", 1): 1}


@pytest.mark.parametrize("payload", ["[[1]]", "[[], false]", '[[], false, "soon"]', "{}", "7"])
def test_news_that_cannot_be_read_may_mean_anything(payload: str) -> None:
    assert change_of(payload).everything


@one_engine
async def test_a_ticket_that_is_solved_sets_the_alarm_clock(house: House) -> None:
    """What the verbs do reaches it: in an hour somebody is to be asked how it was."""
    number = await ask(house)
    await answer(house, number)
    set_it, in_an_hour = asyncio.Event(), house.clock.now + HOUR
    house.desk.subscribe(lambda change: set_it.set() if change.alarm == in_an_hour else None)
    await house.desk.do(lifecycle.resolve, number, house.ids["Omar"])
    await asyncio.wait_for(set_it.wait(), PATIENCE)


@one_engine
async def test_what_others_are_about_is_not_looked_for_without_a_pause(
    house: House, rung: Counter[tuple[str, int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def nothing(desk: Desk) -> int:
        return 0

    await house.desk.do(_set, "bell", 1, house.clock.now)
    monkeypatch.setattr(alarms, "tick", nothing)
    assert await ringing.ring(house.desk) == house.clock.now + ringing.PAUSE


@one_engine
@pytest.mark.parametrize("shape", SHAPES)
async def test_after_a_downtime_each_is_done_once(house: House, rung: Counter[tuple[str, int]], shape: str) -> None:
    """SC-01: nobody ticks for 2 s, 2 h or 3 days over a thousand alarms; the rows are still there."""
    since = house.clock.now
    until = house.clock.now = since + DOWNTIMES[shape]
    await house.desk.do(_spread, 1000, since, until)
    await house.desk.do(_set, "chime", 1, until + timedelta(seconds=1))
    async with another(house) as restarted:
        assert await until_nothing_is_due(restarted) == until + timedelta(seconds=1)
    assert rung == {("bell", number): 1 for number in range(1000)}


async def test_several_schedulers_at_once_do_each_thing_once(house: House, rung: Counter[tuple[str, int]]) -> None:
    """SC-02: three at one database, of which one stops in the middle of it."""
    await house.desk.do(_set, "bell", 240, house.clock.now)
    async with another(house) as second, another(house) as third:
        stops = asyncio.create_task(ringing.ring(third))
        await asyncio.gather(alarms.tick(house.desk, 50), alarms.tick(second, 50))
        stops.cancel()
        await asyncio.gather(stops, return_exceptions=True)
        await asyncio.gather(until_nothing_is_due(house.desk), until_nothing_is_due(second))
    assert rung == {("bell", number): 1 for number in range(1, 241)}


async def test_a_scheduler_that_stood_still_finds_its_work_done(house: House, rung: Counter[tuple[str, int]]) -> None:
    """SC-03: it read what was due and was paused; when it goes on, it does none of that again and undoes nothing."""
    await house.desk.do(_set, "bell", 100, house.clock.now)
    async with another(house) as paused:
        found = await paused.look(alarms.due, house.clock.now)
        await until_nothing_is_due(house.desk)
        await house.desk.do(_set, "bell", 50, house.clock.now + HOUR)  # set anew, for later
        house.clock.advance(60)
        taken = await asyncio.gather(*(paused.do(alarms.handle, kind, subject) for kind, subject in found))
    assert len(found) == 100 and not any(taken)
    assert rung == {("bell", number): 1 for number in range(1, 101)}
    assert await house.desk.look(stored.at, "bell", 50) == house.clock.now + HOUR - timedelta(seconds=60)


@one_engine
@pytest.mark.parametrize("seed", range(4))
async def test_clocks_that_jump_and_disagree_lose_nothing_and_double_nothing(
    house: House, rung: Counter[tuple[str, int]], seed: int
) -> None:
    """SC-06: three machines whose clocks lie up to 5 min apart, and are set by +1 h, -1 h and +1 day."""
    dice = random.Random(seed)
    began = latest = house.clock.now
    step = timedelta(days=3) / 125
    await house.desk.do(_spread, 125, began, began + timedelta(days=3))
    clocks = [Clock(began + timedelta(seconds=dice.uniform(-300, 300))) for _ in range(2)]
    async with another(house, clocks[0]) as first, another(house, clocks[1]) as second:
        for _ in range(40):
            jump = dice.choice((HOUR, -HOUR, timedelta(days=1), timedelta(seconds=1), timedelta(minutes=20)))
            dice.choice((*clocks, house.clock)).now += jump
            desks = dice.sample((house.desk, first, second), 2)
            await asyncio.gather(*(until_nothing_is_due(desk) for desk in desks))
            latest = max(latest, *(clock.now for clock in (*clocks, house.clock)))
            due = {("bell", number) for number in range(125) if began + (number + 1) * step <= latest}
            assert rung.keys() <= due and set(rung.values()) <= {1}
        house.clock.now = began + timedelta(days=4)
        await until_nothing_is_due(house.desk)
    assert rung == {("bell", number): 1 for number in range(125)}


def test_no_statement_asks_the_database_what_time_it_is() -> None:
    """SC-06: where its clock is 5 min off, nobody notices: every instant comes from the process that runs the verb."""
    asks = re.compile(r"func\.(now|current_|localtime|clock_)|CURRENT_(TIME|DATE)|\b(now|\w+_timestamp)\(\)", re.I)
    store = Path(inbox.store.__file__).parent
    found = {file.name: match[0] for file in store.rglob("*.py") for match in (asks.search(file.read_text()),) if match}
    assert found == {}
    assert all(map(asks.search, ("func.now()", "SELECT now()", "CURRENT_TIMESTAMP", "clock_timestamp()")))


@one_engine
async def test_a_crowd_of_one_kind_keeps_nobody_else_waiting(house: House, rung: Counter[tuple[str, int]]) -> None:
    """SC-09: 10,000 bells are due in the same minute, then 5,000 gongs; five chimes, due after them, ring at once."""
    now = house.clock.now
    await house.desk.do(_set, "bell", 10_000, now - timedelta(minutes=2))
    await house.desk.do(_set, "gong", 5_000, now - timedelta(minutes=2) + timedelta(seconds=30))
    await house.desk.do(_set, "chime", 5, now)
    assert await alarms.tick(house.desk, 100) == 100
    kinds = Counter(kind for kind, _ in rung)
    assert kinds == {"bell": 75, "gong": 20, "chime": 5}


@one_engine
async def test_many_crowds_leave_the_oldest_its_place(house: House) -> None:
    now = house.clock.now
    for hours, kind in enumerate("abcdefgh", -10):
        await house.desk.do(_set, kind, 50, now + hours * HOUR)
    found = Counter(kind for kind, _ in await house.desk.look(alarms.due, now, 20))
    assert found["a"] >= 4 and len(found) >= 5 and found.total() == 20


def test_what_was_not_heard_is_noticed_in_seconds() -> None:
    """A set clock and lost news cost no more than this."""
    assert LONGEST_SECONDS <= 5
