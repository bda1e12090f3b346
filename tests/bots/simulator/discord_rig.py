"""A simulated Discord with a clock that the test moves, and a bare HTTP and WebSocket client in a bot's place."""

import json
import os
import zlib
from types import TracebackType
from typing import Any

import aiohttp

from bots.simulator.discord import DiscordSimulator
from bots.simulator.discord.hub import ALL_INTENTS, INTENTS
from bots.simulator.discord.seed import BOT_ID, GUILD_ID, PEOPLE_IDS, SUPPORT_ROLE_ID
from tests.specs.discord import check_answer, check_event

ANNA, ERIK, OMAR, LISA, MAJA = (PEOPLE_IDS[name] for name in ("anna", "erik", "omar", "lisa", "maja"))
BOT, GUILD, SUPPORT_ROLE = BOT_ID, GUILD_ID, SUPPORT_ROLE_ID
PNG = {"name": "shot.png", "bytes": b"\x89PNG....", "type": "image/png"}
USUAL = sum(INTENTS.values()) & ~INTENTS["GUILD_PRESENCES"]
ROW, BUTTON = 1, 2


class Reply:
    """An answer of the REST API."""

    def __init__(self, status: int, body: Any, headers: Any) -> None:
        self.status, self.body, self.headers = status, body, headers

    @property
    def code(self) -> tuple[int, int]:
        """Status and code of a refusal; fails where the call went through."""
        assert self.status >= 400, self.body
        assert set(self.body) - {"errors"} == {"message", "code"}
        return self.status, self.body["code"]

    def wrong(self, *path: str | int) -> str:
        """The code of the first error at that place of an invalid form."""
        assert self.code == (400, 50035), self.body
        node = self.body["errors"]
        for step in path:
            node = node[str(step)]
        return str(node["_errors"][0]["code"])


class Wire:
    """One gateway connection, spoken by hand."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse, compressed: bool) -> None:
        self.socket = socket
        self._inflate = zlib.decompressobj() if compressed else None

    async def hear(self) -> Any:
        """The next payload. A close is returned as {"close": code}."""
        message = await self.socket.receive(timeout=5)
        if message.type is aiohttp.WSMsgType.BINARY and self._inflate:
            assert message.data.endswith(b"\x00\x00\xff\xff")
            return json.loads(self._inflate.decompress(message.data))
        if message.type is aiohttp.WSMsgType.TEXT:
            return json.loads(message.data)
        return {"close": self.socket.close_code}

    async def until(self, event: str) -> Any:
        """The data of the next event of that name; what comes before it is passed over."""
        while True:
            payload = await self.hear()
            assert "close" not in payload, payload
            if payload["t"] == event:
                return payload["d"]

    async def say(self, opcode: int, data: Any = None) -> None:
        await self.socket.send_str(json.dumps({"op": opcode, "d": data}))

    async def closed(self) -> int:
        """The code that the server closes with; payloads before it are passed over."""
        while True:
            payload = await self.hear()
            if "close" in payload:
                return int(payload["close"])

    async def gone(self) -> None:
        await self.socket.close()


class Rig:
    """`async with Rig() as dc`: rate limits are off, `dc.now` is the clock. At the end every answer and every event is
    held against the platform's description, where FRONTDESK_SPECS says where it lies."""

    def __init__(self, **how: Any) -> None:
        self.now = 1_800_000_000.0
        self.sim = DiscordSimulator(clock=lambda: self.now, **{"limits": False, **how})
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
            problems = [] if self.poisoned else [p for event in self.sim.emitted for p in check_event(event)]
            problems += [problem for call in self.sim.log for problem in check_answer(call)]
            assert not problems, problems

    async def call(self, method: str, path: str, body: Any = None, token: str | None = None, **more: Any) -> Reply:
        """One call of the bot's (or with another token, "" for none). `more` goes to the HTTP client."""
        given = DiscordSimulator.BOT_TOKEN if token is None else token
        headers = {"Authorization": f"Bot {given}"} if given else {}
        if body is not None:
            more["json"] = body
        url = f"{self.sim.url}/api/v10{path}"
        async with self.http.request(method, url, headers={**headers, **more.pop("headers", {})}, **more) as answer:
            is_json = answer.headers.get("Content-Type") == "application/json"
            return Reply(answer.status, await answer.json() if is_json else await answer.text(), answer.headers)

    async def post(self, room: str = "support", **body: Any) -> Reply:
        """The bot posts in that room."""
        return await self.call("POST", f"/channels/{self.id(room)}/messages", body)

    def id(self, room: str) -> str:
        channel = self.sim.world.room(room)
        assert channel is not None
        return channel.id

    async def dial(self, compress: str = "", version: str = "10") -> Wire:
        """Opens a gateway connection and hears HELLO."""
        query = {"v": version, "encoding": "json", **({"compress": compress} if compress else {})}
        socket = await self.http.ws_connect(self.sim.gateway_url, params=query, autoclose=False)
        return Wire(socket, compressed=bool(compress))

    async def identified(self, intents: int = USUAL, compress: str = "") -> tuple[Wire, Any]:
        """A connection that has identified itself, past its GUILD_CREATE; with READY's data."""
        wire = await self.dial(compress)
        assert (await wire.hear())["op"] == 10
        await wire.say(2, identity(intents))
        ready = await wire.until("READY")
        if intents & INTENTS["GUILDS"]:
            await wire.until("GUILD_CREATE")
        return wire, ready


def identity(intents: int = USUAL, token: str = DiscordSimulator.BOT_TOKEN, **more: Any) -> dict[str, Any]:
    assert intents >> 30 or not intents & ~ALL_INTENTS
    properties = {"os": "linux", "browser": "rig", "device": "rig"}
    return {"token": token, "intents": intents, "properties": properties, **more}


def row(*labels: str) -> dict[str, Any]:
    """A row of buttons; each has its label in small letters as custom id."""
    return {"type": ROW, "components": [button(label) for label in labels]}


def button(label: str, **more: Any) -> dict[str, Any]:
    return {"type": BUTTON, "style": 1, "label": label, "custom_id": label.lower(), **more}
