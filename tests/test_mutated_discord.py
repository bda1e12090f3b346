"""Whatever Discord could send, in whatever shape: the line goes on, and the next words are heard."""

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from bots.port import Button, Card
from tests.bots.discord.rig import Door
from tests.mutated_samples import DiscordEvents
from tests.mutations import Ear, Mutations, no_traceback, sizes, watched

BATCH = 100
IDS = r"[0-9]{1,20}"
SOURCES = ("described", "simulated")
CARD = Card(title="#42 Printer", buttons=((Button("Claim", "claim:42"), Button("Reply", "replyform:42")),))
Make = Callable[[], tuple[str, Any]]


@asynccontextmanager
async def listening() -> AsyncIterator[tuple[Door, Ear]]:
    """The real door between a simulated Discord and the ear."""
    ear = Ear(IDS)
    door = Door()
    door.front = ear  # type: ignore[assignment]
    async with watched(), door:
        ear.changed = door.sim.changed
        yield door, ear
    assert not ear.wrong, ear.wrong
    no_traceback(call.request["body"] for call in door.sim.log)


def _described(door: Door, mutations: Mutations) -> Make:
    world = door.sim.world
    anna = world.user("anna")
    assert anna is not None
    place = {"guild": world.guild.id, "channel": door.id("support"), "user": anna.id, "app": world.app.id}
    return DiscordEvents(mutations.random, place).event


async def _simulated(door: Door, mutations: Mutations) -> Make:
    """Events as the simulator sends them, of all that people do."""
    do = door.sim.do
    shot = {"name": "shot.png", "bytes": b"\x89PNG", "type": "image/png"}
    root = await door.writes("anna", "@Lisa look, **in** #support", files=[shot])
    await do("edit", who="anna", room="#support", message=root, text="Look")
    await do("create_thread", who="anna", room="#support", name="Here", message=root)
    await do("react", who="omar", room="#support", message=root, emoji="eyes")
    await do("rename_thread", who="anna", thread=root, name="There")
    await do("give_role", who="anna", role="Support")
    await do("delete", who="anna", room="#support", message=await door.writes("anna", "nothing"))
    card = await door.bot.send(door.place("desk"), CARD, "fd-1")
    for label in ("Claim", "Reply"):
        await do("press", who="omar", room="#desk", message=card.message_id, label=label)
    await do("submit", who="omar", values={"words": "Try again"})
    await do("command", who="omar", room="#desk", text="/ticket claim 42")
    seen = [event for event in door.sim.emitted if event["t"] not in ("READY", "RESUMED")]
    kinds = sorted({event["t"] for event in seen}) + ["MESSAGE_CREATE", "INTERACTION_CREATE"] * 5

    def make() -> tuple[str, Any]:
        kind = mutations.random.choice(kinds)
        data = mutations.random.choice([event["d"] for event in seen if event["t"] == kind])
        again = kind not in ("MESSAGE_CREATE", "INTERACTION_CREATE")
        return kind, data if again else {**data, "id": door.sim.world.ids.next()}

    return make


async def _maker(source: str, door: Door, mutations: Mutations) -> Make:
    return _described(door, mutations) if source == "described" else await _simulated(door, mutations)


async def _goes_on(door: Door, ear: Ear, text: str) -> None:
    await door.writes("anna", text)
    await ear.hears(text)
    assert door.bot.health().ok, door.bot.health()


@pytest.mark.parametrize("source", SOURCES)
@sizes(700)
async def test_after_any_events_the_next_words_are_heard(count: int, source: str) -> None:
    """IN-09."""
    mutations = Mutations(20260303)
    async with listening() as (door, ear):
        make = await _maker(source, door, mutations)
        for number in range(1, count + 1):
            kind, data = make()
            door.sim.core.hub.poison(kind, mutations.of(data))
            if number % BATCH == 0 or number == count:
                await _goes_on(door, ear, f"good {number}")
        assert door.sim.core.identified == 1, "the line never broke"
        assert len(ear.aside) > count // 10


@pytest.mark.parametrize("source", SOURCES)
@sizes(60)
async def test_after_any_frames_the_next_words_are_heard(count: int, source: str) -> None:
    """Frames that are no events: the line breaks, is made again, and nothing that was said meanwhile is missing."""
    mutations = Mutations(20260304)
    async with listening() as (door, ear):
        make = await _maker(source, door, mutations)
        for number in range(1, count + 1):
            kind, data = make()
            await door.sim.do("garble", frame=_frame(door, mutations, kind, data))
            await _goes_on(door, ear, f"good {number}")


def _frame(door: Door, mutations: Mutations, kind: str, data: Any) -> str:
    """A frame that is hardly JSON any more, or one of some other operation; counted as right as those before it."""
    counted = {"op": 0, "s": [session.seq for session in door.sim.core.hub.sessions.values()][-1]}
    if mutations.random.random() < 0.6:
        return mutations.frame({**counted, "t": kind, "d": data})
    spoilt = mutations.of({"t": kind, "d": data})
    operation: Any = mutations.random.choice((0, 0, 1, 7, 9, 10, 11, 99, -1, None, "0", [], 1e400))
    return json.dumps({**(spoilt if isinstance(spoilt, dict) else {"d": spoilt}), **counted, "op": operation})


# What was found so


async def test_where_somebody_wrote_is_asked_of_discord_only_for_what_can_be_a_channel() -> None:
    async with listening() as (door, ear):
        before = len(door.sim.log)
        for channel in ("../../users/@me", "", "x" * 100_000, "\ud800", {"id": 1}, True, -7, 1.5, None):
            for event in ("MESSAGE_CREATE", "MESSAGE_DELETE", "MESSAGE_DELETE_BULK", "TYPING_START"):
                door.sim.core.hub.poison(event, {"id": "1", "ids": ["1"], "user_id": "1", "channel_id": channel})
        await _goes_on(door, ear, "good")
        assert (len(ear.aside), len(door.sim.log)) == (36, before)


async def test_a_press_whose_answer_would_go_astray_does_nothing() -> None:
    async with listening() as (door, ear):
        data = {"custom_id": "claim:1", "component_type": 2}
        press = {
            "id": "1300000000000000007", "application_id": door.sim.world.app.id, "type": 3, "data": data,
            "channel_id": door.id("support"), "guild_id": door.sim.world.guild.id, "user": {"id": "7", "username": "x"},
        }  # fmt: skip
        for token in ("../../channels", "", "x" * 100_000, {"id": 1}, None, 7):
            door.sim.core.hub.poison("INTERACTION_CREATE", {**press, "token": token})
        await _goes_on(door, ear, "good")
        assert (len(ear.aside), ear.told["pressed"]) == (6, 0)


async def test_words_come_in_where_events_were_counted_wrong() -> None:
    """A session that cannot be resumed is begun anew, and what was said meanwhile is read."""
    async with listening() as (door, ear):
        await _goes_on(door, ear, "one")
        await door.sim.do("garble", frame=json.dumps({"op": 0, "s": 1_000, "t": "SOMETHING_NEW", "d": {}}))
        await door.sim.do("garble", frame="{")
        await door.writes("anna", "two")
        await ear.hears("two")
        assert door.sim.core.identified == 2


async def test_a_text_is_no_list_of_deleted_messages() -> None:
    async with listening() as (door, ear):
        door.sim.core.hub.poison("MESSAGE_DELETE_BULK", {"channel_id": door.id("support"), "ids": "1300000000"})
        await _goes_on(door, ear, "good")
        assert (len(ear.aside), ear.told["deleted"]) == (1, 0)
