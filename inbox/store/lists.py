"""What the lists of nags show that were sent: found again by a ticket, so that they can be put right."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, bindparam, delete, insert, select, update

from inbox.store.engine import Tx
from inbox.store.tables import copy, listed, outbox

Named = tuple[int, str, int]  # a ticket, and which of its promises: metric and cycle
SHOWING = (
    select(listed.c.outbox_id, listed.c.metric, listed.c.cycle)
    .where(listed.c.ticket == bindparam("number"))
    .order_by(listed.c.outbox_id)
)
CHANGE = (
    update(listed)
    .where(listed.c.outbox_id == bindparam("list_id"), listed.c.line == bindparam("at_line"))
    .values(shows=bindparam("now_shows"))
)
COLUMNS = ("line", "ticket", "metric", "cycle", "shows")


@dataclass(frozen=True, slots=True)
class Post:
    """A list that stands on a platform: for an account's direct messages, or in a room where `identity_id` is None.
    `more` tickets are only counted in it."""

    connection: str
    room: str
    external_id: str
    identity_id: int | None
    more: int


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a list: which promise of which ticket it shows, and what of it."""

    at: int
    named: Named
    shows: str


def keep(tx: Tx, now: datetime, outbox_id: int, lines: Sequence[Line], more: int) -> None:
    """What a list that is being sent shows; what an earlier attempt would have shown goes."""
    tx.run(delete(listed).where(listed.c.outbox_id == outbox_id))
    rows = [
        dict(zip(COLUMNS, (line.at, *line.named, line.shows), strict=True), outbox_id=outbox_id, at=now)
        for line in lines
    ]
    tx.run(insert(listed), rows)
    payload = tx.run(select(outbox.c.payload).where(outbox.c.id == outbox_id)).scalar_one()
    tx.run(update(outbox).where(outbox.c.id == outbox_id).values(payload={**payload, "shown_more": more}))


def showing(tx: Tx, number: int, promise: tuple[str, int] | None = None) -> list[int]:
    """The lists that show a ticket, for that promise (metric and cycle) if one is named; outbox ids, ascending."""
    rows = tx.run(SHOWING, {"number": number}).all()
    return list(dict.fromkeys(row[0] for row in rows if promise in (None, (row[1], row[2]))))


def lines(tx: Tx, outbox_id: int) -> list[Line]:
    """What a list shows, in order."""
    columns = [listed.c[name] for name in COLUMNS]
    rows = tx.run(select(*columns).where(listed.c.outbox_id == outbox_id).order_by(listed.c.line))
    return [Line(row[0], (row[1], row[2], row[3]), row[4]) for row in rows]


def set_shown(tx: Tx, outbox_id: int, shows: Mapping[int, str]) -> None:
    """Lines of a list show something else now."""
    tx.run(CHANGE, [{"list_id": outbox_id, "at_line": at, "now_shows": what} for at, what in shows.items()])


def post(tx: Tx, outbox_id: int) -> Post | None:
    """Where a list stands; None where it does not yet, or nobody knows."""
    first = and_(copy.c.outbox_id == outbox.c.id, copy.c.part == 0)
    row = tx.run(
        select(outbox.c.connection, copy.c.room, copy.c.external_id, outbox.c.identity_id, outbox.c.payload)
        .join_from(outbox, copy, first)
        .where(outbox.c.id == outbox_id, outbox.c.state == "sent")
    ).first()
    return Post(row[0], row[1], row[2], row[3], row[4].get("shown_more", 0)) if row else None
