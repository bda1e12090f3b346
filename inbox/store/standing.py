"""How a queue stands and what became of it in a stretch of time: the counts and lists of its digests."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select

from inbox.model import Ticket
from inbox.store.engine import Tx
from inbox.store.tables import message, promise, survey, ticket
from inbox.store.tables.base import DONE
from inbox.store.tickets import OPEN_STATUS, TICKET

Where = ColumnElement[bool]
# what spam and merged tickets were is nobody's figure
COUNTS = or_(ticket.c.closed_as.is_(None), ticket.c.closed_as.not_in(("spam", "merged")))


@dataclass(frozen=True, slots=True)
class Some:
    """How many tickets, and the first of them."""

    n: int
    first: tuple[Ticket, ...] = ()


def overdue(tx: Tx, queue: str, now: datetime, limit: int) -> Some:
    """Unresolved tickets of which a promise is broken and not made good, the longest first."""
    return _some(tx, queue, ticket.c.due_at < now, limit)


def due(tx: Tx, queue: str, since: datetime, until: datetime, limit: int) -> Some:
    """Unresolved tickets with their nearest deadline between these."""
    return _some(tx, queue, ticket.c.due_at.between(since, until), limit)


def unanswered(tx: Tx, queue: str, limit: int) -> Some:
    """Unresolved tickets whose requester awaits an answer, the most urgent first."""
    return _some(tx, queue, ticket.c.awaiting_since.is_not(None), limit)


def held(tx: Tx, queue: str, limit: int) -> Some:
    """Tickets with words for their requester that wait until somebody decides."""
    words = select(message.c.ticket).where(message.c.state == "held")
    mine = and_(ticket.c.queue == queue, ticket.c.number.in_(words))
    rows = tx.run(select(*TICKET).where(mine).order_by(ticket.c.number)).all()
    return Some(len(rows), tuple(Ticket(*row) for row in rows[:limit]))


def _some(tx: Tx, queue: str, where: Where, limit: int) -> Some:
    mine = (ticket.c.queue == queue, OPEN_STATUS, where)
    n = tx.run(select(func.count()).select_from(ticket).where(*mine)).scalar_one()
    rows = tx.run(select(*TICKET).where(*mine).order_by(ticket.c.due_at, ticket.c.number).limit(limit)) if n else ()
    return Some(n, tuple(Ticket(*row) for row in rows))


def created(tx: Tx, queue: str, since: datetime, until: datetime) -> int:
    """How many tickets were opened from `since` to before `until`."""
    return sum(_count(tx, shelf, _within(ticket.c.created_at, since, until)) for shelf in _shelves(queue, since))


def resolved(tx: Tx, queue: str, since: datetime, until: datetime) -> list[float]:
    """Of the tickets that were resolved then, how long each took from its opening, in seconds."""
    found: list[float] = []
    for shelf in _shelves(queue, since):
        where = (*shelf, COUNTS, _within(ticket.c.resolved_at, since, until))
        rows = tx.run(select(ticket.c.created_at, ticket.c.resolved_at).where(*where))
        found += [(row[1] - row[0]).total_seconds() for row in rows]
    return found


def first_replies(tx: Tx, queue: str, since: datetime, until: datetime) -> list[float]:
    """Of the first replies that were promised and given then, how long each took, in seconds of the calendar."""
    given = and_(promise.c.metric == "first_reply", promise.c.state.in_(("met", "met_late")))
    rows = _promises(tx, queue, since, and_(given, _within(promise.c.finished_at, since, until)))
    return [(finished - started).total_seconds() for _, started, finished in rows if finished]


def kept(tx: Tx, queue: str, since: datetime, until: datetime) -> tuple[int, int]:
    """How many promises were kept then, and how many broken, whatever became of these later."""
    met = and_(promise.c.state == "met", _within(promise.c.finished_at, since, until))
    broken = and_(promise.c.state.in_(("breached", "met_late")), _within(promise.c.due_at, since, until))
    states = [state for state, _, _ in _promises(tx, queue, since, or_(met, broken))]
    return states.count("met"), len(states) - states.count("met")


def ratings(tx: Tx, queue: str, since: datetime, until: datetime) -> list[int]:
    """The satisfaction, 1 to 5, that was answered then."""
    mine = (survey.c.kind == "csat", survey.c.score.is_not(None), _within(survey.c.answered_at, since, until))
    found = []
    for shelf in _shelves(queue, since):
        joined = select(survey.c.score).join(ticket, ticket.c.number == survey.c.ticket)
        found += list(tx.run(joined.where(*shelf, COUNTS, *mine)).scalars())
    return found


def _promises(tx: Tx, queue: str, since: datetime, where: Where) -> Iterator[tuple[str, datetime, datetime | None]]:
    columns = (promise.c.state, promise.c.started_at, promise.c.finished_at)
    for shelf in _shelves(queue, since):
        joined = select(*columns).join(ticket, ticket.c.number == promise.c.ticket).where(*shelf, COUNTS, where)
        yield from ((row[0], row[1], row[2]) for row in tx.run(joined))


def _shelves(queue: str, since: datetime) -> Sequence[tuple[Any, ...]]:
    """A queue's tickets that lived since then, in two parts, each of which an index knows."""
    mine = ticket.c.queue == queue
    return (mine, OPEN_STATUS), (mine, DONE, ticket.c.updated_at >= since)


def _count(tx: Tx, shelf: tuple[Any, ...], where: Where) -> int:
    return int(tx.run(select(func.count()).select_from(ticket).where(*shelf, COUNTS, where)).scalar_one())


def _within(column: ColumnElement[datetime | None], since: datetime, until: datetime) -> Where:
    return and_(column >= since, column < until)
