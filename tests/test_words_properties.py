"""Whatever people write: cut and joined it is the same again, and what was meant stays from platform to platform."""

from collections.abc import Callable, Iterator, Sequence
from inspect import isfunction
from itertools import accumulate
from types import ModuleType

from hypothesis import assume, given, settings
from hypothesis import strategies as st
from telegram import MessageEntity

from bots.discord import formatting as discord
from bots.simulator.telegram.formatting import finish
from bots.simulator.telegram.markup_html import parse_html
from bots.slack import formatting as slack
from bots.split import pieces, split, utf16
from bots.telegram import render as telegram
from bots.telegram.events import formatting as telegram_spans
from inbox.words import Kind, Span, Spans, tidy
from tests import test_mutated_desk, test_mutated_discord, test_mutated_slack, test_mutated_telegram

# Characters as people see them, each of one code point or several
SEEN = [
    "a",
    "word",
    " ",
    ". ",
    "\n",
    "\n\n",
    "👍",
    "👍🏽",
    "👨‍👩‍👧‍👦",
    "🇸🇪",
    "🏴‍☠️",
    "1️⃣",
    "e\u0301",
    "ö",
    "字",
    "https://a.example/b",
    ":tada:",
]
TEXTS = st.lists(st.sampled_from(SEEN), max_size=60)
LENGTHS = st.sampled_from([len, utf16])


@given(TEXTS, st.integers(40, 90), LENGTHS)
@settings(max_examples=200, deadline=None)
def test_split_and_joined_it_is_the_same_again(seen: list[str], limit: int, length: Callable[[str], int]) -> None:
    text = "".join(seen)
    parts = split(text, limit, length)
    assert "".join(parts) == text
    assert all(length(part) <= limit for part in parts)
    ends = {0, *accumulate(map(len, seen)), *(at for at in _inside_words(seen))}
    assert set(accumulate(map(len, parts))) <= ends, "no character was torn apart"


def _inside_words(seen: Sequence[str]) -> Iterator[int]:
    """Where long words and addresses may be cut where need be: between any two letters."""
    at = 0
    for one in seen:
        if one.isascii():
            yield from range(at, at + len(one))
        at += len(one)


@given(TEXTS, st.lists(st.tuples(st.integers(0, 59), st.integers(1, 6), st.sampled_from(["link", "code"])), max_size=5))
@settings(max_examples=200, deadline=None)
def test_a_link_or_a_piece_of_code_that_fits_is_never_torn(seen: list[str], given: list[tuple[int, int, Kind]]) -> None:
    text, starts = "".join(seen), [0, *accumulate(map(len, seen))]
    spans = tidy(
        text,
        [
            Span(
                starts[min(a, len(seen))],
                starts[min(a + n, len(seen))],
                kind,
                "https://a.example" if kind == "link" else "",
            )
            for a, n, kind in given
        ],
    )
    parts = pieces(text, spans, 120, lambda piece, _: len(piece))
    assert "".join(piece for piece, _ in parts) == text
    cuts = set(accumulate(len(piece) for piece, _ in parts))
    for span in spans:
        if span.end - span.start <= 120:
            assert not cuts & set(range(span.start + 1, span.end)), span


# There and back, all the way round

WORDS = st.lists(st.sampled_from(["anna", "b_c", "2*3", "~", "`", "<b>", "&amp;", "👍🏽", "åäö", "x.y"]), max_size=6)
KINDS: tuple[Kind, ...] = ("link", "bold", "italic", "strike", "code")
SPANS = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6), st.sampled_from(KINDS)), max_size=4)


@given(WORDS, SPANS)
@settings(max_examples=150, deadline=None)
def test_what_was_meant_stays_all_the_way_round(words: list[str], given: list[tuple[int, int, Kind]]) -> None:
    """Slack → Discord → Telegram → Slack."""
    text = " ".join(words)
    starts = [len(" ".join([*words[:i], ""])) for i in range(len(words) + 1)]
    spans = tidy(
        text,
        [
            Span(starts[a], starts[b] - 1, kind, "https://a.example/b_c" if kind == "link" else "")
            for a, b, kind in given
            if a < b <= len(words)
        ],
    )
    slanted = [text[span.start : span.end] for span in spans if span.kind == "italic"]
    assume(not any("_" in words and "*" in words for words in slanted))  # Discord cannot write that of code
    before = text, spans
    for through in (through_slack, through_discord, through_telegram, through_slack):
        after = through(*before)
        assert meaning(*after) == meaning(*before), through.__name__
        before = after
    assert meaning(*before) == meaning(text, spans)


def named(sign: str, id_: str) -> str:
    return ""


def through_slack(text: str, spans: Spans) -> tuple[str, Spans]:
    block = {"type": "rich_text", "elements": slack.elements(text, spans)}
    return (slack.read_blocks([block], named) or ("", ())) if block["elements"] else ("", ())


def through_discord(text: str, spans: Spans) -> tuple[str, Spans]:
    return discord.read(discord.write(text, spans), lambda found: found[0])


def through_telegram(text: str, spans: Spans) -> tuple[str, Spans]:
    shown = finish(parse_html(telegram.formatted(text, spans)))
    entities = [MessageEntity(one["type"], one["offset"], one["length"], url=one.get("url")) for one in shown.entities]
    return shown.text, telegram_spans(shown.text, entities)


def meaning(text: str, spans: Spans) -> list[tuple[str, frozenset[str]]]:
    """How each visible character is formatted."""
    return [
        (c, frozenset(s.kind + s.value for s in spans if s.start <= at < s.end))
        for at, c in enumerate(text)
        if not c.isspace()
    ]


# How many spoilt payloads there are

SPOILT = (test_mutated_desk, test_mutated_discord, test_mutated_slack, test_mutated_telegram)


def test_so_many_payloads_are_spoilt_as_were_promised() -> None:
    """Five thousand each time, twenty thousand in the long runs."""
    made = [counts for module in SPOILT for counts in _spoilt(module)]
    assert sum(some for some, _ in made) >= 5_000
    assert sum(many for _, many in made) >= 20_000


def _spoilt(module: ModuleType) -> Iterator[tuple[int, int]]:
    """For each test of a module how many payloads it spoils, and how many in the long runs."""
    for test in filter(isfunction, vars(module).values()):
        marks = {mark.args[0]: mark.args[1] for mark in getattr(test, "pytestmark", ()) if mark.name == "parametrize"}
        if "count" in marks:
            some, many = (param.values[0] for param in marks["count"])
            yield some * len(marks.get("source", [1])), many * len(marks.get("source", [1]))
