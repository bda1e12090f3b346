"""Nags as they reach people: one by one while they are few, gathered into one message when many come at once.

Each person and each room is told of at most three tickets at a time; a fourth, soon after, is gathered with whatever
else comes meanwhile into one list, and the next such list comes no sooner than five minutes later. What stands in a
list is looked at again when it is sent; what becomes of it then is in `inbox.desk.lists`.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from heapq import nsmallest
from typing import Any

from inbox.desk import outgoing
from inbox.desk.errand import Errand
from inbox.directory import Queue
from inbox.model import Promise, Ticket
from inbox.store import Tx, outbox, pacing, people, promises, tickets
from sla.ladder import Step

BURST = 3  # tickets that one person or room is told of one by one
EVERY = timedelta(seconds=100)  # one more of them can be told so
GATHER = timedelta(seconds=2)  # before a list is sent: what comes at once comes within it
KEPT = 30  # tickets that a list remembers, the rest are counted
LISTED = 10  # tickets that are shown of it
SHOWN = 80  # characters of a subject
DIGEST = "nag.digest"
FAR = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Nag:
    """One step of one promise's ladder, for one of those whom it concerns. `queue` is the ticket's."""

    ticket: Ticket
    promise: Promise
    step: Step
    queue: Queue

    @property
    def say(self) -> str:
        return f"nag.{self.promise.metric}.{self.step.name}"

    @property
    def key(self) -> tuple[str, int]:
        """Which of the ticket's promises it is about."""
        return self.promise.metric, self.promise.cycle

    @property
    def actions(self) -> tuple[str, ...]:
        return buttons(self.ticket)


@dataclass(frozen=True, slots=True)
class Recipient:
    """A desk room, or where `identity` is not 0 an account's direct messages."""

    connection: str
    room: str
    identity: int = 0

    @property
    def order_key(self) -> str:
        return f"d{self.identity}" if self.identity else f"r{self.connection}/{self.room}"

    @property
    def pace_key(self) -> str:
        """The same, as short as the database keeps it."""
        key = self.order_key
        return key if len(key) <= pacing.LONGEST else f"r#{hashlib.sha256(key.encode()).hexdigest()[:60]}"


def buttons(ticket: Ticket) -> tuple[str, ...]:
    """What can be done about a nag."""
    verb = "claim" if ticket.assignee_id is None else "show"
    return (f"{verb}:{ticket.number}", f"ack:{ticket.number}")


def matter(queue: Queue, ticket: Ticket) -> str:
    """The ticket in a few words; private queues show none of them in chats."""
    return f"#{ticket.number}" if queue.private else f"#{ticket.number} ({ticket.subject[:SHOWN]})"


def facts(tx: Tx, nags: Sequence[Nag]) -> list[dict[str, Any]]:
    """What the words of each of these nags tell."""
    names = people.names(tx, [who for nag in nags for who in (nag.ticket.requester_id, nag.ticket.assignee_id)])
    return [
        {
            "ticket": nag.ticket.number,
            "matter": matter(nag.queue, nag.ticket),
            "requester": names.get(nag.ticket.requester_id, ""),
            "holder": names.get(nag.ticket.assignee_id or 0, ""),
            "due": nag.promise.due_at.isoformat() if nag.promise.due_at else "",
            "nag": [nag.promise.metric, nag.promise.cycle],
        }
        for nag in nags
    ]


def send(tx: Tx, now: datetime, letters: Mapping[Recipient, Sequence[Nag]]) -> None:
    """Queues for everybody what they are to be told: each nag for itself, or one list."""
    if not letters:
        return
    # always in the same order: two schedulers that tell the same people never wait for each other in a circle
    recipients = sorted(letters, key=lambda to: to.pace_key)
    until = pacing.lock(tx, [to.pace_key for to in recipients], now)
    for to in recipients:
        # never further off than it can be, or a clock that was set back would keep people waiting for itself
        mine, full_until = letters[to], min(max(until[to.pace_key], now), now + 2 * BURST * EVERY)
        waiting = outbox.waiting_words(tx, to.order_key, DIGEST)
        if waiting is not None:
            _add_to(tx, waiting, mine)
        elif full_until + len(mine) * EVERY <= now + BURST * EVERY:
            _one_by_one(tx, now, to, mine)
            until[to.pace_key] = full_until + len(mine) * EVERY
        else:
            at = max(now + GATHER, full_until - BURST * EVERY)
            outbox.add(tx, [_row(now, to, DIGEST, at, _listing(mine, []))])
            until[to.pace_key] = at + 2 * BURST * EVERY
    pacing.put(tx, until)


