"""Who speaks for the desk: claim, take over, release, assign, keep."""

from bots.deeds.doing import Doing, colleague, requester, subject
from bots.port import Answer
from inbox.desk import care, claims
from inbox.desk.access import name
from inbox.errors import NothingToDo
from inbox.model import Ticket
from inbox.store import tickets


def claim(doing: Doing) -> Answer:
    claimed = claims.claim(doing.tx, doing.now, doing.number, doing.person.id)
    return _claimed(doing, claimed.ticket, already=claimed.already)


def take(doing: Doing) -> Answer:
    claimed = claims.take_over(doing.tx, doing.now, doing.number, doing.person.id)
    return _claimed(doing, claimed.ticket, already=claimed.already)


def release(doing: Doing) -> Answer:
    claims.release(doing.tx, doing.now, doing.number, doing.person.id)
    return doing.told("answer.released", ticket=doing.number)


def claim_next(doing: Doing) -> Answer:
    """The most urgent one; asked again in the same breath, the one that was given."""
    if doing.again:
        ticket = tickets.newest_claim(doing.tx, doing.person.id)
    else:
        ticket = claims.claim_next(doing.tx, doing.now, doing.person.id).ticket
    if ticket is None:
        raise NothingToDo
    return _claimed(doing, ticket, already=doing.again)


def assign(doing: Doing) -> Answer:
    words, ticket = doing.said(), doing.agents_ticket()
    to = colleague(doing.tx, ticket.queue, words, doing.place.connection)
    claims.assign(doing.tx, doing.now, ticket.number, doing.person.id, to)
    return doing.told("answer.assigned", ticket=ticket.number, name=name(doing.tx, to))


def keep(doing: Doing) -> Answer:
    """The holder keeps what would go back to the queue."""
    care.keep(doing.tx, doing.now, doing.agents_ticket(lock=True), doing.person.id)
    return doing.told("answer.keep", ticket=doing.number)


def _claimed(doing: Doing, ticket: Ticket, *, already: bool) -> Answer:
    explicit = doing.tx.directory.queue(ticket.queue).voice == "explicit"
    yours = "answer.claimed_explicit" if explicit else "answer.claimed"
    key = "answer.claimed_again" if already else yours
    return doing.told(key, ticket=ticket.number, requester=requester(doing, ticket), subject=subject(doing, ticket))


TICKET = {"claim": claim, "take": take, "release": release}
COMMANDS = {"next": claim_next, "assign": assign}
BUTTONS = {"keep": keep}
