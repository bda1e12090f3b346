"""Cards as Block Kit, forms as modals. Limits: https://docs.slack.dev/reference/block-kit"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from bots.port import BUTTONS, Button, Card, Field, Form
from bots.slack.formatting import elements
from bots.slack.words import escape, rich
from bots.split import pieces, split
from inbox.words import Spans

Json = dict[str, Any]

SECTION = 2_800  # characters of one block of words; a section takes 3,000, of rich text Slack tells no limit
BLOCKS = 45  # a message; Slack takes 50
CHARACTERS = 12_000  # a message's blocks in all; Slack refuses with msg_blocks_too_long at about 13,200
FALLBACK_BYTES = 3_500  # chat.update takes 4,000
HEADER, NAME, FIELD_NAME, FIELD, FOOTER, LABEL = 150, 100, 100, 400, 400, 75
FIELDS = 10  # in one block
HOME_BLOCKS = 100
# of a menu: https://docs.slack.dev/reference/block-kit/block-elements/select-menu-element
OPTIONS, PLACEHOLDER = 100, 150
STYLES = {"primary": "primary", "danger": "danger"}
TONES = {"good": "🟢 ", "warn": "🟠 ", "bad": "🔴 "}


class Piece(NamedTuple):
    """A block, and its words for notifications and screen readers."""

    block: Json
    words: str = ""


def messages(card: Card) -> list[Json]:
    """The card as one or more messages, {"text": fallback, "blocks": […]}; its buttons are in the last."""
    pieces = [*_header(card), *_words(card), *_quote(card), *_fields(card), *_buttons(card), *_footer(card)]
    return [_message(group) for group in _groups(pieces or [_rich("section", rich("…"), "…")])]


def _groups(pieces: Sequence[Piece]) -> list[list[Piece]]:
    """In order, as few messages as their limits allow."""
    groups: list[list[Piece]] = [[]]
    room = CHARACTERS
    for piece in pieces:
        size = _size(piece.block)
        if groups[-1] and (size > room or len(groups[-1]) >= BLOCKS):
            groups.append([])
            room = CHARACTERS
        groups[-1].append(piece)
        room -= size
    return groups


def _size(value: Any) -> int:
    """All characters of text in a block."""
    if isinstance(value, list):
        return sum(_size(one) for one in value)
    if isinstance(value, dict):
        words = sum(len(one) for key, one in value.items() if key in ("text", "url", "name") and isinstance(one, str))
        return words + sum(_size(one) for one in value.values())
    return 0


def _message(pieces: Sequence[Piece]) -> Json:
    words = " · ".join(piece.words for piece in pieces if piece.words) or "…"
    first, *more = split(words, FALLBACK_BYTES, lambda text: len(escape(text).encode("utf-8", "replace")))
    return {"text": escape(first) + ("…" if more else ""), "blocks": [piece.block for piece in pieces]}


# blocks


def _rich(kind: str, elements: Sequence[Json], words: str) -> Piece:
    # rich text: nothing that people wrote is a mention or a format to Slack
    return Piece({"type": "rich_text", "elements": [{"type": f"rich_text_{kind}", "elements": elements}]}, words)


def _header(card: Card) -> list[Piece]:
    if not card.title.strip():
        return []
    title = _clip(TONES.get(card.tone, "") + card.title, HEADER)
    return [Piece({"type": "header", "text": {"type": "plain_text", "text": title, "emoji": True}}, title)]


def _words(card: Card) -> list[Piece]:
    lead = _clip(" ".join(card.lead.split()), NAME)
    texts = [one for one in pieces(card.text, card.spans, SECTION, lambda text, _: len(text)) if one[0].strip()]
    bold: list[Json] = [{"type": "text", "text": lead, "style": {"bold": True}}]
    if not lead:
        return [_formatted([], *one) for one in texts]
    if not texts:
        return [_rich("section", bold, lead)]
    first = _formatted([*bold, {"type": "text", "text": "  "}], *texts[0], before=f"{lead}: ")
    return [first, *(_formatted([], *one) for one in texts[1:])]


def _formatted(lead: list[Json], text: str, spans: Spans, before: str = "") -> Piece:
    made = elements(text, spans)
    if lead and made[0]["type"] == "rich_text_section":
        made[0] = {**made[0], "elements": [*lead, *made[0]["elements"]]}
    elif lead:
        made.insert(0, {"type": "rich_text_section", "elements": lead})
    return Piece({"type": "rich_text", "elements": made}, before + text)


def _quote(card: Card) -> list[Piece]:
    return [_rich("quote", rich(text), text) for text in split(card.quote, SECTION) if text.strip()]


def _fields(card: Card) -> list[Piece]:
    """A line for each, its name bold. As rich text, so that nothing in names and values is a format; a section's fields
    would stand in two columns, but read mrkdwn."""
    shown = [(_line(name, FIELD_NAME), _lines(value, FIELD)) for name, value in card.fields]
    said = [field for field in shown if any(field)]
    return [_table(said[i : i + FIELDS]) for i in range(0, len(said), FIELDS)]


def _table(fields: Sequence[tuple[str, str]]) -> Piece:
    lines: list[Json] = []
    for name, value in fields:
        lines += [{"type": "text", "text": name, "style": {"bold": True}}] if name else []
        lines.append({"type": "text", "text": f"  {value}\n" if name else f"{value}\n"})
    lines[-1]["text"] = lines[-1]["text"].removesuffix("\n")
    return _rich("section", lines, " · ".join(f"{name}: {_line(value, FIELD)}" for name, value in fields))


def _line(text: str, limit: int) -> str:
    """In one line."""
    return _clip(" ".join(text.split()), limit)


def _lines(text: str, limit: int) -> str:
    """A value's lines, those after the first indented: none looks like the next field."""
    lines = (" ".join(line.split()) for line in text.splitlines())
    return _clip("\n\u2003".join(line for line in lines if line), limit)


