"""What we say: a desk fact in, a card out. Pure, and in the reader's language.

Anything with a `say` key is drawn alike: the catalogue's sentence with its facts, and a button for each action. A fact
named `quote` holds people's words and is set apart; one named `to` says whom a notice is for that others can read.
Drawn in a way of their own are only the desk card, mirrored words, and what answers a command.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from bots.commands import GROUPS, OPEN, VERBS, Verb
from bots.port import BUTTONS, Button, Card, Style, Tone
from bots.texts import phrase, when, word
from inbox.desk import fields as questions
from inbox.desk.errand import Errand
from inbox.errors import AlreadyClaimed, BadInput, DeskError, NotHolder
from inbox.locale import catalogue, nearest, say
from inbox.model import Delivery, Message, TicketCard
from inbox.words import Span, moved

LABEL_LIMIT = 60  # characters: Slack takes 75 on a button, Discord 80
QUOTED = 120  # characters shown of the words that others answer
TITLE_LIMIT = 90  # characters: Discord takes 100 for a thread's name, Telegram 128 for a topic's
# as many as every platform can show side by side: Discord 5
ROW_LENGTHS = {"rate": 5, "thumb": 2, "ease": 4, "nps": 4, "same": 2, "new": 2, "queue": 2, "pick": 2}
ROW_LENGTH = 3
APART = frozenset({"pick", "rate", "thumb", "ease", "nps"})  # beside these stands nothing else
STYLES: dict[str, Style] = {
    "claim": "primary",
    "ask": "primary",
    "send": "primary",
    "claimsend": "primary",
    "takesend": "primary",
    "retry": "primary",
    "resend": "primary",
    "discard": "danger",
}
TONES: dict[str, Tone] = {"held.": "warn", "hint.": "warn", "nag.over.": "good", "nag.": "warn", "failed.": "bad"}
CARD_ACTIONS = {
    "new": ("claim", "resolve"),
    "open": ("release", "cannedpick", "resolve"),
    "pending": ("release", "resolve"),
    "on_hold": ("release", "resolve"),
    "resolved": ("reopen",),
    "closed": (),
}


def draw(delivery: Delivery, *, answers: bool = False) -> Card:
    """The card for a delivery; with `answers` its platform shows by itself what the words answer. Raises KeyError
    where the catalogue has no such sentence."""
    if delivery.card:
        return desk_card(delivery.card, delivery.language, delivery.timezone)
    if delivery.message and not delivery.say:
        card = _words(delivery, delivery.message)
        return card if answers or not delivery.quoted or delivery.message.deleted else _quoting(card, delivery.quoted)
    return _notice(delivery)


def _words(delivery: Delivery, message: Message) -> Card:
    """Somebody's words, shown where they were not written."""
    language, name = delivery.language, delivery.author
    if message.deleted:
        return Card(text=say(language, "card.deleted", name=name))
    lead = name
    if message.kind == "note":
        lead = say(language, "card.note", name=name)
    elif message.role == "participant":
        lead = say(language, "card.participant", name=name)
    footer = say(language, "card.edited") if delivery.kind == "edit" else ""
    shown = buttons(delivery.actions, language)
    return Card(text=message.text, spans=message.spans, files=delivery.files, lead=lead, footer=footer, buttons=shown)


def _quoting(card: Card, quoted: str) -> Card:
    """The card with the words that it answers above it."""
    above = _clip(" ".join(quoted.split()), QUOTED)
    spans = (Span(0, len(above), "quote"), *moved(card.spans, len(above) + 1))
    return replace(card, text=f"{above}\n{card.text}", spans=spans)


def _notice(delivery: Delivery) -> Card:
    language, facts = delivery.language, delivery.facts
    side = delivery.side if isinstance(delivery, Errand) else ""
    return Card(
        text=phrase(language, delivery.say, facts, delivery.timezone),
        lead=say(language, "card.to", name=facts["to"]) if facts.get("to") else "",
        quote=str(facts.get("quote", "")),
        buttons=buttons(delivery.actions, language, facts, side),
        tone=next((tone for start, tone in TONES.items() if delivery.say.startswith(start)), "plain"),
        menu=say(language, "card.menu") if len(delivery.actions) > BUTTONS else "",
    )


# The ticket


def title(card: TicketCard) -> str:
    """The ticket in one line: "#42 Printer on fire"; without words where they are confidential."""
    return _clip(f"#{card.number} {'🔒' if card.wordless else card.subject}".rstrip(), TITLE_LIMIT)


