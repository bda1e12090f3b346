"""Everybody's own page shows how things are: an addition to the port, for platforms where people have one."""

import asyncio
from collections.abc import Callable, Collection, Iterable
from contextlib import suppress
from typing import Protocol, runtime_checkable

import structlog

from inbox.desk.door import Desk
from inbox.errors import StoreError
from inbox.store import Change, people

log = structlog.get_logger("pages")

MOST = 500  # tickets that are looked up by number; where more have changed, every page is drawn
REST_SECONDS = 0.5  # between two looks, so that a burst of changes costs a few
AGAIN_SECONDS = 5.0  # until a look that failed is tried again


@runtime_checkable
class Paged(Protocol):
    """A platform with a page for everybody (`bots.port.Front.home` says what is on it)."""

    connection: str

    def readers(self) -> Collection[str]:
        """The accounts that may be looking at their page: those that opened it lately."""

    def redraw(self, accounts: Collection[str]) -> None:
        """The pages of these accounts show what is no longer so: they are drawn anew, soon. Nobody waits for it."""


class Pages:
    """Has pages drawn anew when a ticket changes, of those alone whom it concerns: who asked, and who answers for its
    queue. A change that another process made counts as one's own, as soon as it is heard of."""

    def __init__(self, desk: Desk, platforms: Iterable[object], rest_seconds: float = REST_SECONDS) -> None:
        self._desk, self._rest_seconds = desk, rest_seconds
        self._platforms = [one for one in platforms if isinstance(one, Paged)]
        self._tickets: set[int] = set()
        self._everything = False
        self._news = asyncio.Event()
        self._unsubscribe: Callable[[], None] | None = None
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        if self._platforms:
            self._unsubscribe = self._desk.subscribe(self._hear)
            self._task = asyncio.create_task(self._run(), name="pages")

    async def stop(self) -> None:
        """Has nothing drawn any more."""
        if self._unsubscribe and self._task:
            self._unsubscribe()
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    def _hear(self, change: Change) -> None:
        if not (change.tickets or change.everything) or not any(one.readers() for one in self._platforms):
            return
        self._tickets |= change.tickets
        if change.everything or len(self._tickets) > MOST:
            self._everything, self._tickets = True, set()
        self._news.set()

    async def _run(self) -> None:
        while True:
            await self._news.wait()
            self._news.clear()
            everything, tickets = self._everything, frozenset(self._tickets)
            self._everything, self._tickets = False, set()
            rest = self._rest_seconds
            try:
                await self._tell(everything, tickets)
            except StoreError as error:
                log.warning("pages.not_looked_up", why=error.facts.get("why", ""))
                self._everything, rest = True, AGAIN_SECONDS
                self._news.set()
            await asyncio.sleep(rest)

    async def _tell(self, everything: bool, tickets: frozenset[int]) -> None:
        for platform in self._platforms:
            readers = platform.readers()
            if readers and not everything:
                readers = await self._desk.look(people.concerned, platform.connection, readers, tickets)
            if readers:
                platform.redraw(readers)
