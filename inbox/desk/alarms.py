"""The desk's alarm clock: rows are the schedule, and each beat takes those that are due, one transaction each."""

import traceback
from collections.abc import Callable
from datetime import datetime, timedelta

import structlog

from inbox.desk import (
    absence,
    amends,
    assignment,
    claims,
    delivery,
    digests,
    direct,
    greeting,
    idle,
    incidents,
    lifecycle,
    lists,
    nags,
    nps,
    overdue,
    presence,
    ratings,
    rules,
    steps,
    surveys,
    tidying,
    timed,
    turns,
    upkeep,
)
from inbox.desk.door import Desk, together
from inbox.errors import StoreUnavailable
from inbox.store import Tx, alarms, events, people, tickets

log = structlog.get_logger("alarms")
Verb = Callable[[Tx, datetime, int], object]
LIMIT = 500  # alarms to a beat
CROWD = 10_000  # where that many of a kind are due that one transaction is cheaper for many: so many to a beat,
TOGETHER = 2_000  # so many to a transaction, for others wait while it writes,
AT_ONCE = 2  # and so many transactions at once: while the database writes one the next is worked out
AGAIN = timedelta(minutes=5)
KINDS: dict[str, Verb] = {
    "promise": overdue.tick_promise,
    "survey": surveys.tick_survey,
    ratings.AMENDS: amends.tick,
    nps.WAVE: nps.tick_wave,
    nps.KIND: nps.tick,
    "return": timed.tick_return,
    "pending": timed.tick_pending,
    "snooze": lifecycle.timed_wake,
    "close": lifecycle.timed_close,
    "undecided": direct.timed_out,
    steps.ALARM: steps.timed_out,
    upkeep.LEFT: upkeep.give_back,
    tidying.TIDY: tidying.tick,
    turns.TURN: assignment.tick,
    turns.FREE: assignment.offer,
    absence.BACK: absence.tick,
    claims.REST: claims.give_back_all,
    digests.DIGEST: digests.tick,
    lists.FOLLOW: lists.tick,
    nags.OFFER: nags.tick_offer,
    rules.IDLE: idle.tick_idle,
    incidents.ANNOUNCE: incidents.tick_announce,
    presence.KIND: presence.tick,
    lifecycle.CASES: incidents.tick_resolve,
}
# kinds of which many that are due at once are handled in one transaction
MANY: dict[str, Callable[[Tx, datetime, list[int]], tuple[int, list[int]]]] = {"promise": overdue.tick_many}
# What a verb will lock must be locked before its alarm is: two alarms of one ticket would wait for each other for ever.
LOCKS: dict[str, Callable[[Tx, int], object]] = {
    "promise": overdue.lock_for,
    "survey": surveys.lock_for,
    ratings.AMENDS: surveys.lock_for,
    nps.WAVE: lambda tx, wave: None,  # it locks itself
    nps.KIND: nps.lock_for,
    "undecided": people.lock,
    steps.ALARM: steps.lock_for,
    upkeep.LEFT: people.lock,
    tidying.TIDY: lambda tx, _: None,
    digests.DIGEST: lambda tx, _: None,
    lists.FOLLOW: lambda tx, _: None,
    turns.FREE: people.lock,
    absence.BACK: people.lock,
    claims.REST: people.lock,
    incidents.ANNOUNCE: incidents.lock_announced,
    lifecycle.CASES: incidents.lock_cases,
}
delivery.checks.setdefault("pending", timed.still_pending)
delivery.checks.setdefault("lease", timed.still_leased)
delivery.checks.setdefault("closed_until", greeting.still_closed)


def register(kind: str, verb: Verb, lock: Callable[[Tx, int], object] = tickets.lock) -> None:
    """Has `verb(tx, now, subject)` run for due alarms of a kind. `lock(tx, subject)` takes the verb's first lock; by
    default the subject is a ticket's number. Raises ValueError for a kind that has a verb."""
    if kind in KINDS:
        raise ValueError(f"alarms of the kind {kind} have a verb already")
    KINDS[kind], LOCKS[kind] = verb, lock


