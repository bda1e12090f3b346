"""What was said, in all its versions, and the copies of it on the platforms."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, exists, func, insert, literal_column, select, update

from inbox.model import Message, MessageState, Place
from inbox.store.among import among, many
from inbox.store.engine import Tx
from inbox.store.tables import copy, message, message_version
from inbox.words import loaded, stored

MESSAGE = (
    message.c.id,
    message.c.ticket,
    message.c.kind,
    message.c.role,
    message.c.author_id,
    message.c.text,
    message.c.written_at,
    message.c.state,
    message.c.connection,
    message.c.room,
    message.c.thread,
    message.c.root,
    message.c.external_id,
    message.c.fence,
    message.c.edited_at,
    message.c.deleted_at,
    message.c.spans,
    message.c.reply_to,
)
ADD = insert(message).returning(message.c.id)
CHANGE = update(message).where(message.c.id == bindparam("message_id"))
GET = select(*MESSAGE).where(message.c.id == bindparam("message_id"))
LOCKED = GET.with_for_update()
WAITING_AMONG = (
    select(message.c.ticket, message.c.author_id)
    .where(among(message.c.ticket, many("numbers")), message.c.state == "waiting")
    .distinct()
)
BY_EXTERNAL = select(*MESSAGE).where(
    message.c.connection == bindparam("connection"),
    message.c.room == bindparam("room"),
    message.c.external_id == bindparam("external_id"),
)


def _message(row: Any) -> Message:
    (
        number,
        ticket,
        kind,
        role,
        author,
        text,
        at,
        state,
        connection,
        room,
        thread,
        root,
        external,
        fence,
        edited,
        gone,
        spans,
        reply_to,
    ) = row
    place = Place(connection, room, thread, root) if connection else None
    return Message(
        number,
        ticket,
        kind,
        role,
        author,
        text,
        at,
        state,
        place,
        external or "",
        fence,
        edited is not None,
        gone is not None,
        loaded(spans),
        reply_to,
    )


def add(tx: Tx, values: dict[str, Any]) -> int:
    """Stores words and returns their id."""
    return int(tx.run(ADD, values).scalar_one())


def get(tx: Tx, message_id: int, *, lock: bool = False) -> Message | None:
    """The message with that id."""
    row = tx.run(LOCKED if lock else GET, {"message_id": message_id}).first()
    return _message(row) if row else None


def by_external(tx: Tx, connection: str, room: str, external_id: str) -> Message | None:
    """The message that a person wrote as that platform message."""
    key = {"connection": connection, "room": room, "external_id": external_id}
    row = tx.run(BY_EXTERNAL, key).first()
    return _message(row) if row else None


def at(tx: Tx, place: Place, external_id: str) -> Message | None:
    """The words that a platform message in that room is, or is a copy of."""
    key = place.connection, place.room, external_id
    return by_external(tx, *key) or copy_message(tx, *key)


def of_ticket(tx: Tx, number: int, limit: int = 500) -> list[Message]:
    """The newest `limit` messages of a ticket, oldest first."""
    rows = tx.run(select(*MESSAGE).where(message.c.ticket == number).order_by(message.c.id.desc()).limit(limit)).all()
    return [_message(row) for row in reversed(rows)]


def in_state(tx: Tx, number: int, state: MessageState, author: int | None = None) -> list[Message]:
    """A ticket's messages in one state, oldest first, of one author if given."""
    query = select(*MESSAGE).where(message.c.ticket == number, message.c.state == state)
    if author is not None:
        query = query.where(message.c.author_id == author)
    return [_message(row) for row in tx.run(query.order_by(message.c.written_at, message.c.id))]


def waiting_among(tx: Tx, numbers: Sequence[int]) -> set[tuple[int, int]]:
    """(ticket, author) of words that wait to be sent, on any of these tickets."""
    return {(row[0], row[1]) for row in tx.run(WAITING_AMONG, {"numbers": numbers})} if numbers else set()


