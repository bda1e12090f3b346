"""Discord's door between a simulated Discord and a front that remembers: people act, and what came in is asserted."""

import asyncio
import os
from collections.abc import Awaitable, Callable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Any, TypeVar

from bots.discord.adapter import DiscordPlatform
from bots.discord.gateway import Tuning
from bots.forms import form_of
from bots.port import Answer, Card, Command, Filled, Form, Pointed, Press, Sought
from bots.simulator.discord import DiscordSimulator
from bots.simulator.discord import Tuning as Figures
from bots.simulator.discord.seed import PEOPLE_IDS
from bots.simulator.discord.world import Message
from bots.simulator.server import Call
from inbox.directory import Room
from inbox.errors import StoreUnavailable
from inbox.filestore import FileStore
from inbox.model import Account, Deleted, Edited, Place, Reacted, Said
from tests.house import sample_directory
from tests.specs.discord import check_log

ANNA, ERIK, OMAR, LISA, MAJA = (PEOPLE_IDS[name] for name in ("anna", "erik", "omar", "lisa", "maja"))
QUICK = Tuning(
    identify_pause=(0.0, 0.0),
    first_retry=0.02,
    longest_retry=0.1,
    store_retry=0.01,
    longest_store_retry=0.02,
    settle=0.01,
)
WAIT = 5.0
T = TypeVar("T")
# Every test would register the same commands and hold them against the same description: once is enough.
_registered: dict[str, Any] = {}
_checked: set[tuple[str, str, int, str]] = set()


@dataclass
class Memory:
    """A front that takes everything in, as the desk does: each key once, and the newest id of each room.

    `down` is how many of the next calls find the database away; `answers` are given to presses, commands and forms.
    """

    said_: list[Said] = field(default_factory=list)
    edited_: list[Edited] = field(default_factory=list)
    deleted_: list[Deleted] = field(default_factory=list)
    typings: list[tuple[Place, Account]] = field(default_factory=list)
    begun_: list[tuple[str, Account]] = field(default_factory=list)
    reactions: list[Reacted] = field(default_factory=list)
    pointed_: list[Pointed] = field(default_factory=list)
    presses: list[Press] = field(default_factory=list)
    looked_up: list[Account] = field(default_factory=list)
    typed: list[str] = field(default_factory=list)
    sought: list[Sought] = field(default_factory=list)
    found: list[tuple[str, str]] = field(default_factory=list)
    suggested: list[tuple[int, str]] = field(default_factory=list)
    commands: list[Command] = field(default_factory=list)
    forms: list[Filled] = field(default_factory=list)
    aside: list[tuple[str, str]] = field(default_factory=list)
    last: dict[str, str] = field(default_factory=dict)
    live: list[Place] = field(default_factory=list)
    answer: Answer = field(default_factory=lambda: Answer(Card(text="Done.")))
    again: int = 0  # things delivered a second time
    down: int = 0
    staff_changes: int = 0
    room_changes: int = 0
    gaps: list[tuple[str, str]] = field(default_factory=list)
    hold: asyncio.Event | None = None  # answers wait for it
    gates: dict[str, asyncio.Event] = field(default_factory=dict)  # words, or `last_ids` → what they wait for
    at_gate: list[str] = field(default_factory=list)
    news: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def until(self, look: Callable[[], T]) -> T:
        """Waits until that is true, and returns it."""
        async with asyncio.timeout(WAIT), self.news:
            while not (found := look()):
                await self.news.wait()
            return found

    async def hears(self, *texts: str) -> list[Said]:
        """Waits until these words came in, in this order and no others."""
        try:
            await self.until(lambda: self.texts == list(texts))
        except TimeoutError:
            raise AssertionError(f"{list(texts)} did not come in, but {self.texts}") from None
        return self.said_

    @property
    def texts(self) -> list[str]:
        return [said.text for said in self.said_]

    async def _told(self) -> None:
        async with self.news:
            self.news.notify_all()

    async def _take(self, kept: list[Any], thing: Any) -> None:
        if self.down:
            self.down -= 1
            await self._told()
            raise StoreUnavailable(why="the test said so")
        if any(known.key == thing.key for known in kept):
            self.again += 1
        else:
            kept.append(thing)
        await self._told()

    async def _pass(self, what: str) -> None:
        if what in self.gates:
            self.at_gate.append(what)
            await self._told()
            await self.gates[what].wait()

    async def said(self, said: Said) -> None:
        await self._pass(said.text)
        await self._take(self.said_, said)
        room = said.place.room
        if said.cursor and int(said.message_id) > int(self.last.get(room, 0)):
            self.last[room] = said.message_id

    async def edited(self, edited: Edited) -> None:
        await self._take(self.edited_, edited)

    async def deleted(self, deleted: Deleted) -> None:
        await self._take(self.deleted_, deleted)

    async def reacted(self, reacted: Reacted) -> None:
        self.reactions.append(reacted)  # they have no key: the desk knows what stands
        await self._told()

    async def typing(self, place: Place, by: Account) -> None:
        self.typings.append((place, by))
        await self._told()

    async def begun(self, form: str, by: Account) -> None:
        self.begun_.append((form, by))

    async def pointed(self, pointed: Pointed) -> Answer:
        self.pointed_.append(pointed)
        await self._told()
        return self.answer

    async def theirs(self, by: Account, about: Account) -> Answer:
        return await self._answered(self.looked_up, about)

    async def suggest(self, by: Account, typed: str) -> Sequence[tuple[int, str]]:
        self.typed.append(typed)
        await self._told()
        if self.hold:
            await self.hold.wait()
        return self.suggested

    async def home(self, by: Account) -> Sequence[Card]:
        return ()

    async def pressed(self, press: Press) -> Answer:
        return await self._answered(self.presses, press)

    async def commanded(self, command: Command) -> Answer:
        return await self._answered(self.commands, command)

    async def filled(self, filled: Filled) -> Answer:
        return await self._answered(self.forms, filled)

    async def _answered(self, kept: list[Any], thing: Any) -> Answer:
        kept.append(thing)
        await self._told()
        if self.hold:
            await self.hold.wait()
        return self.answer

    async def complete(self, sought: Sought) -> Sequence[tuple[str, str]]:
        self.sought.append(sought)
        await self._told()
        return self.found

    def opens_form(self, action: str, language: str = "", connection: str = "", words: str = "") -> Form | None:
        return form_of(action, language or "en", sample_directory(), connection, words)

    async def quarantine(self, connection: str, raw: str, error: str) -> None:
        self.aside.append((raw, error))
        await self._told()

    async def unreachable(self, account: Account, why: str) -> None:
        raise AssertionError("Discord does not tell who blocks the bot")

    async def people_changed(self, connection: str) -> None:
        self.staff_changes += 1
        await self._told()

    async def rooms_changed(self, connection: str) -> None:
        await self._pass("rooms_changed")
        self.room_changes += 1
        await self._told()

    async def moved(self, connection: str, old_room: str, new_room: str) -> None:
        raise AssertionError("Discord's rooms keep their ids")

    async def gap(self, connection: str, room: str, since: datetime | None, until: datetime | None, why: str) -> None:
        self.gaps.append((room, why))
        await self._told()

    async def last_ids(self, connection: str) -> Mapping[str, str]:
        found = dict(self.last)
        await self._pass("last_ids")
        return found

    async def begins(self, connection: str, marks: Mapping[str, str]) -> None:
        await self._pass("begins")
        self.last = {**marks, **self.last}

    async def live_places(self, connection: str) -> Sequence[Place]:
        return list(self.live)


