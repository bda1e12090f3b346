"""The outbox as it concerns messages: which copies of them were to be shown where, and what became of each."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_, literal_column, select

from inbox.store.engine import Tx
from inbox.store.tables import copy, message, outbox, room, thread

MOST = 2000  # rows of one look: words that were edited hundreds of times must not fill the memory
KINDS: tuple[ColumnElement[str], ...] = tuple(literal_column(f"'{kind}'") for kind in ("message", "edit", "delete"))
COLUMNS = (
    outbox.c.id,
    outbox.c.message_id,
    outbox.c.kind,
    outbox.c.connection,
    outbox.c.state,
    outbox.c.reason,
    outbox.c.attempts,
    outbox.c.sent_at,
    outbox.c.payload,
    outbox.c.thread_id,
    thread.c.side,
    thread.c.room,
    room.c.name.label("title"),
    copy.c.room.label("shown_in"),
    copy.c.external_id.label("shown_as"),
)
SENT_AS = and_(copy.c.message_id == outbox.c.message_id, copy.c.outbox_id == outbox.c.id)
NAMED = and_(room.c.connection == thread.c.connection, room.c.external_id == thread.c.room)


def of_tickets(tx: Tx, numbers: Sequence[int], limit: int, before: int | None = None) -> list[Any]:
    """The rows that carried these tickets' newest `limit` messages (those with an id below `before`) or changes of
    them, oldest first, with where they went; of these the newest `MOST`. A row that was sent in pieces comes once for
    each.
    """
    newest = select(message.c.id).where(message.c.ticket.in_(numbers))
    if before is not None:
        newest = newest.where(message.c.id < before)
    query = (
        select(*COLUMNS)
        .outerjoin_from(outbox, thread, thread.c.id == outbox.c.thread_id)
        .outerjoin(room, NAMED)
        .outerjoin(copy, SENT_AS)
        .where(outbox.c.message_id.in_(newest.order_by(message.c.id.desc()).limit(limit)), outbox.c.kind.in_(KINDS))
        .order_by(outbox.c.id.desc())
        .limit(MOST)
    )
    return list(reversed(tx.run(query).all()))
