"""Outside opening hours: whoever writes is told when somebody is there again, once in each closed time."""

import asyncio
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from bots.texts import phrase
from inbox.desk import alarms, direct, intake, lifecycle, presence, replies, splitting
from inbox.directory import DM, Directory, RoomRef
from inbox.store import greeted
from sla.hours import ALWAYS, OpeningHours
from tests.house import House
from tests.inbox.deeds import answer, ask, ask_again, home_thread, one_engine, ticket_of
from tests.inbox.office import office, promised
from tests.inbox.postman import Letter, deliver

FRIDAY_NIGHT = datetime(2026, 3, 6, 21, 0, tzinfo=UTC)
MONDAY_MORNING = datetime(2026, 3, 9, 8, 0, tzinfo=UTC)
SAYS = ("receipt", "receipt_closed", "receipt_for", "closed.told")


@pytest.fixture
def closed(house: House) -> House:
    """The office on a Friday night; it opens on Monday."""
    house.desk.directory = office()
    house.clock.now = FRIDAY_NIGHT
    return house


def with_queue(directory: Directory, key: str = "it", **changes: object) -> Directory:
    queues = dict(directory.desk.queues)
    queues[key] = replace(queues[key], **changes)  # type: ignore[arg-type]
    return replace(directory, desk=replace(directory.desk, queues=queues))


async def heard(house: House) -> list[Letter]:
    """What requesters were told meanwhile, other than answers."""
    return [letter for letter in await house.desk.do(deliver) if letter.say in SAYS]


def says(letters: list[Letter]) -> list[str]:
    return [letter.say for letter in letters]


async def test_the_receipt_of_a_ticket_says_when_the_queue_opens(closed: House) -> None:
    await ask(closed)
    [receipt] = await heard(closed)
    assert (receipt.say, receipt.to, receipt.facts["opens"]) == ("receipt_closed", "home", MONDAY_MORNING.isoformat())


@one_engine
@pytest.mark.parametrize(
    ("language", "timezone", "opens"),
    [
        ("en", "Asia/Kolkata", "opens again Mon 9 Mar 13:30"),
        ("sv", "Europe/Stockholm", "öppnar igen mån 9 mars 09:00"),
        ("da", "America/New_York", "åbner igen man. 9. mar. 04.00"),
    ],
)
async def test_it_is_said_in_the_language_and_by_the_clock_of_who_asks(
    closed: House, language: str, timezone: str, opens: str
) -> None:
    said = closed.said("Maja", "Hello?", room="C-HELP")
    said = replace(said, author=replace(said.author, external_id="U-NEW", language=language, timezone=timezone))
    await closed.desk.do(intake.receive, said)
    [receipt] = await heard(closed)
    assert opens in phrase(receipt.language, receipt.say, receipt.facts, timezone)


async def test_once_in_each_closed_time_however_much_they_write(closed: House) -> None:
    number = await ask(closed)
    assert says(await heard(closed)) == ["receipt_closed"]
    for _ in range(3):
        closed.clock.advance(hours=1)
        await ask_again(closed, number)
    await ask(closed, "And another matter")
    assert says(await heard(closed)) == ["receipt"]
    closed.clock.now = MONDAY_MORNING + timedelta(hours=9)  # closing time
    await ask_again(closed, number)
    [told] = await heard(closed)
    opens = MONDAY_MORNING + timedelta(days=1)
    assert (told.say, told.to, told.facts["opens"]) == ("closed.told", "home", opens.isoformat())
    await ask_again(closed, number)
    assert await heard(closed) == []


async def test_in_opening_hours_nothing_is_said_of_hours(closed: House) -> None:
    closed.clock.now = MONDAY_MORNING
    number = await ask(closed)
    await ask_again(closed, number)
    assert says(await heard(closed)) == ["receipt"]
    closed.clock.now = MONDAY_MORNING - timedelta(microseconds=1)
    await ask_again(closed, number)
    assert says(await heard(closed)) == ["closed.told"]


@one_engine
async def test_each_queue_has_its_own_hours(closed: House) -> None:
    """Erik asks in a queue that is always open, and then in one that is not."""
    policy = replace(closed.desk.directory.desk.queues["customers"].policy, hours=ALWAYS)
    closed.desk.directory = with_queue(closed.desk.directory, "customers", policy=policy)
    await closed.desk.do(intake.receive, closed.said("Erik", "Hello", "dm-erik", connection="shop", direct=True))
    assert says(await heard(closed)) == ["receipt"]
    await closed.desk.do(intake.receive, closed.said("Erik", "Hello", "900", connection="community"))
    assert says(await heard(closed)) == ["receipt_closed"]


@one_engine
async def test_a_queue_can_leave_it_unsaid(closed: House) -> None:
    closed.desk.directory = with_queue(closed.desk.directory, closed_reply=False)
    number = await ask(closed)
    closed.clock.advance(hours=1)
    await ask_again(closed, number)
    assert says(await heard(closed)) == ["receipt"]


@one_engine
async def test_a_calendar_that_has_run_dry_promises_no_opening(closed: House) -> None:
    once = OpeningHours("once", "UTC", special={date(2026, 3, 2): ((480, 1020),)})
    policy = replace(closed.desk.directory.desk.queues["it"].policy, hours=once)
    closed.desk.directory = with_queue(closed.desk.directory, policy=policy)
    await ask(closed)
    assert says(await heard(closed)) == ["receipt"]


