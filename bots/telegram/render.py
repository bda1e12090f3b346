"""Cards as Telegram HTML with an inline keyboard. Limits: 4,096 UTF-16 units a message, 64 bytes of callback data,
eight buttons a row."""

import html
import re
from collections.abc import Iterator
from dataclasses import replace

from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from bots.port import Button, Card
from bots.split import pieces, split, utf16
from inbox.words import Span, Spans, render

LIMIT = 4000  # of 4,096: tags are not counted by Telegram, line breaks are
LEAD_LIMIT = 200
ROW = 8
TONES = {"good": "🟢 ", "warn": "🟠 ", "bad": "🔴 "}
STYLES = {"primary": "primary", "danger": "danger"}
LANGUAGE = re.compile(r"[A-Za-z0-9_+#-]{1,40}")
# not the @ of an address: those are left whole; the last one, too, for a name may follow in another format
NAME = re.compile(r"(?<!\w)@(?=[A-Za-z0-9_]|\Z)")
TAG = re.compile(r"</?(?:b|i|u|s|a|code|pre|blockquote|tg-spoiler)(?: [a-z]+=\"[^\"]*\")?>")
WRAPS = {
    "bold": "b",
    "italic": "i",
    "underline": "u",
    "strike": "s",
    "code": "code",
    "quote": "blockquote",
    "spoiler": "tg-spoiler",
}


def escape(text: str) -> str:
    """Text as Telegram's HTML shows it literally (Bot API, "HTML style": only <, > and & are special)."""
    return html.escape(text.encode("utf-8", "replace").decode("utf-8"), quote=False)


def quiet(text: str) -> str:
    """The same words with nobody called: Telegram makes a mention of every @name, whoever wrote it."""
    return NAME.sub("@\u200b", text)


def formatted(text: str, spans: Spans) -> str:
    """Formatted words as Telegram's HTML; nobody is called by them, and links lead where they say."""
    return "".join(render(text, spans, lambda piece, code: escape(piece if code else quiet(piece)), _wrapped))


def _wrapped(span: Span, inside: list[str]) -> str:
    words = "".join(inside)
    if span.kind == "link":
        return f'<a href="{html.escape(span.value)}">{words}</a>'
    if span.kind == "pre":
        language = f' class="language-{html.escape(span.value)}"' if LANGUAGE.fullmatch(span.value) else ""
        return f"<pre><code{language}>{words}</code></pre>" if language else f"<pre>{words}</pre>"
    tag = WRAPS[span.kind]
    return f"<{tag}>{words}</{tag}>"


def messages(card: Card) -> list[str]:
    """The card's HTML in as many messages as it needs; buttons belong to the last."""
    parts: list[str] = []
    fields = tuple((quiet(name), quiet(value)) for name, value in card.fields)
    card = replace(
        card,
        title=quiet(card.title),
        lead=quiet(card.lead),
        quote=quiet(card.quote),
        fields=fields,
    )
    for gap, block in _blocks(card):
        words = plain(block)
        if not words.strip():
            continue
        if parts and utf16(plain(parts[-1])) + len(gap) + utf16(words) <= LIMIT:
            parts[-1] += gap + block
        else:
            parts.append(block)
    return parts


def _blocks(card: Card) -> Iterator[tuple[str, str]]:
    """What stands on the card, each within a message's limit, with what sets it apart from what stands before."""
    if card.title:
        yield "", f"<b>{escape(TONES.get(card.tone, '') + card.title)}</b>"
    lead = card.lead[:LEAD_LIMIT]
    parts = pieces(
        card.text, card.spans, LIMIT - utf16(lead) - 1, lambda text, spans: utf16(quiet(text)) + 2 * len(spans)
    )
    for number, (piece, spans) in enumerate(parts):
        said = formatted(piece, spans)
        yield ("", said) if number else ("\n", f"<b>{escape(lead)}</b>\n{said}" if lead else said)
    for number, piece in enumerate(split(card.quote, LIMIT, utf16) if card.quote else ()):
        yield "" if number else "\n", f"<blockquote>{escape(piece)}</blockquote>"
    for number, (name, value) in enumerate(card.fields):
        yield "\n" if number else "\n\n", f"<b>{escape(name[:LEAD_LIMIT])}:</b> {escape(value[:1000])}"
    if card.footer:
        yield "\n\n", f"<i>{escape(card.footer[:1000])}</i>"


def plain(markup: str) -> str:
    """The same words without markup, for where Telegram cannot parse it."""
    return html.unescape(TAG.sub("", markup))


def keyboard(card: Card) -> InlineKeyboardMarkup | None:
    """The card's buttons; None for none."""
    rows = [[_button(b) for b in row[at : at + ROW]] for row in card.buttons for at in range(0, len(row), ROW)]
    return InlineKeyboardMarkup(rows) if rows else None


def _button(button: Button) -> InlineKeyboardButton:
    # by `api_kwargs`: older versions of the library do not know the parameter
    style = {"style": STYLES[button.style]} if button.style in STYLES else None
    return InlineKeyboardButton(button.label, callback_data=button.action, api_kwargs=style)


def toast(card: Card, limit: int) -> str:
    """The card as the short answer to a press; "" where it has more to it than words, or too many."""
    more = card.title or card.lead or card.quote or card.fields or card.footer
    return "" if more or utf16(card.text) > limit else card.text
