"""Who sees that somebody writes: the requester, while the holder writes what will be for them."""

from inbox.desk.access import is_agent
from inbox.model import Account, Place, Ticket
from inbox.store import Tx, people, threads, tickets


def seen_at(tx: Tx, place: Place, by: Account) -> Place | None:
    """Where it is to be seen that this account is writing in a place: at the requester's side of the ticket whose
    desk thread that is, if the words would go there; None where nobody may know."""
    thread = threads.by_place(tx, place.connection, place.room, place.thread) if place.thread else None
    if thread is None or thread.side != "desk":
        return None
    ticket = tickets.get(tx, thread.ticket)
    explicit = ticket is not None and tx.directory.queue(ticket.queue).voice == "explicit"
    return _home(tx, ticket, by) if ticket and ticket.microphone and not explicit else None


def seen_in_form(tx: Tx, number: int, by: Account) -> Place | None:
    """The same for the form in which this account answers a ticket: what is written there is for the requester."""
    ticket = tickets.get(tx, number)
    return _home(tx, ticket, by) if ticket else None


def _home(tx: Tx, ticket: Ticket, by: Account) -> Place | None:
    """The requester's side, where the account is its holder's."""
    person = people.find(tx, by.connection, by.external_id)
    if person is None or not ticket.unresolved or ticket.assignee_id != person.id:
        return None
    home = threads.home(tx, ticket.number) if is_agent(tx, ticket, person.id) else None
    return home.place if home and home.external_id is not None else None
