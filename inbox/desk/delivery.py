"""What becomes of the words in the outbox: leased, sent, tried again, held, given up.

The relay calls these around its sends: `lease` hands out what may be said now, `begin` stands right before the call to
the platform, and exactly one of `sent`, `retry`, `doubt`, `hold`, `parked` or `unknown` tells how it went. Each proves
its lease by a fence and returns False where the lease went to somebody else meanwhile: then nothing was recorded. What
was leased and not begun is surely not said: `give_back` and `take_back` have it leased again as if nothing had been.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import structlog

from inbox.desk import (
    arrivals,
    attachments,
    errand,
    failures,
    gathered,
    lifecycle,
    lists,
    nags,
    nps,
    outgoing,
    replies,
    scrubbing,
    surveys,
)
from inbox.desk.access import lock_for_agent, name
from inbox.desk.errand import Context, Errand
from inbox.errors import NotFound, NothingToDo, NotHolder
from inbox.model import Message, Place, Thread, Ticket
from inbox.store import Tx, copies, events, messages, outbox, threads, tickets

log = structlog.get_logger("delivery")
MAKE = ("card", "direct")  # of what belongs to a thread, what makes it: the desk's card, a receipt by direct message
INTO_THREADS = ("card", "message", "notice")
ROUNDS = 20  # how often `lease` looks further when all that it found was not to be said any more
# Is it still true? By the name of a fact (one that is None asks nothing), with the ticket and all facts. What is no
# longer true when its turn comes is not said.
Check = Callable[[Tx, datetime, Ticket, Mapping[str, Any]], bool]
checks: dict[str, Check] = {
    "nag": nags.still_true,
    "survey": lambda tx, now, ticket, facts: surveys.still_true(tx, ticket, facts["survey"]),
    "undo": lambda tx, now, ticket, facts: arrivals.waits(tx, facts["undo"]),
}


def lease(tx: Tx, now: datetime, connection: str, owner: str, limit: int, seconds: float) -> list[Errand]:
    """Leases up to `limit` things that may be said on a connection now, each for `seconds`, with all that it needs.

    What is not to be said any more is dropped on the way.
    """
    for _ in range(ROUNDS):
        rows = outbox.lease(tx, now, connection, owner, limit, seconds)
        ready = [found for row in rows if (found := _prepare(tx, now, row))]
        if ready or not rows:
            return ready
    return []


def _prepare(tx: Tx, now: datetime, row: Any) -> Errand | None:
    """The errand that a leased row is, or None where the row was settled here."""
    try:
        found = errand.context(tx, row)
        if _is_over(tx, now, row, found):
            _drop(tx, row, found)
            return None
        ready = _as_it_is(tx, now, errand.errand(tx, now, row, found))
        if ready is None:
            _drop(tx, row, found)
            return None
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        log.exception("delivery.not_understood", row=row.id)
        outbox.finish(
            tx, row.id, row.fence + 1, state="parked", reason=f"It could not be put together: {error!r}"[:500]
        )
        return None
    if _waits_for_files(tx, now, row, ready):
        return None
    return ready


def _as_it_is(tx: Tx, now: datetime, ready: Errand) -> Errand | None:
    """A list of nags says what is true when it is sent; None where nothing of it is."""
    return gathered.fresh(tx, now, ready, nags.still_true) if "digest" in ready.facts else ready


def _waits_for_files(tx: Tx, now: datetime, row: Any, ready: Errand) -> bool:
    """Words and the files that came with them arrive together, where that does not take too long."""
    if row.kind != "message" or ready.doubt_since is not None:
        return False
    if not attachments.still_fetching(tx, now, row.message_id, row.created_at):
        return False
    outbox.wait_for_files(tx, ready.id, ready.fence, now + attachments.LOOK_AGAIN)
    return True


def _is_over(tx: Tx, now: datetime, row: Any, found: Context) -> bool:
    """Need it not be said any more: withdrawn words, a note on its way out, a nag that is no longer true?"""
    message = found.message
    if found.thread and found.thread.side == "left" and row.kind in INTO_THREADS:
        return True
    if message and row.kind in ("message", "edit"):
        if message.deleted or message.state == "cancelled":
            return True
        if found.thread and found.thread.side == "home" and (message.kind == "note" or message.state == "held"):
            return True
    if row.kind == "edit" and message and message.deleted:
        return True
    facts, ticket = row.payload.get("facts", {}), found.ticket
    if row.kind == "rewrite":  # says what is no longer true
        place = (row.connection, errand.posted_in(row, found.thread))
        return scrubbing.is_gone(tx, found.ticket, found.thread, place, row.payload.get("say", ""))
    if facts.get("nps") is not None:  # about no ticket
        return not nps.still_true(tx, facts["nps"])
    asked = [check for key, check in checks.items() if facts.get(key) is not None]
    return ticket is not None and not all(check(tx, now, ticket, facts) for check in asked)


def _drop(tx: Tx, row: Any, found: Context) -> None:
    """Settles a row that is not to be said any more; a reply that was deleted on its way waits no longer."""
    outbox.finish(tx, row.id, row.fence + 1, state="cancelled")
    message = found.message
    if message and message.deleted and message.state == "waiting" and found.thread and found.thread.side == "home":
        messages.change(tx, message.id, state="cancelled")


def begin(tx: Tx, now: datetime, leased: Errand, seconds: float) -> Errand | None:
    """Its sending begins now: from here on it may have arrived, and its lease lasts `seconds` more.

    Returns the errand to carry; None where it is not to be said: it was withdrawn, the lease went to somebody else, the
    claim that a reply was written under has moved, and it is held, or its thread was never made, and it is given up.
    """
    lost = _why_unmade(tx, leased)
    if lost:
        parked(tx, now, leased.id, leased.fence, lost, "gone")
        return None
    ready = _guarded(tx, now, leased) if leased.is_reply else leased
    if ready is None or not outbox.begin(tx, now, ready.id, ready.fence, seconds):
        return None
    if "shown" in ready.facts:
        lists.begun(tx, now, ready)
    return ready


def _why_unmade(tx: Tx, leased: Errand) -> str:
    """Why the thread is not there that it was to be said in, "" where it is: what makes it is no longer before it, and
    was given up. (Not looked for in the lease, which may wait for no ticket.)"""
    if leased.thread_id is None or leased.place.thread or leased.kind in MAKE:
        return ""
    found = threads.get(tx, leased.thread_id)
    if found is None or found.external_id is not None:
        return ""
    return outbox.why_parked(tx, leased.thread_id) or "Its thread was never made."


def _guarded(tx: Tx, now: datetime, ready: Errand) -> Errand | None:
    """The microphone's last look: a reply goes out only under the claim it was written under."""
    assert ready.message is not None and ready.ticket is not None
    ticket = tickets.lock(tx, ready.ticket)
    if ticket is None or may_speak(tx, ticket, ready.message):
        return ready
    if ready.doubt_since is not None:
        return replace(ready, stale=True)
    hold(tx, now, ready.id, ready.fence)
    return None


