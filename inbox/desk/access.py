"""Who may do what: checked per ticket, by person, in the verb's own transaction."""

from inbox.errors import NotAllowed, NotFound
from inbox.model import Ticket
from inbox.store import Tx, people, preferences, tickets


class NotAdmin(NotAllowed):
    """Only the desk's admins may do that."""

    say = "error.admins_only"


def lock_for_agent(tx: Tx, number: int, agent: int) -> Ticket:
    """The ticket, locked, for an agent of its queue. Raises NotFound alike for "not yours" and "does not exist"."""
    ticket = tickets.lock(tx, number)
    if ticket is None or ticket.queue not in people.roles(tx, agent):
        raise NotFound(ticket=number)
    return ticket


def is_agent(tx: Tx, ticket: Ticket, person_id: int) -> bool:
    return ticket.queue in people.roles(tx, person_id)


def is_lead(tx: Tx, ticket: Ticket, person_id: int) -> bool:
    return people.roles(tx, person_id).get(ticket.queue) == "lead"


def check_admin(tx: Tx, person_id: int) -> None:
    """Raises NotAdmin unless they are one of the desk's admins."""
    if not is_admin(tx, person_id):
        raise NotAdmin


def is_admin(tx: Tx, person_id: int) -> bool:
    """Whether an account of theirs is named among the desk's admins. (Groups and roles are not looked up for this.)"""
    named = {(ref.connection, ref.name) for ref in tx.directory.desk.admins if ref.kind == "user"}
    mine = people.identities(tx, person_id) if named else ()
    return any((one.connection, one.external_id) in named for one in mine)


def first_of(full: str) -> str:
    """A person's first name."""
    return (full.split() or [""])[0]


def signed(tx: Tx, ticket: Ticket, person_id: int | None) -> str:
    """What the requester sees as the sender, by the queue's signature; "" for nobody."""
    full = name(tx, person_id)
    queue = tx.directory.queue(ticket.queue)
    if not full or queue.signature == "first_name":
        return first_of(full)
    if queue.signature == "desk" or person_id is None:
        return tx.directory.desk.name
    # without an alias the team speaks, never the person
    return preferences.get(tx, person_id).alias or queue.title


def name(tx: Tx, person_id: int | None) -> str:
    """A person's name, "" for nobody."""
    return people.names(tx, [person_id]).get(person_id, "") if person_id is not None else ""
