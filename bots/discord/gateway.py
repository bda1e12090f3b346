"""The gateway's line: discord.py's socket (heartbeats, compression, resuming), kept up by a loop of our own.

discord.py's own loop ends when one event cannot be parsed, and after a long outage waits up to 17 minutes between
attempts. Here events come raw to `hear`, before any parsing that could fail, and the line is dialled again soon.
"""

import asyncio
import random
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import aiohttp
import discord
import structlog
import yarl
from discord.gateway import DiscordWebSocket, ReconnectWebSocket

from bots.discord.calls import LONGEST_WAIT, Http, told

log = structlog.get_logger("discord")

Hear = Callable[[str, Any], None]
NETWORK = (OSError, TimeoutError, aiohttp.ClientError)
HEALTHY_ACK_SECONDS = 15.0
# docs "Gateway Close Event Codes": after these no attempt would go better until somebody acts
FINAL = {
    4004: "Discord does not accept the bot token any more: reset it in the developer portal (Bot → Reset Token), "
    "set it anew and restart.",
    4010: "Discord refused the shard.",
    4011: "The bot is in too many servers for one connection.",
    4012: "Discord does not speak this version of its gateway any more: update Frontdesk.",
    4013: "Discord does not know the intents that were asked for: update Frontdesk.",
    4014: "Discord does not grant an intent: switch on Message Content Intent in the developer portal "
    "(Bot → Privileged Gateway Intents) and restart.",
}
OVER = (4003, 4007, 4009)  # ibid.: the session is none any more, or was counted wrong
discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False  # nobody speaks here


@dataclass(frozen=True, slots=True)
class Tuning:
    """The door's bounds; times in seconds. After op 9 a client waits 1 to 5 s before it identifies anew (docs
    "Resuming"); the longest pause keeps a line that breaks at once below 1,000 identifies a day."""

    identify_pause: tuple[float, float] = (1.0, 5.0)
    first_retry: float = 1.0
    longest_retry: float = 90.0
    silence: float = 60.0
    ready: float = 30.0
    gap: float = 10.0
    gap_retry: float = 30.0
    answer: float = 2.5
    store_retry: float = 0.2
    longest_store_retry: float = 5.0
    settle: float = 2.0
    waiting: int = 5_000
    at_once: int = 200


class _Parsers(dict[Any, Callable[[Any], None]]):
    """In the place of discord.py's table of parsers: every event goes to one ear, raw."""

    def __init__(self, hear: Hear) -> None:
        super().__init__()
        self._hear = hear

    def __missing__(self, event: Any) -> Callable[[Any], None]:
        return lambda data: self._hear(str(event), data)


class Client(discord.Client):
    """discord.py's client without its caches: the token, the HTTP session, the socket."""

    def __init__(self, hear: Hear, api_url: str, intents: discord.Intents, tuning: Tuning) -> None:
        super().__init__(
            intents=intents,
            max_messages=None,
            member_cache_flags=discord.MemberCacheFlags.none(),
            chunk_guilds_at_startup=False,
            allowed_mentions=discord.AllowedMentions.none(),
            heartbeat_timeout=tuning.silence,
        )
        self._pause = tuning.identify_pause
        http = Http(self.loop, max_ratelimit_timeout=LONGEST_WAIT)
        http.base = api_url.rstrip("/")
        self.http = self._connection.http = http
        self._connection.parsers = _Parsers(hear)

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        if not initial:
            await asyncio.sleep(random.uniform(*self._pause))


class Line:
    """One bot's connection to the gateway. `up` while events flow; `final` says why it will not come up again."""

    def __init__(self, client: Client, gateway_url: str, tuning: Tuning) -> None:
        self._client, self._tuning = client, tuning
        self._gateway = yarl.URL(gateway_url) if gateway_url else DiscordWebSocket.DEFAULT_GATEWAY
        self._task: asyncio.Task[None] | None = None
        self._ws: DiscordWebSocket | None = None
        self._resume: dict[str, Any] = {}
        self._stuck_at: int | None = None
        self._initial, self._stopping = True, False
        self._failures = 0
        self.up = False
        self.final = ""
        self.ready = asyncio.Event()  # set when it is up, or never will be

    def start(self) -> None:
        self._task = asyncio.create_task(self._run(), name="discord gateway")

    async def stop(self) -> None:
        self._stopping = True
        if self._task:
            self._task.cancel()
            await asyncio.wait({self._task})
        await self._hang_up(1000)

    def came_up(self) -> None:
        """READY or RESUMED was heard."""
        self.up = True
        self.ready.set()

    @property
    def trouble(self) -> str:
        """Why no events come, in a sentence; "" while they do."""
        if self.final:
            return self.final
        if not self.up:
            return "The connection to Discord is down; it is being made again."
        beat = getattr(self._ws, "_keep_alive", None)  # discord.py tells only the latency of beats that were answered
        if beat and beat._last_ack < beat._last_send < time.perf_counter() - HEALTHY_ACK_SECONDS:
            return "Discord does not answer; the connection will be made again."
        return ""

    async def _run(self) -> None:
        while not self.final and not self._stopping:
            try:
                await self._listen()
            except ReconnectWebSocket as wish:
                code = self._ws.socket.close_code if self._ws else None
                self._keep_session(wish.resume and code not in OVER)
            except discord.ConnectionClosed as closed:
                self.final = FINAL.get(closed.code, "")
                self._keep_session(True)
                log.warning("discord.closed", code=closed.code)
            except Exception as error:
                self._keep_session(self._progressed())
                log.warning("discord.line_broke", why=told(error), exc_info=not isinstance(error, NETWORK))
            self._failures = 0 if self.up else self._failures + 1
            self.up = False
            await self._hang_up(4000)
            if self._failures and not self.final:
                wait = min(self._tuning.longest_retry, self._tuning.first_retry * 2 ** min(self._failures - 1, 10))
                await asyncio.sleep(wait * random.uniform(0.5, 1.0))
        self.ready.set()
        log.error("discord.line_ended", why=self.final)

    async def _listen(self) -> None:
        """Dials, and hears events until the line breaks."""
        initial, self._initial = self._initial, False
        # the address to resume at may be gone with its server
        address = self._resume.get("gateway", self._gateway) if self._failures < 2 else self._gateway
        dialled = DiscordWebSocket.from_client(self._client, initial=initial, gateway=address, **self._session())
        async with asyncio.timeout(self._tuning.ready):
            self._ws = await dialled
        while True:
            await self._ws.poll_event()

    def _session(self) -> dict[str, Any]:
        if not self._resume.get("session"):
            return {}
        return {"resume": True, "session": self._resume["session"], "sequence": self._resume["sequence"]}

    def _keep_session(self, resume: bool) -> None:
        """Remembers what a resume needs; without one the next session is a new one, at the first address."""
        ws = self._ws
        if not resume:
            self._resume = {}
        elif ws is not None and ws.session_id and ws.sequence is not None:
            self._resume = {"session": ws.session_id, "sequence": ws.sequence, "gateway": ws.gateway}

    def _progressed(self) -> bool:
        """Did events get through since the last break of this kind? A frame that cannot be read would come again
        with every resume."""
        at = self._ws.sequence if self._ws else None
        progressed, self._stuck_at = at != self._stuck_at or at is None, at
        return progressed

    async def _hang_up(self, code: int) -> None:
        ws, self._ws = self._ws, None
        if ws is not None:
            with suppress(Exception):
                async with asyncio.timeout(2):
                    await ws.close(code)
