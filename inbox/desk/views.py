"""The read side: what a reader may see, as values that a page can show without a further look-up."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from inbox.desk import access, fields, ledger, linking
from inbox.desk.explaining import Explained
from inbox.desk.ledger import Line as Copy
from inbox.desk.presence import There
from inbox.desk.signin import Reader
from inbox.directory import Queue
from inbox.errors import NotFound
from inbox.model import Event, File, Message, Person, Ticket
from inbox.question import Question
from inbox.store import Tx, absence, files, messages, people, reactions, surveys, tickets, views
from inbox.store.absence import Absence
from inbox.store.people import Identity
from inbox.store.surveys import Survey
from inbox.store.views import Mark, Row, Shelf

PAGE = 50  # tickets to a list page
WORDS = 5  # of those that are looked for
ALSO = 8  # other tickets of the requester
TALK = 200  # messages to a ticket page
HAPPENED = 200  # events to a ticket page
VERSIONS = 20  # earlier versions shown of one message
BIGGEST = 2**63 - 1  # what a database key can hold
# What a message's own line tells already, and what is only for the audit.
SILENT = frozenset(
    {
        "message",
        "note",
        "thanks",
        "reply_written",
        "reply_held",
        "replied",
        "discarded",
        "undone",
        "edited",
        "deleted",
        "delivered",
        "delivery_failed",
        "delivery_unknown",
        "resent",
        "return_warned",
        "read_private",
        "room_moved",
        "gap",
        "linked",
        "unlinked",
        "reacted",
        "alarm_failed",
        "away",
        "back",
        "canned_saved",
        "canned_deleted",
        "token_made",
        "token_revoked",
        "survey_planned",
        "survey_skipped",
        "survey_reminded",
        "survey_undeliverable",
        "survey_commented",
        "survey_opted_out",
        "survey_opted_in",
        "nps_started",
        "nps_asked",
        "nps_reminded",
        "nps_rated",
        "nps_commented",
        "nps_expired",
        "nps_skipped",
        "nps_undeliverable",
        "nps_withdrawn",
        "fields",
    }
)


@dataclass(frozen=True, slots=True)
class Line:
    """A queue as the reader's menu shows it."""

    key: str
    title: str
    private: bool


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a reader asks to see: a shelf of one queue, or of all of theirs (""), from the start or after a mark; or,
    with `words`, those of these queues that have them in their subject or their requester's name, the newest first."""

    shelf: Shelf = "unresolved"
    queue: str = ""
    after: Mark | None = None
    words: str = ""


@dataclass(frozen=True, slots=True)
class QueueList:
    """One page of a list; `next` is where the following page begins, None on the last. `decide` is on how many tickets
    words of the reader's wait for their decision; `away` tells that the reader said to be away, `holds` what they hold
    then; `feedback` says that they may see how people find the help."""

    rows: tuple[Row, ...]
    queues: tuple[Line, ...]
    next: Mark | None
    decide: int = 0
    away: Absence | None = None
    holds: int = 0
    feedback: bool = False


@dataclass(frozen=True, slots=True)
class Spoken:
    """A message with what became of it: earlier versions (words, edited at), its copies on the platforms, the files
    that came with it, the marks on it (emoji, whose), and the words that it answers ("" for none)."""

    message: Message
    author: str
    versions: tuple[tuple[str, datetime], ...] = ()
    copies: tuple[Copy, ...] = ()
    files: tuple[File, ...] = ()
    marks: tuple[tuple[str, tuple[str, ...]], ...] = ()
    answered: str = ""

    @property
    def reason(self) -> str:
        """Why the requester does not have these words, "" where that is not known or not so."""
        told = (copy.reason for copy in self.copies if copy.side == "home" and copy.reason)
        return next(told, "") if self.message.state in ("failed", "unknown", "held", "waiting") else ""

    @property
    def at(self) -> datetime:
        return self.message.written_at


@dataclass(frozen=True, slots=True)
class Happened:
    """An event with the names of the people in it: `who` did it ("" the desk itself), facts name persons by `names`."""

    event: Event
    who: str
    names: Mapping[str, str]

    @property
    def at(self) -> datetime:
        return self.event.at


