"""The desk file is edited between two starts: what runs is counted by what it says now, from its own start."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from inbox.desk import lifecycle, policies, promises
from inbox.directory import Directory
from inbox.model import Promise
from inbox.store import Tx, events, tickets
from inbox.store import promises as stored
from sla.duration import Duration
from sla.hours import ALWAYS, OpeningHours, parse_week
from sla.policy import Policy, Targets
from tests.house import MONDAY, House
from tests.inbox.deeds import ask, one_engine
from tests.inbox.office import OFFICE
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
