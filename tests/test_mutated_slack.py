"""Whatever Slack could send, in whatever shape: it is acknowledged, and the next words are heard."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from bots.port import Button, Card
from bots.simulator.slack import SlackSimulator
from inbox.model import Place
from tests.bots.slack.rig import ANNA, IT_DESK, IT_HELP, Door
from tests.mutated_samples import SlackPayloads
from tests.mutations import SOON, Ear, Mutations, no_traceback, sizes, watched

BATCH = 50
IDS = r"[A-Za-z0-9_-]{1,64}|[0-9]{1,10}\.[0-9]{1,9}"
SOURCES = ("described", "simulated")
CARD = Card(title="#42 Printer", buttons=((Button("Claim", "claim:42"), Button("Reply", "replyform:42")),))
Json = dict[str, Any]
Make = Callable[[], tuple[str, Json]]


@asynccontextmanager
async def listening(*, http: bool = False) -> AsyncIterator[tuple[Door, Ear]]:
    """The real door between a simulated Slack and the ear."""
    ear = Ear(IDS)
    door = Door(http=http)
    door.notes, door.strange = ear, True  # type: ignore[assignment]
    async with watched(), door:
        yield door, ear
    assert not ear.wrong, ear.wrong
    no_traceback(call.request["body"] for call in door.sim.log)


async def _simulated(door: Door, mutations: Mutations) -> Make:
    """Payloads as the simulator sends them, of all that people do."""
    do = door.sim.do
    shot = {"name": "shot.png", "bytes": b"\x89PNG", "type": "image/png"}
    root = await door.says("anna", "*My* screen is <@Omar> _black_ `x`", files=[shot])
    await door.says("anna", "It is on fire", thread=root)
    await do("edit", who="anna", room="#it-help", message=root, text="My screen")
    await do("react", who="omar", room="#it-help", message=root, emoji="ticket")
    await do("delete", who="anna", room="#it-help", message=await door.says("anna", "nothing"))
    card = await door.platform.send(Place("acme", IT_DESK), CARD, "fd-1")
    for label in ("Claim", "Reply"):
        await do("press", who="omar", room="#it-desk", message=card.message_id, label=label)
    await do("submit", who="omar", values={"words": "Try again"})
    await do("command", who="anna", room="#it-help", text="/ticket My screen")
    await door.settle()
    kinds = ("events_api", "interactive", "slash_commands")
    noted = list(zip((one.kind for one in door.sim.deliveries), door.sim.emitted, strict=True))
    seen = {kind: [payload for its, payload in noted if its == kind] for kind in kinds}
    assert all(seen.values())

    def make() -> tuple[str, Json]:
        kind = mutations.random.choice(("events_api", "events_api", "interactive", "slash_commands"))
        return kind, mutations.random.choice(seen[kind])

    return make


async def _maker(source: str, door: Door, mutations: Mutations) -> Make:
    return SlackPayloads(mutations.random).payload if source == "described" else await _simulated(door, mutations)


class Post:
    """Slack's end of the sockets: envelopes with names of their own, and which of them were acknowledged."""

    def __init__(self, sim: SlackSimulator, mutations: Mutations) -> None:
        self._sim, self._mutations = sim, mutations
        self._open: dict[str, Any] = {}
        self._number = 0

    async def send(self, kind: str, payload: Json) -> None:
        """A spoilt payload in a good envelope; now and then the envelope is spoilt too, or no JSON at all."""
        chance = self._mutations.random.random()
        if chance < 0.1:
            await self._frame(self._mutations.frame(self._envelope(kind, payload)))
        elif chance < 0.2:
            await self._told(self._mutations.of(self._envelope(kind, payload)))
        else:
            await self._told(self._envelope(kind, self._mutations.of(payload)))

    def _envelope(self, kind: str, payload: Any) -> Json:
        self._number += 1
        again = {"retry_attempt": int(self._number % 7 == 0), "retry_reason": ""} if kind == "events_api" else {}
        made = {"envelope_id": f"made-{self._number}", "type": kind, "accepts_response_payload": True}
        return {**made, **again, "payload": payload}

    async def _told(self, envelope: Any) -> None:
        name = envelope.get("envelope_id") if isinstance(envelope, dict) else None
        if name and isinstance(name, str):
            self._open[name] = envelope
        await self._frame(json.dumps(envelope))

    async def _frame(self, frame: str) -> None:
        await self._sim.world.any_of(self._sim.courier.links).ws.send_str(frame)

    async def acknowledged(self) -> None:
        """Until all were that have a name. Raises AssertionError where one is not soon."""
        try:
            await self._sim.until(lambda: not self._left(), SOON)
        except TimeoutError:
            raise AssertionError(f"never acknowledged: {list(self._left().values())!r:.3000}") from None

    def _left(self) -> dict[str, Any]:
        strays = self._sim.courier.strays
        while strays:
            said = json.loads(strays.popleft())
            self._open.pop(str(said.get("envelope_id")), None)
        return self._open


