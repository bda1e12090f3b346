"""A message that somebody points at: what is done with the ticket that it belongs to."""

from dataclasses import replace

from bots.deeds import claiming
from bots.deeds.doing import Doing, subject
from bots.port import Answer
from inbox.desk import intake, splitting
from inbox.errors import BadInput
from inbox.model import Place
from inbox.store import Tx, messages, threads, tickets


def claim(doing: Doing, message_id: str) -> Answer:
    """*Claim* on a card, or on any message of a ticket's thread."""
    return claiming.claim(_at(doing, message_id))


def split(doing: Doing, message_id: str) -> Answer:
    """*Split from here* on something that the requester wrote."""
    doing = _at(doing, message_id)
    return split_at(doing, message_id)


def split_at(doing: Doing, message_id: str) -> Answer:
    """What the requester of the ticket wrote there, and all that was said after it, is a ticket of its own."""
    found = messages.at(doing.tx, doing.place, message_id)
    made = splitting.split(doing.tx, doing.now, doing.number, doing.person.id, start=found.id if found else 0)
    return doing.told("answer.split", ticket=doing.number, other=made.number, subject=subject(doing, made))


def _at(doing: Doing, message_id: str) -> Doing:
    """With the ticket that the message belongs to. Raises BadInput alike where there is none and where it is one of
    other agents."""
    number = ticket_at(doing.tx, doing.place, message_id)
    ticket = tickets.get(doing.tx, number) if number is not None else None
    if ticket is None or ticket.queue not in doing.roles:
        raise BadInput("no_ticket_there")
    return replace(doing, ticket=ticket.number)


def ticket_at(tx: Tx, place: Place, message_id: str) -> int | None:
    """The ticket that a message belongs to, or whose thread it stands in; None for neither."""
    number = intake.ticket_of_message(tx, place, message_id)
    thread = threads.by_place(tx, place.connection, place.room, place.thread) if place.thread else None
    return tickets.survivor(tx, thread.ticket) if number is None and thread else number


POINTED = {"claim": claim, "split": split}
