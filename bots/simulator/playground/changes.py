"""Passes the simulators' changes on to the pages: one stream for a page, however many platforms there are.

Browsers open at most six connections to a host; with a stream for each platform a second tab would stand still.
"""

import asyncio
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager

import aiohttp

AGAIN_SECONDS = 0.5
ENDLESS = aiohttp.ClientTimeout(total=None, sock_connect=5)


class Listener:
    """What one page has not been told yet: the platforms that changed, each at most once."""

    def __init__(self, platforms: Collection[str]) -> None:
        self.platforms = platforms
        self.changed = set(platforms)  # at first a page knows nothing
        self.woken = asyncio.Event()
        self.over = False

    def tell(self, platform: str) -> None:
        if platform in self.platforms:
            self.changed.add(platform)
            self.woken.set()

    def end(self) -> None:
        self.over = True
        self.woken.set()

    async def next(self, seconds: float) -> list[str]:
        """The platforms that changed; waits for one, at most `seconds`, and is empty after that."""
        if not self.changed and not self.over:
            try:
                await asyncio.wait_for(self.woken.wait(), seconds)
            except TimeoutError:
                return []
        self.woken.clear()
        news = sorted(self.changed)
        self.changed.clear()
        return news


class Changes:
    """Listens to every simulator, as long as it runs, and connects anew where a connection breaks."""

    def __init__(self, platforms: Mapping[str, str]) -> None:
        self.platforms = platforms
        self._listeners: set[Listener] = set()
        self._tasks: list[asyncio.Task[None]] = []

    def start(self, session: aiohttp.ClientSession) -> None:
        self._tasks = [asyncio.create_task(self._follow(session, *each)) for each in self.platforms.items()]

    async def stop(self) -> None:
        for listener in self._listeners:
            listener.end()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    @contextmanager
    def listener(self, platforms: Collection[str]) -> Iterator[Listener]:
        found = Listener(platforms)
        self._listeners.add(found)
        try:
            yield found
        finally:
            self._listeners.discard(found)

    async def _follow(self, session: aiohttp.ClientSession, platform: str, url: str) -> None:
        while True:
            try:
                async with session.get(f"{url}/_sim/changes", timeout=ENDLESS) as answer:
                    async for line in answer.content:
                        if line.startswith(b"data:"):
                            self._tell(platform)
            except aiohttp.ClientError:
                pass  # a simulator that cuts its connections may cut this one too
            await asyncio.sleep(AGAIN_SECONDS)

    def _tell(self, platform: str) -> None:
        for listener in self._listeners:
            listener.tell(platform)
