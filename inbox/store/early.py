"""Changes that a platform told of before the words that they change."""

from datetime import datetime, timedelta

from sqlalchemy import and_, bindparam, delete, insert, select

from inbox.model import Deleted, Edited, Place
from inbox.store.engine import Tx
from inbox.store.tables import early_change
from inbox.words import loaded, stored

KEPT = timedelta(days=1)  # words that come later than that have lost their changes
OF = and_(
    early_change.c.connection == bindparam("of_connection"),
    early_change.c.room == bindparam("of_room"),
    early_change.c.external_id == bindparam("of_message"),
)
FIND = (
    select(
        early_change.c.version, early_change.c.text, early_change.c.at, early_change.c.spans, early_change.c.mentions
    )
    .where(OF)
    .order_by(early_change.c.at, early_change.c.told_at)
)
DROP = delete(early_change).where(OF)


def keep(tx: Tx, now: datetime, change: Edited | Deleted) -> None:
    """Keeps a change until its words come; those whose words never came are let go."""
    tx.run(delete(early_change).where(early_change.c.told_at < now - KEPT))
    values = {
        "connection": change.place.connection,
        "room": change.place.room,
        "external_id": change.message_id,
        "version": change.version if isinstance(change, Edited) else "deleted",
        "text": change.text if isinstance(change, Edited) else None,
        "spans": stored(change.spans) if isinstance(change, Edited) else None,
        "mentions": list(change.mentions) if isinstance(change, Edited) else [],
        "at": change.at,
        "told_at": now,
    }
    tx.run(insert(early_change), values)


def of(tx: Tx, place: Place, message_id: str) -> list[Edited | Deleted]:
    """The changes that are kept of some words, in the order in which they were made."""
    rows = tx.run(FIND, _key(place, message_id)).all()
    return [
        Deleted(place, message_id, at)
        if text is None
        else Edited(place, message_id, text, at, version, loaded(spans), tuple(mentions))
        for version, text, at, spans, mentions in rows
    ]


def drop(tx: Tx, place: Place, message_id: str) -> None:
    """They are kept no longer."""
    tx.run(DROP, _key(place, message_id))


def _key(place: Place, message_id: str) -> dict[str, str]:
    return {"of_connection": place.connection, "of_room": place.room, "of_message": message_id}
