"""The relay: delivers the outbox. Order is kept per thread; no platform, room or thread waits for another.

One worker a connection leases what may be said, waits for its room's turn, has it carried and records how that went.
Nothing is lost: what a worker holds when its process dies is leased by another when the lease runs out, or as soon as
a process starts where its sending had not begun. Only what had begun counts as something that may have arrived. Clocks
of several processes must agree within a few seconds (the leases' margin).
"""

import asyncio
import time
from collections.abc import Callable, Mapping
from random import Random

import structlog

from bots.port import Platform
from bots.worker import Sleep, Tuning, Worker
from inbox.desk import delivery
from inbox.desk.door import Desk
from inbox.store import Change

__all__ = ["Relay", "Tuning"]
log = structlog.get_logger("relay")


class Relay:
    """Delivers over all connections. `owner` names this process; `installation` keeps nonces of several desks apart.

    `clock` is monotonic, in seconds; `sleep` waits on it.
    """

    def __init__(
        self,
        desk: Desk,
        platforms: Mapping[str, Platform],
        owner: str,
        *,
        installation: str = "",
        clock: Callable[[], float] = time.monotonic,
        sleep: Sleep = asyncio.sleep,
        random: Random | None = None,
        tuning: Tuning | None = None,
    ) -> None:
        self._desk, self._owner = desk, owner
        self._workers = [
            Worker(
                desk, platform, owner, f"fd{installation[:8]}-", clock, sleep, random or Random(), tuning or Tuning()
            )
            for platform in platforms.values()
        ]
        self._tasks: list[asyncio.Task[None]] = []
        self._unsubscribe: Callable[[], None] | None = None

    async def start(self) -> None:
        """Begins to deliver. Raises StoreUnavailable."""
        left = await self._desk.do(delivery.take_back, self._owner)
        if left:
            log.info("relay.taken_back", rows=left)
        self._unsubscribe = self._desk.subscribe(self._news)
        self._tasks = [asyncio.create_task(worker.run(), name=f"relay-{worker.connection}") for worker in self._workers]

    def _news(self, change: Change) -> None:
        if change.outbox or change.everything:
            self.wake()

    def wake(self) -> None:
        """Looks at the outbox now."""
        for worker in self._workers:
            worker.wake()

    async def idle(self) -> None:
        """Returns when nothing is under way and nothing can be sent now, over all connections."""
        while True:
            before = [worker.rounds_with_work for worker in self._workers]
            for worker in self._workers:
                await worker.quiet()
            if before == [worker.rounds_with_work for worker in self._workers]:
                return

    async def drain(self, seconds: float) -> None:
        """Stops: what is being sent may end within `seconds`, the rest is left to whoever comes next."""
        if self._unsubscribe:
            self._unsubscribe()
        await asyncio.gather(*(worker.drain(seconds) for worker in self._workers))
        await asyncio.gather(*self._tasks, return_exceptions=True)
