"""The form that asks for a ticket: what it asks, and what becomes of it.

Where it asks for more than a platform shows at once, or the queue is chosen in it, it goes on in another form, and what
was answered is kept meanwhile.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime
from string import ascii_lowercase

from bots.port import Answer, Button, Card, Field, Filled, Form
from bots.texts import phrase, word
from inbox.desk import asking, steps
from inbox.desk import fields as own
from inbox.directory import Directory, Queue
from inbox.errors import BadInput
from inbox.locale import say
from inbox.model import PRIORITIES, Person, Priority
from inbox.question import Question
from inbox.store import Tx, drafts, events, threads
from inbox.store.drafts import Draft

ASK = "ask"  # its name, and the verb of the button that opens it: "ask", "ask:QUEUE", or "ask:QUEUE:ac" to go on
MORE = re.compile(rf"{ASK}:[^:]+:[a-z]+")  # a form that goes on
NOWHERE = ""  # a form that opens over the chat goes on wherever the person is
SUBJECT, WORDS = 80, 3000  # characters


def form(directory: Directory, connection: str, language: str, key: str = "", which: str = "") -> Form | None:
    """The form that asks for a ticket, with the queue `key` chosen already where it is offered; None where no answer
    could be heard. With `which` it is its continuation: those of the queue's own questions that are still to be
    answered, each a letter by its place."""
    queues = asking.choices(directory, connection)
    if not queues:
        return None
    chosen = next((queue for queue in queues if queue.key == key), queues[0] if len(queues) == 1 else None)
    if which and chosen:
        more = [question for letter, question in zip(ascii_lowercase, chosen.fields, strict=False) if letter in which]
        return _more(chosen, more, language) if more else None
    fields = [
        Field("subject", say(language, "form.ask.subject"), required=False, max_length=SUBJECT),
        Field("words", say(language, "form.ask.words"), "paragraph", max_length=WORDS),
        Field(
            "priority",
            say(language, "form.ask.priority"),
            "choice",
            value="normal",
            options=tuple((one, word(language, "priority", one)) for one in PRIORITIES),
        ),
    ]
    if chosen is None:
        options = tuple((queue.key, queue.title) for queue in queues)
        fields.insert(0, Field("queue", say(language, "form.ask.queue"), "choice", options=options))
    else:
        fields += [_own(question, language) for question in chosen.fields]
    suffix = f":{chosen.key}" if chosen else ""
    return Form(f"{ASK}{suffix}", say(language, "form.ask.title")[:24], tuple(fields), say(language, "form.ask.submit"))


def _more(queue: Queue, questions: Sequence[Question], language: str) -> Form:
    which = "".join(letter for letter, one in zip(ascii_lowercase, queue.fields, strict=False) if one in questions)
    shown = tuple(_own(question, language) for question in questions)
    title, submit = say(language, "form.more.title"), say(language, "form.more.submit")
    return Form(f"{ASK}:{queue.key}:{which}", title[:24], shown, submit)


def _own(question: Question, language: str) -> Field:
    """A question of a queue's own, as a form asks it."""
    limit = {"paragraph": own.PARAGRAPH, "person": own.PERSON}.get(question.kind, own.TEXT)
    return Field(
        f"{own.OWN}{question.name}",
        own.said(question.label, language),
        question.kind,
        question.required,
        options=tuple((value, own.said(label, language)) for value, label in question.options),
        max_length=limit,
        help=own.said(question.help, language),
    )


def filled(
    tx: Tx, now: datetime, language: str, person: Person, identity_id: int, sent: Filled, key: str, which: str = ""
) -> Answer:
    """The form came back, or with `which` its continuation. Where all is answered the ticket is open, and the answer
    comes to its sender alone; else what was answered is kept, and the form goes on with what is left."""
    asked = _kept(tx, now, identity_id) if which else _first(sent.values, key)
    queue = asking.queue_of(tx, sent.by, asked)
    how = replace(own.reader(tx, now, person.id, sent.by.connection, sent.named), language=language)
    given = {name.removeprefix(own.OWN): text for name, text in sent.values.items() if name.startswith(own.OWN)}
    answers, mistakes = own.read(tx, how, queue.fields, given)
    asked = replace(asked, queue=queue.key, answers={**asked.answers, **answers})
    left = [question for question in queue.fields if question.name not in asked.answers]
    if left:
        steps.keep(tx, now, Draft(identity_id, NOWHERE, ASK, now, answers=asdict(asked)))
        return _goes_on(tx, language, sent, _more(queue, left, language), mistakes)
    steps.drop(tx, identity_id, NOWHERE)
    received = asking.fill(tx, now, sent.by, person, identity_id, asked, sent.place.room)
    return opened(tx, language, received.ticket)


def opened(tx: Tx, language: str, ticket: int | None) -> Answer:
    """Tells who asked where the answer comes to them alone: in a thread of their own, or by direct message."""
    home = threads.home(tx, ticket) if ticket is not None else None
    key = "answer.asked_private" if home and home.place.person else "answer.asked"
    return Answer(Card(text=say(language, key, ticket=ticket)))


def _first(values: Mapping[str, str], key: str) -> asking.Filled:
    chosen: Priority = next((one for one in PRIORITIES if one == values.get("priority")), "normal")
    return asking.Filled(key or values.get("queue", ""), values.get("subject", ""), values.get("words", ""), chosen)


def _kept(tx: Tx, now: datetime, identity_id: int) -> asking.Filled:
    found = drafts.get(tx, identity_id, NOWHERE, now)
    if found is None:
        raise BadInput("draft_gone")
    return asking.Filled(**found.answers)


def _goes_on(tx: Tx, language: str, sent: Filled, more: Form, mistakes: Sequence[BadInput]) -> Answer:
    """What is still to be answered, in a form, and in a card for where none can be opened as the answer to a form. A
    form with mistakes was not taken: sent again, it counts."""
    sentences = {str(one.facts["field"]): phrase(language, one.key, one.facts) for one in mistakes}
    if mistakes:
        events.forget(tx, f"deed/{sent.key}")
    told = say(language, "answer.form_more", n=len(more.fields))
    button = Button(say(language, "button.more"), more.id, "primary")
    card = Card(text="\n".join((*sentences.values(), told)), buttons=((button,),))
    return Answer(card, more, refused=bool(mistakes), mistakes=sentences)
