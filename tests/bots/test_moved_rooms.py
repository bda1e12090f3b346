"""A room gets another id, as a Telegram group does: whoever learns it first, everybody follows."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from bots.front import FrontDoor
from bots.port import Moved
from frontdesk.rooms import Rooms
from inbox.desk import intake, upkeep
from inbox.desk.door import Desk
from inbox.directory import Directory, Room, RoomRef
from tests.bots.office import Office, once
from tests.bots.test_front import link, nobody
from tests.house import ROOMS, House
from tests.inbox.sending import anna_asks

BY_ID = "shop:-1001"


@pytest.fixture
async def office(house: House) -> AsyncIterator[Office]:
    """The games' desk is named by its id, as Telegram wants it."""
    known = house.desk.directory
    games = replace(known.desk.queues["games"], desk=RoomRef("shop", "-1001"))
    file = replace(known.desk, queues={**known.desk.queues, "games": games})
    house.desk.directory = Directory(file, {**ROOMS, BY_ID: ROOMS["shop:Desk"]})
    office = Office(house)
    yield office
    await office.close()


def where(desk: Desk) -> str:
    """Where the games' agents are, as far as this process knows."""
    room = desk.directory.desk_room(desk.directory.queue("games"))
    return room.external_id if room else ""


async def elsewhere(house: House) -> Desk:
    """Another process on the same database, which reads where the rooms are."""
    file = house.desk.directory.desk
    other = Desk(house.desk.store.engine.url.render_as_string(hide_password=False), Directory(file), house.clock)
    await Rooms(other, nobody).known(tuple(file.connections))
    return other


async def test_a_send_that_learns_it_moves_the_room_for_everybody(office: Office) -> None:
    house = office.house
    office.shop.fail("send", Moved("-2002"), room="-1001", times=1)
    relay = await office.open()
    before = await elsewhere(house)
    said = house.said("Anna", "The game is stuck", "900", connection="community")
    await house.desk.do(intake.receive, said)
    await relay.idle()
    assert where(before) == "-1001" and where(house.desk) == "-2002"
    await Rooms(before, nobody).known(("shop",))
    after = await elsewhere(house)
    assert where(before) == where(after) == "-2002", "though the desk file says -1001"
    assert not await house.desk.do(upkeep.show_late, "shop"), "its tickets went along"
    for desk in (before, after):
        await desk.close()


@once
async def test_news_of_it_moves_the_room_for_everybody(office: Office) -> None:
    house = office.house

    front = FrontDoor(house.desk, link, nobody, nobody)
    for _ in range(2):  # told in the old room and in the new one
        await front.moved("shop", "-1001", "-2002")
    after = await elsewhere(house)
    assert where(house.desk) == where(after) == "-2002"
    await after.close()


@once
async def test_the_dead_room_is_not_found_beside_the_new_one(office: Office) -> None:
    """The new room was seen, with its title, before anybody told that it is the old one."""
    house = office.house
    await house.desk.do(upkeep.rooms_found, "shop", [ROOMS["shop:Desk"], Room("shop", "-2002", "Desk", "forum", True)])
    await house.desk.moved("shop", "-1001", "-2002")
    after = await elsewhere(house)
    assert where(after) == "-2002"
    await after.close()


@once
async def test_a_room_named_by_its_name_keeps_it(office: Office) -> None:
    house = office.house
    await house.desk.moved("acme", "C-DESK", "C-NEW")
    after = await elsewhere(house)
    for desk in (house.desk, after):
        room = desk.directory.desk_room(desk.directory.queue("it"))
        assert room and (room.external_id, room.name) == ("C-NEW", "#it-desk")
    assert await anna_asks(house)
    await after.close()
