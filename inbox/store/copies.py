"""Our own messages on the platforms: which messages a post consists of, and what they show."""

from collections.abc import Sequence

from sqlalchemy import and_, bindparam, delete, insert, select

from inbox.model import Place
from inbox.store.engine import Tx
from inbox.store.tables import copy

other = copy.alias("other")
KEY = and_(
    copy.c.connection == bindparam("connection"),
    copy.c.room == bindparam("room"),
    copy.c.external_id == bindparam("external_id"),
)
ADD = insert(copy)
GET = select(copy.c.ticket, copy.c.message_id, copy.c.outbox_id).where(KEY)
PARTS = (
    select(other.c.external_id, other.c.part)
    .join(copy, and_(copy.c.outbox_id == other.c.outbox_id, copy.c.room == other.c.room))
    .where(KEY)
    .order_by(other.c.part)
)


def add(
    tx: Tx, place: Place, parts: Sequence[str], *, ticket: int | None, message_id: int | None, outbox_id: int
) -> None:
    """Remembers the messages of a post in their order; one that is told twice is there once."""
    shown = {"ticket": ticket, "message_id": message_id, "outbox_id": outbox_id}
    for number, external_id in enumerate(parts):
        key = _key(place.connection, place.room, external_id)
        if tx.run(GET, key).first() is None:
            tx.run(ADD, {**key, **shown, "part": number})


def _key(connection: str, room: str, external_id: str) -> dict[str, str]:
    return {"connection": connection, "room": room, "external_id": external_id}


def parts(tx: Tx, connection: str, room: str, external_id: str) -> tuple[str, ...]:
    """All messages of the post that this message is one of, in order; that one alone where it is not known, or where
    the post is there twice."""
    rows = tx.run(PARTS, _key(connection, room, external_id)).all()
    whole = rows and [row.part for row in rows] == list(range(len(rows)))
    return tuple(row.external_id for row in rows) if whole else (external_id,)


def change(tx: Tx, place: Place, now: Sequence[str]) -> None:
    """A post consists of these messages now; its first one stays what it was."""
    first = tx.run(GET, _key(place.connection, place.room, now[0])).first()
    if first is None:
        return
    ticket, message_id, outbox_id = first
    tx.run(delete(copy).where(copy.c.outbox_id == outbox_id, copy.c.room == place.room, copy.c.part > 0))
    add(tx, place, now, ticket=ticket, message_id=message_id, outbox_id=outbox_id)
