"""From message to ticket: where words that somebody wrote belong."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from inbox.desk import lifecycle, outgoing, promises, replies
from inbox.desk.access import name
from inbox.desk.thanks import is_thanks
from inbox.directory import Queue, Room
from inbox.locale import nearest
from inbox.model import Deleted, Edited, Message, Person, Place, Said, Thread, Ticket
from inbox.store import Tx, alarms, events, messages, outbox, people, threads, tickets

SUBJECT_LIMIT = 80
Outcome = Literal["again", "ignored", "opened", "joined", "desk", "undecided", "thanks", "hint", "blocked"]


@dataclass(frozen=True, slots=True)
class Received:
    """What became of words: the outcome, and the ticket they belong to, if any."""

    outcome: Outcome
    ticket: int | None = None


def receive(tx: Tx, now: datetime, said: Said) -> Received:
    """Takes in words written anywhere that the bot can see. The same words delivered again change nothing."""
    if not events.first_time(tx, said.key, now):
        return Received("again")
    if said.cursor:
        threads.move_last_id(tx, said.place.connection, said.place.room, said.message_id)
    if said.author.bot:
        return Received("ignored")
    thread = _thread_of(tx, said)
    queues = tx.directory.intake_queues(said.place.connection, said.place.room, said.direct)
    if thread is None and not queues:
        return Received("ignored")
    people.lock_identity(tx, said.author.connection, said.author.external_id)
    person, identity_id = people.identify(tx, now, said.author)
    if person.blocked:
        events.set_aside(tx, now, said.place.connection, said.text, f"written by a blocked person ({person.id})")
        return Received("blocked")
    if thread and thread.side == "desk":
        replies.said_at_desk(tx, now, said, thread, person, identity_id)
        return Received("desk", thread.ticket)
    if thread:
        return _at_home(tx, now, said, thread, person, identity_id)
    if said.direct:
        return _direct(tx, now, said, queues, person)
    return _in_room(tx, now, said, queues, person, identity_id)


def _thread_of(tx: Tx, said: Said) -> Thread | None:
    """The ticket's thread that the words were written in, or whose message they answer."""
    place = said.place
    if place.thread:
        found = threads.by_place(tx, place.connection, place.room, place.thread)
        if found:
            return found
    for answered in (said.reply_to, place.thread):
        number = _ticket_of_message(tx, place, answered) if answered else None
        if number is not None:
            return _side_in_room(tx, number, place)
    return None


def _ticket_of_message(tx: Tx, place: Place, external_id: str) -> int | None:
    number = messages.copy_ticket(tx, place.connection, place.room, external_id)
    if number is None:
        found = messages.by_external(tx, place.connection, place.room, external_id)
        number = found.ticket if found else None
    return number


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
        return _requester_wrote(tx, now, said, ticket, thread)
    if ticket.queue in people.roles(tx, person.id):
        return _agent_in_the_open(tx, now, said, ticket, person, identity_id)
    message_id = _store(tx, now, said, ticket.number, person.id, "participant")
    events.add(tx, now, "participant", ticket.number, person.id, message=message_id)
    _mirror_to_desk(tx, now, ticket, message_id)
    return Received("joined", ticket.number)


def _requester_wrote(tx: Tx, now: datetime, said: Said, ticket: Ticket, thread: Thread | None) -> Received:
    """The requester goes on: the ticket wakes up, is reopened, or a follow-up is opened."""
    if not ticket.unresolved and is_thanks(said.text):
        message_id = _store(tx, now, said, ticket.number, ticket.requester_id, "requester")
        events.add(tx, now, "thanks", ticket.number, ticket.requester_id, message=message_id)
        _mirror_to_desk(tx, now, ticket, message_id)
        return Received("thanks", ticket.number)
    if ticket.status == "closed" or lifecycle.past_reopening(tx, now, ticket):
        person = people.get(tx, ticket.requester_id)
        assert person is not None
        return open_ticket(tx, now, said, tx.directory.queue(ticket.queue), person, follow_up_of=ticket.number)
    message_id = _store(tx, now, said, ticket.number, ticket.requester_id, "requester")
    join(tx, now, ticket, message_id, said.at)
    return Received("joined", ticket.number)


def join(tx: Tx, now: datetime, ticket: Ticket, message_id: int, written_at: datetime) -> None:
    """A requester's message became part of a ticket: statuses, promises and the desk follow."""
    events.add(tx, now, "message", ticket.number, ticket.requester_id, message=message_id)
    ticket = lifecycle.woken(tx, now, ticket)
    awaiting = ticket.awaiting_since or written_at
    ticket = tickets.change(tx, ticket.number, awaiting_since=awaiting, updated_at=now)
    promises.requester_wrote(tx, now, ticket, written_at)
    _mirror_to_desk(tx, now, ticket, message_id)


