"""Tickets that wait for their requester, and those that are solved: each step is kept, can be called off, and happens
once, whatever restarts and however the desk file is edited.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from inbox.desk import alarms, claims, lifecycle, windows
from inbox.desk.door import Desk
from inbox.directory import Windows
from inbox.store import alarms as stored
from inbox.store import surveys as stored_surveys
from tests.house import House, sample_directory
from tests.inbox.deeds import answer, ask, ask_again, one_engine, ticket_of, told
from tests.inbox.postman import Letter, deliver
from tests.inbox.test_care import pending

HOUR, DAY = 3600, 86_400
QUICK = Windows(reopen=5 * HOUR, close=5 * HOUR, remind_pending=(HOUR, 2 * HOUR), resolve_pending=3 * HOUR)


def edited(house: House, **changes: object) -> None:
    """The desk file has other windows from now on."""
    new = replace(house.desk.directory.desk.windows, **changes)  # type: ignore[arg-type]
    house.desk.directory = replace(house.desk.directory, desk=replace(house.desk.directory.desk, windows=new))


async def beat(house: House, **later: float) -> list[str]:
    """Time passes, all that is due is done, the postman comes; returns what the requesters were told of waiting."""
    return [letter.say for letter in await letters(house, **later) if letter.say.startswith("pending.")]


async def letters(house: House, **later: float) -> list[Letter]:
    house.clock.advance(**later)
    while await alarms.tick(house.desk):
        pass
    return await house.desk.do(deliver)


async def test_each_window_is_a_setting(house: House) -> None:
    house.desk.directory = sample_directory(windows=QUICK)
    number = await pending(house)
    assert await beat(house, seconds=HOUR - 1) == []
    assert await beat(house, seconds=1) == ["pending.reminder"]
    assert await beat(house, hours=1) == ["pending.reminder"]
    assert await beat(house, hours=1) == ["pending.resolved"]
    assert await beat(house, seconds=5 * HOUR - 1) == []
    assert (await ticket_of(house, number)).status == "resolved"
    await beat(house, seconds=1)
    assert (await ticket_of(house, number)).status == "closed"
    assert await house.desk.look(stored_surveys.of_ticket, number) == []


async def test_many_schedulers_remind_and_solve_once(house: House) -> None:
    number = await pending(house)
    url = house.desk.store.url.render_as_string(hide_password=False)
    desks = [house.desk, *(Desk(url, sample_directory(), house.clock) for _ in range(2))]
    said: Counter[str] = Counter()
    for days in (2, 2, 2, 7):
        house.clock.advance(days=days)
        await asyncio.gather(*(alarms.tick(desk) for desk in (*desks, *desks)))
        said.update(letter.say for letter in await house.desk.do(deliver) if letter.to == "home")
    for desk in desks[1:]:
        await desk.close()
    assert said["pending.reminder"] == 2 and said["pending.resolved"] == 1
    assert [len(await told(house, number, kind)) for kind in ("pending_reminded", "resolved", "closed")] == [2, 1, 1]


async def test_the_requesters_word_calls_all_of_it_off(house: House) -> None:
    """Also in the last moment: what is solved for want of an answer is open again, and nothing closes it."""
    number = await pending(house)
    assert await beat(house, days=6) == ["pending.resolved"]
    await ask_again(house, number, "Sorry, I was ill. It still smokes.")
    assert (await ticket_of(house, number)).status in ("new", "open")
    assert await beat(house, days=8) == []
    assert (await ticket_of(house, number)).unresolved


@one_engine
async def test_solved_for_want_of_an_answer_is_never_asked_about_but_solved_by_somebody_is(house: House) -> None:
    number = await pending(house)
    await beat(house, days=6)
    assert await house.desk.look(stored_surveys.of_ticket, number) == []
    await ask_again(house, number)
    await answer(house, number)
    await house.desk.do(lifecycle.resolve, number, house.ids["Omar"])
    assert len(await house.desk.look(stored_surveys.of_ticket, number)) == 1


@one_engine
async def test_a_downtime_that_ends_at_night_wakes_nobody(house: House) -> None:
    number = await pending(house)
    house.clock.now = datetime(2026, 3, 5, 2, 0, tzinfo=UTC)
    assert await beat(house) == []
    house.clock.now = datetime(2026, 3, 5, 8, 0, tzinfo=UTC)  # nine in Stockholm
    assert await beat(house) == ["pending.reminder"]
    house.clock.now = datetime(2026, 3, 10, 2, 0, tzinfo=UTC)
    assert await beat(house) == []
    assert (await ticket_of(house, number)).status == "pending"
    house.clock.now = datetime(2026, 3, 10, 8, 0, tzinfo=UTC)
    assert await beat(house) == ["pending.resolved"]


@one_engine
@pytest.mark.parametrize("by_hand", [False, True])
async def test_while_the_ticket_sleeps_nobody_is_reminded_and_then_there_is_all_the_time_again(
    house: House, by_hand: bool
) -> None:
    """Anna is on holiday, and Omar knows it: he lets her ticket sleep for three weeks."""
    number = await pending(house)
    await house.desk.do(lifecycle.snooze, number, house.ids["Omar"], house.clock.now + timedelta(days=21))
    assert await beat(house, days=10) == []
    if by_hand:
        await house.desk.do(lifecycle.wake, number, house.ids["Omar"])
    else:
        assert await beat(house, days=11) == []
    assert (await ticket_of(house, number)).status == "pending"
    assert await beat(house, days=1) == []
    assert await beat(house, days=1) == ["pending.reminder"]
    assert await beat(house, days=4) == ["pending.resolved"]


DEEDS: dict[str, Callable[[House, int], Awaitable[object]]] = {
    "on hold": lambda house, number: house.desk.do(lifecycle.hold, number, house.ids["Omar"]),
    "resolved": lambda house, number: house.desk.do(lifecycle.resolve, number, house.ids["Omar"]),
    "spam": lambda house, number: house.desk.do(lifecycle.close, number, house.ids["Omar"], "spam"),
    "given back": lambda house, number: house.desk.do(claims.release, number, house.ids["Omar"]),
}


@pytest.mark.parametrize("deed", DEEDS)
async def test_what_an_agent_makes_of_the_ticket_calls_it_off(house: House, deed: str) -> None:
    """Also where a reminder waits to be sent already."""
    number = await pending(house)
    house.clock.advance(days=2)
    assert await alarms.tick(house.desk) > 0
    await DEEDS[deed](house, number)
    assert [said for days in (0, 2, 2, 2) for said in await beat(house, days=days)] == []


# The desk file is edited


async def test_less_time_in_the_file_holds_for_what_waits_already(house: House) -> None:
    waiting = await pending(house)
    solved = await ask(house, "The lamp", "Erik")
    await answer(house, solved)
    await house.desk.do(lifecycle.resolve, solved, house.ids["Omar"])
    edited(house, remind_pending=(HOUR,), resolve_pending=2 * HOUR, close=3 * HOUR)
    assert await windows.follow_file(house.desk) == 2
    assert await windows.follow_file(house.desk) == 0
    assert await beat(house, hours=1) == ["pending.reminder"]
    assert await beat(house, hours=1) == ["pending.resolved"]
    await beat(house, hours=1)
    assert (await ticket_of(house, solved)).status == "closed"
    assert (await ticket_of(house, waiting)).status == "resolved"


@one_engine
async def test_more_time_in_the_file_holds_as_well(house: House) -> None:
    waiting = await pending(house)
    solved = await ask(house, "The lamp", "Erik")
    await answer(house, solved)
    await house.desk.do(lifecycle.resolve, solved, house.ids["Omar"])
    edited(house, remind_pending=(10 * DAY,), resolve_pending=20 * DAY, close=30 * DAY, reopen=30 * DAY)
    assert await windows.follow_file(house.desk) == 0  # the alarms see to it themselves
    assert await beat(house, days=9) == []
    assert [(await ticket_of(house, number)).status for number in (waiting, solved)] == ["pending", "resolved"]
    assert await beat(house, days=1) == ["pending.reminder"]
    assert await beat(house, days=10) == ["pending.resolved"]
    await beat(house, days=10)
    assert (await ticket_of(house, solved)).status == "closed"


@one_engine
async def test_a_desk_that_wants_no_reminders_any_more_sends_none(house: House) -> None:
    await pending(house)
    edited(house, remind_pending=())
    assert await windows.follow_file(house.desk) == 0
    assert await beat(house, days=5, hours=23) == []
    assert await beat(house, hours=1) == ["pending.resolved"]


@one_engine
async def test_a_reminder_that_was_sent_is_not_sent_again_by_another_file(house: House) -> None:
    await pending(house)
    assert await beat(house, days=2) == ["pending.reminder"]
    edited(house, remind_pending=(DAY, 3 * DAY))
    assert await windows.follow_file(house.desk) == 1
    assert await beat(house, hours=12) == []
    assert await beat(house, hours=12) == ["pending.reminder"]


@one_engine
async def test_what_sleeps_or_was_opened_again_is_not_moved(house: House) -> None:
    asleep = await pending(house)
    await house.desk.do(lifecycle.snooze, asleep, house.ids["Omar"], house.clock.now + timedelta(days=3))
    edited(house, remind_pending=(HOUR,), resolve_pending=2 * HOUR)
    assert await windows.follow_file(house.desk) == 0
    assert not await house.desk.do(windows.hasten, "close", asleep)


# LESSONS 24


async def test_closing_fires_for_each_once_at_its_time_and_tells_nobody(house: House) -> None:
    """Lesson 24 (discord-tickets#559, #552, #173, modmail#3290): auto-close did not fire, fired at random or ran into
    rate limits. Here: what was solved within some minutes is closed after a week and a downtime of three days, each
    once; and of messages there is one change of each card."""
    numbers = []
    for index in range(12):
        numbers.append(await ask(house, f"Matter {index}", "Anna" if index % 2 else "Erik"))
        await house.desk.do(lifecycle.resolve, numbers[-1], house.ids["Maja"])
        house.clock.advance(121)  # the next is a matter of its own
    await letters(house, days=2)
    last_solved = house.clock.now - timedelta(days=2)
    assert await letters(house, days=4, hours=23) == []  # nothing before its time
    house.clock.now = last_solved + timedelta(days=10)
    assert Counter(letter.kind for letter in await letters(house)) == {"card": len(numbers)}
    for number in numbers:
        closed = await ticket_of(house, number)
        assert (closed.status, closed.closed_as) == ("closed", "done")
        assert len(await told(house, number, "closed")) == 1
        assert await house.desk.look(stored.at, "close", number) is None
    assert await letters(house, days=30) == []
