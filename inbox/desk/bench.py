"""An agent's workbench on one ticket: their words that wait for a decision, what can still be undone, and what there is
to choose from. It only reads; every choice is a verb of its own."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from inbox.desk import canned, incidents, plans, tags
from inbox.model import File, Message, Ticket
from inbox.question import Question
from inbox.store import Tx, fields, files, followers, messages, outbox, overrides, people, relations, returns, tickets
from inbox.store.canned import Prepared
from inbox.store.overrides import Override

# what can become of words that wait: by the verb's name
Choice = Literal["send", "takesend", "claimsend", "asnote", "discard", "retry", "resend"]
RELATED = 12  # other tickets
PREPARED = 100  # canned responses in a list
INCIDENTS = 10  # that a ticket is offered to be a case of


@dataclass(frozen=True, slots=True)
class Undecided:
    """An agent's words that the requester does not have, with their files, why (as their state tells), and what can be
    done."""

    message: Message
    choices: tuple[Choice, ...]
    files: tuple[File, ...] = ()


@dataclass(frozen=True, slots=True)
class OnTheWay:
    """An agent's words that can still be taken back, with their files, at least until an instant."""

    message: Message
    until: datetime
    files: tuple[File, ...] = ()


@dataclass(frozen=True, slots=True)
class Beside:
    """Another ticket that this one has to do with, and how: relates, split, incident (this is one of its cases), case
    (it is one of this incident's)."""

    kind: str
    ticket: Ticket


@dataclass(frozen=True, slots=True)
class Bench:
    """What one agent finds on the bench of a ticket of theirs.

    `fence` goes into the forms: it says which holder their author knew of. `team` are the agents of the queue by person
    id; `queues` the titles of those that the agent may know of, by key, but for the ticket's; `escalates_to` is the
    title of the queue that takes what is too much for this one ("" for none). `keepable` says that the
    claim is about to go back to the queue, and can be kept for longer. `cases` is how many an incident has, `case_of`
    the incident that the ticket is a case of; `incidents` are those of its queue (number, subject) that are offered. A
    lead alone finds the ticket's `own` targets, which leads set, the `plan` that one gave its requester ("" for none),
    and the `plans` there are.
    """

    agent: int
    lead: bool
    fence: int
    undecided: tuple[Undecided, ...]
    on_the_way: tuple[OnTheWay, ...]
    team: tuple[tuple[int, str], ...]
    queues: tuple[tuple[str, str], ...]
    escalates_to: str
    tags: tuple[str, ...]
    fields: tuple[tuple[Question, str], ...]
    follows: bool
    beside: tuple[Beside, ...]
    prepared: tuple[Prepared, ...]
    keepable: bool
    explicit: bool
    cases: int = 0
    case_of: int | None = None
    incidents: tuple[tuple[int, str], ...] = ()
    own: tuple[Override, ...] = ()
    plan: str = ""
    plans: tuple[str, ...] = ()


