"""A ticket leaves a room: what stands there of it, and what waits to be said there."""

from datetime import datetime
from typing import Any

from sqlalchemy import and_, or_, select, update
from sqlalchemy import literal_column as literal

from inbox.model import Thread
from inbox.store.engine import Tx
from inbox.store.outbox import add
from inbox.store.outbox import row as outbox_row
from inbox.store.tables import copy, outbox, thread


def posts(tx: Tx, number: int, connection: str, room: str) -> list[str]:
    """What the bot said in a room about a ticket, oldest first; of what took several messages, the first."""
    here = (copy.c.ticket == number, copy.c.connection == connection, copy.c.room == room, copy.c.part == 0)
    return list(tx.run(select(copy.c.external_id).where(*here).order_by(copy.c.outbox_id)).scalars())


def withdraw(tx: Tx, left: Thread) -> None:
    """What is queued for a thread, or for its room about the same ticket, is not said."""
    at_top = and_(outbox.c.kind == "room", outbox.c.order_key == f"r{left.connection}/{left.room}")
    mine = and_(outbox.c.ticket == left.ticket, or_(outbox.c.thread_id == left.id, at_top))
    tx.run(update(outbox).where(mine, outbox.c.state == literal("'queued'")).values(state="cancelled"))


def readdress(tx: Tx, now: datetime, old: Thread, new: Thread) -> None:
    """The bot's own words that wait to be said in one of a ticket's threads are said in another instead."""
    waiting = and_(outbox.c.thread_id == old.id, outbox.c.kind == "notice", outbox.c.state == literal("'queued'"))
    rows = tx.run(select(outbox).where(outbox.c.ticket == old.ticket, waiting).order_by(outbox.c.id)).all()
    if rows:
        tx.run(update(outbox).where(outbox.c.id.in_([row.id for row in rows])).values(state="cancelled"))
        add(tx, [_again(now, row, new) for row in rows])


def _again(now: datetime, row: Any, new: Thread) -> dict[str, Any]:
    at = now if row.lease_until else row.not_before  # under a lease that is its end
    where = {"ticket": new.ticket, "thread_id": new.id}
    return outbox_row(now, "notice", new.connection, f"t{new.id}", not_before=at, **where, **row.payload)


def leave(tx: Tx, left: Thread) -> None:
    """The ticket's talk does not go on in this thread any more, whatever is written there."""
    tx.run(update(thread).where(thread.c.id == left.id).values(side="left"))
