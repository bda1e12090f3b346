"""An edited desk file and the promises that run: they are counted by what it says now, from their own starts.

A promise knows the policy that it was given under, and that policy's version. Where the ticket's queue has another
one now, the file was changed since: the promise is retargeted, once, for then it knows the new version.
"""

import asyncio
from datetime import datetime

import structlog

from inbox.desk import outgoing, promises
from inbox.desk.door import Desk
from inbox.directory import Directory
from inbox.errors import StoreUnavailable
from inbox.store import Tx, tickets
from inbox.store import promises as stored
from sla.policy import Policy

log = structlog.get_logger("policies")
BATCH = 20  # tickets at a time, one transaction each


async def follow_file(desk: Desk) -> int:
    """Retargets what runs under a policy that is not its queue's any more. Returns how many tickets that were.

    Raises StoreUnavailable; then, as after a crash, the rest is found again by the next call.
    """
    last = moved = 0
    while numbers := await desk.look(stale, last, BATCH):
        done = await asyncio.gather(*(_retargeted(desk, number) for number in numbers), return_exceptions=True)
        for outcome in done:
            if isinstance(outcome, BaseException):
                raise outcome
        moved, last = moved + done.count(True), numbers[-1]
    if moved:
        log.info("policies.promises_counted_anew", tickets=moved)
    return moved


async def _retargeted(desk: Desk, number: int) -> bool:
    try:
        return await desk.do(retarget, number)
    except StoreUnavailable:
        raise
    except Exception:  # one odd ticket keeps its old terms, and stops no other
        log.exception("policies.not_retargeted", ticket=number)
        return False


def retarget(tx: Tx, now: datetime, number: int) -> bool:
    """The promises of one ticket under its queue's present policy. False where nothing is promised any more, as when
    the ticket was resolved meanwhile."""
    before = tickets.lock(tx, number)
    if before is None or not before.unresolved:
        return False
    after = promises.retargeted(tx, now, before)
    if after.due_at != before.due_at:
        outgoing.card(tx, now, number)
        tx.tickets.add(number)
    return True


def stale(tx: Tx, after: int, limit: int) -> list[int]:
    """Unresolved tickets with a promise under a policy that is not their queue's any more: numbers above `after`."""
    return stored.under_others(tx, *_terms(tx.directory), after, limit)


def count_stale(tx: Tx) -> int:
    """How many promises of unresolved tickets that would move."""
    return stored.count_under_others(tx, *_terms(tx.directory))


def _terms(directory: Directory) -> tuple[dict[str, tuple[str, str]], tuple[str, str]]:
    """(policy, version) by queue, and those of a queue that the file no longer has."""
    desk = directory.desk
    return {key: _known_by(q.policy) for key, q in desk.queues.items()}, _known_by(directory.queue("").policy)


def _known_by(policy: Policy) -> tuple[str, str]:
    return policy.name, policy.version