def _agent_in_the_open(tx: Tx, now: datetime, said: Said, ticket: Ticket, person: Person, identity_id: int) -> Received:
    """An agent in a thread that agents and requester share: public the moment it was written."""
    message_id = _store(tx, now, said, ticket.number, person.id, "agent", state="sent", fence=ticket.fence)
    collides = ticket.assignee_id not in (None, person.id)
    events.add(tx, now, "open_reply", ticket.number, person.id, message=message_id, collision=collides)
    found = messages.get(tx, message_id)
    if found:
        replies.sent(tx, now, found)
    _mirror_to_desk(tx, now, ticket, message_id)
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
    tx: Tx, now: datetime, said: Said, queues: tuple[Queue, ...], person: Person, identity_id: int
) -> Received:
    """A top-level message in an intake room."""
    if said.place.thread or is_thanks(said.text):
        return Received("ignored")  # a thread that is no ticket's; a late thank-you to the room
    roles = people.roles(tx, person.id)
    if any(queue.key in roles for queue in queues):
        return Received("ignored")  # an agent's announcement
    queue = choose_queue(tx, queues, said.text)
    if queue.private:
        outgoing.whisper(tx, now, identity_id, said.place, None, "hint.private", (), queue=queue.title)
        return Received("hint")
    windows = tx.directory.desk.windows
    since = now - timedelta(seconds=windows.burst)
    burst = tickets.burst(tx, person.id, said.place.connection, said.place.room, since)
    if burst is None:
        return open_ticket(tx, now, said, queue, person)
    threads.add(
        tx,
        burst.number,
        "home",
        said.place.connection,
        said.place.room,
        said.opens or said.place.thread,
        said.message_id,
    )
    message_id = _store(tx, now, said, burst.number, person.id, "requester")
    join(tx, now, burst, message_id, said.at)
    return Received("joined", burst.number)


def choose_queue(tx: Tx, queues: tuple[Queue, ...], text: str) -> Queue:
    """The room's queue if it has exactly one, else keyword rules in order, else the default queue."""
    if len(queues) == 1:
        return queues[0]
    lowered = text.casefold()
    for queue in queues:
        if any(word.casefold() in lowered for word in queue.keywords):
            return queue
    default = tx.directory.desk.queues[tx.directory.desk.default_queue]
    return default if default in queues or not queues else queues[0]


def open_ticket(
    tx: Tx, now: datetime, said: Said, queue: Queue, person: Person, *, follow_up_of: int | None = None
) -> Received:
    """Opens a ticket from a requester's words, with its threads, promises, receipt and desk card."""
    place = said.place
    language = nearest(person.language) or tx.directory.desk.language
    number, plan = _insert_ticket(tx, now, said.text, queue, person, place.connection, language, said.at, follow_up_of)
    home_id = threads.add(
        tx,
        number,
        "home",
        place.connection,
        place.room,
        "" if said.direct else (said.opens or place.thread),
        "" if said.direct else said.message_id,
    )
    home = Thread(home_id, number, "home", place.connection, place.room, said.opens or place.thread)
    room = tx.directory.desk_room(queue)
    desk_id = threads.add(tx, number, "desk", room.connection, room.external_id, None) if room else None
    message_id = _store(tx, now, said, number, person.id, "requester")
    promises.store(tx, number, plan)
    outbox.add(tx, _announcements(now, number, home, room, desk_id, message_id, queue))
    events.add_all(
        tx,
        now,
        [
            ("created", number, person.id, {"queue": queue.key, "follow_up_of": follow_up_of}),
            ("message", number, person.id, {"message": message_id}),
            *promises.started_events(number, plan),
        ],
    )
    return Received("opened", number)


def _insert_ticket(
    tx: Tx,
    now: datetime,
    text: str,
    queue: Queue,
    person: Person,
    connection: str,
    language: str,
    asked_at: datetime | None,
    follow_up_of: int | None = None,
    *,
    agent_opened: bool = False,
) -> tuple[int, promises.Plan]:
    plan = promises.plan(tx.directory, queue, "normal", connection, now, asked_at)
    values: dict[str, Any] = {
        "subject": subject_of(text),
        "status": "new",
        "priority": "normal",
        "queue": queue.key,
        "requester_id": person.id,
        "connection": connection,
        "language": language,
        "created_at": now,
        "updated_at": now,
        "awaiting_since": asked_at,
        "due_at": plan.due_at,
        "follow_up_of": follow_up_of,
        "agent_opened": agent_opened,
    }
    return tickets.add(tx, values), plan


