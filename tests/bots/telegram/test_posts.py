"""What the bot says: sent once, edited, taken back, marked; and what each refusal means to the relay."""

import asyncio
from typing import Any

import pytest

from bots.port import Ambiguous, Button, Card, Hopeless, Moved, SendError, Sent, TryLater
from bots.telegram.tuning import Tuning
from inbox.model import Place
from tests.bots.telegram.rig import CLAIM, DESK, ERIK, MAJA, OLD_DESK, SUPPORT, Rig

HOME, OLD = Place("shop", ERIK), Place("shop", OLD_DESK)
LONG = "A sentence of words. " * 500


async def test_a_card_is_shown_as_it_is_whatever_stands_in_it() -> None:
    async with Rig() as door:
        card = Card(
            text="5 < 6 & <b>bold?</b> @everyone https://example.org",
            title="#1 <Printer>",
            lead="Omar & Lisa",
            quote="</blockquote>",
            fields=(("From <x>", "Erik & Co"),),
            footer="<i>",
            buttons=((Button("Claim", "claim:1", "primary"), Button("Discard", "discard:1", "danger")),),
            tone="bad",
        )
        sent = await door.bot.send(OLD, card, "n")
        message = door.sim.world.message("Old desk", sent.message_id)
        assert message.text == (
            "🔴 #1 <Printer>\nOmar & Lisa\n5 < 6 & <b>bold?</b> @\u200beveryone https://example.org\n</blockquote>\n\n"
            "From <x>: Erik & Co\n\n<i>"
        )
        kinds = [entity["type"] for entity in message.entities]
        assert kinds.count("bold") == 3 and kinds.count("blockquote") == 1 and kinds.count("italic") == 1
        assert [button.get("style") for button in message.keyboard[0]] == ["primary", "danger"]


async def test_markup_that_telegram_refuses_is_sent_plain() -> None:
    """TG-10."""
    async with Rig() as door:
        refusal = "Bad Request: can't parse entities: Unsupported start tag"
        door.sim.faults.order("error", "sendMessage", error=refusal)
        sent = await door.bot.send(OLD, Card(text="5 < 6", lead="Omar", buttons=CLAIM.buttons), "n")
        message = door.sim.world.message("Old desk", sent.message_id)
        assert (message.text, message.entities, len(message.keyboard)) == ("Omar\n5 < 6", [], 1)
        door.sim.faults.order("error", "editMessageText", error=refusal)
        await door.bot.edit(OLD, sent.whole, Card(text="6 > 5", lead="Omar"), "edit")
        assert message.text == "Omar\n6 > 5"


async def test_long_words_go_in_parts_with_the_buttons_on_the_last() -> None:
    """TG-10."""
    async with Rig() as door:
        words = "👨‍👩‍👧‍👦 " * 1500  # each of 11 UTF-16 units
        sent = await door.bot.send(OLD, Card(text=words, buttons=CLAIM.buttons), "n")
        parts = door.sim.said_by_bot("Old desk")
        assert [bool(part.keyboard) for part in parts] == [False] * (len(parts) - 1) + [True]
        assert sent.parts == tuple(str(part.id) for part in parts) and sent.message_id == sent.parts[0]
        assert "".join(part.text + " " for part in parts).split() == words.split()


async def test_parts_that_went_out_are_not_sent_again() -> None:
    async with Rig() as door:
        expected = door.called("sendMessage")
        door.sim.faults.order("rate_limit", "sendMessage", body="n.+", retry_after=3)
        door.sim.faults.clear()
        fault = door.sim.faults.order("latency", "sendMessage", seconds=0)
        limit = door.sim.faults.order("rate_limit", "sendMessage", retry_after=3)
        with pytest.raises(TryLater) as later:
            await door.bot.send(OLD, Card(text=LONG), "n")
        assert (fault.struck, limit.struck, later.value.after) == (1, 1, 3)
        assert len(door.shown("Old desk")) == 1
        await door.bot.send(OLD, Card(text=LONG), "n")
        assert len(door.shown("Old desk")) == 3
        assert "".join(part + " " for part in door.shown("Old desk")).split() == LONG.split()
        assert door.called("sendMessage") - expected == 4
        await door.bot.send(OLD, Card(text="another"), "n2")
        await door.bot.send(OLD, Card(text="another"), "n2")
        assert door.shown("Old desk")[3:] == ["another"] * 2, "what is done is done: the relay tells whether to repeat"


async def test_a_reply_chain_hangs_on_its_root_and_goes_on_without_it() -> None:
    async with Rig() as door:
        root = await door.bot.send(OLD, CLAIM, "n", opens="#1 Printer")
        assert root == Sent(root.message_id, OLD_DESK, ""), "no thread came of it: what follows hangs on the card"
        answer = await door.bot.send(OLD, Card(text="on the card"), "n2", answers=root.message_id)
        assert str(door.sim.world.message("Old desk", answer.message_id).reply_to) == root.message_id
        await door.bot.delete(OLD, root.whole)
        alone = await door.bot.send(OLD, Card(text="the card is gone"), "n3", answers=root.message_id)
        assert door.sim.world.message("Old desk", alone.message_id).reply_to == 0


