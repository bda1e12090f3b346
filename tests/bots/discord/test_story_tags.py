"""A forum's tags follow its tickets: how a post stands can be seen in the list of posts."""

import os
from collections.abc import Awaitable, Callable

import pytest

from bots.simulator.client import Shown
from bots.simulator.discord import DiscordSimulator, threads
from bots.simulator.discord.world import Thread
from tests.bots.discord.desk import discord_desk
from tests.specs.discord import check_log
from tests.world import World, running

FORUM = "community:#help-forum"


@pytest.fixture
def engine_name() -> str:
    return "sqlite"  # what differs between the engines is told elsewhere


def thread_of(sim: DiscordSimulator, post: str) -> Thread:
    found = sim.world.channels[post].thread
    assert found
    return found


def calls(sim: DiscordSimulator, call: str) -> int:
    return sum(entry.call == call for entry in sim.log)


def tags_of(sim: DiscordSimulator, post: str) -> list[str]:
    names = {tag["id"]: tag["name"] for tag in sim.world.channels[sim.world.channels[post].parent_id].tags}
    return [names[tag] for tag in thread_of(sim, post).applied_tags]


async def asks(world: World, *tags: str, required: bool = False) -> tuple[str, Callable[[str], Awaitable[list[str]]]]:
    """Erik's post in a forum with these tags, and how Omar types about it: returns when the tags have followed."""
    erik, omar = world.at_discord("erik"), world.at_discord("omar")
    await erik.simulator.do("set_tags", room="#help-forum", tags=list(tags), required=required)
    post = str(await erik.simulator.do("post", who="erik", room="#help-forum", name="Lag", text="The server lags"))
    await erik.reads("#1", "#help-forum", thread=post)
    await world.settled()

    async def types(words: str) -> list[str]:
        known = {m.id for m in answered()}
        await omar.types(words, "#desk")
        await omar.until(lambda: {m.id for m in answered()} - known)
        await world.settled()
        return tags_of(world.platforms.discord, post)

    def answered() -> list[Shown]:
        return [m for m in omar.sees("#desk", by_bot=True) if m.private and "#1" in m]

    return post, types


async def test_a_posts_tags_follow_its_ticket_and_what_others_set_stays(database_url: str) -> None:
    async with running(database_url, discord_desk(FORUM)) as world:
        sim = world.platforms.discord
        post, types = await asks(world, "Bug", "Unanswered", "In progress", "!Väntar", "Solved")
        assert tags_of(sim, post) == ["Unanswered"]
        await sim.do("tag_post", who="erik", thread=post, tags=["Bug", "Unanswered"])
        assert await types("/claim 1") == ["Bug", "In progress"]
        assert await types("/pending 1") == ["Bug", "Väntar"]
        changed = calls(sim, "PATCH /channels/{channel_id}")
        assert await types("/resolve 1") == ["Bug", "Solved"]
        assert calls(sim, "PATCH /channels/{channel_id}") == changed + 1
        assert await types("/close 1") == ["Bug", "Solved"], "what is closed was solved"
        assert calls(sim, "PATCH /channels/{channel_id}") == changed + 1, "nothing is to be changed"
        assert not os.environ.get("FRONTDESK_SPECS") or not check_log(sim.log)


async def test_a_post_that_sleeps_is_asleep_afterwards(database_url: str) -> None:
    async with running(database_url, discord_desk(FORUM)) as world:
        sim = world.platforms.discord
        post, types = await asks(world, "solved", "closed")
        assert tags_of(sim, post) == []
        await types("/claim 1")
        assert await types("/resolve 1") == ["solved"]
        await sim.do("archive_thread", who="omar", thread=post)
        assert await types("/close 1") == ["closed"]
        assert thread_of(sim, post).archived


async def test_a_forum_without_such_tags_is_left_alone(database_url: str) -> None:
    async with running(database_url, discord_desk(FORUM)) as world:
        sim = world.platforms.discord
        post, types = await asks(world, "Bug", "Idea")
        await sim.do("tag_post", who="erik", thread=post, tags=["Idea"])
        assert await types("/claim 1") == ["Idea"]
        assert calls(sim, "GET /channels/{channel_id}") == 0 == calls(sim, "PATCH /channels/{channel_id}")


async def test_a_tag_that_the_forum_has_no_more_is_not_set_again(database_url: str) -> None:
    async with running(database_url, discord_desk(FORUM)) as world:
        sim = world.platforms.discord
        post, types = await asks(world, "Bug", "new", "claimed")
        await sim.do("tag_post", who="erik", thread=post, tags=["Bug", "new"])
        channel = sim.world.room("help-forum")
        assert channel
        channel.tags = [tag for tag in channel.tags if tag["name"] != "Bug"]
        threads.changed_channel(sim.core, channel, seen_before=True)
        assert await types("/claim 1") == ["claimed"]


async def test_the_desks_own_posts_are_labelled_too(database_url: str) -> None:
    async with running(database_url, discord_desk(desk=FORUM)) as world:
        sim, erik = world.platforms.discord, world.at_discord("erik")
        await sim.do("set_tags", room="#help-forum", tags=["new", "claimed", "solved"])
        asked = await erik.writes("My parcel is wet", "#support")
        await erik.reads("#1", "#support", thread=asked)
        await world.settled()
        post = next(thread.id for thread in sim.world.threads(sim.world.room("help-forum").id))  # type: ignore[union-attr]
        assert tags_of(sim, post) == ["new"]
        await world.at_discord("omar").types("/claim 1", "#desk")
        await erik.until(lambda: tags_of(sim, post) == ["claimed"])


async def test_what_the_bot_may_not_tag_is_told_by_the_check(database_url: str) -> None:
    async with running(database_url, discord_desk(FORUM)) as world:
        sim = world.platforms.discord
        _, types = await asks(world, "solved")
        await sim.do("deny_permission", permission="MANAGE_THREADS")
        await types("/claim 1")
        assert await types("/resolve 1") == [], "and nothing else is harmed"
        bot = world.app._supervisors["community"].platform
        room = next(room for room in await bot.rooms() if room.name == "#help-forum")
        assert "Give the bot's role Manage Threads" in " ".join(await bot.check({FORUM: room}, ()))
