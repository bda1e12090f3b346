"""Discord at wire level on loopback: REST under `url + "/api/v10"`, the gateway under `gateway_url`."""

import json
import re
import time
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Any

from aiohttp import web

from bots.simulator.discord import cdn, view
from bots.simulator.discord.acts import ACTS
from bots.simulator.discord.core import Core
from bots.simulator.discord.errors import REFUSALS, ApiError, invalid
from bots.simulator.discord.gateway import Gateway
from bots.simulator.discord.rest import account, commands, guild, messages, reactions, threads, webhooks
from bots.simulator.discord.rest.body import Ask, parse_body
from bots.simulator.discord.rest.common import Answer, Handler, Routes
from bots.simulator.discord.rest.form import is_snowflake
from bots.simulator.discord.rest.limits import Verdict
from bots.simulator.discord.threads import archive_idle
from bots.simulator.discord.tuning import Tuning
from bots.simulator.discord.world import Json, Message, World
from bots.simulator.server import Simulator

API = "/api/v10"
STICKER = "/stickers/{sticker_id}.{ending}"  # "CDN Endpoints"
ATTACHMENT = "/attachments/{channel_id}/{attachment_id}/{filename}"
ROUTES: Routes = {
    **account.ROUTES,
    **commands.ROUTES,
    **guild.ROUTES,
    **messages.ROUTES,
    **reactions.ROUTES,
    **threads.ROUTES,
    **webhooks.ROUTES,
}
OPEN = webhooks.OPEN | {"GET /gateway"}


