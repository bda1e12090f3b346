"""A simulated Telegram with a clock that the test moves, and a bare HTTP client that asks it what a bot would ask."""

import os
from dataclasses import dataclass
from types import TracebackType
from typing import Any

import aiohttp

from bots.simulator.telegram import TelegramSimulator
from tests.specs.telegram import check_answer, check_event

ANNA, ERIK, OMAR, LISA, MAJA = range(700_100_001, 700_100_006)
BOT, DESK, SUPPORT, OLD_DESK = 710_000_001, -1_002_000_000_101, -4_000_001, -4_000_002
PNG = {"name": "shot.png", "bytes": b"\x89PNG....", "type": "image/png"}
PDF = {"name": "bill.pdf", "bytes": b"%PDF-1.7", "type": "application/pdf"}


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: dict[str, Any]

    @property
    def refusal(self) -> str:
        """The description of a refusal; fails where the call went through."""
        assert self.body["ok"] is False, self.body
        assert self.status == self.body["error_code"]
        return str(self.body["description"])


class Rig:
    """`async with Rig() as tg`: sending limits are off, `tg.now` is the clock. At the end every answer and every update
    is held against the Bot API's description, where FRONTDESK_SPECS says where it lies."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0
        self.sim = TelegramSimulator(clock=lambda: self.now)
        self.sim.limits = False
        self.offset = 0
        self.poisoned = False

    async def __aenter__(self) -> "Rig":
        await self.sim.start()
        self.http = aiohttp.ClientSession()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.http.close()
        await self.sim.stop()
        if error is None and os.environ.get("FRONTDESK_SPECS"):
            problems = [problem for update in self.sim.emitted for problem in check_event(update)]
            for call in self.sim.log:
                problems += [] if self.poisoned and call.call == "getUpdates" else check_answer(call)
            assert not problems, problems

    def address(self, method: str, token: str = TelegramSimulator.BOT_TOKEN) -> str:
        return f"{self.sim.url}/bot{token}/{method}"

    async def ask(self, name: str, /, **arguments: Any) -> Answer:
        async with self.http.post(self.address(name), json=arguments) as response:
            return Answer(response.status, await response.json())

    async def call(self, name: str, /, **arguments: Any) -> Any:
        """The result of a call; fails where it is refused."""
        answer = await self.ask(name, **arguments)
        assert answer.body["ok"] is True, answer.body
        return answer.body["result"]

    async def refused(self, name: str, /, **arguments: Any) -> str:
        return (await self.ask(name, **arguments)).refusal

    async def updates(self, **arguments: Any) -> list[dict[str, Any]]:
        """The updates since the last time, confirmed."""
        found: list[dict[str, Any]] = await self.call("getUpdates", offset=self.offset, **arguments)
        self.offset = found[-1]["update_id"] + 1 if found else self.offset
        return found

    async def update(self) -> Any:
        """The one update that came since the last time, without its id."""
        found = await self.updates()
        assert len(found) == 1, found
        return next(value for key, value in found[0].items() if key != "update_id")

    async def say(self, who: str, room: str, text: str = "Hello", **how: Any) -> int:
        return int(await self.sim.do("write", who=who, room=room, text=text, **how))

    async def send(self, chat: int, text: str = "Hello", **how: Any) -> Any:
        return await self.call("sendMessage", chat_id=chat, text=text, **how)