@one_engine
async def test_a_confidential_queue_says_it_too(closed: House) -> None:
    closed.desk.directory = with_queue(closed.desk.directory, "payroll", intake=(RoomRef("acme", DM),))
    closed.desk.directory = with_queue(closed.desk.directory, "it", intake=(RoomRef("acme", "#it-help"),))
    await closed.desk.do(intake.receive, closed.said("Anna", "My salary", "dm-anna", direct=True))
    [receipt] = await heard(closed)
    assert (receipt.say, receipt.facts["queue"]) == ("receipt_closed", "Payroll")


@one_engine
async def test_agents_know_their_hours(closed: House) -> None:
    """Lisa needs help herself, in a queue that she answers for."""
    closed.desk.directory = with_queue(closed.desk.directory, "customers", intake=())
    await closed.desk.do(intake.receive, closed.said("Lisa", "My own laptop", "dm-lisa", direct=True))
    assert says(await heard(closed)) == ["receipt"]


async def evening(house: House) -> int:
    """Anna asked in the daytime, Omar answered; it is past closing time now."""
    house.clock.now = MONDAY_MORNING + timedelta(hours=8)
    number = await ask(house)
    await answer(house, number)
    await heard(house)
    house.clock.now = MONDAY_MORNING + timedelta(hours=9, minutes=30)
    return number


@one_engine
async def test_who_is_being_answered_is_not_told_that_nobody_is_there(closed: House) -> None:
    number = await evening(closed)
    await answer(closed, number)
    closed.clock.advance(60)
    await ask_again(closed, number)
    assert await heard(closed) == []
    closed.clock.advance(hours=1)
    await ask_again(closed, number, "Are you still there?")
    assert says(await heard(closed)) == ["closed.told"]


@one_engine
@pytest.mark.parametrize(("writes", "told"), [(True, []), (False, ["closed.told"])])
async def test_an_agent_who_writes_at_this_moment_is_there(closed: House, writes: bool, told: list[str]) -> None:
    number = await evening(closed)
    await closed.desk.do(presence.here, number, closed.ids["Lisa"], "web", writing=writes)
    await ask_again(closed, number)
    assert says(await heard(closed)) == told


@one_engine
async def test_who_splits_a_ticket_is_there(closed: House) -> None:
    number = await evening(closed)
    await answer(closed, number)
    await ask_again(closed, number, "The scanner, too")
    await closed.desk.do(splitting.split, number, closed.ids["Omar"], "scanner")
    assert says(await heard(closed)) == ["receipt"]


@one_engine
async def test_a_note_is_no_answer(closed: House) -> None:
    number = await evening(closed)
    await closed.desk.do(replies.note, number, closed.ids["Omar"], "Tomorrow.")
    await ask_again(closed, number)
    assert says(await heard(closed)) == ["closed.told"]


@one_engine
async def test_thanks_need_nobody(closed: House) -> None:
    number = await evening(closed)
    await ask_again(closed, number, "Thank you!")
    assert await heard(closed) == []
    await ask_again(closed, number, "But it still smokes")
    assert says(await heard(closed)) == ["closed.told"]


@one_engine
async def test_who_reopens_a_ticket_at_night_is_told(closed: House) -> None:
    number = await evening(closed)
    await closed.desk.do(lifecycle.resolve, number, closed.ids["Omar"])
    await ask_again(closed, number, "It burns again")
    assert "closed.told" in says(await heard(closed))


@one_engine
async def test_words_that_waited_for_their_queue_are_told_in_its_receipt(closed: House) -> None:
    both = (RoomRef("acme", DM),)
    closed.desk.directory = with_queue(closed.desk.directory, "customers", intake=both)
    await closed.desk.do(intake.receive, closed.said("Anna", "Hello", "dm-anna", direct=True))
    assert says(await heard(closed)) == []
    await closed.desk.do(direct.decide, closed.ids["Anna"], queue_key="customers")
    assert says(await heard(closed)) == ["receipt_closed"]


@one_engine
async def test_it_is_not_said_any_more_once_the_queue_is_open(closed: House) -> None:
    number = await evening(closed)
    await ask_again(closed, number)
    closed.clock.now = MONDAY_MORNING + timedelta(days=1)
    assert await heard(closed) == []


@one_engine
async def test_it_is_not_said_any_more_once_somebody_answered(closed: House) -> None:
    """Omar, who reads along in the channel, is quicker than the notice."""
    number = await evening(closed)
    await ask_again(closed, number)
    thread = await closed.desk.look(home_thread, number)
    await closed.desk.do(intake.receive, closed.said("Omar", "I am here!", thread=thread))
    assert await heard(closed) == []


async def test_it_keeps_no_promise(closed: House) -> None:
    """An automatic word is no reply: every promise runs on as if nothing had been said."""
    number = await ask(closed)
    assert says(await heard(closed)) == ["receipt_closed"]
    closed.clock.now = MONDAY_MORNING + timedelta(hours=5)
    while await alarms.tick(closed.desk):
        pass
    assert (await promised(closed, number))["first_reply"].state == "breached"
    assert not (await ticket_of(closed, number)).answered


async def test_two_accounts_of_one_person_that_write_at_once_are_told_once(closed: House) -> None:
    key = (closed.ids["Anna"], "it")
    told = await asyncio.gather(*(closed.desk.do(greeted.first, *key, MONDAY_MORNING) for _ in range(10)))
    assert told.count(True) == 1
    closed.clock.now = MONDAY_MORNING
    assert await closed.desk.do(greeted.first, *key, MONDAY_MORNING + timedelta(days=1))
    assert not await closed.desk.do(greeted.first, *key, MONDAY_MORNING + timedelta(days=1))
