"""Surveys where something turns meanwhile: the desk file, the queue, the rating, the night, the words that follow."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import update

from inbox.desk import alarms, delivery, intake, lifecycle, merging, moving, surveys
from inbox.directory import Queue, SurveySettings
from inbox.store import Tx, messages, outbox
from inbox.store import told as stored
from inbox.store.surveys import Survey
from inbox.store.tables import person
from sla.survey import Kind
from tests.house import House, sample_directory
from tests.inbox.deeds import ask, home_thread, ticket_of, told
from tests.inbox.postman import Letter, deliver
from tests.inbox.sending import arrive, lease
from tests.inbox.test_amends import follow_up, words
from tests.inbox.test_surveys import asked, beat_at, solve, survey_of, told_the_leads


@pytest.fixture
def engine_name() -> str:
    return "sqlite"  # what differs between the engines is told elsewhere


def edited(house: House, change: Callable[[Queue], Queue]) -> None:
    """The desk file says something else of every queue."""
    queues = {key: change(queue) for key, queue in house.desk.directory.desk.queues.items()}
    house.desk.directory = sample_directory(queues=queues)


async def put_right(house: House) -> list[Letter]:
    return [one for one in await house.desk.do(deliver) if one.kind == "rewrite" and one.say.startswith("survey.")]


# The desk file and the queue


async def test_a_queue_that_asks_no_more_asks_and_reminds_nobody(house: House) -> None:
    waiting, open_ = await ask(house, name="Erik"), await asked(house)
    await solve(house, waiting)
    edited(house, lambda queue: replace(queue, survey=None))
    assert await beat_at(house, hours=2) == []
    skipped = await survey_of(house, waiting)
    assert skipped and (skipped.state, skipped.reason) == ("skipped", "not_asked_here")
    assert await beat_at(house, hours=48) == []
    await house.desk.do(surveys.rate, open_.id, house.ids["Anna"], 4)
    assert [one.say for one in await put_right(house)] == ["survey.thanks"], "what was asked may be answered"


async def test_what_is_asked_is_what_the_file_says_then(house: House) -> None:
    number = await ask(house)
    await solve(house, number)
    edited(house, lambda queue: replace(queue, survey=SurveySettings("ces", 3600)))
    [question] = await beat_at(house, hours=1)
    assert (question.say, len(question.actions)) == ("survey.ces.ask", 7)
    edited(house, lambda queue: replace(queue, survey=SurveySettings("thumbs", 3600)))
    [reminder] = await beat_at(house, hours=48)
    assert (reminder.say, len(reminder.actions)) == ("survey.ces.remind", 7), "what was asked stays what it was"
    found = await survey_of(house, number)
    assert found and found.kind == "ces"
    assert (await house.desk.do(surveys.rate, found.id, house.ids["Anna"], 7)).rated == "7/7"


async def test_a_ticket_that_went_to_a_queue_without_surveys_is_not_asked_about(house: House) -> None:
    number = await ask(house)
    await solve(house, number)
    queues = dict(house.desk.directory.desk.queues)
    queues["customers"] = replace(queues["customers"], survey=None)
    house.desk.directory = sample_directory(queues=queues)
    await house.desk.do(moving.move, number, house.ids["Omar"], "customers", "Yours")
    assert await beat_at(house, hours=1) == []
    skipped = await survey_of(house, number)
    assert skipped and (skipped.state, skipped.reason) == ("skipped", "not_asked_here")


async def test_a_question_about_what_became_confidential_shows_its_subject_to_nobody_else(house: House) -> None:
    """The reminder goes where the matter went, and the leads of the new queue read no words."""
    survey = await asked(house)
    await house.desk.do(moving.move, survey.ticket, house.ids["Omar"], "payroll", "Hers alone")
    await house.desk.do(deliver)
    await house.desk.do(surveys.comment, survey.id, house.ids["Anna"], "My salary")
    await house.desk.do(surveys.rate, survey.id, house.ids["Anna"], 1)
    said = await house.desk.do(deliver)
    low = [one for one in said if one.say.startswith("survey.low")]
    assert [(one.say, one.to) for one in low] == [("survey.low_private", "C-PAY")]
    assert not any("salary" in str(one.facts) or "Printer" in str(one.facts) for one in low)


async def test_words_that_the_leads_read_do_not_come_back_when_the_queue_becomes_confidential(house: House) -> None:
    edited(house, lambda queue: replace(queue, desk=None) if queue.key == "it" else queue)
    survey = await asked(house)
    await house.desk.do(surveys.comment, survey.id, house.ids["Anna"], "My salary")
    await house.desk.do(surveys.rate, survey.id, house.ids["Anna"], 1)
    assert [one[1] for one in await told_the_leads(house)] == ["low_comment"]
    edited(house, lambda queue: replace(queue, desk=None, private=True) if queue.key == "it" else queue)
    await house.desk.do(surveys.rate, survey.id, house.ids["Anna"], 2)
    [notice] = [one for one in await house.desk.do(deliver) if "rating" in one.facts]
    assert notice.kind == "rewrite" and "salary" not in str(notice.facts)


# What the question says in the end


async def test_an_answer_that_can_be_changed_no_more_has_no_buttons(house: House) -> None:
    survey = await asked(house)
    await house.desk.do(surveys.rate, survey.id, house.ids["Anna"], 5)
    assert len((await put_right(house))[0].actions) == 6
    house.clock.advance(days=7)
    while await alarms.tick(house.desk):
        pass
    [kept] = await put_right(house)
    assert (kept.say, kept.actions, kept.facts["rated"]) == ("survey.kept", (), "5/5")
    found = await survey_of(house, survey.ticket)
    assert found and found.state == "answered"


async def test_a_question_that_arrives_after_the_matter_was_opened_again_is_taken_back(house: House) -> None:
    """SC-08: it was being sent at that moment, and could not be stopped."""
    number = await ask(house)
    await solve(house, number)
    await house.desk.do(deliver)
    house.clock.advance(hours=1)
    while await alarms.tick(house.desk):
        pass
    [sending] = [one for one in await lease(house) if one.say == "survey.ask"]
    await house.desk.do(lifecycle.reopen, number, house.ids["Anna"])
    assert await put_right(house) == []
    assert await arrive(house, sending)
    [taken] = await put_right(house)
    assert (taken.say, taken.actions, taken.target) == ("survey.voided", (), f"p{sending.id}")


async def test_a_merged_tickets_question_is_taken_back(house: House) -> None:
    survey = await asked(house)
    other = await ask(house, "The lamp is dark")
    await house.desk.do(merging.merge, survey.ticket, house.ids["Omar"], other)
    assert [(one.say, one.actions) for one in await put_right(house)] == [("survey.voided", ())]


async def test_a_reminder_that_does_not_arrive_leaves_the_question_as_it_is(house: House) -> None:
    survey = await asked(house)
    house.clock.advance(hours=48)
    while await alarms.tick(house.desk):
        pass
    [reminder] = [one for one in await lease(house) if one.say == "survey.remind"]
    await house.desk.do(delivery.parked, reminder.id, reminder.fence, "It was tried for too long.", "late")
    found = await survey_of(house, survey.ticket)
    assert found and found.state == "asked"
    house.clock.advance(days=5)
    while await alarms.tick(house.desk):
        pass
    assert [one.say for one in await put_right(house)] == ["survey.expired"]


async def test_nobody_is_reminded_at_night(house: House) -> None:
    await asked(house)
    house.clock.now = datetime(2026, 3, 5, 2, 0, tzinfo=UTC)  # the machine was away
    assert await beat_at(house) == []
    assert [one.say for one in await beat_at(house, hours=6)] == ["survey.remind"]


async def test_who_has_not_had_the_question_yet_is_not_reminded_of_it(house: House) -> None:
    """The platform was away for three days: they are asked once."""
    number = await ask(house)
    await solve(house, number)
    await house.desk.do(deliver)
    for days in (0.1, 3):
        house.clock.advance(days=days)
        while await alarms.tick(house.desk):
            pass
    assert [one.say for one in await beat_at(house)] == ["survey.ask"]


async def test_who_says_no_before_the_question_goes_out_is_not_asked(house: House) -> None:
    number = await ask(house)
    await solve(house, number)
    await house.desk.do(deliver)
    house.clock.advance(hours=1)
    while await alarms.tick(house.desk):
        pass
    await house.desk.do(surveys.opt, house.ids["Anna"], out=True)
    assert await beat_at(house) == []


async def test_who_was_blocked_is_not_reminded(house: House) -> None:
    survey = await asked(house)

    def block(tx: Tx, now: datetime) -> None:
        tx.run(update(person).where(person.c.id == house.ids["Anna"]).values(blocked=True))

    await house.desk.do(block)
    assert await beat_at(house, hours=48) == []
    assert [one.say for one in await beat_at(house, days=5)] == ["survey.expired"]
    assert len(await told(house, survey.ticket, "survey_reminded")) == 0


# What the leads hear


async def test_who_changes_their_mind_again_and_again_is_told_of_once_a_day(house: House) -> None:
    survey, anna = await asked(house), house.ids["Anna"]
    for score in (1, 5, 2, 4, 1):
        await house.desk.do(surveys.rate, survey.id, anna, score)
        house.clock.advance(60)
        await house.desk.do(deliver)
    posts = [one for one in await _of_room(house, survey.ticket) if one["say"] == "survey.low"]
    assert len(posts) == 1
    house.clock.advance(days=1)
    await house.desk.do(surveys.rate, survey.id, anna, 5)
    await house.desk.do(surveys.rate, survey.id, anna, 2)
    assert [one[:2] for one in await told_the_leads(house)][-1] == ("room", "low"), "another day it is news"


async def _of_room(house: House, number: int) -> list[dict[str, Any]]:
    return [row.payload for row in await house.desk.look(outbox.of_ticket, number) if row.kind == "room"]


@pytest.mark.parametrize(("language", "quoted"), [("en", "“Slow”"), ("sv", "”Slow”"), ("da", "»Slow«")])
async def test_a_follow_up_quotes_as_its_language_does(house: House, language: str, quoted: str) -> None:
    house.desk.directory = sample_directory(language=language)
    survey, anna = await asked(house), house.ids["Anna"]
    await house.desk.do(surveys.rate, survey.id, anna, 1)
    await house.desk.do(surveys.comment, survey.id, anna, "Slow")
    house.clock.advance(seconds=600)
    while await alarms.tick(house.desk):
        pass
    made = await follow_up(house, survey)
    assert made
    [note] = await house.desk.look(words, made.number)
    assert note.endswith(f"\n{quoted}")


# Words that answer the question


async def remarks(house: House, survey: Survey, text: str, name: str = "Anna") -> str:
    """Somebody answers the survey's message; returns what became of their words."""
    question = (await _told_in_thread(house, survey))[-1]
    thread = await house.desk.look(home_thread, survey.ticket)
    said = house.said(name, text, thread=thread, reply_to=question)
    return (await house.desk.do(intake.receive, said)).outcome


