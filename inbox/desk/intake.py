"""From message to ticket: where words that somebody wrote belong."""

from dataclasses import replace
from datetime import datetime, timedelta

from inbox.desk import albums, changes, direct, gaps, matter, outgoing, remarks, replies, steps
from inbox.desk.access import name
from inbox.desk.changes import delete, edit
from inbox.desk.matter import Received
from inbox.desk.thanks import only_thanks
from inbox.directory import Queue
from inbox.errors import NotYet
from inbox.model import Person, Place, Said, Thread, Ticket
from inbox.store import Tx, events, messages, outbox, people, threads, tickets

__all__ = ["choose_queue", "delete", "edit", "receive", "ticket_of_message"]

CLOCKS = timedelta(days=1)  # more than the platforms' and ours are ever apart


def receive(tx: Tx, now: datetime, said: Said, *, waits: bool = False) -> Received:
    """Takes in words written anywhere that the bot can see. The same words delivered again change nothing.

    With `waits`, words in a thread that may be that of a card just being sent raise NotYet: the platform can show the
    card, and people answer it, before it is recorded where it stands.
    """
    if not events.first_time(tx, said.key, now) or _known_of_old(tx, now, said):
        return Received("again")
    whole = albums.joined(tx, now, said)
    if whole:
        received = Received("undecided" if whole.ticket is None else "joined", whole.ticket)
    else:
        received = _receive(tx, now, said, waits=waits)
    changes.catch_up(tx, now, said)
    return received


def _known_of_old(tx: Tx, now: datetime, said: Said) -> bool:
    """Are these words that history tells again after their key was let go?"""
    place, old = said.place, now - said.at > events.KEPT - CLOCKS
    return old and messages.by_external(tx, place.connection, place.room, said.message_id) is not None


def _receive(tx: Tx, now: datetime, said: Said, *, waits: bool) -> Received:
    if said.cursor:
        threads.move_last_id(tx, said.place.connection, said.place.room, said.message_id)
    if said.author.bot:
        return Received("ignored")
    thread = _thread_of(tx, said)
    if thread is None and waits and _may_be_a_new_cards(tx, said):
        raise NotYet
    queues = tx.directory.intake_queues(said.place.connection, said.place.room, said.direct)
    called = thread is None and not queues and _called(tx, said)
    if called:
        queues = tx.directory.public_queues(said.place.connection)
    if thread is None and not queues:
        if gaps.rooms_missing(tx, said.place.connection):
            events.forget(tx, said.key)  # this room may be found in a moment, and then these words are read again
        return Received("ignored")
    people.lock_identity(tx, said.author.connection, said.author.external_id)
    person, identity_id = people.identify(tx, now, said.author)
    if said.direct:
        people.reached(tx, identity_id)
    if person.blocked:
        events.set_aside(tx, now, said.place.connection, said.text, f"written by a blocked person ({person.id})")
        return Received("blocked")
    if thread and thread.side == "desk":
        return _at_desk(tx, now, said, thread, person, identity_id)
    if thread and thread.side == "left":
        return Received("ignored")
    if remarks.heard(tx, now, said, person):
        return Received("remark")
    if thread:
        return _at_home(tx, now, said, thread, person, identity_id)
    answered = steps.heard(tx, now, said, person, identity_id) if said.direct else None
    if answered:
        return answered
    if said.direct:
        return direct.receive(tx, now, said, queues, person)
    return _in_room(tx, now, said, queues, person, identity_id, called=called)


def _at_desk(tx: Tx, now: datetime, said: Said, thread: Thread, person: Person, identity_id: int) -> Received:
    """Words of colleagues. In the thread of a ticket that was merged they count as the survivor's, and are shown
    there."""
    number = tickets.survivor(tx, thread.ticket)
    led = replace(thread, ticket=number)
    written = replies.said_at_desk(tx, now, said, led, person, identity_id)
    if number != thread.ticket:
        matter.mirror_to_desk(tx, now, written.ticket, written.message_id)
    return Received("desk", number)


def _called(tx: Tx, said: Said) -> bool:
    """Is the bot called by name, in a room where nobody else's words are for it?"""
    place = said.place
    return said.called and not said.direct and not tx.directory.desk_queues(place.connection, place.room)


def _may_be_a_new_cards(tx: Tx, said: Said) -> bool:
    place = said.place
    inside = bool(place.thread or said.reply_to) and not said.direct
    at_desk = inside and bool(tx.directory.desk_queues(place.connection, place.room))
    return at_desk and outbox.card_under_way(tx, place.connection, place.room)


def _thread_of(tx: Tx, said: Said) -> Thread | None:
    """The ticket's thread that the words were written in, or whose message they answer."""
    place = said.place
    if place.thread:
        found = threads.by_place(tx, place.connection, place.room, place.thread)
        if found:
            return found
    for answered in (said.reply_to, place.thread):
        if not answered:
            continue
        found = outbox.thread_of_copy(tx, place.connection, place.room, answered)
        if found:
            return found
        number = ticket_of_message(tx, place, answered)
        if number is not None:
            return _side_in_room(tx, number, place)
    return None


