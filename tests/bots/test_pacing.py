"""Pace and patience, by arithmetic on a clock that is told."""

from collections.abc import Callable
from itertools import pairwise
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from bots.pacing import Breaker, Pacer, backoff
from bots.port import Pace

ROOMS = st.sampled_from(["a", "b", "c"])


def told() -> tuple[list[float], Callable[[], float]]:
    now = [0.0]
    return now, lambda: now[0]


@given(
    posts=st.lists(st.tuples(ROOMS, st.floats(0, 2)), min_size=1, max_size=60),
    pause=st.floats(0.01, 3),
    rate=st.floats(0.5, 50),
    minute=st.integers(0, 6),
)
def test_no_room_and_no_minute_gets_more_than_its_pace(
    posts: list[tuple[str, float]], pause: float, rate: float, minute: int
) -> None:
    """Whoever waits as long as it is told keeps every limit."""
    now, clock = told()
    pacer = Pacer(Pace(pause, rate, minute), clock)
    sent: dict[str, list[float]] = {}
    line: list[float] = []
    for room, gap in posts:
        now[0] += gap
        now[0] += pacer.wait_for_room(room)
        now[0] += pacer.book_line()
        now[0] += pacer.book_room(room)
        sent.setdefault(room, []).append(now[0])
        line.append(now[0])
    for times in sent.values():
        assert all(b - a >= pause - 1e-6 for a, b in pairwise(times))
        if minute:
            assert all(b - a >= 60 - 1e-6 for a, b in zip(times, times[minute:], strict=False))
    assert all(b - a >= 1 / rate - 1e-6 for a, b in pairwise(line))


def test_rooms_do_not_wait_for_each_other() -> None:
    _, clock = told()
    pacer = Pacer(Pace(10.0, 100.0), clock)
    assert pacer.book_room("a") == 0
    assert pacer.wait_for_room("a") == 10
    assert pacer.wait_for_room("b") == 0
    pacer.close_room("b", 60)
    assert pacer.wait_for_room("b") == 60
    assert pacer.wait_for_room("a") == 10


def test_those_who_are_sent_away_come_back_one_by_one() -> None:
    now, clock = told()
    pacer = Pacer(Pace(1.0, 100.0), clock)
    assert [pacer.send_away("a") for _ in range(3)] == [1, 2, 3]
    now[0] = 2.5
    assert pacer.send_away("a") == 1.5
    assert Pacer(Pace(1.0, 100.0, 20), clock).send_away("a") == 3


def test_nobody_waits_in_the_line_of_a_crowd() -> None:
    _, clock = told()
    pacer = Pacer(Pace(1.0, 100.0), clock)
    assert [pacer.send_away("a", crowd=True) for _ in range(3)] == [1, 2, 3]
    assert [pacer.send_away("a") for _ in range(2)] == [1, 2]


def test_a_limit_by_the_minute_holds_for_its_kind_of_rooms() -> None:
    """Telegram's groups, whose ids are negative, and not its private chats."""
    now, clock = told()
    pacer = Pacer(Pace(1.0, 100.0, 3, minute_rooms="-"), clock)
    waits: dict[str, list[float]] = {"-100": [], "77": []}
    for room, waited in waits.items():
        now[0] += 100
        for _ in range(5):
            waited.append(pacer.wait_for_room(room))
            now[0] += waited[-1]
            pacer.book_room(room)
    assert waits == {"-100": [0, 1, 1, 58, 1], "77": [0, 1, 1, 1, 1]}
    assert (pacer.send_away("-100"), pacer.send_away("77")) == (20, 2)


def test_rooms_are_forgotten_when_they_are_free() -> None:
    now, clock = told()
    pacer = Pacer(Pace(1.0, 1e9), clock)
    for number in range(5000):
        now[0] += 0.5
        pacer.book_room(str(number))
    assert len(pacer._rooms) <= 1000


def test_a_platform_that_is_down_is_tried_by_one_at_a_time_and_ever_more_rarely() -> None:
    now, clock = told()
    breaker = Breaker(clock, Random(1))
    for post in range(Breaker.POSTS - 1):
        breaker.failed(post, healthy=True)
        assert breaker.allows(16, healthy=True) == 16
    waits = []
    for _ in range(12):
        breaker.failed(99, healthy=True)
        assert breaker.allows(16, healthy=True) == 0
        waits.append(breaker.wait())
        now[0] += breaker.wait()
        assert breaker.allows(16, healthy=True) == 1
    assert waits[0] <= 2 and waits[4] > 10 and 30 <= waits[-1] <= 60
    breaker.worked()
    assert breaker.allows(16, healthy=True) == 16


def test_a_connection_that_says_it_is_down_is_left_alone_at_once() -> None:
    now, clock = told()
    breaker = Breaker(clock, Random(1))
    assert breaker.allows(16, healthy=False) == 1
    breaker.failed(1, healthy=False)
    assert breaker.allows(16, healthy=False) == 0
    now[0] += 60
    assert breaker.allows(16, healthy=False) == 1


def test_one_broken_room_says_nothing_of_the_platform() -> None:
    _, clock = told()
    breaker = Breaker(clock, Random(1))
    for _ in range(50):
        breaker.failed(7, healthy=True)
    assert breaker.allows(16, healthy=True) == 16


@given(seed=st.integers(), attempts=st.integers(0, 100), after=st.floats(0, 3600))
def test_backing_off_respects_what_was_asked_and_ends(seed: int, attempts: int, after: float) -> None:
    wait = backoff(Random(seed), attempts, after)
    assert after < wait <= after + 300


def test_backing_off_is_spread_over_all_of_its_time() -> None:
    waits = sorted(backoff(Random(seed), 6) for seed in range(200))
    assert waits[20] < 10 and waits[180] > 54 and waits[-1] <= 64
