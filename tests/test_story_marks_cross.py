"""Small marks cross between any two platforms and go again, and that the holder writes is seen where platforms show it.

Both ways for each of the nine pairs, and judged by what the receiving platform shows.
"""

import asyncio
from typing import Any

import pytest

from bots.simulator.client import Client, Shown
from tests.inbox.deeds import one_engine
from tests.test_story_any_to_any import DESK_ROOMS, desk_answered_from
from tests.test_story_words_cross import Pair, Side, everybody
from tests.world import World, running

NEVER_IN_TELEGRAM = "🚀"  # not among its reactions (Bot API, "ReactionTypeEmoji")


@one_engine
@pytest.mark.parametrize("answered_from", list(DESK_ROOMS))
async def test_marks_cross_and_who_writes_is_seen(answered_from: str, database_url: str) -> None:
    async with running(database_url, desk_answered_from(answered_from)) as world:
        await asyncio.gather(*(tell(world, pair) for pair in await everybody(world, answered_from)))


async def tell(world: World, pair: Pair) -> None:
    asks, holds = pair.requester, pair.holder
    question = await asks.writes(f"My lamp {pair.tag}")
    copy = await claimed(holds, f"My lamp {pair.tag}")
    lisa = Side(Client(holds.client.simulator, "Lisa"), holds.room, holds.thread)
    if holds.platform == "discord":
        await writing_is_seen(asks, holds, lisa)
    written = await holds.writes(f"Is it on {pair.tag}?")
    answer = await asks.client.reads(f"Is it on {pair.tag}?", asks.room)
    asks.room, asks.thread = answer.room, answer.thread
    await world.settled()
    await crosses(asks, answer.id, holds, written)
    await marks(lisa, copy, "🔥")
    await crosses(holds, copy, asks, question)
    assert "🔥" not in seen_on(asks, question), "a colleague's mark stays inside"
    if asks.platform != "slack":
        assert shown_writing(asks) == (holds.platform == "discord"), "a colleague's writing does, too"


async def claimed(holds: Side, words: str) -> str:
    """The ticket of these words is claimed; the words in its desk thread, by id."""

    def look(*, card: bool) -> Shown | None:
        found = holds.client.sees(holds.room, by_bot=True, thread=None if card else holds.thread)
        return next((m for m in found if bool(m.buttons) == card and words in m), None)

    shown: Shown = await holds.client.until(lambda: look(card=True))
    holds.room, holds.thread = shown.room, shown.thread or shown.id
    await holds.client.presses(shown, "Claim")
    await holds.client.until(lambda: "Omar" in holds.now(shown))
    copy: Shown = await holds.client.until(lambda: look(card=False))
    return copy.id


async def crosses(marker: Side, message: str, reader: Side, target: str) -> None:
    """A mark comes and goes; one that the other platform does not have harms none that come after it."""
    several = marker.platform != "telegram"  # whose people have one mark on a message
    if several:
        await marks(marker, message, NEVER_IN_TELEGRAM)
    await marks(marker, message, "🎉")
    await reader.client.until(lambda: "🎉" in seen_on(reader, target))
    if several and reader.platform != "telegram":
        await reader.client.until(lambda: NEVER_IN_TELEGRAM in seen_on(reader, target))
    await marks(marker, message, "🎉", on=False)
    await reader.client.until(lambda: "🎉" not in seen_on(reader, target))
    assert (NEVER_IN_TELEGRAM in seen_on(reader, target)) == (several and reader.platform != "telegram")


async def marks(side: Side, message: str, emoji: str, *, on: bool = True) -> None:
    await side.does("react" if on else "unreact", message, emoji=emoji)


def seen_on(side: Side, message: str) -> tuple[str, ...]:
    return next(m.reactions for m in side.client.sees() if m.id == message)


async def writing_is_seen(asks: Side, holds: Side, lisa: Side) -> None:
    """Discord alone tells bots who writes (docs "Typing Start"), and Slack alone lets no bot show it."""
    await lisa.client.simulator.do("typing", who="Lisa", room=lisa.room, thread=lisa.thread)
    await lisa.writes("between us")
    await holds.client.simulator.do("typing", who="Omar", room=holds.room, thread=holds.thread)
    if asks.platform != "slack":
        await asks.client.until(lambda: shown_writing(asks))


def shown_writing(asks: Side) -> int:
    """How often the bot let that requester see that somebody writes."""
    simulator: Any = asks.client.simulator
    if asks.platform == "telegram":
        return list(simulator.telegram.actions).count((int(asks.client.room_id(asks.room)), "typing"))
    support = asks.client.room_id(asks.room)
    threads = [c.id for c in simulator.world.channels.values() if c.thread and c.parent_id == support]
    return sum(call.request["path"].endswith(f"/{thread}/typing") for call in simulator.log for thread in threads)