def ticket_of_message(tx: Tx, place: Place, external_id: str) -> int | None:
    """The ticket that a message in a place belongs to, whoever wrote it."""
    number = messages.copy_ticket(tx, place.connection, place.room, external_id)
    if number is None:
        found = messages.by_external(tx, place.connection, place.room, external_id)
        number = found.ticket if found else None
    return number if number is None else tickets.survivor(tx, number)


def _side_in_room(tx: Tx, number: int, place: Place) -> Thread | None:
    """The ticket's newest thread in that room."""
    mine = [t for t in threads.of_ticket(tx, number) if (t.connection, t.room) == (place.connection, place.room)]
    return mine[-1] if mine else None


def _at_home(tx: Tx, now: datetime, said: Said, thread: Thread, person: Person, identity_id: int) -> Received:
    """Words in a ticket's home thread: the requester's, an agent's, or somebody else's."""
    ticket = tickets.lock(tx, thread.ticket)
    if ticket is None:
        return Received("ignored")
    if person.id == ticket.requester_id:
        return matter.requester_wrote(tx, now, said, ticket)
    if ticket.queue in people.roles(tx, person.id):
        return _agent_in_the_open(tx, now, said, ticket, person, identity_id)
    message_id = matter.store_words(tx, now, said, ticket.number, person.id, "participant")
    events.add(tx, now, "participant", ticket.number, person.id, message=message_id)
    matter.mirror_to_desk(tx, now, ticket, message_id)
    return Received("joined", ticket.number)


def _agent_in_the_open(tx: Tx, now: datetime, said: Said, ticket: Ticket, person: Person, identity_id: int) -> Received:
    """An agent in a thread that agents and requester share: public the moment it was written."""
    message_id = matter.store_words(tx, now, said, ticket.number, person.id, "agent", state="sent", fence=ticket.fence)
    collides = ticket.assignee_id not in (None, person.id)
    events.add(tx, now, "open_reply", ticket.number, person.id, message=message_id, collision=collides)
    found = messages.get(tx, message_id)
    if found:
        replies.sent(tx, now, found)
    matter.mirror_to_desk(tx, now, ticket, message_id)
    if collides:
        holder = name(tx, ticket.assignee_id)
        actions = (f"take:{ticket.number}",)
        outgoing.whisper(
            tx,
            now,
            identity_id,
            said.place,
            ticket.number,
            "hint.held_by",
            actions,
            ticket=ticket.number,
            holder=holder,
        )
    return Received("joined", ticket.number)


def _in_room(
    tx: Tx, now: datetime, said: Said, queues: tuple[Queue, ...], person: Person, identity_id: int, *, called: bool
) -> Received:
    """A top-level message in an intake room, or one that calls the bot by name: there an agent asks, too."""
    if said.topic:
        said = replace(said, place=replace(said.place, thread=""))
    inside = said.place.thread not in ("", said.opens)
    if inside and not said.called:
        # no ticket's thread, as far as is known: its root may come later, from history, and then these words again
        events.forget(tx, said.key)
        return Received("ignored")
    roles = people.roles(tx, person.id)
    if not called and any(queue.key in roles for queue in queues):
        return Received("ignored")  # an agent's announcement
    queue, thanks = choose_queue(tx, queues, said.text), only_thanks(said)
    burst = None if queue.private or inside else _burst(tx, said, person)
    if burst is None and thanks:
        return Received("ignored")  # a late thank-you to the room
    if queue.private:
        alone = tx.directory.private_room(queue, said.place.connection, said.place.room)
        say, ways = ("hint.private_thread", (f"ask:{queue.key}",)) if alone else ("hint.private", ())
        outgoing.whisper(tx, now, identity_id, said.place, None, say, ways, queue=queue.title)
        return Received("hint")
    if burst is None:
        return matter.open_from(tx, now, said, queue, person)
    if not tx.directory.queue(burst.queue).private:  # a matter that became confidential is answered where it went
        threads.add(tx, burst.number, "home", said.place.connection, said.place.room, said.opens, said.message_id)
    message_id = matter.store_words(tx, now, said, burst.number, person.id)
    matter.join(tx, now, burst, [message_id], said.at)
    return Received("joined", burst.number)


def _burst(tx: Tx, said: Said, person: Person) -> Ticket | None:
    """The ticket, locked, that the author opened in that room a moment before or after they wrote this, and that nobody
    has answered."""
    window = timedelta(seconds=tx.directory.desk.windows.burst)
    found = tickets.burst(tx, person.id, said.place.connection, said.place.room, said.at - window, said.at + window)
    ticket = tickets.lock(tx, found.number) if found else None
    return ticket if ticket and ticket.unresolved and not ticket.answered else None


def choose_queue(tx: Tx, queues: tuple[Queue, ...], text: str) -> Queue:
    """The room's queue if it has exactly one, else keyword rules in order, else the default queue; where that is none
    of them, the first that is not confidential."""
    if len(queues) == 1:
        return queues[0]
    lowered = text.casefold()
    for queue in queues:
        if any(word.casefold() in lowered for word in queue.keywords):
            return queue
    default = tx.directory.desk.queues[tx.directory.desk.default_queue]
    if default in queues or not queues:
        return default
    return next((queue for queue in queues if not queue.private), queues[0])
