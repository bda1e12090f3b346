"""Where a ticket's talk happens, and the rooms as the platforms know them."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from sqlalchemy import Executable, and_, bindparam, func, insert, or_, select, update

from inbox.directory import Room
from inbox.model import Side, Thread
from inbox.store.engine import Tx
from inbox.store.tables import alarm, room, thread, ticket
from inbox.store.tickets import OPEN_STATUS
from inbox.store.upserts import Insert, for_both

THREAD = (
    thread.c.id,
    thread.c.ticket,
    thread.c.side,
    thread.c.connection,
    thread.c.room,
    thread.c.external_id,
    thread.c.root,
    thread.c.card_id,
)
ADD = insert(thread).returning(thread.c.id)
CHANGE = update(thread).where(thread.c.id == bindparam("thread_id"))
GET = select(*THREAD).where(thread.c.id == bindparam("thread_id"))
OF_TICKET = select(*THREAD).where(thread.c.ticket == bindparam("number")).order_by(thread.c.id)
BY_PLACE = (
    select(*THREAD)
    .where(
        thread.c.connection == bindparam("connection"),
        thread.c.room == bindparam("room"),
        thread.c.external_id == bindparam("external_id"),
    )
    .order_by(thread.c.id.desc())
    .limit(1)
)

NEWEST = (
    select(*THREAD)
    .where(thread.c.ticket == bindparam("of_ticket"), thread.c.side == bindparam("of_side"))
    .order_by(thread.c.id.desc())
    .limit(1)
)
LOT = 500  # tickets whose threads are read at once
UNRESOLVED = select(ticket.c.number).where(OPEN_STATUS)
# a resolved ticket is closed by its alarm: those that have one are the ones that are not closed
REOPENABLE = select(alarm.c.subject).where(alarm.c.kind == "close")


def _set_last_id(insert: Insert, *, first: bool) -> Executable:
    """Sets a room's mark where it is older, or, for a `first` one, where there is none."""
    new = insert.excluded.last_id
    longer = func.length(room.c.last_id) < func.length(new)
    older = or_(longer, and_(func.length(room.c.last_id) == func.length(new), room.c.last_id < new))
    return insert.on_conflict_do_update(
        index_elements=["connection", "external_id"],
        set_={"last_id": new},
        where=room.c.last_id == "" if first else older,
    )


MOVE_LAST_ID = for_both(room, partial(_set_last_id, first=False))
BEGIN = for_both(room, partial(_set_last_id, first=True))


def add(tx: Tx, number: int, side: Side, connection: str, room_id: str, external_id: str | None, root: str = "") -> int:
    """Adds a home or desk thread to a ticket and returns its id; the newest home thread is where answers go."""
    values = {
        "ticket": number,
        "side": side,
        "connection": connection,
        "room": room_id,
        "external_id": external_id,
        "root": root,
    }
    return int(tx.run(ADD, values).scalar_one())


def by_place(tx: Tx, connection: str, room_id: str, external_id: str) -> Thread | None:
    """The newest thread with that platform id."""
    row = tx.run(BY_PLACE, {"connection": connection, "room": room_id, "external_id": external_id}).first()
    return Thread(*row) if row else None


def get(tx: Tx, thread_id: int) -> Thread | None:
    row = tx.run(GET, {"thread_id": thread_id}).first()
    return Thread(*row) if row else None


def of_ticket(tx: Tx, number: int) -> list[Thread]:
    """All threads of a ticket, oldest first."""
    return [Thread(*row) for row in tx.run(OF_TICKET, {"number": number})]


def home(tx: Tx, number: int) -> Thread | None:
    """The newest home thread: where the answer goes."""
    return _newest(tx, number, "home")


def desk(tx: Tx, number: int) -> Thread | None:
    """The newest desk thread."""
    return _newest(tx, number, "desk")


def desks(tx: Tx, numbers: Sequence[int]) -> dict[int, Thread]:
    """The newest desk threads of many tickets, by their numbers."""
    if not numbers:
        return {}
    theirs = (thread.c.ticket.in_(numbers), thread.c.side == "desk")
    rows = tx.run(select(*THREAD).where(*theirs).order_by(thread.c.id))
    return {found.ticket: found for found in (Thread(*row) for row in rows)}


def _newest(tx: Tx, number: int, side: Side) -> Thread | None:
    row = tx.run(NEWEST, {"of_ticket": number, "of_side": side}).first()  # who writes a lot at once has many
    return Thread(*row) if row else None


