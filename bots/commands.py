"""The words people may say to us, the same on every platform: which there are, and what typed words mean.

Every verb is said as `/ticket VERB …`, and as a command of its own (`/claim 42`) where the platform allows the name.
"""

import re
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Literal

from inbox.errors import BadInput
from inbox.locale import say

Argument = Literal["ticket", "words", "person"]


@dataclass(frozen=True, slots=True)
class Verb:
    """One command. `takes` are its arguments in order; `needs_ticket` is false where it is about no one ticket."""

    name: str
    takes: tuple[Argument, ...] = ()
    agents: bool = True

    @property
    def needs_ticket(self) -> bool:
        return "ticket" in self.takes

    def describe(self, language: str) -> str:
        """What it does, in at most 100 characters (Discord's limit for a command's description)."""
        return say(language, f"command.{self.name}.does")

    def example(self, language: str) -> str:
        return say(language, f"command.{self.name}.example")


VERBS = {
    verb.name: verb
    for verb in (
        Verb("claim", ("ticket",)),
        Verb("release", ("ticket",)),
        Verb("take", ("ticket",)),
        Verb("reply", ("ticket", "words")),
        Verb("note", ("ticket", "words")),
        Verb("assign", ("ticket", "person")),
        Verb("pending", ("ticket",)),
        Verb("hold", ("ticket",)),
        Verb("resolve", ("ticket",)),
        Verb("reopen", ("ticket",), agents=False),
        Verb("close", ("ticket",)),
        Verb("next"),
        Verb("queue"),
        Verb("show", ("ticket",), agents=False),
        Verb("desk"),
        Verb("comment", ("words",), agents=False),
        Verb("help", agents=False),
    )
}
# what people type for them in the languages we speak
OTHER_WORDS = {
    "ta": "claim",
    "tag": "claim",
    "släpp": "release",
    "slip": "release",
    "svara": "reply",
    "svar": "reply",
    "anteckna": "note",
    "anteckning": "note",
    "notering": "note",
    "notat": "note",
    "tilldela": "assign",
    "tildel": "assign",
    "parkera": "hold",
    "bero": "hold",
    "vänta": "pending",
    "vent": "pending",
    "lös": "resolve",
    "løs": "resolve",
    "nästa": "next",
    "næste": "next",
    "kö": "queue",
    "kø": "queue",
    "visa": "show",
    "vis": "show",
    "hjälp": "help",
    "hjælp": "help",
    "pend": "pending",
    "takeover": "take",
    "start": "help",
    "?": "help",
}
NUMBER = re.compile(r"#?([0-9]{1,12})(?![0-9])\s*", re.ASCII)


@dataclass(frozen=True, slots=True)
class Asked:
    """A command as understood: the verb, the ticket's number if it was said, and the other words."""

    verb: Verb
    ticket: int | None = None
    words: str = ""


def parse(words: str) -> Asked:
    """What typed words mean. `words` are without the slash: "claim 42", "reply 42 It is fixed".

    Raises BadInput (`unknown_command`, `unknown_near` with the nearest verb, `not_a_number`) with what was expected.
    """
    words = words.strip()
    if not words:
        return Asked(VERBS["help"])
    first, _, rest = words.partition(" ") if " " in words.split("\n", 1)[0] else _first_word(words)
    name = first.lstrip("/").casefold()
    verb = VERBS.get(OTHER_WORDS.get(name, name))
    if verb is None:
        nearest = get_close_matches(name, [*VERBS, *OTHER_WORDS], 1, 0.6)
        if nearest:
            raise BadInput("unknown_near", words=first[:40], nearest=OTHER_WORDS.get(nearest[0], nearest[0]))
        raise BadInput("unknown_command", words=first[:40])
    return _arguments(verb, rest.strip())


def _first_word(words: str) -> tuple[str, str, str]:
    parts = words.split(None, 1)
    return parts[0], " ", parts[1] if len(parts) > 1 else ""


def _arguments(verb: Verb, rest: str) -> Asked:
    if not verb.needs_ticket:
        return Asked(verb, None, rest)
    number = NUMBER.match(rest)
    if number is None:
        if verb.takes == ("ticket",) and rest:
            raise BadInput("not_a_number", words=rest[:40], command=verb.name)
        return Asked(verb, None, rest)
    return Asked(verb, int(number[1]), rest[number.end() :].strip())


def missing_words(verb: Verb, language: str) -> BadInput:
    """The error for a command that needs more words, with an example."""
    return BadInput("missing_words", command=verb.name, example=verb.example(language))
