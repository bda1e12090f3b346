"""One problem that many have: an incident gathers their tickets as its cases.

There is one nag instead of forty, the incident's; what its holder announces is the answer to every case that nobody
else holds; and its cases are resolved with it. The intake rooms of its queue are told, which answers newcomers.
"""

from datetime import datetime, timedelta
from typing import Any

from inbox.desk import lifecycle, outgoing, replies
from inbox.desk.access import lock_for_agent, name
from inbox.desk.sorting import rename
from inbox.directory import Directory, Queue, Room
from inbox.errors import BadInput, NotHolder, WrongStatus
from inbox.model import Message, Place, Ticket
from inbox.store import Tx, alarms, events, messages, relations, threads, tickets

ANNOUNCE = "announce"  # kind of alarms, by the announced message
# what is not taken back goes to the cases, also where the incident's own requester cannot be reached
ANNOUNCED = ("waiting", "sent", "failed", "unknown")
LOT = 50  # cases in one transaction
MOST = 5_000  # cases of one incident


def declare(tx: Tx, now: datetime, number: int, agent: int, title: str = "") -> Ticket:
    """A ticket's matter is an incident from now on, called `title`; the queue's intake rooms are told of it. Doing it
    twice succeeds. Raises NotFound, WrongStatus (resolved or closed), BadInput: `subject_long`, `incident_title` (none
    was given, now or before, and what the requester wrote to the desk is not for all who read those rooms)."""
    ticket = lock_for_agent(tx, number, agent)
    if not ticket.unresolved:
        raise WrongStatus(ticket=number, status=ticket.status)
    if title.strip():
        ticket = rename(tx, now, number, agent, title)
    if ticket.incident:
        return ticket
    if not title.strip() and not any(event.kind == "renamed" for event in events.of_ticket(tx, number)):
        raise BadInput("incident_title", ticket=number)
    after = tickets.change(tx, number, incident=True, updated_at=now)
    events.add(tx, now, "incident", number, agent)
    _tell_rooms(tx, now, after, "incident.known")
    outgoing.card(tx, now, number)
    return after


def gather(tx: Tx, now: datetime, number: int, agent: int, incident: int) -> Ticket:
    """A ticket is a case of an incident. Doing it twice succeeds; it is a case of one incident only.

    Raises NotFound, WrongStatus (either is resolved or closed), BadInput: `same_ticket`, `no_incident` (the other one
    is none), `case_is_incident`, `case_private` (one of the queues is confidential), `many_cases`.
    """
    if number == incident:
        raise BadInput("same_ticket", ticket=number)
    locked = {one: lock_for_agent(tx, one, agent) for one in sorted((number, incident))}
    case, whole = locked[number], locked[incident]
    _check(tx, case, whole)
    before = relations.target(tx, number, "incident")
    if before == incident:
        return whole
    if before is not None:
        relations.remove(tx, number, before, "incident")
    relations.add(tx, number, incident, "incident", now)
    events.add(tx, now, "gathered", number, agent, other=incident)
    for one in {number, incident, before or incident}:
        outgoing.card(tx, now, one)
    return whole


def _check(tx: Tx, case: Ticket, whole: Ticket) -> None:
    if not whole.incident:
        raise BadInput("no_incident", ticket=whole.number)
    if case.incident:
        raise BadInput("case_is_incident", ticket=case.number)
    for one in (case, whole):
        if not one.unresolved:
            raise WrongStatus(ticket=one.number, status=one.status)
        if tx.directory.queue(one.queue).private and case.queue != whole.queue:
            raise BadInput("case_private", ticket=one.number)
    if len(relations.sources(tx, whole.number, "incident", MOST)) >= MOST:
        raise BadInput("many_cases", limit=MOST)


def leave(tx: Tx, now: datetime, number: int, agent: int) -> Ticket:
    """The ticket is no case any more. Raises NotFound."""
    ticket = lock_for_agent(tx, number, agent)
    incident = relations.target(tx, number, "incident")
    if incident is not None and relations.remove(tx, number, incident, "incident"):
        events.add(tx, now, "ungathered", number, agent, other=incident)
        for one in (number, incident):
            outgoing.card(tx, now, one)
    return ticket


def parted(tx: Tx, now: datetime, ticket: Ticket, actor: int | None) -> None:
    """A ticket went into a confidential queue, or out of one: it is no case any more, nor are others its cases."""
    number, whole = ticket.number, relations.target(tx, ticket.number, "incident")
    pairs = [(case, number) for case in relations.sources(tx, number, "incident", MOST)]
    for case, of in pairs if whole is None else [(number, whole), *pairs]:
        relations.remove(tx, case, of, "incident")
        events.add(tx, now, "ungathered", case, actor, other=of)
        outgoing.card(tx, now, of if case == number else case)


