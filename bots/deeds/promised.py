"""What is promised on a ticket: why it stands as it does, leads' own targets, plans, words that ask for nothing."""

from collections.abc import Mapping
from functools import partial

from bots.deeds.daily import OFF
from bots.deeds.doing import Doing, requester
from bots.port import Answer, Card
from bots.texts import when, word
from inbox import whys
from inbox.desk import explaining, lifecycle, plans, rules, targets
from inbox.desk.explaining import Explained
from inbox.errors import BadInput
from inbox.locale import LANGUAGES, say
from inbox.model import Promise
from sla.course import bar
from sla.duration import say as length
from sla.policy import METRICS

CELLS = 14  # blocks in a line: more would be broken on a telephone
BLOCKS: Mapping[str, str] = {"ran": "🟩", "paused": "🟨", "closed": "⬜", "over": "🟥"}
FIRED = 5  # rules shown, the last of them
SAID_FOR = {  # what people call the metrics, beside the names that cards have for them
    "claim": ("claimed", "tilldelning", "tildeling"),
    "first_reply": ("first", "first answer", "första svar", "første svar"),
    "next_reply": ("next", "next answer", "nästa svar", "næste svar"),
    "resolution": ("resolve", "resolved", "solution", "lösning", "løsning"),
}


def why(doing: Doing) -> Answer:
    """Each promise explains itself: what its clock did and by whose word it goes; and the rules that fired."""
    ticket = doing.agents_ticket()
    found = explaining.of_ticket(doing.tx, doing.now, ticket)
    language = doing.language
    fields = [
        (word(language, "metric", one.promise.metric), promised(one, language, doing.zone))
        for one in explaining.present(found)
    ]
    fired = rules.why(doing.tx, ticket.number)[-FIRED:]
    if fired:
        told = "\n".join(f"{when(one.at, language, doing.zone)} · {one.rule}" for one in fired)
        fields.append((say(language, "why.rules"), told))
    return Answer(
        Card(
            title=say(language, "why.title", ticket=ticket.number),
            text="" if found else say(language, "why.none"),
            fields=tuple(fields),
            footer=say(language, "why.legend", **BLOCKS) if found else "",
        )
    )


def promised(one: Explained, language: str, zone: str) -> str:
    """A promise in a few lines: what was promised and how it stands, the bar, what the clock did, by whose word."""
    written = partial(when, language=language, timezone=zone)
    line = "".join(BLOCKS[kind] for kind in bar(one.stretches, CELLS))
    parts = (
        _stands(one.promise, language, zone),
        line,
        whys.did(one, language),
        *whys.waits(one, language, written),
        whys.by(one, language, written),
    )
    return "\n".join(part for part in parts if part)


def _stands(promise: Promise, language: str, zone: str) -> str:
    """ "4 h · due Tue 3 Mar 10:00"."""
    written = partial(when, language=language, timezone=zone)
    return f"{length(promise.target_seconds, language)} · {whys.stands(promise, language, written)}"


def sla(doing: Doing) -> Answer:
    """ "/sla 42 resolution 8h customer on site": a lead's own target, "off" takes it back; "/sla 42" explains."""
    if not doing.words:
        return why(doing)
    metric, rest = _metric(doing.words)
    language = doing.language
    facts = {"ticket": doing.number, "metric": word(language, "metric", metric)}
    if rest.split(maxsplit=1)[:1] and rest.split(maxsplit=1)[0].casefold() in OFF:
        targets.take_back(doing.tx, doing.now, doing.number, doing.person.id, metric)
        return doing.told("answer.target_off", **facts)
    span, reason = targets.split_length(rest)
    promise = targets.set_target(doing.tx, doing.now, doing.number, doing.person.id, metric, span, reason)
    if promise is None:
        return doing.told("answer.target_later", **facts, target=span)
    return doing.told("answer.target_set", **facts, stands=_stands(promise, language, doing.zone))


def _metric(words: str) -> tuple[str, str]:
    """The metric that the words begin with, by any of its names, and the rest. Raises BadInput."""
    said = words.strip()
    names = {
        name.casefold(): metric
        for metric in METRICS
        for name in (
            *(metric.replace("_", gap) for gap in "_- "),
            *(word(language, "metric", metric) for language in LANGUAGES),
            *SAID_FOR[metric],
        )
    }
    fits = [name for name in names if f"{said.casefold()} ".startswith((f"{name} ", f"{name}:"))]
    if not fits:
        raise BadInput("no_metric", words=said.split(maxsplit=1)[0][:40])
    longest = max(fits, key=len)
    return names[longest], said[len(longest) :].strip(" :")


def plan(doing: Doing) -> Answer:
    """ "/plan 42 gold": by what plan the requester's promises go; "off" leaves it to the desk file."""
    said = doing.said().strip()
    wanted = "" if said.casefold() in OFF else said
    moved = plans.set_plan(doing.tx, doing.now, doing.number, doing.person.id, wanted)
    facts = {"name": requester(doing, doing.agents_ticket()), "n": moved}
    return doing.told("answer.plan_set", **facts, plan=wanted) if wanted else doing.told("answer.plan_off", **facts)


def no_reply(doing: Doing) -> Answer:
    lifecycle.no_reply_needed(doing.tx, doing.now, doing.number, doing.person.id)
    return doing.told("answer.no_reply", ticket=doing.number)


TICKET = {"why": why, "noreply": no_reply}
COMMANDS = {"sla": sla, "plan": plan}
