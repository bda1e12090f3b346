"""The program beside what is dead, and over a database that cannot be written: the rest goes on, nothing is lost."""

import asyncio
import json
import socket
import sqlite3
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy.engine import make_url

from bots.simulator.client import Client
from bots.simulator.slack import SlackSimulator
from bots.simulator.telegram import TelegramSimulator
from tests.loaded import Loaded
from tests.process import Process, environment

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
REDELIVERY_SECONDS = (0.0, 1.0, 3.0, 6.0, 10.0)


class Place:
    """Slack and Telegram, simulated here, and a folder for the program."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.slack = SlackSimulator(limits=False, retry_delays=REDELIVERY_SECONDS)
        self.telegram = TelegramSimulator()
        self.anna, self.omar = Client(self.slack, "Anna"), Client(self.slack, "Omar")
        self.erik = Client(self.telegram, "Erik")
        (folder / "desk.toml").write_text(DESK)

    @property
    def database(self) -> str:
        return f"sqlite:///{self.folder}/frontdesk.db"

    def environment(self, database: str = "", **more: str) -> dict[str, str]:
        desk = self.folder / "desk.toml"
        found = environment(self.slack, self.telegram, desk=desk, database=database or self.database)
        return found | {"LOG_LEVEL": "warning"} | more


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Place]:
    place = Place(tmp_path)
    async with place.slack, place.telegram:
        await place.telegram.do("start", who="Erik")
        yield place


async def readyz(process: Process) -> tuple[int, dict[str, Any]]:
    """What /readyz says."""

    def ask() -> tuple[int, Any]:
        try:
            with urllib.request.urlopen(f"{process.url}/readyz", timeout=20) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            return error.code, json.load(error)

    return await asyncio.to_thread(ask)


async def until_told(process: Process, code: int, words: str = "") -> None:
    """Waits until /readyz answers with that code and those words."""
    async with asyncio.timeout(30):
        while True:
            found, told = await readyz(process)
            if found == code and words in json.dumps(told):
                return
            await asyncio.sleep(0.1)


# beside a platform that is dead


async def test_words_for_a_dead_platform_wait_for_it_while_the_others_go_on(place: Place, program: Loaded) -> None:
    async with program.running(place.folder, place.environment(), "run") as process:
        await process.ready()
        await place.erik.writes("Where is my parcel?", "dm")
        card = await place.omar.reads("Where is my parcel?", "#customer-desk", thread="")
        await place.omar.presses(card, "Claim")
    await place.telegram.stop()
    async with program.running(place.folder, place.environment(), "run") as process:
        await process.ready()
        await place.omar.writes("At the kiosk in Kista", "#customer-desk", thread=card.id)
        await place.anna.writes("My laptop is gone", "#it-help")
        await place.anna.reads("#2", "#it-help")
        code, told = await readyz(process)
        assert code == 503
        assert told["connections"]["acme"] == {"up": True}
        assert not told["connections"]["shop"]["up"]
        assert "Telegram could not be reached" in told["connections"]["shop"]["why"]
        await place.telegram.start()
        await place.erik.reads("At the kiosk in Kista", "dm")
        await until_told(process, 200)
    assert "Traceback" not in process.err


async def test_a_platform_that_is_silent_holds_up_nobody(place: Place, program: Loaded) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/bot"
        async with program.running(place.folder, place.environment(TELEGRAM_API_URL=url), "run") as process:
            await place.slack.until(lambda: place.slack.connections, 20)
            await place.anna.writes("My laptop is gone", "#it-help")
            await place.anna.reads("#1", "#it-help", timeout=5)
            assert "ready" not in process.out


# over a database that cannot be written


@contextmanager
def unwritable(url: str) -> Iterator[None]:
    """Nobody can write there meanwhile: SQLite's file is held by another program, PostgreSQL stands by read-only."""
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            yield
        return
    address = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(address, autocommit=True) as admin:

        def read_only(wish: str) -> None:
            admin.execute("SET default_transaction_read_only = off")
            name = make_url(url).database
            admin.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = {wish}")
            others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
            admin.execute(f"{others} AND datname = current_database()")

        read_only("on")
        yield
        read_only("off")


# waiting out SQLite's patience with a lock takes its time
@pytest.mark.parametrize("engine_name", [pytest.param("sqlite", marks=pytest.mark.torture), "postgres"])
async def test_what_comes_while_the_database_cannot_be_written_comes_again(
    place: Place, database_url: str, program: Loaded
) -> None:
    """IN-07."""
    async with program.running(place.folder, place.environment(database_url), "run") as process:
        await process.ready()
        assert (await readyz(process))[0] == 200
        with unwritable(database_url):
            await place.anna.writes("My laptop is gone", "#it-help")
            await place.erik.writes("Where is my parcel?", "dm")
            await until_told(process, 503, "cannot be written")
            assert not [one for one in place.slack.deliveries if one.kind == "events_api" and one.acked]
            assert place.telegram.telegram.updates.queue
        await place.omar.reads("My laptop is gone", "#it-desk", thread="", timeout=30)
        await place.omar.reads("Where is my parcel?", "#customer-desk", thread="", timeout=30)
        await place.slack.until(lambda: place.slack.idle, 30)
        await until_told(process, 200)
    assert "Traceback" not in process.err
    assert sorted(asked(place)) == ["My laptop is gone", "Where is my parcel?"]


def asked(place: Place) -> list[str]:
    """What the desk rooms' cards are about."""
    rooms = ("#it-desk", "#customer-desk")
    cards = [card.words for room in rooms for card in place.omar.sees(room, thread="", by_bot=True)]
    return [words for card in cards for words in ("My laptop is gone", "Where is my parcel?") if words in card]


# beside real tokens


async def test_beside_a_real_looking_token_no_simulator_starts(tmp_path: Path, program: Loaded) -> None:
    settings = {
        "SLACK_BOT_TOKEN": "xoxb-1234567890-abcdefgh",
        "SLACK_APP_TOKEN": "xapp-1-A123-abcdefgh",
        "SLACK_API_URL": "http://127.0.0.1:9/api/",
        "INBOX_PORT": "0",
    }
    (tmp_path / "desk.toml").write_text(DESK)
    async with program.running(tmp_path, settings, "run") as process:
        await process.ready()
        assert "playground" not in process.out
        assert listening(process.child.pid) == {int(process.url.rpartition(":")[2])}


def listening(pid: int) -> set[int]:
    """The TCP ports on which a process listens."""
    own = {link.readlink().name for link in Path(f"/proc/{pid}/fd").iterdir() if link.is_symlink()}
    found = set()
    for line in Path(f"/proc/{pid}/net/tcp").read_text().splitlines()[1:]:
        (
            _,
            local,
            _,
            state,
            *_,
        ) = line.split()
        if state == "0A" and f"socket:[{line.split()[9]}]" in own:
            found.add(int(local.partition(":")[2], 16))
    return found
