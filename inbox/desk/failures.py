"""When words did not arrive: what that means for the ticket, and who is told."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from inbox.desk import access, gathered, nps, outgoing, surveys
from inbox.model import Message, Ticket
from inbox.store import Tx, events, messages, outbox, people, threads

ANSWERS = ("agent", "bot")


def failed(tx: Tx, now: datetime, row: Any, ticket: Ticket | None, reason: str, kind: str) -> None:
    """A row was given up for `reason`; `kind` "blocked" says that the person cannot be written to."""
    told = kind == "blocked" and _unreachable(tx, now, row, ticket, reason)
    question = row.payload.get("facts", {}).get("nps")
    if question is not None and row.kind != "rewrite":
        nps.undeliverable(tx, now, question, reason)
    if row.kind == "direct" and "digest" in row.payload.get("facts", {}):
        gathered.elsewhere(tx, now, row.payload["facts"]["digest"])
    if ticket is None:
        return
    reply = _reply(tx, row)
    events.add(tx, now, "delivery_failed", ticket.number, None, **_facts(row, reason))
    if kind == "gone" and row.kind in ("message", "notice") and _in_desk_thread(tx, row):
        outgoing.card(
            tx, now, ticket.number
        )  # where its place is gone too, a new one is made, and these words go there
    if reply:
        messages.change(tx, reply.id, state="failed")
        outgoing.end_offer(tx, now, ticket.number, reply.id)
        outgoing.mark(tx, now, reply, "failed")
        tell_author(tx, now, ticket, reply, "failed.reply", _choices("retry", reply), reason=reason)
    elif row.kind == "direct" and row.thread_id:
        if not told:
            _cannot_be_reached(tx, now, ticket, reason)
    elif row.kind == "direct":
        _elsewhere(tx, now, row, ticket, kind)
    survey = row.payload.get("facts", {}).get("survey")
    if survey is not None and row.kind != "rewrite":
        surveys.undeliverable(tx, now, survey, reason)


def uncertain(tx: Tx, now: datetime, row: Any, ticket: Ticket | None, reason: str) -> None:
    """Nobody can know whether a row arrived."""
    if ticket is None:
        return
    events.add(tx, now, "delivery_unknown", ticket.number, None, **_facts(row, reason))
    reply = _reply(tx, row)
    if row.kind == "direct" and row.thread_id:
        _cannot_be_reached(tx, now, ticket, reason)
    if reply:
        messages.change(tx, reply.id, state="unknown")
        outgoing.end_offer(tx, now, ticket.number, reply.id)
        tell_author(tx, now, ticket, reply, "failed.unknown", _choices("resend", reply), reason=reason)


def tell_author(
    tx: Tx, now: datetime, ticket: Ticket, message: Message, say: str, actions: outgoing.Actions, **facts: Any
) -> None:
    """Tells who wrote words what became of them, by direct message; in the desk thread where they have none."""
    if message.author_id is None:
        return
    shown = {
        "ticket": ticket.number,
        "requester": access.name(tx, ticket.requester_id),
        "holder": access.name(tx, ticket.assignee_id),
        "quote": message.text[:300],
        **facts,
    }
    prefer = message.place.connection if message.place else outgoing.desk_connection(tx, ticket)
    if not outgoing.direct(tx, now, message.author_id, ticket.number, say, actions, prefer=prefer, **shown):
        _in_thread(tx, now, ticket, message.author_id, say, actions, shown)


def _in_thread(
    tx: Tx, now: datetime, ticket: Ticket, agent: int, say: str, actions: outgoing.Actions, facts: Mapping[str, Any]
) -> None:
    """What was for an agent alone, in the ticket's desk thread; without people's words where these stay in the web."""
    mirrors = tx.directory.queue(ticket.queue).thread == "mirror"
    shown = {fact: value for fact, value in facts.items() if mirrors or fact != "quote"}
    outgoing.notice(tx, now, _made(tx, ticket), say, actions, **{**shown, "to": access.name(tx, agent)})


def thread_replaced(tx: Tx, now: datetime, ticket: Ticket, thread_id: int, to: str) -> None:
    """A thread takes no words any more: the talk goes on in another, `to`, or below what it hung on ("").

    What was given up for want of it goes there too, and the agents are told.
    """
    found = threads.get(tx, thread_id)
    if found is None or found.external_id in (None, to):
        return
    threads.change(tx, thread_id, external_id=to, root=found.root or found.external_id)
    outbox.revive(tx, ticket.number, thread_id, now)
    facts = {"side": found.side, "connection": found.connection, "thread": found.external_id, "to": to}
    events.add(tx, now, "thread_replaced", ticket.number, None, **facts)
    say = f"thread.{found.side}" if to else f"thread.{found.side}_room"
    requester = access.name(tx, ticket.requester_id)
    outgoing.notice(tx, now, _made(tx, ticket), say, ticket=ticket.number, requester=requester)


def no_private_thread(tx: Tx, now: datetime, ticket: Ticket) -> None:
    """The platform made no thread for the requester alone, and the talk is in direct messages: the agents are told."""
    requester = access.name(tx, ticket.requester_id)
    outgoing.notice(tx, now, _made(tx, ticket), "thread.no_private", ticket=ticket.number, requester=requester)


def reachable_again(tx: Tx, ticket: Ticket) -> None:
    """Somebody wants to try again: the requester counts as reachable until the platform says otherwise."""
    for found in people.identities(tx, ticket.requester_id):
        if found.unreachable:
            people.set_unreachable(tx, found.id, None)


def _reply(tx: Tx, row: Any) -> Message | None:
    """The agent's words to the requester that a row carries, or the desk's own answer; None for anything else."""
    if row.kind != "message" or not row.message_id or not row.thread_id:
        return None
    thread, message = threads.get(tx, row.thread_id), messages.get(tx, row.message_id)
    return message if thread and message and thread.side == "home" and message.role in ANSWERS else None


def _in_desk_thread(tx: Tx, row: Any) -> bool:
    """Was it for a desk thread that was there once?"""
    thread = threads.get(tx, row.thread_id) if row.thread_id else None
    return thread is not None and thread.side == "desk" and thread.external_id is not None


def _facts(row: Any, reason: str) -> dict[str, Any]:
    return {"reason": reason, "what": row.kind, "connection": row.connection, "message": row.message_id}


def _choices(again: str, message: Message) -> outgoing.Actions:
    return (f"{again}:{message.id}", f"asnote:{message.id}", f"discard:{message.id}")


def _unreachable(tx: Tx, now: datetime, row: Any, ticket: Ticket | None, reason: str) -> bool:
    """Marks the account; where it is the requester's, the ticket says so, once. True where it did."""
    if row.identity_id:
        blocked = people.identity_of(tx, row.identity_id)
        accounts = [blocked] if blocked else []
    else:
        accounts = people.identities(tx, ticket.requester_id) if ticket else []
        accounts = [account for account in accounts if account.connection == row.connection]
    news = [account for account in accounts if not account.unreachable]
    for account in news:
        people.set_unreachable(tx, account.id, reason)
    if ticket is None or all(account.person_id != ticket.requester_id for account in news):
        return False
    _cannot_be_reached(tx, now, ticket, reason)
    return True