async def test_topics_are_opened_filled_and_may_be_gone() -> None:
    async with Rig() as door:
        topic = await door.bot.open_topic(DESK, "#1 " + "x" * 200)
        place = Place("shop", DESK, topic)
        sent = await door.bot.send(place, CLAIM, "n", opens="#1 Printer")
        assert sent == Sent(sent.message_id, DESK, topic)
        await door.do("close_topic", who="maja", room="Desk", thread=topic)
        await door.bot.send(place, Card(text="an administrator may still write"), "n2")
        await door.do("delete_topic", who="maja", room="Desk", thread=topic)
        for call in (door.bot.send(place, CLAIM, "n3"), door.bot.edit(place, sent.whole, CLAIM, "edit")):
            with pytest.raises(Hopeless) as gone:
                await call
            assert gone.value.kind == "gone"
        with pytest.raises(Hopeless):
            await door.bot.open_topic(OLD_DESK, "#1")


async def test_edits_keep_their_buttons_and_what_is_so_already_is_no_failure() -> None:
    async with Rig() as door:
        sent = await door.bot.send(OLD, CLAIM, "n")
        await door.bot.edit(OLD, sent.whole, CLAIM, "edit")
        await door.bot.edit(OLD, sent.whole, Card(title="#1 Printer, held", buttons=CLAIM.buttons), "edit")
        message = door.sim.world.message("Old desk", sent.message_id)
        assert (message.text, len(message.keyboard)) == ("#1 Printer, held", 1)
        await door.bot.edit(OLD, sent.whole, Card(title="#1 Printer, solved"), "edit")
        assert message.keyboard == []


async def test_the_edit_of_a_long_post_reaches_all_its_parts() -> None:
    async with Rig() as door:
        sent = await door.bot.send(OLD, Card(text=LONG, buttons=CLAIM.buttons), "n")
        known = sent.whole
        for words in (LONG.replace("A sentence", "One sentence"), LONG * 2, "short", LONG):
            known = await door.bot.edit(OLD, known, Card(text=words, buttons=CLAIM.buttons), f"edit {words[:1]}")
            parts = door.sim.said_by_bot("Old desk")
            assert known == tuple(str(part.id) for part in parts) and known[0] == sent.message_id
            assert "".join(part.text + " " for part in parts).split() == words.split()
            assert [bool(part.keyboard) for part in parts] == [False] * (len(parts) - 1) + [True]
        await door.bot.delete(OLD, known)
        assert door.shown("Old desk") == []


async def test_parts_that_telegram_does_not_take_back_any_more_are_emptied() -> None:
    """A bot may delete its messages for 48 hours, and edit them for ever (Bot API, deleteMessage)."""
    async with Rig() as door:
        sent = await door.bot.send(OLD, Card(text=LONG, buttons=CLAIM.buttons), "n")
        door.sim.faults.order(
            "error", "deleteMessage", times=9, error="Bad Request: message can't be deleted for everyone"
        )
        with pytest.raises(Hopeless):
            await door.bot.delete(OLD, sent.whole)
        assert door.called("deleteMessage") == 3, "each was tried"
        known = await door.bot.edit(OLD, sent.whole, Card(text="deleted"), "edit")
        assert door.shown("Old desk") == ["deleted", "…", "…"] and known == sent.whole
        assert not any(part.keyboard for part in door.sim.said_by_bot("Old desk"))


async def test_marks_are_reactions_that_telegram_knows() -> None:
    async with Rig() as door:
        said = await door.says("omar", "Old desk", "It is fixed.")
        for mark, emoji in (("held", "🤔"), ("failed", "👎"), ("sent", "👌")):
            await door.bot.mark(OLD, said.message_id, mark)  # type: ignore[arg-type]
            found = door.sim.world.message("Old desk", said.message_id).reactions
            assert list(found.values()) == [[emoji]]


async def test_it_says_what_it_cannot() -> None:
    async with Rig() as door:
        with pytest.raises(Hopeless) as whisper:
            await door.bot.whisper(OLD, MAJA, CLAIM)
        assert whisper.value.kind == "unknown_ability"
        with pytest.raises(Ambiguous):
            await door.bot.find_sent(OLD, "n", door.now)
        for call in (door.bot.send(OLD, Card(), "n"), door.bot.edit(OLD, ("1",), Card(text=" \n"), "e")):
            with pytest.raises(Hopeless, match="nothing to say"):
                await call


