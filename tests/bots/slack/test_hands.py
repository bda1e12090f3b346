"""Commands, buttons and forms: answered in time or later, by the best way that is open."""

import asyncio
import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest

from bots.port import Answer, Button, Card, Command, Press
from inbox.errors import StoreUnavailable
from inbox.model import Place
from tests.bots.slack.rig import IT_DESK, IT_HELP, LISA, OMAR, QUICK, REPLY_FORM, Door, text_answer

CARD = Card(
    title="#42 Printer on fire",
    buttons=((Button("Claim", "claim:42", "primary"), Button("Reply", "replyform:42")),),
)
DESK = Place("acme", IT_DESK)
Shown = Mapping[str, Any]


async def card(door: Door, place: Place = DESK) -> str:
    return (await door.platform.send(place, CARD, f"fd-{place.thread}")).message_id


async def press(door: Door, message: str, label: str = "Claim", who: str = "omar", room: str = "#it-desk") -> Shown:
    shown: Shown = await door.sim.do("press", who=who, room=room, message=message, label=label)
    return shown


async def command(door: Door, text: str, who: str = "omar", room: str = "#it-desk") -> Shown:
    shown: Shown = await door.sim.do("command", who=who, room=room, text=text)
    return shown


def whispers(door: Door, who: str = "omar") -> list[tuple[str, str]]:
    """What that person is shown privately: (room, text)."""
    return [(one.room, door.sim.text(one)) for one in door.sim.whispers(who)]


# commands


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("/ticket claim 42", "claim 42"),
        ("/claim 42", "claim 42"),
        ("/ticket", ""),
        ("/next", "next "),
        ("/ticket   reply 42  It's <done> & dusted", "reply 42  It's <done> & dusted"),
        ("/ticket reply 42 Ask <@U0LISA00001|lisa> &amp; me", "reply 42 Ask @lisa & me"),
        ("/ticket assign 42 <@U0LISA00001|lisa>", "assign 42 <@U0LISA00001|lisa>"),
        ("/assign 42 <@U0LISA00001>", "assign 42 <@U0LISA00001>"),
        ("/ticket tilldela 42 @Lisa", "tilldela 42 @Lisa"),
        ("/helpdesk claim 42", "claim 42"),
    ],
)
async def test_what_a_command_says(typed: str, words: str) -> None:
    async with Door() as door:
        for name in ("helpdesk", "assign", "next"):
            await door.sim.do("register_command", name=name)
        shown = await command(door, typed)
        (asked,) = door.notes.commands
        assert shown["ok"] and asked.words == words
        assert (asked.by.external_id, asked.by.name) == (OMAR, "Omar")
        assert (asked.place.room, asked.direct) == (IT_DESK, False)
        assert asked.key.startswith("acme/command/")


async def test_a_commands_answer_comes_with_its_acknowledgement_and_for_them_only() -> None:
    async with Door() as door:
        door.notes.answers = lambda _: Answer(Card(text="#42 is yours", buttons=((Button("Release", "release:42"),),)))
        shown = await command(door, "/claim 42")
        assert shown["ok"] and "#42 is yours" in shown["text"]
        ((room, text),) = whispers(door)
        assert room == IT_DESK and text.startswith("#42 is yours")
        assert not door.calls("response_url") and not door.sim.seen("#it-desk")


async def test_a_direct_command() -> None:
    async with Door() as door:
        await command(door, "/ticket show 1", who="anna", room="dm")
        assert door.notes.commands[0].direct


async def test_an_answer_for_all() -> None:
    async with Door() as door:
        door.notes.answers = lambda _: text_answer("Wifi is back", private=False)
        await command(door, "/ticket show 1")
        assert door.sim.texts("#it-desk") == ["Wifi is back"]


async def test_a_slow_desk_acknowledges_first_and_answers_later() -> None:
    async with Door() as door:
        door.notes.open.clear()
        door.notes.answers = lambda _: text_answer("#42 is yours")
        shown = await command(door, "/claim 42")
        assert shown["ok"] and not shown["text"]
        door.notes.open.set()
        await door.sim.until(lambda: whispers(door))
        assert whispers(door) == [(IT_DESK, "#42 is yours")] and len(door.calls("response_url")) == 1


async def test_a_long_answer_is_whole() -> None:
    async with Door() as door:
        door.notes.answers = lambda _: text_answer("\n".join(f"line {number} " + "x" * 90 for number in range(250)))
        await command(door, "/ticket show 1")
        await door.sim.until(lambda: len(whispers(door)) > 1)
        await door.until(lambda: "line 249" in whispers(door)[-1][1])
        assert "line 0 " in whispers(door)[0][1]


