"""What was posted or noticed once for a day, whatever restarts: digests of queues, and marks of the desk file."""

import hashlib
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import delete, select

from inbox.store.engine import Tx
from inbox.store.tables import digest
from inbox.store.upserts import for_both

KEEP = for_both(digest, lambda new: new.on_conflict_do_nothing())  # several processes start at once
FIRST = for_both(digest, lambda new: new.on_conflict_do_nothing().returning(digest.c.queue))


def first(tx: Tx, now: datetime, queue: str, kind: str, day: str) -> bool:
    """Takes a queue's digest of a day; false where it was taken before, by whomever."""
    values = {"queue": queue, "kind": kind, "day": day, "at": now}
    return tx.run(FIRST[tx.conn.dialect.name], values).first() is not None


def posted(tx: Tx, kind: str, day: str) -> set[str]:
    """The queues that had theirs on a day."""
    query = select(digest.c.queue).where(digest.c.kind == kind, digest.c.day == day)
    return set(tx.run(query).scalars())


def marks(tx: Tx, kind: str) -> dict[str, set[str]]:
    """The marks that were kept, by name."""
    found: dict[str, set[str]] = {}
    for name, kept in tx.run(select(digest.c.queue, digest.c.day).where(digest.c.kind == kind)):
        found.setdefault(name, set()).add(kept)
    return found


def mark(text: str) -> str:
    """A short name for exactly this text."""
    return hashlib.sha256(text.encode()).hexdigest()[:10]


def set_marks(tx: Tx, kind: str, marks: Mapping[str, str], now: datetime) -> None:
    """Keeps these, and no others."""
    tx.run(delete(digest).where(digest.c.kind == kind))
    if marks:
        rows = [{"queue": name, "kind": kind, "day": day, "at": now} for name, day in sorted(marks.items())]
        tx.run(KEEP[tx.conn.dialect.name], rows)
