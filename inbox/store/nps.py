"""Waves of NPS: who is asked in each, and what they answered."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, exists, func, insert, literal_column, or_, select, update

from inbox.store.engine import Tx
from inbox.store.people import LOCK
from inbox.store.tables import alarm, membership, message, nps, nps_wave, outbox, person, ticket
from sla.survey import NPS

KIND = "nps"  # of the alarms of single questions
MANY = 2000  # rows to a statement
ALARMED = exists().where(alarm.c.kind == literal_column(f"'{KIND}'"), alarm.c.subject == nps.c.id)
PLANNED = nps.c.state == "planned"


@dataclass(frozen=True, slots=True)
class Wave:
    """One round of asking; `person_id` started it (None: the operator), `asked` persons were chosen for it."""

    id: int
    started_at: datetime
    person_id: int | None
    asked: int


@dataclass(frozen=True, slots=True)
class Question:
    """What one person is asked in one wave. States: planned, asked, answered, expired, skipped, undeliverable; `reason`
    says why for the last two. `asked_in` and `reminded_in` are the outbox rows that it was said with."""

    id: int
    wave: int
    person_id: int
    state: str
    reason: str | None
    score: int | None
    comment: str | None
    asked_at: datetime | None
    reminded_at: datetime | None
    expires_at: datetime | None
    answered_at: datetime | None
    asked_in: int | None
    reminded_in: int | None


@dataclass(frozen=True, slots=True)
class Figures:
    """What a wave has brought so far: persons still to be asked, asked, not reached, left out, and how many of them
    answered 0, 1 … 10."""

    wave: Wave
    waiting: int
    asked: int
    undeliverable: int
    skipped: int
    spread: tuple[int, ...]

    @property
    def answers(self) -> int:
        return sum(self.spread)

    @property
    def promoters(self) -> int:
        return sum(self.spread[NPS.high :])

    @property
    def detractors(self) -> int:
        return sum(self.spread[: NPS.low + 1])

    @property
    def passives(self) -> int:
        return self.answers - self.promoters - self.detractors

    @property
    def score(self) -> float | None:
        """% promoters − % detractors, −100 to 100; None before anybody has answered."""
        return 100 * (self.promoters - self.detractors) / self.answers if self.answers else None

    @property
    def shown(self) -> str:
        """The score as people read it: "+33", "0", "–" before anybody has answered."""
        if self.score is None:
            return "–"
        return f"{round(self.score):+d}" if round(self.score) else "0"

    @property
    def response_rate(self) -> float | None:
        """Answers ÷ questions that arrived; None where none did."""
        return self.answers / self.asked if self.asked else None


WAVE = tuple(nps_wave.c[name] for name in Wave.__dataclass_fields__)
QUESTION = tuple(nps.c[name] for name in Question.__dataclass_fields__)


def lock_waves(tx: Tx) -> None:
    """Two who start a wave at once wait for each other (SQLite has one writer and needs no lock)."""
    if tx.conn.dialect.name == "postgresql":
        tx.run(LOCK, {"key": "nps"})


def add_wave(tx: Tx, now: datetime, person_id: int | None) -> int:
    """Begins a wave with nobody in it; returns its id."""
    values = {"started_at": now, "person_id": person_id, "asked": 0}
    return int(tx.run(insert(nps_wave).returning(nps_wave.c.id), values).scalar_one())


def fill(tx: Tx, wave: int, persons: Sequence[int]) -> None:
    """Plans to ask these persons in a wave that has nobody yet."""
    rows = [{"wave": wave, "person_id": who, "state": "planned"} for who in persons]
    for at in range(0, len(rows), MANY):
        tx.run(insert(nps), rows[at : at + MANY])
    tx.run(update(nps_wave).where(nps_wave.c.id == wave).values(asked=len(rows)))


def wave_of(tx: Tx, wave: int, *, lock: bool = False) -> Wave | None:
    """The wave with that id."""
    query = select(*WAVE).where(nps_wave.c.id == wave)
    row = tx.run(query.with_for_update() if lock else query).first()
    return Wave(*row) if row else None


def waves(tx: Tx, limit: int, before: int | None = None) -> list[Wave]:
    """The latest waves (of those with an id below `before`), the newest first."""
    query = select(*WAVE).order_by(nps_wave.c.id.desc()).limit(limit)
    return [Wave(*row) for row in tx.run(query if before is None else query.where(nps_wave.c.id < before))]


def runs(tx: Tx) -> bool:
    """Is anybody still to be asked?"""
    return bool(tx.run(select(exists().where(PLANNED))).scalar())


def candidates(tx: Tx, asked_before: datetime) -> list[int]:
    """Whom a wave may ask, oldest first: whoever ever asked for help, is not blocked, has not opted out, answers for no
    queue, and was in no wave since then."""
    asked = exists().where(
        ticket.c.requester_id == person.c.id, or_(ticket.c.closed_as.is_(None), ticket.c.closed_as != "spam")
    )
    answers = exists().where(membership.c.person_id == person.c.id)
    lately = exists().where(nps.c.person_id == person.c.id, nps.c.asked_at > asked_before)
    may = person.c.survey_opt_out.is_(False) & person.c.blocked.is_(False)
    return list(tx.run(select(person.c.id).where(may, asked, ~answers, ~lately).order_by(person.c.id)).scalars())


def zones(tx: Tx, wave: int) -> list[str]:
    """The time zones ("" for unknown) of those whose turn has not come yet."""
    query = select(person.c.timezone).distinct().join(nps, nps.c.person_id == person.c.id)
    return list(tx.run(query.where(nps.c.wave == wave, PLANNED, ~ALARMED)).scalars())


def next_of(tx: Tx, wave: int, zones: Collection[str], limit: int) -> list[int]:
    """The questions of the next persons in these zones."""
    query = select(nps.c.id).join(person, person.c.id == nps.c.person_id)
    mine = query.where(nps.c.wave == wave, PLANNED, ~ALARMED, person.c.timezone.in_(sorted(zones)))
    return list(tx.run(mine.order_by(nps.c.id).limit(limit)).scalars())


def get(tx: Tx, question_id: int, *, lock: bool = False) -> Question | None:
    """The question with that id."""
    query = select(*QUESTION).where(nps.c.id == question_id)
    row = tx.run(query.with_for_update() if lock else query).first()
    return Question(*row) if row else None


def change(tx: Tx, question_id: int, **values: Any) -> Question:
    """Sets columns and returns the question as it is then."""
    return Question(*tx.run(update(nps).where(nps.c.id == question_id).values(**values).returning(*QUESTION)).one())


def latest_answered(tx: Tx, person_id: int) -> Question | None:
    """The question that a person answered last."""
    mine = select(*QUESTION).where(nps.c.person_id == person_id, nps.c.state == "answered")
    row = tx.run(mine.order_by(nps.c.answered_at.desc(), nps.c.id.desc()).limit(1)).first()
    return Question(*row) if row else None


def last_talk(tx: Tx, person_id: int) -> tuple[str, int] | None:
    """(connection, ticket's number) where a requester last wrote; None for somebody who never did."""
    mine = select(ticket.c.number).where(ticket.c.requester_id == person_id)
    row = tx.run(
        select(message.c.connection, message.c.ticket)
        .where(message.c.ticket.in_(mine), message.c.author_id == person_id, message.c.connection.is_not(None))
        .order_by(message.c.written_at.desc(), message.c.id.desc())
        .limit(1)
    ).first()
    return (str(row[0]), int(row[1])) if row else None


def figures(tx: Tx, waves: Sequence[Wave]) -> list[Figures]:
    """Counts the questions of each of these waves."""
    within = nps.c.wave.in_([wave.id for wave in waves])
    counted = select(nps.c.wave, nps.c.state, nps.c.score, func.count()).where(within)
    found = tx.run(counted.group_by(nps.c.wave, nps.c.state, nps.c.score)).all()
    return [_counted(wave, [(state, score, n) for of, state, score, n in found if of == wave.id]) for wave in waves]


def _counted(wave: Wave, found: Sequence[tuple[str, int | None, int]]) -> Figures:
    def those(*states: str) -> int:
        return sum(n for state, _, n in found if state in states)

    spread = tuple(sum(n for _, score, n in found if score == given) for given in NPS.scores)
    asked = those("asked", "answered", "expired")
    return Figures(wave, those("planned"), asked, those("undeliverable"), those("skipped"), spread)


def said_why(tx: Tx, wave: int, limit: int) -> list[Question]:
    """The latest who said why."""
    said = select(*QUESTION).where(nps.c.wave == wave, nps.c.state == "answered", nps.c.comment.is_not(None))
    return [Question(*row) for row in tx.run(said.order_by(nps.c.answered_at.desc(), nps.c.id.desc()).limit(limit))]


def comments(tx: Tx, wave: int, limit: int) -> list[tuple[int, str]]:
    """(score, words) of the latest who said why."""
    return [(one.score or 0, one.comment or "") for one in said_why(tx, wave, limit)]


def doubled(tx: Tx, old: int, new: int) -> list[int]:
    """The questions that go where two persons become one: of two in the same wave the one that is further along
    stays."""
    rank = {"answered": 3, "asked": 2, "planned": 1}
    mine, theirs = (
        {
            row[0]: (row[2], row[1])
            for row in tx.run(select(nps.c.wave, nps.c.id, nps.c.state).where(nps.c.person_id == who))
        }
        for who in (new, old)
    )
    return [
        theirs[wave][1] if rank.get(theirs[wave][0], 0) <= rank.get(mine[wave][0], 0) else mine[wave][1]
        for wave in sorted(mine.keys() & theirs.keys())
    ]


def hand_over(tx: Tx, old: int, new: int) -> None:
    """What one person was asked is another's, but for what is `doubled`."""
    twice = doubled(tx, old, new)
    if twice:
        tx.run(delete(nps).where(nps.c.id.in_(twice)))
    tx.run(update(nps).where(nps.c.person_id == bindparam("old")).values(person_id=new), {"old": old})


def hand_back(tx: Tx, identity_id: int, old: int, new: int) -> None:
    """What one person was asked by an account of theirs goes with that account to another."""
    there = select(outbox.c.id).where(outbox.c.id == nps.c.asked_in, outbox.c.identity_id == identity_id)
    tx.run(update(nps).where(nps.c.person_id == old, exists(there)).values(person_id=new))
