"""Ways in besides plain words and the form: a panel of buttons, pointing at a message, and everybody's own page."""

from collections.abc import Sequence
from datetime import datetime

from bots import cards, status, ticketform
from bots.port import BUTTONS, Answer, Card, Command, Pointed
from inbox.desk import asking, carddata, outgoing
from inbox.errors import BadInput, NotAllowed
from inbox.locale import say
from inbox.model import Account, Person
from inbox.store import Tx, people, tickets

ASK = ticketform.ASK
OFFERED = 100  # queues on a panel and in a form: a menu of Slack's and a keyboard of Telegram's hold no more
OWN, HELD, WAITING = 10, 10, 10  # tickets on somebody's page


def pointed(tx: Tx, now: datetime, language: str, person: Person, point: Pointed) -> Answer:
    """*Make a ticket* on somebody's message."""
    received = asking.point(tx, now, point.said, person)
    key = "answer.pointed_again" if received.outcome == "again" else "answer.pointed"
    return Answer(Card(text=say(language, key, ticket=received.ticket)))


def panel(tx: Tx, now: datetime, language: str, person: Person, said: Command) -> Answer:
    """Puts a message with a button for each queue into the room; beside a menu also one for the form, since nothing is
    told of who chooses what their menu shows already. Raises NotAllowed for who leads no queue, BadInput where no
    answer could be heard."""
    if "lead" not in people.roles(tx, person.id).values():
        raise NotAllowed(ticket="")
    queues = asking.choices(tx.directory, said.place.connection)
    if not queues or said.direct:
        raise BadInput("no_panel_here")
    actions = [f"{ASK}:{queue.key}" for queue in queues[:OFFERED]]
    if len(actions) > BUTTONS:
        actions.append(ASK)
    titles = {queue.key: queue.title for queue in queues}
    outgoing.in_place(tx, now, said.place, "panel", tuple(actions), titles=titles)
    return Answer(Card(text=say(language, "answer.panel")))


def home(tx: Tx, now: datetime, language: str, by: Account) -> Sequence[Card]:
    """Everybody's own page: their tickets; for agents what they hold and what waits, the nearest deadline first."""
    person, _ = people.identify(tx, now, by)
    if person.blocked:
        return ()
    zone, roles = person.timezone or tx.directory.desk.timezone, people.roles(tx, person.id)
    shown: list[Card] = []
    if roles:
        held = tickets.held_of(tx, person.id, sorted(roles), HELD)
        waiting = [one for queue in sorted(roles) for one in tickets.waiting(tx, queue, ("new",), WAITING)]
        waiting.sort(key=lambda one: (one.due_at is None, one.due_at, one.number))
        free = waiting[:WAITING]
        shown.append(cards.held_card(carddata.lines(tx, held, now), language, zone))
        shown.append(cards.queue_card(carddata.lines(tx, free, now), language, zone))
    own = status.own(tx, tickets.latest_of(tx, person.id, OWN), language, zone)
    offers = asking.choices(tx.directory, by.connection)
    return (*shown, cards.with_actions(own, (ASK,), language) if offers else own)
