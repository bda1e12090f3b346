"""Agents who follow tickets that they do not hold."""

from datetime import datetime

from sqlalchemy import delete, select

from inbox.store.engine import Tx
from inbox.store.tables import follower
from inbox.store.upserts import for_both

ADD = for_both(follower, lambda new: new.on_conflict_do_nothing().returning(follower.c.ticket))
OF_TICKET = select(follower.c.person_id).order_by(follower.c.person_id)


def add(tx: Tx, number: int, person_id: int, now: datetime) -> bool:
    """Has a person follow a ticket; false where they did already."""
    values = {"ticket": number, "person_id": person_id, "since": now}
    return tx.run(ADD[tx.conn.dialect.name], values).first() is not None


def remove(tx: Tx, number: int, person_id: int) -> bool:
    """False where they did not follow it."""
    mine = (follower.c.ticket == number, follower.c.person_id == person_id)
    return tx.run(delete(follower).where(*mine).returning(follower.c.ticket)).first() is not None


def of(tx: Tx, number: int) -> list[int]:
    """Who follows a ticket, by person id."""
    return [row[0] for row in tx.run(OF_TICKET.where(follower.c.ticket == number))]


def followed_by(tx: Tx, person_id: int, limit: int) -> list[int]:
    """The newest tickets that a person follows, by number, descending."""
    query = select(follower.c.ticket).where(follower.c.person_id == person_id)
    return [row[0] for row in tx.run(query.order_by(follower.c.ticket.desc()).limit(limit))]


def move(tx: Tx, source: int, target: int, now: datetime) -> None:
    """Who follows one ticket follows the other as well."""
    for person_id in of(tx, source):
        add(tx, target, person_id, now)