@dataclass(frozen=True, slots=True)
class TicketPage:
    """One ticket with its newest talk, oldest first; `older` is the message id before which more stands, or None.

    `also` are the requester's latest other tickets that the reader may see, wherever they asked; `accounts` are theirs,
    and `perhaps` says which of other persons may be. `fields` are the answers to the queue's own questions; `there`
    are those who look at it just now, and `promises` what is promised on it and why it stands so.
    """

    ticket: Ticket
    queue: Line
    requester: Person
    holder: str
    others: tuple[str, ...]
    talk: tuple[Spoken | Happened, ...]
    ratings: tuple[Survey, ...]
    older: int | None
    also: tuple[Ticket, ...] = ()
    accounts: tuple[Identity, ...] = ()
    fields: tuple[tuple[Question, str], ...] = ()
    perhaps: str = ""
    there: tuple[There, ...] = ()
    promises: tuple[Explained, ...] = ()


def queues(tx: Tx, reader: Reader) -> tuple[Line, ...]:
    """The queues that a reader may see, in the file's order; queues with tickets that the file forgot come last."""
    named = tx.directory.desk.queues
    keys = [key for key in named if reader.operator or key in reader.roles]
    more = views.queues_in_use(tx) if reader.operator else sorted(reader.roles)
    return tuple(line(tx, key) for key in (*keys, *(key for key in more if key not in named)))


def is_theirs(tx: Tx, reader: Reader, number: int) -> bool:
    """Whether there is a ticket with that number that the reader may see."""
    ticket = tickets.get(tx, number)
    return ticket is not None and reader.sees(ticket)


def line(tx: Tx, key: str) -> Line:
    """A queue by its key; one that the file forgot counts as private."""
    found: Queue | None = tx.directory.desk.queues.get(key)
    return Line(key, found.title, found.private) if found else Line(key, key, True)


def queue_list(tx: Tx, reader: Reader, wanted: Wanted) -> QueueList:
    """A page of the reader's tickets, nearest deadline first (of the resolved: the latest first).

    Raises NotFound alike for a queue that is not theirs and one that does not exist.
    """
    visible = queues(tx, reader)
    chosen = [queue.key for queue in visible if wanted.queue in ("", queue.key)]
    if wanted.queue and not chosen:
        raise NotFound
    if wanted.shelf in views.PERSONAL and reader.operator:
        return QueueList((), visible, None, feedback=True)
    agent, found = reader.person_id, list[Mark]()
    if wanted.words:
        shown = views.rows(tx, views.found(tx, wanted.words.split()[:WORDS], chosen, PAGE))
    else:
        found = views.marks(tx, wanted.shelf, chosen, PAGE + 1, agent=agent, after=wanted.after)
        shown = views.rows(tx, [number for _, number in found[:PAGE]])
    decide = views.waiting_words(tx, agent, reader.roles) if agent is not None else 0
    away = absence.of(tx, [agent]).get(agent) if agent is not None else None
    holds = len(tickets.held_of(tx, agent, sorted(reader.roles), PAGE)) if away and agent is not None else 0
    further = found[PAGE - 1] if len(found) > PAGE else None
    return QueueList(tuple(shown), visible, further, decide, away, holds, reports(tx, reader))


def reports(tx: Tx, reader: Reader) -> bool:
    """Whether they may see how people find the help: leads, admins, the operator."""
    if reader.person_id is None or "lead" in reader.roles.values():
        return True
    return access.is_admin(tx, reader.person_id)


def ticket_page(tx: Tx, reader: Reader, number: int, before: int | None = None) -> TicketPage:
    """One ticket as its page shows it: its newest messages (those before the id `before`), events, people.

    Raises NotFound alike for a ticket that is not the reader's and one that does not exist.
    """
    ticket = tickets.get(tx, number) if 0 < number <= BIGGEST else None
    if ticket is None or not reader.sees(ticket):
        raise NotFound(ticket=number)
    numbers = tickets.gathered(tx, number)
    spoken = views.talk(tx, numbers, TALK + 1, before)
    older = spoken[1].id if len(spoken) > TALK else None
    spoken = spoken[-TALK:]
    happened = _happened(tx, numbers, ticket, spoken, bounded=older is not None, before=before)
    names = people.names(tx, _persons(ticket, spoken, happened))
    requester = people.get(tx, ticket.requester_id) or Person(ticket.requester_id, "")
    return TicketPage(
        ticket=ticket,
        queue=line(tx, ticket.queue),
        requester=requester,
        holder=names.get(ticket.assignee_id or 0, ""),
        others=_others(ticket, spoken, names),
        talk=_interleaved(_spoken(tx, numbers, spoken, before, names), happened, names),
        ratings=tuple(one for one in surveys.of_ticket(tx, number) if one.score is not None),
        older=older,
        also=tuple(one for one in tickets.latest_of(tx, ticket.requester_id, ALSO + 1) if _other(one, ticket, reader)),
        accounts=tuple(people.identities(tx, ticket.requester_id)),
        fields=fields.answered(tx, ticket),
        perhaps=linking.names(tx, linking.perhaps(tx, ticket.requester_id)),
    )


