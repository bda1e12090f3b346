"""Commands and presses: what the desk is asked, and how people get their answers."""

from typing import Any

from bots.port import Answer, Button, Card
from bots.telegram.answers import MOST_EACH
from inbox.model import Place
from tests.bots.telegram.rig import BOT, CLAIM, DESK, ERIK, OLD_DESK, OMAR, PDF, PNG, Rig, gone

TAKE = ((Button("Take over", "take:1"), Button("Note", "noteform:1")),)


async def pressing(door: Rig, who: str, room: str, message: str, label: str = "Claim") -> Any:
    return await door.do("press", who=who, room=room, message=message, label=label)


# commands


async def test_commands_in_all_their_forms() -> None:
    async with Rig() as door:
        topic = await door.bot.open_topic(DESK, "#1")
        for typed, words in (
            ("/claim 42", "claim 42"),
            (f"/claim@{BOT} 42", "claim 42"),
            ("/ticket claim 42", "claim 42"),
            (f"/ticket@{BOT.upper()}  reply 42 It is\nfixed.", "reply 42 It is\nfixed."),
            ("/ticket", ""),
            ("/släpp 42", "släpp 42"),
            ("/start abc", "start abc"),
            ("/Claim\n42", "Claim 42"),
        ):
            command = await door.types("omar", "dm", typed)
            assert (command.words, command.direct, command.place.room) == (words, True, OMAR), typed
        command = await door.types("omar", "Desk", "/claim", thread=topic)
        assert (command.place.thread, command.direct, command.by.external_id) == (topic, False, OMAR)
        card = await door.bot.send(Place("shop", OLD_DESK), CLAIM, "n")
        answer = await door.do("write", who="omar", room="Old desk", text="/claim", reply_to=card.message_id)
        command = await door.until(
            lambda: next((c for c in door.front.of("commanded") if c.key.endswith(answer)), None)
        )
        assert command.reply_to == card.message_id
        assert door.front.of("said") == []


async def test_what_only_looks_like_a_command_is_words() -> None:
    async with Rig() as door:
        for text in ("/etc/passwd is gone", "see /claim 42", "/släde is no verb", "/ space", "//"):
            assert (await door.says("erik", "dm", text)).text == text
        assert door.front.of("commanded") == []


async def test_commands_of_other_bots_are_theirs() -> None:
    async with Rig() as door:
        await door.do("set_privacy", on=False)
        topic = await door.bot.open_topic(DESK, "#1")
        for text in ("/claim@other_bot 42", "/weather", "/weather@other_bot"):
            await door.do("write", who="erik", room="Support", text=text)
            await door.do("write", who="omar", room="Old desk", text=text)
        await door.do("write", who="erik", room="dm", text="/claim@other_bot 42")
        await door.says("erik", "dm", "the end")
        await door.quiet()
        assert door.front.words == ["the end"] and door.front.of("commanded") == []
        # what is nearly ours, or said to us, or in a ticket's place, is answered
        card = await door.bot.send(Place("shop", OLD_DESK), CLAIM, "n")
        assert (await door.types("omar", "Old desk", "/clam 42")).words == "clam 42"
        assert (await door.types("omar", "Desk", "/weather", thread=topic)).words == "weather"
        assert (await door.types("omar", "Old desk", f"/weather@{BOT}")).words == "weather"
        await door.do("write", who="omar", room="Old desk", text="/weather", reply_to=card.message_id)
        await door.until(lambda: len(door.front.of("commanded")) == 4)
        await door.do("add_room", name="Other", kind="supergroup", members=["omar"])
        await door.types("omar", "Other", f"/help@{BOT}")
        await door.do("write", who="omar", room="Other", text="/help")
        await door.says("erik", "dm", "the very end")
        assert len(door.front.of("commanded")) == 5


async def test_the_answer_stands_where_it_was_asked() -> None:
    async with Rig() as door:
        topic = await door.bot.open_topic(DESK, "#1")
        door.front.answer = Answer(Card(text="#1 is yours"))
        await door.types("erik", "dm", "/show 1")
        direct = await door.reads("#1 is yours", "dm:erik")
        assert direct.reply_to == 0
        command = await door.types("omar", "Desk", "/claim", thread=topic)
        inside = await door.reads("#1 is yours", "Desk")
        assert (inside.thread, str(inside.reply_to)) == (int(topic), command.place.root)


