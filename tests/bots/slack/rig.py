"""The Slack door between a simulated Slack and a desk that only takes notes."""

import asyncio
import os
import socket
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Any

import uvicorn

from bots.hooks import behind, hooks_of
from bots.port import Answer, Card, Command, Field, Filled, Form, Pointed, Press, Sought
from bots.simulator.slack import SlackSimulator
from bots.slack.adapter import SlackPlatform
from bots.slack.manifest import manifest
from bots.slack.tuning import Tuning
from inbox.errors import StoreUnavailable
from inbox.filestore import FileStore
from inbox.model import Account, Deleted, Edited, File, Place, Reacted, Said
from tests.specs.slack import check_event, check_log

ANNA, ERIK, OMAR, LISA, MAJA = (f"U0{name}00001" for name in ("ANNA", "ERIK", "OMAR", "LISA", "MAJA"))
BOT = "U0FRONT00001"
IT_HELP, GENERAL, IT_DESK = "C0ITHELP0001", "C0GENERA0001", "C0ITDESK0001"
FOLLOWED = frozenset({IT_HELP, IT_DESK})
QUICK = Tuning(
    ping_seconds=0.2,
    answer_seconds=0.4,
    lookup_seconds=0.3,
    staff_seconds=0.02,
    rooms_seconds=0.05,
    gap_seconds=5,
    again_seconds=0.05,
)
NOTHING = Answer()


class Notes:
    """A desk's front that takes notes, knows what it was told before, and fails or dawdles when it is asked to."""

    def __init__(self) -> None:
        self.said_: list[Said] = []
        self.edits: list[Edited] = []
        self.deletes: list[Deleted] = []
        self.marks: list[Reacted] = []
        self.begun_: list[tuple[str, Account]] = []
        self.presses: list[Press] = []
        self.commands: list[Command] = []
        self.forms: list[Filled] = []
        self.points: list[Pointed] = []
        self.page: Callable[[Account], Sequence[Card]] = lambda _: ()
        self.set_aside: list[tuple[str, str]] = []
        self.rooms_moved: list[tuple[str, str]] = []
        self.gaps: list[tuple[str, datetime | None, str]] = []
        self.staff_calls = self.room_calls = 0
        self.keys: set[str] = set()
        self.again = 0  # things that were told more than once
        self.last: dict[str, str] = {}
        self.live: list[Place] = []
        self.answers: Callable[[Any], Answer] = lambda _: NOTHING
        self.form: Form | None = None
        self.found: Sequence[tuple[str, str]] = ()
        self.sought: list[Sought] = []
        self.pointed_words = ""
        self.down = 0  # so many calls fail for want of a database
        self.open = asyncio.Event()  # nothing is answered while it is not set
        self.open.set()
        self.changed: Callable[[], None] = lambda: None
        self.broken: Callable[[Any], bool] = lambda _: False

    @property
    def texts(self) -> list[str]:
        return [one.text for one in self.said_]

    async def _take(self, key: str, thing: Any, notes: list[Any]) -> None:
        await self._work(thing)
        if key in self.keys:
            self.again += 1
        else:
            self.keys.add(key)
            notes.append(thing)
        self.changed()

    async def _work(self, thing: Any) -> None:
        await self.open.wait()
        if self.down:
            self.down -= 1
            self.changed()
            raise StoreUnavailable(why="the disk is full")
        if self.broken(thing):
            raise RuntimeError("a desk that stumbles")

    async def said(self, said: Said) -> None:
        await self._take(said.key, said, self.said_)
        if said.cursor:
            self.last[said.place.room] = max(self.last.get(said.place.room, ""), said.message_id)

    async def edited(self, edited: Edited) -> None:
        await self._take(edited.key, edited, self.edits)

    async def deleted(self, deleted: Deleted) -> None:
        await self._take(deleted.key, deleted, self.deletes)

    async def reacted(self, reacted: Reacted) -> None:
        await self._take(f"{reacted.key}/{reacted.emoji}/{reacted.on}", reacted, self.marks)

    async def typing(self, place: Place, by: Account) -> None:
        raise AssertionError("Slack tells no bot that somebody writes")

    async def begun(self, form: str, by: Account) -> None:
        self.begun_.append((form, by))

    async def pointed(self, pointed: Pointed) -> Answer:
        await self._take(pointed.key, pointed, self.points)
        return self.answers(pointed)

    async def theirs(self, by: Account, about: Account) -> Answer:
        return Answer()

    async def suggest(self, by: Account, typed: str) -> Sequence[tuple[int, str]]:
        return ()

    async def home(self, by: Account) -> Sequence[Card]:
        await self._work(by)
        return self.page(by)

    async def pressed(self, press: Press) -> Answer:
        await self._take(press.key, press, self.presses)
        return self.answers(press)

    async def commanded(self, command: Command) -> Answer:
        await self._take(command.key, command, self.commands)
        return self.answers(command)

    async def filled(self, filled: Filled) -> Answer:
        self.forms.append(filled)
        await self._work(filled)
        return self.answers(filled)

    async def complete(self, sought: Sought) -> Sequence[tuple[str, str]]:
        await self._work(sought)
        self.sought.append(sought)
        return self.found

    def opens_form(self, action: str, language: str = "", connection: str = "", words: str = "") -> Form | None:
        self.pointed_words = words
        return self.form if action.startswith(("replyform", "ask", "keep", "cannedpick")) else None

    async def quarantine(self, connection: str, raw: str, error: str) -> None:
        await self._work(raw)
        self.set_aside.append((raw, error))
        self.changed()

    async def unreachable(self, account: Account, why: str) -> None:
        raise AssertionError("Slack does not tell of that")

    async def people_changed(self, connection: str) -> None:
        self.staff_calls += 1
        self.changed()

    async def rooms_changed(self, connection: str) -> None:
        self.room_calls += 1
        self.changed()

    async def gap(self, connection: str, room: str, since: datetime | None, until: datetime | None, why: str) -> None:
        self.gaps.append((room, since, why))
        self.changed()

    async def moved(self, connection: str, old_room: str, new_room: str) -> None:
        self.rooms_moved.append((old_room, new_room))

    async def last_ids(self, connection: str) -> Mapping[str, str]:
        await self._work(None)
        return dict(self.last)

    async def begins(self, connection: str, marks: Mapping[str, str]) -> None:
        await self._work(None)
        self.last = {**marks, **self.last}

    async def live_places(self, connection: str) -> Sequence[Place]:
        return list(self.live)


