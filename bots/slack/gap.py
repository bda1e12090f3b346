"""What was said while no socket was up, read from history: Slack does not deliver it later.

https://docs.slack.dev/reference/methods/conversations.history and …/conversations.replies
"""

import asyncio
import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import structlog
from slack_sdk.web.async_client import AsyncWebClient

from bots.port import Front
from bots.slack.calls import CALL_ERRORS, FORBIDDEN, GONE, TooMuch, code_of, pages, why
from bots.slack.events import Reader, hand_in
from bots.slack.missed import Stretch
from bots.slack.tuning import Tuning
from bots.slack.words import earlier, instant, timestamp
from inbox.errors import StoreUnavailable

log = structlog.get_logger("slack")

PAGE = 200
MOST_PAGES = 50
# Slack gives an unacknowledged event up after five minutes: some from before the newest known message may be lost too
OVERLAP_SECONDS = 600.0
CLOCKS = timedelta(seconds=10)  # how far ours and Slack's may be apart
SOON_SECONDS = 1.0
RAW_LIMIT = 100_000


def beginning(at: datetime) -> str:
    """The mark of a room that the desk follows from then on: reading goes back by the overlap, and what was said before
    then is nobody's."""
    return timestamp(at + timedelta(seconds=OVERLAP_SECONDS))


