"""Words from the agents' side: replies, notes, and what is held until somebody decides."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from inbox.desk import albums, care, claims, lifecycle, outgoing, promises
from inbox.desk.access import is_agent, lock_for_agent, name
from inbox.desk.albums import Enclosed
from inbox.desk.matter import mirror_to_desk, store_words
from inbox.desk.microphone import Hold, Microphone, Verdict, Words, believed, judge, strip_mark
from inbox.errors import BadInput, NotFound, NothingToDo, NotHolder, OverCapacity, WrongStatus
from inbox.model import Message, MessageState, Person, Said, Thread, Ticket
from inbox.storable import storable
from inbox.store import Tx, events, messages, outbox, people, threads, tickets

STATES: dict[Verdict, MessageState] = {"reply": "waiting", "held_off": "held", "held_stale": "held"}
TEXT_LIMIT = 20_000  # characters of one message; longer words are refused with a sentence, never cut


@dataclass(frozen=True, slots=True)
class Written:
    """What became of an agent's words: the message, the verdict, and the ticket as it is."""

    message_id: int
    verdict: Verdict
    ticket: Ticket


def said_at_desk(tx: Tx, now: datetime, said: Said, thread: Thread, author: Person, identity_id: int) -> Written:
    """Words that somebody wrote in a ticket's desk thread: the microphone decides where they go."""
    ticket = tickets.lock(tx, thread.ticket)
    if ticket is None:
        raise NotFound(ticket=thread.ticket)
    to_colleague = _to_colleague(tx, said, ticket, author.id)
    words = Words(author.id, said.text, said.at, to_colleague, aside=_aside(tx, said, thread))
    speaks = is_agent(tx, ticket, author.id) and author.id != ticket.requester_id
    verdict = judge(words, _microphone(tx, ticket, said.at, now)) if speaks else "note"
    if verdict == "hint" and not words.aside and _claims_by_words(tx, now, ticket, author.id):
        ticket, verdict = tickets.get(tx, ticket.number) or ticket, "reply"
    message_id = _store(tx, now, said, ticket, author.id, verdict)
    _carry_out(tx, now, verdict, ticket, message_id, author, said, identity_id)
    return Written(message_id, verdict, ticket)


def _claims_by_words(tx: Tx, now: datetime, ticket: Ticket, agent: int) -> bool:
    """In a queue where whoever answers first holds it, plain words claim a ticket that nobody holds."""
    queue = tx.directory.queue(ticket.queue)
    if queue.claim_by_reply != "words" or queue.voice == "explicit" or ticket.assignee_id is not None:
        return False
    try:
        claims.claim(tx, now, ticket.number, agent)
    except (OverCapacity, WrongStatus):  # then the words stay inside, as anywhere else
        return False
    return True


def _aside(tx: Tx, said: Said, thread: Thread) -> bool:
    """Was it written under a nag, say, in the room, which is about the ticket but no part of its talk?"""
    if thread.external_id:
        return said.place.thread != thread.external_id
    place = said.place  # a chain of answers hangs together by what was said in it
    answered = said.reply_to or place.thread
    ours = messages.copy_ticket(tx, place.connection, place.room, answered) is not None
    return ours and outbox.thread_of_copy(tx, place.connection, place.room, answered) is None


def _microphone(tx: Tx, ticket: Ticket, at: datetime, now: datetime) -> Microphone:
    queue = tx.directory.queue(ticket.queue)
    return Microphone(
        believed([Hold(*row) for row in tickets.holds(tx, ticket.number)], at, now),
        ticket.fence,
        ticket.microphone,
        resolved=not ticket.unresolved,
        explicit=queue.voice == "explicit",
        grace_seconds=tx.directory.desk.windows.former_holder,
    )


def _to_colleague(tx: Tx, said: Said, ticket: Ticket, author: int) -> bool:
    """Do the words mention or answer somebody else of the desk, of whichever queue?"""
    place = said.place
    if said.mentions and people.agents_among(tx, place.connection, said.mentions) - {author, ticket.requester_id}:
        return True
    if not said.reply_to:
        return False
    answered = messages.at(tx, place, said.reply_to)
    return bool(answered and answered.author_id not in (None, author) and answered.role == "agent")


def _store(tx: Tx, now: datetime, said: Said, ticket: Ticket, author: int, verdict: Verdict) -> int:
    public = verdict in ("reply", "held_off", "held_stale")
    state = STATES.get(verdict, "noted")
    text = said.text if public else strip_mark(said.text)[0]
    tx.tickets.add(ticket.number)
    return store_words(
        tx,
        now,
        said,
        ticket.number,
        author,
        "agent",
        kind="message" if public else "note",
        text=text,
        state=state,
        fence=ticket.fence,
    )


