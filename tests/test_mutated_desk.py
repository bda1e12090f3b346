"""The whole program hears whatever the platforms could send, in whatever shape: the next words open a ticket."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from sqlalchemy import func, select

from bots.simulator.server import Simulator
from inbox.store import Tx
from inbox.store.tables import message, quarantine
from tests.inbox.deeds import one_engine
from tests.mutations import SOON, Mutations, no_traceback, sizes, watched
from tests.test_mutated_slack import Post
from tests.test_mutated_telegram import spoilt
from tests.world import World, running

BATCH = 30
Json = dict[str, Any]
Send = Callable[[], Awaitable[None]]


def _is_kept(tx: Tx, text: str) -> bool:
    return tx.run(select(message.c.id).where(message.c.text == text)).first() is not None


def _set_aside(tx: Tx) -> int:
    return int(tx.run(select(func.count()).select_from(quarantine)).scalar_one())


async def _is_taken_in(world: World, text: str) -> None:
    """Waits until the desk has these words. Raises AssertionError where that is not soon."""
    news = asyncio.Event()
    ends = world.app.desk.subscribe(lambda _: news.set())
    try:
        async with asyncio.timeout(SOON):
            while not await world.app.desk.look(_is_kept, text):
                await news.wait()
                news.clear()
    except TimeoutError:
        raise AssertionError(f"{text!r} did not reach the desk within {SOON} s") from None
    finally:
        ends()


async def _slack(world: World, mutations: Mutations, post: Post) -> Send:
    """Payloads as Slack's simulator sends them of what people do."""
    sim = world.platforms.slack
    root = await sim.do("write", who="anna", room="#it-help", text="*My* screen is black")
    await sim.do("edit", who="anna", room="#it-help", message=root, text="My screen")
    await sim.do("command", who="anna", room="#it-help", text="/ticket The lamp too")
    card = await world.at_slack("omar").reads("My screen", "#it-desk")
    await world.at_slack("omar").presses(card, card.buttons[0])
    await sim.until(lambda: sim.idle)
    seen = list(zip((one.kind for one in sim.deliveries), sim.emitted, strict=True))

    async def send() -> None:
        kind, payload = mutations.random.choice(seen)
        await post.send(kind, _again(payload, sim.world.new_ts()))

    return send


def _again(payload: Json, ts: str) -> Json:
    """The same at another time, so that it is something new."""
    event = payload.get("event")
    if event and event["type"] == "message" and "subtype" not in event:
        return {**payload, "event": {**event, "ts": ts}}
    return {**payload, "trigger_id": ts} if "trigger_id" in payload else payload


async def _discord(world: World, mutations: Mutations) -> Send:
    sim = world.platforms.discord
    root = await sim.do("write", who="anna", room="#support", text="**My** parcel")
    await sim.do("edit", who="anna", room="#support", message=root, text="My parcel is lost")
    await sim.do("react", who="anna", room="#support", message=root, emoji="eyes")
    await sim.do("command", who="anna", room="#support", text="/ticket Where is it?")
    seen = [event for event in sim.emitted if event["t"] not in ("READY", "RESUMED", "GUILD_CREATE")]

    async def send() -> None:
        event = mutations.random.choice(seen)
        data = {**event["d"], "id": sim.world.ids.next()} if event["t"] != "MESSAGE_UPDATE" else event["d"]
        sim.core.hub.poison(event["t"], mutations.of(data))

    return send


async def _telegram(world: World, mutations: Mutations) -> Send:
    sim = world.platforms.telegram
    for who in ("anna", "erik"):
        await sim.do("start", who=who)
    first = await sim.do("write", who="erik", room="dm", text="Where is my parcel?")
    await sim.do("edit", who="erik", room="dm", message=first, text="Where is it?")
    await sim.do("command", who="erik", room="dm", text="/ticket lost")
    await sim.until(lambda: not sim.telegram.updates.queue)
    seen = list(sim.emitted)

    async def send() -> None:
        update = {**mutations.random.choice(seen), "update_id": (number := sim.telegram.updates.next_id)}
        if "message" in update:
            update["message"] = {**update["message"], "message_id": number}
        sim.poison(spoilt(mutations, update))

    return send


@one_engine
@sizes(270)
async def test_the_desk_takes_in_what_it_can_and_sets_aside_the_rest(count: int, database_url: str) -> None:
    mutations = Mutations(20260307)
    async with watched(), running(database_url) as world:
        post = Post(world.platforms.slack, mutations)
        ways = (
            await _slack(world, mutations, post),
            await _discord(world, mutations),
            await _telegram(world, mutations),
        )
        for number in range(count // BATCH):
            for _ in range(BATCH // 3):
                for send in ways:
                    await send()
            await world.at_slack("anna").writes(f"good {number} on Slack", "#it-help")
            await world.at_discord("anna").writes(f"good {number} on Discord", "#support")
            await world.at_telegram("anna").writes(f"good {number} on Telegram", "dm")
            for platform in ("Slack", "Discord", "Telegram"):
                await _is_taken_in(world, f"good {number} on {platform}")
            await post.acknowledged()
            down = {name: why for name, (up, why) in world.app.health().items() if not up}
            assert not down, down
        assert await world.app.desk.look(_set_aside) > count // 20
        no_traceback(_bodies(world.platforms.all))


def _bodies(simulators: Sequence[Simulator]) -> list[str]:
    return [call.request["body"] for simulator in simulators for call in simulator.log]
