"""Databases for tests and measurements: an empty and a furnished one, and as many copies of them as are wanted."""

import os
import shutil
import sqlite3
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import Dialect, make_url

from inbox.store.engine import connect
from inbox.store.schema import migrate
from tests.house import Clock, House, sample_directory


class Databases:
    """One engine's, "SQLite" (files in `folder`) or "PostgreSQL" (on the server at `server`).

    After `furnish`, `empty` is the address of a migrated database, `furnished` of one with the house's people, and
    `people` are their ids in it. Both are there to be copied.
    """

    def __init__(self, engine: str, folder: Path, server: str = "") -> None:
        self.engine, self._folder, self._server = engine, folder, server
        self._numbers = count(1)
        self._connection: psycopg.Connection[Any] | None = None
        self.empty = self.furnished = ""
        self.people: dict[str, int] = {}

    async def furnish(self) -> None:
        self.empty = self._new()
        engine = connect(make_url(self.empty))
        migrate(engine)
        engine.dispose()
        self._rest(self.empty)
        self.furnished = self.copy(self.empty)
        house = House(self.furnished, sample_directory(), Clock())
        await house.furnish()
        self.people = house.ids
        await house.desk.close()
        self._rest(self.furnished)

    def copy(self, of: str = "") -> str:
        """The address of a copy of the furnished database, or of another one, which nobody may be using."""
        source = of or self.furnished
        if self.engine == "SQLite":
            url = self._new()
            shutil.copyfile(_file(source), _file(url))
            return url
        return self._new(f"TEMPLATE {make_url(source).database} STRATEGY FILE_COPY")

    def drop(self, url: str) -> None:
        """Gives a copy's space back."""
        if self.engine == "SQLite":
            for ending in ("", "-wal", "-shm"):
                Path(f"{_file(url)}{ending}").unlink(missing_ok=True)
            return
        self._admin().execute(f"DROP DATABASE {make_url(url).database} WITH (FORCE)")

    def hurry(self, url: str) -> None:
        """What follows there is about who wins, not how fast: PostgreSQL need not wait for the disk."""
        if self.engine == "PostgreSQL":
            self._admin().execute(f"ALTER DATABASE {make_url(url).database} SET synchronous_commit = off")

    def close(self) -> None:
        """Lets go of the server."""
        if self._connection is not None:
            self._connection.close()

    def _new(self, how: str = "") -> str:
        name = f"desk{os.getpid()}_{next(self._numbers)}"
        if self.engine == "SQLite":
            return f"sqlite:///{self._folder / name}.db"
        self._admin().execute(f"CREATE DATABASE {name} {how}")
        return make_url(self._server).set(database=name).render_as_string(hide_password=False)

    def _rest(self, url: str) -> None:
        """All that was written is in the file itself, which can be copied then."""
        if self.engine == "SQLite":
            with sqlite3.connect(_file(url)) as database:
                database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            database.close()

    def _admin(self) -> "psycopg.Connection[Any]":
        if self._connection is None:
            self._connection = psycopg.connect(plain(self._server), autocommit=True)
        return self._connection


def _file(url: str) -> Path:
    return Path(url.removeprefix("sqlite:///"))


def plain(url: str) -> str:
    """The address as psycopg itself takes it."""
    return url.replace("postgresql+psycopg://", "postgresql://", 1)


class Compiled:
    """What SQLAlchemy compiled for one engine serves the next of its kind.

    Each test has an engine of its own, and compiling a statement takes longer than running it.
    """

    def __init__(self) -> None:
        self._known: dict[str, tuple[Dialect, Any]] = {}

    def create_engine(self, *args: Any, **options: Any) -> Engine:
        """Like SQLAlchemy's."""
        statements: dict[Any, Any] = {}
        engine = create_engine(*args, **options)
        if known := self._known.get(engine.dialect.name):
            engine.dialect, statements = known  # the statements are known by their dialect
        else:  # a dialect knows its server once it has connected
            found = engine.dialect.name, (engine.dialect, statements)
            event.listen(engine, "engine_connect", lambda _: self._known.setdefault(*found), once=True)
        engine.update_execution_options(compiled_cache=statements)
        return engine
