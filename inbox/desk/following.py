"""Who follows a ticket without holding it is told what happens to it, by direct message."""

from datetime import datetime
from typing import Any

from inbox.desk import outgoing
from inbox.desk.access import lock_for_agent
from inbox.model import Ticket
from inbox.store import Tx, events, followers, people


def follow(tx: Tx, now: datetime, number: int, agent: int) -> Ticket:
    """An agent of the queue is told from now on what happens. Following twice succeeds. Raises NotFound."""
    ticket = lock_for_agent(tx, number, agent)
    if followers.add(tx, number, agent, now):
        events.add(tx, now, "followed", number, agent)
    return ticket


def unfollow(tx: Tx, now: datetime, number: int, agent: int) -> Ticket:
    """The agent is told no more. Raises NotFound."""
    ticket = lock_for_agent(tx, number, agent)
    if followers.remove(tx, number, agent):
        events.add(tx, now, "unfollowed", number, agent)
    return ticket


def tell(
    tx: Tx, now: datetime, ticket: Ticket, say: str, *, besides: tuple[int | None, ...] = (), **facts: Any
) -> None:
    """Tells a ticket's followers, but for those who did it or know it anyway (the holder, and `besides`).

    Who answers for the queue no longer is told nothing: it is not theirs to know.
    """
    following = followers.of(tx, ticket.number)
    prefer = outgoing.desk_connection(tx, ticket) if following else ""
    for person_id in following:
        if person_id in (ticket.assignee_id, *besides) or ticket.queue not in people.roles(tx, person_id):
            continue
        actions = (f"show:{ticket.number}",)
        outgoing.direct(tx, now, person_id, ticket.number, say, actions, prefer=prefer, ticket=ticket.number, **facts)
