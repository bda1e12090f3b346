"""What the three simulated platforms share: a loopback server with a request log, faults and a control API.

The control API, beside the platform's own paths:

    POST   /_sim/act      {"act": NAME, …}   a person does something (writes, presses, …); see the platform's `acts`
    GET    /_sim/state    ?as=PERSON         what that person's client shows (rooms, messages, private answers)
    GET    /_sim/changes                     server-sent events: one per change of the world
    POST   /_sim/faults   {"kind": …}        orders trouble (faults.py); DELETE clears it
    GET    /_sim/log                         every API call that came in, and its answer
    POST   /_sim/reset                       the world as it was at the start
"""

import asyncio
import inspect
import json
import time
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from typing import Any, TypeVar

from aiohttp import web

from bots.simulator.faults import Fault, Faults

LOG_LIMIT = 20_000
BODY_LIMIT = 64 * 1024 * 1024

T = TypeVar("T")
Act = Callable[..., Any]
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Refused(Exception):
    """A person's act that the platform would not allow; the sentence says why."""


@dataclass(frozen=True, slots=True)
class Call:
    """One API call as it came in and went out. `at` is in seconds of the simulator's clock."""

    at: float
    call: str
    request: Any
    status: int
    answer: Any
    fault: str = ""


class Simulator:
    """A platform's server on loopback. Subclasses add routes in `routes` and people's deeds in `acts`.

    `clock` gives seconds since the epoch; `port` 0 takes a free one.
    """

    platform = ""

    def __init__(self, *, host: str = "127.0.0.1", port: int = 0, clock: Callable[[], float] = time.time) -> None:
        self.host, self.port, self.clock = host, port, clock
        self.faults = Faults()
        self.log: deque[Call] = deque(maxlen=LOG_LIMIT)
        self.acts: dict[str, Act] = {}
        self._changed: set[asyncio.Event] = set()
        self._watchers: set[asyncio.Task[Any]] = set()
        self._runner: web.AppRunner | None = None

    # what a subclass says

    def routes(self, app: web.Application) -> None:
        """Adds the platform's own paths."""
        raise NotImplementedError

    def call_name(self, request: web.Request) -> str | None:
        """The name of the API call that faults and the log go by; None for what is not the platform's API."""
        raise NotImplementedError

    def rate_limited(self, retry_after: float) -> web.Response:
        """The platform's own 429."""
        raise NotImplementedError

    def refusal(self, error: str, call: str) -> web.Response:
        """The platform's own refusal with that code."""
        raise NotImplementedError

    def state(self, viewer: str) -> dict[str, Any]:
        """What that person's client shows now (all people's where `viewer` is empty)."""
        raise NotImplementedError

    def reset(self) -> None:
        """The world as it was at the start; faults and log are cleared too (call super)."""
        self.faults.clear()
        self.log.clear()
        self.changed()

    # the life of the server

    @property
    def url(self) -> str:
        """The server's address, without a slash at its end."""
        return f"http://{self.host}:{self.port}"

    async def start(self) -> None:
        app = web.Application(middlewares=[self._through_faults], client_max_size=BODY_LIMIT)
        app.router.add_post("/_sim/act", self._act)
        app.router.add_get("/_sim/state", self._state)
        app.router.add_get("/_sim/changes", self._changes)
        app.router.add_post("/_sim/faults", self._order_fault)
        app.router.add_delete("/_sim/faults", self._clear_faults)
        app.router.add_get("/_sim/log", self._log)
        app.router.add_post("/_sim/reset", self._reset)
        self.routes(app)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
        await self._runner.setup()
        site = web.TCPSite(self._runner, self.host, self.port, reuse_address=True)
        await site.start()
        self.port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        for task in self._watchers:
            task.cancel()
        if self._runner:
            await self._runner.cleanup()
            self._runner = None

    async def __aenter__(self) -> "Simulator":
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    # change, for who waits: tests await a condition, the playground's page redraws

    def changed(self) -> None:
        """To be called after each change of the world."""
        for event in self._changed:
            event.set()

    async def until(self, look: Callable[[], T | None], timeout: float = 10.0) -> T:
        """Waits until `look()` is true and returns it; raises TimeoutError after `timeout` seconds."""
        event = asyncio.Event()
        self._changed.add(event)
        try:
            async with asyncio.timeout(timeout):
                while not (found := look()):
                    await event.wait()
                    event.clear()
                return found
        finally:
            self._changed.discard(event)

    async def do(self, act: str, **how: Any) -> Any:
        """A person does something. Raises Refused with a sentence where the platform would not let them."""
        if act not in self.acts:
            raise Refused(f"People on {self.platform} cannot {act!r}; they can: {', '.join(sorted(self.acts))}.")
        try:
            inspect.signature(self.acts[act]).bind(**how)
        except TypeError as error:
            raise Refused(f"{act}: {error}") from None
        result = self.acts[act](**how)
        return await result if inspect.isawaitable(result) else result

    # the middleware

    @web.middleware
    async def _through_faults(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        call = None if request.path.startswith("/_sim/") else self.call_name(request)
        if call is None:
            return await handler(request)
        body = await request.read()
        text = body.decode("utf-8", "replace")
        fault = self.faults.strike(call, f"{request.query_string}\n{text}")
        response = await self._answer(request, handler, call, fault)
        self._write_log(request, call, text, response, fault)
        return response

    async def _answer(
        self, request: web.Request, handler: Handler, call: str, fault: Fault | None
    ) -> web.StreamResponse:
        if fault is None:
            return await handler(request)
        match fault.kind:
            case "drop_before":
                return self._cut(request)
            case "rate_limit":
                return self.rate_limited(fault.retry_after)
            case "status":
                return web.Response(
                    status=fault.status, text="<html><body>out of order</body></html>", content_type="text/html"
                )
            case "error":
                return self.refusal(fault.error, call)
            case "latency":
                await asyncio.sleep(fault.seconds)
                return await handler(request)
            case "drop_after":
                await handler(request)
                return self._cut(request)
            case "hang_after":
                await handler(request)
                await asyncio.sleep(fault.seconds)
                return self._cut(request)

    def _cut(self, request: web.Request) -> web.Response:
        if request.transport is not None:
            request.transport.abort()
        return web.Response(status=500)

    def _write_log(
        self, request: web.Request, call: str, text: str, response: web.StreamResponse, fault: Fault | None
    ) -> None:
        answer: Any = None
        if isinstance(response, web.Response) and isinstance(response.body, bytes) and len(response.body) < 1_000_000:
            answer = response.body.decode("utf-8", "replace")
        asked = {"method": request.method, "path": request.path, "query": dict(request.query), "body": text}
        kind = fault.kind if fault else ""
        self.log.append(Call(self.clock(), call, asked, response.status, answer, kind))

    # the control API

    async def _act(self, request: web.Request) -> web.Response:
        try:
            body = await request.json()
            how = {key: value for key, value in body.items() if key != "act"}
            result = await self.do(str(body.get("act")), **how)
        except (Refused, ValueError, AttributeError) as error:
            return web.json_response({"error": str(error)}, status=400)
        return web.json_response({"result": result}, dumps=_dumps)

    async def _state(self, request: web.Request) -> web.Response:
        try:
            return web.json_response(self.state(request.query.get("as", "")), dumps=_dumps)
        except Refused as error:
            return web.json_response({"error": str(error)}, status=400)

    async def _changes(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"})
        await response.prepare(request)
        event = asyncio.Event()
        self._changed.add(event)
        task = asyncio.current_task()
        assert task is not None
        self._watchers.add(task)
        try:
            while True:
                await response.write(b"data: changed\n\n")
                await event.wait()
                event.clear()
        except (ConnectionError, asyncio.CancelledError):
            return response
        finally:
            self._changed.discard(event)
            self._watchers.discard(task)

    async def _order_fault(self, request: web.Request) -> web.Response:
        try:
            return web.json_response(asdict(self.faults.from_json(await request.json())))
        except (ValueError, TypeError) as error:
            return web.json_response({"error": str(error)}, status=400)

    async def _clear_faults(self, _: web.Request) -> web.Response:
        self.faults.clear()
        return web.json_response({})

    async def _log(self, _: web.Request) -> web.Response:
        return web.json_response([asdict(call) for call in self.log], dumps=_dumps)

    async def _reset(self, _: web.Request) -> web.Response:
        self.reset()
        return web.json_response({})


def _dumps(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)