class Door:
    """`async with Door() as door`: the simulated Slack `door.sim`, the desk's `door.notes`, and the platform, started.

    `door.now` is the clock of both. With `http` Slack posts to `door.url`, and finds nobody while `door.closed`. At the
    end every call of the bot, every answer and every payload is held against Slack's samples, where FRONTDESK_SPECS
    says where they lie.
    """

    def __init__(self, *, started: bool = True, http: bool = False, tuning: Tuning = QUICK, **how: Any) -> None:
        self.now = 1_800_000_000.0
        usual: dict[str, Any] = {"limits": False, "retry_delays": (0.0, 0.0, 0.0)}
        self.sim = SlackSimulator(clock=lambda: self.now, **(usual | how))
        self.notes = Notes()
        self.started, self.http, self.tuning = started, http, tuning
        self.closed, self.url = False, ""
        self._folder = TemporaryDirectory(prefix="frontdesk-files-")
        self.files = FileStore(Path(self._folder.name), 1_000_000, frozenset({".exe"}))
        self.strange = False  # the simulator was made to send what Slack never would

    def platform_with(self, **how: str) -> SlackPlatform:
        usual = {"bot_token": self.sim.BOT_TOKEN, "app_token": self.sim.APP_TOKEN, "signing_secret": ""}
        usual["ticket_reaction"] = "ticket"
        if self.http:
            usual |= {"app_token": "", "signing_secret": self.sim.SIGNING_SECRET}
        return SlackPlatform(
            "acme",
            **(usual | how),
            api_url=f"{self.sim.url}/api/",
            clock=lambda: datetime.fromtimestamp(self.now, UTC),
            files=self.files,
            tuning=self.tuning,
        )

    async def __aenter__(self) -> "Door":
        await self.sim.start()
        await self.sim.do("install", manifest=manifest())
        self.notes.changed = self.sim.changed
        self.platform = self.platform_with()
        if self.http:
            await self._serve()
        if self.started:
            await self.start()
        return self

    async def _serve(self) -> None:
        """A server with the platform's address on it, which is told to Slack."""
        listening = socket.create_server(("127.0.0.1", 0))
        self._server = uvicorn.Server(uvicorn.Config(self._sort, interface="asgi3", log_config=None, lifespan="off"))
        self._serving = asyncio.create_task(self._server.serve([listening]))
        self.url = f"http://127.0.0.1:{listening.getsockname()[1]}/slack/acme/events"
        await self.sim.do("use_http", request_url=self.url)

    async def _sort(self, scope: Any, receive: Any, send: Any) -> None:
        async def nobody(scope: Any, receive: Any, send: Any) -> None:
            await send({"type": "http.response.start", "status": 502, "headers": []})
            await send({"type": "http.response.body", "body": b""})

        await behind({} if self.closed else hooks_of([self.platform]), nobody)(scope, receive, send)

    async def start(self, platform: SlackPlatform | None = None) -> None:
        self.platform = platform or self.platform
        await self.platform.connect()
        await self.platform.start(self.notes, FOLLOWED)

    async def restart(self, meanwhile: Callable[[], Any] | None = None) -> None:
        """Stops the bot, lets `meanwhile` happen, and starts another on the same desk."""
        await self.platform.stop()
        if meanwhile:
            await meanwhile()
        await self.start(self.platform_with())

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.platform.stop()
        await self.sim.stop()
        self._folder.cleanup()
        if self.http:
            self._server.should_exit = True
            await self._serving
        if error is None and os.environ.get("FRONTDESK_SPECS") and not self.strange:
            problems = [problem for payload in self.sim.emitted for problem in check_event(payload)]
            problems += check_log(self.sim.log)
            assert not problems, "\n".join(dict.fromkeys(problems))

    # people

    async def says(self, who: str, text: str, room: str = "#it-help", **more: Any) -> str:
        """A person writes; returns the message's ts."""
        return str(await self.sim.do("write", who=who, room=room, text=text, **more))

    async def settle(self) -> None:
        """Until every event is acknowledged, lost or given up."""
        await self.sim.until(lambda: self.sim.idle)

    async def until(self, look: Callable[[], Any]) -> None:
        """Until something is so that nobody announces: the door's health, a fault that struck."""
        async with asyncio.timeout(10):
            while not look():  # noqa: ASYNC110
                await asyncio.sleep(0.005)

    async def heard(self, count: int) -> list[Said]:
        """What the desk was told, once it is so much."""
        await self.sim.until(lambda: len(self.notes.said_) >= count)
        return self.notes.said_

    # looking

    def calls(self, method: str) -> list[Any]:
        return [call for call in self.sim.log if call.call == method]

    def attempts(self) -> dict[str, list[bool | None]]:
        """Event id → how each delivery ended."""
        found: dict[str, list[bool | None]] = defaultdict(list)
        for one in self.sim.deliveries:
            if one.kind == "events_api":
                found[one.event_id].append(one.acked)
        return found


async def stored(door: Door, name: str, data: bytes) -> File:
    """A file that lies in the desk's store."""

    async def chunks() -> AsyncIterator[bytes]:
        yield data

    sha256, size = await door.files.put(chunks())
    return File(1, 1, name, "image/png", size, "image", "stored", sha256)


def text_answer(text: str, **more: Any) -> Answer:
    return Answer(Card(text=text), **more)


REPLY_FORM = Form("reply:42", "Reply #42", (Field("words", "Your words to the requester", "paragraph"),), "Send")