def desk_card(card: TicketCard, language: str, timezone: str = "") -> Card:
    """The ticket's card in the desk room, with the buttons that its status allows. Times are shown in `timezone`."""
    notes = [say(language, "card.wordless")] if card.wordless else []
    notes += [f"{'✍️' if writing else '👀'} {name}" for name, writing in card.there]
    if card.incident:
        notes.append(say(language, "card.incident", n=card.cases) if card.cases else say(language, "card.incident_new"))
    if card.case_of is not None:
        notes.append(say(language, "card.case", ticket=card.case_of))
    if card.follow_up_of is not None:
        notes.append(say(language, "card.follow_up", ticket=card.follow_up_of))
    if card.missing:
        notes.append(_missing(card, language))
    return Card(
        title=title(card),
        fields=_fields(card, language, timezone),
        buttons=buttons(_offers(card), language),
        footer=" · ".join(notes),
        tone=_tone(card),
    )


def _offers(card: TicketCard) -> list[str]:
    """The buttons that its status allows; beside them the incidents that it may be a case of."""
    verbs = [f"{verb}:{card.number}" for verb in _allowed(card)]
    return verbs + [f"case:{incident}:{card.number}" for incident in card.incidents]


def _allowed(card: TicketCard) -> tuple[str, ...]:
    waits_unheld = card.status in ("pending", "on_hold") and not card.holder
    return CARD_ACTIONS["new" if waits_unheld else card.status]


def _fields(card: TicketCard, language: str, timezone: str) -> tuple[tuple[str, str], ...]:
    requester = say(language, "card.via", name=card.requester, platform=card.platform.capitalize())
    fields = [
        ("requester", requester if card.platform else card.requester),
        ("queue", card.queue_title),
        ("priority", word(language, "priority", card.priority)),
        ("status", _status(card, language, timezone)),
        ("holder", card.holder or say(language, "card.nobody")),
    ]
    if card.due_at:
        fields.append(("due", _due(card, language, timezone)))
    if card.tags:
        fields.append(("tags", " · ".join(card.tags)))
    own = tuple(
        (questions.said(one.label, language), questions.shown(one, value, language)) for one, value in card.fields
    )
    return (*((say(language, f"card.{key}"), text) for key, text in fields), *own)


def _missing(card: TicketCard, language: str) -> str:
    """What the queue needs to know, and how an agent fills it in."""
    names = ", ".join(questions.said(one.label, language) for one in card.missing)
    return say(
        language, "card.fields_missing", fields=names, example=f"/ticket field {card.number} {card.missing[0].name}: …"
    )


def _status(card: TicketCard, language: str, timezone: str) -> str:
    text = word(language, "status", card.status)
    if card.closed_as:
        text += f" · {word(language, 'closed_as', card.closed_as)}"
    if card.snoozed_until:
        text += f" · {say(language, 'card.snoozed', until=when(card.snoozed_until, language, timezone))}"
    return text


def _due(card: TicketCard, language: str, timezone: str) -> str:
    if card.due_at is None:
        return ""
    mark = f" · {say(language, 'card.overdue')}" if card.overdue else ""
    return when(card.due_at, language, timezone) + mark


def _tone(card: TicketCard) -> Tone:
    if card.overdue:
        return "bad"
    if card.status in ("resolved", "closed"):
        return "good"
    return "warn" if card.priority == "urgent" else "plain"


# Buttons


def buttons(
    actions: Sequence[str], language: str, facts: Mapping[str, Any] | None = None, side: str = ""
) -> tuple[tuple[Button, ...], ...]:
    """Rows of buttons, one for each action; a survey's numbers stand in rows of their own, and what answers a question
    apart from what leaves it out."""
    rows: list[list[Button]] = []
    for action in actions:
        verb = action.partition(":")[0]
        before = rows[-1][0].action.partition(":")[0] if rows else ""
        if not rows or (before in APART and verb != before) or len(rows[-1]) >= ROW_LENGTHS.get(verb, ROW_LENGTH):
            rows.append([])
        rows[-1].append(button(action, language, facts, side))
    return tuple(tuple(row) for row in rows)


