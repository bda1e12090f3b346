"""How people are asked on each platform, over its real wire: thumbs, ease, and whether they would recommend us."""

import asyncio
from dataclasses import replace
from datetime import datetime

import pytest

from bots.simulator.client import Client, Shown
from inbox.desk import nps
from inbox.desk import surveys as asking
from inbox.directory import AgentRef, Desk, SurveySettings
from inbox.locale import say
from inbox.store import Tx, surveys
from inbox.store import nps as waves
from sla.survey import SCALES, Kind
from tests.test_story_any_to_any import ASKS_IN, Pair, desk_answered_from, next_commit, resolves
from tests.world import World, running

LANGUAGES = {"slack": "sv", "discord": "da", "telegram": "en"}  # what who asks there reads
VERBS = {"thumbs": "thumb", "ces": "ease"}
ELEVEN = tuple(map(str, range(11)))


def buttons(kind: Kind, language: str) -> tuple[str, ...]:
    return tuple(say(language, f"button.{VERBS[kind]}.{score}") for score in SCALES[kind].scores)


@pytest.fixture
def engine_name() -> str:
    return "sqlite"  # what differs between the engines is told elsewhere


def desk(kind: Kind) -> Desk:
    """All platforms, answered from Slack, where Maja is the admin; one kind of survey, at once."""
    made = desk_answered_from("slack")
    asks, maja = SurveySettings(kind, 0, by_day=False), (AgentRef("acme", "user", "U0MAJA00001"),)
    queues = {key: replace(queue, survey=asks, leads=maja) for key, queue in made.queues.items()}
    return replace(made, queues=queues, admins=maja)


async def everywhere(world: World) -> list[Pair]:
    """Anna and Erik on each platform, each with a language of their own, and agents in Slack."""
    world.platforms.slack.world.person("Anna").language = "sv-SE"
    world.platforms.telegram.world.person("Erik").language = "en"
    erik = world.at_discord("Erik")
    await erik.types("/language da", "#support")
    await erik.reads(say("da", "answer.language.set"))  # said before anything else is
    asking = {"slack": world.at_slack("Anna"), "discord": erik, "telegram": world.at_telegram("Erik")}
    return [Pair(o, asking[o], world.at_slack("Omar"), world.at_slack("Lisa"), "#it-desk") for o in ASKS_IN]


async def helped(pair: Pair) -> int:
    """Asked and answered; returns the ticket's number."""
    await pair.requester.writes(pair.question, ASKS_IN[pair.origin])
    card = await pair.card()
    await pair.omar.presses(card, "Claim")
    await pair.omar.until(lambda: any(m.id == card.id and "Omar" in m for m in pair.omar.sees("#it-desk")))
    await pair.omar.writes("It is at the kiosk", "#it-desk", thread=card.id)
    await pair.requester.reads("It is at the kiosk")
    await resolves(pair, pair.omar, card, card.id)
    return int(card.words.split("#", 1)[1].split()[0])


async def question(client: Client, buttons: tuple[str, ...]) -> Shown:
    def look() -> Shown | None:
        shown = [m for m in client.sees(by_bot=True) if m.buttons[: len(buttons)] == buttons]
        return shown[-1] if shown else None

    found: Shown = await client.until(look)
    return found


async def shows(client: Client, message: Shown, words: str) -> Shown:
    """The same message, once it says this."""

    def look() -> Shown | None:
        return next((m for m in client.sees(by_bot=True) if m.id == message.id and words in m), None)

    found: Shown = await client.until(look)
    return found


@pytest.mark.parametrize(
    ("kind", "slip", "meant", "low", "high"), [("thumbs", 0, 1, "👎", "👍"), ("ces", 2, 6, "3/7", "7/7")]
)
async def test_asked_by_thumbs_or_by_ease_on_each_platform(
    kind: Kind, slip: int, meant: int, low: str, high: str, database_url: str
) -> None:
    """Each presses the wrong end first; the leads hear of it, and read that it was meant otherwise."""
    async with running(database_url, desk(kind)) as world:

        async def tell(pair: Pair) -> None:
            number, me, language = await helped(pair), pair.requester, LANGUAGES[pair.origin]
            mine = buttons(kind, language)
            asked = await question(me, mine)
            assert say(language, f"survey.{kind}.ask", ticket=number, subject=pair.question) in asked
            assert (await me.presses(asked, mine[slip]))["ok"]
            thanks = await shows(me, asked, say(language, "survey.thanks", rated=low, ticket=number))
            more = say(language, "button.comment"), say(language, "button.reopen_home")
            assert thanks.buttons == (*mine, *more)
            told = await pair.omar.reads(f"{me.who} gave {low} for #{number}", "#it-desk")
            await me.presses(thanks, mine[meant])
            await shows(me, asked, say(language, "survey.thanks", rated=high, ticket=number))
            await shows(pair.omar, told, f"from {low} to {high}")
            if pair.origin == "slack":  # nobody answers a single message there
                await me.types("/ticket comment Quick and kind", ASKS_IN[pair.origin])
            else:
                await me.writes("Quick and kind", asked.room, reply_to=asked.id)
            await shows(me, asked, say(language, "survey.thanks_comment", rated=high, ticket=number))
            [kept] = await world.app.desk.look(surveys.of_ticket, number)
            assert (kept.kind, kept.rated, kept.comment, kept.state) == (kind, high, "Quick and kind", "answered")
            await world.app.desk.do(week_is_over, kept.id)
            closed = await shows(me, asked, say(language, "survey.kept", rated=high, ticket=number))
            assert closed.buttons == ()

        await asyncio.gather(*(tell(pair) for pair in await everywhere(world)))