def due(tx: Tx, now: datetime, limit: int = LIMIT) -> list[tuple[str, int]]:
    """(kind, subject) of what is due, the longest overdue first: one read through an index."""
    return alarms.due(tx, now, limit)


def handle(tx: Tx, now: datetime, kind: str, subject: int) -> bool:
    """Takes one due alarm and does what it is for. False where another scheduler was first, or it was moved."""
    verb = KINDS[kind]
    LOCKS.get(kind, tickets.lock)(tx, subject)
    if not alarms.take(tx, kind, subject, now):
        return False
    verb(tx, now, subject)
    return True


def handle_all(tx: Tx, now: datetime, kind: str, subjects: list[int]) -> tuple[int, list[int]]:
    """Handles due alarms of a kind that is cheaper together; returns how many, and those that want handling alone."""
    return MANY[kind](tx, now, subjects)


def set_aside(tx: Tx, now: datetime, kind: str, subject: int, error: str) -> None:
    """An alarm whose verb failed: tried again later, and written down, so that it never stops the others."""
    alarms.put(tx, kind, subject, now + AGAIN)
    events.add(tx, now, "alarm_failed", None, None, alarm=kind, subject=subject, error=error[:500])


async def tick(desk: Desk, limit: int = LIMIT) -> int:
    """One beat: handles up to `limit` due alarms, or of a crowd some more, and returns how many. Raises
    StoreUnavailable."""
    found = await desk.look(due, desk.now(), limit)
    done = await _each(desk, [one for one in found if one[0] not in MANY])
    for kind in MANY:
        subjects = [subject for named, subject in found if named == kind]
        if 2 * len(subjects) > limit:
            subjects = await desk.look(crowd, desk.now(), kind)
        done += await _all(desk, kind, subjects)
    return done


def crowd(tx: Tx, now: datetime, kind: str) -> list[int]:
    """The subjects of the longest overdue alarms of a kind, neighbours together: what is written next to each other is
    written faster."""
    return sorted(alarms.due_of(tx, now, kind, CROWD))


async def _all(desk: Desk, kind: str, subjects: list[int]) -> int:
    crowds = [subjects[first : first + TOGETHER] for first in range(0, len(subjects), TOGETHER)]
    done = 0
    alone: list[int] = []
    for first in range(0, len(crowds), AT_ONCE):
        some = await together(_handle_all(desk, kind, crowd) for crowd in crowds[first : first + AT_ONCE])
        done += sum(handled for handled, _ in some)
        alone += [subject for _, left in some for subject in left]
    return done + await _each(desk, [(kind, subject) for subject in alone])


async def _each(desk: Desk, due: list[tuple[str, int]]) -> int:
    return (await together(_handle(desk, kind, subject) for kind, subject in due)).count(True)


async def _handle_all(desk: Desk, kind: str, subjects: list[int]) -> tuple[int, list[int]]:
    """Where one of them makes the whole fail, each is handled alone, and that one is set aside."""
    try:
        return await desk.do(handle_all, kind, subjects)
    except StoreUnavailable:
        raise
    except Exception as error:
        trace = "".join(traceback.format_exception(error))[-4000:]
        log.error("alarms.failed_together", kind=kind, count=len(subjects), trace=trace)
        return 0, subjects


async def _handle(desk: Desk, kind: str, subject: int) -> bool:
    try:
        return await desk.do(handle, kind, subject)
    except StoreUnavailable:
        raise
    except Exception as error:
        trace = "".join(traceback.format_exception(error))[-4000:]
        log.error("alarm.failed", kind=kind, subject=subject, trace=trace)
        await desk.do(set_aside, kind, subject, f"{type(error).__name__}: {error}")
        return False
