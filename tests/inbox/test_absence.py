"""Away and back: what an agent holds meanwhile, who hears of it, and where a solved ticket goes that is not solved."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from inbox.desk import absence, alarms, claims, intake, lifecycle, replies
from inbox.directory import Agent, Directory
from inbox.errors import BadInput
from inbox.store import Tx, events, threads
from inbox.store import alarms as stored
from sla.hours import OpeningHours, parse_week
from tests.house import House
from tests.inbox.deeds import ask, ask_again, one_engine, ticket_of, told
from tests.inbox.office import beat_at, office, says
from tests.inbox.postman import deliver

DAY = OpeningHours("day", "UTC", parse_week({"mon-fri": ["08:00-17:00"]}))
EARLY = OpeningHours("early", "UTC", parse_week({"mon-fri": ["06:00-12:00"]}))


def changed(house: House, **values: Any) -> None:
    """The queue `it` is another one."""
    directory = house.desk.directory
    queues = {**directory.desk.queues, "it": replace(directory.desk.queues["it"], **values)}
    house.desk.directory = Directory(replace(directory.desk, queues=queues), directory.rooms)


def shifts(house: House, **hours: OpeningHours) -> None:
    agents = {("acme", f"U-{name.upper()}"): Agent(hours=shift) for name, shift in hours.items()}
    house.desk.directory = replace(house.desk.directory, desk=replace(house.desk.directory.desk, agents=agents))


async def held(house: House, name: str = "Omar", count: int = 1) -> list[int]:
    numbers = []
    for _ in range(count):
        house.clock.advance(130)
        numbers.append(await ask(house))
        await house.desk.do(claims.claim, numbers[-1], house.ids[name])
    return numbers


async def away(house: House, name: str = "Omar", until: datetime | None = None) -> absence.Away:
    return await house.desk.do(absence.away, house.ids[name], until)


async def is_away(house: House, name: str = "Omar") -> bool:
    return await house.desk.look(absence.is_away, house.clock.now, house.ids[name])


async def test_going_away_shows_what_one_holds(house: House) -> None:
    numbers = await held(house, count=2)
    until = house.clock.now + timedelta(hours=2)
    left = await away(house, until=until)
    assert (left.until, [ticket.number for ticket in left.holds]) == (until, numbers)
    assert await is_away(house)
    assert not await is_away(house, "Lisa")
    assert [(await ticket_of(house, number)).assignee_id for number in numbers] == [house.ids["Omar"]] * 2


async def test_one_is_back_when_one_says_so_or_the_time_is_over(house: House) -> None:
    await away(house, until=house.clock.now + timedelta(hours=1))
    assert await house.desk.do(absence.back, house.ids["Omar"])
    assert not await is_away(house)
    assert await house.desk.look(stored.at, absence.BACK, house.ids["Omar"]) is None
    await away(house, until=house.clock.now + timedelta(hours=1))
    house.clock.advance(hours=1)
    assert not await is_away(house)
    assert await alarms.tick(house.desk) == 1
    assert not await house.desk.do(absence.back, house.ids["Omar"])
    happened = [
        [e.kind for e in await house.desk.look(events.of_desk, kind, house.clock.now - timedelta(hours=2), 9)]
        for kind in ("away", "back")
    ]
    assert happened == [["away"] * 2, ["back"] * 2]


@one_engine
async def test_the_time_that_was_said_last_counts_and_the_same_again_changes_nothing(house: House) -> None:
    since = house.clock.now
    await away(house, until=since + timedelta(hours=1))
    house.clock.advance(60)
    for until in (since + timedelta(hours=2), since + timedelta(hours=2), None, None):
        await away(house, until=until)
    known = await house.desk.look(absence.of, house.clock.now, house.ids["Omar"])
    assert known and (known.since, known.until) == (since, None)
    house.clock.advance(hours=3)
    assert await alarms.tick(house.desk) == 0
    assert await is_away(house)
    assert len(await house.desk.look(events.of_desk, "away", since, 9)) == 3


@one_engine
async def test_only_agents_are_away_and_not_until_yesterday(house: House) -> None:
    with pytest.raises(BadInput) as refused:
        await away(house, "Anna")
    assert refused.value.key == "error.no_agent"
    with pytest.raises(BadInput) as refused:
        await away(house, until=house.clock.now)
    assert refused.value.key == "error.past"


async def test_giving_everything_back_leaves_the_others_theirs(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(claims, "GIVEN_BACK", 2)
    numbers, [lisas] = await held(house, count=3), await held(house, "Lisa")
    await away(house)
    assert await house.desk.do(claims.give_back_all, house.ids["Omar"]) == 2
    assert await alarms.tick(house.desk) == 1
    for number in numbers:
        ticket = await ticket_of(house, number)
        assert (ticket.assignee_id, ticket.status, ticket.fence) == (None, "new", 2)
        [event] = await told(house, number, "released")
        assert (event.actor, event.facts["forced"]) == (house.ids["Omar"], False)
    assert (await ticket_of(house, lisas)).assignee_id == house.ids["Lisa"]
    assert await house.desk.do(claims.give_back_all, house.ids["Omar"]) == 0
    assert await alarms.tick(house.desk) == 0


@one_engine
async def test_what_is_given_back_goes_to_the_next_in_turn(house: House) -> None:
    changed(house, assignment="round_robin")
    [number] = await held(house)
    await away(house)
    await house.desk.do(claims.give_back_all, house.ids["Omar"])
    await alarms.tick(house.desk)
    assert (await ticket_of(house, number)).assignee_id == house.ids["Lisa"]


# nags: away holder → queue → leads


@pytest.fixture
def it(house: House) -> House:
    house.desk.directory = office(return_after=None)
    return house


@one_engine
async def test_the_queue_hears_what_an_absent_holder_would(it: House) -> None:
    await held(it)
    await away(it)
    assert says(await beat_at(it, hours=3)) == [("room", "nag.first_reply.warning", "C-DESK")]
    assert says(await beat_at(it, hours=1)) == [("room", "nag.first_reply.breach", "C-DESK")]
    await it.desk.do(absence.back, it.ids["Omar"])
    assert ("direct", "nag.first_reply.leads", "U-MAJA") in says(await beat_at(it, hours=1))


@one_engine
async def test_leads_hear_it_where_the_queue_has_no_room_and_absent_leads_do_not(it: House) -> None:
    await held(it)
    changed(it, desk=None)
    await away(it)
    assert says(await beat_at(it, hours=3)) == [("direct", "nag.first_reply.warning", "U-MAJA")]
    await away(it, "Maja")
    assert says(await beat_at(it, hours=1)) == []


@one_engine
async def test_the_room_hears_what_absent_leads_would(it: House) -> None:
    await held(it)
    await away(it, "Maja")
    assert says(await beat_at(it, hours=5)) == [("room", "nag.first_reply.leads", "C-DESK")]


# reopened


async def solved(house: House) -> int:
    [number] = await held(house)
    await house.desk.do(deliver)
    await house.desk.do(lifecycle.resolve, number, house.ids["Omar"])
    return number


async def stays(house: House, number: int) -> bool:
    """Anna writes again: does it come back to Omar?"""
    await ask_again(house, number, "It burns again")
    ticket = await ticket_of(house, number)
    assert ticket.status == ("open" if ticket.assignee_id else "new") and not ticket.microphone
    return ticket.assignee_id == house.ids["Omar"]


@pytest.mark.parametrize("mode", ["manual", "round_robin"])
async def test_a_ticket_that_is_reopened_does_not_wait_for_somebody_absent(house: House, mode: str) -> None:
    """Lesson 5: it goes to the queue, or to the next in turn."""
    changed(house, assignment=mode)
    number = await solved(house)
    await away(house)
    assert not await stays(house, number)
    while await alarms.tick(house.desk):
        pass
    assert (await ticket_of(house, number)).assignee_id == (house.ids["Lisa"] if mode == "round_robin" else None)
    sent = [one.say for one in await house.desk.do(deliver) if one.to == "U-OMAR"]
    assert sent == []


@one_engine
async def test_a_ticket_that_is_reopened_comes_back_to_who_is_there(house: House) -> None:
    number = await solved(house)
    assert await stays(house, number)


@one_engine
@pytest.mark.parametrize(("hour", "comes_back"), [(9, True), (13, False), (22, True)])
async def test_who_is_off_shift_gets_nothing_back_and_at_night_it_is_the_morning_that_counts(
    house: House, hour: int, *, comes_back: bool
) -> None:
    changed(house, policy=replace(house.desk.directory.desk.queues["it"].policy, hours=DAY))
    shifts(house, omar=EARLY)
    number = await solved(house)
    house.clock.now = datetime(2026, 3, 2, hour, 30, tzinfo=UTC)
    assert await stays(house, number) is comes_back


@one_engine
async def test_who_is_away_until_after_the_morning_gets_nothing_back_at_night(house: House) -> None:
    changed(house, policy=replace(house.desk.directory.desk.queues["it"].policy, hours=DAY))
    number = await solved(house)
    house.clock.now = datetime(2026, 3, 2, 22, 0, tzinfo=UTC)
    await away(house, until=datetime(2026, 3, 3, 8, 30, tzinfo=UTC))
    assert not await stays(house, number)
    other = await solved(house)
    await away(house, until=datetime(2026, 3, 3, 7, 30, tzinfo=UTC))
    assert await stays(house, other)


@one_engine
async def test_who_sends_words_on_their_solved_ticket_is_there(house: House) -> None:
    """Held words that go out open the ticket again, and stay their writer's."""
    number = await solved(house)
    await away(house)
    thread = await house.desk.look(lambda tx: _desk_thread(tx, number))
    await house.desk.do(intake.receive, house.said("Omar", "One more thing", "C-DESK", thread=thread))
    [asked] = [one for one in await house.desk.do(deliver) if one.say == "held.held_off"]
    await house.desk.do(replies.send_held, int(asked.actions[0].split(":")[1]), house.ids["Omar"])
    assert (await ticket_of(house, number)).assignee_id == house.ids["Omar"]


def _desk_thread(tx: Tx, number: int) -> str:
    desk = threads.desk(tx, number)
    assert desk and desk.external_id
    return desk.external_id