def may_speak(tx: Tx, ticket: Ticket, message: Message) -> bool:
    """May this reply still go out: its fence is current, and the ticket is unresolved, or was resolved by the author
    after it was written ("Fixed!", /resolve: the words belong to the resolution)?"""
    if message.fence != ticket.fence:
        return False
    if ticket.unresolved:
        return True
    if ticket.status != "resolved" or ticket.resolved_at is None or message.written_at > ticket.resolved_at:
        return False
    by = [event.actor for event in events.of_ticket(tx, ticket.number, 50) if event.kind == "resolved"]
    return by[-1:] == [message.author_id]


def hold(tx: Tx, now: datetime, row_id: int, fence: int) -> bool:
    """Keeps a leased reply from going out, because its claim moved: its author decides."""
    row, ticket = _row(tx, row_id)
    if row is None or not outbox.finish(tx, row_id, fence, state="cancelled", reason="The claim moved."):
        return False
    message = messages.get(tx, row.message_id) if row.message_id else None
    if message is None or ticket is None or message.author_id is None:
        return True
    messages.change(tx, message.id, state="held")
    outgoing.end_offer(tx, now, ticket.number, message.id)
    facts = {"message": message.id, "why": "held_stale", "prevented": False}
    events.add(tx, now, "reply_held", ticket.number, message.author_id, **facts)
    outgoing.mark(tx, now, message, "held")
    say = "held.stale" if message.fence != ticket.fence else "held.resolved"
    failures.tell_author(tx, now, ticket, message, say, replies.held_actions("held_stale", message.id))
    return True