async def test_a_command_in_a_group_is_answered_to_who_typed_it_and_to_all_what_concerns_them() -> None:
    async with Rig() as door:
        await door.do("start", who="omar")
        door.front.answer = Answer(Card(text="#1 is yours"))
        await door.types("omar", "Desk", "/claim 1")
        await door.reads("#1 is yours", "dm:omar")
        assert door.shown("Desk") == []
        door.front.answer = Answer(Card(text="Maintenance at five"), private=False)
        await door.types("omar", "Desk", "/desk")
        await door.reads("Maintenance at five", "Desk")


async def test_a_secret_goes_to_the_person_alone() -> None:
    async with Rig() as door:
        await door.do("start", who="omar")
        door.front.answer = Answer(Card(text="https://inbox.example/signin/abc"), secret=True)
        await door.types("omar", "Desk", "/desk")
        await door.reads("/signin/abc", "dm:omar")
        assert door.shown("Desk") == []
        # Lisa never pressed Start: she is told to, in her language, and the link goes nowhere
        await door.types("lisa", "Desk", "/desk")
        told = await door.reads(f"t.me/{BOT}", "Desk")
        assert "Tryck på Start" in told.text
        assert not any("/signin/" in text for text in door.shown("Desk"))


async def test_an_answer_that_must_wait_holds_nothing_up() -> None:
    async with Rig() as door:
        door.front.answer = Answer(Card(text="Noted"))
        door.sim.faults.order("rate_limit", "sendMessage", retry_after=7)
        await door.types("erik", "dm", "/help")
        await door.until(lambda: door.naps.napping)
        assert door.naps.taken == [7.0]
        await door.says("erik", "dm", "goes on")
        await door.quiet()
        assert not door.sim.telegram.updates.queue, "the command was confirmed"
        door.naps.on()
        await door.reads("Noted", "dm:erik")


async def test_a_long_pause_that_telegram_asks_for_is_kept() -> None:
    async with Rig() as door:
        door.front.answer = Answer(Card(text="#1 is yours"))
        flood = door.sim.faults.order("rate_limit", "sendMessage", times=9, retry_after=300)
        await door.types("omar", "dm", "/claim 1")
        await door.until(lambda: flood.struck)
        await door.bot.stop()
        assert flood.struck == 1 and 30.0 not in door.naps.taken


async def test_an_answer_that_cannot_be_given_is_let_go() -> None:
    async with Rig() as door:
        door.front.answer = Answer(Card(text="Noted"))
        for number, fault in enumerate(("drop_after", "drop_before")):
            door.sim.faults.order(fault, "sendMessage")  # type: ignore[arg-type]
            await door.types("erik", "dm", f"/help {number}")
        await door.do("command", who="erik", room="dm", text="/help")
        await door.do("block", who="erik")
        await door.until(lambda: door.front.of("unreachable"))
        await door.quiet()
        assert door.front.of("quarantine") == []
        assert door.bot.health().ok


async def test_a_command_that_the_database_could_not_take_comes_again() -> None:
    async with Rig() as door:
        await door.pause()
        door.front.fails = [gone()]
        await door.do("command", who="omar", room="dm", text="/claim 42")
        await door.nap()
        assert door.front.of("commanded") == []
        door.naps.on()
        await door.until(lambda: len(door.front.of("commanded")) == 1)


async def test_a_caption_can_be_a_command_and_takes_its_file_along() -> None:
    async with Rig() as door:
        for text, words, free in (
            ("/ticket The shop is closed", "The shop is closed", True),
            (f"/reply@{BOT} 42 Here it is", "reply 42 Here it is", False),
            ("/ticket", "", True),
        ):
            await door.do("write", who="omar", room="dm", text=text, files=[PDF])
            [command] = await door.until(lambda: door.front.of("commanded"))
            assert (command.words, command.free, command.album) == (words, free, "")
            assert [file.name for file in command.files] == ["bill.pdf"]
            door.front.heard.clear()
        await door.quiet()
        await door.pause()
        ids = await door.do("album", who="omar", room="dm", files=[PNG, PNG], caption="/reply 42 These two")
        await door.nap()
        door.naps.on()
        [command] = await door.until(lambda: door.front.of("commanded"))
        assert (command.message_id, len(command.files), bool(command.album)) == (ids[0], 2, True)
        assert door.front.of("said") == []
        await door.do("write", who="omar", room="dm", text="/claim@other_bot 42", files=[PDF])
        await door.says("omar", "dm", "see /claim 42", files=[PDF])
        assert len(door.front.of("commanded")) == 1 and len(door.front.of("said")) == 1


