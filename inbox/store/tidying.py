"""Rows that have had their day: deleted a few at a time, the oldest first."""

from datetime import datetime

from sqlalchemy import Executable, bindparam, delete, select, tuple_

from inbox.store.engine import Tx
from inbox.store.tables import (
    choice,
    draft,
    early_change,
    greeted,
    link_code,
    link_try,
    presence,
    quarantine,
    seen,
    session,
    signin,
)
from inbox.store.types import Instant

# what is deleted, by the moment from which its days are counted
ENDED = {
    column.table.name: column
    for column in (
        seen.c.at,
        quarantine.c.at,
        early_change.c.told_at,
        link_code.c.expires_at,
        link_try.c.since,
        signin.c.expires_at,
        session.c.expires_at,
        choice.c.until,
        draft.c.until,
        presence.c.until,
        greeted.c.until,
    )
}


def _delete(name: str) -> Executable:
    ended = ENDED[name]
    key = tuple(ended.table.primary_key)
    old = select(*key).where(ended < bindparam("before", type_=Instant)).order_by(ended).limit(bindparam("most"))
    return delete(ended.table).where(key[0].in_(old) if len(key) == 1 else tuple_(*key).in_(old))


DELETE = {name: _delete(name) for name in ENDED}


def delete_ended(tx: Tx, name: str, before: datetime, most: int) -> int:
    """Deletes at most so many rows of a table of ENDED that ended before then; returns how many."""
    return int(tx.run(DELETE[name], {"before": before, "most": most}).rowcount)
