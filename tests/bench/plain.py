"""The plain baseline: the SQL of real verbs, statement by statement with its values, through the driver alone."""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

import psycopg
from sqlalchemy import Engine, event
from sqlalchemy.engine import make_url

from inbox.store.engine import SQLITE_PRAGMAS
from tests.databases import plain


@dataclass(frozen=True, slots=True)
class Statement:
    """One call of the driver; `many` is its executemany."""

    sql: str
    values: Any
    many: bool


Work = list[Statement]


@contextmanager
def capturing(engine: Engine) -> Iterator[Work]:
    """Notes what the engine's connections hand to the driver meanwhile. BEGIN and COMMIT are not among it."""
    noted: Work = []

    def note(_: Any, __: Any, sql: str, values: Any, ___: Any, many: bool) -> None:
        # an INSERT of several rows that returns something comes as one statement with all values in a row
        noted.append(Statement(sql, values, many and isinstance(values, list)))

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield noted
    finally:
        event.remove(engine, "before_cursor_execute", note)


class Driver(Protocol):
    """A connection of the driver itself."""

    def replay(self, works: Sequence[Work]) -> None:
        """Each piece of work in a transaction of its own."""

    def close(self) -> None: ...


class Sqlite:
    """sqlite3 with the pragmas that the store sets."""

    def __init__(self, url: str) -> None:
        self._connection = sqlite3.connect(make_url(url).database or "", isolation_level=None)
        for pragma in SQLITE_PRAGMAS:
            self._connection.execute(pragma)

    def replay(self, works: Sequence[Work]) -> None:
        connection = self._connection
        for work in works:
            connection.execute("BEGIN IMMEDIATE")
            for statement in work:
                if statement.many:
                    connection.executemany(statement.sql, statement.values)
                else:
                    connection.execute(statement.sql, statement.values).fetchall()
            connection.execute("COMMIT")

    def look(self, work: Work) -> None:
        """Reads only, without a transaction around them."""
        for statement in work:
            self._connection.execute(statement.sql, statement.values).fetchall()

    def close(self) -> None:
        self._connection.close()


class Postgres:
    """psycopg with one connection."""

    def __init__(self, url: str) -> None:
        self._connection = psycopg.connect(plain(url))

    def replay(self, works: Sequence[Work]) -> None:
        for work in works:
            self.look(work)
            self._connection.commit()

    def look(self, work: Work) -> None:
        """Reads, in the transaction that is open."""
        with self._connection.cursor() as cursor:
            for statement in work:
                if statement.many:
                    cursor.executemany(statement.sql, statement.values)
                else:
                    cursor.execute(statement.sql, statement.values)
                if cursor.description:
                    cursor.fetchall()

    def close(self) -> None:
        self._connection.close()


DRIVERS: dict[str, Callable[[str], Sqlite | Postgres]] = {"SQLite": Sqlite, "PostgreSQL": Postgres}
