"""Who comes to the bot is greeted: with what to do, and where several queues answer there, with the choice of one."""

from datetime import datetime

from bots import cards
from bots.port import Answer, Card, Command
from inbox.desk import direct, steps
from inbox.directory import Queue
from inbox.errors import BadInput
from inbox.locale import say
from inbox.model import Person, Place
from inbox.store import Tx, people

CHOICE = "queue-"  # what a link to the bot says before a queue's key: ?start=queue-payroll
MENU_LIMIT = 90  # buttons; a keyboard of Telegram's holds 100


def greet(
    tx: Tx,
    now: datetime,
    language: str,
    person: Person,
    identity_id: int,
    said: Command,
    payload: str,
    *,
    again: bool,
) -> Answer:
    """The answer to who presses start, or calls the bot by its name. In its direct messages a `payload` may choose a
    queue; one that names none which answers there is treated as not given, so that nobody learns what else there is.
    `again` says that this was told before, and chooses nothing any more."""
    queues = tx.directory.intake_queues(said.place.connection, said.place.room, said.direct)
    if said.direct and payload.startswith(CHOICE) and not again:
        key = payload.removeprefix(CHOICE)
        if key in {queue.key for queue in queues}:
            return choose(tx, now, language, person, identity_id, said.place, key)
    if people.roles(tx, person.id):
        return _said(language, "greet.agent")
    if not queues:
        return _said(language, "greet.closed")
    if not said.direct:
        return _said(language, "greet.room")
    if len(queues) > 1:
        return Answer(menu(language, "greet.queues", queues))
    offered = ("ask",) if queues[0].fields else ()  # plain words are welcome, too
    return Answer(Card(text=say(language, "greet.direct"), buttons=cards.buttons(offered, language)))


def choose(tx: Tx, now: datetime, language: str, person: Person, identity_id: int, place: Place, key: str) -> Answer:
    """A queue was chosen for what they write next; its own questions are asked at once. Raises BadInput where it takes
    no direct messages there."""
    received = direct.choose(tx, now, person.id, place, key)
    queue = tx.directory.queue(key)
    if received.outcome == "asked":
        steps.begin(tx, now, identity_id, place, queue)
        return _said(language, "answer.form_begun", queue=queue.title)
    if received.outcome == "ignored":
        raise BadInput("stale_button")
    if received.outcome == "opened":  # their words waited for this
        return _said(language, "answer.decided.opened", ticket=received.ticket)
    queues = tx.directory.intake_queues(place.connection, place.room, True)
    others = tuple(queue for queue in queues if queue.key != key)
    return Answer(menu(language, "greet.chosen", others, queue=queue.title))


def _said(language: str, key: str, **facts: object) -> Answer:
    return Answer(Card(text=say(language, key, **facts)))


def menu(language: str, key: str, queues: tuple[Queue, ...], verb: str = "queue", **facts: str) -> Card:
    """A sentence with a button for each queue, which does `verb`."""
    titles = {queue.key: queue.title for queue in queues}
    actions = [f"{verb}:{queue.key}" for queue in queues[:MENU_LIMIT]]
    return Card(text=say(language, key, **facts), buttons=cards.buttons(actions, language, {"titles": titles}))