async def test_a_caption_that_opened_a_ticket_is_edited_without_its_command() -> None:
    async with Rig() as door:
        typed = await door.do("write", who="erik", room="dm", text="/ticket The shop is closed", files=[PDF])
        await door.until(lambda: door.front.of("commanded"))
        await door.do("edit", who="erik", room="dm", message=typed, text="/ticket The shop is shut")
        [edit] = await door.until(lambda: door.front.of("edited"))
        assert (edit.message_id, edit.text) == (typed, "The shop is shut")


# presses


async def test_a_press_is_told_with_its_place_and_answered_with_a_toast() -> None:
    async with Rig() as door:
        topic = await door.bot.open_topic(DESK, "#1")
        card = await door.bot.send(Place("shop", DESK, topic), CLAIM, "n")
        door.front.answer = Answer(Card(text="#1 is yours"))
        shown = await pressing(door, "omar", "Desk", card.message_id)
        assert (shown["text"], shown["alert"]) == ("#1 is yours", False)
        [press] = door.front.of("pressed")
        assert (press.action, press.by.external_id, press.message_id) == ("claim:1", OMAR, card.message_id)
        assert (press.place.room, press.place.thread, press.direct) == (DESK, topic, False)
        assert door.shown("Desk") == ["#1 Printer"], "a toast litters no topic"


async def test_no_is_said_louder_and_what_is_long_stays_until_it_is_read() -> None:
    async with Rig() as door:
        card = await door.bot.send(Place("shop", OLD_DESK), CLAIM, "n")
        door.front.answer = Answer(Card(text="Omar took #1 9 s ago.", tone="warn"), refused=True)
        assert (await pressing(door, "lisa", "Old desk", card.message_id))["alert"]
        door.front.answer = Answer(Card(text="long " * 20))
        assert (await pressing(door, "lisa", "Old desk", card.message_id))["alert"]
        door.front.answer = Answer()
        assert await pressing(door, "lisa", "Old desk", card.message_id) == {
            "ok": True, "text": "", "url": "", "alert": False
        }  # fmt: skip


async def test_buttons_come_by_direct_message_and_litter_no_topic() -> None:
    async with Rig() as door:
        await door.do("start", who="lisa")
        card = await door.bot.send(Place("shop", OLD_DESK), CLAIM, "n")
        door.front.answer = Answer(Card(text="Maja took #1.", buttons=TAKE), refused=True)
        shown = await pressing(door, "lisa", "Old desk", card.message_id)
        assert (shown["text"], shown["alert"]) == ("Maja took #1.", True)
        mine = await door.reads("Maja took #1.", "dm:lisa")
        assert [button["text"] for button in mine.keyboard[0]] == ["Take over", "Note"]
        assert door.shown("Old desk") == ["#1 Printer"]
        shown = await pressing(door, "omar", "Old desk", card.message_id)  # who never pressed Start
        assert shown["text"] == "Maja took #1."
        # what no toast holds is said in place then, and so is what is for all
        door.front.answer = Answer(Card(title="#1", buttons=TAKE))
        await pressing(door, "omar", "Old desk", card.message_id)
        here = await door.until(lambda: next((m for m in door.sim.said_by_bot("Old desk") if m.text == "#1"), None))
        assert str(here.reply_to) == card.message_id
        door.front.answer = Answer(Card(text="for all", buttons=TAKE), private=False)
        await pressing(door, "lisa", "Old desk", card.message_id)
        await door.reads("for all", "Old desk")
        assert len(door.shown("Old desk")) == 3


