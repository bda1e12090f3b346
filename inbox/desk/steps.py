"""A form that is asked in a direct chat, one question after the other: what it is about, then the queue's own.

How far it is stands in a row, and each question goes out with the answer to the one before: nothing is lost by a
restart. Whoever stops answering after they said what it is about has their ticket after an hour, with what is known.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from inbox.desk import fields, matter, outgoing
from inbox.desk.fields import Reader, said
from inbox.desk.matter import Opening, Received
from inbox.directory import Queue
from inbox.errors import BadInput
from inbox.locale import nearest, say
from inbox.model import Person, Place, Said
from inbox.question import Question
from inbox.store import Tx, alarms, drafts, files, messages, people, tickets
from inbox.store.drafts import Draft

STEPS = "steps"  # the form's name
ALARM = "draft"  # kind of alarms, by account
KEPT = timedelta(hours=1)  # how long a question waits for its answer
HINTS = frozenset({"date", "person", "number"})


def begin(tx: Tx, now: datetime, identity_id: int, place: Place, queue: Queue) -> None:
    """Asks the first question. What was asked there before is forgotten."""
    cancel(tx, now, identity_id, place.room)
    answers = {"queue": queue.key, "connection": place.connection, "messages": [], "own": {}}
    _ask(tx, now, Draft(identity_id, place.room, STEPS, now, 0, answers), queue)


def heard(tx: Tx, now: datetime, words: Said, person: Person, identity_id: int) -> Received | None:
    """Words in a direct chat, as the answer to the question that was asked there; None where none was."""
    people.lock(tx, person.id)  # whoever answers twice at a time is heard one after the other
    asked = _asked(tx, now, identity_id, words.place.room)
    if asked is None:
        return None
    draft, queue = asked
    if draft.step == 0 or words.files:
        kept = matter.store_words(tx, now, words, None, person.id)
        draft = _with(draft, messages=[*draft.answers["messages"], kept])
    if draft.step == 0:
        return _next(tx, now, draft, queue, person)
    question = queue.fields[draft.step - 1]
    how = fields.reader(tx, now, person.id, words.place.connection)
    try:
        value = fields.checked(tx, how, question, words.text)
    except BadInput as mistake:
        _ask(tx, now, draft, queue, say(how.language, mistake.key, **mistake.facts))
        return Received("asked")
    return _next(tx, now, _answered(draft, question, value), queue, person)


def pick(tx: Tx, now: datetime, person: Person, identity_id: int, room: str, step: int, option: int) -> tuple[str, str]:
    """An option was chosen; returns the question and the option as they are read. Raises BadInput where that is not
    what is asked."""
    draft, queue, question = _current(tx, now, person, identity_id, room, step)
    if question.kind != "choice" or not 0 <= option < len(question.options):
        raise BadInput("stale_button")
    language = nearest(person.language) or tx.directory.desk.language
    value, label = question.options[option]
    _next(tx, now, _answered(draft, question, value), queue, person)
    return said(question.label, language), said(label, language)


def skip(tx: Tx, now: datetime, person: Person, identity_id: int, room: str, step: int) -> str:
    """A question was left out, which is returned. Raises BadInput where that is not asked, or wants an answer."""
    draft, queue, question = _current(tx, now, person, identity_id, room, step)
    if question.required:
        raise BadInput("stale_button")
    _next(tx, now, _answered(draft, question, ""), queue, person)
    return said(question.label, nearest(person.language) or tx.directory.desk.language)


def cancel(tx: Tx, now: datetime, identity_id: int, room: str) -> bool:
    """Forgets what was asked in a room; False where nothing was."""
    found = drafts.get(tx, identity_id, room, now)
    if found is None or found.form != STEPS:
        return False
    for message_id in found.answers["messages"]:
        messages.change(tx, message_id, state="cancelled")
    drop(tx, identity_id, room)
    return True


def keep(tx: Tx, now: datetime, draft: Draft) -> None:
    """Keeps how far any form is, for an hour from now."""
    drafts.put(tx, replace(draft, until=now + KEPT))
    alarms.put(tx, ALARM, draft.identity_id, now + KEPT)


def drop(tx: Tx, identity_id: int, room: str) -> None:
    """Forgets how far a form is."""
    drafts.drop(tx, identity_id, room)
    if not drafts.of_account(tx, identity_id):
        alarms.put(tx, ALARM, identity_id, None)


def lock_for(tx: Tx, identity_id: int) -> None:
    """Takes the first lock of `timed_out`."""
    account = people.identity_of(tx, identity_id)
    if account:
        people.lock(tx, account.person_id)


def timed_out(tx: Tx, now: datetime, identity_id: int) -> None:
    """Nobody answered in time, for the alarm goes with the last answer: words that were written open their ticket,
    forms that were left are forgotten."""
    account = people.identity_of(tx, identity_id)
    person = people.get(tx, account.person_id) if account else None
    for draft in drafts.of_account(tx, identity_id):
        drafts.drop(tx, identity_id, draft.room)
        if draft.form == STEPS and draft.answers["messages"] and person and not person.blocked:
            _open(tx, now, draft, tx.directory.queue(draft.answers["queue"]), person)


# How far it is


def _asked(tx: Tx, now: datetime, identity_id: int, room: str) -> tuple[Draft, Queue] | None:
    """What is being asked in a room, and for which queue. One whose queue or question the file no longer has ends with
    what is known."""
    draft = drafts.get(tx, identity_id, room, now)
    if draft is None or draft.form != STEPS:
        return None
    queue = tx.directory.queue(draft.answers["queue"])
    return (draft, queue) if draft.step <= len(queue.fields) else None


def _current(
    tx: Tx, now: datetime, person: Person, identity_id: int, room: str, step: int
) -> tuple[Draft, Queue, Question]:
    people.lock(tx, person.id)
    asked = _asked(tx, now, identity_id, room)
    if asked is None or step != asked[0].step or step < 1:
        raise BadInput("stale_button")
    return (*asked, asked[1].fields[step - 1])


def _with(draft: Draft, **changes: Any) -> Draft:
    return replace(draft, answers={**draft.answers, **changes})


def _answered(draft: Draft, question: Question, value: str) -> Draft:
    return _with(draft, own={**draft.answers["own"], question.name: value})


def _next(tx: Tx, now: datetime, draft: Draft, queue: Queue, person: Person) -> Received:
    """Asks the next question; after the last the ticket is opened."""
    if draft.step < len(queue.fields):
        _ask(tx, now, replace(draft, step=draft.step + 1), queue)
        return Received("asked")
    drop(tx, draft.identity_id, draft.room)
    return Received("opened", _open(tx, now, draft, queue, person))


def _open(tx: Tx, now: datetime, draft: Draft, queue: Queue, person: Person) -> int:
    """Opens the ticket of the first words; pictures and the like that came later follow."""
    ids: list[int] = draft.answers["messages"]
    first, more = ids[0], ids[1:]
    words = messages.get(tx, first)
    assert words is not None
    named = words.text or next((one.name for one in files.of_messages(tx, [first]).get(first, ())), "")
    home = Place(draft.answers["connection"], draft.room)

    def keep_words(number: int) -> int:
        messages.put_in(tx, number, [first])
        return first

    number = matter.open_ticket(tx, now, Opening(queue, person, named, words.written_at, home), keep_words)
    fields.begin(tx, now, number, person.id, draft.answers["own"])
    opened = tickets.get(tx, number)
    if more and opened:
        messages.put_in(tx, number, more)
        matter.join(tx, now, opened, more, words.written_at)
    return number


# The questions


def _ask(tx: Tx, now: datetime, draft: Draft, queue: Queue, mistake: str = "") -> None:
    """Asks the question that a form is at, after what was wrong with the last answer."""
    keep(tx, now, draft)
    account = people.identity_of(tx, draft.identity_id)
    assert account is not None
    how = fields.reader(tx, now, account.person_id, account.connection)
    lines, titles, actions = _first(queue, how) if draft.step == 0 else _question(draft, queue, how)
    words = "\n".join(filter(None, (mistake, *lines)))
    cancel_it = (f"cancel:{draft.step}.",)
    outgoing.to_account(tx, now, account, "form.step.asked", (*actions, *cancel_it), question=words, titles=titles)


Asked = tuple[Sequence[str], Mapping[str, str], Sequence[str]]  # lines, the buttons' labels, their actions


def _first(queue: Queue, how: Reader) -> Asked:
    return (say(how.language, "form.step.first", queue=queue.title),), {}, ()


def _question(draft: Draft, queue: Queue, how: Reader) -> Asked:
    question, language = queue.fields[draft.step - 1], how.language
    label = said(question.label, language)
    hint = say(language, f"form.step.{question.kind}") if question.kind in HINTS else ""
    lines = (
        say(language, "form.step.question", label=label, at=draft.step, of=len(queue.fields)),
        said(question.help, language) or hint,
    )
    # the dot keeps an argument from being taken for a queue's key
    picks = {f"{draft.step}.{number}": said(label, language) for number, (_, label) in enumerate(question.options)}
    skips = () if question.required else (f"skip:{draft.step}.",)
    return lines, picks, (*(f"pick:{argument}" for argument in picks), *skips)
