"""What becomes of the files that came with words: fetched into the store, or not, and why. Words wait for them a while,
so that they arrive together."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from inbox.model import File
from inbox.store import Tx, events, files, messages, outbox
from inbox.store.files import Wanted

WAIT = timedelta(minutes=3)  # longer than that words do not wait for their files
LOOK_AGAIN = timedelta(seconds=5)
# why there is a name and no file, each a sentence of the catalogue: "file.too_big"
REASONS = ("too_big", "refused_kind", "gone", "not_allowed", "unreadable")


def due(tx: Tx, now: datetime, connection: str, limit: int) -> list[Wanted]:
    """What is to be fetched over a connection now, the longest waiting first."""
    return files.due(tx, now, connection, limit)


def next_at(tx: Tx, connection: str) -> datetime | None:
    """When the next file of a connection is to be fetched; None for none."""
    return files.next_at(tx, connection)


def needed(tx: Tx, hashes: Sequence[str]) -> set[str]:
    """Those of these hashes under which some message's file lies in the store."""
    return files.needed(tx, hashes)


def stored(tx: Tx, now: datetime, file: File, sha256: str, size: int) -> None:
    """It lies in the store under its hash."""
    if files.settle(tx, file.id, state="stored", sha256=sha256, size=size):
        _settled(tx, now, file, "file_stored", sha256=sha256, size=size)


def missing(tx: Tx, now: datetime, file: File, reason: str) -> None:
    """It will never be there, for one of REASONS."""
    state = "refused" if reason in ("too_big", "refused_kind") else "gone"
    if files.settle(tx, file.id, state=state, reason=reason):
        _settled(tx, now, file, "file_missing", why=reason)


def again(tx: Tx, now: datetime, file: File, attempts: int, at: datetime) -> None:
    """It could not be fetched now: the next attempt, after `attempts`, is made at `at`."""
    files.settle(tx, file.id, attempts=attempts, not_before=at)


def _settled(tx: Tx, now: datetime, file: File, kind: str, **facts: object) -> None:
    message = messages.get(tx, file.message_id)
    if message is None or message.ticket is None:
        return
    events.add(tx, now, kind, message.ticket, None, message=message.id, file=file.id, name=file.name, **facts)
    if not files.waits(tx, message.id):
        outbox.hasten(tx, message.id, now)


def still_fetching(tx: Tx, now: datetime, message_id: int, since: datetime) -> bool:
    """Do words that are about to be sent, queued at `since`, wait for their files?"""
    return now - since < WAIT and files.waits(tx, message_id)
