"""Rows that have had their day: deleted a few at a time, the oldest first."""

from datetime import datetime
from typing import Any

from sqlalchemy import Column, ColumnElement, Executable, bindparam, delete, exists, select, true, tuple_

from inbox.store import pacing
from inbox.store.engine import Tx
from inbox.store.tables import (
    choice,
    digest,
    draft,
    early_change,
    firing,
    greeted,
    link_code,
    link_try,
    listed,
    presence,
    quarantine,
    seen,
    session,
    signin,
    ticket,
)
from inbox.store.types import Instant

# what is deleted, by the moment from which its days are counted
ENDED: dict[str, Column[Any]] = {
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
        listed.c.at,
        firing.c.at,
        digest.c.at,
    )
} | {"pacing": digest.c.at}
# and of what only some rows end
ONLY: dict[str, ColumnElement[bool]] = {
    "firing": exists().where(ticket.c.number == firing.c.ticket, ticket.c.status == "closed"),
    "digest": digest.c.kind.in_(("daily", "weekly")),
    "pacing": digest.c.kind == pacing.KIND,
}


def _delete(name: str) -> Executable:
    ended = ENDED[name]
    key = tuple(ended.table.primary_key)
    mine = (ended < bindparam("before", type_=Instant), ONLY.get(name, true()))
    old = select(*key).where(*mine).order_by(ended).limit(bindparam("most"))
    return delete(ended.table).where(key[0].in_(old) if len(key) == 1 else tuple_(*key).in_(old))


DELETE = {name: _delete(name) for name in ENDED}


def delete_ended(tx: Tx, name: str, before: datetime, most: int) -> int:
    """Deletes at most so many rows of a table of ENDED that ended before then; returns how many."""
    return int(tx.run(DELETE[name], {"before": before, "most": most}).rowcount)
