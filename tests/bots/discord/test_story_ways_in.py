"""Each way to ask in Discord: what people do, and where they are answered."""

import pytest

from inbox.store import tags
from tests.bots.discord.desk import discord_desk
from tests.bots.discord.rig import QUICK
from tests.world import running


@pytest.fixture
def engine_name() -> str:
    return "sqlite"  # what differs between the engines is told elsewhere


async def test_a_channels_words_and_a_message_that_is_pointed_at_are_answered_in_a_thread_below(
    database_url: str,
) -> None:
    async with running(database_url, discord_desk()) as world:
        erik, omar = world.at_discord("erik"), world.at_discord("omar")
        discord = erik.simulator
        asked = await erik.writes("The server lags", "#support")
        await erik.reads("#1. Support will answer you here.", "#support", thread=asked)
        card = await omar.reads("The server lags", "#desk", thread="")
        await omar.presses(card, "Claim")
        await omar.until(lambda: [m for m in omar.sees("#desk") if m.private and "#1" in m])

        shown = sum(call.call.endswith("/typing") for call in discord.log)
        await discord.do("typing", who="omar", room="#desk", thread=card.id)
        await discord.until(lambda: sum(call.call.endswith("/typing") for call in discord.log) > shown)
        seen = [call.request["path"] for call in discord.log if call.call.endswith("/typing")]
        assert seen == [f"/api/v10/channels/{asked}/typing"], "where Erik waits, and nowhere else"

        remark = await erik.writes("And the map is gone", "#general")
        await discord.do("context_menu", who="omar", room="#general", message=remark, name="Make a ticket")
        await erik.reads("#2. Support will answer you here.", "#general", thread=remark)
        await erik.writes("Since noon", "#general", thread=remark)
        await omar.reads("Since noon", "#desk")


async def test_a_posts_tags_are_its_tickets_but_for_those_that_say_how_it_stands(database_url: str) -> None:
    async with running(database_url, discord_desk("community:#help-forum")) as world:
        erik = world.at_discord("erik")
        given = ["Bug", "Game server", "Unanswered", "💥", "Billing"]
        await erik.simulator.do("set_tags", room="#help-forum", tags=given)
        post = {"room": "#help-forum", "name": "Lag", "text": "The server lags", "tags": given[:4]}
        thread = str(await erik.simulator.do("post", who="erik", **post))
        await erik.reads("#1", "#help-forum", thread=thread)
        assert await world.app.desk.look(tags.of, 1) == ("bug", "game-server")


async def test_a_server_that_the_bot_joins_later_has_its_questions_heard_too(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bots.discord.adapter.Tuning", lambda: QUICK)
    desk = discord_desk("community:#support", "community:#beta-help")
    async with running(database_url, desk) as world:
        erik, omar = world.at_discord("erik"), world.at_discord("omar")
        discord = erik.simulator
        await discord.do("add_guild", name="Beta", owner="maja", members=["erik"])
        await discord.do("add_room", name="beta-help", guild="Beta")
        asked = await erik.writes("Does it work here as well?", "#beta-help")
        await erik.reads("#1. Support will answer you here.", "#beta-help", thread=asked)
        here = await erik.writes("And here?", "#support")
        await erik.reads("Support will answer you here.", "#support", thread=here)
        await omar.reads("Does it work here as well?", "#desk", thread="")
