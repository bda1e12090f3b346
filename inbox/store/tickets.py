"""Tickets and who held them when."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, ColumnElement, and_, bindparam, exists, func, insert, literal_column, select, update

from inbox.model import UNRESOLVED, Status, Ticket
from inbox.store.among import among, many
from inbox.store.engine import Tx
from inbox.store.tables import hold, thread, ticket

TICKET = (
    ticket.c.number,
    ticket.c.subject,
    ticket.c.status,
    ticket.c.priority,
    ticket.c.queue,
    ticket.c.requester_id,
    ticket.c.connection,
    ticket.c.language,
    ticket.c.created_at,
    ticket.c.updated_at,
    ticket.c.assignee_id,
    ticket.c.claimed_at,
    ticket.c.fence,
    ticket.c.microphone,
    ticket.c.cycle,
    ticket.c.answered,
    ticket.c.awaiting_since,
    ticket.c.due_at,
    ticket.c.resolved_at,
    ticket.c.closed_at,
    ticket.c.closed_as,
    ticket.c.snoozed_until,
    ticket.c.follow_up_of,
    ticket.c.agent_opened,
    ticket.c.merged_into,
    ticket.c.incident,
    ticket.c.topic,
    ticket.c.muted_until,
)
# written out, because an index for some statuses only is not used for values that are bound later
OPEN_STATUS = ticket.c.status.in_([literal_column(f"'{status}'") for status in UNRESOLVED])
INCIDENT: ColumnElement[bool] = literal_column("incident", Boolean)
UNCLAIMED = ticket.c.status == literal_column("'new'")
NEWEST = 5_000  # tickets that are looked through for such as nobody was shown
ADD = insert(ticket).returning(ticket.c.number)
CHANGE = update(ticket).where(ticket.c.number == bindparam("ticket_number")).returning(*TICKET)
GET = select(*TICKET).where(ticket.c.number == bindparam("number"))
MERGED_INTO = select(ticket.c.merged_into).where(ticket.c.number == bindparam("number"))
LOCKED = GET.with_for_update(key_share=True)  # rows that only refer to the ticket wait for nobody
THESE = select(*TICKET).where(among(ticket.c.number, many("numbers"))).order_by(ticket.c.number)
FREE = THESE.with_for_update(key_share=True, skip_locked=True)
ALL = THESE.with_for_update(key_share=True)
# the one statement that decides every race for a ticket
CLAIM = (
    update(ticket)
    .where(
        ticket.c.number == bindparam("ticket_number"),
        ticket.c.assignee_id.is_(None),
        OPEN_STATUS,
    )
    .values(
        assignee_id=bindparam("agent"),
        claimed_at=bindparam("at"),
        updated_at=bindparam("at"),
        status="open",
        fence=ticket.c.fence + 1,
        microphone=True,  # who claims has chosen to speak
        snoozed_until=None,
    )
    .returning(*TICKET)
)
ADD_HOLD = insert(hold)
BURST = (
    select(*TICKET)
    .join(
        thread,
        and_(
            thread.c.ticket == ticket.c.number,
            thread.c.side == "home",
            thread.c.connection == bindparam("connection"),
            thread.c.room == bindparam("room"),
            ~thread.c.root.startswith("@"),  # what is said in the room is not for a thread of one person's own
        ),
    )
    .where(
        ticket.c.requester_id == bindparam("requester"),
        ticket.c.updated_at >= bindparam("since"),
        OPEN_STATUS,
        ticket.c.answered.is_(False),
        ticket.c.awaiting_since.between(bindparam("since"), bindparam("until")),
    )
    .order_by(ticket.c.number.desc())
    .limit(1)
)


def add(tx: Tx, values: dict[str, Any]) -> int:
    """Stores a new ticket and returns its number."""
    number: int = tx.run(ADD, values).scalar_one()
    tx.tickets.add(number)
    return number


def get(tx: Tx, number: int) -> Ticket | None:
    """The ticket with that number, as it is now."""
    row = tx.run(GET, {"number": number}).first()
    return Ticket(*row) if row else None


def lock(tx: Tx, number: int) -> Ticket | None:
    """The same, held against other writers until the transaction ends."""
    row = tx.run(LOCKED, {"number": number}).first()
    return Ticket(*row) if row else None


def lock_all(tx: Tx, numbers: Sequence[int]) -> None:
    """Holds these tickets against other writers until the transaction ends, one after the other by their numbers."""
    tx.run(ALL, {"numbers": numbers}).all()


def lock_free(tx: Tx, numbers: Sequence[int]) -> dict[int, Ticket]:
    """Of these tickets those that nobody else is at, by their numbers, held until the transaction ends."""
    return {row[0]: Ticket(*row) for row in tx.run(FREE, {"numbers": numbers}).all()}


def change(tx: Tx, number: int, **values: Any) -> Ticket:
    """Sets columns and returns the ticket as it is then."""
    tx.tickets.add(number)
    return Ticket(*tx.run(CHANGE, {"ticket_number": number, **values}).one())


def try_claim(tx: Tx, number: int, agent: int, at: datetime) -> Ticket | None:
    """Claims an unclaimed, unresolved ticket in one statement; None where it was not to be had."""
    row = tx.run(CLAIM, {"ticket_number": number, "agent": agent, "at": at}).first()
    if row is None:
        return None
    tx.tickets.add(number)
    claimed = Ticket(*row)
    add_hold(tx, claimed, at)
    return claimed


def add_hold(tx: Tx, claimed: Ticket, at: datetime) -> None:
    """Remembers who holds the ticket from now on, under its present fence."""
    tx.run(
        ADD_HOLD,
        {"ticket": claimed.number, "fence": claimed.fence, "person_id": claimed.assignee_id, "since": at},
    )


def holds(tx: Tx, number: int) -> list[tuple[int, int | None, datetime]]:
    """(fence, person or None, since), oldest first: the last 50 changes of the claim."""
    rows = tx.run(
        select(hold.c.fence, hold.c.person_id, hold.c.since)
        .where(hold.c.ticket == number)
        .order_by(hold.c.fence.desc())
        .limit(50)
    ).all()
    return [(row[0], row[1], row[2]) for row in reversed(rows)]


def next_unclaimed(tx: Tx, queues: list[str]) -> list[int]:
    """The most urgent unclaimed tickets of these queues: priority, then deadline, then number. At most 20 each."""
    found = []
    for queue in queues:
        rows = tx.run(
            select(ticket.c.number, ticket.c.priority, ticket.c.due_at)
            .where(ticket.c.queue == queue, UNCLAIMED)
            .order_by(ticket.c.priority.desc(), ticket.c.due_at, ticket.c.number)
            .limit(20)
        ).all()
        found += [(-_rank(row[1]), _never_last(row[2]), row[0]) for row in rows]
    return [number for _, _, number in sorted(found)]


def _rank(priority: str) -> int:
    return ("low", "normal", "high", "urgent").index(priority)


def _never_last(due: datetime | None) -> float:
    return due.timestamp() if due else float("inf")


def held_by(tx: Tx, person_id: int, queue: str) -> int:
    """How many unresolved tickets of that queue the person holds."""
    count = select(func.count()).where(ticket.c.assignee_id == person_id, ticket.c.queue == queue, OPEN_STATUS)
    return int(tx.run(count).scalar_one())


def held_elsewhere(tx: Tx, person_id: int, queues: Sequence[str], limit: int) -> list[int]:
    """The numbers of the unresolved tickets that somebody holds in other queues than these, ascending."""
    mine = (ticket.c.assignee_id == person_id, ticket.c.queue.not_in(queues), OPEN_STATUS)
    return [row[0] for row in tx.run(select(ticket.c.number).where(*mine).order_by(ticket.c.number).limit(limit))]


def held_of(tx: Tx, person_id: int, queues: Sequence[str], limit: int) -> list[Ticket]:
    """The unresolved tickets of these queues that a person holds, the nearest deadline first."""
    query = select(*TICKET).where(ticket.c.assignee_id == person_id, ticket.c.queue.in_(queues), OPEN_STATUS)
    return [Ticket(*row) for row in tx.run(query.order_by(ticket.c.due_at, ticket.c.number).limit(limit))]


def without_desk(tx: Tx, queue: str, limit: int) -> list[int]:
    """The numbers of unresolved tickets of a queue, of the newest of all, that no chat shows to agents."""
    newest = select(func.max(ticket.c.number) - NEWEST).scalar_subquery()
    shown = exists().where(thread.c.ticket == ticket.c.number, thread.c.side == "desk")
    query = select(ticket.c.number).where(ticket.c.number > newest, ticket.c.queue == queue, OPEN_STATUS, ~shown)
    return [row[0] for row in tx.run(query.order_by(ticket.c.number).limit(limit))]


def own_and_held(tx: Tx, person_id: int) -> list[int]:
    """The numbers of the unresolved tickets that somebody holds although they are their own."""
    mine = (ticket.c.assignee_id == person_id, ticket.c.requester_id == person_id)
    return [row[0] for row in tx.run(select(ticket.c.number).where(*mine, OPEN_STATUS).order_by(ticket.c.number))]


def unresolved_of(tx: Tx, requester: int) -> list[int]:
    """The numbers of somebody's unresolved tickets, in order."""
    theirs = (ticket.c.requester_id == requester, OPEN_STATUS)
    return list(tx.run(select(ticket.c.number).where(*theirs).order_by(ticket.c.number)).scalars())


