"""The targets that leads set for single tickets, and each version of a policy that ever ran."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, select

from inbox.store.engine import Tx
from inbox.store.tables import override, policy_version
from inbox.store.upserts import insert_into

COLUMNS = (override.c.metric, override.c.seconds, override.c.person_id, override.c.why, override.c.at)
OF_TICKET = select(*COLUMNS).where(override.c.ticket == bindparam("number")).order_by(override.c.metric)


@dataclass(frozen=True, slots=True)
class Override:
    """One metric's own target on one ticket, in opening seconds; who set it, why and when."""

    metric: str
    seconds: int
    person_id: int
    why: str
    at: datetime


def of_ticket(tx: Tx, number: int) -> dict[str, Override]:
    """A ticket's own targets by metric."""
    return {row[0]: Override(*row) for row in tx.run(OF_TICKET, {"number": number})}


def put(tx: Tx, number: int, given: Override) -> None:
    """Sets a ticket's own target for a metric, whatever it was before."""
    values = {"seconds": given.seconds, "person_id": given.person_id, "why": given.why, "at": given.at}
    statement = insert_into(tx, override).values(ticket=number, metric=given.metric, **values)
    tx.run(statement.on_conflict_do_update(index_elements=["ticket", "metric"], set_=values))


def remove(tx: Tx, number: int, metric: str) -> bool:
    """Takes a ticket's own target back; false where there is none."""
    gone = delete(override).where(override.c.ticket == number, override.c.metric == metric)
    return tx.run(gone.returning(override.c.metric)).first() is not None


@dataclass(frozen=True, slots=True)
class Version:
    """A policy as it was from `since` on; `content` as in `sla.written`."""

    version: str
    name: str
    content: Mapping[str, Any]
    since: datetime


def keep(tx: Tx, now: datetime, versions: Mapping[str, tuple[str, Mapping[str, Any]]]) -> None:
    """Keeps (name, content) of these versions; those that are kept already stay as they are."""
    known = set(tx.run(select(policy_version.c.version).where(policy_version.c.version.in_(list(versions)))).scalars())
    rows = [
        {"version": version, "name": name, "content": content, "since": now}
        for version, (name, content) in sorted(versions.items())
        if version not in known
    ]
    if rows:
        tx.run(insert_into(tx, policy_version).on_conflict_do_nothing(), rows)


def version(tx: Tx, wanted: str) -> Version | None:
    """That version of a policy, if it ever ran."""
    columns = (policy_version.c.version, policy_version.c.name, policy_version.c.content, policy_version.c.since)
    row = tx.run(select(*columns).where(policy_version.c.version == wanted)).first()
    return Version(*row) if row else None
