"""Calls take turns: Discord takes 50 a second of one bot, and bans those that run into its limits too often."""

import asyncio
from bisect import bisect_right

from hypothesis import given, settings
from hypothesis import strategies as st

from bots.discord.calls import AT_ONCE, PER_SECOND, Turns
from tests.bots.discord.rig import Door

CALLS = 56


class Time:
    """Time that passes only by being slept."""

    def __init__(self) -> None:
        self.now = 0.0

    def clock(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += seconds


@settings(max_examples=60, deadline=None)
@given(
    per_second=st.integers(1, 60),
    at_once=st.integers(1, 9),
    pauses=st.lists(st.sampled_from([0.0, 0.0, 0.001, 0.3, 1.0, 5.0]), min_size=1, max_size=250),
)
async def test_never_more_than_so_many_begin_within_a_second(
    per_second: int, at_once: int, pauses: list[float]
) -> None:
    time = Time()
    turns, begun = Turns(per_second, at_once, time.clock, time.sleep), []
    for pause in pauses:
        time.now += pause
        asked = time.now
        await turns.turn()
        begun.append(time.now)
        assert time.now < asked + 1e-6 or len(begun) > at_once, "nobody waits for nothing"
    for number, at in enumerate(begun):
        assert bisect_right(begun, at + 0.999) - number <= per_second + at_once


async def test_who_waits_has_a_moment_of_its_own() -> None:
    waits: list[float] = []

    async def sleep(seconds: float) -> None:
        waits.append(seconds)

    turns = Turns(4, 2, Time().clock, sleep)
    await asyncio.gather(*(turns.turn() for _ in range(12)))
    assert waits == [0.25 * number for number in range(1, 11)]


async def test_a_burst_of_calls_runs_into_no_global_limit() -> None:
    async with Door() as door:
        door.sim.log.clear()
        door.sim.limits = True
        door.sim.tuning.limits.figures.clear()
        rooms = [await door.sim.do("add_room", name=f"room-{number}") for number in range(CALLS)]
        place = door.place("support")
        await asyncio.gather(*(door.bot.mark(place, room, "sent") for room in rooms), return_exceptions=True)
        assert len(door.sim.log) == CALLS > PER_SECOND + AT_ONCE
        assert {call.status for call in door.sim.log} == {404}, "there are no such messages, and no call was too early"
