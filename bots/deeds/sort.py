"""Where a ticket belongs: priority, tags, fields, another queue; and who is there to take it."""

import re
from datetime import datetime

from bots import cards
from bots.deeds.daily import OFF
from bots.deeds.doing import Doing
from bots.port import Answer, Card
from bots.texts import when, word
from inbox.desk import absence, claims, fields, moving, priorities, tags
from inbox.locale import say
from inbox.moments import understood

PRIORITY_WORDS = {
    "låg": "low",
    "lav": "low",
    "hög": "high",
    "høj": "high",
    "akut": "urgent",
    "brådskande": "urgent",
    "haster": "urgent",
}
LEADING = ("to ", "till ", "til ", "for ", "för ")


def priority(doing: Doing) -> Answer:
    said = doing.said().strip().casefold()
    ticket = priorities.set_priority(doing.tx, doing.now, doing.number, doing.person.id, PRIORITY_WORDS.get(said, said))
    return doing.told(
        "answer.priority", ticket=ticket.number, priority=word(doing.language, "priority", ticket.priority)
    )


def tag(doing: Doing) -> Answer:
    """ "/tag 42 vip printer -old": the tags are put on, those with a hyphen before them are taken away."""
    words = doing.said().replace(",", " ").split()
    gone = [one.lstrip("-") for one in words if one.startswith("-")]
    new = [one for one in words if not one.startswith("-")]
    left: tuple[str, ...] = ()
    if gone:
        left = tags.remove(doing.tx, doing.now, doing.number, doing.person.id, *gone)
    if new:
        left = tags.add(doing.tx, doing.now, doing.number, doing.person.id, *new)
    key = "answer.tagged" if left else "answer.untagged"
    return doing.told(key, ticket=doing.number, tags=", ".join(left))


def field(doing: Doing) -> Answer:
    """ "/field 42 device: Laptop"; without a colon the first word is the field's name."""
    words = doing.said()
    name, sign, value = words.partition(":")
    if not sign or len(name) > 60:
        name, _, value = words.partition(" ")
    by, connection = doing.person.id, doing.place.connection
    ticket = fields.set(doing.tx, doing.now, doing.number, by, name.strip(), value.strip(), connection)
    label, understood_as = fields.filled_in(doing.tx, ticket, name, doing.language)
    key = "answer.field_set" if understood_as else "answer.field_cleared"
    return doing.told(key, label=label, value=understood_as, ticket=ticket.number)


def move(doing: Doing) -> Answer:
    """ "/move 42 payroll They sent their payslip": the words behind the queue are a note for the colleagues there."""
    queue, why = _queue_and_words(doing, doing.said(), always=True)
    moving.move(doing.tx, doing.now, doing.number, doing.person.id, queue, why)
    return doing.told("answer.moved", ticket=doing.number, queue=_title(doing, queue))


def escalate(doing: Doing) -> Answer:
    """ "/escalate 42 Needs a new switch": up to the next tier, or to a queue that is named first."""
    queue, why = _queue_and_words(doing, doing.words, always=False)
    ticket = moving.escalate(doing.tx, doing.now, doing.number, doing.person.id, why, queue)
    return doing.told("answer.escalated", ticket=doing.number, queue=_title(doing, ticket.queue))


def _queue_and_words(doing: Doing, words: str, *, always: bool) -> tuple[str, str]:
    """The queue that the words begin with, by key or title ("" for none, but `always` the first word), and the rest."""
    said = words.strip()
    for leading in LEADING:
        if said.casefold().startswith(leading):
            said = said[len(leading) :].strip()
            break
    known = [name for key, queue in doing.tx.directory.desk.queues.items() for name in (key, queue.title)]
    fits = [name for name in known if re.match(rf"{re.escape(name)}(?=[\s:,]|$)", said, re.IGNORECASE)]
    if fits:
        longest = max(fits, key=len)
        return longest, said[len(longest) :].strip(" :,–-")
    first, _, rest = said.partition(" ")
    return (first, rest.strip()) if always else ("", words.strip())


def _title(doing: Doing, queue: str) -> str:
    queues = doing.tx.directory.desk.queues
    found = queues.get(queue) or queues.get(queue.casefold())
    return found.title if found else queue


# Who is there


def away(doing: Doing) -> Answer:
    """ "/away", "/away until 13:00", "/away 2h"; what they hold can be given back with one press."""
    until: datetime | None = None
    if doing.words and doing.words.casefold() not in OFF:
        until = understood(doing.words, doing.now, doing.zone)
    gone = absence.away(doing.tx, doing.now, doing.person.id, until)
    key = "answer.away.until" if until else "answer.away.on"
    text = say(doing.language, key, until=when(until, doing.language, doing.zone) if until else "")
    if not gone.holds:
        return Answer(Card(text=text))
    held = say(doing.language, "answer.away.holds", n=len(gone.holds))
    offered = cards.buttons(("giveback", "awaykeep"), doing.language)
    return Answer(Card(text=f"{text} {held}", buttons=offered))


def give_back(doing: Doing) -> Answer:
    """Who goes away gives back all that they hold: to the next in turn, where the queue knows turns."""
    given = claims.give_back_all(doing.tx, doing.now, doing.person.id)
    return doing.told("answer.away.given", n=given)


def keep_all(doing: Doing) -> Answer:
    return doing.told("answer.away.kept")


def back(doing: Doing) -> Answer:
    came = absence.back(doing.tx, doing.now, doing.person.id)
    return doing.told("answer.away.back" if came else "answer.away.there")


COMMANDS = {
    "priority": priority,
    "tag": tag,
    "field": field,
    "move": move,
    "escalate": escalate,
    "away": away,
    "back": back,
}
BUTTONS = {"giveback": give_back, "awaykeep": keep_all}
