"""Who was told that a queue is closed, and until when that need not be said again."""

from datetime import datetime

from inbox.store.engine import Tx
from inbox.store.tables import greeted
from inbox.store.upserts import insert_into


def first(tx: Tx, now: datetime, person_id: int, queue: str, until: datetime) -> bool:
    """Notes that somebody is told now, which holds until then; false where what they were told before still holds."""
    told = insert_into(tx, greeted).values(person_id=person_id, queue=queue, until=until)
    over = greeted.c.until <= now
    again = told.on_conflict_do_update(index_elements=["person_id", "queue"], set_={"until": until}, where=over)
    return tx.run(again.returning(greeted.c.queue)).first() is not None
