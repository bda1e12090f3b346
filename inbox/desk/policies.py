"""An edited desk file and the promises that run: they are counted by what it says now, from their own starts.

A promise knows the policy that it was given under, and that policy's version. Where the ticket's queue has another
one now, the file was changed since: the promise is retargeted, once, for then it knows the new version.
"""

import asyncio
from dataclasses import dataclass
from datetime import datetime

import structlog

from inbox.desk import ladders, outgoing, promises
from inbox.desk.door import Desk
from inbox.directory import Directory
from inbox.errors import StoreUnavailable
from inbox.model import Promise
from inbox.store import Tx, overrides, tickets
from inbox.store import promises as stored
from sla.policy import Policy
from sla.written import content

log = structlog.get_logger("policies")
BATCH = 20  # tickets at a time, one transaction each
LOOKED_AT = 2000  # tickets whose promises are counted for a look ahead: a few seconds


async def follow_file(desk: Desk) -> int:
    """Retargets what runs under a policy that is not its queue's any more. Returns how many tickets that were.

    Raises StoreUnavailable; then, as after a crash, the rest is found again by the next call.
    """
    await desk.do(keep_versions)
    last = moved = 0
    while numbers := await desk.look(stale, last, BATCH):
        done = await asyncio.gather(*(_retargeted(desk, number) for number in numbers), return_exceptions=True)
        for outcome in done:
            if isinstance(outcome, BaseException):
                raise outcome
        moved, last = moved + done.count(True), numbers[-1]
    if moved:
        log.info("policies.promises_counted_anew", tickets=moved)
    await ladders.follow_file(desk)
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


def keep_versions(tx: Tx, now: datetime) -> None:
    """Each policy that runs is kept as it is, once: what is promised under it can be counted and explained for ever."""
    desk = tx.directory.desk
    running = (*(queue.policy for queue in desk.queues.values()), *desk.policies.values())
    overrides.keep(tx, now, {policy.version: (policy.name, content(policy)) for policy in running})


@dataclass(frozen=True, slots=True)
class Move:
    """What an edited file makes of one promise: as it stands, None if it would begin, and as it would stand."""

    before: Promise | None
    after: Promise

    @property
    def earlier(self) -> bool:
        """Its deadline comes nearer, or less time is left to it."""
        return self._sooner(self.after, self.before)

    @property
    def later(self) -> bool:
        return self._sooner(self.before, self.after)

    @property
    def begun(self) -> bool:
        return self.before is None

    @property
    def ended(self) -> bool:
        return self.after.state == "cancelled"

    @property
    def breached(self) -> bool:
        """It would be missed at once."""
        return self.after.state == "breached" and (self.before is None or self.before.state != "breached")

    @property
    def forgiven(self) -> bool:
        """It is missed, and would not be any more."""
        return self.before is not None and self.before.state == "breached" and self.after.state in STANDING

    def _sooner(self, one: Promise | None, other: Promise | None) -> bool:
        if one is None or other is None or self.ended:
            return False
        if one.due_at and other.due_at:
            return one.due_at < other.due_at
        return (one.remaining_seconds or 0) < (other.remaining_seconds or 0)


STANDING = ("running", "due_soon", "paused")


def foreseen(tx: Tx, now: datetime) -> tuple[list[Move], bool]:
    """What the directory's policies would change at the next start, of the first tickets that they concern; and whether
    these are all. Nothing is written."""
    numbers = stale(tx, 0, LOOKED_AT + 1)
    found: list[Move] = []
    for number in numbers[:LOOKED_AT]:
        ticket = tickets.get(tx, number)
        if ticket:
            found += [Move(before, after) for before, after in promises.foreseen(tx, now, ticket)]
    return found, len(numbers) <= LOOKED_AT


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
