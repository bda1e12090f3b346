"""Prepared answers, kept by queue ("" for all queues), name and language."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from inbox.store.engine import Tx
from inbox.store.tables import canned
from inbox.words import Spans, loaded


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
