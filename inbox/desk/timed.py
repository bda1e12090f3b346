"""What a ticket's timers do when they come due: a claim without an answer goes back, a silent requester is reminded."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from inbox.desk import care, claims, gathered, lifecycle, outgoing, turns
from inbox.desk.access import name
from inbox.model import Ticket
from inbox.store import Tx, alarms, events, messages, people, returns, threads, tickets, told
from inbox.store.returns import ReturnTimer
from sla.hours import NoOpening

WORDS_WAIT = timedelta(minutes=1)
SILENCE_BEGINS = ("pending", "replied", "woken")  # with these events


def tick_return(tx: Tx, now: datetime, number: int) -> None:
    """The alarm of a claim's lease: the holder is warned, once, and at its end the ticket goes back to its queue.

    Both in opening hours: a lease that ends with the day can be answered until the next one begins.
    """
    ticket, timer = tickets.lock(tx, number), returns.get(tx, number)
    if ticket is None or timer is None or timer.due_at is None:
        return
    hours = care.hours_of(tx, ticket)
    if ticket.assignee_id is None or ticket.fence != timer.fence or not ticket.unresolved:
        returns.drop(tx, number)
    elif care.waits_or_sleeps(ticket, now):
        care.pause_return(tx, now, ticket)
    elif not hours.is_open(now):
        with suppress(NoOpening):  # nobody will be there: it stays with its holder
            alarms.put(tx, care.RETURN, number, hours.next_open(now))
    elif now >= timer.due_at:
        _give_back(tx, now, ticket)
    else:
        _warn(tx, now, ticket, timer)


def _give_back(tx: Tx, now: datetime, ticket: Ticket) -> None:
    # an answer that is on its way must not be stopped by taking the claim from under it
    if messages.in_state(tx, ticket.number, "waiting", ticket.assignee_id):
        alarms.put(tx, care.RETURN, ticket.number, now + WORDS_WAIT)
    else:
        returned(tx, now, ticket)


def returned(tx: Tx, now: datetime, ticket: Ticket) -> Ticket:
    """Puts a ticket whose holder owes an answer back into its queue, or has it given to the next whose turn it is; the
    holder and the desk thread are told."""
    holder = ticket.assignee_id
    events.add(tx, now, "returned", ticket.number, None, holder=holder)
    facts = _facts(tx, ticket)
    if holder is not None:
        prefer = outgoing.desk_connection(tx, ticket)
        take = (f"claim:{ticket.number}",)
        outgoing.direct(tx, now, holder, ticket.number, "return.lost", take, prefer=prefer, **facts)
    outgoing.notice(tx, now, threads.desk(tx, ticket.number), "return.returned", **facts)
    after = claims.unclaim(tx, now, ticket)
    turns.wait(tx, now, ticket.queue, ticket.number)
    turns.freed(tx, now, ticket.queue, holder)
    return after


def _warn(tx: Tx, now: datetime, ticket: Ticket, timer: ReturnTimer) -> None:
    due = care.next_return(timer, care.hours_of(tx, ticket))
    assert due is not None and timer.due_at is not None and ticket.assignee_id is not None
    if timer.warned or now < due:
        alarms.put(tx, care.RETURN, ticket.number, due)
        return
    returns.put(tx, replace(timer, warned=True))
    events.add(tx, now, "return_warned", ticket.number, None, holder=ticket.assignee_id)
    actions = (f"show:{ticket.number}",) if timer.kept else (f"keep:{ticket.number}", f"release:{ticket.number}")
    facts = _facts(tx, ticket) | {"due": timer.due_at.isoformat(), "lease": timer.fence}
    prefer = outgoing.desk_connection(tx, ticket)
    outgoing.direct(tx, now, ticket.assignee_id, ticket.number, "return.warning", actions, prefer=prefer, **facts)
    alarms.put(tx, care.RETURN, ticket.number, timer.due_at)


def tick_pending(tx: Tx, now: datetime, number: int) -> None:
    """The alarm of a pending ticket: its requester is reminded; after the last silence the matter counts as solved.

    After a downtime only the latest of what was missed happens.
    """
    ticket = tickets.lock(tx, number)
    if ticket is None or ticket.status != "pending":
        return
    windows = tx.directory.desk.windows
    if ticket.snoozed_until is not None:  # nothing is expected of anybody; it goes on when the ticket wakes up
        return
    by_day = care.by_day(tx, ticket, now)
    if by_day > now:  # the machine was away: it may be late, but wakes nobody
        alarms.put(tx, care.PENDING, number, by_day)
        return
    since, reminded = _silence(tx, ticket)
    waited = (now - since).total_seconds()
    if waited >= windows.resolve_pending:
        lifecycle.resolved(tx, now, ticket, None, "pending.resolved")
        return
    passed = sum(after <= waited for after in windows.remind_pending)
    if passed > reminded:
        events.add(tx, now, "pending_reminded", number, None, times=passed)
        told.withdraw(tx, told.about(tx, number, "pending", True))  # of two that a platform kept waiting one is enough
        home = threads.home(tx, number)
        outgoing.notice(tx, now, home, "pending.reminder", ticket=number, subject=ticket.subject, pending=True)
    ahead = [after for after in (*windows.remind_pending, windows.resolve_pending) if after > waited]
    alarms.put(tx, care.PENDING, number, care.by_day(tx, ticket, since + timedelta(seconds=min(ahead))))


def _silence(tx: Tx, ticket: Ticket) -> tuple[datetime, int]:
    """Since when we wait for the requester, which begins anew with each reply of ours and when the ticket wakes up, and
    how many reminders they were due since then."""
    log = events.of_ticket(tx, ticket.number)
    began = next((index for index in range(len(log) - 1, -1, -1) if log[index].kind in SILENCE_BEGINS), None)
    if began is None:
        return ticket.updated_at, 0
    reminders = [event.facts["times"] for event in log[began:] if event.kind == "pending_reminded"]
    return log[began].at, max(reminders, default=0)


def asks_again(tx: Tx, now: datetime, ticket: Ticket) -> datetime:
    """When the requester of a pending ticket is to be reminded, or the matter to count as solved."""
    windows, (since, reminded) = tx.directory.desk.windows, _silence(tx, ticket)
    ahead = (*windows.remind_pending, windows.resolve_pending)[reminded:] or (windows.resolve_pending,)
    return care.by_day(tx, ticket, since + timedelta(seconds=ahead[0]))


def _facts(tx: Tx, ticket: Ticket) -> dict[str, Any]:
    return {
        "ticket": ticket.number,
        "matter": gathered.matter(tx.directory.queue(ticket.queue), ticket),
        "holder": name(tx, ticket.assignee_id),
        "requester": name(tx, ticket.requester_id),
    }


def still_pending(tx: Tx, now: datetime, ticket: Ticket, facts: Mapping[str, Any]) -> bool:
    """Whether a reminder that is about to be sent is still wanted; an answer of somebody who is blocked is not."""
    requester = people.get(tx, ticket.requester_id)
    return ticket.status == "pending" and not (requester and requester.blocked)


def still_leased(tx: Tx, now: datetime, ticket: Ticket, facts: Mapping[str, Any]) -> bool:
    """Whether a warning that is about to be sent still holds: the same claim still owes an answer."""
    timer = returns.get(tx, ticket.number)
    return timer is not None and timer.fence == facts["lease"] and timer.due_at is not None
