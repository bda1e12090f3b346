"""The simulated Telegram: the Bot API over HTTP on loopback, and people who act in its world."""

import inspect
import json
import re
import time
from collections import deque
from collections.abc import Callable
from typing import Any

from aiohttp import web

from bots.simulator.server import Simulator
from bots.simulator.telegram import account, change, chats, send  # noqa: F401  (they register the methods)
from bots.simulator.telegram.api import METHODS, method
from bots.simulator.telegram.arguments import Arguments, read
from bots.simulator.telegram.core import Telegram
from bots.simulator.telegram.errors import ApiError, conflict, from_text, not_found, too_many_requests, unauthorized
from bots.simulator.telegram.people import People
from bots.simulator.telegram.places import Places
from bots.simulator.telegram.render import state
from bots.simulator.telegram.seed import BOT_TOKEN
from bots.simulator.telegram.webhook import Webhook
from bots.simulator.telegram.world import Json, Message, World

TOKEN = re.compile(r"[1-9]\d{4,15}:[A-Za-z0-9_-]{20,60}")
LONGEST_POLL = 50
WEBHOOK_ACTIVE = "can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"


class TelegramSimulator(Simulator):
    """Telegram for one bot. Clients get `base_url=sim.url + "/bot"` and `base_file_url=sim.url + "/file/bot"`.

    `token` is accepted beside BOT_TOKEN; `seed` decides the random ids. Knobs: `limits` (whether the sending limits
    hold), `answer_seconds` (how long a press waits for its answer), `first_pause` (seconds before a failed webhook is
    tried again, doubled each time), and the acts in `_knobs`.
    """

    platform = "telegram"
    BOT_TOKEN = BOT_TOKEN

    def __init__(
        self,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        clock: Callable[[], float] = time.time,
        token: str = "",
        seed: int = 1,
    ) -> None:
        super().__init__(host=host, port=port, clock=clock)
        self.token, self.seed = token or BOT_TOKEN, seed
        self.limits, self.answer_seconds, self.first_pause = True, 10.0, 1.0
        self._begin()

    def _begin(self) -> None:
        self.tokens = {BOT_TOKEN, self.token}
        self.telegram = Telegram(self.clock, self.changed, self, self.seed)
        self.webhook = Webhook(self.telegram.updates, self._from_webhook, self)
        self.acts = {**People(self.telegram).acts(), **Places(self.telegram).acts(), **self._knobs()}

    def reset(self) -> None:
        self.webhook.stop()
        self.telegram.updates.close()
        self._begin()
        super().reset()

    async def __aenter__(self) -> "TelegramSimulator":
        await self.start()
        return self

    async def stop(self) -> None:
        self.webhook.stop()
        self.telegram.updates.close()
        await super().stop()

    # what tests look at

    @property
    def world(self) -> World:
        return self.telegram.world

    @property
    def emitted(self) -> deque[Json]:
        """The updates that went out to the bot (the last few thousand), repeated ones repeatedly."""
        return self.telegram.emitted

    @property
    def polled(self) -> bool:
        """Whether the bot waits in getUpdates right now."""
        return self.telegram.updates.polled

    def texts(self, room: str | int, thread: str | int | None = None) -> list[str]:
        return self.world.texts(room, thread)

    def last(self, room: str | int, who: str | int | None = None) -> Message:
        return self.world.last(room, who)

    def said_by_bot(self, room: str | int, thread: str | int | None = None) -> list[Message]:
        return self.world.said_by_bot(room, thread)

    def state(self, viewer: str) -> dict[str, Any]:
        return state(self.telegram, self.world.person(viewer) if viewer else None)

    # the wire

    def routes(self, app: web.Application) -> None:
        app.router.add_get("/file/bot{token}/{path:.+}", self._download)
        app.router.add_route("*", "/{rest:bot.*}", self._api)

    def call_name(self, request: web.Request) -> str | None:
        if request.path.startswith("/file/bot"):
            return "GET /file"
        if not request.path.startswith("/bot"):
            return None
        name = request.path.rpartition("/")[2]
        return METHODS[name.lower()][0] if name.lower() in METHODS else name

    def rate_limited(self, retry_after: float) -> web.Response:
        return _refused(too_many_requests(retry_after))

    def refusal(self, error: str, call: str) -> web.Response:
        return _refused(from_text(error))

    async def _api(self, request: web.Request) -> web.Response:
        try:
            found = re.fullmatch(r"/bot([^/]+)/([^/]+)/?", request.path)
            if not found or not TOKEN.fullmatch(found[1]) or request.method not in ("GET", "POST"):
                raise not_found()
            if found[1] not in self.tokens:
                raise unauthorized()
            name = found[2].lower()
            if name not in METHODS:
                raise not_found()
            return await self._answered(name, await read(request))
        except ApiError as error:
            return _refused(error)

    async def _answered(self, name: str, args: Arguments) -> web.Response:
        match name:
            case "getupdates":
                return _ok(f"[{','.join(await self._updates(args))}]")
            case "setwebhook" | "deletewebhook":
                given = args if name == "setwebhook" else Arguments({**args.values, "url": ""})
                return _ok("true", self.webhook.set(given))
            case "getwebhookinfo":
                return _ok(json.dumps(self.webhook.info(), ensure_ascii=False))
        return _ok(json.dumps(await self._carry_out(name, args), ensure_ascii=False))

    async def _carry_out(self, name: str, args: Arguments) -> Any:
        result = METHODS[name][1](self.telegram, args)
        return await result if inspect.isawaitable(result) else result

    async def _from_webhook(self, name: str, call: Json) -> object:
        try:
            return await self._carry_out(name.lower(), Arguments(call)) if name.lower() in METHODS else None
        except ApiError:
            return None  # what comes of a call in a webhook's answer, nobody is told

    async def _updates(self, args: Arguments) -> list[str]:
        if self.webhook.url:
            raise conflict(WEBHOOK_ACTIVE)
        allowed = args.decoded("allowed_updates") if args.has("allowed_updates") else None
        self.telegram.updates.allow(allowed if isinstance(allowed, list) else None)
        timeout = min(LONGEST_POLL, max(0, args.integer("timeout")))
        limit = min(100, max(1, args.integer("limit", 100)))
        return await self.telegram.updates.poll(args.integer("offset"), limit, timeout)

    async def _download(self, request: web.Request) -> web.Response:
        stored = self.telegram.files.by_path.get(request.match_info["path"])
        if request.match_info["token"] not in self.tokens or stored is None:
            return _refused(not_found())
        return web.Response(body=stored.data, content_type="application/octet-stream")

    # knobs

    def _knobs(self) -> dict[str, Callable[..., Any]]:
        return {
            "revoke_token": self.revoke_token, "restore_token": self.restore_token, "disconnect": self.disconnect,
            "cut": self.cut, "set_privacy": self.set_privacy, "poison": self.poison,
            "duplicate_next": self.duplicate_next, "reorder_next": self.reorder_next,
            "jump_update_ids": self.jump_update_ids,
        }  # fmt: skip

    def revoke_token(self) -> None:
        """BotFather's /revoke: every call is a 401 from then on, the waiting one too."""
        self.tokens = set()
        self.telegram.updates.close(unauthorized())

    def restore_token(self) -> None:
        self.tokens = {BOT_TOKEN, self.token}

    def disconnect(self) -> None:
        """Ends the waiting getUpdates with an empty answer, as after its timeout. Telegram asks for no reconnects."""
        self.telegram.updates.close()

    def cut(self) -> None:
        """Aborts the TCP connections of what waits and of what is kept alive, as a network failure does."""
        for transport in self._transports():
            transport.abort()

    def _transports(self) -> list[Any]:
        server = self._runner.server if self._runner else None
        return [c.transport for c in getattr(server, "connections", []) if getattr(c, "transport", None)]

    def set_privacy(self, on: bool) -> None:
        """BotFather's /setprivacy (in groups it takes effect at once here; Telegram wants the bot added again)."""
        self.telegram.privacy = on

    def poison(self, payload: Json | str) -> int:
        """Delivers something malformed: a dict as an update, or a text as it is in the place of one. Measured with
        python-telegram-bot (PLATFORMS.md, fact 4): one such update stops its updater for ever."""
        return self.telegram.updates.poison(payload)

    def duplicate_next(self, count: int = 1) -> None:
        """The next updates come twice with the same id, as when the bot's confirmation was lost."""
        self.telegram.updates.twice = count

    def reorder_next(self) -> None:
        """The next two updates change places, as over parallel webhook connections (`max_connections`)."""
        self.telegram.updates.swap = True

    def jump_update_ids(self) -> int:
        """core.telegram.org/bots/api#update: after a week without updates the next id is random. Returns it."""
        return self.telegram.updates.jump()


def _ok(result: str, description: str = "") -> web.Response:
    more = f',"description":{json.dumps(description)}' if description else ""
    return web.Response(text=f'{{"ok":true,"result":{result}{more}}}', content_type="application/json")


def _refused(error: ApiError) -> web.Response:
    headers = {"Retry-After": str(error.parameters["retry_after"])} if "retry_after" in error.parameters else None
    return web.json_response(error.body(), status=error.code, headers=headers)


@method("getUpdates", "setWebhook", "deleteWebhook", "getWebhookInfo")
def _served_by_the_simulator(_: Telegram, __: Arguments) -> None:
    """Registered for their names; a webhook's answer cannot call them, as on the server."""
