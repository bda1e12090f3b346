"""Customers ask in a Telegram group: whatever the bot hears there becomes a ticket, and the answer hangs where they
asked."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bots.simulator.client import Client, Shown
from bots.simulator.telegram.world import Message
from frontdesk import config
from inbox.directory import Desk
from inbox.store import tickets
from tests.inbox.deeds import one_engine
from tests.test_story_telegram import desk
from tests.world import World, running

FORUM, HELP = "-1002000000101", "-1002000000900"
BOT = "@acme_desk_bot"


@asynccontextmanager
async def group(database_url: str, *, privacy: bool, file: Desk | None = None) -> AsyncIterator[World]:
    async with running(database_url, file or desk(FORUM)) as world:
        await world.platforms.telegram.do("set_privacy", on=privacy)
        yield world


def stands(world: World, shown: Shown) -> Message:
    """A message with where it hangs."""
    return world.platforms.telegram.world.message(shown.room, shown.id)


async def opened(world: World) -> int:
    """How many tickets there are."""
    numbers = [n for n in range(1, 9) if await world.app.desk.look(tickets.get, n)]
    return len(numbers)


@one_engine
async def test_with_privacy_on_it_hears_what_is_said_to_it(database_url: str) -> None:
    async with group(database_url, privacy=True) as world:
        erik, anna, omar = (world.at_telegram(who) for who in ("Erik", "Anna", "Omar"))
        await erik.writes("Nice weather", "Support")
        asked = await erik.writes(f"{BOT} where is my parcel?", "Support")
        receipt = await erik.reads("#1", "Support")
        assert str(stands(world, receipt).reply_to) == asked
        await omar.reads("where is my parcel?", "Desk")

        await anna.types("/ticket My invoice is wrong", "Support")
        receipt = await anna.reads("#2", "Support")
        question = stands(world, receipt).reply_to
        assert world.platforms.telegram.world.message("Support", str(question)).text == "/ticket My invoice is wrong"
        invoice = await omar.reads("Anna\nMy invoice is wrong", "Desk")
        assert "/ticket" not in invoice.words

        await anna.writes("It says 90 instead of 9", "Support", reply_to=receipt.id)
        await omar.reads("It says 90 instead of 9", "Desk", thread=invoice.thread)
        await omar.types("/claim 2", "Desk")
        await omar.reads("is yours", "Desk")
        await omar.writes("We send you another.", "Desk", thread=invoice.thread)
        answer = await anna.reads("We send you another.", "Support")
        await world.settled()
        assert stands(world, answer).reply_to == question, "it hangs on what she asked"
        assert await opened(world) == 2, "what was said to nobody is nobody's business"


@one_engine
async def test_who_only_calls_it_is_told_what_to_do_and_the_answer_is_their_question(database_url: str) -> None:
    async with group(database_url, privacy=True) as world:
        erik, omar = world.at_telegram("Erik"), world.at_telegram("Omar")
        await erik.writes(BOT, "Support")
        hello = await erik.reads("Svara på det här meddelandet", "Support")
        await world.settled()
        assert await opened(world) == 0
        await erik.writes("Where is my parcel?", "Support", reply_to=hello.id)
        await omar.reads("Where is my parcel?", "Desk")
        await erik.reads("#1", "Support")


@one_engine
async def test_with_privacy_off_every_question_is_one(database_url: str) -> None:
    async with group(database_url, privacy=False) as world:
        erik, anna, omar = (world.at_telegram(who) for who in ("Erik", "Anna", "Omar"))
        await erik.writes("Where is my parcel?", "Support")
        await erik.writes("It should be here since Monday", "Support")
        await anna.writes("And mine?", "Support")
        await omar.reads("It should be here since Monday", "Desk")
        mine = await omar.reads("Anna\nAnd mine?", "Desk")
        his = await omar.reads("Erik\nWhere is my parcel?", "Desk")
        assert his.thread != mine.thread
        await world.settled()
        assert await opened(world) == 2, "the second sentence belongs to the first"


def forum() -> Desk:
    """A forum of customers, whose topics are places to ask."""
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
        intake = ["shop:{HELP}"]
        desk = "shop:{FORUM}"
        agents = ["shop:700100003"]
        undo_seconds = 0
        default = true
        survey = false
    """
    return config.parse(text, "desk.toml")


async def answers(omar: Client, question: str, words: str) -> None:
    """Omar takes the ticket with that question and answers it."""
    asked = await omar.reads(question, "Desk")
    await omar.types("/claim", "Desk", thread=asked.thread)
    await omar.reads("is yours", "Desk", thread=asked.thread)
    await omar.writes(words, "Desk", thread=asked.thread)


@one_engine
async def test_a_topic_of_ones_own_is_a_matter_and_in_a_shared_one_many_ask(database_url: str) -> None:
    async with group(database_url, privacy=False, file=forum()) as world:
        telegram = world.platforms.telegram
        await telegram.do("add_room", name="Help", kind="forum", id=HELP, members=["Erik", "Anna", "Maja"], bot="")
        await telegram.do("add_bot", room="Help", by="Erik", status="administrator")
        for who in ("Erik", "Maja"):
            await telegram.do("promote", who=who, room="Help")
        await telegram.until(lambda: world.app.desk.directory.rooms.get(f"shop:{HELP}"))
        erik, anna, omar = (world.at_telegram(who) for who in ("Erik", "Anna", "Omar"))

        mine = await telegram.do("create_topic", who="Erik", room="Help", name="My parcel")
        await erik.writes("It never came", "Help", thread=mine)
        await erik.reads("#1", "Help", thread=mine)
        await anna.writes("Mine neither!", "Help", thread=mine)
        await omar.reads("Anna (taking part)", "Desk")
        await answers(omar, "Erik\nIt never came", "It is on its way.")
        answer = await erik.reads("It is on its way.", "Help", thread=mine)
        assert not stands(world, answer).reply_to, "in a topic that is the matter nothing needs a pointer"
        await erik.writes("Thanks, when?", "Help", thread=mine)
        await omar.reads("Thanks, when?", "Desk")
        await world.settled()
        assert await opened(world) == 1

        shared = await telegram.do("create_topic", who="Maja", room="Help", name="Invoices")
        first = await erik.writes("Mine is wrong", "Help", thread=shared)
        second = await anna.writes("Mine is missing", "Help", thread=shared)
        await erik.reads("#2", "Help", thread=shared)
        await anna.reads("#3", "Help", thread=shared)
        await answers(omar, "Anna\nMine is missing", "We send it again.")
        answer = await anna.reads("We send it again.", "Help", thread=shared)
        assert str(stands(world, answer).reply_to) == second, "it hangs on her question, in that topic"
        await anna.writes("Thank you, and the other one?", "Help", thread=shared, reply_to=answer.id)
        await omar.reads("and the other one?", "Desk")
        await world.settled()
        assert await opened(world) == 3 and first != second
