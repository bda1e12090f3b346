"""*Seen*: whoever is at a ticket wants no reminders of it for a while. Its clocks go on."""

from datetime import datetime, timedelta

from inbox.desk import nags, promises
from inbox.desk.access import lock_for_agent, name
from inbox.errors import WrongStatus
from inbox.model import Ticket
from inbox.store import Tx, events, tickets
from inbox.store import promises as stored
from sla.ladder import BEFORE_ALL

LASTS = timedelta(minutes=30)


def mute(tx: Tx, now: datetime, number: int, agent: int) -> Ticket:
    """Nobody is nagged about a ticket for half an hour (`muted_until`); then of what was due meanwhile the highest step
    is told, if it still is. Said again, it counts from then. Raises NotFound, WrongStatus (resolved or closed)."""
    ticket = lock_for_agent(tx, number, agent)
    if not ticket.unresolved:
        raise WrongStatus(ticket=number, status=ticket.status)
    until = now + LASTS
    ticket = tickets.change(tx, number, muted_until=until)
    events.add(tx, now, "muted", number, agent, until=until.isoformat())
    for promise in stored.of_ticket(tx, number):
        if promise.step > BEFORE_ALL and promise.state in nags.COUNTING:
            nags.seen(tx, now, promise, name(tx, agent), until)
    return promises.followed(tx, now, ticket)
