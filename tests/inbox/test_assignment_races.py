"""Tickets given out by several processes at once, while agents claim, give back, leave and come: turns stay turns."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from itertools import cycle, islice
from typing import Any

import pytest
from sqlalchemy import select

from inbox.desk import absence, alarms, claims, intake, lifecycle, turns
from inbox.desk.door import Desk
from inbox.store import Tx, backends, tickets
from inbox.store import alarms as stored
from inbox.store.assignment import MORE_URGENT, WAITING
from inbox.store.assignment import TEAM as TEAM_OF
from inbox.store.backends import unavailable
from inbox.store.tables import event
from tests.house import House
from tests.inbox.deeds import one_engine

TEAM = ("Omar", "Lisa", "Maja")
postgres = pytest.mark.parametrize("engine_name", ["postgres"], indirect=True)


@pytest.fixture
async def two(house: House, database_url: str) -> AsyncIterator[tuple[Desk, Desk]]:
    """Two processes of one desk that gives the tickets of `it` in turn."""
    directory = house.desk.directory
    queue = replace(directory.desk.queues["it"], assignment="round_robin")
    file = replace(directory.desk, queues={**directory.desk.queues, "it": queue})
    house.desk.directory = replace(directory, desk=file)
    other = Desk(database_url, house.desk.directory, house.clock)
    yield house.desk, other
    await other.close()


def limited(two: tuple[Desk, Desk], capacity: int) -> None:
    for desk in two:
        file = desk.directory.desk
        queues = {**file.queues, "it": replace(file.queues["it"], capacity=capacity)}
        desk.directory = replace(desk.directory, desk=replace(file, queues=queues))


async def asked(house: House, count: int) -> list[int]:
    """So many people ask, before anything is given out."""
    deeds = (house.desk.do(intake.receive, _by(house, f"Guest {n}")) for n in range(count))
    return sorted(received.ticket or 0 for received in await asyncio.gather(*deeds))


def _by(house: House, name: str) -> Any:
    said = house.said("Anna", "Mine is broken")
    return replace(said, author=replace(said.author, external_id=name, name=name))


async def both_beat(two: tuple[Desk, Desk]) -> None:
    while sum(await asyncio.gather(*(alarms.tick(desk) for desk in two))):
        pass


def told(tx: Tx, *kinds: str) -> list[tuple[str, int]]:
    """(kind, whom it is about) of events in the order in which they were decided."""
    rows = tx.run(
        select(event.c.kind, event.c.actor, event.c.facts).where(event.c.kind.in_(kinds)).order_by(event.c.id)
    )
    return [(row[0], row[2].get("to", row[1])) for row in rows]


async def test_two_processes_that_give_at_once_keep_to_the_turns(house: House, two: tuple[Desk, Desk]) -> None:
    await asked(house, 18)
    await both_beat(two)
    given = [who for _, who in await house.desk.look(told, "assigned")]
    assert given == list(islice(cycle(house.ids[name] for name in TEAM), 18))


async def test_nobody_is_given_more_than_the_queue_allows_whoever_claims_meanwhile(
    house: House, two: tuple[Desk, Desk]
) -> None:
    """And in the end everybody has as many as fit."""
    limited(two, 3)
    numbers = await asked(house, 12)
    omar, lisa, maja = (house.ids[name] for name in TEAM)
    deeds = [two[0].do(claims.claim, number, lisa) for number in numbers[8:]]
    deeds += [two[1].do(claims.assign, number, lisa, omar) for number in reversed(numbers[:4])]
    await asyncio.gather(*deeds, both_beat(two), return_exceptions=True)
    await both_beat(two)
    held = [await house.desk.look(tickets.held_of, who, ["it"], 9) for who in (omar, lisa, maja)]
    assert [len(mine) for mine in held] == [3, 3, 3]
    assert len(await house.desk.look(tickets.next_unclaimed, ["it"])) == 3
    solved = [(mine[n].number, mine[n].assignee_id or 0) for mine in held for n in range(2)]
    resolving = (two[n % 2].do(lifecycle.resolve, *one) for n, one in enumerate(solved))
    await asyncio.gather(*resolving, both_beat(two))
    await both_beat(two)
    now_held = [await house.desk.look(tickets.held_by, who, "it") for who in (omar, lisa, maja)]
    assert sum(now_held) == 6 and max(now_held) <= 3


async def test_who_goes_away_is_given_nothing_from_then_on_and_is_shown_all_that_they_hold(
    house: House, two: tuple[Desk, Desk]
) -> None:
    await asked(house, 18)
    omar = house.ids["Omar"]
    left, *_ = await asyncio.gather(two[1].do(absence.away, omar, None), both_beat(two))
    await both_beat(two)
    happened = await house.desk.look(told, "assigned", "away")
    gone = happened.index(("away", omar))
    assert ("assigned", omar) not in happened[gone:]
    assert len(left.holds) == happened[:gone].count(("assigned", omar))
    assert not await house.desk.look(tickets.next_unclaimed, ["it"])


def watched(failed: list[Exception]) -> Any:
    """What becomes of the database's errors, and a list of them."""

    def failure(error: Exception) -> Any:
        failed.append(error)
        return unavailable(error)

    return failure


