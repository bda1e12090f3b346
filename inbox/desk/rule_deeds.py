"""What a rule does to a ticket: each deed by the desk's own verbs, as nobody's deed.

Each deed either tells in the file's own words what it did ("" for nothing), or raises why it cannot be done; that
stops no other.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from inbox.automation import Rule, Who
from inbox.desk import absence, canned, claims, gathered, lifecycle, moving, outgoing, priorities, tags
from inbox.desk.access import name
from inbox.desk.matter import mirror_to_desk
from inbox.errors import BadInput, DeskError, OverCapacity, WrongStatus
from inbox.model import MessageKind, MessageState, Ticket
from inbox.store import Tx, messages, people, threads, tickets
from inbox.words import stored

Deed = Callable[[Tx, datetime, Ticket, Rule], str]


def carry_out(tx: Tx, now: datetime, number: int, rule: Rule) -> tuple[list[str], list[str]]:
    """Does what the rule says; returns what was done, and what could not be and why."""
    did: list[str] = []
    skipped: list[str] = []
    for called, deed in DEEDS.items():
        if not getattr(rule.do, called):
            continue
        ticket = tickets.get(tx, number)
        assert ticket is not None
        try:
            with tx.apart():
                told = deed(tx, now, ticket, rule)
        except DeskError as error:
            skipped.append(f"{called} ({_why(error)})")
        else:
            did += [told] if told else []
    return did, skipped


def _why(error: DeskError) -> str:
    reason = error.reason if isinstance(error, BadInput) else error.say.rpartition(".")[2]
    return reason.replace("_", " ")


def _queue(tx: Tx, now: datetime, ticket: Ticket, rule: Rule) -> str:
    to = tx.directory.desk.queues.get(rule.do.queue)
    if to is None:
        raise BadInput("no_queue", words=rule.do.queue, queues="")
    if to.key == ticket.queue:
        return ""
    if ticket.status == "closed":
        raise WrongStatus(ticket=ticket.number, status=ticket.status)
    if tx.directory.queue(ticket.queue).private and not to.private:
        raise BadInput("confidential", queue=to.title)  # only a person may open up what is confidential
    moving.check_waiting(tx, now, ticket)
    moving.moved(tx, now, ticket, to, None, rule=rule.name)
    return "queue" if to.private else f"queue = {to.key}"  # who sees it later may not know of that one


def _priority(tx: Tx, now: datetime, ticket: Ticket, rule: Rule) -> str:
    wanted = rule.do.priority
    if not wanted or ticket.priority == wanted:
        return ""
    _must_be_unresolved(ticket)
    priorities.changed(tx, now, ticket, None, wanted, rule=rule.name)
    return f"priority = {wanted}"


def _tag(tx: Tx, now: datetime, ticket: Ticket, rule: Rule) -> str:
    new = [tag for tag in rule.do.tag if tag not in tags.of(tx, ticket.number)]
    tags.put(tx, now, ticket, None, new, rule=rule.name)
    return f"tag = {', '.join(new)}" if new else ""


def _assign(tx: Tx, now: datetime, ticket: Ticket, rule: Rule) -> str:
    """Nobody's ticket is given to somebody; what a person holds stays theirs."""
    who = rule.do.assign
    assert who is not None
    _must_be_unresolved(ticket)
    if ticket.assignee_id is not None:
        return ""
    person, queue = people.find(tx, *who), tx.directory.queue(ticket.queue)
    if person is None or queue.key not in people.roles(tx, person.id):
        raise BadInput("not_an_agent", name=str(who), queue=queue.title)
    if person.id == ticket.requester_id:
        raise BadInput("own_ticket", ticket=ticket.number)
    if absence.is_away(tx, now, person.id):
        raise BadInput("away", name=person.name)
    if not moving.may_hold(tx, queue, person.id):
        raise OverCapacity(capacity=queue.capacity, name=person.name)
    claims.give(tx, now, ticket, person.id, None, rule=rule.name)
    return f"assign = {person.name}"


