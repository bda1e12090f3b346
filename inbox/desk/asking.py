"""A ticket is asked for on purpose, wherever the person is: by command, by form, or by pointing at words."""

from dataclasses import dataclass, field
from datetime import datetime

from inbox.desk import direct, fields, intake, matter, replies
from inbox.desk.fields import Answers
from inbox.desk.matter import SUBJECT_LIMIT, Opening, Received
from inbox.desk.replies import checked
from inbox.directory import Directory, Queue
from inbox.errors import BadInput, NotFound
from inbox.model import PRIORITIES, Account, Person, Place, Priority, Said, Ticket
from inbox.store import Tx, events, people, tickets


def ask(tx: Tx, now: datetime, said: Said, person: Person, identity_id: int) -> Received:
    """Opens a ticket from words that were given to the bot; `said.message_id` is "" where nobody sees them.

    In direct messages that several queues take the person is asked which ("undecided"). In a room the queue is the
    room's, by keywords, or the default one. The answer goes where it was asked, if requesters write there and the words
    can be seen; else by direct message. Raises BadInput: `confidential` where others read along and that queue does not
    want it, `write_here` and `ask_elsewhere` where no answer could be heard.
    """
    place = said.place
    here = tx.directory.intake_queues(place.connection, place.room, said.direct)
    if said.direct and here:
        return direct.open_new(tx, now, said, here, person)
    if here and said.message_id:
        queue = intake.choose_queue(tx, here, said.text)
        if queue.private:
            raise BadInput("confidential", queue=queue.title)
        return matter.open_from(tx, now, said, queue, person)
    talk = () if said.direct else talks(tx, place.connection)
    if not talk:
        raise BadInput("write_here" if here else "ask_elsewhere")
    queue = intake.choose_queue(tx, here or talk, said.text)
    home = matter.home_alone(tx.directory, queue, said.author, place.room)
    opening = Opening(queue, person, said.text, said.at, home, identity_id=identity_id)
    number = matter.open_ticket(tx, now, opening, lambda n: matter.store_words(tx, now, said, n, person.id))
    return Received("opened", number)


def talks(tx: Tx, connection: str) -> tuple[Queue, ...]:
    """The queues that take direct messages on a connection: where there are any, answers can be heard there."""
    return tx.directory.intake_queues(connection, "", True)


def choices(directory: Directory, connection: str) -> tuple[Queue, ...]:
    """The queues that a form may offer on a connection: those that take requests there, confidential ones only where
    they do so by direct message, which is where the answer goes."""
    direct_ones = directory.intake_queues(connection, "", True)
    if not direct_ones:
        return ()
    here = [q for q in directory.desk.queues.values() if any(ref.connection == connection for ref in q.intake)]
    return tuple(queue for queue in here if queue in direct_ones or not queue.private)


@dataclass(frozen=True, slots=True)
class Filled:
    """What somebody wrote into the form: the queue's key ("" for the desk's own choice), a subject (may be ""), and
    `answers` to the queue's own questions, as they are kept."""

    queue: str
    subject: str
    words: str
    priority: Priority = "normal"
    answers: Answers = field(default_factory=dict)


def queue_of(tx: Tx, by: Account, filled: Filled) -> Queue:
    """The queue that a form is for. Raises BadInput as `fill` does."""
    words = _filled_words(filled.words)
    length = len(filled.subject.strip())
    if length > SUBJECT_LIMIT:
        raise BadInput("subject_long", field="subject", limit=SUBJECT_LIMIT, length=length)
    offered = {queue.key: queue for queue in choices(tx.directory, by.connection)}
    if not offered:
        raise BadInput("ask_elsewhere")
    if filled.queue and filled.queue not in offered:
        raise BadInput("queue_gone", field="queue")
    if filled.priority not in PRIORITIES:
        raise BadInput("stale_button")
    return offered.get(filled.queue) or intake.choose_queue(tx, tuple(offered.values()), words)


