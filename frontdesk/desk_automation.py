"""The `[[rules]]` tables of desk.toml: when something happens, if the ticket is like this, do that."""

import re
from collections.abc import Callable, Collection, Mapping
from typing import TypeVar, cast, get_args

from frontdesk import desk_refs
from frontdesk.desk_policies import clock_seconds
from frontdesk.toml_table import Table, attempt, kind, listed, missing, shown
from inbox.automation import AUDIENCES, CAUSES, Closing, Deeds, Needs, Phrase, Rule, When, Who, phrase
from inbox.desk.tags import tag_of
from inbox.directory import LANGUAGES, PLATFORMS, Connection, Queue
from inbox.model import PRIORITIES, Priority, Status

T = TypeVar("T")
KEYS = ("name", "when", "if", "do")
WHEN_KEYS = ("status", "rating", "idle")
IF_KEYS = ("queue", "priority", "status", "text", "requester", "language", "platform", "tag", "field")
DO_KEYS = ("queue", "priority", "tag", "assign", "note", "reply", "notify", "close")
SCORES = range(1, 8)  # of any survey
MOST_RULES = 200
MOST_WORDS = 100  # values of one condition
LONGEST_NAME = 64  # as the database keeps it
LONGEST_NOTE = 4_000
SHORTEST_IDLE = 60  # seconds

Connections = Mapping[str, Connection]

_NAME = re.compile(r"[a-z0-9-]+")


def read_rules(document: Table, connections: Connections, queues: Mapping[str, Queue]) -> tuple[Rule, ...]:
    """The rules in the file's order; what is wrong with them is noted."""
    rows = document.rows("rules")
    if len(rows) > MOST_RULES:
        document.note(f"are {len(rows)} rules, which nobody can keep in mind: at most {MOST_RULES}", "rules")
    found: dict[str, Rule] = {}
    for row in rows[:MOST_RULES]:
        rule = _rule(row, connections, queues)
        if rule.name and rule.name in found:
            row.note(f"{shown(rule.name)} is the name of another rule already", "name")
        found.setdefault(rule.name, rule)
    return tuple(rule for rule in found.values() if rule.name)


def _rule(row: Table, connections: Connections, queues: Mapping[str, Queue]) -> Rule:
    row.known(KEYS, "a rule")
    needs, do = _needs(row, connections, queues), _deeds(row, connections, queues)
    opened = [key for key in needs.queue if key in queues and queues[key].private]
    to = queues.get(do.queue)
    if to and not to.private and opened:
        row.note(f"would show tickets of {listed(opened)}, which is private, in {shown(to.key)}", "do", "queue")
    return Rule(_name(row), _when(row), needs, do)


def _name(row: Table) -> str:
    name = row.text("name")
    if not row.has("name"):
        row.note('is missing: write name = "vpn-first"; people read it where the rule did something', "name")
    elif name and (not _NAME.fullmatch(name) or len(name) > LONGEST_NAME):
        row.note(f"a rule's name has only a-z, 0-9 and -, at most {LONGEST_NAME} of them", "name")
        return ""
    return name


# When


def _when(row: Table) -> When:
    value = row.values.get("when")
    if value is None:
        row.note(f'is missing: write when = "created"; it may be {listed(CAUSES)}', "when")
        return When()
    if isinstance(value, dict):
        return _when_table(row)
    words = _words(row, "when", tuple(cause for cause in CAUSES if cause != "idle"), "cause")
    return When("created" in words, "message" in words, _any("status", words), _any("rating", words))


def _any(word: str, words: Collection[str]) -> tuple[()] | None:
    return () if word in words else None


def _when_table(row: Table) -> When:
    table = row.table("when")
    assert table is not None
    table.known(WHEN_KEYS, "what a rule waits for")
    if not table.values:
        row.note('waits for nothing: write when = "created", or when = { idle = "4h" }', "when")
    idle = table.parsed("idle", clock_seconds, 0)
    if table.text("idle") and 0 < idle < SHORTEST_IDLE:
        table.note("is at least a minute", "idle")
    statuses = cast(tuple[Status, ...], _words(table, "status", get_args(Status), "status"))
    return When(
        status=statuses if table.has("status") else None,
        rating=_scores(table) if table.has("rating") else None,
        idle_seconds=idle,
    )


