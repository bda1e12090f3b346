"""Formatting in one small neutral form: plain text, and spans of it that are bold, a link, a quote and so on.

The text alone is what people read where nothing can be formatted, what is searched and what a subject is made of; so
nobody's asterisk is taken for a format. Each platform's reader makes spans, each renderer wraps them in its own way.
Positions count characters (code points). Lists are lines of text, mentions are names, and custom emoji are `:names:`.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from heapq import heapify, heappop, heappush
from typing import Any, Literal, TypeVar, get_args
from urllib.parse import urlsplit

Kind = Literal["quote", "pre", "link", "spoiler", "bold", "italic", "underline", "strike", "code"]
# spans of the same stretch stand inside each other in this order
ORDER: tuple[Kind, ...] = get_args(Kind)
BLOCKS: frozenset[Kind] = frozenset({"quote", "pre"})
LITERAL: frozenset[Kind] = frozenset({"pre", "code"})  # nothing inside them is formatted
SCHEMES = frozenset({"http", "https", "mailto", "tel"})
MOST = 1000  # spans of one text: more are a game with us, and are left out
VALUE_LIMIT = 2048

T = TypeVar("T")


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """text[start:end] is of this kind. `value` is a link's address or a code block's language ("" else)."""

    start: int
    end: int
    kind: Kind
    value: str = ""


Spans = tuple[Span, ...]


def tidy(text: str, spans: Iterable[Span]) -> Spans:
    """The spans such as every renderer may trust: within the text, not empty, none crossing another, none twice inside
    itself, nothing inside code, links only to addresses that are safe to follow; outer ones first."""
    fit = (_within(text, span) for span in list(spans)[:MOST])
    waiting = [(_place(span), span) for span in fit if span]
    heapify(waiting)
    around: list[Span] = []
    found: list[Span] = []
    while waiting:
        _, span = heappop(waiting)
        around = [outer for outer in around if outer.end > span.start]
        if any(outer.kind in LITERAL or outer.kind == span.kind for outer in around):
            continue
        end = min((outer.end for outer in around), default=span.end)
        if span.kind == "pre" and (span.end > end or any(outer.kind != "quote" for outer in around)):
            continue  # a block stands whole, and in no line
        if span.end > end:  # it crosses another: it goes on behind that one
            rest = _within(text, replace(span, start=end))
            span = replace(span, end=end)
            if rest:
                heappush(waiting, (_place(rest), rest))
        kept = _within(text, span)
        if kept:
            around.append(kept)
            found.append(kept)
    return tuple(found)


def _place(span: Span) -> tuple[int, int, int]:
    return span.start, -span.end, ORDER.index(span.kind)


def _within(text: str, span: Span) -> Span | None:
    start, end = max(0, span.start), min(len(text), span.end)
    while start < end and text[start].isspace() and span.kind not in LITERAL:
        start += 1
    while start < end and text[end - 1].isspace() and span.kind not in LITERAL:
        end -= 1
    if start >= end or span.kind not in ORDER:
        return None
    if span.kind == "link" and not safe(span.value):
        return None
    if span.kind not in ("link", "pre"):
        return Span(start, end, span.kind)
    return Span(start, end, span.kind, span.value[:VALUE_LIMIT])


def safe(address: str) -> bool:
    """May this address stand under a word that people click?"""
    if len(address) > VALUE_LIMIT or any(c.isspace() or ord(c) < 32 or c in '<>"`\\' for c in address):
        return False
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    scheme = parts.scheme.lower()
    return scheme in SCHEMES and bool(parts.netloc or scheme in ("mailto", "tel"))


def moved(spans: Iterable[Span], by: int) -> Spans:
    """The spans of a text that now begins `by` characters later."""
    return tuple(replace(span, start=span.start + by, end=span.end + by) for span in spans)


def part(spans: Iterable[Span], start: int, end: int) -> Spans:
    """The spans of text[start:end], as that text's own."""
    cut = (replace(s, start=max(s.start, start) - start, end=min(s.end, end) - start) for s in spans)
    return tuple(span for span in cut if span.start < span.end)


def part_of(whole: str, spans: Spans, piece: str) -> Spans:
    """The spans of `piece`, which is text from within `whole` (its mark or its margins were taken off)."""
    start = whole.find(piece) if piece else -1
    return part(spans, start, start + len(piece)) if start >= 0 else ()


def render(
    text: str, spans: Sequence[Span], literal: Callable[[str, bool], T], wrap: Callable[[Span, list[T]], T]
) -> list[T]:
    """The text as a platform writes it: `literal(text, in_code)` for stretches of plain text, `wrap(span, inside)` for
    what stands in a span. `spans` must be tidy."""
    return _render(text, list(spans), 0, len(text), literal, wrap)


def _render(
    text: str,
    spans: list[Span],
    start: int,
    end: int,
    literal: Callable[[str, bool], T],
    wrap: Callable[[Span, list[T]], T],
) -> list[T]:
    made, at = [], start
    while spans and spans[0].start < end:
        span = spans.pop(0)
        if at < span.start:
            made.append(literal(text[at : span.start], False))
        if span.kind in LITERAL:
            inside = [literal(text[span.start : span.end], True)]
        else:
            inside = _render(text, spans, span.start, span.end, literal, wrap)
        made.append(wrap(span, inside))
        at = span.end
    return [*made, literal(text[at:end], False)] if at < end else made


def stored(spans: Sequence[Span]) -> list[list[Any]] | None:
    """The spans as JSON, None for none."""
    return [[s.start, s.end, s.kind, s.value] if s.value else [s.start, s.end, s.kind] for s in spans] or None


def loaded(raw: Any) -> Spans:
    """The spans that `stored` made; what is damaged is plain text again."""
    if not isinstance(raw, list):
        return ()
    return tuple(Span(*row) for row in raw if isinstance(row, list) and len(row) in (3, 4))
