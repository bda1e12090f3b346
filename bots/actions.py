"""What buttons, commands and forms do: each a deed of a person, in one transaction, with its answer."""

from dataclasses import replace
from datetime import datetime

from bots import commands, deeds, ways
from bots.commands import Asked, is_number
from bots.deeds import Doing, looking
from bots.forms import split
from bots.port import Answer, Command, Filled, Pointed, Press
from inbox.desk import intake
from inbox.errors import BadInput, NotFound
from inbox.model import Account, Person, Place
from inbox.store import Tx, events, people, threads, tickets


def press(tx: Tx, now: datetime, language: str, pressed: Press) -> Answer:
    """A button was pressed. Raises DeskError's branches; an action that nobody knows is BadInput."""
    person, identity_id = _somebody(tx, now, pressed.by)
    if not _first_time(tx, now, pressed.key):
        return Answer()
    verb, arguments = split(pressed.action)
    if verb not in deeds.BUTTONS:
        raise BadInput("stale_button")
    doing = Doing(tx, now, language, person, identity_id, pressed.by, pressed.key, pressed.place, pressed.direct)
    number = _number(arguments)
    if number is not None and verb in deeds.TICKET:
        number = tickets.survivor(tx, number)
    return deeds.BUTTONS[verb](replace(doing, ticket=number, arguments=tuple(arguments)))


def command(tx: Tx, now: datetime, language: str, said: Command, asked: Asked) -> Answer:
    """A command was typed. The ticket is the one that was named, else the one whose thread it was typed in."""
    person, identity_id = _somebody(tx, now, said.by)
    if asked.prose:
        asked = commands.parse(asked.prose) if people.roles(tx, person.id) else Asked(commands.OPEN, None, asked.prose)
    verb = asked.verb.name
    here = _ticket_here(tx, said.place, said.reply_to) if asked.verb.needs_ticket else None
    named = asked.ticket
    if named is not None and verb not in deeds.AS_NAMED:
        named = tickets.survivor(tx, named)
    doing = Doing(
        tx,
        now,
        language,
        person,
        identity_id,
        said.by,
        said.key,
        said.place,
        said.direct,
        ticket=named if named is not None else here,
        named=named is not None,
        here=here,
        words=asked.words,
        verb=asked.verb,
        typed=said,
    )
    if verb not in deeds.READS and not _first_time(tx, now, said.key):
        doing = replace(doing, again=True)
        if verb not in deeds.TOLD_TWICE:
            return looking.show(doing) if doing.ticket is not None else Answer()
    return deeds.COMMANDS[verb](doing)


def filled(tx: Tx, now: datetime, language: str, form: Filled) -> Answer:
    """A form was sent."""
    person, identity_id = _somebody(tx, now, form.by)
    if not _first_time(tx, now, form.key):
        return Answer()
    kind, arguments = split(form.form)
    doing = Doing(tx, now, language, person, identity_id, form.by, form.key, form.place)
    doing = replace(doing, arguments=tuple(arguments), words=form.values.get("words", ""))
    if kind in deeds.WHOLE:
        here = _ticket_here(tx, form.place, "") if not arguments else None
        return deeds.WHOLE[kind](replace(doing, ticket=here), form)
    if kind not in deeds.FORMS:
        raise BadInput("stale_button")
    return deeds.FORMS[kind](replace(doing, ticket=doing.numbers(1)[0]))


def pointed(tx: Tx, now: datetime, language: str, point: Pointed) -> Answer:
    """Somebody pointed at a message and asked for a ticket of it, or for something with the ticket that it is of."""
    person, identity_id = _somebody(tx, now, point.by)
    if not _first_time(tx, now, point.key):
        return Answer()
    if point.wish == "ticket":
        return ways.pointed(tx, now, language, person, point)
    doing = Doing(tx, now, language, person, identity_id, point.by, point.key, point.said.place)
    return deeds.POINTED[point.wish](doing, point.said.message_id)


def _somebody(tx: Tx, now: datetime, by: Account) -> tuple[Person, int]:
    """Who does it, and by which identity. Raises NotFound for somebody who is blocked: to them nothing is there."""
    person, identity_id = people.identify(tx, now, by)
    if person.blocked:
        raise NotFound
    return person, identity_id


def _first_time(tx: Tx, now: datetime, key: str) -> bool:
    """False for a deed that was told again: it was done the first time, and may have been undone since."""
    return events.first_time(tx, f"deed/{key}", now)


def _number(arguments: list[str]) -> int | None:
    """What a button is about, where it is a number: a ticket, or words of one."""
    return int(arguments[0]) if arguments and all(map(is_number, arguments)) else None


def _ticket_here(tx: Tx, place: Place, reply_to: str) -> int | None:
    if place.thread:
        found = threads.by_place(tx, place.connection, place.room, place.thread)
        if found:
            return tickets.survivor(tx, found.ticket)
    return intake.ticket_of_message(tx, place, reply_to) if reply_to else None
