"""The program as its operator meets it: told to end, started with wrong settings, beside what is dead or read-only."""

import asyncio
import signal
import socket
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest

from bots.simulator.client import Client
from bots.simulator.slack import SlackSimulator
from bots.simulator.telegram import TelegramSimulator
from tests.process import environment, eventually, running

DESK = """
[desk]
name = "Acme"
[connections.acme]
platform = "slack"
[connections.shop]
platform = "telegram"
[policies.standard]
hours = "always"
first_reply = { normal = "4h" }
[queues.it]
policy = "standard"
intake = ["acme:#it-help"]
desk = "acme:#it-desk"
agents = "members"
default = true
undo_seconds = 0
[queues.customers]
policy = "standard"
intake = ["shop:dm"]
desk = "acme:#customer-desk"
agents = "members"
undo_seconds = 0
"""
TOKENS = {"SLACK_BOT_TOKEN": "xoxb-1234567890-abcdefgh", "SLACK_APP_TOKEN": "xapp-1-A123-abcdefgh"}
NOWHERE = {"SLACK_API_URL": "http://127.0.0.1:9/api/", "TELEGRAM_API_URL": "http://127.0.0.1:9/bot"}
DRAIN_SECONDS = 10.0


class Place:
    """Slack and Telegram, simulated here, and a folder for the program."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.slack = SlackSimulator(limits=False, retry_delays=(0.0, 1.0, 2.0, 4.0))
        self.telegram = TelegramSimulator()
        self.anna, self.omar = Client(self.slack, "Anna"), Client(self.slack, "Omar")
        self.erik = Client(self.telegram, "Erik")
        (folder / "desk.toml").write_text(DESK)

    @property
    def database(self) -> Path:
        return self.folder / "frontdesk.db"

    def environment(self, **more: str) -> dict[str, str]:
        desk, database = self.folder / "desk.toml", f"sqlite:///{self.database}"
        found = environment(self.slack, self.telegram, desk=desk, database=database)
        return found | {"LOG_LEVEL": "warning"} | more

    def stored(self) -> set[str]:
        with closing(sqlite3.connect(self.database, timeout=10)) as database:
            return {words for (words,) in database.execute("SELECT text FROM message WHERE ticket IS NOT NULL")}


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Place]:
    place = Place(tmp_path)
    async with place.slack, place.telegram:
        await place.telegram.do("start", who="Erik")
        yield place


# told to end


async def test_sigterm_ends_well_within_ten_seconds_during_traffic(place: Place) -> None:
    async with running(place.folder, place.environment(), "run") as process:
        await process.ready()
        said: dict[str, str] = {}
        traffic = asyncio.create_task(chatter(place, said))
        await eventually(lambda: len(place.stored()) > 20)
        process.signal(signal.SIGTERM)
        assert await process.ended(DRAIN_SECONDS) == 0, process.err
        traffic.cancel()
    assert "Traceback" not in process.err
    stored = place.stored()
    acknowledged = {one.event_id for one in place.slack.deliveries if one.acked}
    texts = {one["event_id"]: one["event"].get("text") for one in place.slack.emitted}
    assert {texts[event] for event in acknowledged} - {None} & said.keys() <= stored
    waiting = {item.update["message"]["text"] for item in place.telegram.telegram.updates.queue if item.update}
    assert {words for words, where in said.items() if where == "telegram"} - waiting <= stored
    with closing(sqlite3.connect(place.database)) as database:
        assert database.execute("SELECT count(*) FROM outbox WHERE state IN ('sending', 'unknown')").fetchone() == (0,)


async def chatter(place: Place, said: dict[str, str]) -> None:
    """Anna and Erik write without a pause."""
    number = 0
    while True:
        number += 1
        for who, room in ((place.anna, "#it-help"), (place.erik, "dm")):
            words = f"{who.simulator.platform} {number}"
            said[words] = who.simulator.platform
            await who.writes(words, room)
        await asyncio.sleep(0.02)


async def test_a_second_sigterm_does_not_wait(place: Place) -> None:
    place.slack.faults.order("latency", "chat.postMessage", times=9, seconds=30.0)
    async with running(place.folder, place.environment(), "run") as process:
        await process.ready()
        await place.anna.writes("My laptop is gone", "#it-help")
        await eventually(lambda: place.slack.faults.ordered[0].struck > 0)
        process.signal(signal.SIGTERM)
        await place.slack.until(lambda: place.slack.connections == 0)
        process.signal(signal.SIGTERM)
        assert await process.ended(DRAIN_SECONDS / 2) == 130  # the first one alone would wait for Slack's 30 s
    assert "Traceback" not in process.err


async def test_sigterm_ends_a_start_that_waits(place: Place) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/bot"
        async with running(place.folder, place.environment(TELEGRAM_API_URL=url), "run") as process:
            await place.slack.until(lambda: place.slack.connections)
            process.signal(signal.SIGTERM)
            assert await process.ended(DRAIN_SECONDS) == 0
    assert "Traceback" not in process.err
