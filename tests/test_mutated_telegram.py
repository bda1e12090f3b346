"""Whatever Telegram could send, in whatever shape: the line goes on, and the next words are heard."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web

from bots.hooks import hooks_of
from tests.bots.telegram.rig import PDF, PNG, SUPPORT, Rig
from tests.bots.telegram.test_webhook import Site
from tests.mutated_samples import TelegramUpdates
from tests.mutations import Ear, Mutations, no_traceback, sizes, watched

BATCH = 90  # with the good ones, what one getUpdates brings
IDS = r"-?[0-9]{1,18}"
SOURCES = ("described", "simulated")
Make = Callable[[], dict[str, Any]]


async def hurry(seconds: float) -> None:
    """Nobody here waits for Telegram's sake."""
    await asyncio.sleep(0)


@asynccontextmanager
async def listening(webhook: str = "", site: Site | None = None) -> AsyncIterator[tuple[Rig, Ear]]:
    """The real door between a simulated Telegram and the ear."""
    ear = Ear(IDS)
    rig = Rig(start=False, webhook=webhook)
    listener, rig.front, rig.naps = rig.front, ear, hurry  # type: ignore[assignment]
    async with watched(), rig:
        rig.poisoned, ear.changed = True, rig.sim.changed
        if site:
            site.hooks = hooks_of([rig.bot])
        await rig.begin()
        try:
            yield rig, ear
        finally:
            rig.front = listener
    assert not ear.wrong, ear.wrong
    no_traceback(call.request["body"] for call in rig.sim.log)


@asynccontextmanager
async def posted() -> AsyncIterator[tuple[Rig, Ear]]:
    """The same, with a webhook."""
    site, app = Site(), web.Application()
    app.router.add_route("*", "/{rest:.*}", site.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        async with listening(f"http://127.0.0.1:{runner.addresses[0][1]}", site) as (rig, ear):
            rig.sim.first_pause = 0.01
            yield rig, ear
    finally:
        await runner.cleanup()


async def _simulated(rig: Rig, mutations: Mutations) -> Make:
    """Updates as the simulator sends them, of all that people do."""
    do = rig.sim.do
    first = await do("write", who="erik", room="dm", text="*Where* is <my> parcel?")
    await do("write", who="erik", room="dm", text="Here it is", files=[PNG, PDF], reply_to=first)
    await do("edit", who="erik", room="dm", message=first, text="Where is it?")
    await do("command", who="erik", room="dm", text="/ticket lost")
    await do("write", who="anna", room=SUPPORT, text="@acme_desk_bot hello")
    await do("block", who="maja")
    await rig.until(lambda: not rig.sim.telegram.updates.queue)
    seen = list(rig.sim.emitted)
    return lambda: {key: value for key, value in mutations.random.choice(seen).items() if key != "update_id"}


async def _maker(source: str, rig: Rig, mutations: Mutations) -> Make:
    if source == "described":
        return TelegramUpdates(mutations.random).update
    return await _simulated(rig, mutations)


def spoilt(mutations: Mutations, update: dict[str, Any]) -> str:
    """An update with something in it that does not belong there; a tenth of them are hardly JSON.

    No id lies just ahead: that would confirm what did not come yet."""
    if mutations.random.random() < 0.1:
        return mutations.frame(update)
    found = mutations.of(update)
    number = found.get("update_id") if isinstance(found, dict) else None
    return json.dumps({**found, "update_id": 2**62} if type(number) is int and number > update["update_id"] else found)


async def _told(rig: Rig, ear: Ear, mutations: Mutations, make: Make, count: int) -> None:
    """So many spoilt updates, with good ones between them."""
    updates = rig.sim.telegram.updates
    for number in range(1, count + 1):
        rig.sim.poison(spoilt(mutations, {"update_id": updates.next_id, **make()}))
        if number % BATCH == 0 or number == count:
            await rig.do("write", who="erik", room="dm", text=f"good {number}")
            await ear.hears(f"good {number}")
            await rig.until(lambda: not updates.queue)
            assert rig.bot.health().ok, rig.bot.health()
    assert len(ear.aside) > count // 10


@pytest.mark.parametrize("source", SOURCES)
@sizes(600)
async def test_after_any_updates_the_next_words_are_heard(count: int, source: str) -> None:
    """IN-09."""
    mutations = Mutations(20260301)
    async with listening() as (rig, ear):
        await _told(rig, ear, mutations, await _maker(source, rig, mutations), count)


@pytest.mark.parametrize("source", SOURCES)
@sizes(200)
async def test_after_any_posts_the_next_words_are_heard(count: int, source: str) -> None:
    mutations = Mutations(20260302)
    async with posted() as (rig, ear):
        await _told(rig, ear, mutations, await _maker(source, rig, mutations), count)


# What was found so


async def test_an_update_under_an_id_of_nobodys_keeps_no_words_from_being_read() -> None:
    """So many wait that the next words come in no batch before those are gone."""
    async with listening() as (rig, ear):
        for wrong in (99, 2**62, True, "7"):
            for _ in range(99):
                rig.sim.poison({"poll": {}})
            rig.sim.poison({"update_id": wrong, "poll": {}})
            await rig.do("write", who="erik", room="dm", text=f"after {wrong}")
            await ear.hears(f"after {wrong}")
        await rig.until(lambda: not rig.sim.telegram.updates.queue)


@pytest.mark.parametrize("wrong", [True, 7.5, 2**64, "700100002", {"id": 1}, [7]])
async def test_nobody_is_taken_for_somebody_whose_id_only_looks_alike(wrong: Any) -> None:
    async with listening() as (rig, ear):
        chat: dict[str, Any] = {"id": 700_100_002, "type": "private", "first_name": "Erik"}
        erik = {**chat, "is_bot": False}
        said = {"message_id": 7, "date": 1_772_442_000, "chat": chat, "from": erik, "text": "Hello"}
        for part in ({"message_id": wrong}, {"chat": {**chat, "id": wrong}}, {"from": {**erik, "id": wrong}}):
            rig.sim.poison({"message": {**said, **part}})
        pressed = {"id": "1", "from": {**erik, "id": wrong}, "chat_instance": "1", "data": "x"}
        rig.sim.poison({"callback_query": pressed})
        await rig.do("write", who="erik", room="dm", text="good")
        await ear.hears("good")
        assert (len(ear.aside), ear.told["said"], ear.told["pressed"]) == (4, 1, 0)


@pytest.mark.parametrize("wrong", ["", None, 7, {"id": "1"}])
async def test_a_press_that_could_not_be_answered_does_nothing(wrong: Any) -> None:
    async with listening() as (rig, ear):
        erik = {"id": 700_100_002, "is_bot": False, "first_name": "Erik"}
        rig.sim.poison({"callback_query": {"id": wrong, "from": erik, "chat_instance": "1", "data": "claim:1"}})
        await rig.do("write", who="erik", room="dm", text="good")
        await ear.hears("good")
        assert (len(ear.aside), ear.told["pressed"], rig.called("answerCallbackQuery")) == (1, 0, 0)
