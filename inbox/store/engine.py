"""Where transactions begin and end: verbs run on threads of the store's own, and are answered after the commit.

On SQLite one writer thread commits in groups: verbs that wait together run in one transaction, a savepoint each, so
that one flush to the disk serves them all and a failing verb rolls back alone. On PostgreSQL a small pool of threads
runs one transaction each. Reads go through connections of their own.
"""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.pool import NullPool

from inbox.directory import Directory
from inbox.errors import StoreUnavailable
from inbox.store.backends import CHANNEL, Backend, Job, PostgresBackend, SqliteBackend, on_loop, unavailable
from inbox.store.tx import Change, Tx

__all__ = ["CHANNEL", "Change", "Store", "Tx", "connect", "unavailable"]

P = ParamSpec("P")
T = TypeVar("T")

SQLITE_PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA foreign_keys=ON",
    "PRAGMA busy_timeout=5000",
    "PRAGMA cache_size=-16000",
)

STANDSTILL_SECONDS = 60  # in a transaction, until PostgreSQL ends it


class Store:
    """The database behind the desk.

    `do` runs a verb in a transaction and answers after the commit; `look` runs a query on a read connection. Both
    raise what the verb raised, StoreUnavailable for the database's own errors. `subscribe` tells of commits, on the
    event loop. `directory` gives the structure that the next transaction shall see.
    """

    def __init__(self, url: str, directory: Callable[[], Directory], *, threads: int = 4) -> None:
        self.url = make_url(url)
        self.engine = connect(self.url, threads)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._closed = False
        self._listeners: list[Callable[[Change], None]] = []
        backend = self.engine.dialect.name
        self._backend: Backend = (
            SqliteBackend(self.engine, directory, self._committed)
            if backend == "sqlite"
            else PostgresBackend(self.engine, directory, self._committed, threads)
        )

    @property
    def is_sqlite(self) -> bool:
        return self.engine.dialect.name == "sqlite"

    async def do(self, verb: Callable[Concatenate[Tx, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Runs `verb(tx, *args, **kwargs)` in a transaction; answers after the commit."""
        job = self._job(lambda tx: verb(tx, *args, **kwargs))
        self._backend.submit(job)
        return await job.future  # type: ignore[no-any-return]

    async def look(self, query: Callable[Concatenate[Tx, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Runs a query that writes nothing, beside the writers."""
        job = self._job(lambda tx: query(tx, *args, **kwargs))
        self._backend.submit_read(job)
        return await job.future  # type: ignore[no-any-return]

    def subscribe(self, listener: Callable[[Change], None]) -> Callable[[], None]:
        """Calls `listener` on the event loop after each commit of this process; returns what ends it."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener) if listener in self._listeners else None

    def tell(self, change: Change) -> None:
        """Passes on news, on the event loop's thread (other processes' news come in here)."""
        for listener in list(self._listeners):
            listener(change)

    async def close(self) -> None:
        """Waits for the verbs under way and closes every connection; whoever comes later gets StoreUnavailable."""
        self._closed = True
        await asyncio.to_thread(self._backend.close)

    def _job(self, verb: Callable[[Tx], Any]) -> Job:
        if self._closed:  # nobody is there to answer any more
            raise StoreUnavailable(why="the program is ending")
        self._loop = asyncio.get_running_loop()
        return Job(verb, self._loop, self._loop.create_future())

    def _committed(self, change: Change) -> None:
        if self._listeners and self._loop is not None and change.news:
            on_loop(self._loop, self.tell, change)


def connect(url: URL, threads: int = 4) -> Engine:
    """An engine for either database, with what Frontdesk needs of it. Raises StoreUnavailable for an unknown kind."""
    if url.get_backend_name() == "sqlite":
        if url.database and url.database != ":memory:":
            Path(url.database).parent.mkdir(parents=True, exist_ok=True)
        # AUTOCOMMIT leaves BEGIN and COMMIT to us: by default a savepoint released before the first write stays
        # committed after an outer rollback
        engine = create_engine(
            url,
            isolation_level="AUTOCOMMIT",
            poolclass=NullPool,
            hide_parameters=True,  # people's words stand in them, and errors are logged
            connect_args={"check_same_thread": False},
        )
        _set_pragmas(engine)
        return engine
    if url.get_backend_name() != "postgresql":
        raise StoreUnavailable(why=f"{url.get_backend_name()} is not a database that Frontdesk runs on")
    engine = create_engine(
        url,
        pool_size=threads + 2,
        max_overflow=0,
        pool_timeout=10,
        hide_parameters=True,
        connect_args={"connect_timeout": 5},
    )
    _end_idle_transactions(engine)
    return engine


def _end_idle_transactions(engine: Engine) -> None:
    """A process that stands still in a transaction (a machine that was put to sleep) loses it: what it had locked is
    free for others, and when it goes on it finds that nothing was done."""

    @event.listens_for(engine, "connect")
    def limit(connection: Any, _: object) -> None:
        connection.autocommit = True  # it is the session's, not a transaction's
        connection.execute(f"SET idle_in_transaction_session_timeout = '{STANDSTILL_SECONDS}s'")
        connection.autocommit = False


def _set_pragmas(engine: Engine) -> None:
    @event.listens_for(engine, "connect")
    def pragmas(connection: Any, _: object) -> None:
        for pragma in SQLITE_PRAGMAS:
            connection.execute(pragma)
