"""How much each person and room has been told of late: an instant that every telling moves on."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from sqlalchemy import bindparam, update

from inbox.store.engine import Tx
from inbox.store.tables import digest
from inbox.store.types import Instant
from inbox.store.upserts import insert_into

LONGEST = 64  # characters of a key
KIND = "nags"
NEVER = datetime(1970, 1, 1, tzinfo=UTC)
MOVE = (
    update(digest)
    .where(digest.c.queue == bindparam("key"), digest.c.kind == KIND, digest.c.day == "")
    .values(at=bindparam("until", type_=Instant))
)


def lock(tx: Tx, keys: Sequence[str], now: datetime) -> dict[str, datetime]:
    """The instants of these, held against other writers until the transaction ends."""
    rows = [{"queue": key, "kind": KIND, "day": "", "at": NEVER} for key in sorted(keys)]
    # one statement: a row that is there is held as it is, and one that is tidied away this moment is made again
    held = insert_into(tx, digest).values(rows)
    held = held.on_conflict_do_update(index_elements=["queue", "kind", "day"], set_={"at": digest.c.at})
    return {row[0]: row[1] for row in tx.run(held.returning(digest.c.queue, digest.c.at))}


def put(tx: Tx, until: Mapping[str, datetime]) -> None:
    """Moves them on."""
    tx.run(MOVE, [{"key": key, "until": at} for key, at in sorted(until.items())])
