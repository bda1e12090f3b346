"""Many nags at once: each person and room gets a few of them one by one, and of the rest a list."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from bots.texts import phrase
from inbox.desk import alarms, claims, gathered, lifecycle, overdue, promises
from inbox.store import events
from inbox.store.tables import nag
from sla.ladder import DEFAULT, Step
from tests.house import House
from tests.inbox.deeds import ask, one_engine
from tests.inbox.office import beat, beat_at, promised, says
from tests.inbox.postman import Letter, deliver
from tests.inbox.test_ladders import with_ladder

ROOM = (Step("breach", 1.0, ("room",)),)


@pytest.fixture
def it(house: House) -> House:
    house.desk.directory = with_ladder(ROOM)
    return house


async def asked(it: House, count: int) -> list[int]:
    """So many tickets, three minutes apart, so that none joins another."""
    numbers = []
    for index in range(count):
        numbers.append(await ask(it, f"Question {index}", name="Anna" if index % 2 else "Erik"))
        it.clock.advance(180)
    await it.desk.do(deliver)
    return numbers


async def lists(it: House) -> list[Letter]:
    it.clock.advance(gathered.GATHER.total_seconds())
    return [said for said in await beat(it) if said.say == gathered.DIGEST]


async def test_three_are_told_one_by_one_and_more_in_one_list(it: House) -> None:
    await asked(it, 3)
    assert says(await beat_at(it, hours=4)) == [("room", "nag.first_reply.breach", "C-DESK")] * 3
    it.clock.advance(hours=19)
    numbers = await asked(it, 5)
    assert await beat_at(it, hours=4) == [], "they are gathered for a moment"
    [told] = await lists(it)
    assert (told.kind, told.to, told.actions) == ("room", "C-DESK", (f"claim:{numbers[0]}", f"ack:{numbers[0]}"))
    words = phrase("en", told.say, told.facts, "Europe/Stockholm").splitlines()
    assert words[0] == "Somebody waits here:"
    assert words[1].startswith(f"🔴 #{numbers[0]} (Question 0) · First reply was due Tue 3 Mar")
    assert len(words) == 6
    assert await it.desk.look(lambda tx: tx.run(select(func.count()).select_from(nag)).scalar()) == 8


@one_engine
async def test_a_list_is_true_when_it_is_sent(it: House) -> None:
    numbers = await asked(it, 4)
    await beat_at(it, hours=4)
    for number in numbers[:2]:
        await it.desk.do(lifecycle.resolve, number, it.ids["Omar"])
    [told] = await lists(it)
    assert [facts["matter"][:2] for _, facts in told.facts["lines"]] == [f"#{number}" for number in numbers[2:]]
    assert told.actions[0] == f"claim:{numbers[2]}"


@one_engine
async def test_a_list_of_which_nothing_is_true_any_more_is_not_sent(it: House) -> None:
    numbers = await asked(it, 4)
    it.clock.advance(hours=4)
    while await alarms.tick(it.desk):
        pass
    for number in numbers:
        await it.desk.do(lifecycle.pend, number, it.ids["Omar"])
    assert await lists(it) == []


@one_engine
async def test_what_comes_soon_after_a_list_waits_for_the_next_one(it: House) -> None:
    await asked(it, 9)
    it.clock.advance(hours=4)
    it.clock.advance(-180 * 5)  # five are broken, four more will be, one each three minutes
    assert await beat(it) == []
    assert len(await lists(it)) == 1
    sent = [await beat_at(it, seconds=60) for _ in range(15)]
    told = [said for one in sent for said in one]
    assert {said.say for said in told} == {gathered.DIGEST}
    assert len(told) == 3, "one in five minutes"
    assert sum(len(said.facts["lines"]) for said in told) == 4


@one_engine
async def test_a_clock_that_is_set_back_keeps_nobody_waiting_for_it(it: House) -> None:
    """SC-06: by the wrong clock a list was sent tomorrow; the next ones come in their time."""
    it.clock.advance(days=1)
    await asked(it, 5)
    await beat_at(it, hours=4)
    assert len(await lists(it)) == 1
    it.clock.advance(days=-1, hours=-4)
    await asked(it, 5)
    await beat_at(it, hours=4)
    told = [said for _ in range(10) for said in await beat_at(it, seconds=60)]
    assert [said.say for said in told] == [gathered.DIGEST]


@one_engine
async def test_each_person_has_a_list_of_their_own(it: House) -> None:
    it.desk.directory = with_ladder((Step("breach", 1.0, ("holder",)),))
    numbers = await asked(it, 9)
    for index, number in enumerate(numbers):
        await it.desk.do(claims.claim, number, it.ids["Omar" if index % 2 else "Lisa"])
    await it.desk.do(deliver)
    assert await beat_at(it, hours=4) == []
    told = await lists(it)
    assert sorted((said.kind, said.to, len(said.facts["lines"])) for said in told) == [
        ("direct", "U-LISA", 5),
        ("direct", "U-OMAR", 4),
    ]


@one_engine
async def test_a_list_shows_ten_and_counts_the_rest(it: House) -> None:
    await asked(it, 34)
    await beat_at(it, hours=4)
    [told] = await lists(it)
    assert len(told.facts["lines"]) == 11
    assert told.facts["lines"][-1] == ["nag.more", {"n": 24}]
    assert phrase("sv", told.say, told.facts).endswith("… och 24 till")


async def test_many_at_once_become_what_each_alone_would(house: House) -> None:
    """The quick way for many and the way for one lead to the same rows."""
    house.desk.directory = with_ladder(DEFAULT[:4])
    numbers = await asked(house, 6)
    for number in numbers[:3]:
        await house.desk.do(claims.claim, number, house.ids["Omar"])
    await house.desk.do(deliver)
    halves = numbers[::2], numbers[1::2]
    stored = []
    house.clock.advance(hours=4)
    for half, together in zip(halves, (True, False), strict=True):
        ids = [(await promised(house, number))["first_reply"].id for number in half]
        if together:
            assert await house.desk.do(overdue.tick_many, ids) == (3, [])
        else:
            for one in ids:
                await house.desk.do(overdue.tick_promise, one)
        stored.append([await _facts(house, number) for number in half])
    assert stored[0] == stored[1]
    for number in numbers:
        assert await house.desk.look(promises.rebuild, number) == list((await promised(house, number)).values())


async def _facts(house: House, number: int) -> list[object]:
    promise = (await promised(house, number))["first_reply"]
    log = [e for e in await house.desk.look(events.of_ticket, number) if e.kind.startswith("promise_")]
    due = promise.due_at
    assert due
    at = [round((e.at - due) / timedelta(hours=1)) for e in log]
    return [promise.state, promise.step, [e.kind for e in log], at]