@pytest.mark.parametrize("source", SOURCES)
@sizes(700)
async def test_after_any_envelopes_the_next_words_are_heard(count: int, source: str) -> None:
    """IN-09."""
    mutations = Mutations(20260305)
    async with listening() as (door, ear):
        make, post = await _maker(source, door, mutations), Post(door.sim, mutations)
        for number in range(1, count + 1):
            await post.send(*make())
            if number % BATCH == 0 or number == count:
                await door.says("anna", f"good {number}")
                await ear.hears(f"good {number}")
                await post.acknowledged()
                await door.until(lambda: door.platform.health().ok)
        assert len(ear.aside) > count // 10


@pytest.mark.parametrize("source", SOURCES)
@sizes(200)
async def test_after_any_posts_the_next_words_are_heard(count: int, source: str) -> None:
    mutations = Mutations(20260306)
    async with listening(http=True) as (door, ear):
        make, post = await _maker(source, door, mutations), door.sim.courier.webhook.post
        for number in range(count // BATCH):
            bodies = [_body(mutations, *make()) for _ in range(BATCH)]
            acks = await asyncio.gather(*(post(kind, body) for kind, body in bodies))
            refused = [body for body, ack in zip(bodies, acks, strict=True) if not ack.ok]
            assert not refused, refused
            await door.says("anna", f"good {number}")
            await ear.hears(f"good {number}")
            await door.until(lambda: door.platform.health().ok)
        assert len(ear.aside) > count // 10


def _body(mutations: Mutations, kind: str, payload: Json) -> tuple[str, Any]:
    """A payload's kind, and the payload as it can stand in a post; a tenth of them are hardly JSON."""
    if mutations.random.random() < 0.1:
        return "events_api", mutations.frame(payload)
    spoilt = mutations.of(payload)
    if kind != "slash_commands":
        return kind, spoilt if isinstance(spoilt, dict) else json.dumps(spoilt)
    fields = spoilt if isinstance(spoilt, dict) else {"payload": spoilt}  # a form knows texts only
    return kind, {str(key): str(value).encode(errors="replace") for key, value in fields.items() if str(key).isascii()}


# What was found so

HELLO = {"type": "message", "channel": IT_HELP, "user": ANNA, "ts": "1800000000.000001", "text": "Hello"}


@pytest.mark.parametrize("wrong", [{"id": 1}, ["C1"], 7, True, "x" * 100_000, "a b", "C1/../C2"])
async def test_words_of_nobody_or_from_nowhere_are_set_aside(wrong: Any) -> None:
    async with listening() as (door, ear):
        for number, key in enumerate(("channel", "user", "ts", "thread_ts")):
            event = {**HELLO, key: wrong}
            await door.sim.do("poison", payload={"type": "event_callback", "event_id": f"Ev{number}", "event": event})
        pressed = {"type": "block_actions", "user": {"id": wrong}, "trigger_id": "1", "actions": [{"action_id": "x"}]}
        assert (await door.sim.courier.ask("interactive", pressed, accepts=False)).ok
        await door.says("anna", "good")
        await ear.hears("good")
        await door.settle()
        assert (len(ear.aside), ear.told["said"], ear.told["pressed"]) == (5, 1, 0)