def _buttons(card: Card) -> list[Piece]:
    """A row is a block; the same action twice in a row is refused, so it is there once. What is too many stands in
    menus above the rest."""
    crowd = _crowd(card)
    rows = [list({button.action: button for button in row if button not in crowd}.values()) for row in card.buttons]
    groups = [[_menu(crowd[i : i + OPTIONS], card.menu)] for i in range(0, len(crowd), OPTIONS)]
    groups += [[_button(button) for button in row[i : i + 25]] for row in rows for i in range(0, len(row), 25)]
    return [Piece({"type": "actions", "elements": group}) for group in groups]


def _crowd(card: Card) -> list[Button]:
    """The buttons that do the same with one thing each, where they are more than can stand side by side."""
    kinds: dict[str, dict[str, Button]] = {}
    for button in (button for row in card.buttons for button in row if ":" in button.action):
        kinds.setdefault(button.action.partition(":")[0], {})[button.action] = button
    return [button for kind in kinds.values() if len(kind) > BUTTONS for button in kind.values()]


def _menu(buttons: Sequence[Button], label: str) -> Json:
    placeholder = {"type": "plain_text", "text": _clip(label or "…", PLACEHOLDER), "emoji": True}
    options = [_option(button.action, button.label) for button in buttons]
    return {"type": "static_select", "action_id": options[0]["value"], "placeholder": placeholder, "options": options}


def _option(value: str, label: str) -> Json:
    return {"text": {"type": "plain_text", "text": _clip(label.strip(), LABEL) or "…"}, "value": value}


def _button(button: Button) -> Json:
    label = _clip(button.label.strip(), LABEL) or "…"
    made: Json = {
        "type": "button",
        "text": {"type": "plain_text", "text": label, "emoji": True},
        "action_id": button.action,
        "value": button.action,
    }
    if button.style in STYLES:
        made["style"] = STYLES[button.style]
    return made


