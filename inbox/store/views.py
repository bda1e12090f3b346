"""What the pages show: a list's next rows through an index, one ticket's talk a page at a time.

No statement here grows with the number of tickets. The list is one short index scan for each queue (and, for the
unclaimed, each priority), merged; conditions that choose a partial index are literal, because neither database can
tell from a bound value that the index holds the row.
"""

import heapq
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from itertools import islice, product
from typing import Any, Literal

from sqlalchemy import (
    BigInteger,
    BindParameter,
    ColumnElement,
    Select,
    TextClause,
    and_,
    bindparam,
    func,
    or_,
    select,
    text,
    true,
    tuple_,
    type_coerce,
)

from inbox.model import UNRESOLVED as ALIVE
from inbox.model import ClosedAs, Event, Message, Priority, Status
from inbox.store.engine import Tx
from inbox.store.events import EVENT
from inbox.store.messages import MESSAGE, _message
from inbox.store.tables import (
    UNCLAIMED,
    UNRESOLVED,
    event,
    follower,
    message,
    message_version,
    outbox,
    person,
    ticket,
)

Shelf = Literal["unresolved", "mine", "decide", "unclaimed", "waiting", "following", "resolved"]
SHELVES: tuple[Shelf, ...] = ("unresolved", "mine", "decide", "unclaimed", "waiting", "following", "resolved")
PERSONAL: tuple[Shelf, ...] = ("mine", "decide", "following")  # those that depend on who looks
Mark = tuple[int, int]  # where a list goes on: (the ordering instant in microseconds, the ticket's number)

WAITING = text("status IN ('pending', 'on_hold')")
DONE = text("status IN ('resolved', 'closed')")
STATUS: Mapping[Shelf, TextClause | ColumnElement[bool]] = {
    "unresolved": UNRESOLVED,
    "mine": UNRESOLVED,
    "decide": true(),
    "unclaimed": UNCLAIMED,
    "waiting": WAITING,
    "following": UNRESOLVED,
    "resolved": DONE,
}
RANKS = (0, 1, 2, 3)
NEWEST = 20_000  # tickets that words are looked for among
AGENT: BindParameter[int] = bindparam("agent")

requester = person.alias("requester")
holder = person.alias("holder")


@dataclass(frozen=True, slots=True)
class Row:
    """One ticket as a list shows it."""

    number: int
    subject: str
    status: Status
    priority: Priority
    queue: str
    connection: str
    created_at: datetime
    updated_at: datetime
    due_at: datetime | None
    snoozed_until: datetime | None
    closed_as: ClosedAs | None
    requester: str
    holder: str


ROWS = (
    select(
        ticket.c.number,
        ticket.c.subject,
        ticket.c.status,
        ticket.c.priority,
        ticket.c.queue,
        ticket.c.connection,
        ticket.c.created_at,
        ticket.c.updated_at,
        ticket.c.due_at,
        ticket.c.snoozed_until,
        ticket.c.closed_as,
        requester.c.name,
        func.coalesce(holder.c.name, ""),
    )
    .join(requester, requester.c.id == ticket.c.requester_id)
    .outerjoin(holder, holder.c.id == ticket.c.assignee_id)
    .where(ticket.c.number.in_(bindparam("numbers", expanding=True)))
)
# words that wait for their author: held ones wherever they are, what did not arrive on the tickets that they hold
said, own = message.alias("said"), ticket.alias("own")
TO_DECIDE = (
    select(said.c.ticket)
    .join(own, own.c.number == said.c.ticket)
    .where(said.c.author_id == AGENT, text("said.state IN ('held', 'failed', 'unknown')"))
    .where(or_(said.c.state == "held", and_(own.c.assignee_id == AGENT, own.c.status.in_(ALIVE))))
)
OWN: Mapping[Shelf, ColumnElement[bool]] = {
    "mine": ticket.c.assignee_id == AGENT,
    "decide": ticket.c.number.in_(TO_DECIDE),
    "following": ticket.c.number.in_(select(follower.c.ticket).where(follower.c.person_id == AGENT)),
}
NEXT_QUEUE = select(func.min(ticket.c.queue)).where(ticket.c.queue > bindparam("after"), UNRESOLVED)
LAST_EVENT = select(func.max(event.c.id))


@cache
def scan(shelf: Shelf, after: bool) -> Select[Any]:
    """The statement for one queue's marks on a shelf, from the start or after a mark."""
    newest_first = shelf == "resolved"
    at = type_coerce(ticket.c.updated_at if newest_first else ticket.c.due_at, BigInteger)
    query = select(at, ticket.c.number).where(ticket.c.queue == bindparam("queue"), STATUS[shelf])
    if shelf in PERSONAL:
        query = query.where(OWN[shelf])
    if shelf == "unclaimed":
        query = query.where(type_coerce(ticket.c.priority, BigInteger) == bindparam("rank"))
    if after:
        place = tuple_(at, ticket.c.number)
        mark = tuple_(bindparam("at", type_=BigInteger), bindparam("number", type_=BigInteger))
        query = query.where(place < mark if newest_first else place > mark)
    order = (at.desc(), ticket.c.number.desc()) if newest_first else (at, ticket.c.number)
    return query.order_by(*order).limit(bindparam("limit"))