async def test_what_is_too_long_for_a_toast_is_a_message() -> None:
    async with Rig() as door:
        card = await door.bot.direct(ERIK, CLAIM, "n") if await door.do("start", who="erik") else None
        assert card
        for answer in (Card(text="😀" * 101), Card(title="#1", fields=(("Held by", "Omar"),))):
            door.front.answer = Answer(answer)
            assert (await pressing(door, "erik", "dm:erik", card.message_id))["text"] == ""
        await door.reads("😀😀", "dm:erik")
        await door.reads("Held by", "dm:erik")


async def test_an_answer_can_take_the_pressed_ones_place() -> None:
    async with Rig() as door:
        await door.do("start", who="erik")
        card = await door.bot.direct(ERIK, CLAIM, "n")
        door.front.answer = Answer(Card(text="Thanks, that is #2 now."), replace=True)
        assert (await pressing(door, "erik", "dm:erik", card.message_id))["ok"]
        message = await door.reads("that is #2 now", "dm:erik")
        assert (str(message.id), message.keyboard) == (card.message_id, [])
        # a message that is gone meanwhile: the answer is said anew
        again = await door.bot.direct(ERIK, CLAIM, "n2")
        door.sim.faults.order("error", "editMessageText", error="Bad Request: message to edit not found")
        door.front.answer = Answer(Card(text="Thanks, that is #3 now."), replace=True)
        await pressing(door, "erik", "dm:erik", again.message_id)
        await door.reads("that is #3 now", "dm:erik")


async def test_a_press_that_is_answered_too_late_is_answered_by_a_message() -> None:
    """TG-12."""
    async with Rig() as door:
        await door.do("start", who="omar")
        card = await door.bot.send(Place("shop", OLD_DESK), CLAIM, "n")
        door.front.answer = Answer(Card(text="#1 is yours"))
        door.sim.answer_seconds = 0.05
        door.front.hold.clear()
        assert (await pressing(door, "omar", "Old desk", card.message_id))["error"] == "no answer"
        door.front.hold.set()
        await door.reads("#1 is yours", "dm:omar")
        assert door.front.of("quarantine") == []


async def test_a_press_on_what_telegram_cannot_show_any_more_still_counts() -> None:
    """TG-12."""
    async with Rig() as door:
        user = {"id": int(OMAR), "is_bot": False, "first_name": "Omar"}
        chat = {"id": int(DESK), "title": "Desk", "type": "supergroup"}
        old = {"chat": chat, "message_id": 7, "date": 0}
        shown: list[dict[str, Any]] = [{"message": old}, {"inline_message_id": "abc"}]
        for number, message in enumerate(shown):
            query = {"id": str(number), "from": user, "chat_instance": "1", "data": "claim:1", **message}
            door.poison({"callback_query": query})
        await door.until(lambda: len(door.front.of("pressed")) == 2)
        pressed = door.front.of("pressed")
        assert [(p.place.room, p.message_id, p.direct) for p in pressed] == [(DESK, "7", False), (OMAR, "", True)]


async def test_a_secret_pressed_for_is_never_shown_in_the_group() -> None:
    async with Rig() as door:
        card = await door.bot.send(Place("shop", OLD_DESK), CLAIM, "n")
        door.front.answer = Answer(Card(text="https://inbox.example/signin/abc"), secret=True)
        shown = await pressing(door, "omar", "Old desk", card.message_id)
        assert f"t.me/{BOT}" in shown["text"] and shown["alert"]
        await door.do("start", who="lisa")
        assert (await pressing(door, "lisa", "Old desk", card.message_id))["text"] == ""
        await door.reads("/signin/abc", "dm:lisa")
        assert door.shown("Old desk") == ["#1 Printer"]


async def test_who_floods_is_not_answered_to_everything_and_nobody_else_waits() -> None:
    async with Rig() as door:
        door.front.answer = Answer(Card(text="ok"))
        flood = door.sim.faults.order("rate_limit", "sendMessage", body=f"chat_id={OMAR}", times=1000, retry_after=9)
        for number in range(30):
            await door.do("command", who="omar", room="dm", text=f"/show {number}")
        await door.until(lambda: len(door.front.of("commanded")) == 30 and flood.struck == MOST_EACH)
        await door.types("erik", "dm", "/help")
        await door.reads("ok", "dm:erik")
        door.sim.faults.clear()
        door.naps.on()
        await door.until(lambda: len(door.shown("dm:omar")) == MOST_EACH)
        await door.says("omar", "dm", "sorry")
