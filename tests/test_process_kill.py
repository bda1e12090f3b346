"""The process dies at any moment, again and again, while people write on three platforms; nothing is lost or doubled.

Telegram keeps what was not confirmed. Slack delivers again what was not acknowledged, and what it could deliver to
nobody stands in its history, as everything does on Discord. So every word that was written must be in exactly one
ticket's message in the end, and what the desk says must be said once where a platform lets that be known.
"""

import asyncio
import random
import sqlite3
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from bots.simulator.client import Client, Shown
from bots.simulator.discord import DiscordSimulator
from bots.simulator.server import Simulator
from bots.simulator.slack import SlackSimulator
from bots.simulator.telegram import TelegramSimulator
from tests.loaded import Loaded
from tests.process import environment, eventually

DESK = """
[desk]
name = "Acme"
[connections.acme]
platform = "slack"
[connections.community]
platform = "discord"
[connections.shop]
platform = "telegram"
[policies.standard]
hours = "always"
first_reply = { normal = "4h" }
[queues.it]
policy = "standard"
intake = ["acme:#it-help"]
desk = "acme:#it-desk"
thread = "web"
agents = "members"
default = true
survey = false
undo_seconds = 0
[queues.games]
policy = "standard"
intake = ["community:#support"]
desk = "community:#desk"
agents = ["community:role:Support"]
survey = false
undo_seconds = 0
[queues.customers]
policy = "standard"
intake = ["shop:dm"]
desk = "acme:#customer-desk"
thread = "web"
agents = "members"
survey = false
undo_seconds = 0
"""
NAMES = ("Anna", "Erik", "Astrid", "Bo", "Cleo", "Dan", "Eva", "Finn")
REDELIVERY_SECONDS = (0.0, 2.5, 6.0)  # Slack's are at once, 1 min and 5 min; a restart takes seconds here too
SETTLE_SECONDS = 45.0


@dataclass
class Side:
    """One platform: where its people ask, where its agents answer, and what was written there."""

    simulator: Simulator
    room: str
    desk: Simulator
    desk_room: str
    longest_pause: float
    answered: float  # how much of what is written is Omar's
    random: random.Random
    written: dict[str, str] = field(default_factory=dict)  # the words → who wrote them
    replies: list[str] = field(default_factory=list)
    where: dict[str, str] = field(default_factory=dict)  # the words → the message, and the thread it was written in
    card: Shown | None = None

    @property
    def name(self) -> str:
        return self.simulator.platform

    async def settle_in(self) -> None:
        """Its people come, beside those who are there."""
        for name in NAMES[2:]:
            await self.simulator.do("add_person", name=name)
            if self.name == "slack":
                await self.simulator.do("join", who=name, room="it-help")
        if self.name == "telegram":
            for name in NAMES:
                await self.simulator.do("start", who=name)

    async def somebody_writes(self) -> None:
        who = self.random.choice(NAMES)
        words = f"[{self.name} {len(self.written)}] it is broken again"
        self.written[words] = who
        more = {}
        if self.name == "slack" and (mine := self._asked(who)) and self.random.random() < 0.3:
            more["thread"] = mine[0].id
        written = await Client(self.simulator, who).writes(words, self.room, **more)
        self.where[words] = f"{written} {more}"

    def _asked(self, who: str) -> list[Shown]:
        """What somebody wrote at the top of the room."""
        seen = Client(self.simulator, who).sees(self.room, thread="")
        return [m for m in seen if m.author == who and m.words.startswith(f"[{self.name}")]

    async def omar_claims(self) -> None:
        """Omar takes a ticket from the desk room's first card, to answer in its thread from then on."""
        omar = Client(self.desk, "Omar")
        await omar.until(self._find_card)
        assert self.card
        await omar.presses(self.card, "Claim")
        await omar.until(lambda: "Omar" in next(m for m in omar.sees(self.desk_room) if m.id == self.card_id))

    @property
    def card_id(self) -> str:
        assert self.card
        return self.card.id

    def _find_card(self) -> Shown | None:
        seen = Client(self.desk, "Omar").sees(self.desk_room, by_bot=True)
        self.card = next((m for m in seen if "Claim" in m.buttons and f"[{self.name}" in m), None)
        return self.card

    async def omar_answers(self) -> None:
        words = f"[{self.name} answer {len(self.replies)}] we are on it"
        self.replies.append(words)
        self.where[words] = await Client(self.desk, "Omar").writes(words, self.desk_room, thread=self.card_id)

    @property
    def first_writer(self) -> str:
        return next(iter(self.written.values()))

    def answers_arrived(self) -> None:
        """Omar's answers reached whom they were for: once, or on Telegram at most once."""
        seen = [m.words for m in Client(self.simulator, self.first_writer).sees(by_bot=True)]
        for words in self.replies:
            times = sum(words in shown for shown in seen)
            assert times == 1 or (times == 0 and self.name == "telegram"), (words, times)

    def words_were_shown(self) -> None:
        """What people asked stands once in the desk's threads, where the queue mirrors it there."""
        omar = Client(self.desk, "Omar")
        seen = [m.words for m in omar.sees(self.desk_room, by_bot=True) if m.thread]
        for words in self.written:
            times = sum(words in shown for shown in seen)
            assert times == 1, (words, times)

    async def traffic(self) -> None:
        """Words at random moments, until cancelled."""
        while True:
            await asyncio.sleep(self.random.uniform(0.02, self.longest_pause))
            await (self.omar_answers() if self.random.random() < self.answered else self.somebody_writes())


