"""Cards as Telegram HTML with an inline keyboard. Limits: 4,096 UTF-16 units a message, 64 bytes of callback data."""

import html
import re

from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from bots.port import Card
from bots.split import split, utf16

LIMIT = 4000  # of 4,096: room for the lead's bold and the quote's tags is not counted by Telegram, line breaks are
TONES = {"good": "🟢 ", "warn": "🟠 ", "bad": "🔴 "}
TAG = re.compile(r"</?(?:b|i|blockquote)>")


def escape(text: str) -> str:
    """Text as Telegram's HTML shows it literally (Bot API, "HTML style": only <, > and & are special)."""
    return html.escape(text, quote=False)


def messages(card: Card) -> list[str]:
    """The card's HTML in as many messages as it needs; buttons belong to the last."""
    head = f"<b>{escape(TONES.get(card.tone, '') + card.title)}</b>" if card.title else ""
    lead = f"<b>{escape(card.lead)}</b>\n" if card.lead else ""
    fields = "\n".join(f"<b>{escape(name)}:</b> {escape(value[:1000])}" for name, value in card.fields)
    footer = f"<i>{escape(card.footer)}</i>" if card.footer else ""
    parts: list[str] = []
    texts = split(card.text, LIMIT - utf16(card.lead) - 2, utf16) if card.text else ([""] if card.lead else [])
    blocks = [head, *(f"{lead if n == 0 else ''}{escape(piece)}" for n, piece in enumerate(texts))]
    blocks += [f"<blockquote>{escape(piece)}</blockquote>" for piece in split(card.quote, LIMIT, utf16) if card.quote]
    for block in (*blocks, fields, footer):
        if not block.strip():
            continue
        if parts and utf16(plain(parts[-1])) + utf16(plain(block)) + 2 <= LIMIT:
            parts[-1] += ("\n\n" if block in (fields, footer) else "\n") + block
        else:
            parts.append(block)
    return parts


def plain(markup: str) -> str:
    """The same words without markup, for where Telegram cannot parse it."""
    return html.unescape(TAG.sub("", markup))


def keyboard(card: Card) -> InlineKeyboardMarkup | None:
    """The card's buttons; None for none."""
    rows = [[InlineKeyboardButton(b.label, callback_data=b.action) for b in row[:8]] for row in card.buttons if row]
    return InlineKeyboardMarkup(rows) if rows else None