def marks(
    tx: Tx, shelf: Shelf, queues: Iterable[str], limit: int, *, agent: int | None = None, after: Mark | None = None
) -> list[Mark]:
    """The next `limit` places of a shelf over these queues: the nearest deadline first; of the resolved, the latest."""
    query = scan(shelf, after is not None)
    given: dict[str, Any] = {"limit": limit} | ({"agent": agent} if shelf in PERSONAL else {})
    if after:
        given |= {"at": after[0], "number": after[1]}
    found = []
    for queue, rank in product(queues, RANKS if shelf == "unclaimed" else (None,)):
        chosen = given | {"queue": queue} | ({} if rank is None else {"rank": rank})
        found.append([(at, number) for at, number in tx.run(query, chosen)])
    return list(islice(heapq.merge(*found, reverse=shelf == "resolved"), limit))


def waiting_words(tx: Tx, agent: int, queues: Collection[str]) -> int:
    """On how many tickets of these queues words of the agent's wait for their decision."""
    found = TO_DECIDE.distinct().subquery("found")
    counted = select(func.count()).select_from(ticket.join(found, found.c.ticket == ticket.c.number))
    return int(tx.run(counted.where(ticket.c.queue.in_(sorted(queues))), {"agent": agent}).scalar_one())


def found(tx: Tx, words: Sequence[str], queues: Collection[str], limit: int) -> list[int]:
    """The newest tickets of these queues, by number, that have each of these words in their subject or their
    requester's name; looked for among the NEWEST of all."""
    since = select(func.max(ticket.c.number) - NEWEST).scalar_subquery()
    query = select(ticket.c.number).join(requester, requester.c.id == ticket.c.requester_id)
    query = query.where(ticket.c.number > since, ticket.c.queue.in_(sorted(queues)))
    for word in words:
        ways = sorted({word, word.lower(), word.capitalize()})  # SQLite folds only what is in ASCII
        places = product((ticket.c.subject, requester.c.name), ways)
        query = query.where(or_(*(place.icontains(way, autoescape=True) for place, way in places)))
    return list(tx.run(query.order_by(ticket.c.number.desc()).limit(limit)).scalars())


def rows(tx: Tx, numbers: Sequence[int]) -> list[Row]:
    """These tickets, in this order."""
    if not numbers:
        return []
    found = {row[0]: Row(*row) for row in tx.run(ROWS, {"numbers": list(numbers)})}
    return [found[number] for number in numbers if number in found]


def queues_in_use(tx: Tx) -> list[str]:
    """Every queue that has an unresolved ticket, also one that the desk's file no longer names."""
    found, after = [], ""
    while after := tx.run(NEXT_QUEUE, {"after": after}).scalar() or "":
        found.append(after)
    return found


def talk(tx: Tx, numbers: Sequence[int], limit: int, before: int | None = None) -> list[Message]:
    """The newest `limit` messages of these tickets (of those with an id below `before`), oldest first."""
    query = select(*MESSAGE).where(message.c.ticket.in_(numbers))
    if before is not None:
        query = query.where(message.c.id < before)
    found = tx.run(query.order_by(message.c.id.desc()).limit(limit)).all()
    return [_message(row) for row in reversed(found)]


def happened(
    tx: Tx, number: int, limit: int, since: datetime | None = None, until: datetime | None = None
) -> list[Event]:
    """A ticket's newest `limit` events from `since` and before `until`, oldest first."""
    query = select(*EVENT).where(event.c.ticket == number)
    if since is not None:
        query = query.where(event.c.at >= since)
    if until is not None:
        query = query.where(event.c.at < until)
    found = tx.run(query.order_by(event.c.id.desc()).limit(limit)).all()
    return [Event(*row) for row in reversed(found)]


def texts(tx: Tx, numbers: Sequence[int], ids: Sequence[int]) -> dict[int, str]:
    """Message id → its words, of those of these tickets' messages that were not deleted."""
    if not ids:
        return {}
    mine = (message.c.id.in_(sorted(set(ids))), message.c.ticket.in_(numbers), message.c.deleted_at.is_(None))
    return {row[0]: row[1] for row in tx.run(select(message.c.id, message.c.text).where(*mine))}


def versions(tx: Tx, ids: Sequence[int], each: int) -> dict[int, list[tuple[str, datetime]]]:
    """Message id → (the words before an edit, when it was edited), oldest first; the newest `each` of every message."""
    if not ids:
        return {}
    nth = func.row_number().over(partition_by=message_version.c.message_id, order_by=message_version.c.version.desc())
    newest = (
        select(message_version, nth.label("nth")).where(message_version.c.message_id.in_(list(ids))).subquery("newest")
    )
    found = tx.run(
        select(newest.c.message_id, newest.c.text, newest.c.at)
        .where(newest.c.nth <= each)
        .order_by(newest.c.message_id, newest.c.version)
    )
    gathered: dict[int, list[tuple[str, datetime]]] = {}
    for message_id, words, at in found:
        gathered.setdefault(message_id, []).append((words, at))
    return gathered


def last_event(tx: Tx) -> int:
    """The newest event's id, 0 for none: how many there ever were."""
    return int(tx.run(LAST_EVENT).scalar() or 0)


def outbox_live(tx: Tx, connections: Iterable[str], limit: int) -> dict[str, int]:
    """Connection → how much waits to be said there, counted to `limit`."""
    counted = {}
    for name in connections:
        some = select(outbox.c.id).where(outbox.c.connection == name, text("state IN ('queued', 'sending')"))
        counted[name] = int(tx.run(select(func.count()).select_from(some.limit(limit).subquery())).scalar_one())
    return counted
