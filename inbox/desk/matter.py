"""One matter: a ticket is opened from a requester's words, and the requester goes on with it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from inbox.desk import albums, following, greeting, lifecycle, outgoing, promises, tags, terms, turns
from inbox.desk.access import name
from inbox.desk.thanks import only_thanks
from inbox.directory import Directory, Queue
from inbox.locale import nearest
from inbox.model import Account, MessageKind, MessageState, Person, Place, Priority, Said, Thread, Ticket
from inbox.store import Tx, events, messages, outbox, people, threads, tickets
from inbox.words import part_of, stored

SUBJECT_LIMIT = 80
Outcome = Literal[
    "again",
    "ignored",
    "opened",
    "joined",
    "desk",
    "undecided",
    "chosen",
    "asked",
    "thanks",
    "hint",
    "blocked",
    "remark",
]


@dataclass(frozen=True, slots=True)
class Received:
    """What became of words: the outcome, and the ticket they belong to, if any."""

    outcome: Outcome
    ticket: int | None = None


@dataclass(frozen=True, slots=True)
class Opening:
    """A ticket to be opened: whose words, in which queue, asked when, and `home`, the place that the answer goes to.
    With `identity_id` that is the account's direct messages, wherever the receipt finds them. Without a `subject` the
    words' first line is it. `opened_by` is the agent who opens it for them; with `amends` the desk itself does, to make
    good on the ticket that it follows. With `greets` the receipt says when a queue opens that is closed."""

    queue: Queue
    person: Person
    text: str
    asked_at: datetime
    home: Place
    follow_up_of: int | None = None
    identity_id: int | None = None
    subject: str = ""
    priority: Priority = "normal"
    opened_by: int | None = None
    greets: bool = True
    amends: bool = False

    @property
    def asked(self) -> datetime | None:
        """When the requester asked; None where somebody else opens it for them."""
        return self.asked_at if self.opened_by is None and not self.amends else None


def open_ticket(tx: Tx, now: datetime, opening: Opening, keep: Callable[[int], int]) -> int:
    """Opens a ticket with its threads, promises, receipt and desk card; returns its number.

    `keep(number)` stores the words that it is opened with and returns their message's id.
    """
    queue, person, home = opening.queue, opening.person, opening.home
    promised = terms.of_new(tx, queue, opening.priority, home.connection, person.id)
    plan = promises.plan(tx.directory, promised, now, opening.asked)
    number = tickets.add(tx, _values(tx, now, opening, plan))
    made = home.thread if opening.identity_id is None else None
    home_id = threads.add(tx, number, "home", home.connection, home.room, made, home.root)
    room = tx.directory.desk_room(queue)
    desk_id = threads.add(tx, number, "desk", room.connection, room.external_id, None) if room else None
    message_id = keep(number)
    promises.store(tx, number, plan)
    thread = Thread(home_id, number, "home", home.connection, home.room, made, home.root)
    rows = [outgoing.receipt_row(now, thread, opening.identity_id, **_receipt(tx, now, opening, number))]
    if room and desk_id is not None:
        desk = Thread(desk_id, number, "desk", room.connection, room.external_id, None)
        rows.append(outgoing.card_row(now, desk))
        rows += [outgoing.message_row(now, desk, message_id)] if queue.thread == "mirror" else []
    outbox.add(tx, rows)
    created: dict[str, Any] = {"queue": queue.key, "follow_up_of": opening.follow_up_of}
    actor = None if opening.amends else opening.opened_by or person.id
    first: list[events.Entry] = [
        ("created", number, actor, created),
        ("message" if opening.asked else "note", number, actor, {"message": message_id}),
    ]
    events.add_all(tx, now, [*first, *promises.started_events(number, plan)])
    outgoing.label(tx, now, number)
    turns.wait(tx, now, queue.key, number)
    return number


def _receipt(tx: Tx, now: datetime, opening: Opening, number: int) -> dict[str, Any]:
    facts: dict[str, Any] = {"ticket": number, "queue": opening.queue.title}
    if opening.amends:
        return {**facts, "before": opening.follow_up_of, "say": "amends.told"}
    if opening.opened_by is None:
        opens = greeting.opens(tx, now, opening.queue, opening.person.id) if opening.greets else None
        return {**facts, "opens": opens.isoformat(), "say": "receipt_closed"} if opens else facts
    subject = "" if opening.queue.private else subject_of(opening.subject or opening.text)
    return {**facts, "by": name(tx, opening.opened_by), "subject": subject, "say": "receipt_for"}


def _values(tx: Tx, now: datetime, opening: Opening, plan: promises.Plan) -> dict[str, Any]:
    return {
        "subject": subject_of(opening.subject or opening.text),
        "status": "new",
        "priority": opening.priority,
        "queue": opening.queue.key,
        "requester_id": opening.person.id,
        "connection": opening.home.connection,
        "language": nearest(opening.person.language) or tx.directory.desk.language,
        "created_at": now,
        "updated_at": now,
        "awaiting_since": opening.asked,
        "due_at": plan.due_at,
        "follow_up_of": opening.follow_up_of,
        "agent_opened": opening.asked is None,
    }


def open_from(
    tx: Tx,
    now: datetime,
    said: Said,
    queue: Queue,
    person: Person,
    *,
    follow_up_of: int | None = None,
    alone: Place | None = None,
    identity_id: int | None = None,
) -> Received:
    """Opens a ticket from words that were just written. Its talk goes on where they were, or in `alone`, a place that
    only the account `identity_id` and the desk see."""
    named = said.text or (said.files[0].name if said.files else "")
    opening = Opening(queue, person, named, said.at, alone or _where(tx, said), follow_up_of, identity_id)
    number = open_ticket(tx, now, opening, lambda n: store_words(tx, now, said, n, person.id))
    if said.tags:
        tags.bring(tx, now, number, person.id, said.tags)
    return Received("opened", number)


def _where(tx: Tx, said: Said) -> Place:
    """Where the talk about words goes on: where they were written, which in a thread of one person's own stays one."""
    thread, root = ("", "") if said.direct else (said.opens or said.place.thread, said.message_id)
    place = Place(said.place.connection, said.place.room, thread, root)
    return place if said.opens else _kept_alone(tx, place)


