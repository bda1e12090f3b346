"""How a ticket is asked for: in words, by a form or a panel, and the choice of matter or queue."""

from dataclasses import replace

from bots import ticketform, ways, welcome
from bots.deeds.doing import Doing
from bots.port import Answer, Card, Filled
from inbox.desk import asking, direct
from inbox.desk.matter import Received
from inbox.errors import BadInput
from inbox.locale import say
from inbox.model import Said
from inbox.store import threads


def opened(doing: Doing) -> Answer:
    """A ticket of their words. Where the answer comes to where they are the receipt says it all."""
    typed = doing.typed
    if typed is None or doing.again:
        return Answer()
    # as an answer to what they typed even inside a topic, which may be another ticket's
    place = replace(typed.place, thread="")
    said = Said(
        place,
        typed.message_id,
        typed.by,
        doing.words,
        typed.at or doing.now,
        direct=typed.direct,
        files=typed.files,
        album=typed.album,
    )
    received = asking.ask(doing.tx, doing.now, said, doing.person, doing.identity_id)
    home = threads.home(doing.tx, received.ticket) if received.ticket is not None else None
    if home is None or home.external_id is not None:
        return Answer()
    return ticketform.opened(doing.tx, doing.language, received.ticket)


def started(doing: Doing) -> Answer:
    if doing.typed is None:
        return Answer()
    said, words = doing.typed, doing.words
    return welcome.greet(doing.tx, doing.now, doing.language, doing.person, said, words, again=doing.again)


def panel(doing: Doing) -> Answer:
    if doing.typed is None or doing.again:
        return Answer()
    return ways.panel(doing.tx, doing.now, doing.language, doing.person, doing.typed)


def new(doing: Doing) -> Answer:
    """Their words are a new matter, for the queue that they chose."""
    if len(doing.arguments) != 1:
        raise BadInput("stale_button")
    return _decided(doing, direct.decide(doing.tx, doing.now, doing.person.id, queue_key=doing.arguments[0]))


def same(doing: Doing) -> Answer:
    """Their words belong to a matter that they have."""
    return _decided(doing, direct.decide(doing.tx, doing.now, doing.person.id, same=doing.number))


def queue(doing: Doing) -> Answer:
    """A queue is chosen for what they write next in their direct messages."""
    if len(doing.arguments) != 1 or not doing.direct:
        raise BadInput("stale_button")
    key = doing.arguments[0]
    return replace(welcome.choose(doing.tx, doing.now, doing.language, doing.person, doing.place, key), replace=True)


def filled(doing: Doing, sent: Filled) -> Answer:
    """The form that asks for a ticket was sent."""
    key, which, *_ = (*doing.arguments, "", "")
    person, identity_id = doing.person, doing.identity_id
    return ticketform.filled(doing.tx, doing.now, doing.language, person, identity_id, sent, key, which)


def _decided(doing: Doing, received: Received) -> Answer:
    key = "gone" if received.outcome == "ignored" else received.outcome
    return Answer(Card(text=say(doing.language, f"answer.decided.{key}", ticket=received.ticket)), replace=True)


COMMANDS = {"ticket": opened, "start": started, "panel": panel}
BUTTONS = {"new": new, "same": same, "queue": queue}
