"""Surveys: what was planned, asked and answered."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import exists, func, insert, select, update

from inbox.store.engine import Tx
from inbox.store.tables import message, nps, person, survey
from sla.survey import Kind, shown


@dataclass(frozen=True, slots=True)
class Survey:
    """One question about one cycle of a ticket. States: planned, asked, answered, expired, voided, skipped,
    undeliverable; `reason` says why for the last two. `snapshot` is the ticket as it was when it was resolved."""

    id: int
    ticket: int
    cycle: int
    person_id: int
    kind: Kind
    state: str
    reason: str | None
    score: int | None
    comment: str | None
    planned_at: datetime
    asked_at: datetime | None
    reminded_at: datetime | None
    expires_at: datetime | None
    answered_at: datetime | None
    snapshot: Mapping[str, Any] = field(default_factory=dict)

    @property
    def rated(self) -> str:
        """The rating as people read it, "" for none."""
        return "" if self.score is None else shown(self.kind, self.score)


@dataclass(frozen=True, slots=True)
class Asked:
    """What decides whether a person may be asked, whatever it is: `outstanding` is a question of theirs that waits for
    an answer."""

    timezone: str
    opted_out: bool
    outstanding: bool
    last_asked_at: datetime | None


SURVEY = tuple(survey.c[name] for name in Survey.__dataclass_fields__)


def add(tx: Tx, values: Mapping[str, Any]) -> Survey:
    """Stores a survey."""
    return Survey(*tx.run(insert(survey).returning(*SURVEY), dict(values)).one())


def get(tx: Tx, survey_id: int, *, lock: bool = False) -> Survey | None:
    """The survey with that id."""
    query = select(*SURVEY).where(survey.c.id == survey_id)
    row = tx.run(query.with_for_update() if lock else query).first()
    return Survey(*row) if row else None


def of_ticket(tx: Tx, number: int) -> list[Survey]:
    """A ticket's surveys, one a cycle at most."""
    rows = tx.run(select(*SURVEY).where(survey.c.ticket == number).order_by(survey.c.cycle))
    return [Survey(*row) for row in rows]


def latest_answered(tx: Tx, person_id: int) -> Survey | None:
    """The survey that a person answered last."""
    row = tx.run(
        select(*SURVEY)
        .where(survey.c.person_id == person_id, survey.c.state == "answered")
        .order_by(survey.c.answered_at.desc(), survey.c.id.desc())
        .limit(1)
    ).first()
    return Survey(*row) if row else None


def change(tx: Tx, survey_id: int, **values: Any) -> Survey:
    """Sets columns and returns the survey as it is then."""
    row = tx.run(update(survey).where(survey.c.id == survey_id).values(**values).returning(*SURVEY)).one()
    return Survey(*row)


def asked_before(tx: Tx, person_id: int, now: datetime) -> Asked:
    """What is known of a person who may be asked."""
    columns: list[Any] = [person.c.timezone, person.c.survey_opt_out, person.c.blocked]
    for of in (survey, nps):
        mine = of.c.person_id == person_id
        columns.append(exists().where(mine, of.c.state == "asked", of.c.expires_at > now))
        columns.append(select(func.max(of.c.asked_at)).where(mine).scalar_subquery())
    zone, opted_out, blocked, survey_open, survey_at, nps_open, nps_at = tx.run(
        select(*columns).where(person.c.id == person_id)
    ).one()
    last_asked_at = max(filter(None, (survey_at, nps_at)), default=None)
    return Asked(zone, bool(opted_out or blocked), bool(survey_open or nps_open), last_asked_at)


def set_opted_out(tx: Tx, person_id: int, opted_out: bool) -> None:
    """Whether a person wants to be asked nothing."""
    tx.run(update(person).where(person.c.id == person_id).values(survey_opt_out=opted_out))


def opted_out(tx: Tx, person_id: int) -> bool:
    """Whether a person wants to be asked nothing."""
    return bool(tx.run(select(person.c.survey_opt_out).where(person.c.id == person_id)).scalar())


def may_be_asked(tx: Tx, person_id: int) -> bool:
    """Whether a person takes questions, and is not blocked."""
    quiet = person.c.survey_opt_out | person.c.blocked
    return not tx.run(select(quiet).where(person.c.id == person_id)).scalar()


def public_reply(tx: Tx, number: int, states: tuple[str, ...]) -> bool:
    """Whether a human answered the requester with a message in one of these states."""
    spoken = exists().where(
        message.c.ticket == number,
        message.c.kind == "message",
        message.c.role == "agent",
        message.c.state.in_(states),
    )
    return bool(tx.run(select(spoken)).scalar())
