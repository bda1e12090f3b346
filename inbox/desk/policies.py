"""An edited desk file and the promises that run: they are counted by what it says now, from their own starts.

A promise knows the policy that it was given under, and that policy's version. Where the ticket's queue has another
one now, the file was changed since: the promise is retargeted, once, for then it knows the new version. What is
promised only now begins on tickets that were there before, as if it had always been promised. What that makes of which
ticket is told beforehand by `inbox.desk.foresight`.
"""

from collections.abc import Callable
from datetime import datetime

import structlog

from inbox.desk import ladders, outgoing, promises
from inbox.desk.door import Desk, together
from inbox.directory import Directory
from inbox.errors import StoreUnavailable
from inbox.store import Tx, digests, overrides, tickets
from inbox.store import promises as stored
from inbox.store.promises import Debts
from sla.policy import Policy
from sla.written import content

log = structlog.get_logger("policies")
BATCH = 20  # tickets at a time, one transaction each
SEEN = "policy"  # kind of what is remembered of a queue
OTHERS = ""  # in its stead: the queues that the file no longer has


async def follow_file(desk: Desk) -> int:
    """Retargets what runs under a policy that is not its queue's any more, and begins what the file promises only now.
    Returns how many tickets that were.

    Raises StoreUnavailable; then, as after a crash, the rest is found again by the next call.
    """
    await desk.do(keep_versions)
    done = [*await _retargeted_all(desk, stale), *await _retargeted_all(desk, owing)]
    if None not in done:
        await desk.do(remember)
    moved = done.count(True)
    if moved:
        log.info("policies.promises_counted_anew", tickets=moved)
    await ladders.follow_file(desk)
    return moved


async def _retargeted_all(desk: Desk, found_by: Callable[[Tx, int, int], list[int]]) -> list[bool | None]:
    """Whether something changed, of each ticket that is found, some at a time; None for one that is odd."""
    last, all_done = 0, list[bool | None]()
    while numbers := await desk.look(found_by, last, BATCH):
        all_done += await together(_retargeted(desk, number) for number in numbers)
        last = numbers[-1]
    return all_done


async def _retargeted(desk: Desk, number: int) -> bool | None:
    try:
        return await desk.do(retarget, number)
    except StoreUnavailable:
        raise
    except Exception:  # one odd ticket keeps its old terms, and stops no other
        log.exception("policies.not_retargeted", ticket=number)
        return None


def retarget(tx: Tx, now: datetime, number: int) -> bool:
    """The promises of one ticket under its queue's present policy. False where nothing changes by that, as when the
    ticket was resolved meanwhile."""
    before = tickets.lock(tx, number)
    if before is None or not before.unresolved:
        return False
    after = promises.retargeted(tx, now, before)
    if after.due_at != before.due_at:
        outgoing.cards(tx, now, [number])  # many, of which nobody waits for one
        tx.tickets.add(number)
    return after is not before


def keep_versions(tx: Tx, now: datetime) -> None:
    """Each policy that runs is kept as it is, once: what is promised under it can be counted and explained for ever."""
    desk = tx.directory.desk
    running = (*(queue.policy for queue in desk.queues.values()), *desk.policies.values())
    overrides.keep(tx, now, {policy.version: (policy.name, content(policy)) for policy in running})


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


# What is promised only now


def owing(tx: Tx, after: int, limit: int) -> list[int]:
    """Unresolved tickets, numbers above `after`, for which nothing runs where their queue may promise something since
    the file was edited."""
    debts = _debts(tx)
    return stored.owing(tx, debts, after, limit) if debts else []


def _debts(tx: Tx) -> list[Debts]:
    """What the queues whose policies are not those of the last start may promise. Without an edit no ticket is looked
    at: one that nothing is promised would be looked at again by every start."""
    desk, seen = tx.directory.desk, digests.marks(tx, SEEN)
    edited = [key for key, mark in _marks(tx.directory).items() if mark not in seen.get(key, ())]
    debts = [Debts(desk.queues[key].policy.metrics, frozenset({key})) for key in edited if key != OTHERS]
    if OTHERS in edited or not seen.keys() <= {OTHERS, *desk.queues}:
        debts.append(Debts(tx.directory.queue(OTHERS).policy.metrics, frozenset(desk.queues), others=True))
    return [one for one in debts if one.metrics]


def remember(tx: Tx, now: datetime) -> None:
    """What the policies of the queues were when all that runs had followed them."""
    marks = _marks(tx.directory)
    if {key: {mark} for key, mark in marks.items()} != digests.marks(tx, SEEN):
        digests.set_marks(tx, SEEN, marks, now)


def _marks(directory: Directory) -> dict[str, str]:
    """A short name for exactly the policy that each queue has."""
    policies = {key: queue.policy for key, queue in directory.desk.queues.items()}
    policies[OTHERS] = directory.queue(OTHERS).policy
    return {key: digests.mark("/".join(_known_by(one))) for key, one in policies.items()}