def fill(
    tx: Tx, now: datetime, by: Account, person: Person, identity_id: int, filled: Filled, room: str = ""
) -> Received:
    """Opens a ticket from a form that was opened in `room`; the answer comes to its sender alone.

    Raises BadInput, which names the field at fault (`empty_words`, `too_long`, `subject_long`, `queue_gone` for a queue
    that is not offered any more), `stale_button` for a priority that there is not, and `ask_elsewhere` where no answer
    could be heard."""
    queue, words = queue_of(tx, by, filled), _filled_words(filled.words)
    opening = Opening(
        queue,
        person,
        words,
        now,
        matter.home_alone(tx.directory, queue, by, room),
        identity_id=identity_id,
        subject=filled.subject.strip(),
        priority=filled.priority,
    )
    said = Said(Place(by.connection, ""), "", by, words, now)
    number = matter.open_ticket(tx, now, opening, lambda n: matter.store_words(tx, now, said, n, person.id))
    fields.begin(tx, now, number, person.id, filled.answers)
    return Received("opened", number)


def _filled_words(words: str) -> str:
    try:
        return checked(words)
    except BadInput as error:
        raise BadInput(error.reason, field="words", **error.facts) from None


def point(tx: Tx, now: datetime, said: Said, by: Person) -> Received:
    """*Make a ticket* on a message that somebody wrote, `said`: its author is the requester, and the answer goes where
    it was written. "again" where it is a ticket's already, which `by` may see.

    Raises NotFound (a ticket's that is not theirs to see), BadInput: `bot_words`, `not_here` (only agents may point
    outside of intake rooms), `confidential`, `blocked_author`.
    """
    known = intake.ticket_of_message(tx, said.place, said.message_id)
    roles = people.roles(tx, by.id)
    if known is not None:
        ticket = tickets.get(tx, known)
        if ticket is None or not (ticket.requester_id == by.id or ticket.queue in roles):
            raise NotFound(ticket=known)
        return Received("again", known)
    if said.author.bot or not (said.text.strip() or said.files):
        raise BadInput("bot_words")
    here = tx.directory.intake_queues(said.place.connection, said.place.room, said.direct)
    if not here and not roles:
        raise BadInput("not_here")
    author, identity_id = people.identify(tx, now, said.author)
    if author.blocked:
        raise BadInput("blocked_author")
    mine = tuple(queue for queue in tx.directory.desk.queues.values() if queue.key in roles)
    queue = intake.choose_queue(tx, here or mine, said.text)
    alone = None
    if queue.private and not said.direct:
        alone = matter.home_alone(tx.directory, queue, said.author, said.place.room)
        if not alone.room or not (author.id == by.id or queue.key in roles):
            raise BadInput("confidential", queue=queue.title)
    events.first_time(tx, said.key, now)  # told again, from history say, it opens nothing more
    return matter.open_from(tx, now, said, queue, author, alone=alone, identity_id=identity_id if alone else None)


def reached(tx: Tx, ticket: Ticket) -> tuple[Person, int, str]:
    """A ticket's requester, an account by which they are reached, and its connection: that of the ticket, if it is one.
    Raises BadInput (`unreachable_for`)."""
    person, accounts = people.get(tx, ticket.requester_id), people.identities(tx, ticket.requester_id)
    good = [one for one in accounts if not one.unreachable]
    best = next((one for one in good if one.connection == ticket.connection), good[0] if good else None)
    if person is None or best is None:
        raise BadInput("unreachable_for")
    return person, best.id, best.connection


def open_for(tx: Tx, now: datetime, agent: Person, who: tuple[Person, int, str], key: str, words: str) -> int:
    """An agent opens a ticket for somebody who came by, or called: `who` is the person, the account by which the answer
    goes to them directly, and its connection; `words` are what the agent writes down, inside. Returns its number.

    Raises NotFound (a queue that is not theirs), BadInput: `empty_words`, `too_long`, `own_ticket_for` (for themselves:
    they ask like everybody), `blocked_author`.
    """
    person, identity_id, connection = who
    if key not in people.roles(tx, agent.id):
        raise NotFound(ticket=0)
    if person.id == agent.id:
        raise BadInput("own_ticket_for")
    if person.blocked:
        raise BadInput("blocked_author")
    words, queue = checked(words), tx.directory.queue(key)
    home = Place(connection, "")
    opening = Opening(queue, person, words, now, home, identity_id=identity_id, opened_by=agent.id)
    return matter.open_ticket(tx, now, opening, lambda number: replies.jot(tx, now, number, agent.id, words))
