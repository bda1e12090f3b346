"""Commands, buttons and forms: answered in time, for the person's eyes, and never lost."""

import asyncio
from typing import Any

import pytest

from bots.port import Answer, Button, Card
from bots.simulator.discord import Tuning as Figures
from tests.bots.discord.rig import ANNA, LISA, OMAR, Door

CALLBACK = "POST /interactions/{interaction_id}/{interaction_token}/callback"
CARD = Card(
    title="#42 Printer",
    buttons=((Button("Claim", "claim:42"), Button("Reply", "replyform:42"), Button("Comment", "comment:42")),),
)


async def card(door: Door, room: str = "desk") -> str:
    sent = await door.bot.send(door.place(room), CARD, f"fd-{room}", opens="#42")
    return sent.message_id


async def press(door: Door, who: str, label: str, message: str, room: str = "#desk") -> Any:
    return await door.sim.do("press", who=who, room=room, message=message, label=label)


async def test_a_press_is_acknowledged_at_once_and_answered_for_one_persons_eyes() -> None:
    async with Door() as door:
        message = await card(door)
        door.front.hold = asyncio.Event()
        shown = await press(door, "omar", "Claim", message)
        assert shown["ok"]
        assert not shown["thinking"]
        assert door.sim.whispers("omar") == []
        door.front.hold.set()
        await door.sim.until(lambda: door.sim.whispers("omar"))
        assert [whisper.content for whisper in door.sim.whispers("omar", "#desk")] == ["Done."]
        (pressed,) = door.front.presses
        assert (pressed.action, pressed.message_id, pressed.direct) == ("claim:42", message, False)
        assert pressed.place == door.place("desk", root=message)
        assert (pressed.by.external_id, pressed.by.name, pressed.by.language) == (OMAR, "Omar", "en-US")
        assert pressed.key.startswith("community/press/")


async def test_an_answer_may_take_the_place_of_the_message() -> None:
    async with Door() as door:
        asked = await door.bot.direct(ANNA, CARD, "fd-1")
        door.front.answer = Answer(Card(text="That belongs to #42 now."), replace=True)
        await press(door, "anna", "Claim", asked.message_id, room="dm")
        await door.sim.until(lambda: door.sim.texts("dm:Anna") == ["That belongs to #42 now."])
        assert door.sim.last("dm:Anna").components == []
        assert door.front.presses[0].direct


async def test_a_press_that_needs_no_answer_gets_none() -> None:
    async with Door() as door:
        door.front.answer = Answer()
        assert (await press(door, "omar", "Claim", await card(door)))["ok"]
        await door.front.until(lambda: door.front.presses)
        assert door.sim.whispers("omar") == []


async def test_a_button_opens_its_form_as_the_first_thing_and_what_is_filled_in_comes_back() -> None:
    async with Door() as door:
        message = await card(door)
        shown = await press(door, "omar", "Reply", message)
        assert shown["ok"]
        assert shown["modal"]
        assert door.front.presses == []
        await door.sim.do("submit", who="omar", values={"words": "Try turning it off.\nAnd on."})
        await door.sim.until(lambda: [w.content for w in door.sim.whispers("omar")] == ["Done."])
        (filled,) = door.front.forms
        assert (filled.form, dict(filled.values)) == ("reply:42", {"words": "Try turning it off.\nAnd on."})
        assert filled.by.external_id == OMAR
        assert filled.place.room == door.id("desk")
        assert [(form, by.external_id) for form, by in door.front.begun_] == [("reply:42", OMAR)]


async def test_the_words_of_a_refused_form_come_back() -> None:
    async with Door() as door:
        await press(door, "omar", "Reply", await card(door))
        door.front.answer = Answer(Card(text="Lisa holds #42."), refused=True)
        await door.sim.do("submit", who="omar", values={"words": "My *long* answer"})
        await door.sim.until(lambda: door.sim.whispers("omar"))
        assert (await _whispered(door, "omar")) == "Lisa holds #42.\n> My \\*long\\* answer"


async def _whispered(door: Door, who: str) -> str:
    def look() -> str:
        return door.sim.whispers(who)[-1].content if door.sim.whispers(who) else ""

    return await door.sim.until(look)


async def test_commands_are_typed_with_options_or_in_words() -> None:
    async with Door() as door:
        cases = {
            "/claim 42": "claim 42",
            "/claim": "claim",
            "/ticket claim 42": "claim 42",
            "/ticket": "",
            "/reply text:It is fixed number:42": "reply 42 It is fixed",
            "/reply text:It is fixed": "reply It is fixed",
            "/reply text:3 printers number:42": "reply 42 3 printers",
            "/assign person:Lisa number:42": f"assign 42 <@{LISA}>",
            "/next": "next",
            "/comment text:Thanks a lot": "comment Thanks a lot",
        }
        for text in cases:
            shown = await door.sim.do("command", who="omar", room="#desk", text=text)
            assert shown["ok"], text
        await door.front.until(lambda: len(door.front.commands) == len(cases))
        assert [command.words for command in door.front.commands] == list(cases.values())
        first = door.front.commands[0]
        assert (first.place, first.direct, first.at) == (door.place("desk"), False, door.clock())


