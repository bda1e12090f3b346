"""Prepared answers, kept by queue ("" for all queues), name and language."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select

from inbox.store.engine import Tx
from inbox.store.tables import canned
from inbox.store.upserts import insert_into
from inbox.words import Spans, loaded, stored


@dataclass(frozen=True, slots=True)
class Prepared:
    """One prepared answer, as it was written: its variables are not filled in."""

    queue: str
    name: str
    language: str
    text: str
    spans: Spans = ()


def get(tx: Tx, queue: str, name: str, *languages: str) -> Prepared | None:
    """The answer of that name for a queue, its own before the one for all queues; in the first of these languages that
    there is, else in the one whose name comes first."""
    columns = (canned.c.queue, canned.c.name, canned.c.language, canned.c.text, canned.c.spans)
    rows = tx.run(select(*columns).where(canned.c.name == name, canned.c.queue.in_((queue, "")))).all()
    best = min(rows, key=lambda row: (row.queue == "", _rank(row, languages), row.language), default=None)
    return Prepared(best.queue, best.name, best.language, best.text, loaded(best.spans)) if best else None


def _rank(row: Any, languages: tuple[str, ...]) -> int:
    return languages.index(row.language) if row.language in languages else len(languages)


def of_queues(tx: Tx, queues: Sequence[str]) -> list[Prepared]:
    """All answers of these queues, by name, queue and language."""
    columns = (canned.c.queue, canned.c.name, canned.c.language, canned.c.text, canned.c.spans)
    query = select(*columns).where(canned.c.queue.in_(queues))
    rows = tx.run(query.order_by(canned.c.name, canned.c.queue, canned.c.language))
    return [Prepared(row.queue, row.name, row.language, row.text, loaded(row.spans)) for row in rows]


def put(tx: Tx, now: datetime, answer: Prepared, author: int) -> None:
    """Keeps an answer, in the place of the one of that queue, name and language."""
    key = {"queue": answer.queue, "name": answer.name, "language": answer.language}
    values = {"text": answer.text, "spans": stored(answer.spans), "author_id": author, "updated_at": now}
    statement = insert_into(tx, canned).values(**key, **values)
    tx.run(statement.on_conflict_do_update(index_elements=list(key), set_=values))


def remove(tx: Tx, queue: str, name: str) -> bool:
    """Takes an answer away in all its languages; false where there was none."""
    these = (canned.c.queue == queue, canned.c.name == name)
    return tx.run(delete(canned).where(*these).returning(canned.c.id)).first() is not None
