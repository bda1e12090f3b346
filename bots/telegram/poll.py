"""The poll loop, our own: each update is read on its own, and the offset moves on only after the desk committed.

PTB's updater confirms updates when they are in its memory, and one that it cannot parse makes it poll without end.
Update ids become random, and often lower, after a week without any: nothing is dropped for being "smaller than the
last", and the next offset is the last update's id and one, whatever it was before.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from itertools import takewhile
from typing import Any

import structlog
from telegram import Bot
from telegram.error import Conflict, EndPointNotFound, InvalidToken, NetworkError, RetryAfter, TelegramError

from bots.telegram.calls import seconds_of
from bots.telegram.tuning import Tuning
from bots.telegram.updates import Updates, album_of, albums, offset_after, raw
from inbox.errors import StoreUnavailable

log = structlog.get_logger("telegram")

BATCH = 100
ALLOWED = ("message", "edited_message", "message_reaction", "callback_query", "my_chat_member", "chat_member")

Sleep = Callable[[float], Awaitable[None]]


class Poll:
    """Fetches updates and has them taken in. `trouble` is a sentence while it cannot, "" while it can."""

    def __init__(
        self,
        connection: str,
        bot: Bot,
        updates: Updates,
        tuning: Tuning,
        clock: Callable[[], datetime],
        sleep: Sleep,
    ) -> None:
        self._connection, self._bot, self._updates = connection, bot, updates
        self._tuning, self._clock, self._sleep = tuning, clock, sleep
        self.trouble = ""
        self._offset = self._confirmed = 0
        self._growing: dict[str, int] = {}  # albums of which more may come
        self._oldest, self._again = "", 0  # of what was confirmed, and how often it came again all the same
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
        if await self._take_in(updates):
            await self._pause(self._tuning.album)
        elif self._offset == before and self._clock() - began < timedelta(seconds=self._tuning.first_wait):
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

    async def _take_in(self, updates: Sequence[Any]) -> bool:
        """All of a batch, then the next offset: if the database fails it stays, and Telegram delivers the batch again.

        The items of an album may come a moment apart. So one that grew since the last look is left to Telegram, which
        keeps it with all that came after; true where there is such.
        """
        growing = albums(updates)
        waits = {album for album, count in growing.items() if self._growing.get(album) != count}
        self._growing = growing
        ripe = [update for update in updates if album_of(update) not in waits]
        await self._updates.take_in(ripe)
        self._confirm(list(takewhile(lambda update: album_of(update) not in waits, updates)))
        return bool(waits)

    def _confirm(self, updates: Sequence[Any]) -> None:
        """With the next request. An offset that is nowhere near the ids in its queue Telegram ignores."""
        oldest = raw(updates[0]) if updates else ""
        self._again = self._again + 1 if updates and oldest == self._oldest else 0
        self._oldest = oldest
        self._offset = offset_after(updates, self._offset, self._again)

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
