"""Lessons 16 and 17: what other desks got wrong with satisfaction surveys, each mistake by name."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Literal, get_args

import pytest

from bots import actions
from bots.port import Press
from frontdesk import config
from inbox.desk import alarms, delivery, intake, lifecycle, replies, surveys
from inbox.directory import SurveySettings
from inbox.model import Place
from inbox.store import Tx, threads, tickets
from inbox.store import surveys as stored
from tests.house import House, sample_directory
from tests.inbox.deeds import answer, ask, ask_again, ticket_of, told
from tests.inbox.postman import deliver
from tests.inbox.sending import lease
from tests.inbox.test_care import pending
from tests.inbox.test_surveys import asked, beat_at, solve, survey_of


@pytest.fixture
def engine_name() -> str:
    return "sqlite"  # what differs between the engines is told elsewhere


Way = Literal["queue", "person", "spam", "self_served"]


async def press(house: House, action: str, name: str = "Anna", key: str = "") -> None:
    pressed = Press(f"acme/press/{key or action}", Place("acme", "C-HELP"), house.account(name), action)
    await house.desk.do(actions.press, "en", pressed)


async def test_16_a_survey_only_once_per_conversation_for_ever(house: House) -> None:
    """Lesson 16 (chatwoot#4526, #10628): what is solved a second time is asked about a second time."""
    survey = await asked(house)
    await house.desk.do(surveys.rate, survey.id, house.ids["Anna"], 2)
    await house.desk.do(lifecycle.reopen, survey.ticket, house.ids["Anna"])
    house.clock.advance(days=14)
    again = await solve(house, survey.ticket)
    assert again and (again.cycle, again.state) == (2, "planned")
    assert [said.say for said in await beat_at(house, hours=1) if said.kind == "notice"] == ["survey.ask"]
    await house.desk.do(surveys.rate, again.id, house.ids["Anna"], 5)
    both = await house.desk.look(stored.of_ticket, survey.ticket)
    assert [(one.cycle, one.score) for one in both] == [(1, 2), (2, 5)], "and the first answer stays what it was"


async def test_16_a_survey_after_a_ticket_that_resolved_itself(house: House) -> None:
    """Lesson 16 (chatwoot#4003): whoever fell silent is told that it counts as solved, and is not asked how it went."""
    number = await pending(house)
    await beat_at(house, days=6)
    assert (await ticket_of(house, number)).status == "resolved"
    assert await beat_at(house, days=7) == []
    assert await survey_of(house, number) is None


@pytest.mark.parametrize("way", get_args(Way))
async def test_16_no_way_to_resolve_without_a_survey(house: House, way: Way) -> None:
    """Lesson 16 (chatwoot#8726): a queue, a person and some ways of closing go without."""
    number, omar = await ask(house), house.ids["Omar"]
    if way == "queue":
        queues = {key: replace(q, survey=None) for key, q in house.desk.directory.desk.queues.items()}
        house.desk.directory = sample_directory(queues=queues)
    elif way == "person":
        await house.desk.do(surveys.opt, house.ids["Anna"], out=True)
    await answer(house, number)
    if way == "queue" or way == "person":
        await house.desk.do(lifecycle.resolve, number, omar)
    else:
        await house.desk.do(lifecycle.close, number, omar, way)
    assert await beat_at(house, days=8) == []


async def test_16_nobody_acts_on_a_poor_rating(house: House) -> None:
    """Lesson 16 (chatwoot#8114): the leads read it with the ticket, and it can be opened again from there and here."""
    survey = await asked(house)
    await press(house, f"rate:{survey.id}:1")
    said = await house.desk.do(deliver)
    [low] = [one for one in said if one.say == "survey.low"]
    assert low.to == "C-DESK" and low.actions == (f"reopen:{survey.ticket}", f"show:{survey.ticket}")
    assert (await ticket_of(house, survey.ticket)).status == "resolved", "the rating alone reopens nothing"
    await press(house, f"reopen:{survey.ticket}")
    assert (await ticket_of(house, survey.ticket)).status == "open"


async def test_16_asked_outside_the_hours_in_which_the_person_may_be_written_to(house: House) -> None:
    """Lesson 16 (chatwoot#11569): nobody is asked at night, and what cannot be brought is noted once."""
    number = await ask(house)
    await solve(house, number)
    house.clock.advance(hours=14)  # midnight
    assert await beat_at(house) == []
    assert [one.say for one in await beat_at(house, hours=10)] == ["survey.ask"]
    other = await ask(house, "The lamp is dark", "Erik")
    await solve(house, other)
    await house.desk.do(deliver)
    house.clock.advance(hours=1)
    while await alarms.tick(house.desk):
        pass
    [question] = [one for one in await lease(house) if one.say == "survey.ask"]
    assert await house.desk.do(delivery.parked, question.id, question.fence, "They blocked the bot.", "blocked")
    refused = await survey_of(house, other)
    assert refused and (refused.state, refused.reason) == ("undeliverable", "They blocked the bot.")
    for _ in range(10):
        assert [one for one in await beat_at(house, days=1) if one.facts.get("ticket") == other] == []


async def test_16_an_endless_loop_of_feedback(house: House) -> None:
    """Lesson 16 (discord-tickets#407): rating, commenting and thanking ask nothing more and open nothing again."""
    survey = await asked(house)
    number, anna = survey.ticket, house.ids["Anna"]
    for round_ in range(3):
        await press(house, f"rate:{survey.id}:{round_ + 3}")
        await house.desk.do(surveys.comment, survey.id, anna, f"Thanks {round_}!")
        await ask_again(house, number, "Thank you!")
        await beat_at(house, hours=5)
    assert (await ticket_of(house, number)).status == "resolved"
    assert len(await told(house, number, "survey_asked")) == 1
    assert len(await house.desk.look(stored.of_ticket, number)) == 1
    assert await beat_at(house, days=2) == []
    assert [said.kind for said in await beat_at(house, days=30)] == ["rewrite"], "its buttons go, and that is all"


@pytest.mark.parametrize(
    ("written", "seconds"),
    [("true", 3600), ('{ delay = "5m" }', 300), ('{ delay = "2h", kind = "thumbs" }', 7200)],
)
async def test_16_a_delay_that_was_saved_and_read_by_nothing(house: House, written: str, seconds: int) -> None:
    """Lesson 16 (freeitsm#301): what the file says is when it is asked, to the second, and what is asked."""
    text = f"""
        [desk]
        name = "Acme"
        timezone = "Europe/Stockholm"
        [connections.acme]
        platform = "slack"
        [policies.standard]
        hours = "always"
        [queues.it]
        intake = ["acme:#it-help"]
        desk = "acme:#it-desk"
        agents = ["acme:U0OMAR00001"]
        survey = {written}
    """
    settings = config.parse(text, "desk.toml").queues["it"].survey
    assert settings == SurveySettings("thumbs" if "thumbs" in written else "csat", seconds)
    queues = {key: replace(q, survey=settings) for key, q in house.desk.directory.desk.queues.items()}
    house.desk.directory = sample_directory(queues=queues)
    number = await ask(house)
    await answer(house, number)
    await house.desk.do(lifecycle.resolve, number, house.ids["Omar"])
    start = house.clock.now
    assert await beat_at(house, seconds=seconds - 1) == []
    [question] = await beat_at(house, seconds=1)
    assert len(question.actions) == (2 if "thumbs" in written else 5)
    assert house.clock.now - start == timedelta(seconds=seconds)


async def test_16_a_sample_that_was_saved_and_read_by_nothing(house: House) -> None:
    """Lesson 16: a quarter of the resolutions is asked about, always the same ones."""
    settings = SurveySettings("csat", 3600, sample=0.25)
    queues = {key: replace(q, survey=settings) for key, q in house.desk.directory.desk.queues.items()}
    house.desk.directory = sample_directory(queues=queues)
    ticket = await ticket_of(house, await ask(house))

    def planned(tx: Tx, now: datetime) -> list[str | None]:
        """The reason why not, for each of many resolutions of a ticket."""
        cycles = [replace(ticket, status="resolved", cycle=cycle) for cycle in range(1, 401)]
        return [one.reason for cycle in cycles if (one := surveys.planned(tx, now, cycle))]

    await answer(house, ticket.number)
    reasons = await house.desk.do(planned)
    asked = [reason for reason in reasons if reason != "sampled_out"]
    assert 70 <= len(asked) <= 130


@pytest.mark.parametrize(("connection", "room"), [("acme", "C-HELP"), ("community", "900"), ("shop", "T-DM")])
async def test_17_satisfaction_is_asked_on_every_platform_where_the_ticket_lived(
    house: House, connection: str, room: str
) -> None:
    """Lesson 17 (zammad#303, #834: asked for since 2016): five buttons in the thread of the talk, on all three."""
    said = house.said("Anna", "My parcel smokes", room, connection=connection, direct=connection == "shop")
    number = (await house.desk.do(intake.receive, said)).ticket
    assert number is not None
    ticket = await house.desk.look(tickets.get, number)
    assert ticket
    agent = house.ids["Omar@shop" if ticket.queue == "games" else "Omar"]
    await house.desk.do(replies.reply, number, agent, "Have you tried water?")
    house.clock.advance(5)
    await house.desk.do(deliver)
    await house.desk.do(lifecycle.resolve, number, agent)
    [question] = await beat_at(house, hours=1)
    home = await house.desk.look(threads.home, number)
    assert home and (home.connection, home.room) == (connection, room)
    assert (question.to, question.say, len(question.actions)) == ("home", "survey.ask", 5)
