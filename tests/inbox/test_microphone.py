"""The microphone: only the holder's words are for the requester, judged when they were written."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inbox.desk.microphone import Hold, Microphone, Words, believed, judge, strip_mark

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
OMAR, LISA, MAJA = 1, 2, 3


def at(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


HELD_BY_OMAR = (Hold(1, OMAR, at(0)),)
TAKEN_BY_LISA = (*HELD_BY_OMAR, Hold(2, LISA, at(100)))
RELEASED = (*HELD_BY_OMAR, Hold(2, None, at(100)))


@pytest.mark.parametrize(
    ("who", "text", "when", "holds", "extra", "verdict"),
    [
        (OMAR, "Have you tried water?", 10, HELD_BY_OMAR, {}, "reply"),
        (LISA, "I would try water", 10, HELD_BY_OMAR, {}, "note"),
        (OMAR, "I look at it", 10, (), {}, "hint"),
        (OMAR, "/claim please", 10, HELD_BY_OMAR, {}, "command"),
        (OMAR, "  /unknown", 10, HELD_BY_OMAR, {}, "command"),
        (OMAR, "note: she is upset", 10, HELD_BY_OMAR, {}, "note"),
        (OMAR, "! she is upset", 10, HELD_BY_OMAR, {}, "note"),
        (OMAR, "🔒 she is upset", 10, HELD_BY_OMAR, {}, "note"),
        (OMAR, "Lisa, what do you think?", 10, HELD_BY_OMAR, {"to_colleague": True}, "note"),
        (OMAR, "first words after round robin", 10, HELD_BY_OMAR, {"on": False}, "held_off"),
        (OMAR, "words after resolve", 10, HELD_BY_OMAR, {"resolved": True}, "held_off"),
        (OMAR, "in an explicit queue", 10, HELD_BY_OMAR, {"explicit": True}, "hint"),
        (OMAR, "written before Lisa took it, delivered after", 50, TAKEN_BY_LISA, {}, "held_stale"),
        (OMAR, "a former holder's late message", 150, TAKEN_BY_LISA, {}, "held_stale"),
        (OMAR, "long after losing it", 400, TAKEN_BY_LISA, {}, "note"),
        (LISA, "written before she took it, delivered after", 50, TAKEN_BY_LISA, {}, "note"),
        (LISA, "now it is hers", 120, TAKEN_BY_LISA, {}, "reply"),
        (MAJA, "a bystander", 120, TAKEN_BY_LISA, {}, "note"),
        (OMAR, "just after releasing", 110, RELEASED, {}, "held_stale"),
        (LISA, "nobody holds it", 110, RELEASED, {}, "hint"),
        (OMAR, "just claimed, by a clock that is ahead of the platform's", -3, HELD_BY_OMAR, {}, "held_off"),
        (LISA, "just taken over, by such a clock", 97, TAKEN_BY_LISA, {}, "held_off"),
        (LISA, "the same in an explicit queue", 97, TAKEN_BY_LISA, {"explicit": True}, "hint"),
        (LISA, "too long before for any clock", 89, TAKEN_BY_LISA, {}, "note"),
        (OMAR, "claimed and lost again meanwhile", -3, TAKEN_BY_LISA, {}, "hint"),
    ],
)
def test_whose_words_go_out(
    who: int, text: str, when: float, holds: tuple[Hold, ...], extra: dict[str, bool], verdict: str
) -> None:
    words = Words(who, text, at(when), to_colleague=extra.get("to_colleague", False))
    microphone = Microphone(
        holds,
        holds[-1].fence if holds else 0,
        extra.get("on", True),
        resolved=extra.get("resolved", False),
        explicit=extra.get("explicit", False),
    )
    assert judge(words, microphone) == verdict


@pytest.mark.parametrize(
    ("who", "holds", "verdict"),
    [
        (OMAR, HELD_BY_OMAR, "reply"),
        (LISA, TAKEN_BY_LISA, "reply"),
        (OMAR, TAKEN_BY_LISA, "held_stale"),
        (MAJA, TAKEN_BY_LISA, "note"),
    ],
)
def test_a_clock_that_was_set_back_takes_nobodys_microphone(who: int, holds: tuple[Hold, ...], verdict: str) -> None:
    """The claim was made at noon by a clock that was wrong by an hour, and was set right then."""
    written, now = at(-3500), at(-3499)
    known = believed(holds, written, now)
    assert judge(Words(who, "Try water", written), Microphone(known, known[-1].fence, on=True)) == verdict
    assert believed(holds, written, at(200)) == list(holds)


@pytest.mark.parametrize(
    ("text", "bare", "marked"),
    [
        ("note: hush", "hush", True),
        ("NOTE: hush", "hush", True),
        ("!hush", "hush", True),
        ("🔒hush", "hush", True),
        ("a note: not one", "a note: not one", False),
        ("", "", False),
    ],
)
def test_marks_of_a_note(text: str, bare: str, marked: bool) -> None:
    assert strip_mark(text) == (bare, marked)


people = st.sampled_from([OMAR, LISA, MAJA])
histories = st.lists(st.tuples(st.one_of(st.none(), people), st.integers(1, 300)), max_size=8)


@given(
    history=histories, author=people, when=st.integers(-10, 2000), text=st.text(max_size=20), on=st.booleans(),
    resolved=st.booleans(), explicit=st.booleans(), colleague=st.booleans(),
)  # fmt: skip
def test_no_word_of_a_non_holder_ever_goes_out(
    history: list[tuple[int | None, int]],
    author: int,
    when: int,
    text: str,
    on: bool,
    resolved: bool,
    explicit: bool,
    colleague: bool,
) -> None:
    """Whatever the history, a verdict of `reply` means: the author held the claim when they wrote, and still does."""
    since, holds = 0, []
    for fence, (person, gap) in enumerate(history, 1):
        since += gap
        holds.append(Hold(fence, person, at(since)))
    fence = len(holds)
    verdict = judge(
        Words(author, text, at(when), colleague), Microphone(holds, fence, on, resolved=resolved, explicit=explicit)
    )
    if verdict == "reply":
        assert holds[-1].person == author and holds[-1].since <= at(when)
        assert on and not resolved and not explicit and not colleague
        assert not text.lstrip().startswith(("/", "!", "🔒")) and not text.lstrip().lower().startswith("note:")
    if verdict in ("held_off", "held_stale"):
        assert any(hold.person == author for hold in holds)
