"""What must be said: rows leased with a fence, in order per thread.

A row is `queued` until its sending begins, leased (`lease_until`) or not: until then it can be withdrawn. From then on
it is `sending`: it may have arrived, whatever becomes of its sender.
"""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    FromClause,
    and_,
    bindparam,
    case,
    exists,
    func,
    insert,
    select,
    update,
)
from sqlalchemy import literal_column as literal

from inbox.model import Side, Thread
from inbox.store.engine import Tx
from inbox.store.tables import copy, message, outbox, thread
from inbox.store.threads import THREAD
from inbox.store.types import Instant

ADD = insert(outbox)
ADD_ONE = insert(outbox).returning(outbox.c.id)
WAITS_FOR_FILES = "Its files are being fetched."
earlier = outbox.alias("earlier")


def _live(of: FromClause) -> ColumnElement[bool]:
    """Not finished. Written out, because a partial index is not used for bound values."""
    return of.c.state.in_((literal("'queued'"), literal("'sending'")))


# in nobody's hands: who leased a row carries what it was then
LIVE = _live(outbox)
WAITING = and_(outbox.c.state == "queued", outbox.c.lease_until.is_(None))
_AT = bindparam("now", type_=Instant)
# one that is being leased this moment may show what was true before: it is waited for, and is none of these then
HASTEN = (
    update(outbox)
    .where(outbox.c.order_key == bindparam("key"), LIVE, WAITING, outbox.c.kind == bindparam("of_kind"))
    .values(
        # what failed before keeps its distance
        not_before=case((and_(outbox.c.attempts == 0, outbox.c.not_before > _AT), _AT), else_=outbox.c.not_before),
        payload=bindparam("as_one", type_=outbox.c.payload.type),
    )
    .returning(outbox.c.id)
)
# nothing earlier of the same thread is unfinished
FIRST = ~exists().where(earlier.c.order_key == outbox.c.order_key, earlier.c.id < outbox.c.id, _live(earlier))
# due (never so under a living lease) and first of its thread
READY = (
    select(outbox)
    .where(
        outbox.c.connection == bindparam("connection"),
        _live(outbox),
        outbox.c.not_before <= bindparam("now"),
        FIRST,
    )
    .order_by(outbox.c.not_before, outbox.c.id)
    .limit(bindparam("limit"))
    .with_for_update(skip_locked=True)
)
# under the lease that the fence proves, and not settled
HELD = and_(
    outbox.c.id == bindparam("row_id"),
    outbox.c.fence == bindparam("held"),
    outbox.c.lease_until.is_not(None),
    _live(outbox),
)
GET = select(outbox).where(outbox.c.id == bindparam("row_id"))
LEASE = (
    update(outbox)
    .where(outbox.c.id == bindparam("row_id"))
    .values(
        fence=outbox.c.fence + 1,
        lease_owner=bindparam("owner"),
        lease_until=bindparam("until"),
        not_before=bindparam("until"),  # a row under a living lease is not due either
    )
)
BEGIN = (
    update(outbox)
    .where(HELD)
    .values(
        state="sending",
        attempts=outbox.c.attempts + 1,
        # when the first attempt began that may have arrived: what is settled otherwise clears it
        sent_at=func.coalesce(outbox.c.sent_at, bindparam("began", type_=Instant)),
        lease_until=bindparam("until"),
        not_before=bindparam("until"),
    )
)
FINISH = update(outbox).where(HELD)
RENEW = update(outbox).where(HELD).values(lease_until=bindparam("until"), not_before=bindparam("until"))
GIVE_BACK = update(outbox).where(HELD).values(lease_until=None, not_before=bindparam("at"))
TAKE_BACK = (
    update(outbox)
    .where(_live(outbox), outbox.c.state == "queued", outbox.c.lease_until.is_not(None))
    .where(outbox.c.lease_owner != bindparam("owner"))
    .values(lease_until=None, not_before=bindparam("now"))
)


def row(
    now: datetime,
    kind: str,
    connection: str,
    order_key: str,
    *,
    ticket: int | None = None,
    message_id: int | None = None,
    thread_id: int | None = None,
    identity_id: int | None = None,
    not_before: datetime | None = None,
    **payload: Any,
) -> dict[str, Any]:
    """One thing to say, as a row for `add`."""
    return {
        "kind": kind,
        "connection": connection,
        "order_key": order_key,
        "ticket": ticket,
        "message_id": message_id,
        "thread_id": thread_id,
        "identity_id": identity_id,
        "payload": payload,
        "state": "queued",
        "not_before": not_before or now,
        "created_at": now,
    }


def add(tx: Tx, rows: list[dict[str, Any]]) -> None:
    """Queues rows in one statement; their ids, and so their order, follow the list's."""
    if rows:
        tx.run(ADD, rows)
        tx.outbox = True


def add_one(tx: Tx, row: dict[str, Any]) -> int:
    """Queues one row and returns its id, for what must be found again."""
    tx.outbox = True
    return int(tx.run(ADD_ONE, row).scalar_one())


