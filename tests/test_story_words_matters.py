"""Whose words are they, and of which matter? Third people, announcements, thanks, a thumb that answers, and direct
messages that could mean several things; on each platform as people use it."""

import asyncio
from dataclasses import dataclass

from bots.simulator.client import Client, Shown
from frontdesk import config
from inbox.directory import Desk
from inbox.store import Tx, tickets
from tests.inbox.deeds import one_engine
from tests.world import World, quick, running

HEAD = """
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
"""


def rooms_of_their_own() -> Desk:
    """On each platform a room where people ask, answered from a room there."""
    queues = [
        ("it", "acme:#it-help", "acme:#it-desk", '"members"'),
        ("community", "community:#support", "community:#desk", '["community:role:Support"]'),
        ("orders", "shop:-4000001", "shop:-1002000000101", '["shop:700100003", "shop:700100004"]'),
    ]
    text = "".join(
        f"""
        [queues.{key}]
        title = "{key}"
        policy = "standard"
        intake = ["{intake}"]
        desk = "{desk}"
        agents = {agents}
        default = {str(key == "it").lower()}
        survey = false
        """
        for key, intake, desk, agents in queues
    )
    return quick(config.parse(HEAD + text, "desk.toml"))


@dataclass
class Room:
    """A platform's room where people ask, and the agents' room; `asks`, `other` and Omar at their clients."""

    asks: Client
    other: Client
    omar: Client
    room: str
    desk: str

    async def card(self, words: str) -> Shown:
        def look() -> Shown | None:
            found = (m for m in self.omar.sees(self.desk, by_bot=True) if m.buttons or "Resolved" in m)
            return next((m for m in found if "My lamp" in m and words in m), None)

        found: Shown = await self.omar.until(look)
        return found

    def inside(self, below: Shown) -> dict[str, str]:
        """How to write under that message of the bot, in the platform's own way."""
        return {"thread": below.thread} if below.thread else {"reply_to": below.id}

    async def orders(self, verb: str, card: Shown) -> None:
        """Omar gives a command about the ticket, in its thread where commands may stand there."""
        if self.omar.simulator.platform == "slack":
            number = card.words.split("#", 1)[1].split()[0]
            await self.omar.types(f"/ticket {verb} {number}", self.desk)
        else:
            await self.omar.types(f"/ticket {verb}", self.desk, thread=card.thread or card.id)


@one_engine
async def test_whose_words_count_in_a_room_that_many_read(database_url: str) -> None:
    async with running(database_url, rooms_of_their_own()) as world:
        await world.platforms.telegram.do("join", who="Omar", room="Support")
        rooms = [
            Room(world.at_slack("Anna"), world.at_slack("Erik"), world.at_slack("Omar"), "#it-help", "#it-desk"),
            Room(world.at_discord("Erik"), world.at_discord("Anna"), world.at_discord("Omar"), "#support", "#desk"),
            Room(world.at_telegram("Erik"), world.at_telegram("Anna"), world.at_telegram("Omar"), "Support", "Desk"),
        ]
        await asyncio.gather(*(a_life_among_others(world, room) for room in rooms))
        assert await world.app.desk.look(numbers) == [1, 2, 3], "what Omar announced is nobody's question"


def numbers(tx: Tx) -> list[int]:
    return [number for number in range(1, 9) if tickets.get(tx, number)]


async def a_life_among_others(world: World, room: Room) -> None:
    await room.omar.writes("Maintenance at 17, all lamps will be dark", room.room)
    await room.asks.writes("My lamp is dark", room.room)
    receipt = await room.asks.reads("#", room.room)
    card = await room.card("nobody yet")
    await world.settled()
    thread = card.thread or card.id

    # somebody else: shown as such
    await room.other.writes("Mine is bright", room.room, **room.inside(receipt))
    shown = await room.omar.reads("Mine is bright", room.desk, thread=thread)
    assert f"{room.other.who} (taking part)" in shown

    # a thumb answers a question on a matter that is open
    await room.omar.presses(card, "Claim")
    await room.card("Omar")
    await room.omar.writes("Shall I change it?", room.desk, thread=thread)
    answer = await room.asks.reads("Shall I change it?", room.room)
    await room.orders("pending", card)
    await room.card("Awaiting reply")
    await room.other.writes("I would!", room.room, **room.inside(answer))
    await room.omar.reads("I would!", room.desk, thread=thread)
    await world.settled()
    await room.card("Awaiting reply")
    await room.asks.writes("👍", room.room, **room.inside(answer))
    await room.card("Open")

    # what others say of a solved matter, and thanks, open it no more; its requester's words do
    await room.orders("resolve", card)
    await room.card("Resolved")
    await room.other.writes("Mine is dark now", room.room, **room.inside(answer))
    await room.asks.writes("Tack!", room.room, **room.inside(answer))
    for words in ("Mine is dark now", "Tack!"):
        await room.omar.reads(words, room.desk, thread=thread)
    await world.settled()
    await room.card("Resolved")
    await room.asks.writes("It is dark again", room.room, **room.inside(answer))
    await room.card("Open")


