"""Payloads that no platform documents, made of those that it does; and an ear that notes what nobody should be told.

Every change is drawn from a seed, so that what a run found can be found again.
"""

import asyncio
import gc
import json
import re
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, MutableMapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import fields, is_dataclass
from datetime import datetime
from functools import cache
from random import Random
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import pytest
from structlog.testing import capture_logs

from bots.port import Answer, Button, Card, Command, Field, Filled, Form, Pointed, Press, Sought
from inbox.model import Account, Deleted, Edited, Place, Reacted, Said

Json = dict[str, Any]
IDS = {"room", "thread", "root", "message_id", "external_id", "opens", "reply_to", "mentions"}
SOON = 5.0  # seconds within which the next good event is taken in
LONG = 100_000  # characters
DEEP = 400  # what every JSON library still reads; `Mutations.frame` nests deeper
LONG_TEXTS = ("x", "* _", "<@U1", "`", "<", "&lt;", "\n> ", "**a", "[a](", "@a ", "\U0001f469\u200d", "1. ")
ODD_TEXTS = ("\0", "\ud800", "\udc00x", "a\0b", "٣", "\u202e", "-0", "null", "../..", "1e5", "NaN", "{}", " ", "<@>")
NUMBERS = (0, -1, 10**30, -(10**30), 2**31, 2**63, 2**64, 1e308, 0.5, float("inf"), float("nan"))
UNKNOWN = ("something_new", "SOMETHING", 99, 1_000_000)
STRANGERS = ("", "__class__", "constructor", "\0", "id", "type", "new key", "bot", "subtype", "thread_ts", "guild_id")
ANSWERED = 1
VALUE = re.compile(r': ("[^"]*"|\d+)')
TRACEBACK = re.compile(r"Traceback \(most recent|\b[A-Z]\w+Error\b|\bFile \\?\"")
# Errors that are logged with what is set aside, or with a line that is made anew: that is how it shall be. All other
# logged exceptions are crashes.
MEANT = {"slack.payload_failed", "telegram.update_not_understood", "discord.interaction_failed", "discord.line_broke"}


def sizes(some: int) -> pytest.MarkDecorator:
    """How many payloads a test makes: `some` each time, four times as many in the long runs."""
    return pytest.mark.parametrize(
        "count", [pytest.param(some, id="some"), pytest.param(4 * some, id="many", marks=pytest.mark.torture)]
    )


