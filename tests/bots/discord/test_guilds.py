"""One bot on several servers: which room, which role and which member is meant."""

from typing import Any

import pytest

from bots.port import Card, StartError
from frontdesk.rooms import resolve
from inbox.directory import AgentRef, Room
from tests.bots.discord.rig import ERIK, LISA, OMAR, Door


async def second(door: Door) -> Any:
    """A second server, Beta, with rooms and a role of the same names."""
    await door.sim.do("add_guild", name="Beta", members=["anna", "erik"])
    support = await door.sim.do("add_room", name="support", guild="Beta")
    await door.sim.do("add_room", name="desk", private=True, members=["erik"], guild="Beta")
    await door.sim.do("add_role", name="Support", members=["erik"], guild="Beta")
    return support


def found(door: Door, rooms: Any, *names: str, before: dict[str, Room] | None = None) -> list[str | None]:
    """The ids of the rooms that a desk file's names stand for."""
    wanted = {f"community:{name}": ("community", name) for name in names}
    rooms = resolve(wanted, {"community": rooms}, before)
    return [room.external_id if (room := rooms.get(ref)) else None for ref in wanted]


async def test_a_room_of_one_of_two_servers_is_named_with_its_server_or_by_its_id() -> None:
    async with Door(connect=False) as door:
        other = await second(door)
        rooms = await door.platform().connect()
        home = door.id("support")
        assert {room.name for room in rooms} == {
            *("Acme/#general", "Acme/#support", "Acme/#help-forum", "Acme/#desk", "Beta/#support", "Beta/#desk")
        }
        asked = ("#support", "Acme/#support", "acme/support", "Beta/#support", other, "#general", "Gamma/#support")
        assert found(door, rooms, *asked) == [None, home, home, other, other, door.id("general"), None]


async def test_both_servers_words_and_threads_are_heard_apart() -> None:
    async with Door(connect=False) as door:
        other = await second(door)
        await door.open("Acme/#support", "Beta/#support")
        here = await door.writes("anna", "here")
        there = await door.writes("anna", "there", room=other)
        await door.sim.do("create_thread", who="erik", room=other, name="There", message=there)
        await door.writes("erik", "in there", thread=there)
        await door.front.until(lambda: len(door.front.said_) == 3)
        said = {one.text: one for one in door.front.said_}
        assert said["here"].place == door.place("support", root=here)
        assert (said["there"].place.room, said["in there"].place.room) == (other, other)
        assert said["in there"].place.thread == there
        door.front.live = [said["in there"].place]

        async def meanwhile() -> None:
            door.now += 60
            await door.writes("erik", "still in there", thread=there)
            await door.writes("erik", "and at the top", room=other)

        await door.bot.stop()
        await meanwhile()
        await door.open("Acme/#support", "Beta/#support")
        await door.front.until(lambda: len(door.front.said_) == 5)
        assert {"still in there", "and at the top"} < set(door.front.texts)


async def test_a_server_that_the_bot_joins_later_takes_no_rooms_name_away() -> None:
    async with Door() as door:
        before = {"community:#support": door.rooms["#support"]}
        other = await second(door)
        await door.front.until(lambda: door.front.room_changes)
        rooms = await door.bot.rooms()
        assert other in {room.external_id for room in rooms}
        assert found(door, rooms, "#support") == [None], "it would be a guess"
        assert found(door, rooms, "#support", before=before) == [door.id("support")]
        there = next(room for room in rooms if room.external_id == other)
        assert found(door, rooms, "#support", before={"community:#support": there}) == [other]
        door.front.room_changes = 0
        await door.sim.do("remove_bot", guild="Beta")
        await door.front.until(lambda: door.front.room_changes)
        rooms = await door.bot.rooms()
        assert {room.name for room in rooms} == {"#general", "#support", "#help-forum", "#desk"}
        assert found(door, rooms, "#support") == [door.id("support")]


async def test_equal_names_on_one_server_need_the_id() -> None:
    async with Door(connect=False) as door:
        twin = await door.sim.do("add_room", name="support")
        await door.open()
        rooms = await door.bot.rooms()
        assert found(door, rooms, "#support", twin) == [None, twin]
        (sentence,) = await door.bot.check({"community:#support": None}, ())
        ids = f"community:{door.id('support')}, community:{twin}"
        assert sentence == f"community:#support: several channels are called so. Say which one is meant: {ids}."
        await second(door)
        await door.front.until(lambda: door.front.room_changes)
        (sentence,) = await door.bot.check({"community:#desk": None}, ())
        assert sentence.endswith("community:Acme/#desk, community:Beta/#desk.")


async def test_an_equal_role_on_another_server_makes_nobody_an_agent() -> None:
    async with Door(connect=False) as door:
        await second(door)
        await door.open()
        role = next(r.id for r in door.sim.world.guild.roles.values() if r.name == "Support")

        async def agents(name: str) -> set[str]:
            return {account.external_id for account in await door.bot.people(AgentRef("community", "role", name))}

        with pytest.raises(
            StartError, match=f"several roles called 'Support'.*Acme/Support or {role}, Beta/Support or"
        ):
            await agents("Support")
        assert await agents("Beta/support") == {ERIK}
        assert await agents(role) == await agents("Acme/Support") >= {OMAR, LISA}
        assert ERIK not in await agents(role)
        (sentence,) = await door.bot.check({}, [AgentRef("community", "role", "Support")])
        assert "several roles" in sentence


async def test_members_of_a_private_room_are_those_of_its_server() -> None:
    async with Door(connect=False) as door:
        await second(door)
        await door.open()
        here, there = [await door.bot.people(door.rooms[f"{guild}/#desk"]) for guild in ("Acme", "Beta")]
        assert ERIK not in {account.external_id for account in here}
        assert {account.name for account in there} == {"Erik", "Maja"}, "and the server's owner"


async def test_somebody_who_is_on_the_second_server_alone_is_found_and_written_to() -> None:
    async with Door(connect=False) as door:
        await second(door)
        await door.sim.do("leave", who="erik")
        await door.open()
        assert [a.name for a in await door.bot.people(AgentRef("community", "user", ERIK))] == ["Erik"]
        await door.bot.direct(ERIK, Card(text="Hello"), "n")
        assert door.sim.texts("dm:Erik") == ["Hello"]
