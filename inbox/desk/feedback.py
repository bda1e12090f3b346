"""How people find the help, for those who lead: what they rated, and what the waves of NPS brought."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from inbox.desk import signin
from inbox.desk.signin import Reader
from inbox.desk.views import Line, line, queues, reports
from inbox.errors import NotAllowed, NotFound
from inbox.store import Tx, nps, people, rated, tickets
from inbox.store.nps import Figures
from inbox.store.rated import Mark, Rated
from sla.survey import SCALES

PAGE = 50  # ratings to a page
WAVES = 6  # waves to a page
WHYS = 20  # of the latest answers of each, those with words that the reader may see


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which ratings: of one queue or of all of theirs (""), of the low ones alone, from the start or after a mark."""

    queue: str = ""
    low: bool = False
    after: Mark | None = None


@dataclass(frozen=True, slots=True)
class Rating:
    """One rating. Where its ticket is no longer the reader's (`mine`), nobody's words and no names of who asked are in
    it."""

    rated: Rated
    queue: Line
    agent: str
    mine: bool
    confidential: bool

    @property
    def low(self) -> bool:
        return self.rated.score <= SCALES[self.rated.kind].low


@dataclass(frozen=True, slots=True)
class Ratings:
    """A page of ratings; `next` is where the following one begins, None on the last."""

    rows: tuple[Rating, ...]
    queues: tuple[Line, ...]
    next: Mark | None


@dataclass(frozen=True, slots=True)
class Why:
    """Why somebody answered as they did, and the ticket on which they last wrote."""

    score: int
    words: str
    ticket: int
    confidential: bool


@dataclass(frozen=True, slots=True)
class Round:
    """A wave, who started it ("" the operator), and what those said whose words the reader may see."""

    figures: Figures
    starter: str
    whys: tuple[Why, ...]


@dataclass(frozen=True, slots=True)
class Waves:
    """A page of waves; `next` is the wave before which more are, or None."""

    rows: tuple[Round, ...]
    next: int | None


def ratings(tx: Tx, reader: Reader, wanted: Wanted) -> Ratings:
    """A page of how the work of the queues that somebody leads was rated, the latest first.

    Raises NotAllowed for who may see no reports, NotFound alike for a queue that they do not lead and for none.
    """
    _check(tx, reader)
    led = tuple(one for one in queues(tx, reader) if reader.operator or reader.roles[one.key] == "lead")
    chosen = [one.key for one in led if wanted.queue in ("", one.key)]
    if wanted.queue and not chosen:
        raise NotFound
    found = rated.marks(tx, chosen, PAGE + 1, low=wanted.low, after=wanted.after)
    shown = rated.rows(tx, [i for _, i in found[:PAGE]])
    names = people.names(tx, {one.agent_id for one in shown})
    rows = tuple(_rating(tx, reader, one, names.get(one.agent_id or 0, "")) for one in shown)
    return Ratings(rows, led, found[PAGE - 1] if len(found) > PAGE else None)


def _rating(tx: Tx, reader: Reader, one: Rated, agent: str) -> Rating:
    """What is shown of it: a ticket that moved is read by those whose it is now."""
    if reader.operator or one.now_in in reader.roles:
        return Rating(one, line(tx, one.queue), agent, True, line(tx, one.now_in).private)
    return Rating(replace(one, subject="", comment="", requester=""), line(tx, one.queue), agent, False, False)


def note_read(tx: Tx, now: datetime, person_id: int | None, confidential: Sequence[int]) -> None:
    """Writes down on which tickets somebody read confidential words."""
    for number in confidential:
        signin.note_read(tx, now, number, person_id)


def waves(tx: Tx, reader: Reader, before: int | None = None) -> Waves:
    """What the latest waves brought, or those before a wave. They ask no queue's requesters but everybody: their
    figures are for every lead. People's words are for the leads of the queue where they last asked. Raises NotAllowed.
    """
    _check(tx, reader)
    found = nps.waves(tx, WAVES + 1, before)
    names = people.names(tx, {one.person_id for one in found})
    rows = tuple(
        Round(one, names.get(one.wave.person_id or 0, ""), _whys(tx, reader, one.wave.id))
        for one in nps.figures(tx, found[:WAVES])
    )
    return Waves(rows, found[WAVES - 1].id if len(found) > WAVES else None)


def _whys(tx: Tx, reader: Reader, wave: int) -> tuple[Why, ...]:
    whys = []
    for one in nps.said_why(tx, wave, WHYS):
        talk = nps.last_talk(tx, one.person_id)
        ticket = tickets.get(tx, talk[1]) if talk else None
        if ticket and (reader.operator or reader.roles.get(ticket.queue) == "lead"):
            private = line(tx, ticket.queue).private
            whys.append(Why(one.score or 0, one.comment or "", ticket.number, private))
    return tuple(whys)


def _check(tx: Tx, reader: Reader) -> None:
    if not reports(tx, reader):
        raise NotAllowed(ticket="")