def waits(tx: Tx, now: datetime, kind: str, key: str) -> bool:
    """Is something of that kind, which says nothing by itself, queued under that order key and not yet leased? It will
    show what is true when it is leased, which is soon now, also where it was one of a crowd."""
    return tx.run(HASTEN, {"key": key, "of_kind": kind, "now": now, "as_one": {}}).first() is not None


def waiting_words(tx: Tx, key: str, say: str) -> Any:
    """The newest row under that order key that says so and is not yet leased, held until the transaction ends; None
    for none."""
    query = select(outbox).where(outbox.c.order_key == key, _live(outbox), WAITING, outbox.c.ticket.is_(None))
    rows = tx.run(query.order_by(outbox.c.id.desc()).with_for_update()).all()
    return next((row for row in rows if row.payload.get("say") == say), None)


def change_words(tx: Tx, row_id: int, payload: dict[str, Any]) -> None:
    """Other words in a row that nobody has leased yet."""
    tx.run(update(outbox).where(outbox.c.id == row_id, WAITING).values(payload=payload))


def card_under_way(tx: Tx, connection: str, room: str) -> bool:
    """Is the first drawing of some card in that room being sent just now?"""
    query = (
        select(outbox.c.id)
        .join(thread, thread.c.id == outbox.c.thread_id)
        .where(
            outbox.c.connection == connection,
            _live(outbox),
            outbox.c.state == literal("'sending'"),
            outbox.c.kind == "card",
            thread.c.room == room,
            thread.c.external_id.is_(None),
        )
        .limit(1)
    )
    return tx.run(query).first() is not None


def lease(tx: Tx, now: datetime, connection: str, owner: str, limit: int, seconds: float) -> list[Any]:
    """Leases what is ready for one connection, oldest first; returns the rows as they were before, whole."""
    ready = tx.run(READY, {"connection": connection, "now": now, "limit": limit}).all()
    if ready:
        until = now + timedelta(seconds=seconds)
        tx.run(LEASE, [{"row_id": r.id, "owner": owner, "until": until} for r in ready])
    return list(ready)


def begin(tx: Tx, now: datetime, row_id: int, fence: int, seconds: float) -> bool:
    """From now on a leased row may have arrived, and its lease lasts so long; false where it was withdrawn, or the
    lease went to somebody else."""
    values = {"row_id": row_id, "held": fence, "began": now, "until": now + timedelta(seconds=seconds)}
    return bool(tx.run(BEGIN, values).rowcount)


def renew(tx: Tx, rows: list[tuple[int, int]], until: datetime) -> None:
    """Leases go on until then; each is named by its row and its fence."""
    if rows:
        tx.run(RENEW, [{"row_id": row_id, "held": fence, "until": until} for row_id, fence in sorted(rows)])


def give_back(tx: Tx, rows: list[tuple[int, int]], ats: list[datetime]) -> None:
    """Ends leases under which nothing was begun: row and fence, and when each may be leased again."""
    if rows:
        values = [{"row_id": row_id, "held": fence, "at": at} for (row_id, fence), at in zip(rows, ats, strict=True)]
        tx.run(GIVE_BACK, values)


def take_back(tx: Tx, now: datetime, owner: str) -> int:
    """Ends other owners' leases of what they have not begun; who lives finds it out before it would begin. Returns how
    many these were."""
    return int(tx.run(TAKE_BACK, {"now": now, "owner": owner}).rowcount)


def doubt(tx: Tx, row_id: int, fence: int, at: datetime, reason: str) -> bool:
    """It may have arrived: the row stays as one whose sender died, to be looked at again from `at` on."""
    return finish(tx, row_id, fence, not_before=at, reason=reason)


def next_at(tx: Tx, connection: str) -> datetime | None:
    """When the next row of a connection can be leased, of those with nothing unfinished before them; None for none."""
    found: datetime | None = tx.run(
        select(outbox.c.not_before)
        .where(outbox.c.connection == connection, _live(outbox), FIRST)
        .order_by(outbox.c.not_before)
        .limit(1)
    ).scalar()
    return found


def get(tx: Tx, row_id: int) -> Any:
    """The row with that id, or None."""
    return tx.run(GET, {"row_id": row_id}).first()


def finish(tx: Tx, row_id: int, fence: int, **values: Any) -> bool:
    """Sets a leased row's columns; false where it was withdrawn, or the lease went to somebody else meanwhile."""
    return bool(tx.run(FINISH, {"row_id": row_id, "held": fence, "lease_until": None, **values}).rowcount)


def cancel_message(tx: Tx, message_id: int, side: Side | None = None) -> int:
    """Withdraws the queued copies of a message, towards one side if given; returns how many were still queued."""
    mine = and_(outbox.c.message_id == message_id, outbox.c.state == "queued", outbox.c.kind == "message")
    if side is not None:
        mine = and_(mine, exists().where(thread.c.id == outbox.c.thread_id, thread.c.side == side))
    done = tx.run(update(outbox).where(mine).values(state="cancelled"))
    return int(done.rowcount)


