"""The commands in Discord's menu: each verb with typed options, /ticket for those who type it all, and *Make a ticket*
in the menu of a message, *Their tickets* in a person's (under Apps).

Descriptions come in each of our languages; a command's own name is the same everywhere, as on the other platforms.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from bots.commands import NUMBER, VERBS, Verb
from inbox.locale import LANGUAGES

CHAT, PERSON, MESSAGE = 1, 2, 3  # docs "Application Command Types"
STRING, INTEGER, USER = 3, 4, 6  # docs "Application Command Option Type"
LOCALES = {"sv": "sv-SE", "da": "da"}  # docs "Locales"; English is the description itself
LONGEST_WORDS, MOST_CHOICES = 3000, 25
NUMBERS = {"min_value": 1, "max_value": 999_999_999_999, "autocomplete": True}
GUARD = "\u200b"  # keeps words that begin with a number from being taken for a ticket's
OPTIONS = {
    "number": {
        "en": "The ticket's number; not needed in its thread",
        "sv": "Ärendets nummer; behövs inte i dess tråd",
        "da": "Sagens nummer; ikke nødvendigt i dens tråd",
    },
    "text": {"en": "Your words", "sv": "Dina ord", "da": "Dine ord"},
    "person": {"en": "Who shall have it", "sv": "Vem som ska få det", "da": "Hvem der skal have den"},
    "words": {
        "en": "Your question; or a command and its words: claim 42",
        "sv": "Din fråga; eller ett kommando och dess ord: claim 42",
        "da": "Dit spørgsmål; eller en kommando og dens ord: claim 42",
    },
}
TICKET = {
    "en": "Open a ticket with your question; claim, answer and resolve tickets; or see what you can do",
    "sv": "Öppna ett ärende med din fråga; ta, besvara och lös ärenden; eller se vad du kan göra",
    "da": "Åbn en sag med dit spørgsmål; tag, besvar og løs sager; eller se hvad du kan gøre",
}
POINT = {"en": "Make a ticket", "sv": "Gör ett ärende av det", "da": "Lav en sag af det"}
THEIRS = {"en": "Their tickets", "sv": "Deras ärenden", "da": "Deres sager"}
KEPT = ("name", "name_localizations", "description", "description_localizations", "options", "type", "contexts")


def commands() -> list[dict[str, Any]]:
    """All commands as Discord takes them at registration."""
    ticket = _command("ticket", TICKET, [_option("words", STRING)])
    verbs = [_command(v.name, {c: v.describe(c) for c in LANGUAGES}, _options(v)) for v in VERBS.values() if v.own]
    # somebody else can be chosen in servers alone
    return [ticket, *verbs, _entry(MESSAGE, POINT, [0, 1]), _entry(PERSON, THEIRS, [0])]


def _entry(kind: int, told: Mapping[str, str], contexts: list[int]) -> dict[str, Any]:
    """An entry of a menu; these have no description."""
    names = {code: told[language] for language, code in LOCALES.items()}
    return {"type": kind, "name": told["en"], "name_localizations": names, "contexts": contexts}


def _command(name: str, told: Mapping[str, str], options: Sequence[dict[str, Any]]) -> dict[str, Any]:
    # contexts: in servers and in the bot's direct messages
    return {"type": CHAT, "name": name, **_described(told), "options": list(options), "contexts": [0, 1]}


def _described(told: Mapping[str, str]) -> dict[str, Any]:
    others = {code: told[language][:100] for language, code in LOCALES.items()}
    return {"description": told["en"][:100], "description_localizations": others}


def _options(verb: Verb) -> list[dict[str, Any]]:
    """What must be said comes first (Discord's rule); the ticket's number may be left out where a thread tells it."""
    options = []
    if "words" in verb.takes:
        options.append(_option("text", STRING, required=not verb.wordless))
    if "person" in verb.takes:
        options.append(_option("person", USER, required=not verb.wordless))
    if verb.needs_ticket:
        options.append(_option("number", INTEGER))
    return options


def _option(name: str, kind: int, *, required: bool = False) -> dict[str, Any]:
    bounds: dict[int, dict[str, Any]] = {STRING: {"max_length": LONGEST_WORDS}, INTEGER: NUMBERS}
    return {"type": kind, "name": name, "required": required, **_described(OPTIONS[name]), **bounds.get(kind, {})}


def same(ours: Sequence[Mapping[str, Any]], theirs: Sequence[Mapping[str, Any]]) -> bool:
    """Is what Discord has already what we would register?"""
    return sorted(map(_normal, ours), key=str) == sorted(map(_normal, theirs), key=str)


def _normal(command: Mapping[str, Any]) -> Any:
    kept = {key: command[key] for key in KEPT if command.get(key)}
    kept["options"] = [
        {key: value for key, value in sorted(option.items()) if value not in (None, False, [])}
        for option in command.get("options") or ()
    ]
    return sorted(kept.items())


def typed(data: Mapping[str, Any]) -> str:
    """A command as the words that people type elsewhere: "claim 42", "assign 42 <@1>". Raises KeyError or TypeError."""
    given = {str(option["name"]): option["value"] for option in data.get("options") or ()}
    if data["name"] == "ticket":
        return str(given.get("words", ""))
    person = f"<@{given['person']}>" if "person" in given else ""
    words = str(given.get("text", ""))
    if "number" not in given and NUMBER.match(words):
        words = GUARD + words
    return " ".join(part for part in (str(data["name"]), str(given.get("number", "")), person, words) if part)


def being_typed(data: Mapping[str, Any]) -> str:
    """What has been typed of the option that suggestions are wanted for. Raises KeyError or TypeError."""
    return next((str(option["value"]) for option in data.get("options") or () if option.get("focused")), "")


def choices(found: Sequence[tuple[int, str]]) -> list[dict[str, Any]]:
    """Tickets as the choices of an option (docs "Application Command Option Choice": names of 1-100 characters)."""
    return [{"name": title[:100], "value": number} for number, title in found[:MOST_CHOICES]]
