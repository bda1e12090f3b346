"""Outside opening hours: whoever writes then is told when somebody is there again, once in each closed time.

A new ticket's receipt says it, a notice in the home thread where they go on with a ticket. These are the desk's own
words: no promise is kept by them.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from inbox.desk import outgoing
from inbox.desk.thanks import is_thanks
from inbox.directory import Queue
from inbox.model import Ticket
from inbox.store import Tx, greeted, messages, people, presence, threads
from sla.hours import NoOpening

# whoever spoke so lately answers just now, whatever the hours say
ANSWERS_NOW = timedelta(minutes=15)
LOOKED_AT = 10  # messages


def opens(tx: Tx, now: datetime, queue: Queue, person_id: int) -> datetime | None:
    """When a queue opens that is closed now, for a requester who is to be told, which is noted as done.

    None where there is nothing to tell: it is open, or never opens again; the desk file wants it unsaid; they are of
    the team themselves, or were told in this closed time.
    """
    at = _next_opening(queue, now)
    if at is None or queue.key in people.roles(tx, person_id):
        return None
    return at if greeted.first(tx, now, person_id, queue.key, at) else None


def went_on(tx: Tx, now: datetime, ticket: Ticket, message_ids: Sequence[int]) -> None:
    """The requester wrote on a ticket that they have: they are told, unless somebody answers them just now or they only
    said thanks."""
    queue = tx.directory.queue(ticket.queue)
    if _next_opening(queue, now) is None or _attended(tx, now, ticket) or _only_thanks(tx, message_ids):
        return
    at = opens(tx, now, queue, ticket.requester_id)
    if at:
        home, until = threads.home(tx, ticket.number), at.isoformat()
        facts: dict[str, Any] = {"ticket": ticket.number, "queue": queue.title}
        outgoing.notice(tx, now, home, "closed.told", (), **facts, opens=until, closed_until=until)


def still_closed(tx: Tx, now: datetime, ticket: Ticket, facts: Mapping[str, Any]) -> bool:
    """Whether that is still worth saying when its turn comes: it is closed yet, and nobody has answered."""
    return now < datetime.fromisoformat(facts["closed_until"]) and ticket.awaiting_since is not None


def _next_opening(queue: Queue, now: datetime) -> datetime | None:
    """When the queue opens, where it is closed and says so."""
    hours = queue.policy.hours
    if not queue.closed_reply or hours.is_open(now):
        return None
    try:
        return hours.next_open(now)
    except NoOpening:
        return None


def _attended(tx: Tx, now: datetime, ticket: Ticket) -> bool:
    """Whether an agent is answering: they write, or did so a moment ago."""
    if any(presence.of(tx, ticket.number, now).values()):
        return True
    lately = (one for one in messages.of_ticket(tx, ticket.number, LOOKED_AT) if now - one.written_at <= ANSWERS_NOW)
    return any(one.role == "agent" and one.kind == "message" for one in lately)


def _only_thanks(tx: Tx, message_ids: Sequence[int]) -> bool:
    said = (messages.get(tx, message_id) for message_id in message_ids)
    return all(one is not None and is_thanks(one.text) for one in said)
