"""What would have become of the promises lately, had the policies been those of another desk file: nothing is written.

A promise that was given is counted again from its own events. One that nobody gave is counted from the ticket's:
claims, replies and resolutions. Queue, priority and tags are the ticket's of today, and pauses are those that were.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from inbox.desk import terms as standing
from inbox.desk.recount import finished, going, histories, stopped
from inbox.desk.terms import Terms
from inbox.model import Event, Promise, Ticket
from inbox.store import Tx, firings, tickets
from inbox.store import promises as stored
from sla import clock as clocks
from sla.clock import Clock, State
from sla.hours import NoOpening, OpeningHours

Verdict = Literal["kept", "broken", "open", "none"]  # open: not due yet; none: not promised, or given up
VERDICTS: tuple[Verdict, ...] = ("kept", "broken", "open", "none")
OF: dict[State, Verdict] = {"met": "kept", "met_late": "broken", "breached": "broken", "cancelled": "none"}
ANSWERS = ("replied", "open_reply")


@dataclass(frozen=True, slots=True)
class Compared:
    """One promise: what became of it, and what would have."""

    ticket: int
    metric: str
    was: Verdict
    would: Verdict


@dataclass(frozen=True, slots=True)
class Span:
    """Something that could be promised: from when until when, None while it goes on; and when it stood still."""

    metric: str
    begun: datetime
    ended: datetime | None
    pauses: tuple[tuple[str, datetime], ...] = ()


def promises(tx: Tx, now: datetime, since: datetime, numbers: Sequence[int]) -> list[Compared]:
    """The promises of these tickets that began `since` then, compared with what the directory's policies would make of
    them. What neither promised is left out."""
    found: list[Compared] = []
    for number, events in firings.histories(tx, numbers).items():
        ticket = tickets.get(tx, number)
        if ticket:
            found += _compared(tx, now, since, ticket, events)
    return [one for one in found if (one.was, one.would) != ("none", "none")]


def _compared(tx: Tx, now: datetime, since: datetime, ticket: Ticket, events: list[Event]) -> Iterator[Compared]:
    terms = standing.of_ticket(tx, ticket)
    given = stored.of_ticket(tx, ticket.number)
    told = histories(event for event in events if event.kind.startswith("promise_"))
    for promise in given:
        history = told.get((promise.metric, promise.cycle))
        if promise.started_at >= since and history:
            would = _would(tx, now, terms, _given(promise, history))
            yield Compared(ticket.number, promise.metric, _was(promise, now), would)
    promised = {promise.metric for promise in given}
    for span in _spans(ticket, events):
        if span.metric not in promised and span.begun >= since:
            yield Compared(ticket.number, span.metric, "none", _would(tx, now, terms, span))


def _was(promise: Promise, now: datetime) -> Verdict:
    late = promise.due_at is not None and promise.due_at <= now
    state: State = promise.state  # type: ignore[assignment]
    return OF.get(state, "broken" if late else "open")


def _given(promise: Promise, history: Sequence[Event]) -> Span:
    """A promise as its events tell of it; one that was given up ended then."""
    pauses = []
    for event in history:
        kind = event.kind.removeprefix("promise_")
        if kind in ("paused", "resumed", "cancelled"):
            pauses.append((kind, datetime.fromisoformat(event.facts["at"])))
    ended = promise.finished_at if promise.state in ("met", "met_late") else None
    return Span(promise.metric, promise.started_at, ended, tuple(pauses))


def _would(tx: Tx, now: datetime, terms: Terms, span: Span) -> Verdict:
    target = terms.target(tx.directory, span.metric)
    if target is None or (any(kind == "cancelled" for kind, _ in span.pauses) and span.ended is None):
        return "none"
    try:
        clock = _counted(span, target, terms.queue.policy.counts_by(span.metric), now)
    except NoOpening:
        return "none"
    return OF.get(clock.state, "open")


def _counted(span: Span, target: int, hours: OpeningHours, now: datetime) -> Clock:
    clock = clocks.start(span.metric, target, span.begun, hours)
    for kind, at in span.pauses:
        if kind == "paused" and clock.paused_at is None:
            clock = stopped(clock, at, hours)
        elif kind == "resumed" and clock.paused_at is not None:
            clock = going(clock, at, hours)
    return finished(clock, span.ended, hours) if span.ended else clocks.judge(clock, now, hours)


# What nobody promised


def _spans(ticket: Ticket, events: Sequence[Event]) -> Iterator[Span]:
    """What could have been promised on a ticket, in its first cycle; of later questions each."""

    def first(*kinds: str) -> datetime | None:
        return next((event.at for event in events if event.kind in kinds), None)

    yield Span("claim", ticket.created_at, first("claimed", "assigned", "taken_over", "resolved", "closed"))
    asked = first("message")
    if asked is not None:
        yield Span("first_reply", asked, first(*ANSWERS))
    yield Span("resolution", ticket.created_at, first("resolved", "closed"), tuple(_pauses(events)))
    yield from _questions(ticket, events)


def _pauses(events: Sequence[Event]) -> Iterator[tuple[str, datetime]]:
    waits = False
    for event in events:
        if event.kind == "pending" and not waits:
            waits = True
            yield "paused", event.at
        elif event.kind in ("woken", "claimed", "on_hold", "released", "returned", "resolved", "closed") and waits:
            waits = False
            yield "resumed", event.at


def _questions(ticket: Ticket, events: Sequence[Event]) -> Iterator[Span]:
    """Each time that the requester waits for an answer after the first one."""
    answered, asked = False, None
    for event in events:
        if event.kind == "message" and answered and asked is None:
            asked = event.at
        elif event.kind in (*ANSWERS, "resolved", "closed"):
            answered = answered or event.kind in ANSWERS
            if asked is not None:
                yield Span("next_reply", asked, event.at)
            asked = None
    if asked is not None:
        yield Span("next_reply", asked, None)
