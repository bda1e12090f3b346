"""What the bot told people about a ticket: found again, so that it can be withdrawn or put right."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, select, update

from inbox.store.engine import Tx
from inbox.store.tables import copy, outbox

KINDS = ("notice", "room", "direct")


@dataclass(frozen=True, slots=True)
class Told:
    """One thing that the bot said or is about to say, `at` an instant. `room` and `external_id` are "" until it was
    sent."""

    outbox_id: int
    ticket: int | None
    connection: str
    state: str
    say: str
    facts: Mapping[str, Any]
    actions: tuple[str, ...]
    thread_id: int | None
    identity_id: int | None
    at: datetime
    room: str
    external_id: str


COLUMNS = (
    outbox.c.id,
    outbox.c.ticket,
    outbox.c.connection,
    outbox.c.state,
    outbox.c.payload,
    outbox.c.thread_id,
    outbox.c.identity_id,
    outbox.c.created_at,
    copy.c.room,
    copy.c.external_id,
)
SAID = and_(outbox.c.state.in_(("queued", "sent")), outbox.c.kind.in_(KINDS))
FIRST = and_(copy.c.outbox_id == outbox.c.id, copy.c.part == 0)


def about(tx: Tx, number: int, fact: str, value: object) -> list[Told]:
    """What is queued or was sent on a ticket with `fact` equal to `value` among its facts, oldest first."""
    sent_as = and_(copy.c.ticket == outbox.c.ticket, FIRST)
    query = select(*COLUMNS).outerjoin_from(outbox, copy, sent_as).where(outbox.c.ticket == number, SAID)
    return [told for told in _all(tx, query) if told.facts.get(fact) == value]


def rows(tx: Tx, ids: Collection[int | None]) -> list[Told]:
    """What of these outbox rows is queued or was sent, oldest first."""
    query = select(*COLUMNS).outerjoin_from(outbox, copy, FIRST).where(outbox.c.id.in_([i for i in ids if i]), SAID)
    return _all(tx, query)


def shown_by(tx: Tx, connection: str, room: str, external_id: str) -> Told | None:
    """What a message of the bot's on a platform says; None for one that is not known."""
    here = (copy.c.connection == connection, copy.c.room == room, copy.c.external_id == external_id)
    query = select(*COLUMNS).join_from(copy, outbox, copy.c.outbox_id == outbox.c.id).where(*here, SAID)
    return next(iter(_all(tx, query)), None)


def _all(tx: Tx, query: Select[Any]) -> list[Told]:
    return [
        Told(i, ticket, on, state, *_words(payload), thread, account, at, room or "", shown or "")
        for i, ticket, on, state, payload, thread, account, at, room, shown in tx.run(query.order_by(outbox.c.id))
    ]


def _words(payload: Mapping[str, Any]) -> tuple[str, Mapping[str, Any], tuple[str, ...]]:
    return payload["say"], payload["facts"], tuple(payload.get("actions", ()))


def offers(tx: Tx, found: Sequence[Told], actions: Sequence[str]) -> None:
    """These offer other buttons now."""
    for told in found:
        payload = tx.run(select(outbox.c.payload).where(outbox.c.id == told.outbox_id)).scalar_one()
        offering = {**payload, "actions": list(actions)}
        tx.run(update(outbox).where(outbox.c.id == told.outbox_id).values(payload=offering))


def withdraw(tx: Tx, found: list[Told]) -> None:
    """Takes back what of these was not yet sent."""
    queued = [told.outbox_id for told in found if told.state == "queued"]
    if queued:
        tx.run(update(outbox).where(outbox.c.id.in_(queued), outbox.c.state == "queued").values(state="cancelled"))
