"""What a card shows of a ticket, gathered so that drawing it needs no further look-up."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from inbox.desk import fields
from inbox.model import Ticket, TicketCard
from inbox.store import Tx, people, presence, relations, tags, tickets

MOST = 5_000  # cases that are counted
OFFERED = 2  # incidents that a new ticket is offered to be a case of


def ticket_card(tx: Tx, ticket: Ticket, now: datetime | None = None) -> TicketCard:
    """The ticket as its card shows it: its line, and all that takes a look-up of its own.

    A private queue's card is `wordless`: its subject and fields are not for rooms. Who is there is told at `now`.
    """
    [line] = lines(tx, [ticket], now)
    case_of = None if ticket.incident else relations.target(tx, ticket.number, "incident")
    return replace(
        line,
        fields=() if line.wordless else fields.answered(tx, ticket),
        missing=() if line.wordless else fields.missing(tx, ticket),
        tags=() if line.wordless else tags.of(tx, ticket.number),
        cases=len(relations.sources(tx, ticket.number, "incident", MOST)) if ticket.incident else 0,
        case_of=case_of,
        incidents=_offered(tx, ticket, case_of),
        there=_there(tx, ticket, now) if now else (),
    )


def lines(tx: Tx, found: Sequence[Ticket], now: datetime | None = None) -> list[TicketCard]:
    """Tickets as lists show them, one line each: what is on their own rows, and names, which are looked up together.

    The deadline is shown while a ticket is unresolved; `overdue` where it has passed at `now` (never without one).
    """
    names = people.names(tx, [who for one in found for who in (one.requester_id, one.assignee_id)])
    return [_line(tx, one, names, now) for one in found]


def _line(tx: Tx, ticket: Ticket, names: Mapping[int, str], now: datetime | None) -> TicketCard:
    queue = tx.directory.queue(ticket.queue)
    due_at = ticket.due_at if ticket.unresolved else None
    return TicketCard(
        number=ticket.number,
        subject="" if queue.private else ticket.subject,
        requester=names.get(ticket.requester_id, ""),
        platform=tx.directory.platform(ticket.connection),
        queue=queue.key,
        queue_title=queue.title,
        priority=ticket.priority,
        status=ticket.status,
        holder=names.get(ticket.assignee_id, "") if ticket.assignee_id is not None else "",
        created_at=ticket.created_at,
        due_at=due_at,
        overdue=due_at is not None and now is not None and due_at <= now,
        wordless=queue.private,
        snoozed_until=ticket.snoozed_until,
        closed_as=ticket.closed_as or "",
        follow_up_of=ticket.follow_up_of,
        incident=ticket.incident,
    )


def _offered(tx: Tx, ticket: Ticket, case_of: int | None) -> tuple[int, ...]:
    """The incidents that a ticket which nobody holds yet may be a case of."""
    if ticket.status != "new" or ticket.incident or case_of is not None:
        return ()
    return tuple(tickets.incidents(tx, ticket.queue, OFFERED))


def _there(tx: Tx, ticket: Ticket, now: datetime) -> tuple[tuple[str, bool], ...]:
    """Who is at the ticket, and whether they write."""
    found = presence.of(tx, ticket.number, now) if ticket.unresolved else {}
    names = people.names(tx, found)
    return tuple((names.get(who, ""), writing) for who, writing in found.items())
