"""Menus that are filled while one types, and what agents do with a message from its menu."""

from typing import Any

import pytest

from bots.port import Answer, Card, Field, Form, Sought
from bots.simulator.slack import Message
from bots.simulator.slack import blocks as kit
from bots.slack import render
from inbox.desk import canned
from inbox.model import Place
from inbox.store import Tx, messages, people, tickets
from tests.bots.slack.acme import Acme
from tests.bots.slack.rig import IT_DESK, OMAR, QUICK, Door
from tests.inbox.deeds import one_engine

WORDS = "Hi {requester}, turn it off and on."


async def card(acme: Acme) -> Message:
    """Anna's printer burns; its card."""
    await acme.writes("anna", "My printer burns", "#it-help")
    (found,) = [one for one in acme.slack.seen("#it-desk", "") if one.bot]
    return found


async def kept(acme: Acme, *names: str, text: str = WORDS) -> None:
    omar = await acme.desk.look(omars_id)
    for name in names:
        await acme.desk.do(canned.save, omar, "it", name, "en", text)


def blocks(acme: Acme, view: str) -> list[dict[str, Any]]:
    return list(acme.slack.world.views[view].body["blocks"])


@one_engine
async def test_omar_searches_reads_and_sends_a_canned_response(database_url: str) -> None:
    async with Acme(database_url, tuning=QUICK) as acme:
        await card(acme)
        await kept(acme, "reset", "vpn")
        await kept(acme, "hotel", text="Book a room")
        slack = acme.slack
        opened = await slack.do("command", who="omar", room="#it-desk", text="/canned 1")
        assert opened["view"] and not opened["text"], "a form, and no list beside it"
        found = await slack.do("suggest", who="omar", text="turn")
        assert [one["value"] for one in found] == ["reset", "vpn"]
        assert found[0]["text"]["text"] == f"reset — {WORDS}"
        await slack.do("choose", who="omar", option="hotel")
        await slack.until(lambda: "Book a room" in str(blocks(acme, opened["view"])))
        await slack.do("choose", who="omar", option="vpn")
        await slack.until(lambda: "Hi Anna, turn it off and on." in str(blocks(acme, opened["view"])))
        assert "Book a room" not in str(blocks(acme, opened["view"]))
        sent = await slack.do("submit", who="omar", values={})
        assert not sent["errors"] and not sent["view"]
        await acme.later(6)
        (asked,) = [one for one in slack.seen("#it-help", "") if not one.bot]
        assert slack.texts("#it-help", asked.ts)[-1] == "Omar  Hi Anna, turn it off and on."


@one_engine
async def test_agents_claim_split_and_keep_from_a_messages_menu(database_url: str) -> None:
    async with Acme(database_url, tuning=QUICK) as acme:
        shown, slack = await card(acme), acme.slack
        await slack.do("message_shortcut", who="omar", room="#it-desk", message=shown.ts, callback_id="Claim")
        await slack.until(lambda: slack.whispers("omar"))
        assert "#1" in slack.text(slack.whispers("omar")[-1])
        await slack.do("message_shortcut", who="lisa", room="#it-desk", message=shown.ts, callback_id="Claim")
        await slack.until(lambda: slack.whispers("lisa"))
        assert "Omar" in slack.text(slack.whispers("lisa")[-1])
        home = next(one for one in slack.seen("#it-help", "") if not one.bot)
        lamp = await acme.writes("anna", "And my lamp is dark", "#it-help", home.ts)
        assert lamp
        (copy,) = [one for one in slack.seen("#it-desk", shown.ts) if "my lamp" in slack.text(one)]
        await slack.do("message_shortcut", who="omar", room="#it-desk", message=copy.ts, callback_id="Split from here")
        await acme.done()
        ticket = await acme.desk.look(tickets.get, 2)
        assert ticket and ticket.subject == "And my lamp is dark"
        tip = await acme.writes("omar", "note: {requester}, try another bulb.", "#it-desk", shown.ts)
        view = await slack.do("message_shortcut", who="omar", room="#it-desk", message=tip, callback_id="keepwords")
        assert view["view"] and blocks(acme, view["view"])[1]["element"]["initial_value"].endswith("another bulb.")
        await slack.do("submit", who="omar", values={"name": "bulb", "words": "{requester}, try another bulb."})
        await acme.done()
        found = await acme.desk.look(canned.offered, await acme.desk.look(omars_id), "bulb")
        assert [(one.queue, one.name, one.text) for one in found] == [("it", "bulb", "{requester}, try another bulb.")]


