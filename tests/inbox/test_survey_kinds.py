"""Thumbs and ease beside the five buttons, and people who want to be asked nothing."""

from dataclasses import replace

import pytest

from bots import cards
from inbox.desk import intake, lifecycle, linking, surveys
from inbox.directory import SurveySettings
from inbox.errors import BadInput
from inbox.locale import LANGUAGES, catalogue, say
from inbox.model import Place
from inbox.store.surveys import Survey
from sla.survey import SCALES, Kind
from tests.house import House, sample_directory
from tests.inbox.deeds import ask, ticket_of, told
from tests.inbox.postman import Letter, deliver
from tests.inbox.test_surveys import asked, beat_at, solve, survey_of

BUTTONS = {
    "csat": ("rate:{}:1", "rate:{}:2", "rate:{}:3", "rate:{}:4", "rate:{}:5"),
    "thumbs": ("thumb:{}:1", "thumb:{}:5"),
    "ces": tuple(f"ease:{{}}:{score}" for score in range(1, 8)),
}
kinds = pytest.mark.parametrize("kind", list(SCALES))


@pytest.fixture
def engine_name() -> str:
    return "sqlite"  # what differs between the engines is told elsewhere


def asks(house: House, kind: Kind) -> None:
    """From now on all queues ask this."""
    survey = SurveySettings(kind, 3600)
    queues = {key: replace(q, survey=survey) for key, q in house.desk.directory.desk.queues.items()}
    house.desk.directory = sample_directory(queues=queues)


async def question(house: House, kind: Kind) -> tuple[Survey, Letter]:
    """A solved ticket whose requester has this kind of question before them."""
    asks(house, kind)
    number = await ask(house)
    await solve(house, number)
    [letter] = await beat_at(house, hours=1)
    found = await survey_of(house, number)
    assert found and found.kind == kind
    return found, letter


@kinds
async def test_each_kind_has_its_words_and_buttons_and_is_reminded_with_them(house: House, kind: Kind) -> None:
    survey, letter = await question(house, kind)
    buttons = tuple(button.format(survey.id) for button in BUTTONS[kind])
    assert letter.actions == buttons
    [reminder] = await beat_at(house, hours=48)
    assert reminder.actions == buttons and reminder.say == letter.say.replace("ask", "remind")


@kinds
@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_asked_differs_by_kind_and_its_buttons_fit_every_platform(kind: Kind, language: str) -> None:
    row = cards.buttons([button.format(9) for button in (*BUTTONS[kind], "comment:{}")], language)
    assert all(len(one) <= 5 for one in row) and len(row) <= 5
    assert [b.action for b in row[-1]] == ["comment:9"], "nothing stands beside the numbers"
    labels = [b.label for one in row[:-1] for b in one]
    assert len(set(labels)) == len(labels) == len(BUTTONS[kind])
    key = "survey.ask" if kind == "csat" else f"survey.{kind}.ask"
    others = {"survey.ask", "survey.thumbs.ask", "survey.ces.ask"} - {key}
    assert catalogue(language)[key] not in {catalogue(language)[other] for other in others}


@kinds
async def test_only_the_kinds_own_scores_count(house: House, kind: Kind) -> None:
    survey, _ = await question(house, kind)
    for score in {-1, 0, 1, 2, 3, 6, 7, 8, 10**12} - set(SCALES[kind].scores):
        with pytest.raises(BadInput):
            await house.desk.do(surveys.rate, survey.id, house.ids["Anna"], score)
    with pytest.raises(BadInput):
        await house.desk.do(surveys.rate, survey.id, house.ids["Anna"], True)
    assert await survey_of(house, survey.ticket) == survey