class Story:
    """Three platforms, a folder for the program, and a database in it."""

    def __init__(self, program: Loaded, folder: Path, seed: int) -> None:
        self.program = program
        self.folder, self.seed, self.random = folder, seed, random.Random(seed)
        self.slack = SlackSimulator(limits=False, retry_delays=REDELIVERY_SECONDS)
        self.discord = DiscordSimulator(limits=False)
        self.telegram = TelegramSimulator()
        self.telegram.limits = False
        self.sides = (
            self._side(self.slack, "#it-help", self.slack, "#it-desk", 0.3, 0.07),
            # its words are mirrored, one a second at most
            self._side(self.discord, "#support", self.discord, "#desk", 3.0, 0.3),
            self._side(self.telegram, "dm", self.slack, "#customer-desk", 0.3, 0.07),
        )

    def _side(
        self, simulator: Simulator, room: str, desk: Simulator, desk_room: str, pause: float, answered: float
    ) -> Side:
        mine = random.Random(f"{self.seed} {simulator.platform}")
        return Side(simulator, room, desk, desk_room, pause, answered, mine)

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        async with self.slack, self.discord, self.telegram:
            for side in self.sides:
                await side.settle_in()
            yield

    @property
    def database(self) -> Path:
        return self.folder / "frontdesk.db"

    def environment(self) -> dict[str, str]:
        desk = self.folder / "desk.toml"
        desk.write_text(DESK)
        found = environment(self.slack, self.discord, self.telegram, desk=desk, database=f"sqlite:///{self.database}")
        return found | {"LOG_LEVEL": "warning"}

    # what happens

    async def begin(self) -> None:
        """Everybody writes something, and Omar takes a ticket of each platform."""
        async with self.program.running(self.folder, self.environment(), "run") as process:
            await process.ready()
            for side in self.sides:
                await side.somebody_writes()
            await asyncio.gather(*(side.omar_claims() for side in self.sides))

    async def die(self, kills: int) -> None:
        """The program is started and killed, while words come in without a pause."""
        traffic = [asyncio.create_task(side.traffic()) for side in self.sides]
        for _ in range(kills):
            async with self.program.running(self.folder, self.environment(), "run") as process:
                if self.random.random() < 0.8:
                    await process.ready()
                await asyncio.sleep(self.random.uniform(0, 1))
            self.leases_run_out()
        for task in traffic:
            task.cancel()
        for ended in await asyncio.gather(*traffic, return_exceptions=True):
            assert isinstance(ended, asyncio.CancelledError), ended

    def leases_run_out(self) -> None:
        """Twenty seconds pass for what the process that died had begun to send; the rest is taken back at a start."""
        with closing(sqlite3.connect(self.database, timeout=10)) as database, database:
            database.execute("UPDATE outbox SET lease_until = 0, not_before = 0 WHERE state = 'sending'")

    async def recover(self) -> None:
        """One more start, and this time it lives until nothing is left to be done. Ended by SIGTERM, it ends well."""
        async with self.program.running(self.folder, self.environment(), "run") as process:
            await process.ready()
            with suppress(TimeoutError):  # what is missing is told by what is looked at then
                await eventually(self.settled, SETTLE_SECONDS)
            process.child.terminate()
            assert await process.ended() == 0, process.err

    def settled(self) -> bool:
        waiting = self.ask("SELECT count(*) FROM outbox WHERE state IN ('queued', 'sending')")
        taken_in = self.ask("SELECT count(*) FROM message WHERE ticket IS NOT NULL")
        everything = sum(len(side.written) + len(side.replies) for side in self.sides)
        told = self.slack.idle and not self.telegram.telegram.updates.queue
        return told and waiting == [(0,)] and taken_in[0][0] >= everything

    def ask(self, query: str, *values: Any) -> list[Any]:
        with closing(sqlite3.connect(self.database, timeout=10)) as database:
            return database.execute(query, values).fetchall()

    # what must be true in the end

    def nothing_is_lost_or_doubled(self) -> None:
        stored = Counter(text for (text,) in self.ask("SELECT text FROM message WHERE ticket IS NOT NULL"))
        written = {words: where for side in self.sides for words, where in side.where.items()}
        assert [(words, stored[words], where) for words, where in written.items() if stored[words] != 1] == []
        assert set(stored) == set(written)
        assert self.ask("SELECT error, raw FROM quarantine") == []
        assert self.ask("PRAGMA integrity_check") == [("ok",)]
        assert self.ask("PRAGMA foreign_key_check") == []

    def no_ticket_is_doubled(self) -> None:
        """Everybody wrote in one room only and was not answered there but by Omar: whose first words came within two
        minutes of the next have one ticket."""
        query = """SELECT person.name, ticket.connection FROM ticket JOIN person ON person.id = requester_id"""
        connections = {"acme": "slack", "community": "discord", "shop": "telegram"}
        opened = Counter((name, connections[connection]) for name, connection in self.ask(query))
        # Omar's answer ends the burst in the rooms; what comes then at the top of the room is a matter of its own
        answered = {(side.first_writer, side.name) for side in self.sides}
        asked = {(who, side.name) for side in self.sides for who in side.written.values()}
        assert set(opened) == asked
        assert {key for key, number in opened.items() if number > 1} <= answered

    def nothing_is_said_twice(self) -> None:
        """Slack's posts can be found again and Discord's are deduplicated by nonce, so each went out exactly once;
        of Telegram's nobody can know, so none went out twice."""
        slack = [m.metadata["event_payload"]["nonce"] for m in self.slack.world.messages if m.metadata]
        discord = [m.nonce for channel in self.discord.world.channels.values() for m in channel.history if m.nonce]
        for nonces in (slack, discord):
            assert nonces
            assert [nonce for nonce, times in Counter(nonces).items() if times > 1] == []
        for connection in ("acme", "community"):
            states = self.ask("SELECT DISTINCT state FROM outbox WHERE connection = ?", connection)
            assert set(states) <= {("sent",), ("cancelled",)}, (connection, states)
        for side in self.sides:
            side.answers_arrived()
        self.sides[1].words_were_shown()


async def told(program: Loaded, folder: Path, seed: int, kills: int) -> Story:
    """The whole story."""
    story = Story(program, folder, seed)
    async with story.open():
        await story.begin()
        await story.die(kills)
        await story.recover()
        story.nothing_is_lost_or_doubled()
        story.no_ticket_is_doubled()
        story.nothing_is_said_twice()
        assert story.settled()
    return story


async def test_killed_ten_times_during_traffic(tmp_path: Path, program: Loaded) -> None:
    await told(program, tmp_path, seed=20261122, kills=10)


@pytest.mark.torture
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("seed", range(10))
async def test_killed_a_hundred_times(tmp_path: Path, program: Loaded, seed: int) -> None:
    await told(program, tmp_path, seed, kills=10)
