"""Somebody writes when nobody is there, on each platform: they are told when somebody is, once, and each in their own
language.
"""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bots.simulator.client import Client
from frontdesk.playground import desk
from inbox.directory import Desk
from sla.hours import OpeningHours
from tests.world import quick, running

ENGLISH, SWEDISH = "is closed right now and opens again", "har stängt just nu och öppnar igen"


def on_holiday() -> Desk:
    """The playground's desk, closed until in a month."""
    opens = (datetime.now(UTC) + timedelta(days=30)).date()
    hours = OpeningHours("holiday", "UTC", special={opens: ((480, 1020),)})
    desk_file = quick(desk())
    queues = {key: replace(q, policy=replace(q.policy, hours=hours)) for key, q in desk_file.queues.items()}
    return replace(desk_file, queues=queues)


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
async def test_who_writes_when_nobody_is_there_is_told_when_somebody_is(database_url: str) -> None:
    async with running(database_url, on_holiday()) as world:
        omar = world.at_slack("Omar")
        asking = (
            (world.at_slack("Anna"), "#it-help", ENGLISH),
            (world.at_discord("Erik"), "#support", ENGLISH),
            (world.at_telegram("Erik"), "dm", SWEDISH),
        )
        await asyncio.gather(*(asks_twice(who, room, words, omar) for who, room, words in asking))
        await world.settled()
        for who, room, words in asking:
            assert len([said for said in who.sees(by_bot=True) if words in said]) == 1, room


async def asks_twice(who: Client, room: str, words: str, omar: Client) -> None:
    """The second time where the first is answered, so that it goes to the same ticket."""
    await who.writes(f"Asked in {room}", room)
    receipt = await who.reads(words)
    where = {"thread": receipt.thread} if receipt.thread else {}
    await who.writes(f"And once more in {room}", receipt.room, **where)
    await omar.reads(f"And once more in {room}")
