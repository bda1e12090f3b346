"""Telling the desk that a promise runs out: who hears which step of the ladder, and how it is put right afterwards."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from inbox.desk import absence, outgoing
from inbox.desk.access import name
from inbox.directory import Queue
from inbox.model import Promise, Ticket
from inbox.store import Tx, people, preferences, promises, relations, threads, tickets, told
from sla.ladder import DEFAULT, Ladder, Step

LADDER: Ladder = DEFAULT
COUNTING = ("running", "due_soon", "breached")
SHOWN = 80  # characters of a subject


@dataclass(slots=True)
class Nag:
    """One step of one promise's ladder, and what telling it needs. `roomed` keeps a room from being told twice."""

    tx: Tx
    now: datetime
    ticket: Ticket
    promise: Promise
    step: Step
    queue: Queue
    facts: dict[str, Any]
    roomed: bool = False

    @property
    def say(self) -> str:
        return f"nag.{self.promise.metric}.{self.step.name.split('_')[0]}"

    @property
    def actions(self) -> tuple[str, ...]:
        verb = "claim" if self.ticket.assignee_id is None else "show"
        return (f"{verb}:{self.ticket.number}",)


def silent(ticket: Ticket, now: datetime) -> bool:
    """Whether nobody is nagged about this ticket: it waits for the requester, sleeps, or is solved."""
    sleeps = ticket.snoozed_until is not None and ticket.snoozed_until > now
    return not ticket.unresolved or ticket.status == "pending" or sleeps


def matter(queue: Queue, ticket: Ticket) -> str:
    """The ticket in a few words; private queues show none of them in chats."""
    return f"#{ticket.number}" if queue.private else f"#{ticket.number} ({ticket.subject[:SHOWN]})"


def give(tx: Tx, now: datetime, ticket: Ticket, promise: Promise, step: Step) -> None:
    """Tells everybody whom this step concerns; of an incident's cases nobody, for the incident is nagged about."""
    if _is_case(tx, ticket):
        return
    queue = tx.directory.queue(ticket.queue)
    facts = {
        "ticket": ticket.number,
        "matter": matter(queue, ticket),
        "requester": name(tx, ticket.requester_id),
        "holder": name(tx, ticket.assignee_id),
        "due": promise.due_at.isoformat() if promise.due_at else "",
        "nag": [promise.metric, promise.cycle],
    }
    nag = Nag(tx, now, ticket, promise, step, queue, facts)
    for audience in step.to:
        TELL[audience](nag)


def _is_case(tx: Tx, ticket: Ticket) -> bool:
    incident = relations.target(tx, ticket.number, "incident")
    whole = tickets.get(tx, incident) if incident is not None else None
    return whole is not None and whole.unresolved


def _thread(nag: Nag) -> None:
    if nag.ticket.assignee_id is not None:
        outgoing.notice(nag.tx, nag.now, threads.desk(nag.tx, nag.ticket.number), nag.say, **nag.facts)


def _holder(nag: Nag) -> None:
    """Who holds it; where they are away, want none or cannot be written to their queue, and where that has no room
    its leads."""
    holder = nag.ticket.assignee_id
    wants = holder is not None and preferences.get(nag.tx, holder).direct_nags
    if wants and holder and not absence.is_away(nag.tx, nag.now, holder) and _direct(nag, holder):
        return
    if nag.tx.directory.desk_room(nag.queue):
        _room(nag)
    else:
        _leads(nag)


def _leads(nag: Nag) -> None:
    leads = sorted(who for who, role in people.members(nag.tx, nag.queue.key).items() if role == "lead")
    away = absence.gone(nag.tx, nag.now, leads)
    if not [who for who in leads if who not in away and _direct(nag, who)]:
        _room(nag)


def _room(nag: Nag, queue: Queue | None = None) -> None:
    if not nag.roomed:
        number = nag.ticket.number
        outgoing.in_room(nag.tx, nag.now, queue or nag.queue, number, nag.say, nag.actions, **nag.facts)
        nag.roomed = True


def _card(nag: Nag) -> None:
    outgoing.card(nag.tx, nag.now, nag.ticket.number)


def _escalate(nag: Nag) -> None:
    """It has gone to the queue that helps out, where there is one; that one is told."""
    _room(nag)


TELL = {"thread": _thread, "holder": _holder, "leads": _leads, "room": _room, "card": _card, "escalate": _escalate}


def _direct(nag: Nag, person_id: int) -> bool:
    """One person, one message. False where they cannot be written to."""
    prefer = outgoing.desk_connection(nag.tx, nag.ticket)
    number = nag.ticket.number
    return outgoing.direct(nag.tx, nag.now, person_id, number, nag.say, nag.actions, prefer=prefer, **nag.facts)


def put_right(tx: Tx, now: datetime, promise: Promise, holder: str) -> None:
    """The promise has ended: nags that wait are withdrawn, those that were read are rewritten to say so."""
    found = told.about(tx, promise.ticket, "nag", [promise.metric, promise.cycle])
    told.withdraw(tx, found)
    sent = [nag for nag in found if nag.state == "sent"]
    say = f"nag.over.{promise.metric}" if promise.state in ("met", "met_late") else "nag.over.cancelled"
    outgoing.rewrite(tx, now, sent, say, holder=holder, nag=None)


def hush(tx: Tx, promise: Promise) -> None:
    """The ticket waits: nags that wait to be sent are withdrawn."""
    told.withdraw(tx, told.about(tx, promise.ticket, "nag", [promise.metric, promise.cycle]))


def still_true(tx: Tx, now: datetime, ticket: Ticket, facts: Mapping[str, Any]) -> bool:
    """Whether a nag that is about to be sent is still wanted: its promise counts and nothing silences it."""
    metric, cycle = facts["nag"]
    if silent(ticket, now):
        return False
    given = [p for p in promises.of_ticket(tx, ticket.number) if (p.metric, p.cycle) == (metric, cycle)]
    return bool(given and given[0].state in COUNTING)
