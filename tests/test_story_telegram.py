"""Lives of tickets in Telegram alone: asked in a direct message or a group, answered in a forum or a plain group."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from bots.port import Pace
from bots.simulator.client import Client, Shown
from bots.telegram.adapter import TelegramPlatform
from frontdesk import config
from inbox.directory import Desk
from tests.world import World, running

FORUM, OLD_DESK = "-1002000000101", "-4000002"


def desk(room: str, undo_seconds: int = 0) -> Desk:
    """A shop's desk: customers write to the bot or in the Support group, agents answer in `room`."""
    text = f"""
        [desk]
        name = "Acme"
        language = "en"
        timezone = "Europe/Stockholm"
        [connections.shop]
        platform = "telegram"
        [policies.quick]
        hours = "always"
        first_reply = {{ normal = "1h" }}
        [queues.orders]
        title = "Orders"
        policy = "quick"
        intake = ["shop:dm", "shop:-4000001"]
        desk = "shop:{room}"
        agents = ["shop:700100003", "shop:700100004"]
        undo_seconds = {undo_seconds}
        default = true
        survey = false
    """
    return config.parse(text, "desk.toml")


@pytest.fixture(autouse=True)
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Telegram takes a message a second in a room; the simulator is told to take more, so that stories are short."""
    monkeypatch.setattr(TelegramPlatform, "pace", Pace(room_seconds=0.0, per_second=1e6))


@asynccontextmanager
async def shop(database_url: str, desk_file: Desk) -> AsyncIterator[tuple[World, Client, Client, Client]]:
    """The running desk, with Erik, Omar and Lisa at their clients."""
    async with running(database_url, desk_file) as world:
        yield world, world.at_telegram("Erik"), world.at_telegram("Omar"), world.at_telegram("Lisa")


async def card(client: Client, words: str, room: str) -> Shown:
    """Waits for the ticket's card, with its buttons, to show these words."""

    def look() -> Shown | None:
        return next((m for m in client.sees(room, by_bot=True) if m.buttons and "#1" in m and words in m), None)

    found: Shown = await client.until(look)
    return found


async def test_a_customers_matter_is_answered_in_a_forums_topic(database_url: str) -> None:
    async with shop(database_url, desk(FORUM)) as (world, erik, omar, lisa):
        await erik.simulator.do("start", who="Erik")
        await erik.reads("Skriv din fråga här", "dm")
        await erik.writes("My parcel never came", "dm")
        await erik.reads("#1", "dm")
        new = await card(omar, "nobody yet", "Desk")
        topic = new.thread
        assert topic and "Claim" in new.buttons, "the card stands in a topic of its own"
        await omar.reads("Erik\nMy parcel never came", "Desk", thread=topic)

        won, lost = await asyncio.gather(omar.presses(new, "Claim"), lisa.presses(new, "Claim"))
        assert "is yours" in won["text"]
        assert "Omar" in lost["text"] and lost["alert"], "told who holds it, for her eyes only"
        held = await card(omar, "Held by: Omar", "Desk")
        assert held.id == new.id and "Claim" not in held.buttons, "the card was edited, not sent again"

        await lisa.writes("That shop again", "Desk", thread=topic)
        asked = await omar.writes("It is on its way, Erik.", "Desk", thread=topic)
        await erik.reads("Omar\nIt is on its way, Erik.", "dm")
        await omar.until(lambda: [m for m in omar.sees("Desk") if m.id == asked and "👌" in m.reactions])

        await erik.writes("When will it be here?", "dm")
        await omar.reads("When will it be here?", "Desk", thread=topic)
        await omar.types("/resolve", "Desk", thread=topic)
        await card(omar, "Status: Resolved", "Desk")
        await erik.reads("#1", "dm")

        await erik.writes("Tack så mycket!", "dm")
        await omar.reads("Tack så mycket!", "Desk", thread=topic)
        await world.settled()
        assert "Status: Resolved" in await card(omar, "Resolved", "Desk"), "thanks reopen nothing"
        assert not any("That shop" in m for m in erik.sees("dm")), "a colleague's words stay inside"
        said = omar.sees("Desk", thread=topic, by_bot=True)
        assert len(said) == 5, "the card, three times Erik, the answer to /resolve; nothing else"


