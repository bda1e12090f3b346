"""Direct messages: one endless talk, out of which tickets are cut."""

from datetime import datetime, timedelta

from inbox.desk import matter, outgoing
from inbox.desk.access import name
from inbox.desk.matter import Opening, Received
from inbox.desk.thanks import only_thanks
from inbox.directory import Queue
from inbox.model import Message, Person, Place, Said, Ticket
from inbox.store import Tx, alarms, choices, messages, people, tickets, told

# buttons of the question; together no more than a keyboard of Telegram's holds, 100
SAME_LIMIT, QUEUE_LIMIT = 3, 90


def receive(tx: Tx, now: datetime, said: Said, queues: tuple[Queue, ...], person: Person) -> Received:
    """A direct message: for the queue that was chosen before, the one live matter, a new one where that is clear; else
    the person is asked."""
    people.lock(tx, person.id)  # as whoever decides where their waiting words belong
    chosen = None if only_thanks(said) else _chosen(tx, now, person, said.place.connection, queues)
    if chosen:
        return matter.open_from(tx, now, said, chosen, person)
    mine = tickets.of_requester(tx, person.id, said.place.connection, said.place.room)
    if messages.undecided(tx, person.id, 1):
        waits = alarms.at(tx, "undecided", person.id) is not None  # else the question was not answered in time
        return _keep_waiting(tx, now, said, person) if waits else _ask(tx, now, said, queues, person, mine)
    unresolved = [ticket for ticket in mine if ticket.unresolved]
    live_since = now - timedelta(seconds=tx.directory.desk.windows.direct_active)
    private = any(queue.private for queue in queues)
    if len(unresolved) == 1 and _is_live(tx, unresolved[0], live_since) and not private:
        return _go_on(tx, now, said, unresolved[0])
    recent = [ticket for ticket in mine if not ticket.unresolved and ticket.updated_at >= live_since]
    if not unresolved and only_thanks(said):
        return _go_on(tx, now, said, recent[0]) if recent else Received("ignored")
    if not unresolved and not recent and len(queues) == 1:
        return matter.open_from(tx, now, said, queues[0], person)
    return _ask(tx, now, said, queues, person, mine)


def open_new(tx: Tx, now: datetime, said: Said, queues: tuple[Queue, ...], person: Person) -> Received:
    """A new matter on purpose: in the queue that was chosen before, or the only one; else the person is asked which."""
    people.lock(tx, person.id)
    queue = _chosen(tx, now, person, said.place.connection, queues) or (queues[0] if len(queues) == 1 else None)
    if queue:
        return matter.open_from(tx, now, said, queue, person)
    if messages.undecided(tx, person.id, 1) and alarms.at(tx, "undecided", person.id) is not None:
        return _keep_waiting(tx, now, said, person)
    return _ask(tx, now, said, queues, person, [])


def choose(tx: Tx, now: datetime, person_id: int, place: Place, queue_key: str) -> Received:
    """A person says for whom it is what they write next in the direct messages at `place`; words that wait for that
    answer go there at once. Outcome "ignored" for a queue that takes no direct messages there, "asked" for one that has
    questions of its own: then these are to be asked."""
    queues = tx.directory.intake_queues(place.connection, place.room, True)
    if queue_key not in {queue.key for queue in queues}:
        return Received("ignored")
    people.lock(tx, person_id)
    if messages.undecided(tx, person_id, 1):
        return decide(tx, now, person_id, queue_key=queue_key)
    if tx.directory.queue(queue_key).fields:
        return Received("asked")
    until = now + timedelta(seconds=tx.directory.desk.windows.ask_direct)
    choices.put(tx, person_id, place.connection, queue_key, until)
    return Received("chosen")


def _is_live(tx: Tx, ticket: Ticket, since: datetime) -> bool:
    """Whether a matter was talked about since then. Who was reminded since that we wait for them talks about that."""
    if ticket.updated_at >= since or ticket.status != "pending":
        return ticket.updated_at >= since
    return any(said.state == "sent" and said.at >= since for said in told.about(tx, ticket.number, "pending", True))