async def test_no_database_at_all() -> None:
    """The front says so in a sentence; where even that fails, Slack says that the app did not respond."""
    async with Door(ack_seconds=0.3) as door:
        door.notes.down = 1
        shown = await command(door, "/claim 42")
        assert not shown["ok"] and "did not respond" in shown["error"]


async def test_a_deed_that_fails_late_is_told() -> None:
    async with Door() as door:
        door.notes.open.clear()
        door.notes.down = 1
        await command(door, "/claim 42")
        door.notes.open.set()
        await door.sim.until(lambda: whispers(door))
        assert "database cannot be used" in whispers(door)[0][1]


async def test_a_command_opens_a_form() -> None:
    async with Door() as door:
        door.notes.answers = lambda _: Answer(form=REPLY_FORM)
        shown = await command(door, "/ticket reply 42")
        assert shown["ok"] and shown["view"]


# buttons


async def test_a_press_in_a_room() -> None:
    async with Door() as door:
        door.notes.answers = lambda _: text_answer("#42 is yours")
        message = await card(door)
        shown = await press(door, message)
        await door.sim.until(lambda: whispers(door))
        (pressed,) = door.notes.presses
        assert shown["ok"] and pressed.action == "claim:42" and pressed.message_id == message
        assert (pressed.place.room, pressed.place.thread, pressed.place.root) == (IT_DESK, "", message)
        assert (pressed.by.external_id, pressed.by.name, pressed.direct) == (OMAR, "Omar", False)
        assert whispers(door) == [(IT_DESK, "#42 is yours")] and whispers(door, "lisa") == []
        assert [one.thread_ts for one in door.sim.whispers("omar")] == [""]


async def test_the_cards_own_thread_does_not_swallow_the_answer() -> None:
    """A card with answers under it is a thread's root; who presses it in the room sees the room."""
    async with Door() as door:
        door.notes.answers = lambda _: text_answer("#42 is yours")
        message = await card(door)
        await door.says("lisa", "who takes it?", room="#it-desk", thread=message)
        await press(door, message)
        await door.sim.until(lambda: whispers(door))
        assert [one.thread_ts for one in door.sim.whispers("omar")] == [""]


async def test_a_press_in_a_thread_is_answered_there() -> None:
    async with Door() as door:
        door.notes.answers = lambda _: text_answer("Noted")
        root = await door.says("anna", "Help")
        message = await card(door, Place("acme", IT_HELP, root))
        await press(door, message, who="anna", room="#it-help")
        await door.sim.until(lambda: whispers(door, "anna"))
        (pressed,) = door.notes.presses
        assert (pressed.place.thread, pressed.place.root, pressed.message_id) == (root, root, message)
        assert [one.thread_ts for one in door.sim.whispers("anna")] == [root]


async def test_an_answer_takes_the_place_of_what_was_pressed() -> None:
    async with Door() as door:
        door.notes.answers = lambda _: Answer(Card(text="Thank you for telling us!"), replace=True)
        sent = await door.platform.direct("U0ANNA00001", CARD, "fd-1")
        await press(door, sent.message_id, who="anna", room="dm")
        await door.sim.until(lambda: door.sim.texts(sent.room) == ["Thank you for telling us!"])
        assert door.notes.presses[0].direct


async def test_an_answer_without_words_says_nothing() -> None:
    async with Door() as door:
        await press(door, await card(door))
        await door.settle()
        assert whispers(door) == [] and not door.calls("response_url")


async def test_pressing_twice_is_two_presses() -> None:
    async with Door() as door:
        message = await card(door)
        for _ in range(2):
            await press(door, message)
        assert len({one.key for one in door.notes.presses}) == 2


async def test_a_press_on_a_private_answer() -> None:
    async with Door() as door:
        door.notes.answers = lambda asked: (
            Answer(Card(text="Lisa took it", buttons=((Button("Take over", "take:42"),),)))
            if isinstance(asked, Command)
            else text_answer("Yours now", replace=True)
        )
        await command(door, "/claim 42")
        await press(door, door.sim.whispers("omar")[0].ts, label="Take over")
        await door.sim.until(lambda: [text for _, text in whispers(door)] == ["Yours now"])
        assert door.notes.presses[0].place.room == IT_DESK