def _scores(table: Table) -> tuple[int, ...]:
    value = table.values["rating"]
    found = value if isinstance(value, list) else [value]
    if not found or any(isinstance(one, bool) or one not in SCORES for one in found):
        table.note("must be a number from 1 to 7, or a list of them", "rating")
        return ()
    return tuple(found)


# If


def _needs(row: Table, connections: Connections, queues: Mapping[str, Queue]) -> Needs:
    table = row.table("if")
    if table is None:
        return Needs()
    table.known(IF_KEYS, "a condition")
    return Needs(
        queue=_words(table, "queue", queues, "queue"),
        priority=cast(tuple[Priority, ...], _words(table, "priority", PRIORITIES, "priority")),
        status=cast(tuple[Status, ...], _words(table, "status", get_args(Status), "status")),
        text=_read(table, "text", _phrase),
        requester=_read(table, "requester", lambda text: _one_person(text, connections)),
        language=_words(table, "language", LANGUAGES, "language"),
        platform=_words(table, "platform", PLATFORMS, "platform"),
        tag=_read(table, "tag", tag_of),
        fields=_fields(table, queues),
    )


def _phrase(text: str) -> Phrase:
    if len(text) > 200:
        raise ValueError("is too long to be looked for: at most 200 characters")
    return phrase(text)


def _fields(table: Table, queues: Mapping[str, Queue]) -> dict[str, tuple[str, ...]]:
    below = table.table("field")
    if below is None:
        return {}
    known = {question.name for queue in queues.values() for question in queue.fields}
    for name in below.values.keys() - known:
        below.note(missing(name, known, "field"), name)
    return {name: _read(below, name, str) for name in below.values}


# Do


def _deeds(row: Table, connections: Connections, queues: Mapping[str, Queue]) -> Deeds:
    table = row.table("do")
    if table is None or not table.values:
        if table is not None or not row.has("do"):
            row.note('does nothing: write do = { priority = "high" }', "do")
        return Deeds()
    table.known(DO_KEYS, "what a rule does")
    queue, note = table.text("queue"), table.text("note")
    if queue and queue not in queues:
        table.note(missing(queue, queues, "queue"), "queue")
    if len(note) > LONGEST_NOTE:
        table.note(f"is too long: at most {LONGEST_NOTE} characters", "note")
    return Deeds(
        queue=queue,
        priority=cast(Priority, table.word("priority", PRIORITIES, "")),
        tag=_read(table, "tag", tag_of),
        assign=table.parsed("assign", lambda text: _one_person(text, connections), None),
        note=note,
        reply=table.text("reply").casefold(),
        notify=_read(table, "notify", lambda text: text if text in AUDIENCES else _told(text, connections)),
        close=cast(Closing, table.word("close", get_args(Closing), "")),
    )


def _one_person(text: str, connections: Connections) -> Who:
    found = desk_refs.agent(text, connections)
    if found.kind != "user":
        raise ValueError(f"{shown(text)} are several people: name one, by id")
    return Who(found.connection, found.name)


def _told(text: str, connections: Connections) -> Who:
    if ":" not in text:
        raise ValueError(f"{shown(text)} is nobody: write {listed(AUDIENCES)}, or a person's id")
    return _one_person(text, connections)


# One text or a list of them


def _words(table: Table, key: str, known: Collection[str], what: str) -> tuple[str, ...]:
    """Texts that must be among those that are known."""

    def read(text: str) -> str:
        if text not in known:
            raise ValueError(missing(text, known, what))
        return text

    return _read(table, key, read)


def _read(table: Table, key: str, read: Callable[[str], T]) -> tuple[T, ...]:
    """What one text, or each of a list of them, is read as."""
    value = table.values.get(key)
    if value is None:
        return ()
    if isinstance(value, str):
        texts = [((*table.path, key), text)] if (text := table.text(key)) else []
    elif isinstance(value, list):
        texts = table.texts(key)
        if not value or len(value) > MOST_WORDS:
            table.note(f"names {'nothing' if not value else 'too much'}: 1 to {MOST_WORDS} texts", key)
    else:
        table.note(f"must be a text or a list of texts, found {kind(value)}", key)
        return ()
    found = (attempt(table.notes, path, lambda text=text: read(text), None) for path, text in texts)  # type: ignore[misc]
    return tuple(one for one in found if one is not None)
