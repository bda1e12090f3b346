"""A lead's own word on how long one ticket's promises may take."""

import re
from datetime import datetime

from inbox.desk import outgoing, promises
from inbox.desk.access import is_lead, lock_for_agent
from inbox.errors import BadInput, NotAllowed, WrongStatus
from inbox.model import Promise, Ticket
from inbox.store import Tx, events, overrides, tickets
from inbox.store import promises as stored
from inbox.store.overrides import Override
from sla.clock import OPEN_STATES
from sla.duration import in_seconds, promisable
from sla.policy import METRICS, Policy

LONGEST_WHY = 500  # characters
_CALENDAR_DAYS = re.compile(r"(\d+)\s*(?:calendar\s+days?|kalenderdag(?:ar|e)?)\b", re.IGNORECASE)
_LETTERS = {"h": "h", "t": "h", "m": "m", "s": "s"}  # of units: what they begin with, and how they are counted
_WORKING_DAYS = re.compile(r"(\d+(?:[.,]\d+)?)\s*(?:working\s+days?|arbetsdag(?:ar)?|arbejdsdage?)\b", re.IGNORECASE)
_UNIT = (
    r"(?:h(?:rs?|ours?)?|t(?:im(?:mar|mer?|e?r?)?)?"  # hours
    r"|m(?:in(?:s|ut(?:e|es|er|ter)?)?)?|s(?:e[ck]s?|econds?|ekund(?:er)?)?)"
)
_AMOUNT = re.compile(rf"(\d+)\s*({_UNIT})(?![^\W\d_])\.?\s*", re.IGNORECASE)
_AMOUNTS = re.compile(rf"(?:\d+\s*{_UNIT}(?![^\W\d_])\.?\s*)+", re.IGNORECASE)
_NO_UNIT = re.compile(r"(?:[\d.,]+\s+)?\S+")


def split_length(words: str) -> tuple[str, str]:
    """Words as the length of time that they begin with, in a form that can be counted, and the rest. Units are read in
    every language of the desk ("8 tim", "2 arbejdsdage"). Without a length the first word stands for it."""
    said = words.strip()
    if found := _WORKING_DAYS.match(said):
        length = f"{found[1].replace(',', '.')} working days"
    elif found := _CALENDAR_DAYS.match(said):
        length = f"{found[1]} calendar days"
    elif found := _AMOUNTS.match(said):
        length = "".join(f"{amount}{_LETTERS[unit[0].lower()]}" for amount, unit in _AMOUNT.findall(found[0]))
    elif found := _NO_UNIT.match(said):
        length = found[0]
    return (length, said[found.end() :].strip(" ,:;")) if found else ("", "")


def set_target(tx: Tx, now: datetime, number: int, lead: int, metric: str, length: str, why: str) -> Promise | None:
    """A lead says how long a promise of this ticket may take ("8h", "2 working days"), and why: from now on that holds,
    whatever its priority, queue or policy, also for promises that are yet to come. What has ended stays as it ended.
    Returns the promise that runs, None where none does.

    Raises NotFound, NotAllowed (no lead of its queue), WrongStatus (resolved or closed), BadInput: `no_metric`,
    `bad_target`, `target_why` (a reason is wanted), `too_long`.
    """
    ticket = _lock(tx, number, lead, metric)
    seconds, why = _seconds(length, tx.directory.queue(ticket.queue).policy, metric, now), " ".join(why.split())
    if not why:
        raise BadInput("target_why")
    if len(why) > LONGEST_WHY:
        raise BadInput("too_long", limit=LONGEST_WHY)
    before = overrides.of_ticket(tx, number).get(metric)
    if before is None or (before.seconds, before.why) != (seconds, why):
        overrides.put(tx, number, Override(metric, seconds, lead, why, now))
        was = before.seconds if before else None
        events.add(tx, now, "target_set", number, lead, metric=metric, seconds=seconds, was=was, why=why)
        _follow(tx, now, ticket)
    return _running(tx, number, metric)


def take_back(tx: Tx, now: datetime, number: int, lead: int, metric: str) -> Promise | None:
    """The policy decides again. Taking back what was never set succeeds. Raises and returns as `set_target`."""
    ticket = _lock(tx, number, lead, metric)
    if overrides.remove(tx, number, metric):
        events.add(tx, now, "target_off", number, lead, metric=metric)
        _follow(tx, now, ticket)
    return _running(tx, number, metric)


def _lock(tx: Tx, number: int, lead: int, metric: str) -> Ticket:
    ticket = lock_for_agent(tx, number, lead)
    if not is_lead(tx, ticket, lead):
        raise NotAllowed(ticket=number)
    if not ticket.unresolved:
        raise WrongStatus(ticket=number, status=ticket.status)
    if metric not in METRICS:
        raise BadInput("no_metric", words=metric[:40])
    return ticket


def _seconds(length: str, policy: Policy, metric: str, now: datetime) -> int:
    hours = policy.counts_by(metric)
    try:
        seconds = in_seconds(promisable(length, hours, calendar=hours.always), hours)
        hours.add(now, seconds)
        return seconds
    except ValueError:  # no length, working days of a calendar that has no ordinary week, or more than it will open
        raise BadInput("bad_target", words=length[:40]) from None


def _follow(tx: Tx, now: datetime, ticket: Ticket) -> None:
    promises.retargeted(tx, now, tickets.change(tx, ticket.number, updated_at=now))
    outgoing.card(tx, now, ticket.number)


def _running(tx: Tx, number: int, metric: str) -> Promise | None:
    found = [p for p in stored.of_ticket(tx, number) if p.metric == metric and p.state in OPEN_STATES]
    return found[-1] if found else None
