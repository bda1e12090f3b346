"""Slack's sockets: two of them, each opened again when it breaks. https://docs.slack.dev/apis/events-api/using-socket-mode

The SDK's client keeps one socket up: it pings, reconnects, and obeys Slack's `disconnect`. What it does not do is
done here: it can get stuck (it tries a used-up address for ever when the network fails between getting an address and
dialling it), and nobody is told when all were down at once, which is when events are lost.
"""

import asyncio
import json
import logging
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

import structlog
from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_bolt.adapter.socket_mode.async_internals import send_async_response
from slack_bolt.async_app import AsyncApp
from slack_bolt.response import BoltResponse
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.web.async_client import AsyncWebClient

from bots.slack.calls import why

log = structlog.get_logger("slack")

SOCKETS = 2  # Slack closes each socket now and then, and the client closes the old before it opens the new
CONNECT_SECONDS = 15.0
LONGEST_PAUSE_SECONDS = 60.0  # apps.connections.open is of Slack's slowest tier
STUCK_PINGS = 6  # so many ping intervals without a connection, and a socket is made anew
Answer = Callable[[dict[str, Any], bool], Awaitable[BoltResponse]]  # of a payload, and whether it came before
Poison = Callable[[str, str], Awaitable[None]]


def quiet() -> logging.Logger:
    """A logger for the SDK, which would write tickets of sockets and people's words; what matters we log ourselves."""
    logger = logging.getLogger("frontdesk.slack.sdk")
    logger.setLevel(logging.CRITICAL)
    return logger


class Socket(AsyncSocketModeHandler):
    """One socket. `answer` says what an envelope's acknowledgement is; `poison` gets what is no envelope."""

    def __init__(
        self,
        app: AsyncApp,
        web: AsyncWebClient,
        app_token: str,
        ping_seconds: float,
        answer: Answer,
        poison: Poison,
        greeted: Callable[["Socket"], None],
    ) -> None:
        super().__init__(app, app_token, logger=quiet(), web_client=web, ping_interval=ping_seconds)
        self._answer, self._poison, self._greeted = answer, poison, greeted
        self._session: Any = None  # the connection that Slack greeted
        self._hello = asyncio.Event()
        self.client.on_message_listeners.append(self._look)
        self.client.message_listeners.append(self._unreadable)

    @property
    def up(self) -> bool:
        session = self.client.current_session
        return session is not None and session is self._session and not session.closed

    async def open(self) -> None:
        """Returns when Slack said hello. Raises CALL_ERRORS."""
        async with asyncio.timeout(CONNECT_SECONDS):
            self.client.wss_uri = await self.client.issue_new_wss_url()
            await self.connect_async()  # type: ignore[no-untyped-call]
            await self._hello.wait()

    def mute(self) -> None:
        for task in (self.client.message_receiver, self.client.current_session_monitor):
            if task is not None:
                task.cancel()

    async def close(self) -> None:
        with suppress(Exception):
            await self.close_async()  # type: ignore[no-untyped-call]

    async def handle(self, client: Any, req: SocketModeRequest) -> None:
        started = time.monotonic()
        await send_async_response(client, req, await self._answer(req.payload, bool(req.retry_attempt)), started)

    async def _look(self, frame: Any) -> None:
        """Watches for Slack's greeting, which comes before anything else on a connection."""
        if len(frame.data) > 5000 or '"hello"' not in frame.data:
            return
        with suppress(ValueError, AttributeError):
            if json.loads(frame.data).get("type") == "hello":
                self._session = self.client.current_session
                self._greeted(self)
                self._hello.set()

    async def _unreadable(self, client: Any, envelope: dict[str, Any], raw: str | None = None) -> None:
        """Acknowledges an envelope that the SDK could make nothing of, once it is set aside."""
        name = envelope.get("envelope_id")
        if name and not (isinstance(envelope.get("payload"), dict | str) and envelope.get("type")):
            await self._poison(raw or "", "an envelope without a payload")
            await client.send_socket_mode_response({"envelope_id": name})


class Sockets:
    """Keeps sockets up. `alone` is called when one came up and no other was: until then events were lost."""

    def __init__(self, make: Callable[[Callable[[Socket], None]], Socket], alone: Callable[[], None]) -> None:
        self._make, self._alone = make, alone
        self._sockets: list[Socket] = []
        self._watch: asyncio.Task[None] | None = None

    @property
    def up(self) -> int:
        """How many are."""
        return sum(socket.up for socket in self._sockets)

    async def open(self, ping_seconds: float) -> None:
        """Opens them and keeps them up until `close`. Raises CALL_ERRORS where not even one could be opened."""
        await self._add()
        await self._fill()
        self._watch = asyncio.create_task(self._keep(ping_seconds), name="slack sockets")

    def mute(self) -> None:
        """Reads nothing more; what was read can still be acknowledged."""
        if self._watch:
            self._watch.cancel()
        for socket in self._sockets:
            socket.mute()

    async def close(self) -> None:
        self.mute()
        sockets, self._sockets = self._sockets, []
        await asyncio.gather(*(socket.close() for socket in sockets))

    async def _add(self) -> None:
        socket = self._make(self._greeted)
        self._sockets.append(socket)
        try:
            await socket.open()
        except BaseException:
            if socket in self._sockets:
                self._sockets.remove(socket)
            await socket.close()
            raise

    def _greeted(self, socket: Socket) -> None:
        others = [other for other in self._sockets if other is not socket and other.up]
        log.info("slack.socket_up", open=len(others) + 1)
        if not others:
            self._alone()

    async def _keep(self, ping_seconds: float) -> None:
        """Makes sockets anew that have been down for long, and those that are missing."""
        down: dict[Socket, int] = {}
        pause = ping_seconds
        while True:
            await asyncio.sleep(pause)
            down = {socket: down.get(socket, 0) + 1 for socket in self._sockets if not socket.up}
            for socket in [socket for socket, pings in down.items() if pings > STUCK_PINGS]:
                self._sockets.remove(socket)
                await socket.close()
            pause = ping_seconds if await self._fill() else min(pause * 2, LONGEST_PAUSE_SECONDS)

    async def _fill(self) -> bool:
        """Opens what is missing; false where that failed."""
        try:
            while len(self._sockets) < SOCKETS:
                await self._add()
        except Exception as error:
            log.warning("slack.socket_not_opened", why=why(error), open=self.up)
            return False
        return True