@pytest.mark.parametrize(
    ("kind", "bad", "good", "worst", "best"),
    [("csat", 2, 3, "2/5", "3/5"), ("thumbs", 1, 5, "👎", "👍"), ("ces", 3, 4, "3/7", "4/7")],
)
async def test_the_leads_hear_of_low_ones_of_each_kind(
    house: House, kind: Kind, bad: int, good: int, worst: str, best: str
) -> None:
    survey, _ = await question(house, kind)
    anna = house.ids["Anna"]
    await house.desk.do(surveys.rate, survey.id, anna, good)
    assert not [one for one in await house.desk.do(deliver) if "rating" in one.facts]
    await house.desk.do(surveys.rate, survey.id, anna, bad)
    said = await house.desk.do(deliver)
    [low] = [one for one in said if one.say == "survey.low"]
    assert (low.to, low.facts["rated"]) == ("C-DESK", worst) and f"reopen:{survey.ticket}" in low.actions
    [thanks] = [one for one in said if one.say == "survey.thanks"]
    assert thanks.facts["rated"] == worst and thanks.actions[-1] == f"reopen:{survey.ticket}"
    assert worst in say("en", "survey.low", **low.facts)
    await house.desk.do(surveys.rate, survey.id, anna, good)
    [raised] = [one for one in await house.desk.do(deliver) if one.say == "survey.raised"]
    assert (raised.facts["before"], raised.facts["rated"]) == (worst, best)
    # a rating alone, whichever it is, reopens nothing; the button does
    assert (await ticket_of(house, survey.ticket)).status == "resolved"
    assert (await house.desk.do(lifecycle.reopen, survey.ticket, anna)).status == "open"


# Who wants to be asked nothing


async def test_who_opts_out_is_neither_asked_nor_reminded_until_they_opt_in_again(house: House) -> None:
    survey, anna = await asked(house), house.ids["Anna"]
    for _ in range(2):
        await house.desk.do(surveys.opt, anna, out=True)
    assert await beat_at(house, hours=48) == [], "no reminder"
    assert (await house.desk.do(surveys.rate, survey.id, anna, 4)).score == 4, "they may still answer"
    await beat_at(house, days=14)
    skipped = await solve(house, await ask(house, "The lamp is dark"))
    assert skipped and skipped.reason == "opted_out"
    await house.desk.do(surveys.opt, anna, out=False)
    planned = await solve(house, await ask(house, "The door squeaks"))
    assert planned and planned.state == "planned"


async def test_opting_out_between_the_plan_and_the_question_counts(house: House) -> None:
    number = await ask(house)
    await solve(house, number)
    await house.desk.do(surveys.opt, house.ids["Anna"], out=True)
    assert await beat_at(house, hours=1) == []
    [skipped] = await told(house, number, "survey_skipped")
    assert skipped.facts["reason"] == "opted_out"


async def test_one_account_that_opted_out_speaks_for_the_whole_person(house: House) -> None:
    """Anna said /survey off in Telegram; once her accounts are one person's, nobody asks her in Slack either."""
    await house.desk.do(surveys.opt, house.ids["Anna@shop"], out=True)
    code = await house.desk.do(linking.code, house.account("Anna"))
    await house.desk.do(linking.redeem, house.account("Anna", "shop"), code)
    skipped = await solve(house, await ask(house))
    assert skipped and skipped.reason == "opted_out"


async def test_asked_in_slack_a_person_is_not_asked_in_telegram_within_two_weeks(house: House) -> None:
    """The cooldown is a person's, over all their platforms and whatever kind of question it was."""
    survey = await asked(house)
    await house.desk.do(surveys.rate, survey.id, house.ids["Anna"], 5)
    asks(house, "ces")
    code = await house.desk.do(linking.code, house.account("Anna"))
    await house.desk.do(linking.redeem, house.account("Anna", "shop"), code)
    said = house.said("Anna", "My parcel smokes", "T-DM", connection="shop", direct=True)
    received = await house.desk.do(intake.receive, said)
    assert received.ticket is not None and said.place == Place("shop", "T-DM")
    skipped = await solve(house, received.ticket)
    assert skipped and (skipped.kind, skipped.reason) == ("ces", "cooldown")
