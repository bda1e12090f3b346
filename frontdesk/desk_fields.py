"""The `[[queues.KEY.fields]]` tables of desk.toml: what a queue's form asks beside the words."""

import re
from collections.abc import Mapping
from typing import cast, get_args

from frontdesk.toml_table import Table, kind, shown
from inbox.directory import LANGUAGES
from inbox.question import Question, QuestionKind, Texts

KEYS = ("name", "label", "kind", "options", "required", "help")
OPTION_KEYS = ("value", "label")
MOST_FIELDS = 20
MOST_OPTIONS = 25  # of a menu in Discord's forms
LONGEST_NAME = 32
LONGEST_LABEL = 45  # over a field of Discord's forms; Slack takes 2,000
LONGEST_HELP = 100  # below it
LONGEST_OPTION = 60  # on a button of ours

_NAME = re.compile(r"[a-z][a-z0-9_-]*")


def read_fields(queue: Table) -> tuple[Question, ...]:
    """A queue's own fields, in the file's order; what is wrong with them is noted."""
    rows = queue.rows("fields")
    if len(rows) > MOST_FIELDS:
        queue.note(f"a form of {len(rows)} questions is too long for anybody: at most {MOST_FIELDS}", "fields")
        rows = rows[:MOST_FIELDS]
    found: dict[str, Question] = {}
    for row in rows:
        question = _question(row)
        if question.name and question.name in found:
            row.note(f"{shown(question.name)} is the name of another field already", "name")
        found.setdefault(question.name, question)
    return tuple(question for question in found.values() if question.name)


def _question(row: Table) -> Question:
    row.known(KEYS, "a field")
    chosen = cast(QuestionKind, row.word("kind", get_args(QuestionKind), "text"))
    name = _name(row)
    return Question(
        name,
        _texts(row, "label", LONGEST_LABEL) or dict.fromkeys(LANGUAGES, name),
        chosen,
        _options(row, chosen),
        row.flag("required"),
        _texts(row, "help", LONGEST_HELP),
    )


def _name(row: Table) -> str:
    name = row.text("name")
    if not row.has("name"):
        row.note('is missing: write name = "device"; agents write it after /ticket field', "name")
    elif name and (not _NAME.fullmatch(name) or len(name) > LONGEST_NAME):
        row.note(
            f"a field's name has a letter first and only a-z, 0-9, _ and -, at most {LONGEST_NAME}; its label may be"
            " anything",
            "name",
        )
        return ""
    return name


def _options(row: Table, chosen: QuestionKind) -> tuple[tuple[str, Texts], ...]:
    if chosen != "choice":
        if row.has("options"):
            row.note(f'only a choice has options: write kind = "choice", or leave them out of this {chosen}', "options")
        return ()
    items = row.items("options")
    if not items and not row.notes.any((*row.path, "options")):
        row.note('a choice needs options: write options = ["Laptop", "Phone"]', "options")
    if len(items) > MOST_OPTIONS:
        row.note(f"{len(items)} options are more than a menu holds: at most {MOST_OPTIONS}", "options")
    found: dict[str, Texts] = {}
    for number, item in enumerate(items[:MOST_OPTIONS]):
        value, label = _option(row, number, item)
        if value in found:
            row.note(f"{shown(value)} is here twice", "options", number)
        elif value:
            found[value] = label
    return tuple(found.items())


def _option(row: Table, number: int, item: object) -> tuple[str, Texts]:
    """An option's value and label: a text is both, a table tells them apart."""
    if isinstance(item, dict):
        table = Table(row.notes, (*row.path, "options", number), item)
        table.known(OPTION_KEYS, "an option")
        value = table.text("value")
        if not table.has("value"):
            table.note('is missing: write { value = "laptop", label = { en = "Laptop", sv = "Dator" } }', "value")
        _fits(table, value, LONGEST_OPTION, "value")
        return value, _texts(table, "label", LONGEST_OPTION) or dict.fromkeys(LANGUAGES, value)
    if not isinstance(item, str) or not item.strip():
        row.note(f"must be a text in quotes that is not empty, or a table, found {kind(item)}", "options", number)
        return "", {}
    text = item.strip()
    _fits(row, text, LONGEST_OPTION, "options", number)
    return text, dict.fromkeys(LANGUAGES, text)


def _texts(table: Table, key: str, limit: int) -> Texts:
    """Words in every language: one text is for all; of a table that lacks a language English stands in for it, or the
    first that is there. Empty where nothing is written."""
    if not isinstance(table.values.get(key), dict):
        text = table.text(key)
        _fits(table, text, limit, key)
        return dict.fromkeys(LANGUAGES, text) if text else {}
    below = table.table(key)
    assert below is not None
    return _in_every_language(below, limit)


def _in_every_language(below: Table, limit: int) -> Mapping[str, str]:
    below.known(LANGUAGES, "a label or help, which has a text for each language")
    given = {language: below.text(language) for language in LANGUAGES if below.has(language)}
    for language, text in given.items():
        _fits(below, text, limit, language)
    if not below.values:
        below.note('is empty: write { en = "Device", sv = "Enhet" }')
    usual = given.get("en") or next(iter(given.values()), "")
    return {language: given.get(language) or usual for language in LANGUAGES} if usual else {}


def _fits(table: Table, text: str, limit: int, *path: str | int) -> None:
    if len(text) > limit:
        table.note(f"has {len(text)} characters, and there is room for {limit}", *path)