def newest_claim(tx: Tx, person_id: int) -> Ticket | None:
    """The unresolved ticket that a person holds since last."""
    query = select(*TICKET).where(ticket.c.assignee_id == person_id, OPEN_STATUS)
    row = tx.run(query.order_by(ticket.c.claimed_at.desc(), ticket.c.number.desc()).limit(1)).first()
    return Ticket(*row) if row else None


def burst(tx: Tx, requester: int, connection: str, room: str, since: datetime, until: datetime) -> Ticket | None:
    """The requester's newest unresolved, unanswered ticket whose oldest words they wrote in that room between these."""
    values = {"connection": connection, "room": room, "requester": requester, "since": since, "until": until}
    row = tx.run(BURST, values).first()
    return Ticket(*row) if row else None


def of_requester(tx: Tx, requester: int, connection: str, room: str, limit: int = 10) -> list[Ticket]:
    """A requester's latest tickets whose home is that room, newest first."""
    rows = tx.run(
        select(*TICKET)
        .where(
            ticket.c.requester_id == requester,
            ticket.c.number.in_(
                select(thread.c.ticket).where(
                    thread.c.side == "home", thread.c.connection == connection, thread.c.room == room
                )
            ),
        )
        .order_by(ticket.c.updated_at.desc(), ticket.c.number.desc())
        .limit(limit)
    )
    return [Ticket(*row) for row in rows]


