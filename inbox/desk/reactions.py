"""Small marks that people put on messages, shown on the other side as the bot's own.

The requester's cross to the desk. An agent's cross only as their words would: from the holder, with the microphone on,
and on what the requester can see; everybody else's stay inside, as notes do. One mark claims: put by an agent on a
ticket's card, or on the message that its thread hangs on.
"""

from collections.abc import Iterator
from datetime import datetime

from inbox.desk import claims, intake, outgoing
from inbox.desk.access import is_agent
from inbox.errors import AlreadyClaimed, BadInput, DeskError, NotYet
from inbox.model import Message, Place, Reacted, Side, Thread, Ticket
from inbox.store import Tx, events, messages, outbox, people, reactions, threads, tickets

EMOJI_LIMIT = 64  # characters; the longest of Unicode's has about a dozen
OTHER: dict[Side, Side] = {"home": "desk", "desk": "home"}
# skin tones, and the sign that some platforms write behind an emoji
LOOKS = dict.fromkeys((*range(0x1F3FB, 0x1F400), 0xFE0F))


def react(tx: Tx, now: datetime, reacted: Reacted, *, waits: bool = False) -> None:
    """Somebody put a mark on a message of a ticket, or took it away. Told again it changes nothing; marks on what is
    no ticket's, and those of bots and blocked persons, are passed over. With `waits`, one that claims raises NotYet
    where the message may be a card just being sent: the platform can show it before it is recorded where it stands."""
    if _claimed_by(tx, now, reacted, waits=waits):
        return
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


def _claimed_by(tx: Tx, now: datetime, reacted: Reacted, *, waits: bool) -> bool:
    """Did an agent ask for a ticket with the mark for that? Who comes too late is told so, for their eyes only. Taken
    away again it releases nothing."""
    mark, place = tx.directory.desk.claim_reaction, reacted.place
    if not mark or reacted.by.bot or reacted.emoji.translate(LOOKS) != mark.translate(LOOKS):
        return False
    number = intake.ticket_of_message(tx, place, reacted.message_id)
    if number is None and waits and outbox.card_under_way(tx, place.connection, place.room):
        raise NotYet
    thread = _begun_by(tx, number, reacted) if number is not None else None
    person = people.find(tx, place.connection, reacted.by.external_id) if thread else None
    ticket = tickets.get(tx, number) if person and not person.blocked and number is not None else None
    if ticket is None or person is None or not is_agent(tx, ticket, person.id) or ticket.requester_id == person.id:
        return False
    key = f"claim-mark/{reacted.key}/{reacted.by.external_id}/{reacted.at.isoformat()}"
    if reacted.on and events.first_time(tx, key, now):
        _claim(tx, now, reacted, ticket.number)
    return True


def _begun_by(tx: Tx, number: int, reacted: Reacted) -> Thread | None:
    """The thread of a ticket whose card, or first message, was marked."""
    here, id_ = (reacted.place.connection, reacted.place.room), reacted.message_id
    mine = (t for t in threads.of_ticket(tx, number) if (t.connection, t.room) == here)
    return next((t for t in mine if id_ and id_ in (t.card_id, t.external_id)), None)


def _claim(tx: Tx, now: datetime, reacted: Reacted, number: int) -> None:
    person, identity_id = people.identify(tx, now, reacted.by)
    try:
        claims.claim(tx, now, number, person.id)
    except DeskError as error:
        actions: tuple[str, ...] = ()
        if isinstance(error, AlreadyClaimed):
            actions = (f"follow:{number}", f"take:{number}", f"noteform:{number}")
        say = error.key if isinstance(error, BadInput) else error.say
        outgoing.whisper(tx, now, identity_id, reacted.place, number, say, actions, **error.facts)


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
