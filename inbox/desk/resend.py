"""Sending again what did not arrive, or may not have."""

from datetime import datetime

from inbox.desk import delivery, ledger, outgoing
from inbox.desk.access import lock_for_agent
from inbox.desk.ledger import Line
from inbox.errors import NotFound, NothingToDo
from inbox.model import Message
from inbox.store import Tx, events, messages, threads


def again(tx: Tx, now: datetime, message_id: int, agent: int) -> Message:
    """*Retry*, *Resend*: an agent sends again every copy of a message that is in trouble. Returns the message.

    A reply goes out under the holder's claim only; whatever was to be shown to colleagues, or followed a change, may be
    sent again by any agent of the queue. Raises NotFound, NothingToDo (nothing is in question), NotHolder, WrongStatus.
    """
    found = messages.get(tx, message_id)
    if found is None or found.ticket is None:
        raise NotFound(ticket=0)
    if found.state in ("failed", "unknown"):
        return delivery.retry_message(tx, now, message_id, agent)
    ticket = lock_for_agent(tx, found.ticket, agent)
    found = messages.get(tx, message_id, lock=True) or found
    lines = [line for line in ledger.of_ticket(tx, ticket.number, limit=1, before=message_id + 1) if can_repeat(line)]
    if not lines:
        raise NothingToDo(ticket=ticket.number)
    for line in lines:
        _repeat(tx, now, found, line)
    events.add(tx, now, "resent", ticket.number, agent, message=message_id)
    return found


def can_repeat(line: Line) -> bool:
    """Whether `again` has something to do for a copy: words for the requester are the reply's own matter."""
    return line.in_trouble and (line.side == "desk" or line.what != "message")


def _repeat(tx: Tx, now: datetime, message: Message, line: Line) -> None:
    if line.what == "message":
        outgoing.mirror(tx, now, threads.get(tx, line.thread), message.id)
        return
    copies = [copy for copy in messages.copies(tx, message.id) if copy[0] == line.connection]
    outgoing.follow_change(tx, now, message, copies, line.what)
