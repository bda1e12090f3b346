"""A question lands in the wrong queue, is about money, and goes to Payroll: nothing of it stays where others read."""

import asyncio
from collections.abc import Callable

import pytest

from bots.simulator.client import Client, Shown
from frontdesk import config
from inbox.store import threads
from tests.world import World, quick, running

SECRET = "one crown"
OPENED = "opened the topic"  # Telegram's own line, which nobody can delete (docs "deleteMessage")
DESK = """
    [desk]
    name = "Acme"
    [connections]
    acme = { platform = "slack" }
    community = { platform = "discord" }
    shop = { platform = "telegram" }
    [policies.standard]
    hours = "always"
    [queues.alpha]
    intake = ["acme:#it-help"]
    desk = "acme:#it-desk"
    agents = ["acme:U0OMAR00001"]
    default = true
    [queues.beta]
    intake = ["acme:#it-help"]
    desk = "community:#desk"
    agents = ["community:role:Support"]
    keywords = ["beta"]
    [queues.gamma]
    intake = ["acme:#it-help"]
    desk = "shop:-1002000000101"
    agents = ["shop:700100003", "shop:700100004"]
    keywords = ["gamma"]
    [queues.payroll]
    title = "Payroll"
    private = true
    voice = "explicit"
    desk = "acme:#payroll-desk"
    agents = ["acme:U0LISA00001"]
"""
ROOMS = {"alpha": "#it-desk", "beta": "#desk", "gamma": "Desk"}


@pytest.mark.parametrize("engine_name", ["sqlite"])
async def test_nothing_of_a_moved_question_stays_in_the_room_that_it_left(database_url: str) -> None:
    async with running(database_url, quick(config.parse(DESK, "desk.toml"))) as world:
        await world.platforms.telegram.do("start", who="Omar")
        told = (
            told_in(world, world.at_slack("Anna"), world.at_slack("Omar"), "alpha"),
            told_in(world, world.at_slack("Erik"), world.at_discord("Omar"), "beta"),
            told_in(world, world.at_slack("Maja"), world.at_telegram("Omar"), "gamma"),
        )
        await asyncio.gather(*told)
        await world.settled()
        assert not any("alpha" in name or "beta" in name or "gamma" in name for name in names(world))


async def told_in(world: World, asks: Client, omar: Client, queue: str) -> None:
    room, question = ROOMS[queue], f"{queue}: my salary is {SECRET}"
    await asks.writes(question, "#it-help")
    card = await first(omar, lambda: [m for m in omar.sees(room, by_bot=True) if m.buttons and queue in m])
    thread = card.thread or card.id
    await omar.reads(question, room, thread=thread)
    number = card.words.split("#", 1)[1].split()[0]
    where = {"thread": thread} if omar.simulator.platform != "slack" else {}  # its commands know no threads
    await omar.types(f"/ticket move {number} payroll Not ours", room, **where)
    await omar.until(lambda: not any(SECRET in m and OPENED not in m for m in omar.sees(room, by_bot=True)))
    await omar.reads(f"#{number} went to another queue", room)

    # their people have all of it, and the requester hears of it alone
    lisa = world.at_slack("Lisa")
    at_payroll = await first(lisa, lambda: [m for m in lisa.sees("#payroll-desk") if f"#{number} 🔒" in m])
    await lisa.reads(question, "#payroll-desk", thread=at_payroll.thread or at_payroll.id)
    await lisa.reads("Not ours", "#payroll-desk", thread=at_payroll.thread or at_payroll.id)
    await asks.reads("is with Payroll now")
    await lisa.types(f"/ticket reply {number} {queue}: it is two now", "#payroll-desk")
    await asks.reads(f"{queue}: it is two now")
    assert not any("two now" in m for m in asks.sees("#it-help"))
    # what is still said in the old thread is nobody's
    await omar.writes("Gone?", room, thread=thread)
    sides = await world.app.desk.look(lambda tx: [one.side for one in threads.of_ticket(tx, int(number))])
    assert sides == ["home", "left", "desk", "home"]


async def first(client: Client, look: Callable[[], list[Shown]]) -> Shown:
    found: list[Shown] = await client.until(look)
    return found[0]


def names(world: World) -> list[str]:
    """What the threads are called, where threads have names."""
    discord, telegram = world.platforms.discord, world.platforms.telegram
    threads = [channel.name for channel in discord.world.channels.values() if channel.thread]
    topics = [topic.name for room in telegram.world.rooms.values() for topic in room.topics.values()]
    assert threads and topics
    return [*threads, *topics]
