"""A ticket's desk thread moves house: what the bot said in the old room is taken away, and the card stands in the new.

What agents wrote there themselves a bot cannot take away; it belongs to nobody's ticket any more.
"""

from datetime import datetime

from inbox.desk import outgoing
from inbox.directory import Queue
from inbox.model import Thread, Ticket
from inbox.store import Tx, leaving, messages, outbox, people, threads

WORDS = 20  # messages that are shown in the new room


def relocated(tx: Tx, now: datetime, ticket: Ticket, to: Queue, *, shows: bool) -> None:
    """The ticket is another queue's: its card and talk (which `shows` is false for) go to that one's room."""
    room = tx.directory.desk_room(to)
    there = (room.connection, room.external_id) if room else None
    olds = [t for t in threads.of_ticket(tx, ticket.number) if t.side == "desk"]
    if any((old.connection, old.room) == there for old in olds):
        outgoing.card(tx, now, ticket.number)
        return
    for old in olds:
        _scrub(tx, now, old, to)
    if room:
        _show(tx, now, ticket, (room.connection, room.external_id), shows=shows and to.thread == "mirror")


def taken_away(tx: Tx, now: datetime, ticket: Ticket, to: Queue) -> None:
    """A ticket that lives in another one went with it: nothing of it stays in the rooms of agents."""
    for old in threads.of_ticket(tx, ticket.number):
        if old.side == "desk":
            _scrub(tx, now, old, to)


def _show(tx: Tx, now: datetime, ticket: Ticket, room: tuple[str, str], *, shows: bool) -> None:
    thread_id = threads.add(tx, ticket.number, "desk", *room, None)
    new = Thread(thread_id, ticket.number, "desk", *room, None)
    talk = messages.of_ticket(tx, ticket.number, WORDS) if shows else []
    outbox.add(tx, [outgoing.card_row(now, new), *(outgoing.message_row(now, new, said.id) for said in talk)])


def _scrub(tx: Tx, now: datetime, old: Thread, to: Queue) -> None:
    """Words and cards of a thread are deleted, or replaced by a word that the ticket is not there any more."""
    leaving.withdraw(tx, old)
    leaving.leave(tx, old)
    if old.external_id:  # it was named after what the ticket is about
        row = outbox.row(
            now, "title", old.connection, f"t{old.id}", ticket=old.ticket, thread_id=old.id, say=f"#{old.ticket}"
        )
        outbox.add(tx, [row])
    says, facts = ("moved.gone", {}) if to.private else ("moved.card", {"queue": to.title})
    for post in leaving.posts(tx, old.ticket, old.connection, old.room):
        _take_away(tx, now, old, post, says, **facts)


def late(tx: Tx, now: datetime, old: Thread, post: str) -> None:
    """Something arrived in a thread that its ticket has left meanwhile."""
    if post != old.card_id:
        _take_away(tx, now, old, post, "moved.gone")


def _take_away(tx: Tx, now: datetime, old: Thread, post: str, card_says: str, **facts: str) -> None:
    """The card stays as a sign where the ticket went, since a thread hangs on it; all else goes."""
    is_card = post == old.card_id
    row = outbox.row(
        now,
        "rewrite" if is_card else "delete",
        old.connection,
        f"t{old.id}" if is_card else f"c{old.connection}/{old.room}/{post}",
        ticket=old.ticket,
        thread_id=old.id,
        place=[old.room, "", ""],
        target=post,
        say=card_says if is_card else "moved.gone",
        facts={"ticket": old.ticket, **facts},
    )
    outbox.add(tx, [row])


def is_gone(tx: Tx, ticket: Ticket | None, thread: Thread | None, place: tuple[str, str], say: str) -> bool:
    """Would words be put right, in a room of agents (by connection and id), that were taken away as the ticket left?
    What is said of its leaving is not meant."""
    if ticket is None or say.startswith("moved."):
        return False
    room = tx.directory.desk_room(tx.directory.queue(ticket.queue))
    own = (room.connection, room.external_id) if room else None
    return (thread is not None and thread.side == "left") or (place != own and bool(tx.directory.desk_queues(*place)))


def go_private(tx: Tx, now: datetime, ticket: Ticket, to: Queue) -> None:
    """A confidential matter goes on in the requester's direct messages, where it began under others' eyes."""
    home = threads.home(tx, ticket.number)
    if home is None or home.place.person or not (home.external_id or home.root):
        return
    # who cannot be written to is not answered under others' eyes instead: the agents are told
    accounts = people.identities(tx, ticket.requester_id)
    reached = [one for one in accounts if not one.unreachable] or accounts
    account = next((one for one in reached if one.connection == home.connection), next(iter(reached), None))
    if account is None:
        return
    thread_id = threads.add(tx, ticket.number, "home", account.connection, "", None)
    row = outbox.row(
        now,
        "direct",
        account.connection,
        f"t{thread_id}",
        ticket=ticket.number,
        thread_id=thread_id,
        identity_id=account.id,
        say="moved.private",
        facts={"ticket": ticket.number, "queue": to.title},
    )
    outbox.add(tx, [row])
    leaving.readdress(tx, now, home, Thread(thread_id, ticket.number, "home", account.connection, "", None))
    outgoing.notice(tx, now, home, "moved.aside", ticket=ticket.number)
