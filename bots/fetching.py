"""Copies people's files into the store as soon as they are told of: the platforms' links to them expire.

One worker a connection fetches what stands in rows; what fails is tried again for a while, and then there is a name and
a reason in its place. Words never wait for it longer than a few minutes.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import aclosing
from datetime import timedelta
from random import Random
from typing import Protocol

import structlog

from bots.pacing import backoff
from bots.port import Hopeless, SendError
from inbox.desk import attachments
from inbox.desk.door import Desk
from inbox.errors import StoreUnavailable
from inbox.filestore import SHELVES, FileStore, TooBig
from inbox.store.files import Wanted

log = structlog.get_logger("files")
AT_ONCE = 4  # files fetched at once over one connection
SECONDS = 120.0  # for one file
ATTEMPTS = 5
POLL_SECONDS = 5.0
SHELF_SECONDS = 600.0  # one shelf of the store after the other is looked through: all of it in two days
LOT = 500  # hashes that the database is asked about at once
# what a platform's refusal means for a file, by `Hopeless.kind`
REASONS = {"gone": "gone", "forbidden": "not_allowed", "blocked": "not_allowed"}


class Source(Protocol):
    """A connection that files come from."""

    connection: str

    def fetch(self, ref: str) -> AsyncIterator[bytes]:
        """The bytes of a file that the platform named `ref`. Raises SendError's branches."""


class Fetcher:
    """Fetches over all connections. `wake` says that there may be something new."""

    def __init__(
        self,
        desk: Desk,
        files: FileStore,
        sources: Mapping[str, Source],
        *,
        random: Random | None = None,
        poll_seconds: float = POLL_SECONDS,
    ) -> None:
        self._desk, self._files, self._random, self._poll = desk, files, random or Random(), poll_seconds
        self._sources = dict(sources)
        self._news = {name: asyncio.Event() for name in sources}
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        self._tasks = [asyncio.create_task(self._run(name), name=f"files-{name}") for name in self._sources]

    def wake(self, connection: str) -> None:
        """Looks for files of a connection now."""
        if connection in self._news:
            self._news[connection].set()

    async def stop(self) -> None:
        """Fetches no more; what is under way is fetched again later."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def tidy(self) -> None:
        """Takes files away that no message has (any more), from the shelf whose turn it is: a process died between
        storing one and writing that down. Raises StoreUnavailable, OSError."""
        shelf = int(self._desk.now().timestamp() // SHELF_SECONDS) % SHELVES
        old = await asyncio.to_thread(self._files.old, shelf)
        for start in range(0, len(old), LOT):
            lot = old[start : start + LOT]
            for sha256 in sorted(set(lot) - await self._desk.look(attachments.needed, lot)):
                if await asyncio.to_thread(self._files.drop, sha256):
                    log.info("files.cleared", file=sha256)

    async def _run(self, connection: str) -> None:
        news = self._news[connection]
        while True:
            news.clear()
            found = 0
            try:
                found = await self.fetch_due(connection)
            except StoreUnavailable as error:
                log.warning("files.store_unavailable", connection=connection, why=error.facts.get("why", ""))
            except Exception:
                log.exception("files.round_failed", connection=connection)
            if not found:
                await self._rest(news, await self._until_next(connection))

    async def fetch_due(self, connection: str) -> int:
        """Fetches a few of the files that are due over a connection; returns how many it tried. Raises
        StoreUnavailable."""
        wanted = await self._desk.look(attachments.due, self._desk.now(), connection, AT_ONCE)
        fetched = (self._fetch(self._sources[connection], one) for one in wanted)
        for outcome in await asyncio.gather(*fetched, return_exceptions=True):
            if isinstance(outcome, BaseException):
                raise outcome
        return len(wanted)

    async def _rest(self, news: asyncio.Event, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await news.wait()
        except TimeoutError:
            pass

    async def _until_next(self, connection: str) -> float:
        try:
            at = await self._desk.look(attachments.next_at, connection)
        except StoreUnavailable:
            return self._poll
        return min(self._poll, max(0.01, (at - self._desk.now()).total_seconds())) if at else self._poll

    async def _fetch(self, source: Source, wanted: Wanted) -> None:
        file = wanted.file
        reason = self._refusal(wanted)
        if reason:
            await self._desk.do(attachments.missing, file, reason)
            return
        try:
            async with asyncio.timeout(SECONDS), aclosing(_closable(source.fetch(wanted.ref))) as chunks:
                sha256, size = await self._files.put(chunks)
        except TooBig:
            await self._desk.do(attachments.missing, file, "too_big")
        except Hopeless as error:
            log.info("files.not_there", connection=source.connection, file=file.id, why=str(error))
            await self._desk.do(attachments.missing, file, REASONS.get(error.kind, "unreadable"))
        except Exception as error:  # whatever it was: a file that is never done with is asked for without a pause
            if not isinstance(error, SendError | TimeoutError | OSError):
                log.error("files.source_failed", connection=source.connection, exc_info=error)
            await self._later(source.connection, wanted, error)
        else:
            await self._desk.do(attachments.stored, file, sha256, size)

    def _refusal(self, wanted: Wanted) -> str:
        """Why it is not fetched at all; "" for nothing."""
        if not self._files.takes(wanted.file.name):
            return "refused_kind"
        return "too_big" if wanted.file.size > self._files.limit else ""

    async def _later(self, connection: str, wanted: Wanted, error: Exception) -> None:
        attempts = wanted.attempts + 1
        log.warning("files.again", connection=connection, file=wanted.file.id, error=type(error).__name__)
        if attempts >= ATTEMPTS:
            await self._desk.do(attachments.missing, wanted.file, "unreadable")
            return
        at = self._desk.now() + timedelta(seconds=backoff(self._random, attempts))
        await self._desk.do(attachments.again, wanted.file, attempts, at)


async def _closable(chunks: AsyncIterator[bytes]) -> AsyncGenerator[bytes, None]:
    async for chunk in chunks:
        yield chunk
