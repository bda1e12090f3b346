"""The `[policies.…]` tables of desk.toml, and durations wherever they stand."""

import re
from collections.abc import Collection, Mapping
from dataclasses import replace
from functools import partial

from frontdesk.desk_ladder import read_ladder
from frontdesk.toml_table import Table, attempt, kind, listed, missing, shown
from inbox.desk.tags import tag_of
from inbox.directory import PLATFORMS
from sla.duration import Duration, in_seconds, parse, promisable
from sla.hours import ALWAYS, OpeningHours
from sla.policy import METRICS, PRIORITIES, Policy, Rule, Targets

KEYS = ("hours", *METRICS, "return_after", "pause_on_hold", "ladder", "nag_always", "rules")
FACTS = ("queue", "priority", "plan", "tag", "platform")
LONGEST_PLAN = 64  # characters, as the database keeps it
DEFAULT_RETURN = Duration(seconds=4 * 3600)

_DAYS = re.compile(r"[\d.]+\s*(working\s+)?(d|days?|w|weeks?)", re.IGNORECASE)


def read_policies(
    tables: Mapping[str, Table],
    hours: Mapping[str, OpeningHours],
    queues: Collection[str],
    plans: Mapping[str, frozenset[str]],
) -> dict[str, Policy]:
    """The policies by name. `hours` are the calendars, to which "always" belongs without being written; `plans` are the
    accounts that have one."""
    calendars = {**hours, "always": hours.get("always", ALWAYS)}
    read = {name: _policy(name, table, calendars, queues) for name, table in tables.items()}
    return {name: replace(policy, plans=plans) for name, policy in read.items()}


def read_seconds(table: Table, key: str, default: int) -> int:
    """A length of time by the clock, day and night, in seconds."""
    return table.parsed(key, clock_seconds, default)


def clock_seconds(text: str) -> int:
    """Seconds of "90s", "15m" or "168h". Raises ValueError, also for days: a working day is no length by the clock."""
    if _DAYS.fullmatch(text):
        raise ValueError(f"{shown(text)} is unclear, as this runs day and night: write hours, 24h or 168h")
    return parse(text).seconds


def _policy(name: str, table: Table, calendars: Mapping[str, OpeningHours], queues: Collection[str]) -> Policy:
    table.known(KEYS, "a policy")
    hours = _hours(table, calendars)
    ways: dict[str, bool] = {}  # metric → by the clock?
    targets = _targets(table, hours, ways)
    return Policy(
        name,
        hours,
        targets,
        tuple(rule for row in table.rows("rules") if (rule := _rule(row, hours, queues, ways))),
        table.parsed("return_after", lambda text: promisable(text, hours), DEFAULT_RETURN),
        table.flag("pause_on_hold"),
        ladder=read_ladder(table, lambda text: in_seconds(promisable(text, hours), hours)),
        nag_always=table.flag("nag_always"),
    )


def _hours(table: Table, calendars: Mapping[str, OpeningHours]) -> OpeningHours:
    name = table.text("hours")
    if not table.has("hours"):
        table.note(f"is missing: write hours = {listed(calendars)}", "hours")
    elif name and name not in calendars:
        table.note(missing(name, calendars, "hours"), "hours")
    return calendars.get(name, ALWAYS)


def _targets(table: Table, hours: OpeningHours, ways: dict[str, bool]) -> Targets:
    durations: dict[str, dict[str, Duration]] = {}
    for metric in METRICS:
        row = table.table(metric)
        if row is None:
            continue
        for odd in row.values.keys() - set(PRIORITIES):
            row.note(f"is no priority: write {listed(PRIORITIES)}", odd)
        durations[metric] = {
            priority: duration for priority in PRIORITIES if (duration := _target(row, metric, priority, hours, ways))
        }
    return Targets(durations)


def _target(row: Table, metric: str, priority: str, hours: OpeningHours, ways: dict[str, bool]) -> Duration | None:
    """A written target, if its metric is counted in the same way wherever the policy promises it."""
    duration = row.parsed(priority, lambda text: promisable(text, hours, calendar=True), None)
    if duration and duration.calendar != ways.setdefault(metric, duration.calendar):
        row.note(f"{metric} is promised in opening time and in calendar time here: choose one", priority)
        return None
    return duration


def _rule(row: Table, hours: OpeningHours, queues: Collection[str], ways: dict[str, bool]) -> Rule | None:
    row.known(("when", *METRICS), "a rule")
    targets = _targets(row, hours, ways)
    if not any(row.values.get(metric) for metric in METRICS):
        row.note('promises nothing: write a target, like first_reply = { normal = "1h" }')
    when = row.table("when")
    if when is None:
        if not row.has("when"):
            row.note('has no condition: write when = { plan = "gold" }', "when")
        return None
    when.known(FACTS, "a condition")
    facts = {fact: words for fact in FACTS if (words := _words(when, fact, queues))}
    _check_priorities(row, targets, facts.get("priority", ()))
    return attempt(row.notes, when.path, lambda: Rule(facts, targets), None) if facts or not when.values else None


def _check_priorities(row: Table, targets: Targets, only: Collection[str]) -> None:
    """Notes targets for priorities that the rule's own condition shuts out: they would be promised to nobody."""
    for metric, of_metric in targets.durations.items():
        for priority in of_metric if only else ():
            if priority not in only:
                row.note(f"is promised to nobody: the rule is for {listed(only)} alone", metric, priority)


def _words(when: Table, fact: str, queues: Collection[str]) -> tuple[str, ...]:
    """What a fact may be: one text or a list of them."""
    value = when.values.get(fact)
    if value is None:
        return ()
    if isinstance(value, str):
        found = [((*when.path, fact), when.text(fact))]
    elif isinstance(value, list):
        found = when.texts(fact)
        if not value:
            when.note("names nothing, so the rule would hold for no ticket", fact)
    else:
        when.note(f"must be a text or a list of texts, found {kind(value)}", fact)
        return ()
    known: Collection[str] | None = {"queue": queues, "priority": PRIORITIES, "platform": PLATFORMS}.get(fact)

    def read(word: str) -> str:
        if known is not None and word not in known:
            raise ValueError(missing(word, known, fact))
        if fact == "plan" and len(word) > LONGEST_PLAN:
            raise ValueError(f"is longer than a plan's name can be: {LONGEST_PLAN} characters")
        return tag_of(word) if fact == "tag" else word

    read_words = (attempt(when.notes, path, partial(read, word), "") for path, word in found if word)
    return tuple(word for word in read_words if word)
