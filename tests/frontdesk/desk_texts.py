"""What the tests of desk.toml share: a whole file, a smallest one, and what is said of a text."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from frontdesk.config import ConfigError, parse

ROOT = Path(__file__).parents[2]
EXAMPLE = (ROOT / "docs" / "desk.example.toml").read_text("utf-8")
SMALL = """\
[desk]
name = "Acme"
[connections.acme]
platform = "slack"
[connections.shop]
platform = "telegram"
[policies.standard]
hours = "always"
[queues.it]
desk = "acme:#it-desk"
agents = "members"
"""


def problems(text: str) -> list[str]:
    """What is said of that text, without the file's name."""
    with pytest.raises(ConfigError) as caught:
        parse(text, "desk.toml")
    assert caught.value.problems == sorted(caught.value.problems)
    assert str(caught.value).splitlines() == [str(problem) for problem in caught.value.problems]
    return [str(problem).removeprefix("desk.toml:") for problem in caught.value.problems]


def problem(text: str) -> str:
    (only,) = problems(text)
    return only


def small(*lines: str, instead: str = "") -> str:
    """The smallest desk, with these lines at its end and one line of it taken out."""
    return SMALL.replace(f"{instead}\n", "\n") + "\n".join(lines) + "\n"


def paths(value: object, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """The path of every value in a document, in its order."""
    below = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in below:
        yield (*path, key)
        yield from paths(item, (*path, key))
