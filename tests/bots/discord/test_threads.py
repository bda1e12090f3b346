"""Threads that are not there yet, sleep, are locked, were deleted, or are too many."""

from dataclasses import replace
from typing import Any

import pytest

from bots.port import Card, Hopeless, Sent, TryLater
from inbox.model import Place
from tests.bots.discord.rig import ANNA, Door

CARD = Card(title="#42 Printer *on fire*", text="Anna asks", tone="warn")
WORDS = Card(text="Fixed", lead="Omar")
MOST = "bots.simulator.discord.rest.threads.MOST_ACTIVE"


async def send(door: Door, place: Place, card: Card = WORDS, nonce: str = "fd-1", **more: Any) -> Sent:
    return await door.bot.send(place, card, nonce, **more)


async def question(door: Door) -> Place:
    """Anna asked, and was answered once in the thread under her words."""
    root = await door.writes("anna", "The printer is on fire\nagain")
    home = door.place("support", root, root)
    await send(door, home, Card(text="We look"), "fd-0")
    return home


def asleep(door: Door) -> set[str]:
    return {channel.id for channel in door.sim.world.threads() if channel.thread and channel.thread.archived}


def name_of(door: Door, thread: str) -> str:
    return door.sim.world.channels[thread].name


async def test_a_deleted_thread_is_replaced_once_and_its_author_brought_in() -> None:
    async with Door() as door:
        home = await question(door)
        await door.sim.do("delete_thread", who="omar", thread=home.thread)
        sent = await send(door, home)
        assert sent.replaced
        assert sent.thread not in ("", home.thread)
        assert name_of(door, sent.thread) == "The printer is on fire"
        made = door.sim.world.channels[sent.thread].thread
        assert made
        assert ANNA in made.members
        again = await send(door, home, nonce="fd-2")
        assert (again.thread, again.replaced) == (sent.thread, True)
        there = replace(home, thread=sent.thread)
        await send(door, there, nonce="fd-3")
        await door.bot.edit(there, sent.whole, Card(text="Fixed!"), "edit")
        await door.bot.mark(there, sent.message_id, "sent")
        assert [m.content for m in door.posted("#support", sent.thread)] == [
            "Fixed!",
            "**Omar**\nFixed",
            "**Omar**\nFixed",
        ]


async def test_a_deleted_thread_of_a_card_is_replaced_and_the_card_stays() -> None:
    async with Door() as door:
        card = await send(door, door.place("desk"), CARD, opens=CARD.title)
        place = door.place("desk", card.thread)
        await door.sim.do("delete_thread", who="omar", thread=card.thread)
        sent = await send(door, place, nonce="fd-2")
        assert sent.replaced
        assert name_of(door, sent.thread) == "#42 Printer *on fire*"
        moved = replace(place, thread=sent.thread, root=card.thread)
        await door.bot.edit(moved, card.whole, replace(CARD, title="#42 Out"), "edit")
        assert door.sim.world.messages[card.message_id].embeds[0]["title"] == "#42 Out"


async def test_where_card_and_thread_are_gone_the_next_card_begins_another() -> None:
    async with Door() as door:
        card = await send(door, door.place("desk"), CARD, opens=CARD.title)
        place = door.place("desk", card.thread)
        await door.sim.do("delete_thread", who="omar", thread=card.thread)
        await door.sim.do("delete", who="omar", room="#desk", message=card.message_id)
        with pytest.raises(Hopeless) as refused:
            await send(door, place, nonce="fd-2")
        assert refused.value.kind == "gone"
        sent = await send(door, place, CARD, "fd-3")
        assert (sent.replaced, name_of(door, sent.thread)) == (True, CARD.title)


async def test_a_forums_post_that_is_gone_is_made_anew_of_the_next_card_only() -> None:
    async with Door() as door:
        post = await send(door, door.place("help-forum"), CARD, opens=CARD.title)
        place = door.place("help-forum", post.thread)
        await door.sim.do("delete_thread", who="omar", thread=post.thread)
        with pytest.raises(Hopeless) as refused:
            await send(door, place, nonce="fd-2")
        assert refused.value.kind == "gone"
        sent = await send(door, place, CARD, "fd-3")
        assert (sent.replaced, sent.thread, name_of(door, sent.thread)) == (True, sent.message_id, CARD.title)


async def test_a_room_that_is_gone_has_no_other_threads() -> None:
    async with Door() as door:
        home = await question(door)
        await door.sim.do("delete_room", room="#support")
        for card in (WORDS, CARD):
            with pytest.raises(Hopeless) as refused:
                await send(door, home, card)
            assert refused.value.kind == "gone"


async def test_without_the_right_to_make_threads_the_talk_goes_on_below_the_question() -> None:
    async with Door() as door:
        home = await question(door)
        await door.sim.do("delete_thread", who="omar", thread=home.thread)
        await door.sim.do("deny_permission", permission="CREATE_PUBLIC_THREADS", room="#support")
        sent = await send(door, home)
        assert (sent.thread, sent.replaced) == ("", True)
        assert door.sim.world.messages[sent.message_id].reply_to == home.root
        assert door.sim.world.messages[sent.message_id].channel_id == home.room


