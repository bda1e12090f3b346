"""Small marks that people put on messages, shown on the other side as the bot's own.

The requester's cross to the desk. An agent's cross only as their words would: from the holder, with the microphone on,
and on what the requester can see; everybody else's stay inside, as notes do.
"""

from collections.abc import Iterator
from datetime import datetime

from inbox.desk import outgoing
from inbox.desk.access import is_agent
from inbox.model import Message, Place, Reacted, Side, Ticket
from inbox.store import Tx, events, messages, people, reactions, threads, tickets

EMOJI_LIMIT = 64  # characters; the longest of Unicode's has about a dozen
OTHER: dict[Side, Side] = {"home": "desk", "desk": "home"}


def react(tx: Tx, now: datetime, reacted: Reacted) -> None:
    """Somebody put a mark on a message of a ticket, or took it away. Told again it changes nothing; marks on what is
    no ticket's, and those of bots and blocked persons, are passed over."""
    found = messages.at(tx, reacted.place, reacted.message_id)
    if found is None or found.ticket is None or reacted.by.bot or not 0 < len(reacted.emoji) <= EMOJI_LIMIT:
        return
    person, _ = people.identify(tx, now, reacted.by)  # who comes in is held before any ticket
    ticket = tickets.lock(tx, found.ticket)
    if ticket is None or person.blocked:
        return
    side = _side(tx, ticket, reacted.place)
    before = reactions.who(tx, found.id, reacted.emoji)
    if reacted.on:
        changed = reactions.put(tx, found.id, person.id, reacted.emoji, reacted.at)
    else:
        changed = reactions.drop(tx, found.id, person.id, reacted.emoji)
    if not changed or side is None:
        return
    facts = {"message": found.id, "emoji": reacted.emoji, "on": reacted.on}
    events.add(tx, now, "reacted", ticket.number, person.id, **facts)
    others = [who for who in before if who != person.id and _crosses(tx, ticket, who, side, found)]
    if _crosses(tx, ticket, person.id, side, found) and not others:
        for place, external_id in _shown(tx, ticket, found, OTHER[side]):
            outgoing.react(tx, now, found, place, external_id, reacted.emoji, on=reacted.on)


def _side(tx: Tx, ticket: Ticket, place: Place) -> Side | None:
    """The side of the ticket on which a room is; None for neither."""
    here = (place.connection, place.room)
    mine = (t for t in reversed(threads.of_ticket(tx, ticket.number)) if t.side in OTHER)
    return next((t.side for t in mine if (t.connection, t.room) == here), None)


def _crosses(tx: Tx, ticket: Ticket, person_id: int, side: Side, found: Message) -> bool:
    """May a person's mark, put on that side, be seen on the other?"""
    if side == "home":
        return person_id == ticket.requester_id
    speaks = ticket.assignee_id == person_id and ticket.microphone and is_agent(tx, ticket, person_id)
    explicit = tx.directory.queue(ticket.queue).voice == "explicit"
    return speaks and not explicit and _public(found)


def _public(found: Message) -> bool:
    """Can the requester see these words?"""
    return found.kind == "message" and not found.deleted and found.state in ("received", "sent")


def _shown(tx: Tx, ticket: Ticket, found: Message, side: Side) -> Iterator[tuple[Place, str]]:
    """Where the words stand on a side: as they were written, or as our copies (of a long one, the first part)."""
    rooms = {(t.connection, t.room) for t in threads.of_ticket(tx, ticket.number) if t.side == side}
    if found.place and (found.place.connection, found.place.room) in rooms and found.external_id:
        yield found.place, found.external_id
    for connection, room, external_id in messages.copies(tx, found.id):
        if (connection, room) in rooms:
            yield Place(connection, room), external_id
