"""Slack's rich text and the neutral form: there and back, what was meant stays; nothing calls anybody."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bots.port import Card
from bots.slack.formatting import elements, read_blocks, read_mrkdwn
from inbox.words import Kind, Span, Spans, moved, tidy
from tests.bots.slack.rig import Door

# underlined and hidden words are such nowhere in Slack
KINDS: tuple[Kind, ...] = ("quote", "pre", "link", "bold", "italic", "strike", "code")
WORDS = st.lists(st.sampled_from(["anna", "*b*", "_c", "`", "<@U1>", ":x:", "&amp;", "👍", "http"]), max_size=6)
SPAN = st.tuples(st.integers(0, 6), st.integers(0, 6), st.sampled_from(KINDS))


def formatted(words: list[str], given: list[tuple[int, int, Kind]]) -> tuple[str, Spans]:
    """Some of the words, formatted; in Slack a quote holds no code block."""
    text = " ".join(words)
    starts = [len(" ".join([*words[:i], ""])) for i in range(len(words) + 1)]
    quotes = any(kind == "quote" for _, _, kind in given)
    spans = [
        Span(starts[start], starts[end] - 1, kind, "https://example.org/a_b" if kind == "link" else "")
        for start, end, kind in given
        if start < end <= len(words) and not (quotes and kind == "pre")
    ]
    return text, tidy(text, spans)


def named(sign: str, id_: str) -> str:
    return {"U1": "Anna", "C1": "help"}.get(id_, "")


def meaning(text: str, spans: Spans) -> list[tuple[str, frozenset[str]]]:
    """How each visible character is formatted: breaks around blocks may come and go."""
    return [
        (c, frozenset(s.kind for s in spans if s.start <= i < s.end)) for i, c in enumerate(text) if not c.isspace()
    ]


@given(WORDS, st.lists(SPAN, max_size=4))
@settings(max_examples=100)
def test_there_and_back(words: list[str], given: list[tuple[int, int, Kind]]) -> None:
    text, spans = formatted(words, given)
    block = {"type": "rich_text", "elements": elements(text, spans)}
    again = read_blocks([block], named) if block["elements"] else ("", ())
    assert again is not None
    assert meaning(*again) == meaning(text, spans)
    live = {one["type"] for part in elements(text, spans) for one in part["elements"]}
    assert live <= {"text", "link", "emoji"}


@pytest.mark.parametrize(
    ("source", "text", "shown"),
    [
        ("*b* _i_ ~s~ `c*d`", "b i s c*d", [("b", "bold"), ("i", "italic"), ("s", "strike"), ("c*d", "code")]),
        ("a_b_c 2*3*4 *no", "a_b_c 2*3*4 *no", []),
        ("&gt; q *b*\n&gt; r\nend", "q b\nr\nend", [("q b\nr", "quote"), ("b", "bold")]),
        ("see ```x = 1\ny``` ok", "see \nx = 1\ny\n ok", [("x = 1\ny", "pre")]),
        ("<https://a.b/_c_|here> <https://a.b>", "here https://a.b", [("here", "link")]),
        ("<@U1> <#C9|it> <!here> <!subteam^S1|@team> &amp; &lt;b&gt;", "@Anna #it @here @team & <b>", []),
        ("<javascript:alert(1)|here>", "here", []),
    ],
)
def test_mrkdwn(source: str, text: str, shown: list[tuple[str, str]]) -> None:
    read, spans = read_mrkdwn(source, named)
    assert (read, [(read[s.start : s.end], s.kind) for s in spans]) == (text, shown)


LIST: dict[str, Any] = {
    "type": "rich_text",
    "elements": [
        {"type": "rich_text_section", "elements": [{"type": "user", "user_id": "U1"}]},
        {
            "type": "rich_text_list",
            "style": "ordered",
            "elements": [{"type": "rich_text_section", "elements": [{"type": "text", "text": t}]} for t in "ab"],
        },
        {
            "type": "rich_text_list",
            "style": "bullet",
            "indent": 1,
            "elements": [{"type": "rich_text_section", "elements": [{"type": "emoji", "name": "shipit"}]}],
        },
    ],
}


def test_lists_mentions_and_emoji_of_ones_own() -> None:
    assert read_blocks([LIST], named) == ("@Anna\n1. a\n2. b\n    • :shipit:", ())


@pytest.mark.parametrize("damaged", [[], [{}], [{"type": "rich_text"}], [{"type": "rich_text", "elements": [{}]}], [1]])
def test_blocks_that_are_not_understood_leave_the_text_to_be_read(damaged: list[Any]) -> None:
    assert read_blocks(damaged, named) is None


@given(st.text(alphabet="*_~`<>&|@!#:/ \nab", max_size=60))
@settings(max_examples=100)
def test_any_source_is_read(source: str) -> None:
    text, spans = read_mrkdwn(source, named)
    assert tidy(text, spans) == spans


async def test_over_the_wire_both_ways() -> None:
    async with Door() as door:
        await door.says("anna", "*Help* with https://example.org/a_b and `x*y`\n> she said\n```\nx = 1\n```")
        (said,) = await door.heard(1)
        assert said.text == "Help with https://example.org/a_b and x*y\nshe said\nx = 1"
        shown = [(said.text[s.start : s.end], s.kind) for s in said.spans]
        assert shown == [("Help", "bold"), ("x*y", "code"), ("she said", "quote"), ("x = 1", "pre")]
        await door.platform.send(said.place, Card(text=said.text, spans=said.spans, lead="Omar"), "n")
        (block,) = json.loads(door.calls("chat.postMessage")[-1].request["body"])["blocks"]
        assert [part["type"].removeprefix("rich_text_") for part in block["elements"]] == [
            "section",
            "quote",
            "preformatted",
        ]
        assert read_blocks([block], named) == (f"Omar  {said.text}", (Span(0, 4, "bold"), *moved(said.spans, 6)))
