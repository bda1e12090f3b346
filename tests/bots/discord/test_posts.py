"""What the desk says in Discord: posts, threads, edits, marks, and what failures mean."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bots.port import Ability, Ambiguous, Button, Card, Hopeless, Platform, Sent, TryLater
from inbox.model import Place
from tests.bots.discord.rig import ANNA, ERIK, Door

HELLO = Card(text="Hello")
DESK_CARD = Card(
    title="#42 Printer *on fire*",
    fields=(("Requester", "Anna"), ("Status", "new")),
    buttons=((Button("Claim", "claim:42", "primary"), Button("Resolve", "resolve:42")),),
    tone="warn",
)
POST = "POST /channels/{channel_id}/messages"


async def send(door: Door, place: Place, card: Card = HELLO, nonce: str = "fd-1", **more: Any) -> Sent:
    return await door.bot.send(place, card, nonce, **more)


async def test_the_adapter_is_a_platform() -> None:
    async with Door(connect=False) as door:
        platform: Platform = door.platform()
        assert Ability.WHISPERS not in platform.abilities
        assert Ability.TOPICS not in platform.abilities
        with pytest.raises(Hopeless) as refused:
            await platform.whisper(Place("community", "1"), ANNA, HELLO)
        assert refused.value.kind == "unknown_ability"
        with pytest.raises(Hopeless):
            await platform.open_topic("1", "A title")


async def test_a_card_opens_the_thread_that_its_talk_goes_into() -> None:
    async with Door() as door:
        sent = await send(door, door.place("desk"), DESK_CARD, opens="#42 Printer *on fire*")
        assert sent == Sent(sent.message_id, door.id("desk"), sent.message_id)
        card = door.sim.last("#desk", "bot")
        assert card.embeds[0]["title"] == "#42 Printer \\*on fire\\*"
        assert [button["custom_id"] for button in card.components[0]["components"]] == ["claim:42", "resolve:42"]
        thread = door.sim.world.channels[sent.thread]
        assert (thread.name, thread.thread and thread.thread.auto_archive) == ("#42 Printer *on fire*", 10_080)
        inside = await send(door, door.place("desk", sent.thread), Card(text="It burns", lead="Anna"), "fd-2")
        assert inside.thread == sent.thread
        assert door.sim.texts("#desk", sent.thread)[-1] == "**Anna**\nIt burns"


async def test_the_first_answer_makes_the_thread_under_the_question_and_brings_its_author_in() -> None:
    async with Door() as door:
        root = await door.writes("anna", "The printer is on fire\nagain")
        home = door.place("support", root, root)
        sent = await send(door, home, Card(text="Got it"))
        assert sent == Sent(sent.message_id, door.id("support"), root)
        thread = door.sim.world.channels[root]
        assert thread.name == "The printer is on fire"
        assert thread.thread
        assert ANNA in thread.thread.members
        await send(door, home, Card(text="Fixed"), "fd-2")
        assert door.sim.texts("#support", root) == ["The printer is on fire\nagain", "Got it", "Fixed"]


async def test_a_thread_that_another_made_meanwhile_is_used() -> None:
    async with Door() as door:
        root = await door.writes("anna", "Help")
        door.sim.faults.order("error", POST, error="10003")
        await door.sim.do("create_thread", who="omar", room="#support", name="Mine", message=root)
        await send(door, door.place("support", root, root))
        assert door.sim.texts("#support", root) == ["Help", "Hello"]


async def test_what_hung_on_a_message_that_is_gone_is_gone() -> None:
    async with Door() as door:
        root = await door.writes("anna", "Help")
        await door.sim.do("delete", who="anna", room="#support", message=root)
        for place in (door.place("support", root, root), door.place("support", root), Place("community", "77")):
            with pytest.raises(Hopeless) as refused:
                await send(door, place)
            assert refused.value.kind == "gone"


async def test_where_no_thread_may_be_made_the_card_stands_alone() -> None:
    async with Door() as door:
        await door.sim.do("deny_permission", permission="CREATE_PUBLIC_THREADS", room="#desk")
        sent = await send(door, door.place("desk"), DESK_CARD, opens="#42")
        assert sent.thread == ""
        below = await send(door, door.place("desk", root=sent.message_id), nonce="fd-2", answers=sent.message_id)
        assert door.sim.world.messages[below.message_id].reply_to == sent.message_id


async def test_a_failed_thread_does_not_post_the_card_twice() -> None:
    async with Door() as door:
        door.sim.faults.order("status", "POST .*/threads", status=503)
        with pytest.raises(Ambiguous):
            await send(door, door.place("desk"), DESK_CARD, opens="#42")
        sent = await send(door, door.place("desk"), DESK_CARD, opens="#42")
        assert len(door.posted("#desk")) == 1
        assert sent.thread == sent.message_id
        door.sim.faults.order("drop_after", "POST .*/threads")
        with pytest.raises(Ambiguous):
            await send(door, door.place("desk"), DESK_CARD, "fd-9", opens="#43")
        again = await send(door, door.place("desk"), DESK_CARD, "fd-9", opens="#43")
        assert len(door.posted("#desk", "")) == 2
        assert door.sim.world.channels[again.thread].name == "#43"


async def test_a_post_into_a_forum_is_a_thread_of_its_own() -> None:
    async with Door() as door:
        await door.sim.do("grant_permission", permission="SEND_MESSAGES", room="#help-forum")
        sent = await send(door, door.place("help-forum"), DESK_CARD, opens="#42 Printer")
        assert sent.thread == sent.message_id
        assert door.sim.world.channels[sent.thread].name == "#42 Printer"
        place = door.place("help-forum", sent.thread)
        await door.bot.edit(place, sent.whole, replace(DESK_CARD, title="#42 Out"), "edit")
        await door.bot.mark(place, sent.message_id, "sent")
        message = door.sim.world.messages[sent.message_id]
        assert (message.embeds[0]["title"], list(message.reactions)) == ("#42 Out", ["✅"])


async def test_a_post_whose_answer_was_lost_is_found_by_its_title() -> None:
    async with Door() as door:
        door.sim.faults.order("drop_after", "POST /channels/{channel_id}/threads")
        with pytest.raises(Ambiguous):
            await send(door, door.place("help-forum"), DESK_CARD, opens="#42 Printer")
        sent = await send(door, door.place("help-forum"), DESK_CARD, opens="#42 Printer")
        posts = door.sim.world.threads(door.id("help-forum"))
        assert [post.id for post in posts] == [sent.thread]


async def test_direct_messages_open_the_conversation_once() -> None:
    async with Door() as door:
        first = await door.bot.direct(ERIK, HELLO, "fd-1")
        second = await door.bot.direct(ERIK, Card(text="Again"), "fd-2")
        assert first.room == second.room == door.sim.world.dm_with(ERIK).id
        assert door.sim.texts("dm:Erik") == ["Hello", "Again"]
        assert door.calls("POST /users/@me/channels") == 1
        asked = await door.writes("erik", "Why?", room="dm")
        answer = await send(door, Place("community", first.room, root=asked), nonce="fd-3", answers=asked)
        assert door.sim.world.messages[answer.message_id].reply_to == asked


async def test_long_words_are_split_with_the_buttons_on_the_last_part() -> None:
    async with Door() as door:
        words = "".join(f"sentence number {n}. " for n in range(250))
        buttons = ((Button("Undo", "undo:7"),),)
        sent = await send(door, door.place("desk"), Card(text=words, lead="Omar", buttons=buttons))
        parts = door.posted("#desk")
        assert len(parts) > 2
        assert parts[0].id == sent.message_id
        assert "".join(part.content.removeprefix("**Omar**\n") + " " for part in parts).split() == words.split()
        assert [bool(part.components) for part in parts] == [False] * (len(parts) - 1) + [True]
        place = door.place("desk")
        await door.bot.edit(place, sent.whole, Card(text=words.upper(), lead="Omar"), "edit")
        changed = [part.content.removeprefix("**Omar**\n") for part in door.posted("#desk")]
        assert "".join(f"{part} " for part in changed).split() == words.upper().split()
        assert not any(part.components for part in door.posted("#desk"))
        await door.bot.delete(place, sent.whole)
        assert door.posted("#desk") == []


async def test_parts_that_went_out_are_not_posted_again() -> None:
    async with Door() as door:
        card = Card(text="word " * 900)
        door.sim.faults.order("drop_before", POST, body='.1"')
        with pytest.raises(Ambiguous):
            await send(door, door.place("desk"), card)
        await send(door, door.place("desk"), card)
        assert len(door.posted("#desk")) == 3
        assert "".join(f"{part.content} " for part in door.posted("#desk")).count("word") == 900


async def test_the_same_nonce_is_one_message_also_after_the_program_died() -> None:
    async with Door() as door:
        door.sim.faults.order("drop_after", POST)
        with pytest.raises(Ambiguous):
            await send(door, door.place("desk"), nonce="n" * 25)
        await door.bot.stop()
        await door.open()
        await send(door, door.place("desk"), nonce="n" * 25)
        assert door.sim.texts("#desk") == ["Hello"]


async def test_a_post_is_found_in_the_history_by_its_nonce() -> None:
    async with Door() as door:
        place, since = door.place("desk"), door.clock()
        assert await door.bot.find_sent(place, "fd-1", since) is None
        await door.writes("omar", "fd-1", room="#desk")
        sent = await send(door, place)
        door.now += 3600
        await send(door, place, nonce="fd-11")
        assert await door.bot.find_sent(place, "fd-1", since) == sent
        assert await door.bot.find_sent(place, "fd-2", since) is None
        assert await door.bot.find_sent(place, "fd-1", since + timedelta(hours=1)) is None


async def test_a_card_that_died_before_its_thread_gets_it_when_it_is_found() -> None:
    async with Door() as door:
        since = door.clock()
        door.sim.faults.order("status", "POST .*/threads", status=503)
        with pytest.raises(Ambiguous):
            await send(door, door.place("desk"), DESK_CARD, opens="#42 Printer *on fire*")
        await door.bot.stop()
        await door.open()
        found = await door.bot.find_sent(door.place("desk"), "fd-1", since)
        assert found
        assert door.sim.world.channels[found.thread].name == "#42 Printer *on fire*"
        assert await door.bot.find_sent(door.place("desk"), "fd-1", since) == found


async def test_half_of_a_post_is_no_post_and_the_rest_follows() -> None:
    async with Door() as door:
        since, card = door.clock(), Card(text="word " * 900)
        door.sim.faults.order("drop_before", POST, body='.2$"')
        with pytest.raises(Ambiguous):
            await send(door, door.place("desk"), card)
        await door.bot.stop()
        await door.open()
        door.now += 3600  # long after Discord forgot the nonces
        assert await door.bot.find_sent(door.place("desk"), "fd-1", since) is None
        await send(door, door.place("desk"), card)
        assert "".join(f"{part.content} " for part in door.posted("#desk")).count("word") == 900


async def test_a_direct_message_is_looked_for_in_the_persons_conversation() -> None:
    async with Door() as door:
        since = door.clock()
        sent = await door.bot.direct(ERIK, HELLO, "fd-1")
        assert await door.bot.find_sent(Place("community", ERIK), "fd-1", since) == sent
        assert await door.bot.find_sent(Place("community", sent.room), "fd-1", since) == sent
        assert await door.bot.find_sent(Place("community", ANNA), "fd-1", since) is None


async def test_a_history_that_cannot_be_read_or_does_not_tell_leaves_it_open() -> None:
    async with Door() as door:
        place, since = door.place("desk"), door.clock()
        door.sim.faults.order("status", "GET /channels/{channel_id}/messages", status=503)
        with pytest.raises(Ambiguous):
            await door.bot.find_sent(place, "fd-1", since)
        await send(door, place, nonce="")
        with pytest.raises(Ambiguous):
            await door.bot.find_sent(place, "fd-1", since)


async def test_edits_and_marks_wake_a_thread_that_fell_asleep() -> None:
    async with Door() as door:
        root = await door.writes("anna", "Help")
        place = door.place("support", root, root)
        sent = await send(door, place)
        await door.sim.do("archive_thread", who="omar", thread=root)
        await door.bot.edit(place, sent.whole, Card(text="Hello!"), "edit")
        await door.sim.do("archive_thread", who="omar", thread=root)
        await door.bot.mark(place, sent.message_id, "held")
        await door.sim.do("archive_thread", who="omar", thread=root)
        await send(door, place, Card(text="Still here"), "fd-2")
        await door.bot.mark(place, root, "failed")
        assert door.sim.texts("#support", root) == ["Help", "Hello!", "Still here"]
        assert list(door.sim.world.messages[sent.message_id].reactions) == ["✋"]
        assert list(door.sim.world.messages[root].reactions) == ["⚠️"]


async def test_deleting_what_is_gone_is_done() -> None:
    async with Door() as door:
        sent = await send(door, door.place("desk"))
        await door.bot.delete(door.place("desk"), sent.whole)
        await door.bot.delete(door.place("desk"), sent.whole)
        with pytest.raises(Hopeless) as refused:
            await door.bot.edit(door.place("desk"), sent.whole, HELLO, "edit")
        assert refused.value.kind == "gone"


async def test_refusals_by_code() -> None:
    kinds = {
        "blocked": ("50007", "10013", "50278"),
        "forbidden": ("50013", "50001", "160005"),
        "gone": ("10003", "50083"),
        "invalid": ("50006",),
    }
    async with Door() as door:
        for kind, codes in kinds.items():
            for code in codes:
                door.sim.faults.order("error", POST, error=code)
                with pytest.raises(Hopeless) as refused:
                    await send(door, door.place("desk"))
                assert (code, refused.value.kind) == (code, kind)


async def test_who_blocked_the_bot_cannot_be_written_to() -> None:
    async with Door() as door:
        await door.sim.do("block", who="erik")
        with pytest.raises(Hopeless) as refused:
            await door.bot.direct(ERIK, HELLO, "fd-1")
        assert refused.value.kind == "blocked"


async def test_too_many_direct_conversations_at_once_are_opened_a_little_later() -> None:
    """A plain 400 (docs "JSON Error Codes": 40003), which says nothing about the person."""
    async with Door() as door:
        door.sim.faults.order("error", "POST /users/@me/channels", error="40003")
        with pytest.raises(TryLater) as refused:
            await door.bot.direct(ERIK, HELLO, "fd-1")
        assert refused.value.after > 0
        assert (await door.bot.direct(ERIK, HELLO, "fd-1")).message_id


@pytest.mark.parametrize("kind", ["drop_before", "drop_after"])
async def test_a_broken_connection_leaves_it_open_whether_it_arrived(kind: Any) -> None:
    async with Door() as door:
        door.sim.faults.order(kind, POST)
        with pytest.raises(Ambiguous):
            await send(door, door.place("desk"))
        await send(door, door.place("desk"))
        assert door.sim.texts("#desk") == ["Hello"]


async def test_failures_of_discords_own_are_ambiguous_and_a_closed_door_is_not() -> None:
    async with Door() as door:
        door.sim.faults.order("status", POST, status=503)
        with pytest.raises(Ambiguous):
            await send(door, door.place("desk"))
        await door.sim.stop()
        with pytest.raises(TryLater):
            await send(door, door.place("desk"))


async def test_long_pauses_that_discord_asks_for_are_the_relays_to_keep() -> None:
    async with Door() as door:
        door.sim.faults.order("rate_limit", POST, retry_after=600)
        with pytest.raises(TryLater) as later:
            await send(door, door.place("desk"))
        assert later.value.after == 600
        door.sim.faults.order("status", POST, status=429)  # a page of HTML, without a Via header
        with pytest.raises(TryLater) as walled:
            await send(door, door.place("general"))
        assert walled.value.after == 60
        await send(door, door.place("general"))


async def test_a_limit_that_others_used_up_is_waited_for() -> None:
    async with Door() as door:
        door.sim.faults.order("error", POST, error="shared")
        await send(door, door.place("desk"))
        assert door.sim.texts("#desk") == ["Hello"]
        assert [entry.status for entry in door.sim.log if entry.call == POST] == [429, 200]


async def test_giving_up_on_a_call_that_waits_for_a_global_limit_does_not_stop_all_others() -> None:
    async with Door() as door:
        door.sim.faults.order("error", POST, error="global")  # to wait for a second
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(send(door, door.place("desk")), 0.2)
        await asyncio.wait_for(send(door, door.place("general"), nonce="fd-2"), 3)
        assert door.sim.texts("#general") == ["Hello"]


async def test_a_revoked_token_is_not_the_posts_fault() -> None:
    async with Door() as door:
        await door.sim.do("revoke_token")
        with pytest.raises(TryLater) as later:
            await send(door, door.place("desk"))
        assert later.value.after == 60


async def test_an_empty_card_is_refused() -> None:
    async with Door() as door:
        with pytest.raises(Hopeless) as refused:
            await send(door, door.place("desk"), Card(text=" \n "))
        assert refused.value.kind == "invalid"