def week_is_over(tx: Tx, now: datetime, survey_id: int) -> None:
    surveys.change(tx, survey_id, expires_at=now)
    asking.tick_survey(tx, now, survey_id)


async def test_asked_whether_they_would_recommend_us_where_they_last_talked(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(nps, "daytime", lambda at, zone: at)  # it is day wherever this is told
    made = desk("csat")
    queues = {key: replace(queue, survey=None) for key, queue in made.queues.items()}
    async with running(database_url, replace(made, queues=queues)) as world:
        pairs, maja = await everywhere(world), world.at_slack("Maja")
        await asyncio.gather(*(helped(pair) for pair in pairs))
        await maja.types("/nps start", "#it-desk")
        await maja.reads("3 people are asked")
        await pairs[0].omar.types("/nps start", "#it-desk")
        await pairs[0].omar.reads("Only the desk's admins can do that.")
        await asyncio.gather(*(recommends(pair, label) for pair, label in zip(pairs, ("10", "9", "6"), strict=True)))
        async with asyncio.timeout(10):
            while len(said := await world.app.desk.look(waves.comments, 1, 9)) < 3:
                await next_commit(world)
        assert sorted(said) == [(6, "Because"), (9, "Because"), (10, "Because")]
        [figures] = await world.app.desk.look(nps.results)
        assert (figures.answers, figures.promoters, figures.detractors) == (3, 2, 1)
        await maja.reads("would hardly recommend us (6 of 10)")
        await maja.types("/nps", "#it-desk")
        await maja.reads("NPS +33 · 3 of 3 answered (100%)")


async def recommends(pair: Pair, label: str) -> None:
    """Presses 0 and then what was meant, and says why."""
    me, language = pair.requester, LANGUAGES[pair.origin]
    asked = await question(me, ELEVEN)
    assert asked.room == me.room_id("dm") and say(language, "nps.ask", desk="Acme") in asked
    if pair.origin == "telegram":  # some type what they could press
        await me.writes("0", "dm", reply_to=asked.id)
    else:
        await me.presses(asked, "0")
    await me.presses(await shows(me, asked, say(language, "nps.thanks", score=0)), label)
    thanks, why = await shows(me, asked, say(language, "nps.thanks", score=label)), say(language, "button.npscomment")
    assert thanks.buttons == (*ELEVEN, why)
    if pair.origin == "telegram":  # no windows there
        await me.writes("Because", "dm", reply_to=asked.id)
    else:
        await me.presses(thanks, why)
        # a form opens before anything is looked up: Discord's is in the language of the person's client
        asks = "words" if pair.origin == "discord" else say(language, "form.npscomment.label")
        await me.simulator.do("submit", who=me.who, values={asks: "Because"})
    await shows(me, asked, say(language, "nps.thanks_comment", score=label))


async def test_who_says_survey_off_anywhere_is_not_asked(database_url: str) -> None:
    async with running(database_url, desk("csat")) as world:

        async def tell(pair: Pair) -> None:
            me, language = pair.requester, LANGUAGES[pair.origin]
            await me.types("/survey off", ASKS_IN[pair.origin])
            await me.reads(say(language, "answer.survey.off"))
            number, solved = await helped(pair), say(language, "button.reopen_home")
            await me.until(lambda: any(solved in m.buttons for m in me.sees(by_bot=True)))
            [skipped] = await world.app.desk.look(surveys.of_ticket, number)
            assert (skipped.state, skipped.reason) == ("skipped", "opted_out")

        await asyncio.gather(*(tell(pair) for pair in await everywhere(world)))
