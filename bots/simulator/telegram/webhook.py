"""Updates by webhook: one POST per update, in order, repeated with a growing pause until it is answered with 2xx.

core.telegram.org/bots/api#setwebhook. The real server takes https addresses only; here plain http to loopback passes.
"""

import asyncio
import json
import re
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlsplit

import aiohttp

from bots.simulator.telegram.arguments import Arguments
from bots.simulator.telegram.core import Knobs
from bots.simulator.telegram.errors import bad_request
from bots.simulator.telegram.updates import Queued, Updates
from bots.simulator.telegram.world import Json

SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 (a name, no secret)
LOOPBACK = ("127.0.0.1", "localhost", "::1")
LONGEST_PAUSE = 60.0
Answer = Callable[[str, Json], Awaitable[object]]


class Webhook:
    """`answer` carries out a method that the webhook's answer names. The pause after a failure
    begins with the knob `first_pause` and doubles (the real server begins at about a second)."""

    def __init__(self, updates: Updates, answer: Answer, knobs: Knobs) -> None:
        self.updates, self.answer, self.knobs = updates, answer, knobs
        self.url, self.secret, self.connections = "", "", 40
        self.last_error: tuple[float, str] | None = None
        self._task: asyncio.Task[None] | None = None

    def set(self, args: Arguments) -> str:
        """Carries out setWebhook (deleteWebhook without a url); returns the description. Raises ApiError."""
        url, secret = args.text("url").strip(), args.text("secret_token")
        self._check(url, secret)
        allowed = args.decoded("allowed_updates") if url else None
        self.updates.allow(allowed if isinstance(allowed, list) else None)
        if args.flag("drop_pending_updates"):
            self.updates.queue.clear()
        had, self.url, self.secret = self.url, url, secret
        self.connections = min(100, max(1, args.integer("max_connections", 40)))
        self.last_error = None
        self.stop()
        if url:
            self.updates.interrupt("terminated by setWebhook request")
            self.start()
            return "Webhook was set" if had != url else "Webhook is already set"
        return "Webhook was deleted" if had else "Webhook is already deleted"

    def _check(self, url: str, secret: str) -> None:
        try:
            parts = urlsplit(url)
        except ValueError:
            raise bad_request("bad webhook: Failed to parse URL") from None
        if url and parts.scheme != "https" and parts.hostname not in LOOPBACK:
            raise bad_request("bad webhook: An HTTPS URL must be provided for webhook")
        if len(secret) > 256:
            raise bad_request("secret token is too long")
        if not re.fullmatch(r"[A-Za-z0-9_-]*", secret):
            raise bad_request("secret token contains unallowed characters")

    def info(self) -> Json:
        """WebhookInfo."""
        self.updates.expire()
        waiting = len(self.updates.queue)
        found: Json = {"url": self.url, "has_custom_certificate": False, "pending_update_count": waiting}
        if self.updates.chosen:
            found["allowed_updates"] = self.updates.chosen
        if self.url:
            found |= {"max_connections": self.connections, "ip_address": "127.0.0.1"}
        if self.last_error:
            found |= {"last_error_date": int(self.last_error[0]), "last_error_message": self.last_error[1]}
        return found

    def start(self) -> None:
        """Posts what waits and what comes, from now on."""
        self._task = asyncio.get_running_loop().create_task(self._deliver())

    def stop(self) -> None:
        if self._task and self._task is not asyncio.current_task():
            self._task.cancel()
        self._task = None

    async def _deliver(self) -> None:
        pause = self.knobs.first_pause
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=60)) as session:
            while self._task is asyncio.current_task():
                self.updates.expire()
                if not self.updates.queue:
                    self.updates.arrived.clear()
                    await self.updates.arrived.wait()
                    continue
                item = self.updates.queue[0]
                arrived = await self._post(session, item)
                self.updates.changed()
                if arrived:
                    pause = self.knobs.first_pause
                    self._drop(item)
                else:
                    await asyncio.sleep(pause)
                    pause = min(2 * pause, LONGEST_PAUSE)

    def _drop(self, item: Queued) -> None:
        if self.updates.queue and self.updates.queue[0] is item:
            self.updates.queue.popleft()

    async def _post(self, session: aiohttp.ClientSession, item: Queued) -> bool:
        headers = {"Content-Type": "application/json"} | ({SECRET_HEADER: self.secret} if self.secret else {})
        if item.update is not None:
            self.updates.delivered(item.update)
        try:
            async with session.post(self.url, data=item.text.encode(), headers=headers) as response:
                body = await response.text()
        except (aiohttp.ClientError, TimeoutError) as error:
            self.last_error = (self.updates.clock(), f"Connection failed: {type(error).__name__}")
            return False
        if not 200 <= response.status < 300:
            reason = f"Wrong response from the webhook: {response.status} {response.reason}"
            self.last_error = (self.updates.clock(), reason)
            return False
        await self._carry_out(body)
        return True

    async def _carry_out(self, body: str) -> None:
        """The answer may be a method call; what comes of it, the bot never learns."""
        try:
            call: Any = json.loads(body) if body.strip() else None
        except ValueError:
            return
        if isinstance(call, dict) and isinstance(call.get("method"), str):
            await self.answer(call.pop("method"), call)