def latest_of(tx: Tx, requester: int, limit: int) -> list[Ticket]:
    """A requester's latest tickets, wherever they asked, newest first."""
    query = select(*TICKET).where(ticket.c.requester_id == requester).limit(limit)
    return [Ticket(*row) for row in tx.run(query.order_by(ticket.c.updated_at.desc(), ticket.c.number.desc()))]


def survivor(tx: Tx, number: int) -> int:
    """The ticket that a number leads to: another one where it was merged, else itself."""
    into: int | None = tx.run(MERGED_INTO, {"number": number}).scalar()
    return number if into is None else into


def gathered(tx: Tx, number: int) -> list[int]:
    """A ticket and those that were merged into it, by number."""
    rows = tx.run(select(ticket.c.number).where(ticket.c.merged_into == number))
    return sorted((number, *(row[0] for row in rows)))


def incidents(tx: Tx, queue: str, limit: int) -> list[int]:
    """The newest unresolved incidents of a queue, by number, descending."""
    live = and_(ticket.c.queue == queue, INCIDENT, OPEN_STATUS)
    rows = tx.run(select(ticket.c.number).where(live).order_by(ticket.c.number.desc()).limit(limit))
    return [row[0] for row in rows]


def follow_up(tx: Tx, number: int) -> int | None:
    """The newest ticket that goes on with a closed one."""
    query = select(func.max(ticket.c.number)).where(ticket.c.follow_up_of == number)
    found: int | None = tx.run(query).scalar()
    return found


def waiting(tx: Tx, queue: str, statuses: tuple[Status, ...], limit: int) -> list[Ticket]:
    """Unresolved tickets of a queue in these statuses, nearest deadline first."""
    rows = tx.run(
        select(*TICKET)
        .where(ticket.c.queue == queue, OPEN_STATUS, ticket.c.status.in_(statuses))
        .order_by(ticket.c.due_at, ticket.c.number)
        .limit(limit)
    )
    return [Ticket(*row) for row in rows]
