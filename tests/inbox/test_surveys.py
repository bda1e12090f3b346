"""How people are asked how it went: when, who not, what becomes of their answers."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import update

from inbox.desk import alarms, delivery, lifecycle, replies, surveys, tags
from inbox.directory import SurveySettings
from inbox.errors import BadInput, DeskError, NotFound, WrongStatus
from inbox.store import Tx, tickets
from inbox.store import alarms as stored_alarms
from inbox.store import surveys as stored
from inbox.store.surveys import Survey
from inbox.store.tables import person, ticket
from tests.house import House, sample_directory
from tests.inbox.deeds import answer, ask, one_engine, told
from tests.inbox.postman import Letter, deliver
from tests.inbox.sending import arrive, lease

FIVE = tuple(f"rate:{{}}:{score}" for score in range(1, 6))


async def solve(house: House, number: int, name: str = "Omar") -> Survey | None:
    """An agent answers and resolves; returns what was planned."""
    await answer(house, number, name)
    await house.desk.do(lifecycle.resolve, number, house.ids[name])
    return await survey_of(house, number)


async def survey_of(house: House, number: int) -> Survey | None:
    """The ticket's newest survey."""
    found = await house.desk.look(stored.of_ticket, number)
    return found[-1] if found else None


async def beat_at(house: House, **later: float) -> list[Letter]:
    """Time passes, the metronome beats, the postman comes; returns what was said of surveys."""
    house.clock.advance(**later)
    while await alarms.tick(house.desk):
        pass
    return [said for said in await house.desk.do(deliver) if said.say.startswith("survey.")]


async def asked(house: House, text: str = "Printer is on fire", name: str = "Anna") -> Survey:
    """A solved ticket whose requester has the question before them."""
    number = await ask(house, text, name)
    await solve(house, number)
    await beat_at(house, hours=1)
    found = await survey_of(house, number)
    assert found and found.state == "asked"
    return found


async def test_an_hour_after_the_solution_the_requester_is_asked_with_five_buttons(house: House) -> None:
    number = await ask(house)
    await house.desk.do(tags.add, number, house.ids["Omar"], "printer")
    planned = await solve(house, number)
    assert planned and planned.state == "planned"
    await house.desk.do(tags.add, number, house.ids["Omar"], "later")
    assert planned.snapshot == {
        "queue": "it",
        "assignee": house.ids["Omar"],
        "priority": "normal",
        "subject": "Printer is on fire",
        "tags": ["printer"],
    }
    assert await beat_at(house, seconds=3594) == []
    [question] = await beat_at(house, seconds=6)
    assert (question.kind, question.say, question.to) == ("notice", "survey.ask", "home")
    assert question.actions == tuple(action.format(planned.id) for action in FIVE)
    found = await survey_of(house, number)
    assert found and (found.state, found.asked_at) == ("asked", house.clock.now)
    assert found.expires_at == house.clock.now + timedelta(days=7)


async def test_a_tap_is_recorded_thanked_for_and_can_be_changed(house: House) -> None:
    survey = await asked(house)
    rated = await house.desk.do(surveys.rate, survey.id, house.ids["Anna"], 4)
    assert (rated.state, rated.score, rated.answered_at) == ("answered", 4, house.clock.now)
    [thanks] = [said for said in await house.desk.do(deliver) if said.kind == "rewrite"]
    assert (thanks.say, thanks.facts["score"]) == ("survey.thanks", 4)
    assert thanks.actions == (*(action.format(survey.id) for action in FIVE), f"comment:{survey.id}")
    house.clock.advance(days=6)
    assert (await house.desk.do(surveys.rate, survey.id, house.ids["Anna"], 5)).score == 5
    ratings = [(e.actor, e.facts["before"], e.facts["score"]) for e in await told(house, survey.ticket, "survey_rated")]
    assert ratings == [(house.ids["Anna"], None, 4), (house.ids["Anna"], 4, 5)]
    assert await house.desk.look(stored_alarms.at, "survey", survey.id) == survey.expires_at  # no reminder any more


async def test_the_same_tap_many_times_at_once_counts_once(house: House) -> None:
    survey = await asked(house)
    await asyncio.gather(*(house.desk.do(surveys.rate, survey.id, house.ids["Anna"], 5) for _ in range(8)))
    assert len(await told(house, survey.ticket, "survey_rated")) == 1
    assert len([said for said in await house.desk.do(deliver) if said.kind == "rewrite"]) == 1


