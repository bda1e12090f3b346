"""A house with its platforms and the relay between them, and a clock that goes on when everybody waits for it."""

import asyncio
import heapq
from collections.abc import Awaitable, Callable
from datetime import timedelta
from random import Random
from typing import Any, TypeVar

import pytest

from bots.relay import Relay, Tuning
from tests.bots.memory_platform import MemoryPlatform
from tests.house import House
from tests.inbox.sending import live

T = TypeVar("T")
QUICK = Tuning(poll_seconds=60.0)
# what happens between the relay and a platform is the same on both engines
once = pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)


class Office:
    """A house with its platforms and a relay between them."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.acme = MemoryPlatform("acme")
        self.community = MemoryPlatform("community")
        self.shop = MemoryPlatform("shop")
        self.relays: list[Relay] = []

    async def open(self, **options: Any) -> Relay:
        """Starts a relay of its own; several are several processes."""
        platforms = {p.connection: p for p in (self.acme, self.community, self.shop)}
        options = {"tuning": QUICK, "random": Random(7), "clock": lambda: self.house.clock.now.timestamp(), **options}
        relay = Relay(self.house.desk, platforms, f"relay-{len(self.relays)}", **options)
        self.relays.append(relay)
        await relay.start()
        return relay

    async def delivered(self, hours: float = 26) -> None:
        """Lets time pass until nothing is left to say."""
        for relay in self.relays:
            await relay.idle()
        for _ in range(int(hours * 60)):
            if not await live(self.house):
                return
            self.house.clock.advance(60)
            for relay in self.relays:
                await relay.idle()
        raise AssertionError(f"{await live(self.house)} rows are left")

    async def close(self) -> None:
        for platform in (self.acme, self.community, self.shop):
            for gate in platform.gates.values():
                gate.set()
        for relay in self.relays:
            await relay.drain(1)


class Time:
    """A clock that goes on only when everybody waits for it, and takes the house's along."""

    def __init__(self, house: House) -> None:
        self.now = 0.0
        self._house, self._start = house, house.clock.now
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        self._count = self._busy = 0
        desk: Any = house.desk
        desk.do, desk.look = self._counted(desk.do), self._counted(desk.look)

    def __call__(self) -> float:
        return self.now

    def _counted(self, call: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        async def counted(*args: Any, **kwargs: Any) -> Any:
            self._busy += 1
            try:
                return await call(*args, **kwargs)
            finally:
                self._busy -= 1

        return counted

    async def sleep(self, seconds: float) -> None:
        self._count += 1
        waiting: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self.now + seconds, self._count, waiting))
        await waiting

    async def until(self, work: Awaitable[T]) -> T:
        """Lets time pass until the work is done: on to the next sleeper when nothing else is to be done."""
        task = asyncio.ensure_future(work)
        while not task.done():
            for _ in range(20):
                await asyncio.sleep(0.001 if self._busy else 0)
            if not self._busy and not task.done():
                self._step()
        return task.result()

    def _step(self) -> None:
        while self._sleepers:
            at, _, waiting = heapq.heappop(self._sleepers)
            if not waiting.done():
                self.now = max(self.now, at)
                self._house.clock.now = self._start + timedelta(seconds=self.now)
                waiting.set_result(None)
                return
