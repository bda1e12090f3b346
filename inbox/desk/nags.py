"""Telling the desk that a promise runs out: who hears which step of the ladder, and how it is put right afterwards."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from inbox.desk import gathered, lists, outgoing, quiet
from inbox.desk.access import name
from inbox.desk.gathered import Nag, Recipient
from inbox.model import Promise, Ticket
from inbox.store import Tx, alarms, outbox, people, promises, relations, threads, tickets, told
from sla.ladder import BEFORE_ALL, Step

COUNTING = ("running", "due_soon", "breached")
OFFER = "nag_offer"  # kind of alarms, by a ticket's number


@dataclass(frozen=True, slots=True)
class Given:
    """One step of one promise's ladder, which everybody whom it concerns is told."""

    ticket: Ticket
    promise: Promise
    step: Step


def give(tx: Tx, now: datetime, given: Sequence[Given], cards: Iterable[int] = ()) -> None:
    """Tells everybody whom these steps concern; of an incident's cases nobody, for the incident is nagged about.

    Who would hear of many at once is told in one message. `cards` are tickets whose cards are drawn as well.
    """
    Round(tx, now, cards).tell(given)


class Round:
    """What is said in one go. Whoever is asked about again and again is looked up once."""

    def __init__(self, tx: Tx, now: datetime, cards: Iterable[int]) -> None:
        self._tx, self._now = tx, now
        self._letters: dict[Recipient, list[Nag]] = {}
        self._notices: list[Nag] = []
        self._cards: dict[int, None] = dict.fromkeys(cards)
        self._at_work = cache(self._looked_up)
        self._leads_of = cache(self._leading)
        self._account_of = cache(self._reachable)
        self._room_of = cache(self._desk_room)

    def tell(self, given: Sequence[Given]) -> None:
        cases = relations.cases(self._tx, {one.ticket.number for one in given})
        queues = {one.ticket.queue: self._tx.directory.queue(one.ticket.queue) for one in given}
        for one in given:
            if one.ticket.number not in cases:
                nag = Nag(one.ticket, one.promise, one.step, queues[one.ticket.queue])
                for audience in one.step.to:
                    TELL[audience](self, nag)
        self._draw()
        gathered.send(self._tx, self._now, self._letters)

    def to_thread(self, nag: Nag) -> None:
        if nag.ticket.assignee_id is not None:
            self._notices.append(nag)

    def to_card(self, nag: Nag) -> None:
        self._cards[nag.ticket.number] = None

    def to_holder(self, nag: Nag) -> None:
        """Who holds it; where they are not at work, want none or cannot be written to their queue, and where that has
        no room its leads."""
        holder = nag.ticket.assignee_id
        if holder is not None and self._at_work(holder) and self._direct(nag, holder):
            return
        if self._room_of(nag.queue.key):
            self.to_room(nag)
        else:
            self.to_leads(nag)

    def to_leads(self, nag: Nag) -> None:
        told = [self._direct(nag, who) for who in self._leads_of(nag.queue.key)]
        if not any(told):
            self.to_room(nag)

    def to_room(self, nag: Nag) -> None:
        """The desk room of its queue; where it was handed up, that of the queue that helps out."""
        room = self._room_of(nag.queue.key)
        if room:
            self._letter(room, nag)

    def _direct(self, nag: Nag, person: int) -> bool:
        """One person, one message. False where they cannot be written to."""
        account = self._account_of(person, nag.queue.desk.connection if nag.queue.desk else "")
        if account:
            self._letter(account, nag)
        return account is not None

    def _letter(self, to: Recipient, nag: Nag) -> None:
        mine = self._letters.setdefault(to, [])
        if not mine or mine[-1] is not nag:  # told as one and as another, in the same room
            mine.append(nag)

    def _reachable(self, person: int, prefer: str) -> Recipient | None:
        """The account by which somebody is told, on the connection `prefer` if they have one there."""
        known = self._tx.directory.desk.connections
        found = [one for one in people.identities(self._tx, person) if not one.unreachable and one.connection in known]
        chosen = next((one for one in found if one.connection == prefer), next(iter(found), None))
        return Recipient(chosen.connection, "", chosen.id) if chosen else None

    def _desk_room(self, queue: str) -> Recipient | None:
        room = self._tx.directory.desk_room(self._tx.directory.queue(queue))
        return Recipient(room.connection, room.external_id) if room else None

    def _looked_up(self, person: int) -> bool:
        """Whether a holder is told by direct message."""
        return quiet.may_write(self._tx, self._now, person) and bool(quiet.at_work(self._tx, self._now, [person]))

    def _leading(self, queue: str) -> list[int]:
        leads = sorted(who for who, role in people.members(self._tx, queue).items() if role == "lead")
        return [who for who in quiet.at_work(self._tx, self._now, leads) if quiet.may_write(self._tx, self._now, who)]

    def _draw(self) -> None:
        """Marks on the cards, hints in the desk threads."""
        outgoing.cards(self._tx, self._now, self._cards)
        desks = threads.desks(self._tx, [nag.ticket.number for nag in self._notices])
        seen = [nag for nag in self._notices if nag.ticket.number in desks]
        rows = [
            outgoing.notice_row(self._now, desks[nag.ticket.number], nag.say, nag.actions, **said)
            for nag, said in zip(seen, gathered.facts(self._tx, seen), strict=True)
        ]
        outbox.add(self._tx, rows)


