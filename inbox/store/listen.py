"""News of other processes' commits, over PostgreSQL's LISTEN.

A notification is only a wake-up: whoever hears it reads the rows again. After a lost connection anything may have
changed, and that is said too.
"""

import asyncio
import json
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime

import psycopg
import structlog
from sqlalchemy.engine import make_url

from inbox.store.engine import CHANNEL, Change

log = structlog.get_logger("store")

RETRY_SECONDS = 1.0
PROBE_SECONDS = 30.0


class Listener:
    """Calls `heard` on the event loop for each commit of any process, this one's too."""

    def __init__(self, url: str, heard: Callable[[Change], None]) -> None:
        address = make_url(url).set(drivername="postgresql")
        self._address, self._heard = address.render_as_string(hide_password=False), heard
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._run(), name="listen")

    async def stop(self) -> None:
        if self._task:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def _run(self) -> None:
        while True:
            try:
                await self._listen()
            except (psycopg.Error, OSError) as error:
                log.warning("store.listen_lost", why=type(error).__name__)
                await asyncio.sleep(RETRY_SECONDS)

    async def _listen(self) -> None:
        async with await psycopg.AsyncConnection.connect(
            self._address, autocommit=True, connect_timeout=5
        ) as connection:
            await connection.execute(f"LISTEN {CHANNEL}")
            self._heard(Change(outbox=True, everything=True))
            while True:
                async for note in connection.notifies(timeout=PROBE_SECONDS):
                    self._heard(change_of(note.payload))
                await connection.execute("SELECT 1")  # a half-open connection shows itself here


def change_of(payload: str) -> Change:
    """What a notification's text means; anything unreadable means that everything may have changed."""
    try:
        tickets, outbox, alarm = json.loads(payload)
        at = datetime.fromisoformat(alarm) if alarm else None
        return Change(frozenset(int(number) for number in tickets), bool(outbox), alarm=at)
    except (ValueError, TypeError):
        return Change(outbox=True, everything=True)
