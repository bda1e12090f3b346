"""What buttons, commands and forms do: each a deed of a person, in one transaction, with its answer."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from bots import accounts, cards, commands, status, ways, welcome
from bots.commands import Asked
from bots.forms import split
from bots.port import Answer, Card, Command, Filled, Pointed, Press
from bots.texts import phrase
from inbox.desk import asking, carddata, care, claims, direct, intake, lifecycle, outgoing, replies, resend, surveys
from inbox.desk.access import name, signed
from inbox.desk.matter import Received
from inbox.errors import BadInput, NotFound, NothingToDo
from inbox.locale import say
from inbox.model import Account, Person, Place, Said, Ticket
from inbox.store import Tx, events, messages, people, threads, tickets

MENTION = re.compile(r"<@!?([A-Z0-9]+)(?:\|[^>]*)?>|@?(.+)", re.DOTALL)
QUEUE_LIMIT = 10
LONGEST_NUMBER = 12  # digits


def press(tx: Tx, now: datetime, language: str, pressed: Press) -> Answer:
    """A button was pressed. Raises DeskError's branches; an action that nobody knows is BadInput."""
    person, _ = _somebody(tx, now, pressed.by)
    if not _first_time(tx, now, pressed.key):
        return Answer()
    verb, arguments = split(pressed.action)
    if verb == "new" and len(arguments) == 1:
        return _decided(language, direct.decide(tx, now, person.id, queue_key=arguments[0]))
    if verb == "queue" and len(arguments) == 1 and pressed.direct:
        return replace(welcome.choose(tx, now, language, person, pressed.place, arguments[0]), replace=True)
    numbers = _numbers(arguments)
    if verb == "same":
        return _decided(language, direct.decide(tx, now, person.id, same=numbers[0]))
    if verb == "rate" and len(numbers) == 2:
        surveys.rate(tx, now, numbers[0], person.id, numbers[1])
        return Answer(Card(text=say(language, "answer.rated")))
    if verb in WORDS:
        written = WORDS[verb](tx, now, numbers[0], person.id)
        requester = name(tx, written.ticket.requester_id)
        return Answer(
            Card(text=say(language, f"answer.words.{verb}", ticket=written.ticket.number, requester=requester))
        )
    if verb in ("retry", "resend"):
        resend.again(tx, now, numbers[0], person.id)
        return Answer(Card(text=say(language, f"answer.words.{verb}")))
    if verb == "keep":
        care.keep(tx, now, _agents_ticket(tx, numbers[0], person.id), person.id)
        return Answer(Card(text=say(language, "answer.keep", ticket=numbers[0])))
    if verb not in DEEDS:
        raise BadInput("stale_button")
    return DEEDS[verb](tx, now, language, person, numbers[0])


def command(tx: Tx, now: datetime, language: str, said: Command, asked: Asked) -> Answer:
    """A command was typed. The ticket is the one that was named, else the one whose thread it was typed in."""
    person, identity_id = _somebody(tx, now, said.by)
    if asked.prose:
        asked = commands.parse(asked.prose) if people.roles(tx, person.id) else Asked(commands.OPEN, None, asked.prose)
    verb = asked.verb.name
    if verb == "help":
        return Answer(cards.help_card(language, agent=bool(people.roles(tx, person.id))))
    if verb == "panel":
        return Answer() if not _first_time(tx, now, said.key) else ways.panel(tx, now, language, person, said)
    if verb == "queue":
        return _queue(tx, now, language, person)
    again = not _first_time(tx, now, said.key)
    if verb == commands.START.name:
        return welcome.greet(tx, now, language, person, said, asked.words, again=again)
    if verb == commands.OPEN.name:
        return Answer() if again else _opened(tx, now, language, person, identity_id, said, asked.words)
    if verb in accounts.DEEDS:
        return Answer() if again else accounts.DEEDS[verb](tx, now, language, person, said, asked.words)
    if verb == "next":
        return _next(tx, now, language, person, again=again)
    if verb == "comment":
        if not asked.words:
            raise commands.missing_words(asked.verb, language)
        if not again:
            surveys.comment_latest(tx, now, person.id, asked.words)
        return Answer(Card(text=say(language, "answer.commented")))
    number = asked.ticket if asked.ticket is not None else _ticket_here(tx, said.place, said.reply_to)
    if verb == "status":
        return status.answer(tx, now, language, person, number)
    if number is None:
        raise BadInput("which_ticket", command=verb, example=asked.verb.example(language))
    if again:
        return _show(tx, now, language, person, number)
    if verb in ("reply", "note"):
        if not asked.words:
            raise commands.missing_words(asked.verb, language)
        return _written(tx, now, language, person, verb, number, asked.words, said.key, said)
    if verb == "assign":
        return _assign(tx, now, language, person, number, asked, said.place.connection)
    return DEEDS[verb](tx, now, language, person, number)


