"""What other desks got wrong about time: each mistake by name, with what happens here instead."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from inbox.desk import alarms, claims, intake, lifecycle, merging, moving, policies, priorities, promises
from inbox.model import Promise
from inbox.store import Tx
from inbox.store import alarms as stored_alarms
from inbox.store import promises as stored
from sla.duration import Duration
from sla.hours import OpeningHours, parse_interval, parse_week
from sla.policy import Targets
from tests.house import House
from tests.inbox.deeds import answer, ask, ask_again, home_thread, one_engine, ticket_of, told
from tests.inbox.office import POLICY, H, beat, beat_at, office, promised
from tests.inbox.test_terms import with_policy

pytestmark = one_engine

DESK_HOURS = parse_week({"mon-fri": ["08:00-12:00", "13:00-17:00"]})


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def opens(house: House, hours: OpeningHours, **targets: int) -> None:
    """The desk has these hours and promises these, in opening hours."""
    promise = Targets({metric: {"normal": Duration(many * H)} for metric, many in targets.items()})
    policy = replace(POLICY, hours=hours, targets=promise)
    house.desk.directory = with_policy(office(), lambda _: policy)


async def due(house: House, number: int, metric: str = "first_reply") -> datetime | None:
    promise = (await promised(house, number))[metric]
    assert await house.desk.look(promises.rebuild, number) == await house.desk.look(stored.of_ticket, number)
    return promise.due_at


async def states(house: House, number: int) -> dict[str, str]:
    return {metric: promise.state for metric, promise in (await promised(house, number)).items()}


@pytest.fixture
def it(house: House) -> House:
    house.desk.directory = office()
    return house


# 18 and 22: opening hours


async def test_only_during_opening_hours_is_a_setting_that_is_obeyed(it: House) -> None:
    """Chatwoot had it in its settings, and counted day and night (PR 13392); freescout has none at all (3756)."""
    it.clock.now = at("2026-03-06 16:30")  # a Friday
    number = await ask(it)
    assert await due(it, number) == at("2026-03-09 11:30")  # 4 h: half an hour on Friday, the rest on Monday
    for _ in range(60):
        assert await beat_at(it, hours=1) == []
    assert it.clock.now == at("2026-03-09 04:30")
    assert set((await states(it, number)).values()) == {"running"}
    it.clock.now = at("2026-03-09 08:30")  # an hour has been counted, and nobody has claimed it
    assert "nag.claim.breach" in {one.say for one in await beat(it)}


# 19: more than one interval a day


async def test_a_lunch_break_is_no_opening_time(it: House) -> None:
    """chatwoot 14009."""
    opens(it, OpeningHours("office", "UTC", DESK_HOURS), first_reply=2)
    it.clock.now = at("2026-03-02 11:00")
    number = await ask(it)
    assert await due(it, number) == at("2026-03-02 14:00")
    it.clock.now = at("2026-03-02 12:30")
    assert await beat(it) == []
    assert (await states(it, number))["first_reply"] == "running"
    late = await ask(it, "At lunch", name="Erik")
    assert await due(it, late) == at("2026-03-02 15:00")


async def test_opening_hours_go_on_past_midnight(it: House) -> None:
    """chatwoot 5254."""
    opens(it, OpeningHours("night", "Europe/Stockholm", parse_week({"mon-fri": ["22:00-06:00"]})), first_reply=6)
    it.clock.now = at("2026-03-06 22:00")  # Friday 23:00 in Stockholm: open until Saturday 06:00
    number = await ask(it)
    assert await due(it, number) == at("2026-03-07 04:00")
    it.clock.now = at("2026-03-07 04:30")
    second = await ask(it, "On Saturday morning", name="Erik")
    assert await due(it, second) == at("2026-03-10 02:30")  # half an hour is left of Friday's night


async def test_public_holidays_of_the_country_are_closed_without_being_written_down(it: House) -> None:
    """chatwoot 6467: Good Friday and Easter Monday 2026."""
    opens(it, OpeningHours("office", "Europe/Stockholm", DESK_HOURS, "SE"), first_reply=4)
    it.clock.now = at("2026-04-02 13:00")  # Thursday, 15:00 in Stockholm: two hours are left of it
    assert await due(it, await ask(it)) == at("2026-04-07 08:00")


async def test_one_interval_a_day_is_not_enough_and_a_half_day_is_its_own(it: House) -> None:
    """frappe/helpdesk 2212."""
    half = {at("2026-03-03 00:00").date(): (parse_interval("08:00-10:00"), parse_interval("11:00-12:00"))}
    opens(it, OpeningHours("office", "UTC", DESK_HOURS, special=half), first_reply=5)
    it.clock.now = at("2026-03-02 16:00")
    assert await due(it, await ask(it)) == at("2026-03-04 09:00")  # 1 h, then 2 + 1, then 1


# 20: transitions


async def test_what_was_answered_does_not_escalate(it: House) -> None:
    """zammad 3140."""
    number = await ask(it)
    it.clock.advance(hours=2)
    await answer(it, number)
    await it.desk.do(lifecycle.pend, number, it.ids["Omar"])
    for _ in range(100):
        assert not [one for one in await beat_at(it, hours=1) if "resolution" not in one.say]
    kept = await states(it, number)
    assert (kept["claim"], kept["first_reply"], kept["resolution"]) == ("met_late", "met", "paused")
    assert (await ticket_of(it, number)).priority == "normal"


async def test_the_next_reply_overrules_no_first_reply(it: House) -> None:
    """zammad 5177: the time for an update replaced the first response's."""
    number = await ask(it)
    first = await due(it, number)
    for _ in range(3):
        it.clock.advance(hours=1)
        await ask_again(it, number, "Hello?")
    assert await due(it, number) == first and "next_reply" not in await promised(it, number)


