"""The neutral form of formatted words: whatever spans come in, what comes out can be trusted by every renderer."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inbox.words import LITERAL, ORDER, Span, Spans, loaded, moved, part, part_of, render, safe, stored, tidy

TEXTS = st.text(alphabet="ab \n*_<&👍é", max_size=30)
SPANS = st.lists(
    st.builds(
        Span,
        st.integers(-3, 35),
        st.integers(-3, 35),
        st.sampled_from(ORDER),
        st.sampled_from(["", "https://example.org/x", "javascript:alert(1)", "py"]),
    ),
    max_size=8,
)


def said(text: str, spans: Spans) -> str:
    return "".join(render(text, spans, lambda t, code: t, lambda span, inside: "".join(inside)))


def marked(text: str, spans: Spans) -> str:
    return "".join(render(text, spans, lambda t, _: t, lambda span, inside: f"[{span.kind} {''.join(inside)}]"))


@given(TEXTS, SPANS)
def test_tidy_spans_nest_and_rendering_keeps_every_word(text: str, spans: list[Span]) -> None:
    tidied = tidy(text, spans)
    assert tidy(text, tidied) == tidied
    assert said(text, tidied) == text
    for one in tidied:
        assert 0 <= one.start < one.end <= len(text)
        assert one.kind != "link" or safe(one.value)
    for index, one in enumerate(tidied):
        for other in tidied[index + 1 :]:
            apart = other.start >= one.end
            inside = other.start >= one.start and other.end <= one.end
            assert apart or (inside and one.kind not in LITERAL and one.kind != other.kind)


@given(TEXTS, SPANS)
def test_spans_survive_the_database(text: str, spans: list[Span]) -> None:
    tidied = tidy(text, spans)
    assert loaded(stored(tidied)) == tidied


@given(TEXTS, SPANS, st.integers(0, 30))
def test_a_cut_text_keeps_the_formatting_of_its_parts(text: str, spans: list[Span], at: int) -> None:
    tidied, at = tidy(text, spans), min(at, len(text))
    kinds = [{s.kind for s in tidied if s.start <= i < s.end} for i in range(len(text))]
    left, right = part(tidied, 0, at), moved(part(tidied, at, len(text)), at)
    assert [{s.kind for s in (*left, *right) if s.start <= i < s.end} for i in range(len(text))] == kinds


def test_what_is_inside_what() -> None:
    text = "see the code now"
    spans = [Span(8, 12, "code"), Span(4, 12, "bold"), Span(0, 16, "quote"), Span(0, 7, "italic")]
    assert marked(text, tidy(text, spans)) == "[quote [italic see [bold the]] [bold [code code]] now]"
    assert marked("ab", tidy("ab", [Span(0, 2, "bold"), Span(0, 2, "bold")])) == "[bold ab]"
    assert marked("a b", tidy("a b", [Span(0, 2, "bold")])) == "[bold a] b"


@pytest.mark.parametrize(
    ("address", "may"),
    [
        ("https://example.org/a?b=c", True),
        ("mailto:anna@example.org", True),
        ("tel:+4670000000", True),
        ("javascript:alert(1)", False),
        ("https://", False),
        ("https://a b", False),
        ("data:text/html,x", False),
        ("//example.org", False),
        ("http://[::1", False),
        ("https://example.org/" + "x" * 3000, False),
    ],
)
def test_only_safe_addresses_are_links(address: str, may: bool) -> None:
    assert safe(address) is may
    assert bool(tidy("here", [Span(0, 4, "link", address)])) is may


def test_damaged_rows_are_plain_text() -> None:
    assert loaded({"a": 1}) == () and loaded([1, [1, 2]]) == ()


def test_a_mark_taken_off_moves_the_spans() -> None:
    whole = "note: she is  rude"
    assert part_of(whole, (Span(9, 11, "bold"),), "she is  rude") == (Span(3, 5, "bold"),)
