"""Pictures that are sent at once, and files below which a command stands, from both kinds of bot."""

import asyncio

import aiohttp

from bots.simulator.client import Client, Shown
from bots.simulator.telegram import TelegramSimulator
from bots.telegram.webhook import secret_of
from frontdesk.app import App
from inbox.store import Tx, files, messages
from tests.inbox.deeds import one_engine
from tests.test_story_telegram import FORUM, claimed, desk
from tests.test_story_telegram_bots import CLUB_TOKEN, two_bots
from tests.world import running

SECRET = {"X-Telegram-Bot-Api-Secret-Token": secret_of(CLUB_TOKEN)}
PDF = {"name": "bill.pdf", "bytes": b"%PDF-1.7", "type": "application/pdf"}


def pictures(count: int) -> list[dict[str, object]]:
    """Each with bytes of its own, so that none is there twice by chance."""
    return [{"name": f"{n}.png", "bytes": b"\x89PNG" + bytes([n]), "type": "image/png"} for n in range(count)]


def together(sim: TelegramSimulator, shown: Shown) -> int:
    """How many messages stand in an album with this one."""
    album = sim.world.message(shown.room, shown.id).album
    return sum(message.album == album for message in sim.world.room(shown.room).messages.values()) if album else 1


def told_of(tx: Tx, number: int) -> list[tuple[str, list[str]]]:
    """A ticket's messages: the words, and the hashes of what lies in the store of their files."""
    found = messages.of_ticket(tx, number)
    attached = files.of_messages(tx, [message.id for message in found])
    return [(message.text, [file.sha256 for file in attached.get(message.id, [])]) for message in found]


async def posts_at_once(app: App, club: TelegramSimulator) -> list[int]:
    """All that waits at Telegram is posted at the same time, some of it twice: the answers' statuses."""
    waiting = [item.text for item in club.telegram.updates.queue]
    club.telegram.updates.queue.clear()

    async def post(session: aiohttp.ClientSession, body: str) -> int:
        headers = {**SECRET, "Content-Type": "application/json"}
        async with session.post(f"{app.url}/telegram/club", data=body.encode(), headers=headers) as answer:
            return answer.status

    async with aiohttp.ClientSession() as session:
        return list(await asyncio.gather(*(post(session, body) for body in [*waiting, *waiting[:4]])))


@one_engine
async def test_ten_pictures_posted_at_the_same_time_are_one_message(database_url: str) -> None:
    """TG-11. Telegram itself posts one chat's items one after the other: that is told by the second album."""
    async with two_bots(database_url) as (app, shop, club):
        omar, at_club = Client(shop, "Omar"), Client(club, "Erik")
        await club.do("start", who="Erik", payload="queue-members")
        await at_club.reads("Till Members", "dm")
        await club.until(lambda: not club.telegram.updates.queue)
        club.webhook.stop()
        await club.do("album", who="Erik", room="dm", files=pictures(10), caption="Which of these is mine?")
        assert await posts_at_once(app, club) == [200] * 14
        club.webhook.start()
        await club.do("start", who="Erik", payload="queue-members")
        await club.do("album", who="Erik", room="dm", files=pictures(3), caption="Or of these?")

        assert together(shop, await omar.reads("Erik\nWhich of these is mine?", "Desk")) == 10
        assert together(shop, await omar.reads("Erik\nOr of these?", "Desk")) == 3
        [(words, hashes)] = await app.desk.look(told_of, 1)
        assert words == "Which of these is mine?" and len(set(hashes)) == 10
        [(words, hashes)] = await app.desk.look(told_of, 2)
        assert words == "Or of these?" and len(set(hashes)) == 3


def documents(client: Client, room: str, thread: str | None = None) -> list[Shown]:
    """The bot's messages with files there."""
    found = client.sees(room, thread=thread, by_bot=True)
    world = client.simulator.world  # type: ignore[attr-defined]
    return [m for m in found if world.message(m.room, m.id).kind == "document"]


@one_engine
async def test_a_file_comes_along_with_the_command_below_it(database_url: str) -> None:
    async with running(database_url, desk(FORUM)) as world:
        erik, omar = world.at_telegram("Erik"), world.at_telegram("Omar")
        await claimed(erik, omar)
        await erik.writes("/ticket This bill is not mine", "dm", files=[PDF])
        await erik.reads("#2", "dm")
        bill = await omar.reads("Erik\nThis bill is not mine", "Desk")
        assert documents(omar, "Desk", bill.thread) == [bill]
        await erik.writes("/ticket", "Support", files=[PDF])
        await erik.reads("#3", "Support")
        await omar.reads("#3 bill.pdf", "Desk")

        await omar.writes("/reply 2 Here is the right one", "Desk", files=[PDF])
        answer = await erik.reads("Omar\nHere is the right one", "dm")
        assert documents(erik, "dm") == [answer]
        shown = await omar.reads("Here is the right one", "Desk", thread=bill.thread)
        assert shown in documents(omar, "Desk", bill.thread), "colleagues see what was sent"
        await omar.writes("/note 2", "Desk", files=[PDF])
        await omar.until(lambda: len(documents(omar, "Desk", bill.thread)) == 3)
        await world.settled()
        assert len(documents(erik, "dm")) == 1, "a note stays inside"
        assert [len(found) for _, found in await world.app.desk.look(told_of, 2)] == [1, 1, 1]
