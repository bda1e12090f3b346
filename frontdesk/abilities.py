"""What each platform can do, as a page made from the code: `frontdesk platforms > docs/platforms.md`."""

import inspect
import re
from collections.abc import Iterable
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

import bots
from bots.port import Ability

TEXT = re.compile(r'^ +[A-Z_]+ = "(\w+)" +# (.+)$', re.MULTILINE)
HEAD = """\
# What each platform can do

Platforms differ in abilities, not in meaning: the desk never asks which one it talks to. What an adapter lacks it
leaves out, and what then happens instead is visible. This page is made from the code (`frontdesk platforms`), and a
test sees to it that it stays true.

"""
PACE = """
How fast each takes what is posted, and what becomes of words that are said while nobody listens:

"""


def page() -> str:
    """The whole page, in Markdown."""
    found = adapters()
    return HEAD + _table(_abilities(found), found) + PACE + _table(_pace(found), found)


def adapters() -> dict[str, Any]:
    """The adapter's class of each folder in `bots`, by the platform's name."""
    folders = sorted(path.parent.name for path in Path(bots.__file__).parent.glob("*/adapter.py"))
    modules = {name: import_module(f"bots.{name}.adapter") for name in folders}
    return {
        name: next(kind for _, kind in inspect.getmembers(module, inspect.isclass) if getattr(kind, "name", "") == name)
        for name, module in modules.items()
    }


def texts() -> dict[Ability, str]:
    """What an ability means, as it stands behind it in the code."""
    return {Ability(name): text for name, text in TEXT.findall(inspect.getsource(Ability))}


Row = tuple[str, Iterable[str]]


def _abilities(found: dict[str, Any]) -> Iterable[Row]:
    for ability, text in texts().items():
        can = ("yes" if ability in one.abilities else "–" for one in found.values())
        yield f"{ability.replace('_', ' ')}: {text}", can


def _pace(found: dict[str, Any]) -> Iterable[Row]:
    paces = [one.pace for one in found.values()]
    yield "posts a second, in all", (f"{pace.per_second:g}" for pace in paces)
    yield "seconds between two in one room", (f"{pace.room_seconds:g}" for pace in paces)
    yield "posts a minute in one group", (f"{pace.room_per_minute}" if pace.room_per_minute else "–" for pace in paces)
    yield "what is said meanwhile", (_kept(one.keeps) for one in found.values())


def _kept(keeps: timedelta | None) -> str:
    return "is read from history" if keeps is None else f"is kept {keeps.total_seconds() / 3600:g} hours"


def _table(rows: Iterable[Row], found: dict[str, Any]) -> str:
    lines = [("", *(name.capitalize() for name in found)), ("---", *(":-:" for _ in found))]
    lines += [(title, *cells) for title, cells in rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)