@one_engine
async def test_words_for_payroll_are_shown_to_nobody_before_their_author_chose(database_url: str) -> None:
    """In the direct messages that IT serves too."""
    async with running(database_url) as world:
        anna, omar = world.at_slack("Anna"), world.at_slack("Omar")
        await anna.writes("My salary is wrong", "dm")
        question = await reading(anna, "IT support")
        await world.settled()
        assert {"IT support", "Payroll"} <= set(question.buttons) and not cards(omar)
        await anna.presses(question, "Payroll")
        await omar.until(lambda: cards(omar))
        (card,) = cards(omar)
        assert omar.room_id("#payroll-desk") == card.room and "salary" not in card
        await anna.writes("And so is my bonus", "dm")
        again = await reading(anna, "New: Payroll")
        await world.settled()
        assert not any("bonus" in m for m in omar.sees()), "one matter in payroll does not make all of them"
        await anna.presses(again, next(label for label in again.buttons if label.startswith("Same matter: #1")))
        assert card.room == (await omar.reads("And so is my bonus")).room
        told = [m for m in omar.sees() if "salary" in m or "bonus" in m]
        assert told and all((m.room, m.thread) == (card.room, card.id) for m in told)


@one_engine
async def test_of_two_matters_in_one_talk_the_person_says_which(database_url: str) -> None:
    async with running(database_url) as world:
        await asyncio.gather(
            two_matters(world.at_telegram("Anna"), world.at_slack("Omar")),
            two_matters(world.at_discord("Anna"), world.at_slack("Lisa")),
        )


async def two_matters(asks: Client, agent: Client) -> None:
    name = asks.simulator.platform
    await asks.writes(f"My {name} parcel never came", "dm")
    await agent.reads(f"My {name} parcel never came", "#customer-desk")
    await asks.reads("#", "dm")
    await asks.types(f"/ticket My {name} bill is wrong", "dm")
    await agent.reads(f"My {name} bill is wrong", "#customer-desk")
    await asks.writes(f"It is about {name}", "dm")
    question = await reading(asks, "New: Customer care")
    same = [label for label in question.buttons if label.startswith("Same matter: #")]
    assert len(same) == 2 and not any(f"It is about {name}" in m for m in agent.sees())
    await asks.presses(question, next(label for label in same if "bill" in label))
    shown = await agent.reads(f"It is about {name}", "#customer-desk")
    talk = agent.sees("#customer-desk", thread=shown.thread)
    assert any("bill" in m for m in talk) and not any("parcel" in m for m in talk)
    await asks.writes(f"Do you sell {name} lamps?", "dm")
    await asks.until(lambda: offers(asks, "New: Customer care") and offers(asks, "New: Customer care")[-1] != question)
    await asks.presses(offers(asks, "New: Customer care")[-1], "New: Customer care")
    new = await agent.reads(f"Do you sell {name} lamps?", "#customer-desk")
    assert new.thread != shown.thread


async def reading(client: Client, label: str) -> Shown:
    found: list[Shown] = await client.until(lambda: offers(client, label))
    return found[-1]


def offers(client: Client, label: str) -> list[Shown]:
    return [m for m in client.sees("dm", by_bot=True) if label in m.buttons]


def cards(agent: Client) -> list[Shown]:
    return [m for m in agent.sees(by_bot=True) if "Claim" in m.buttons]
