"""Files that were sent together: one message, although the platform tells of each for itself, one after the other.

The first item is taken in at once, so that nothing is lost; what comes after it is added to it while nobody was shown
it yet. That is why an album's files are fetched a moment later than others: words wait for their files.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from inbox.model import Attached, Message, Place, Said
from inbox.store import Tx, albums, files, messages, people, tickets
from inbox.words import moved, stored

REST = timedelta(seconds=1)  # for the next item; Telegram posts it when the one before was taken in


@dataclass(frozen=True, slots=True)
class Enclosed:
    """Files that come with words which are given to the bot: from which place, and as which album ("" for none)."""

    place: Place
    files: tuple[Attached, ...]
    album: str = ""


def keep(tx: Tx, now: datetime, message_id: int, place: Place, came: Sequence[Attached], album: str) -> None:
    """Notes the files that came with words, and which album they are ("" for none)."""
    if came:
        files.add(tx, now + REST if album else now, message_id, place.connection, came)
    if album:
        albums.remember(tx, place, album, message_id)


def joined(tx: Tx, now: datetime, said: Said) -> Message | None:
    """Adds an item to its album, and returns the words that it is part of now. None where it is the first, or comes too
    late: then it is a message of its own."""
    if not said.album or not said.files:
        return None
    people.lock_identity(tx, said.author.connection, said.author.external_id)
    first = albums.find(tx, said.place, said.album)
    whole = _held(tx, first) if first else None
    if whole is None or not _takes(tx, now, said, whole):
        return None
    files.add(tx, now + REST, whole.id, said.place.connection, said.files)
    if said.text:
        text = f"{whole.text}\n" if whole.text else ""
        spans = (*whole.spans, *moved(said.spans, len(text)))
        messages.change(tx, whole.id, text=text + said.text, spans=stored(spans))
    if whole.ticket is not None:
        tx.tickets.add(whole.ticket)
    return whole


def _held(tx: Tx, found: Message) -> Message | None:
    """The words, locked after what they belong to."""
    if found.ticket is None and found.author_id is not None:
        people.lock(tx, found.author_id)  # whoever decides where the words belong holds their author
        found = messages.get(tx, found.id) or found
    if found.ticket is not None:
        tickets.lock(tx, found.ticket)
    return messages.get(tx, found.id, lock=True)


def _takes(tx: Tx, now: datetime, said: Said, whole: Message) -> bool:
    """Are these words still being gathered, and by their author?"""
    person, _ = people.identify(tx, now, said.author)
    theirs = whole.author_id == person.id and not person.blocked and not whole.deleted
    room_left = len(files.of_messages(tx, [whole.id]).get(whole.id, ())) < files.MOST
    return theirs and room_left and albums.is_untold(tx, whole.id)
