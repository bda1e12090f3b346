"""Over-long text in pieces: at a paragraph, a line, a sentence or a word, never inside a character."""

from collections.abc import Callable

BREAKS = ("\n\n", "\n", ". ", " ")
JOINERS = "\u200d\ufe0f\u20e3"  # zero-width joiner, emoji presentation, keycap: they belong to what stands before


def utf16(text: str) -> int:
    """Length in UTF-16 units, as Telegram counts."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def split(text: str, limit: int, length: Callable[[str], int] = len) -> list[str]:
    """Cuts text into pieces of at most `limit` units as `length` counts them; joined, they are the text again."""
    pieces = []
    while length(text) > limit:
        end = _cut(text, _longest(text, limit, length))
        pieces.append(text[:end])
        text = text[end:]
    return [*pieces, text] if text or not pieces else pieces


def _longest(text: str, limit: int, length: Callable[[str], int]) -> int:
    """The most characters from the start that are within the limit (at least one)."""
    low, high = 1, min(len(text), limit)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if length(text[:middle]) <= limit else (low, middle - 1)
    return low


def _cut(text: str, end: int) -> int:
    for mark in BREAKS:
        found = text.rfind(mark, 0, end)
        if found > end // 2:
            return found + len(mark)
    while end > 1 and _inside(text, end):
        end -= 1
    return end


def _inside(text: str, at: int) -> bool:
    """Would a cut here tear a character apart (an emoji of several code points, a letter and its accent)?"""
    import unicodedata

    if at >= len(text):
        return False
    after, before = text[at], text[at - 1]
    flags = 0x1F1E6 <= ord(after) <= 0x1F1FF and 0x1F1E6 <= ord(before) <= 0x1F1FF
    tone = 0x1F3FB <= ord(after) <= 0x1F3FF
    return after in JOINERS or before == "\u200d" or bool(unicodedata.combining(after)) or flags or tone
