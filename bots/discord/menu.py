"""The commands in Discord's menu: each verb with an option for each thing that it is told, and /ticket for those who
type it all. Under Apps: what can be done with a message in its menu, and *Their tickets* in a person's.

Descriptions come in each of our languages; a command's own name is the same everywhere, as on the other platforms.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bots.commands import GUARD, NUMBER, VERBS, Verb
from bots.discord.texts import CLAIM, KEEP_ENTRY, OPTIONS, POINT, SPLIT, THEIRS, TICKET
from bots.port import Wish
from bots.texts import word
from inbox.locale import LANGUAGES, say
from inbox.model import PRIORITIES

CHAT, PERSON, MESSAGE = 1, 2, 3  # docs "Application Command Types"
STRING, INTEGER, USER = 3, 4, 6  # docs "Application Command Option Type"
LOCALES = {"sv": "sv-SE", "da": "da"}  # docs "Locales"; English is the description itself
LONGEST_WORDS, MOST_CHOICES, LONGEST_CHOICE = 3000, 25, 100
NUMBERS = {"min_value": 1, "max_value": 999_999_999_999, "autocomplete": True}
KEPT = ("name", "name_localizations", "description", "description_localizations", "options", "type", "contexts")
TELEGRAMS = frozenset({"cancel"})  # for where a form's questions come one after the other
WISHES: dict[str, Wish] = {POINT["en"]: "ticket", CLAIM["en"]: "claim", SPLIT["en"]: "split"}


@dataclass(frozen=True, slots=True)
class Part:
    """One thing that a verb is told, as an option of its own. It `seeks` what could be meant while one types ("ticket",
    or as `bots.port.Sought` says); `ends` stands behind it when the options are put into one line of words."""

    name: str
    required: bool = True
    seeks: str = ""
    choices: tuple[str, ...] = ()
    ends: str = ""


WORDS = Part("text")
WHY = Part("text", required=False)
OTHER_TICKET = Part("other", seeks="ticket")
PARTS: Mapping[str, tuple[Part, ...]] = {
    "priority": (Part("priority", choices=PRIORITIES),),
    "move": (Part("queue", seeks="queue"), WHY),
    "escalate": (Part("queue", required=False, seeks="queue"), WHY),
    "tag": (Part("tags", seeks="tag"),),
    "field": (Part("field", seeks="field", ends=":"), Part("value")),
    "canned": (Part("name", required=False, seeks="canned"), WHY),
    "snooze": (Part("until"),),
    "away": (Part("until", required=False),),
    "merge": (OTHER_TICKET,),
    "relate": (OTHER_TICKET,),
    "same": (OTHER_TICKET,),
    "language": (Part("language", choices=LANGUAGES),),
    "help": (Part("command", required=False, seeks="verb"),),
}


def commands(*, staffed: bool = True) -> list[dict[str, Any]]:
    """All commands as Discord takes them at registration. Which of a server's people are agents Discord is not told, so
    where there are none at all (not `staffed`) the commands for them are left out."""
    ticket, point = _command("ticket", TICKET, [_option("words", STRING)]), _entry(MESSAGE, POINT, [0, 1])
    offered = [verb for verb in VERBS.values() if verb.name not in TELEGRAMS and (staffed or not verb.agents)]
    # somebody else can be chosen in servers alone, and tickets' threads are there
    agents = [*(_entry(MESSAGE, one, [0]) for one in (CLAIM, SPLIT, KEEP_ENTRY)), _entry(PERSON, THEIRS, [0])]
    return [ticket, *map(_verb, offered), point, *(agents if staffed else ())]


def _verb(verb: Verb) -> dict[str, Any]:
    return _command(verb.name, {code: verb.describe(code) for code in LANGUAGES}, _options(verb))


def _entry(kind: int, told: Mapping[str, str], contexts: list[int]) -> dict[str, Any]:
    """An entry of a menu; these have no description."""
    names = {code: told[language] for language, code in LOCALES.items()}
    return {"type": kind, "name": told["en"], "name_localizations": names, "contexts": contexts}


def _command(name: str, told: Mapping[str, str], options: Sequence[dict[str, Any]]) -> dict[str, Any]:
    # contexts: in servers and in the bot's direct messages
    return {"type": CHAT, "name": name, **_described(told), "options": list(options), "contexts": [0, 1]}


def _described(told: Mapping[str, str]) -> dict[str, Any]:
    others = {code: told[language] for language, code in LOCALES.items()}
    return {"description": told["en"], "description_localizations": others}


def parts(verb: Verb) -> tuple[Part, ...]:
    """What a verb is told beside a ticket's number and a person."""
    if "words" not in verb.takes:
        return ()
    return PARTS.get(verb.name) or ((WHY,) if verb.wordless else (WORDS,))


