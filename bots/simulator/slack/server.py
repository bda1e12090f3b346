"""Slack on loopback: Web API, Socket Mode, HTTP mode, files and response_url, and the control API."""

import json
import time
from collections import deque
from collections.abc import Callable
from typing import Any

from aiohttp import web

from bots.simulator.server import Refused, Simulator
from bots.simulator.slack import chat, conversations, directory, files, marks, responses, views
from bots.simulator.slack.courier import Courier, Delivery
from bots.simulator.slack.forms import Forms
from bots.simulator.slack.hands import Hands
from bots.simulator.slack.knobs import Knobs
from bots.simulator.slack.limits import Limits
from bots.simulator.slack.methods import METHODS, Args, Method, SlackError, need
from bots.simulator.slack.model import Json, Message
from bots.simulator.slack.people import People
from bots.simulator.slack.seed import acme
from bots.simulator.slack.shown import state as shown_state
from bots.simulator.slack.shown import visible_text
from bots.simulator.slack.world import World

FAMILIES = (chat, conversations, directory, files, marks, views)  # importing them registers their methods


class SlackSimulator(Simulator):
    """The simulated Slack. Clients use `url + "/api/"` as the base of the Web API.

    `ack_seconds` is how long Slack waits for an acknowledgement, `retry_delays` the seconds before each redelivery of
    an event; `limits` switches rate limits, with `burst` messages at once per channel.
    """

    platform = "slack"
    BOT_TOKEN = "xoxb-simulated-bot-token"  # noqa: S105 - opens nothing but this simulator
    APP_TOKEN = "xapp-simulated-app-token"  # noqa: S105
    SIGNING_SECRET = "simulated-signing-secret"  # noqa: S105

    def __init__(
        self,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        clock: Callable[[], float] = time.time,
        bot_token: str = BOT_TOKEN,
        app_token: str = APP_TOKEN,
        signing_secret: str = SIGNING_SECRET,
        ack_seconds: float = 3.0,
        retry_delays: tuple[float, ...] = (0.0, 60.0, 300.0),
        limits: bool = True,
        burst: int = 20,
    ) -> None:
        super().__init__(host=host, port=port, clock=clock)
        self._secrets = {"bot_token": bot_token, "app_token": app_token, "signing_secret": signing_secret}
        self.limits, self.pace = limits, Limits(burst)
        self.world: World = acme(clock, **self._secrets)
        self.courier = Courier(self.world, ack_seconds=ack_seconds, retry_delays=retry_delays)
        self._settle()

    def _settle(self) -> None:
        """Gives the world its way out, and people their hands."""
        self.world.changed = self.changed
        self.world.url = self.url
        self.world.send, self.world.open_link = self.courier.send, self.courier.open_link
        self.acts.clear()
        for hands in (
            People(self.world),
            Hands(self.world, self.courier),
            Forms(self.world, self.courier),
            Knobs(self.world, self.courier),
        ):
            self.acts.update(hands.acts())

    # the life of the server

    async def start(self) -> None:
        await super().start()
        self.world.url = self.url

    async def __aenter__(self) -> "SlackSimulator":
        await self.start()
        return self

    async def stop(self) -> None:
        await self.courier.close()
        await super().stop()

    def reset(self) -> None:
        """The world as it was at the start; sockets that are connected stay."""
        self.world = acme(self.clock, **self._secrets)
        self.courier.move(self.world)
        self._settle()
        self.pace.clear()
        super().reset()

    def routes(self, app: web.Application) -> None:
        app.router.add_route("*", "/api/{method}", self._api)
        app.router.add_get("/link/", self._socket)
        app.router.add_post("/upload/v1/{file}", self._upload)
        app.router.add_get("/files-pri/{place}/{name:.*}", self._download)
        app.router.add_get("/login", files.login_page)
        app.router.add_post("/actions/{team}/{number}/{key}", self._respond)

    # the world is looked up for each request, since a reset makes a new one

    async def _socket(self, request: web.Request) -> web.StreamResponse:
        return await self.courier.connect(request)

    async def _upload(self, request: web.Request) -> web.Response:
        return await files.upload(self.world, request)

    async def _download(self, request: web.Request) -> web.Response:
        return await files.download(self.world, request)

    async def _respond(self, request: web.Request) -> web.Response:
        return await responses.receive(self.world, request)

    def call_name(self, request: web.Request) -> str | None:
        """The method's name; "files-upload", "files-pri" and "response_url" for what is no method."""
        head, _, rest = request.path.lstrip("/").partition("/")
        names = {"api": rest, "upload": "files-upload", "files-pri": "files-pri", "actions": "response_url"}
        return names.get(head)

    def rate_limited(self, retry_after: float) -> web.Response:
        headers = {"Retry-After": str(max(1, round(retry_after)))}
        return web.json_response({"ok": False, "error": "ratelimited"}, status=429, headers=headers)

    def refusal(self, error: str, call: str) -> web.Response:
        return web.json_response({"ok": False, "error": error})

    def state(self, viewer: str) -> Json:
        return shown_state(self.world, viewer)

    # the Web API

    async def _api(self, request: web.Request) -> web.Response:
        name = request.match_info["method"]
        method = METHODS.get(name)
        headers = {"X-OAuth-Scopes": ",".join(sorted(self.world.app.scopes)), "X-Slack-Req-Id": self.world.new_key(32)}
        try:
            if method is None:
                raise SlackError("unknown_method", req_method=name)
            args = await _read(request, method)
            headers["X-Accepted-OAuth-Scopes"] = method.scope
            self._authorise(request, args, method)
            wait = self.pace.wait(name, method.tier, args.text("channel")) if self.limits else 0
            if wait:
                return self.rate_limited(wait)
            body: Json = {"ok": True} | method.handler(self.world, args)
        except SlackError as error:
            body = {"ok": False, "error": error.code} | error.more
        self.changed()
        return web.json_response(body, headers=headers)

    def _authorise(self, request: web.Request, args: Args, method: Method) -> None:
        """The token is there, known, of the right kind, alive, and has the scope. Raises SlackError."""
        app = self.world.app
        if method.name == "api.test":
            return
        word, _, given = request.headers.get("Authorization", "").partition(" ")
        token = given.strip() if word.lower() == "bearer" else args.text("token")
        if not token:
            raise SlackError("not_authed")
        if token not in (app.bot_token, app.app_token):
            raise SlackError("invalid_auth")
        if method.app_level != (token == app.app_token):
            raise SlackError("not_allowed_token_type")
        if app.condition == "uninstalled":
            raise SlackError("account_inactive")
        if method.app_level:
            if "connections:write" not in app.app_scopes:
                provided = ",".join(sorted(app.app_scopes))
                raise SlackError("missing_scope", needed="connections:write", provided=provided)
            return
        if app.condition == "revoked":
            raise SlackError("token_revoked")
        need(self.world, method.scope)

    # what tests look at

    @property
    def emitted(self) -> deque[Json]:
        """The payloads that were delivered to the app, oldest first."""
        return self.courier.emitted

    @property
    def deliveries(self) -> deque[Delivery]:
        """Every attempt to deliver, with its acknowledgement."""
        return self.courier.deliveries

    @property
    def lost(self) -> deque[Json]:
        """Events that nobody was connected for."""
        return self.courier.lost

    @property
    def connections(self) -> int:
        """How many sockets are open."""
        return len(self.courier.links)

    @property
    def idle(self) -> bool:
        """Whether every event was acknowledged, lost or given up."""
        return self.courier.idle

    def seen(self, room: str, thread: str | None = None) -> list[Message]:
        """The words that all in the room can see, oldest first; of one thread and its root, or top level ("").

        Slack's own lines (who joined, what was deleted) are left out.
        """
        own = ("channel_join", "channel_leave", "tombstone")
        log = self.world.room(room).log
        found = [one for one in log if not one.deleted and not one.private_to and one.subtype not in own]
        if thread is None:
            return found
        if not thread:
            return [one for one in found if not one.is_reply or one.broadcast]
        return [one for one in found if thread in (one.ts, one.thread_ts)]

    def texts(self, room: str, thread: str | None = None) -> list[str]:
        """What readers see of these messages, without formatting."""
        return [visible_text(self.world, one) for one in self.seen(room, thread)]

    def text(self, message: Message) -> str:
        """What readers see of one message, without formatting."""
        return visible_text(self.world, message)

    def last(self, room: str, who: str | None = None) -> Message:
        """The newest message of the room, or that author's newest. Raises Refused where there is none."""
        author = None if who is None else self.world.person(who).id
        found = [one for one in self.seen(room) if author in (None, one.user)]
        if not found:
            raise Refused(f"There is no message in {room!r}{f' from {who}' if who else ''}.")
        return found[-1]

    def said_by_bot(self, room: str, thread: str | None = None) -> list[Message]:
        return [one for one in self.seen(room, thread) if one.bot]

    def whispers(self, who: str, room: str = "") -> list[Message]:
        """The private (ephemeral) messages that this person sees."""
        person = self.world.person(who).id
        place = self.world.room(room, who).id if room else ""
        mine = [one for one in self.world.messages if one.private_to == person and not one.deleted]
        return [one for one in mine if place in ("", one.room)]


async def _read(request: web.Request, method: Method) -> Args:
    """Query, form and JSON in one; methods that take no JSON overlook a JSON body. Raises SlackError."""
    values: dict[str, Any] = dict(request.query)
    if request.content_type == "application/json":
        text = await request.text()
        if text and method.json:
            values |= _object(text)
    elif request.method == "POST":
        values |= {key: value for key, value in (await request.post()).items() if isinstance(value, str)}
    return Args(values)


def _object(text: str) -> dict[str, Any]:
    try:
        values = json.loads(text)
    except ValueError:
        raise SlackError("invalid_json") from None
    if not isinstance(values, dict):
        raise SlackError("json_not_object")
    return values
