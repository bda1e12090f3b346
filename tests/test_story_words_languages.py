"""A Swedish requester, an English desk: through the whole life of a ticket each reads their own language."""

import asyncio
from functools import cache

from bots.simulator.client import Client, Shown
from inbox.locale import SLOT, catalogue
from tests.inbox.deeds import one_engine
from tests.test_story_any_to_any import ASKS_IN, Pair, asked, desk_answered_from
from tests.world import World, running

LONG = 12  # letters: shorter stretches are alike in many languages


@cache
def sentences(language: str) -> dict[str, str]:
    """Stretch → key: of each of the catalogue's sentences the longest part without facts, if only this language has
    it."""
    other = str(list(catalogue({"en": "sv", "sv": "en"}[language]).values()))
    found = {}
    for key, text in catalogue(language).items():
        for form in text.values() if isinstance(text, dict) else (text,):
            stretch = max(SLOT.split(form)[::2], key=len).strip()
            if len(stretch) >= LONG and stretch not in other:
                found[stretch] = key
    return found


def spoken(language: str, text: str) -> set[str]:
    """The keys of that language's sentences in a text."""
    return {key for stretch, key in sentences(language).items() if stretch in text}


def labels(language: str) -> set[str]:
    """What stands on buttons in that language alone."""
    other = {"en": "sv", "sv": "en"}[language]
    mine, theirs = catalogue(language), catalogue(other)
    return {str(mine[key]) for key in mine if key.startswith("button.") and mine[key] != theirs[key]}


@one_engine
async def test_each_reads_their_own_language(database_url: str) -> None:
    async with running(database_url, desk_answered_from("slack")) as world:
        world.platforms.slack.world.person("Anna").language = "sv-SE"
        erik = world.at_discord("Erik")
        await erik.types("/language sv", "#support")  # Discord tells of it only when somebody presses or types
        asks = {"slack": world.at_slack("Anna"), "discord": erik, "telegram": world.at_telegram("Erik")}
        pairs = [Pair(o, asks[o], world.at_slack("Omar"), world.at_slack("Lisa"), "#it-desk") for o in ASKS_IN]
        await asyncio.gather(*(a_life(world, pair) for pair in pairs))
        for pair in pairs:
            seen = pair.requester.sees(by_bot=True)
            assert not {key for m in seen for key in spoken("en", m.words)}, pair.origin
            assert not {label for m in seen for label in m.buttons} & labels("en"), pair.origin
        desk = world.at_slack("Omar").sees("#it-desk", by_bot=True)
        assert not {key for m in desk for key in spoken("sv", m.words)}


async def a_life(world: World, pair: Pair) -> None:
    room, heard = ASKS_IN[pair.origin], set[str]()
    me = pair.requester
    await me.writes(pair.question, room)
    receipt = await me.reads("#", room)
    card = await pair.card()
    number = card.words.split("#", 1)[1].split()[0]
    where = {"thread": receipt.thread} if receipt.thread else {"reply_to": receipt.id}
    for command in ("status", "claim 99", "link", "link ABCD-EFGH", "unlink"):
        heard |= await answer_to(me, f"/ticket {command}", room)
    await pair.omar.presses(card, "Claim")
    await pair.omar.until(lambda: any(m.id == card.id and "Omar" in m for m in pair.omar.sees("#it-desk")))
    await pair.omar.writes("It is at the kiosk", pair.desk_room, thread=card.id)
    await me.reads("It is at the kiosk", room)
    await pair.omar.types(f"/ticket resolve {number}", pair.desk_room)
    survey = await asked(pair)
    await me.presses(survey, survey.buttons[1])
    await world.settled()
    await me.writes("It is not there", room, **where)
    await pair.omar.reads("It is not there", "#it-desk", thread=card.id)
    await world.settled()
    heard |= {key for m in me.sees(by_bot=True) for key in spoken("sv", m.words)}
    assert len(heard) >= 5, (pair.origin, heard)


async def answer_to(client: Client, command: str, room: str) -> set[str]:
    """The Swedish sentences that answer a command; no English one does."""
    before = {m.id for m in client.sees(by_bot=True)}
    await client.types(command, room)

    def fresh() -> list[Shown]:
        return [m for m in client.sees(by_bot=True) if m.id not in before and "is thinking" not in m]

    words = "\n".join(m.words for m in await client.until(fresh))
    assert not spoken("en", words), (client.simulator.platform, command, words)
    return spoken("sv", words)
