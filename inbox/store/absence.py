"""Who is away, and until when."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select

from inbox.store.engine import Tx
from inbox.store.tables import absence
from inbox.store.upserts import Insert, for_both


@dataclass(frozen=True, slots=True)
class Absence:
    """Since when and until when (None: until they say so) a person is away."""

    since: datetime
    until: datetime | None


def _upsert(new: Insert) -> Insert:
    fresh = {name: new.excluded[name] for name in ("since", "until")}
    return new.on_conflict_do_update(index_elements=["person_id"], set_=fresh)


UPSERT = for_both(absence, _upsert)


def put(tx: Tx, person_id: int, since: datetime, until: datetime | None) -> None:
    """Notes that a person is away, in the place of what was known of that."""
    tx.run(UPSERT[tx.conn.dialect.name], {"person_id": person_id, "since": since, "until": until})


def drop(tx: Tx, person_id: int) -> bool:
    """They are back; false where they were not away."""
    return bool(tx.run(delete(absence).where(absence.c.person_id == person_id)).rowcount)


def of(tx: Tx, persons: Collection[int]) -> dict[int, Absence]:
    """The absences of these persons, of those who have one: also one that is over and was not ended yet."""
    query = select(absence.c.person_id, absence.c.since, absence.c.until)
    rows = tx.run(query.where(absence.c.person_id.in_(sorted(persons))))
    return {row[0]: Absence(row[1], row[2]) for row in rows}
