"""What the rules of a desk file would have done lately, on the tickets that there were: nothing is written.

Each ticket's life is told again from its events, and the rules are tried where they would have been. What rules really
did in that time is left out of it; requesters' accounts, fields and words are those of today.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from inbox.automation import Cause, Rule, awaits, met, words_of
from inbox.desk import fields
from inbox.desk.lives import Life, beginning, requesters_words
from inbox.desk.rules import DONE, WOKEN, causes
from inbox.locale import nearest
from inbox.model import Event, Message, Ticket
from inbox.store import Tx, firings, messages, people, tickets

TALK = 500  # messages of a ticket


@dataclass(frozen=True, slots=True)
class Would:
    """A rule would have fired on a ticket at an instant."""

    rule: str
    ticket: int
    at: datetime


def rules(tx: Tx, now: datetime, since: datetime, numbers: Sequence[int]) -> list[Would]:
    """What the directory's rules would have done to these tickets from `since` until now, in the order of each life."""
    found: list[Would] = []
    for number, events in firings.histories(tx, numbers).items():
        ticket = tickets.get(tx, number)
        if ticket and events:
            found += _Rehearsal(tx, ticket, events, since, now).run()
    return found


@dataclass(slots=True)
class _Rehearsal:
    tx: Tx
    ticket: Ticket
    events: list[Event]
    since: datetime
    now: datetime
    fired: set[tuple[str, str]] = field(default_factory=set)
    touched: tuple[int, datetime] | None = None
    said: list[Message] | None = None

    def talk(self) -> list[Message]:
        """What was said on the ticket, looked up once."""
        if self.said is None:
            self.said = messages.of_ticket(self.tx, self.ticket.number, TALK)
        return self.said

    def run(self) -> Iterator[Would]:
        life, directory = beginning(self.ticket, self.events), self.tx.directory
        for event in self.events:
            yield from self._idle(life, event.at)
            if event.at >= self.since and event.facts.get("rule"):
                continue  # what a rule really did
            life.follow(event)
            if event.at >= self.since:
                for cause in self._causes(event, life):
                    yield from self._try(life, cause, event.at, directory.desk.rules)
            if event.kind in DONE and (event.actor is not None or event.kind == WOKEN):
                self.touched = (event.id, event.at)
        yield from self._idle(life, self.now)

    def _causes(self, event: Event, life: Life) -> list[Cause]:
        """As a verb's own transaction would have seen it: the words that came with the opening belong to it."""
        opened = next((one.at for one in self.events if one.kind == "created"), None)
        together = [one for one in self.events if one.kind in ("created", "message") and one.at == opened]
        if event.kind == "message" and event.at == opened:
            return []
        seen = together if event.kind == "created" else [event]
        found = list(causes([(one.kind, one.ticket, one.actor, one.facts) for one in seen]))
        return [_dated(cause, event, life) if cause.kind == "status" else cause for cause in found]

    def _idle(self, life: Life, until: datetime) -> Iterator[Would]:
        """What would have come due before the next thing happened."""
        if self.touched is None or not life.unresolved:
            return
        event_id, last = self.touched
        idle = (rule for rule in self.tx.directory.desk.rules if rule.when.idle_seconds)
        waiting = [rule for rule in idle if last + timedelta(seconds=rule.when.idle_seconds) >= self.since]
        for seconds in sorted({rule.when.idle_seconds for rule in waiting}):
            at = last + timedelta(seconds=seconds)
            asleep = life.asleep_until is not None and life.asleep_until > at
            if self.since <= at < until and not asleep and life.unresolved:
                cause = Cause("idle", self.ticket.number, f"idle/{self.ticket.number}/{event_id}", idle_seconds=seconds)
                yield from self._try(life, cause, at, waiting)

    def _try(self, life: Life, cause: Cause, at: datetime, rules: Sequence[Rule]) -> Iterator[Would]:
        for rule in rules:
            if (rule.name, cause.key) in self.fired or not awaits(rule.when, cause):
                continue
            if met(rule.needs, _Past(self, life, cause, at)):
                self.fired.add((rule.name, cause.key))
                life.do(rule.do, self.tx.directory)
                yield Would(rule.name, self.ticket.number, at)


def _dated(cause: Cause, event: Event, life: Life) -> Cause:
    return Cause("status", cause.ticket, f"status/{event.id}", status=cause.status or life.status)


class _Past:
    """A ticket as conditions would have seen it then."""

    def __init__(self, of: _Rehearsal, life: Life, cause: Cause, at: datetime) -> None:
        tx, ticket = of.tx, of.ticket
        self._tx, self._ticket, self._talk = tx, ticket, of.talk
        self._life, self._cause, self._at = life, cause, at
        self.queue, self.priority, self.status = life.queue, life.priority, life.status
        self.language = nearest(ticket.language) or tx.directory.desk.language
        self.platform = tx.directory.platform(ticket.connection)

    def words(self) -> list[str]:
        subject = [] if self._cause.kind == "message" else [self._ticket.subject]
        return words_of("\n".join([*subject, *(said.text for said in self._said())]))

    def _said(self) -> list[Message]:
        if self._cause.messages:
            return [said for said in self._talk() if said.id in self._cause.messages and not said.deleted]
        return requesters_words(self._talk(), self._at)

    def accounts(self) -> frozenset[tuple[str, str]]:
        found = people.identities(self._tx, self._ticket.requester_id)
        return frozenset((one.connection, one.external_id) for one in found)

    def tags(self) -> frozenset[str]:
        return frozenset(self._life.tags)

    def field(self, name: str) -> str:
        return fields.value(self._tx, self._ticket, name)
