"""One row of the outbox together with everything that saying it needs."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

from inbox.desk import access
from inbox.desk.carddata import ticket_card
from inbox.locale import nearest
from inbox.model import Delivery, File, Message, Person, Place, Side, Thread, Ticket
from inbox.store import Tx, copies, files, messages, outbox, people, threads, tickets
from inbox.store.people import Identity


@dataclass(frozen=True, slots=True)
class Errand(Delivery):
    """A leased delivery. `attempts` were made before this one; `author` is, for direct messages and whispers, the
    person they are for.

    `side` is the ticket's side where it is said ("" outside its threads). `doubt_since` is when an earlier attempt
    began that may have arrived (None: it surely did not). `stale` says of such a reply that its claim moved meanwhile:
    it may be looked for, not sent. `parts` are all messages of the post that is changed, `target` the first of them.
    """

    side: Side | Literal[""] = ""
    doubt_since: datetime | None = None
    stale: bool = False
    parts: tuple[str, ...] = ()

    @property
    def crowd(self) -> bool:
        """Is it one of many that nobody waits for?"""
        return self.facts.get("crowd") is True

    @property
    def is_reply(self) -> bool:
        """An agent's words on their way to the requester: the only ones that the microphone guards."""
        found = self.message
        return bool(found and self.kind == "message" and self.side == "home" and found.role == "agent")


@dataclass(frozen=True, slots=True)
class Context:
    """What a row refers to, as it is now."""

    ticket: Ticket | None
    thread: Thread | None
    message: Message | None
    identity: Identity | None
    person: Person | None
    files: tuple[File, ...] = ()
    answered: Message | None = None


def context(tx: Tx, row: Any) -> Context:
    """Looks up what an outbox row refers to."""
    identity = people.identity_of(tx, row.identity_id) if row.identity_id else None
    message, thread = messages.get(tx, row.message_id) if row.message_id else None, _thread(tx, row)
    return Context(
        ticket=tickets.get(tx, row.ticket) if row.ticket else None,
        thread=thread,
        message=message,
        identity=identity,
        person=people.get(tx, identity.person_id) if identity else None,
        files=_files(tx, row),
        answered=_answered(tx, message, thread) if row.kind in ("message", "edit") else None,
    )


def _answered(tx: Tx, message: Message | None, thread: Thread | None) -> Message | None:
    """The words that these answer, if who reads them there may read those too."""
    if message is None or message.reply_to is None or thread is None:
        return None
    found = messages.get(tx, message.reply_to)
    if found is None or found.deleted or found.ticket != message.ticket:
        return None
    outside = found.kind == "message" and found.state in ("received", "sent")
    return found if outside or thread.side == "desk" else None


def _stands(answered: Message | None, thread: Thread | None, tx: Tx) -> str:
    """The platform's message that shows those words in a thread, "" where none does."""
    if answered is None or thread is None:
        return ""
    here = (thread.connection, thread.room)
    if answered.place and (answered.place.connection, answered.place.room) == here:
        return answered.external_id
    shown = messages.copies(tx, answered.id)
    return next((external_id for connection, room, external_id in shown if (connection, room) == here), "")


def _files(tx: Tx, row: Any) -> tuple[File, ...]:
    if row.kind not in ("message", "edit") or not row.message_id:
        return ()
    return tuple(files.of_messages(tx, [row.message_id]).get(row.message_id, ()))


def _thread(tx: Tx, row: Any) -> Thread | None:
    if row.thread_id:
        return threads.get(tx, row.thread_id)
    if row.kind in ("edit", "delete"):
        return outbox.thread_of_copy(tx, row.connection, row.payload["place"][0], row.payload["target"])
    return None


