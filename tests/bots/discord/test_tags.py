"""Which tags a post shall have."""

import pytest

from bots.discord.tags import Tag, labelled

TAGS = [Tag(name, name) for name in ("Bug", "New", "On-hold", "Løst", "waiting", "a", "b", "c", "d")]


@pytest.mark.parametrize(
    ("on_it", "status", "shall"),
    [
        (["Bug"], "new", ["Bug", "New"]),
        (["Bug"], "open", ["Bug", "New"]),
        (["Bug", "New"], "on_hold", ["Bug", "On-hold"]),
        (["On-hold", "Bug"], "pending", ["Bug", "waiting"]),
        (["New"], "closed", ["Løst"]),
        (["Bug", "a", "b", "c", "d"], "resolved", ["Bug", "a", "b", "c", "d"]),
        (["New", "a", "b", "c", "d"], "resolved", ["a", "b", "c", "d", "Løst"]),
    ],
)
def test_one_tag_says_the_status_and_others_stay(on_it: list[str], status: str, shall: list[str]) -> None:
    assert labelled(on_it, status, TAGS, wants_one=False) == shall


def test_without_a_tag_for_the_status_none_says_another() -> None:
    assert labelled(["Løst"], "open", [Tag("Løst", "Løst")], wants_one=False) == []
    assert labelled(["Løst"], "open", [Tag("Løst", "Løst")], wants_one=True) == ["Løst"], "a post must have one"