def _footer(card: Card) -> list[Piece]:
    if not card.footer.strip():
        return []
    footer = _clip(card.footer, FOOTER)
    return [Piece({"type": "context", "elements": [{"type": "plain_text", "text": footer, "emoji": True}]}, footer)]


def _clip(text: str, limit: int) -> str:
    """At most `limit` characters, with "…" where that is less than all; no character is torn apart."""
    return text if len(text) <= limit else split(text, limit - 1)[0].rstrip() + "…"


def home(cards: Sequence[Card]) -> Json:
    """Cards as a Home tab, one under the other."""
    made = [[block for message in messages(card) for block in message["blocks"]] for card in cards]
    blocks = [block for one in made for block in ({"type": "divider"}, *one)][1 : HOME_BLOCKS + 1]
    return {"type": "home", "blocks": blocks or [_rich("section", rich("…"), "…").block]}


# forms


def offered(found: Sequence[tuple[str, str]]) -> list[Json]:
    """What is chosen from while one types, of values and labels."""
    return [_option(value, label) for value, label in found[:OPTIONS]]


def showing(view: Mapping[str, Any], card: Card) -> Json:
    """A modal view as Slack tells it, with a card below its questions; what was filled in stays, for their ids do.
    https://docs.slack.dev/surfaces/modals#updating_views"""
    asked = [block for block in view["blocks"] if block["type"] == "input"]
    below = messages(replace(card, buttons=()))[0]["blocks"][: BLOCKS - len(asked)]
    kept = {key: view[key] for key in ("type", "callback_id", "private_metadata", "title", "submit") if view.get(key)}
    return {**kept, "blocks": [*asked, {"type": "divider"}, *below]}


def modal(form: Form, metadata: str) -> Json:
    """A form as a modal view; `metadata` comes back with what was filled in."""
    return {
        "type": "modal",
        "callback_id": form.id,
        "private_metadata": metadata,
        "title": {"type": "plain_text", "text": _clip(form.title, 24)},
        "submit": {"type": "plain_text", "text": _clip(form.submit, 24)},
        "blocks": [_input(field) for field in form.fields],
    }


def _input(field: Field) -> Json:
    return {
        "type": "input",
        "block_id": field.id,
        "optional": not field.required,
        "label": {"type": "plain_text", "text": _clip(field.label, 2_000)},
        "element": _element(field),
        **({"dispatch_action": True} if field.search else {}),
        **({"hint": {"type": "plain_text", "text": _clip(field.help, 2_000)}} if field.help else {}),
    }


def _element(field: Field) -> Json:
    """What the question is answered with: https://docs.slack.dev/reference/block-kit/block-elements"""
    match field.kind:
        case "choice":
            return _choice(field)
        case "date":
            return {"type": "datepicker", "action_id": "value"}
        case "person":
            return {"type": "users_select", "action_id": "value"}
        case "number":
            return {"type": "number_input", "action_id": "value", "is_decimal_allowed": True}
    return _text_input(field)


def _choice(field: Field) -> Json:
    """A menu holds a hundred options; what are more, or are looked up, are asked for as somebody types.
    https://docs.slack.dev/reference/block-kit/block-elements/select-menu-element#external_select"""
    chosen = [_option(*one) for one in field.options if one[0] == field.value]
    initial = {"initial_option": chosen[0]} if chosen else {}
    if field.search or len(field.options) > OPTIONS:
        sought = {"type": "external_select", "action_id": field.search or "value", "min_query_length": 0}
        return {**sought, **initial}
    return {"type": "static_select", "action_id": "value", "options": offered(field.options), **initial}


def _text_input(field: Field) -> Json:
    made: Json = {
        "type": "plain_text_input",
        "action_id": "value",
        "multiline": field.kind == "paragraph",
        "max_length": min(field.max_length, 3_000),
    }
    if field.value:
        made["initial_value"] = field.value[: made["max_length"]]
    return made