def _other(one: Ticket, ticket: Ticket, reader: Reader) -> bool:
    return one.number != ticket.number and reader.sees(one)


def _happened(
    tx: Tx, numbers: list[int], ticket: Ticket, spoken: list[Message], *, bounded: bool, before: int | None
) -> list[Event]:
    """The events from the first of these messages to the first of the newer page, if there is one."""
    since = spoken[0].written_at if bounded and spoken else None
    newer = messages.get(tx, before) if before is not None else None
    until = newer.written_at if newer and newer.ticket in numbers else None
    found = views.happened(tx, ticket.number, HAPPENED, since, until)
    return [event for event in found if event.kind not in SILENT]


def _spoken(
    tx: Tx, numbers: list[int], spoken: list[Message], before: int | None, names: Mapping[int, str]
) -> list[Spoken]:
    """What was said, with what became of it."""
    edited = views.versions(tx, [m.id for m in spoken if m.edited or m.deleted], VERSIONS)
    lines = ledger.of_ticket(tx, numbers[0], limit=TALK, before=before, numbers=numbers) if spoken else ()
    copies = ledger.by_message(lines)
    ids = [m.id for m in spoken]
    attached, marks = files.of_messages(tx, ids), reactions.of_messages(tx, ids)
    answered = views.texts(tx, numbers, [m.reply_to for m in spoken if m.reply_to is not None])
    return [
        Spoken(
            m,
            names.get(m.author_id or 0, ""),
            tuple(edited.get(m.id, ())),
            copies.get(m.id, ()),
            tuple(attached.get(m.id, ())),
            _counted(marks.get(m.id, [])),
            answered.get(m.reply_to or 0, ""),
        )
        for m in spoken
    ]


def _counted(marks: list[tuple[str, str]]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """(emoji, who) put together by emoji, the first mark first."""
    found: dict[str, list[str]] = {}
    for emoji, who in marks:
        found.setdefault(emoji, []).append(who)
    return tuple((emoji, tuple(names)) for emoji, names in found.items())


def file(tx: Tx, reader: Reader, file_id: int) -> tuple[File, int, bool]:
    """A file that is kept, its ticket, and whether that is a confidential one's. Raises NotFound alike for one that is
    not the reader's and one that does not exist."""
    found = files.get(tx, file_id)
    message = messages.get(tx, found.message_id) if found else None
    ticket = tickets.get(tx, tickets.survivor(tx, message.ticket)) if message and message.ticket else None
    if found is None or ticket is None or found.state != "stored" or not reader.sees(ticket):
        raise NotFound
    return found, ticket.number, tx.directory.queue(ticket.queue).private


def _interleaved(said: list[Spoken], happened: list[Event], names: Mapping[int, str]) -> tuple[Spoken | Happened, ...]:
    done = [Happened(e, names.get(e.actor or 0, ""), _named(e, names)) for e in happened]
    # at the same instant what happened comes first: a reply that claims the ticket is its new holder's
    return tuple(sorted((*done, *said), key=lambda shown: shown.at))


PERSONS = ("holder", "to", "by", "person", "former")  # the facts of events that are a person's id


def _persons(ticket: Ticket, spoken: list[Message], happened: list[Event]) -> set[int | None]:
    found = {ticket.requester_id, ticket.assignee_id, *(m.author_id for m in spoken), *(e.actor for e in happened)}
    for event in happened:
        found |= {event.facts[fact] for fact in PERSONS if isinstance(event.facts.get(fact), int)}
    return found


def _named(event: Event, names: Mapping[int, str]) -> dict[str, str]:
    ids = {fact: event.facts.get(fact) for fact in PERSONS}
    return {fact: names.get(who, "") for fact, who in ids.items() if isinstance(who, int)}


def _others(ticket: Ticket, spoken: list[Message], names: Mapping[int, str]) -> tuple[str, ...]:
    """Who else spoke or wrote notes, in the order in which they came in."""
    ids = dict.fromkeys(
        m.author_id for m in spoken if m.author_id not in (None, ticket.requester_id, ticket.assignee_id)
    )
    return tuple(names[who] for who in ids if who in names)
