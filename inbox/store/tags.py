"""The tags on tickets."""

from collections.abc import Collection, Sequence

from sqlalchemy import delete, select

from inbox.store.engine import Tx
from inbox.store.tables import tag, ticket
from inbox.store.upserts import for_both

ADD = for_both(tag, lambda new: new.on_conflict_do_nothing())


def of(tx: Tx, number: int) -> tuple[str, ...]:
    """A ticket's tags in the order of their letters."""
    return tuple(tx.run(select(tag.c.name).where(tag.c.ticket == number).order_by(tag.c.name)).scalars())


def of_many(tx: Tx, numbers: Sequence[int]) -> dict[int, tuple[str, ...]]:
    """The tags of these tickets, of those that have any."""
    rows = tx.run(select(tag.c.ticket, tag.c.name).where(tag.c.ticket.in_(numbers)).order_by(tag.c.ticket, tag.c.name))
    found: dict[int, tuple[str, ...]] = {}
    for number, name in rows:
        found[number] = (*found.get(number, ()), name)
    return found


def in_use(tx: Tx, queues: Collection[str], begins: str, limit: int) -> list[str]:
    """The tags of these queues' tickets that begin so, in the order of their letters."""
    query = (
        select(tag.c.name)
        .join(ticket, ticket.c.number == tag.c.ticket)
        .where(ticket.c.queue.in_(sorted(queues)), tag.c.name.startswith(begins, autoescape=True))
    )
    return list(tx.run(query.distinct().order_by(tag.c.name).limit(limit)).scalars())


def add(tx: Tx, number: int, names: Collection[str]) -> None:
    """Puts tags on a ticket; those that it has already stay."""
    if names:
        tx.run(ADD[tx.conn.dialect.name], [{"ticket": number, "name": name} for name in sorted(names)])


def remove(tx: Tx, number: int, names: Collection[str]) -> None:
    """Takes tags from a ticket."""
    tx.run(delete(tag).where(tag.c.ticket == number, tag.c.name.in_(sorted(names))))
