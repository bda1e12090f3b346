"""Cards as content or an embed with rows of buttons, forms as modals.

Limits (docs "Message", "Embed Limits", "Component Reference"): 2,000 characters of content; an embed's title 256,
description 4,096, 25 fields of 256 and 1,024, footer 2,048, together 6,000; 5 rows of 5 buttons.
"""

import unicodedata
from collections.abc import Sequence
from typing import Any

from bots.discord.formatting import write
from bots.discord.words import escape
from bots.port import Button, Card, Field, Form
from bots.split import pieces, split, utf16

CONTENT = 1900
DESCRIPTION = 3500
EMBED = 5800  # of 6,000 for all texts of an embed together
FIELDS, FIELD_NAME, FIELD_VALUE = 25, 250, 1000
ROWS, ACROSS, OPTIONS = 5, 5, 25
ROW, BUTTON, SELECT, INPUT, USER_SELECT, LABEL = 1, 2, 3, 4, 5, 18
STYLES = {"plain": 2, "primary": 1, "danger": 4}
COLOURS = {"good": 0x2E7D32, "warn": 0xF9A825, "bad": 0xC62828}
UNSEEN = {"Cc", "Cf", "Zs", "Zl", "Zp"}
QUIET: dict[str, Any] = {"parse": []}  # nobody is called by what a card says


def messages(card: Card) -> list[dict[str, Any]]:
    """The card as the bodies of one or more messages; buttons are on the last. Empty where there is nothing to say."""
    bodies = _embedded(card) if card.title or card.fields else _written(card)
    for body in bodies:
        body.setdefault("content", "")
        body.setdefault("embeds", [])
        body["components"], body["allowed_mentions"] = [], QUIET
    if bodies:
        bodies[-1]["components"] = _rows(card.buttons)
    return bodies


def empty() -> dict[str, Any]:
    """A message without words, for files."""
    return {"content": "", "embeds": [], "components": [], "allowed_mentions": QUIET}


def _written(card: Card) -> list[dict[str, Any]]:
    """Words: the lead in bold, people's words set apart, the footer small."""
    footer = f"-# {_line(card.footer)}" if _visible(card.footer) else ""
    contents: list[str] = []
    for block in (*_texts(card, CONTENT), *_quotes(card.quote, CONTENT), footer):
        if not _visible(block):
            continue
        if contents and utf16(contents[-1]) + utf16(block) < CONTENT:
            contents[-1] += f"\n{block}"
        else:
            contents.append(block)
    return [{"content": content} for content in contents]


def _embedded(card: Card) -> list[dict[str, Any]]:
    """A thing with a title and fields. What does not fit into one embed goes into the next message."""
    texts = [*_texts(card, DESCRIPTION), *_quotes(card.quote, DESCRIPTION)]
    embeds: list[dict[str, Any]] = [{"description": text} for text in texts if _visible(text)] or [{}]
    if _visible(card.title):
        embeds[0]["title"] = _clip(_line(card.title), 256)
    for name, value in card.fields:
        field = {
            "name": _clip(_line(name), FIELD_NAME) if _visible(name) else "…",
            "value": _clip(escape(value), FIELD_VALUE) if _visible(value) else "–",
        }
        if len(embeds[-1].get("fields", ())) >= FIELDS or _size(embeds[-1]) + _size({"fields": [field]}) > EMBED:
            embeds.append({})
        embeds[-1].setdefault("fields", []).append({**field, "inline": len(value) < 40})
    if _visible(card.footer):
        if _size(embeds[-1]) + len(card.footer) > EMBED:
            embeds.append({})
        embeds[-1]["footer"] = {"text": _clip(card.footer, 2000)}
    colour = {"color": COLOURS[card.tone]} if card.tone in COLOURS else {}
    return [{"embeds": [{**embed, **colour}]} for embed in embeds if embed]


def _size(embed: dict[str, Any]) -> int:
    fields = sum(utf16(field["name"]) + utf16(field["value"]) for field in embed.get("fields", ()))
    return fields + utf16(embed.get("title", "")) + utf16(embed.get("description", ""))


def _texts(card: Card, limit: int) -> list[str]:
    """The text in escaped pieces, the first after the lead."""
    lead = f"**{_line(card.lead)}**\n" if card.lead else ""
    if not lead and not card.text:
        return []
    parts = pieces(card.text, card.spans, limit - utf16(lead), lambda text, spans: utf16(write(text, spans)))
    first, *rest = [write(text, spans) for text, spans in parts]
    return [lead + first, *rest]


def _quotes(quote: str, limit: int) -> list[str]:
    def quoted(piece: str) -> str:
        return "\n".join(f"> {line}" for line in escape(piece).split("\n"))

    return [quoted(piece) for piece in split(quote, limit, lambda piece: utf16(quoted(piece)))] if quote else []


