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


class Supervisor:
    """Starts a platform and keeps trying where it cannot start; one that fails never holds up another.

    `found` is told the connection's rooms and answers which of them the desk uses.
    """

    def __init__(
        self, platform: Platform, front: Front, found: Found, staffed: Callable[[str], Awaitable[None]]
    ) -> None:
        self.platform = platform
        self._front, self._found, self._staffed = front, found, staffed
        self._task: asyncio.Task[None] | None = None
        self._problem = "not started yet"
        self.tried = asyncio.Event()
        self._up = False

    def start(self) -> None:
        self._task = asyncio.create_task(self._run(), name=f"supervise {self.platform.connection}")

    def health(self) -> Health:
        """The platform's own word once it runs, else why it does not."""
        return self.platform.health() if self._up else Health(False, self._problem)

    async def stop(self) -> None:
        if self._task:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
        if self._up:
            await self.platform.stop()
            self._up = False

    async def _run(self) -> None:
        wait = FIRST_RETRY_SECONDS
        while True:
            try:
                await self._start()
                return
            except StartError as error:
                self._problem = str(error)
                log.error("connection.not_started", connection=self.platform.connection, why=self._problem)
            except Exception as error:
                self._problem = f"{type(error).__name__}: it could not start"
                log.exception("connection.failed", connection=self.platform.connection)
            self.tried.set()
            await asyncio.sleep(wait * random.uniform(0.8, 1.2))
            wait = min(wait * 2, LONGEST_RETRY_SECONDS)

    async def _start(self) -> None:
        rooms = await self.platform.connect()
        follow = await self._found(self.platform.connection, rooms)
        await self._staffed(self.platform.connection)
        await self.platform.start(self._front, follow)
        self._up = True
        self.tried.set()
        log.info("connection.up", connection=self.platform.connection, platform=self.platform.name, rooms=len(follow))


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
