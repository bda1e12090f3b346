"""What the bot told people about a ticket: found again, so that it can be withdrawn or put right."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, select, update

from inbox.store.engine import Tx
from inbox.store.tables import copy, outbox

KINDS = ("notice", "room", "direct")


@dataclass(frozen=True, slots=True)
class Told:
    """One thing that the bot said or is about to say. `room` and `external_id` are "" until it was sent."""

    outbox_id: int
    ticket: int
    connection: str
    state: str
    say: str
    facts: Mapping[str, Any]
    thread_id: int | None
    identity_id: int | None
    room: str
    external_id: str


def about(tx: Tx, number: int, fact: str, value: object) -> list[Told]:
    """What is queued or was sent on a ticket with `fact` equal to `value` among its facts, oldest first."""
    sent_as = and_(copy.c.ticket == outbox.c.ticket, copy.c.outbox_id == outbox.c.id, copy.c.part == 0)
    rows = tx.run(
        select(
            outbox.c.id,
            outbox.c.connection,
            outbox.c.state,
            outbox.c.payload,
            outbox.c.thread_id,
            outbox.c.identity_id,
            copy.c.room,
            copy.c.external_id,
        )
        .outerjoin_from(outbox, copy, sent_as)
        .where(outbox.c.ticket == number, outbox.c.state.in_(("queued", "sent")), outbox.c.kind.in_(KINDS))
        .order_by(outbox.c.id)
    )
    found = [
        Told(row[0], number, row[1], row[2], row[3]["say"], row[3]["facts"], row[4], row[5], row[6] or "", row[7] or "")
        for row in rows
    ]
    return [told for told in found if told.facts.get(fact) == value]


def withdraw(tx: Tx, found: list[Told]) -> None:
    """Takes back what of these was not yet sent."""
    queued = [told.outbox_id for told in found if told.state == "queued"]
    if queued:
        tx.run(update(outbox).where(outbox.c.id.in_(queued), outbox.c.state == "queued").values(state="cancelled"))