def _options(verb: Verb) -> list[dict[str, Any]]:
    """What must be said comes first (Discord's rule); the ticket's number may be left out where a thread tells it."""
    made = [_option("person", USER, required=not verb.wordless)] if "person" in verb.takes else []
    made += [_part(part) for part in parts(verb)]
    made += [_option("number", INTEGER)] if verb.needs_ticket else []
    return sorted(made, key=lambda option: not option["required"])


def _part(part: Part) -> dict[str, Any]:
    option = _option(part.name, STRING, required=part.required)
    if part.choices:
        del option["max_length"]
        option["choices"] = [_choice(part.name, value) for value in part.choices]
    return option | ({"autocomplete": True} if part.seeks else {})


def _choice(kind: str, value: str) -> dict[str, Any]:
    """One of a few that Discord shows by itself, in the reader's language."""
    if kind == "language":
        return {"name": say(value, f"language.{value}"), "value": value}
    names = {code: word(language, kind, value) for language, code in LOCALES.items()}
    return {"name": word("en", kind, value), "name_localizations": names, "value": value}


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
    name = str(data["name"])
    if name == "ticket":
        return str(given.get("words", ""))
    words = " ".join(_said(name, given))
    if "number" not in given and NUMBER.match(words) and name not in SECOND:
        words = GUARD + words
    person = f"<@{given['person']}>" if "person" in given else ""
    return " ".join(part for part in (name, str(given.get("number", "")), person, words) if part)


# verbs whose words may begin with another ticket's number, which alone is the one that is meant in a thread
SECOND = frozenset(name for name, told in PARTS.items() if told[0].seeks == "ticket")


def _said(name: str, given: Mapping[str, Any]) -> Iterator[str]:
    """The options of a verb, in the order in which they would be typed."""
    for part in parts(VERBS[name]):
        if part.name in given:
            yield f"{str(given[part.name]).strip()}{part.ends}"


@dataclass(frozen=True, slots=True)
class Typing:
    """An option that is being typed: what it seeks, what there is of it, and the ticket's number if that was said."""

    what: str
    typed: str
    ticket: int | None


def being_typed(data: Mapping[str, Any]) -> Typing:
    """What suggestions are wanted for. Raises KeyError or TypeError."""
    given = data.get("options") or ()
    option = next((option for option in given if option.get("focused")), {"name": "number", "value": ""})
    numbers = [one["value"] for one in given if one["name"] == "number" and not one.get("focused")]
    verb = VERBS.get(str(data["name"]))
    sought = {part.name: part.seeks for part in parts(verb)} if verb else {}
    ticket = next((one for one in numbers if type(one) is int), None)
    return Typing(sought.get(str(option["name"]), "number"), str(option["value"]), ticket)


def choices(found: Sequence[tuple[int | str, str]]) -> list[dict[str, Any]]:
    """The choices of an option (docs "Application Command Option Choice": names and values of 1-100 characters)."""
    fits = [(value, title) for value, title in found if len(str(value)) <= LONGEST_CHOICE]
    return [{"name": title[:LONGEST_CHOICE], "value": value} for value, title in fits[:MOST_CHOICES]]
