"""Omar in Telegram and Lisa in Slack press *Claim* on the same ticket within a millisecond.

Both are agents of the order desk, whose cards stand in Telegram; Lisa lives in Slack, and looks at tickets from there.
"""

import asyncio
from dataclasses import dataclass
from urllib.parse import parse_qs

from bots.simulator.client import Client, Shown
from frontdesk import config
from inbox.desk.access import name
from inbox.store import Tx, events, tickets
from tests.world import World, running

DESK = config.parse(
    """
        [desk]
        name = "Acme"
        language = "en"
        timezone = "Europe/Stockholm"
        [connections]
        acme = { platform = "slack" }
        shop = { platform = "telegram" }
        [policies.quick]
        hours = "always"
        first_reply = { normal = "1h" }
        [queues.orders]
        title = "Orders"
        policy = "quick"
        intake = ["shop:dm", "acme:#it-help"]
        desk = "shop:-1002000000101"
        agents = ["shop:700100003", "acme:U0LISA00001"]
        default = true
        survey = false
    """,
    "desk.toml",
)


@dataclass
class Pressed:
    """An agent at their client: the button that they press, and what had been said to them before."""

    agent: Client
    shown: Shown
    before: int

    @property
    def told(self) -> list[Shown]:
        """What the bot said to them alone since."""
        return private(self.agent)[self.before :]


def private(agent: Client) -> list[Shown]:
    at_telegram = agent.simulator.platform == "telegram"
    return agent.sees("dm", by_bot=True) if at_telegram else [m for m in agent.sees() if m.private]


async def test_both_press_claim_within_a_millisecond(database_url: str) -> None:
    async with running(database_url, DESK) as world:
        await world.platforms.telegram.do("start", who="Omar")
        anna, erik = world.at_slack("Anna"), world.at_telegram("Erik")
        await anna.writes("My parcel never came", "#it-help")
        await race(world, 1, omar_first=True)
        await erik.writes("Mine came twice", "dm")
        await race(world, 2, omar_first=False)


async def race(world: World, number: int, *, omar_first: bool) -> None:
    """Both want the newest ticket, which nobody holds."""
    omar, lisa = world.at_telegram("Omar"), world.at_slack("Lisa")
    card = await card_of(omar, number, "nobody yet")
    looked = await lisa.types(f"/ticket show {number}", "#it-desk")
    theirs = next(m for m in lisa.sees() if m.id == looked["message"])
    await world.settled()
    both = [Pressed(omar, card, len(private(omar))), Pressed(lisa, theirs, len(private(lisa)))]
    around, edits = len(omar.sees("Desk")), edited(world, card)

    ordered = both if omar_first else both[::-1]
    toasts = await asyncio.gather(*(one.agent.presses(one.shown, "Claim") for one in ordered))
    await world.settled()

    held = await card_of(omar, number, "Held by: ")
    winner, loser = both if "Held by: Omar" in held else both[::-1]
    assert f"Held by: {winner.agent.who}" in held and "Claim" not in held.buttons
    assert held.id == card.id and edited(world, card) == edits + 1, "one card, edited once"
    assert len(omar.sees("Desk")) == around, "and nobody else reads of it"
    assert not [m for m in lisa.sees("#it-desk") if not m.private]

    # the winner hears that it is theirs, the loser who has it: each once, and nobody but they
    toast = next(one["text"] for one in toasts if "text" in one)  # what Telegram shows over the button
    lost = await loser.agent.until(lambda: loser.told)
    assert [m.words.split(" #")[0] for m in lost] == [f"{winner.agent.who} took"]
    assert lost[0].buttons == ("Follow", "Take over", "Note")
    if winner.agent.simulator.platform == "telegram":
        assert "is yours" in toast and not winner.told
    else:
        assert [m for m in winner.told if "is yours" in m] == winner.told != []
        assert toast == lost[0].words
    assert await world.app.desk.look(happened, number) == (winner.agent.who, ["claim_lost", "claimed"], 1)


async def card_of(agent: Client, number: int, words: str) -> Shown:
    """Waits for the one card of a ticket in the agents' forum to show these words."""

    def look() -> Shown | None:
        cards = [m for m in agent.sees("Desk", by_bot=True) if m.buttons and f"#{number} " in m]
        assert len(cards) < 2
        return next((shown for shown in cards if words in shown), None)

    found: Shown = await agent.until(look)
    return found


def edited(world: World, card: Shown) -> int:
    """How often the bot has edited a message so far."""
    calls = [call for call in world.platforms.telegram.log if call.call == "editMessageText"]
    return sum(parse_qs(call.request["body"])["message_id"] == [card.id] for call in calls)


def happened(tx: Tx, number: int) -> tuple[str, list[str], int]:
    """Who holds a ticket, what was noted of claims, and the fence."""
    ticket = tickets.get(tx, number)
    assert ticket
    kinds = sorted(e.kind for e in events.of_ticket(tx, number) if e.kind.startswith("claim"))
    return name(tx, ticket.assignee_id), kinds, ticket.fence
