"""A low rating that stands is followed up in the queue; one that was a slip, or was settled otherwise, is not."""

from dataclasses import replace

import pytest

from inbox.desk import alarms, claims, lifecycle, replies, surveys
from inbox.model import Ticket
from inbox.store import Tx, messages, people, tickets
from inbox.store.surveys import Survey
from tests.house import House, sample_directory
from tests.inbox.deeds import ask, one_engine, ticket_of, told
from tests.inbox.postman import Letter, deliver
from tests.inbox.test_surveys import asked, survey_of


async def beats(house: House, **later: float) -> list[Letter]:
    house.clock.advance(**later)
    while await alarms.tick(house.desk):
        pass
    return await house.desk.do(deliver)


async def follow_up(house: House, survey: Survey) -> Ticket | None:
    number = await house.desk.look(tickets.follow_up, survey.ticket)
    return None if number is None else await ticket_of(house, number)


async def rated_low(house: House) -> tuple[Survey, Ticket]:
    """Anna was not content, and her rating stood for ten minutes."""
    survey = await asked(house)
    await house.desk.do(surveys.rate, survey.id, house.ids["Anna"], 1)
    await beats(house, seconds=600)
    found = await follow_up(house, survey)
    assert found
    return survey, found


async def test_a_low_rating_that_stands_is_a_ticket_in_the_queue_and_its_requester_knows(house: House) -> None:
    survey = await asked(house)
    await house.desk.do(surveys.rate, survey.id, house.ids["Anna"], 2)
    await house.desk.do(surveys.comment, survey.id, house.ids["Anna"], "It still burns")
    assert await follow_up(house, survey) is None, "people press the wrong end"
    letters = await beats(house, seconds=600)
    made = await follow_up(house, survey)
    assert made and (made.status, made.queue, made.requester_id) == ("new", "it", house.ids["Anna"])
    assert made.subject == f"Follow-up on #{survey.ticket}: Printer is on fire"
    [receipt] = [one for one in letters if one.say == "amends.told"]
    assert (receipt.kind, receipt.to, receipt.facts["before"]) == ("direct", "U-ANNA", survey.ticket)
    assert [one.kind for one in letters if one.to == "desk"].count("card") >= 1
    [note] = await house.desk.look(words, made.number)
    assert "2/5" in note and "It still burns" in note
    assert (await ticket_of(house, survey.ticket)).status == "resolved", "a rating alone reopens nothing"
    # an answer reaches her, and nobody asks her how that was
    await house.desk.do(claims.claim, made.number, house.ids["Lisa"])
    await house.desk.do(replies.reply, made.number, house.ids["Lisa"], "What went wrong?")
    [answer] = [one for one in await beats(house, seconds=5) if one.kind == "message" and one.to == "home"]
    assert answer
    await house.desk.do(lifecycle.resolve, made.number, house.ids["Lisa"])
    skipped = await survey_of(house, made.number)
    assert skipped and skipped.reason == "agent_opened"


def words(tx: Tx, number: int) -> list[str]:
    return [one.text for one in messages.of_ticket(tx, number, 10)]


@one_engine
async def test_who_pressed_the_wrong_end_is_not_followed_up(house: House) -> None:
    survey, anna = await asked(house), house.ids["Anna"]
    await house.desk.do(surveys.rate, survey.id, anna, 1)
    house.clock.advance(300)
    await house.desk.do(surveys.rate, survey.id, anna, 5)
    await beats(house, hours=1)
    assert await follow_up(house, survey) is None
    await house.desk.do(surveys.rate, survey.id, anna, 2)
    await beats(house, seconds=599)
    assert await follow_up(house, survey) is None
    await beats(house, seconds=1)
    assert await follow_up(house, survey)


@one_engine
async def test_not_solved_needs_no_follow_up(house: House) -> None:
    survey, anna = await asked(house), house.ids["Anna"]
    await house.desk.do(surveys.rate, survey.id, anna, 1)
    await house.desk.do(lifecycle.reopen, survey.ticket, anna)
    await beats(house, hours=1)
    assert await follow_up(house, survey) is None


@one_engine
@pytest.mark.parametrize("what", ["reopened", "raised"])
async def test_one_that_nobody_touched_is_closed_when_it_is_settled_otherwise(house: House, what: str) -> None:
    survey, made = await rated_low(house)
    if what == "reopened":
        await house.desk.do(lifecycle.reopen, survey.ticket, house.ids["Omar"])
    else:
        await house.desk.do(surveys.rate, survey.id, house.ids["Anna"], 4)
    await beats(house)
    after = await ticket_of(house, made.number)
    assert (after.status, after.closed_as) == ("closed", "done")
    assert [event.actor for event in await told(house, made.number, "closed")] == [None]


@one_engine
async def test_one_that_somebody_has_taken_stays(house: House) -> None:
    survey, made = await rated_low(house)
    await house.desk.do(claims.claim, made.number, house.ids["Lisa"])
    await house.desk.do(surveys.rate, survey.id, house.ids["Anna"], 5)
    await beats(house, hours=1)
    assert (await ticket_of(house, made.number)).status == "open"


@one_engine
async def test_one_rating_has_one_follow_up_however_often_it_changes(house: House) -> None:
    survey, made = await rated_low(house)
    for score in (2, 5, 1, 4, 2):
        await house.desk.do(surveys.rate, survey.id, house.ids["Anna"], score)
        await beats(house, hours=1)
    again = await follow_up(house, survey)
    assert again and again.number == made.number


@one_engine
async def test_a_confidential_queues_follow_up_shows_no_comment(house: House) -> None:
    survey = await asked(house)
    queues = dict(house.desk.directory.desk.queues)
    queues["it"] = replace(queues["it"], private=True)
    house.desk.directory = sample_directory(queues=queues)
    await house.desk.do(surveys.rate, survey.id, house.ids["Anna"], 1)
    await house.desk.do(surveys.comment, survey.id, house.ids["Anna"], "My salary")
    await beats(house, seconds=600)
    made = await follow_up(house, survey)
    assert made and "salary" not in str(await house.desk.look(words, made.number))


@one_engine
async def test_who_cannot_be_written_to_is_not_followed_up(house: House) -> None:
    survey = await asked(house)
    await house.desk.do(surveys.rate, survey.id, house.ids["Anna"], 1)
    [account] = await house.desk.look(people.identities, house.ids["Anna"])
    await house.desk.do(lambda tx, now: people.set_unreachable(tx, account.id, "They left."))
    await beats(house, hours=1)
    assert await follow_up(house, survey) is None


@one_engine
async def test_new_words_in_the_room_are_a_new_matter_beside_the_follow_up(house: House) -> None:
    survey, made = await rated_low(house)
    number = await ask(house, "The lamp is dark")
    assert number not in (made.number, survey.ticket)
