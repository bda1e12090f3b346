"""Formatted words in the browser: shown as meant, and nothing in them is markup."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from inbox.model import Message
from inbox.web.formatting import commands, formatted
from inbox.words import ORDER, Kind, Span, tidy

SPANS = st.lists(
    st.builds(Span, st.integers(0, 20), st.integers(0, 20), st.sampled_from(ORDER), st.just("https://a.b/?x=1&y=\"'")),
    max_size=5,
)


def message(text: str, spans: list[Span]) -> Message:
    at = datetime(2026, 3, 2, tzinfo=UTC)
    return Message(1, 1, "message", "requester", 1, text, at, "received", spans=tidy(text, spans))


def test_each_format_has_its_element() -> None:
    text = "b i u s c p\nq l h <x>"
    kinds: tuple[Kind, ...] = ("bold", "italic", "underline", "strike", "code", "pre", "quote", "link", "spoiler")
    spans = [Span(2 * n, 2 * n + 1, kind, "https://a.b/?x=1&y=2") for n, kind in enumerate(kinds)]
    link = "https://a.b/?x=1&amp;y=2"
    assert formatted(message(text, spans)) == (
        "<strong>b</strong> <em>i</em> <u>u</u> <s>s</s> <code>c</code> <pre>p</pre>\n<blockquote>q</blockquote> "
        f'<a href="{link}" rel="noopener noreferrer nofollow ugc" target="_blank" title="{link}">l</a> '
        '<span class="spoiler" tabindex="0">h</span> &lt;x&gt;'
    )


def test_commands_in_our_sentences_are_set_as_what_is_typed() -> None:
    assert commands("Send /desk, or (/next).") == "Send <code>/desk</code>, or (<code>/next</code>)."
    for plain in ("Open http://desk.example/inbox instead", "and/or", "1/2", "</b>"):
        assert "<code>" not in commands(plain) and "<b" not in commands(plain), plain


@given(st.text(alphabet="<>&\"'ab ", max_size=20), SPANS)
def test_nothing_that_people_wrote_is_markup(text: str, spans: list[Span]) -> None:
    shown = str(formatted(message(text, [s for s in spans if s.kind not in ("link", "spoiler")])))
    for tag in ("strong", "em", "u", "s", "code", "pre", "blockquote"):
        shown = shown.replace(f"<{tag}>", "").replace(f"</{tag}>", "")
    assert "<" not in shown and '"' not in shown
