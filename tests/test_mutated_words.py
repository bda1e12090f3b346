"""Words that are made to be a burden are carried like all others."""

import pytest

from bots.split import split

ENDLESS = {
    "accents": "e" + "\u0301" * 9_999,
    "a family without end": "\N{WOMAN}\u200d" * 5_000,
    "skins": "\N{WAVING HAND SIGN}" + "\U0001f3fd" * 9_999,
}


@pytest.mark.parametrize("text", ENDLESS.values(), ids=ENDLESS)
def test_a_letter_that_never_ends_takes_no_thousand_messages(text: str) -> None:
    parts = split(text, 3_000)
    assert "".join(parts) == text
    assert len(parts) == 4


def test_many_flags_in_a_row_stay_flags() -> None:
    flags = "\N{REGIONAL INDICATOR SYMBOL LETTER S}\N{REGIONAL INDICATOR SYMBOL LETTER E}" * 100
    parts = split(flags, 77)
    assert "".join(parts) == flags
    assert {len(part) for part in parts[:-1]} == {76}