def _carry_out(
    tx: Tx,
    now: datetime,
    verdict: Verdict,
    ticket: Ticket,
    message_id: int,
    author: Person,
    said: Said,
    identity_id: int,
) -> None:
    number = ticket.number
    if verdict == "reply":
        events.add(tx, now, "reply_written", number, author.id, message=message_id, fence=ticket.fence)
        _send(tx, now, ticket, message_id)
        if not said.retractable and tx.directory.queue(ticket.queue).undo_seconds:
            thread, button = threads.desk(tx, number), f"undo:{message_id}"
            outgoing.notice(tx, now, thread, "undo.offer", (button,), ticket=number, undo=message_id)
        return
    kind = {"held_off": "reply_held", "held_stale": "reply_held"}.get(verdict, "note")
    beside = verdict == "note" and ticket.assignee_id not in (None, author.id) and is_agent(tx, ticket, author.id)
    prevented = beside and not strip_mark(said.text)[1]  # what was meant as a note kept nobody from answering
    events.add(tx, now, kind, number, author.id, message=message_id, why=verdict, prevented=prevented)
    facts = {"ticket": number, "requester": name(tx, ticket.requester_id), "holder": name(tx, ticket.assignee_id)}
    if verdict in ("held_off", "held_stale"):
        actions = held_actions(verdict, message_id)
        outgoing.direct(tx, now, author.id, number, f"held.{verdict}", actions, prefer=said.place.connection, **facts)
        held = messages.get(tx, message_id)
        if held:
            outgoing.mark(tx, now, held, "held")
    elif verdict == "hint":
        explicit = tx.directory.queue(ticket.queue).voice == "explicit"
        say = "hint.explicit" if explicit else "hint.claim"
        actions = (f"claimsend:{message_id}",) if say == "hint.claim" else (f"replyform:{number}",)
        outgoing.whisper(tx, now, identity_id, said.place, number, say, actions, **facts)
    elif verdict == "command":
        outgoing.whisper(tx, now, identity_id, said.place, number, "hint.command", (), words=said.text[:60], **facts)


def held_actions(verdict: str, message_id: int) -> tuple[str, ...]:
    """The buttons under held words."""
    if verdict == "held_off":
        return (f"send:{message_id}", f"asnote:{message_id}")
    return (f"takesend:{message_id}", f"asnote:{message_id}", f"discard:{message_id}")


def _send(tx: Tx, now: datetime, ticket: Ticket, message_id: int, *, undo: bool = True) -> None:
    """Queues words for the requester's side: to the newest home thread, not before the undo window ends."""
    seconds, home = tx.directory.queue(ticket.queue).undo_seconds if undo else 0, threads.home(tx, ticket.number)
    outgoing.mirror(tx, now, home, message_id, now + timedelta(seconds=seconds))
    if home:
        outbox.put_in_order(tx, home.id)


def reply(
    tx: Tx,
    now: datetime,
    number: int,
    agent: int,
    text: str,
    *,
    key: str = "",
    fence: int | None = None,
    enclosed: Enclosed | None = None,
) -> Written:
    """An explicit reply (command, form, web) to the requester; with files enclosed it needs no words. An unclaimed
    ticket is claimed with it.

    `fence` is the fence that the author saw; where it moved, or another agent holds the ticket, the words are held and
    the author decides. `key` is the natural key of the deed: repeated, nothing happens twice. Raises NotFound, BadInput
    (empty, too long), WrongStatus (resolved or closed), NothingToDo (the same deed again), NotHolder (nobody holds it,
    in a queue where a reply does not claim).
    """
    text = _checked(text, enclosed)
    if key and not events.first_time(tx, f"reply/{key}", now):
        raise NothingToDo(ticket=number)
    ticket = lock_for_agent(tx, number, agent)
    if not ticket.unresolved:
        raise WrongStatus(ticket=number, status=ticket.status)
    if ticket.assignee_id is None and tx.directory.queue(ticket.queue).claim_by_reply == "never":
        raise NotHolder(ticket=number, holder="")
    mine = ticket.assignee_id in (None, agent) and fence in (None, ticket.fence)
    if mine:
        ticket = claims.claim(tx, now, number, agent).ticket
    message_id = _own_words(tx, now, ticket, agent, text, "message", "waiting" if mine else "held", enclosed)
    if mine:
        events.add(tx, now, "reply_written", number, agent, message=message_id, fence=ticket.fence)
        _send(tx, now, ticket, message_id)
        mirror_to_desk(tx, now, ticket, message_id)
        return Written(message_id, "reply", ticket)
    events.add(tx, now, "reply_held", number, agent, message=message_id, why="held_stale", prevented=True)
    return Written(message_id, "held_stale", ticket)


