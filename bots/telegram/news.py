"""What changed around the bot: the desk is told to look again."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from bots.port import Front

log = structlog.get_logger("telegram")


class News:
    """Has people and rooms looked up again: beside the line of updates, for that asks Telegram itself, and once for
    many changes."""

    def __init__(self, connection: str, front: Front) -> None:
        self._connection, self._front = connection, front
        self._changed: dict[Callable[[str], Awaitable[None]], None] = {}
        self._looking: asyncio.Task[None] | None = None

    def people(self) -> None:
        """Who leads a group changed."""
        self._tell(self._front.people_changed)

    def rooms(self) -> None:
        """A group of the desk came, went, moved or looks another way; its people may be others with it."""
        self._tell(self._front.rooms_changed)

    def _tell(self, whom: Callable[[str], Awaitable[None]]) -> None:
        self._changed[whom] = None
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look(), name=f"news {self._connection}")

    async def _look(self) -> None:
        while self._changed:
            whom = next(iter(self._changed))
            del self._changed[whom]
            try:
                await whom(self._connection)
            except Exception:
                log.exception("telegram.not_looked_up", connection=self._connection)

    def stop(self) -> None:
        if self._looking:
            self._looking.cancel()
