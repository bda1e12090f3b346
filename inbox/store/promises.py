"""Promises as stored, the nags that were given, and what the event log tells of both."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Executable, and_, bindparam, exists, func, insert, not_, or_, select, update

from inbox.model import UNRESOLVED, Event, Promise
from inbox.store.among import among, many
from inbox.store.engine import Tx
from inbox.store.events import EVENT
from inbox.store.tables import event, nag, promise, ticket
from inbox.store.types import Instant
from inbox.store.upserts import Insert, for_both
from sla.clock import OPEN_STATES

PROMISE = tuple(promise.c[name] for name in Promise.__dataclass_fields__)
ADD = insert(promise).returning(promise.c.id, promise.c.metric, promise.c.cycle)
OF_TICKET = select(*PROMISE).where(promise.c.ticket == bindparam("ticket_number")).order_by(promise.c.id)
WAITS = ("pending", "on_hold", "woken", "claimed", "released", "returned")
LOG_LIMIT = 5000  # events read of one ticket: more than a ticket lives to see
Nagged = tuple[int, str, int, int]  # a ticket, a metric, its cycle, and a step of the ladder
NAG = (nag.c.ticket, nag.c.metric, nag.c.cycle, nag.c.step)
AMONG = among(promise.c.id, many("ids"))
SET_STATES = update(promise).where(AMONG).values(state=bindparam("to_state"), step=bindparam("to_step"))
TICKETS_OF = select(promise.c.ticket).where(AMONG).distinct().order_by(promise.c.ticket)
OF_IDS = select(*PROMISE).where(AMONG).order_by(promise.c.id)
TAKEN = select(
    promise.c.ticket, promise.c.metric, promise.c.cycle, promise.c.step, bindparam("at", type_=Instant)
).where(AMONG)


def _first_nags(new: Insert) -> Executable:
    return new.from_select([*NAG, nag.c.at], TAKEN).on_conflict_do_nothing().returning(*NAG)


FIRST_NAGS = for_both(nag, _first_nags)


def add_all(tx: Tx, rows: Sequence[Mapping[str, Any]]) -> dict[tuple[str, int], int]:
    """Stores promises in one statement and returns their ids by (metric, cycle)."""
    if not rows:
        return {}
    return {(row[1], row[2]): row[0] for row in tx.run(ADD, list(rows))}


def get(tx: Tx, promise_id: int) -> Promise | None:
    """The promise with that id."""
    row = tx.run(select(*PROMISE).where(promise.c.id == promise_id)).first()
    return Promise(*row) if row else None


def of_ticket(tx: Tx, number: int) -> list[Promise]:
    """All promises of a ticket, in the order in which they were given."""
    return [Promise(*row) for row in tx.run(OF_TICKET, {"ticket_number": number})]


Terms = tuple[str, str]  # a policy's name and version


def _under_others(terms: Mapping[str, Terms], other: Terms) -> ColumnElement[bool]:
    """Running promises of unresolved tickets whose queue has other terms; `other` are those of unknown queues."""
    fits = [_fits(ticket.c.queue == queue, known) for queue, known in terms.items()]
    unknown = _fits(ticket.c.queue.not_in(list(terms)), other)
    alive = and_(ticket.c.status.in_(UNRESOLVED), promise.c.state.in_(OPEN_STATES))
    return and_(alive, not_(or_(*fits, unknown)))


def _fits(queue: ColumnElement[bool], known: Terms) -> ColumnElement[bool]:
    return and_(queue, promise.c.policy == known[0], promise.c.version == known[1])


def under_others(tx: Tx, terms: Mapping[str, Terms], other: Terms, after: int, limit: int) -> list[int]:
    """Numbers above `after` of unresolved tickets with a promise under other terms than their queue's, in order."""
    where = (_under_others(terms, other), ticket.c.number > after)
    query = select(ticket.c.number).join(promise, promise.c.ticket == ticket.c.number).where(*where)
    return list(tx.run(query.distinct().order_by(ticket.c.number).limit(limit)).scalars())


def count_under_others(tx: Tx, terms: Mapping[str, Terms], other: Terms) -> int:
    """How many promises these are."""
    joined = promise.join(ticket, promise.c.ticket == ticket.c.number)
    return int(tx.run(select(func.count()).select_from(joined).where(_under_others(terms, other))).scalar_one())


@dataclass(frozen=True, slots=True)
class Debts:
    """What the tickets of some queues may be promised: metrics, and the keys of the queues; with `others` of all queues
    but these."""

    metrics: Collection[str]
    queues: Collection[str]
    others: bool = False


def _none_runs(*metrics: str) -> ColumnElement[bool]:
    runs = (promise.c.ticket == ticket.c.number, promise.c.metric.in_(metrics), promise.c.state.in_(OPEN_STATES))
    return ~exists().where(*runs)


