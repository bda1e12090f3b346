"""One transaction as a verb sees it, and what it tells others when it is committed."""

from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, CursorResult, Executable

from inbox.directory import Directory


@dataclass(frozen=True, slots=True)
class Change:
    """What a commit touched: tickets' numbers, and whether something must be sent. `all` after a gap in the news."""

    tickets: frozenset[int] = frozenset()
    outbox: bool = False
    everything: bool = False


@dataclass(slots=True)
class Tx:
    """One transaction as a verb sees it: SQL through `run`, the desk's structure, and what it changed."""

    conn: Connection
    directory: Directory
    tickets: set[int] = field(default_factory=set)
    outbox: bool = False

    def run(self, statement: Executable, parameters: Any = None) -> CursorResult[*tuple[Any, ...]]:
        """Executes a statement; a list of parameters is one executemany."""
        return self.conn.execute(statement, parameters)

    @property
    def change(self) -> Change:
        return Change(frozenset(self.tickets), self.outbox)
