"""Buttons, menus and forms: what the bot is told, and what the person is shown."""

import asyncio
from typing import Any

import pytest

from bots.simulator.server import Refused
from tests.bots.simulator.discord_desk import FORM, desk
from tests.bots.simulator.discord_rig import LISA, Rig, button, row

# buttons and menus


async def card(dc: Rig) -> str:
    menus = [
        {"type": 1, "components": [{"type": 3, "custom_id": "p", "options": [{"label": "High", "value": "h"}]}]},
        {"type": 1, "components": [{"type": 5, "custom_id": "who", "placeholder": "Assignee"}]},
    ]
    link = button("Open", style=5, custom_id=None, url="https://acme.example/42")
    buttons = {"type": 1, "components": [button("Claim"), button("Gone", disabled=True), link]}
    return str((await dc.post("desk", content="#42", components=[buttons, *menus])).body["id"])


async def test_a_press_updates_its_message() -> None:
    async with Rig() as dc:
        bot = await desk(dc)
        message = await card(dc)
        act = asyncio.create_task(dc.sim.do("press", who="omar", room="#desk", message=message, label="Claim"))
        heard, answered = await bot.answer(7, {"content": "#42 Omar", "components": [row("Release")]})
        assert answered.status == 204
        assert heard["data"] == {"custom_id": "claim", "component_type": 2, "id": 2}
        assert heard["message"]["id"] == message
        shown = await act
        assert (shown["message"]["text"], shown["message"]["buttons"][0]["label"]) == ("#42 Omar", "Release")
        act = asyncio.create_task(dc.sim.do("press", who="lisa", room="#desk", message=message, action="release"))
        heard, _ = await bot.answer(6)
        assert (await act)["ok"] is True
        assert (await bot.hook("PATCH", heard, "/messages/@original", {"content": "#42"})).body["id"] == message


async def test_what_cannot_be_pressed_and_what_needs_no_bot() -> None:
    async with Rig() as dc:
        await desk(dc)
        message = await card(dc)
        with pytest.raises(Refused, match="is disabled"):
            await dc.sim.do("press", who="omar", room="#desk", message=message, label="Gone")
        with pytest.raises(Refused, match="no button 'Fly', but: Claim, Gone, Open"):
            await dc.sim.do("press", who="omar", room="#desk", message=message, label="Fly")
        with pytest.raises(Refused, match="sees no message"):
            await dc.sim.do("press", who="anna", room="#desk", message=message, label="Claim")
        opened = await dc.sim.do("press", who="omar", room="#desk", message=message, label="Open")
        assert opened["url"] == "https://acme.example/42"


async def test_menus() -> None:
    async with Rig() as dc:
        bot = await desk(dc)
        message = await card(dc)
        act = asyncio.create_task(dc.sim.do("choose", who="omar", room="#desk", message=message, option="High"))
        heard, _ = await bot.answer(6)
        assert heard["data"]["values"] == ["h"]
        await act
        how = {"who": "omar", "room": "#desk", "message": message, "label": "Assignee"}
        act = asyncio.create_task(dc.sim.do("choose", option="Lisa", **how))
        heard, _ = await bot.answer(6)
        assert (heard["data"]["values"], LISA in heard["data"]["resolved"]["members"]) == ([LISA], True)
        await act
        with pytest.raises(Refused, match="between 1 and 1"):
            await dc.sim.do("choose", option=["Lisa", "Omar"], **how)
        with pytest.raises(Refused, match="has no 'Low', but: High"):
            await dc.sim.do("choose", who="omar", room="#desk", message=message, option="Low")


async def test_a_button_on_a_private_answer_works() -> None:
    async with Rig() as dc:
        bot = await desk(dc)
        act = asyncio.create_task(dc.sim.do("command", who="omar", room="#desk", text="/ticket claim"))
        await bot.answer(4, {"content": "sure?", "flags": 64, "components": [row("Yes")]})
        message = (await act)["message"]["id"]
        with pytest.raises(Refused, match="sees no message"):
            await dc.sim.do("press", who="lisa", room="#desk", message=message, label="Yes")
        act = asyncio.create_task(dc.sim.do("press", who="omar", room="#desk", message=message, label="Yes"))
        heard, _ = await bot.answer(7, {"content": "done", "components": []})
        assert heard["message"]["flags"] == 64
        assert ((await act)["message"]["text"], (await act)["message"]["buttons"]) == ("done", [])


