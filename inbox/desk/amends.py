"""A low rating that stands is followed up: a ticket of its own in the queue, about which the requester is told.

Not at once, for people press the wrong end: whoever changes the rating, or has the matter opened again, in the minutes
until then needs no follow-up, and one that nobody has touched by then is closed.
"""

from datetime import datetime

from inbox.desk import lifecycle, promises, surveys
from inbox.desk.matter import Opening, open_ticket
from inbox.desk.ratings import is_low
from inbox.locale import say
from inbox.model import Place, Ticket
from inbox.store import Tx, messages, people, tickets
from inbox.store import surveys as stored
from inbox.store.people import Identity
from inbox.store.surveys import Survey


def tick(tx: Tx, now: datetime, survey_id: int) -> None:
    """The alarm of a low rating: its follow-up is opened, or is not needed any more."""
    ticket, survey = surveys.lock_for(tx, survey_id), stored.get(tx, survey_id)
    if ticket is None or survey is None:
        return
    later = tickets.follow_up(tx, ticket.number)
    wanted = is_low(survey.kind, survey.score) and ticket.cycle == survey.cycle and not ticket.unresolved
    if wanted and later is None and ticket.closed_as in (None, "done"):
        _open(tx, now, ticket, survey)
    elif not wanted and later is not None:
        _close(tx, now, later)


def _open(tx: Tx, now: datetime, ticket: Ticket, survey: Survey) -> None:
    """In the ticket's queue; answers go to the requester's direct messages on the platform where the ticket lived."""
    person, account = people.get(tx, ticket.requester_id), _account(tx, ticket)
    if person is None or person.blocked or account is None:
        return
    queue, language = tx.directory.queue(ticket.queue), tx.directory.desk.language
    subject = say(language, "amends.subject", ticket=ticket.number, subject=ticket.subject)
    words = say(language, "amends.note", ticket=ticket.number, requester=person.name, rated=survey.rated)
    if survey.comment and not queue.private:
        words += "\n" + say(language, "amends.quote", words=survey.comment)
    opening = Opening(
        queue,
        person,
        words,
        now,
        Place(ticket.connection, ""),
        follow_up_of=ticket.number,
        identity_id=account.id,
        subject=subject,
        priority=ticket.priority,
        amends=True,
    )
    open_ticket(tx, now, opening, lambda number: _note(tx, now, number, words))


def _account(tx: Tx, ticket: Ticket) -> Identity | None:
    """The requester's, where the ticket lived."""
    mine = people.identities(tx, ticket.requester_id)
    return next((one for one in mine if one.connection == ticket.connection and not one.unreachable), None)


def _note(tx: Tx, now: datetime, number: int, words: str) -> int:
    return messages.add(
        tx,
        {
            "ticket": number,
            "kind": "note",
            "role": "bot",
            "text": words,
            "written_at": now,
            "received_at": now,
            "state": "noted",
        },
    )


def _close(tx: Tx, now: datetime, number: int) -> None:
    """Closes a follow-up that the desk opened and nobody has touched."""
    found = tickets.lock(tx, number)
    if found and found.agent_opened and found.status == "new" and found.awaiting_since is None:
        promises.cancelled(tx, now, lifecycle.closed(tx, now, found, None, "done"))
