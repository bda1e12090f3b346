"""The `[[policies.….ladder]]` tables of desk.toml: who is told when a promise runs out, and how often again."""

import re
from collections.abc import Callable

from frontdesk.toml_table import Table, listed, missing, shown
from sla.ladder import AUDIENCES, DEFAULT, HIGHEST, LOWEST, MOST_REPEATS, Ladder, Step, name_of, repeated

_PERCENT = re.compile(r"(\d{1,4}(?:\.\d)?)\s*%", re.ASCII)
KEYS, REPEAT_KEYS = ("at", "to", "repeat"), ("every", "times")
Opening = Callable[[str], int]


def read_ladder(table: Table, opening: Opening) -> Ladder:
    """A policy's ladder; the usual one where none is written, and with `ladder = []` none at all.

    `opening` reads a length of opening time, in seconds.
    """
    if not table.has("ladder"):
        return DEFAULT
    rows = table.rows("ladder")
    steps = tuple(_step(row) for row in rows)
    highest = 0.0
    for row, step in zip(rows, steps, strict=True):
        if 0 < step.fraction <= highest:
            row.note(f"follows a step at {highest * 100:g}%: put the steps in their order, each share once", "at")
        highest = max(highest, step.fraction)
    for row in rows[:-1]:
        if row.has("repeat"):
            row.note("only the last step is repeated", "repeat")
    return _with_repeats(rows[-1], steps, opening) if rows else ()


def _step(row: Table) -> Step:
    """The step as far as it can be read; its share is 0 where that cannot."""
    row.known(KEYS, "a step of a ladder")
    fraction = row.parsed("at", _fraction, 0.0)
    if not row.has("at"):
        row.note('is missing: write at = "75%", a share of the promised time', "at")
    to = _audiences(row)
    return Step(name_of(fraction, to), fraction, to)


def _fraction(text: str) -> float:
    found = _PERCENT.fullmatch(text)
    fraction = float(found[1]) / 100 if found else 0.0
    if not LOWEST <= fraction <= HIGHEST:
        raise ValueError(f"{shown(text)} is no share of the promised time: write it like 75%, from 1% to 1000%")
    return fraction


def _audiences(row: Table) -> tuple[str, ...]:
    found = row.texts("to")
    for path, word in found:
        if word not in AUDIENCES:
            row.notes.add(path, missing(word, AUDIENCES, "audience"))
    if not row.values.get("to"):
        row.note(f"tells nobody: write a list of {listed(AUDIENCES)}", "to")
    return tuple(word for _, word in found if word in AUDIENCES)


def _with_repeats(row: Table, steps: Ladder, opening: Opening) -> Ladder:
    repeat = row.table("repeat")
    if repeat is None:
        return steps
    repeat.known(REPEAT_KEYS, "a repetition")
    every, times = repeat.parsed("every", opening, None), repeat.whole("times", 1, MOST_REPEATS)
    if not repeat.has("every"):
        repeat.note('is missing: write every = "4h", in opening time', "every")
    return repeated(steps, every, times) if every else steps
