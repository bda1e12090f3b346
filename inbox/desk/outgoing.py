"""What must be said, written as outbox rows in the transaction of the reason.

`say` is a key of the locale catalogue, `facts` fill it in (JSON values; instants as ISO text), `actions` name the
buttons below it, each "verb:ticket" or "verb:ticket:argument".
"""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from inbox.directory import Queue
from inbox.model import Message, Place, Thread, Ticket
from inbox.store import Tx, crowds, outbox, people, threads, told
from inbox.store.people import Identity
from inbox.store.told import Told

Actions = tuple[str, ...]


def card(tx: Tx, now: datetime, number: int) -> None:
    """Has the desk card drawn, and the labels of its threads set, as the ticket is when they are sent; what waits
    already is enough."""
    thread = threads.desk(tx, number)
    if thread and not outbox.waits(tx, now, "card", f"t{thread.id}"):
        outbox.add(tx, [card_row(now, thread)])
    label(tx, now, number)


def cards(tx: Tx, now: datetime, numbers: Collection[int]) -> None:
    """The same for many tickets at once, whose statuses have not changed."""
    crowds.add_cards(tx, now, sorted(set(numbers)))


def label(tx: Tx, now: datetime, number: int) -> None:
    """Has the ticket's status shown on those of its threads that carry labels: those that are made, and of several
    tickets in one the newest's."""
    labelled = tx.directory.labelled
    for thread in threads.of_ticket(tx, number) if labelled else ():
        if thread.external_id and (thread.connection, thread.room) in labelled and not _superseded(tx, thread):
            key = f"l{thread.id}"  # words do not wait for it
            if not outbox.waits(tx, now, "label", key):
                outbox.add(tx, [outbox.row(now, "label", thread.connection, key, ticket=number, thread_id=thread.id)])


def _superseded(tx: Tx, thread: Thread) -> bool:
    """Does a newer ticket go on in the same place?"""
    newest = threads.by_place(tx, thread.connection, thread.room, thread.external_id or "")
    return newest is not None and newest.ticket != thread.ticket


def card_row(now: datetime, thread: Thread) -> dict[str, Any]:
    return outbox.row(now, "card", thread.connection, f"t{thread.id}", ticket=thread.ticket, thread_id=thread.id)


def message_row(
    now: datetime, thread: Thread, message_id: int, not_before: datetime | None = None, **payload: Any
) -> dict[str, Any]:
    """A message's words, to be shown in a thread on the other side (or for colleagues in the desk thread)."""
    return outbox.row(
        now,
        "message",
        thread.connection,
        f"t{thread.id}",
        ticket=thread.ticket,
        thread_id=thread.id,
        message_id=message_id,
        not_before=not_before,
        **payload,
    )


def mirror(tx: Tx, now: datetime, thread: Thread | None, message_id: int, not_before: datetime | None = None) -> None:
    """Shows a message in a thread; nowhere where there is no such thread (the web shows it all the same)."""
    if thread:
        outbox.add(tx, [message_row(now, thread, message_id, not_before)])


def notice_row(now: datetime, thread: Thread, say: str, actions: Actions = (), **facts: Any) -> dict[str, Any]:
    return outbox.row(
        now,
        "notice",
        thread.connection,
        f"t{thread.id}",
        ticket=thread.ticket,
        thread_id=thread.id,
        say=say,
        facts=facts,
        actions=list(actions),
    )


def receipt_row(
    now: datetime, thread: Thread, identity_id: int | None, say: str = "receipt", **facts: Any
) -> dict[str, Any]:
    """The first words in a home thread; to an account's direct messages they show where that thread is."""
    if identity_id is None:
        return notice_row(now, thread, say, (), **facts)
    return outbox.row(
        now,
        "direct",
        thread.connection,
        f"t{thread.id}",
        ticket=thread.ticket,
        thread_id=thread.id,
        identity_id=identity_id,
        say=say,
        facts=facts,
    )


def notice(tx: Tx, now: datetime, thread: Thread | None, say: str, actions: Actions = (), **facts: Any) -> None:
    """The bot's own words in a thread."""
    if thread:
        outbox.add(tx, [notice_row(now, thread, say, actions, **facts)])


def in_room(
    tx: Tx, now: datetime, queue: Queue, number: int | None, say: str, actions: Actions = (), **facts: Any
) -> None:
    """The bot's own words at the top of a queue's desk room."""
    room = tx.directory.desk_room(queue)
    if room:
        place = [room.external_id, "", ""]
        outbox.add(
            tx,
            [
                outbox.row(
                    now,
                    "room",
                    room.connection,
                    f"r{room.connection}/{room.external_id}",
                    ticket=number,
                    place=place,
                    say=say,
                    facts=facts,
                    actions=list(actions),
                )
            ],
        )


def in_place(tx: Tx, now: datetime, place: Place, say: str, actions: Actions = (), **facts: Any) -> None:
    """The bot's own words in a room or thread, about no ticket."""
    row = outbox.row(
        now,
        "room",
        place.connection,
        f"r{place.connection}/{place.room}",
        place=[place.room, place.thread, ""],
        say=say,
        facts=facts,
        actions=list(actions),
    )
    outbox.add(tx, [row])


