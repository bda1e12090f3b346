"""To whom a queue's tickets can be given, whose turn it is, and which tickets wait for theirs."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, bindparam, exists, func, or_, select, text, update

from inbox.model import Ticket
from inbox.store.engine import Tx
from inbox.store.tables import absence, alarm, event, membership, ticket
from inbox.store.tickets import OPEN_STATUS, UNCLAIMED

LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended('rotation', 0))")
HELD = (
    select(func.count())
    .where(ticket.c.assignee_id == membership.c.person_id, ticket.c.queue == membership.c.queue, OPEN_STATUS)
    .scalar_subquery()
)
GONE = and_(
    absence.c.person_id == membership.c.person_id,
    or_(absence.c.until.is_(None), absence.c.until > bindparam("now", type_=absence.c.until.type)),
)
TEAM = (
    select(
        membership.c.person_id,
        membership.c.skills,
        membership.c.assigned_at,
        HELD.label("held"),
        absence.c.person_id.is_not(None).label("away"),
    )
    .outerjoin(absence, GONE)
    .where(membership.c.queue == bindparam("of_queue"))
    .order_by(membership.c.person_id)
)
GIVEN = (
    update(membership)
    .where(membership.c.queue == bindparam("of_queue"), membership.c.person_id == bindparam("person"))
    .values(assigned_at=bindparam("at", type_=membership.c.assigned_at.type))
)
LET_GO = exists().where(
    event.c.ticket == ticket.c.number,
    event.c.kind == "returned",
    event.c.facts["holder"].as_integer() == bindparam("person"),
)
WAITING = (
    select(ticket.c.number)
    .join(alarm, and_(alarm.c.kind == bindparam("kind"), alarm.c.subject == ticket.c.number))
    .where(ticket.c.queue == bindparam("of_queue"), UNCLAIMED, ticket.c.requester_id != bindparam("person"), ~LET_GO)
    .order_by(ticket.c.priority.desc(), ticket.c.due_at, ticket.c.number)
    .limit(bindparam("most"))
)
MORE_URGENT = (
    select(ticket.c.number)
    .join(alarm, and_(alarm.c.kind == bindparam("kind"), alarm.c.subject == ticket.c.number))
    .where(
        ticket.c.queue == bindparam("of_queue"),
        UNCLAIMED,
        ticket.c.priority > bindparam("than"),
        alarm.c.at <= bindparam("now"),
    )
    .limit(1)
)


@dataclass(frozen=True, slots=True)
class Member:
    """One who answers for a queue: what they are good at, when they were last given a ticket of it, how many unresolved
    ones they hold, and whether they are away."""

    person_id: int
    skills: frozenset[str]
    assigned_at: datetime | None
    held: int
    away: bool


def lock_turns(tx: Tx) -> None:
    """Tickets are given out one after the other, in all queues: who holds this may lock several agents in any order.

    After the ticket, before the agents. (SQLite has one writer and needs no lock.)
    """
    if tx.conn.dialect.name == "postgresql":
        tx.run(LOCK)


def team(tx: Tx, now: datetime, queue: str) -> list[Member]:
    """Everybody who answers for a queue, by their ids."""
    rows = tx.run(TEAM, {"of_queue": queue, "now": now})
    return [Member(row[0], frozenset(row[1]), row[2], row[3], bool(row[4])) for row in rows]


def given(tx: Tx, queue: str, person_id: int, at: datetime) -> bool:
    """Notes that somebody was given a ticket; false where they do not answer for the queue any more."""
    return bool(tx.run(GIVEN, {"of_queue": queue, "person": person_id, "at": at}).rowcount)


def waiting(tx: Tx, kind: str, queue: str, person_id: int, most: int) -> list[int]:
    """The unclaimed tickets of a queue that have an alarm of that kind and may be that person's, the most urgent
    first."""
    values = {"kind": kind, "of_queue": queue, "person": person_id, "most": most}
    return [row[0] for row in tx.run(WAITING, values)]


def more_urgent(tx: Tx, now: datetime, kind: str, than: Ticket) -> bool:
    """Whether an alarm of that kind is due for a more urgent unclaimed ticket of the same queue."""
    values = {"kind": kind, "of_queue": than.queue, "than": than.priority, "now": now}
    return tx.run(MORE_URGENT, values).first() is not None


def lock(tx: Tx, numbers: Sequence[int]) -> None:
    """Holds these tickets against other writers, in the order in which whoever locks several does."""
    mine = select(ticket.c.number).where(ticket.c.number.in_(sorted(numbers))).order_by(ticket.c.number)
    tx.run(mine.with_for_update(key_share=True)).all()


def let_go(tx: Tx, number: int) -> set[int]:
    """Who held the ticket until their time to answer was over, or until it was handed up."""
    holder = event.c.facts["holder"].as_integer()
    handed_up = and_(event.c.kind == "moved", event.c.facts["up"].as_boolean())
    over = or_(event.c.kind == "returned", handed_up)
    rows = tx.run(select(holder).distinct().where(event.c.ticket == number, over))
    return {row[0] for row in rows if row[0] is not None}
