"""The desk's alarm clock: rows are the schedule, and each beat takes those that are due, one transaction each."""

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

import structlog

from inbox.desk import intake, lifecycle, nags, promises, surveys, timed
from inbox.desk.door import Desk
from inbox.errors import StoreUnavailable
from inbox.store import Tx, alarms, events, tickets

log = structlog.get_logger("alarms")
Verb = Callable[[Tx, datetime, int], object]
LIMIT = 100  # alarms to a beat
AGAIN = timedelta(minutes=5)
KINDS: dict[str, Verb] = {
    "promise": promises.tick_promise,
    "survey": surveys.tick_survey,
    "return": timed.tick_return,
    "pending": timed.tick_pending,
    "snooze": lifecycle.timed_wake,
    "close": lifecycle.timed_close,
    "undecided": intake.undecided_timeout,
}


def register(kind: str, verb: Verb) -> None:
    """Has `verb(tx, now, subject)` run for due alarms of a kind. Raises ValueError for a kind that has one."""
    if kind in KINDS:
        raise ValueError(f"alarms of the kind {kind} have a verb already")
    KINDS[kind] = verb


def due(tx: Tx, now: datetime, limit: int = LIMIT) -> list[tuple[str, int]]:
    """(kind, subject) of what is due, the longest overdue first: one read through an index."""
    return alarms.due(tx, now, limit)


def handle(tx: Tx, now: datetime, kind: str, subject: int) -> bool:
    """Takes one due alarm and does what it is for. False where another scheduler was first, or it was moved."""
    if not alarms.take(tx, kind, subject, now):
        return False
    KINDS[kind](tx, now, subject)
    return True


def set_aside(tx: Tx, now: datetime, kind: str, subject: int, error: str) -> None:
    """An alarm whose verb failed: tried again later, and written down, so that it never stops the others."""
    alarms.put(tx, kind, subject, now + AGAIN)
    events.add(tx, now, "alarm_failed", None, None, alarm=kind, subject=subject, error=error[:500])


async def tick(desk: Desk, limit: int = LIMIT) -> int:
    """One beat: handles up to `limit` due alarms and returns how many. Raises StoreUnavailable."""
    found = await desk.look(due, desk.now(), limit)
    done = await asyncio.gather(*(_handle(desk, kind, subject) for kind, subject in found), return_exceptions=True)
    for outcome in done:
        if isinstance(outcome, BaseException):
            raise outcome
    return done.count(True)


async def _handle(desk: Desk, kind: str, subject: int) -> bool:
    try:
        return await desk.do(handle, kind, subject)
    except StoreUnavailable:
        raise
    except Exception as error:
        log.exception("alarm.failed", kind=kind, subject=subject)
        await desk.do(set_aside, kind, subject, f"{type(error).__name__}: {error}")
        return False


def still_true(tx: Tx, now: datetime, number: int | None, payload: Mapping[str, Any]) -> bool:
    """Whether something that the bot is about to say still holds; what no longer does is not sent."""
    facts, say = payload.get("facts") or {}, payload.get("say", "")
    if number is None or not (facts.get("nag") or say in ("survey.ask", "survey.remind", *timed.SAYS)):
        return True
    ticket = tickets.get(tx, number)
    if ticket is None:
        return False
    if facts.get("nag"):
        return nags.still_true(tx, now, ticket, facts)
    if "survey" in facts:
        return surveys.still_true(tx, ticket, facts["survey"])
    return timed.still_true(tx, ticket, say, facts)
