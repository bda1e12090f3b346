"""What was said while nobody listened, read from history: Discord does not deliver it later.

RESUME brings back the last few minutes of a broken line; after a restart, or where it is refused, only history does.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping
from datetime import timedelta
from typing import Any

import structlog

from bots.discord.calls import FAILURES, Api, passes, told
from bots.discord.events import Reader
from bots.discord.lanes import NotNow
from bots.discord.places import PUBLIC_THREAD, Channel
from bots.discord.receive import Receiver
from bots.discord.words import id_at, instant, newer
from bots.port import Front
from inbox.model import Place

log = structlog.get_logger("discord")

PAGE = 100
MOST_PAGES = 100
AT_ONCE = 8
# Threads have no mark of their own: they are read from a while before their room's, as words may have waited then.
MARGIN = timedelta(minutes=10)


class Gap:
    """Closes the gaps of one connection: threads of open tickets, followed rooms and direct conversations. What could
    not be read because Discord was not well is tried again each `retry_seconds`."""

    def __init__(self, api: Api, reader: Reader, receiver: Receiver, front: Front, retry_seconds: float) -> None:
        self._api, self._reader, self._receiver, self._front = api, reader, receiver, front
        self._retry_seconds = retry_seconds
        self._slots = asyncio.Semaphore(AT_ONCE)
        self._owed: dict[str, tuple[str, str]] = {}  # channel → the room it belongs to, the id to read it from
        self._follow: frozenset[str] = frozenset()
        self._new: frozenset[str] = frozenset()
        self._all = False
        self._wanted = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self.closed = asyncio.Event()

    def start(self, follow: frozenset[str]) -> None:
        """Begins to close gaps as they are asked for, in the rooms that the desk uses."""
        self._follow = follow
        self._task = asyncio.create_task(self._run(), name="discord gaps")

    def stop(self) -> None:
        if self._task:
            self._task.cancel()

    @property
    def wanted(self) -> bool:
        """Everything shall be read, and that has not begun."""
        return self._all

    def want(self) -> None:
        """Something may have been said anywhere; live events wait until it is told."""
        self._all = True
        self._receiver.lanes.hold_all()
        self._wanted.set()

    def grow(self, follow: frozenset[str]) -> None:
        """The desk uses these rooms now. What was said in a new one since the bot was last in it, or since it came into
        sight, is told."""
        new, self._follow = follow - self._follow, follow
        if new:
            self._new |= new
            self._receiver.follow |= new
            self._receiver.lanes.hold(new)
            self._wanted.set()

    async def _run(self) -> None:
        while True:
            try:
                async with asyncio.timeout(self._retry_seconds if self._owed else None):
                    await self._wanted.wait()
            except TimeoutError:
                await self._receiver.lanes.carry(self._settle)
                continue
            self._wanted.clear()
            only, self._all, self._new = None if self._all else self._new, False, frozenset()
            await self._receiver.lanes.carry(lambda only=only: self._close(only))  # type: ignore[misc]
            self._hold_only(())
            if not self._wanted.is_set():
                self.closed.set()

    def _hold_only(self, keys: Iterable[str]) -> None:
        """Lets the other channels' live events through, but for those whose past was asked for meanwhile: a mark that
        they move on would hide it."""
        if not self._all:
            self._receiver.lanes.hold_only({*keys, *self._new})

    async def _close(self, only: frozenset[str] | None) -> None:
        """Hands in what is found, oldest first, and lets each channel's live events through when its past is told; of
        some rooms alone, or of all (None).

        A room never seen begins now, and that is remembered; one that may not be read is logged and never stops the
        others. Raises what the front's `last_ids`, `begins` and `live_places` raise.
        """
        last = await self._front.last_ids(self._reader.connection)
        places = await self._threads()
        self._receiver.follow = self._follow | {place.room for place in places}
        marks = {**{room: self._reader.places.since(room) for room in self._follow}, **last}
        await self._front.begins(
            self._reader.connection, {room: m for room, m in marks.items() if m and room not in last}
        )
        rooms = [room for room, mark in marks.items() if mark and self._is_read(room, only)]
        threads = [place for place in places if only is None or place.room in only]
        self._hold_only({*rooms, *(place.thread for place in threads)})
        # threads first: their beginning is reckoned from marks that reading the rooms moves on
        await asyncio.gather(*(self._thread(place, marks) for place in threads))
        for room in sorted(rooms, key=int):
            await self._read(room, room, marks[room])
            self._receiver.lanes.release(room)
        read = {place.thread for place in places}
        await asyncio.gather(*(self._thread(p, marks) for p in await self._threads() if p.thread not in read))

    def _is_read(self, room: str, only: frozenset[str] | None) -> bool:
        return room in only if only is not None else room in self._follow or self._is_direct(room)

    async def _settle(self) -> None:
        """Tries again what is owed."""
        for id_, (room, after) in list(self._owed.items()):
            await self._read(room, id_, after)

    async def _threads(self) -> list[Place]:
        return [place for place in await self._front.live_places(self._reader.connection) if place.thread]

    def _is_direct(self, room: str) -> bool:
        """Rooms with a mark that are no channels of a guild."""
        known = self._reader.places.known(room)
        return known is None or not known.guild

    async def _thread(self, place: Place, marks: Mapping[str, str]) -> None:
        mark = marks.get(place.room)
        async with self._slots:
            await self._read(place.room, place.thread, id_at(instant(mark) - MARGIN) if mark else place.thread)
        self._receiver.lanes.release(place.thread)

    async def _read(self, room: str, id_: str, after: str) -> None:
        """Hands in what stands in a channel (a room, or a thread of it) after an id."""
        after = min(after, self._owed.get(id_, (room, after))[1], key=int)
        try:
            if room == id_ and self._reader.places.is_forum(room):
                for post in await self._posts(room, after):
                    await self._read(room, post, str(int(post) - 1))
            else:
                await self._read_channel(room, id_, after)
            self._owed.pop(id_, None)
        except (*FAILURES, NotNow) as error:
            log.warning("discord.gap_not_closed", connection=self._reader.connection, room=id_, why=told(error))
            if passes(error):
                self._owed[id_] = (room, after)
            else:
                await self._lost(room, after, f"Discord does not show it ({told(error)}).")

    async def _read_channel(self, room: str, id_: str, after: str) -> None:
        channel = await self._receiver.channel(id_) if room == id_ else Channel(id_, PUBLIC_THREAD, parent=room)
        if channel is None:
            return
        async for message in self._history(room, id_, after):
            await self._hand_in(message, channel)

    async def _lost(self, room: str, after: str, why: str) -> None:
        await self._front.gap(self._reader.connection, room, instant(after), None, why)

    async def _hand_in(self, message: Any, channel: Channel) -> None:
        async def both() -> None:
            where = channel
            if self._reader.begins_post(str(message["id"]), channel):
                where = await self._receiver.channel(channel.id) or channel  # its title belongs to the words
            await self._receiver.hand_in(self._reader.said(message, where))
            await self._receiver.hand_in(self._reader.edited(message, where))

        await self._receiver.lanes.carry(lambda: self._receiver.guarded("HISTORY", message, both))

    async def _history(self, room: str, id_: str, after: str) -> AsyncIterator[Mapping[str, Any]]:
        """Messages after an id, oldest first; Discord gives the oldest page, newest first."""
        for _ in range(MOST_PAGES):
            query = {"after": after, "limit": PAGE}
            page = await self._api.call("GET", "/channels/{channel_id}/messages", channel_id=id_, query=query)
            for message in sorted(page, key=lambda m: int(m["id"])):
                yield message
                after = str(message["id"])
            if len(page) < PAGE:
                return
        await self._lost(room, after, f"Only {PAGE * MOST_PAGES} of the messages there were read.")

    async def _posts(self, room: str, after: str) -> list[str]:
        """A forum's posts made after an id, oldest first: those that are open, and those that were closed since."""
        forum = self._reader.places.known(room)
        guild = forum.guild if forum else ""
        active = await self._api.call("GET", "/guilds/{guild_id}/threads/active", guild_id=guild)
        archived = await self._api.call(
            "GET", "/channels/{channel_id}/threads/archived/public", channel_id=room, query={"limit": PAGE}
        )
        posts = [t for t in (*active["threads"], *archived["threads"]) if str(t.get("parent_id")) == room]
        self._reader.places.hear("THREAD_LIST_SYNC", {"guild_id": guild, "threads": posts})
        return sorted((id_ for id_ in {str(post["id"]) for post in posts} if newer(id_, after)), key=int)
