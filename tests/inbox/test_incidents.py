"""One problem that many have: one answer, one nag, one end."""

from dataclasses import replace
from datetime import timedelta

import pytest

from inbox.desk import alarms, claims, incidents, intake, lifecycle, moving, replies
from inbox.errors import BadInput, NotFound, NotHolder, WrongStatus
from inbox.model import MessageState
from inbox.store import messages, relations, tickets
from tests.bots.typed import offered, pressed, text_of, typed
from tests.house import House, sample_directory
from tests.inbox.deeds import ask, home_thread, one_engine, ticket_of
from tests.inbox.postman import Letter, deliver
from tests.inbox.sending import rows

PEOPLE = ("Anna", "Erik", "Maja")


async def ring(house: House, seconds: float = 6) -> list[Letter]:
    """Time passes: what is due is done, and the postman comes by."""
    house.clock.advance(seconds)
    while await alarms.tick(house.desk):
        pass
    return await house.desk.do(deliver)


async def outage(house: House, cases: int = 2) -> tuple[int, list[int]]:
    """Omar's incident, and tickets of others who have the same problem."""
    number = await ask(house, "No network", "Erik")
    await typed(house, "Omar", f"claim {number}")
    await typed(house, "Omar", f"incident {number} The network is down")
    gathered = []
    for index in range(cases):
        house.clock.advance(hours=1)
        gathered.append(await ask(house, f"No network here {index}", "Anna"))
        await house.desk.do(incidents.gather, gathered[-1], house.ids["Lisa"], number)
    await house.desk.do(deliver)
    return number, gathered


async def test_the_intake_rooms_are_told_and_new_tickets_offer_it(house: House) -> None:
    number = await ask(house, "No network", "Erik")
    await house.desk.do(deliver)
    await typed(house, "Omar", f"incident {number} The network is down")
    told = [one for one in await house.desk.do(deliver) if one.kind == "room"]
    assert [(one.say, one.facts["subject"]) for one in told] == [("incident.known", "The network is down")]
    other = await ask(house, "I cannot connect")
    assert offered(await typed(house, "Omar", f"show {other}")) == [
        f"claim:{other}",
        f"resolve:{other}",
        f"case:{number}:{other}",
    ]
    answer = await pressed(house, "Lisa", f"case:{number}:{other}")
    assert text_of(answer) == f"#{other} is a case of #{number} now."
    assert await house.desk.look(relations.sources, number, "incident", 9) == [other]
    shown = await typed(house, "Omar", f"show {number}")
    assert shown.card and "🚨 Incident · 1 case" in shown.card.footer


async def test_one_answer_reaches_all_whom_nobody_else_holds(house: House) -> None:
    number, cases = await outage(house, 3)
    await house.desk.do(claims.claim, cases[2], house.ids["Lisa"])
    await house.desk.do(deliver)
    answer = await typed(house, "Omar", f"announce {number} We are on it")
    assert text_of(answer) == f"On its way to 3 cases of #{number}, too."
    letters = await ring(house)
    home = [one for one in letters if one.kind == "message" and one.to == "home"]
    assert len(home) == 3, "the incident's own requester and two cases"
    assert [one.say for one in letters if one.kind == "notice" and one.say.startswith("incident")] == [
        "incident.announced"
    ]
    for case in cases[:2]:
        said = (await house.desk.look(messages.of_ticket, case))[-1]
        assert (said.text, said.state, (await ticket_of(house, case)).answered) == ("We are on it", "sent", True)
    assert not [one for one in await ring(house) if one.kind == "message"], "nobody is told twice"


@pytest.mark.parametrize("became", ["failed", "unknown"])
@one_engine
async def test_that_the_incidents_own_requester_cannot_be_reached_keeps_it_from_nobody(
    house: House, became: MessageState
) -> None:
    number, cases = await outage(house, 1)
    await typed(house, "Omar", f"announce {number} We are on it")
    said = (await house.desk.look(messages.of_ticket, number))[-1]
    await house.desk.do(lambda tx, now: messages.change(tx, said.id, state=became))
    await ring(house)
    assert (await house.desk.look(messages.of_ticket, cases[0]))[-1].text == "We are on it"


@one_engine
async def test_what_a_requester_wrote_is_not_told_in_the_rooms(house: House) -> None:
    number = await ask(house, "My salary is wrong and the network is down", "Erik")
    await house.desk.do(deliver)
    with pytest.raises(BadInput) as refused:
        await typed(house, "Omar", f"incident {number}")
    assert refused.value.reason == "incident_title"
    await typed(house, "Omar", f"subject {number} The network is down")
    await typed(house, "Omar", f"incident {number}")
    told = [one.facts["subject"] for one in await house.desk.do(deliver) if one.kind == "room"]
    assert told == ["The network is down"]


@pytest.mark.parametrize("which", ["case", "incident"])
@one_engine
async def test_what_becomes_confidential_is_nobodys_case_and_has_none(house: House, which: str) -> None:
    number, (case,) = await outage(house, 1)
    await house.desk.do(moving.move, case if which == "case" else number, house.ids["Omar"], "payroll", "It is theirs")
    assert not await house.desk.look(relations.sources, number, "incident", 9)
    if which == "case":
        await house.desk.do(deliver)
        await house.desk.do(lifecycle.resolve, number, house.ids["Omar"])
        await ring(house)
        assert (await ticket_of(house, case)).unresolved, "nobody of its own queue said so"