async def test_the_old_queues_deadline_does_not_live_on_after_a_move(it: House) -> None:
    """zammad 5624."""
    queues = it.desk.directory.desk.queues
    calm = replace(POLICY, name="calm", targets=Targets({"first_reply": {"normal": Duration(16 * H)}}))
    moved = {**queues, "customers": replace(queues["customers"], policy=calm)}
    desk = replace(it.desk.directory.desk, queues=moved, policies={"office": POLICY, "calm": calm})
    it.desk.directory = replace(it.desk.directory, desk=desk)
    number = await ask(it)
    it.clock.advance(hours=3)
    await it.desk.do(moving.move, number, it.ids["Maja"], "customers")
    given = await promised(it, number)
    assert await due(it, number) == at("2026-03-03 16:00")
    assert (given["first_reply"].policy, given["first_reply"].state) == ("calm", "running")
    assert {given[metric].state for metric in ("claim", "resolution")} <= {"cancelled", "breached"}
    assert await it.desk.look(stored_alarms.at, "promise", given["resolution"].id) is None
    it.clock.advance(hours=3)
    assert not [one for one in await beat(it) if one.say.startswith("nag.first_reply")]


async def test_a_merged_ticket_does_not_escalate(it: House) -> None:
    """zammad 904."""
    kept = await ask(it)
    it.clock.advance(200)
    source = await ask(it, "It still burns")
    assert source != kept
    await it.desk.do(merging.merge, source, it.ids["Omar"], kept)
    assert set((await states(it, source)).values()) == {"cancelled"}
    it.clock.advance(days=3)
    assert {one.facts["ticket"] for one in await beat(it)} == {kept}
    assert not await told(it, source, "promise_breached")


async def test_words_that_come_by_another_way_start_the_clock(it: House) -> None:
    """zammad 1322: the customer answered by another route. Here: in the thread of a ticket that was merged into it."""
    kept = await ask(it)
    it.clock.advance(200)
    source = await ask(it, "It still burns")
    elsewhere = await it.desk.look(home_thread, source)
    await it.desk.do(merging.merge, source, it.ids["Omar"], kept)
    await answer(it, kept)
    asked = it.clock.advance(600)
    received = await it.desk.do(intake.receive, it.said("Anna", "And now it smells", thread=elsewhere))
    assert received.ticket == kept
    waits = (await promised(it, kept))["next_reply"]
    assert (waits.state, waits.started_at) == ("running", asked)


async def test_the_time_to_resolve_is_counted_to_the_end(it: House) -> None:
    """zammad 2579: the close time was never computed."""
    number = await ask(it)
    await answer(it, number)
    solved = it.clock.advance(hours=2)
    await it.desk.do(lifecycle.resolve, number, it.ids["Omar"])
    kept = (await promised(it, number))["resolution"]
    assert (kept.state, kept.finished_at) == ("met", solved)
    (event,) = [e for e in await told(it, number, "promise_met") if e.facts["metric"] == "resolution"]
    assert event.facts["at"] == solved.isoformat()


# 21: what is paused