async def test_words_that_begin_with_a_number_are_not_taken_for_a_tickets() -> None:
    from bots.commands import parse

    async with Door() as door:
        await door.sim.do("command", who="omar", room="#desk", text="/note text:3 printers burn")
        (command,) = await door.front.until(lambda: door.front.commands)
        asked = parse(command.words)
        assert (asked.verb.name, asked.ticket) == ("note", None)
        assert asked.words.endswith("3 printers burn")


async def test_a_command_in_a_thread_says_which() -> None:
    async with Door() as door:
        thread = await card(door)
        await door.sim.do("command", who="omar", room="#desk", thread=thread, text="/resolve")
        (command,) = await door.front.until(lambda: door.front.commands)
        assert command.place == door.place("desk", thread, thread)


async def test_a_command_is_answered_where_it_was_deferred() -> None:
    async with Door() as door:
        door.front.hold = asyncio.Event()
        shown = await door.sim.do("command", who="omar", room="#desk", text="/queue")
        assert shown["thinking"]
        door.front.answer = Answer(Card(title="Queue", text="word " * 1500, fields=(("#1", "new"),)))
        door.front.hold.set()
        await door.sim.until(lambda: len(door.sim.whispers("omar")) == 3)
        texts = [whisper.text for whisper in door.sim.whispers("omar")]
        assert "".join(texts).count("word") == 1500
        assert texts[-1].endswith("\\#1: new") or texts[-1].endswith("#1: new")
        assert [message for message in door.posted("#desk") if not message.viewer_id] == []


async def test_a_command_with_nothing_to_say_leaves_nothing() -> None:
    async with Door() as door:
        door.front.answer = Answer()
        await door.sim.do("command", who="omar", room="#desk", text="/next")
        await door.sim.until(lambda: door.sim.whispers("omar") == [] and door.front.commands)


async def test_in_direct_messages_commands_work_too_and_tell_the_language() -> None:
    async with Door() as door:
        await door.sim.do("add_person", name="Eva", language="sv")
        await door.sim.do("command", who="Eva", room="dm", text="/help")
        (command,) = await door.front.until(lambda: door.front.commands)
        assert command.direct
        assert command.by.language == "sv-SE"


async def test_an_answer_that_comes_after_the_token_ran_out_goes_by_direct_message() -> None:
    async with Door() as door:
        message = await card(door)
        door.front.hold = asyncio.Event()
        await press(door, "omar", "Claim", message)
        await door.sim.do("command", who="lisa", room="#desk", text="/claim 42")
        await door.front.until(lambda: door.front.presses and door.front.commands)
        door.now += 901
        door.front.hold.set()
        await door.sim.until(lambda: door.sim.texts("dm:Omar") == ["Done."])
        await door.sim.until(lambda: door.sim.texts("dm:Lisa") == ["Done."])


async def test_just_before_the_token_runs_out_the_answer_goes_where_it_was_asked() -> None:
    async with Door() as door:
        message = await card(door)
        door.front.hold = asyncio.Event()
        await press(door, "omar", "Claim", message)
        await door.front.until(lambda: door.front.presses)
        door.now += 899
        door.front.hold.set()
        await door.sim.until(lambda: door.sim.whispers("omar"))
        assert door.calls("POST /users/@me/channels") == 0


@pytest.mark.parametrize("code", ["10062", "40060"])
async def test_the_deed_is_done_also_when_the_acknowledgement_is_refused(code: str) -> None:
    async with Door(figures=Figures(interaction_seconds=0.1)) as door:
        message = await card(door)
        door.sim.faults.order("error", CALLBACK, error=code)
        await press(door, "omar", "Claim", message)
        await door.front.until(lambda: door.front.presses)
        await door.sim.until(lambda: door.sim.texts("dm:Omar") == ["Done."])


async def test_a_form_that_came_too_late_is_answered_by_direct_message() -> None:
    async with Door(figures=Figures(interaction_seconds=0.1)) as door:
        message = await card(door)
        door.sim.faults.order("error", CALLBACK, error="10062")
        await press(door, "omar", "Reply", message)
        await door.front.until(lambda: door.front.presses)
        await door.sim.until(lambda: door.sim.texts("dm:Omar") == ["Done."])


async def test_an_interaction_that_is_told_twice_is_done_once() -> None:
    async with Door() as door:
        message = await card(door)
        await door.sim.do("duplicate_next")
        await press(door, "omar", "Claim", message)
        await door.writes("anna", "and then")
        await door.front.hears("and then")
        await door.sim.until(lambda: door.sim.whispers("omar"))
        assert len(door.front.presses) == 1


async def test_who_cannot_be_reached_at_all_does_not_break_the_door() -> None:
    async with Door() as door:
        message = await card(door)
        await door.sim.do("block", who="omar")
        door.front.hold = asyncio.Event()
        await press(door, "omar", "Claim", message)
        await door.front.until(lambda: door.front.presses)
        door.now += 901
        door.front.hold.set()
        await door.writes("anna", "still there?")
        await door.front.hears("still there?")
        await door.bot.stop()  # which lets what is under way end
        assert door.calls("POST /channels/{channel_id}/messages") == 2
        assert door.sim.texts("dm:Omar") == []