def announce(tx: Tx, now: datetime, number: int, agent: int, text: str, key: str = "") -> int:
    """The incident's holder answers all of its cases at once, and its own requester; who holds nothing yet claims it
    with that. Returns how many cases there are. Cases that a colleague holds are theirs to answer: they are shown the
    words. Taken back inside the undo window it reaches nobody.

    Raises NotFound, BadInput (`no_incident`, `empty_words`, `too_long`), NotHolder, WrongStatus, OverCapacity.
    """
    ticket = lock_for_agent(tx, number, agent)
    if not ticket.incident:
        raise BadInput("no_incident", ticket=number)
    if ticket.assignee_id not in (None, agent):
        raise NotHolder(ticket=number, holder=name(tx, ticket.assignee_id))
    written = replies.reply(tx, now, number, agent, text, key=key)
    undo = timedelta(seconds=tx.directory.queue(ticket.queue).undo_seconds)
    alarms.put(tx, ANNOUNCE, written.message_id, now + undo)
    cases = relations.sources(tx, number, "incident", MOST)
    events.add(tx, now, "announced", number, agent, message=written.message_id, cases=len(cases))
    return len(cases)


def lock_announced(tx: Tx, message_id: int) -> None:
    """The locks of `tick_announce`: the incident and the cases that are next, in the order in which everybody locks."""
    found = messages.get(tx, message_id)
    if found and found.ticket is not None:
        tickets.lock_all(tx, [found.ticket, *_next_cases(tx, found.ticket, f"announce/{message_id}")])


def tick_announce(tx: Tx, now: datetime, message_id: int) -> None:
    """The announced words go to the cases, some at a time, each once."""
    said = messages.get(tx, message_id)
    if said is None or said.ticket is None or said.author_id is None or said.deleted:
        return
    if said.state not in ANNOUNCED:
        return
    key = f"announce/{message_id}"
    lot = _next_cases(tx, said.ticket, key)
    for number in lot:
        if events.first_time(tx, f"{key}/{number}", now):
            _answer(tx, now, number, said)
    if len(lot) == LOT:
        alarms.put(tx, ANNOUNCE, message_id, now)


def _next_cases(tx: Tx, incident: int, key: str) -> list[int]:
    """The first of an incident's cases that something, remembered under that key, was not yet done with."""
    cases = relations.sources(tx, incident, "incident", MOST)
    done = events.known(tx, [f"{key}/{case}" for case in cases])
    return [case for case in cases if f"{key}/{case}" not in done][:LOT]


def _answer(tx: Tx, now: datetime, number: int, said: Message) -> None:
    ticket = tickets.lock(tx, number)
    if ticket is None or not ticket.unresolved or said.author_id is None:
        return
    if ticket.assignee_id in (None, said.author_id):
        replies.announce(tx, now, ticket, said.author_id, said.text)
        return
    facts: dict[str, Any] = {"ticket": number, "other": said.ticket, "by": name(tx, said.author_id), "quote": said.text}
    outgoing.notice(tx, now, threads.desk(tx, number), "incident.announced", **facts)


# Resolved together


def lock_cases(tx: Tx, number: int) -> None:
    """The locks of `tick_resolve`, in the same order."""
    whole = tickets.get(tx, number)
    if whole:
        tickets.lock_all(tx, [number, *_next_cases(tx, number, _over(whole))])


def tick_resolve(tx: Tx, now: datetime, number: int) -> None:
    """The incident is over: the intake rooms are told, and the cases that nobody else holds are resolved, some at a
    time; who holds another is told."""
    whole = tickets.get(tx, number)
    if whole is None or whole.unresolved:
        return
    if events.first_time(tx, f"over/{number}/{whole.cycle}", now):
        _tell_rooms(tx, now, whole, "incident.over")
    lot = _next_cases(tx, number, _over(whole))
    for case in lot:
        if events.first_time(tx, f"{_over(whole)}/{case}", now):
            _follow(tx, now, case, whole)
    if len(lot) == LOT:
        alarms.put(tx, lifecycle.CASES, number, now)


def _over(whole: Ticket) -> str:
    return f"cases/{whole.number}/{whole.cycle}"


def _follow(tx: Tx, now: datetime, number: int, whole: Ticket) -> None:
    ticket = tickets.lock(tx, number)
    if ticket is None or not ticket.unresolved:
        return
    if ticket.assignee_id in (None, whole.assignee_id):
        lifecycle.resolved(tx, now, ticket, whole.assignee_id, "resolved.told")
        return
    outgoing.notice(
        tx,
        now,
        threads.desk(tx, number),
        "incident.case_left",
        (f"resolve:{number}",),
        ticket=number,
        other=whole.number,
    )


# Who is told


def _tell_rooms(tx: Tx, now: datetime, ticket: Ticket, say: str) -> None:
    """In the rooms where requesters of the queue write; nothing of a confidential one."""
    queue = tx.directory.queue(ticket.queue)
    for room in () if queue.private else _rooms(tx.directory, queue):
        place = Place(room.connection, room.external_id)
        outgoing.in_place(tx, now, place, say, subject=ticket.subject, queue=queue.title)


def _rooms(directory: Directory, queue: Queue) -> list[Room]:
    found = (directory.rooms.get(str(ref)) for ref in queue.intake)
    return [room for room in found if room is not None and room.kind != "forum"]
