"""The whole program with Discord: people act there, and what they would see is asserted."""

import pytest

from tests.specs.discord import check_log
from tests.world import World, running


@pytest.fixture
def engine_name() -> str:
    return "sqlite"  # what differs between the engines is told elsewhere


async def test_a_post_in_the_forum_is_claimed_answered_and_solved(database_url: str) -> None:
    async with running(database_url) as world:
        erik, omar, lisa = world.at_discord("erik"), world.at_discord("omar"), world.at_discord("lisa")
        forum = erik.simulator
        post = str(await forum.do("post", who="erik", room="#help-forum", name="Lag", text="The game server lags"))
        receipt = await erik.reads("#1", "#help-forum", thread=post)
        assert receipt.by_bot
        card = await omar.reads("Lag", "#desk", thread="")
        assert "Claim" in card.buttons
        thread = card.id
        await omar.reads("The game server lags", "#desk", thread=thread)

        await omar.presses(card, "Claim")
        await omar.until(lambda: [m for m in omar.sees("#desk") if m.private and "#1" in m])
        lost = await forum.do("press", who="lisa", room="#desk", message=card.id, action="claim:1")
        assert lost["ok"]
        await lisa.until(lambda: [m for m in lisa.sees("#desk") if m.private and "Omar" in m])

        words = await omar.writes("Restarted it. Better now?", "#desk", thread=thread)
        answer = await erik.reads("Restarted it. Better now?", "#help-forum", thread=post)
        assert answer.words == "Omar\nRestarted it. Better now?"
        await omar.until(lambda: [m for m in omar.sees("#desk") if m.id == words and "✅" in m.reactions])
        await lisa.writes("I would have bet on the router", "#desk", thread=thread)
        await erik.writes("Much better!", "#help-forum", thread=post)
        await omar.reads("Much better!", "#desk", thread=thread)
        await omar.types("/resolve", "#desk", thread=thread)
        await omar.until(lambda: "Reopen" in next(m for m in omar.sees("#desk") if m.id == card.id).buttons)
        await world.settled()
        assert not [m for m in erik.sees("#help-forum") if "router" in m]
        _without_fault(world)


def _without_fault(world: World) -> None:
    import os

    if os.environ.get("FRONTDESK_SPECS"):
        problems = check_log(world.platforms.discord.log)
        assert not problems, problems


async def test_what_was_written_while_the_bot_was_away_is_in_the_tickets_once(database_url: str) -> None:
    async with running(database_url) as world:
        erik, anna, omar = world.at_discord("erik"), world.at_discord("anna"), world.at_discord("omar")
        question = await erik.writes("My parcel is wet", "#support")
        await erik.reads("#1", "#support", thread=question)
        await anna.writes("May I ask you something?", "dm")
        await anna.reads("#2", "dm")

        discord = world.app._supervisors["community"]
        await discord.stop()
        await erik.writes("And torn", "#support", thread=question)
        await anna.writes("About my order", "dm")
        later = await omar.writes("Where is the lost-and-found?", "#support")
        discord.tried.clear()
        discord.start()
        await discord.tried.wait()

        await omar.reads("#3", "#support", thread=later)
        await world.settled()
        desk = world.at_slack("Omar").sees("#customer-desk", by_bot=True)
        for words in ("And torn", "About my order"):
            assert len([m for m in desk if words in m]) == 1, words
        assert world.app.health()["community"] == (True, "")
        _without_fault(world)
