"""What agents set for themselves."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from inbox.store.engine import Tx
from inbox.store.tables import preference
from inbox.store.upserts import insert_into


@dataclass(frozen=True, slots=True)
class Preferences:
    """`alias` is what requesters see where a queue signs by it ("" for none); `direct_nags` says that reminders come by
    direct message, else only in the desk's room, and `quiet` when they do not ("18:00-08:00" by the person's clock, ""
    for never)."""

    alias: str = ""
    direct_nags: bool = True
    quiet: str = ""


def get(tx: Tx, person_id: int) -> Preferences:
    """A person's preferences; the defaults where nothing was set."""
    columns = [preference.c[name] for name in Preferences.__dataclass_fields__]
    query = select(*columns).where(preference.c.person_id == person_id)
    row = tx.run(query).first()
    return Preferences(*row) if row else Preferences()


def put(tx: Tx, person_id: int, **values: Any) -> None:
    """Sets some of a person's preferences (`alias`, `direct_nags`, `quiet`)."""
    statement = insert_into(tx, preference).values(person_id=person_id, **values)
    tx.run(statement.on_conflict_do_update(index_elements=["person_id"], set_=values))
