"""Formatted words as HTML: everything is escaped, and links say where they lead."""

import re

from markupsafe import Markup, escape

from inbox.model import Message
from inbox.words import Span, render

COMMAND = re.compile(r"(?<![\w/<])(/[a-z]+)\b")
# images that a browser only draws, whatever is in them
SHOWN_IMAGES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
TAGS = {
    "bold": "strong",
    "italic": "em",
    "underline": "u",
    "strike": "s",
    "code": "code",
    "pre": "pre",
    "quote": "blockquote",
}


def formatted(message: Message) -> Markup:
    """A message's words as people formatted them. Hidden words are shown when they are pressed or focused."""
    parts: list[Markup] = render(message.text, message.spans, _escaped, _wrapped)
    return Markup("").join(parts)


def commands(text: str) -> Markup:
    """A sentence of ours with the commands in it ("/desk") set as what is typed."""
    typed = Markup("<code>{}</code>")
    parts = (typed.format(part) if n % 2 else escape(part) for n, part in enumerate(COMMAND.split(text)))
    return Markup("").join(parts)


def _escaped(text: str, _: bool) -> Markup:
    return escape(text)


def _wrapped(span: Span, inside: list[Markup]) -> Markup:
    words = Markup("").join(inside)
    if span.kind == "link":
        link = Markup('<a href="{0}" rel="noopener noreferrer nofollow ugc" target="_blank" title="{0}">{1}</a>')
        return link.format(span.value, words)
    if span.kind == "spoiler":
        return Markup('<span class="spoiler" tabindex="0">{}</span>').format(words)
    tag = TAGS[span.kind]
    return Markup(f"<{tag}>{{}}</{tag}>").format(words)  # noqa: S704 — the tag is one of ours