async def test_a_slow_desk_answers_a_press_later() -> None:
    async with Door() as door:
        door.notes.answers = lambda _: text_answer("#42 is yours")
        message = await card(door)
        door.notes.open.clear()
        shown = await press(door, message)
        assert shown["ok"] and not door.calls("response_url")
        door.notes.open.set()
        await door.sim.until(lambda: whispers(door))


@pytest.mark.parametrize(
    ("faults", "where"),
    [
        ([("status", "response_url")], "whisper"),
        ([("drop_before", "response_url")], "whisper"),
        ([("status", "response_url"), ("error", "chat.postEphemeral")], "direct"),
        ([("status", "response_url"), ("status", "chat.postEphemeral"), ("drop_before", "conversations.open")], ""),
    ],
)
async def test_an_answer_finds_another_way(faults: list[tuple[Any, str]], where: str, logged: list[Any]) -> None:
    async with Door() as door:
        door.notes.answers = lambda _: text_answer("The secret link")
        message = await card(door)
        for kind, call in faults:
            door.sim.faults.order(kind, call, error="user_not_in_channel" if kind == "error" else "")
        shown = await press(door, message)
        assert shown["ok"]
        if where == "whisper":
            await door.sim.until(lambda: whispers(door) == [(IT_DESK, "The secret link")])
        elif where == "direct":
            await door.sim.until(lambda: door.sim.texts("dm:omar") == ["The secret link"])
        else:
            await door.until(lambda: any(entry["event"] == "slack.answer_lost" for entry in logged))
        assert door.sim.texts("#it-desk") == [door.sim.text(door.sim.seen("#it-desk")[0])]  # nothing for all


async def test_an_answer_after_half_an_hour() -> None:
    """SL-11."""
    async with Door() as door:
        door.notes.answers = lambda _: text_answer("At last")
        message = await card(door)
        door.notes.open.clear()
        await press(door, message)
        door.now += 1801
        door.notes.open.set()
        await door.sim.until(lambda: whispers(door) == [(IT_DESK, "At last")])
        assert len(door.calls("chat.postEphemeral")) == 1


# forms


async def form(door: Door, place: Place = DESK, who: str = "omar", room: str = "#it-desk") -> None:
    door.notes.form = REPLY_FORM
    shown = await press(door, await card(door, place), "Reply", who, room)
    assert shown["ok"] and shown["view"], shown


async def send(door: Door, words: str = "It works again.", who: str = "omar") -> Shown:
    shown: Shown = await door.sim.do("submit", who=who, values={"words": words})
    return shown


async def test_a_form_is_opened_sent_and_answered_where_it_was_opened() -> None:
    async with Door() as door:
        door.notes.answers = lambda _: text_answer("On its way")
        await form(door)
        shown = await send(door)
        await door.sim.until(lambda: whispers(door))
        (filled,) = door.notes.forms
        assert shown["ok"] and not shown["view"] and not door.notes.presses
        assert (filled.form, dict(filled.values)) == ("reply:42", {"words": "It works again."})
        assert (filled.place.room, filled.place.thread, filled.by.external_id) == (IT_DESK, "", OMAR)
        assert whispers(door) == [(IT_DESK, "On its way")]
        assert [(begun, by.external_id) for begun, by in door.notes.begun_] == [("reply:42", OMAR)]


async def test_a_form_from_a_thread_is_answered_in_the_thread() -> None:
    async with Door() as door:
        door.notes.answers = lambda _: text_answer("On its way")
        root = await door.says("lisa", "Look", room="#it-desk")
        await form(door, Place("acme", IT_DESK, root))
        await send(door)
        await door.sim.until(lambda: door.sim.whispers("omar"))
        assert [one.thread_ts for one in door.sim.whispers("omar")] == [root]
        assert door.notes.forms[0].place.thread == root


async def test_nothing_that_waits_comes_before_a_form() -> None:
    async with Door() as door:
        message = await card(door)
        door.notes.form = REPLY_FORM
        door.notes.open.clear()  # the desk hangs
        door.sim.faults.order("latency", "users.info", seconds=2.0)
        shown = await press(door, message, "Reply")
        assert shown["view"] and not door.calls("users.info")


async def test_a_refused_form_stays_open_with_its_words() -> None:
    async with Door() as door:
        door.notes.answers = lambda _: text_answer("Lisa holds #42.", refused=True)
        await form(door)
        shown = await send(door)
        assert shown["errors"] == {"words": "Lisa holds #42."} and shown["view"]
        door.notes.answers = lambda _: text_answer("On its way")
        again = await send(door)
        assert again["ok"] and not again["view"]
        assert len({one.key for one in door.notes.forms}) == 1  # the same form, sent again


