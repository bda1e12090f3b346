"""One transaction as a verb sees it, and what it tells others when it is committed."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, CursorResult, Executable, text

from inbox.directory import Directory

Entry = tuple[str, int | None, int | None, Mapping[str, Any]]  # of the log: kind, ticket, actor, facts


@dataclass(frozen=True, slots=True)
class Change:
    """What a commit touched: tickets' numbers, whether something must be sent, and the first of the alarms that it set.
    `everything` after a gap in the news."""

    tickets: frozenset[int] = frozenset()
    outbox: bool = False
    everything: bool = False
    alarm: datetime | None = None

    @property
    def news(self) -> bool:
        """Is there anything to tell others?"""
        return bool(self.tickets or self.outbox or self.everything or self.alarm)


@dataclass(slots=True)
class Tx:
    """One transaction as a verb sees it: SQL through `run`, the desk's structure, what it changed, and what it has
    written into the log so far."""

    conn: Connection
    directory: Directory
    tickets: set[int] = field(default_factory=set)
    outbox: bool = False
    alarm: datetime | None = None
    happened: list[Entry] = field(default_factory=list)

    def run(self, statement: Executable, parameters: Any = None) -> CursorResult[*tuple[Any, ...]]:
        """Executes a statement; a list of parameters is one executemany."""
        return self.conn.execute(statement, parameters)

    @contextmanager
    def apart(self) -> Iterator[None]:
        """What is raised in here undoes what was done in here, and nothing else."""
        logged = len(self.happened)
        self.run(text("SAVEPOINT apart"))
        try:
            yield
        except BaseException:
            del self.happened[logged:]
            self.run(text("ROLLBACK TO SAVEPOINT apart"))
            raise
        finally:
            self.run(text("RELEASE SAVEPOINT apart"))

    @property
    def change(self) -> Change:
        return Change(frozenset(self.tickets), self.outbox, alarm=self.alarm)
