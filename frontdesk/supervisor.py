"""One connection's life: prove the token, find the rooms, know the agents, receive; and again when it breaks."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence

import structlog

from bots.port import Front, Health, Platform, StartError
from inbox.directory import Room

log = structlog.get_logger("connection")

FIRST_RETRY_SECONDS = 2.0
LONGEST_RETRY_SECONDS = 120.0
SETTLE_SECONDS = 0.3  # calls for another look at the rooms within this time are one

Found = Callable[[str, Sequence[Room]], Awaitable[frozenset[str]]]
Told = Callable[[str], Awaitable[None]]
# takes or renews the right to receive; true while this process has it
Hold = Callable[[], Awaitable[bool]]


async def _always() -> bool:
    return True


class Supervisor:
    """Starts a platform and keeps trying where it cannot start; one that fails never holds up another.

    `found` is told the connection's rooms and answers which of them the desk uses; then `staffed` looks its agents up,
    and `shown` shows what waited for a room, so that whoever sees it can act on it at once. Where several processes
    run, `hold` says whether this one may receive, asked again each `renew_seconds`; the others stand by.
    """

    def __init__(
        self,
        platform: Platform,
        front: Front,
        found: Found,
        staffed: Told,
        shown: Told,
        *,
        hold: Hold = _always,
        renew_seconds: float = 5.0,
    ) -> None:
        self.platform = platform
        self._front, self._found, self._staffed, self._shown = front, found, staffed, shown
        self._hold, self._renew_seconds = hold, renew_seconds
        self._task: asyncio.Task[None] | None = None
        self._state = Health(False, "not started yet")
        self.tried = asyncio.Event()
        self._up = False
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
        tasks = {*self._looks, *((self._task,) if self._task else ())}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._end()

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
            await self._shown(self.platform.connection)
        except StartError as error:
            log.warning("connection.rooms_not_told", connection=self.platform.connection, why=str(error))
        except Exception:
            log.exception("connection.rooms_failed", connection=self.platform.connection)
        else:
            self.behind = False

    async def _end(self) -> None:
        if self._up:
            self._up = False
            await self.platform.stop()

    async def _run(self) -> None:
        wait = FIRST_RETRY_SECONDS
        while True:
            try:
                follow = await self._placed(await self.platform.connect())
                if await self._stood_by():
                    follow = await self._placed(await self.platform.rooms())
                await self._shown(self.platform.connection)
                await self._receive(follow)
                wait = FIRST_RETRY_SECONDS
                await self._while_held()
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
        """The rooms and the agents known: enough to send. Returns the rooms that the desk uses."""
        follow = await self._found(self.platform.connection, rooms)
        await self._staffed(self.platform.connection)
        return follow

    async def _stood_by(self) -> bool:
        """Until this process may receive; true where it had to wait for that."""
        waited = False
        while not await self._hold():
            waited = True
            self._state = Health(True, "Another process receives here; this one stands by.")
            self.tried.set()
            await asyncio.sleep(self._renew_seconds)
        return waited

    async def _receive(self, follow: frozenset[str]) -> None:
        await self.platform.start(self._front, follow)
        self._up = True
        self.tried.set()
        if self.behind:
            await self._look_again()
        log.info("connection.up", connection=self.platform.connection, platform=self.platform.name, rooms=len(follow))

    async def _while_held(self) -> None:
        """Returns when another process took over, after this one stopped receiving."""
        while True:
            await asyncio.sleep(self._renew_seconds)
            try:
                held = await self._hold()
            except Exception:
                # the database is away: nothing can be taken in, and nobody else can take over either
                log.warning("connection.lease_not_renewed", connection=self.platform.connection)
                continue
            if not held:
                log.warning("connection.lease_lost", connection=self.platform.connection)
                await self._end()
                return
