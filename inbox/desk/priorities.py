"""How urgent a ticket is, and what that changes of its promises."""

from datetime import datetime
from typing import Any

from inbox.desk import outgoing, promises
from inbox.desk.access import lock_for_agent
from inbox.errors import BadInput, WrongStatus
from inbox.model import PRIORITIES, Priority, Ticket
from inbox.store import Tx, events, tickets


def set_priority(tx: Tx, now: datetime, number: int, agent: int, priority: str) -> Ticket:
    """Any agent of the queue says how urgent a ticket is; saying it again succeeds.

    Raises NotFound, BadInput (`no_priority`: it is none), WrongStatus (resolved or closed).
    """
    if priority not in PRIORITIES:
        raise BadInput("no_priority", words=priority[:40])
    ticket = lock_for_agent(tx, number, agent)
    if not ticket.unresolved:
        raise WrongStatus(ticket=number, status=ticket.status)
    return changed(tx, now, ticket, agent, priority)


def changed(tx: Tx, now: datetime, ticket: Ticket, actor: int | None, priority: Priority, **why: Any) -> Ticket:
    """The change itself; `actor` None is the desk, and `why` is told in the event. What is promised counts by the new
    priority from when it began."""
    if ticket.priority == priority:
        return ticket
    after = tickets.change(tx, ticket.number, priority=priority, updated_at=now)
    events.add(tx, now, "priority", ticket.number, actor, priority=priority, was=ticket.priority, **why)
    after = promises.retargeted(tx, now, after)
    outgoing.card(tx, now, ticket.number)
    return after