def _one_by_one(tx: Tx, now: datetime, to: Recipient, nags: Sequence[Nag]) -> None:
    said = zip(nags, facts(tx, nags), strict=True)
    outbox.add(tx, [_row(now, to, nag.say, now, facts, nag.ticket.number, nag.actions) for nag, facts in said])


def _row(
    now: datetime,
    to: Recipient,
    say: str,
    at: datetime,
    facts: Mapping[str, Any],
    ticket: int | None = None,
    actions: outgoing.Actions = (),
) -> dict[str, Any]:
    where: dict[str, Any] = {"identity_id": to.identity} if to.identity else {"place": [to.room, "", ""]}
    kind = "direct" if to.identity else "room"
    words: dict[str, Any] = {"say": say, "facts": facts, "actions": list(actions)}
    return outbox.row(now, kind, to.connection, to.order_key, ticket=ticket, not_before=at, **where, **words)


def _listing(nags: Sequence[Nag], before: Sequence[Sequence[Any]], uncounted: int = 0) -> dict[str, Any]:
    """The facts of a list: the most urgent tickets, and how many more there are."""
    soonest = nsmallest(KEPT, nags, key=lambda nag: nag.promise.due_at or FAR)
    new = [((nag.promise.due_at or FAR).isoformat(), nag.ticket.number, *nag.key) for nag in soonest]
    kept = sorted({(at, number, metric, cycle) for at, number, metric, cycle in (*before, *new)})
    return {"digest": kept[:KEPT], "more": uncounted + len(nags) - len(new) + max(0, len(kept) - KEPT)}


def _add_to(tx: Tx, waiting: Any, nags: Sequence[Nag]) -> None:
    known = waiting.payload["facts"]
    listing = _listing(nags, known["digest"], known["more"])
    outbox.change_words(tx, waiting.id, {**waiting.payload, "facts": listing})


def elsewhere(tx: Tx, now: datetime, entries: Sequence[Sequence[Any]]) -> None:
    """What a list told that could not be sent to its reader, for the rooms of the tickets' queues."""
    rooms: dict[Recipient, list[Sequence[Any]]] = {}
    for entry in entries:
        ticket = tickets.get(tx, entry[1])
        room = tx.directory.desk_room(tx.directory.queue(ticket.queue)) if ticket else None
        if room:
            rooms.setdefault(Recipient(room.connection, room.external_id), []).append(entry)
    outbox.add(tx, [_row(now, to, DIGEST, now, {"digest": mine, "more": 0}) for to, mine in rooms.items()])


def fresh(tx: Tx, now: datetime, errand: Errand, wanted: Any) -> Errand | None:
    """A list as it is true now: with a line for each ticket that still needs somebody, and buttons for the first of
    them; None where none does. `wanted(tx, now, ticket, facts)` says which do."""
    live: list[tuple[Ticket, Promise]] = []
    for _, number, metric, cycle in errand.facts["digest"]:
        ticket = tickets.get(tx, number)
        if ticket and wanted(tx, now, ticket, {"nag": [metric, cycle]}):
            live += [(ticket, p) for p in promises.of_ticket(tx, number) if (p.metric, p.cycle) == (metric, cycle)]
    more = errand.facts["more"] + max(0, len(live) - LISTED)
    if not live:
        return None
    lines = [line(tx, ticket, promise) for ticket, promise in live[:LISTED]]
    lines += [["nag.more", {"n": more}]] if more else []
    shown = [(promise.ticket, promise.metric, promise.cycle) for _, promise in live[:LISTED]]
    facts = {**errand.facts, "lines": lines, "shown": shown, "rest": more}
    return replace(errand, facts=facts, actions=buttons(live[0][0]))


def over(promise: Promise) -> str:
    """What is said of a promise that has ended."""
    return f"nag.over.{promise.metric}" if promise.state in ("met", "met_late") else "nag.over.cancelled"


def line(tx: Tx, ticket: Ticket, promise: Promise) -> list[Any]:
    """What a list says of a promise that runs out."""
    due = promise.due_at.isoformat() if promise.due_at else ""
    key = "nag.line.late" if promise.state == "breached" else "nag.line.soon"
    return [key, {"matter": matter(tx.directory.queue(ticket.queue), ticket), "metric": promise.metric, "due": due}]