def direct(
    tx: Tx,
    now: datetime,
    person_id: int,
    number: int | None,
    say: str,
    actions: Actions = (),
    *,
    prefer: str = "",
    **facts: Any,
) -> int | None:
    """The bot's own words to a person, on the connection `prefer` if they have an account there. Returns their row in
    the outbox.

    None where no account of theirs can be written to.
    """
    reachable = [
        i
        for i in people.identities(tx, person_id)
        if not i.unreachable and i.connection in tx.directory.desk.connections
    ]
    if not reachable:
        return None
    chosen = next((i for i in reachable if i.connection == prefer), reachable[0])
    return to_account(tx, now, chosen, say, actions, number, **facts)


def to_account(
    tx: Tx,
    now: datetime,
    account: Identity,
    say: str,
    actions: Actions = (),
    number: int | None = None,
    **facts: Any,
) -> int:
    """The bot's own words to one account of a person's, by direct message; returns their row in the outbox."""
    row = outbox.row(
        now,
        "direct",
        account.connection,
        f"d{account.id}",
        ticket=number,
        identity_id=account.id,
        say=say,
        facts=facts,
        actions=list(actions),
    )
    return outbox.add_one(tx, row)


def whisper(
    tx: Tx,
    now: datetime,
    identity_id: int,
    place: Place,
    number: int | None,
    say: str,
    actions: Actions = (),
    **facts: Any,
) -> None:
    """For one person's eyes, where they just acted; by direct message where the platform cannot whisper."""
    outbox.add(
        tx,
        [
            outbox.row(
                now,
                "whisper",
                place.connection,
                f"d{identity_id}",
                ticket=number,
                identity_id=identity_id,
                place=[place.room, place.thread, place.root],
                say=say,
                facts=facts,
                actions=list(actions),
            )
        ],
    )


def mark(tx: Tx, now: datetime, message: Message, meaning: str) -> None:
    """A small mark (a reaction) on the message that somebody wrote on a platform: "sent", "held", "failed"."""
    if message.place and message.external_id:
        outbox.add(
            tx,
            [
                outbox.row(
                    now,
                    "mark",
                    message.place.connection,
                    f"m{message.id}",
                    ticket=message.ticket,
                    message_id=message.id,
                    place=[message.place.room, message.place.thread, message.place.root],
                    target=message.external_id,
                    say=meaning,
                )
            ],
        )


def react(tx: Tx, now: datetime, message: Message, place: Place, target: str, emoji: str, *, on: bool) -> None:
    """Somebody's mark on a message, put on (or taken from) the message that shows it on the other side."""
    row = outbox.row(
        now,
        "react",
        place.connection,
        f"c{place.connection}/{place.room}/{target}",
        ticket=message.ticket,
        message_id=message.id,
        place=[place.room, place.thread, place.root],
        target=target,
        say=emoji,
        facts={"on": on},
    )
    outbox.add(tx, [row])


def follow_change(tx: Tx, now: datetime, message: Message, copies: list[tuple[str, str, str]], kind: str) -> None:
    """An edit or a delete of a message, brought to each copy of it that we sent (`kind` "edit" or "delete")."""
    rows = [
        outbox.row(
            now,
            kind,
            connection,
            f"c{connection}/{room}/{external_id}",
            ticket=message.ticket,
            message_id=message.id,
            place=[room, "", ""],
            target=external_id,
        )
        for connection, room, external_id in copies
    ]
    outbox.add(tx, rows)


def rewrite(tx: Tx, now: datetime, told: list[Told], say: str, actions: Actions = (), **facts: Any) -> None:
    """Other words in the place of what the bot said before; `facts` are added to those that were told then."""
    rows = [
        outbox.row(
            now,
            "rewrite",
            sent.connection,
            f"c{sent.connection}/{sent.room}/{sent.external_id}",
            ticket=sent.ticket,
            thread_id=sent.thread_id,
            identity_id=sent.identity_id,
            place=[sent.room, "", ""],
            target=sent.external_id,
            say=say,
            facts={**sent.facts, **facts},
            actions=list(actions),
        )
        for sent in told
        if sent.external_id
    ]
    outbox.add(tx, rows)


def offer_undo(tx: Tx, now: datetime, written: Message, place: Place, inside: bool, **facts: Any) -> None:
    """Offers the author to take words back that were given with a command, where it was typed; by direct message unless
    that is `inside` of the desk."""
    say, actions = "undo.command", (f"undo:{written.id}",)
    facts["undo"] = written.id
    if not inside and written.author_id is not None:
        direct(tx, now, written.author_id, written.ticket, say, actions, prefer=place.connection, **facts)
        return
    row = outbox.row(
        now,
        "room",
        place.connection,
        f"r{place.connection}/{place.room}",
        ticket=written.ticket,
        place=[place.room, place.thread, place.root],
        say=say,
        facts=facts,
        actions=list(actions),
    )
    outbox.add(tx, [row])


def end_offer(tx: Tx, now: datetime, number: int, message_id: int) -> None:
    """Takes the *Undo* under an agent's words away, when it can do nothing any more: threads stay free of it."""
    offers = told.about(tx, number, "undo", message_id)
    told.withdraw(tx, offers)
    rows = [
        outbox.row(
            now,
            "delete",
            offer.connection,
            f"c{offer.connection}/{offer.room}/{offer.external_id}",
            ticket=number,
            place=[offer.room, "", ""],
            target=offer.external_id,
            say=offer.say,
        )
        for offer in offers
        if offer.external_id
    ]
    outbox.add(tx, rows)


def desk_connection(tx: Tx, ticket: Ticket) -> str:
    """The connection where the ticket's agents work: where they are best told things."""
    desk = tx.directory.queue(ticket.queue).desk
    return desk.connection if desk else ""
