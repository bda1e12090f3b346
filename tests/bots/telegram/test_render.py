"""Cards as Telegram HTML: within its limits, and nothing of people's words taken for markup."""

from hypothesis import given, settings
from hypothesis import strategies as st

from bots.port import Button, Card
from bots.simulator.telegram.markup_html import parse_html
from bots.split import utf16
from bots.telegram import render

WORDS = st.text(st.characters(codec="utf-8"), max_size=60)
TRICKY = st.sampled_from(
    ["<b>", "</b>", "&amp;", "&", "<", "👨‍👩‍👧‍👦", "e\u0301", "\u200f", "`*_[", "\n", "😀", " ", "x"]
)
TEXTS = st.one_of(WORDS, st.lists(TRICKY, max_size=40).map("".join))


def shown(markup: str) -> str:
    """What Telegram makes of it; raises what its parser would refuse."""
    return parse_html(markup).text


@settings(max_examples=150)
@given(TEXTS, TEXTS, TEXTS, TEXTS, st.lists(st.tuples(TEXTS, TEXTS), max_size=3), st.integers(1, 120))
def test_any_words_come_through_as_they_are(
    text: str, title: str, lead: str, quote: str, fields: list[tuple[str, str]], times: int
) -> None:
    """TG-10."""
    card = Card(text * times, title, lead, quote * times, tuple(fields))
    parts = render.messages(card)
    for part in parts:
        assert utf16(shown(part)) <= 4096
        assert shown(part) == render.plain(part)
        assert shown(part).strip()
    whole = "".join("".join(shown(part) for part in parts).split())
    for words in (card.text, title, lead[:200], card.quote, *(value for pair in fields for value in pair)):
        assert "".join(words.split()) in whole


@given(st.integers(3900, 4200))
def test_the_limit_is_counted_in_utf16(units: int) -> None:
    """TG-10."""
    for character in ("x", "😀", "👨‍👩‍👧‍👦"):
        text = character * (units // utf16(character))
        parts = render.messages(Card(text=text))
        assert "".join(shown(part) for part in parts) == text
        assert all(utf16(shown(part)) <= 4096 for part in parts)
        assert all(shown(part).startswith(character) and shown(part).endswith(character) for part in parts)


def test_many_fields_take_several_messages() -> None:
    card = Card(title="Your queues", fields=tuple((f"#{n} " + "s" * 80, "v" * 900) for n in range(12)))
    parts = render.messages(card)
    assert len(parts) == 3
    assert all(utf16(shown(part)) <= 4096 for part in parts)


def test_a_card_of_nothing_is_nothing() -> None:
    assert render.messages(Card()) == render.messages(Card(text=" \n ", title=" ")) == []
    assert render.keyboard(Card()) is None


def test_buttons_stand_eight_to_a_row_at_most_and_none_is_lost() -> None:
    row = tuple(Button(str(n), f"rate:1:{n}") for n in range(11))
    keyboard = render.keyboard(Card(buttons=(row, ())))
    assert keyboard is not None
    assert [len(r) for r in keyboard.inline_keyboard] == [8, 3]


def test_a_toast_is_words_alone_and_short() -> None:
    assert render.toast(Card(text="😀" * 100), 200) == "😀" * 100
    assert render.toast(Card(text="😀" * 101), 200) == ""
    assert render.toast(Card(text="x", footer="y"), 200) == ""
