"""Ready means that the database takes words in, not only that it answers."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime

import pytest
from sqlalchemy import Connection, event

from inbox.store import Tx
from inbox.web import health
from inbox.web.health import TrialWrites
from tests.house import House
from tests.inbox.web.test_health import machine
from tests.inbox.web.visitor import Inbox


class Seconds:
    """A clock of plain seconds."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


@asynccontextmanager
async def read_only(house: House) -> AsyncIterator[None]:
    """The engine itself refuses every write meanwhile."""
    if house.desk.store.is_sqlite:
        await house.desk.do(_pragma, "ON")
        yield
        await house.desk.do(_pragma, "OFF")
        return

    def begun(connection: Connection) -> None:
        connection.exec_driver_sql("SET TRANSACTION READ ONLY")

    event.listen(house.desk.store.engine, "begin", begun)
    yield
    event.remove(house.desk.store.engine, "begin", begun)


def _pragma(tx: Tx, now: datetime, wish: str) -> None:
    tx.conn.exec_driver_sql(f"PRAGMA query_only = {wish}")


async def test_a_desk_that_cannot_be_written_is_not_ready(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    inbox = Inbox(house)
    seconds = Seconds()
    inbox.app.state.writes = TrialWrites(house.desk, seconds)
    async with machine(inbox) as probe:
        assert (await probe.get("/readyz")).status_code == 200
        async with read_only(house):
            assert (await probe.get("/readyz")).status_code == 200  # asked a moment ago
            seconds.now += health.WRITE_SECONDS
            bad = await probe.get("/readyz")
        assert bad.status_code == 503
        assert bad.json()["database"]["why"].startswith("It can be read but not written: ")
        assert bad.json()["database"]["why"].rstrip().lower().count("read") >= 2
        seconds.now += health.AGAIN_SECONDS
        assert (await probe.get("/readyz")).status_code == 200