def button(action: str, language: str, facts: Mapping[str, Any] | None = None, side: str = "") -> Button:
    """The button for an action ("verb:ticket", "verb:ticket:argument"), labelled for the `side` that reads it.

    What a number or a queue's key stands for is looked up in the facts `subjects` and `titles`.
    """
    verb, *arguments = action.split(":")
    texts = catalogue(nearest(language) or "en")
    subjects, titles = (facts or {}).get("subjects", {}), (facts or {}).get("titles", {})
    # a new matter is new beside those that live; where none does, the queue's name says it all
    variant = "first" if verb == "new" and not subjects else side if arguments else "alone"
    keys = [f"button.{verb}_{variant}", f"button.{verb}"]
    if len(arguments) > 1:
        keys.insert(0, f"button.{verb}.{arguments[-1]}")
    key = next((key for key in keys if key in texts), None)
    first = arguments[0] if arguments else ""
    known = {**subjects, **titles}
    facts = {"ticket": first, "title": known.get(first, first), "last": arguments[-1] if arguments else ""}
    label = say(language, key, **facts) if key else verb.capitalize()
    return Button(_clip(label.strip(), LABEL_LIMIT), action, STYLES.get(verb, "plain"))


def without_buttons(card: Card) -> Card:
    """The same card for somebody who may only read it."""
    return replace(card, buttons=())


def with_actions(card: Card, actions: Sequence[str], language: str) -> Card:
    """The same card with more buttons below it."""
    return replace(card, buttons=(*card.buttons, *buttons(actions, language)))


def _clip(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


# Answers


def refusal(error: DeskError, language: str) -> Card:
    """Why something was not done, in a sentence; the loser of a claim is offered what can be done instead."""
    key = error.key if isinstance(error, BadInput) else error.say
    if isinstance(error, NotHolder) and not error.facts.get("holder"):
        key = "error.not_held"
    if key not in catalogue("en"):
        key = error.say
    number = error.facts.get("ticket")
    lost = isinstance(error, AlreadyClaimed) and number
    actions: tuple[str, ...] = (f"follow:{number}", f"take:{number}", f"noteform:{number}") if lost else ()
    if key == "error.merge_requesters":
        actions = (f"relate:{number}:{error.facts['other']}",)
    return Card(text=phrase(language, key, error.facts), buttons=buttons(actions, language), tone="warn")


def queue_card(tickets: Sequence[TicketCard], language: str, timezone: str = "") -> Card:
    """What waits in somebody's queues, a line a ticket, with a button for the most urgent that nobody holds."""
    if not tickets:
        return Card(title=say(language, "card.queue_title"), text=say(language, "card.queue_empty"), tone="good")
    free = next((card.number for card in tickets if not card.holder), None)
    return Card(
        title=say(language, "card.queue_title"),
        fields=tuple((title(card), _line(card, language, timezone)) for card in tickets),
        buttons=buttons((f"claim:{free}",) if free else (), language),
    )


def held_card(tickets: Sequence[TicketCard], language: str, timezone: str = "") -> Card:
    """What an agent holds, a line a ticket."""
    heading = say(language, "card.held_title")
    if not tickets:
        return Card(title=heading, text=say(language, "card.held_empty"))
    return Card(title=heading, fields=tuple((title(card), _line(card, language, timezone)) for card in tickets))


def _line(card: TicketCard, language: str, timezone: str) -> str:
    parts = [
        card.holder or say(language, "card.queue_free"),
        word(language, "status", card.status),
        word(language, "priority", card.priority) if card.priority != "normal" else "",
        _due(card, language, timezone),
    ]
    return " · ".join(part for part in parts if part)


def help_card(language: str, *, agent: bool) -> Card:
    """What a person can say: for a requester with an example of each, for an agent by groups, for there is much."""
    opening = say(language, "card.help_agent" if agent else "card.help_requester")
    footer = say(language, "card.help_number")
    if not agent:
        verbs = [verb for verb in (OPEN, *VERBS.values()) if not verb.agents]
        lines = [f"{verb.example(language)} — {verb.describe(language)}" for verb in verbs]
        return Card(title=say(language, "card.help_title"), text="\n".join((opening, "", *lines)), footer=footer)
    groups = {group: [verb.name for verb in VERBS.values() if verb.group == group] for group in GROUPS}
    fields = tuple((say(language, f"help.{group}"), " · ".join(names)) for group, names in groups.items() if names)
    more = say(language, "card.help_more")
    return Card(title=say(language, "card.help_title"), text=f"{opening}\n\n{more}", fields=fields, footer=footer)


def verb_card(verb: Verb, language: str) -> Card:
    """What one command does, with an example."""
    return Card(title=verb.name, text=f"{verb.describe(language)}.\n\n{verb.example(language)}")
