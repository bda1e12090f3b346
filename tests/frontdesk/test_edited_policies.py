"""The desk file is edited between two starts: what runs is counted by what it says now, from its own start."""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from inbox.desk import claims, lifecycle, policies, promises
from inbox.desk.door import Desk
from inbox.directory import Directory
from inbox.model import Promise
from inbox.store import Tx, events, tickets
from inbox.store import promises as stored
from sla.duration import Duration
from sla.hours import ALWAYS, OpeningHours, parse_week
from sla.policy import METRICS, Policy, Targets
from tests.house import MONDAY, House
from tests.inbox.deeds import answer, ask, ask_again, one_engine
from tests.inbox.office import OFFICE, change
from tests.inbox.sending import deliver_all
from tests.inbox.test_moved_furniture import without

HOUR = 3600


def promising(directory: Directory, queue: str = "it", **hours: int) -> Directory:
    """The desk file with other targets for a queue's ordinary tickets."""
    old = directory.desk.queues[queue].policy
    targets = Targets({metric: {"normal": Duration(many * HOUR)} for metric, many in hours.items()})
    edited = replace(directory.desk.queues[queue], policy=Policy(old.name, old.hours, targets))
    return replace(directory, desk=replace(directory.desk, queues={**directory.desk.queues, queue: edited}))


async def promised(house: House, number: int) -> dict[str, Promise]:
    return {p.metric: p for p in await house.desk.look(stored.of_ticket, number)}


async def due(house: House, number: int) -> datetime | None:
    found = await house.desk.look(tickets.get, number)
    assert found
    return found.due_at


async def test_what_runs_is_counted_anew_from_its_start(house: House) -> None:
    number = await ask(house)
    house.clock.advance(hours=1)
    await deliver_all(house)
    house.desk.directory = promising(house.desk.directory, first_reply=2, claim=3)
    assert await house.desk.look(policies.count_stale) == 2
    assert await policies.follow_file(house.desk) == 1
    found = await promised(house, number)
    assert found["first_reply"].due_at == MONDAY + timedelta(hours=2) == await due(house, number)
    assert found["resolution"].state == "cancelled"  # nothing is promised for it any more
    assert found["claim"].due_at == MONDAY + timedelta(hours=3)  # promised since the file says so
    assert "card" in {errand.kind for errand in await deliver_all(house)}
    assert await house.desk.look(policies.count_stale) == 0 == await policies.follow_file(house.desk)
    assert await deliver_all(house) == []


SHORT = OpeningHours("office", "UTC", parse_week({"mon-fri": ["08:00-12:00"]}))
FEAST = replace(SHORT, closed=frozenset({MONDAY.date()}))
NIGHT = OpeningHours("office", "UTC", parse_week({"mon-sun": ["22:00-06:00"]}))


@one_engine
@pytest.mark.parametrize("hours", [SHORT, FEAST, NIGHT, ALWAYS], ids=["shorter", "closed today", "by night", "always"])
async def test_opening_hours_that_change_after_a_ticket_was_opened(house: House, hours: OpeningHours) -> None:
    """SC-05: what was promised is counted by the new hours from when it was asked, and what is past stays past."""
    house.desk.directory = opening(house.desk.directory, OFFICE)
    number = await ask(house)
    assert (await promised(house, number))["first_reply"].due_at == MONDAY + timedelta(hours=4)
    house.clock.advance(hours=1)
    house.desk.directory = opening(house.desk.directory, hours)
    assert await policies.follow_file(house.desk) == 1
    found = await promised(house, number)
    for metric, target in (("first_reply", 4), ("resolution", 16)):
        assert found[metric].due_at == hours.add(MONDAY, target * HOUR)
    assert await due(house, number) == hours.add(MONDAY, 4 * HOUR)


def opening(directory: Directory, hours: OpeningHours) -> Directory:
    """The desk file with other opening hours for its first queue."""
    it = directory.desk.queues["it"]
    edited = replace(it, policy=replace(it.policy, hours=hours))
    return replace(directory, desk=replace(directory.desk, queues={**directory.desk.queues, "it": edited}))


async def test_a_deadline_that_the_new_target_has_passed_is_missed_when_it_passed(house: House) -> None:
    number = await ask(house)
    house.clock.advance(hours=3)
    house.desk.directory = promising(house.desk.directory, first_reply=2)
    await policies.follow_file(house.desk)
    found = (await promised(house, number))["first_reply"]
    assert (found.state, found.due_at) == ("breached", MONDAY + timedelta(hours=2))


