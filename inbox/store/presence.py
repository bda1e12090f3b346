"""Who is at a ticket just now. Rows die by themselves, and nothing depends on them."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, func, select

from inbox.store.engine import Tx
from inbox.store.tables import presence
from inbox.store.upserts import for_both

PUT = for_both(
    presence,
    lambda new: new.on_conflict_do_update(
        index_elements=["ticket", "person_id", "surface"],
        set_={"until": new.excluded.until, "writing": new.excluded.writing},
    ),
)


def put(tx: Tx, number: int, person_id: int, surface: str, until: datetime, *, writing: bool) -> None:
    """Somebody is there until then, at the latest news."""
    key = {"ticket": number, "person_id": person_id, "surface": surface}
    tx.run(PUT[tx.conn.dialect.name], {**key, "until": until, "writing": writing})


def drop(tx: Tx, number: int, person_id: int, surface: str) -> None:
    """Somebody went."""
    these = (presence.c.ticket == number, presence.c.person_id == person_id, presence.c.surface == surface)
    tx.run(delete(presence).where(*these))


def sweep(tx: Tx, number: int, now: datetime) -> datetime | None:
    """Forgets who is not at a ticket any more, and returns until when the first of the others are there."""
    tx.run(delete(presence).where(presence.c.ticket == number, presence.c.until <= now))
    found: datetime | None = tx.run(select(func.min(presence.c.until)).where(presence.c.ticket == number)).scalar()
    return found


def of(tx: Tx, number: int, now: datetime) -> dict[int, bool]:
    """Person id → are they writing, of those who are at a ticket now, by id."""
    fresh = (presence.c.ticket == number, presence.c.until > now)
    rows: Sequence[tuple[int, bool]] = [
        (row[0], row[1])
        for row in tx.run(select(presence.c.person_id, presence.c.writing).where(*fresh).order_by(presence.c.person_id))
    ]
    found: dict[int, bool] = {}
    for person_id, writing in rows:
        found[person_id] = found.get(person_id, False) or writing
    return found
