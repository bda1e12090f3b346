"""The desk's rules at work: what a deed wrote into the log is looked through after it, in its own transaction.

A rule fires once for each cause, whatever restarts and whoever repeats the deed; what rules do is no cause for rules,
so they cannot run in circles. All rules that wait for a cause are tried in the file's order, and each sees what those
before it did. Where the file has no rules, none of this asks the database anything.
"""

import traceback
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

import structlog

from inbox.automation import Cause, Rule, awaits, met, words_of
from inbox.desk import fields, rule_deeds
from inbox.locale import nearest
from inbox.model import Ticket
from inbox.store import Tx, alarms, events, firings, messages, people, tags, tickets
from inbox.store.tx import Entry

log = structlog.get_logger("rules")
IDLE = "idle"  # kind of alarms, by ticket
FAULTS = (LookupError, TypeError, ValueError, AttributeError, AssertionError)
TALK = 50  # messages that a text is looked for in
# What changes a status, and which one it becomes; None where the ticket tells.
BECOMES: dict[str, str | None] = {
    "claimed": "open",
    "assigned": None,
    "released": "new",
    "returned": "new",
    "pending": "pending",
    "on_hold": "on_hold",
    "woken": None,
    "reopened": None,
    "resolved": "resolved",
    "closed": "closed",
}
# What somebody does with a ticket: after that it is idle. Asleep it is not, so waking counts whoever wakes it.
WOKEN = "woken"
DONE = (
    *BECOMES,
    "created",
    "message",
    "participant",
    "thanks",
    "reply_written",
    "open_reply",
    "note",
    "taken_over",
    "snoozed",
    "moved",
    "priority",
)


def follow(tx: Tx, now: datetime) -> None:
    """A deed is done: the rules that wait for what happened are tried. Called once, at the end of the transaction."""
    rules = tx.directory.desk.rules
    happened = tuple(tx.happened) if rules else ()
    for cause in causes(happened):
        try_all(tx, now, _status_known(tx, cause), rules)
    if any(rule.when.idle_seconds for rule in rules):
        _watch(tx, now, happened)
    tx.happened.clear()


def causes(happened: Sequence[Entry]) -> Iterator[Cause]:
    """What of these is a cause for rules, each once, in order. The words that a ticket was opened with belong to its
    being created. A status's key is the event's, which `_status_known` looks up."""
    opened = {ticket: [] for kind, ticket, _, _ in happened if kind == "created" and ticket is not None}  # type: dict[int, list[int]]
    for kind, ticket, _, facts in happened:
        if kind == "message" and ticket in opened:
            opened[ticket].append(facts["message"])
    for kind, ticket, _, facts in happened:
        if ticket is None:
            continue
        if kind == "created":
            yield Cause("created", ticket, f"created/{ticket}", messages=tuple(opened[ticket]))
        elif kind == "message" and ticket not in opened:
            yield Cause("message", ticket, f"message/{facts['message']}", messages=(facts["message"],))
        elif kind in BECOMES:
            yield Cause("status", ticket, kind, status=BECOMES[kind] or "")
        elif kind == "survey_rated":
            key = f"rating/{facts['survey']}/{facts['score']}"
            yield Cause("rating", ticket, key, score=facts["score"])


def _status_known(tx: Tx, cause: Cause) -> Cause:
    if cause.kind != "status" or not any(rule.when.status is not None for rule in tx.directory.desk.rules):
        return cause
    ticket = tickets.get(tx, cause.ticket)
    status = cause.status or (ticket.status if ticket else "")
    key = f"status/{firings.last_of(tx, cause.ticket, [cause.key])}"
    return Cause("status", cause.ticket, key, status=status)


def try_all(tx: Tx, now: datetime, cause: Cause, rules: Sequence[Rule]) -> None:
    """Tries rules for a cause, in their order. A fault in one costs nobody the deed that caused it."""
    try:
        _try(tx, now, cause, rules)
    except FAULTS:
        log.exception("rules.not_tried", ticket=cause.ticket, cause=cause.key)


