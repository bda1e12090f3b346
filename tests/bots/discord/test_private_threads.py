"""Threads for one person alone: made once, never replaced by one that others can see, and listened to."""

from dataclasses import replace

import pytest

from bots.port import Card, Hopeless
from bots.simulator.discord.world import PRIVATE_THREAD, Channel
from inbox.model import Place
from tests.bots.discord.rig import ERIK, Door

WORDS = Card(text="Your pay comes tomorrow", lead="Omar")
MOST = "bots.simulator.discord.rest.threads.MOST_ACTIVE"


def alone(door: Door, thread: str = "") -> Place:
    return door.place("#support", thread, f"@{ERIK}")


async def opened(door: Door, *, again: bool = False) -> Place:
    """A thread for Erik alone."""
    return alone(door, await door.bot.open_private(alone(door), "#1 Payroll", again=again))


def threads(door: Door) -> list[Channel]:
    return list(door.sim.world.threads())


async def test_it_is_the_persons_and_the_bots_and_nobody_brings_others_in() -> None:
    async with Door() as door:
        place = await opened(door)
        [made] = threads(door)
        assert (made.id, made.type, made.name) == (place.thread, PRIVATE_THREAD, "#1 Payroll")
        assert made.thread and set(made.thread.members) == {ERIK, door.bot._places.bot} and not made.thread.invitable
        sent = await door.bot.send(place, WORDS, "fd-1")
        assert (sent.thread, sent.replaced) == (place.thread, False)
        await door.writes("erik", "Thank you", thread=place.thread)
        [said] = await door.front.hears("Thank you")
        assert (said.place.room, said.place.thread) == (place.room, place.thread)


async def test_an_attempt_that_broke_off_is_gone_on_with() -> None:
    async with Door() as door:
        first = await opened(door)
        assert (await opened(door, again=True)).thread == first.thread
        assert (await opened(door)).thread != first.thread, "another of that name is another's"


async def test_who_is_not_in_the_server_gets_none_and_none_is_left_awake() -> None:
    async with Door() as door:
        await door.sim.do("leave", who="erik")
        with pytest.raises(Hopeless) as refused:
            await opened(door)
        assert refused.value.kind == "blocked"
        assert [made.thread.archived for made in threads(door) if made.thread] == [True]


async def test_where_too_many_threads_are_awake_there_is_room_or_a_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    async with Door() as door:
        first = await opened(door)
        monkeypatch.setattr(MOST, 1)
        with pytest.raises(Hopeless) as refused:
            await opened(door)
        assert refused.value.kind == "forbidden"
        door.now += 86_401
        await opened(door)
        await door.sim.do("unarchive_thread", who="omar", thread=first.thread)
        assert len(threads(door)) == 2


async def test_a_deleted_one_is_replaced_by_another_private_one_also_for_words_with_a_title() -> None:
    async with Door() as door:
        place = await opened(door)
        await door.sim.do("delete_thread", who="omar", thread=place.thread)
        sent = await door.bot.send(place, Card(title="How was it?", text="Rate us"), "fd-2")
        again = await door.bot.send(place, WORDS, "fd-3")
        assert sent.replaced and sent.thread == again.thread != place.thread
        [made] = threads(door)
        assert made.type == PRIVATE_THREAD and made.thread and ERIK in made.thread.members
        await door.sim.do("deny_permission", permission="CREATE_PRIVATE_THREADS", room="#support")
        await door.sim.do("delete_thread", who="omar", thread=sent.thread)
        with pytest.raises(Hopeless):
            await door.bot.send(replace(place, thread=sent.thread), WORDS, "fd-4")
        assert door.posted("#support", "") == [] and threads(door) == [], "its words stand nowhere else"


async def test_what_is_said_in_one_while_the_bot_is_away_is_read_later() -> None:
    async with Door() as door:
        await door.writes("anna", "Hello")
        await door.front.hears("Hello")
        place = await opened(door)
        await door.bot.send(place, WORDS, "fd-1")
        door.front.live = [place]
        await door.restart(lambda: door.writes("erik", "It has come", thread=place.thread))
        await door.front.hears("Hello", "It has come")
