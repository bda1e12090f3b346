"""The leases on claims: one row a ticket, as long as its holder owes an answer."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.dialects import postgresql, sqlite

from inbox.store.engine import Tx
from inbox.store.tables import return_timer


@dataclass(frozen=True, slots=True)
class ReturnTimer:
    """A claim's clock under one fence. `warned`: the holder was told of its end; `kept`: they asked for more once."""

    ticket: int
    fence: int
    state: str
    target_seconds: int
    started_at: datetime
    due_at: datetime | None
    remaining_seconds: int | None
    paused_at: datetime | None
    warned: bool
    kept: bool


def _upsert(dialect: str) -> sqlite.Insert | postgresql.Insert:
    statement = sqlite.insert(return_timer) if dialect == "sqlite" else postgresql.insert(return_timer)
    fresh = {name: statement.excluded[name] for name in FIELDS if name != "ticket"}
    return statement.on_conflict_do_update(index_elements=["ticket"], set_=fresh)


FIELDS = tuple(ReturnTimer.__dataclass_fields__)
TIMER = tuple(return_timer.c[name] for name in FIELDS)
UPSERT = {dialect: _upsert(dialect) for dialect in ("sqlite", "postgresql")}


def put(tx: Tx, timer: ReturnTimer) -> None:
    """Keeps a ticket's timer, in the place of the one it had."""
    tx.run(UPSERT[tx.conn.dialect.name], {name: getattr(timer, name) for name in FIELDS})


def get(tx: Tx, number: int) -> ReturnTimer | None:
    """The timer of a ticket; None while none runs."""
    row = tx.run(select(*TIMER).where(return_timer.c.ticket == number)).first()
    return ReturnTimer(*row) if row else None


def drop(tx: Tx, number: int) -> bool:
    """Ends a ticket's timer; false where none ran."""
    return bool(tx.run(delete(return_timer).where(return_timer.c.ticket == number)).rowcount)