def change(tx: Tx, thread_id: int, **values: Any) -> None:
    tx.run(CHANGE, {"thread_id": thread_id, **values})


def remember_room(tx: Tx, found: Room) -> None:
    """Keeps a room as its platform names it now."""
    key = (room.c.connection == found.connection, room.c.external_id == found.external_id)
    values = {"name": found.name, "kind": found.kind, "private": found.private, "topics": found.topics}
    if tx.run(update(room).where(*key).values(**values)).rowcount == 0:
        tx.run(insert(room), {"connection": found.connection, "external_id": found.external_id, **values})


def forget_rooms(tx: Tx, connection: str, kept: Sequence[str]) -> None:
    """A connection's other rooms are not seen any more: they lose their names, but not the marks of what was read."""
    others = (room.c.connection == connection, room.c.kind != "direct", room.c.external_id.not_in(kept))
    tx.run(update(room).where(*others, room.c.name != "").values(name=""))


def rename_room(tx: Tx, connection: str, old: str, new: str, name: str = "") -> None:
    """A room has another id from now on, counts its messages anew, and is called `name` ("" for as before)."""
    mine = (room.c.connection == connection, room.c.external_id == old)
    there = (room.c.connection == connection, room.c.external_id == new)
    called = {"name": name} if name else {}
    if tx.run(select(room.c.external_id).where(*there)).first() is None:
        tx.run(update(room).where(*mine).values(external_id=new, last_id="", **called))
    else:  # it was heard of under the new id before
        before = tx.run(select(room.c.name).where(*mine)).scalar() or ""
        unnamed = () if name else (room.c.name == "",)
        tx.run(update(room).where(*there, *unnamed).values(name=name or before))
        tx.run(update(room).where(*mine).values(name=""))


def last_id(tx: Tx, connection: str, room_id: str) -> str:
    """The newest message id known of a room, "" for none."""
    query = select(room.c.last_id).where(room.c.connection == connection, room.c.external_id == room_id)
    return tx.run(query).scalar() or ""


def move_last_id(tx: Tx, connection: str, room_id: str, newest: str) -> None:
    """Moves the mark of the newest message known, never back; ids grow, and a longer one is newer.

    A room that nobody named, somebody's direct messages, is added with it.
    """
    tx.run(MOVE_LAST_ID[tx.conn.dialect.name], _unnamed(connection, room_id, newest))


def begin(tx: Tx, connection: str, room_id: str, mark: str) -> None:
    """Puts the mark of a room in which no message is known; one that is there stays."""
    tx.run(BEGIN[tx.conn.dialect.name], _unnamed(connection, room_id, mark))


def _unnamed(connection: str, room_id: str, last_id: str) -> dict[str, Any]:
    return {
        "connection": connection,
        "external_id": room_id,
        "name": "",
        "kind": "direct",
        "private": True,
        "topics": False,
        "last_id": last_id,
    }


def last_ids(tx: Tx, connection: str) -> dict[str, str]:
    """Room → newest message id known, of the rooms with one."""
    rows = tx.run(
        select(room.c.external_id, room.c.last_id).where(room.c.connection == connection, room.c.last_id != "")
    )
    return {row[0]: row[1] for row in rows}


def live_places(tx: Tx, connection: str) -> list[Thread]:
    """The threads of tickets that words may still move, on a connection, oldest first: where a gap must be closed after
    an outage. These are unresolved tickets, resolved ones that are not closed yet, and those merged into them."""
    live = sorted({row[0] for query in (UNRESOLVED, REOPENABLE) for row in tx.run(query)})
    found: list[Thread] = []
    for start in range(0, len(live), LOT):
        lot = live[start : start + LOT]
        merged = [row[0] for row in tx.run(select(ticket.c.number).where(ticket.c.merged_into.in_(lot)))]
        rows = tx.run(select(*THREAD).where(thread.c.ticket.in_((*lot, *merged))))
        # the connection is looked at here, or SQLite might go through all threads that it ever had
        found += (one for row in rows if (one := Thread(*row)).connection == connection)
    return sorted({one.id: one for one in found}.values(), key=lambda one: one.id)


def known_rooms(tx: Tx) -> list[Room]:
    """The rooms that the desk names, as they were last seen; nobody's direct messages."""
    columns = (room.c.connection, room.c.external_id, room.c.name, room.c.kind, room.c.private, room.c.topics)
    return [
        Room(*row)
        for row in tx.run(
            select(*columns)
            .where(room.c.kind != "direct", room.c.name != "")
            .order_by(room.c.connection, room.c.external_id)
        )
    ]
