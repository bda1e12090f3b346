"""Rooms come and go while the bot runs: the desk is told soon, and what was said in a new one is heard."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest

from bots.discord.lanes import Soon
from tests.bots.discord.rig import QUICK, Door


async def looks_again(door: Door, *names: str) -> set[str]:
    """The desk was told, looks again, and uses these rooms (or all) from now on. Returns the names of what there is."""
    await door.front.until(lambda: door.front.room_changes)
    door.front.room_changes = 0
    rooms = {room.name: room for room in await door.bot.rooms()}
    door.bot.follow(frozenset(room.external_id for name, room in rooms.items() if not names or name in names))
    return set(rooms)


async def hidden_from_the_bot(door: Door) -> Any:
    return await door.sim.do("add_room", name="vip", private=True, members=["anna"], bot=False)


ALL = {"#general", "#support", "#help-forum", "#desk"}
Change = Callable[[Door], Awaitable[Any]]
CHANGES: dict[str, tuple[Change, Change, set[str]]] = {
    "made": (
        lambda door: asyncio.sleep(0),
        lambda door: door.sim.do("add_room", name="vip"),
        ALL | {"#vip"},
    ),
    "renamed": (
        lambda door: asyncio.sleep(0),
        lambda door: door.sim.do("rename_room", room="#support", name="help"),
        ALL - {"#support"} | {"#help"},
    ),
    "deleted": (
        lambda door: asyncio.sleep(0),
        lambda door: door.sim.do("delete_room", room="#support"),
        ALL - {"#support"},
    ),
    "shown to the bot": (
        hidden_from_the_bot,
        lambda door: door.sim.do("join", who="bot", room="#vip"),
        ALL | {"#vip"},
    ),
    "hidden from the bot": (
        lambda door: asyncio.sleep(0),
        lambda door: door.sim.do("leave", who="bot", room="#support"),
        ALL - {"#support"},
    ),
    "shown to its role": (
        lambda door: door.sim.do("take_role", who="bot", role="Frontdesk"),
        lambda door: door.sim.do("give_role", who="bot", role="Frontdesk"),
        ALL,
    ),
    "shown to everybody": (
        hidden_from_the_bot,
        lambda door: door.sim.do("grant_permission", permission="ADMINISTRATOR", who="bot"),
        ALL | {"#vip"},
    ),
}


@pytest.mark.parametrize(("before", "change", "rooms"), CHANGES.values(), ids=CHANGES.keys())
async def test_the_desk_is_told_when_its_rooms_change(before: Change, change: Change, rooms: set[str]) -> None:
    async with Door(connect=False) as door:
        await before(door)
        await door.open()
        await change(door)
        assert await looks_again(door) == rooms


async def test_the_bot_hears_of_its_own_roles_without_the_members_intent() -> None:
    async with Door(connect=False) as door:
        await door.sim.do("revoke_intent", intent="GUILD_MEMBERS")
        await door.sim.do("take_role", who="bot", role="Frontdesk")
        await door.open()
        await door.sim.do("give_role", who="lisa", role="Frontdesk")
        await door.sim.do("give_role", who="bot", role="Frontdesk")
        assert "#desk" in await looks_again(door)
        heard = [event for event in door.sim.emitted if event["t"] == "GUILD_MEMBER_UPDATE"]
        assert [event["d"]["user"]["id"] for event in heard] == [door.sim.world.bot.id]


async def test_what_changes_no_room_is_not_told() -> None:
    async with Door(tuning=replace(QUICK, settle=0.0)) as door:
        root = await door.writes("anna", "Help")
        await door.sim.do("create_thread", who="omar", room="#support", name="A thread", message=root)
        await door.sim.do("add_room", name="Later", kind="category")
        await hidden_from_the_bot(door)
        await door.sim.do("deny_permission", permission="SEND_MESSAGES", room="#general", who="erik")
        await door.sim.do("give_role", who="erik", role="Support")
        await door.writes("anna", "Hello?")
        await door.front.hears("Help", "Hello?")
        assert door.front.room_changes == 0


async def test_many_changes_are_told_once() -> None:
    async with Door(tuning=replace(QUICK, settle=0.05)) as door:
        for number in range(20):
            await door.sim.do("add_room", name=f"room-{number}")
        assert len(await looks_again(door)) == 24
        await door.sim.do("add_room", name="one-more")
        await door.front.until(lambda: door.front.room_changes)
        assert door.front.room_changes == 1


async def test_who_asks_while_it_is_being_done_has_it_done_again() -> None:
    begun, gate, done = asyncio.Event(), asyncio.Event(), 0

    async def work() -> None:
        nonlocal done
        begun.set()
        await gate.wait()
        done += 1

    soon = Soon("a test", 0.0, work)
    soon.ask()
    soon.ask()
    await begun.wait()
    soon.ask()
    gate.set()
    assert soon._task
    await soon._task
    assert done == 2


async def test_what_was_said_in_a_new_room_before_the_desk_looked_is_heard() -> None:
    async with Door(connect=False) as door:
        await door.open("#support", "#desk")
        await door.sim.do("add_room", name="vip")
        await door.writes("anna", "First!", room="#vip")
        root = await door.writes("erik", "Is somebody here?", room="#vip")
        await looks_again(door, "#support", "#desk", "#vip")
        await door.writes("anna", "Hello?", room="#vip")
        await door.front.hears("First!", "Is somebody here?", "Hello?")
        await door.sim.do("create_thread", who="erik", room="#vip", name="Here", message=root)
        await door.writes("erik", "In here", thread=root)
        await door.front.hears("First!", "Is somebody here?", "Hello?", "In here")


async def test_a_new_forums_posts_are_heard_and_a_renamed_rooms_past_is_not() -> None:
    async with Door(connect=False) as door:
        await door.open("#support")
        await door.writes("anna", "Chatting", room="#general")
        door.now += 3600
        await door.sim.do("add_room", name="ideas", kind="forum")
        await door.sim.do("post", who="erik", room="#ideas", name="Idea", text="Open later")
        await door.sim.do("rename_room", room="#general", name="questions")
        await door.writes("anna", "A question", room="#questions")
        await looks_again(door)
        await door.front.until(lambda: len(door.front.said_) == 2)
        assert sorted(door.front.texts) == ["A question", "Idea\n\nOpen later"]


async def test_a_room_that_comes_back_is_read_from_where_the_bot_left_it_with_its_threads() -> None:
    async with Door() as door:
        root = await door.writes("anna", "The printer burns")
        await door.sim.do("create_thread", who="omar", room="#support", name="Printer", message=root)
        await door.writes("anna", "Help", thread=root)
        await door.writes("erik", "elsewhere", room="#general")
        await door.front.until(lambda: len(door.front.said_) == 3)
        door.front.live = [door.place("support", root, root), door.place("general", "77", "77")]
        await door.sim.do("leave", who="bot", room="#support")
        await looks_again(door)
        door.now += 3600
        await door.writes("anna", "Nobody?")
        await door.writes("anna", "It still burns", thread=root)
        door.now += 3600
        history = door.calls("GET /channels/{channel_id}/messages")
        await door.sim.do("join", who="bot", room="#support")
        await looks_again(door)
        await door.front.until(lambda: len(door.front.said_) == 5)
        assert set(door.front.texts) >= {"Nobody?", "It still burns"}
        assert door.calls("GET /channels/{channel_id}/messages") == history + 2, "other rooms are not read again"


async def test_live_words_in_a_new_room_wait_until_its_past_is_told() -> None:
    async with Door(connect=False) as door:
        await door.open("#support")
        await door.sim.do("add_room", name="vip")
        await door.writes("anna", "one", room="#vip")
        gate = door.front.gates["one"] = asyncio.Event()
        await looks_again(door, "#support", "#vip")
        await door.front.until(lambda: door.front.at_gate)
        await door.writes("anna", "two", room="#vip")
        await door.writes("anna", "elsewhere")
        await door.front.hears("elsewhere")
        gate.set()
        await door.front.hears("elsewhere", "one", "two")


async def test_they_wait_also_before_it_is_known_where_its_past_begins() -> None:
    async with Door(connect=False) as door:
        await door.open("#support")
        await door.sim.do("add_room", name="vip")
        await door.writes("anna", "one", room="#vip")
        gate = door.front.gates["last_ids"] = asyncio.Event()
        await looks_again(door, "#support", "#vip")
        await door.front.until(lambda: door.front.at_gate)
        await door.writes("anna", "two", room="#vip")
        await door.writes("anna", "elsewhere")
        await door.front.hears("elsewhere")
        gate.set()
        await door.front.hears("elsewhere", "one", "two")


async def test_a_room_that_was_there_before_begins_no_later_when_others_change() -> None:
    async with Door() as door:
        await door.sim.do("refuse_resume")
        await door.sim.do("refuse_connections", times=1)
        await door.sim.do("cut")
        await door.sim.until(lambda: not door.sim.gateway.connections)
        await door.writes("anna", "missed")
        door.now += 60
        await door.sim.do("add_room", name="vip")
        gate = door.front.gates["last_ids"] = asyncio.Event()
        await looks_again(door)
        gate.set()
        await door.front.hears("missed")


async def test_a_line_that_breaks_while_the_gap_is_closed_loses_nothing() -> None:
    """What comes in live moves the mark: it must not before the gap that is asked for meanwhile was read."""
    async with Door() as door:
        await door.writes("anna", "one")
        await door.front.hears("one")
        await door.bot.stop()
        await door.writes("anna", "two")
        gate = door.front.gates["two"] = asyncio.Event()
        opening = asyncio.create_task(door.open())
        await door.front.until(lambda: door.front.at_gate)
        await door.sim.do("refuse_resume")
        await door.sim.do("refuse_connections", times=1)
        await door.sim.do("cut")
        await door.sim.until(lambda: not door.sim.gateway.connections)
        await door.writes("anna", "three")
        await door.sim.until(lambda: door.sim.core.identified == 3)
        await door.writes("anna", "four")
        lane = door.bot._receiver.lanes  # type: ignore[union-attr]
        async with asyncio.timeout(5):
            while not lane._waiting:  # noqa: ASYNC110 - that an event waits makes no event
                await asyncio.sleep(0.005)
        slow = door.front.gates["last_ids"] = asyncio.Event()
        gate.set()
        await door.front.until(lambda: "last_ids" in door.front.at_gate)
        slow.set()
        await opening
        await door.front.hears("one", "two", "three", "four")


async def test_a_server_that_the_bot_left_while_it_was_not_connected_is_forgotten() -> None:
    async with Door() as door:
        ready = {"guilds": [], "session_id": "x", "resume_gateway_url": door.sim.gateway_url}
        await door.sim.do("poison", event="READY", payload=ready)
        assert await looks_again(door) == set()


async def test_an_outage_of_a_server_is_no_change_of_its_rooms() -> None:
    async with Door(tuning=replace(QUICK, settle=0.0)) as door:
        guild = door.sim.world.guild.id
        await door.sim.do("poison", event="GUILD_DELETE", payload={"id": guild, "unavailable": True})
        await door.writes("anna", "Hello?")
        await door.front.hears("Hello?")
        assert door.front.room_changes == 0
        await door.sim.do("poison", event="GUILD_DELETE", payload={"id": guild})
        assert await looks_again(door) == set()


async def test_channels_deleted_while_the_bot_was_away_are_not_kept() -> None:
    async with Door() as door:
        guild = door.sim.core.shapes.guild_create(door.sim.world.guild, [], [])
        await door.sim.do("poison", event="GUILD_CREATE", payload={**guild, "channels": []})
        assert await looks_again(door) == set()
        await door.sim.do("poison", event="GUILD_CREATE", payload=guild)
        assert await looks_again(door) == ALL
