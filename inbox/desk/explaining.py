"""Why a promise stands as it does: what its clock did since it began, and by whose word it goes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from inbox.desk.access import name
from inbox.desk.recount import Course, course, histories
from inbox.desk.terms import hours_of
from inbox.model import Event, Promise, Ticket
from inbox.store import Tx, overrides
from inbox.store import promises as stored
from sla import clock as clocks
from sla.course import Stretch, stretches, total
from sla.hours import NoOpening
from sla.policy import METRICS

COUNTED = 40  # promises of a ticket that are explained, the newest


@dataclass(frozen=True, slots=True)
class Own:
    """A target that a lead set: who, and why."""

    by: str
    why: str


@dataclass(frozen=True, slots=True)
class Explained:
    """A promise with the stretches of time that made it what it is, without gaps (none where its past is not known);
    `counted` opening seconds were counted in them. `since` is when its policy's version first ran, `own` the lead's
    word by which it goes."""

    promise: Promise
    stretches: tuple[Stretch, ...] = ()
    counted: float = 0
    since: datetime | None = None
    own: Own | None = None

    @property
    def pauses(self) -> tuple[Stretch, ...]:
        return tuple(one for one in self.stretches if one.kind == "paused")

    @property
    def seconds(self) -> dict[str, float]:
        """How long it did what, in seconds; what it never did is left out."""
        found = {kind: total(self.stretches, kind) for kind in ("ran", "over", "paused", "closed")}
        return {kind: seconds for kind, seconds in found.items() if seconds}


def of_ticket(tx: Tx, now: datetime, ticket: Ticket) -> list[Explained]:
    """The ticket's newest promises, in the order in which they began."""
    told = histories(stored.log(tx, ticket.number))
    given = stored.of_ticket(tx, ticket.number)[-COUNTED:]
    versions = {version: overrides.version(tx, version) for version in {p.version for p in given}}
    since = {version: found.since for version, found in versions.items() if found}
    own = _own(tx, ticket)
    until = now if ticket.unresolved else ticket.resolved_at or ticket.closed_at or now
    found = []
    for promise in given:
        history = told.get((promise.metric, promise.cycle), [])
        ran, counted = _course(tx, ticket, history, until)
        by_lead = own.get((promise.metric, promise.target_seconds))
        found.append(Explained(promise, ran, counted, since.get(promise.version), by_lead))
    return found


def present(found: Sequence[Explained]) -> list[Explained]:
    """The newest of each metric, in the metrics' order; the others are over and done."""
    newest = {one.promise.metric: one for one in found}
    return [newest[metric] for metric in METRICS if metric in newest]


def _course(tx: Tx, ticket: Ticket, history: Sequence[Event], until: datetime) -> tuple[tuple[Stretch, ...], float]:
    if not history:  # brought in from elsewhere, without its past
        return (), 0
    try:
        told = course(history, partial(hours_of, tx, ticket.queue, metric=history[0].facts["metric"]))
        return explained(told, until)
    except NoOpening:  # a calendar that has run dry since
        return (), 0


def explained(told: Course, until: datetime) -> tuple[tuple[Stretch, ...], float]:
    """What a clock did until then, and the opening seconds that it has counted. Raises NoOpening."""
    end = told.clock.finished_at or until
    return tuple(stretches(told.turns, told.hours, end)), clocks.elapsed(told.clock, end, told.hours)


def _own(tx: Tx, ticket: Ticket) -> dict[tuple[str, int], Own]:
    found = overrides.of_ticket(tx, ticket.number).values()
    return {(one.metric, one.seconds): Own(name(tx, one.person_id), one.why) for one in found}