async def test_other_queues_and_what_is_over_stay_as_they_were(house: House) -> None:
    solved = await ask(house, "Solved already")
    await house.desk.do(lifecycle.resolve, solved, house.ids["Omar"])
    other = await ask(house, "Elsewhere")
    await house.desk.store.do(lambda tx: tickets.change(tx, other, queue="customers"))
    before = [await promised(house, number) for number in (solved, other)]
    house.desk.directory = promising(house.desk.directory, first_reply=2)
    assert await policies.follow_file(house.desk) == 0
    assert [await promised(house, number) for number in (solved, other)] == before


async def test_a_queue_that_the_file_forgot_follows_the_default_one(house: House) -> None:
    number = await ask(house)
    await house.desk.store.do(lambda tx: tickets.change(tx, number, queue="customers"))
    house.desk.directory = promising(without(house.desk.directory, "customers"), first_reply=2)
    assert await policies.follow_file(house.desk) == 1
    assert (await promised(house, number))["first_reply"].due_at == MONDAY + timedelta(hours=2)
    assert await policies.follow_file(house.desk) == 0


@one_engine
async def test_many_tickets_are_moved_some_at_a_time_and_one_odd_one_stops_none(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    numbers = [await ask(house, f"Question {n}", name=name) for n in range(3) for name in ("Anna", "Erik")]
    numbers = sorted(set(numbers))
    monkeypatch.setattr(policies, "BATCH", 1)
    right = promises.retargeted

    def odd(tx: Tx, now: datetime, ticket: object) -> object:
        if ticket.number == numbers[0]:  # type: ignore[attr-defined]
            raise ValueError("odd")
        return right(tx, now, ticket)  # type: ignore[arg-type]

    monkeypatch.setattr(promises, "retargeted", odd)
    house.desk.directory = promising(house.desk.directory, first_reply=2)
    assert await policies.follow_file(house.desk) == len(numbers) - 1
    assert await house.desk.look(policies.count_stale) == 2


# What is promised only now, on tickets for which nothing runs


async def answered(house: House, name: str = "Anna") -> int:
    """A ticket whose one promise was kept."""
    house.desk.directory = promising(house.desk.directory, first_reply=2)
    await policies.follow_file(house.desk)
    number = await ask(house, name=name)
    await answer(house, number)
    assert {p.state for p in (await promised(house, number)).values()} == {"met"}
    return number


async def test_what_is_promised_only_now_begins_where_nothing_runs_as_if_it_had_always_been(house: House) -> None:
    number, solved = await answered(house), await answered(house, "Erik")
    await house.desk.do(lifecycle.resolve, solved, house.ids["Omar"])
    released = house.clock.advance(hours=1)
    await house.desk.do(claims.release, number, house.ids["Omar"])
    asked = house.clock.advance(hours=1)
    await ask_again(house, number)
    house.clock.advance(hours=1)
    house.desk.directory = promising(house.desk.directory, first_reply=2, claim=9, next_reply=9, resolution=9)
    assert await policies.follow_file(house.desk) == 1
    found = await promised(house, number)
    began = {"claim": released, "next_reply": asked, "resolution": MONDAY}
    assert {metric: found[metric].started_at for metric in began} == began
    assert {found[metric].due_at for metric in began} == {at + timedelta(hours=9) for at in began.values()}
    assert found["first_reply"].state == "met" and await due(house, number) == MONDAY + timedelta(hours=9)
    assert await house.desk.look(promises.rebuild, number) == list(found.values())
    assert set(await promised(house, solved)) == {"first_reply"}
    assert await policies.follow_file(house.desk) == 0


@one_engine
async def test_it_is_looked_for_where_it_is_owed_alone(house: House) -> None:
    """What is owed to a ticket that is held and was answered, that was given back, and that asks again."""
    number = await answered(house)
    plain = house.desk.directory

    async def owed() -> set[str]:
        found = set()
        for metric in METRICS:
            house.desk.directory = promising(plain, "it", **{metric: 8})
            found |= {metric} if await house.desk.look(policies.owing, 0, 9) == [number] else set()
        return found

    assert await owed() == {"resolution"}
    await house.desk.do(claims.release, number, house.ids["Omar"])
    assert await owed() == {"resolution", "claim"}
    await ask_again(house, number)
    assert await owed() == set(METRICS)
    house.desk.directory = promising(plain, resolution=9)
    await policies.follow_file(house.desk)
    assert await owed() == {"claim", "first_reply", "next_reply"}, "what runs is not looked for"


@one_engine
async def test_it_is_looked_for_once_after_each_edit(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who is promised nothing, as a ticket of low priority here, is not tried again by every start."""
    number = await answered(house)
    await house.desk.store.do(lambda tx: tickets.change(tx, number, priority="low"))
    house.desk.directory = promising(house.desk.directory, first_reply=2, resolution=9)
    assert await house.desk.look(policies.owing, 0, 9) == [number]
    assert await house.desk.look(policies.owing, number, 9) == []
    assert await policies.follow_file(house.desk) == 0
    assert await house.desk.look(policies.owing, 0, 9) == []
    house.desk.directory = promising(house.desk.directory, first_reply=2, resolution=8)
    assert await house.desk.look(policies.owing, 0, 9) == [number]

    def odd(tx: Tx, now: datetime, ticket: object) -> object:
        raise ValueError("odd")

    with monkeypatch.context() as patch:
        patch.setattr(promises, "retargeted", odd)
        assert await policies.follow_file(house.desk) == 0
    assert await house.desk.look(policies.owing, 0, 9) == [number], "what failed is tried again"


@one_engine
async def test_it_begins_in_a_queue_that_the_file_forgot_as_in_the_default_one(house: House) -> None:
    number = await answered(house)
    await house.desk.do(change, number, queue="customers")
    assert (await promised(house, number))["resolution"].state == "running"
    house.desk.directory = without(house.desk.directory, "customers")
    await policies.follow_file(house.desk)  # the default queue promises none
    assert (await promised(house, number))["resolution"].state == "cancelled"
    house.desk.directory = promising(house.desk.directory, resolution=9)
    assert await policies.follow_file(house.desk) == 1
    assert (await promised(house, number))["resolution"].due_at == MONDAY + timedelta(hours=9)


@one_engine
async def test_a_queue_that_is_forgotten_owes_what_the_default_one_promises(house: House) -> None:
    number = await answered(house)
    nothing = replace(house.desk.directory.desk.queues["customers"].policy, targets=Targets())
    queues = {**house.desk.directory.desk.queues}
    queues["customers"] = replace(queues["customers"], policy=nothing)
    queues["it"] = replace(queues["it"], policy=promising(house.desk.directory, resolution=9).queue("it").policy)
    house.desk.directory = replace(house.desk.directory, desk=replace(house.desk.directory.desk, queues=queues))
    await house.desk.store.do(lambda tx: tickets.change(tx, number, queue="customers"))
    assert await policies.follow_file(house.desk) == 0
    house.desk.directory = without(house.desk.directory, "customers")
    assert await policies.follow_file(house.desk) == 1
    assert (await promised(house, number))["resolution"].state == "running"


async def test_two_that_start_at_once_move_each_promise_once(house: House, database_url: str) -> None:
    numbers = []
    for n in range(6):
        numbers.append(await ask(house, f"Question {n}"))
        house.clock.advance(200)
    house.desk.directory = promising(house.desk.directory, first_reply=2, resolution=16, claim=1)
    other = Desk(database_url, house.desk.directory, house.clock)
    try:
        assert sum(await asyncio.gather(policies.follow_file(house.desk), policies.follow_file(other))) == len(numbers)
    finally:
        await other.close()
    for number in numbers:
        kinds = [event.kind for event in await house.desk.look(events.of_ticket, number)]
        assert kinds.count("promise_retargeted") == 2 and kinds.count("promise_started") == 3, kinds


@one_engine
async def test_the_log_tells_that_it_was_moved(house: House) -> None:
    """The log is the truth: recounted from it the promise is the same."""
    number = await ask(house)
    house.desk.directory = promising(house.desk.directory, first_reply=2)
    await policies.follow_file(house.desk)
    before = await promised(house, number)
    assert {p.metric: p for p in await house.desk.look(promises.rebuild, number)} == before
    kinds = [event.kind for event in await house.desk.look(events.of_ticket, number)]
    assert kinds.count("promise_retargeted") == 1 and kinds.count("promise_cancelled") == 1