def _identity(call: Call) -> tuple[str, str, int, str]:
    return call.call, str(call.request["query"]) + str(call.request["body"]), call.status, str(call.answer)


class Door:
    """`async with Door() as door`: the simulator, the door and the front. Time is told; rate limits are off.

    At the end every call of the bot's is held against the platform's description, where FRONTDESK_SPECS says where
    it lies. With `fresh`, the bot's commands are not registered yet.
    """

    def __init__(
        self, *, tuning: Tuning = QUICK, figures: Figures | None = None, connect: bool = True, fresh: bool = False
    ) -> None:
        self.now = 1_800_000_000.0
        self.sim = DiscordSimulator(clock=lambda: self.now, limits=False, tuning=figures)
        self.sim.limits = False
        self.tuning, self._connect = tuning, connect
        if not fresh:
            self.sim.world.app.commands = deepcopy(_registered)
        self.front = Memory()
        self._folder = TemporaryDirectory(prefix="frontdesk-files-")
        self.files = FileStore(Path(self._folder.name), 1_000_000)
        self.platforms: list[DiscordPlatform] = []
        self.rooms: dict[str, Room] = {}

    @property
    def bot(self) -> DiscordPlatform:
        return self.platforms[-1]

    async def __aenter__(self) -> "Door":
        await self.sim.start()
        if self._connect:
            await self.open()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._folder.cleanup()
        for platform in self.platforms:
            await platform.stop()
        await self.sim.stop()
        _registered.update(_registered or self.sim.world.app.commands)
        if error is None and os.environ.get("FRONTDESK_SPECS"):
            new = {_identity(call): call for call in self.sim.log if _identity(call) not in _checked}
            problems = check_log(new.values())
            assert not problems, problems
            _checked.update(new)

    def platform(self, **how: Any) -> DiscordPlatform:
        """A door to the same server; it is closed at the end."""
        given: dict[str, Any] = {
            "bot_token": DiscordSimulator.BOT_TOKEN,
            "api_url": f"{self.sim.url}/api/v10",
            "gateway_url": self.sim.gateway_url,
            "clock": self.clock,
            "files": self.files,
            "tuning": self.tuning,
        }
        self.platforms.append(DiscordPlatform("community", **{**given, **how}))
        return self.bot

    def clock(self) -> datetime:
        return datetime.fromtimestamp(self.now, UTC)

    async def open(self, *follow: str) -> None:
        """Connects and starts, as the program does; all rooms are followed unless some are named."""
        platform = self.platform()
        self.rooms = {room.name: room for room in await platform.connect()}
        wanted = [self.rooms[name] for name in follow] if follow else list(self.rooms.values())
        await platform.start(self.front, frozenset(room.external_id for room in wanted))

    async def restart(self, meanwhile: Callable[[], Awaitable[Any]]) -> None:
        """The program ends, something happens, and it starts again."""
        await self.bot.stop()
        await meanwhile()
        await self.open()

    def id(self, room: str) -> str:
        found = self.sim.world.room(room)
        assert found is not None
        return found.id

    def place(self, room: str, thread: str = "", root: str = "") -> Place:
        return Place("community", self.id(room), thread, root)

    async def writes(self, who: str, text: str, room: str = "#support", **more: Any) -> str:
        return str(await self.sim.do("write", who=who, room=room, text=text, **more))

    def posted(self, room: str, thread: str | None = None) -> list[Message]:
        return self.sim.said_by_bot(room, thread)

    def calls(self, call: str) -> int:
        return sum(entry.call == call for entry in self.sim.log)
