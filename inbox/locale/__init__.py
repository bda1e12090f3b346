"""What Frontdesk says, in English, Swedish and Danish: one folder a language, one file an area, the same keys in each.

A text is filled in once, with named facts only: `{name}` stands for a fact, nothing is evaluated, and a fact's own
braces stay as they are. A text for a number has the forms `one` and `other`, chosen by the fact `n`.
"""

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any

LANGUAGES = ("en", "sv", "da")
SLOT = re.compile(r"\{([a-z_]+)\}")
REASON = re.compile(r"(?P<said>.*?)(?P<detail> \(.*\))?\.", re.DOTALL)


@cache
def catalogue(language: str) -> Mapping[str, Any]:
    """Key → text (or {"one": …, "other": …}) of one language."""
    texts: dict[str, Any] = {}
    folder = resources.files(__package__) / language
    for file in sorted(folder.iterdir(), key=lambda f: f.name):
        if file.name.endswith(".toml"):
            _flatten("", tomllib.loads(file.read_text("utf-8")), texts)
    return texts


def _flatten(prefix: str, table: Mapping[str, Any], into: dict[str, Any]) -> None:
    for key, value in table.items():
        if isinstance(value, dict) and "other" not in value:
            _flatten(f"{prefix}{key}.", value, into)
        else:
            into[prefix + key] = value


def nearest(language: str) -> str:
    """The language we speak that is nearest to a platform's locale ("sv-SE", "nb", "en_GB"); "" for none."""
    short = re.split("[-_]", language.strip().lower())[0]
    return short if short in LANGUAGES else {"nb": "da", "nn": "da", "no": "da"}.get(short, "")


def say(language: str, key: str, **facts: Any) -> str:
    """The sentence for `key` in a language (English where it is not ours). Raises KeyError for no such key."""
    texts = catalogue(language if language in LANGUAGES else "en")
    text = texts[key]
    if isinstance(text, dict):
        text = text["one"] if facts.get("n") == 1 else text["other"]
    return SLOT.sub(lambda slot: str(facts.get(slot[1], slot[0])), text)


def reason(language: str, stored: str) -> str:
    """Why something did not arrive, in a language: a stored sentence of the English catalogue's `reason` part, with
    what the platform said in brackets. A sentence that is not of ours stays as it is."""
    parts = REASON.fullmatch(stored)
    if parts is None:
        return stored
    for key, pattern in _reasons():
        found = pattern.fullmatch(parts["said"])
        if found:
            return say(language, key, **found.groupdict()).removesuffix(".") + (parts["detail"] or "") + "."
    return stored


@cache
def _reasons() -> tuple[tuple[str, re.Pattern[str]], ...]:
    """The keys of the reasons, and what their English sentences look like when they are filled in."""
    english = [(key, str(text).removesuffix(".")) for key, text in catalogue("en").items() if key.startswith("reason.")]
    return tuple((key, re.compile(SLOT.sub(r"(?P<\1>\\S+)", _literal(text)))) for key, text in english)


def _literal(text: str) -> str:
    """A pattern for the text itself, its slots left as they are."""
    return "".join(part if n % 2 else re.escape(part) for n, part in enumerate(re.split(r"(\{[a-z_]+\})", text)))
