"""Ten thousand promises are broken in one minute, and nobody is flooded: what reaches people is counted."""

from collections import Counter
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from inbox.desk import alarms
from tests.bench.deadlines import offices, put_broken
from tests.bots.memory_platform import MemoryPlatform
from tests.bots.office import Office, once
from tests.house import MONDAY, House
from tests.inbox.sending import live

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


def platforms(office: Office) -> tuple[MemoryPlatform, ...]:
    return office.acme, office.community, office.shop