def filled(tx: Tx, now: datetime, language: str, form: Filled) -> Answer:
    """A form was sent."""
    person, identity_id = _somebody(tx, now, form.by)
    if not _first_time(tx, now, form.key):
        return Answer()
    kind, arguments = split(form.form)
    if kind == ways.ASK:
        return ways.filled(tx, now, language, person, identity_id, form, "".join(arguments[:1]))
    number, *more = _numbers(arguments)
    words = form.values.get("words", "")
    if kind == "comment" and not more:
        surveys.comment(tx, now, number, person.id, words)
        return Answer(Card(text=say(language, "answer.commented")))
    if kind in ("reply", "note") and not more:
        return _written(tx, now, language, person, kind, number, words, form.key)
    raise BadInput("stale_button")


def pointed(tx: Tx, now: datetime, language: str, point: Pointed) -> Answer:
    """Somebody pointed at a message and asked for a ticket of it."""
    person, _ = _somebody(tx, now, point.by)
    if not _first_time(tx, now, point.key):
        return Answer()
    return ways.pointed(tx, now, language, person, point)


def _somebody(tx: Tx, now: datetime, by: Account) -> tuple[Person, int]:
    """Who does it, and by which identity. Raises NotFound for somebody who is blocked: to them nothing is there."""
    person, identity_id = people.identify(tx, now, by)
    if person.blocked:
        raise NotFound
    return person, identity_id


def _first_time(tx: Tx, now: datetime, key: str) -> bool:
    """False for a deed that was told again: it was done the first time, and may have been undone since."""
    return events.first_time(tx, f"deed/{key}", now)


def _numbers(arguments: list[str]) -> list[int]:
    """The arguments of a button or form of ours, one at least. Anybody can send others: these raise BadInput."""
    if not arguments or not all(one.isdecimal() and len(one) <= LONGEST_NUMBER for one in arguments):
        raise BadInput("stale_button")
    return [int(one) for one in arguments]


def _ticket_here(tx: Tx, place: Place, reply_to: str) -> int | None:
    if place.thread:
        found = threads.by_place(tx, place.connection, place.room, place.thread)
        if found:
            return found.ticket
    return intake.ticket_of_message(tx, place, reply_to) if reply_to else None


def _agents_ticket(tx: Tx, number: int, agent: int) -> Ticket:
    ticket = tickets.lock(tx, number)
    if ticket is None or ticket.queue not in people.roles(tx, agent):
        raise NotFound(ticket=number)
    return ticket


def _decided(language: str, received: Received) -> Answer:
    if received.outcome == "ignored":
        return Answer(Card(text=say(language, "answer.decided.gone")), replace=True)
    return Answer(Card(text=say(language, f"answer.decided.{received.outcome}", ticket=received.ticket)), replace=True)


