"""A queue's own fields: what people answer is checked here, kept as text, and shown in the reader's language.

Kept are: of a choice the option's value, of a number digits with a point, of a day "2026-12-24", of a person their name
and, in a second line, the account that was meant ("acme:U012AB") where that is known.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal, InvalidOperation

from babel.dates import format_date
from babel.numbers import format_decimal

from inbox.desk import outgoing, written
from inbox.desk.access import lock_for_agent
from inbox.directory import Directory, Queue
from inbox.errors import BadInput
from inbox.locale import nearest
from inbox.model import Ticket
from inbox.question import Question, Texts
from inbox.store import Tx, events, fields, people, tickets
from sla.walltime import zone

TEXT, PARAGRAPH, PERSON = 200, 3000, 80  # characters
SHOWN = 60  # of what was not understood
LISTED = 300  # of what could have been written instead
OWN = "field:"  # before a field's name, where a form has others too
CLEARED = frozenset({"", "-", "–"})
MENTION = re.compile(r"<@!?([A-Z0-9]{1,40})(?:\|[^>]*)?>")
LOCALES = {"en": "en_GB", "sv": "sv_SE", "da": "da_DK"}

Answers = Mapping[str, str]  # a field's name → its value as it is kept, "" where none was given


@dataclass(frozen=True, slots=True)
class Reader:
    """How words are to be read: whose `language`, which day is `today`, and the `connection` whose people are meant.
    `named` are the names of accounts that the words mention."""

    language: str
    today: date
    connection: str
    named: Mapping[str, str] = field(default_factory=dict)


def reader(tx: Tx, now: datetime, person_id: int, connection: str, named: Mapping[str, str] | None = None) -> Reader:
    """Somebody's words, written on a connection."""
    person, desk = people.get(tx, person_id), tx.directory.desk
    timezone = (person.timezone if person else "") or desk.timezone
    try:
        today = now.astimezone(zone(timezone)).date()
    except ValueError:  # platforms tell zones that only they know
        today = now.date()
    language = (nearest(person.language) if person else "") or desk.language
    return Reader(language, today, connection, named or {})


def said(texts: Texts, language: str) -> str:
    """Words of the desk file in a language."""
    return texts.get(language) or texts.get("en", "")


# Reading


def read(tx: Tx, how: Reader, questions: Sequence[Question], given: Answers) -> tuple[dict[str, str], list[BadInput]]:
    """The answers to those questions that are among the `given` (by field name), and what is wrong with the others."""
    answers: dict[str, str] = {}
    mistakes: list[BadInput] = []
    for question in questions:
        if question.name not in given:
            continue
        try:
            answers[question.name] = checked(tx, how, question, given[question.name])
        except BadInput as mistake:
            mistakes.append(mistake)
    return answers, mistakes


def checked(tx: Tx, how: Reader, question: Question, words: str) -> str:
    """What was answered, as it is kept; "" for nothing, where that is allowed. Raises BadInput, whose facts name the
    `field` and its `label`."""
    words = words.strip() if question.kind == "paragraph" else " ".join(words.split())
    if not words:
        if question.required:
            raise _mistake(how, question, "required")
        return ""
    match question.kind:
        case "choice":
            return _choice(how, question, words)
        case "number":
            return _number(how, question, words)
        case "date":
            return _day(how, question, words)
        case "person":
            return _person(tx, how, question, words)
    return _within(how, question, words, PARAGRAPH if question.kind == "paragraph" else TEXT)


def _mistake(how: Reader, question: Question, why: str, **facts: object) -> BadInput:
    label = said(question.label, how.language)
    return BadInput(f"field_{why}", field=f"{OWN}{question.name}", label=label, **facts)


def _within(how: Reader, question: Question, words: str, limit: int) -> str:
    if len(words) > limit:
        raise _mistake(how, question, "long", length=len(words), limit=limit)
    return words


def _choice(how: Reader, question: Question, words: str) -> str:
    wanted = words.casefold()
    for value, labels in question.options:
        if wanted in {value.casefold(), *(label.casefold() for label in labels.values())}:
            return value
    options = ", ".join(said(labels, how.language) for _, labels in question.options)
    raise _mistake(how, question, "choice", words=words[:SHOWN], options=options[:LISTED])


def _number(how: Reader, question: Question, words: str) -> str:
    try:
        return written.number(words, how.language)
    except ValueError:
        raise _mistake(how, question, "number", words=words[:SHOWN]) from None


def _day(how: Reader, question: Question, words: str) -> str:
    try:
        return written.day(words, how.language, how.today).isoformat()
    except written.Unclear:
        raise _mistake(how, question, "date_unclear", words=words[:SHOWN]) from None
    except (ValueError, OverflowError):
        raise _mistake(how, question, "date", words=words[:SHOWN]) from None


def _person(tx: Tx, how: Reader, question: Question, words: str) -> str:
    """Somebody who is mentioned, or called by a name that one account alone has. Any other name is kept as it is: who
    is meant need not have an account here."""
    mentioned = MENTION.fullmatch(words)
    if mentioned:
        known = people.find(tx, how.connection, mentioned[1])
        name = known.name if known else how.named.get(mentioned[1], "")
        if not name:
            raise _mistake(how, question, "person", words=words[:SHOWN])
        return f"{' '.join(name.split())[:PERSON]}\n{how.connection}:{mentioned[1]}"
    name = _within(how, question, words.removeprefix("@").strip() or words, PERSON)
    fits = people.called(tx, how.connection, name)
    return f"{fits[0][1]}\n{how.connection}:{fits[0][0]}" if len(fits) == 1 else name