def _announcements(
    now: datetime, number: int, home: Thread, room: Room | None, desk_id: int | None, message_id: int, queue: Queue
) -> list[dict[str, Any]]:
    rows = [outgoing.notice_row(now, home, "receipt", (), ticket=number, queue=queue.title)]
    if room and desk_id is not None:
        desk = Thread(desk_id, number, "desk", room.connection, room.external_id, None)
        rows.append(outgoing.card_row(now, desk))
        if queue.thread == "mirror":
            rows.append(outgoing.message_row(now, desk, message_id))
    return rows


def subject_of(text: str) -> str:
    """The first line with words, shortened at a word to 80 characters; "…" for a message without any."""
    line = next((line.strip() for line in text.splitlines() if line.strip()), "…")
    if len(line) <= SUBJECT_LIMIT:
        return line
    cut = line[:SUBJECT_LIMIT].rsplit(" ", 1)[0]
    return (cut if len(cut) > SUBJECT_LIMIT // 2 else line[:SUBJECT_LIMIT]) + "…"


def _store(
    tx: Tx,
    now: datetime,
    said: Said,
    number: int | None,
    author: int,
    role: str,
    *,
    state: str = "received",
    fence: int = 0,
) -> int:
    return messages.add(
        tx,
        {
            "ticket": number,
            "kind": "message",
            "role": role,
            "author_id": author,
            "text": said.text,
            "written_at": said.at,
            "received_at": now,
            "state": state,
            "connection": said.place.connection,
            "room": said.place.room,
            "thread": said.place.thread,
            "root": said.place.root,
            "external_id": said.message_id,
            "fence": fence,
        },
    )


def _mirror_to_desk(tx: Tx, now: datetime, ticket: Ticket, message_id: int) -> None:
    if tx.directory.queue(ticket.queue).thread == "mirror":
        outgoing.mirror(tx, now, threads.desk(tx, ticket.number), message_id)


# Direct messages: one endless talk, out of which tickets are cut


def _direct(tx: Tx, now: datetime, said: Said, queues: tuple[Queue, ...], person: Person) -> Received:
    """A direct message: the one live matter, a new one where that is clear, else the person is asked."""
    mine = tickets.of_requester(tx, person.id, said.place.connection, said.place.room)
    waiting = messages.undecided(tx, person.id)
    if waiting:
        return _ask(tx, now, said, queues, person, mine, again=True)
    unresolved = [ticket for ticket in mine if ticket.unresolved]
    live_since = now - timedelta(seconds=tx.directory.desk.windows.direct_active)
    private = any(queue.private for queue in queues)
    if len(unresolved) == 1 and unresolved[0].updated_at >= live_since and not private:
        return _requester_wrote(tx, now, said, unresolved[0], None)
    recent = [ticket for ticket in mine if not ticket.unresolved and ticket.updated_at >= live_since]
    if not unresolved and is_thanks(said.text):
        if recent:
            return _requester_wrote(tx, now, said, recent[0], None)
        return Received("ignored")
    if not unresolved and not recent and len(queues) == 1:
        return open_ticket(tx, now, said, queues[0], person)
    return _ask(tx, now, said, queues, person, mine, again=False)


def _ask(
    tx: Tx, now: datetime, said: Said, queues: tuple[Queue, ...], person: Person, mine: list[Ticket], *, again: bool
) -> Received:
    """Keeps the words to themselves and asks once: same matter, or new?"""
    _store(tx, now, said, None, person.id, "requester", state="undecided")
    if not again:
        live = [ticket for ticket in mine if ticket.status != "closed"][:3]
        actions = [f"same:{ticket.number}" for ticket in live] + [f"new:{queue.key}" for queue in queues][:5]
        subjects = {str(ticket.number): ticket.subject for ticket in live}
        say = "ask.matter" if live else "ask.queue"
        outgoing.direct(tx, now, person.id, None, say, tuple(actions), prefer=said.place.connection, subjects=subjects)
        at = now + timedelta(seconds=tx.directory.desk.windows.ask_direct)
        alarms.put(tx, "undecided", person.id, at)
    return Received("undecided")


def decide(tx: Tx, now: datetime, person_id: int, *, same: int | None = None, queue_key: str = "") -> Received:
    """The answer to *same matter or new?*: the waiting words go to ticket `same`, or open one in a queue.

    Nothing waiting, a ticket of somebody else or a queue that takes no direct messages: outcome "ignored".
    """
    waiting = messages.undecided(tx, person_id)
    person = people.get(tx, person_id)
    if not waiting or person is None:
        return Received("ignored")
    first = waiting[0]
    assert first.place is not None
    ticket = tickets.lock(tx, same) if same is not None else None
    if same is not None and (ticket is None or ticket.requester_id != person_id or ticket.status == "closed"):
        return Received("ignored")
    queues = {q.key: q for q in tx.directory.intake_queues(first.place.connection, first.place.room, True)}
    if ticket is None and queue_key not in queues:
        return Received("ignored")
    if ticket is None:
        ticket = _open_from_waiting(tx, now, first, queues[queue_key], person)
        waiting = waiting[1:]
    for message in waiting:
        messages.change(tx, message.id, ticket=ticket.number, state="received")
        join(tx, now, ticket, message.id, message.written_at)
        ticket = tickets.get(tx, ticket.number) or ticket
    alarms.put(tx, "undecided", person_id, None)
    return Received("joined" if same is not None else "opened", ticket.number)


def _open_from_waiting(tx: Tx, now: datetime, first: Message, queue: Queue, person: Person) -> Ticket:
    place = first.place
    assert place is not None
    language = nearest(person.language) or tx.directory.desk.language
    number, plan = _insert_ticket(tx, now, first.text, queue, person, place.connection, language, first.written_at)
    home_id = threads.add(tx, number, "home", place.connection, place.room, "")
    home = Thread(home_id, number, "home", place.connection, place.room, "")
    room = tx.directory.desk_room(queue)
    desk_id = threads.add(tx, number, "desk", room.connection, room.external_id, None) if room else None
    messages.change(tx, first.id, ticket=number, state="received")
    promises.store(tx, number, plan)
    outbox.add(tx, _announcements(now, number, home, room, desk_id, first.id, queue))
    started = promises.started_events(number, plan)
    created: dict[str, Any] = {"queue": queue.key, "follow_up_of": None}
    events.add_all(
        tx,
        now,
        [("created", number, person.id, created), ("message", number, person.id, {"message": first.id}), *started],
    )
    opened = tickets.get(tx, number)
    assert opened is not None
    return opened


def undecided_timeout(tx: Tx, now: datetime, person_id: int) -> None:
    """Nobody answered in time: the only fitting public queue gets the words, else the default queue's agents learn
    that somebody waits, not the words."""
    waiting = messages.undecided(tx, person_id)
    if not waiting or waiting[0].place is None:
        return
    place = waiting[0].place
    queues = tx.directory.intake_queues(place.connection, place.room, True)
    public = [queue for queue in queues if not queue.private]
    if len(queues) == 1 and public:
        decide(tx, now, person_id, queue_key=public[0].key)
        return
    default = tx.directory.desk.queues[tx.directory.desk.default_queue]
    outgoing.in_room(tx, now, default, None, "ask.waiting", (), name=name(tx, person_id))


# Edits and deletes


def edit(tx: Tx, now: datetime, edited: Edited) -> None:
    """Somebody changed their words: all versions are kept, and the copies on the other side follow."""
    if not events.first_time(tx, edited.key, now):
        return
    place = edited.place
    found = messages.by_external(tx, place.connection, place.room, edited.message_id)
    if found is None or found.deleted or found.text == edited.text:
        return
    messages.keep_version(tx, found, edited.at)
    messages.change(tx, found.id, text=edited.text, edited_at=edited.at)
    if found.ticket is None:
        return
    events.add(tx, now, "edited", found.ticket, found.author_id, message=found.id)
    outgoing.follow_change(tx, now, found, messages.copies(tx, found.id), "edit")


def delete(tx: Tx, now: datetime, deleted: Deleted) -> None:
    """Somebody deleted their words: what waits is not sent, what was sent is taken back where that is possible."""
    if not events.first_time(tx, deleted.key, now):
        return
    place = deleted.place
    found = messages.by_external(tx, place.connection, place.room, deleted.message_id)
    if found is None or found.deleted:
        return
    messages.keep_version(tx, found, deleted.at)
    withdrawn = outbox.cancel_message(tx, found.id)
    state = (
        "cancelled" if found.state in ("held", "undecided") or (withdrawn and found.state == "waiting") else found.state
    )
    messages.change(tx, found.id, deleted_at=deleted.at, state=state)
    if found.ticket is None:
        return
    events.add(tx, now, "deleted", found.ticket, found.author_id, message=found.id)
    outgoing.follow_change(tx, now, found, messages.copies(tx, found.id), "delete")
