"""Tickets are offered while a number is typed, and a person's tickets are looked up from that person's menu."""

import asyncio

import pytest

from bots.port import Answer, Card
from tests.bots.discord.desk import discord_desk
from tests.bots.discord.rig import ANNA, QUICK, Door
from tests.world import running


@pytest.fixture
def engine_name() -> str:
    return "sqlite"  # what differs between the engines is told elsewhere


async def offered(door: Door, typed: str) -> object:
    return (await door.sim.do("autocomplete", who="omar", room="#desk", text=typed))["choices"]


async def test_tickets_are_offered_while_a_number_is_typed() -> None:
    async with Door(fresh=True) as door:
        door.front.suggested = [(number, f"#{number} {'Printer ' * 30}") for number in range(1, 31)]
        found = await offered(door, "/claim number:prin")
        assert [choice["value"] for choice in found] == list(range(1, 26))  # type: ignore[attr-defined]
        assert len(found[0]["name"]) == 100  # type: ignore[index]
        await offered(door, "/assign person:Lisa number:4")
        await offered(door, "/show ")
        assert door.front.typed == ["prin", "4", ""]


async def test_what_takes_too_long_offers_nothing() -> None:
    from dataclasses import replace

    async with Door(tuning=replace(QUICK, answer=0.1)) as door:
        door.front.suggested, door.front.hold = [(1, "#1 Printer")], asyncio.Event()
        assert await offered(door, "/claim number:1") == []


async def test_a_persons_menu_shows_what_they_asked_to_who_looks() -> None:
    async with Door() as door:
        door.front.answer = Answer(Card(title="What Anna asked", text="Nothing."))
        shown = await door.sim.do("context_menu", who="omar", room="#desk", message="", name="Their tickets @anna")
        assert shown["ok"]
        await door.sim.until(lambda: [w for w in door.sim.whispers("omar") if w.embeds])
        (about,) = door.front.looked_up
        assert (about.connection, about.external_id, about.name) == ("community", ANNA, "Anna")


async def test_an_agent_sees_what_a_person_asked_and_others_do_not(database_url: str) -> None:
    async with running(database_url, discord_desk()) as world:
        erik, omar, anna = (world.at_discord(name) for name in ("erik", "omar", "anna"))
        asked = await erik.writes("My parcel is wet", "#support")
        await erik.reads("#1", "#support", thread=asked)
        await world.settled()
        sim = world.platforms.discord
        await sim.do("context_menu", who="omar", room="#desk", message="", name="Their tickets @erik")
        seen = await omar.reads("What Erik asked", "#desk")
        assert seen.private and "#1 My parcel is wet" in seen
        await sim.do("context_menu", who="anna", room="#support", message="", name="Their tickets @erik")
        told = await anna.until(lambda: [m for m in anna.sees("#support", by_bot=True) if m.private and m.words])
        assert not [m for m in told if "parcel" in m]
        found = await sim.do("autocomplete", who="omar", room="#desk", text="/claim number:parcel")
        assert found["choices"] == [{"name": "#1 My parcel is wet", "value": 1}]