async def test_buttons_work_after_a_restart() -> None:
    async with Door() as door:
        message = await card(door)
        await door.bot.stop()
        await door.open()
        await press(door, "omar", "Claim", message)
        await door.front.until(lambda: door.front.presses)


async def test_the_commands_are_registered_once_in_every_language() -> None:
    async with Door(fresh=True) as door:
        put = "PUT /applications/{application_id}/commands"
        assert door.calls(put) == 1
        known = {command["name"]: command for command in door.sim.world.app.commands.values()}
        assert {"ticket", "claim", "reply", "help"} <= set(known)
        assert known["claim"]["description_localizations"]["sv-SE"].startswith("Ta ett ärende")
        assert known["claim"]["description_localizations"]["da"]
        assert known["claim"]["contexts"] == [0, 1]
        await door.bot.stop()
        await door.open()
        assert door.calls(put) == 1, "nothing changed"
        known["claim"]["description"] = "Something else"
        await door.bot.stop()
        await door.open()
        assert door.calls(put) == 2


async def test_without_its_commands_the_door_opens_all_the_same() -> None:
    async with Door(connect=False, fresh=True) as door:
        door.sim.faults.order("status", "PUT /applications/{application_id}/commands", status=429)
        await door.open()
        assert door.bot.health().ok


async def point(door: Door, who: str, message: str, room: str) -> Any:
    return await door.sim.do("context_menu", who=who, room=room, message=message, name="Make a ticket")


async def test_a_message_that_somebody_points_at_is_handed_in_with_its_author_and_moves_no_mark() -> None:
    async with Door() as door:
        await door.sim.do("rename", who="anna", nick="Anna A.")
        sent = await door.writes("anna", "The <@" + LISA + "> printer burns", room="#general")
        await door.front.until(lambda: door.front.said_)
        root = await door.writes("erik", "Mine too", room="#support")
        await door.sim.do("create_thread", who="erik", room="#support", name="Mine", message=root)
        inside = await door.writes("erik", "And mine", thread=root)
        post = await door.sim.do("post", who="erik", room="#help-forum", name="Lag", text="It lags")
        for message, room in ((sent, "#general"), (inside, root), (post, post)):
            shown = await point(door, "omar", message, room)
            assert shown["ok"]
        await door.front.until(lambda: len(door.front.pointed_) == 3)
        top, within, begun = [pointed.said for pointed in door.front.pointed_]
        assert (top.text, top.author.external_id, top.opens) == ("The @Lisa printer burns", ANNA, sent)
        assert (top.place, top.cursor) == (door.place("general", root=sent), False)
        assert (within.text, within.place) == ("And mine", door.place("support", root, root))
        assert begun.text == "Lag\n\nIt lags"
        assert {(p.by.external_id, p.by.language) for p in door.front.pointed_} == {(OMAR, "en-US")}
        assert len({p.key for p in door.front.pointed_}) == 3
        await door.sim.until(lambda: len(door.sim.whispers("omar")) == 3)


async def test_words_of_bots_are_told_to_be_that() -> None:
    async with Door() as door:
        message = await card(door, "general")
        await point(door, "omar", message, "#general")
        (pointed,) = await door.front.until(lambda: door.front.pointed_)
        assert (pointed.said.author.bot, pointed.said.text, pointed.said.message_id) == (True, "", message)


async def test_below_a_message_that_became_a_ticket_the_desk_listens_wherever_it_is() -> None:
    async with Door(connect=False) as door:
        await door.open("#support")
        sent = await door.writes("anna", "Who can help?", room="#general")
        await door.sim.do("create_thread", who="anna", room="#general", name="Help", message=sent)
        door.front.answer = Answer(Card(text="No."), refused=True)
        await point(door, "omar", sent, "#general")
        await door.sim.until(lambda: [told.content for told in door.sim.whispers("omar")] == ["No."])
        await door.writes("anna", "Nobody?", thread=sent)
        await door.writes("anna", "Hello?")
        await door.front.hears("Hello?")
        door.front.answer = Answer(Card(text="It is #42."))
        await point(door, "omar", sent, "#general")
        await door.sim.until(lambda: [told.content for told in door.sim.whispers("omar")] == ["No.", "It is #42."])
        await door.writes("anna", "Thank you!", thread=sent)
        await door.front.hears("Hello?", "Thank you!")


async def test_where_the_bot_sees_nothing_no_ticket_is_made() -> None:
    async with Door() as door:
        room = await door.sim.do("add_room", name="vip", private=True, members=["omar", "anna"], bot=False)
        sent = await door.writes("anna", "Between us", room=room)
        await point(door, "omar", sent, room)
        await door.sim.until(lambda: any("I am not in that" in told.content for told in door.sim.whispers("omar")))
        assert door.front.pointed_ == []
