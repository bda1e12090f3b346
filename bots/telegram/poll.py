"""The poll loop, our own: each update is parsed on its own, and the offset moves on only after the desk committed.

PTB's updater confirms updates when they are in its memory, and one that it cannot parse makes it poll without end.
Update ids become random after a week without any, so nothing is dropped for being "smaller than the last".
"""

import asyncio
import json
import warnings
from collections.abc import Awaitable, Callable
from typing import Any

import structlog
from telegram import Bot
from telegram.error import Conflict, InvalidToken, NetworkError, RetryAfter, TelegramError
from telegram.warnings import PTBUserWarning

from bots.port import Front
from inbox.errors import StoreUnavailable

log = structlog.get_logger("telegram")

POLL_SECONDS = 25
BATCH = 100
FIRST_WAIT, LONGEST_WAIT = 1.0, 30.0
ALLOWED = ("message", "edited_message", "callback_query", "my_chat_member", "chat_member", "message_reaction")
RAW_LIMIT = 100_000
# raw answers are wanted here, so that one bad update does not spoil the batch
warnings.filterwarnings("ignore", message="Please use .Bot.getUpdates", category=PTBUserWarning)


class Poll:
    """Fetches updates and hands each to `take`. `trouble` is a sentence while it cannot, "" while it can."""

    def __init__(
        self, connection: str, bot: Bot, front: Front, take: Callable[[dict[str, Any]], Awaitable[None]]
    ) -> None:
        self._connection, self._bot, self._front, self._take = connection, bot, front, take
        self.trouble = ""
        self._offset = 0
        self._task: asyncio.Task[None] | None = None
        self._stopping = asyncio.Event()

    def start(self) -> None:
        self._task = asyncio.create_task(self._run(), name=f"poll {self._connection}")

    async def stop(self) -> None:
        """Ends after the batch under way; what it took in is confirmed to Telegram as far as that works."""
        self._stopping.set()
        if self._task:
            done, _ = await asyncio.wait({self._task}, timeout=3)
            if not done:
                self._task.cancel()
                await asyncio.wait({self._task}, timeout=1)

    async def _run(self) -> None:
        wait = FIRST_WAIT
        while not self._stopping.is_set():
            try:
                updates = await self._fetch(POLL_SECONDS)
                self.trouble = ""
                await self._batch(updates)
                wait = FIRST_WAIT
            except (TelegramError, StoreUnavailable) as error:
                pause = self._failed(error, wait)
                wait = min(wait * 2, LONGEST_WAIT)
                await self._pause(pause)
        if self._offset:
            try:
                await self._fetch(0, limit=1)
            except TelegramError:
                log.debug("telegram.not_confirmed", connection=self._connection)

    async def _fetch(self, seconds: int, limit: int = BATCH) -> list[Any]:
        """Long poll, ended early by `stop`; a poll that is given up confirmed only what was committed."""
        arguments = {"timeout": seconds, "limit": limit, "allowed_updates": ALLOWED, "offset": self._offset or None}
        call = asyncio.ensure_future(
            self._bot.do_api_request(
                "getUpdates",
                api_kwargs={key: value for key, value in arguments.items() if value is not None},
                read_timeout=seconds + 10,
            )
        )
        if seconds == 0:
            return list(await asyncio.wait_for(call, 2))
        stopping = asyncio.ensure_future(self._stopping.wait())
        try:
            await asyncio.wait({call, stopping}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            stopping.cancel()
            if not call.done():
                call.cancel()
        return list(call.result()) if call.done() and not call.cancelled() else []

    async def _batch(self, updates: list[Any]) -> None:
        """All of a batch, then the next offset. One chat's updates go in order, chats beside each other."""
        chats: dict[str, list[Any]] = {}
        for update in updates:
            chats.setdefault(_chat_of(update), []).append(update)
        failures = await asyncio.gather(*(self._in_order(chat) for chat in chats.values()), return_exceptions=True)
        for failure in failures:
            if isinstance(failure, BaseException):
                raise failure  # the database failed: the offset stays, Telegram delivers the batch again
        if updates:
            self._offset = int(updates[-1]["update_id"]) + 1

    async def _in_order(self, updates: list[Any]) -> None:
        for update in updates:
            try:
                await self._take(update)
            except StoreUnavailable:
                raise
            except Exception as error:
                log.exception("telegram.update_not_understood", connection=self._connection)
                raw = json.dumps(update, ensure_ascii=False, default=str)[:RAW_LIMIT]
                await self._front.quarantine(self._connection, raw, f"{type(error).__name__}: {error}")

    def _failed(self, error: Exception, wait: float) -> float:
        """Says what is wrong and how long to wait."""
        if isinstance(error, RetryAfter):
            return float(error._retry_after.total_seconds())
        if isinstance(error, Conflict):
            self.trouble = "Another program polls with the same Telegram token, or a webhook is set; only one may."
            wait = max(wait, 5.0)
        elif isinstance(error, InvalidToken):
            self.trouble = "Telegram does not accept the token any more: ask @BotFather for it and set it anew."
            wait = LONGEST_WAIT
        elif isinstance(error, StoreUnavailable):
            self.trouble = "The database cannot be written; messages wait at Telegram meanwhile."
        else:
            kind = "could not be reached" if isinstance(error, NetworkError) else "refused the poll"
            self.trouble = f"Telegram {kind}; trying again."
        log.warning("telegram.poll_failed", connection=self._connection, why=self.trouble)
        return wait

    async def _pause(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self._stopping.wait(), seconds)
        except TimeoutError:
            return


def _chat_of(update: Any) -> str:
    """The chat that an update belongs to, as far as that can be read; "" for all others together."""
    if not isinstance(update, dict):
        return ""
    for part in update.values():
        if isinstance(part, dict):
            inner = part.get("message") if "chat" not in part else part
            chat = inner.get("chat") if isinstance(inner, dict) else None
            if isinstance(chat, dict):
                return str(chat.get("id"))
    return ""
