"""A company at Slack, for stories: the real front, desk, relay and Slack's own libraries, and a simulated Slack.

Time is told.
"""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bots.front import FrontDoor
from bots.pages import Pages
from bots.relay import Relay, Tuning
from bots.simulator.slack import Message, SlackSimulator
from bots.slack.adapter import SlackPlatform
from bots.slack.manifest import manifest
from bots.slack.tuning import Tuning as SlackTuning
from frontdesk import config
from frontdesk.rooms import resolve
from inbox.desk import alarms, upkeep
from inbox.desk.door import Desk
from inbox.directory import Directory, Room
from inbox.errors import StoreUnavailable
from inbox.filestore import FileStore
from tests.house import Clock

DESK = """
[desk]
name = "Acme"
language = "en"
timezone = "Europe/Stockholm"
[connections.acme]
platform = "slack"
[policies.standard]
hours = "always"
first_reply = { normal = "4h" }
resolution = { normal = "16h" }
[queues.it]
title = "IT support"
policy = "standard"
intake = ["acme:#it-help", "acme:dm"]
desk = "acme:#it-desk"
agents = "members"
default = true
"""


class Hurry:
    """A clock for pacing that nobody has to wait for."""

    now = 0.0

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += seconds
        await asyncio.sleep(0)


class Acme:
    """`async with Acme(url) as acme`: the company's Slack, its desk, and the program between them, which runs."""

    def __init__(
        self, database_url: str, *, tuning: SlackTuning | None = None, desk_file: str = DESK, **how: Any
    ) -> None:
        self.clock, self.pace, self.tuning = Clock(), Hurry(), tuning
        self._folder = TemporaryDirectory(prefix="frontdesk-files-")
        self.files = FileStore(Path(self._folder.name), 1_000_000)
        self.slack = SlackSimulator(clock=lambda: self.clock.now.timestamp(), limits=False, **how)
        self.desk = Desk(database_url, Directory(config.parse(desk_file, "desk.toml")), self.clock)

    async def __aenter__(self) -> "Acme":
        await self.slack.start()
        await self.slack.do("install", manifest=manifest())
        await self.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()
        await self.desk.close()
        await self.slack.stop()
        self._folder.cleanup()

    async def open(self) -> None:
        """The program starts."""
        self.platform = SlackPlatform(
            "acme",
            bot_token=self.slack.BOT_TOKEN,
            app_token=self.slack.APP_TOKEN,
            signing_secret="",
            api_url=f"{self.slack.url}/api/",
            clock=self.clock,
            files=self.files,
            ticket_reaction=self.desk.directory.desk.ticket_reaction,
            tuning=self.tuning,
        )
        follow = await self._placed(await self.platform.connect())
        agents = await self.platform.people(self.desk.directory.rooms["acme:#it-desk"])
        await self.desk.do(upkeep.staff, {"it": dict.fromkeys(agents, "agent")})
        front = FrontDoor(self.desk, self._no_link, self._nobody, self._look_again)
        await self.platform.start(front, follow)
        self.pages = Pages(self.desk, [self.platform], rest_seconds=0)
        self.pages.start()
        options: dict[str, Any] = {"clock": self.pace, "sleep": self.pace.sleep, "tuning": Tuning(poll_seconds=60)}
        self.relay = Relay(self.desk, {"acme": self.platform}, "one", **options)
        await self.relay.start()

    async def close(self) -> None:
        """The program stops; the desk stays."""
        await self.pages.stop()
        await self.platform.stop()
        await self.relay.drain(5)

    @contextmanager
    def no_database(self) -> Iterator[None]:
        """Meanwhile every transaction and every query fails."""

        async def gone(*_: object, **__: object) -> Any:
            raise StoreUnavailable(why="the disk is full")

        store: Any = self.desk.store
        store.do = store.look = gone
        try:
            yield
        finally:
            del store.do, store.look

    async def _no_link(self, person: int) -> str:
        raise AssertionError("nobody asked for a link")

    async def _placed(self, rooms: Sequence[Room]) -> frozenset[str]:
        wanted = {"acme:#it-help": ("acme", "#it-help"), "acme:#it-desk": ("acme", "#it-desk")}
        found = resolve(wanted, {"acme": rooms})
        self.desk.directory = Directory(self.desk.directory.desk, found)
        await self.desk.do(upkeep.rooms_found, "acme", list(found.values()))
        return frozenset(room.external_id for room in found.values())

    async def _look_again(self, connection: str) -> None:
        self.platform.follow(await self._placed(await self.platform.rooms()))
        self.slack.changed()

    async def _nobody(self, connection: str) -> None:
        """The team stays as it is."""

    async def later(self, seconds: float) -> None:
        """Time passes, and what was due is done and said."""
        await self.done()
        self.clock.advance(seconds)
        await alarms.tick(self.desk)
        await self.done()

    async def done(self) -> None:
        """All that was written is taken in, and all that is to be said now is said."""
        await self.slack.until(lambda: self.slack.idle)
        await self.relay.idle()

    # people

    async def writes(self, who: str, text: str, room: str, thread: str = "") -> str:
        ts: str = await self.slack.do("write", who=who, room=room, text=text, thread=thread)
        await self.done()
        return ts

    async def card(self) -> Message:
        """The newest card in the agents' room."""
        found: list[Message] = await self.slack.until(lambda: self.slack.seen("#it-desk", "") or None)
        return found[-1]

    def told(self, who: str) -> list[str]:
        """What that person was shown privately."""
        return [self.slack.text(one) for one in self.slack.whispers(who)]

    def marks(self, room: str, ts: str) -> set[str]:
        return set(self.slack.world.message(room, ts).reactions)