async def test_words_may_follow_the_rating(house: House) -> None:
    survey = await asked(house)
    await house.desk.do(surveys.rate, survey.id, house.ids["Anna"], 5)
    commented = await house.desk.do(surveys.comment_latest, house.ids["Anna"], "  Quick and kind  ")
    assert (commented.score, commented.comment) == (5, "Quick and kind")
    rewritten = [said.say for said in await house.desk.do(deliver) if said.kind == "rewrite"]
    assert rewritten == ["survey.thanks", "survey.thanks_comment"]
    for words, reason in (("   ", "empty_words"), ("x" * 4001, "too_long")):
        with pytest.raises(BadInput) as refused:
            await house.desk.do(surveys.comment, survey.id, house.ids["Anna"], words)
        assert refused.value.reason == reason
    with pytest.raises(surveys.NothingRated):
        await house.desk.do(surveys.comment_latest, house.ids["Erik"], "Nobody asked me")


@one_engine
async def test_only_the_requester_can_rate(house: House) -> None:
    survey = await asked(house)
    refusals = []
    for survey_id, who in ((survey.id, "Omar"), (survey.id, "Erik"), (survey.id + 999, "Anna")):
        with pytest.raises(NotFound) as refused:
            await house.desk.do(surveys.rate, survey_id, house.ids[who], 5)
        refusals.append((refused.value.say, refused.value.facts))
    assert len(set(map(str, refusals))) == 1  # the same words for all three
    assert (await survey_of(house, survey.ticket)) == survey


@one_engine
async def test_a_rating_is_a_number_from_1_to_5(house: House) -> None:
    survey = await asked(house)
    for score in (0, 6, -1, True, 10**12):
        with pytest.raises(BadInput):
            await house.desk.do(surveys.rate, survey.id, house.ids["Anna"], score)
    assert (await survey_of(house, survey.ticket)) == survey


async def test_a_low_rating_is_told_to_the_desk_with_a_way_to_reopen(house: House) -> None:
    survey = await asked(house)
    number = survey.ticket
    await house.desk.do(surveys.rate, survey.id, house.ids["Anna"], 2)
    said = await house.desk.do(deliver)
    [low] = [letter for letter in said if letter.say == "survey.low"]
    assert (low.kind, low.to, low.actions) == ("room", "C-DESK", (f"reopen:{number}", f"show:{number}"))
    assert (low.facts["score"], low.facts["agent"]) == (2, "Omar")
    [thanks] = [letter for letter in said if letter.say == "survey.thanks"]
    assert thanks.actions[-1] == f"reopen:{number}"
    # a rating alone reopens nothing
    found = await house.desk.look(tickets.get, number)
    assert found and found.status == "resolved"
    # still low is no news, words with it are
    await house.desk.do(surveys.rate, survey.id, house.ids["Anna"], 1)
    await house.desk.do(surveys.comment, survey.id, house.ids["Anna"], "It still burns")
    more = [letter for letter in await house.desk.do(deliver) if letter.to == "C-DESK" and letter.kind == "room"]
    assert [(letter.say, letter.facts["quote"]) for letter in more] == [("survey.low_comment", "It still burns")]
    reopened = await house.desk.do(lifecycle.reopen, number, house.ids["Anna"])
    assert reopened.status == "open"
    kept = await survey_of(house, number)
    assert kept and (kept.state, kept.score) == ("answered", 1)


@one_engine
async def test_without_a_desk_room_each_lead_hears_of_a_low_rating(house: House) -> None:
    survey = await asked(house)
    queues = {key: replace(q, desk=None) for key, q in house.desk.directory.desk.queues.items()}
    house.desk.directory = sample_directory(queues=queues)
    await house.desk.do(surveys.rate, survey.id, house.ids["Anna"], 1)
    [low] = [letter for letter in await house.desk.do(deliver) if letter.say == "survey.low"]
    assert (low.kind, low.to) == ("direct", "U-MAJA")


async def told_the_leads(house: House) -> list[tuple[str, str, int, int]]:
    """What goes to the desk room now: kind, sentence, score, number of buttons."""
    said = [one for one in await house.desk.do(deliver) if "rating" in one.facts]
    return [(one.kind, one.say.removeprefix("survey."), one.facts["score"], len(one.actions)) for one in said]