async def test_a_pause_over_a_night_and_a_holiday_is_neither_added_nor_lost(it: House) -> None:
    """frappe/helpdesk 1554: the hold time was added to the deadline, nights and all."""
    opens(it, OpeningHours("office", "Europe/Stockholm", DESK_HOURS, "SE"), resolution=8)
    it.clock.now = at("2026-04-02 12:00")  # the Thursday before Easter, 14:00 in Stockholm
    number = await ask(it)
    await it.desk.do(claims.claim, number, it.ids["Omar"])
    it.clock.advance(hours=1)
    await it.desk.do(lifecycle.pend, number, it.ids["Omar"])  # seven opening hours are left
    it.clock.now = at("2026-04-05 20:00")
    await ask_again(it, number)  # on Easter Sunday, at night
    assert await due(it, number, "resolution") == at("2026-04-07 14:00")  # Tuesday 8-12, 13-16
    assert (await promised(it, number))["resolution"].state == "running"


async def test_a_pause_within_closed_hours_costs_and_gives_nothing(it: House) -> None:
    """glpi 6902."""
    number = await ask(it)
    await it.desk.do(claims.claim, number, it.ids["Omar"])
    before = await due(it, number, "resolution")
    it.clock.now = at("2026-03-02 18:00")
    await it.desk.do(lifecycle.pend, number, it.ids["Omar"])
    it.clock.now = at("2026-03-03 06:00")
    await ask_again(it, number)
    assert await due(it, number, "resolution") == before


async def test_pauses_are_counted_once_however_often_the_terms_change(it: House) -> None:
    """osTicket 6438, frappe/helpdesk 1675: the hold time was miscounted when the SLA changed."""
    number = await ask(it)  # Monday 9:00, 16 h
    await it.desk.do(claims.claim, number, it.ids["Omar"])
    for _ in range(2):
        it.clock.advance(hours=1)
        await it.desk.do(lifecycle.pend, number, it.ids["Omar"])
        it.clock.advance(hours=1)
        await ask_again(it, number)
    for priority in ("urgent", "high", "low", "normal", "high", "normal"):
        await it.desk.do(priorities.set_priority, number, it.ids["Omar"], priority)
    later = replace(POLICY, hours=OpeningHours("office", "UTC", parse_week({"mon-fri": ["08:00-18:00"]})))
    it.desk.directory = with_policy(it.desk.directory, lambda _: later)
    await policies.follow_file(it.desk)
    it.desk.directory = with_policy(it.desk.directory, lambda _: POLICY)
    await policies.follow_file(it.desk)
    now = await promised(it, number)
    assert now["resolution"].target_seconds == 16 * H
    assert await due(it, number, "resolution") == at("2026-03-04 09:00")  # two hours later than without the pauses


async def test_what_was_promised_nothing_for_a_while_has_its_pauses_all_the_same(it: House) -> None:
    """A promise that comes back counts from its start, without the time in which its ticket waited meanwhile."""
    number, omar = await ask(it), it.ids["Omar"]  # Monday 9:00, 16 h
    await it.desk.do(claims.claim, number, omar)
    await it.desk.do(priorities.set_priority, number, omar, "low")
    it.clock.advance(hours=1)
    await it.desk.do(lifecycle.pend, number, omar)
    it.clock.advance(hours=2)
    await it.desk.do(lifecycle.snooze, number, omar, it.clock.now + timedelta(minutes=30))
    it.clock.advance(hours=1)
    while await alarms.tick(it.desk):
        pass
    assert "paused" not in (await states(it, number)).values()
    await it.desk.do(priorities.set_priority, number, omar, "normal")
    assert (await states(it, number))["resolution"] == "paused"
    it.clock.advance(hours=1)
    await ask_again(it, number)
    assert await due(it, number, "resolution") == at("2026-03-04 11:00")  # four hours of waiting later


async def test_a_pause_while_nobody_looks_leaves_no_breach_that_never_was(it: House) -> None:
    """It paused before its deadline, and was noticed after it."""
    number = await ask(it)
    await it.desk.do(claims.claim, number, it.ids["Omar"])
    it.clock.advance(hours=1)
    await it.desk.do(lifecycle.pend, number, it.ids["Omar"])
    it.clock.advance(days=30)
    while await alarms.tick(it.desk):
        pass
    assert not [e for e in await told(it, number, "promise_breached") if e.facts["metric"] == "resolution"]


# Only thanks, and what agents open


async def test_thanks_after_the_solution_start_no_clock(it: House) -> None:
    number = await ask(it)
    await answer(it, number)
    await it.desk.do(lifecycle.resolve, number, it.ids["Omar"])
    before = await it.desk.look(stored.of_ticket, number)
    await ask_again(it, number, "Thanks!")
    assert await it.desk.look(stored.of_ticket, number) == before
    assert await it.desk.look(_alarms_of, before) == []


def _alarms_of(tx: Tx, given: list[Promise]) -> list[datetime]:
    return [when for one in given if (when := stored_alarms.at(tx, "promise", one.id))]
