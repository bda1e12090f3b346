"""Rules for tickets with which nobody has done anything for a while: one alarm each, from what was done last."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from inbox.automation import Cause
from inbox.desk.door import Desk
from inbox.desk.rules import DONE, IDLE, WOKEN, try_all
from inbox.store import Tx, alarms, firings, tickets

BATCH = 200  # tickets that are taken under watch at a time


def tick_idle(tx: Tx, now: datetime, number: int) -> None:
    """The alarm of a ticket with which nobody has done anything for a while: rules are tried, and the next is set."""
    ticket = tickets.lock(tx, number)
    rules = [rule for rule in tx.directory.desk.rules if rule.when.idle_seconds]
    if ticket is None or not ticket.unresolved or not rules:
        return
    if ticket.snoozed_until is not None and ticket.snoozed_until > now:
        return
    last = firings.last_by_somebody(tx, number, DONE, WOKEN)
    if last is None:
        return
    event_id, since = last
    idle = (now - since).total_seconds()
    logged = len(tx.happened)
    try_all(tx, now, Cause("idle", number, f"idle/{number}/{event_id}", idle_seconds=idle), rules)
    del tx.happened[logged:]  # what rules do is no cause for rules
    longer = [rule.when.idle_seconds for rule in rules if rule.when.idle_seconds > idle]
    if longer:
        alarms.put(tx, IDLE, number, since + timedelta(seconds=min(longer)))


async def follow_file(desk: Desk) -> int:
    """Takes tickets that were there before the file had rules for idle ones under watch; returns how many these were.

    Raises StoreUnavailable.
    """
    last = watched = 0
    if not any(rule.when.idle_seconds for rule in desk.directory.desk.rules):
        return 0
    while numbers := await desk.look(firings.unwatched, IDLE, last, BATCH):
        await desk.do(_take_under_watch, numbers)
        watched, last = watched + len(numbers), numbers[-1]
    return watched


def _take_under_watch(tx: Tx, now: datetime, numbers: Sequence[int]) -> None:
    firings.watch(tx, IDLE, numbers, now)