def _chosen(tx: Tx, now: datetime, person: Person, connection: str, queues: tuple[Queue, ...]) -> Queue | None:
    key = choices.take(tx, person.id, connection, now)
    return next((queue for queue in queues if queue.key == key), None)


def _go_on(tx: Tx, now: datetime, said: Said, ticket: Ticket) -> Received:
    """With a ticket as it is once nobody else can change it."""
    return matter.requester_wrote(tx, now, said, tickets.lock(tx, ticket.number) or ticket)


def _keep_waiting(tx: Tx, now: datetime, said: Said, person: Person) -> Received:
    matter.store_words(tx, now, said, None, person.id, state="undecided")
    return Received("undecided")


def _ask(tx: Tx, now: datetime, said: Said, queues: tuple[Queue, ...], person: Person, mine: list[Ticket]) -> Received:
    """Keeps the words to themselves and asks, once: same matter, or new?"""
    live = [ticket for ticket in mine if ticket.status != "closed"][:SAME_LIMIT]
    actions = [f"same:{ticket.number}" for ticket in live] + [f"new:{queue.key}" for queue in queues[:QUEUE_LIMIT]]
    say = "ask.matter" if live else "ask.queue"
    subjects = {str(ticket.number): ticket.subject for ticket in live}
    outgoing.direct(tx, now, person.id, None, say, tuple(actions), prefer=said.place.connection, subjects=subjects)
    at = now + timedelta(seconds=tx.directory.desk.windows.ask_direct)
    alarms.put(tx, "undecided", person.id, at)
    return _keep_waiting(tx, now, said, person)


def decide(tx: Tx, now: datetime, person_id: int, *, same: int | None = None, queue_key: str = "") -> Received:
    """The answer to *same matter or new?*: the waiting words go to ticket `same`, or open one in a queue.

    Nothing waiting, a ticket of somebody else or a queue that takes no direct messages: outcome "ignored".
    """
    people.lock(tx, person_id)
    waiting, person = messages.undecided(tx, person_id), people.get(tx, person_id)
    if not waiting or waiting[0].place is None or person is None:
        return Received("ignored")
    queues = {q.key: q for q in tx.directory.intake_queues(waiting[0].place.connection, waiting[0].place.room, True)}
    ticket = tickets.lock(tx, same) if same is not None else None
    if ticket is not None and (ticket.requester_id != person_id or ticket.status == "closed"):
        return Received("ignored")
    if ticket is None:
        if same is not None or queue_key not in queues:
            return Received("ignored")
        ticket = _open(tx, now, waiting[0], waiting[0].place, queues[queue_key], person)
        waiting = waiting[1:]
    if waiting:
        ids = [message.id for message in waiting]
        messages.put_in(tx, ticket.number, ids)
        matter.join(tx, now, ticket, ids, waiting[0].written_at)
    alarms.put(tx, "undecided", person_id, None)
    return Received("joined" if same is not None else "opened", ticket.number)


def _open(tx: Tx, now: datetime, first: Message, place: Place, queue: Queue, person: Person) -> Ticket:
    home = Place(place.connection, place.room)

    def keep(number: int) -> int:
        messages.put_in(tx, number, [first.id])
        return first.id

    number = matter.open_ticket(tx, now, Opening(queue, person, first.text, first.written_at, home), keep)
    opened = tickets.get(tx, number)
    assert opened is not None
    return opened


def timed_out(tx: Tx, now: datetime, person_id: int) -> None:
    """Nobody answered in time: the only fitting public queue gets the words, else the default queue's agents learn
    that somebody waits, not the words."""
    waiting = messages.undecided(tx, person_id)
    if not waiting or waiting[0].place is None:
        return
    place = waiting[0].place
    queues = tx.directory.intake_queues(place.connection, place.room, True)
    if len(queues) == 1 and not queues[0].private:
        decide(tx, now, person_id, queue_key=queues[0].key)
        return
    default = tx.directory.desk.queues[tx.directory.desk.default_queue]
    outgoing.in_room(tx, now, default, None, "ask.waiting", (), name=name(tx, person_id))