class DiscordSimulator(Simulator):
    """One guild, Acme, with its people and one bot.

    `token` is the bot's; `clock` gives seconds since the epoch; `limits` switches rate limits; `tuning` holds the
    platform's figures (limits, deadlines), which a test may change. Port 0 takes a free one.
    """

    platform = "discord"
    BOT_TOKEN = "simulated-discord-bot-token"  # noqa: S105 - obviously not a secret

    def __init__(
        self,
        *,
        token: str = BOT_TOKEN,
        host: str = "127.0.0.1",
        port: int = 0,
        clock: Callable[[], float] = time.time,
        limits: bool = True,
        tuning: Tuning | None = None,
    ) -> None:
        super().__init__(host=host, port=port, clock=clock)
        self.token, self.tuning = token, tuning or Tuning()
        self.limits = limits
        self.core = self._new_core()
        self.gateway = Gateway(self.core)
        self.acts = {name: partial(deed, self) for name, deed in ACTS.items()}

    def _new_core(self) -> Core:
        return Core(self.clock, self.token, lambda: self.url, self.tuning, self.changed)

    @property
    def world(self) -> World:
        return self.core.world

    @property
    def limits(self) -> bool:
        """Whether rate limits are enforced; their figures are in `tuning.limits`."""
        return self.tuning.limits.on

    @limits.setter
    def limits(self, on: bool) -> None:
        self.tuning.limits.on = on

    @property
    def gateway_url(self) -> str:
        return self.core.gateway_url()

    @property
    def emitted(self) -> deque[Json]:
        """The gateway events of late, as they were sent to bots."""
        return self.core.hub.emitted

    # the life of the server

    def routes(self, app: web.Application) -> None:
        for call in sorted(ROUTES, key=_literal_first):
            method, path = call.split(" ")
            app.router.add_route(method, API + path, partial(self._serve, call, ROUTES[call]))
        app.router.add_get("/gateway", self._gateway)
        app.router.add_get("/gateway/", self._gateway)
        app.router.add_get(ATTACHMENT, self._attachment)
        app.router.add_get(ATTACHMENT.replace("/", "/ephemeral-", 1), self._attachment)
        app.router.add_get(STICKER, self._sticker)
        app.router.add_route("*", "/api/{version}/{rest:.*}", self._unknown)

    async def __aenter__(self) -> "DiscordSimulator":
        await self.start()
        return self

    async def stop(self) -> None:
        await self.gateway.stop()
        await super().stop()

    def reset(self) -> None:
        """A new world. The bot stays installed with its commands, and is made to sign in anew."""
        before = self.core
        self.core = self.gateway.core = self._new_core()
        self.core.world.ids = before.world.ids
        self.core.world.app.commands = before.world.app.commands
        self.core.world.app.granted_intents = before.world.app.granted_intents
        for connection in list(self.gateway.connections):
            connection.session = None
            connection.end(4000, "Reset.")
        super().reset()

    def call_name(self, request: web.Request) -> str | None:
        if request.path.startswith(("/attachments/", "/ephemeral-attachments/")):
            return f"GET {ATTACHMENT}"
        if request.path.startswith("/stickers/"):
            return f"GET {STICKER}"
        if not request.path.startswith("/api/"):
            return None
        resource = request.match_info.route.resource
        path = resource.canonical if resource is not None else request.path
        if not path.startswith(API):
            path = request.path
        return f"{request.method} {path.removeprefix(API)}"

    def rate_limited(self, retry_after: float) -> web.Response:
        return _limited(Verdict({}, retry_after, "user"))

    def refusal(self, error: str, call: str) -> web.Response:
        """`error` is a code of the platform ("50013"), or "global" or "shared" for a 429 of that scope."""
        if error in ("global", "shared"):
            return _limited(Verdict({}, 1.0, error))
        if not error.isdigit() or int(error) not in REFUSALS:
            return _json_answer(400, {"message": error, "code": 0})
        refused = ApiError(int(error))
        return _json_answer(refused.status, refused.body)

    def state(self, viewer: str) -> dict[str, Any]:
        return view.state(self.core, viewer)

    # looking on, for tests

    def texts(self, room: str, thread: str | None = None) -> list[str]:
        """The words in a room with its threads, in one thread with its root, or on the top level only (`thread` "").

        They are the bot's and the people's, in order; a direct room is "dm:Anna". What one person alone sees is in
        `whispers`.
        """
        return [message.text for message in view.seen(self.core, room, thread)]

    def last(self, room: str, who: str | None = None) -> Message:
        """The newest message there, or that person's newest. Raises LookupError where there is none."""
        return view.last(self.core, room, who)

    def said_by_bot(self, room: str, thread: str | None = None) -> list[Message]:
        """The bot's messages there, oldest first."""
        found = view.seen(self.core, room, thread)
        return [message for message in found if message.author_id == self.world.bot.id]

    def whispers(self, who: str, room: str = "") -> list[Message]:
        """The private (ephemeral) answers that this person sees."""
        return view.whispers(self.core, who, room)

    # the wires

    async def _gateway(self, request: web.Request) -> web.StreamResponse:
        return await self.gateway.serve(request)

    async def _serve(self, call: str, handler: Handler, request: web.Request) -> web.Response:
        try:
            if call not in OPEN:
                self._check_token(request)
            verdict = self.tuning.limits.count(call, request.match_info)
            if verdict.scope:
                return _limited(verdict)
            return await self._handled(call, handler, request, verdict)
        except ApiError as refused:
            return _json_answer(refused.status, refused.body)

    async def _handled(self, call: str, handler: Handler, request: web.Request, verdict: Verdict) -> web.Response:
        try:
            body, files = parse_body(request.headers.get("Content-Type", ""), await request.read())
            for name, value in request.match_info.items():
                if name.endswith("_id") and not is_snowflake(value):
                    raise invalid((name,), "NUMBER_TYPE_COERCE", f'Value "{value}" is not snowflake.')
            archive_idle(self.core)
            answer = handler(self.core, Ask(call, request.match_info, request.query, body, files))
        except ApiError as refused:
            return _json_answer(refused.status, refused.body, verdict.headers)
        if isinstance(answer, Answer):
            return _json_answer(answer.status, answer.body, verdict.headers)
        return _json_answer(204 if answer is None else 200, answer, verdict.headers)

    def _check_token(self, request: web.Request) -> None:
        given = request.headers.get("Authorization", "")
        if given != f"Bot {self.world.app.token}" or self.core.token_revoked:
            raise ApiError(0)

    async def _unknown(self, request: web.Request) -> web.Response:
        """A path or method that the platform does not have (or an API version that it no longer speaks)."""
        if not re.fullmatch("v10", request.match_info["version"]):
            refused = ApiError(50041)
            return _json_answer(refused.status, refused.body)
        path = request.path.removeprefix(API)
        known = any(_fits(call.split(" ")[1], path) for call in ROUTES)
        sentence, status = ("405: Method Not Allowed", 405) if known else ("404: Not Found", 404)
        return _json_answer(status, {"message": sentence, "code": 0})

    async def _attachment(self, request: web.Request) -> web.Response:
        """A file, for as long as the address is good."""
        wanted = request.match_info
        files = [self.world.uploads.get(wanted["attachment_id"])]
        for message in self.world.messages.values():
            files += [] if message.deleted else message.attachments
        found = next((file for file in files if file and file.id == wanted["attachment_id"]), None)
        if found is None or not cdn.is_good(request.path, request.query, self.clock()):
            return web.Response(status=404, text="This content is no longer available.")
        return web.Response(body=found.data, headers={"Content-Type": found.content_type})

    async def _sticker(self, request: web.Request) -> web.Response:
        """A sticker as a picture, for all time; a moving PNG is fetched as a PNG."""
        wanted = request.match_info
        found = [one for message in self.world.messages.values() for one in message.stickers]
        sticker = next((one for one in found if one.id == wanted["sticker_id"]), None)
        if sticker is None or sticker.filename.rpartition(".")[2].replace("apng", "png") != wanted["ending"]:
            return web.Response(status=404)
        return web.Response(body=sticker.data, headers={"Content-Type": sticker.content_type})


def _literal_first(call: str) -> list[str]:
    """Paths are tried in order, so the fixed words come before the parameters of the same place."""
    return [part.replace("{", "\uffff") for part in call.split("/")]


def _fits(template: str, path: str) -> bool:
    return re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", template), path) is not None


def _json_answer(status: int, body: Any, headers: dict[str, str] | None = None) -> web.Response:
    """Clients compare the content type exactly, so it must not name a charset."""
    if status == 204:
        return web.Response(status=204, headers=headers)
    text = json.dumps(body, ensure_ascii=False).encode()
    return web.Response(status=status, body=text, headers={"Content-Type": "application/json", **(headers or {})})


def _limited(verdict: Verdict) -> web.Response:
    """429. The `Via` header tells clients that it is the platform who speaks, and not the wall in front of it."""
    is_global = verdict.scope == "global"
    wait = round(verdict.retry_after, 3)
    body: Json = {"message": "You are being rate limited.", "retry_after": wait, "global": is_global, "code": 0}
    more = {"Retry-After": str(max(1, round(wait))), "Via": "1.1 google", "X-RateLimit-Scope": verdict.scope}
    return _json_answer(429, body, {**verdict.headers, **more, **({"X-RateLimit-Global": "true"} if is_global else {})})