def _visible(text: str) -> bool:
    """Is there anything to see in it? Discord refuses what is empty when trimmed."""
    return any(unicodedata.category(character) not in UNSEEN for character in text)


def _line(text: str) -> str:
    """Text on one line, escaped."""
    return escape(" ".join(text.split()), inline=True)


def _clip(text: str, limit: int) -> str:
    """Escaped text cut to a limit, not between a backslash and what it stands for."""
    if utf16(text) <= limit:
        return text
    return split(text, limit - 1, utf16)[0].rstrip("\\ ") + "…"


def _rows(rows: Sequence[Sequence[Button]]) -> list[dict[str, Any]]:
    """Rows of at most five buttons, closed up where they are more than five; buttons of one kind that are more than a
    message can hold stand in menus. An action stands once in a message."""
    crowd = _crowd(rows)
    seen: set[str] = {button.action for button in crowd}
    kept: list[list[Button]] = []
    for row in rows:
        fresh = list({button.action: button for button in row if button.action not in seen}.values())
        seen.update(button.action for button in fresh)
        kept += [fresh[i : i + ACROSS] for i in range(0, len(fresh), ACROSS)]
    groups = [[_menu(crowd[i : i + OPTIONS])] for i in range(0, len(crowd), OPTIONS)]
    if len(groups) + len(kept) > ROWS:
        flat = [button for row in kept for button in row]
        kept = [flat[i : i + ACROSS] for i in range(0, len(flat), ACROSS)]
    groups += [[_button(button) for button in row] for row in kept]
    return [{"type": ROW, "components": group} for group in groups[:ROWS]]


def _crowd(rows: Sequence[Sequence[Button]]) -> list[Button]:
    """The buttons that do the same with one thing each ("ask:QUEUE"), where they are more than a message can hold."""
    kinds: dict[str, dict[str, Button]] = {}
    for button in (button for row in rows for button in row if ":" in button.action):
        kinds.setdefault(button.action.partition(":")[0], {})[button.action] = button
    return [button for kind in kinds.values() if len(kind) > ROWS * ACROSS for button in kind.values()]


def _menu(buttons: Sequence[Button]) -> dict[str, Any]:
    """A menu whose choices are buttons' actions; it says from where to where in their order it goes."""
    ends = [" ".join(button.label.split())[:70] or "…" for button in (buttons[0], buttons[-1])]
    options = [{"label": button.label[:100] or "…", "value": button.action[:100]} for button in buttons]
    return {"type": SELECT, "custom_id": buttons[0].action[:100], "placeholder": " – ".join(ends), "options": options}


def _button(button: Button) -> dict[str, Any]:
    label = button.label[:80] or "…"
    return {"type": BUTTON, "style": STYLES[button.style], "label": label, "custom_id": button.action[:100]}


def choice_before(form: Form) -> Card | None:
    """Where a form asks for one of more things than its menu can hold: a card to choose by, whose buttons open the form
    with that chosen ("ask" with "it" is "ask:it"). None for any other form."""
    crowded = next((one for one in form.fields if one.kind == "choice" and len(one.options) > OPTIONS), None)
    if crowded is None:
        return None
    buttons = tuple(Button(label, f"{form.id}:{value}") for value, label in crowded.options)
    return Card(text=crowded.label, buttons=(buttons,))


def modal(form: Form) -> dict[str, Any]:
    """A form as a modal; it comes back with its id and its fields by theirs. Of more than five the first are asked."""
    fields = [_labelled(field) for field in form.fields[:5]]
    return {"custom_id": form.id[:100], "title": form.title[:45], "components": fields}


def _labelled(field: Field) -> dict[str, Any]:
    told = {"description": field.help[:100]} if field.help else {}
    return {"type": LABEL, "label": field.label[:45], **told, "component": _input(field)}


def _input(field: Field) -> dict[str, Any]:
    if field.kind == "choice":
        options = [
            {"label": label[:100], "value": value[:100], **({"default": True} if value == field.value else {})}
            for value, label in field.options[:OPTIONS]
        ]
        return {"type": SELECT, "custom_id": field.id, "options": options, "required": field.required}
    if field.kind == "person":
        return {"type": USER_SELECT, "custom_id": field.id, "required": field.required}
    made = {
        "type": INPUT,
        "custom_id": field.id,
        "style": 2 if field.kind == "paragraph" else 1,
        "required": field.required,
        "max_length": min(field.max_length, 4000),
    }
    if field.kind == "date":
        made["placeholder"] = "2026-12-24"
    return {**made, "value": field.value[:4000]} if field.value else made
