"""The words people may say to us, the same on every platform: which there are, and what typed words mean.

Every verb is said as `/ticket VERB …`, and as a command of its own (`/claim 42`) where the platform allows the name.
Words after `/ticket` that are no command are the words of a new ticket.
"""

import re
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Literal, NoReturn

from inbox.errors import BadInput
from inbox.locale import say

Argument = Literal["ticket", "words", "person"]


GROUPS = ("ask", "claim", "answer", "status", "sort", "together", "find", "people")


@dataclass(frozen=True, slots=True)
class Verb:
    """One command. `takes` are its arguments in order; `agents` says that it is for agents alone; `group` is where help
    lists it. With `optional` it can do without a ticket, with `wordless` without its words. `own` is false where only
    `/ticket VERB` is offered, because platforms take no more than so many commands (Slack 50)."""

    name: str
    takes: tuple[Argument, ...] = ()
    agents: bool = True
    group: str = "ask"
    optional: bool = False
    wordless: bool = False
    own: bool = True

    @property
    def needs_ticket(self) -> bool:
        return "ticket" in self.takes

    def describe(self, language: str) -> str:
        """What it does, in at most 100 characters (Discord's limit for a command's description)."""
        return say(language, f"command.{self.name}.does")

    def example(self, language: str) -> str:
        return say(language, f"command.{self.name}.example")


ONE: tuple[Argument, ...] = ("ticket",)
WITH_WORDS: tuple[Argument, ...] = ("ticket", "words")
VERBS = {
    verb.name: verb
    for verb in (
        Verb("claim", ONE, group="claim"),
        Verb("release", ONE, group="claim"),
        Verb("take", ONE, group="claim"),
        Verb("assign", ("ticket", "person"), group="claim"),
        Verb("next", group="claim"),
        Verb("away", ("words",), group="claim", wordless=True),
        Verb("back", group="claim"),
        Verb("reply", WITH_WORDS, group="answer"),
        Verb("note", WITH_WORDS, group="answer"),
        Verb("canned", WITH_WORDS, group="answer", optional=True, wordless=True),
        Verb("pending", ONE, group="status"),
        Verb("hold", ONE, group="status"),
        Verb("snooze", WITH_WORDS, group="status"),
        Verb("ack", ONE, group="status"),
        Verb("resolve", ONE, group="status"),
        Verb("reopen", ONE, agents=False, group="status"),
        Verb("close", ONE, group="status"),
        Verb("spam", ONE, group="status", own=False),
        Verb("priority", WITH_WORDS, group="sort"),
        Verb("tag", WITH_WORDS, group="sort"),
        Verb("field", WITH_WORDS, group="sort", own=False),
        Verb("move", WITH_WORDS, group="sort"),
        Verb("escalate", WITH_WORDS, group="sort", wordless=True),
        Verb("subject", WITH_WORDS, group="sort", own=False),
        Verb("merge", WITH_WORDS, group="together"),
        Verb("split", WITH_WORDS, group="together", wordless=True),
        Verb("relate", WITH_WORDS, group="together", own=False),
        Verb("incident", WITH_WORDS, group="together", wordless=True),
        Verb("same", WITH_WORDS, group="together", own=False),
        Verb("announce", WITH_WORDS, group="together", own=False),
        Verb("follow", WITH_WORDS, group="together", optional=True, wordless=True),
        Verb("sla", WITH_WORDS, group="sort", wordless=True),
        Verb("plan", WITH_WORDS, group="sort", own=False),
        Verb("noreply", ONE, group="status", own=False),
        Verb("why", ONE, group="find"),
        Verb("queue", group="find"),
        Verb("mine", group="find"),
        Verb("show", ONE, agents=False, group="find"),
        Verb("status", ONE, agents=False, group="find", optional=True),
        Verb("history", ("ticket", "person"), group="find", optional=True, wordless=True),
        Verb("figures", ("words",), group="find", wordless=True, own=False),
        Verb("desk", group="find"),
        Verb("for", ("person", "words"), own=False),
        Verb("panel", group="people", own=False),
        Verb("block", WITH_WORDS, group="people", wordless=True, own=False),
        Verb("unblock", ONE, group="people", own=False),
        Verb("me", ("words",), group="people", own=False, wordless=True),
        Verb("comment", ("words",), agents=False),
        Verb("survey", ("words",), agents=False, group="people", wordless=True),
        Verb("nps", ("words",), group="people", wordless=True),
        Verb("cancel", agents=False, own=False),
        Verb("link", ("words",), agents=False, group="people", wordless=True),
        Verb("unlink", agents=False, group="people"),
        Verb("language", ("words",), agents=False, group="people"),
        Verb("help", ("words",), agents=False, group="find", wordless=True),
    )
}
OPEN = Verb("ticket", ("words",), agents=False)
START = Verb("start", ("words",), agents=False)  # pressed, rather than typed, by who opens the bot's chat
# what people type for them in the languages we speak
OTHER_WORDS = {
    "ta": "claim",
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
    "nyckeltal": "figures",
    "nøgletal": "figures",
    "kö": "queue",
    "kø": "queue",
    "visa": "show",
    "varför": "why",
    "hvorfor": "why",
    "vis": "show",
    "språk": "language",
    "sprog": "language",
    "lang": "language",
    "mina": "mine",
    "borta": "away",
    "frånvarande": "away",
    "væk": "away",
    "tillbaka": "back",
    "tilbage": "back",
    "prioritet": "priority",
    "prio": "priority",
    "tagga": "tag",
    "fält": "field",
    "felt": "field",
    "flytta": "move",
    "flyt": "move",
    "eskalera": "escalate",
    "eskalér": "escalate",
    "driftstörning": "incident",
    "hændelse": "incident",
    "samma": "same",
    "samme": "same",
    "meddela": "announce",
    "meddel": "announce",
    "för": "for",
    "slåihop": "merge",
    "flet": "merge",
    "dela": "split",
    "del": "split",
    "följ": "follow",
    "følg": "follow",
    "sett": "ack",
    "set": "ack",
    "seen": "ack",
    "snooza": "snooze",
    "slumra": "snooze",
    "udsæt": "snooze",
    "ämne": "subject",
    "emne": "subject",
    "skräp": "spam",
    "historik": "history",
    "blockera": "block",
    "blokér": "block",
    "mall": "canned",
    "svarsmall": "canned",
    "skabelon": "canned",
    "jag": "me",
    "mig": "me",
    "hjälp": "help",
    "hjælp": "help",
    "pend": "pending",
    "takeover": "take",
    "?": "help",
    "enkät": "survey",
    "spørgeskema": "survey",
    "avbryt": "cancel",
    "annuller": "cancel",
}
# stands before words that begin with a number which is no ticket's; nobody sees it
GUARD = "\u200b"
LONGEST_NUMBER = 12  # digits
# a number that stands alone: "2h" and "10:30" are times, "2026-12-24" is a day
NUMBER = re.compile(r"#?([0-9]{1,12})[:,.]?(?:\s+|$)", re.ASCII)


