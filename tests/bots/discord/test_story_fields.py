"""A queue's own questions in Discord's forms, which hold five at a time."""

import pytest

from bots.simulator.client import Client
from inbox.store import fields, tickets
from tests.bots.discord.desk import discord_desk
from tests.bots.discord.test_story_discord import _without_fault
from tests.bots.seven import fields as seven
from tests.world import World, running

THANKS = "Thanks, that is #1 now. The answer comes to you as a direct message."


@pytest.fixture
def engine_name() -> str:
    return "sqlite"  # what differs between the engines is told elsewhere


async def goes_on(erik: Client, words: str, **values: str) -> None:
    """Reads what is said of the form, opens it again and fills it in."""
    told = await erik.reads(words, "#general")
    assert (await erik.presses(told, "Go on"))["modal"]
    await erik.simulator.do("submit", who="erik", values=values)


async def kept(world: World) -> dict[str, str]:
    return await world.app.desk.look(fields.of_ticket, 1)


async def test_seven_questions_are_asked_in_three_windows_and_open_one_ticket(database_url: str) -> None:
    desk = discord_desk("community:#support", "community:dm", more=seven("support"))
    async with running(database_url, desk) as world:
        erik, omar = world.at_discord("erik"), world.at_discord("omar")
        assert (await erik.types("/ticket", "#general"))["modal"]
        first = {"words": "It smokes", "Which device?": "Laptop", "Since when?": "soon"}
        await erik.simulator.do("submit", who="erik", values=first)
        mistake = "Since when? – “soon” is no day that I know. Write it like 2026-12-24."
        second = {"Since when?": "2026-03-01", "Your boss": "maja", "Its price": "cheap", "Room": "B 12"}
        await goes_on(erik, mistake, **second)
        await goes_on(erik, "“cheap” is no number", **{"Its price": "1200,50", "Cost centre": "4711"})
        card = await omar.reads("It smokes", "#desk", thread="")
        for shown in ("Laptop", "1 Mar 2026", "Maja", "1200.50", "B 12", "4711"):
            assert shown in card
        # nothing is left that could be gone on with
        await erik.until(lambda: [m.words for m in erik.sees("#general") if m.private] == [THANKS])
        await world.settled()
        await erik.reads("#1", "dm")
        assert await world.app.desk.look(tickets.get, 2) is None
        assert (await kept(world))["boss"].startswith("Maja\ncommunity:")
        _without_fault(world)
