"""Discord's markdown and the neutral form: there and back, what was meant stays."""

import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bots.discord.formatting import read, write
from inbox.words import LITERAL, ORDER, Span, Spans, tidy

WORDS = st.lists(st.sampled_from(["anna", "b_c", "2*3", "~", "|", "`", "[x]", "(y)", "<@1>", "👍", "å"]), max_size=6)
SPAN = st.builds(
    Span,
    st.integers(0, 6),
    st.integers(0, 6),
    st.sampled_from(ORDER),
    st.sampled_from(["https://example.org/ab?c=d", "py"]),
)


def named(found: re.Match[str]) -> str:
    return f"@{found[2]}"


def nameable(text: str, span: Span) -> bool:
    """Discord shows no named link whose name has brackets."""
    return span.kind != "link" or not set(text[span.start : span.end]) & set("[]")


@given(WORDS, st.lists(SPAN, max_size=4))
@settings(max_examples=100)
@example(["a", "b"], [Span(0, 1, "bold"), Span(1, 2, "italic")])
def test_there_and_back(words: list[str], given: list[Span]) -> None:
    """Formats of whole words: within a word Discord's marks can be read in two ways."""
    text = " ".join(words)
    starts = [len(" ".join([*words[:i], ""])) for i in range(len(words) + 1)]
    spans = [
        Span(starts[s.start], starts[s.end] - 1, s.kind, s.value)
        for s in given
        if s.start < s.end <= len(words) and s.kind not in ("pre", "quote")
    ]
    tidied = tidy(text, [span for span in spans if nameable(text, span)])
    again, kept = read(write(text, tidied), named)
    assert again == text
    assert _meaning(again, kept) == _meaning(text, tidied)


def _meaning(text: str, spans: Spans) -> list[frozenset[str]]:
    """How each visible character is formatted."""
    return [frozenset(s.kind + s.value for s in spans if s.start <= i < s.end) for i, c in enumerate(text) if c.strip()]


@given(st.text(alphabet="*_~|`[]()<>@#:\\ \n>-1a.", max_size=60))
@settings(max_examples=100)
def test_any_source_is_read_and_what_is_read_can_be_written(source: str) -> None:
    text, spans = read(source, named)
    assert tidy(text, spans) == spans
    plain = [span for span in spans if span.kind not in LITERAL]
    assert not re.search(r"(?<!\\)<@", write(text, tidy(text, plain)))


BLOCKS = [
    ("> a **b**\n> c\nafter", "a b\nc\nafter", [("a b\nc", "quote"), ("b", "bold")]),
    (">>> all\n> of it", "all\n> of it", [("all\n> of it", "quote")]),
    ("look:```py\nx = 1\n```done", "look:\nx = 1\ndone", [("x = 1", "pre")]),
    ("# Title\n- one\n* two\n-# small", "Title\n• one\n• two\nsmall", [("Title", "bold")]),
    ("`a * b` ``c`d`` ***e***", "a * b c`d e", [("a * b", "code"), ("c`d", "code"), ("e", "bold"), ("e", "italic")]),
    ("snake_case_name 2*3*4", "snake_case_name 234", [("3", "italic")]),
    ("**never closed", "**never closed", []),
    ("<@1> <https://a.b/_c_> ||x||", "@1 https://a.b/_c_ x", [("x", "spoiler")]),
]


@pytest.mark.parametrize(("source", "text", "shown"), BLOCKS)
def test_blocks_and_marks(source: str, text: str, shown: list[tuple[str, str]]) -> None:
    read_, spans = read(source, named)
    assert (read_, [(read_[s.start : s.end], s.kind) for s in spans]) == (text, shown)
    assert read(write(read_, spans), named) == (read_, spans)


def test_nobody_is_called_and_no_fence_is_broken() -> None:
    assert write("@everyone @here", ()) == "@\u200beveryone @\u200bhere"
    assert write("a```b", (Span(0, 5, "pre", "py!"),)) == "```\na`\u200b`\u200b`b\n```"
    assert write("see [here]", (Span(0, 10, "link", "https://a.b"),)) == "see \\[here] (<https://a.b>)"


def test_reading_takes_time_in_proportion() -> None:
    """Half-open marks by the thousand come back at once: pytest's limit is the only clock here."""
    for piece in ("**", "*a", "_", "||", "[a](", "`a", "~~~", "> ", "__ "):
        text, _ = read(piece * (4000 // len(piece)), named)
        assert text