def announce(tx: Tx, now: datetime, ticket: Ticket, agent: int, text: str) -> None:
    """Words of an incident's holder to the requester of one of its cases, which is locked and which nobody else holds.
    They were open to undo before."""
    message_id = _own_words(tx, now, ticket, agent, text, "message", "waiting", None)
    events.add(tx, now, "reply_written", ticket.number, agent, message=message_id, fence=ticket.fence)
    _send(tx, now, ticket, message_id, undo=False)
    mirror_to_desk(tx, now, ticket, message_id)


def note(
    tx: Tx, now: datetime, number: int, agent: int, text: str, *, key: str = "", enclosed: Enclosed | None = None
) -> Written:
    """Internal words, shown in the desk thread and the web, never to the requester. Raises NotFound, BadInput."""
    text = _checked(text, enclosed)
    if key and not events.first_time(tx, f"note/{key}", now):
        raise NothingToDo(ticket=number)
    ticket = lock_for_agent(tx, number, agent)
    message_id = _own_words(tx, now, ticket, agent, text, "note", "noted", enclosed)
    events.add(tx, now, "note", number, agent, message=message_id, why="explicit", prevented=False)
    mirror_to_desk(tx, now, ticket, message_id)
    return Written(message_id, "note", ticket)


def _checked(text: str, enclosed: Enclosed | None) -> str:
    return "" if enclosed and not text.strip() else checked(text)


def jot(tx: Tx, now: datetime, number: int, agent: int, text: str) -> int:
    """The note with which an agent opens a ticket; returns its id."""
    ticket = tickets.get(tx, number)
    assert ticket is not None
    return _own_words(tx, now, ticket, agent, text, "note", "noted", None)


def checked(text: str) -> str:
    """Words as they may be stored. Raises BadInput (`empty_words`, `too_long`)."""
    text = storable(text).strip()
    if not text:
        raise BadInput("empty_words")
    if len(text) > TEXT_LIMIT:
        raise BadInput("too_long", limit=TEXT_LIMIT, length=len(text))
    return text


def _own_words(
    tx: Tx, now: datetime, ticket: Ticket, agent: int, text: str, kind: str, state: str, enclosed: Enclosed | None
) -> int:
    tx.tickets.add(ticket.number)
    message_id = messages.add(
        tx,
        {
            "ticket": ticket.number,
            "kind": kind,
            "role": "agent",
            "author_id": agent,
            "text": text,
            "written_at": now,
            "received_at": now,
            "state": state,
            "fence": ticket.fence,
        },
    )
    if enclosed:
        albums.keep(tx, now, message_id, enclosed.place, enclosed.files, enclosed.album)
    return message_id


def _mine(tx: Tx, message_id: int, agent: int, *states: str) -> tuple[Message, Ticket]:
    """An agent's own words in one of these states, with their ticket locked. Raises NotFound, NothingToDo."""
    found = messages.get(tx, message_id)
    if found is None or found.ticket is None or found.author_id != agent:
        raise NotFound(ticket=0)
    ticket = lock_for_agent(tx, found.ticket, agent)
    found = messages.get(tx, message_id, lock=True)
    if found is None or found.state not in states or found.deleted:
        raise NothingToDo(ticket=ticket.number)
    return found, ticket


def send_held(tx: Tx, now: datetime, message_id: int, agent: int) -> Written:
    """*Send*: the holder sends their held words, and the microphone is on from now.

    A solved ticket is open again with them. Raises NotFound, NothingToDo (decided before), NotHolder (somebody else
    took the ticket), WrongStatus (closed).
    """
    found, ticket = _mine(tx, message_id, agent, "held")
    ticket = _awake(tx, now, ticket, agent)
    if ticket.assignee_id != agent:
        raise NotHolder(ticket=ticket.number, holder=name(tx, ticket.assignee_id))
    if not ticket.microphone:
        ticket = tickets.change(tx, ticket.number, microphone=True)
    return _release_words(tx, now, found, ticket, agent)


def take_and_send(tx: Tx, now: datetime, message_id: int, agent: int) -> Written:
    """*Take over and send*: takes the claim, then sends the held words. Raises as `take_over` and `send_held`."""
    found, ticket = _mine(tx, message_id, agent, "held")
    ticket = _awake(tx, now, ticket, agent)
    ticket = claims.take_over(tx, now, ticket.number, agent).ticket
    return _release_words(tx, now, found, ticket, agent)


