"""The Telegram door on the real library over the simulated platform, with a desk that only listens."""

import asyncio
import os
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Any, TypeVar

from structlog.testing import capture_logs

from bots.port import Answer, Button, Card, Command, Filled, Form, Front, Pointed, Press, Sought
from bots.simulator.telegram import TelegramSimulator
from bots.telegram.adapter import TelegramPlatform
from bots.telegram.tuning import Tuning
from inbox.directory import Room
from inbox.errors import StoreUnavailable
from inbox.filestore import FileStore
from inbox.model import Account, Deleted, Edited, Place, Reacted, Said
from tests.specs.telegram import check_event, check_log

T = TypeVar("T")
ANNA, ERIK, OMAR, LISA, MAJA = (str(n) for n in range(700_100_001, 700_100_006))
DESK, SUPPORT, OLD_DESK = "-1002000000101", "-4000001", "-4000002"
GROUPS = (DESK, SUPPORT, OLD_DESK)
DESKS = (DESK, OLD_DESK)
BOT = "acme_desk_bot"
PNG = {"name": "shot.png", "bytes": b"\x89PNG....", "type": "image/png"}
PDF = {"name": "bill.pdf", "bytes": b"%PDF-1.7", "type": "application/pdf"}
CLAIM = Card(title="#1 Printer", buttons=((Button("Claim", "claim:1"),),))


@dataclass
class Listener:
    """A desk that keeps what it is told, in order, and answers what the test says. `changed` is called after each.

    `fails` are raised by the next calls, one each; `hold` keeps calls waiting while it is cleared. `found` is called
    when rooms changed.
    """

    changed: Callable[[], None] = lambda: None
    answer: Answer = field(default_factory=Answer)
    heard: list[tuple[str, Any]] = field(default_factory=list)
    fails: list[Exception] = field(default_factory=list)
    hold: asyncio.Event = field(default_factory=asyncio.Event)
    waiting: int = 0
    found: Callable[[], Awaitable[None]] | None = None

    def __post_init__(self) -> None:
        self.hold.set()

    def of(self, kind: str) -> list[Any]:
        return [what for name, what in self.heard if name == kind]

    @property
    def words(self) -> list[str]:
        return [said.text for said in self.of("said")]

    async def _hear(self, kind: str, what: Any) -> None:
        self.waiting += 1
        self.changed()
        try:
            await self.hold.wait()
        finally:
            self.waiting -= 1
        if self.fails:
            raise self.fails.pop(0)
        self.heard.append((kind, what))
        self.changed()

    async def said(self, said: Said) -> None:
        await self._hear("said", said)

    async def edited(self, edited: Edited) -> None:
        await self._hear("edited", edited)

    async def deleted(self, deleted: Deleted) -> None:
        await self._hear("deleted", deleted)

    async def reacted(self, reacted: Reacted) -> None:
        await self._hear("reacted", reacted)

    async def typing(self, place: Place, by: Account) -> None:
        await self._hear("typing", (place, by))

    async def begun(self, form: str, by: Account) -> None:
        raise AssertionError("Telegram has no forms")

    async def pressed(self, press: Press) -> Answer:
        await self._hear("pressed", press)
        return self.answer

    async def commanded(self, command: Command) -> Answer:
        await self._hear("commanded", command)
        return self.answer

    async def filled(self, filled: Filled) -> Answer:
        await self._hear("filled", filled)
        return self.answer

    async def pointed(self, pointed: Pointed) -> Answer:
        await self._hear("pointed", pointed)
        return self.answer

    async def theirs(self, by: Account, about: Account) -> Answer:
        return Answer()

    async def suggest(self, by: Account, typed: str) -> Sequence[tuple[int, str]]:
        return ()

    async def home(self, by: Account) -> Sequence[Card]:
        return ()

    async def complete(self, sought: Sought) -> Sequence[tuple[str, str]]:
        return ()

    def opens_form(self, action: str, language: str = "", connection: str = "", words: str = "") -> Form | None:
        return None

    async def quarantine(self, connection: str, raw: str, error: str) -> None:
        raw.encode()  # as a database would
        await self._hear("quarantine", (connection, raw, error))

    async def unreachable(self, account: Account, why: str) -> None:
        await self._hear("unreachable", (account, why))

    async def people_changed(self, connection: str) -> None:
        await self._hear("people_changed", connection)

    async def rooms_changed(self, connection: str) -> None:
        await self._hear("rooms_changed", connection)
        if self.found:
            await self.found()

    async def moved(self, connection: str, old_room: str, new_room: str) -> None:
        await self._hear("moved", (connection, old_room, new_room))

    async def gap(self, connection: str, room: str, since: datetime | None, until: datetime | None, why: str) -> None:
        await self._hear("gap", (room, since, until, why))

    async def last_ids(self, connection: str) -> Mapping[str, str]:
        return {}

    async def begins(self, connection: str, marks: Mapping[str, str]) -> None:
        raise AssertionError("Telegram shows no history")

    async def live_places(self, connection: str) -> Sequence[Place]:
        return ()


class Naps:
    """The waits of the door: `taken` in seconds, each lasting until the test says `on`, or, if `short`, no time."""

    def __init__(self, changed: Callable[[], None]) -> None:
        self.taken: list[float] = []
        self.napping = 0
        self.short = False
        self._changed, self._bell = changed, asyncio.Event()

    async def __call__(self, seconds: float) -> None:
        bell = self._bell
        self.taken.append(seconds)
        if self.short:
            await asyncio.sleep(0)
            return
        self.napping += 1
        self._changed()
        try:
            await bell.wait()
        finally:
            self.napping -= bell is self._bell

    def on(self) -> None:
        """Whoever naps goes on."""
        self._bell.set()
        self._bell, self.napping = asyncio.Event(), 0


