"""Prepared answers: looked for, looked at, sent, kept and taken away."""

from collections.abc import Callable
from dataclasses import replace

from bots import cards, forms
from bots.commands import is_number
from bots.deeds.doing import Doing
from bots.deeds.writing import reply
from bots.port import Answer, Card, Filled
from inbox.desk import canned
from inbox.errors import BadInput
from inbox.locale import say
from inbox.model import Ticket
from inbox.store import messages

PREVIEW = 200  # characters of a prepared answer in a list
PAGE = 10
SEARCH = 24  # bytes of what was searched for, that a button carries


def prepared(doing: Doing) -> Answer:
    """ "/canned": what there is; for a ticket also as a form, where a platform has such. "/canned NAME": sent as the
    reply in a ticket, else what has these words. "/canned save NAME WORDS" keeps one for the ticket's queue, or the
    agent's only one; "/canned delete NAME" takes it away."""
    first, _, rest = doing.words.partition(" ")
    verb = KEEPING.get(first.casefold())
    if verb:
        return verb(doing, rest.strip())
    if not doing.roles:
        raise BadInput("agents_only")
    if doing.ticket is None:
        return _listed(doing, doing.words)
    ticket = doing.agents_ticket()
    if not doing.words:
        return replace(_listed(doing, ""), form=forms.pick(ticket.number, doing.language))
    try:
        response = canned.fitting(doing.tx, ticket, doing.words)
    except BadInput:
        if not canned.offered(doing.tx, doing.person.id, doing.words, ticket.queue, 1):
            raise
        return _listed(doing, doing.words)
    return reply(replace(doing, words=canned.words(doing.tx, ticket, doing.person.id, response)))


def _listed(doing: Doing, typed: str, start: int = 0) -> Answer:
    """A page of what has these words, from the one at `start` on."""
    queue = doing.agents_ticket().queue if doing.ticket is not None else None
    found = canned.offered(doing.tx, doing.person.id, typed, queue, start + PAGE + 1)[start:]
    shown, more = found[:PAGE], found[PAGE:]
    title = say(doing.language, "card.canned_title")
    if not shown:
        return Answer(Card(title=title, text=say(doing.language, "card.canned_none")))
    fields = tuple((one.name, one.text[:PREVIEW]) for one in shown)
    number = "" if doing.ticket is None else str(doing.ticket)
    looks = [f"canned:{number}:{one.name}" for one in shown] if number else []
    turns = [f"cannedback:{number}:{max(0, start - PAGE)}:{_short(typed)}"] if start else []
    turns += [f"cannedmore:{number}:{start + PAGE}:{_short(typed)}"] if more else []
    card = Card(title=title, fields=fields, buttons=cards.buttons(looks, doing.language))
    return Answer(cards.with_actions(card, turns, doing.language))


def _short(typed: str) -> str:
    """What was searched for, as a button carries it."""
    return typed.replace(":", " ").encode()[:SEARCH].decode("utf-8", "ignore").strip()


def picked(doing: Doing) -> Answer:
    """*Canned response* on a card, where no form can search for it: the first page of what there is."""
    return _listed(replace(doing, ticket=doing.numbers(1)[0]), "")


def turned(doing: Doing) -> Answer:
    """Another page, in the place of the one that was pressed."""
    number, start, typed, *_ = (*doing.arguments, "", "", "")
    if not is_number(start) or len(start) > 4 or (number and not is_number(number)):
        raise BadInput("stale_button")
    if not doing.roles:
        raise BadInput("agents_only")
    return replace(_listed(replace(doing, ticket=int(number) if number else None), typed, int(start)), replace=True)


def preview(doing: Doing) -> Answer:
    """A prepared answer as it would be sent, with the button that sends it."""
    ticket, called = _chosen(doing)
    words = canned.words(doing.tx, ticket, doing.person.id, canned.fitting(doing.tx, ticket, called))
    buttons = cards.buttons([f"cannedsend:{ticket.number}:{called}"], doing.language)
    return Answer(Card(lead=say(doing.language, "card.canned_preview"), quote=words, buttons=buttons))


def send(doing: Doing) -> Answer:
    """The prepared answer goes to the requester."""
    ticket, called = _chosen(doing)
    words = canned.words(doing.tx, ticket, doing.person.id, canned.fitting(doing.tx, ticket, called))
    return reply(replace(doing, ticket=ticket.number, words=words))


def chosen(doing: Doing, sent: Filled) -> Answer:
    """The same, out of a form."""
    return send(replace(doing, arguments=(*doing.arguments, sent.values.get("name", ""))))


def _chosen(doing: Doing) -> tuple[Ticket, str]:
    if len(doing.arguments) != 2 or not is_number(doing.arguments[0]):
        raise BadInput("stale_button")
    doing = replace(doing, ticket=int(doing.arguments[0]))
    return doing.agents_ticket(), doing.arguments[1]


# Keeping them


def kept(doing: Doing, sent: Filled) -> Answer:
    """Words that somebody pointed at, kept under a name: for the queue of the ticket in whose thread they stand, or of
    the room."""
    values = sent.values
    return _keep(doing, values.get("name", ""), values.get("language", ""), values.get("words", ""))


def _save(doing: Doing, words: str) -> Answer:
    """Without words it is those of the message that the command answers."""
    called, _, text = words.partition(" ")
    if not text:
        called, _, text = words.partition("\n")
    if not text and doing.typed and doing.typed.reply_to:
        found = messages.at(doing.tx, doing.place, doing.typed.reply_to)
        text = found.text if found and found.ticket == doing.agents_ticket().number else ""
    return _keep(doing, called, doing.language, text)


def _keep(doing: Doing, called: str, language: str, text: str) -> Answer:
    queue = _queue_for(doing)
    made = canned.save(doing.tx, doing.now, doing.person.id, queue, called, language, text)
    return doing.told("answer.canned_saved", name=made.name, queue=doing.tx.directory.queue(queue).title)


def _delete(doing: Doing, words: str) -> Answer:
    canned.delete(doing.tx, doing.now, doing.person.id, _queue_for(doing), words)
    return doing.told("answer.canned_deleted", name=words)


def _queue_for(doing: Doing) -> str:
    """The queue that a prepared answer is for: the ticket's, else the room's or the agent's only one."""
    if doing.ticket is not None:
        return doing.agents_ticket().queue
    here = doing.tx.directory.desk_queues(doing.place.connection, doing.place.room)
    roles = sorted(doing.roles)
    fits = [queue.key for queue in here if queue.key in roles] or roles
    if len(fits) != 1:
        raise BadInput("canned_where" if fits else "agents_only")
    return fits[0]


KEEPING: dict[str, Callable[[Doing, str], Answer]] = {
    "save": _save,
    "spara": _save,
    "gem": _save,
    "delete": _delete,
    "ta-bort": _delete,
    "slet": _delete,
}
COMMANDS = {"canned": prepared}
BUTTONS = {
    "canned": preview,
    "cannedsend": send,
    "cannedpick": picked,
    "cannedmore": turned,
    "cannedback": turned,
}
