"""One connection's life: prove the token, find the rooms, know the agents, receive; and again when it breaks."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress

import structlog

from bots.port import Front, Health, Platform, StartError
from inbox.directory import Room

log = structlog.get_logger("connection")

FIRST_RETRY_SECONDS = 2.0
LONGEST_RETRY_SECONDS = 120.0

Found = Callable[[str, Sequence[Room]], Awaitable[frozenset[str]]]
# takes or renews the right to receive; true while this process has it
Hold = Callable[[], Awaitable[bool]]


async def _always() -> bool:
    return True


class Supervisor:
    """Starts a platform and keeps trying where it cannot start; one that fails never holds up another.

    `found` is told the connection's rooms and answers which of them the desk uses. Where several processes run, `hold`
    says whether this one may receive, asked again each `renew_seconds`; the others stand by.
    """

    def __init__(
        self,
        platform: Platform,
        front: Front,
        found: Found,
        staffed: Callable[[str], Awaitable[None]],
        *,
        hold: Hold = _always,
        renew_seconds: float = 5.0,
    ) -> None:
        self.platform = platform
        self._front, self._found, self._staffed = front, found, staffed
        self._hold, self._renew_seconds = hold, renew_seconds
        self._task: asyncio.Task[None] | None = None
        self._state = Health(False, "not started yet")
        self.tried = asyncio.Event()
        self._up = False

    def start(self) -> None:
        self._task = asyncio.create_task(self._run(), name=f"supervise {self.platform.connection}")

    def health(self) -> Health:
        """The platform's own word while it runs here, else why it does not."""
        return self.platform.health() if self._up else self._state

    async def stop(self) -> None:
        if self._task:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
        await self._end()

    async def _end(self) -> None:
        if self._up:
            self._up = False
            await self.platform.stop()

    async def _run(self) -> None:
        wait = FIRST_RETRY_SECONDS
        while True:
            try:
                follow = await self._connect()
                await self._stand_by()
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

    async def _connect(self) -> frozenset[str]:
        """Enough to send; a process that stands by gets this far."""
        rooms = await self.platform.connect()
        follow = await self._found(self.platform.connection, rooms)
        await self._staffed(self.platform.connection)
        return follow

    async def _stand_by(self) -> None:
        """Until this process may receive."""
        while not await self._hold():
            self._state = Health(True, "Another process receives here; this one stands by.")
            self.tried.set()
            await asyncio.sleep(self._renew_seconds)

    async def _receive(self, follow: frozenset[str]) -> None:
        await self.platform.start(self._front, follow)
        self._up = True
        self.tried.set()
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


def resolve(wanted: Mapping[str, tuple[str, str]], rooms: Mapping[str, Sequence[Room]]) -> dict[str, Room]:
    """Finds the rooms that a desk file names: {"acme:#it-help": ("acme", "#it-help")} → {"acme:#it-help": Room}.

    A room is named by its id, or by its name with or without the leading #.
    """
    found = {}
    for ref, (connection, name) in wanted.items():
        plain = name.removeprefix("#").casefold()
        for room in rooms.get(connection, ()):
            if room.external_id == name or room.name.removeprefix("#").casefold() == plain:
                found[ref] = room
                break
    return found
