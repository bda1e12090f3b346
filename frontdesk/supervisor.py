"""One connection's life: prove the token, find the rooms, know the agents, receive; and again when it breaks."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

import structlog

from bots.port import Front, Health, Platform, StartError
from inbox.directory import Room

log = structlog.get_logger("connection")

FIRST_RETRY_SECONDS = 2.0
LONGEST_RETRY_SECONDS = 120.0
SETTLE_SECONDS = 0.3  # calls for another look at the rooms within this time are one

# takes or renews the right to receive; true while this process has it
Hold = Callable[[], Awaitable[bool]]


async def always() -> bool:
    """The right to receive of the only process there is."""
    return True


class Surroundings(Protocol):
    """What the program knows around a connection, and does when it comes up."""

    async def found(self, connection: str, rooms: Sequence[Room]) -> frozenset[str]:
        """The platform told these rooms. Returns the ids of those that the desk uses."""

    async def known(self, connections: Sequence[str]) -> None:
        """Who receives there found the rooms: they are taken as it stored them."""

    async def staff(self, connection: str) -> None:
        """The agents who are named there are looked up."""

    async def show(self, connection: str) -> None:
        """What waited for a room is shown."""


class Supervisor:
    """Starts a platform and keeps trying where it cannot start; one that fails never holds up another.

    Where several processes run, `hold` says whether this one may receive, asked again each `renew_seconds`; the others
    stand by. With None this process only sends.
    """

    def __init__(
        self,
        platform: Platform,
        front: Front,
        around: Surroundings,
        *,
        hold: Hold | None = always,
        renew_seconds: float = 5.0,
    ) -> None:
        self.platform = platform
        self._front, self._around = front, around
        self._hold, self._renew_seconds = hold, renew_seconds
        self._task: asyncio.Task[None] | None = None
        self._state = Health(False, "not started yet")
        self.tried = asyncio.Event()
        self._open = self._up = False
        self.behind = False  # the rooms changed, and could not be looked up since
        self._soon: asyncio.Task[None] | None = None
        self._looks: set[asyncio.Task[None]] = set()
        self._looking = asyncio.Lock()

    def start(self) -> None:
        self._task = asyncio.create_task(self._run(), name=f"supervise {self.platform.connection}")

    @property
    def receives(self) -> bool:
        """Whether this process takes in what the platform tells."""
        return self._up

    def health(self) -> Health:
        """The platform's own word while it runs here, else why it does not."""
        return self.platform.health() if self._up else self._state

    async def stop(self) -> None:
        """Takes in nothing more."""
        tasks = {*self._looks, *((self._task,) if self._task else ())}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._up:
            await self.close()

    async def close(self) -> None:
        """Disconnects what only sent until now, too."""
        self._up = False
        if self._open:
            self._open = False
            await self.platform.stop()

    async def rooms_changed(self) -> None:
        """Has the rooms and agents looked up again, once for all who ask within a moment, and waits for it."""
        if self._soon is None:
            self._soon = asyncio.create_task(self._look_soon(), name=f"rooms of {self.platform.connection}")
            self._looks.add(self._soon)
            self._soon.add_done_callback(self._looks.discard)
        await asyncio.wait({self._soon})

    async def _look_soon(self) -> None:
        await asyncio.sleep(SETTLE_SECONDS)
        async with self._looking:
            self._soon = None  # who asks from now on has news that this look may not see
            self.behind = True
            if self._up:
                await self._look_again()

    async def _look_again(self) -> None:
        try:
            self.platform.follow(await self._placed(await self.platform.rooms()))
            await self._around.show(self.platform.connection)
        except StartError as error:
            log.warning("connection.rooms_not_told", connection=self.platform.connection, why=str(error))
        except Exception:
            log.exception("connection.rooms_failed", connection=self.platform.connection)
        else:
            self.behind = False

    async def _run(self) -> None:
        wait = FIRST_RETRY_SECONDS
        while True:
            try:
                self._open = True
                rooms = await self.platform.connect()
                if self._hold is None:
                    return await self._only_send()
                if not await self._hold():
                    rooms = await self._stand_by(self._hold)
                follow = await self._placed(rooms)
                await self._around.show(self.platform.connection)
                await self._receive(follow)
                wait = FIRST_RETRY_SECONDS
                await self._while_held(self._hold)
                continue
            except StartError as error:
                self._state = Health(False, str(error))
                log.error("connection.not_started", connection=self.platform.connection, why=str(error))
            except Exception as error:
                self._state = Health(False, f"{type(error).__name__}: it could not start")
                log.exception("connection.failed", connection=self.platform.connection)
            self.tried.set()
            await asyncio.sleep(wait * random.uniform(0.8, 1.2))
            wait = min(wait * 2, LONGEST_RETRY_SECONDS)

    async def _placed(self, rooms: Sequence[Room]) -> frozenset[str]:
        """The rooms and then the agents known, so that whoever sees a card can act on it. Returns the rooms in use."""
        follow = await self._around.found(self.platform.connection, rooms)
        await self._around.staff(self.platform.connection)
        return follow

    async def _only_send(self) -> None:
        await self._around.known([self.platform.connection])
        self._state = Health(True, "This process only sends.")
        self.tried.set()

    async def _stand_by(self, hold: Hold) -> Sequence[Room]:
        """Until this process may receive. Returns the rooms as they are then."""
        await self._around.known([self.platform.connection])
        await self._around.staff(self.platform.connection)
        self._state = Health(True, "Another process receives here; this one stands by.")
        self.tried.set()
        while True:
            await asyncio.sleep(self._renew_seconds)
            if await hold():
                return await self.platform.rooms()

    async def _receive(self, follow: frozenset[str]) -> None:
        await self.platform.start(self._front, follow)
        self._up = True
        self.tried.set()
        if self.behind:
            await self._look_again()
        log.info("connection.up", connection=self.platform.connection, platform=self.platform.name, rooms=len(follow))

    async def _while_held(self, hold: Hold) -> None:
        """Returns when another process took over, after this one stopped receiving."""
        while True:
            await asyncio.sleep(self._renew_seconds)
            try:
                held = await hold()
            except Exception:
                # the database is away: nothing can be taken in, and nobody else can take over either
                log.warning("connection.lease_not_renewed", connection=self.platform.connection)
                continue
            if not held:
                log.warning("connection.lease_lost", connection=self.platform.connection)
                await self.close()
                return