async def _told_in_thread(house: House, survey: Survey) -> list[str]:
    return [one.external_id for one in await house.desk.look(stored.about, survey.ticket, "survey", survey.id)]


async def test_words_that_answer_the_rating_are_its_comment(house: House) -> None:
    survey, anna = await asked(house), house.ids["Anna"]
    await house.desk.do(surveys.rate, survey.id, anna, 5)
    await house.desk.do(deliver)
    assert await remarks(house, survey, "Omar was quick") == "remark"
    [thanks] = await put_right(house)
    assert (thanks.say, thanks.actions[-1]) == ("survey.thanks_comment", f"reopen:{survey.ticket}")
    assert await remarks(house, survey, "And kind") == "remark"
    found = await survey_of(house, survey.ticket)
    assert found and found.comment == "Omar was quick\nAnd kind"
    assert (await ticket_of(house, survey.ticket)).status == "resolved", "it is no new matter"


@pytest.mark.parametrize(
    ("kind", "text", "rated"),
    [
        ("csat", "4", "4/5"),
        ("csat", " 5/5! ", "5/5"),
        ("csat", "6", None),
        ("csat", "4 printers", None),
        ("csat", "4/10", None),
        ("csat", "👍", None),
        ("csat", "٤", "4/5"),
        ("ces", "6", "6/7"),
        ("thumbs", "👍🏽", "👍"),
        ("thumbs", "👎", "👎"),
        ("thumbs", "5", None),
    ],
)
async def test_a_number_that_answers_the_question_is_the_rating(
    house: House, kind: Kind, text: str, rated: str | None
) -> None:
    edited(house, lambda queue: replace(queue, survey=SurveySettings(kind, 3600)))
    survey = await asked(house)
    outcome = await remarks(house, survey, text)
    found = await survey_of(house, survey.ticket)
    assert found and (found.rated or None) == rated
    assert outcome == ("remark" if rated else "thanks" if text == "👍" else "joined")
    if rated:
        assert [one.say for one in await put_right(house)] == ["survey.thanks"]


async def test_words_that_answer_a_question_without_a_rating_open_the_matter_again(house: House) -> None:
    survey = await asked(house)
    assert await remarks(house, survey, "It still burns!") == "joined"
    assert (await ticket_of(house, survey.ticket)).status == "open"


@pytest.mark.parametrize("what", ["a colleague", "too late", "open again", "thanks"])
async def test_other_words_under_the_question_stay_words(house: House, what: str) -> None:
    survey, anna = await asked(house), house.ids["Anna"]
    await house.desk.do(surveys.rate, survey.id, anna, 5)
    await house.desk.do(deliver)
    if what == "too late":
        house.clock.advance(days=7)
    if what == "open again":
        await house.desk.do(lifecycle.reopen, survey.ticket, anna)
    who = "Erik" if what == "a colleague" else "Anna"
    outcome = await remarks(house, survey, "Thanks!" if what == "thanks" else "It smokes", who)
    assert outcome == {"thanks": "thanks", "too late": "opened"}.get(what, "joined")
    found = await survey_of(house, survey.ticket)
    assert found and found.comment is None
    kept = await house.desk.look(messages.of_ticket, survey.ticket, 20)
    assert what == "too late" or any(one.text in ("Thanks!", "It smokes") for one in kept)
