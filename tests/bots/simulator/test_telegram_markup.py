"""How the simulated Telegram reads HTML, MarkdownV2 and plain text; refusals in the server's words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.simulator.telegram.formatting import Formatted, Unparsable, cut, finish, utf16
from bots.simulator.telegram.markup_html import parse_html
from bots.simulator.telegram.markup_markdown import RESERVED, parse_markdown, parse_markdown_v2
from bots.simulator.telegram.render import html


def shape(formatted: Formatted) -> list[tuple[str, int, int]]:
    """Its entities as (type, offset, length), in the order of the wire."""
    return [(e["type"], e["offset"], e["length"]) for e in finish(formatted).entities]


@pytest.mark.parametrize(
    ("source", "text", "entities"),
    [
        ("<b>Anna &amp; Erik</b>", "Anna & Erik", [("bold", 0, 11)]),
        ("<strong>a</strong><em>b</em><ins>c</ins><del>d</del>", "abcd", [
            ("bold", 0, 1), ("italic", 1, 1), ("underline", 2, 1), ("strikethrough", 3, 1),
        ]),
        ("🏟 <i>🏟 &lt🏟</i>", "🏟 🏟 <🏟", [("italic", 3, 6)]),
        ("<b>x <i>y</i> z</b>", "x y z", [("bold", 0, 5), ("italic", 2, 1)]),
        ("<i>a</>", "a", [("italic", 0, 1)]),
        ("<B>a</b>", "a", [("bold", 0, 1)]),
        ("&laquo;&#65;&#x42;&quot;", "&laquo;AB\"", []),
        ('<span class="tg-spoiler">s</span>', "s", [("spoiler", 0, 1)]),
        ("<blockquote expandable>q</blockquote>", "q", [("expandable_blockquote", 0, 1)]),
        ("<pre><code class=\"language-sql\">SELECT</code></pre>", "SELECT", [("pre", 0, 6)]),
        ("<pre>plain</pre>", "plain", [("pre", 0, 5)]),
        ('<a href="https://acme.example/t/12">ticket</a>', "ticket", [("text_link", 0, 6)]),
        ('<a href="http://localhost:8080/">here</a>', "here", []),
        ("<b></b>x", "x", []),
        ("  <b>x</b>  ", "x", [("bold", 0, 1)]),
        ("<code>@anna /help</code>", "@anna /help", [("code", 0, 11)]),
    ],
)  # fmt: skip
def test_html_becomes_text_and_entities(source: str, text: str, entities: list[tuple[str, int, int]]) -> None:
    parsed = parse_html(source)
    assert finish(parsed).text == text
    assert shape(parsed) == entities


def test_a_link_and_a_language_keep_what_they_say() -> None:
    assert parse_html("<a href=acme.example>x</a>").entities[0]["url"] == "http://acme.example/"
    assert parse_html('<pre><code class="language-py">x</code></pre>').entities[0]["language"] == "py"
    assert parse_html('<a href="tg://user?id=7">x</a>').entities[0]["user"] == {"id": 7}


@pytest.mark.parametrize(
    ("source", "refusal"),
    [
        ("🏟 🏟&lt;<abac>", 'Unsupported start tag "abac" at byte offset 13'),
        ("<div>x</div>", 'Unsupported start tag "div" at byte offset 0'),
        ("3 < 4", 'Unsupported start tag "" at byte offset 2'),
        ("<b>x", 'Can\'t find end tag corresponding to start tag "b"'),
        ("x</b>", "Unexpected end tag at byte offset 1"),
        ("å<i>a</em>", 'Unmatched end tag at byte offset 6, expected "</i>", found "</em>"'),
        ("<i>a</i", "Unclosed end tag at byte offset 4"),
        ("<b", 'Unclosed start tag "b" at byte offset 0'),
        ("<i =aba>", 'Empty attribute name in the tag "i" at byte offset 0'),
        ('<i a="x>', "Unclosed start tag at byte offset 0"),
        ("<span>x</span>", 'Tag "span" must have class "tg-spoiler" at byte offset 0'),
    ],
)
def test_html_that_telegram_refuses(source: str, refusal: str) -> None:
    with pytest.raises(Unparsable) as refused:
        parse_html(source)
    assert str(refused.value) == refusal


@pytest.mark.parametrize(
    ("source", "text", "entities"),
    [
        ("*bold* _it_ __un__ ~no~ ||sp||", "bold it un no sp", [
            ("bold", 0, 4), ("italic", 5, 2), ("underline", 8, 2), ("strikethrough", 11, 2), ("spoiler", 14, 2),
        ]),
        ("_a *b*_", "a b", [("italic", 0, 3), ("bold", 2, 1)]),
        ("🏟_🏟 __🏟___", "🏟🏟 🏟", [("italic", 2, 5), ("underline", 5, 2)]),
        ("1\\.5 \\- ok\\!", "1.5 - ok!", []),
        ("`a\\`b*`", "a`b*", [("code", 0, 4)]),
        ("```py\nx=1```", "x=1", [("pre", 0, 3)]),
        ("[t](https://acme.example/a\\)b)", "t", [("text_link", 0, 1)]),
        (">one\n>two\nrest", "one\ntwo\nrest", [("blockquote", 0, 8)]),
        (">one\n>two||", "one\ntwo", [("expandable_blockquote", 0, 7)]),
        ("![👍](tg://emoji?id=25)", "👍", [("custom_emoji", 0, 2)]),
    ],
)  # fmt: skip
def test_markdown_becomes_text_and_entities(source: str, text: str, entities: list[tuple[str, int, int]]) -> None:
    parsed = parse_markdown_v2(source)
    assert finish(parsed).text == text
    assert shape(parsed) == entities


@pytest.mark.parametrize(
    ("source", "refusal"),
    [
        ("Version 1.0", "Character '.' is reserved and must be escaped with the preceding '\\'"),
        ("🏟 🏟_abacaba", "Can't find end of Italic entity at byte offset 9"),
        ("🏟 🏟_abac * asd ", "Can't find end of Bold entity at byte offset 15"),
        ("🏟 🏟`", "Can't find end of Code entity at byte offset 9"),
        ("🏟 🏟```", "Can't find end of Pre entity at byte offset 9"),
        ("🏟 🏟```a ", "Can't find end of PreCode entity at byte offset 9"),
        ("🏟 🏟__🏟 _🏟___", "Can't find end of Italic entity at byte offset 23"),
        ("🏟 🏟||test\\|", "Can't find end of Spoiler entity at byte offset 9"),
        ("[telegram\\.org](asd", "Can't find end of a URL at byte offset 16"),
        ("🏟 🏟![👍]", "Custom emoji entity must contain a tg://emoji URL"),
        (">*b\n>ld \n>bo\nld*\nasd", "Can't find end of Bold entity at byte offset 1"),
    ],
)
def test_markdown_that_telegram_refuses(source: str, refusal: str) -> None:
    with pytest.raises(Unparsable) as refused:
        parse_markdown_v2(source)
    assert str(refused.value) == refusal


@given(st.text(max_size=60).filter(lambda text: "\r" not in text))
def test_escaped_text_is_that_text(text: str) -> None:
    escaped = "".join(f"\\{char}" if char in RESERVED or char == "\\" else char for char in text)
    assert parse_markdown_v2(escaped) == Formatted(text, [])


def test_the_older_markdown_knows_no_nesting() -> None:
    parsed = parse_markdown("*b* _i_ `c` [t](acme.example) \\_x")
    assert parsed.text == "b i c t _x"
    assert [e["type"] for e in parsed.entities] == ["bold", "italic", "code", "text_link"]
    with pytest.raises(Unparsable, match="Can't find end of the entity starting at byte offset 0"):
        parse_markdown("*b")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("/claim 42", [("bot_command", "/claim")]),
        ("hey /claim@acme_desk_bot", [("bot_command", "/claim@acme_desk_bot")]),
        ("and/or 1/2", []),
        ("@omar_acme look at #vpn", [("mention", "@omar_acme"), ("hashtag", "#vpn")]),
        ("see https://acme.example/t/1?x=2. And acme.se!", [
            ("url", "https://acme.example/t/1?x=2"), ("url", "acme.se"),
        ]),
        ("mail anna@acme.example", [("email", "anna@acme.example")]),
        ("😀 /help", [("bot_command", "/help")]),
        ("#1 is no tag", []),
    ],
)  # fmt: skip
def test_what_telegram_finds_in_plain_text(text: str, found: list[tuple[str, str]]) -> None:
    entities = finish(Formatted(text, [])).entities
    assert [(e["type"], cut(text, e["offset"], e["length"])) for e in entities] == found


@given(st.text(alphabet="aé😀<>&/@# \n", max_size=30))
def test_entities_lie_inside_the_text_and_the_shown_html_is_safe(text: str) -> None:
    formatted = finish(Formatted(text, []))
    assert all(0 <= e["offset"] < e["offset"] + e["length"] <= utf16(formatted.text) for e in formatted.entities)
    shown = html(formatted.text, formatted.entities)
    assert shown.count("<") == shown.count("<span") + shown.count("</span") + shown.count("<br>") + shown.count("<a ")
    assert len(formatted.text.encode("utf-16-le")) == 2 * utf16(formatted.text)


def test_html_is_shown_nested_and_escaped() -> None:
    parsed = finish(parse_html('<b>1 &lt; <i>2</i></b> <a href="https://a.example/?a=1&amp;b=2">x</a>'))
    link = '<a href="https://a.example/?a=1&amp;b=2" rel="noopener noreferrer" target="_blank">x</a>'
    assert html(parsed.text, parsed.entities) == f"<b>1 &lt; <i>2</i></b> {link}"
