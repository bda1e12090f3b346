"""The desk's rules as frozen values: when something happened, if the ticket is like this, do that.

Conditions are data and never code. Texts are looked for word by word, without regular expressions of anybody's own,
so that no rule can be slow (docs/decisions/0006).
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple, Protocol

from inbox.model import Priority, Status

CauseKind = Literal["created", "message", "status", "idle", "rating"]
CAUSES: tuple[CauseKind, ...] = ("created", "message", "status", "idle", "rating")
Closing = Literal["done", "spam"]
AUDIENCES = ("holder", "leads", "room")
TEXT_LIMIT = 20_000  # characters that are looked through

_WORD = re.compile(r"\w+")


class Who(NamedTuple):
    """Somebody by one of their accounts, as the file names them."""

    connection: str
    account: str

    def __str__(self) -> str:
        return f"{self.connection}:{self.account}"


class Part(NamedTuple):
    """One word of a phrase; with `begins` or `ends` there may be more before or after it."""

    word: str
    open_start: bool = False
    open_end: bool = False

    def fits(self, word: str) -> bool:
        if self.open_start and self.open_end:
            return self.word in word
        if self.open_start:
            return word.endswith(self.word)
        return word.startswith(self.word) if self.open_end else word == self.word


Phrase = tuple[Part, ...]


def words_of(text: str) -> list[str]:
    """The words of a text, as they are compared: whole, whatever their case, without what stands between them."""
    return _WORD.findall(_folded(text[:TEXT_LIMIT]))


def phrase(written: str) -> Phrase:
    """A phrase as the file has it: words that follow one another, each perhaps with a * before or after it.

    Raises ValueError where it has no word, or a * within one.
    """
    parts: list[Part] = []
    for chunk in _folded(written).split():
        bare = chunk.strip("*")
        found = _WORD.findall(bare)
        if "*" in bare:
            raise ValueError(f'"{chunk}" has a * within a word: it can stand before or after one')
        for number, word in enumerate(found):
            first, last = number == 0, number == len(found) - 1
            parts.append(Part(word, first and chunk.startswith("*"), last and chunk.endswith("*")))
    if not parts:
        raise ValueError(f'"{written}" has no word that could be looked for')
    return tuple(parts)


def said(words: Sequence[str], wanted: Phrase) -> bool:
    """Do the words of a phrase stand there, one after another?"""
    span = len(wanted)
    return any(
        all(part.fits(word) for part, word in zip(wanted, words[start : start + span], strict=True))
        for start in range(len(words) - span + 1)
    )


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


@dataclass(frozen=True, slots=True)
class When:
    """What a rule waits for: any of these. `status` and `rating` are None where it does not wait for them, and empty
    for whichever; `idle_seconds` run by the clock, 0 is never."""

    created: bool = False
    message: bool = False
    status: tuple[Status, ...] | None = None
    rating: tuple[int, ...] | None = None
    idle_seconds: int = 0


@dataclass(frozen=True, slots=True)
class Needs:
    """How a ticket must be: each fact that is named has one of its values. Empty facts ask nothing."""

    queue: tuple[str, ...] = ()
    priority: tuple[Priority, ...] = ()
    status: tuple[Status, ...] = ()
    text: tuple[Phrase, ...] = ()
    requester: tuple[Who, ...] = ()
    language: tuple[str, ...] = ()
    platform: tuple[str, ...] = ()
    tag: tuple[str, ...] = ()
    fields: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Deeds:
    """What is done, in this order; "" and () are nothing."""

    queue: str = ""
    priority: Priority | Literal[""] = ""
    tag: tuple[str, ...] = ()
    assign: Who | None = None
    note: str = ""
    reply: str = ""  # a canned response's name
    notify: tuple[str | Who, ...] = ()
    close: Closing | Literal[""] = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of the file. Its name is what people read of it, and by what it is known to have fired."""

    name: str
    when: When
    needs: Needs
    do: Deeds


@dataclass(frozen=True, slots=True)
class Cause:
    """Why rules are looked at: what happened to a ticket. `key` is the same for the same happening, whoever looks.

    `messages` are the words that came in, `status` what the ticket became, `score` its rating, `idle_seconds` how long
    nobody has done anything with it.
    """

    kind: CauseKind
    ticket: int
    key: str
    messages: tuple[int, ...] = ()
    status: str = ""
    score: int = 0
    idle_seconds: float = 0


class Facts(Protocol):
    """A ticket as conditions see it."""

    @property
    def queue(self) -> str: ...
    @property
    def priority(self) -> str: ...
    @property
    def status(self) -> str: ...
    @property
    def language(self) -> str: ...
    @property
    def platform(self) -> str: ...
    def words(self) -> Sequence[str]: ...
    def accounts(self) -> frozenset[tuple[str, str]]: ...
    def tags(self) -> frozenset[str]: ...
    def field(self, name: str) -> str: ...


def awaits(when: When, cause: Cause) -> bool:
    """Is this what the rule waits for?"""
    match cause.kind:
        case "created":
            return when.created
        case "message":
            return when.message
        case "status":
            return when.status is not None and (not when.status or cause.status in when.status)
        case "rating":
            return when.rating is not None and (not when.rating or cause.score in when.rating)
        case "idle":
            return 0 < when.idle_seconds <= cause.idle_seconds
    raise AssertionError(cause.kind)


def met(needs: Needs, ticket: Facts) -> bool:
    """Is the ticket like that? What costs a look into the database is asked last."""
    plain = (
        (needs.queue, ticket.queue),
        (needs.priority, ticket.priority),
        (needs.status, ticket.status),
        (needs.language, ticket.language),
        (needs.platform, ticket.platform),
    )
    if any(wanted and has not in wanted for wanted, has in plain):
        return False
    if needs.requester and not ticket.accounts() & frozenset(needs.requester):
        return False
    if needs.tag and not ticket.tags() & frozenset(needs.tag):
        return False
    for name, wanted in needs.fields.items():
        if _folded(ticket.field(name).strip()) not in {_folded(value) for value in wanted}:
            return False
    if not needs.text:
        return True
    words = ticket.words()
    return any(said(words, wanted) for wanted in needs.text)