def sent(
    tx: Tx,
    now: datetime,
    row_id: int,
    fence: int,
    room: str,
    message_id: str,
    thread: str,
    shown: str | None = None,
    parts: Sequence[str] = (),
    replaced: bool = False,
) -> bool:
    """It arrived, as `message_id` in `room` ("" where it was sent to), and opened `thread` ("" for none); `replaced`
    where the thread that it was for takes no words any more, and the talk goes on in `thread`.

    `parts` are all its messages where it took several; without a `message_id`, those that a changed post has now.
    `shown` are the words that went out, None where that is not known: if they were edited or deleted on the way, the
    change goes after them.
    """
    row, ticket = _row(tx, row_id)
    if row is None:
        return False
    found = threads.get(tx, row.thread_id) if row.thread_id else None
    place = _place_of(row, found, room)
    if message_id:  # a copy is a copy, even if somebody else sent a second one
        shows = {"ticket": row.ticket, "message_id": row.message_id, "outbox_id": row.id}
        copies.add(tx, place, parts or (message_id,), **shows)
    elif parts:
        copies.change(tx, _changed_at(tx, row), parts)
    if not outbox.finish(tx, row_id, fence, state="sent", sent_at=now, external_id=message_id or None, reason=None):
        return False
    if replaced and row.thread_id and ticket:
        failures.thread_replaced(tx, now, ticket, row.thread_id, thread)
    if row.kind == "card" and message_id:
        arrivals.card_sent(tx, now, row, message_id, thread)
    if found and found.side == "left" and row.kind in INTO_THREADS and message_id:
        scrubbing.late(tx, now, found, message_id)
    if row.kind == "direct" and row.thread_id:
        arrivals.talk_begun(tx, now, row, ticket, place, thread)
    if row.kind == "message" and row.message_id:
        arrivals.words_sent(tx, now, row, place, message_id, shown)
    arrivals.follow(tx, now, row)
    return True


def _row(tx: Tx, row_id: int) -> tuple[Any, Ticket | None]:
    """The row and its ticket, the ticket locked: verbs lock tickets before outbox rows."""
    row = outbox.get(tx, row_id)
    return row, tickets.lock(tx, row.ticket) if row is not None and row.ticket else None


def _place_of(row: Any, found: Thread | None, room: str) -> Place:
    planned = found.room if found else row.payload.get("place", [""])[0]
    return Place(row.connection, room or planned)


def _changed_at(tx: Tx, row: Any) -> Place:
    found = threads.get(tx, row.thread_id) if row.thread_id else None
    return Place(row.connection, errand.posted_in(row, found))


def retry(tx: Tx, now: datetime, row_id: int, fence: int, at: datetime, reason: str) -> bool:
    """Nothing took effect: tried again from `at` on."""
    return outbox.finish(tx, row_id, fence, state="queued", not_before=at, reason=reason[:500], sent_at=None)


def doubt(tx: Tx, now: datetime, row_id: int, fence: int, at: datetime, reason: str) -> bool:
    """It may have arrived: looked at again from `at` on, as something whose sender died."""
    return outbox.doubt(tx, row_id, fence, at, reason[:500])


def renew(tx: Tx, now: datetime, errands: Sequence[Errand], seconds: float) -> None:
    """The leases of what is still under way last `seconds` more."""
    outbox.renew(tx, [(e.id, e.fence) for e in errands], now + timedelta(seconds=seconds))