async def test_what_the_leads_read_follows_the_rating(house: House) -> None:
    """Anna pressed the wrong end: 1, then 5. Later it burns again: 2, with words."""
    survey, anna = await asked(house), house.ids["Anna"]
    await house.desk.do(surveys.rate, survey.id, anna, 1)
    assert await told_the_leads(house) == [("room", "low", 1, 2)]
    await house.desk.do(surveys.rate, survey.id, anna, 5)
    assert await told_the_leads(house) == [("rewrite", "raised", 5, 1)]
    await house.desk.do(surveys.rate, survey.id, anna, 4)
    assert await told_the_leads(house) == [("rewrite", "raised", 4, 1)]
    house.clock.advance(days=1)
    await house.desk.do(surveys.rate, survey.id, anna, 2)
    assert await told_the_leads(house) == [("rewrite", "low", 2, 2), ("room", "low", 2, 2)]
    await house.desk.do(surveys.comment, survey.id, anna, "It burns again")
    assert [one[:2] for one in await told_the_leads(house)][-1] == ("room", "low_comment")
    await house.desk.do(surveys.comment, survey.id, anna, "It burns again, and so does the lamp")
    assert {one[:2] for one in await told_the_leads(house)} == {("rewrite", "low"), ("rewrite", "low_comment")}


@one_engine
async def test_a_low_rating_that_was_raised_before_the_leads_heard_of_it_is_never_told(house: House) -> None:
    survey, anna = await asked(house), house.ids["Anna"]
    await house.desk.do(surveys.rate, survey.id, anna, 1)
    await house.desk.do(surveys.rate, survey.id, anna, 5)
    assert await told_the_leads(house) == []
    await house.desk.do(surveys.comment, survey.id, anna, "It was late")
    await house.desk.do(surveys.rate, survey.id, anna, 2)
    await house.desk.do(surveys.rate, survey.id, anna, 1)
    assert await told_the_leads(house) == [("room", "low_comment", 1, 2)], "once, as it is now, with its words"


@one_engine
async def test_a_rating_that_changes_while_it_is_being_told_is_put_right(house: House) -> None:
    survey, anna = await asked(house), house.ids["Anna"]
    await house.desk.do(surveys.rate, survey.id, anna, 1)
    [leased] = [one for one in await lease(house) if one.say == "survey.low"]
    await house.desk.do(surveys.rate, survey.id, anna, 5)
    await arrive(house, leased)
    assert await told_the_leads(house) == [("rewrite", "raised", 5, 1)]


@one_engine
async def test_words_about_a_confidential_ticket_are_only_in_the_inbox(house: House) -> None:
    survey = await asked(house)
    queues = dict(house.desk.directory.desk.queues)
    queues["it"] = replace(queues["it"], private=True)
    house.desk.directory = sample_directory(queues=queues)
    await house.desk.do(surveys.comment, survey.id, house.ids["Anna"], "My salary")
    await house.desk.do(surveys.rate, survey.id, house.ids["Anna"], 1)
    [low] = [one for one in await house.desk.do(deliver) if "rating" in one.facts]
    assert low.say == "survey.low_private" and "salary" not in str(low.facts) and low.facts["matter"] == "#1"


# Who is not asked


@one_engine
@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"agent_opened": True}, "agent_opened"),
        ({"opted_out": True}, "opted_out"),
        ({"blocked": True}, "opted_out"),
        ({"sample": 0.0}, "sampled_out"),
    ],
)
async def test_some_are_not_asked_and_the_reason_is_kept(house: House, change: dict[str, Any], reason: str) -> None:
    number = await ask(house)
    await house.desk.do(_set, house.ids["Anna"], number, change)
    if "sample" in change:
        settings = SurveySettings("csat", 3600, change["sample"])
        queues = {key: replace(q, survey=settings) for key, q in house.desk.directory.desk.queues.items()}
        house.desk.directory = sample_directory(queues=queues)
    skipped = await solve(house, number)
    assert skipped and (skipped.state, skipped.reason) == ("skipped", reason)
    assert [e.facts["reason"] for e in await told(house, number, "survey_skipped")] == [reason]
    assert await beat_at(house, days=1) == []


