"""Which rules fired for what, and what deciding that needs of the event log."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import and_, exists, func, insert, literal, or_, select

from inbox.model import Event
from inbox.store.engine import Tx
from inbox.store.events import EVENT
from inbox.store.tables import alarm, event, firing, ticket
from inbox.store.tickets import OPEN_STATUS
from inbox.store.upserts import for_both

FIRE = for_both(firing, lambda new: new.on_conflict_do_nothing().returning(firing.c.rule))


def first(tx: Tx, now: datetime, rule: str, cause: str, number: int) -> bool:
    """Takes a rule's one firing for a cause; false where it was taken before, by whomever."""
    values = {"rule": rule, "cause": cause[:128], "ticket": number, "at": now}
    return tx.run(FIRE[tx.conn.dialect.name], values).first() is not None


def last_of(tx: Tx, number: int, kinds: Collection[str]) -> int:
    """The id of a ticket's newest event of these kinds, 0 for none."""
    mine = (event.c.ticket == number, event.c.kind.in_(kinds))
    return tx.run(select(event.c.id).where(*mine).order_by(event.c.id.desc()).limit(1)).scalar() or 0


def last_by_somebody(tx: Tx, number: int, kinds: Collection[str], waking: str) -> tuple[int, datetime] | None:
    """The id and instant of a ticket's newest event of these kinds that a person did, or of the kind `waking`."""
    done = or_(and_(event.c.kind.in_(kinds), event.c.actor.is_not(None)), event.c.kind == waking)
    query = select(event.c.id, event.c.at).where(event.c.ticket == number, done).order_by(event.c.id.desc()).limit(1)
    row = tx.run(query).first()
    return (row[0], row[1]) if row else None


def unwatched(tx: Tx, kind: str, after: int, limit: int) -> list[int]:
    """Numbers above `after` of unresolved tickets without an alarm of that kind, in order."""
    watched = exists().where(alarm.c.kind == kind, alarm.c.subject == ticket.c.number)
    query = select(ticket.c.number).where(OPEN_STATUS, ticket.c.number > after, ~watched)
    return list(tx.run(query.order_by(ticket.c.number).limit(limit)).scalars())


def watch(tx: Tx, kind: str, numbers: Sequence[int], at: datetime) -> None:
    """Sets an alarm of that kind for tickets that have none."""
    rows = select(literal(kind), ticket.c.number, literal(at, alarm.c.at.type)).where(ticket.c.number.in_(numbers))
    fresh = rows.where(~exists().where(alarm.c.kind == kind, alarm.c.subject == ticket.c.number))
    tx.run(insert(alarm).from_select(["kind", "subject", "at"], fresh))


def counted(tx: Tx, since: datetime) -> dict[str, int]:
    """How often each rule has fired since an instant, by its name."""
    rows = tx.run(select(firing.c.rule, func.count()).where(firing.c.at >= since).group_by(firing.c.rule))
    return {row[0]: row[1] for row in rows}


def touched(tx: Tx, since: datetime, after: int, limit: int) -> list[int]:
    """Numbers above `after` of tickets that lived after an instant, in order: something happened to them, or they are
    unresolved still."""
    last = select(event.c.at).where(event.c.ticket == ticket.c.number).order_by(event.c.id.desc()).limit(1)
    query = select(ticket.c.number).where(ticket.c.number > after, or_(OPEN_STATUS, last.scalar_subquery() >= since))
    return list(tx.run(query.order_by(ticket.c.number).limit(limit)).scalars())


def histories(tx: Tx, numbers: Sequence[int]) -> dict[int, list[Event]]:
    """Everything that happened to these tickets, by ticket, each in order."""
    found: dict[int, list[Event]] = {number: [] for number in numbers}
    for row in tx.run(select(*EVENT).where(event.c.ticket.in_(numbers)).order_by(event.c.id)):
        found[row[1]].append(Event(*row))
    return found