class Mutations:
    """Spoils payloads, in the same ways for the same seed."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)

    def of(self, payload: Any) -> Any:
        """The payload with one to three things in it that do not belong there; the original stays as it is."""
        for _ in range(self.random.choice((1, 1, 1, 2, 3))):
            payload = self._changed(payload)
        return payload

    def frame(self, payload: Any) -> str:
        """The payload as a text that is hardly JSON any more: cut off, garbled, nested beyond all measure."""
        text = json.dumps(payload)
        at = self.random.randrange(1, len(text))
        match self.random.randrange(6):
            case 0:
                return text[:at]
            case 1:
                return text[at:]
            case 2:
                return text[:at] + self.random.choice(("\0", "}", '"', "\\u", "\\ud800", "[" * 50, "'")) + text[at:]
            case 3:
                return text + text
            case 4:
                depth, values = self.random.choice((300, 900, 960, 5_000, 50_000)), list(VALUE.finditer(text))
                start, end = self.random.choice(values).span() if values else (at, at)
                return f"{text[:start]}: {'[' * depth}{']' * depth}{text[end:]}"
        return self.random.choice(("", " ", "null", "[]", "0", '"text"', "true", "{", "NaN", "\N{WINKING FACE}"))

    def _changed(self, value: Any) -> Any:
        if isinstance(value, dict) and value and self.random.random() < 0.92:
            return self._object(value)
        if isinstance(value, list) and value and self.random.random() < 0.85:
            return self._list(value)
        return self._other(value)

    def _object(self, value: Json) -> Json:
        key, other = self.random.choice(list(value)), self.random.choice(list(value))
        match self.random.randrange(16):
            case 0 | 1:
                return {name: inner for name, inner in value.items() if name != key}
            case 2:
                return {**value, self.random.choice(STRANGERS): self._other(value[key])}
            case 3:
                return {**value, key: value[other], other: value[key]}
            case 4:
                return {**value, key: value[other]}
        return {**value, key: self._changed(value[key])}

    def _list(self, value: list[Any]) -> list[Any]:
        at = self.random.randrange(len(value))
        match self.random.randrange(8):
            case 0:
                return [*value[:at], *value[at + 1 :]]
            case 1:
                return [*value, value[at]] * self.random.choice((1, 1, 30))
            case 2:
                return [*value, self._other(value[at])]
        return [*value[:at], self._changed(value[at]), *value[at + 1 :]]

    def _other(self, value: Any) -> Any:
        """Something else in the place of a value."""
        ways: tuple[Callable[[], Any], ...] = (
            lambda: None,
            lambda: self._of_another_kind(value),
            lambda: self._of_another_kind(value),
            lambda: self.random.choice(NUMBERS),
            lambda: self.random.choice(ODD_TEXTS),
            lambda: self.random.choice(UNKNOWN),
            lambda: self.random.choice(("", [], {})),
            lambda: self.random.choice((True, False)),
            lambda: self._nearly(value),
            lambda: self._nearly(value),
        )
        if self.random.random() < 0.02:
            return self._huge()
        return self.random.choice(ways)()

    def _huge(self) -> Any:
        if self.random.random() < 0.5:
            return (self.random.choice(LONG_TEXTS) * LONG)[:LONG]
        deep: Any = "deep"
        for _ in range(DEEP):
            deep = [deep] if self.random.random() < 0.5 else {"type": deep}
        return deep

    def _of_another_kind(self, value: Any) -> Any:
        match value:
            case bool():
                return int(value)
            case int() | float():
                return self.random.choice((str(value), [value], {"id": value}, bool(value), float(value)))
            case str():
                return self.random.choice(([value], list(value[:5]), {"text": value}, len(value), value[::-1]))
            case list():
                return self.random.choice((dict(enumerate(value)), [value], "list", value[0] if value else 7))
        return self.random.choice(([value], "object", list(value.items()) if isinstance(value, dict) else 7))

    def _nearly(self, value: Any) -> Any:
        """What looks like it: an id as a float, a number with a sign, a text with something before or after."""
        if isinstance(value, str):
            if value.isdecimal():
                return self.random.choice(
                    (int(value), float(value), f"-{value}", f"{value}0" * 3, f" {value}", value[:1])
                )
            return self.random.choice((f"{value}\n", value[:-1], value.swapcase(), f"{value}{value}", f"\ufeff{value}"))
        if isinstance(value, int | float):
            return self.random.choice((-value, float(value), value + 1, str(value), value * 10**12))
        return [None] if isinstance(value, list) else {"": value}


class Ear:
    """A front that takes everything in, and notes what is of another kind than the desk was promised (`wrong`).

    `ids` is what the platform's ids look like. `answer` is given to the first press, command and form: more
    would have to wait for the platform's limits."""

    def __init__(self, ids: str) -> None:
        self.ids = re.compile(ids, re.ASCII)
        self.changed: Callable[[], None] = lambda: None
        self.told: Counter[str] = Counter()
        self.texts: set[str] = set()
        self.aside: list[tuple[str, str]] = []
        self.wrong: list[str] = []
        self.last: dict[str, str] = {}
        self.answer = Answer(Card(text="Done.", buttons=((Button("Again", "claim:1"),),)))
        self._news = asyncio.Event()

    async def hears(self, text: str) -> None:
        """Waits for these words. Raises AssertionError where they do not come soon."""
        try:
            async with asyncio.timeout(SOON):
                while text not in self.texts:
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            raise AssertionError(f"{text!r} was not heard within {SOON} s") from None

    def _note(self, kind: str, *things: Any) -> None:
        self.told[kind] += 1
        for thing in things:
            self.wrong += misfits(thing, type(thing), kind)
            self.wrong += [f"{kind}: {id_!r:.80} is no id" for id_ in ids_of(thing) if not self.ids.fullmatch(id_)]
        self._news.set()
        self.changed()

    async def said(self, said: Said) -> None:
        self.texts.add(said.text)
        if said.cursor:
            self.last[said.place.room] = said.message_id
        self._note("said", said)

    async def edited(self, edited: Edited) -> None:
        self._note("edited", edited)

    async def deleted(self, deleted: Deleted) -> None:
        self._note("deleted", deleted)

    async def reacted(self, reacted: Reacted) -> None:
        self._note("reacted", reacted)

    async def typing(self, place: Place, by: Account) -> None:
        self._note("typing", place, by)

    async def begun(self, form: str, by: Account) -> None:
        self._note("begun", form, by)

    def _answered(self, kind: str, deed: Any) -> Answer:
        self._note(kind, deed)
        return self.answer if self.told[kind] <= ANSWERED else Answer()

    async def pressed(self, press: Press) -> Answer:
        return self._answered("pressed", press)

    async def commanded(self, command: Command) -> Answer:
        return self._answered("commanded", command)

    async def filled(self, filled: Filled) -> Answer:
        return self._answered("filled", filled)

    async def pointed(self, pointed: Pointed) -> Answer:
        return self._answered("pointed", pointed)

    async def theirs(self, by: Account, about: Account) -> Answer:
        self._note("theirs", by, about)
        return Answer()

    async def suggest(self, by: Account, typed: str) -> Sequence[tuple[int, str]]:
        self._note("suggest", by, typed)
        return ((1, "Printer"),)

    async def home(self, by: Account) -> Sequence[Card]:
        self._note("home", by)
        return (Card(title="Your tickets"), self.answer.card or Card())

    async def complete(self, sought: Sought) -> Sequence[tuple[str, str]]:
        self._note("complete", sought)
        return (("vpn", "vpn — Switch it on"),)

    def opens_form(self, action: str, language: str = "", connection: str = "", words: str = "") -> Form | None:
        self._note("opens_form", action, language, connection, words)
        asks = Field("words", "Your words", "paragraph")
        return Form("reply:1", "Reply", (asks,), "Send") if action.startswith("replyform") else None

    async def quarantine(self, connection: str, raw: str, error: str) -> None:
        self.aside.append((raw, error))
        self._note("quarantine", connection, raw, error)

    async def unreachable(self, account: Account, why: str) -> None:
        self._note("unreachable", account, why)

    async def people_changed(self, connection: str) -> None:
        self._note("people_changed", connection)

    async def rooms_changed(self, connection: str) -> None:
        self._note("rooms_changed", connection)

    async def moved(self, connection: str, old_room: str, new_room: str) -> None:
        self._note("moved", connection, old_room, new_room)

    async def gap(self, connection: str, room: str, since: datetime | None, until: datetime | None, why: str) -> None:
        self._note("gap", connection, room, why)

    async def last_ids(self, connection: str) -> Mapping[str, str]:
        return dict(self.last)

    async def begins(self, connection: str, marks: Mapping[str, str]) -> None:
        self.last = {**marks, **self.last}

    async def live_places(self, connection: str) -> Sequence[Place]:
        return ()