async def test_a_form_that_is_refused_late_gives_its_words_back() -> None:
    async with Door() as door:
        await form(door)
        door.notes.open.clear()
        door.notes.answers = lambda _: text_answer("Lisa holds #42.", refused=True)
        shown = await send(door, "Two lines\nof <care>")
        assert shown["ok"] and not shown["view"]
        door.notes.open.set()
        await door.sim.until(lambda: whispers(door))
        assert whispers(door)[0][1].startswith("Lisa holds #42.")
        assert "Two lines\nof <care>" in whispers(door)[0][1]


async def test_a_form_whose_answer_cannot_be_whispered_is_answered_directly() -> None:
    async with Door() as door:
        door.notes.answers = lambda _: text_answer("On its way")
        await form(door)
        await door.sim.do("leave", who="omar", room="#it-desk")
        await send(door)
        await door.sim.until(lambda: door.sim.texts("dm:omar") == ["On its way"])


async def test_a_form_from_direct_messages_is_answered_there() -> None:
    async with Door() as door:
        door.notes.answers = lambda _: text_answer("Thank you")
        door.notes.form = REPLY_FORM
        sent = await door.platform.direct("U0ANNA00001", CARD, "fd-1")
        await press(door, sent.message_id, "Reply", "anna", "dm")
        await send(door, who="anna")
        await door.sim.until(lambda: "Thank you" in door.sim.texts("dm:anna"))


@pytest.mark.parametrize(
    "trouble",
    [
        lambda door: door.sim.faults.order("error", "views.open", error="expired_trigger_id"),
        lambda door: door.sim.faults.order("latency", "views.open", seconds=1.0),
        lambda door: door.sim.faults.order("drop_before", "views.open"),
        lambda door: door.sim.faults.order("status", "views.open"),
    ],
)
async def test_a_form_that_cannot_be_opened_is_a_sentence_and_nothing_is_lost(trouble: Callable[[Door], Any]) -> None:
    async with Door() as door:
        door.notes.answers = lambda asked: text_answer(f"Write: /reply 42 ({type(asked).__name__})")
        door.notes.form = REPLY_FORM
        message = await card(door)
        trouble(door)
        shown = await press(door, message, "Reply")
        assert shown["ok"]
        await door.sim.until(lambda: whispers(door) == [(IT_DESK, "Write: /reply 42 (Press)")])


async def test_what_is_set_aside_tells_nobody_how_to_answer_in_the_bots_name() -> None:
    async with Door() as door:
        door.notes.broken = lambda thing: isinstance(thing, Press | Command)
        message = await card(door)
        await press(door, message)
        await command(door, "/claim 42")
        assert len(door.notes.set_aside) == 2
        for raw, _ in door.notes.set_aside:
            told = json.loads(raw)
            assert {told[key] for key in ("token", "response_url", "trigger_id")} == {"…"} and OMAR in raw


async def test_a_form_that_hangs_and_a_slow_desk_have_three_seconds_together() -> None:
    """Slack tells a person that a command or press failed three seconds after it, whatever the time went into."""
    async with Door(tuning=replace(QUICK, answer_seconds=0.5), ack_seconds=0.9) as door:
        door.notes.answers = lambda _: text_answer("Done at last")
        door.notes.form = REPLY_FORM
        message = await card(door)
        door.notes.open.clear()
        door.sim.faults.order("latency", "views.open", seconds=1.5, times=2)
        pressed, typed = await asyncio.gather(press(door, message, "Reply"), command(door, "/ticket"))
        assert pressed["ok"] and typed["ok"]
        door.notes.open.set()
        await door.sim.until(lambda: whispers(door) == [(IT_DESK, "Done at last")] * 2)


async def test_an_old_trigger_is_too_old() -> None:
    """SL-11. The simulator's own expiry: the press lies more than three seconds back when the form is to be opened."""
    async with Door() as door:
        door.notes.answers = lambda _: text_answer("Write: /reply 42")
        message = await card(door)

        def late(action: str, language: str = "", connection: str = "", words: str = "") -> Any:
            door.now += 3.1
            return REPLY_FORM

        door.notes.opens_form = late  # type: ignore[method-assign]
        shown = await press(door, message, "Reply")
        assert shown["ok"] and not shown["view"]
        await door.sim.until(lambda: whispers(door) == [(IT_DESK, "Write: /reply 42")])


