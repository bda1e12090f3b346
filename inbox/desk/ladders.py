"""An edited ladder and the promises that run: from now on they are told of by it, each step that was not told yet.

What was told is remembered by each step's share of the target, so nothing is told twice. Only the alarms must be set
anew, for they stand at the old ladder's next step.
"""

from collections.abc import Collection
from datetime import datetime

import structlog

from inbox.desk import quiet
from inbox.desk.book import KIND, next_at
from inbox.desk.door import Desk
from inbox.desk.terms import hours_of, policy_named
from inbox.directory import Desk as DeskFile
from inbox.model import Promise, Ticket
from inbox.store import Tx, alarms, digests, tickets
from inbox.store import promises as stored
from sla.policy import Policy

log = structlog.get_logger("ladders")
BATCH = 500  # promises at a time, one transaction each
SEEN = "ladder"  # kind of what is remembered of a policy


async def follow_file(desk: Desk) -> int:
    """Sets the alarms of what runs under policies whose ladders were edited since the last start. Returns of how many
    promises. Raises StoreUnavailable; then, as after a crash, the next call does it again."""
    names = await desk.look(edited)
    last = moved = 0
    while names and (ids := await desk.look(stored.open_under, names, last, BATCH)):
        moved, last = moved + await desk.do(set_alarms, ids), ids[-1]
    await desk.do(_keep)
    if moved:
        log.info("ladders.alarms_set_anew", policies=names, promises=moved)
    return moved


def set_alarms(tx: Tx, now: datetime, ids: Collection[int]) -> int:
    """The alarms of these promises, by the ladders of now. Tickets that somebody is at are left out: whatever is done
    with them sets theirs."""
    mine = tickets.lock_free(tx, stored.tickets_of(tx, list(ids)))
    found = stored.of_ids(tx, list(ids), mine)
    at = {promise.id: _next(tx, now, mine[promise.ticket], promise) for promise in found}
    alarms.set_all(tx, [(KIND, promise, when) for promise, when in at.items() if when])
    for promise in (promise for promise, when in at.items() if when is None):
        alarms.put(tx, KIND, promise, None)
    return len(at)


def _next(tx: Tx, now: datetime, ticket: Ticket, promise: Promise) -> datetime | None:
    policy = policy_named(tx.directory, ticket.queue, promise.policy)
    hours = hours_of(tx, ticket.queue, promise.policy, promise.version, promise.metric)
    return next_at(promise, policy, hours, nags_from=quiet.wanted_from(ticket, now)) if ticket.unresolved else None


def edited(tx: Tx) -> list[str]:
    """The policies whose ladders are not those of the last start."""
    known = digests.marks(tx, SEEN)
    return [name for name, mark in _marks(tx.directory.desk).items() if mark not in known.get(name, ())]


def _keep(tx: Tx, now: datetime) -> None:
    digests.set_marks(tx, SEEN, _marks(tx.directory.desk), now)


def _marks(desk: DeskFile) -> dict[str, str]:
    running = (*desk.policies.values(), *(queue.policy for queue in desk.queues.values()))
    return {policy.name: _mark(policy) for policy in running}


def _mark(policy: Policy) -> str:
    """A short name for exactly this ladder."""
    steps = [(step.key, step.extra_seconds, sorted(step.to)) for step in policy.ladder]
    return digests.mark(repr((steps, policy.nag_always)))
