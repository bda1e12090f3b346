"""How often colleagues got into each other's way, or would have: counted from the event log, and from nothing else.

A figure belongs to the queue in which it happened and to the time at which it did. Spam and merged tickets are left
out. Behind each figure stand the tickets that it counts.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from statistics import fmean, median
from typing import Literal, get_args

from inbox.directory import Directory
from inbox.model import Event
from inbox.store import Tx, firings
from sla.walltime import first_shown, zone

# time_to_claim: from when a ticket came into a queue, or back into it, until somebody had it. claim_lost: somebody
# wanted what another one held. reply_held: words for the requester that waited until their author decided. kept_inside:
# an agent's words beside the claim that stayed a note. take_over, returned: the claim changed its holder, by a
# colleague's hand or because nobody answered. double_reply: two agents answered the same words, and the second had not
# been given the ticket in between.
Kind = Literal["time_to_claim", "claim_lost", "reply_held", "kept_inside", "take_over", "returned", "double_reply"]
KINDS: tuple[Kind, ...] = get_args(Kind)
COUNTED: dict[str, Kind] = {
    "claim_lost": "claim_lost",
    "reply_held": "reply_held",
    "taken_over": "take_over",
    "returned": "returned",
}
NOT_COUNTED = ("spam", "merged")
BATCH = 500  # tickets at a time
LATE = timedelta(days=2)  # a breach is dated back to its deadline, and may be a ticket's last event


@dataclass(frozen=True, slots=True)
class Happened:
    """One of these, when and in which queue; of a claim also how long it took, in seconds of the calendar and of
    opening time."""

    kind: Kind
    ticket: int
    queue: str
    at: datetime
    seconds: float = 0.0
    open_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Spread:
    """Lengths of time in seconds. P90 is the shortest that nine of ten do not exceed."""

    median: float
    p90: float
    mean: float


@dataclass(frozen=True, slots=True)
class Figure:
    """How many, and the tickets behind it, ascending. Of what takes time also how long, by the calendar and in opening
    time; None where there is nothing."""

    kind: Kind
    n: int
    tickets: tuple[int, ...]
    calendar: Spread | None = None
    opening: Spread | None = None


def collisions(
    tx: Tx, queues: Collection[str], since: datetime, until: datetime, queue: str | None = None
) -> list[Figure]:
    """All figures of the queues that somebody may see, or of one of these, from `since` to before `until`."""
    wanted = set(queues) if queue is None else set(queues) & {queue}
    found = [one for one in happened(tx, since) if one.queue in wanted and since <= one.at < until]
    return [figure(kind, [one for one in found if one.kind == kind]) for kind in KINDS]


def last_days(directory: Directory, now: datetime, days: int) -> tuple[datetime, datetime]:
    """From the midnight, in the desk's time zone, that began today or the day so many less one before it, until now."""
    tz = zone(directory.desk.timezone)
    return first_shown(now.astimezone(tz).date() - timedelta(days=days - 1), 0, tz), now


def figure(kind: Kind, found: Sequence[Happened]) -> Figure:
    """What all these of one kind come to."""
    numbers = tuple(sorted({one.ticket for one in found}))
    if kind != "time_to_claim" or not found:
        return Figure(kind, len(found), numbers)
    calendar, opening = spread([one.seconds for one in found]), spread([one.open_seconds for one in found])
    return Figure(kind, len(found), numbers, calendar, opening)


def spread(seconds: Sequence[float]) -> Spread:
    """Of at least one."""
    return Spread(median(seconds), sorted(seconds)[ceil(len(seconds) * 0.9) - 1], fmean(seconds))


def happened(tx: Tx, since: datetime) -> Iterator[Happened]:
    """Everything that the figures count in tickets that lived since then; what was before is among it."""
    last = 0
    while numbers := firings.touched(tx, since - LATE, last, BATCH):
        for events in firings.histories(tx, numbers).values():
            yield from of_ticket(events, tx.directory)
        last = numbers[-1]


def of_ticket(events: Sequence[Event], directory: Directory) -> Iterator[Happened]:
    """One ticket's whole history, told again. Yields nothing of one that is spam, or lives on in another ticket."""
    told = _Ticket()
    found = [one for event in events for one in told.takes(event)]
    if told.closed_as not in NOT_COUNTED:
        for one in found:
            yield _timed(one, directory)


def _timed(one: Happened, directory: Directory) -> Happened:
    if one.kind != "time_to_claim":
        return one
    hours = directory.queue(one.queue).policy.hours
    opened = hours.between(one.at - timedelta(seconds=one.seconds), one.at)
    return Happened(one.kind, one.ticket, one.queue, one.at, one.seconds, opened)


class _Ticket:
    """A ticket as far as its history has been told."""

    def __init__(self) -> None:
        self.queue = self.closed_as = ""
        self.holder: int | None = None
        self.free_since: datetime | None = None
        self.answered_by: int | None = None  # since the requester wrote last
        self.given_since: set[int] = set()  # who has got the claim since that answer

    def takes(self, event: Event) -> Iterator[Happened]:
        """The next event; what it counts as."""
        kind, facts = event.kind, event.facts
        match kind:
            case "created":
                self.queue = facts["queue"]
                self._is_free(event.at)
            case "claimed" | "taken_over" | "assigned":
                yield from self._held(event, facts.get("to", event.actor))
            case "released" | "returned":
                self._is_free(event.at)
            case "moved":
                self.queue = facts["to_queue"]
                if not facts["kept"]:
                    self._is_free(event.at)
            case "reopened":
                self.closed_as = ""
                if facts.get("holder") is None:
                    self._is_free(event.at)
            case "closed":
                self.closed_as = facts["closed_as"]
            case "message":
                self.answered_by = None
            case "replied":
                yield from self._answered(event)
        if kind in COUNTED:
            yield self._counts(COUNTED[kind], event)
        elif kind == "note" and facts.get("prevented"):
            yield self._counts("kept_inside", event)

    def _is_free(self, at: datetime) -> None:
        self.holder, self.free_since = None, at

    def _held(self, event: Event, holder: int | None) -> Iterator[Happened]:
        if self.holder is None and self.free_since is not None:
            yield self._counts("time_to_claim", event, (event.at - self.free_since).total_seconds())
        self.holder, self.free_since = holder, None
        if holder is not None:
            self.given_since.add(holder)

    def _answered(self, event: Event) -> Iterator[Happened]:
        if event.actor is None:
            return
        if self.answered_by not in (None, event.actor) and event.actor not in self.given_since:
            yield self._counts("double_reply", event)
        self.answered_by, self.given_since = event.actor, set()

    def _counts(self, kind: Kind, event: Event, seconds: float = 0.0) -> Happened:
        return Happened(kind, event.ticket or 0, self.queue, event.at, seconds)