@cache
def _hints(kind: type) -> Mapping[str, Any]:
    return get_type_hints(kind)


def misfits(value: Any, kind: Any, where: str) -> list[str]:
    """What of a value, or in its fields, is not of the kind that it is declared as."""
    origin = get_origin(kind)
    if kind is Any:
        return []
    if origin in (Union, UnionType):
        return min((misfits(value, one, where) for one in get_args(kind)), key=len)
    if origin is Literal:
        return [] if value in get_args(kind) else [f"{where} is {value!r:.80}"]
    if origin is tuple:
        if not isinstance(value, tuple):
            return [f"{where} is {value!r:.80}"]
        return [wrong for one in value for wrong in misfits(one, get_args(kind)[0], where)]
    if origin is not None and isinstance(value, Mapping):
        of_keys, of_values = get_args(kind)
        inside = [*((key, of_keys) for key in value), *((inner, of_values) for inner in value.values())]
        return [wrong for one, its in inside for wrong in misfits(one, its, where)]
    if type(value) is not (origin or kind):
        return [f"{where} is {value!r:.80}"]
    if isinstance(value, datetime) and value.tzinfo is None:
        return [f"{where} has no time zone"]
    if is_dataclass(value):
        hints = _hints(kind)
        inner = ((f"{where}.{one.name}", getattr(value, one.name), hints[one.name]) for one in fields(value))
        return [wrong for name, found, its in inner for wrong in misfits(found, its, name)]
    return []


def ids_of(value: Any) -> list[str]:
    """The ids in a value of the desk's, and in its fields."""
    if not is_dataclass(value):
        return []
    found = []
    for one in fields(value):
        inner = getattr(value, one.name)
        named = inner if isinstance(inner, tuple) else (inner,)
        found += [str(id_) for id_ in named if id_ != ""] if one.name in IDS else ids_of(inner)
    return found


@asynccontextmanager
async def watched() -> AsyncIterator[list[MutableMapping[str, Any]]]:
    """What is logged meanwhile. At the end: no task died unseen, and nothing was logged that is a crash."""
    died: list[str] = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, context: died.append(f"{context['message']}: {context.get('exception')!r}"))
    with capture_logs() as logs:
        yield logs
    await asyncio.sleep(0)
    gc.collect()  # a task that failed is told of when nobody can ask it any more
    loop.set_exception_handler(None)
    crashes = [log for log in logs if log.get("exc_info") and log["event"] not in MEANT]
    assert not died, died
    assert not crashes, crashes


def no_traceback(texts: Iterable[str]) -> None:
    """Nothing that people are shown is a programmer's."""
    shown = [text for text in texts if TRACEBACK.search(text)]
    assert not shown, shown