def _kept_alone(tx: Tx, place: Place) -> Place:
    """The place, known to be for one person alone if a ticket's talk there is."""
    before = threads.by_place(tx, place.connection, place.room, place.thread) if place.thread else None
    return before.place if before and before.place.person else place


def home_alone(directory: Directory, queue: Queue, by: Account, room: str) -> Place:
    """Where the answer goes to somebody who asked in `room` without words that others see there: a thread of their own
    where the queue opens such, else their direct messages (whose room the receipt finds)."""
    found = directory.private_room(queue, by.connection, room)
    return Place(by.connection, found, root=f"@{by.external_id}") if found else Place(by.connection, "")


def subject_of(text: str) -> str:
    """The first line with words, shortened at a word to 80 characters; "…" for a message without any."""
    line = next((line.strip() for line in text.splitlines() if line.strip()), "…")
    if len(line) <= SUBJECT_LIMIT:
        return line
    cut = line[:SUBJECT_LIMIT].rsplit(" ", 1)[0]
    return (cut if len(cut) > SUBJECT_LIMIT // 2 else line[:SUBJECT_LIMIT]) + "…"


def store_words(
    tx: Tx,
    now: datetime,
    said: Said,
    number: int | None,
    author: int,
    role: str = "requester",
    *,
    kind: MessageKind = "message",
    text: str | None = None,
    state: MessageState = "received",
    fence: int = 0,
) -> int:
    """Stores what somebody wrote, with the files that came with it, and returns the message's id. `text` is what counts
    of the words, where that is not all of them."""
    words = said.text if text is None else text
    answered = messages.at(tx, said.place, said.reply_to) if said.reply_to else None
    message_id = messages.add(
        tx,
        {
            "ticket": number,
            "kind": kind,
            "role": role,
            "author_id": author,
            "text": words,
            "spans": stored(part_of(said.text, said.spans, words)),
            "reply_to": answered.id if answered else None,
            "written_at": said.at,
            "received_at": now,
            "state": state,
            "connection": said.place.connection,
            "room": said.place.room,
            "thread": said.place.thread,
            "root": said.place.root,
            "external_id": said.message_id or None,
            "fence": fence,
        },
    )
    albums.keep(tx, now, message_id, said.place, said.files, said.album)
    return message_id


def mirror_to_desk(tx: Tx, now: datetime, ticket: Ticket, message_id: int) -> None:
    """Shows words in the desk thread, unless the queue keeps them in the web."""
    if tx.directory.queue(ticket.queue).thread == "mirror":
        outgoing.mirror(tx, now, threads.desk(tx, ticket.number), message_id)


def requester_wrote(tx: Tx, now: datetime, said: Said, ticket: Ticket) -> Received:
    """The requester goes on: the ticket wakes up, is reopened, or a follow-up is opened."""
    if not ticket.unresolved and only_thanks(said):
        message_id = store_words(tx, now, said, ticket.number, ticket.requester_id)
        events.add(tx, now, "thanks", ticket.number, ticket.requester_id, message=message_id)
        mirror_to_desk(tx, now, ticket, message_id)
        return Received("thanks", ticket.number)
    if ticket.status == "closed" or lifecycle.past_reopening(tx, now, ticket):
        later = tickets.follow_up(tx, ticket.number)
        goes_on = tickets.lock(tx, later) if later is not None else None
        if goes_on:
            return requester_wrote(tx, now, said, goes_on)
        return _follow_up(tx, now, said, ticket)
    message_id = store_words(tx, now, said, ticket.number, ticket.requester_id)
    join(tx, now, ticket, [message_id], said.at)
    return Received("joined", ticket.number)


def _follow_up(tx: Tx, now: datetime, said: Said, ticket: Ticket) -> Received:
    """What follows a closed ticket; where others read along, a confidential queue's goes on without them."""
    queue, (person, identity_id) = tx.directory.queue(ticket.queue), people.identify(tx, now, said.author)
    if not queue.private or said.direct or _where(tx, said).person:
        return open_from(tx, now, said, queue, person, follow_up_of=ticket.number)
    alone = home_alone(tx.directory, queue, said.author, said.place.room)
    return open_from(tx, now, said, queue, person, follow_up_of=ticket.number, alone=alone, identity_id=identity_id)


def join(tx: Tx, now: datetime, ticket: Ticket, message_ids: Sequence[int], written_at: datetime) -> None:
    """A requester's messages, the oldest of `written_at`, became part of a ticket: statuses, promises and the desk
    follow."""
    number, who = ticket.number, ticket.requester_id
    events.add_all(tx, now, [("message", number, who, {"message": message_id}) for message_id in message_ids])
    ticket = lifecycle.woken(tx, now, ticket)
    awaiting = min(ticket.awaiting_since or written_at, written_at)  # a platform may tell of the later words first
    ticket = tickets.change(tx, number, awaiting_since=awaiting, updated_at=now)
    promises.requester_wrote(tx, now, ticket, written_at)
    following.tell(tx, now, ticket, "follow.words", requester=name(tx, who))
    for message_id in message_ids:
        mirror_to_desk(tx, now, ticket, message_id)
    greeting.went_on(tx, now, ticket, message_ids)
