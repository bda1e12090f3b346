"""Tickets that belong together, or do not: merge, split, relate, incidents."""

import re

from bots import commands
from bots.deeds.daily import OFF
from bots.deeds.doing import Doing, subject
from bots.deeds.pointing import split_at
from bots.port import Answer
from inbox.desk import incidents, merging, sorting, splitting
from inbox.errors import BadInput
from inbox.store import messages

UNDO = frozenset(("undo", "ångra", "fortryd", *OFF))
OTHER = re.compile(r"(?:into |in |i |med |with )?#?(\d{1,12})(?:\s+(.*))?", re.DOTALL | re.IGNORECASE)


def merge(doing: Doing) -> Answer:
    """ "/merge 41 12" merges #41 into #12, and so does "/merge 12" in #41's thread; "/merge 41 undo" takes it back."""
    if doing.words.casefold() in UNDO:
        merging.unmerge(doing.tx, doing.now, doing.number, doing.person.id)
        return doing.told("answer.unmerged", ticket=doing.number)
    this, other, _ = two(doing)
    kept = merging.merge(doing.tx, doing.now, this, doing.person.id, other)
    return doing.told("answer.merged", ticket=this, other=kept.number)


def split(doing: Doing) -> Answer:
    """ "/split 42 the scanner": what its requester wrote from those words on is a ticket of its own. Without words, as
    an answer to something that they wrote, it is what they wrote from there on."""
    answered = doing.typed.reply_to if doing.typed and not doing.words else ""
    found = messages.at(doing.tx, doing.place, answered) if answered else None
    if found and found.role == "requester":
        return split_at(doing, answered)
    made = splitting.split(doing.tx, doing.now, doing.number, doing.person.id, doing.words)
    return doing.told("answer.split", ticket=doing.number, other=made.number, subject=subject(doing, made))


def relate(doing: Doing) -> Answer:
    """ "/relate 42 57"; in a ticket's thread "/relate 57". With "off" behind it is taken back."""
    this, other, rest = two(doing)
    if rest.casefold() in OFF:
        sorting.unrelate(doing.tx, doing.now, this, doing.person.id, other)
        return doing.told("answer.unrelated", ticket=this, other=other)
    sorting.relate(doing.tx, doing.now, this, doing.person.id, other)
    return doing.told("answer.related", ticket=this, other=other)


def relate_pressed(doing: Doing) -> Answer:
    """The button that is offered where two tickets cannot be merged."""
    this, other = doing.numbers(2)
    sorting.relate(doing.tx, doing.now, this, doing.person.id, other)
    return doing.told("answer.related", ticket=this, other=other)


def incident(doing: Doing) -> Answer:
    """ "/incident 42 The network is down": one problem that many have, called so; its intake rooms are told."""
    ticket = incidents.declare(doing.tx, doing.now, doing.number, doing.person.id, doing.words)
    return doing.told("answer.incident", ticket=ticket.number, subject=subject(doing, ticket))


def same(doing: Doing) -> Answer:
    """ "/same 43 42": #43 is a case of the incident #42; "/same 43 off" takes it back."""
    if doing.words.casefold() in OFF:
        incidents.leave(doing.tx, doing.now, doing.number, doing.person.id)
        return doing.told("answer.ungathered", ticket=doing.number)
    this, other, _ = two(doing)
    incidents.gather(doing.tx, doing.now, this, doing.person.id, other)
    return doing.told("answer.gathered", ticket=this, other=other)


def case(doing: Doing) -> Answer:
    """*Same problem* on a card."""
    other, this = doing.numbers(2)
    incidents.gather(doing.tx, doing.now, this, doing.person.id, other)
    return doing.told("answer.gathered", ticket=this, other=other)


def announce(doing: Doing) -> Answer:
    """One answer to everybody who has the problem."""
    count = incidents.announce(doing.tx, doing.now, doing.number, doing.person.id, doing.said(), doing.key)
    return doing.told("answer.announced", ticket=doing.number, n=count)


def two(doing: Doing) -> tuple[int, int, str]:
    """The two tickets that a command is about, and the words behind: the first may be the one whose thread it is."""
    if doing.verb is None:
        raise BadInput("stale_button")
    match = OTHER.fullmatch(doing.words) if doing.words else None
    if match and doing.ticket is not None:
        return doing.ticket, int(match[1]), (match[2] or "").strip()
    if doing.named and doing.here is not None and doing.ticket is not None:
        return doing.here, doing.ticket, doing.words
    raise commands.missing_words(doing.verb, doing.language)


TICKET = {"split": split}
COMMANDS = {"merge": merge, "relate": relate, "incident": incident, "same": same, "announce": announce}
BUTTONS = {"relate": relate_pressed, "case": case}
