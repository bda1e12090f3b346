"""The mark that asks for a ticket of a message."""

import pytest

from bots.port import Answer, Card
from bots.simulator.client import Client
from tests.bots.discord.desk import discord_desk
from tests.bots.discord.rig import ANNA, OMAR, Door
from tests.world import running


@pytest.fixture
def engine_name() -> str:
    return "sqlite"  # what differs between the engines is told elsewhere


async def open_door(door: Door, ticket: str = "ticket") -> None:
    """As `Door.open`, with a mark that asks for tickets."""
    platform = door.platform(ticket_reaction=ticket)
    rooms = await platform.connect()
    await platform.start(door.front, frozenset(room.external_id for room in rooms))


@pytest.mark.parametrize(("wanted", "put"), [("ticket", "🎫"), ("🎫", "🎫"), ("thumbsup", "👍🏽")])
async def test_the_mark_hands_in_its_message_and_answers_whoever_put_it(wanted: str, put: str) -> None:
    async with Door(connect=False) as door:
        await open_door(door, wanted)
        message = await door.writes("anna", "My laptop is on fire")
        await door.sim.do("react", who="omar", room="#support", message=message, emoji=put)
        [point] = await door.front.until(lambda: door.front.pointed_)
        assert (point.by.external_id, point.said.author.external_id) == (OMAR, ANNA)
        assert (point.said.text, point.said.message_id) == ("My laptop is on fire", message)
        assert not point.said.cursor, "pointing at old words moves no mark"
        await Client(door.sim, "omar").reads("Done.")
        await door.sim.do("unreact", who="omar", room="#support", message=message, emoji=put)
        await door.sim.do("react", who="omar", room="#support", message=message, emoji="❤️")
        [other] = await door.front.until(lambda: door.front.reactions)
        assert other.emoji.startswith("❤"), "neither putting it on nor taking it off is a mark like others"
        assert len(door.front.pointed_) == 1, "taking it off asks for nothing"


async def test_an_emoji_of_the_servers_own_counts_by_its_name_and_bots_ask_for_nothing() -> None:
    async with Door(connect=False) as door:
        await open_door(door)
        message = await door.writes("anna", "My laptop is on fire")
        omar = {"user": {"id": OMAR, "username": "omar"}, "roles": []}
        event = {"channel_id": door.id("#support"), "guild_id": door.sim.world.guild.id, "message_id": message}
        custom = {"emoji": {"id": "77", "name": "ticket"}, **event}
        robot = {"user": {"id": "78", "username": "robot", "bot": True}, "roles": []}
        door.bot._hear("MESSAGE_REACTION_ADD", {**custom, "user_id": "78", "member": robot})
        door.bot._hear("MESSAGE_REACTION_ADD", {**custom, "user_id": OMAR, "member": omar})
        [point] = await door.front.until(lambda: door.front.pointed_)
        assert point.by.external_id == OMAR


async def test_without_such_an_emoji_all_marks_are_marks() -> None:
    async with Door(connect=False) as door:
        await open_door(door, "")
        message = await door.writes("anna", "My laptop is on fire")
        await door.sim.do("react", who="omar", room="#support", message=message, emoji="🎫")
        [mark] = await door.front.until(lambda: door.front.reactions)
        assert mark.emoji == "🎫" and not door.front.pointed_


async def test_a_message_that_is_gone_or_a_discord_that_is_away_stops_nothing() -> None:
    async with Door(connect=False) as door:
        await open_door(door)
        event = {"channel_id": door.id("#support"), "guild_id": door.sim.world.guild.id, "user_id": OMAR}
        mark = {**event, "emoji": {"id": None, "name": "🎫"}}
        door.bot._hear("MESSAGE_REACTION_ADD", {**mark, "message_id": "1"})
        await Client(door.sim, "omar").reads("wrong")
        assert not door.front.pointed_

        message = await door.writes("anna", "My laptop is on fire")
        door.sim.faults.order("status", "GET /channels/{channel_id}/messages/{message_id}", status=503)
        door.bot._hear("MESSAGE_REACTION_ADD", {**mark, "message_id": message})
        [point] = await door.front.until(lambda: door.front.pointed_)
        assert point.said.text == "My laptop is on fire"


async def test_who_takes_no_direct_messages_is_told_nothing() -> None:
    async with Door(connect=False) as door:
        await open_door(door)
        await door.sim.do("block", who="omar")
        door.front.answer = Answer(Card(text="Not here."), refused=True)
        message = await door.writes("anna", "My laptop is on fire")
        await door.sim.do("react", who="omar", room="#support", message=message, emoji="🎫")
        await door.front.until(lambda: door.front.pointed_)
        await door.writes("anna", "Still here")
        await door.front.until(lambda: "Still here" in door.front.texts)


async def test_one_ticket_for_a_message_however_often_it_is_marked(database_url: str) -> None:
    async with running(database_url, discord_desk("community:#support", "community:dm")) as world:
        erik, omar, lisa = (world.at_discord(name) for name in ("erik", "omar", "lisa"))
        words = await omar.writes("The coffee machine leaks", "#support")
        await lisa.simulator.do("react", who="lisa", room="#support", message=words, emoji="🎫")
        await lisa.reads("That is #1 now")
        await omar.simulator.do("react", who="omar", room="#support", message=words, emoji="🎫")
        await omar.reads("That is a ticket already: #1")
        await erik.simulator.do("react", who="erik", room="#support", message=words, emoji="🎫")
        refused = await erik.reads("I cannot find that ticket.")
        assert refused.room == erik.room_id("dm"), "nobody else is told"
