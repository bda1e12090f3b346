"""Words that rules look for: whole, whatever their case, and found quickly whatever is written."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inbox.automation import TEXT_LIMIT, phrase, said, words_of

WORD = st.text("abcåäöß", min_size=1, max_size=4)
GAP = st.text(" ,.!?\n-—🔥", min_size=1, max_size=3)


@pytest.mark.parametrize(
    ("written", "text", "found"),
    [
        ("vpn", "My VPN!", True),
        ("vpn", "My VPNs", False),
        ("vpn*", "My VPNs", True),
        ("*print*", "Blueprinter", True),
        ("*print", "blueprint", True),
        ("*print", "blueprints", False),
        ("print*", "blueprint", False),
        ("can't log in", "I CAN’T log-in", True),
        ("can't log in", "I can't, so log me in", False),
        ("log*  in", "logging in", True),
        ("e-mail*", "my e-mails", True),
        ("e-mail*", "my email", False),
        ("STRASSE", "in der Straße", True),
        ("ﬁre", "fire", True),
        ("två ord", "Två, ord", True),
        ("a", "", False),
        ("a b c", "a b", False),
        ("a a b", "a a a b", True),
    ],
)
def test_what_is_found(written: str, text: str, found: bool) -> None:
    assert said(words_of(text), phrase(written)) == found


@pytest.mark.parametrize("written", ["", " ", "*", "* *", "!?", "a*b", "a b*c d"])
def test_what_cannot_be_looked_for(written: str) -> None:
    with pytest.raises(ValueError, match=r"a \* within|no word"):
        phrase(written)


@given(before=st.lists(WORD, max_size=3), wanted=st.lists(WORD, min_size=1, max_size=3), gap=GAP)
def test_words_that_follow_one_another_are_found_between_others(before: list[str], wanted: list[str], gap: str) -> None:
    text = gap.join([*before, *wanted, *before]).upper()
    assert said(words_of(text), phrase(" ".join(wanted)))
    assert said(words_of(text), phrase(" ".join(word[:1] + "*" for word in wanted)))
    assert said(words_of(text), phrase(" ".join("*" + word[-1:] for word in wanted)))


@given(st.text(max_size=30), st.text(max_size=60))
@settings(max_examples=300)
def test_whatever_is_written_is_answered(written: str, text: str) -> None:
    try:
        wanted = phrase(written)
    except ValueError:
        return
    assert said(words_of(text), wanted) in (True, False)


def test_the_longest_words_take_no_time() -> None:
    """What keeps a backtracking engine busy for hours: counted in the work of this process, not of its neighbours."""
    texts = ("a" * TEXT_LIMIT, "a " * TEXT_LIMIT, "a*" * TEXT_LIMIT)
    patterns = ("*a*" + " a" * 50 + " b", "a* " * 60 + "b")
    began = time.process_time()
    for text in texts:
        words = words_of(text)
        assert len(words) <= TEXT_LIMIT and not any(said(words, phrase(pattern)) for pattern in patterns)
    assert time.process_time() - began < 5