TELL: Mapping[str, Callable[[Round, Nag], None]] = {
    "thread": Round.to_thread,
    "holder": Round.to_holder,
    "leads": Round.to_leads,
    "room": Round.to_room,
    "card": Round.to_card,
    "escalate": Round.to_room,
}


def put_right(tx: Tx, now: datetime, promise: Promise, holder: str) -> None:
    """The promise has ended: nags that wait are withdrawn, those that were read are rewritten to say so."""
    found = _about(tx, promise)
    told.withdraw(tx, found)
    sent = [nag for nag in found if nag.state == "sent"]
    outgoing.rewrite(tx, now, sent, gathered.over(promise), holder=holder, nag=None)
    lists.ended(tx, now, promise)


def arrived(tx: Tx, now: datetime, outbox_id: int, number: int, key: Sequence[Any]) -> None:
    """A nag was sent: what it says may have ended on its way."""
    ticket = tickets.get(tx, number)
    found = [one for one in promises.of_ticket(tx, number) if [one.metric, one.cycle] == list(key)]
    if not ticket or not found:
        return
    mine = [nag for nag in _about(tx, found[0]) if nag.outbox_id == outbox_id]
    if found[0].finished_at or not ticket.unresolved:
        outgoing.rewrite(tx, now, mine, gathered.over(found[0]), holder=name(tx, ticket.assignee_id), nag=None)
    elif any(_offers_else(nag, ticket) for nag in mine):
        alarms.hasten(tx, OFFER, number, now + lists.SETTLES)


def hush(tx: Tx, promise: Promise) -> None:
    """The ticket waits: nags that wait to be sent are withdrawn."""
    told.withdraw(tx, _about(tx, promise))


def seen(tx: Tx, now: datetime, promise: Promise, by: str, until: datetime) -> None:
    """Somebody saw to it: the nags that were read say who, and until when they are quiet."""
    sent = [nag for nag in _about(tx, promise) if nag.state == "sent"]
    show = (f"show:{promise.ticket}",)
    told.offers(tx, sent, show)
    outgoing.rewrite(tx, now, sent, "nag.seen", show, by=by, until=until.isoformat())


def changed_hands(tx: Tx, now: datetime, ticket: Ticket, found: Iterable[Promise]) -> None:
    """Somebody holds the ticket, or nobody does any more: its nags that were read soon offer what can be done then."""
    if ticket.unresolved and any(one.step > BEFORE_ALL and one.state in COUNTING for one in found):
        alarms.hasten(tx, OFFER, ticket.number, now + lists.SETTLES)
        lists.changed(tx, now, ticket.number)


def tick_offer(tx: Tx, now: datetime, number: int) -> None:
    """The alarm of a ticket that changed hands: who reads a nag of it is offered to claim it while nobody has it."""
    ticket = tickets.get(tx, number)
    if ticket is None or not ticket.unresolved:
        return
    counting = [one for one in promises.of_ticket(tx, number) if one.step > BEFORE_ALL and one.state in COUNTING]
    sent = [nag for promise in counting for nag in _about(tx, promise) if nag.state == "sent"]
    offers, holder = gathered.buttons(ticket), name(tx, ticket.assignee_id)
    for nag in [nag for nag in sent if _offers_else(nag, ticket)]:
        told.offers(tx, [nag], offers)
        outgoing.rewrite(tx, now, [nag], nag.say, offers, holder=holder, nag=None)


def _offers_else(nag: told.Told, ticket: Ticket) -> bool:
    """Whether a nag offers what it would not today. One that says who has seen to it is left as it is."""
    offers = gathered.buttons(ticket)
    return len(nag.actions) == len(offers) and nag.actions != offers


def _about(tx: Tx, promise: Promise) -> list[told.Told]:
    return told.about(tx, promise.ticket, "nag", [promise.metric, promise.cycle])


def still_true(tx: Tx, now: datetime, ticket: Ticket, facts: Mapping[str, Any]) -> bool:
    """Whether a nag that is about to be sent is still wanted: its promise counts and nothing silences it."""
    metric, cycle = facts["nag"]
    if quiet.silent(ticket, now):
        return False
    given = [p for p in promises.of_ticket(tx, ticket.number) if (p.metric, p.cycle) == (metric, cycle)]
    return bool(given and given[0].state in COUNTING)
