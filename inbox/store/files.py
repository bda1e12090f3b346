"""Files that came with words, and what became of each. The bytes lie elsewhere, see `inbox.filestore`."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, func, insert, literal_column, select, update

from inbox.model import Attached, File
from inbox.store.engine import Tx
from inbox.store.tables import file

MOST = 50  # of one message; no platform takes more
NAME, MIME, REF = 255, 128, 2000  # characters kept
FILE = (
    file.c.id,
    file.c.message_id,
    file.c.name,
    file.c.mime,
    file.c.size,
    file.c.kind,
    file.c.state,
    file.c.sha256,
    file.c.reason,
)
WAITING = file.c.state == literal_column("'waiting'")
DUE = (
    select(*FILE, file.c.ref, file.c.attempts)
    .where(file.c.connection == bindparam("of_connection"), WAITING, file.c.not_before <= bindparam("now"))
    .order_by(file.c.not_before, file.c.id)
    .limit(bindparam("limit"))
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """A file that is still to be fetched, by its platform's `ref`; `attempts` were made before."""

    file: File
    ref: str
    attempts: int


def _file(row: Any) -> File:
    return File(row[0], row[1], row[2], row[3], row[4], row[5], row[6], row[7] or "", row[8] or "")


def add(tx: Tx, now: datetime, message_id: int, connection: str, attached: Sequence[Attached]) -> None:
    """Notes what came with a message, at least one file; what is not in the store is to be fetched from now on."""
    rows = [
        {
            "message_id": message_id,
            "connection": connection,
            "ref": one.ref[:REF],
            "name": one.name[:NAME],
            "mime": one.mime[:MIME],
            "kind": one.kind,
            "size": max(0, one.size),
            "state": "stored" if one.sha256 else "waiting",
            "sha256": one.sha256 or None,
            "not_before": now,
        }
        for one in attached[:MOST]
    ]
    tx.run(insert(file), rows)


def of_messages(tx: Tx, ids: Iterable[int]) -> dict[int, list[File]]:
    """Message id → its files, in the order in which they came."""
    wanted = sorted(set(ids))
    found: dict[int, list[File]] = {}
    if wanted:
        for row in tx.run(select(*FILE).where(file.c.message_id.in_(wanted)).order_by(file.c.id)):
            found.setdefault(row[1], []).append(_file(row))
    return found


def get(tx: Tx, file_id: int) -> File | None:
    """The file with that id."""
    row = tx.run(select(*FILE).where(file.c.id == file_id)).first()
    return _file(row) if row else None


def due(tx: Tx, now: datetime, connection: str, limit: int) -> list[Wanted]:
    """What is to be fetched over a connection now, the longest waiting first."""
    rows = tx.run(DUE, {"of_connection": connection, "now": now, "limit": limit})
    return [Wanted(_file(row), row[9], row[10]) for row in rows]


def next_at(tx: Tx, connection: str) -> datetime | None:
    """When the next file of a connection is to be fetched; None for none."""
    found: datetime | None = tx.run(
        select(func.min(file.c.not_before)).where(file.c.connection == connection, WAITING)
    ).scalar()
    return found


def settle(tx: Tx, file_id: int, **values: Any) -> bool:
    """Sets columns of a file that still waits; false where it was settled before."""
    return bool(tx.run(update(file).where(file.c.id == file_id, WAITING).values(**values)).rowcount)


def waits(tx: Tx, message_id: int) -> bool:
    """Is any file of the message still to be fetched?"""
    return tx.run(select(file.c.id).where(file.c.message_id == message_id, WAITING).limit(1)).first() is not None


def needed(tx: Tx, hashes: Sequence[str]) -> set[str]:
    """Those of these hashes that some message's file has."""
    return set(tx.run(select(file.c.sha256).where(file.c.sha256.in_(hashes)).distinct()).scalars())