def _set(tx: Tx, now: datetime, person_id: int, number: int, change: dict[str, Any]) -> None:
    if "agent_opened" in change:
        tx.run(update(ticket).where(ticket.c.number == number).values(agent_opened=True))
    if "opted_out" in change:
        tx.run(update(person).where(person.c.id == person_id).values(survey_opt_out=True))
    if "blocked" in change:
        tx.run(update(person).where(person.c.id == person_id).values(blocked=True))


@one_engine
async def test_nobody_is_asked_about_words_they_never_got(house: House) -> None:
    silent, taken_back = await ask(house), await ask(house, name="Erik")
    await house.desk.do(lifecycle.resolve, silent, house.ids["Omar"])
    never = await survey_of(house, silent)
    assert never and (never.state, never.reason) == ("skipped", "no_public_reply")
    # an answer on its way counts, until it is taken back
    written = await house.desk.do(replies.reply, taken_back, house.ids["Omar"], "Try water")
    await house.desk.do(lifecycle.resolve, taken_back, house.ids["Omar"])
    planned = await survey_of(house, taken_back)
    assert planned and planned.state == "planned"
    await house.desk.do(replies.undo, written.message_id, house.ids["Omar"])
    assert await beat_at(house, hours=1) == []
    after = await survey_of(house, taken_back)
    assert after and (after.state, after.reason) == ("skipped", "no_public_reply")


@one_engine
async def test_a_queue_without_surveys_plans_none(house: House) -> None:
    queues = {key: replace(q, survey=None) for key, q in house.desk.directory.desk.queues.items()}
    house.desk.directory = sample_directory(queues=queues)
    assert await solve(house, await ask(house)) is None


async def test_nobody_is_asked_twice_at_a_time_or_within_two_weeks(house: House) -> None:
    first = await asked(house)
    second = await solve(house, await ask(house, "The lamp is dark"))
    assert second and (second.state, second.reason) == ("skipped", "outstanding")
    await house.desk.do(surveys.rate, first.id, house.ids["Anna"], 5)
    third = await solve(house, await ask(house, "The door squeaks"))
    assert third and (third.state, third.reason) == ("skipped", "cooldown")
    await beat_at(house, days=14)
    fourth = await solve(house, await ask(house, "The window is stuck"))
    assert fourth and fourth.state == "planned"


async def test_of_two_questions_due_at_once_one_is_asked(house: House) -> None:
    numbers = []
    for text in ("The lamp is dark", "The door squeaks"):
        numbers.append(await ask(house, text))
        await answer(house, numbers[-1])
    assert len(set(numbers)) == 2
    for number in numbers:
        await house.desk.do(lifecycle.resolve, number, house.ids["Omar"])
    assert len(await beat_at(house, hours=1)) == 1
    found = [await survey_of(house, number) for number in numbers]
    assert sorted(survey.state for survey in found if survey) == ["asked", "skipped"]


# When


@one_engine
async def test_nobody_is_asked_at_night(house: House) -> None:
    house.clock.now = datetime(2026, 3, 2, 19, 30, tzinfo=UTC)  # 20:30 in Stockholm
    here, there = await ask(house), await ask(house, name="Erik")
    await house.desk.do(_live_in, house.ids["Erik"], "America/New_York")
    for number in (here, there):
        await solve(house, number)
    assert {said.facts["ticket"] for said in await beat_at(house, hours=1)} == {there}  # where it is afternoon
    house.clock.now = datetime(2026, 3, 3, 8, 0, tzinfo=UTC)
    assert {said.facts["ticket"] for said in await beat_at(house)} == {here}


def _live_in(tx: Tx, now: datetime, person_id: int, zone: str) -> None:
    tx.run(update(person).where(person.c.id == person_id).values(timezone=zone))


@one_engine
async def test_a_zone_that_only_the_platform_knows_is_the_desks(house: House) -> None:
    await house.desk.do(_live_in, house.ids["Anna"], "Middle/Earth")
    assert (await asked(house)).state == "asked"


@one_engine
async def test_after_a_downtime_the_question_waits_for_the_morning(house: House) -> None:
    number = await ask(house)
    await solve(house, number)
    house.clock.now = datetime(2026, 3, 3, 2, 0, tzinfo=UTC)
    assert await beat_at(house) == []
    house.clock.now = datetime(2026, 3, 3, 8, 0, tzinfo=UTC)  # nine o'clock in Stockholm
    assert [said.say for said in await beat_at(house)] == ["survey.ask"]