@one_engine
async def test_what_an_answer_says_in_a_room_has_no_words_of_a_confidential_ticket(house: House) -> None:
    number = await ask(house, "My salary is wrong", "Erik")
    await house.desk.do(deliver)
    home = await house.desk.look(home_thread, number)
    await house.desk.do(intake.receive, house.said("Erik", "And my pension is missing", thread=home))
    await house.desk.do(moving.move, number, house.ids["Omar"], "payroll", "It is theirs")
    await typed(house, "Lisa", f"subject {number} Salaries")
    assert text_of(await typed(house, "Lisa", f"incident {number}")) == f"#{number} “🔒” is an incident now. " + (
        f"Gather its cases: /ticket same 43 {number}"
    )
    answer = text_of(await typed(house, "Lisa", f"split {number} pension"))
    assert "🔒" in answer and "pension" not in answer


async def test_what_is_taken_back_in_time_reaches_nobody(house: House) -> None:
    number, cases = await outage(house)
    await typed(house, "Omar", f"announce {number} All is lost")
    said = (await house.desk.look(messages.of_ticket, number))[-1]
    await house.desk.do(replies.undo, said.id, house.ids["Omar"])
    assert not [one for one in await ring(house) if one.kind == "message" and one.to == "home"]
    assert len(await house.desk.look(messages.of_ticket, cases[0])) == 1


async def test_its_cases_are_resolved_with_it_but_for_those_that_others_hold(house: House) -> None:
    number, cases = await outage(house)
    await house.desk.do(claims.claim, cases[1], house.ids["Lisa"])
    await house.desk.do(deliver)
    await house.desk.do(lifecycle.resolve, number, house.ids["Omar"])
    letters = await ring(house)
    assert (await ticket_of(house, cases[0])).status == "resolved"
    assert (await ticket_of(house, cases[1])).status == "open"
    assert sorted(one.say for one in letters if one.say.startswith("incident")) == [
        "incident.case_left",
        "incident.over",
    ]


async def test_cases_are_not_nagged_about_while_their_incident_lives(house: House) -> None:
    number, cases = await outage(house, 1)
    house.clock.advance(hours=5)
    while await alarms.tick(house.desk):
        pass
    nagged = {row.ticket for row in await rows(house) if str(row.payload.get("say", "")).startswith("nag.")}
    assert number in nagged and cases[0] not in nagged
    await typed(house, "Omar", f"same {cases[0]} off")
    house.clock.advance(hours=5)
    while await alarms.tick(house.desk):
        pass
    nagged = {row.ticket for row in await rows(house) if str(row.payload.get("say", "")).startswith("nag.")}
    assert cases[0] in nagged


@one_engine
async def test_an_incident_that_takes_too_long_goes_up_and_its_cases_stay(house: House) -> None:
    queues = house.desk.directory.desk.queues
    tiers = {**queues, "it": replace(queues["it"], escalates_to="customers")}
    house.desk.directory = sample_directory(queues=tiers)
    number, cases = await outage(house, 1)
    house.clock.advance(hours=9)
    while await alarms.tick(house.desk):
        pass
    assert [(await ticket_of(house, one)).queue for one in (number, *cases)] == ["customers", "it"]
    assert (await ticket_of(house, cases[0])).priority == "normal"


@one_engine
async def test_many_cases_are_answered_some_at_a_time(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(incidents, "LOT", 2)
    number, cases = await outage(house, 5)
    await typed(house, "Omar", f"announce {number} We are on it")
    await ring(house)
    for case in cases:
        assert [one.text for one in await house.desk.look(messages.of_ticket, case)][1:] == ["We are on it"]
    await house.desk.do(lifecycle.resolve, number, house.ids["Omar"])
    await ring(house)
    assert {(await ticket_of(house, case)).status for case in cases} == {"resolved"}


@one_engine
async def test_what_cannot_be_is_refused(house: House) -> None:
    number, cases = await outage(house, 1)
    for words, reason in (
        (f"same {number} {cases[0]}", "no_incident"),
        (f"same {cases[0]} {cases[0]}", "same_ticket"),
        (f"announce {cases[0]} Hello", "no_incident"),
    ):
        with pytest.raises(BadInput) as refused:
            await typed(house, "Omar", words)
        assert refused.value.reason == reason
    with pytest.raises(NotHolder):
        await typed(house, "Lisa", f"announce {number} Hello")
    with pytest.raises(NotFound):
        await typed(house, "Anna", f"incident {number}")
    await house.desk.do(lifecycle.resolve, cases[0], house.ids["Omar"])
    with pytest.raises(WrongStatus):
        await typed(house, "Omar", f"incident {cases[0]}")
    assert await house.desk.look(tickets.incidents, "it", 5) == [number]
    assert timedelta(0) < house.clock.now - (await ticket_of(house, number)).created_at
