"""The leases on claims: one row a ticket, as long as its holder owes an answer."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select

from inbox.store.engine import Tx
from inbox.store.tables import return_timer
from inbox.store.upserts import Insert, for_both


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


def _upsert(new: Insert) -> Insert:
    fresh = {name: new.excluded[name] for name in FIELDS if name != "ticket"}
    return new.on_conflict_do_update(index_elements=["ticket"], set_=fresh)


FIELDS = tuple(ReturnTimer.__dataclass_fields__)
TIMER = tuple(return_timer.c[name] for name in FIELDS)
UPSERT = for_both(return_timer, _upsert)


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
