"""Why something did not arrive is told in the reader's language, though it is stored in one."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import bots
from bots import cards
from inbox.locale import catalogue, reason
from tests.bots.test_cards import delivery

FOLDER = Path(bots.__path__[0])
ERRORS = {"Hopeless", "Ambiguous", "Unknowable", "Refused", "TryLater", "NoAccess"}

# a sentence that ends in one of two ways
BROKEN = "The connection to Telegram"
ENDINGS = {f"{BROKEN} X.": (f"{BROKEN} broke during the call.", f"{BROKEN} gave no answer that can be read.")}


def sentences() -> Iterator[str]:
    """Every sentence with which a call to a platform can fail, its slots filled with "X"; those for what a platform
    cannot do are never stored."""
    folders = (FOLDER, *(FOLDER / name for name in ("slack", "discord", "telegram")))
    files = [file for folder in folders for file in folder.glob("*.py")]
    for node in (node for file in files for node in ast.walk(ast.parse(file.read_text("utf-8")))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ERRORS and node.args:
            kind = node.args[1] if len(node.args) > 1 else None
            if not (isinstance(kind, ast.Constant) and kind.value == "unknown_ability"):
                yield from _filled(node.args[0])


def _filled(said: ast.expr) -> Iterator[str]:
    if isinstance(said, ast.Constant):
        yield str(said.value)
    elif isinstance(said, ast.JoinedStr):
        text = "".join(str(part.value) if isinstance(part, ast.Constant) else "X" for part in said.values)
        yield from ENDINGS.get(text, (text,))


def test_every_reason_is_told_in_the_readers_language() -> None:
    found = set(sentences())
    assert len(found) > 30
    for language in ("sv", "da"):
        assert [one for one in sorted(found) if reason(language, one) == one] == []


def test_a_reason_of_ours_is_the_same_in_english() -> None:
    for one in sentences():
        assert reason("en", one) == one
    for key, text in catalogue("en").items():
        if key.startswith("reason."):
            assert reason("en", str(text)) == text


@pytest.mark.parametrize(
    ("stored", "told"),
    [
        ("Slack refused it (not_in (here)).", "Slack tog inte emot det (not_in (here))."),
        ("There was no answer within 15 seconds.", "Det kom inget svar inom 15 sekunder."),
        ("Telegram refused it (Bad\nRequest).", "Telegram tog inte emot det (Bad\nRequest)."),
        ("The channel is archived.", "The channel is archived."),
        ("Slack refused it", "Slack refused it"),
        ("", ""),
    ],
)
def test_what_the_platform_said_itself_is_kept(stored: str, told: str) -> None:
    assert reason("sv", stored) == told


def test_a_notice_tells_it_so_too() -> None:
    facts = {"ticket": 4, "requester": "Anna", "reason": "Slack does not have that place or message any more (gone)."}
    card = cards.draw(delivery(say="failed.reply", facts=facts, language="da"))
    assert card.text.endswith("Slack har ikke længere det sted eller den besked (gone).")
