"""Words that were changed or taken back: every version is kept, and the copies on the other side follow.

A platform may tell of a change before it tells of the words: then the change is kept until they come.
"""

from dataclasses import replace
from datetime import datetime

from inbox.desk import outgoing
from inbox.desk.microphone import stays_inside, strip_mark
from inbox.model import Deleted, Edited, Message, Said
from inbox.store import Tx, early, events, messages, outbox, people, tickets
from inbox.words import part_of, stored


def edit(tx: Tx, now: datetime, edited: Edited) -> None:
    """Somebody changed their words. What goes out later goes out as it is then; an agent's words that are a note now
    are taken back from the requester."""
    if events.first_time(tx, edited.key, now):
        found = _changed(tx, now, edited)
        if found and not found.deleted:
            _edit(tx, now, found, edited)


def delete(tx: Tx, now: datetime, deleted: Deleted) -> None:
    """Somebody deleted their words: what waits is not sent, what was sent is taken back where that is possible."""
    if events.first_time(tx, deleted.key, now):
        found = _changed(tx, now, deleted)
        if found and not found.deleted:
            _delete(tx, now, found, deleted)


def catch_up(tx: Tx, now: datetime, said: Said) -> None:
    """Words came in: what is known already of their changes is done to them now. Those of words that are nobody's, as
    far as is known, are kept: they may come again."""
    told = early.of(tx, said.place, said.message_id)
    if not told or messages.by_external(tx, said.place.connection, said.place.room, said.message_id) is None:
        return
    early.drop(tx, said.place, said.message_id)
    for change in told:
        found = _find(tx, change)
        if found and isinstance(change, Edited):
            _edit(tx, now, found, change)
        elif found and isinstance(change, Deleted):
            _delete(tx, now, found, change)


def _changed(tx: Tx, now: datetime, change: Edited | Deleted) -> Message | None:
    """The words that a change is of, locked. None where they were not for us, or have not come yet."""
    found = _find(tx, change)
    if found is None and events.first_time(tx, change.original, now):
        early.keep(tx, now, change)
        events.forget(tx, change.original)
    elif found is None:
        found = _find(tx, change)  # they came in this very moment
    return found


def _find(tx: Tx, change: Edited | Deleted) -> Message | None:
    found = messages.by_external(tx, change.place.connection, change.place.room, change.message_id)
    if found is None:
        return None
    if found.ticket is None and found.author_id is not None:
        people.lock(tx, found.author_id)  # whoever decides where the words belong holds their author
        found = messages.get(tx, found.id) or found
    if found.ticket is not None:
        tickets.lock(tx, found.ticket)
    return messages.get(tx, found.id, lock=True)


def _edit(tx: Tx, now: datetime, found: Message, edited: Edited) -> None:
    if _kept_aside(tx, now, found, edited):
        return
    at_desk = _was_said_at_desk(tx, found)
    text = strip_mark(edited.text)[0] if at_desk else edited.text
    spans = part_of(edited.text, edited.spans, text)
    inside = stays_inside(edited.text) or _calls_a_colleague(tx, found, edited)
    withdrawn = at_desk and found.kind == "message" and found.state != "cancelled" and inside
    if (text, spans) == (found.text, found.spans) and not withdrawn:
        return
    before = messages.edited_at(tx, found.id)
    if before is not None and edited.at < before:  # told late: there are newer words
        messages.keep_version(tx, replace(found, text=text, spans=spans), before)
        return
    messages.keep_version(tx, found, edited.at)
    messages.change(tx, found.id, text=text, spans=stored(spans), edited_at=edited.at)
    if found.ticket is None:
        return
    events.add(tx, now, "edited", found.ticket, found.author_id, message=found.id)
    if withdrawn:
        _keep_inside(tx, now, found, found.ticket)
    else:
        outgoing.follow_change(tx, now, found, messages.copies(tx, found.id), "edit")


def _calls_a_colleague(tx: Tx, found: Message, edited: Edited) -> bool:
    """Do the words mention somebody of the desk now, while they can be kept from the requester?"""
    ticket = tickets.get(tx, found.ticket) if found.ticket is not None else None
    if ticket is None or not edited.mentions or found.state not in ("waiting", "held"):
        return False
    colleagues = people.agents_among(tx, edited.place.connection, edited.mentions)
    return bool(colleagues - {found.author_id, ticket.requester_id})


def _kept_aside(tx: Tx, now: datetime, found: Message, edited: Edited) -> bool:
    """A blocked person's new words go nowhere."""
    author = people.get(tx, found.author_id) if found.author_id is not None else None
    if author is None or not author.blocked:
        return False
    events.set_aside(tx, now, edited.place.connection, edited.text, f"written by a blocked person ({author.id})")
    return True


def _was_said_at_desk(tx: Tx, found: Message) -> bool:
    """Were these an agent's words among colleagues (not in a thread that the requester reads)?"""
    return found.role == "agent" and (found.state != "sent" or outbox.is_for(tx, found.id, "home"))


def _keep_inside(tx: Tx, now: datetime, found: Message, number: int) -> None:
    """An agent made a note of words that were for the requester."""
    outbox.cancel_message(tx, found.id)
    messages.change(tx, found.id, kind="note", state="noted")
    events.add(tx, now, "note", number, found.author_id, message=found.id, why="edited", prevented=False)
    outgoing.follow_change(tx, now, found, messages.copies(tx, found.id), "delete")
    outgoing.end_offer(tx, now, number, found.id)


def _delete(tx: Tx, now: datetime, found: Message, deleted: Deleted) -> None:
    messages.keep_version(tx, found, deleted.at)
    unsent = found.state == "waiting" and outbox.cancel_message(tx, found.id, "home")
    outbox.cancel_message(tx, found.id)
    state = "cancelled" if unsent or found.state in ("held", "undecided") else found.state
    messages.change(tx, found.id, deleted_at=deleted.at, state=state)
    if found.ticket is None:
        return
    events.add(tx, now, "deleted", found.ticket, found.author_id, message=found.id)
    outgoing.follow_change(tx, now, found, messages.copies(tx, found.id), "delete")
