"""Groups come, go, move and change while the bot runs; the desk is told, and the bot follows."""

from typing import Any

import pytest

from bots.port import Card
from bots.simulator.telegram import wire
from bots.simulator.telegram.account import offered
from inbox.directory import AgentRef, Room
from inbox.model import Place
from tests.bots.telegram.rig import DESK, OLD_DESK, SUPPORT, Rig

LATER = "-4000077"
NAMED = (DESK, SUPPORT, OLD_DESK, LATER)


def following(door: Rig) -> dict[str, Room]:
    """Has the bot look again when the desk is told, as the program does; the rooms that were found last."""
    found: dict[str, Room] = {}

    async def look() -> None:
        found.clear()
        found.update({room.external_id: room for room in await door.bot.rooms()})
        door.bot.follow(frozenset(found))
        door.sim.changed()

    door.front.found = look
    return found


async def test_a_group_that_the_bot_is_added_to_later_is_heard_and_has_its_menu() -> None:
    async with Rig(rooms=NAMED, desks=(LATER,)) as door:
        found = following(door)
        await door.do("add_room", name="Later", id=LATER, members=["omar", "maja"], bot="")
        assert LATER not in {room.external_id for room in door.rooms}
        await door.do("add_bot", room="Later", by="maja", status="administrator")
        await door.until(lambda: LATER in found)
        assert (await door.says("omar", "Later", "Here we are")).place.room == LATER
        telegram, world = door.sim.telegram, door.sim.world
        await door.until(lambda: "claim" in str(offered(telegram, world.room("Later"), world.person("omar"))))


async def test_a_group_that_the_desk_does_not_name_is_no_news_of_rooms() -> None:
    async with Rig() as door:
        await door.do("add_room", name="Desk two", kind="supergroup", members=["omar", "maja"], bot="")
        await door.do("add_bot", room="Desk two", by="maja")
        await door.do("rename", room="Desk two", title="Desk")
        await door.until(lambda: door.front.of("people_changed"))
        await door.says("erik", "dm", "the end")
        assert not door.front.of("rooms_changed"), "a title makes nobody's group the desk's"


async def test_a_group_that_looks_another_way_is_looked_up_once() -> None:
    async with Rig() as door:
        found = following(door)
        await door.do("rename", room="Desk", title="Front desk")
        await door.until(lambda: found)
        assert found[DESK].name == "Front desk"
        await door.do("set_forum", room="Front desk", on=False)
        await door.says("omar", "Front desk", "no topics any more")
        await door.until(lambda: len(door.front.of("rooms_changed")) == 2)
        await door.until(lambda: DESK in found and not found[DESK].topics)
        await door.says("omar", "Front desk", "and nothing new")
        await door.quiet()
        assert len(door.front.of("rooms_changed")) == 2


async def test_a_group_that_the_bot_was_removed_from_is_gone_and_comes_back() -> None:
    async with Rig() as door:
        found = following(door)
        await door.do("kick_bot", room="Support")
        await door.until(lambda: found)
        assert set(found) == {DESK, OLD_DESK}
        await door.do("add_bot", room="Support")
        await door.until(lambda: SUPPORT in found)


async def test_a_group_that_becomes_a_supergroup_is_looked_up_under_its_new_id() -> None:
    async with Rig() as door:
        found = following(door)
        new = await door.do("migrate", room="Old desk", forum=True)
        await door.until(lambda: found)
        assert door.front.of("moved") == [("shop", OLD_DESK, new)]
        assert set(found) == {DESK, SUPPORT, new} and found[new].topics
        await door.bot.send(Place("shop", new), Card(text="we moved"), "n")
        assert (await door.says("omar", new, "so we did")).place.room == new


async def test_a_server_of_last_years_tells_less_of_chats_and_members(monkeypatch: pytest.MonkeyPatch) -> None:
    """`accepted_gift_types` came with Bot API 9.0, the stories of administrators with 7.0; nobody here reads them."""
    told_chat, told_member = wire.full_chat, wire.member

    def older(told: dict[str, Any]) -> dict[str, Any]:
        return {key: value for key, value in told.items() if "gift" not in key and "stories" not in key}

    monkeypatch.setattr(wire, "full_chat", lambda *of: older(told_chat(*of)))
    monkeypatch.setattr(wire, "member", lambda *of: older(told_member(*of)))
    async with Rig() as door:
        rooms = {room.external_id: room for room in await door.bot.rooms()}
        assert rooms[DESK].name == "Desk"
        assert [one.name for one in await door.bot.people(AgentRef("shop", "admins", DESK))] == ["Maja"]
        assert not await door.bot.check({DESK: rooms[DESK]}, [])
        door.sim.log.clear()  # these answers are not as this year's documents say


async def test_a_look_that_fails_is_the_next_ones_to_mend() -> None:
    async with Rig() as door:
        found = following(door)
        door.sim.faults.order("status", "getChat", status=502)
        await door.do("rename", room="Desk", title="One")
        await door.until(lambda: door.front.of("rooms_changed"))
        await door.do("rename", room="One", title="Two")
        await door.until(lambda: found)
        assert found[DESK].name == "Two"
        assert not door.front.of("quarantine")