class Gap:
    """Closes the gap of one connection: rooms since the newest message known there, and threads of open tickets.

    While a room's gap is open, no newer message counts as the newest known (`Missed`); so a gap that could not be
    closed is tried again, by this process or the next. `follow` are the rooms that the desk uses,
    `seen` those that the bot is in: anywhere it may have been called by name.
    """

    def __init__(
        self, client: AsyncWebClient, reader: Reader, front: Front, follow: frozenset[str], tuning: Tuning
    ) -> None:
        self._client, self._reader, self._front, self.follow = client, reader, front, follow
        self.seen = follow
        self._missed, self._tuning = reader.missed, tuning
        self._left: dict[str, Stretch] = {}
        self._reading: asyncio.Task[None] | None = None
        self._ended = False

    def begin(self) -> None:
        """Something may have been missed, anywhere: it is read."""
        self._missed.unknown = True
        self.read()

    def uses(self, rooms: frozenset[str]) -> None:
        """From now on these are the rooms that the desk uses. What was said in a new one while the bot was away from it
        is read."""
        missed = self._missed
        missed.joined = (missed.joined | (rooms - self.follow)) & rooms
        self.follow = rooms
        if missed.joined:
            self.read()

    def read(self) -> None:
        """What may have been missed is read, beside everything else, until all of it is."""
        if not self._ended and (self._reading is None or self._reading.done()):
            self._reading = asyncio.create_task(self._read(), name=f"{self._reader.connection} gap")

    async def settled(self, seconds: float) -> None:
        """Waits so long for what is being read."""
        if self._reading:
            await asyncio.wait({self._reading}, timeout=seconds)

    async def stop(self) -> None:
        """Reads no more; what is left the next start reads."""
        self._ended = True
        if self._reading:
            self._reading.cancel()
            await asyncio.wait({self._reading})

    async def _read(self) -> None:
        pause = min(SOON_SECONDS, self._tuning.again_seconds)  # a database that failed is often back in a moment
        while True:
            try:
                if await self.close():
                    return
            except Exception:
                log.exception("slack.gap_failed", connection=self._reader.connection)
            await asyncio.sleep(pause)
            pause = min(pause * 2, self._tuning.again_seconds)

    async def close(self) -> bool:
        """Hands in what is found, oldest first; what was taken in before is recognised by its key.

        True where nothing is left to be tried again. A room that cannot be read never stops the others.
        """
        try:
            await self._round()
            while self._missed.unknown or self._missed.late or self._missed.joined & self.follow:
                await self._look()
                await self._round()
        except StoreUnavailable as error:
            log.warning("slack.gap_waits", connection=self._reader.connection, why=str(error.facts.get("why", "")))
            return False
        return not self._left

    async def _round(self) -> None:
        """Every room that is left, those with the newest words first."""
        for room in sorted(self._left, key=lambda room: self._left[room].since, reverse=True):
            if await self._closed(room, self._left[room]):
                del self._left[room]
                self._missed.rooms.discard(room)

    async def _look(self) -> None:
        """Where something may be missing."""
        missed, found = self._missed, {}
        if missed.unknown or missed.joined:
            found = await self._everywhere()
        if not missed.unknown:
            found = {room: stretch for room, stretch in found.items() if room in missed.joined}
        late, missed.late, missed.unknown, missed.joined = missed.late, {}, False, missed.joined - self.follow
        for room, stretch in (*found.items(), *late.items()):
            self._left.setdefault(room, Stretch()).add(stretch)
        missed.rooms = set(self._left)

    async def _everywhere(self) -> dict[str, Stretch]:
        """Rooms that the bot is in, direct messages, and threads of tickets that are not closed."""
        connection = self._reader.connection
        known = await self._front.last_ids(connection)
        begun = {room: beginning(self._reader.people.clock() - CLOCKS) for room in self.follow - known.keys()}
        if begun:
            await self._front.begins(connection, begun)
        last = {room: earlier(ts, OVERLAP_SECONDS) for room, ts in known.items()}
        heard = self.follow | self.seen
        found = {room: Stretch(since) for room, since in last.items() if room in heard or room.startswith("D")}
        for place in await self._front.live_places(connection):
            if place.thread:
                stretch = found.setdefault(place.room, Stretch(last.get(place.room, "")))
                stretch.threads[place.thread] = stretch.since
        return found

    async def _closed(self, room: str, stretch: Stretch) -> bool:
        try:
            for thread, since in stretch.threads.items():
                await self._read_thread(room, thread, since)
            if stretch.since:
                await self._read_room(room, stretch.since)
        except CALL_ERRORS as error:
            lasting = code_of(error) in GONE | FORBIDDEN
            log.warning("slack.gap_not_closed", room=room, why=why(error), again=not lasting)
            if lasting:
                since = min(filter(None, (stretch.since, *stretch.threads.values())), default="")
                await self._lost(room, since, f"Slack does not show it ({why(error)}).")
            return lasting
        return True

    async def _read_room(self, room: str, since: str) -> None:
        """The room's own messages, each with what was answered under it."""
        arguments = {"channel": room, "oldest": since, "limit": PAGE}
        for message in await self._messages(room, self._client.conversations_history, arguments):
            await self._take_in(message, room)
            if message.get("reply_count"):
                await self._read_thread(room, str(message["ts"]), since)

    async def _read_thread(self, room: str, root: str, since: str) -> None:
        arguments = {"channel": room, "ts": root, "oldest": since or root, "limit": PAGE}
        try:
            found = await self._messages(room, self._client.conversations_replies, arguments)
        except CALL_ERRORS as error:
            if code_of(error) != "thread_not_found":
                raise
            return
        for message in found:
            if message.get("ts") != root:
                await self._take_in(message, room)

    async def _messages(self, room: str, method: Any, arguments: Mapping[str, Any]) -> list[dict[str, Any]]:
        """What Slack has, oldest first. Where that is more than we read, the rest is missing and that is said."""
        found = []
        try:
            async for message in pages(method, "messages", MOST_PAGES, **arguments):
                found.append(message)
        except TooMuch:
            since = str(arguments["oldest"])
            await self._lost(room, since, f"Only {PAGE * MOST_PAGES} of the messages there were read.")
        return sorted(found, key=lambda message: str(message.get("ts")))

    async def _lost(self, room: str, since: str, reason: str) -> None:
        await self._front.gap(self._reader.connection, room, instant(since) if since else None, None, reason)

    async def _take_in(self, message: Mapping[str, Any], room: str) -> None:
        try:
            for heard in await self._reader.recorded(message, room):
                await hand_in(self._front, heard)
        except StoreUnavailable:
            raise
        except Exception as error:
            log.exception("slack.message_not_understood", room=room)
            raw = json.dumps(message, ensure_ascii=False, default=str)[:RAW_LIMIT]
            await self._front.quarantine(self._reader.connection, raw, f"{type(error).__name__}: {error}")
