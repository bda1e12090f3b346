"""A queue whose matters are nobody else's: what is written to it in the open is answered with a way to write alone."""

import pytest

from bots.simulator.client import Client
from tests.bots.discord.desk import discord_desk
from tests.world import running

CONFIDENTIAL = 'private = true\nvoice = "explicit"'
SECRET = "My pay is wrong"


@pytest.fixture
def engine_name() -> str:
    return "sqlite"  # what differs between the engines is told elsewhere


def said_by_the_bot(*clients: Client) -> list[str]:
    return [message.words for client in clients for message in client.sees(by_bot=True)]


@pytest.mark.parametrize("room", ["#support", "#help-forum"])
async def test_words_in_the_open_open_nothing_and_their_author_is_told_alone(database_url: str, room: str) -> None:
    async with running(database_url, discord_desk(f"community:{room}", "community:dm", more=CONFIDENTIAL)) as world:
        erik, omar, anna = (world.at_discord(name) for name in ("erik", "omar", "anna"))
        if room == "#support":
            await erik.writes(SECRET, room)
        else:
            await erik.simulator.do("post", who="erik", room=room, name="Pay", text=SECRET)
        hint = await erik.reads("Support is confidential.", "")
        assert hint.room == erik.room_id("dm")
        await world.settled()
        assert said_by_the_bot(omar, anna) == [], "nobody else heard of it"
        await erik.writes(SECRET, "dm")
        await erik.reads("#1", "dm")
        card = await omar.reads("#1", "#desk", thread="")
        assert SECRET not in card, "its words are for its thread"


async def test_who_takes_no_direct_messages_is_told_nothing_in_the_open(database_url: str) -> None:
    async with running(database_url, discord_desk(more=CONFIDENTIAL)) as world:
        erik, omar, anna = (world.at_discord(name) for name in ("erik", "omar", "anna"))
        await erik.simulator.do("block", who="erik")
        await erik.writes(SECRET, "#support")
        await anna.writes("Mine too", "#support")
        await anna.reads("Support is confidential.")
        await world.settled()
        assert said_by_the_bot(erik, omar) == []
