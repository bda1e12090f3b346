"""How a ticket is asked for: in words, by a form or a panel, and the choice of matter or queue."""

import re
from dataclasses import replace

from bots import cards, ticketform, ways, welcome
from bots.deeds import looking
from bots.deeds.doing import Doing
from bots.port import Answer, Card, Filled
from inbox.desk import asking, direct, steps
from inbox.desk.matter import Received
from inbox.errors import BadInput
from inbox.locale import say
from inbox.model import Account, Person, Said
from inbox.store import people, threads

# "<@U01ANNA> words", "<@U01ANNA|anna> words", "#42 words"
FOR = re.compile(
    r"(?:<@!?(?P<account>[\w-]+)(?:\|(?P<called>[^>]*))?>|#?(?P<number>\d{1,12}))[:,]?\s+(?P<words>.+)", re.DOTALL
)
STEP = re.compile(r"([0-9]{1,3})\.([0-9]{0,3})")  # of a button in a chat: which question, which option


def opened(doing: Doing) -> Answer:
    """A ticket of their words. Where the answer comes to where they are the receipt says it all."""
    typed = doing.typed
    if typed is None or doing.again:
        return Answer()
    if not doing.words and not typed.files:
        return asks(doing)
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


def opened_for(doing: Doing) -> Answer:
    """ "/ticket for @anna The printer …": an agent opens a ticket for somebody, who is mentioned or whose ticket is
    named ("for 42 …")."""
    match, roles = FOR.fullmatch(doing.said()), doing.roles
    if not roles:
        raise BadInput("agents_only")
    if doing.again:
        return Answer()
    if not match:
        raise BadInput("mention_them")
    who, words = _whom(doing, match), match["words"].strip()
    here = doing.tx.directory.desk_queues(doing.place.connection, doing.place.room)
    fits = [queue.key for queue in here if queue.key in roles] or sorted(roles)
    if len(fits) > 1 and not here:
        raise BadInput("for_where")
    number = asking.open_for(doing.tx, doing.now, doing.person, who, fits[0], words)
    answer = doing.told("answer.opened_for", ticket=number, name=who[0].name)
    assert answer.card is not None
    return replace(answer, card=cards.with_actions(answer.card, (f"claim:{number}",), doing.language))


def _whom(doing: Doing, match: re.Match[str]) -> tuple[Person, int, str]:
    """The person, their account to write to and its connection."""
    if match["account"]:
        connection = doing.place.connection
        known = people.find(doing.tx, connection, match["account"])
        account = Account(connection, match["account"], known.name if known else match["called"] or match["account"])
        return (*people.identify(doing.tx, doing.now, account), connection)
    ticket = replace(doing, ticket=int(match["number"])).agents_ticket()
    return asking.reached(doing.tx, ticket)


def started(doing: Doing) -> Answer:
    if doing.typed is None:
        return Answer()
    person, identity_id = doing.person, doing.identity_id
    said, words, again = doing.typed, doing.words, doing.again
    return welcome.greet(doing.tx, doing.now, doing.language, person, identity_id, said, words, again=again)


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
    person, identity_id = doing.person, doing.identity_id
    answer = welcome.choose(doing.tx, doing.now, doing.language, person, identity_id, doing.place, key)
    return replace(answer, replace=True)


def asks(doing: Doing) -> Answer:
    """Asks for a ticket in a direct chat where no window opens: for which queue, then one thing after the other."""
    key = "".join(doing.arguments[:1])
    offered = asking.choices(doing.tx.directory, doing.place.connection)
    if not doing.direct or len(doing.arguments) > 1:
        raise BadInput("stale_button")
    if not offered:
        return looking.help_(doing)
    chosen = next((one for one in offered if one.key == key), offered[0] if len(offered) == 1 else None)
    if chosen is None:
        return Answer(welcome.menu(doing.language, "greet.queues", offered, ticketform.ASK))
    steps.begin(doing.tx, doing.now, doing.identity_id, doing.place, chosen)
    return Answer()


def pick(doing: Doing) -> Answer:
    """The answer to a question that is asked in a chat, out of those that it offers."""
    step, option = _step(doing)
    if option is None:
        raise BadInput("stale_button")
    done = steps.pick(doing.tx, doing.now, doing.person, doing.identity_id, doing.place.room, step, option)
    return replace(doing.told("answer.form_step", label=done[0], value=done[1]), replace=True)


def skip(doing: Doing) -> Answer:
    """A question that is asked in a chat is left out."""
    label = steps.skip(doing.tx, doing.now, doing.person, doing.identity_id, doing.place.room, _step(doing)[0])
    return replace(doing.told("answer.form_skipped", label=label), replace=True)


def cancel(doing: Doing) -> Answer:
    """No more is asked in a chat, and nothing is sent."""
    was_asked = steps.cancel(doing.tx, doing.now, doing.identity_id, doing.place.room)
    return replace(doing.told("answer.form_cancelled" if was_asked else "answer.form_none"), replace=True)


def _step(doing: Doing) -> tuple[int, int | None]:
    """Which question a button is for, and which option of it. Anybody can send others: these raise BadInput."""
    found = STEP.fullmatch("".join(doing.arguments))
    if found is None:
        raise BadInput("stale_button")
    return int(found[1]), int(found[2]) if found[2] else None


def filled(doing: Doing, sent: Filled) -> Answer:
    """The form that asks for a ticket was sent."""
    key, which, *_ = (*doing.arguments, "", "")
    person, identity_id = doing.person, doing.identity_id
    return ticketform.filled(doing.tx, doing.now, doing.language, person, identity_id, sent, key, which)


def _decided(doing: Doing, received: Received) -> Answer:
    key = "gone" if received.outcome == "ignored" else received.outcome
    return Answer(Card(text=say(doing.language, f"answer.decided.{key}", ticket=received.ticket)), replace=True)


COMMANDS = {"for": opened_for, "ticket": opened, "start": started, "panel": panel, "cancel": cancel}
BUTTONS = {"new": new, "same": same, "queue": queue, "ask": asks, "pick": pick, "skip": skip, "cancel": cancel}