def _opened(
    tx: Tx, now: datetime, language: str, person: Person, identity_id: int, typed: Command, words: str
) -> Answer:
    """A ticket of their words. Where the answer comes to where they are the receipt says it all."""
    # as an answer to what they typed even inside a topic, which may be another ticket's
    place = replace(typed.place, thread="")
    said = Said(place, typed.message_id, typed.by, words, typed.at or now, direct=typed.direct)
    received = asking.ask(tx, now, said, person, identity_id)
    home = threads.home(tx, received.ticket) if received.ticket is not None else None
    if home is None or home.external_id is not None:
        return Answer()
    return Answer(Card(text=say(language, "answer.asked", ticket=received.ticket)))


def _claimed(tx: Tx, language: str, ticket: Ticket, *, already: bool) -> Answer:
    requester = name(tx, ticket.requester_id)
    private = tx.directory.queue(ticket.queue).private
    subject = "🔒" if private else ticket.subject
    key = "answer.claimed_again" if already else "answer.claimed"
    return Answer(Card(text=say(language, key, ticket=ticket.number, requester=requester, subject=subject)))


def _claim(tx: Tx, now: datetime, language: str, person: Person, number: int) -> Answer:
    claimed = claims.claim(tx, now, number, person.id)
    return _claimed(tx, language, claimed.ticket, already=claimed.already)


def _next(tx: Tx, now: datetime, language: str, person: Person, *, again: bool) -> Answer:
    """The most urgent one; asked again in the same breath, the one that was given."""
    ticket = tickets.newest_claim(tx, person.id) if again else claims.claim_next(tx, now, person.id).ticket
    if ticket is None:
        raise NothingToDo
    return _claimed(tx, language, ticket, already=again)


def _take(tx: Tx, now: datetime, language: str, person: Person, number: int) -> Answer:
    claimed = claims.take_over(tx, now, number, person.id)
    return _claimed(tx, language, claimed.ticket, already=claimed.already)


def _moved(verb: Callable[[Tx, datetime, int, int], Ticket], key: str) -> Callable[..., Answer]:
    def deed(tx: Tx, now: datetime, language: str, person: Person, number: int) -> Answer:
        verb(tx, now, number, person.id)
        return Answer(Card(text=say(language, key, ticket=number)))

    return deed


def _show(tx: Tx, now: datetime, language: str, person: Person, number: int) -> Answer:
    ticket = tickets.get(tx, number)
    if ticket is None or (ticket.requester_id != person.id and ticket.queue not in people.roles(tx, person.id)):
        raise NotFound(ticket=number)
    shown, zone = carddata.ticket_card(tx, ticket, now), person.timezone or tx.directory.desk.timezone
    if ticket.queue in people.roles(tx, person.id):
        return Answer(cards.desk_card(shown, language, zone))
    # the requester sees who answers as the queue signs, and no deadline of ours
    shown = replace(shown, holder=signed(tx, ticket, ticket.assignee_id), due_at=None, overdue=False)
    return Answer(cards.without_buttons(cards.desk_card(shown, language, zone)))


def _queue(tx: Tx, now: datetime, language: str, person: Person) -> Answer:
    roles = people.roles(tx, person.id)
    if not roles:
        raise BadInput("agents_only")
    found = [t for queue in sorted(roles) for t in tickets.waiting(tx, queue, ("new", "open"), QUEUE_LIMIT)]
    found.sort(key=lambda t: (t.assignee_id is not None, t.due_at is None, t.due_at, t.number))
    zone = person.timezone or tx.directory.desk.timezone
    return Answer(cards.queue_card([carddata.ticket_card(tx, t, now) for t in found[:QUEUE_LIMIT]], language, zone))


