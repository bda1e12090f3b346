"""A Swedish or Danish requester, an English desk: through the whole life of a ticket each reads their own language."""

import asyncio
import html
from functools import cache

import pytest

from bots.simulator.client import Client, Shown
from inbox.locale import SLOT, catalogue, say
from tests.inbox.deeds import one_engine
from tests.test_story_any_to_any import ASKS_IN, Pair, asked, desk_answered_from
from tests.world import World, running

LONG = 12  # letters: shorter stretches are alike in many languages


@cache
def sentences(language: str, reader: str) -> dict[str, str]:
    """Stretch → key: of each of the catalogue's sentences the longest part without facts, if the reader's language does
    not have it."""
    other = str(list(catalogue(reader).values()))
    found = {}
    for key, text in catalogue(language).items():
        for form in text.values() if isinstance(text, dict) else (text,):
            stretch = max(SLOT.split(form)[::2], key=len).strip()
            if len(stretch) >= LONG and stretch not in other:
                found[stretch] = key
    return found


def spoken(language: str, text: str, reader: str) -> set[str]:
    """The keys of that language's sentences in a text, but for those that the reader's language has too."""
    return {key for stretch, key in sentences(language, reader).items() if stretch in text}


def labels(reader: str) -> set[str]:
    """What stands on English buttons, and on none in the reader's language."""
    mine, theirs = catalogue("en"), catalogue(reader)
    return {str(mine[key]) for key in mine if key.startswith("button.") and mine[key] != theirs[key]}


@one_engine
@pytest.mark.parametrize("language", ["sv", "da"])
async def test_each_reads_their_own_language(language: str, database_url: str) -> None:
    async with running(database_url, desk_answered_from("slack")) as world:
        world.platforms.slack.world.person("Anna").language = {"sv": "sv-SE", "da": "da-DK"}[language]
        world.platforms.telegram.world.person("Erik").language = language
        erik = world.at_discord("Erik")
        await erik.types(f"/language {language}", "#support")  # Discord tells of it only when somebody presses or types
        asks = {"slack": world.at_slack("Anna"), "discord": erik, "telegram": world.at_telegram("Erik")}
        pairs = [Pair(o, asks[o], world.at_slack("Omar"), world.at_slack("Lisa"), "#it-desk") for o in ASKS_IN]
        await asyncio.gather(*(a_life(world, pair, language) for pair in pairs))
        for pair in pairs:
            seen = pair.requester.sees(by_bot=True)
            assert not {key for m in seen for key in spoken("en", m.words, language)}, pair.origin
            assert not {label for m in seen for label in m.buttons} & labels(language), pair.origin
        desk = world.at_slack("Omar").sees("#it-desk", by_bot=True)
        assert not {key for m in desk for key in spoken(language, m.words, "en")}


async def a_life(world: World, pair: Pair, language: str) -> None:
    room, heard = ASKS_IN[pair.origin], set[str]()
    me = pair.requester
    await me.writes(pair.question, room)
    receipt = await me.reads("#", room)
    card = await pair.card()
    number = card.words.split("#", 1)[1].split()[0]
    where = {"thread": receipt.thread} if receipt.thread else {"reply_to": receipt.id}
    for command in ("status", "claim 99", "link", "link ABCD-EFGH", "unlink"):
        heard |= await answer_to(me, f"/ticket {command}", room, language)
    heard |= await their_own_page(me, language)
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
    heard |= {key for m in me.sees(by_bot=True) for key in spoken(language, m.words, "en")}
    assert len(heard) >= 5, (pair.origin, heard)


async def their_own_page(client: Client, language: str) -> set[str]:
    """What greets somebody who opens the bot's chat, and what stands on their own page where the platform has one."""
    if client.simulator.platform == "telegram":
        return await answer_to(client, "/start", "dm", language)
    if client.simulator.platform == "discord":
        return await answer_to(client, "/ticket", "#support", language)
    await client.simulator.do("open_home", who=client.who)
    page = await client.until(lambda: client.simulator.state(client.who)["home"])
    drawn = html.unescape(str(page))
    assert say(language, "card.own_title") in drawn and not spoken("en", drawn, language), drawn
    return spoken(language, drawn, "en")


async def answer_to(client: Client, command: str, room: str, language: str) -> set[str]:
    """The sentences in that language that answer a command; no English one does."""
    before = {m.id for m in client.sees(by_bot=True)}
    await client.types(command, room)

    def fresh() -> list[Shown]:
        return [m for m in client.sees(by_bot=True) if m.id not in before and "is thinking" not in m]

    words = "\n".join(m.words for m in await client.until(fresh))
    assert not spoken("en", words, language), (client.simulator.platform, command, words)
    return spoken(language, words, "en")
