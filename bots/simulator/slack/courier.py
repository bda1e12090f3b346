"""How things reach the app: over Socket Mode or HTTP, with Slack's acknowledgements and redeliveries.

https://docs.slack.dev/apis/events-api/using-socket-mode and https://docs.slack.dev/apis/events-api#retries
"""

import asyncio
import json
from collections import deque
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any

from aiohttp import WSMsgType, web

from bots.simulator.slack.model import Json
from bots.simulator.slack.webhook import Ack, Webhook
from bots.simulator.slack.world import World

SOCKETS = 10
KEPT = 5_000
TICKET_SECONDS = 60.0
RECONNECT_SECONDS = 2.0


@dataclass(slots=True)
class Link:
    """One WebSocket. `silent` is half-open (nothing gets through), `retiring` was asked to reconnect."""

    id: str
    ws: web.WebSocketResponse
    request: web.Request
    silent: bool = False
    retiring: bool = False
    gone: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass(slots=True)
class Delivery:
    """One attempt to deliver, for tests: `acked` is None while it is under way."""

    kind: str
    envelope_id: str
    event_id: str
    attempt: int
    reason: str
    link: str
    acked: bool | None = None


class Courier:
    """Delivers envelopes and keeps what was delivered, what was lost, and what was acknowledged."""

    def __init__(self, world: World, *, ack_seconds: float, retry_delays: tuple[float, ...]) -> None:
        self.world, self.ack_seconds, self.retry_delays = world, ack_seconds, retry_delays
        self.webhook = Webhook(world, ack_seconds)
        self.links: list[Link] = []
        self.emitted: deque[Json] = deque(maxlen=KEPT)
        self.deliveries: deque[Delivery] = deque(maxlen=KEPT)
        self.lost: deque[Json] = deque(maxlen=KEPT)
        self.strays: deque[str] = deque(maxlen=KEPT)  # frames that acknowledge nothing that is waiting
        self.twice, self.hold = 0, 0
        self._held: deque[Json] = deque()
        self._tickets: dict[str, float] = {}
        self._waiting: dict[str, asyncio.Future[Any]] = {}
        self._tasks: set[asyncio.Task[Any]] = set()

    @property
    def idle(self) -> bool:
        """Whether every event was acknowledged, lost or given up."""
        return not self._tasks

    def move(self, world: World) -> None:
        """Goes over to a fresh world: sockets stay, all that was under way or kept is gone."""
        self._stop_work()
        self.world = self.webhook.world = world
        for kept in (self.emitted, self.deliveries, self.lost, self.strays, self._held):
            kept.clear()
        self.twice = self.hold = 0

    def _stop_work(self) -> None:
        for task in self._tasks:
            task.cancel()

    async def close(self) -> None:
        self._stop_work()
        await asyncio.gather(*(link.ws.close() for link in self.links))
        await self.webhook.close()

    def start(self, work: Coroutine[Any, Any, Any]) -> None:
        """Runs something beside the caller; it is cancelled when the simulator stops."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        self.world.changed()

    # events: told again until they are acknowledged

    def send(self, payload: Json) -> None:
        """Takes an event for delivery; twice or out of order where that was ordered."""
        if self.hold > len(self._held):
            self._held.append(payload)
            if len(self._held) < self.hold:
                return
            ready, self.hold = list(reversed(self._held)), 0
            self._held.clear()
        else:
            ready = [payload]
        for one in ready:
            self.start(self.event(one))
            if self.twice:
                self.twice -= 1
                self.start(self.event(one))

    async def event(self, payload: Json | str, *, real: bool = True) -> None:
        """Delivers an event, and again where it is not acknowledged; it is lost if nobody is connected at first."""
        reason = ""
        for attempt, delay in enumerate((-1.0, *self.retry_delays)):
            if delay > 0:
                await asyncio.sleep(delay)
            ack = await self._attempt("events_api", payload, attempt, reason, real=real and attempt == 0)
            if ack.ok or ack.final:
                return
            if ack.error == "unreachable" and attempt == 0 and not self.world.app.request_url:
                if isinstance(payload, dict):
                    self.lost.append(payload)
                return
            reason = ack.error

    # interactions and commands: told once, and the person waits

    async def ask(self, kind: str, payload: Json, *, accepts: bool) -> Ack:
        """Delivers once; the answer's body counts only where Slack accepts one (`accepts`)."""
        ack = await self._attempt(kind, payload, 0, "", accepts=accepts)
        return ack if accepts else Ack(ack.ok, None, ack.error)

    async def _attempt(
        self, kind: str, payload: Json | str, attempt: int, reason: str, *, accepts: bool = False, real: bool = True
    ) -> Ack:
        event_id = payload.get("event_id", "") if isinstance(payload, dict) else ""
        delivery = Delivery(kind, self.world.new_uuid(), event_id, attempt, reason, "")
        if self.world.app.request_url:
            self._note(delivery, payload, real)
            ack = await self.webhook.post(kind, payload, attempt, reason)
        else:
            ack = await self._over_socket(delivery, payload, accepts, real)
        delivery.acked = ack.ok
        self.world.changed()
        return ack

    def _note(self, delivery: Delivery, payload: Json | str, real: bool) -> None:
        self.deliveries.append(delivery)
        if real and isinstance(payload, dict):
            self.emitted.append(payload)

    async def _over_socket(self, delivery: Delivery, payload: Json | str, accepts: bool, real: bool) -> Ack:
        envelope: Json = {"envelope_id": delivery.envelope_id, "payload": payload, "type": delivery.kind}
        envelope["accepts_response_payload"] = accepts
        if delivery.kind == "events_api":
            envelope |= {"retry_attempt": delivery.attempt, "retry_reason": delivery.reason}
        answer = self._waiting[delivery.envelope_id] = asyncio.get_running_loop().create_future()
        try:
            link = await self._through(payload if isinstance(payload, str) else json.dumps(envelope))
            if link is None:
                return Ack(False, None, "unreachable")
            delivery.link = link.id
            self._note(delivery, payload, real)
            async with asyncio.timeout(self.ack_seconds):
                return Ack(True, await answer)
        except TimeoutError:
            return Ack(False, None, "timeout")
        finally:
            self._waiting.pop(delivery.envelope_id, None)

    async def _through(self, frame: str) -> Link | None:
        """Sends through any one of the live sockets; None where there is none."""
        while ready := [one for one in self.links if not one.retiring and not one.ws.closed]:
            link = self.world.any_of(ready)
            if link.silent:
                return link
            try:
                await link.ws.send_str(frame)
                return link
            except (ConnectionError, RuntimeError):
                self._drop(link)
        return None

    # the sockets

    def open_link(self) -> str:
        """The address that apps.connections.open answers; its ticket is for one connection, soon."""
        ticket = self.world.new_uuid()
        self._tickets[ticket] = self.world.clock()
        return f"{self.world.url.replace('http', 'ws', 1)}/link/?ticket={ticket}&app_id={self.world.app.id}"

    async def connect(self, request: web.Request) -> web.StreamResponse:
        """The life of one WebSocket."""
        made = self._tickets.pop(request.query.get("ticket", ""), None)
        if made is None or self.world.clock() - made > TICKET_SECONDS:
            return web.Response(status=401, text="invalid ticket")
        ws = web.WebSocketResponse(autoping=False, timeout=1.0)
        await ws.prepare(request)
        if len(self.links) >= SOCKETS:
            await ws.send_json(self._goodbye("too_many_websockets"))
            await ws.close()
            return ws
        link = Link(self.world.new_id("L"), ws, request)
        self.links.append(link)
        await ws.send_json(self._hello())
        self.world.changed()
        try:
            await self._listen(link)
        finally:
            self._drop(link)
        return ws

    async def _listen(self, link: Link) -> None:
        async for frame in link.ws:
            if link.silent:
                continue
            if frame.type is WSMsgType.PING:
                await link.ws.pong(frame.data)
            elif frame.type is WSMsgType.TEXT:
                self._acknowledge(frame.data)

    def _acknowledge(self, frame: str) -> None:
        try:
            said = json.loads(frame)
            answer = self._waiting.get(said.get("envelope_id"))
        except (ValueError, AttributeError, TypeError):
            answer = None
        if answer is None or answer.done():
            self.strays.append(frame)
            self.world.changed()
        else:
            answer.set_result(said.get("payload"))

    def _drop(self, link: Link) -> None:
        if link in self.links:
            self.links.remove(link)
        link.gone.set()
        self.world.changed()

    def _hello(self) -> Json:
        info = {"host": "applink-simulated", "build_number": 1, "approximate_connection_time": 18060}
        app = {"app_id": self.world.app.id}
        return {"type": "hello", "num_connections": len(self.links), "debug_info": info, "connection_info": app}

    def _goodbye(self, reason: str) -> Json:
        return {"type": "disconnect", "reason": reason, "debug_info": {"host": "applink-simulated"}}

    async def retire(self, link: Link, reason: str) -> None:
        """Asks one socket to reconnect, then closes it if the client did not."""
        link.retiring = True
        await link.ws.send_json(self._goodbye(reason))
        try:
            async with asyncio.timeout(RECONNECT_SECONDS):
                await link.gone.wait()
        except TimeoutError:
            await link.ws.close()
