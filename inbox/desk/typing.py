"""Who sees that somebody writes: the requester, while the holder writes what will be for them."""

from inbox.desk.access import is_agent
from inbox.model import Account, Place
from inbox.store import Tx, people, threads, tickets


def seen_at(tx: Tx, place: Place, by: Account) -> Place | None:
    """Where it is to be seen that this account is writing in a place: at the requester's side of the ticket whose
    desk thread that is, if the words would go there; None where nobody may know."""
    thread = threads.by_place(tx, place.connection, place.room, place.thread) if place.thread else None
    if thread is None or thread.side != "desk":
        return None
    ticket, person = tickets.get(tx, thread.ticket), people.find(tx, by.connection, by.external_id)
    if ticket is None or person is None or not ticket.unresolved or not ticket.microphone:
        return None
    explicit = tx.directory.queue(ticket.queue).voice == "explicit"
    if explicit or ticket.assignee_id != person.id or not is_agent(tx, ticket, person.id):
        return None
    home = threads.home(tx, ticket.number)
    return home.place if home and home.external_id is not None else None
