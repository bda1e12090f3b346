"""A queue that opens a private thread for each who asks: in the channel stands no word of it."""

import pytest

from bots.simulator.client import Client, Shown
from inbox.directory import Desk
from inbox.store import threads
from tests.bots.discord.desk import discord_desk
from tests.bots.discord.rig import ERIK
from tests.world import World, running

CONFIDENTIAL = 'private = true\nvoice = "explicit"\nopen = "private_thread"\nleads = ["community:role:Support"]'
SECRET = "My pay is wrong"


@pytest.fixture
def engine_name() -> str:
    return "sqlite"  # what differs between the engines is told elsewhere


def payroll(*intake: str) -> Desk:
    return discord_desk(*(intake or ("community:#support", "community:dm")), more=CONFIDENTIAL)


async def panel(omar: Client) -> Shown:
    await omar.types("/ticket panel", "#support")
    return await omar.reads("How can we help?", "#support")


async def ask(who: Client, shown: Shown, words: str = SECRET) -> None:
    await who.presses(shown, "Support")
    await who.simulator.do("submit", who=who.who, values={"words": words, "priority": "normal"})


async def thread_of(who: Client, world: World, number: int = 1) -> str:
    """The thread that somebody was brought into, and nothing else."""
    receipt = await who.reads(f"#{number}. Support will answer you here.")
    [thread] = [t for t in world.platforms.discord.world.threads() if t.id == receipt.thread]
    assert thread.type == 12 and thread.thread and not thread.thread.invitable
    assert thread.name == f"#{number} Support", "moderators see the names of threads, and shall see no words"
    return thread.id


async def in_the_open(world: World) -> list[str]:
    """What somebody reads who has nothing to do with it."""
    await world.platforms.discord.do("add_person", name="Bo")
    return [message.words for message in world.at_discord("Bo").sees()]


async def test_a_panel_opens_a_thread_for_one_person_and_the_talk_goes_on_there(database_url: str) -> None:
    async with running(database_url, payroll()) as world:
        erik, omar = world.at_discord("erik"), world.at_discord("omar")
        await ask(erik, await panel(omar))
        thread = await thread_of(erik, world)
        card = await omar.reads("#1", "#desk", thread="")
        await omar.presses(card, "Claim")
        await omar.until(lambda: [m for m in omar.sees("#desk") if m.private and "#1" in m])
        await omar.types("/reply text:We pay it tomorrow number:1", "#desk")
        await erik.reads("We pay it tomorrow", "#support", thread=thread)
        await erik.writes("Thank you, that helps", "#support", thread=thread)
        await omar.reads("Thank you, that helps", "#desk", thread=card.id)
        await world.settled()
        assert [words.split("?")[0] for words in await in_the_open(world)] == ["How can we help"]
        assert not [room for room in erik.simulator.state("erik")["rooms"] if room.get("dm")]

        await omar.types("/resolve number:1", "#desk")
        await omar.until(lambda: [m for m in omar.sees("#desk") if m.private and "resolved" in m])
        await omar.types("/close number:1", "#desk")
        await omar.until(lambda: [m for m in omar.sees("#desk") if m.private and "closed" in m])
        await erik.writes("It is wrong again", "#support", thread=thread)
        await erik.reads("#2. Support will answer you here.", "#support", thread=thread)
        home = await world.app.desk.look(threads.home, 2)
        assert home and home.place.person == ERIK, "what follows is for the same eyes"


async def test_a_command_or_ones_own_message_opens_one_too_and_another_persons_does_not(database_url: str) -> None:
    async with running(database_url, payroll()) as world:
        erik, anna = world.at_discord("erik"), world.at_discord("anna")
        await erik.types(f"/ticket {SECRET}", "#support")
        await thread_of(erik, world)
        words = await anna.writes("Mine too", "#support")
        hint = await anna.reads("Press the button")
        assert hint.buttons == ("Support",)
        await erik.simulator.do("context_menu", who="erik", room="#support", message=words, name="Make a ticket")
        await erik.until(lambda: [m for m in erik.sees("#support") if m.private and "confidential" in m])
        await anna.simulator.do("context_menu", who="anna", room="#support", message=words, name="Make a ticket")
        await thread_of(anna, world, 2)
        await ask(anna, hint, "And my holidays")
        await thread_of(anna, world, 3)
        assert await in_the_open(world) == ["Mine too"]


async def test_without_the_right_to_make_one_the_answer_comes_directly_and_the_agents_are_told(
    database_url: str,
) -> None:
    async with running(database_url, payroll()) as world:
        erik, omar = world.at_discord("erik"), world.at_discord("omar")
        shown = await panel(omar)
        await erik.simulator.do("deny_permission", room="#support", permission="CREATE_PRIVATE_THREADS")
        await ask(erik, shown)
        receipt = await erik.reads("#1. Support will answer you here.")
        assert receipt.room == erik.room_id("dm")
        await omar.reads("No private thread could be made for Erik", "#desk")
        await erik.writes("Hello?", "dm")
        await erik.reads("#1", "dm")


