"""The beat: what is due is done once, and one failure stops nobody."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event as sql_event
from sqlalchemy import insert, select, text

from inbox.desk import alarms, lifecycle
from inbox.desk.door import Desk
from inbox.errors import StoreUnavailable
from inbox.store import Tx
from inbox.store import alarms as stored
from inbox.store.tables import alarm, event
from tests.house import House, sample_directory
from tests.inbox.deeds import answer, ask, one_engine, ticket_of, told
from tests.inbox.postman import deliver


@pytest.fixture
def rung() -> Iterator[Counter[int]]:
    """How often the alarms of the kind "bell" rang, by subject; subject 13 always fails."""
    counted: Counter[int] = Counter()

    def ring(tx: Tx, now: datetime, subject: int) -> None:
        if subject == 13:
            raise ValueError("thirteen")
        counted[subject] += 1

    alarms.register("bell", ring, lambda tx, subject: None)
    yield counted
    del alarms.KINDS["bell"], alarms.LOCKS["bell"]


def _set(tx: Tx, now: datetime, kind: str, subjects: range, at: datetime) -> None:
    stored.set_all(tx, [(kind, subject, at) for subject in subjects])


async def test_what_is_due_is_done_and_what_is_not_waits(house: House, rung: Counter[int]) -> None:
    await house.desk.do(_set, "bell", range(1, 4), house.clock.now + timedelta(minutes=1))
    assert await alarms.tick(house.desk) == 0
    house.clock.advance(60)
    assert await alarms.tick(house.desk) == 3
    assert rung == {1: 1, 2: 1, 3: 1}
    assert await alarms.tick(house.desk) == 0


async def test_a_beat_is_bounded_and_the_longest_overdue_comes_first(house: House, rung: Counter[int]) -> None:
    for subject in range(20, 30):
        await house.desk.do(_set, "bell", range(subject, subject + 1), house.clock.now - timedelta(minutes=subject))
    assert await alarms.tick(house.desk, limit=4) == 4
    assert set(rung) == {26, 27, 28, 29}


async def test_an_alarm_that_fails_is_set_aside_and_stops_nobody(house: House, rung: Counter[int]) -> None:
    await house.desk.do(_set, "bell", range(12, 15), house.clock.now)
    assert await alarms.tick(house.desk) == 2
    assert rung == {12: 1, 14: 1}
    assert await house.desk.look(stored.at, "bell", 13) == house.clock.now + timedelta(minutes=5)
    facts = await house.desk.look(
        lambda tx: tx.run(select(event.c.facts).where(event.c.kind == "alarm_failed")).scalar()
    )
    assert facts == {"alarm": "bell", "subject": 13, "error": "ValueError: thirteen"}
    house.clock.advance(300)
    assert await alarms.tick(house.desk) == 0
    assert await house.desk.look(stored.at, "bell", 13) == house.clock.now + timedelta(minutes=5)


@one_engine
async def test_a_kind_that_nobody_knows_is_set_aside(house: House) -> None:
    await house.desk.do(_set, "from_the_future", range(1, 2), house.clock.now)
    number = await ask(house)
    house.clock.advance(hours=5)
    assert await alarms.tick(house.desk) > 0
    assert await told(house, number, "promise_breached")


async def test_a_kind_has_one_verb(rung: Counter[int]) -> None:
    with pytest.raises(ValueError, match="bell"):
        alarms.register("bell", lambda tx, now, subject: None)


async def test_many_schedulers_do_each_thing_once(house: House, rung: Counter[int]) -> None:
    url = house.desk.store.url.render_as_string(hide_password=False)
    desks = [house.desk, *(Desk(url, sample_directory(), house.clock) for _ in range(2))]
    await house.desk.do(_set, "bell", range(100, 160), house.clock.now)
    done = await asyncio.gather(*(alarms.tick(desk) for desk in desks))
    assert sum(done) == 60
    assert rung == dict.fromkeys(range(100, 160), 1)
    for desk in desks[1:]:
        await desk.close()


async def test_an_alarm_that_was_moved_meanwhile_is_left_alone(house: House, rung: Counter[int]) -> None:
    await house.desk.do(_set, "bell", range(1, 2), house.clock.now)
    await house.desk.do(_set, "bell", range(1, 2), house.clock.now + timedelta(hours=1))
    assert await house.desk.do(alarms.handle, "bell", 1) is False
    assert not rung


async def test_without_a_database_the_beat_says_so(house: House) -> None:
    await house.desk.store.do(lambda tx: tx.run(text("DROP TABLE alarm")))
    with pytest.raises(StoreUnavailable):
        await alarms.tick(house.desk)


async def test_looking_for_what_is_due_reads_the_index_only(house: House, engine_name: str) -> None:
    def plan(tx: Tx, now: datetime) -> str:
        rows = [{"kind": "promise", "subject": n, "at": now + timedelta(seconds=n)} for n in range(1, 3000)]
        tx.run(insert(alarm), rows)
        if engine_name == "postgres":
            tx.run(text("ANALYZE alarm"))
        explain = "EXPLAIN QUERY PLAN" if engine_name == "sqlite" else "EXPLAIN"
        plans: list[str] = []

        def look_first(conn: Any, cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
            cursor.execute(f"{explain} {statement}", parameters)
            plans.extend(str(row) for row in cursor.fetchall())

        sql_event.listen(tx.conn, "before_cursor_execute", look_first)
        alarms.due(tx, now)
        sql_event.remove(tx.conn, "before_cursor_execute", look_first)
        return "\n".join(plans)

    told_plan = await house.desk.do(plan)
    assert "ix_alarm_at" in told_plan
    assert "Sort" not in told_plan and "TEMP B-TREE" not in told_plan


async def test_a_solved_ticket_is_closed_after_a_week(house: House) -> None:
    number = await ask(house)
    await answer(house, number)
    await house.desk.do(lifecycle.resolve, number, house.ids["Omar"])
    await _beats(house, days=6, hours=23)
    assert (await ticket_of(house, number)).status == "resolved"
    await _beats(house, hours=1)
    closed = await ticket_of(house, number)
    assert (closed.status, closed.closed_as, closed.closed_at) == ("closed", "done", house.clock.now)


@one_engine
async def test_a_reopened_ticket_is_not_closed(house: House) -> None:
    number = await ask(house)
    await answer(house, number)
    await house.desk.do(lifecycle.resolve, number, house.ids["Omar"])
    house.clock.advance(days=3)
    await house.desk.do(lifecycle.reopen, number, house.ids["Anna"])
    await _beats(house, days=5)
    assert (await ticket_of(house, number)).unresolved


@one_engine
async def test_a_snooze_ends(house: House) -> None:
    number = await ask(house)
    await answer(house, number)
    await house.desk.do(lifecycle.snooze, number, house.ids["Omar"], house.clock.now + timedelta(hours=2))
    await _beats(house, hours=1)
    assert (await ticket_of(house, number)).snoozed_until is not None
    await _beats(house, hours=1)
    assert (await ticket_of(house, number)).snoozed_until is None


async def _beats(house: House, *, days: float = 0, hours: float = 0) -> None:
    house.clock.advance(days=days, hours=hours)
    while await alarms.tick(house.desk):
        pass
    await house.desk.do(deliver)


@pytest.fixture
def choir(rung: Counter[int], monkeypatch: pytest.MonkeyPatch) -> list[list[int]]:
    """The bells that were rung together; of those that end in 7 each wants to be rung alone, and 666 spoils it."""
    sung: list[list[int]] = []

    def ring_all(tx: Tx, now: datetime, subjects: list[int]) -> tuple[int, list[int]]:
        if 666 in subjects:
            raise ValueError("one of them")
        taken = stored.take_all(tx, "bell", [one for one in subjects if one % 10 != 7], now)
        rung.update(taken)
        sung.append(sorted(taken))
        return len(taken), [one for one in subjects if one % 10 == 7]

    monkeypatch.setitem(alarms.MANY, "bell", ring_all)
    monkeypatch.setattr(alarms, "CROWD", 40)
    monkeypatch.setattr(alarms, "TOGETHER", 15)
    return sung


async def test_a_crowd_is_handled_by_neighbours(house: House, rung: Counter[int], choir: list[list[int]]) -> None:
    """The longest overdue of it in one beat; what lies next to each other goes into one transaction."""
    for subject in range(100, 160):
        at = house.clock.now - timedelta(seconds=subject * 7919 % 60)
        await house.desk.do(_set, "bell", range(subject, subject + 1), at)
    oldest = sorted(range(100, 160), key=lambda subject: -(subject * 7919 % 60))[:40]
    assert await alarms.tick(house.desk, limit=10) == 40
    assert rung == dict.fromkeys(oldest, 1)
    assert sorted(choir) == [
        [one for one in sorted(oldest)[first : first + 15] if one % 10 != 7] for first in (0, 15, 30)
    ]
    while await alarms.tick(house.desk, limit=10):
        pass
    assert rung == dict.fromkeys(range(100, 160), 1)


async def test_few_of_a_kind_are_no_crowd(house: House, rung: Counter[int], choir: list[list[int]]) -> None:
    await house.desk.do(_set, "bell", range(100, 105), house.clock.now)
    assert await alarms.tick(house.desk, limit=10) == 5
    assert choir == [list(range(100, 105))]


@one_engine
async def test_what_spoils_a_crowd_is_found_and_the_rest_goes_on(
    house: House, rung: Counter[int], choir: list[list[int]]
) -> None:
    await house.desk.do(_set, "bell", range(640, 670), house.clock.now)
    assert await alarms.tick(house.desk, limit=10) == 30
    assert rung == dict.fromkeys(range(640, 670), 1)
    assert [len(sung) for sung in choir] == [14], "the half without it was rung together, but for one"
