"""Updates as posts from Telegram to the inbox's own server, for those who have a public https address.

core.telegram.org/bots/api#setwebhook: each update is posted until it is answered with 200, for up to 24 hours, and one
chat's updates come one after the other.
"""

import asyncio
import hashlib
import hmac
import json
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import structlog
from telegram import Bot, WebhookInfo
from telegram.error import TelegramError

from bots.telegram.poll import ALLOWED
from bots.telegram.tuning import Tuning
from bots.telegram.updates import Updates
from inbox.errors import StoreUnavailable

log = structlog.get_logger("telegram")

HEADER = b"x-telegram-bot-api-secret-token"
BODY_BYTES = 1024 * 1024  # an update is some thousand bytes
READ_SECONDS = 10.0  # for the body of a post that comes in slowly


def secret_of(token: str) -> str:
    """A secret for the header that everybody who has the token knows, and nobody else."""
    return hmac.new(token.encode(), b"webhook", hashlib.sha256).hexdigest()


class Webhook:
    """An ASGI application that takes one bot's updates, answered 200 after the commit. What does not bear the secret is
    answered 401; while it is not open, or the database fails, 503, and Telegram comes again.

    `trouble` is a sentence while Telegram cannot reach it, "" while it can.
    """

    def __init__(
        self, bot: Bot, url: str, secret: str, tuning: Tuning, clock: Callable[[], datetime],
        sleep: Callable[[float], Awaitable[None]],
    ) -> None:  # fmt: skip
        self._bot, self._url, self._secret = bot, url, secret
        self._tuning, self._clock, self._sleep = tuning, clock, sleep
        self._updates: Updates | None = None
        self._opened = datetime.min.replace(tzinfo=UTC)
        self._under_way: set[asyncio.Task[Any]] = set()
        self._watch: asyncio.Task[None] | None = None
        self.trouble = ""

    async def open(self, updates: Updates) -> None:
        """Takes updates in, and has Telegram post them: those that wait there too. Raises TelegramError."""
        self._updates, self._opened = updates, self._clock()
        await self._set()
        self._watch = asyncio.create_task(self._look_after(), name=f"webhook {self._url}")

    async def _set(self) -> None:
        await self._bot.set_webhook(self._url, secret_token=self._secret, allowed_updates=ALLOWED)

    async def close(self) -> None:
        """Takes in nothing more; Telegram keeps what comes until the next start. Waits for what is under way."""
        self._updates = None
        if self._watch:
            self._watch.cancel()
            self._watch = None
        if self._under_way:
            await asyncio.wait(self._under_way, timeout=self._tuning.stop)

    # Does Telegram reach us?

    async def _look_after(self) -> None:
        while True:
            await self._sleep(self._tuning.watch)
            with suppress(TelegramError):  # then nothing new is known
                self.trouble = await self._looked(await self._bot.get_webhook_info())
                if self.trouble:
                    log.warning("telegram.webhook", why=self.trouble)

    async def _looked(self, info: WebhookInfo) -> str:
        if info.url != self._url:
            await self._set()
            return "Another program took this bot's updates away; they come here again from now on."
        failed = info.last_error_date
        if info.pending_update_count and failed and failed >= self._opened.replace(microsecond=0):
            return f"Telegram cannot post to {self._url} ({info.last_error_message}); messages wait there for a day."
        return ""

    # What is posted

    async def __call__(self, scope: Any, receive: Callable[[], Awaitable[Any]], send: Callable[[Any], Any]) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._under_way.add(task)
        try:
            status, sentence = await self._answer(scope, receive)
        finally:
            self._under_way.discard(task)
        headers = [(b"content-type", b"text/plain; charset=utf-8"), *([(b"allow", b"POST")] if status == 405 else [])]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": sentence.encode()})

    async def _answer(self, scope: Any, receive: Callable[[], Awaitable[Any]]) -> tuple[int, str]:
        if scope["method"] != "POST":
            return 405, "Telegram posts here."
        headers = dict(scope["headers"])
        if not hmac.compare_digest(headers.get(HEADER, b""), self._secret.encode()):
            return 401, "That is not Telegram's secret."
        if headers.get(b"content-type", b"").partition(b";")[0].strip().lower() != b"application/json":
            return 415, "Telegram posts JSON."
        body = await _body(receive)
        if body is None:
            return 413, "That is too much, or too slow."
        if self._updates is None:
            return 503, "Frontdesk is starting or stopping."
        try:
            await self._updates.take_in([_update(body)])
        except StoreUnavailable:
            return 503, "The database cannot be written."
        return 200, ""


def _update(body: bytes) -> Any:
    """An update, or the text of what is none."""
    text = body.decode("utf-8", "replace")
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


async def _body(receive: Callable[[], Awaitable[Any]]) -> bytes | None:
    """A request's body; None where it is too big, too slow, or breaks off."""
    body, more = b"", True
    try:
        async with asyncio.timeout(READ_SECONDS):
            while more:
                message = await receive()
                body += message.get("body", b"")
                more = message.get("more_body", False)
                if message["type"] != "http.request" or len(body) > BODY_BYTES:
                    return None
    except TimeoutError:
        return None
    return body
