"""What follows when something arrived: its thread is known, its words count, what is not so any more is put right."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from inbox.desk import failures, lists, nags, nps, outgoing, ratings, replies, surveys
from inbox.model import Place, Ticket
from inbox.store import Tx, events, messages, outbox, threads

# What was said may have become untrue while it was being sent: by the name of a fact, who puts it right.
FOLLOWS: dict[str, Callable[[Tx, datetime, Any, Any], None]] = {
    "undo": lambda tx, now, row, words: undo_offered(tx, now, row, words),
    "rating": lambda tx, now, row, survey: ratings.arrived(tx, now, row.ticket, survey, row.id),
    "survey": lambda tx, now, row, survey: surveys.arrived(tx, now, row.id, survey),
    "nps": lambda tx, now, row, question: nps.arrived(tx, now, row.id, question),
    "nag": lambda tx, now, row, promise: nags.arrived(tx, now, row.id, row.ticket, promise),
    "digest": lambda tx, now, row, _: lists.arrived(tx, now, row.id),
}


def follow(tx: Tx, now: datetime, row: Any) -> None:
    """The words of a row were said: who must know is told."""
    facts = row.payload.get("facts", {})
    for fact, puts_right in FOLLOWS.items():
        if facts.get(fact) is not None and row.kind != "rewrite":
            puts_right(tx, now, row, facts[fact])


def undo_offered(tx: Tx, now: datetime, row: Any, message_id: int) -> None:
    """*Undo* stands below an agent's words, unless it can do nothing any more."""
    if row.ticket and not waits(tx, message_id):  # the words went out while it was being offered
        outgoing.end_offer(tx, now, row.ticket, message_id)


def waits(tx: Tx, message_id: int) -> bool:
    """Can these words still be taken back?"""
    found = messages.get(tx, message_id)
    return found is not None and found.state == "waiting"


def card_sent(tx: Tx, now: datetime, row: Any, message_id: str, opened: str) -> None:
    """The newest card is the one that is edited from now on; the first one makes the thread."""
    found = threads.get(tx, row.thread_id)
    if found is None:
        return
    first = found.external_id is None
    values = {"card_id": message_id}
    if first:
        values["external_id"] = opened
    if not found.external_id:  # no thread of its own: what follows hangs on the card
        values["root"] = message_id
    threads.change(tx, found.id, **values)
    if first:
        outbox.revive(tx, found.ticket, found.id, now)
        outgoing.label(tx, now, found.ticket)


def talk_begun(tx: Tx, now: datetime, row: Any, ticket: Ticket | None, place: Place, opened: str) -> None:
    """The receipt shows where the talk with one person alone is: in a thread of theirs, or in their direct messages."""
    found = threads.get(tx, row.thread_id)
    if opened and found and found.place.person:  # other threads, as those that Slack hangs on any message, are not it
        threads.change(tx, row.thread_id, external_id=opened)
        return
    threads.change(tx, row.thread_id, room=place.room, external_id="", root="")
    if found and found.place.person and ticket:
        failures.no_private_thread(tx, now, ticket)


def words_sent(tx: Tx, now: datetime, row: Any, place: Place, message_id: str, shown: str | None) -> None:
    """Somebody's words are there; if they were changed or taken back on the way, that goes after them."""
    message = messages.get(tx, row.message_id, lock=True)
    if message is None:
        return
    thread = threads.get(tx, row.thread_id) if row.thread_id else None
    at_home = thread is not None and thread.side == "home"
    note = at_home and message.kind == "note"  # its author made a note of it while it was sent
    withdrawn = note or message.deleted or message.state == "cancelled"
    if withdrawn or (message.edited and message.text != shown):
        copy = (place.connection, place.room, message_id)
        outgoing.follow_change(tx, now, message, [copy], "delete" if withdrawn else "edit")
    if message.role == "bot" and at_home:
        messages.change(tx, message.id, state="sent")
    if message.role != "agent" or not at_home or note:
        return
    messages.change(tx, message.id, state="sent")
    events.add(tx, now, "delivered", message.ticket, message.author_id, message=message.id, connection=place.connection)
    outgoing.mark(tx, now, message, "sent")
    replies.sent(tx, now, message)