async def test_a_locked_thread_is_opened_by_a_bot_that_may_and_else_says_what_to_do() -> None:
    async with Door() as door:
        home = await question(door)
        await door.sim.do("lock_thread", who="omar", thread=home.thread, archive=True)
        sent = await send(door, home)
        assert (sent.thread, sent.replaced) == (home.thread, False)
        await door.sim.do("deny_permission", permission="MANAGE_THREADS")
        for archive in (False, True):
            await door.sim.do("lock_thread", who="omar", thread=home.thread, archive=archive)
            with pytest.raises(
                Hopeless, match="locked in Discord: unlock it, or give the bot Manage Threads"
            ) as refused:
                await send(door, home, nonce="fd-2")
            assert refused.value.kind == "forbidden"


async def test_where_too_many_threads_are_awake_the_longest_silent_of_ours_are_put_to_sleep(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with Door() as door:
        theirs = await door.writes("anna", "Just talk", room="#general")
        await door.sim.do("create_thread", who="anna", room="#general", name="Talk", message=theirs)
        old = [await question(door) for _ in range(3)]
        door.now += 3600
        await send(door, old[1], nonce="fd-8")
        door.now += 86_401
        await send(door, old[2], nonce="fd-9")
        monkeypatch.setattr(MOST, 4)
        monkeypatch.setattr("bots.discord.threads.PUT_TO_SLEEP", 1)
        first = await question(door)
        assert asleep(door) == {old[0].thread}
        second = await question(door)
        assert asleep(door) == {old[0].thread, old[1].thread}
        third = await door.writes("anna", "And this?")
        assert (await send(door, door.place("support", third, third))).thread == "", "nobody else was silent for a day"
        monkeypatch.setattr(MOST, 1000)
        await send(door, old[1], nonce="fd-10")
        assert asleep(door) == {old[0].thread}, "it wakes"
        assert {theirs, first.thread, second.thread} < {thread.id for thread in door.sim.world.threads()}


async def test_where_none_can_be_put_to_sleep_cards_stand_alone_and_forums_wait(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with Door() as door:
        monkeypatch.setattr(MOST, 0)
        card = await send(door, door.place("desk"), CARD, opens=CARD.title)
        assert card.thread == ""
        root = await door.writes("anna", "Help")
        sent = await send(door, door.place("support", root, root), nonce="fd-2")
        assert (sent.thread, sent.replaced) == ("", True)
        assert door.sim.world.messages[sent.message_id].reply_to == root
        with pytest.raises(TryLater, match="1,000 threads awake"):
            await send(door, door.place("help-forum"), CARD, "fd-3", opens=CARD.title)
        monkeypatch.setattr(MOST, 1000)
        post = await send(door, door.place("help-forum"), CARD, "fd-3", opens=CARD.title)
        assert post.thread == post.message_id


@pytest.mark.parametrize("code", ["20016", "20028", "30046"])
async def test_slow_mode_is_waited_for(code: str) -> None:
    async with Door() as door:
        door.sim.faults.order("error", "POST /channels/{channel_id}/messages", error=code)
        with pytest.raises(TryLater) as refused:
            await send(door, door.place("support"))
        assert refused.value.after > 0
        await send(door, door.place("support"))
        assert len(door.posted("#support")) == 1


@pytest.mark.parametrize(
    ("tags", "chosen"),
    [
        (["Solved", "Unanswered", "Bug"], "Unanswered"),
        (["!new", "Bug", "Idea"], "Bug"),
        (["!closed"], None),
        ([], None),
    ],
)
async def test_a_forum_that_wants_tags_gets_one(tags: list[str], chosen: str | None) -> None:
    async with Door() as door:
        await door.sim.do("deny_permission", permission="MANAGE_THREADS")
        await door.sim.do("set_tags", room="#help-forum", tags=tags, required=True)
        await door.writes("anna", "told by now")
        await door.front.hears("told by now")
        if chosen is None:
            with pytest.raises(Hopeless, match="wants a tag on each post and has none that the bot may use"):
                await send(door, door.place("help-forum"), CARD, opens=CARD.title)
            return
        sent = await send(door, door.place("help-forum"), CARD, opens=CARD.title)
        assert _tags_of(door, sent.thread) == [chosen]


async def test_moderators_tags_are_for_a_bot_that_is_one_and_none_is_set_where_none_is_wanted() -> None:
    async with Door() as door:
        for required, wanted in ((True, ["nyt"]), (False, [])):
            await door.sim.do("set_tags", room="#help-forum", tags=["bug", "!nyt"], required=required)
            await door.writes("anna", f"{required}")
            await door.front.until(lambda said=f"{required}": said in door.front.texts)  # type: ignore[misc]
            sent = await send(door, door.place("help-forum"), CARD, f"fd-{required}", opens=CARD.title)
            assert _tags_of(door, sent.thread) == wanted


def _tags_of(door: Door, post: str) -> list[str]:
    channel = door.sim.world.channels[post]
    names = {tag["id"]: tag["name"] for tag in door.sim.world.channels[channel.parent_id].tags}
    assert channel.thread
    return [names[tag] for tag in channel.thread.applied_tags]