def of(tx: Tx, ticket: Ticket, agent: int) -> Bench | None:
    """The bench of a ticket for an agent of its queue; None for anybody else."""
    roles = people.roles(tx, agent)
    if ticket.queue not in roles:
        return None
    numbers = tickets.gathered(tx, ticket.number)
    team = people.names(tx, people.members(tx, ticket.queue))
    queue = tx.directory.queue(ticket.queue)
    above = tx.directory.desk.queues.get(queue.escalates_to)
    answers = fields.of_ticket(tx, ticket.number) if queue.fields else {}
    timer = returns.get(tx, ticket.number)
    lead = roles[ticket.queue] == "lead"
    return Bench(
        agent=agent,
        lead=lead,
        fence=ticket.fence,
        undecided=_undecided(tx, ticket, numbers, agent),
        on_the_way=_on_the_way(tx, numbers, agent),
        team=tuple(sorted(((i, n) for i, n in team.items() if i != ticket.requester_id), key=lambda one: one[1])),
        queues=_queues(tx, ticket, roles),
        escalates_to=above.title if above else "",
        tags=tags.of(tx, ticket.number),
        fields=tuple((one, answers.get(one.name, "")) for one in queue.fields),
        follows=agent in followers.of(tx, ticket.number),
        beside=_beside(tx, ticket, roles),
        prepared=tuple(canned.offered(tx, agent, "", ticket.queue, PREPARED)),
        keepable=bool(timer and timer.warned and not timer.kept and ticket.assignee_id == agent),
        explicit=queue.voice == "explicit",
        cases=len(relations.sources(tx, ticket.number, "incident", incidents.MOST)) if ticket.incident else 0,
        case_of=None if ticket.incident else relations.target(tx, ticket.number, "incident"),
        incidents=_incidents(tx, ticket),
        own=tuple(overrides.of_ticket(tx, ticket.number).values()) if lead else (),
        plan=people.plan(tx, ticket.requester_id) if lead else "",
        plans=plans.known(tx.directory) if lead else (),
    )


def _incidents(tx: Tx, ticket: Ticket) -> tuple[tuple[int, str], ...]:
    if not ticket.unresolved or ticket.incident:
        return ()
    found = (tickets.get(tx, number) for number in tickets.incidents(tx, ticket.queue, INCIDENTS))
    return tuple((one.number, one.subject) for one in found if one)


def _undecided(tx: Tx, ticket: Ticket, numbers: Sequence[int], agent: int) -> tuple[Undecided, ...]:
    found = []
    for number in numbers:
        for state in ("held", "failed", "unknown"):
            for message in messages.in_state(tx, number, state, agent):
                if not message.deleted:
                    found.append(Undecided(message, choices(ticket, agent, state), _files(tx, message)))
    return tuple(sorted(found, key=lambda one: one.message.id))


def choices(ticket: Ticket, agent: int, state: str) -> tuple[Choice, ...]:
    """What an agent can make of words of theirs in that state, the likeliest first."""
    inside: tuple[Choice, ...] = ("asnote", "discard")
    if ticket.status == "closed":
        return inside
    if state != "held":
        return ("retry" if state == "failed" else "resend", *inside)
    return ("send" if ticket.assignee_id == agent else "takesend", *inside)


def _on_the_way(tx: Tx, numbers: Sequence[int], agent: int) -> tuple[OnTheWay, ...]:
    found = []
    for number in numbers:
        for message in messages.in_state(tx, number, "waiting", agent):
            rows = [row for row in outbox.of_message(tx, message.id) if row.state == "queued" and row.kind == "message"]
            if rows:
                found.append(OnTheWay(message, max(row.not_before for row in rows), _files(tx, message)))
    return tuple(found)


def _files(tx: Tx, message: Message) -> tuple[File, ...]:
    return tuple(files.of_messages(tx, [message.id]).get(message.id, ()))


def _queues(tx: Tx, ticket: Ticket, roles: dict[str, str]) -> tuple[tuple[str, str], ...]:
    """Confidential ones are named to those alone who answer for them."""
    known = tx.directory.desk.queues.values()
    return tuple((q.key, q.title) for q in known if q.key != ticket.queue and (not q.private or q.key in roles))


def _beside(tx: Tx, ticket: Ticket, roles: dict[str, str]) -> tuple[Beside, ...]:
    found = []
    for source, target, kind in relations.of(tx, ticket.number, RELATED):
        other = tickets.get(tx, source if target == ticket.number else target)
        if other and other.queue in roles:
            found.append(Beside("case" if kind == "incident" and target == ticket.number else kind, other))
    return tuple(found)


def prepared(tx: Tx, ticket: Ticket, agent: int, called: str) -> str:
    """A canned response as this agent would send it on this ticket. Raises BadInput (`canned_unknown`)."""
    return canned.words(tx, ticket, agent, canned.fitting(tx, ticket, called))
