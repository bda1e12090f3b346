"""How much each person and room has been told of late: an instant that every telling moves on."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from sqlalchemy import bindparam, select, update

from inbox.store.engine import Tx
from inbox.store.tables import digest
from inbox.store.types import Instant
from inbox.store.upserts import for_both

LONGEST = 64  # characters of a key
KIND = "nags"
NEVER = datetime(1970, 1, 1, tzinfo=UTC)
FIRST = for_both(digest, lambda new: new.on_conflict_do_nothing())
MOVE = (
    update(digest)
    .where(digest.c.queue == bindparam("key"), digest.c.kind == KIND, digest.c.day == "")
    .values(at=bindparam("until", type_=Instant))
)


def lock(tx: Tx, keys: Sequence[str], now: datetime) -> dict[str, datetime]:
    """The instants of these, held against other writers until the transaction ends."""
    rows = [{"queue": key, "kind": KIND, "day": "", "at": NEVER} for key in sorted(keys)]
    tx.run(FIRST[tx.conn.dialect.name], rows)
    mine = (digest.c.queue.in_(sorted(keys)), digest.c.kind == KIND, digest.c.day == "")
    found = tx.run(select(digest.c.queue, digest.c.at).where(*mine).order_by(digest.c.queue).with_for_update())
    return {row[0]: row[1] for row in found}


def put(tx: Tx, until: Mapping[str, datetime]) -> None:
    """Moves them on."""
    tx.run(MOVE, [{"key": key, "until": at} for key, at in sorted(until.items())])
