"""Surveys: what was planned, asked and answered."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import exists, func, insert, select, update

from inbox.store.engine import Tx
from inbox.store.tables import message, person, survey


@dataclass(frozen=True, slots=True)
class Survey:
    """One question about one cycle of a ticket. States: planned, asked, answered, expired, voided, skipped,
    undeliverable; `reason` says why for the last two. `snapshot` is the ticket as it was when it was resolved."""

    id: int
    ticket: int
    cycle: int
    person_id: int
    kind: str
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


@dataclass(frozen=True, slots=True)
class Asked:
    """What decides whether a person may be asked: `outstanding` is a question of theirs that waits for an answer."""

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
    mine = survey.c.person_id == person_id
    open_now = exists().where(mine, survey.c.state == "asked", survey.c.expires_at > now)
    last = select(func.max(survey.c.asked_at)).where(mine).scalar_subquery()
    row = tx.run(
        select(person.c.timezone, person.c.survey_opt_out, person.c.blocked, open_now, last).where(
            person.c.id == person_id
        )
    ).one()
    return Asked(row[0], bool(row[1] or row[2]), bool(row[3]), row[4])


def public_reply(tx: Tx, number: int, states: tuple[str, ...]) -> bool:
    """Whether a human answered the requester with a message in one of these states."""
    spoken = exists().where(
        message.c.ticket == number,
        message.c.kind == "message",
        message.c.role == "agent",
        message.c.state.in_(states),
    )
    return bool(tx.run(select(spoken)).scalar())
