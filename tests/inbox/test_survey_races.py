"""SC-08: a survey races with the reopening of its ticket: whichever comes first, nobody is asked about what is open."""

import asyncio

import pytest

from inbox.desk import alarms, lifecycle, surveys
from inbox.errors import WrongStatus
from tests.house import House
from tests.inbox.deeds import ask, ticket_of
from tests.inbox.postman import deliver
from tests.inbox.test_surveys import solve, survey_of

ROUNDS = 4


async def test_no_survey_for_a_ticket_that_is_being_reopened(house: House) -> None:
    for round_ in range(ROUNDS):
        number = await ask(house, f"Printer {round_} is on fire")
        planned = await solve(house, number)
        assert planned
        house.clock.advance(hours=1)
        deeds = [
            house.desk.do(alarms.handle, "survey", planned.id),
            house.desk.do(lifecycle.reopen, number, house.ids["Anna"]),
        ]
        await asyncio.gather(*(deeds if round_ % 2 else reversed(deeds)))
        assert (await ticket_of(house, number)).unresolved
        voided = await survey_of(house, number)
        assert voided and voided.state == "voided"
        said = [one for one in await house.desk.do(deliver) if one.say.startswith("survey.")]
        assert [one.say for one in said if one.kind == "notice"] == [], "not even if it was on its way"
        with pytest.raises(WrongStatus):
            await house.desk.do(surveys.rate, voided.id, house.ids["Anna"], 5)
        house.clock.advance(days=14)
        while await alarms.tick(house.desk):
            pass
        await house.desk.do(deliver)


async def test_a_tap_and_a_reopening_at_once_leave_either_an_answer_or_none(house: House) -> None:
    for round_ in range(ROUNDS):
        number = await ask(house, f"Printer {round_} is on fire")
        await solve(house, number)
        house.clock.advance(hours=1)
        while await alarms.tick(house.desk):
            pass
        await house.desk.do(deliver)
        asked = await survey_of(house, number)
        assert asked and asked.state == "asked"
        anna = house.ids["Anna"]
        deeds = [
            house.desk.do(surveys.rate, asked.id, anna, 4),
            house.desk.do(lifecycle.reopen, number, anna),
        ]
        await asyncio.gather(*(deeds if round_ % 2 else reversed(deeds)), return_exceptions=True)
        after = await survey_of(house, number)
        assert after and (after.state, after.score) in {("answered", 4), ("voided", None)}
        assert (await ticket_of(house, number)).unresolved
        house.clock.advance(days=14)