def _cannot_be_reached(tx: Tx, now: datetime, ticket: Ticket, reason: str) -> None:
    """The agents are told, in the ticket's desk thread; where its card is only about to stand, after it."""
    events.add(tx, now, "requester_unreachable", ticket.number, ticket.requester_id, reason=reason)
    number, requester = ticket.number, access.name(tx, ticket.requester_id)
    say = "failed.unreachable"
    outgoing.notice(tx, now, _made(tx, ticket), say, ticket=number, requester=requester, reason=reason)


def _elsewhere(tx: Tx, now: datetime, row: Any, ticket: Ticket, kind: str) -> None:
    """A direct message that failed is for an agent: another account of theirs, else the ticket's desk thread."""
    account = people.identity_of(tx, row.identity_id) if row.identity_id else None
    if account is None or not access.is_agent(tx, ticket, account.person_id):
        return
    say, facts, actions = row.payload["say"], row.payload.get("facts", {}), tuple(row.payload.get("actions", ()))
    others = [i for i in people.identities(tx, account.person_id) if i.id != account.id and not i.unreachable]
    if kind == "blocked" and others:
        outgoing.direct(tx, now, account.person_id, ticket.number, say, actions, **facts)
    else:
        _in_thread(tx, now, ticket, account.person_id, say, actions, facts)


def _made(tx: Tx, ticket: Ticket) -> Any:
    """The ticket's desk thread, unless its card was given up: telling there of a failure must not fail for ever."""
    thread = threads.desk(tx, ticket.number)
    return thread if thread and (thread.external_id is not None or not outbox.why_parked(tx, thread.id)) else None