def waits_since(tx: Tx, number: int, author: int | None, since: datetime) -> bool:
    """Do words of that author that came in after `since`, whenever they were written, wait to be sent?"""
    waiting = exists().where(
        message.c.ticket == number,
        message.c.state == "waiting",
        message.c.author_id == author,
        message.c.received_at > since,
    )
    return bool(tx.run(select(waiting)).scalar())


def oldest_asked(tx: Tx, number: int, after: datetime, since: datetime) -> datetime | None:
    """When the oldest of the requester's words were written that came after an instant, and not before `since`."""
    query = select(func.min(message.c.written_at)).where(
        message.c.ticket == number,
        message.c.role == "requester",
        message.c.written_at > after,
        message.c.written_at >= since,
    )
    found: datetime | None = tx.run(query).scalar()
    return found


def undecided(tx: Tx, author: int, limit: int | None = None) -> list[Message]:
    """A person's words that wait for the answer to *same matter or new?*, oldest first."""
    query = select(*MESSAGE).where(message.c.author_id == author, message.c.state == literal_column("'undecided'"))
    return [_message(row) for row in tx.run(query.order_by(message.c.written_at, message.c.id).limit(limit))]


def put_in(tx: Tx, number: int, ids: Sequence[int]) -> None:
    """Words belong to a ticket from now on."""
    tx.run(update(message).where(message.c.id.in_(ids)).values(ticket=number, state="received"))


def move(tx: Tx, number: int, ids: Sequence[int]) -> None:
    """Makes messages another ticket's, whatever became of them."""
    if ids:
        tx.run(update(message).where(message.c.id.in_(list(ids))).values(ticket=number))


def change(tx: Tx, message_id: int, **values: Any) -> None:
    """Sets columns of a message."""
    tx.run(CHANGE, {"message_id": message_id, **values})


def keep_version(tx: Tx, old: Message, at: datetime) -> None:
    """Keeps the words as they were before an edit or a delete at `at`."""
    number = select(func.coalesce(func.max(message_version.c.version), 0) + 1).where(
        message_version.c.message_id == old.id
    )
    version = tx.run(number).scalar_one()
    kept = {"message_id": old.id, "version": version, "text": old.text, "spans": stored(old.spans), "at": at}
    tx.run(insert(message_version), kept)


def edited_at(tx: Tx, message_id: int) -> datetime | None:
    """When the words were last edited, None for never."""
    found: datetime | None = tx.run(select(message.c.edited_at).where(message.c.id == message_id)).scalar()
    return found


def versions(tx: Tx, message_id: int) -> list[tuple[int, str, datetime]]:
    """(version, text, replaced at), oldest first."""
    rows = tx.run(
        select(message_version.c.version, message_version.c.text, message_version.c.at)
        .where(message_version.c.message_id == message_id)
        .order_by(message_version.c.version)
    )
    return [(row[0], row[1], row[2]) for row in rows]


def copy_ticket(tx: Tx, connection: str, room: str, external_id: str) -> int | None:
    """The ticket that a platform message of ours belongs to."""
    found: int | None = tx.run(
        select(copy.c.ticket).where(
            copy.c.connection == connection, copy.c.room == room, copy.c.external_id == external_id
        )
    ).scalar()
    return found


def copy_message(tx: Tx, connection: str, room: str, external_id: str) -> Message | None:
    """The stored words that a platform message of ours shows."""
    query = (
        select(*MESSAGE)
        .join(copy, copy.c.message_id == message.c.id)
        .where(copy.c.connection == connection, copy.c.room == room, copy.c.external_id == external_id)
    )
    row = tx.run(query).first()
    return _message(row) if row else None


def copies(tx: Tx, message_id: int) -> list[tuple[str, str, str]]:
    """(connection, room, external id) of each copy of a message; of one in several parts, the first's."""
    rows = tx.run(
        select(copy.c.connection, copy.c.room, copy.c.external_id).where(
            copy.c.message_id == message_id, copy.c.part == 0
        )
    )
    return [(row[0], row[1], row[2]) for row in rows]
