"""Many rows in one statement.

PostgreSQL's driver takes longer to send a thousand rows than the database to store them, so they are bound as one
there; SQLite's takes them one by one fast enough.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Executable, Table, bindparam, column, func, select
from sqlalchemy.dialects import postgresql

from inbox.store.tx import Tx
from inbox.store.types import micros
from inbox.store.upserts import Insert, for_both

FEW = 4  # rows that are sent as quickly one by one


@dataclass(frozen=True, slots=True)
class Rows:
    """An INSERT of rows that all have the same columns."""

    each: Mapping[str, Executable]
    whole: Executable

    def run(self, tx: Tx, rows: Sequence[Mapping[str, Any]]) -> None:
        """Stores them, in their order."""
        if tx.conn.dialect.name == "sqlite" or len(rows) <= FEW:
            tx.run(self.each[tx.conn.dialect.name], list(rows))
        else:
            tx.run(self.whole, {"rows": [_plain(row) for row in rows]})


def rows_of(table: Table, names: Sequence[str], build: Callable[[Insert], Executable] = lambda new: new) -> Rows:
    """The statement that `build` makes of a plain INSERT into these columns of a table."""
    kinds = [column(name, table.c[name].type) for name in names]
    given = func.jsonb_to_recordset(bindparam("rows", type_=postgresql.JSONB)).table_valued(*kinds, name="given")
    found = select(*given.render_derived(with_types=True).c)
    return Rows(for_both(table, build), build(postgresql.insert(table).from_select(list(names), found)))


def _plain(row: Mapping[str, Any]) -> dict[str, Any]:
    """As JSON has it."""
    return {name: micros(value) if isinstance(value, datetime) else value for name, value in row.items()}