REFUSALS: list[tuple[str, str]] = [
    ("Forbidden: bot was blocked by the user", "blocked"),
    ("Forbidden: user is deactivated", "blocked"),
    ("Forbidden: bot can't initiate conversation with a user", "blocked"),
    ("Forbidden: bot was kicked from the supergroup chat", "forbidden"),
    ("Forbidden: bot is not a member of the supergroup chat", "forbidden"),
    ("Bad Request: chat not found", "blocked"),
    ("Bad Request: message thread not found", "gone"),
    ("Bad Request: TOPIC_CLOSED", "gone"),
    ("Bad Request: message to be replied not found", "gone"),
    ("Bad Request: not enough rights to send text messages to the chat", "forbidden"),
    ("Bad Request: message is too long", "invalid"),
    ("Bad Request: BUTTON_DATA_INVALID", "invalid"),
    ("Not Found", "unknown_ability"),
]


async def test_each_refusal_is_told_by_what_it_means() -> None:
    """TG-08."""
    async with Rig() as door:
        for text, kind in REFUSALS:
            door.sim.faults.order("error", "sendMessage", error=text)
            with pytest.raises(Hopeless) as refused:
                await door.bot.send(HOME, CLAIM, "n")
            assert refused.value.kind == kind, text
        door.sim.faults.order("error", "sendMessage", error="Bad Request: chat not found")
        with pytest.raises(Hopeless) as gone:
            await door.bot.send(OLD, CLAIM, "n")
        assert gone.value.kind == "gone", "a group is no person who has not pressed Start"


async def test_what_people_do_to_a_bot_is_told_by_what_it_means() -> None:
    """TG-08, TG-09."""
    async with Rig() as door:
        with pytest.raises(Hopeless, match="Start") as stranger:
            await door.bot.direct("700100005", CLAIM, "n") if await door.do("kick_bot", room="Desk") else None
            await door.bot.direct("799999999", CLAIM, "n")
        assert stranger.value.kind == "blocked"
        with pytest.raises(Hopeless) as kicked:
            await door.bot.send(Place("shop", DESK), CLAIM, "n")
        assert kicked.value.kind == "forbidden", "nobody is unreachable because a group threw the bot out"
        await door.do("start", who="erik")
        await door.do("block", who="erik")
        with pytest.raises(Hopeless) as blocked:
            await door.bot.send(HOME, CLAIM, "n")
        assert blocked.value.kind == "blocked"
        new = await door.do("migrate", room="Support")
        with pytest.raises(Moved) as moved:
            await door.bot.send(Place("shop", SUPPORT), CLAIM, "n")
        assert moved.value.room == new


async def test_only_what_was_surely_not_sent_may_be_sent_again() -> None:
    """TG-06."""
    async with Rig(tuning=Tuning(call=0.2)) as door:
        await door.do("start", who="erik")
        faults: list[tuple[str, dict[str, Any], type[SendError]]] = [
            *(("rate_limit", {"retry_after": seconds}, TryLater) for seconds in (1, 35, 3600)),
            ("error", {"error": "Unauthorized"}, TryLater),
            ("status", {"status": 502}, Ambiguous),
            ("error", {"error": "Internal Server Error: odd"}, Ambiguous),
            ("drop_after", {}, Ambiguous),
            ("hang_after", {"seconds": 0.5}, Ambiguous),
        ]
        for kind, how, meaning in faults:
            door.sim.faults.order(kind, "sendMessage", **how)  # type: ignore[arg-type]
            with pytest.raises(meaning) as failed:
                await door.bot.send(HOME, CLAIM, kind)
            assert "AAfake" not in str(failed.value) and "://" not in str(failed.value)
            assert getattr(failed.value, "after", 0) >= how.get("retry_after", 0), "not before it is asked to"
        assert len(door.shown("dm:erik")) == 2, "two of them had arrived, and nothing was repeated"
        await door.sim.stop()
        with pytest.raises(TryLater, match="could not be reached"):
            await door.bot.send(HOME, CLAIM, "n")


async def test_the_pace_is_what_telegram_takes() -> None:
    """A hundred cards in one group, and a busy minute in many chats: nothing is ever refused for coming too fast."""
    from random import Random

    from bots.pacing import Pacer
    from bots.simulator.telegram.limits import Limits
    from bots.telegram.adapter import TelegramPlatform

    now = 0.0
    pacer, limits, random = Pacer(TelegramPlatform.pace, lambda: now), Limits(), Random(1)
    rooms = [-1, -2, 3, 4, 5]
    for number in range(600):
        room = rooms[0] if number < 100 else random.choice(rooms)
        now += pacer.wait_for_room(str(room))
        now += pacer.book_line()
        pacer.book_room(str(room))
        assert limits.take(now, room, room < 0) == 0.0


async def test_two_posts_at_once_do_not_mix() -> None:
    async with Rig() as door:
        await door.do("start", who="erik")
        await asyncio.gather(*(door.bot.send(HOME, Card(text=f"post {n}"), f"n{n}") for n in range(20)))
        assert sorted(door.shown("dm:erik")) == sorted(f"post {n}" for n in range(20))
