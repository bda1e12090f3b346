"""The tags on tickets."""

from collections.abc import Collection, Sequence

from sqlalchemy import delete, select
from sqlalchemy.dialects import postgresql, sqlite

from inbox.store.engine import Tx
from inbox.store.tables import tag

ADD_SQLITE = sqlite.insert(tag).on_conflict_do_nothing()
ADD_POSTGRES = postgresql.insert(tag).on_conflict_do_nothing()


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


def add(tx: Tx, number: int, names: Collection[str]) -> None:
    """Puts tags on a ticket; those that it has already stay."""
    if names:
        statement = ADD_SQLITE if tx.conn.dialect.name == "sqlite" else ADD_POSTGRES
        tx.run(statement, [{"ticket": number, "name": name} for name in sorted(names)])


def remove(tx: Tx, number: int, names: Collection[str]) -> None:
    """Takes tags from a ticket."""
    tx.run(delete(tag).where(tag.c.ticket == number, tag.c.name.in_(sorted(names))))
