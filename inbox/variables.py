"""What prepared answers leave open: `{requester}`, `{ticket}`, `{agent}`, `{queue}`. Put in as they are, and nothing is
ever evaluated; what is put in is not looked through again."""

import re
from collections.abc import Mapping

from inbox.words import Span, Spans

VARIABLES = ("requester", "ticket", "agent", "queue")
_SLOT = re.compile(r"\{([^{}\s]{1,40})\}")


def unknown(text: str) -> tuple[str, ...]:
    """The names in braces that are no variables, each once: saving such an answer is refused."""
    return tuple(dict.fromkeys(name for name in _SLOT.findall(text) if name not in VARIABLES))


def fill(text: str, spans: Spans, values: Mapping[str, str]) -> tuple[str, Spans]:
    """The text with its variables put in, and its formatting moved along. What is no variable stays as it is."""
    filled, moves, last, grown = "", [], 0, 0
    for slot in _SLOT.finditer(text):
        value = values.get(slot[1])
        if value is None:
            continue
        filled += text[last : slot.start()] + value
        grown += len(value) - (slot.end() - slot.start())
        moves.append((slot.start(), slot.end(), grown))
        last = slot.end()
    return filled + text[last:], tuple(_moved(span, moves) for span in spans)


def _moved(span: Span, moves: list[tuple[int, int, int]]) -> Span:
    start = span.start + _grown(moves, span.start, begins=True)
    return Span(start, span.end + _grown(moves, span.end, begins=False), span.kind, span.value)


def _grown(moves: list[tuple[int, int, int]], place: int, *, begins: bool) -> int:
    """How far a place has moved: by what was put in before it. One within a variable counts to its outer edge."""
    before, moved = 0, 0
    for start, end, grown in moves:
        if place >= end:
            moved = grown
        elif place > start:  # formatting that begins or ends within the braces covers the whole value
            return before + start - place if begins else grown + end - place
        before = grown
    return moved
