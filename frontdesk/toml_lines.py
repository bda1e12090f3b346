"""Where each key of a TOML text stands: the standard library's reader keeps no line numbers.

Works on text that `tomllib` has accepted, so it only finds ends and never judges. It knows tables, arrays of tables,
dotted and quoted keys, inline tables and arrays over several lines.
"""

import re
import tomllib
from bisect import bisect_right
from collections.abc import Collection

Path = tuple[str | int, ...]

_STRING = re.compile(
    r'"""(?:\\.|[^\\])*?"{3,5}'  # up to two quotes may stand before the three that end it
    r"|'''.*?'{3,5}"
    r'|"(?:\\.|[^"\\])*"'
    r"|'[^']*'",
    re.DOTALL,
)
_BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_BARE_VALUE = re.compile(r"[^,\]}#\n]*")


class Lines:
    """The line, counted from 1, of every key path in a text: ("queues", "it", "intake", 0) → 41."""

    def __init__(self, text: str) -> None:
        self._found = _Scanner(text).scan()

    def of(self, path: Path) -> int:
        """The line of that path, or of the nearest table around it if the path is not in the text."""
        while path and path not in self._found:
            path = path[:-1]
        return self._found.get(path, 1)

    def paths(self) -> Collection[Path]:
        """Every path that is written."""
        return self._found.keys()


class _Scanner:
    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._starts = [0, *(match.end() for match in re.finditer("\n", text))]
        self._found: dict[Path, int] = {}
        self._sizes: dict[Path, int] = {}  # arrays of tables, and how many they have so far

    def scan(self) -> dict[Path, int]:
        table: Path = ()
        self._skip(_BLANK)
        while self._at < len(self._text):
            if self._text.startswith("[", self._at):
                table = self._header()
            else:
                self._pair(table)
            self._skip(_BLANK)
        return self._found

    def _header(self) -> Path:
        array = self._text.startswith("[[", self._at)
        start = self._at
        self._at += 2 if array else 1
        path = self._inside(self._keys())
        self._at += 2 if array else 1
        if array:
            self._mark(path, start)
            self._sizes[path] = self._sizes.get(path, 0) + 1
            path = (*path, self._sizes[path] - 1)
        # A header written out is a better place than a first mention as part of another's name.
        self._found[path] = self._line(start)
        for length in range(1, len(path)):
            self._mark(path[:length], start)
        return path

    def _inside(self, keys: list[str]) -> Path:
        """The path of a header, through the newest table of each array of tables on the way."""
        path: Path = ()
        for number, key in enumerate(keys, 1):
            path = (*path, key)
            if path in self._sizes and number < len(keys):
                path = (*path, self._sizes[path] - 1)
        return path

    def _pair(self, table: Path) -> None:
        start = self._at
        path = table
        for key in self._keys():
            path = (*path, key)
            self._mark(path, start)
        self._at += 1  # the equals sign
        self._skip(_BLANK)
        self._value(path)

    def _keys(self) -> list[str]:
        """The parts of a dotted key, and the blanks behind them."""
        keys = []
        while True:
            self._skip(_BLANK)
            keys.append(self._key())
            self._skip(_BLANK)
            if not self._text.startswith(".", self._at):
                return keys
            self._at += 1

    def _key(self) -> str:
        if self._text[self._at] in "\"'":
            return str(tomllib.loads(f"key = {self._skip(_STRING)}")["key"])
        return self._skip(_BARE_KEY)

    def _value(self, path: Path) -> None:
        first = self._text[self._at]
        if first in "[{":
            self._at += 1
            self._members(path, "]" if first == "[" else "}")
        else:
            self._skip(_STRING if first in "\"'" else _BARE_VALUE)

    def _members(self, path: Path, end: str) -> None:
        number = 0
        self._skip(_BLANK)
        while not self._text.startswith(end, self._at):
            if end == "}":
                self._pair(path)
            else:
                self._mark((*path, number), self._at)
                self._value((*path, number))
                number += 1
            self._skip(_BLANK)
            self._at += self._text.startswith(",", self._at)
            self._skip(_BLANK)
        self._at += 1

    def _skip(self, pattern: re.Pattern[str]) -> str:
        match = pattern.match(self._text, self._at)
        assert match is not None, "the text was accepted by tomllib"
        self._at = match.end()
        return match.group()

    def _mark(self, path: Path, at: int) -> None:
        self._found.setdefault(path, self._line(at))

    def _line(self, at: int) -> int:
        return bisect_right(self._starts, at)
