"""From press to edited card: the whole program between people's fingers and the three simulated platforms.

The platforms take as much as comes, and ours sends as fast as it can: what is measured is our own part, and that of the
simulation. Fifty times a second somebody presses *Claim* on a card in Slack, in Discord or in Telegram, or *Release* on
one that is theirs, whether or not what was pressed before is done.
"""

import asyncio
import json
import time
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Coroutine, Iterable
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any, Literal
from urllib.parse import parse_qs

import structlog

from bots.simulator.client import Client, Shown
from bots.simulator.server import Call
from frontdesk import config
from tests.bench.figures import Figure, Goal, middle, nearly_worst
from tests.databases import Databases
from tests.world import World, quick, running

Platform = Literal["slack", "discord", "telegram"]
A_SECOND = 50
SOON = Goal("≤", 150)
IN_TIME = Goal("≤", 1000 / A_SECOND)  # beyond, one processor does not keep up
EACH = 25  # cards on each platform
PATIENCE_SECONDS = 60.0
ROOMS: dict[Platform, str] = {"slack": "#it-desk", "discord": "#desk", "telegram": "Desk"}
# which message a call edits
EDITS: dict[Platform, tuple[str, Callable[[Call], str]]] = {
    "slack": ("chat.update", lambda call: str(json.loads(call.request["body"])["ts"])),
    "discord": ("PATCH /channels/{channel_id}/messages/{message_id}", lambda call: call.request["path"].split("/")[-1]),
    "telegram": ("editMessageText", lambda call: parse_qs(call.request["body"])["message_id"][0]),
}
QUEUE = """
    [queues.{platform}]
    title = "Answered in {platform}"
    policy = "standard"
    intake = ["acme:#it-help"]
    desk = "{desk}"
    agents = {agents}
    keywords = ["{platform}"]
    default = {default}
"""
DESK = """
    [desk]
    name = "Acme"
    language = "en"
    timezone = "Europe/Stockholm"
    [connections]
    acme = {{ platform = "slack" }}
    community = {{ platform = "discord" }}
    shop = {{ platform = "telegram" }}
    [policies.standard]
    hours = "always"
    claim = {{ normal = "1h" }}
    first_reply = {{ normal = "1h" }}
    resolution = {{ normal = "8h" }}
    {queues}
"""


@dataclass(frozen=True, slots=True)
class Pressed:
    """A press on a card, at a time of the simulators' clock, in seconds."""

    platform: Platform
    card: str
    at: float


async def measure(databases: Databases, rounds: int) -> list[Figure]:
    """So many rounds, in which each card is claimed and released; a third of the cards is on each platform."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    desk = quick(config.parse(DESK.format(queues="".join(map(_queue, ROOMS))), "desk.toml"))
    desk = replace(desk, windows=replace(desk.windows, burst=0))  # each of Anna's questions is a matter of its own
    async with running(databases.copy(databases.empty), desk) as world:
        omars = {"slack": world.at_slack, "discord": world.at_discord, "telegram": world.at_telegram}
        clients: dict[Platform, Client] = {platform: omars[platform]("Omar") for platform in ROOMS}
        cards = {platform: await _asked(world, client, platform) for platform, client in clients.items()}
        pressed, processor = list[Pressed](), 0.0
        for label in ("Claim", "Release") * rounds:
            began = time.process_time()
            pressed += await _pressed(clients, cards, label)
            await world.settled()
            processor += time.process_time() - began
            await _edited(clients, cards, label)
        took = {name: _until_edited(client.simulator.log, name, pressed) for name, client in clients.items()}
    section = f"From press to edited card on {databases.engine}, {A_SECOND} presses a second"
    each = [Figure(section, name, middle(times), "ms", p95=nearly_worst(times)) for name, times in took.items()]
    every = list(chain(*took.values()))
    return [
        *each,
        Figure(section, "on all", middle(every), "ms", p95=nearly_worst(every), goal=SOON),
        Figure(section, "processor time of each", processor / len(pressed) * 1000, "ms", goal=IN_TIME),
    ]


def _queue(platform: Platform) -> str:
    desk, agents = {
        "slack": ("acme:#it-desk", '"members"'),
        "discord": ("community:#desk", '["community:role:Support"]'),
        "telegram": ("shop:-1002000000101", '["shop:700100003"]'),
    }[platform]
    return QUEUE.format(platform=platform, desk=desk, agents=agents, default=str(platform == "slack").lower())


async def _asked(world: World, omar: Client, platform: Platform) -> list[Shown]:
    """Anna asks, and each question has its card in the agents' room."""
    anna = world.at_slack("Anna")
    for number in range(EACH):
        await anna.writes(f"Question {number} about {platform}", "#it-help")

    def cards() -> list[Shown] | None:
        shown = [m for m in omar.sees(ROOMS[platform], by_bot=True) if m.buttons]
        return shown if len(shown) >= EACH else None

    found: list[Shown] = await omar.until(cards, PATIENCE_SECONDS)
    await world.settled()
    return found


async def _at_pace(deeds: Iterable[Coroutine[Any, Any, Any]]) -> None:
    """Begins so many a second, whether or not those before are done; returns when all are."""
    loop, tasks = asyncio.get_running_loop(), list[asyncio.Task[Any]]()
    began = loop.time()
    for index, deed in enumerate(deeds):
        await asyncio.sleep(max(0.0, began + index / A_SECOND - loop.time()))
        tasks.append(asyncio.create_task(deed))
    await asyncio.gather(*tasks)


async def _pressed(clients: dict[Platform, Client], cards: dict[Platform, list[Shown]], label: str) -> list[Pressed]:
    """That button on every card, the platforms in turn. Returns when all are answered."""
    pressed = list[Pressed]()

    async def press(platform: Platform, card: Shown) -> None:
        pressed.append(Pressed(platform, card.id, clients[platform].simulator.clock()))
        await clients[platform].presses(card, label)

    await _at_pace(press(name, shown[index]) for index in range(EACH) for name, shown in cards.items())
    return pressed


async def _edited(clients: dict[Platform, Client], cards: dict[Platform, list[Shown]], label: str) -> None:
    """Waits until no card has that button any more."""
    for platform, client in clients.items():
        ids = {card.id for card in cards[platform]}

        def done(client: Client = client, ids: set[str] = ids) -> bool:
            return not [m for m in client.sees(by_bot=True) if m.id in ids and label in m.buttons]

        await client.until(done, PATIENCE_SECONDS)


def _until_edited(log: Iterable[Call], platform: Platform, pressed: list[Pressed]) -> list[float]:
    """Milliseconds from each press there to the next edit of its card, which there must be."""
    edits, (name, edited) = defaultdict[str, list[float]](list), EDITS[platform]
    for call in log:
        if call.call == name and call.status == 200:
            edits[edited(call)].append(call.at)
    took = []
    for press in (one for one in pressed if one.platform == platform):
        after = bisect_left(edits[press.card], press.at)
        assert after < len(edits[press.card]), f"a card in {platform} was pressed and not edited"
        took.append((edits[press.card][after] - press.at) * 1000)
    return took
