"""Tickets that wait to be given to somebody, in the queues that do not leave that to the agents.

Such a ticket has an alarm of its own, from when the desk puts it into the queue until somebody has it. The alarm is
also what tells it from a ticket that a human gave back: that one has none, and is not given out again. What the alarms
do is in `inbox.desk.assignment`.
"""

from datetime import datetime

from inbox.directory import Directory
from inbox.model import Ticket
from inbox.store import Tx, alarms

TURN, FREE = "turn", "free"  # kinds of alarms: by ticket, by person


def given_out(directory: Directory, queue: str) -> bool:
    """Does the desk give that queue's tickets to its agents?"""
    return directory.queue(queue).assignment != "manual"


def wait(tx: Tx, now: datetime, queue: str, number: int) -> None:
    """The desk put a ticket into a queue, where nobody holds it: it is given to whose turn it is."""
    if given_out(tx.directory, queue):
        alarms.put(tx, TURN, number, now)


def over(tx: Tx, ticket: Ticket) -> None:
    """Somebody has the ticket, or a human decided that nobody has."""
    if given_out(tx.directory, ticket.queue):
        alarms.put(tx, TURN, ticket.number, None)


def freed(tx: Tx, now: datetime, queue: str, person_id: int | None) -> None:
    """Somebody holds one ticket less: they can be given another."""
    if person_id is not None and tx.directory.queue(queue).capacity and given_out(tx.directory, queue):
        alarms.put(tx, FREE, person_id, now)


def came(tx: Tx, now: datetime, person_id: int) -> None:
    """Somebody is back, or new in a team: what waits there can be theirs."""
    if any(queue.assignment != "manual" for queue in tx.directory.desk.queues.values()):
        alarms.put(tx, FREE, person_id, now)
