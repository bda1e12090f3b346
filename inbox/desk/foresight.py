"""What an edited desk file will make of the promises that run, told before it is taken: nothing is written."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from inbox.desk import ladders, policies, promises, quiet
from inbox.desk.recount import clock_of
from inbox.desk.terms import hours_of, policy_named
from inbox.model import Promise, Ticket
from inbox.store import Tx, tickets
from inbox.store import promises as stored
from sla.ladder import Step, highest_due

LOOKED_AT = 2000  # tickets whose promises are counted: a few seconds
STANDING = ("running", "due_soon", "paused")


@dataclass(frozen=True, slots=True)
class Move:
    """What an edited file makes of one promise: as it stands, None if it would begin, and as it would stand. `step` is
    that of its ladder which will be taken as soon as people are told of anything, and would not have been."""

    before: Promise | None
    after: Promise
    step: Step | None = None

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
    def stopped(self) -> bool:
        """It ran, and would stand still."""
        return self.after.state == "paused" and self.before is not None and self.before.state != "paused"

    @property
    def resumed(self) -> bool:
        """It stands still, and would run."""
        goes_on = self.after.state in ("running", "due_soon")
        return goes_on and self.before is not None and self.before.state == "paused"

    @property
    def breached(self) -> bool:
        """It would be missed at once."""
        return self.after.state == "breached" and (self.before is None or self.before.state != "breached")

    @property
    def forgiven(self) -> bool:
        """It is missed, and would not be any more."""
        return self.before is not None and self.before.state == "breached" and self.after.state in STANDING

    @property
    def told(self) -> bool:
        return self.step is not None

    @property
    def escalated(self) -> bool:
        """Its ticket would be handed up, and become more urgent where it can."""
        return self.step is not None and "escalate" in self.step.to

    def _sooner(self, one: Promise | None, other: Promise | None) -> bool:
        if one is None or other is None or self.ended:
            return False
        if one.due_at and other.due_at:
            return one.due_at < other.due_at
        if one.remaining_seconds is not None and other.remaining_seconds is not None:
            return one.remaining_seconds < other.remaining_seconds
        return False


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What becomes of promises; `whole` says whether these are all that would change, else they are those of the first
    tickets."""

    moves: Sequence[Move]
    whole: bool


def foreseen(tx: Tx, now: datetime) -> Foreseen:
    """What the directory's policies would change at the next start."""
    limit = LOOKED_AT + 1
    numbers = sorted({*policies.stale(tx, 0, limit), *policies.owing(tx, 0, limit)})
    edited = ladders.edited(tx)
    moves = []
    for number in numbers[:LOOKED_AT]:
        ticket = tickets.get(tx, number)
        for before, after in promises.foreseen(tx, now, ticket) if ticket else ():
            moves.append(Move(before, after, _new_step(tx, now, ticket, before, after, edited)))
    told, all_of_them = _told_by_ladders(tx, now, edited, {move.after.id for move in moves})
    return Foreseen([*moves, *told], all_of_them and len(numbers) <= LOOKED_AT)


def _told_by_ladders(tx: Tx, now: datetime, edited: Sequence[str], besides: set[int]) -> tuple[list[Move], bool]:
    """Promises that stay as they are and that an edited ladder has something to tell of; and whether these are all."""
    ids = stored.open_under(tx, edited, 0, LOOKED_AT + 1) if edited else []
    found = []
    for promise_id in ids[:LOOKED_AT]:
        promise = stored.get(tx, promise_id)
        ticket = tickets.get(tx, promise.ticket) if promise and promise_id not in besides else None
        if promise and ticket and (step := _step(tx, now, ticket, promise)):
            found.append(Move(promise, promise, step))
    return found, len(ids) <= LOOKED_AT


def _new_step(
    tx: Tx, now: datetime, ticket: Ticket | None, before: Promise | None, after: Promise, edited: Sequence[str]
) -> Step | None:
    step = _step(tx, now, ticket, after) if ticket else None
    if ticket is None or step is None or before is None or after.policy in edited:
        return step
    due = _step(tx, now, ticket, before)
    return step if due is None or due.key != step.key else None


def _step(tx: Tx, now: datetime, ticket: Ticket, promise: Promise) -> Step | None:
    """The step of its ladder that is due and was not told: outside opening hours it is told when they begin."""
    if not ticket.unresolved or quiet.silent(ticket, now):
        return None
    policy = policy_named(tx.directory, ticket.queue, promise.policy)
    hours = hours_of(tx, ticket.queue, promise.policy, promise.version, promise.metric)
    return highest_due(policy.ladder, clock_of(promise), now, promise.step, hours, policy.hours)
