"""The playground's server: the page and its files, and a way from the page to the simulators' control API.

GET    /                          the page
GET    /static/FILE               its style and its modules
GET    /api/setup                 {"platforms": [NAME, …], "inbox": the inbox's link as this visitor reaches it}
GET    /api/changes               server-sent events, each the name of a platform whose world changed
GET    /api/PLATFORM/changes      the same of one platform
POST   /api/PLATFORM/act          as /_sim/act of that platform's simulator; likewise `state` (GET), `log` (GET),
                                  `faults` (POST, DELETE) and `reset` (POST)
"""

import json
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp
from aiohttp import web

from bots.simulator.playground.changes import Changes
from bots.simulator.playground.guard import LOOPBACK, add_headers, guard, name_in

HOST = "127.0.0.1"
STATIC = Path(__file__).parent / "static"
CONTROL = (
    ("POST", "act"),
    ("GET", "state"),
    ("GET", "log"),
    ("POST", "faults"),
    ("DELETE", "faults"),
    ("POST", "reset"),
)
BODY_LIMIT = 16 * 1024 * 1024
LOG_SHOWN = 60
STILL_THERE_SECONDS = 15.0
PATIENCE = aiohttp.ClientTimeout(total=60)  # seconds; the longest act waits 10 s for the bot's answer
TYPES = {".js": "text/javascript", ".css": "text/css", ".html": "text/html", ".svg": "image/svg+xml"}


class Playground:
    """The page on loopback. `platforms` gives the address of each platform's simulator, `inbox` the link that signs a
    visitor in to the shared inbox ("" for a page without it); `port` 0 takes a free one.
    """

    def __init__(self, platforms: Mapping[str, str], inbox: str = "", port: int = 8090) -> None:
        self.platforms = {name: url.rstrip("/") for name, url in platforms.items()}
        self.inbox, self.port = inbox, port
        self._changes = Changes(self.platforms)
        self._files = {path.name: path.read_bytes() for path in STATIC.iterdir() if path.suffix in TYPES}
        self._session: aiohttp.ClientSession | None = None
        self._runner: web.AppRunner | None = None

    @property
    def url(self) -> str:
        """The page's address, without a slash at its end."""
        return f"http://{HOST}:{self.port}"

    async def start(self) -> None:
        """Serves the page. Raises OSError where the port is taken."""
        self._runner = web.AppRunner(self._app(), access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, HOST, self.port, reuse_address=True).start()
        except OSError:
            await self.stop()
            raise
        self.port = self._runner.addresses[0][1]
        # A simulator may cut its connections, so none is kept for the next call.
        self._session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(force_close=True), timeout=PATIENCE)
        self._changes.start(self._session)

    async def stop(self) -> None:
        await self._changes.stop()
        if self._runner:
            await self._runner.cleanup()
            self._runner = None
        if self._session:
            await self._session.close()
            self._session = None

    def _app(self) -> web.Application:
        app = web.Application(middlewares=[guard], client_max_size=BODY_LIMIT)
        app.on_response_prepare.append(add_headers)
        app.router.add_get("/", self._page)
        app.router.add_get("/static/{file}", self._file)
        app.router.add_get("/api/setup", self._setup)
        app.router.add_get("/api/changes", self._tell_changes)
        app.router.add_get("/api/{platform}/changes", self._tell_changes)
        for method, what in CONTROL:
            app.router.add_route(method, f"/api/{{platform}}/{what}", self._control)
        return app

    # the page

    async def _page(self, _: web.Request) -> web.Response:
        return self._static("page.html")

    async def _file(self, request: web.Request) -> web.Response:
        return self._static(request.match_info["file"])

    def _static(self, name: str) -> web.Response:
        if name not in self._files:
            raise web.HTTPNotFound(text="There is no such file.")
        return web.Response(body=self._files[name], content_type=TYPES[Path(name).suffix], charset="utf-8")

    async def _setup(self, request: web.Request) -> web.Response:
        visited = name_in(request.headers["Host"])
        return web.json_response({"platforms": list(self.platforms), "inbox": _as_reached(self.inbox, visited)})

    # the simulators

    async def _tell_changes(self, request: web.Request) -> web.StreamResponse:
        platforms = [self._platform(request)] if "platform" in request.match_info else list(self.platforms)
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        with self._changes.listener(platforms) as listener:
            while not listener.over:
                news = await listener.next(STILL_THERE_SECONDS)
                told = "".join(f"data: {platform}\n\n" for platform in news)
                try:
                    await response.write((told or ": still there\n\n").encode())
                except ConnectionError:
                    break
        return response

    def _platform(self, request: web.Request) -> str:
        name = request.match_info["platform"]
        if name not in self.platforms:
            raise web.HTTPNotFound(text=json.dumps({"error": f"There is no platform {name!r} here."}))
        return name

    async def _control(self, request: web.Request) -> web.Response:
        """Passes the request on, and the simulator's answer back."""
        assert self._session is not None
        platform, what = self._platform(request), request.path.rpartition("/")[2]
        url, body = f"{self.platforms[platform]}/_sim/{what}", await request.read()
        try:
            async with self._session.request(request.method, url, params=dict(request.query), data=body) as answer:
                status, text = answer.status, await answer.text()
        except (aiohttp.ClientError, TimeoutError):
            return self._unanswered(platform, what, body)
        if status >= 500:
            return _error(502, f"The simulated {platform.capitalize()} stumbled over that.")
        return web.Response(
            status=status, text=_newest(text) if what == "log" else text, content_type="application/json"
        )

    def _unanswered(self, platform: str, what: str, body: bytes) -> web.Response:
        """Whoever orders all connections to be cut may lose the answer to that very order."""
        if what == "act" and _act_in(body) == "cut":
            return web.json_response({"result": None})
        return _error(502, f"The simulated {platform.capitalize()} does not answer.")


def _error(status: int, sentence: str) -> web.Response:
    return web.json_response({"error": sentence}, status=status)


def _act_in(body: bytes) -> str:
    try:
        asked = json.loads(body)
    except ValueError:
        return ""
    return str(asked.get("act")) if isinstance(asked, dict) else ""


def _newest(log: str) -> str:
    """The log's last calls, the newest first, without what was in them: the page shows names and outcomes."""
    calls = json.loads(log)[-LOG_SHOWN:]
    kept = [{key: call[key] for key in ("at", "call", "status", "fault")} for call in reversed(calls)]
    return json.dumps(kept)


def _as_reached(link: str, visited: str) -> str:
    """The inbox's link under the loopback name that the visitor uses for the page.

    A browser takes 127.0.0.1 and localhost for two sites, and would keep the inbox's cookie from a frame of the other.
    """
    parts = urlsplit(link)
    if parts.hostname not in LOOPBACK or visited not in LOOPBACK - {"::1"}:
        return link
    return parts._replace(netloc=f"{visited}:{parts.port}" if parts.port else visited).geturl()
