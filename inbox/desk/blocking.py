"""People who are blocked: their words are kept aside and open nothing."""

from datetime import datetime

from inbox.desk.access import is_lead, lock_for_agent
from inbox.errors import BadInput, NotAllowed
from inbox.model import Ticket
from inbox.store import Tx, events, people


def block(tx: Tx, now: datetime, number: int, lead: int, why: str = "") -> Ticket:
    """Blocks the requester of a ticket, on all of their accounts; doing it twice succeeds.

    Raises NotFound, NotAllowed (not a lead of the ticket's queue), BadInput (`agent_blocked`: agents are not blocked).
    """
    ticket = _lead_of(tx, number, lead)
    if people.roles(tx, ticket.requester_id):
        raise BadInput("agent_blocked")
    people.lock(tx, ticket.requester_id)
    person = people.get(tx, ticket.requester_id)
    if person and not person.blocked:
        people.set_blocked(tx, person.id, True)
        events.add(tx, now, "blocked", number, lead, person=person.id, why=why[:500])
    return ticket


def unblock(tx: Tx, now: datetime, number: int, lead: int) -> Ticket:
    """What they write counts again. Raises NotFound, NotAllowed."""
    ticket = _lead_of(tx, number, lead)
    people.lock(tx, ticket.requester_id)
    person = people.get(tx, ticket.requester_id)
    if person and person.blocked:
        people.set_blocked(tx, person.id, False)
        events.add(tx, now, "unblocked", number, lead, person=person.id)
    return ticket


def _lead_of(tx: Tx, number: int, lead: int) -> Ticket:
    ticket = lock_for_agent(tx, number, lead)
    if not is_lead(tx, ticket, lead):
        raise NotAllowed(ticket=number)
    return ticket
