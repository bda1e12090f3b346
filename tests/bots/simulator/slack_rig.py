"""A simulated Slack with a clock that the test moves, a bare HTTP client, and a bare Socket Mode client.

At the end every answer and every payload is held against Slack's samples, where FRONTDESK_SPECS says where they lie.
"""

import asyncio
import json
import os
from collections.abc import Callable
from types import TracebackType
from typing import Any

import aiohttp

from bots.simulator.slack import SlackSimulator
from tests.specs.slack import check_answer, check_event

ANNA, ERIK, OMAR, LISA, MAJA = (f"U0{name}00001" for name in ("ANNA", "ERIK", "OMAR", "LISA", "MAJA"))
BOT = "U0FRONT00001"
IT_HELP, GENERAL, IT_DESK = "C0ITHELP0001", "C0GENERA0001", "C0ITDESK0001"
Json = dict[str, Any]


class Socket:
    """One Socket Mode connection that keeps what comes and acknowledges what `answer` returns (None: it does not)."""

    def __init__(self, ws: aiohttp.ClientWebSocketResponse, answer: Callable[[Json], Any]) -> None:
        self.ws, self.answer = ws, answer
        self.frames: list[Json] = []
        self.came, self.closed = asyncio.Event(), asyncio.Event()

    async def read(self) -> None:
        async for frame in self.ws:
            if frame.type is not aiohttp.WSMsgType.TEXT:
                continue
            try:
                envelope = json.loads(frame.data)
            except ValueError:
                envelope = {"type": "nonsense"}
            self.frames.append(envelope)
            self.came.set()
            answer = self.answer(envelope) if "envelope_id" in envelope else None
            if answer is not None:
                payload = {"payload": answer} if answer != "" else {}
                await self.ws.send_json({"envelope_id": envelope["envelope_id"]} | payload)
        self.closed.set()

    async def some(self, kind: str, count: int) -> list[Json]:
        """The frames of that type; waits until there are so many."""
        while len(found := [one for one in self.frames if one["type"] == kind]) < count:
            self.came.clear()
            await asyncio.wait_for(self.came.wait(), 5)
        return found

    async def frame(self, kind: str) -> Json:
        """The first frame of that type; waits for it."""
        return (await self.some(kind, 1))[0]

    @property
    def events(self) -> list[Json]:
        """The inner events that came, oldest first."""
        return [one["payload"]["event"] for one in self.frames if one["type"] == "events_api"]


class Rig:
    """`async with Rig() as slack`: limits are off, `slack.now` is the clock, redeliveries come at once."""

    def __init__(self, **how: Any) -> None:
        self.now = 1_800_000_000.0
        usual: Json = {"limits": False, "retry_delays": (0.0, 0.0, 0.0)}
        self.sim = SlackSimulator(clock=lambda: self.now, **(usual | how))
        self.poisoned = False
        self._readers: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> "Rig":
        await self.sim.start()
        self.http = aiohttp.ClientSession()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for reader in self._readers:
            reader.cancel()
        await self.http.close()
        await self.sim.stop()
        if error is None and os.environ.get("FRONTDESK_SPECS"):
            problems = [problem for payload in self.sim.emitted for problem in check_event(payload)]
            problems += [problem for call in self.sim.log for problem in check_answer(call)]
            assert not problems, "\n".join(dict.fromkeys(problems))

    async def call(self, method: str, token: str = SlackSimulator.BOT_TOKEN, **arguments: Any) -> Json:
        """One call with a JSON body, or a query for what takes no JSON; returns the answer's body."""
        given = {
            key: json.dumps(value) if isinstance(value, dict | list) else value for key, value in arguments.items()
        }
        form = {key: str(value) for key, value in given.items()}
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        async with self.http.post(f"{self.sim.url}/api/{method}", data=form, headers=headers) as response:
            return dict(await response.json())

    async def refused(self, method: str, **arguments: Any) -> str:
        """The code of a refusal; fails where the call went through."""
        answer = await self.call(method, **arguments)
        assert answer["ok"] is False, answer
        return str(answer["error"])

    async def says(self, channel: str, text: str = "", **more: Any) -> str:
        """The bot posts a message; returns its ts."""
        answer = await self.call("chat.postMessage", channel=channel, text=text, **more)
        assert answer["ok"], answer
        return str(answer["ts"])

    async def connect(self, answer: Callable[[Json], Any] = lambda _: "") -> Socket:
        """Opens a socket; by default everything is acknowledged without a payload."""
        opened = await self.call("apps.connections.open", token=SlackSimulator.APP_TOKEN)
        ws = await self.http.ws_connect(opened["url"])
        socket = Socket(ws, answer)
        self._readers.append(asyncio.create_task(socket.read()))
        await self.sim.until(lambda: self.sim.connections)
        return socket

    async def settle(self) -> None:
        """Waits until every event is acknowledged, lost or given up."""
        await self.sim.until(lambda: self.sim.idle)
