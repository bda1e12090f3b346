"""Work in order within a channel, channels beside each other, and nothing lost while the database is away."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterable

import structlog

from inbox.errors import StoreUnavailable

log = structlog.get_logger("discord")

Work = Callable[[], Awaitable[None]]


class NotNow(Exception):
    """Work that needs an answer which Discord does not give at the moment; the message says why."""


class Lanes:
    """One lane a key. `limit` bounds what waits in all; a lane that is held waits until it is released."""

    def __init__(self, limit: int, first_retry: float, longest_retry: float) -> None:
        self._limit = limit
        self._first_retry, self._longest_retry = first_retry, longest_retry
        self._lanes: dict[str, deque[Work]] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._held: frozenset[str] | None = frozenset()  # None: all of them
        self._waiting = 0
        self.stuck = False  # the database takes nothing now

    def put(self, key: str, work: Work) -> bool:
        """Adds work to a lane; false where too much waits already."""
        if self._waiting >= self._limit:
            return False
        self._waiting += 1
        self._lanes.setdefault(key, deque()).append(work)
        self._go(key)
        return True

    def hold_all(self) -> None:
        """What comes from now on waits; what is under way goes on."""
        self._held = None

    def hold(self, keys: Iterable[str]) -> None:
        """Holds these too."""
        if self._held is not None:
            self._held |= frozenset(keys)

    def hold_only(self, keys: Iterable[str]) -> None:
        self._held = frozenset(keys)
        for key in list(self._lanes):
            self._go(key)

    def release(self, key: str) -> None:
        if self._held:
            self._held -= {key}
        self._go(key)

    def _is_held(self, key: str) -> bool:
        return self._held is None or key in self._held

    def _go(self, key: str) -> None:
        if key in self._lanes and key not in self._tasks and not self._is_held(key):
            self._tasks[key] = asyncio.create_task(self._run(key), name=f"discord lane {key}")

    async def _run(self, key: str) -> None:
        lane = self._lanes[key]
        try:
            while lane and not self._is_held(key):
                await self.carry(lane[0])
                lane.popleft()
                self._waiting -= 1
        finally:
            del self._tasks[key]
            if not lane:
                self._lanes.pop(key, None)

    async def carry(self, work: Work) -> None:
        """Does it, again and again while the database takes nothing: Discord does not tell it a second time."""
        wait = self._first_retry
        while True:
            try:
                await work()
            except StoreUnavailable as error:
                log.warning("discord.store_unavailable", why=error.facts.get("why", ""))
                self.stuck = True
            except NotNow as error:
                log.warning("discord.not_now", why=str(error))
            except Exception:
                log.exception("discord.work_failed")
                return
            else:
                self.stuck = False
                return
            await asyncio.sleep(wait)
            wait = min(wait * 2, self._longest_retry)

    async def drain(self, seconds: float) -> None:
        """Lets what waits be done, within `seconds`; the rest is found in the history at the next start."""
        if self._tasks:
            await asyncio.wait(self._tasks.values(), timeout=seconds)
        for task in list(self._tasks.values()):
            task.cancel()


class Soon:
    """Does something `seconds` after it was asked for: once for all who ask meanwhile, and again for who asks while it
    is being done."""

    def __init__(self, name: str, seconds: float, work: Work) -> None:
        self._name, self._seconds, self._work = name, seconds, work
        self._asked = False
        self._task: asyncio.Task[None] | None = None

    def ask(self) -> None:
        self._asked = True
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run(), name=self._name)

    async def _run(self) -> None:
        while self._asked:
            await asyncio.sleep(self._seconds)
            self._asked = False
            await self._work()

    def stop(self) -> None:
        if self._task:
            self._task.cancel()
