"""What is due, and when: one row per thing to be done at a time."""

from collections import Counter
from datetime import datetime
from typing import Any

from sqlalchemy import Select, bindparam, case, delete, select

from inbox.store.among import among, many
from inbox.store.engine import Tx
from inbox.store.rows import rows_of
from inbox.store.tables import alarm
from inbox.store.upserts import Insert, for_both

SEEN_FAR = 20_000  # of what is due, so many are looked through for what a crowd would keep waiting
OF_DUE = (
    select(alarm.c.kind, alarm.c.subject, alarm.c.at)
    .where(alarm.c.at <= bindparam("now"))
    .order_by(alarm.c.at, alarm.c.kind, alarm.c.subject)
)
DUE = OF_DUE.limit(bindparam("limit"))
OF_KIND = (
    select(alarm.c.subject)
    .where(alarm.c.kind == bindparam("of_kind"), alarm.c.at <= bindparam("now"))
    .order_by(alarm.c.at, alarm.c.subject)
    .limit(bindparam("limit"))
)
_FIRST = OF_DUE.limit(SEEN_FAR).subquery()
BESIDES = (
    select(_FIRST.c.kind, _FIRST.c.subject)
    .where(_FIRST.c.kind.not_in(bindparam("crowds", expanding=True)))
    .order_by(_FIRST.c.at, _FIRST.c.kind, _FIRST.c.subject)
    .limit(bindparam("limit"))
)
SOONEST = select(alarm.c.at).order_by(alarm.c.at).limit(1)
FAIR_SHARE = 5  # a kind of which a lot is due leaves one place in so many to the others
TAKE = delete(alarm).where(
    alarm.c.kind == bindparam("of_kind"), alarm.c.subject == bindparam("of_subject"), alarm.c.at <= bindparam("now")
)
TAKE_ALL = (
    delete(alarm)
    .where(
        alarm.c.kind == bindparam("of_kind"),
        among(alarm.c.subject, many("subjects")),
        alarm.c.at <= bindparam("now"),
    )
    .returning(alarm.c.subject)
)


def _upsert(new: Insert) -> Insert:
    return new.on_conflict_do_update(index_elements=["kind", "subject"], set_={"at": new.excluded.at})


def _hasten(new: Insert) -> Insert:
    sooner = case((alarm.c.at < new.excluded.at, alarm.c.at), else_=new.excluded.at)
    return new.on_conflict_do_update(index_elements=["kind", "subject"], set_={"at": sooner})


UPSERT = rows_of(alarm, ("kind", "subject", "at"), _upsert)
HASTEN = for_both(alarm, _hasten)


def set_all(tx: Tx, alarms: list[tuple[str, int, datetime]]) -> None:
    """Sets (kind, subject, at) in one statement; one that was set is moved."""
    if alarms:
        first = min(at for _, _, at in alarms)
        tx.alarm = min(tx.alarm, first) if tx.alarm else first
        rows = [{"kind": kind, "subject": subject, "at": at} for kind, subject, at in alarms]
        UPSERT.run(tx, rows)


def put(tx: Tx, kind: str, subject: int, at: datetime | None) -> None:
    """Sets one alarm, or takes it away where `at` is None."""
    if at is None:
        tx.run(delete(alarm).where(alarm.c.kind == kind, alarm.c.subject == subject))
    else:
        set_all(tx, [(kind, subject, at)])


def hasten(tx: Tx, kind: str, subject: int, at: datetime) -> None:
    """Sets one alarm, unless it stands earlier already."""
    tx.alarm = min(tx.alarm, at) if tx.alarm else at
    tx.run(HASTEN[tx.conn.dialect.name], {"kind": kind, "subject": subject, "at": at})


def due(tx: Tx, now: datetime, limit: int) -> list[tuple[str, int]]:
    """(kind, subject) of at most `limit` that are due, the longest overdue first. Where a lot of one kind is due the
    others do not wait until all of it is done: they have places of their own, and go before it."""
    oldest = last = _rows(tx, DUE, now=now, limit=limit)
    full, share = limit, max(1, limit // FAIR_SHARE)
    crowds: list[str] = []
    others: list[tuple[str, int]] = []
    while len(last) == full:
        crowds.append(Counter(kind for kind, _ in last).most_common(1)[0][0])
        last, full = _rows(tx, BESIDES, now=now, limit=share, crowds=crowds), share
        others = last + others
    ahead = dict.fromkeys(others[: limit - share])
    return [*ahead, *(one for one in oldest if one not in ahead)][:limit]


def _rows(tx: Tx, statement: Select[Any], **parameters: Any) -> list[tuple[str, int]]:
    return [(row[0], row[1]) for row in tx.run(statement, parameters).all()]


def due_of(tx: Tx, now: datetime, kind: str, limit: int) -> list[int]:
    """The subjects of at most `limit` alarms of a kind that are due, the longest overdue first."""
    return list(tx.run(OF_KIND, {"of_kind": kind, "now": now, "limit": limit}).scalars().all())


def soonest(tx: Tx) -> datetime | None:
    """When the first of all alarms is due, or was; None where none is set."""
    at: datetime | None = tx.run(SOONEST).scalar()
    return at


def subjects(tx: Tx, kind: str, after: int, limit: int) -> list[int]:
    """Of the alarms of a kind, the subjects above `after`, in order."""
    mine = select(alarm.c.subject).where(alarm.c.kind == kind, alarm.c.subject > after)
    return list(tx.run(mine.order_by(alarm.c.subject).limit(limit)).scalars())


def take(tx: Tx, kind: str, subject: int, now: datetime) -> bool:
    """Takes one due alarm; false where another scheduler was first or it was moved."""
    return bool(tx.run(TAKE, {"of_kind": kind, "of_subject": subject, "now": now}).rowcount)


def take_all(tx: Tx, kind: str, subjects: list[int], now: datetime) -> set[int]:
    """Takes many due alarms of one kind; those that another scheduler was first with, or that were moved, are not among
    what is returned."""
    if not subjects:
        return set()
    return set(tx.run(TAKE_ALL, {"of_kind": kind, "subjects": subjects, "now": now}).scalars().all())


def at(tx: Tx, kind: str, subject: int) -> datetime | None:
    """When an alarm is set for, None for not at all."""
    found: datetime | None = tx.run(select(alarm.c.at).where(alarm.c.kind == kind, alarm.c.subject == subject)).scalar()
    return found
