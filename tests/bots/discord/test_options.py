"""Commands with an option for each thing that they are told, what is offered for these, and a message's menu."""

import pytest

from bots.commands import VERBS, parse
from bots.discord import menu
from bots.discord.texts import OPTIONS, POINT
from bots.port import Answer, Card
from inbox.desk import canned
from inbox.store import Tx, people, tickets
from tests.bots.discord.desk import discord_desk
from tests.bots.discord.rig import LISA, OMAR, Door
from tests.world import running

TYPED = {
    "/move queue:payroll text:They sent their payslip number:42": "move 42 payroll They sent their payslip",
    "/move queue:it": "move it",
    "/escalate text:Needs a switch number:42": "escalate 42 Needs a switch",
    "/priority priority:high number:42": "priority 42 high",
    "/tag tags:vip -old number:42": "tag 42 vip -old",
    "/field field:device value:Laptop number:42": "field 42 device: Laptop",
    "/canned name:reset number:42": "canned 42 reset",
    "/canned name:save text:vpn Switch it on": "canned save vpn Switch it on",
    "/canned": "canned",
    "/snooze until:tomorrow 9": "snooze tomorrow 9",
    "/away until:13:00": "away 13:00",
    "/merge other:12 number:41": "merge 41 12",
    "/merge other:12": "merge 12",
    "/merge other:undo number:41": "merge 41 undo",
    "/same other:12 number:43": "same 43 12",
    "/language language:sv": "language sv",
    "/help command:claim": "help claim",
    "/for person:Lisa text:Her lamp is dark": f"for <@{LISA}> Her lamp is dark",
}


@pytest.fixture
def engine_name() -> str:
    return "sqlite"  # what differs between the engines is told elsewhere


async def test_each_thing_has_an_option_and_together_they_are_what_others_type() -> None:
    async with Door() as door:
        for text in TYPED:
            shown = await door.sim.do("command", who="omar", room="#desk", text=text)
            assert shown["ok"], text
        await door.front.until(lambda: len(door.front.commands) == len(TYPED))
        assert [command.words for command in door.front.commands] == list(TYPED.values())


@pytest.mark.parametrize("words", ["2 days", "3 printers"])
def test_a_number_among_the_words_is_not_the_tickets(words: str) -> None:
    typed = menu.typed({"name": "snooze", "options": [{"name": "until", "value": words}]})
    asked = parse(typed)
    assert (asked.ticket, asked.words) == (None, words)
    given = [{"name": "until", "value": words}, {"name": "number", "value": 42}]
    both = menu.typed({"name": "snooze", "options": given})
    assert (parse(both).ticket, parse(both).words) == (42, words)


def test_every_verb_that_takes_words_has_somewhere_to_say_them() -> None:
    for verb in VERBS.values():
        assert bool(menu.parts(verb)) == ("words" in verb.takes), verb.name
        assert {part.name for part in menu.parts(verb)} <= set(OPTIONS)
    assert set(menu.PARTS) <= set(VERBS)


def test_where_no_agent_works_nobody_is_shown_their_commands() -> None:
    shown = {command["name"] for command in menu.commands(staffed=False)}
    assert shown == {"ticket", POINT["en"], *(v.name for v in VERBS.values() if not v.agents)} - menu.TELEGRAMS
    assert not {"claim", "Claim", "Their tickets"} & shown and {"claim", "Claim"} <= {
        c["name"] for c in menu.commands()
    }


async def test_the_option_says_what_is_sought_and_the_number_for_which_ticket() -> None:
    async with Door(fresh=True) as door:
        door.front.found = [("vpn", "vpn — " + "Switch it on " * 20), ("x" * 101, "too long")]
        offered = await door.sim.do("autocomplete", who="omar", room="#desk", text="/canned number:42 name:vp")
        assert [(one["value"], len(one["name"])) for one in offered["choices"]] == [("vpn", 100)]
        for text in ("/move queue:pay", "/tag tags:vip pri", "/field field:", "/help command:cl"):
            await door.sim.do("autocomplete", who="omar", room="#desk", text=text)
        asked = [(one.what, one.typed, one.ticket) for one in door.front.sought]
        assert asked == [
            ("canned", "vp", 42),
            ("queue", "pay", None),
            ("tag", "vip pri", None),
            ("field", "", None),
            ("verb", "cl", None),
        ]
        assert door.front.sought[0].by.external_id == OMAR and door.front.sought[0].place == door.place("desk")
        door.front.suggested = [(12, "#12 Printer")]
        found = (await door.sim.do("autocomplete", who="omar", room="#desk", text="/merge other:prin"))["choices"]
        assert found == [{"name": "#12 Printer", "value": "12"}]


@pytest.mark.parametrize(("entry", "wish"), [*menu.WISHES.items()])
async def test_a_messages_menu_says_what_is_wished(entry: str, wish: str) -> None:
    async with Door() as door:
        message = await door.sim.do("write", who="lisa", room="#desk", text="Try another bulb")
        door.front.answer = Answer(Card(text="Done."))
        assert (await door.sim.do("context_menu", who="omar", room="#desk", message=message, name=entry))["ok"]
        (point,) = await door.front.until(lambda: door.front.pointed_)
        assert (point.wish, point.said.message_id, point.by.external_id) == (wish, message, OMAR)


async def test_a_messages_words_begin_the_form_that_keeps_them() -> None:
    async with Door() as door:
        message = await door.sim.do("write", who="lisa", room="#desk", text="Try another bulb")
        entry = "Make canned response"
        shown = await door.sim.do("context_menu", who="omar", room="#desk", message=message, name=entry)
        assert shown["ok"] and door.front.pointed_ == []
        values = {"name": "bulb", "words": "Try another bulb", "language": "en"}
        await door.sim.do("submit", who="omar", values=values)
        (form,) = await door.front.until(lambda: door.front.forms)
        assert (form.form, dict(form.values)) == ("keepwords", values)


async def test_omar_claims_from_the_menu_and_answers_with_what_he_is_offered(database_url: str) -> None:
    async with running(database_url, discord_desk()) as world:
        erik, omar = (world.at_discord(name) for name in ("erik", "omar"))
        asked = await erik.writes("My parcel is wet", "#support")
        await erik.reads("#1", "#support", thread=asked)
        card = await omar.reads("#1 My parcel is wet", "#desk")
        sim = world.platforms.discord
        await sim.do("context_menu", who="omar", room="#desk", message=card.id, name="Claim")
        await omar.until(lambda: "Omar" in next(m for m in omar.sees("#desk") if m.id == card.id))

        def omars_id(tx: Tx) -> int:
            ticket = tickets.get(tx, 1)
            assert ticket and ticket.assignee_id and people.get(tx, ticket.assignee_id)
            return ticket.assignee_id

        agent = await world.app.desk.look(omars_id)
        await world.app.desk.do(canned.save, agent, "support", "wet", "en", "Sorry {requester}, it comes again.")
        found = await sim.do("autocomplete", who="omar", room="#desk", text="/canned number:1 name:comes")
        assert [one["value"] for one in found["choices"]] == ["wet"]
        await omar.types("/canned number:1 name:wet", "#desk")
        await erik.reads("Sorry Erik, it comes again.", "#support", thread=asked)