_AWAITS = and_(ticket.c.awaiting_since.is_not(None), _none_runs("first_reply", "next_reply"))
# by metric: an unresolved ticket is owed it, and has no such promise
OWED: Mapping[str, ColumnElement[bool]] = {
    "claim": and_(ticket.c.assignee_id.is_(None), _none_runs("claim")),
    "first_reply": _AWAITS,
    "next_reply": _AWAITS,
    "resolution": _none_runs("resolution"),
}


def _owes(debts: Debts) -> ColumnElement[bool]:
    queues = sorted(debts.queues)
    mine = ticket.c.queue.not_in(queues) if debts.others else ticket.c.queue.in_(queues)
    return and_(mine, or_(*(OWED[metric] for metric in sorted(debts.metrics))))


def owing(tx: Tx, debts: Sequence[Debts], after: int, limit: int) -> list[int]:
    """Numbers above `after` of unresolved tickets to which no promise is given where one may be, in order."""
    where = (ticket.c.status.in_(UNRESOLVED), ticket.c.number > after, or_(*map(_owes, debts)))
    return list(tx.run(select(ticket.c.number).where(*where).order_by(ticket.c.number).limit(limit)).scalars())


def change(tx: Tx, promise_id: int, **values: Any) -> None:
    """Sets columns of a promise."""
    tx.run(update(promise).where(promise.c.id == promise_id).values(**values))


def first_nags(tx: Tx, now: datetime, ids: Sequence[int]) -> set[Nagged]:
    """Takes the steps at which the ladders of these promises stand, as stored; those that were taken before, by
    whomever, are not among what is returned."""
    if not ids:
        return set()
    statement = FIRST_NAGS[tx.conn.dialect.name]
    return {(row[0], row[1], row[2], row[3]) for row in tx.run(statement, {"ids": ids, "at": now}).all()}


def set_states(tx: Tx, given: Iterable[Promise]) -> None:
    """Stores the states of these promises and where their ladders stand; of many alike in one statement."""
    alike: dict[tuple[str, int], list[int]] = {}
    for found in given:
        alike.setdefault((found.state, found.step), []).append(found.id)
    for (state, step), ids in alike.items():
        tx.run(SET_STATES, {"ids": ids, "to_state": state, "to_step": step})


def tickets_of(tx: Tx, ids: Sequence[int]) -> list[int]:
    """The numbers of the tickets that these promises are of, in order."""
    return list(tx.run(TICKETS_OF, {"ids": ids}).scalars().all())


def open_under(tx: Tx, policies: Collection[str], after: int, limit: int) -> list[int]:
    """Promises under these policies that have not ended: ids above `after`, in order."""
    mine = (promise.c.policy.in_(sorted(policies)), promise.c.state.in_(OPEN_STATES), promise.c.id > after)
    return list(tx.run(select(promise.c.id).where(*mine).order_by(promise.c.id).limit(limit)).scalars())


def of_ids(tx: Tx, ids: Sequence[int], numbers: Collection[int]) -> list[Promise]:
    """Those of these promises that are of these tickets, in order."""
    return [found for found in (Promise(*row) for row in tx.run(OF_IDS, {"ids": ids}).all()) if found.ticket in numbers]


def steps(tx: Tx, number: int) -> dict[tuple[str, int], int]:
    """The highest step that was taken of each promise of a ticket, by (metric, cycle)."""
    rows = tx.run(
        select(nag.c.metric, nag.c.cycle, func.max(nag.c.step))
        .where(nag.c.ticket == number)
        .group_by(nag.c.metric, nag.c.cycle)
    )
    return {(row[0], row[1]): row[2] for row in rows}


def log(tx: Tx, number: int) -> list[Event]:
    """What the event log tells of a ticket's promises, oldest first."""
    rows = tx.run(
        select(*EVENT)
        .where(event.c.ticket == number, event.c.kind.startswith("promise_", autoescape=True))
        .order_by(event.c.id)
        .limit(LOG_LIMIT)
    )
    return [Event(*row) for row in rows]


def waits(tx: Tx, number: int, since: datetime) -> list[Event]:
    """What the event log tells of a ticket's waiting since then, oldest first: it began or ended to wait."""
    mine = (event.c.ticket == number, event.c.at >= since, event.c.kind.in_(WAITS))
    return [Event(*row) for row in tx.run(select(*EVENT).where(*mine).order_by(event.c.id).limit(LOG_LIMIT))]


def last_reopened(tx: Tx, number: int) -> datetime | None:
    """When a ticket was last reopened."""
    found: datetime | None = tx.run(
        select(event.c.at)
        .where(event.c.ticket == number, event.c.kind == "reopened")
        .order_by(event.c.id.desc())
        .limit(1)
    ).scalar()
    return found
