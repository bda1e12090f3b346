"""The `[agents."CONNECTION:USER"]` tables of desk.toml: what an agent is good at, and when they are there."""

from collections.abc import Iterable, Mapping

from frontdesk import desk_refs
from frontdesk.toml_lines import Path
from frontdesk.toml_table import Table, attempt, missing
from inbox.directory import Agent, Connection, Queue
from sla.hours import ALWAYS, OpeningHours

KEYS = ("skills", "hours")
LONGEST_SKILL = 64  # as a tag


def read_skills(table: Table) -> tuple[str, ...]:
    """The `skills` of a queue."""
    return tuple(dict.fromkeys(skill for _, skill in _skills(table)))


def _skills(table: Table) -> list[tuple[Path, str]]:
    """Skills with their paths, small, as tags are."""
    found = table.texts("skills")
    for path, text in found:
        if len(text) > LONGEST_SKILL:
            table.notes.add(path, f"is longer than a tag can be: {LONGEST_SKILL} characters")
    return [(path, text.casefold()) for path, text in found]


def read_agents(
    tables: Mapping[str, Table],
    connections: Mapping[str, Connection],
    hours: Mapping[str, OpeningHours],
    queues: Iterable[Queue],
) -> dict[tuple[str, str], Agent]:
    """What is said of agents, by connection and user id."""
    asked = {skill for queue in queues for skill in queue.skills}
    found = {}
    for name, table in tables.items():
        table.known(KEYS, "an agent")
        who = _account(name, table, connections)
        agent = Agent(_known_skills(table, asked), _shift(table, hours))
        if who:
            found[who] = agent
    return found


def _account(name: str, table: Table, connections: Mapping[str, Connection]) -> tuple[str, str] | None:
    ref = attempt(table.notes, table.path, lambda: desk_refs.agent(name, connections), None)
    if ref and ref.kind != "user":
        table.note("names several people: what is said here is one person's, so write CONNECTION:USER")
    return (ref.connection, ref.name) if ref else None


def _known_skills(table: Table, asked: set[str]) -> frozenset[str]:
    """Their skills. One for which no queue asks would be read by nobody."""
    skills = _skills(table)
    for path, skill in skills:
        if skill not in asked:
            sentence = missing(skill, sorted(asked), "skill")
            table.notes.add(path, f"{sentence}; the skills that matter stand with the queues")
    return frozenset(skill for _, skill in skills)


def _shift(table: Table, hours: Mapping[str, OpeningHours]) -> OpeningHours | None:
    name = table.text("hours")
    if not name:
        return None
    known = {"always": ALWAYS, **hours}
    if name not in known:
        table.note(missing(name, known, "hours"), "hours")
    return known.get(name)
