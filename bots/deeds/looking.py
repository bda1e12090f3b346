"""What is looked at: help, what waits in one's queues, one ticket, how it stands."""

from dataclasses import replace

from bots import cards, commands, status
from bots.deeds.doing import Doing
from bots.port import Answer
from inbox.desk import carddata
from inbox.desk.access import signed
from inbox.errors import BadInput, NotFound
from inbox.model import TicketCard
from inbox.store import tickets

QUEUE_LIMIT = 10  # tickets


def help_(doing: Doing) -> Answer:
    """What can be said; with a command's name what that does."""
    verb = commands.named(doing.words.split(maxsplit=1)[0]) if doing.words else None
    agent = bool(doing.roles)
    if verb is not None and (agent or not verb.agents):
        return Answer(cards.verb_card(verb, doing.language))
    return Answer(cards.help_card(doing.language, agent=agent))


def queue(doing: Doing) -> Answer:
    """What waits in the agent's queues and what is held, the nearest deadline first."""
    roles, tx = doing.roles, doing.tx
    if not roles:
        raise BadInput("agents_only")
    found = [t for queue in sorted(roles) for t in tickets.waiting(tx, queue, ("new", "open"), QUEUE_LIMIT)]
    found.sort(key=lambda t: (t.assignee_id is not None, t.due_at is None, t.due_at, t.number))
    shown = carddata.lines(tx, found[:QUEUE_LIMIT], doing.now)
    return Answer(cards.queue_card(shown, doing.language, doing.zone))


def show(doing: Doing) -> Answer:
    """The ticket's card: whole for its agents; a requester sees who answers as the queue signs, no deadline of ours."""
    ticket, tx = tickets.get(doing.tx, doing.number), doing.tx
    roles = doing.roles
    if ticket is None or (ticket.requester_id != doing.person.id and ticket.queue not in roles):
        raise NotFound(ticket=doing.number)
    shown = carddata.ticket_card(tx, ticket, doing.now)
    if ticket.queue in roles:
        return Answer(cards.desk_card(shown, doing.language, doing.zone))
    shown = _for_requester(shown, signed(tx, ticket, ticket.assignee_id))
    return Answer(cards.without_buttons(cards.desk_card(shown, doing.language, doing.zone)))


def _for_requester(card: TicketCard, holder: str) -> TicketCard:
    """Without what agents set, sort and see among themselves: their deadlines and tags, who looks at it, what else it
    has to do with."""
    return replace(
        card,
        holder=holder,
        due_at=None,
        overdue=False,
        snoozed_until=None,
        closed_as="",
        fields=(),  # agents fill these in, too
        missing=(),
        tags=(),
        incident=False,
        cases=0,
        case_of=None,
        incidents=(),
        there=(),
    )


def how_it_stands(doing: Doing) -> Answer:
    return status.answer(doing.tx, doing.now, doing.language, doing.person, doing.ticket)


TICKET = {"show": show}
COMMANDS = {"help": help_, "queue": queue, "status": how_it_stands}
