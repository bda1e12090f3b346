"""People ask on one platform and are answered from another: all nine pairs, from the first message to the rating."""

import asyncio
from dataclasses import dataclass

import pytest

from bots.simulator.client import Client, Shown
from frontdesk import config
from inbox.directory import Desk
from inbox.store import Tx, surveys
from tests.world import World, quick, running

DESK_ROOMS = {"slack": "acme:#it-desk", "discord": "community:#desk", "telegram": "shop:-1002000000101"}
AGENTS = {
    "slack": '"members"',
    "discord": '["community:role:Support"]',
    "telegram": '["shop:700100003", "shop:700100004"]',
}
INTAKE = {"slack": "acme:#it-help", "discord": "community:#support", "telegram": "shop:dm"}
ASKS_IN = {"slack": "#it-help", "discord": "#support", "telegram": "dm"}


def desk_answered_from(platform: str) -> Desk:
    """Three queues, one for each platform where people ask, all answered from one platform's room."""
    head = """
        [desk]
        name = "Acme"
        language = "en"
        timezone = "Europe/Stockholm"
        [connections]
        acme = { platform = "slack" }
        community = { platform = "discord" }
        shop = { platform = "telegram" }
        [policies.standard]
        hours = "always"
        first_reply = { normal = "1h" }
        resolution = { normal = "8h" }
    """
    queues = [
        f"""
        [queues.from-{origin}]
        title = "From {origin}"
        policy = "standard"
        intake = ["{INTAKE[origin]}"]
        desk = "{DESK_ROOMS[platform]}"
        agents = {AGENTS[platform]}
        default = {str(origin == "slack").lower()}
        survey = {{ delay = "1s", by_day = false }}
        """
        for origin in INTAKE
    ]
    return quick(config.parse(head + "".join(queues), "desk.toml"))


@dataclass
class Pair:
    """One requester on one platform, and two agents on another."""

    origin: str
    requester: Client
    omar: Client
    lisa: Client
    desk_room: str

    @property
    def question(self) -> str:
        return f"My {self.origin} parcel never came"

    async def card(self) -> Shown:
        """The card in the desk room, or in the forum topic made for it."""

        def look() -> Shown | None:
            cards = [m for m in self.omar.sees(self.desk_room, by_bot=True) if m.buttons and self.question in m]
            return cards[-1] if cards else None

        found: Shown = await self.omar.until(look)
        return found

    def thread_of(self, card: Shown) -> str:
        return card.thread or card.id


@pytest.mark.parametrize("answered_from", list(DESK_ROOMS))
async def test_asked_anywhere_answered_from(answered_from: str, database_url: str) -> None:
    async with running(database_url, desk_answered_from(answered_from)) as world:
        clients = {"slack": world.at_slack, "discord": world.at_discord, "telegram": world.at_telegram}
        at_desk = clients[answered_from]
        room = {"slack": "#it-desk", "discord": "#desk", "telegram": "Desk"}[answered_from]
        if answered_from == "telegram":
            for agent in ("Omar", "Lisa"):  # a bot may only write to who pressed start
                await world.platforms.telegram.do("start", who=agent)
        who = {"slack": "Anna", "discord": "Erik", "telegram": "Erik"}
        pairs = [
            Pair(origin, clients[origin](who[origin]), at_desk("Omar"), at_desk("Lisa"), room) for origin in ASKS_IN
        ]
        await asyncio.gather(*(tell(world, pair) for pair in pairs))


async def tell(world: World, pair: Pair) -> None:
    room = ASKS_IN[pair.origin]
    await pair.requester.writes(pair.question, room)
    await pair.requester.reads(f"From {pair.origin}")  # the receipt names who will answer
    card = await pair.card()

    # both press at once: one holds it, the other is told who, for their eyes only where the platform can
    await asyncio.gather(pair.omar.presses(card, "Claim"), pair.lisa.presses(card, "Claim"))
    holder, other = await winner(pair)
    thread = pair.thread_of(card)

    await other.writes("between us: that shop again", pair.desk_room, thread=thread)
    await holder.writes(f"It is at the {pair.origin} kiosk", pair.desk_room, thread=thread)
    answer = await pair.requester.reads(f"It is at the {pair.origin} kiosk")
    assert holder.who in answer
    await pair.omar.until(lambda: marked(pair, f"It is at the {pair.origin} kiosk"))

    where = {"thread": answer.thread} if answer.thread else {}
    await pair.requester.writes("Which kiosk?", room, **where)
    await pair.omar.reads("Which kiosk?", pair.desk_room, thread=thread)

    await resolves(pair, holder, card, thread)
    question = await asked(pair)
    pressed = await pair.requester.presses(question, question.buttons[3])
    assert pressed["ok"]
    number = int(card.words.split("#", 1)[1].split()[0])
    await pair.requester.until(lambda: True)
    assert await score(world, number) == 4
    assert not any("between us" in m for m in pair.requester.sees())


async def resolves(pair: Pair, holder: Client, card: Shown, thread: str) -> None:
    """In the ticket's thread without its number; Slack's commands know no thread, so there the number is said."""
    if holder.simulator.platform == "slack":
        number = card.words.split("#", 1)[1].split()[0]
        await holder.types(f"/ticket resolve {number}", pair.desk_room)
    else:
        await holder.types("/ticket resolve", pair.desk_room, thread=thread)


async def winner(pair: Pair) -> tuple[Client, Client]:
    def look() -> tuple[Client, Client] | None:
        now = next((m for m in pair.omar.sees(pair.desk_room) if m.buttons and pair.question in m), None)
        both = ((pair.omar, pair.lisa), (pair.lisa, pair.omar))
        return next((b for b in both if now and b[0].who in now.words), None)

    found: tuple[Client, Client] = await pair.omar.until(look)
    return found


def marked(pair: Pair, words: str) -> bool:
    return any({"✅", "👌"} & set(m.reactions) for m in pair.omar.sees(pair.desk_room) if words in m)


async def asked(pair: Pair) -> Shown:
    def look() -> Shown | None:
        return next((m for m in reversed(pair.requester.sees(by_bot=True)) if len(m.buttons) == 5), None)

    found: Shown = await pair.requester.until(look)
    return found


async def score(world: World, number: int) -> int | None:
    def rated(tx: Tx) -> int | None:
        return surveys.of_ticket(tx, number)[-1].score

    async with asyncio.timeout(10):
        while (found := await world.app.desk.look(rated)) is None:
            await next_commit(world)
    return found


async def next_commit(world: World) -> None:
    news = asyncio.Event()
    end = world.app.desk.subscribe(lambda _: news.set())
    try:
        async with asyncio.timeout(1):
            await news.wait()
    except TimeoutError:
        pass
    finally:
        end()