async def test_one_reminder_then_the_question_closes(house: House) -> None:
    survey = await asked(house)
    assert [said.say for said in await beat_at(house, hours=48)] == ["survey.remind"]
    assert await beat_at(house, hours=48) == []
    closing = await beat_at(house, hours=72)
    assert [(said.kind, said.say, said.actions) for said in closing] == [("rewrite", "survey.expired", ())] * 2
    expired = await survey_of(house, survey.ticket)
    assert expired and expired.state == "expired"
    with pytest.raises(WrongStatus):
        await house.desk.do(surveys.rate, survey.id, house.ids["Anna"], 5)
    assert await beat_at(house, days=30) == []


@one_engine
async def test_an_answer_can_be_changed_until_the_question_closes(house: House) -> None:
    survey = await asked(house)
    await house.desk.do(surveys.rate, survey.id, house.ids["Anna"], 5)
    await beat_at(house, days=7)
    with pytest.raises(WrongStatus):
        await house.desk.do(surveys.rate, survey.id, house.ids["Anna"], 1)
    kept = await survey_of(house, survey.ticket)
    assert kept and (kept.state, kept.score) == ("answered", 5)


# What was not solved after all


@one_engine
async def test_reopening_before_the_question_means_it_is_not_asked(house: House) -> None:
    number = await ask(house)
    await solve(house, number)
    await house.desk.do(lifecycle.reopen, number, house.ids["Anna"])
    voided = await survey_of(house, number)
    assert voided and voided.state == "voided"
    assert await beat_at(house, days=1) == []
    # the next solution is asked about
    again = await solve(house, number)
    assert again and (again.cycle, again.state) == (2, "planned")


async def test_reopening_takes_the_buttons_from_an_open_question(house: House) -> None:
    survey = await asked(house)
    await house.desk.do(lifecycle.reopen, survey.ticket, house.ids["Anna"])
    rewritten = [said for said in await house.desk.do(deliver) if said.kind == "rewrite"]
    assert [(said.say, said.actions) for said in rewritten] == [("survey.voided", ())]
    with pytest.raises(WrongStatus):
        await house.desk.do(surveys.rate, survey.id, house.ids["Anna"], 5)


@one_engine
async def test_a_question_still_in_the_outbox_is_withdrawn_when_the_ticket_is_reopened(house: House) -> None:
    number = await ask(house)
    await solve(house, number)
    house.clock.advance(hours=1)
    assert await alarms.tick(house.desk) > 0
    await house.desk.do(lifecycle.reopen, number, house.ids["Anna"])
    assert [said for said in await house.desk.do(deliver) if said.say.startswith("survey.")] == []


@one_engine
async def test_a_closed_ticket_that_was_solved_is_asked_about(house: House) -> None:
    number = await ask(house)
    await solve(house, number)
    await house.desk.do(lifecycle.close, number, house.ids["Omar"])
    assert [said.say for said in await beat_at(house, hours=1)] == ["survey.ask"]


async def test_what_could_not_be_delivered_is_a_state_and_no_loop(house: House) -> None:
    number = await ask(house)
    survey = await solve(house, number)
    await house.desk.do(deliver)
    house.clock.advance(hours=1)
    while await alarms.tick(house.desk):
        pass
    [question] = [one for one in await lease(house) if one.say == "survey.ask"]
    assert survey and await house.desk.do(delivery.parked, question.id, question.fence, "They blocked the bot.", "late")
    found = await survey_of(house, number)
    assert found and (found.state, found.reason) == ("undeliverable", "They blocked the bot.")
    assert await beat_at(house, days=5) == []
    # a press proves that it was delivered
    assert (await house.desk.do(surveys.rate, survey.id, house.ids["Anna"], 3)).state == "answered"


async def test_errors_have_sentences_in_every_language() -> None:
    from inbox.locale import LANGUAGES, say

    errors: list[DeskError] = [surveys.NotYours(), surveys.NothingRated(), surveys.SurveyOver(ticket=1)]
    for language in LANGUAGES:
        sentences = {say(language, error.say, **error.facts) for error in errors}
        assert len(sentences | {say(language, BadInput("survey_score").key)}) == 4