def errand(tx: Tx, now: datetime, row: Any, found: Context) -> Errand:
    """The row as an errand. Raises LookupError, TypeError or ValueError for a payload that cannot be understood."""
    payload: Mapping[str, Any] = row.payload
    language, timezone = _reader(tx, found)
    actions = tuple(str(action) for action in payload.get("actions", ()))
    parts = _parts(tx, row, found)
    return Errand(
        id=row.id,
        fence=row.fence + 1,
        kind=row.kind,
        place=_place(row, found),
        language=language,
        attempts=row.attempts,
        created_at=row.created_at,
        ticket=row.ticket,
        thread_id=row.thread_id,
        message=replace(found.message, deleted=True) if row.kind == "delete" and found.message else found.message,
        author=found.person.name if found.person else _author(tx, found),
        say=_status(found) if row.kind == "label" else payload.get("say", ""),
        facts={**_facts(tx, payload.get("facts", {}), found), **_titles(tx, actions)},
        actions=actions,
        card=ticket_card(tx, found.ticket, now) if row.kind == "card" and found.ticket else None,
        account=found.identity.external_id if found.identity else "",
        target=parts[0] if parts else "",
        timezone=timezone,
        files=found.files,
        side=found.thread.side if found.thread else "",
        doubt_since=row.sent_at if row.state == "sending" else None,
        answers=_stands(found.answered, found.thread, tx),
        quoted=found.answered.text if found.answered else "",
        parts=parts,
    )


def _facts(tx: Tx, facts: Mapping[str, Any], found: Context) -> Mapping[str, Any]:
    """What it tells of. The subject of a ticket that is confidential by now, whatever it was when this was written, is
    for its queue's agents and who asked."""
    ticket, reader = found.ticket, found.person
    if "subject" not in facts or ticket is None or reader is None or reader.id == ticket.requester_id:
        return facts
    if not tx.directory.queue(ticket.queue).private or access.is_agent(tx, ticket, reader.id):
        return facts
    return {**facts, "subject": "🔒"}


def _status(found: Context) -> str:
    return found.ticket.status if found.ticket else ""


def _parts(tx: Tx, row: Any, found: Context) -> tuple[str, ...]:
    """The messages of the post that a row is about; none for a new post."""
    target = found.thread.card_id if row.kind == "card" and found.thread else row.payload.get("target", "")
    if not target or row.kind in ("mark", "react"):
        return (target,) if target else ()
    return copies.parts(tx, row.connection, posted_in(row, found.thread), target)


def posted_in(row: Any, thread: Thread | None) -> str:
    """The room of the post that a row is about."""
    room: str = row.payload.get("place", ("",))[0] or (thread.room if thread else "")
    return room


def _place(row: Any, found: Context) -> Place:
    if found.thread:
        return found.thread.place
    room, thread, root = row.payload.get("place", ("", "", ""))
    return Place(row.connection, room, thread, root)


def _reader(tx: Tx, found: Context) -> tuple[str, str]:
    """Language and time zone of whoever reads it: a person, the requester on the home side, else the desk."""
    desk = tx.directory.desk
    if found.person:
        return nearest(found.person.language) or desk.language, found.person.timezone or desk.timezone
    if found.thread and found.thread.side == "home" and found.ticket:
        requester = people.get(tx, found.ticket.requester_id)
        spoken, zone = (requester.language, requester.timezone) if requester else ("", "")
        return nearest(spoken) or nearest(found.ticket.language) or desk.language, zone or desk.timezone
    return desk.language, desk.timezone


def _author(tx: Tx, found: Context) -> str:
    """Who wrote the words: by real name inside the desk, by the queue's signature towards the requester."""
    message = found.message
    if message is None:
        return ""
    if message.role == "bot":
        return tx.directory.desk.name
    if message.role != "agent" or not found.ticket or not found.thread or found.thread.side != "home":
        return access.name(tx, message.author_id)
    return access.signed(tx, found.ticket, message.author_id)


def _titles(tx: Tx, actions: tuple[str, ...]) -> dict[str, dict[str, str]]:
    """Titles of the queues that buttons name by key, for their labels."""
    queues = tx.directory.desk.queues
    named = {action.rpartition(":")[2] for action in actions} & queues.keys()
    return {"titles": {key: queues[key].title for key in sorted(named)}} if named else {}
