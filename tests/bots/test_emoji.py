"""Emoji have one name here and one there, and come back as they were."""

import pytest

from bots import emoji
from bots.simulator.slack.emoji import NAMES


def test_every_name_comes_back() -> None:
    assert len(emoji.LOOKS) > 200
    for name, look in emoji.LOOKS.items():
        assert emoji.look_of(name) == look and emoji.name_of(look) == name
        assert emoji.name_of(look.replace(emoji.AS_EMOJI, "")) == name


def test_the_names_are_those_that_the_simulated_slack_has() -> None:
    assert {name: emoji.LOOKS.get(name) for name in NAMES} == NAMES


@pytest.mark.parametrize(
    ("name", "look"), [("+1::skin-tone-2", "👍🏻"), ("wave::skin-tone-6", "👋🏿"), ("point_up::skin-tone-4", "☝🏽")]
)
def test_skin_tones_are_kept(name: str, look: str) -> None:
    assert emoji.look_of(name) == look and emoji.name_of(look) == name


def test_what_is_not_known_keeps_its_name() -> None:
    assert emoji.look_of("shipit") == ":shipit:" and emoji.name_of(":shipit:") == "shipit"
    assert emoji.name_of("🧑‍🚀") == emoji.name_of("x") == emoji.name_of("") == ""
    assert emoji.look_of("thumbsup") == "👍"


@pytest.mark.parametrize("given", ["ticket", ":ticket:", "🎫", "Ticket"])
def test_an_emoji_is_the_same_however_it_is_written(given: str) -> None:
    assert emoji.same("ticket", given) and emoji.same("🎫", given) and not emoji.same("admission_tickets", given)
    assert emoji.same("+1::skin-tone-3", "👍") and emoji.same("thumbsup", "+1") and emoji.same("shipit", ":shipit:")