def claim_and_send(tx: Tx, now: datetime, message_id: int, agent: int) -> Written:
    """*Claim and send*: claims the ticket and sends what its author had written as a note.

    Raises as `claim`, and NotHolder for a ticket that somebody else solved: it stays so.
    """
    found, ticket = _mine(tx, message_id, agent, "noted")
    if not ticket.unresolved and (ticket := _awake(tx, now, ticket, agent)).assignee_id not in (None, agent):
        raise NotHolder(ticket=ticket.number, holder=name(tx, ticket.assignee_id))
    ticket = claims.claim(tx, now, ticket.number, agent).ticket
    return _release_words(tx, now, found, ticket, agent)


def _awake(tx: Tx, now: datetime, ticket: Ticket, agent: int) -> Ticket:
    """Words to the requester of a solved ticket open it again. Raises WrongStatus for a closed one."""
    return ticket if ticket.unresolved else lifecycle.reopen(tx, now, ticket.number, agent)


def _release_words(tx: Tx, now: datetime, found: Message, ticket: Ticket, agent: int) -> Written:
    messages.change(tx, found.id, state="waiting", kind="message", fence=ticket.fence)
    events.add(tx, now, "reply_written", ticket.number, agent, message=found.id, fence=ticket.fence)
    _send(tx, now, ticket, found.id, undo=False)
    _show_colleagues(tx, now, ticket, found)
    return Written(found.id, "reply", ticket)


def keep_as_note(tx: Tx, now: datetime, message_id: int, agent: int) -> Written:
    """*Save as note*: held words stay inside. Raises NotFound, NothingToDo."""
    found, ticket = _mine(tx, message_id, agent, "held", "failed", "unknown")
    messages.change(tx, found.id, state="noted", kind="note")
    events.add(tx, now, "note", ticket.number, agent, message=found.id, why="held", prevented=False)
    _show_colleagues(tx, now, ticket, found)
    return Written(found.id, "note", ticket)


def _show_colleagues(tx: Tx, now: datetime, ticket: Ticket, found: Message) -> None:
    """Words that were not written in the desk thread are shown there, once."""
    if found.place is None and not outbox.is_for(tx, found.id, "desk"):
        mirror_to_desk(tx, now, ticket, found.id)


def discard(tx: Tx, now: datetime, message_id: int, agent: int) -> Written:
    """*Discard*: held words are given up; they stay in the ticket's history. Raises NotFound, NothingToDo."""
    found, ticket = _mine(tx, message_id, agent, "held", "failed", "unknown")
    messages.change(tx, found.id, state="cancelled")
    events.add(tx, now, "discarded", ticket.number, agent, message=found.id)
    return Written(found.id, "note", ticket)


def undo(tx: Tx, now: datetime, message_id: int, agent: int) -> Written:
    """*Undo*: takes words back while they wait in the undo window. Raises NotFound, NothingToDo (they went out)."""
    found, ticket = _mine(tx, message_id, agent, "waiting")
    if not outbox.cancel_message(tx, found.id, "home"):
        raise NothingToDo(ticket=ticket.number)
    outbox.cancel_message(tx, found.id)
    messages.change(tx, found.id, state="cancelled")
    events.add(tx, now, "undone", ticket.number, agent, message=found.id)
    outgoing.follow_change(tx, now, found, messages.copies(tx, found.id), "delete")  # colleagues may have read it
    outgoing.end_offer(tx, now, ticket.number, found.id)
    return Written(found.id, "note", ticket)


def sent(tx: Tx, now: datetime, message: Message) -> None:
    """A reply reached the requester's side: promises are met as of when it was written, the claim's timer ends."""
    if message.ticket is None:
        return
    ticket = tickets.lock(tx, message.ticket)
    if ticket is None:
        return
    since = ticket.awaiting_since  # of what was asked since then, these words answer what came before them
    awaiting = messages.oldest_asked(tx, ticket.number, message.written_at, since) if since else None
    ticket = tickets.change(tx, ticket.number, answered=True, awaiting_since=awaiting, updated_at=now)
    events.add(tx, now, "replied", ticket.number, message.author_id, message=message.id)
    promises.replied(tx, now, ticket, message.written_at)
    outgoing.end_offer(tx, now, ticket.number, message.id)
    care.stop_return(tx, now, ticket)
    if awaiting:
        care.start_return(tx, now, ticket)  # the lease counts from the question that still waits
    outgoing.card(tx, now, ticket.number)