# Showing


def shown(question: Question, value: str, language: str) -> str:
    """A value as it is read; what no longer fits its question is shown as it is kept."""
    locale = LOCALES.get(language, LOCALES["en"])
    try:
        if question.kind == "date":
            return format_date(date.fromisoformat(value), "medium", locale=locale)
        if question.kind == "number":
            return _grouped(value, locale)
    except (ValueError, InvalidOperation):
        return value
    if question.kind == "choice":
        return next((said(labels, language) for option, labels in question.options if option == value), value)
    return value.split("\n")[0] if question.kind == "person" else value


def _grouped(value: str, locale: str) -> str:
    """With as many decimals as were written; thousands are set apart from five digits on, for 4711 may be a room."""
    whole, _, fraction = value.partition(".")
    pattern = ("#,##0" if len(whole.lstrip("-")) > 4 else "0") + ("." + "0" * len(fraction) if fraction else "")
    return format_decimal(Decimal(value), pattern, locale)


def answered(tx: Tx, ticket: Ticket) -> tuple[tuple[Question, str], ...]:
    """What is known of a ticket, in the order of its queue's questions; then what was asked in queues where it was
    before, but for confidential ones."""
    if not any(queue.fields for queue in tx.directory.desk.queues.values()):
        return ()
    values = fields.of_ticket(tx, ticket.number)
    return tuple((one, values[one.name]) for one in _known(tx.directory, ticket.queue).values() if one.name in values)


def value(tx: Tx, ticket: Ticket, name: str) -> str:
    """What is known of one field, for rules to compare with: as it is kept, of a person the name; "" for nothing."""
    found = fields.of_ticket(tx, ticket.number).get(name, "")
    question = _known(tx.directory, ticket.queue).get(name)
    return found.split("\n")[0] if question and question.kind == "person" else found


def missing(tx: Tx, ticket: Ticket) -> tuple[Question, ...]:
    """What the ticket's queue needs to know and nobody has said."""
    wanted = [one for one in tx.directory.queue(ticket.queue).fields if one.required]
    values = fields.of_ticket(tx, ticket.number) if wanted and ticket.unresolved else {}
    return tuple(one for one in wanted if one.name not in values) if ticket.unresolved else ()


def _known(directory: Directory, key: str) -> dict[str, Question]:
    """The questions that a ticket of a queue may have answers to: its own, and those of queues that all may read."""
    own = {one.name: one for one in directory.queue(key).fields}
    queues: Sequence[Queue] = tuple(directory.desk.queues.values())
    hidden = {one.name for queue in queues if queue.private and queue.key != key for one in queue.fields}
    others = {one.name: one for queue in queues if not queue.private for one in queue.fields}
    return {**own, **{name: one for name, one in others.items() if name not in own and name not in hidden}}


# The verbs


def begin(tx: Tx, now: datetime, number: int, person_id: int, answers: Answers) -> None:
    """Keeps what was answered when the ticket was asked for."""
    given = {name: value for name, value in answers.items() if value}
    if given:
        fields.add(tx, number, given)
        events.add(tx, now, "fields", number, person_id, values=given)


def set(tx: Tx, now: datetime, number: int, agent: int, name: str, value: str, connection: str = "") -> Ticket:
    """An agent fills in a field of a ticket, called by its name or label, or takes its value away with "" or "-".
    `connection` is where the words were written, for mentions.

    Raises NotFound, BadInput: `no_fields`, `no_field`, and what `checked` raises.
    """
    ticket = lock_for_agent(tx, number, agent)
    how = reader(tx, now, agent, connection or ticket.connection)
    question = _called(tx.directory, ticket, name)
    words = value.strip()
    kept = "" if words in CLEARED else checked(tx, how, question, words)
    before = fields.of_ticket(tx, number).get(question.name, "")
    if kept == before:
        return ticket
    fields.put(tx, number, question.name, kept)
    ticket = tickets.change(tx, number, updated_at=now)
    language = tx.directory.desk.language
    facts = {"label": said(question.label, language), "shown": shown(question, kept, language), "cleared": not kept}
    events.add(tx, now, "field", number, agent, name=question.name, value=kept, old=before, **facts)
    outgoing.card(tx, now, number)
    return ticket


def filled_in(tx: Tx, ticket: Ticket, name: str, language: str) -> tuple[str, str]:
    """The label and value of a field, called by its name or label, as they are read. Raises BadInput as `set`."""
    question = _called(tx.directory, ticket, name)
    value = fields.of_ticket(tx, ticket.number).get(question.name, "")
    return said(question.label, language), shown(question, value, language)


def _called(directory: Directory, ticket: Ticket, name: str) -> Question:
    questions = _known(directory, ticket.queue)
    if not questions:
        raise BadInput("no_fields")
    wanted = name.strip().casefold()
    for question in questions.values():
        if wanted in {question.name, *(label.casefold() for label in question.label.values())}:
            return question
    begun = [question for question in questions.values() if wanted and question.name.startswith(wanted)]
    if len(begun) == 1:
        return begun[0]
    raise BadInput("no_field", name=name.strip()[:SHOWN], fields=", ".join(questions)[:LISTED])
