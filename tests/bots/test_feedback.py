"""What people type and press about surveys: whether they may be asked, and waves of NPS."""

import pytest

from bots import actions, cards
from bots.port import Filled, Press
from inbox.desk import access
from inbox.directory import AgentRef
from inbox.errors import BadInput, DeskError
from inbox.locale import LANGUAGES
from inbox.model import Place
from inbox.store import nps as stored
from inbox.store import surveys
from tests.bots.typed import typed
from tests.house import House, sample_directory
from tests.inbox.deeds import ask
from tests.inbox.test_nps import asked, crowd, questions, said


@pytest.fixture
def engine_name() -> str:
    return "sqlite"  # what differs between the engines is told elsewhere


async def says(house: House, who: str, words: str) -> str:
    answer = await typed(house, who, words)
    assert answer.card
    return f"{answer.card.title}\n{answer.card.text}".strip()


@pytest.mark.parametrize(("off", "on"), [("off", "on"), ("av", "på"), ("fra", "til"), ("OFF", "Ja")])
async def test_whoever_likes_may_say_that_they_are_asked_nothing(house: House, off: str, on: str) -> None:
    anna = house.ids["Anna"]
    assert "now and then" in await says(house, "Anna", "survey")
    assert "We ask you no more" in await says(house, "Anna", f"survey {off}")
    assert await house.desk.look(surveys.opted_out, anna)
    assert "We do not ask you" in await says(house, "Anna", "survey")
    assert "Thank you!" in await says(house, "Anna", f"survey {on}")
    assert not await house.desk.look(surveys.opted_out, anna)
    with pytest.raises(BadInput) as refused:
        await typed(house, "Anna", "survey perhaps")
    assert refused.value.key == "error.survey_word"


async def test_waves_are_the_admins(house: House) -> None:
    await ask(house)
    for who in ("Anna", "Omar", "Maja"):
        with pytest.raises(access.NotAdmin):
            await typed(house, who, "nps start")
    assert await house.desk.look(stored.waves, 1) == []
    house.desk.directory = sample_directory(admins=(AgentRef("acme", "user", "U-MAJA"),))
    assert "There was no wave yet" in await says(house, "Maja", "nps")
    assert "one person is asked" in await says(house, "Maja", "nps start")
    assert "NPS – · 0 of 0 answered (–) · still to be asked: 1" in await says(house, "Maja", "nps")
    with pytest.raises(BadInput) as refused:
        await typed(house, "Maja", "nps start")
    assert refused.value.key == "error.nps_runs"


@pytest.mark.parametrize("share", ["20%", "20 %", "0.2", "0,2"])
async def test_a_share_is_said_as_people_say_it(house: House, share: str) -> None:
    house.desk.directory = sample_directory(admins=(AgentRef("acme", "user", "U-MAJA"),))
    await crowd(house, 100)
    await typed(house, "Maja", f"nps start {share}")
    [wave] = await house.desk.look(stored.waves, 1)
    assert 8 <= wave.asked <= 35


@pytest.mark.parametrize("words", ["start 0", "start 150%", "start 20", "start many", "start -1", "stop", "begin 20%"])
async def test_what_is_no_share_is_refused_with_an_example(house: House, words: str) -> None:
    house.desk.directory = sample_directory(admins=(AgentRef("acme", "user", "U-MAJA"),))
    await ask(house)
    with pytest.raises(BadInput) as refused:
        await typed(house, "Maja", f"nps {words}")
    assert refused.value.key in ("error.nps_sample", "error.nps_word")
    assert await house.desk.look(stored.waves, 1) == []


async def test_a_tap_changes_the_question_itself_and_offers_a_word(house: House) -> None:
    question, where = await asked(house), Place("acme", "dm-U-ANNA")
    press = Press("acme/press/1", where, house.account("Anna"), f"nps:{question.id}:3", direct=True)
    answer = await house.desk.do(actions.press, "en", press)
    assert answer.card and answer.card.text == "Thank you for telling us!" and not answer.replace
    [thanks] = await said(house)
    assert (thanks.kind, thanks.say, thanks.facts["score"]) == ("rewrite", "nps.thanks", 3)
    labels = [[button.label for button in row] for row in cards.buttons(thanks.actions, "en")]
    assert labels == [["0", "1", "2", "3"], ["4", "5", "6", "7"], ["8", "9", "10"], ["Tell us why"]]
    assert (await house.desk.do(actions.press, "en", press)).card is None, "told again it is done already"
    filled = Filled("acme/form/1", where, house.account("Anna"), f"npscomment:{question.id}", {"words": "Slow"})
    await house.desk.do(actions.filled, "en", filled)
    after = (await questions(house))[house.ids["Anna"]]
    assert (after.score, after.comment) == (3, "Slow")


@pytest.mark.parametrize("action", ["nps:1", "nps:1:11", "nps:1:-1", "nps:1:x", "nps:999:5", "nps::", "nps:1:5:6"])
async def test_buttons_that_are_not_ours_change_nothing(house: House, action: str) -> None:
    await asked(house)
    before = await questions(house)
    press = Press("acme/press/1", Place("acme", "dm"), house.account("Anna"), action)
    with pytest.raises(DeskError) as refused:
        await house.desk.do(actions.press, "en", press)
    assert cards.refusal(refused.value, "en").text
    assert await questions(house) == before


@pytest.mark.parametrize("language", LANGUAGES)
def test_eleven_numbers_fit_every_platform(language: str) -> None:
    rows = cards.buttons([*(f"nps:1:{score}" for score in range(11)), "npscomment:1"], language)
    assert len(rows) <= 5 and all(len(row) <= 5 for row in rows)
    assert [b.label for row in rows[:-1] for b in row] == [str(score) for score in range(11)]