def omars_id(tx: Tx) -> int:
    found = people.find(tx, "acme", OMAR)
    assert found
    return found.id


@one_engine
async def test_eyes_on_the_card_claim_and_who_comes_second_is_whispered_to(database_url: str) -> None:
    async with Acme(database_url, tuning=QUICK) as acme:
        shown, slack = await card(acme), acme.slack
        for who in ("omar", "lisa"):
            await slack.do("react", who=who, room="#it-desk", message=shown.ts, emoji="eyes")
            await acme.done()
        ticket = await acme.desk.look(tickets.get, 1)
        assert ticket and ticket.assignee_id == await acme.desk.look(omars_id)
        await slack.until(lambda: slack.whispers("lisa"))
        assert "Omar" in slack.text(slack.whispers("lisa")[-1]) and not slack.whispers("omar")
        said = await acme.desk.look(messages.of_ticket, 1)
        assert len(said) == 1


def test_a_menu_of_more_than_a_hundred_is_searched() -> None:
    options = tuple((f"q{n}", f"Line {n}") for n in range(101))
    for many, kind in ((100, "static_select"), (101, "external_select")):
        view = render.modal(
            Form("ask", "New", (Field("queue", "For whom?", "choice", options=options[:many]),), "Ask"), ""
        )
        assert kit.problems(view["blocks"], "modal") == []
        assert view["blocks"][0]["element"]["type"] == kind


async def test_what_is_typed_searches_a_long_menu_of_the_form_itself() -> None:
    async with Door() as door:
        options = tuple((f"q{n}", f"Line {n}") for n in range(150))
        door.notes.form = Form("ask", "New question", (Field("queue", "For whom?", "choice", options=options),), "Ask")
        await door.sim.do("command", who="anna", room="#it-help", text="/ticket")
        found = await door.sim.do("suggest", who="anna", text="line 14")
        assert [one["value"] for one in found] == ["q14", *(f"q{n}" for n in range(140, 150))]
        assert len(await door.sim.do("suggest", who="anna", text="")) == 100 and door.notes.sought == []


async def test_the_desk_is_asked_for_whom_and_where_it_is_typed() -> None:
    async with Door() as door:
        chosen = Field("name", "Which one?", "choice", search="canned:42")
        form = Form("canned:42", "Canned #42", (chosen,), "Send")
        door.notes.form, door.notes.found = form, [("vpn", "vpn — Switch it on")]
        door.notes.answers = lambda _: Answer(Card(text="A list"), form)
        await door.sim.do("command", who="omar", room="#it-desk", text="/canned 42")
        door.notes.answers = lambda _: Answer(Card(lead="It would read:", quote="Switch it on"))
        await door.sim.do("suggest", who="omar", text="vp")
        (sought,) = door.notes.sought
        assert sought == Sought(sought.by, "canned", "vp", Place("acme", IT_DESK), 42)
        assert sought.by.external_id == OMAR
        await door.sim.do("choose", who="omar", option="vpn")
        await door.settle()
        assert [press.action for press in door.notes.presses] == ["canned:42:vpn"]


@pytest.mark.parametrize("trouble", ["down", "slow"])
async def test_where_the_desk_cannot_tell_nothing_is_offered(trouble: str) -> None:
    async with Door() as door:
        form = Form("canned:42", "Canned #42", (Field("name", "Which?", "choice", search="canned:42"),), "Send")
        door.notes.answers = lambda _: Answer(Card(text="A list"), form)
        door.notes.found = [("vpn", "vpn")]
        await door.sim.do("command", who="omar", room="#it-desk", text="/canned 42")
        if trouble == "down":
            door.notes.down = 1
        else:
            door.notes.open.clear()
        assert await door.sim.do("suggest", who="omar", text="vp") == []
        door.notes.open.set()