def give_back(tx: Tx, now: datetime, errands: Sequence[Errand], ats: Sequence[datetime]) -> None:
    """Returns leases under which nothing was begun, each to be leased again from its time on."""
    outbox.give_back(tx, [(e.id, e.fence) for e in errands], list(ats))


def take_back(tx: Tx, now: datetime, owner: str) -> int:
    """A process starts: what others hold and have not begun is leased anew at once, for they may be dead. Returns how
    much that was."""
    return outbox.take_back(tx, now, owner)


def parked(tx: Tx, now: datetime, row_id: int, fence: int, reason: str, kind: str) -> bool:
    """It will never work as it is, for `reason` (a sentence); `kind` as in `bots.port.Hopeless`, "late" where it was
    tried for too long. Who must know is told."""
    row, ticket = _row(tx, row_id)
    if row is None or not outbox.finish(tx, row_id, fence, state="parked", reason=reason[:500]):
        return False
    failures.failed(tx, now, row, ticket, reason[:500], kind)
    return True


def dropped(tx: Tx, now: datetime, row_id: int, fence: int, reason: str) -> bool:
    """It was not worth more attempts, and nobody misses it (a mark)."""
    return outbox.finish(tx, row_id, fence, state="cancelled", reason=reason[:500])


def unknown(tx: Tx, now: datetime, row_id: int, fence: int, reason: str) -> bool:
    """Nobody can know whether it arrived: an agent decides."""
    row, ticket = _row(tx, row_id)
    if row is None or not outbox.finish(tx, row_id, fence, state="unknown", reason=reason[:500]):
        return False
    failures.uncertain(tx, now, row, ticket, reason[:500])
    return True


def retry_message(tx: Tx, now: datetime, message_id: int, agent: int) -> Message:
    """*Retry*, *Resend*: the holder sends again what failed or may have failed. Returns the message.

    A ticket that was solved without these words is open again with them. Raises NotFound, NothingToDo (it is not in
    question any more), NotHolder, WrongStatus (closed).
    """
    found = messages.get(tx, message_id)
    if found is None or found.ticket is None:
        raise NotFound(ticket=0)
    ticket = lock_for_agent(tx, found.ticket, agent)
    found = messages.get(tx, message_id, lock=True)
    if found is None or found.state not in ("failed", "unknown") or found.deleted:
        raise NothingToDo(ticket=ticket.number)
    if ticket.assignee_id != agent:
        raise NotHolder(ticket=ticket.number, holder=name(tx, ticket.assignee_id))
    if not ticket.unresolved and not may_speak(tx, ticket, found):
        ticket = lifecycle.reopen(tx, now, ticket.number, agent)
    messages.change(tx, message_id, state="waiting", fence=ticket.fence)
    events.add(tx, now, "resent", ticket.number, agent, message=message_id)
    failures.reachable_again(tx, ticket)
    outgoing.mirror(tx, now, threads.home(tx, ticket.number), message_id)
    return found


def opened_thread(tx: Tx, now: datetime, thread_id: int, external_id: str) -> None:
    """A thread was made before anything is in it (a topic)."""
    threads.change(tx, thread_id, external_id=external_id)


def moved(tx: Tx, now: datetime, connection: str, old: str, new: str) -> None:
    """A room has another id: its threads and what is queued for it go to the new one. Messages keep the ids that they
    had in the old room, for a new room counts its own from the start."""
    outbox.reroute(tx, connection, old, new)
    known_as = old if tx.directory.names(connection, old) else ""  # so that the desk file still leads there
    threads.rename_room(tx, connection, old, new, known_as)
    events.add(tx, now, "room_moved", None, None, connection=connection, old=old, new=new)


def next_at(tx: Tx, connection: str) -> datetime | None:
    """When the next thing may be leased on a connection; None where nothing waits."""
    return outbox.next_at(tx, connection)
