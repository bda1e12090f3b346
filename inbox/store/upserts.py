"""Rows that may be there already: an INSERT … ON CONFLICT as each of the databases has it, built in one place."""

from collections.abc import Callable, Mapping

from sqlalchemy import Executable, Table
from sqlalchemy.dialects import postgresql, sqlite

from inbox.store.tx import Tx

Insert = sqlite.Insert | postgresql.Insert


def for_both(table: Table, build: Callable[[Insert], Executable]) -> Mapping[str, Executable]:
    """The statement that `build` makes of a plain INSERT, by the name of the database's dialect: to be built once, and
    run as `tx.run(STATEMENT[tx.conn.dialect.name], values)`."""
    return {"sqlite": build(sqlite.insert(table)), "postgresql": build(postgresql.insert(table))}


def insert_into(tx: Tx, table: Table) -> Insert:
    """A plain INSERT of the transaction's database, for a statement that is another one each time."""
    return sqlite.insert(table) if tx.conn.dialect.name == "sqlite" else postgresql.insert(table)