async def test_a_group_without_topics_is_worked_in_by_answering(database_url: str) -> None:
    async with shop(database_url, desk(OLD_DESK)) as (world, erik, omar, lisa):
        await erik.writes("Is the shop open on Sunday?", "Support")
        receipt = await erik.reads("#1", "Support")
        new = await card(omar, "nobody yet", "Old desk")
        question = await omar.reads("Erik\nIs the shop open on Sunday?", "Old desk")
        assert answered(world, question) == new.id, "what belongs to the ticket hangs on its card"

        await world.settled()  # nobody answers a message in the instant in which it appears
        await lisa.writes("Just talking among ourselves", "Old desk")
        await omar.writes("/claim", "Old desk", reply_to=new.id)
        await omar.reads("is yours", "Old desk")
        await card(omar, "Held by: Omar", "Old desk")
        noon = await omar.writes("Yes, from noon.", "Old desk", reply_to=question.id)
        answer = await erik.reads("Yes, from noon.", "Support")
        await world.settled()
        assert answered(world, answer) == answered(world, receipt) != "0", "both hang on Erik's question"

        await erik.writes("And on Monday?", "Support", reply_to=answer.id)
        more = await omar.reads("And on Monday?", "Old desk")
        assert answered(world, more) == noon, "what Erik answered, which belongs to the ticket as its card does"
        await world.settled()
        await omar.writes("From nine.", "Old desk", reply_to=more.id)
        await erik.reads("From nine.", "Support")
        assert not any("among ourselves" in m for m in erik.sees("Support"))


def answered(world: World, message: Shown) -> str:
    """The message that this one answers, "0" for none."""
    return str(world.platforms.telegram.world.message(message.room, message.id).reply_to)


async def test_words_can_be_taken_back_while_they_wait(database_url: str) -> None:
    patient = desk(FORUM, undo_seconds=600)
    async with shop(database_url, patient) as (world, erik, omar, _):
        topic = await claimed(erik, omar)
        await omar.writes("Oh no, not again", "Desk", thread=topic)
        offer = await omar.reads("On its way in a moment", "Desk", thread=topic)
        assert "Taken back" in (await omar.presses(offer, "Undo"))["text"]
        await omar.until(lambda: not offers(omar))
        await world.settled()
        assert not any("Oh no" in m for m in erik.sees("dm"))


async def test_the_way_back_is_gone_when_the_words_are(database_url: str) -> None:
    async with shop(database_url, desk(FORUM, undo_seconds=1)) as (world, erik, omar, _):
        topic = await claimed(erik, omar)
        await omar.writes("It is on its way.", "Desk", thread=topic)
        await erik.reads("It is on its way.", "dm")
        await world.settled()
        assert not offers(omar)


async def claimed(erik: Client, omar: Client) -> str:
    """Erik asks, Omar claims; the topic."""
    await erik.writes("My parcel never came", "dm")
    new = await card(omar, "nobody yet", "Desk")
    await omar.presses(new, "Claim")
    return new.thread


def offers(client: Client) -> list[Shown]:
    return [m for m in client.sees("Desk") if "Undo" in m.buttons]


async def test_a_group_that_becomes_a_supergroup_stays_the_desk(database_url: str) -> None:
    async with shop(database_url, desk(OLD_DESK)) as (world, erik, omar, _):
        await erik.writes("My parcel never came", "dm")
        await card(omar, "nobody yet", "Old desk")
        new = await omar.simulator.do("migrate", room="Old desk")
        await erik.writes("Is anybody there?", "dm")
        seen = await omar.reads("Is anybody there?", new)
        await world.settled()
        await omar.writes("/claim 1", new)
        await omar.reads("is yours", new)
        await omar.writes("Yes, we are.", new, reply_to=seen.id)
        await erik.reads("Yes, we are.", "dm")
        await world.settled()
