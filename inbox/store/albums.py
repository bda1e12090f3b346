"""What was sent together and is told of item by item: which words an album is, kept as one more name that they go by
in their room."""

from sqlalchemy import insert, select

from inbox.model import Message, Place
from inbox.store import messages
from inbox.store.engine import Tx
from inbox.store.tables import copy, outbox

NO_POST = 0  # people's words are no post of ours
NAME_LIMIT = 120


def _name(album: str) -> str:
    return f"album/{album}"[:NAME_LIMIT]


def remember(tx: Tx, place: Place, album: str, message_id: int) -> None:
    """These words are the album; where others were it before, they stay it."""
    if find(tx, place, album):
        return
    key = {"connection": place.connection, "room": place.room, "external_id": _name(album)}
    tx.run(insert(copy), {**key, "message_id": message_id, "outbox_id": NO_POST, "part": 1})


def find(tx: Tx, place: Place, album: str) -> Message | None:
    """The words that an album of this room is; None where nothing of it has come."""
    return messages.copy_message(tx, place.connection, place.room, _name(album))


def is_untold(tx: Tx, message_id: int) -> bool:
    """Has nobody begun to bring the words anywhere? Nobody does until the commit."""
    carried = (outbox.c.message_id == message_id, outbox.c.kind == "message", outbox.c.state != "cancelled")
    rows = tx.run(select(outbox.c.state, outbox.c.lease_until).where(*carried).with_for_update(of=outbox)).all()
    return all(row.state == "queued" and row.lease_until is None for row in rows)
