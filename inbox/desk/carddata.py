"""What a card shows of a ticket, gathered so that drawing it needs no further look-up."""

from datetime import datetime

from inbox.desk import fields
from inbox.model import Ticket, TicketCard
from inbox.store import Tx, people, presence, relations, tags, tickets

MOST = 5_000  # cases that are counted
OFFERED = 2  # incidents that a new ticket is offered to be a case of


def ticket_card(tx: Tx, ticket: Ticket, now: datetime | None = None) -> TicketCard:
    """The ticket as a card shows it. A private queue's card is `wordless`: its subject and fields are not for rooms.

    The deadline is shown while the ticket is unresolved; `overdue` where it has passed at `now` (never without one).
    """
    queue = tx.directory.queue(ticket.queue)
    names = people.names(tx, [ticket.requester_id, ticket.assignee_id])
    due_at = ticket.due_at if ticket.unresolved else None
    case_of = None if ticket.incident else relations.target(tx, ticket.number, "incident")
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
        fields=() if queue.private else fields.answered(tx, ticket),
        missing=() if queue.private else fields.missing(tx, ticket),
        tags=() if queue.private else tags.of(tx, ticket.number),
        incident=ticket.incident,
        cases=len(relations.sources(tx, ticket.number, "incident", MOST)) if ticket.incident else 0,
        case_of=case_of,
        incidents=_offered(tx, ticket, case_of),
        there=_there(tx, ticket, now) if now else (),
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