def _note(tx: Tx, now: datetime, ticket: Ticket, rule: Rule) -> str:
    message_id = _words(tx, now, ticket, "note", "noted", rule.do.note)
    mirror_to_desk(tx, now, ticket, message_id)
    return "note"


def _reply(tx: Tx, now: datetime, ticket: Ticket, rule: Rule) -> str:
    """The desk answers with a prepared response: it satisfies no promise, for no human has."""
    if ticket.status == "closed":
        raise WrongStatus(ticket=ticket.number, status=ticket.status)
    response = canned.fitting(tx, ticket, rule.do.reply)
    spans = None if canned.VARIABLE.search(response.text) else stored(response.spans)
    message_id = _words(tx, now, ticket, "message", "waiting", canned.words(tx, ticket, None, response), spans)
    outgoing.mirror(tx, now, threads.home(tx, ticket.number), message_id)
    mirror_to_desk(tx, now, ticket, message_id)
    return f"reply = {response.name}"


def _words(
    tx: Tx, now: datetime, ticket: Ticket, kind: MessageKind, state: MessageState, text: str, spans: Any = None
) -> int:
    """The desk's own words on a ticket."""
    tx.tickets.add(ticket.number)
    return messages.add(
        tx,
        {
            "ticket": ticket.number,
            "kind": kind,
            "role": "bot",
            "author_id": None,
            "text": text,
            "spans": spans,
            "written_at": now,
            "received_at": now,
            "state": state,
            "fence": ticket.fence,
        },
    )


def _notify(tx: Tx, now: datetime, ticket: Ticket, rule: Rule) -> str:
    told = [audience for audience in rule.do.notify if _told(tx, now, ticket, rule, audience)]
    if not told:
        raise BadInput("nobody", name="", team="")
    return f"notify = {', '.join(map(str, told))}"


def _told(tx: Tx, now: datetime, ticket: Ticket, rule: Rule, audience: str | Who) -> bool:
    queue = tx.directory.queue(ticket.queue)
    facts = {
        "ticket": ticket.number,
        "matter": gathered.matter(queue, ticket),
        "requester": name(tx, ticket.requester_id),
        "rule": rule.name,
    }
    show = (f"show:{ticket.number}",)
    if audience == "room":
        outgoing.in_room(tx, now, queue, ticket.number, "rule.notify", show, **facts)
        return tx.directory.desk_room(queue) is not None
    prefer = outgoing.desk_connection(tx, ticket)
    people_told = [
        outgoing.direct(tx, now, who, ticket.number, "rule.notify", show, prefer=prefer, **facts)
        for who in _audience(tx, ticket, audience)
    ]
    return any(people_told)


def _audience(tx: Tx, ticket: Ticket, audience: str | Who) -> list[int]:
    """Whom that is: the holder, the leads, or one person, if they may read of it: agents of the ticket's queue."""
    team = people.members(tx, ticket.queue)
    if audience == "holder":
        return [ticket.assignee_id] if ticket.assignee_id is not None else []
    if audience == "leads":
        return sorted(who for who, role in team.items() if role == "lead")
    assert isinstance(audience, Who)
    person = people.find(tx, *audience)
    return [person.id] if person and person.id in team else []


def _close(tx: Tx, now: datetime, ticket: Ticket, rule: Rule) -> str:
    """`spam` ends it silently; `done` resolves it, and what is resolved is closed."""
    if ticket.status == "closed":
        return ""
    if rule.do.close == "spam":
        lifecycle.closed(tx, now, ticket, None, "spam")
    elif ticket.status == "resolved":
        lifecycle.closed(tx, now, ticket, None, "done")
    else:
        lifecycle.resolved(tx, now, ticket, None, "rule.resolved")
    return f"close = {rule.do.close}"


def _must_be_unresolved(ticket: Ticket) -> None:
    if not ticket.unresolved:
        raise WrongStatus(ticket=ticket.number, status=ticket.status)


# in the order in which they are done
DEEDS: dict[str, Deed] = {
    "queue": _queue,
    "priority": _priority,
    "tag": _tag,
    "assign": _assign,
    "note": _note,
    "reply": _reply,
    "notify": _notify,
    "close": _close,
}
