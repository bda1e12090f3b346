"""A ticket leaves a room: what stands there of it, and what waits to be said there."""

from sqlalchemy import and_, or_, select, update
from sqlalchemy import literal_column as literal

from inbox.model import Thread
from inbox.store.engine import Tx
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


def leave(tx: Tx, left: Thread) -> None:
    """The ticket's talk does not go on in this thread any more, whatever is written there."""
    tx.run(update(thread).where(thread.c.id == left.id).values(side="left"))
