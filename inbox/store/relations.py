"""What tickets have to do with each other: related, split off, cases of one incident."""

from collections.abc import Collection
from datetime import datetime
from typing import Literal

from sqlalchemy import delete, or_, select

from inbox.model import UNRESOLVED
from inbox.store.among import among, many
from inbox.store.engine import Tx
from inbox.store.tables import relation, ticket
from inbox.store.upserts import for_both

ADD = for_both(relation, lambda new: new.on_conflict_do_nothing().returning(relation.c.source))
Kind = Literal["relates", "split", "incident"]
CASES = (
    select(relation.c.source)
    .join(ticket, ticket.c.number == relation.c.target)
    .where(
        among(relation.c.source, many("numbers")),
        relation.c.kind == "incident",
        ticket.c.status.in_(UNRESOLVED),
    )
)


def add(tx: Tx, source: int, target: int, kind: Kind, now: datetime) -> bool:
    """Relates two tickets; false where they were so already. What merely relates has no direction."""
    if kind == "relates":
        source, target = sorted((source, target))
    values = {"source": source, "target": target, "kind": kind, "at": now}
    added = tx.run(ADD[tx.conn.dialect.name], values).first()
    tx.tickets.update((source, target))
    return added is not None


def remove(tx: Tx, source: int, target: int, kind: Kind) -> bool:
    """False where they were not related so."""
    if kind == "relates":
        source, target = sorted((source, target))
    these = (relation.c.source == source, relation.c.target == target, relation.c.kind == kind)
    tx.tickets.update((source, target))
    return tx.run(delete(relation).where(*these).returning(relation.c.source)).first() is not None


def of(tx: Tx, number: int, limit: int = 50) -> list[tuple[int, int, Kind]]:
    """(source, target, kind) of a ticket's relations, either way, the newest first."""
    mine = or_(relation.c.source == number, relation.c.target == number)
    query = select(relation.c.source, relation.c.target, relation.c.kind).where(mine)
    rows = tx.run(query.order_by(relation.c.at.desc(), relation.c.source, relation.c.target).limit(limit))
    return [(row[0], row[1], row[2]) for row in rows]


def sources(tx: Tx, target: int, kind: Kind, limit: int) -> list[int]:
    """The tickets that stand so to this one (an incident's cases), ascending."""
    these = (relation.c.target == target, relation.c.kind == kind)
    query = select(relation.c.source).where(*these).order_by(relation.c.source).limit(limit)
    return [row[0] for row in tx.run(query)]


def cases(tx: Tx, numbers: Collection[int]) -> set[int]:
    """Those of these tickets that are cases of an incident which is not resolved."""
    if not numbers:
        return set()
    return set(tx.run(CASES, {"numbers": sorted(numbers)}).scalars())


def target(tx: Tx, source: int, kind: Kind) -> int | None:
    """The ticket that this one stands so to (a case's incident), the newest where there are several."""
    these = (relation.c.source == source, relation.c.kind == kind)
    found: int | None = tx.run(select(relation.c.target).where(*these).order_by(relation.c.at.desc()).limit(1)).scalar()
    return found
