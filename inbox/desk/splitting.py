"""A second matter in a ticket's words becomes a ticket of its own: from one of the requester's messages onward."""

from datetime import datetime
from typing import Any

from inbox.desk import care, outgoing, promises
from inbox.desk.access import lock_for_agent, name
from inbox.desk.matter import Opening, open_ticket
from inbox.desk.moving import check_waiting
from inbox.errors import BadInput, WrongStatus
from inbox.model import Message, Place, Thread, Ticket
from inbox.store import Tx, events, messages, people, relations, threads, tickets

LOOKED_AT = 200  # messages


def split(tx: Tx, now: datetime, number: int, agent: int, words: str = "", start: int | None = None) -> Ticket:
    """Opens a ticket of the same requester from their message `start`, else their newest that has these words (any,
    without), and all that was said after it; returns the new ticket. The answer goes where they wrote it.

    Raises NotFound, WrongStatus (closed), WordsWaiting, BadInput: `split_unknown`, `split_start` (no such message of
    theirs), `split_all` (nothing would be left).
    """
    ticket = lock_for_agent(tx, number, agent)
    if ticket.status == "closed":
        raise WrongStatus(ticket=number, status=ticket.status)
    check_waiting(tx, now, ticket)
    first, moved = _from(tx, ticket, words, start)
    return _opened(tx, now, ticket, agent, first, moved)


def _from(tx: Tx, ticket: Ticket, words: str, start: int | None) -> tuple[Message, list[Message]]:
    said, wanted = messages.of_ticket(tx, ticket.number, LOOKED_AT), words.strip().casefold()
    theirs = [one for one in said if one.author_id == ticket.requester_id and not one.deleted]
    fits = [one for one in theirs if (wanted in one.text.casefold() if start is None else one.id == start)]
    if not fits and start is not None:
        raise BadInput("split_start", ticket=ticket.number)
    if not fits:
        raise BadInput("split_unknown", words=words.strip()[:60])
    first = fits[-1]
    if first.id == said[0].id:
        raise BadInput("split_all", ticket=ticket.number)
    return first, [one for one in said if one.id >= first.id and one.state in ("received", "noted", "sent")]


def _opened(tx: Tx, now: datetime, ticket: Ticket, agent: int, first: Message, moved: list[Message]) -> Ticket:
    person = people.get(tx, ticket.requester_id)
    home = threads.home(tx, ticket.number)
    assert person is not None
    opening = Opening(
        tx.directory.queue(ticket.queue),
        person,
        first.text,
        first.written_at,
        _home(ticket, first, home),
        priority=ticket.priority,
        greets=False,  # an agent is at it
    )

    def keep(made: int) -> int:
        messages.move(tx, made, [one.id for one in moved])
        return first.id

    made = open_ticket(tx, now, opening, keep)
    if opening.queue.thread == "mirror":
        for one in moved[1:]:
            outgoing.mirror(tx, now, threads.desk(tx, made), one.id)
    relations.add(tx, made, ticket.number, "split", now)
    events.add(tx, now, "split", ticket.number, agent, other=made, messages=len(moved))
    events.add(tx, now, "split_off", made, agent, other=ticket.number)
    _answered_before(tx, now, made, moved)
    _left(tx, now, ticket, made, agent, first)
    return tickets.get(tx, made) or ticket


def _answered_before(tx: Tx, now: datetime, made: int, moved: list[Message]) -> None:
    """An answer that went along with its question has answered it."""
    answers = [one.written_at for one in moved if one.role == "agent" and one.kind == "message" and one.state == "sent"]
    if answers:
        asked = [one.written_at for one in moved if one.role == "requester" and one.written_at > answers[-1]]
        after = tickets.change(tx, made, answered=True, awaiting_since=min(asked, default=None))
        promises.replied(tx, now, after, answers[0])


def _home(ticket: Ticket, first: Message, home: Thread | None) -> Place:
    """Where the first of the words were written; what is said there next is the newer ticket's. What was one person's
    alone stays that."""
    if home and home.place.person:
        return home.place
    if first.place and first.place.thread:
        return first.place
    if first.place:
        return Place(first.place.connection, first.place.room, "", first.external_id)
    return Place(home.connection, home.room) if home else Place(ticket.connection, "")


def _left(tx: Tx, now: datetime, ticket: Ticket, made: int, agent: int, first: Message) -> None:
    """What stays behind: where all that waited was asked in the words that went, nothing waits here any more."""
    if ticket.awaiting_since is not None and ticket.awaiting_since >= first.written_at:
        after = tickets.change(tx, ticket.number, awaiting_since=None, updated_at=now)
        promises.asked_elsewhere(tx, now, after)
        care.stop_return(tx, now, after)
    facts: dict[str, Any] = {"ticket": ticket.number, "other": made, "by": name(tx, agent)}
    outgoing.notice(tx, now, threads.desk(tx, ticket.number), "split.desk", (f"show:{made}",), **facts)
    outgoing.card(tx, now, ticket.number)