def hasten(tx: Tx, message_id: int, at: datetime) -> None:
    """What a message waited for is there: its copies that wait for nothing else may be sent from `at` on."""
    waiting = and_(outbox.c.message_id == message_id, WAITING, outbox.c.reason == WAITS_FOR_FILES)
    if tx.run(update(outbox).where(waiting).values(not_before=at, reason=None)).rowcount:
        tx.outbox = True


def wait_for_files(tx: Tx, row_id: int, fence: int, at: datetime) -> None:
    """Ends a lease under which nothing was tried, until the files of its words are there, or `at`."""
    give_back(tx, [(row_id, fence)], [at])
    tx.run(update(outbox).where(outbox.c.id == row_id).values(reason=WAITS_FOR_FILES))


def is_for(tx: Tx, message_id: int, side: Side) -> bool:
    """Was a message ever to be brought to that side of its ticket?"""
    found = (
        select(outbox.c.id)
        .join(thread, thread.c.id == outbox.c.thread_id)
        .where(outbox.c.message_id == message_id, outbox.c.kind == "message", thread.c.side == side)
    )
    return tx.run(found.limit(1)).first() is not None


def put_in_order(tx: Tx, thread_id: int) -> None:
    """Has the words that wait for a thread go out in the order in which they were written, not in which they came."""
    rows = tx.run(
        select(outbox.c.id, outbox.c.message_id, message.c.written_at)
        .join(message, message.c.id == outbox.c.message_id)
        .where(outbox.c.order_key == f"t{thread_id}", _live(outbox))
        .where(WAITING, outbox.c.kind == "message")
        .order_by(outbox.c.id)
        .with_for_update(of=outbox)
    ).all()
    written = sorted(rows, key=lambda row: (row.written_at, row.message_id))
    for place, words in zip(rows, written, strict=True):
        if place.message_id != words.message_id:
            tx.run(update(outbox).where(outbox.c.id == place.id).values(message_id=words.message_id))


def of_message(tx: Tx, message_id: int) -> list[Any]:
    """The rows that carry a message, oldest first."""
    return list(tx.run(select(outbox).where(outbox.c.message_id == message_id).order_by(outbox.c.id)).all())


def counts(tx: Tx) -> dict[tuple[str, str], int]:
    """(connection, state) → rows, of what is not finished well; for the operator's figures."""
    rows = tx.run(
        select(outbox.c.connection, outbox.c.state, func.count())
        .where(_live(outbox))
        .group_by(outbox.c.connection, outbox.c.state)
    )
    return {(found[0], found[1]): found[2] for found in rows}


def thread_of_copy(tx: Tx, connection: str, room: str, external_id: str) -> Thread | None:
    """The thread in which we sent a platform message."""
    row = tx.run(
        select(*THREAD)
        .join(outbox, outbox.c.thread_id == thread.c.id)
        .join(copy, copy.c.outbox_id == outbox.c.id)
        .where(copy.c.connection == connection, copy.c.room == room, copy.c.external_id == external_id)
    ).first()
    return Thread(*row) if row else None


def why_parked(tx: Tx, thread_id: int) -> str:
    """Why a thread's card was given up, "" where it was not."""
    found: str | None = tx.run(
        select(outbox.c.reason)
        .where(
            outbox.c.thread_id == thread_id,
            outbox.c.kind == "card",
            outbox.c.ticket == select(thread.c.ticket).where(thread.c.id == thread_id).scalar_subquery(),
            outbox.c.state.in_(("parked", "unknown")),
        )
        .order_by(outbox.c.id.desc())
        .limit(1)
    ).scalar()
    return found or ""


def revive(tx: Tx, number: int, thread_id: int, now: datetime) -> None:
    """Queues again the words of a thread that were parked for want of it."""
    parked = and_(
        outbox.c.ticket == number,
        outbox.c.thread_id == thread_id,
        outbox.c.kind == "message",
        outbox.c.state == "parked",
    )
    if tx.run(update(outbox).where(parked).values(state="queued", not_before=now, attempts=0, sent_at=None)).rowcount:
        tx.outbox = True


def reroute(tx: Tx, connection: str, old: str, new: str, limit: int = 500) -> None:
    """A room has another id: its threads and up to `limit` of what is queued for it go to the new one."""
    tx.run(update(thread).where(thread.c.connection == connection, thread.c.room == old).values(room=new))
    rows = tx.run(
        select(outbox.c.id, outbox.c.payload)
        .where(outbox.c.connection == connection, _live(outbox), outbox.c.thread_id.is_(None))
        .order_by(outbox.c.id)
        .limit(limit)
    ).all()
    for found in rows:
        place = found.payload.get("place")
        if place and place[0] == old:
            payload = {**found.payload, "place": [new, *place[1:]]}
            tx.run(update(outbox).where(outbox.c.id == found.id).values(payload=payload))


def of_ticket(tx: Tx, number: int) -> list[Any]:
    """A ticket's rows, in the order in which they are said."""
    return list(tx.run(select(outbox).where(outbox.c.ticket == number).order_by(outbox.c.id)).all())
