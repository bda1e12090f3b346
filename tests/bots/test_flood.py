"""Ten thousand promises are broken in one minute, and nobody is flooded: what reaches people is counted."""

from collections import Counter
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from inbox.desk import alarms, lifecycle
from tests.bench.deadlines import offices, put_broken
from tests.bots.memory_platform import MemoryPlatform
from tests.bots.office import Office, once
from tests.house import MONDAY, House
from tests.inbox.deeds import ask
from tests.inbox.sending import live
from tests.inbox.test_gathered import ROOM
from tests.inbox.test_ladders import with_ladder

MANY = 10_000


@pytest.fixture
async def office(house: House) -> AsyncIterator[Office]:
    office = Office(house)
    yield office
    await office.close()


@once
async def test_of_ten_thousand_broken_promises_each_hears_in_one_list(office: Office) -> None:
    """SC-09. A quarter of the tickets is Omar's, the rest nobody's; both rooms are told, and Omar."""
    house = office.house
    house.desk.directory = offices()
    put_broken(house.desk.store.engine, MANY, house.ids["Omar"], MANY, threads=False)
    house.clock.now = MONDAY + timedelta(hours=1)
    await office.open()
    for _ in range(60):  # the minute in which they are broken, second by second
        house.clock.advance(1)
        while await alarms.tick(house.desk):
            pass
        for relay in office.relays:
            await relay.idle()
    told = Counter((p.connection, posted.whose or posted.place.room) for p in platforms(office) for posted in p.posted)
    assert set(told.values()) == {1}, told
    assert len(told) == 3, told
    assert all("more" in posted.text for p in platforms(office) for posted in p.posted)
    assert await live(house) == 3, "what came after it waits in the next list"
    house.clock.advance(600)
    for relay in office.relays:
        await relay.idle()
    assert sum(len(p.posted) for p in platforms(office)) == 6


@once
async def test_a_list_on_a_platform_follows_its_tickets_without_another_word(office: Office) -> None:
    house = office.house
    house.desk.directory = with_ladder(ROOM)
    await office.open()
    numbers = []
    for index in range(12):
        numbers.append(await ask(house, f"Question {index}", "Anna" if index % 2 else "Erik"))
        await passes(office, 180)
    await passes(office, 4 * 3600)
    await passes(office, 2)
    [posted] = [one for one in office.acme.posted if one.text.startswith("Somebody waits here")]
    before = len(office.acme.posted)
    for number in numbers:
        await house.desk.do(lifecycle.resolve, number, house.ids["Lisa"])
    await passes(office, 10)
    assert len(posted.edits) == 1 and posted.text.count("✅") == 10 and posted.text.endswith("… and 2 more")
    assert not posted.shown.buttons
    told = [one.text for one in office.acme.posted[before:] if one.place.room == "C-DESK" and not one.place.thread]
    assert told == []


async def passes(office: Office, seconds: float) -> None:
    """Time passes; what is due is done, and said."""
    office.house.clock.advance(seconds)
    while await alarms.tick(office.house.desk):
        pass
    for relay in office.relays:
        await relay.idle()


def platforms(office: Office) -> tuple[MemoryPlatform, ...]:
    return office.acme, office.community, office.shop
