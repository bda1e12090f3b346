"""The poll loop, our own: each update is read on its own, and the offset moves on only after the desk committed.

PTB's updater confirms updates when they are in its memory, and one that it cannot parse makes it poll without end.
Update ids become random, and often lower, after a week without any: nothing is dropped for being "smaller than the
last", and the next offset is the last update's id and one, whatever it was before.
"""

import asyncio
import json
import re
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

import structlog
from telegram import Bot
from telegram.error import Conflict, EndPointNotFound, InvalidToken, NetworkError, RetryAfter, TelegramError

from bots.port import Front
from bots.telegram.calls import seconds_of
from bots.telegram.tuning import Tuning
from inbox.errors import StoreUnavailable

log = structlog.get_logger("telegram")

BATCH = 100
ALLOWED = ("message", "edited_message", "callback_query", "my_chat_member", "chat_member")
RAW_LIMIT = 100_000
REMEMBERED = 1_000  # updates, so that one that comes twice is handled once
ID = re.compile(r'\s*\{\s*"update_id"\s*:\s*([0-9]{1,18})\b')

Sleep = Callable[[float], Awaitable[None]]


class Poll:
    """Fetches updates and hands each to `take`. `trouble` is a sentence while it cannot, "" while it can."""

    def __init__(
        self,
        connection: str,
        bot: Bot,
        front: Front,
        take: Callable[[Any], Awaitable[None]],
        tuning: Tuning,
        clock: Callable[[], datetime],
        sleep: Sleep,
    ) -> None:
        self._connection, self._bot, self._front, self._take = connection, bot, front, take
        self._tuning, self._clock, self._sleep = tuning, clock, sleep
        self.trouble = ""
        self._offset = self._confirmed = 0
        self._handled: dict[int, None] = {}
        self._task: asyncio.Task[None] | None = None
        self._stopping = asyncio.Event()

    def start(self) -> None:
        self._task = asyncio.create_task(self._run(), name=f"poll {self._connection}")

    async def stop(self) -> None:
        """Ends after the updates under way, or without them where they take longer than `Tuning.stop`."""
        self._stopping.set()
        if self._task:
            await asyncio.wait({self._task}, timeout=self._tuning.stop)
            self._task.cancel()
            await asyncio.wait({self._task}, timeout=0.1)

    async def confirm(self) -> None:
        """Confirms to Telegram what was committed, as far as that works in `Tuning.confirm`."""
        if self._offset != self._confirmed:
            with suppress(TelegramError, TimeoutError):
                await asyncio.wait_for(self._ask(0, limit=1), self._tuning.confirm)

    async def _run(self) -> None:
        wait = self._tuning.first_wait
        while not self._stopping.is_set():
            try:
                await self._round()
            except Exception as error:  # whatever it was, the line goes on
                await self._pause(self._failed(error, wait))
                wait = min(wait * 2, self._tuning.longest_wait)
            else:
                self.trouble, wait = "", self._tuning.first_wait

    async def _round(self) -> None:
        before, began = self._offset, self._clock()
        updates = await self._fetch()
        if updates:
            await self._take_in(updates)
        if self._offset == before and self._clock() - began < timedelta(seconds=self._tuning.first_wait):
            await self._pause(self._tuning.first_wait)  # a server that does not hold the line open is not hammered

    async def _fetch(self) -> list[Any]:
        """A long poll, ended early by `stop`: it confirmed only what was committed."""
        call = asyncio.ensure_future(self._ask(self._tuning.poll))
        stopping = asyncio.ensure_future(self._stopping.wait())
        try:
            await asyncio.wait({call, stopping}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            stopping.cancel()
            call.cancel()
            await asyncio.wait({call})
        return [] if call.cancelled() else call.result()

    async def _ask(self, seconds: int, limit: int = BATCH) -> list[Any]:
        offset = self._offset
        arguments: dict[str, Any] = {"timeout": seconds, "limit": limit, "allowed_updates": ALLOWED}
        if offset:
            arguments["offset"] = offset
        found = await self._bot.do_api_request("getUpdates", api_kwargs=arguments, read_timeout=seconds + 10)
        self._confirmed = offset
        return list(found)

    # A batch

    async def _take_in(self, updates: Sequence[Any]) -> None:
        """All of a batch, then the next offset."""
        done = await asyncio.gather(*(self._in_order(line) for line in lines(updates)), return_exceptions=True)
        for failure in done:
            if isinstance(failure, BaseException):
                raise failure  # the database failed: the offset stays, Telegram delivers the batch again
        self._offset = offset_after(updates, self._offset)

    async def _in_order(self, updates: Sequence[Any]) -> None:
        for update in updates:
            raw = _raw(update)
            if hash(raw) in self._handled:
                continue  # of a batch that came again
            try:
                await self._take(update)
            except StoreUnavailable:
                raise
            except Exception as error:
                log.exception("telegram.update_not_understood", connection=self._connection)
                await self._set_aside(raw, f"{type(error).__name__}: {error}")
            self._handled[hash(raw)] = None
            while len(self._handled) > REMEMBERED:
                self._handled.pop(next(iter(self._handled)))

    async def _set_aside(self, raw: str, why: str) -> None:
        try:
            await self._front.quarantine(self._connection, raw, _plain(why)[:RAW_LIMIT])
        except StoreUnavailable:
            raise
        except Exception:
            log.exception("telegram.not_set_aside", connection=self._connection, raw=raw)

    # Trouble

    def _failed(self, error: Exception, wait: float) -> float:
        """Says what is wrong, and how many seconds to wait."""
        match error:
            case RetryAfter():
                wait = max(seconds_of(error), self._tuning.first_wait)
                self.trouble = "Telegram asks to wait before new messages are fetched."
            case Conflict():
                webhook = "webhook" in str(error).casefold()
                who = "A webhook is set for this bot" if webhook else "Another program polls with the same token"
                self.trouble = f"{who}, and Telegram gives each message only once: messages may be missing here."
                wait = max(wait, self._tuning.conflict_wait)
            case InvalidToken() | EndPointNotFound():
                self.trouble = "Telegram does not accept the token any more: ask @BotFather for it and set it anew."
                wait = self._tuning.longest_wait
            case StoreUnavailable():
                self.trouble = "The database cannot be written; messages wait at Telegram meanwhile."
            case NetworkError():
                self.trouble = "Telegram could not be reached; trying again."
            case TelegramError():
                self.trouble = "Telegram refused to give messages; trying again."
            case _:
                self.trouble = "Messages could not be fetched; trying again."
                log.exception("telegram.poll_broke", connection=self._connection, exc_info=error)
        log.warning("telegram.poll_failed", connection=self._connection, why=self.trouble)
        return wait

    async def _pause(self, seconds: float) -> None:
        """Waits, unless `stop` comes first."""
        pause, stopping = asyncio.ensure_future(self._sleep(seconds)), asyncio.ensure_future(self._stopping.wait())
        try:
            await asyncio.wait({pause, stopping}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            pause.cancel()
            stopping.cancel()


def lines(updates: Sequence[Any]) -> list[list[Any]]:
    """One chat's updates are taken in order, chats beside each other; but when a group gets another id, all wait for
    that: what was written under the new id comes after."""
    if any(_moves(update) for update in updates):
        return [list(updates)]
    chats: dict[str, list[Any]] = {}
    for update in updates:
        chats.setdefault(_chat_of(update), []).append(update)
    return list(chats.values())


def offset_after(updates: Sequence[Any], offset: int) -> int:
    """The offset that confirms these updates. Where the last ones have no id that can be read, it is counted on: ids
    grow by at least one, so that nothing is skipped."""
    for number, update in enumerate(reversed(updates)):
        found = _id_of(update)
        if found is not None:
            return found + 1 + number
    return offset + len(updates) if offset else 0


def _id_of(update: Any) -> int | None:
    if isinstance(update, str):
        found = ID.match(update)
        return int(found[1]) if found else None
    number = update.get("update_id") if isinstance(update, dict) else None
    return number if type(number) is int and 0 < number < 2**63 else None


def _moves(update: Any) -> bool:
    message = update.get("message") if isinstance(update, dict) else None
    return isinstance(message, dict) and ("migrate_to_chat_id" in message or "migrate_from_chat_id" in message)


def _chat_of(update: Any) -> str:
    """The chat that an update belongs to, as far as that can be read; "" for all others together."""
    for part in update.values() if isinstance(update, dict) else ():
        inner = part.get("message", part) if isinstance(part, dict) else None
        chat = inner.get("chat") if isinstance(inner, dict) else None
        if isinstance(chat, dict):
            return str(chat.get("id"))
    return ""


def _raw(update: Any) -> str:
    """An update as text that every database can keep."""
    try:
        text = update if isinstance(update, str) else json.dumps(update, ensure_ascii=False)
    except RecursionError:
        text = "(nested too deeply to be shown)"
    return _plain(text)[:RAW_LIMIT]


def _plain(text: str) -> str:
    return text.encode("utf-8", "backslashreplace").decode("utf-8").replace("\0", "\\0")