def _try(tx: Tx, now: datetime, cause: Cause, rules: Sequence[Rule]) -> None:
    waiting = [rule for rule in rules if awaits(rule.when, cause)]
    ticket = tickets.lock(tx, cause.ticket) if waiting else None
    for rule in waiting:
        if ticket is None or not met(rule.needs, Present(tx, ticket, cause)):
            continue
        if firings.first(tx, now, rule.name, cause.key, ticket.number):
            _fire(tx, now, ticket.number, rule, cause)
            ticket = tickets.get(tx, cause.ticket)


def _fire(tx: Tx, now: datetime, number: int, rule: Rule, cause: Cause) -> None:
    try:
        with tx.apart():
            did, skipped = rule_deeds.carry_out(tx, now, number, rule)
    except FAULTS as error:
        log.error("rules.failed", rule=rule.name, ticket=number, trace=traceback.format_exc()[-4000:])
        events.add(tx, now, "rule_failed", number, None, rule=rule.name, cause=cause.kind, error=repr(error)[:500])
        return
    facts = {"rule": rule.name, "cause": cause.kind, "did": "; ".join(did), "skipped": "; ".join(skipped)}
    events.add(tx, now, "rule_fired", number, None, **facts, nothing=bool(skipped and not did))


@dataclass(frozen=True, slots=True)
class Fired:
    """A rule that fired on a ticket: what for, what it did, and what of it could not be done, in the file's words."""

    rule: str
    cause: str
    did: str
    skipped: str
    at: datetime


def why(tx: Tx, number: int) -> list[Fired]:
    """The rules that fired on a ticket, oldest first: why it is as it is."""
    found = [event for event in events.of_ticket(tx, number) if event.kind == "rule_fired"]
    return [Fired(e.facts["rule"], e.facts["cause"], e.facts["did"], e.facts["skipped"], e.at) for e in found]


class Present:
    """A ticket as it is now, as conditions see it; what costs a look into the database is looked up when it is asked
    for."""

    def __init__(self, tx: Tx, ticket: Ticket, cause: Cause) -> None:
        self._tx, self._ticket, self._cause = tx, ticket, cause
        self.queue, self.priority, self.status = ticket.queue, ticket.priority, ticket.status
        self.language = nearest(ticket.language) or tx.directory.desk.language
        self.platform = tx.directory.platform(ticket.connection)

    def words(self) -> list[str]:
        return self._words

    @cached_property
    def _words(self) -> list[str]:
        """The words that came in, with the subject unless these are later ones; else all of the requester's."""
        cause = self._cause
        if cause.messages:
            found = [messages.get(self._tx, one) for one in cause.messages]
        else:
            talk = messages.of_ticket(self._tx, self._ticket.number, TALK)
            found = [one for one in talk if one.role == "requester"]
        subject = [] if cause.kind == "message" else [self._ticket.subject]
        return words_of("\n".join([*subject, *(one.text for one in found if one and not one.deleted)]))

    def accounts(self) -> frozenset[tuple[str, str]]:
        found = people.identities(self._tx, self._ticket.requester_id)
        return frozenset((one.connection, one.external_id) for one in found)

    def tags(self) -> frozenset[str]:
        return frozenset(tags.of(self._tx, self._ticket.number))

    def field(self, name: str) -> str:
        return fields.value(self._tx, self._ticket, name)


def _watch(tx: Tx, now: datetime, happened: Sequence[Entry]) -> None:
    """Somebody did something: from now on it is idle."""
    done = {
        ticket
        for kind, ticket, actor, _ in happened
        if ticket is not None and kind in DONE and (actor is not None or kind == WOKEN)
    }
    shortest = min(rule.when.idle_seconds for rule in tx.directory.desk.rules if rule.when.idle_seconds)
    first = now + timedelta(seconds=shortest)
    alarms.set_all(tx, [(IDLE, number, first) for number in sorted(done)])
