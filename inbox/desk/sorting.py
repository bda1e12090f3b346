"""What agents write on a ticket to find their way: its subject, and what it has to do with others."""

from datetime import datetime

from inbox.desk import outgoing
from inbox.desk.access import lock_for_agent
from inbox.desk.matter import SUBJECT_LIMIT
from inbox.errors import BadInput
from inbox.model import Ticket
from inbox.storable import storable
from inbox.store import Tx, events, relations, tickets


def rename(tx: Tx, now: datetime, number: int, agent: int, subject: str) -> Ticket:
    """Gives a ticket another subject. Raises NotFound, BadInput (`empty_words`, `subject_long`)."""
    subject = " ".join(storable(subject).split())
    if not subject:
        raise BadInput("empty_words")
    if len(subject) > SUBJECT_LIMIT:
        raise BadInput("subject_long", field="subject", limit=SUBJECT_LIMIT, length=len(subject))
    ticket = lock_for_agent(tx, number, agent)
    if ticket.subject == subject:
        return ticket
    after = tickets.change(tx, number, subject=subject, updated_at=now)
    events.add(tx, now, "renamed", number, agent, before=ticket.subject, subject=subject)
    outgoing.card(tx, now, number)
    return after


def relate(tx: Tx, now: datetime, number: int, agent: int, other: int) -> Ticket:
    """Notes that two tickets have to do with each other; doing it twice succeeds. The agent answers for both queues.

    Raises NotFound, BadInput (`same_ticket`).
    """
    ticket, _ = _both(tx, number, agent, other)
    if relations.add(tx, number, other, "relates", now):
        for one, two in ((number, other), (other, number)):
            events.add(tx, now, "related", one, agent, other=two)
    return ticket


def unrelate(tx: Tx, now: datetime, number: int, agent: int, other: int) -> Ticket:
    """Takes that back. Raises NotFound, BadInput (`same_ticket`)."""
    ticket, _ = _both(tx, number, agent, other)
    if relations.remove(tx, number, other, "relates"):
        for one, two in ((number, other), (other, number)):
            events.add(tx, now, "unrelated", one, agent, other=two)
    return ticket


def _both(tx: Tx, number: int, agent: int, other: int) -> tuple[Ticket, Ticket]:
    if number == other:
        raise BadInput("same_ticket", ticket=number)
    locked = {one: lock_for_agent(tx, one, agent) for one in sorted((number, other))}
    return locked[number], locked[other]