class Rig:
    """`async with Rig() as door`: the bot polls; `door.sim` is the platform, `door.front` the desk that listens.

    At the end every call and every update is held against the Bot API's description, where FRONTDESK_SPECS says where
    it lies; `poisoned` leaves the answers out that a test made wrong on purpose.
    """

    def __init__(
        self,
        *,
        start: bool = True,
        tuning: Tuning | None = None,
        rooms: Sequence[str] = GROUPS,
        desks: Sequence[str] = DESKS,
        webhook: str = "",
        webhook_secret: str = "",
    ) -> None:
        self.sim = TelegramSimulator()
        self.sim.limits = False
        self.front = Listener(self.sim.changed)
        self.naps = Naps(self.sim.changed)
        self.now = datetime(2026, 3, 2, 9, tzinfo=UTC)
        self.poisoned = False
        self.rooms: Sequence[Room] = ()
        self._start, self._tuning, self._named, self._desks = start, tuning, rooms, desks
        self._webhook, self._secret = webhook, webhook_secret
        self.site: Any = None  # our server, where Telegram posts
        self._log = capture_logs()
        self._folder = TemporaryDirectory(prefix="frontdesk-files-")
        self.files = FileStore(Path(self._folder.name), 100_000_000)

    def platform(self, token: str = TelegramSimulator.BOT_TOKEN, *, webhook: str | None = None) -> TelegramPlatform:
        return TelegramPlatform(
            "shop",
            bot_token=token,
            api_url=f"{self.sim.url}/bot",
            file_url=f"{self.sim.url}/file/bot",
            clock=lambda: self.now,
            files=self.files,
            rooms=self._named,
            desks=self._desks,
            webhook=self._webhook if webhook is None else webhook,
            webhook_secret=self._secret,
            tuning=self._tuning,
            sleep=self.naps,
        )

    async def __aenter__(self) -> "Rig":
        self.logs = self._log.__enter__()
        await self.sim.start()
        self.bot = self.platform()
        if self._start:
            await self.begin()
        return self

    async def begin(self) -> None:
        """Connects and polls; returns when the menu is there and the first request for updates waits."""
        self.rooms = await self.bot.connect()
        front: Front = self.front
        await self.bot.start(front, frozenset(room.external_id for room in self.rooms))
        menus = 3 * (1 + len(self.rooms))  # each set or taken away, in three languages
        await self.until(
            lambda: (
                self.called("setMyCommands") + self.called("deleteMyCommands") >= menus
                and (self.sim.polled or self.sim.webhook.url)
            )
        )

    def kill(self) -> None:
        """The program ends as if the power were cut: all that it was doing stops where it stands."""
        for task in asyncio.all_tasks():
            if task.get_name().startswith(("poll ", "menu ", "news ")):
                task.cancel()

    async def again(self) -> None:
        """It is started again."""
        self.bot = self.platform()
        await self.bot.connect()
        await self.bot.start(self.front, frozenset(room.external_id for room in self.rooms))

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.front.hold.set()
        await self.bot.stop()
        await self.sim.stop()
        self._log.__exit__(None, None, None)
        self._folder.cleanup()
        assert "AAfake" not in repr(self.logs), "the token stands in a log line"
        if error is None and os.environ.get("FRONTDESK_SPECS"):
            problems = [problem for update in self.sim.emitted for problem in check_event(update)]
            calls = [call for call in self.sim.log if not (self.poisoned and call.call == "getUpdates")]
            assert not problems + check_log(calls)

    # what a test does and sees

    async def until(self, look: Callable[[], T | None]) -> T:
        found = await self.sim.until(look, 5)
        assert found is not None
        return found

    async def do(self, act: str, **how: Any) -> Any:
        return await self.sim.do(act, **how)

    async def says(self, who: str, room: str, text: str, **how: Any) -> Said:
        """Somebody writes; returns what the desk heard of it."""
        before = len(self.front.of("said"))
        number = await self.do("write", who=who, room=room, text=text, **how)
        return await self.until(
            lambda: next((s for s in self.front.of("said")[before:] if s.message_id == number), None)
        )

    async def types(self, who: str, room: str, text: str, **how: Any) -> Command:
        """Somebody types a command; returns what the desk heard of it."""
        before = len(self.front.of("commanded"))
        await self.do("command", who=who, room=room, text=text, **how)
        return await self.until(lambda: next(iter(self.front.of("commanded")[before:]), None))

    def called(self, method: str) -> int:
        return sum(call.call == method for call in self.sim.log)

    def shown(self, room: str, thread: str | int | None = None) -> list[str]:
        """What the bot's messages in a room say now."""
        return [message.text for message in self.sim.said_by_bot(room, thread)]

    async def reads(self, words: str, room: str) -> Any:
        """Waits for a message of the bot with these words."""
        return await self.until(lambda: next((m for m in self.sim.said_by_bot(room) if words in m.text), None))

    async def pause(self) -> None:
        """Lets the bot find nothing to fetch, and nap: what happens now comes in one batch after `naps.on()`."""
        await self.do("disconnect")
        await self.until(lambda: self.naps.napping)
        self.naps.taken.clear()

    async def nap(self) -> float:
        """Lets the bot go on until it naps again; how long it would."""
        self.naps.on()
        await self.until(lambda: self.naps.napping)
        return self.naps.taken[-1]

    async def quiet(self) -> None:
        """Until the bot waits for updates, all of what happened taken in."""
        await self.until(lambda: self.sim.polled and not self.front.waiting)

    def poison(self, payload: Any) -> int:
        self.poisoned = True
        return int(self.sim.poison(payload))


def gone() -> StoreUnavailable:
    return StoreUnavailable(why="disk full")