async def test_shortcuts_and_closed_forms_are_acknowledged() -> None:
    async with Door() as door:
        ts = await door.says("anna", "Help")
        for kind, name in (("global", "new_ticket"), ("message", "make_ticket")):  # of an app that was set up by hand
            await door.sim.do("register_shortcut", callback_id=name, name=name, kind=kind)
        for shown in (
            await door.sim.do("shortcut", who="anna", callback_id="new_ticket"),
            await door.sim.do("message_shortcut", who="omar", room="#it-help", message=ts, callback_id="make_ticket"),
        ):
            assert shown["ok"]
        await form(door)
        await door.sim.do("dismiss", who="omar")
        await door.settle()
        assert door.notes.set_aside == [] and all(one.acked for one in door.sim.deliveries)


async def test_who_presses_is_who_slack_says() -> None:
    async with Door() as door:
        await press(door, await card(door), who="lisa")
        assert [(one.by.external_id, one.by.name) for one in door.notes.presses] == [(LISA, "Lisa")]


async def test_a_press_while_the_database_is_gone_is_not_acknowledged() -> None:
    async with Door(ack_seconds=0.3) as door:
        message = await card(door)

        def gone(asked: Press) -> Answer:
            raise StoreUnavailable(why="gone")

        door.notes.answers = gone
        shown = await press(door, message)
        assert not shown["ok"]


# ways in on purpose


async def test_where_the_form_does_not_open_it_is_said_what_to_do() -> None:
    async with Door() as door:
        door.notes.answers = lambda asked: text_answer("Write to me directly" if isinstance(asked, Press) else "Help")
        assert (await door.sim.do("shortcut", who="anna", callback_id="ask"))["ok"]
        await door.sim.until(lambda: door.sim.texts("dm:anna") == ["Write to me directly"])
        shown = await command(door, "/ticket", who="anna", room="#it-help")
        assert shown["text"] == "Help" and not shown["view"]


async def test_a_command_with_words_opens_no_form() -> None:
    async with Door() as door:
        door.notes.form = REPLY_FORM
        for typed in ("/ticket claim 42", "/next"):
            assert not (await command(door, typed))["view"]
        assert [one.words.strip() for one in door.notes.commands] == ["claim 42", "next"]
        assert (await command(door, "/ticket  "))["view"] and len(door.notes.commands) == 2


async def test_whom_and_what_a_person_points_at() -> None:
    async with Door() as door:
        root = await door.says("anna", "Help")
        reply = await door.says("erik", "Me too, @Frontdesk", thread=root)
        sent = await door.platform.send(Place("acme", IT_HELP), Card(text="We are here"), "fd-1")
        own = await door.says("anna", "Only to you", room="dm")
        for who, room, message in (
            *(("omar", "#it-help", one) for one in (root, reply, sent.message_id)),
            ("anna", "dm", own),
        ):
            await door.sim.do("message_shortcut", who=who, room=room, message=message, callback_id="point")
        said = [one.said for one in door.notes.points]
        assert [(one.author.name, one.text, one.place.thread, one.direct) for one in said] == [
            ("Anna", "Help", "", False),
            ("Erik", "Me too, @Frontdesk", root, False),
            ("", "", "", False),
            ("Anna", "Only to you", "", True),
        ]
        assert [one.author.bot for one in said] == [False, False, True, False]
        assert {one.by.name for one in door.notes.points} == {"Omar", "Anna"}
        assert said[0].opens == root and not said[0].cursor


async def test_the_home_tab_is_drawn_when_it_is_opened_and_after_a_press() -> None:
    async with Door() as door:
        door.notes.page = lambda by: [Card(title=f"{by.name} {len(door.notes.presses)}"), CARD]
        await door.sim.do("open_home", who="omar", tab="messages")
        await door.sim.do("open_home", who="omar")
        await door.sim.until(lambda: door.calls("views.publish"))
        assert (await door.sim.do("press", who="omar", room="home", label="Claim"))["ok"]
        await door.sim.until(lambda: len(door.calls("views.publish")) == 2)
        (pressed,) = door.notes.presses
        assert (pressed.action, pressed.place.room, pressed.direct) == ("claim:42", "", False)
        view = door.sim.world.home_of(OMAR)
        assert view and view.body["blocks"][0]["text"]["text"] == "Omar 1"
        assert [block["type"] for block in view.body["blocks"]].count("divider") == 1


async def test_a_home_tab_that_slack_refuses_is_said(logged: list[Any]) -> None:
    async with Door() as door:
        door.sim.faults.order("error", "views.publish", error="not_enabled")
        await door.sim.do("open_home", who="omar")
        await door.until(lambda: [entry for entry in logged if entry["event"] == "slack.home_not_shown"])
