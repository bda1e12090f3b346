"""The queues that people chose before they wrote."""

from datetime import datetime

from sqlalchemy import delete, insert, select

from inbox.store.engine import Tx
from inbox.store.tables import choice


def put(tx: Tx, person_id: int, connection: str, queue: str, until: datetime) -> None:
    """What a person writes next in their direct messages on a connection is for that queue, until then."""
    _forget(tx, person_id, connection)
    values = {"person_id": person_id, "connection": connection, "queue": queue, "until": until}
    tx.run(insert(choice), values)


def take(tx: Tx, person_id: int, connection: str, now: datetime) -> str:
    """The queue that was chosen, which is forgotten with that; "" for none."""
    mine = (choice.c.person_id == person_id, choice.c.connection == connection)
    found = tx.run(select(choice.c.queue, choice.c.until).where(*mine)).first()
    if found is None:
        return ""
    _forget(tx, person_id, connection)
    return str(found.queue) if now < found.until else ""


def _forget(tx: Tx, person_id: int, connection: str) -> None:
    tx.run(delete(choice).where(choice.c.person_id == person_id, choice.c.connection == connection))
