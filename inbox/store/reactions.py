"""Small marks that people put on messages."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import delete, insert, select

from inbox.store.engine import Tx
from inbox.store.tables import person, reaction


def put(tx: Tx, message_id: int, person_id: int, emoji: str, at: datetime) -> bool:
    """Keeps a mark; false where it was there before."""
    if emoji in of_person(tx, message_id, person_id):
        return False
    tx.run(insert(reaction), {"message_id": message_id, "person_id": person_id, "emoji": emoji, "at": at})
    return True


def drop(tx: Tx, message_id: int, person_id: int, emoji: str) -> bool:
    """Takes a mark away; false where there was none."""
    mine = (reaction.c.message_id == message_id, reaction.c.person_id == person_id, reaction.c.emoji == emoji)
    return bool(tx.run(delete(reaction).where(*mine)).rowcount)


def of_person(tx: Tx, message_id: int, person_id: int) -> list[str]:
    """One person's marks on a message, in the order of their characters."""
    mine = (reaction.c.message_id == message_id, reaction.c.person_id == person_id)
    return list(tx.run(select(reaction.c.emoji).where(*mine).order_by(reaction.c.emoji)).scalars())


def who(tx: Tx, message_id: int, emoji: str) -> list[int]:
    """Who put that mark on a message, in order of their ids."""
    mine = (reaction.c.message_id == message_id, reaction.c.emoji == emoji)
    return list(tx.run(select(reaction.c.person_id).where(*mine).order_by(reaction.c.person_id)).scalars())


def of_messages(tx: Tx, ids: Iterable[int]) -> dict[int, list[tuple[str, str]]]:
    """Message id → (emoji, who) of each mark on it, the oldest first."""
    wanted = sorted(set(ids))
    found: dict[int, list[tuple[str, str]]] = {}
    if not wanted:
        return found
    rows = tx.run(
        select(reaction.c.message_id, reaction.c.emoji, person.c.name)
        .join(person, person.c.id == reaction.c.person_id)
        .where(reaction.c.message_id.in_(wanted))
        .order_by(reaction.c.at, reaction.c.person_id, reaction.c.emoji)
    )
    for message_id, emoji, name in rows:
        found.setdefault(message_id, []).append((emoji, name))
    return found