def _written(
    tx: Tx,
    now: datetime,
    language: str,
    person: Person,
    verb: str,
    number: int,
    words: str,
    key: str,
    typed: Command | None = None,
) -> Answer:
    if verb == "note":
        replies.note(tx, now, number, person.id, words, key=key)
        return Answer(Card(text=say(language, "answer.noted", ticket=number)))
    written = replies.reply(tx, now, number, person.id, words, key=key)
    if written.verdict == "reply":
        return _on_its_way(tx, now, language, typed, written)
    facts = {"ticket": number, "requester": name(tx, written.ticket.requester_id)}
    key, ticket = "held.held_stale", written.ticket
    if ticket.assignee_id not in (None, person.id) and ticket.claimed_at:
        since = (now - ticket.claimed_at).total_seconds()
        key, facts = "held.held_colleague", {**facts, "holder": name(tx, ticket.assignee_id), "since": since}
    offered = cards.buttons(replies.held_actions(written.verdict, written.message_id), language)
    return Answer(Card(text=phrase(language, key, facts), buttons=offered))


def _on_its_way(tx: Tx, now: datetime, language: str, typed: Command | None, written: replies.Written) -> Answer:
    """*Undo*, while it can do something: where answers stay, it is offered by a message that goes with that."""
    facts = {"ticket": written.ticket.number, "requester": name(tx, written.ticket.requester_id)}
    answer = Card(text=say(language, "answer.replied", **facts))
    if typed is None or not typed.message_id:
        undo = cards.button(f"undo:{written.message_id}", language)
        return Answer(replace(answer, buttons=((undo,),)))
    words = messages.get(tx, written.message_id)
    if words is None or words.author_id is None or not tx.directory.queue(written.ticket.queue).undo_seconds:
        return Answer(answer)
    inside = typed.direct or bool(tx.directory.desk_queues(typed.place.connection, typed.place.room))
    outgoing.offer_undo(tx, now, words, typed.place, inside, **facts)
    return Answer()


def _assign(tx: Tx, now: datetime, language: str, person: Person, number: int, asked: Asked, connection: str) -> Answer:
    if not asked.words:
        raise commands.missing_words(asked.verb, language)
    ticket = tickets.get(tx, number)
    if ticket is None or ticket.queue not in people.roles(tx, person.id):
        raise NotFound(ticket=number)
    to = _colleague(tx, ticket, asked.words, connection)
    claims.assign(tx, now, number, person.id, to)
    return Answer(Card(text=say(language, "answer.assigned", ticket=number, name=name(tx, to))))


def _colleague(tx: Tx, ticket: Ticket, words: str, connection: str) -> int:
    """The agent meant by a mention or a name. Raises BadInput where nobody or more than one fits."""
    match = MENTION.fullmatch(words.strip())
    mention, typed = (match[1], match[2]) if match else (None, words)
    if mention:
        found = people.find(tx, connection, mention)
        if found is None:
            raise BadInput("nobody", name=words[:60])
        return found.id
    team = people.names(tx, people.members(tx, ticket.queue))
    wanted = typed.strip().casefold()
    fits = [i for i, n in team.items() if n.casefold() == wanted] or [
        i for i, n in team.items() if n.casefold().split()[:1] == [wanted]
    ]
    if len(fits) != 1:
        raise BadInput("several" if fits else "nobody", name=words[:60], team=", ".join(sorted(team.values()))[:300])
    return fits[0]


WORDS = {
    "send": replies.send_held,
    "takesend": replies.take_and_send,
    "claimsend": replies.claim_and_send,
    "asnote": replies.keep_as_note,
    "discard": replies.discard,
    "undo": replies.undo,
}
DEEDS: dict[str, Callable[..., Answer]] = {
    "claim": _claim,
    "take": _take,
    "release": _moved(claims.release, "answer.released"),
    "pending": _moved(lifecycle.pend, "answer.pending"),
    "hold": _moved(lifecycle.hold, "answer.on_hold"),
    "resolve": _moved(lifecycle.resolve, "answer.resolved"),
    "reopen": _moved(lifecycle.reopen, "answer.reopened"),
    "close": _moved(lifecycle.close, "answer.closed"),
    "show": _show,
}
