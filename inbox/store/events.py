"""The append-only event log, and the natural keys of what was already taken in."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Text, delete, insert, select

from inbox.model import Event
from inbox.storable import storable
from inbox.store.among import among, many
from inbox.store.engine import Tx
from inbox.store.rows import rows_of
from inbox.store.tables import event, quarantine, seen
from inbox.store.tx import Entry as Entry
from inbox.store.upserts import for_both

KEPT = timedelta(days=30)  # natural keys
ADD = rows_of(event, ("ticket", "kind", "actor", "at", "facts"))
EVENT = (event.c.id, event.c.ticket, event.c.kind, event.c.actor, event.c.at, event.c.facts)
KNOWN = select(seen.c.key).where(among(seen.c.key, many("keys", Text)))
SEE = for_both(seen, lambda new: new.on_conflict_do_nothing().returning(seen.c.key))


def add(tx: Tx, now: datetime, kind: str, ticket: int | None, actor: int | None, **facts: Any) -> None:
    """Appends one event."""
    add_all(tx, now, [(kind, ticket, actor, facts)])


def add_all(tx: Tx, now: datetime, events: list[Entry]) -> None:
    """Appends (kind, ticket, actor, facts) in one statement."""
    rows = [
        {"ticket": ticket, "kind": kind, "actor": actor, "at": now, "facts": dict(facts)}
        for kind, ticket, actor, facts in events
    ]
    ADD.run(tx, rows)
    tx.happened += events
    tx.tickets.update(ticket for _, ticket, _, _ in events if ticket is not None)


def add_dated(tx: Tx, events: list[tuple[datetime, Entry]]) -> None:
    """Appends many events in one statement, each with its own instant."""
    if not events:
        return
    rows = [
        {"ticket": ticket, "kind": kind, "actor": actor, "at": at, "facts": facts}
        for at, (kind, ticket, actor, facts) in events
    ]
    ADD.run(tx, rows)
    tx.happened += [entry for _, entry in events]
    tx.tickets.update(ticket for _, (_, ticket, _, _) in events if ticket is not None)


def of_ticket(tx: Tx, number: int, limit: int = 500) -> list[Event]:
    """The newest `limit` events of a ticket, oldest first."""
    rows = tx.run(select(*EVENT).where(event.c.ticket == number).order_by(event.c.id.desc()).limit(limit)).all()
    return [Event(*row) for row in reversed(rows)]


def of_desk(tx: Tx, kind: str, since: datetime, limit: int) -> list[Event]:
    """The newest `limit` events of a kind that belong to no ticket, since an instant, newest first."""
    mine = (event.c.ticket.is_(None), event.c.kind == kind, event.c.at >= since)
    return [Event(*row) for row in tx.run(select(*EVENT).where(*mine).order_by(event.c.id.desc()).limit(limit))]


def first_time(tx: Tx, key: str, now: datetime) -> bool:
    """Takes a natural key; false where it was taken before (the same thing delivered again)."""
    statement = SEE[tx.conn.dialect.name]
    return tx.run(statement, {"key": key[:400], "at": now}).first() is not None


def known(tx: Tx, keys: Sequence[str]) -> set[str]:
    """Those of these natural keys that were taken before."""
    return set(tx.run(KNOWN, {"keys": keys}).scalars()) if keys else set()


def forget(tx: Tx, key: str) -> None:
    """Gives a natural key back that this transaction took."""
    tx.run(delete(seen).where(seen.c.key == key[:400]))


def set_aside(tx: Tx, now: datetime, connection: str, raw: str, error: str) -> None:
    """Puts what could not be understood into quarantine, raw, with the reason."""
    # PostgreSQL stores no NUL and no lone surrogate; what is shown of them is enough to find the culprit
    clean = raw.replace("\x00", "\\u0000").encode("utf-8", "backslashreplace").decode("utf-8")
    row = {"connection": connection, "raw": clean[:1_000_000], "error": storable(error[:2000]), "at": now}
    tx.run(insert(quarantine), row)