# forms


async def test_a_form_is_opened_filled_in_and_sent() -> None:
    async with Rig() as dc:
        bot = await desk(dc)
        message = await card(dc)
        act = asyncio.create_task(dc.sim.do("press", who="omar", room="#desk", message=message, label="Claim"))
        await bot.answer(9, FORM)
        modal = (await act)["modal"]
        assert [view["id"] for view in dc.sim.state("omar")["views"]] == [modal]
        fields = dc.sim.state("omar")["views"][0]["fields"]
        assert [(one["id"], one["label"], one["kind"], one["required"]) for one in fields] == [
            ("words", "Words", "long", True),
            ("priority", "Priority", "menu", False),
        ]
        for values, sentence in (
            ({}, "between 1 and 20"),
            ({"words": "x" * 21}, "between 1 and 20"),
            ({"words": "x", "nothing": 1}, "no field 'nothing'"),
        ):
            with pytest.raises(Refused, match=sentence):
                await dc.sim.do("submit", who="omar", view=modal, values=values)
        act = asyncio.create_task(dc.sim.do("submit", who="omar", values={"Words": "on my way", "priority": "High"}))
        heard, _ = await bot.answer(4, {"content": "sent"})
        assert heard["data"]["custom_id"] == "reply-form"
        first, second = heard["data"]["components"]
        assert first["components"][0]["value"] == "on my way"
        assert second["component"]["values"] == ["h"]
        assert heard["message"]["id"] == message
        assert (await act)["message"]["text"] == "sent"
        assert dc.sim.state("omar")["views"] == []


async def test_a_form_can_be_dismissed_and_is_never_answered_by_a_form() -> None:
    async with Rig() as dc:
        bot = await desk(dc)
        for _ in range(2):
            act = asyncio.create_task(dc.sim.do("command", who="omar", room="#desk", text="/ticket claim"))
            await bot.answer(9, FORM)
            await act
        assert len(dc.sim.state("omar")["views"]) == 1, "a new form takes the place of the old"
        act = asyncio.create_task(dc.sim.do("submit", who="omar", view="reply-form", values={"words": "x"}))
        heard = await bot.wire.until("INTERACTION_CREATE")
        assert (await bot.callback(heard, 9, FORM)).wrong("type") == "BASE_TYPE_CHOICES"
        assert (await bot.callback(heard, 7, {"content": "x"})).wrong("type") == "BASE_TYPE_CHOICES"
        assert (await bot.callback(heard, 4, {"content": "ok"})).status == 204
        await act
        with pytest.raises(Refused, match="No form is open"):
            await dc.sim.do("dismiss", who="omar")


WRONG_FORMS: list[tuple[dict[str, Any], tuple[str | int, ...], str]] = [
    ({"title": "x" * 46}, ("data", "title"), "BASE_TYPE_BAD_LENGTH"),
    ({"custom_id": ""}, ("data", "custom_id"), "BASE_TYPE_BAD_LENGTH"),
    ({"components": []}, ("data", "components"), "BASE_TYPE_BAD_LENGTH"),
    ({"components": FORM["components"] * 3}, ("data", "components"), "BASE_TYPE_BAD_LENGTH"),
    ({"components": [row("A")]}, ("data", "components", 0, "components", 0, "type"), "BASE_TYPE_CHOICES"),
    ({"components": [button("A")]}, ("data", "components", 0, "type"), "BASE_TYPE_CHOICES"),
]


async def test_wrong_first_answers() -> None:
    async with Rig() as dc:
        bot = await desk(dc)
        act = asyncio.create_task(dc.sim.do("command", who="omar", room="#desk", text="/ticket claim"))
        heard = await bot.wire.until("INTERACTION_CREATE")
        for changes, place, code in WRONG_FORMS:
            assert (await bot.callback(heard, 9, {**FORM, **changes})).wrong(*place) == code, changes
        assert (await bot.callback(heard, 6)).wrong("type") == "BASE_TYPE_CHOICES", "no message to update"
        assert (await bot.callback(heard, 8, {"choices": []})).wrong("type") == "BASE_TYPE_CHOICES"
        assert (await bot.callback(heard, 4, {"content": "x" * 2001})).wrong("data", "content")
        assert (await bot.callback(heard, 4, {})).code == (400, 50006)
        assert (await bot.callback(heard, 4, {"content": "at last"})).status == 204
        assert (await act)["ok"] is True
