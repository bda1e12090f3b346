"""Reading TOML tables key by key, collecting what is wrong instead of raising: `Notes` holds it, with file and line."""

import difflib
import json
import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, time
from typing import TypeVar

from frontdesk.settings_values import looks_real
from frontdesk.toml_lines import Lines, Path

T = TypeVar("T")
SHOWN = 60
LISTED = 8

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_SECRET_NAME = re.compile(r"(.*[_-])?(token|secret|password|passwd|api_?key)", re.IGNORECASE)


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One mistake in a file: its line from 1, its key's path (`queues.it.intake[0]`, "" for the file), and what."""

    file: str
    line: int
    path: str
    sentence: str

    def __str__(self) -> str:
        return (
            f"{self.file}:{self.line} {self.path}: {self.sentence}"
            if self.path
            else f"{self.file}:{self.line}: {self.sentence}"
        )


class ConfigError(Exception):
    """A file that cannot be used. `problems` holds every mistake, in the file's order."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = sorted(problems)
        super().__init__("\n".join(map(str, self.problems)))


class Notes:
    """The mistakes found so far in one file."""

    def __init__(self, file: str, lines: Lines) -> None:
        self._file, self._lines = file, lines
        self._problems: dict[Problem, None] = {}
        self._paths: set[Path] = set()

    def add(self, path: Path, sentence: str) -> None:
        """Notes a mistake; the same one twice is one."""
        self._problems[Problem(self._file, self._lines.of(path), dotted(path), sentence)] = None
        self._paths.add(path)

    def any(self, path: Path) -> bool:
        """Whether something was noted at that path or below it."""
        return any(at[: len(path)] == path for at in self._paths)

    def check(self) -> None:
        """Raises ConfigError if there were mistakes."""
        if self._problems:
            raise ConfigError(self._problems)


class Table:
    """One table of the file. Each reading method gives a value or, after noting what was wrong, the default or None."""

    def __init__(self, notes: Notes, path: Path, values: Mapping[str, object]) -> None:
        self.notes, self.path, self.values = notes, path, values

    def note(self, sentence: str, *path: str | int) -> None:
        """Notes a mistake at a key of this table, or at the table itself."""
        self.notes.add((*self.path, *path), sentence)

    def has(self, key: str) -> bool:
        """Whether the key is written at all."""
        return key in self.values

    def known(self, keys: Collection[str], what: str) -> None:
        """Notes every key that is none of these. `what` names the table: "a queue"."""
        for key in self.values:
            if key not in keys:
                self.unknown(key, keys, what)

    def unknown(self, key: str, keys: Collection[str], what: str) -> None:
        """Notes that the table has a key it should not have."""
        if _SECRET_NAME.fullmatch(key):
            self.note("tokens and passwords never stand in this file: write it into the environment or .env", key)
        else:
            self.note(f"is no key of {what}{_suggest(key, keys)}", key)

    def text(self, key: str, default: str = "") -> str:
        """A text; blank is a mistake."""
        value = self._typed(key, str, "a text in quotes")
        if value is None:
            return default
        if not value.strip():
            self.note("is empty: write something, or leave the line out", key)
            return default
        return value.strip()

    def word(self, key: str, words: Collection[str], default: str) -> str:
        """One of these words."""
        value = self.text(key, default)
        if value in words or not self.has(key) or value == default:
            return value
        self.note(f"{shown(value)} is not one of {listed(words)}{_suggest(value, words)}", key)
        return default

    def flag(self, key: str, default: bool = False) -> bool:
        """true or false."""
        value = self._typed(key, bool, "true or false")
        return default if value is None else bool(value)

    def whole(self, key: str, default: int, most: int) -> int:
        """A whole number from 0 to `most`."""
        value = self._typed(key, int, "a whole number")
        if value is None or 0 <= value <= most:
            return default if value is None else value
        self.note(f"must lie between 0 and {most}", key)
        return default

    def table(self, key: str) -> "Table | None":
        """A table under this one; None if it is absent or something else."""
        value = self._typed(key, dict, "a table")
        return None if value is None else Table(self.notes, (*self.path, key), value)

    def tables(self, key: str) -> "dict[str, Table]":
        """The tables under that key by their names: `[queues.it]`, `[queues.customers]`."""
        over = self.table(key)
        found = {name: over.table(name) for name in over.values} if over else {}
        return {name: table for name, table in found.items() if table}

    def items(self, key: str) -> list[object]:
        """A list, whatever is in it."""
        return self._typed(key, list, "a list") or []

    def rows(self, key: str) -> "list[Table]":
        """An array of tables."""
        rows = self._typed(key, list, "an array of tables, [[…]]") or []
        found = []
        for number, row in enumerate(rows):
            if isinstance(row, dict):
                found.append(Table(self.notes, (*self.path, key, number), row))
            else:
                self.note(f"must be a table, found {kind(row)}", key, number)
        return found

    def texts(self, key: str) -> list[tuple[Path, str]]:
        """A list of texts, each with its path; texts that occur twice are noted and given once."""
        found: dict[str, Path] = {}
        for number, item in enumerate(self.items(key)):
            if not isinstance(item, str):
                self.note(f"must be a text in quotes, found {kind(item)}", key, number)
            elif not item.strip():
                self.note("is empty: write something, or leave it out", key, number)
            elif item.strip() in found:
                self.note(f"{shown(item)} is here twice", key, number)
            else:
                found[item.strip()] = (*self.path, key, number)
        return [(path, text) for text, path in found.items()]

    def parsed(self, key: str, parse: Callable[[str], T], default: T) -> T:
        """A text as `parse` reads it; what it raises as ValueError is noted."""
        text = self.text(key)
        return attempt(self.notes, (*self.path, key), lambda: parse(text), default) if text else default

    def _typed(self, key: str, wanted: type[T], what: str) -> T | None:
        value = self.values.get(key)
        if value is None:
            return None
        if isinstance(value, wanted) and isinstance(value, bool) == (wanted is bool):
            return value
        self.note(f"must be {what}, found {kind(value)}", key)
        return None


def attempt(notes: Notes, path: Path, make: Callable[[], T], default: T) -> T:
    """What `make` gives; if it raises ValueError, that is noted at the path and the default given."""
    try:
        return make()
    except ValueError as error:
        notes.add(path, str(error))
        return default


def note_tokens(notes: Notes, value: object, path: Path = ()) -> None:
    """Notes every text in there that has the form of a token, whatever its key."""
    if isinstance(value, dict):
        for key, below in value.items():
            note_tokens(notes, below, (*path, key))
    elif isinstance(value, list):
        for number, below in enumerate(value):
            note_tokens(notes, below, (*path, number))
    elif isinstance(value, str) and looks_real(value.strip()):
        notes.add(path, "looks like a token: take it out of this file and write it into the environment or .env")


def missing(key: str, keys: Collection[str], what: str) -> str:
    """The sentence for a reference that leads nowhere: `there is no queue "itt": did you mean "it"?`"""
    some = [*keys][:LISTED] + ["…"] * (len(keys) > LISTED)
    have = f": write {listed(some)}" if keys else f", the file has no {what} at all"
    return f"there is no {what} {shown(key)}{_suggest(key, keys) or have}"


def listed(words: Iterable[str]) -> str:
    """ "a", "b" or "c"."""
    *most, last = map(shown, words)
    return f"{', '.join(most)} or {last}" if most else last


def shown(text: str) -> str:
    """The text in quotes, cut where it is long, and not at all where it may be a secret."""
    if looks_real(text.strip()):
        return "(what is written)"
    return json.dumps(text if len(text) <= SHOWN else text[:SHOWN] + "…", ensure_ascii=False)


def kind(value: object) -> str:
    """What a value is, in the file's words."""
    if isinstance(value, bool):
        return "true or false"
    for types, name in _KINDS:
        if isinstance(value, types):
            return name
    return "something else"


_KINDS: tuple[tuple[type | tuple[type, ...], str], ...] = (
    (str, "a text"),
    ((int, float), "a number"),
    ((date, time), "a date or time"),
    (list, "a list"),
    (dict, "a table"),
)


def dotted(path: Path) -> str:
    """The path as people write it: queues.it.intake[0]."""
    written = ""
    for part in path:
        if isinstance(part, int):
            written += f"[{part}]"
        else:
            written += ("." if written else "") + (part if _BARE.fullmatch(part) else shown(part))
    return written


def _suggest(word: str, words: Collection[str]) -> str:
    near = difflib.get_close_matches(word[:SHOWN], words, n=1)
    return f": did you mean {shown(near[0])}?" if near else ""
