"""What must be said: rows leased with a fence, in order per thread."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, bindparam, exists, func, insert, or_, select, update

from inbox.store.engine import Tx
from inbox.store.tables import copy, outbox

ADD = insert(outbox)
earlier = outbox.alias("earlier")
LIVE = ("queued", "sending")
# due, not leased by anybody alive, and nothing earlier of the same thread unfinished
READY = (
    select(outbox)
    .where(
        outbox.c.connection == bindparam("connection"),
        outbox.c.state.in_(LIVE),
        outbox.c.not_before <= bindparam("now"),
        or_(outbox.c.state == "queued", outbox.c.lease_until <= bindparam("now")),
        ~exists().where(
            earlier.c.order_key == outbox.c.order_key, earlier.c.id < outbox.c.id, earlier.c.state.in_(LIVE)
        ),
    )
    .order_by(outbox.c.not_before, outbox.c.id)
    .limit(bindparam("limit"))
    .with_for_update(skip_locked=True)
)
LEASE = (
    update(outbox)
    .where(outbox.c.id == bindparam("row_id"))
    .values(
        state="sending",
        fence=outbox.c.fence + 1,
        attempts=outbox.c.attempts + 1,
        lease_owner=bindparam("owner"),
        lease_until=bindparam("until"),
    )
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


def waiting_card(tx: Tx, thread_id: int) -> bool:
    """Is a drawing of that thread's card queued and not yet begun? It will show what is true when it is sent."""
    found = tx.run(
        select(outbox.c.id)
        .where(outbox.c.order_key == f"t{thread_id}", outbox.c.state == "queued", outbox.c.kind == "card")
        .limit(1)
    ).first()
    return found is not None


def lease(tx: Tx, now: datetime, connection: str, owner: str, limit: int, seconds: float) -> list[Any]:
    """Leases what is ready for one connection, oldest first; returns the rows as they were before, whole."""
    ready = tx.run(READY, {"connection": connection, "now": now, "limit": limit}).all()
    if ready:
        until = now + timedelta(seconds=seconds)
        tx.run(LEASE, [{"row_id": r.id, "owner": owner, "until": until} for r in ready])
    return list(ready)


def next_at(tx: Tx, connection: str) -> datetime | None:
    """When the next queued row of a connection may be sent; None for an empty queue."""
    found: datetime | None = tx.run(
        select(outbox.c.not_before)
        .where(outbox.c.connection == connection, outbox.c.state.in_(LIVE))
        .order_by(outbox.c.not_before)
        .limit(1)
    ).scalar()
    return found


def get(tx: Tx, row_id: int, *, lock: bool = False) -> Any:
    """The row with that id, or None."""
    query = select(outbox).where(outbox.c.id == row_id)
    return tx.run(query.with_for_update() if lock else query).first()


def finish(tx: Tx, row_id: int, fence: int, **values: Any) -> bool:
    """Sets a leased row's columns; false where the lease went to somebody else meanwhile."""
    mine = and_(outbox.c.id == row_id, outbox.c.fence == fence, outbox.c.state == "sending")
    done = tx.run(update(outbox).where(mine).values(lease_until=None, **values))
    return bool(done.rowcount)


def cancel_message(tx: Tx, message_id: int, kinds: tuple[str, ...] = ("message",)) -> int:
    """Withdraws the queued copies of a message; returns how many were still there to be withdrawn."""
    mine = and_(outbox.c.message_id == message_id, outbox.c.state == "queued", outbox.c.kind.in_(kinds))
    done = tx.run(update(outbox).where(mine).values(state="cancelled"))
    return int(done.rowcount)


def of_message(tx: Tx, message_id: int) -> list[Any]:
    """The rows that carry a message, oldest first."""
    return list(tx.run(select(outbox).where(outbox.c.message_id == message_id).order_by(outbox.c.id)).all())


def cancel_ticket(tx: Tx, number: int, say: tuple[str, ...]) -> None:
    """Withdraws a ticket's queued notices that say one of these things."""
    rows = tx.run(
        select(outbox.c.id, outbox.c.payload).where(outbox.c.ticket == number, outbox.c.state == "queued")
    ).all()
    for found in rows:
        if found.payload.get("say") in say:
            tx.run(update(outbox).where(outbox.c.id == found.id).values(state="cancelled"))


def sent_notices(tx: Tx, number: int, say: str) -> list[Any]:
    """A ticket's sent notices that say that, newest first: to be edited when they are no longer true."""
    rows = tx.run(
        select(outbox, copy.c.room.label("sent_room"))
        .join(copy, copy.c.outbox_id == outbox.c.id)
        .where(outbox.c.ticket == number, outbox.c.state == "sent", outbox.c.kind.in_(("notice", "direct", "room")))
        .order_by(outbox.c.id.desc())
        .limit(50)
    ).all()
    return [found for found in rows if found.payload.get("say") == say]


def counts(tx: Tx) -> dict[tuple[str, str], int]:
    """(connection, state) → rows, of what is not finished well; for the operator's figures."""
    rows = tx.run(
        select(outbox.c.connection, outbox.c.state, func.count())
        .where(outbox.c.state.in_(("queued", "sending")))
        .group_by(outbox.c.connection, outbox.c.state)
    )
    return {(found[0], found[1]): found[2] for found in rows}