@postgres
async def test_giving_claiming_and_going_never_wait_for_each_other_in_a_circle(
    house: House, two: tuple[Desk, Desk], monkeypatch: pytest.MonkeyPatch
) -> None:
    limited(two, 4)
    failed: list[Exception] = []
    monkeypatch.setattr(backends, "failure", watched(failed))
    numbers = await asked(house, 12)
    omar, lisa, maja = (house.ids[name] for name in TEAM)
    for _ in range(4):
        deeds: list[Any] = [two[0].do(claims.take_over, number, lisa) for number in numbers[::2]]
        deeds += [two[1].do(claims.release, number, maja) for number in numbers[1::2]]
        deeds += [two[0].do(absence.away, omar, None), two[1].do(claims.give_back_all, omar)]
        deeds += [two[0].do(absence.back, omar), both_beat(two)]
        await asyncio.gather(*deeds, return_exceptions=True)
    assert not [str(one) for one in failed]


@one_engine
async def test_what_waits_and_who_can_take_it_is_found_through_indexes(house: House, two: tuple[Desk, Desk]) -> None:
    await asked(house, 2)

    def plans(tx: Tx) -> list[str]:
        found = []
        for statement, values in (
            (TEAM_OF, {"of_queue": "it", "now": house.clock.now}),
            (WAITING, {"kind": turns.TURN, "of_queue": "it", "person": 1, "most": 5}),
            (MORE_URGENT, {"kind": turns.TURN, "of_queue": "it", "than": "normal", "now": house.clock.now}),
        ):
            compiled = statement.compile(dialect=tx.conn.dialect)
            bound = compiled.construct_params(values)
            raw = tx.conn.connection.driver_connection
            assert raw is not None
            in_order = [_raw(bound[name]) for name in compiled.positiontup or ()]
            found += [row[3] for row in raw.execute(f"EXPLAIN QUERY PLAN {compiled}", in_order)]
        return found

    steps = await house.desk.look(plans)
    assert steps and not [step for step in steps if step.startswith("SCAN")]
    assert [step for step in steps if "ix_ticket_assignee" in step] and [s for s in steps if "ix_ticket_next" in s]


def _raw(value: Any) -> Any:
    return 0 if not isinstance(value, str | int) else value


@one_engine
async def test_a_ticket_that_is_given_has_no_alarm_left(house: House, two: tuple[Desk, Desk]) -> None:
    [number] = await asked(house, 1)
    assert await house.desk.look(stored.at, turns.TURN, number) == house.clock.now
    await both_beat(two)
    assert await house.desk.look(stored.at, turns.TURN, number) is None