def is_number(argument: str) -> bool:
    """Can this be a ticket's number, or another id of ours?"""
    return argument.isdecimal() and len(argument) <= LONGEST_NUMBER


@dataclass(frozen=True, slots=True)
class Asked:
    """A command as understood: the verb, the ticket's number if it was said, and the other words. `prose` is all that
    was typed where a requester means it as the words of a new ticket ("reply to my mail never came")."""

    verb: Verb
    ticket: int | None = None
    words: str = ""
    prose: str = ""


def parse(words: str, *, free: bool = False) -> Asked:
    """What typed words mean. `words` are without the slash: "claim 42", "reply 42 It is fixed". With `free`, after
    /ticket, words that are no command are those of a new ticket.

    Raises BadInput (`unknown_command`, `unknown_near` with the nearest verb, `not_a_number`) with what was expected.
    """
    words = words.strip()
    if not words:
        return Asked(VERBS["help"])
    first, _, rest = words.partition(" ") if " " in words.split("\n", 1)[0] else _first_word(words)
    name, rest = first.lstrip("/").casefold(), rest.strip()
    prose = free and bool(rest) and not NUMBER.match(rest)
    verb = START if name == START.name and not prose else VERBS.get(OTHER_WORDS.get(name, name))
    if verb is None:
        return _unknown(first, name) if not free or _is_slip(name, prose) else Asked(OPEN, None, words)
    if prose and (not verb.takes or (verb.name == "help" and not named(rest))):
        return Asked(OPEN, None, words)
    if prose and (verb.agents or verb.needs_ticket):
        return Asked(verb, None, rest, words)
    return _arguments(verb, rest)


def named(word: str) -> Verb | None:
    """The verb that a word names, in any of our languages."""
    name = word.strip().lstrip("/").casefold()
    return VERBS.get(OTHER_WORDS.get(name, name))


def _is_slip(name: str, prose: bool) -> bool:
    """A word like a command's, alone or before a number, is a command that was mistyped."""
    return not prose and bool(_near(name))


def _near(name: str) -> list[str]:
    return get_close_matches(name, [*VERBS, *OTHER_WORDS], 1, 0.65)


def _unknown(first: str, name: str) -> NoReturn:
    nearest = _near(name)
    if nearest:
        raise BadInput("unknown_near", words=first[:40], nearest=OTHER_WORDS.get(nearest[0], nearest[0]))
    raise BadInput("unknown_command", words=first[:40])


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
        return Asked(verb, None, rest.removeprefix(GUARD))
    return Asked(verb, int(number[1]), rest[number.end() :].strip())


def missing_words(verb: Verb, language: str) -> BadInput:
    """The error for a command that needs more words, with an example."""
    return BadInput("missing_words", command=verb.name, example=verb.example(language))
