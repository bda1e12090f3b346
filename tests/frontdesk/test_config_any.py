"""No desk.toml, whatever is in it, is answered by anything but a desk or a report."""

import json
import tomllib
from datetime import date
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from frontdesk import config, desk_automation, desk_hours, desk_policies, desk_queues
from frontdesk.config import ConfigError, parse
from inbox.directory import Desk
from tests.frontdesk.desk_texts import EXAMPLE, paths

WORDS = sorted(
    {
        *config.SECTIONS, *config.DESK_KEYS, *config.CONNECTION_KEYS, *config.WINDOW_KEYS, *desk_hours.KEYS,
        *desk_hours.DAY_KEYS, *desk_policies.KEYS, *desk_policies.FACTS, *desk_queues.KEYS, *desk_queues.SURVEY_KEYS,
        *desk_automation.KEYS, *desk_automation.WHEN_KEYS, *desk_automation.IF_KEYS, *desk_automation.DO_KEYS,
        "normal", "it", "acme", "standard", "office", "always", "members", "slack", "telegram", "dm",
        "acme:dm", "acme:#it", "shop:Desk", "acme:group:x", "2h", "2 working days", "08:00-12:00", "2026-12-24", "SE",
        "xoxb-1", "", " ", ":", "é", "\x7f", "a.b",
    }
)  # fmt: skip
WORD = st.sampled_from(WORDS) | st.text(max_size=6)
SCALAR = WORD | st.booleans() | st.integers(-(2**62), 2**62) | st.floats(allow_nan=True) | st.dates()
VALUE = st.recursive(SCALAR, lambda v: st.lists(v, max_size=3) | st.dictionaries(WORD, v, max_size=3), max_leaves=12)
TABLES = st.dictionaries(WORD, st.dictionaries(WORD, VALUE, max_size=4) | VALUE, max_size=3)
DOCUMENT = st.dictionaries(st.sampled_from(config.SECTIONS), TABLES | VALUE, max_size=5)


def toml(value: object) -> str:
    """The value as TOML, inline."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{toml(key)} = {toml(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(toml, value)) + "]"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float):
        return repr(value) if "e" not in repr(value) else "1e9"
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def answer(text: str) -> Desk | ConfigError:
    try:
        return parse(text, "desk.toml")
    except ConfigError as error:
        assert error.problems
        last = max(1, text.count("\n") + 1)
        assert all(1 <= problem.line <= last and problem.sentence for problem in error.problems)
        return error


@settings(max_examples=200, deadline=None)
@given(DOCUMENT)
def test_any_structure_gives_a_desk_or_a_report(document: dict[str, Any]) -> None:
    text = "\n".join(f"{toml(key)} = {toml(value)}" for key, value in document.items())
    assert tomllib.loads(text).keys() == document.keys()
    answer(text)


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_one_value_of_the_example_changed_to_anything_gives_a_desk_or_a_report(data: st.DataObject) -> None:
    document = tomllib.loads(EXAMPLE)
    path = data.draw(st.sampled_from(list(paths(document))))
    place: Any = document
    for part in path[:-1]:
        place = place[part]
    place[path[-1]] = data.draw(VALUE)
    answer("\n".join(f"{toml(key)} = {toml(value)}" for key, value in document.items()))


@settings(max_examples=200, deadline=None)
@given(st.integers(0, len(EXAMPLE)), st.integers(0, 30), st.text(alphabet="[]{}\"'#=.,\n\\ a1-", max_size=6))
def test_a_damaged_text_gives_a_desk_or_a_report(at: int, gone: int, put: str) -> None:
    answer(EXAMPLE[:at] + put + EXAMPLE[at + gone :])
