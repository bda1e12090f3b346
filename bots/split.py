"""Over-long text in pieces: at a paragraph, a line, a sentence or a word, never inside a character."""

from collections.abc import Callable
from functools import partial

from inbox.words import Spans, part

BREAKS = ("\n\n", "\n", ". ", " ")
JOINERS = "\u200d\ufe0f\u20e3"  # zero-width joiner, emoji presentation, keycap: they belong to what stands before
FLAGS = "".join(map(chr, range(0x1F1E6, 0x1F200)))  # letters of which two make a flag
# code points: no script puts more than 30 marks on a letter (UAX #15, "Stream-Safe Text Format"), and what goes on for
# longer is a game with us, of which no piece shall be a single character
LONGEST = 32


def utf16(text: str) -> int:
    """Length in UTF-16 units, as Telegram counts."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def split(text: str, limit: int, length: Callable[[str], int] = len) -> list[str]:
    """Cuts text into pieces of at most `limit` units as `length` counts them; joined, they are the text again."""
    return [piece for piece, _ in pieces(text, (), limit, lambda piece, _: length(piece))]


def pieces(text: str, spans: Spans, limit: int, length: Callable[[str, Spans], int]) -> list[tuple[str, Spans]]:
    """The same for formatted words, each piece with its own spans: links and code stay whole where they fit into a
    piece, and code blocks are cut between lines. `length` counts a piece as its platform will."""
    found = []
    while length(text, spans) > limit:
        fits = partial(_fits, text, spans, limit, length)
        end = _whole(text, spans, _cut(text, _longest(min(len(text), limit), fits)))
        found.append((text[:end], part(spans, 0, end)))
        text, spans = text[end:], part(spans, end, len(text))
    return [*found, (text, spans)] if text or not found else found


def _fits(text: str, spans: Spans, limit: int, length: Callable[[str, Spans], int], end: int) -> bool:
    return length(text[:end], part(spans, 0, end)) <= limit


def _whole(text: str, spans: Spans, end: int) -> int:
    """The cut moved to before what it would tear apart."""
    for span in reversed(spans):
        if not span.start < end < span.end:
            continue
        if span.kind in ("link", "code") and span.start:
            return _cut(text, span.start) if text[: span.start].strip() else end
        if span.kind == "pre":
            line = text.rfind("\n", span.start, end)
            return line + 1 if line > span.start else end
    return end


def _longest(most: int, fits: Callable[[int], bool]) -> int:
    """The most characters from the start, up to `most`, that fit (at least one)."""
    low, high = 1, most
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if fits(middle) else (low, middle - 1)
    return low


def _cut(text: str, end: int) -> int:
    for mark in BREAKS:
        found = text.rfind(mark, 0, end)
        if found > end // 2:
            return found + len(mark)
    whole = (at for at in range(end, max(0, end - LONGEST), -1) if not _inside(text, at))
    return next(whole, end)


def _inside(text: str, at: int) -> bool:
    """Would a cut here tear a character apart (an emoji of several code points, a letter and its accent)?"""
    import unicodedata

    if at >= len(text):
        return False
    after, before = text[at], text[:at]
    half_flag = after in FLAGS and (len(before) - len(before.rstrip(FLAGS))) % 2 == 1
    tone = 0x1F3FB <= ord(after) <= 0x1F3FF
    return after in JOINERS or before[-1:] == "\u200d" or bool(unicodedata.combining(after)) or half_flag or tone
