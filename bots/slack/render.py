"""Cards as Block Kit, forms as modals. Limits: docs "Block Kit", a section's text 3,000, a header's 150, 50 blocks."""

from typing import Any

from bots.port import Button, Card, Form
from bots.slack.words import escape
from bots.split import split

SECTION = 2800  # characters before escaping grows them; Slack's limit is 3,000 after
SECTIONS = 4  # a message; more of them are refused as msg_blocks_too_long near 13,200 characters in all
STYLES = {"primary": "primary", "danger": "danger"}
TONES = {"good": "🟢 ", "warn": "🟠 ", "bad": "🔴 "}


def messages(card: Card) -> list[dict[str, Any]]:
    """The card as one or more messages: {"text": fallback, "blocks": […]}; buttons are on the last."""
    body = [_section(piece) for piece in _pieces(card)]
    groups = [body[i : i + SECTIONS] for i in range(0, len(body), SECTIONS)] or [[]]
    head = [_header(card)] if card.title else []
    tail = [*_fields(card), *_buttons(card), *_footer(card)]
    groups[0] = [*head, *groups[0]]
    groups[-1] = [*groups[-1], *tail]
    return [{"text": _fallback(card), "blocks": blocks} for blocks in groups if blocks]


def _pieces(card: Card) -> list[str]:
    """Marked-up, escaped pieces, each small enough for a section."""
    pieces = []
    if card.lead or card.text:
        lead = f"*{escape(card.lead)}*  " if card.lead else ""
        texts = [escape(piece) for piece in _escapable(card.text)] or [""]
        pieces += [lead + texts[0], *texts[1:]]
    for piece in _escapable(card.quote):
        pieces.append("\n".join(f"> {line}" for line in escape(piece).split("\n")))
    return [piece for piece in pieces if piece.strip()]


def _escapable(text: str) -> list[str]:
    return split(text, SECTION, lambda piece: len(escape(piece)) + piece.count("\n") * 2) if text else []


def _section(text: str) -> dict[str, Any]:
    # verbatim: Slack must not make links or mentions of what people wrote
    return {"type": "section", "text": {"type": "mrkdwn", "text": text, "verbatim": True}}


def _header(card: Card) -> dict[str, Any]:
    title = TONES.get(card.tone, "") + card.title
    return {"type": "header", "text": {"type": "plain_text", "text": title[:150], "emoji": True}}


def _fields(card: Card) -> list[dict[str, Any]]:
    """Ten fields go into a section (Slack's limit)."""
    texts = [
        {"type": "mrkdwn", "text": f"*{escape(name)}*\n{escape(value)[:1900]}", "verbatim": True}
        for name, value in card.fields
    ]
    return [{"type": "section", "fields": texts[i : i + 10]} for i in range(0, len(texts), 10)]


def _buttons(card: Card) -> list[dict[str, Any]]:
    return [{"type": "actions", "elements": [_button(button) for button in row[:25]]} for row in card.buttons if row]


def _button(button: Button) -> dict[str, Any]:
    made: dict[str, Any] = {
        "type": "button",
        "text": {"type": "plain_text", "text": button.label[:75], "emoji": True},
        "action_id": button.action,
        "value": button.action,
    }
    if button.style in STYLES:
        made["style"] = STYLES[button.style]
    return made


def _footer(card: Card) -> list[dict[str, Any]]:
    if not card.footer:
        return []
    return [{"type": "context", "elements": [{"type": "mrkdwn", "text": escape(card.footer)[:1900], "verbatim": True}]}]


def _fallback(card: Card) -> str:
    """What notifications and screen readers get."""
    words = [card.title, f"{card.lead}: {card.text}" if card.lead else card.text, card.quote]
    return escape(" · ".join(word for word in words if word) or card.footer or "…")[:3000]


def modal(form: Form, metadata: str) -> dict[str, Any]:
    """A form as a modal view; `metadata` comes back with what was filled in."""
    return {
        "type": "modal",
        "callback_id": form.id,
        "private_metadata": metadata,
        "title": {"type": "plain_text", "text": form.title[:24]},
        "submit": {"type": "plain_text", "text": form.submit[:24]},
        "blocks": [_input(field) for field in form.fields],
    }


def _input(field: Any) -> dict[str, Any]:
    element: dict[str, Any]
    if field.kind == "choice":
        options = [
            {"text": {"type": "plain_text", "text": label[:75]}, "value": value} for value, label in field.options
        ]
        element = {"type": "static_select", "action_id": "value", "options": options}
    else:
        element = {
            "type": "plain_text_input",
            "action_id": "value",
            "multiline": field.kind == "paragraph",
            "max_length": min(field.max_length, 3000),
        }
        if field.value:
            element["initial_value"] = field.value
    label = {"type": "plain_text", "text": field.label[:2000]}
    return {"type": "input", "block_id": field.id, "optional": not field.required, "label": label, "element": element}
