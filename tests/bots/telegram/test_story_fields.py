"""A queue's own questions in Telegram, where no window opens: one after the other, in the chat with the bot."""

import pytest

from bots.port import Pace
from bots.simulator.client import Client, Shown
from bots.telegram.adapter import TelegramPlatform
from frontdesk import config
from inbox.directory import Desk
from inbox.store import fields, tickets
from tests.bots.seven import fields as seven
from tests.world import World, running


@pytest.fixture
def engine_name() -> str:
    return "sqlite"  # what differs between the engines is told elsewhere


@pytest.fixture(autouse=True)
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(TelegramPlatform, "pace", Pace(room_seconds=0.0, per_second=1e6))


def desk() -> Desk:
    text = """
        [desk]
        name = "Acme"
        timezone = "Europe/Stockholm"
        [connections.shop]
        platform = "telegram"
        [policies.quick]
        hours = "always"
        [queues.orders]
        title = "Orders"
        intake = ["shop:dm"]
        desk = "shop:-1002000000101"
        agents = ["shop:700100003"]
        survey = false
    """
    return config.parse(text + seven("orders"), "desk.toml")


async def again(world: World) -> None:
    """The program's Telegram side stops and starts, as in a restart."""
    shop = world.app._supervisors["shop"]
    await shop.stop()
    shop.tried.clear()
    shop.start()
    await shop.tried.wait()


async def reads(erik: Client, words: str) -> Shown:
    return await erik.reads(words, "dm")


async def test_seven_questions_in_a_chat_with_mistakes_and_a_restart_between(database_url: str) -> None:
    async with running(database_url, desk()) as world:
        erik, omar = world.at_telegram("Erik"), world.at_telegram("Omar")
        await erik.simulator.do("start", who="Erik")
        await erik.types("/ticket", "dm")
        await reads(erik, "Orders: vad gäller det?")
        await erik.writes("My parcel smokes", "dm")
        device = await reads(erik, "Vilken enhet? (1/7)")
        assert device.buttons == ("Dator", "Phone", "Avbryt"), "it wants an answer"
        await erik.writes("kylskåp", "dm")
        device = await reads(erik, "”kylskåp” finns inte bland valen: Dator, Phone.")
        await erik.presses(device, "Dator")
        since = await reads(erik, "Since when? (2/7)")
        assert "Hoppa över" in since.buttons and "The day on which it began" in since
        await again(world)
        await erik.writes("1/3 2026", "dm")
        await reads(erik, "Your boss (3/7)")
        await erik.writes("Maja", "dm")
        await erik.presses(await reads(erik, "Its price (4/7)"), "Hoppa över")
        await reads(erik, "Room (5/7)")
        await erik.writes("B 12", "dm")
        await erik.presses(await reads(erik, "What happened? (6/7)"), "Hoppa över")
        await reads(erik, "Cost centre (7/7)")
        assert await world.app.desk.look(tickets.get, 1) is None
        await erik.writes("4711", "dm")
        await reads(erik, "#1")
        card = await omar.reads("Laptop", "Desk")
        for shown in ("#1 My parcel smokes", "1 Mar 2026", "B 12", "4711"):
            assert shown in card, card.words
        assert (await world.app.desk.look(fields.of_ticket, 1))["device"] == "laptop"
        await erik.writes("When will you come?", "dm")
        await omar.reads("When will you come?", "Desk")


async def test_who_cancels_is_asked_no_more(database_url: str) -> None:
    async with running(database_url, desk()) as world:
        erik = world.at_telegram("Erik")
        greeted = await erik.simulator.do("start", who="Erik")
        assert greeted is not None
        hello = await reads(erik, "Skriv din fråga här")
        await erik.presses(hello, "Ny fråga")
        await reads(erik, "Orders: vad gäller det?")
        await erik.writes("My parcel smokes", "dm")
        await reads(erik, "(1/7)")
        await erik.types("/cancel", "dm")
        await reads(erik, "Avbrutet. Inget skickades.")
        assert await world.app.desk.look(tickets.get, 1) is None
        await erik.writes("It burns now", "dm")
        await reads(erik, "#1")