async def test_an_attempt_whose_end_is_not_known_makes_no_second_thread(database_url: str) -> None:
    async with running(database_url, payroll()) as world:
        erik, omar, discord = world.at_discord("erik"), world.at_discord("omar"), world.platforms.discord
        shown = await panel(omar)
        brought = discord.faults.order("status", "PUT /channels/{channel_id}/thread-members/{user_id}", status=503)
        await ask(erik, shown)
        await thread_of(erik, world)
        await world.settled()
        assert brought.struck == 1
        mine = await world.app.desk.look(threads.home, 1)
        assert mine and mine.external_id
        await erik.writes("And my holidays are, too", "#support", thread=mine.external_id)
        await omar.reads("And my holidays are, too", "#desk")
        await omar.types("/ticket split 1 And my holidays", "#desk")
        await erik.reads("#2. Support will answer you here.", "#support", thread=mine.external_id)
        other = await world.app.desk.look(threads.home, 2)
        assert other and other.place == mine.place, "what is split off is for the same eyes"
        assert [thread.name for thread in discord.world.threads() if thread.type == 12] == ["#1 Support"]


async def test_a_thread_that_sleeps_wakes_one_that_is_gone_is_made_anew_and_who_left_is_brought_back(
    database_url: str,
) -> None:
    async with running(database_url, payroll()) as world:
        erik, omar = world.at_discord("erik"), world.at_discord("omar")
        await ask(erik, await panel(omar))
        thread = await thread_of(erik, world)
        card = await omar.reads("#1", "#desk", thread="")
        await omar.presses(card, "Claim")
        await omar.until(lambda: [m for m in omar.sees("#desk") if m.private and "#1" in m])
        discord = erik.simulator
        await discord.do("leave", who="erik", room=thread)
        await discord.do("archive_thread", who="maja", thread=thread)
        await omar.types("/reply text:We pay it tomorrow number:1", "#desk")
        await erik.reads("We pay it tomorrow", "#support", thread=thread)

        await discord.do("delete_thread", who="maja", thread=thread)
        await omar.types("/reply text:It is paid number:1", "#desk")
        told = await erik.reads("It is paid", "#support")
        assert told.thread not in ("", thread)
        assert world.platforms.discord.world.channels[told.thread].type == 12
        await erik.writes("I see it", "#support", thread=told.thread)
        await omar.reads("I see it", "#desk", thread=card.id)
        await world.settled()
        assert [words.split("?")[0] for words in await in_the_open(world)] == ["How can we help"]


async def test_who_left_the_server_is_told_of_and_nothing_is_lost(database_url: str) -> None:
    async with running(database_url, payroll()) as world:
        erik, omar = world.at_discord("erik"), world.at_discord("omar")
        await ask(erik, await panel(omar))
        await thread_of(erik, world)
        card = await omar.reads("#1", "#desk", thread="")
        await omar.presses(card, "Claim")
        await omar.until(lambda: [m for m in omar.sees("#desk") if m.private and "#1" in m])
        await erik.simulator.do("leave", who="erik")
        await omar.types("/reply text:It is paid number:1", "#desk")
        await omar.until(lambda: [m for m in omar.sees(by_bot=True) if "It is paid" in m and "Retry" in m.buttons])
        await omar.reads("Erik", "#desk", thread=card.id)


BOTH = """
[queues.payroll]
title = "Payroll"
policy = "standard"
private = true
voice = "explicit"
open = "private_thread"
intake = ["community:#support", "community:dm"]
desk = "community:#payroll-desk"
agents = ["community:role:Support"]
leads = ["community:role:Support"]
keywords = ["pay"]
"""


async def test_what_is_said_in_the_channel_beside_it_leads_no_answer_out_of_the_thread(database_url: str) -> None:
    async with running(database_url, discord_desk(more=BOTH)) as world:
        erik, omar, discord = world.at_discord("erik"), world.at_discord("omar"), world.platforms.discord
        await erik.types(f"/ticket {SECRET}", "#support")
        receipt = await erik.reads("#1. Payroll will answer you here.")
        asked = await erik.writes("My screen is black, too", "#support")
        await erik.reads("#2. Support will answer you here.", "#support", thread=asked)
        home = await world.app.desk.look(threads.home, 1)
        assert home and home.external_id == receipt.thread, "two matters, and each is answered where it was asked"

        said = await erik.writes("And my pay slip is missing", "#support")
        await discord.do("context_menu", who="erik", room="#support", message=said, name="Make a ticket")
        await erik.reads("#3. Payroll will answer you here.")
        await omar.types("/resolve number:3", "#desk")
        await omar.until(lambda: [m for m in omar.sees("#desk") if m.private and "resolved" in m])
        await omar.types("/close number:3", "#desk")
        await omar.until(lambda: [m for m in omar.sees("#desk") if m.private and "closed" in m])
        await erik.writes("Still missing", "#support", reply_to=said)
        again = await erik.reads("#4. Payroll will answer you here.")
        assert discord.world.channels[again.thread].type == 12, "what follows stands in no channel either"
