"""Tickets that wait: a claim without an answer goes back to the queue, a silent requester is reminded."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from inbox.desk import alarms, blocking, care, claims, lifecycle, replies
from inbox.errors import NothingToDo, NotHolder
from inbox.model import Ticket
from inbox.store import Tx, messages, returns, tickets
from inbox.store import alarms as stored_alarms
from inbox.store import promises as stored_promises
from inbox.store import surveys as stored_surveys
from inbox.store.returns import ReturnTimer
from sla.hours import OpeningHours, parse_week
from sla.policy import Policy
from tests.house import House, sample_directory, standard_policy
from tests.inbox.deeds import answer, ask, ask_again, one_engine, ticket_of, told
from tests.inbox.office import office
from tests.inbox.postman import Letter, deliver
from tests.inbox.test_intake import dm

HOUR = timedelta(hours=1)


async def beat_at(house: House, **later: float) -> list[Letter]:
    """Time passes, the metronome beats, the postman comes; returns what was said of leases and waiting."""
    house.clock.advance(**later)
    while await alarms.tick(house.desk):
        pass
    return [said for said in await house.desk.do(deliver) if said.say.startswith(("return.", "pending."))]


async def held(house: House, name: str = "Omar") -> int:
    """A ticket that an agent just claimed. The sample's lease is four hours."""
    number = await ask(house)
    await house.desk.do(claims.claim, number, house.ids[name])
    await house.desk.do(deliver)
    return number


async def lease(house: House, number: int) -> ReturnTimer | None:
    return await house.desk.look(returns.get, number)


def _keep(tx: Tx, now: datetime, number: int, agent: int) -> None:
    ticket = tickets.lock(tx, number)
    assert ticket
    care.keep(tx, now, ticket, agent)


# The lease on a claim


async def test_a_claim_without_an_answer_goes_back_after_its_lease(house: House) -> None:
    number = await held(house)
    assert await beat_at(house, seconds=3 * 3600 - 1) == []
    [warning] = await beat_at(house, seconds=1)
    assert (warning.say, warning.to) == ("return.warning", "U-OMAR")
    assert warning.actions == (f"keep:{number}", f"release:{number}")
    before = await ticket_of(house, number)
    said = await beat_at(house, hours=1)
    assert [(letter.say, letter.to) for letter in said] == [("return.lost", "U-OMAR"), ("return.returned", "desk")]
    after = await ticket_of(house, number)
    assert (after.status, after.assignee_id, after.claimed_at, after.microphone) == ("new", None, None, False)
    assert after.fence == before.fence + 1
    assert await lease(house, number) is None
    assert [e.facts["holder"] for e in await told(house, number, "returned")] == [house.ids["Omar"]]
    holds = await house.desk.look(tickets.holds, number)
    assert holds[-1] == (after.fence, None, house.clock.now)
    # it can be had again, by the same agent too
    assert (await house.desk.do(claims.claim, number, house.ids["Omar"])).ticket.assignee_id == house.ids["Omar"]


@one_engine
async def test_a_late_beat_returns_without_a_warning_first(house: House) -> None:
    number = await held(house)
    said = await beat_at(house, hours=9)
    assert [letter.say for letter in said] == ["return.lost", "return.returned"]
    assert (await ticket_of(house, number)).status == "new"


async def test_keep_gives_the_same_time_again_once(house: House) -> None:
    number = await held(house)
    await beat_at(house, hours=3)
    await house.desk.do(_keep, number, house.ids["Omar"])
    kept = await lease(house, number)
    assert kept and kept.due_at == house.clock.now + 4 * HOUR
    assert await beat_at(house, hours=1) == []
    with pytest.raises(NothingToDo):
        await house.desk.do(_keep, number, house.ids["Omar"])
    [warning] = await beat_at(house, hours=2)
    assert warning.actions == (f"show:{number}",)  # no second time
    await beat_at(house, hours=1)
    assert (await ticket_of(house, number)).assignee_id is None
    with pytest.raises(NotHolder):
        await house.desk.do(_keep, number, house.ids["Omar"])


async def test_a_public_reply_ends_the_lease_and_a_note_does_not(house: House) -> None:
    number = await held(house)
    await house.desk.do(replies.note, number, house.ids["Omar"], "Looks wet")
    assert await lease(house, number)
    await answer(house, number)
    assert await lease(house, number) is None
    assert await house.desk.look(stored_alarms.at, "return", number) is None
    assert await beat_at(house, days=2) == []


@one_engine
async def test_the_lease_runs_again_from_the_oldest_question(house: House) -> None:
    number = await held(house)
    await answer(house, number)
    asked = house.clock.advance(hours=5)
    await ask_again(house, number)
    house.clock.advance(hours=1)
    await ask_again(house, number, "Hello?")
    runs = await lease(house, number)
    assert runs and (runs.started_at, runs.due_at) == (asked, asked + 4 * HOUR)


@one_engine
@pytest.mark.parametrize("wait", ["pending", "on_hold", "snoozed"])
async def test_the_lease_stands_still_while_the_ticket_waits(house: House, wait: str) -> None:
    number = await held(house)
    house.clock.advance(hours=2)
    until = house.clock.now + 6 * HOUR
    if wait == "snoozed":
        await house.desk.do(lifecycle.snooze, number, house.ids["Omar"], until)
    else:
        verb = lifecycle.pend if wait == "pending" else lifecycle.hold
        await house.desk.do(verb, number, house.ids["Omar"])
    stands = await lease(house, number)
    assert stands and (stands.state, stands.remaining_seconds) == ("paused", 2 * 3600)
    assert await beat_at(house, hours=6) == []
    if wait != "snoozed":
        await ask_again(house, number)
    runs = await lease(house, number)
    assert runs and (runs.state, runs.due_at) == ("running", until + 2 * HOUR)
    assert (await ticket_of(house, number)).assignee_id == house.ids["Omar"]


@one_engine
async def test_whoever_takes_over_has_a_lease_of_their_own(house: House) -> None:
    number = await held(house)
    house.clock.advance(hours=3.5)
    await house.desk.do(claims.take_over, number, house.ids["Lisa"])
    runs = await lease(house, number)
    assert runs and (runs.due_at, runs.warned, runs.kept) == (house.clock.now + 4 * HOUR, False, False)
    await beat_at(house, hours=1)
    assert (await ticket_of(house, number)).assignee_id == house.ids["Lisa"]


async def test_words_on_their_way_keep_the_claim(house: House) -> None:
    number = await held(house)
    house.clock.advance(hours=4)
    await house.desk.do(replies.reply, number, house.ids["Omar"], "Water!")
    while await alarms.tick(house.desk):
        pass
    assert (await ticket_of(house, number)).assignee_id == house.ids["Omar"]
    house.clock.advance(10)
    await house.desk.do(deliver)
    sent = await house.desk.look(messages.in_state, number, "sent")
    assert [message.text for message in sent] == ["Water!"]
    await beat_at(house, hours=8)
    assert (await ticket_of(house, number)).assignee_id == house.ids["Omar"]


@one_engine
async def test_a_lease_that_ends_with_the_day_can_be_answered_until_the_next(house: House) -> None:
    hours = OpeningHours("office", "UTC", parse_week({"mon-fri": ["08:00-17:00"]}))
    policy: Policy = replace(standard_policy(), hours=hours)
    queues = {key: replace(q, policy=policy) for key, q in house.desk.directory.desk.queues.items()}
    house.desk.directory = sample_directory(queues=queues)
    house.clock.now = datetime(2026, 3, 2, 13, 0, tzinfo=UTC)
    number = await held(house)
    await beat_at(house, hours=3)
    assert await beat_at(house, hours=1) == []
    assert await beat_at(house, hours=10) == []
    house.clock.now = datetime(2026, 3, 3, 8, 0, tzinfo=UTC)
    assert [said.say for said in await beat_at(house)] == ["return.lost", "return.returned"]
    assert (await ticket_of(house, number)).status == "new"


@one_engine
async def test_a_ticket_that_comes_back_is_promised_a_claim_where_the_policy_does(house: House) -> None:
    house.desk.directory = office()
    number = await held(house)
    await beat_at(house, days=1, hours=1)
    found = [p for p in await house.desk.look(stored_promises.of_ticket, number) if p.metric == "claim"]
    assert [(p.cycle, p.started_at) for p in found][1:] == [(2, house.clock.now)]


@one_engine
async def test_a_reopened_ticket_is_on_a_fresh_lease(house: House) -> None:
    number = await held(house)
    await answer(house, number)
    await house.desk.do(lifecycle.resolve, number, house.ids["Omar"])
    house.clock.advance(days=1)
    await house.desk.do(lifecycle.reopen, number, house.ids["Anna"])
    runs = await lease(house, number)
    assert runs and runs.due_at == house.clock.now + 4 * HOUR


# The requester's silence


async def pending(house: House) -> int:
    number = await held(house)
    await answer(house, number)
    await house.desk.do(lifecycle.pend, number, house.ids["Omar"])
    await house.desk.do(deliver)
    return number


async def test_a_silent_requester_is_reminded_twice_and_then_it_counts_as_solved(house: House) -> None:
    number = await pending(house)
    assert await beat_at(house, days=1, hours=23) == []
    [first] = await beat_at(house, hours=1)
    assert (first.say, first.to, first.facts["subject"]) == ("pending.reminder", "home", "Printer is on fire")
    assert await beat_at(house, days=1) == []
    assert [said.say for said in await beat_at(house, days=1)] == ["pending.reminder"]
    [last] = await beat_at(house, days=2)
    assert (last.say, last.to, last.actions) == ("pending.resolved", "home", (f"reopen:{number}",))
    solved = await ticket_of(house, number)
    assert solved.status == "resolved"
    assert [e.actor for e in await told(house, number, "resolved")] == [None]
    assert await house.desk.look(stored_surveys.of_ticket, number) == []  # nobody is asked how that was
    assert [e.facts["times"] for e in await told(house, number, "pending_reminded")] == [1, 2]


@one_engine
async def test_who_answers_a_reminder_in_direct_messages_is_not_asked_what_it_is_about(house: House) -> None:
    number = (await dm(house, "Anna", "Where is my parcel?")).ticket or 0
    await house.desk.do(claims.claim, number, house.ids["Omar"])
    await answer(house, number)
    await house.desk.do(lifecycle.pend, number, house.ids["Omar"])
    await house.desk.do(deliver)
    assert (await dm(house, "Anna", "It is 4711")).ticket == number
    await house.desk.do(lifecycle.pend, number, house.ids["Omar"])
    assert [said.say for said in await beat_at(house, days=2)] == ["pending.reminder"]
    house.clock.advance(hours=7)
    assert (await dm(house, "Anna", "It is 4712, sorry")).ticket == number, "we asked for that"
    await house.desk.do(lifecycle.pend, number, house.ids["Omar"])
    assert [said.say for said in await beat_at(house, days=2)] == ["pending.reminder"]
    house.clock.advance(hours=9)
    assert (await dm(house, "Anna", "Something else")).outcome == "undecided", "that was a while ago"


@one_engine
async def test_after_a_downtime_one_reminder_is_enough(house: House) -> None:
    await pending(house)
    assert [said.say for said in await beat_at(house, days=5)] == ["pending.reminder"]
    assert [said.say for said in await beat_at(house, days=1)] == ["pending.resolved"]


@one_engine
async def test_an_answer_ends_the_reminders_and_pending_again_begins_anew(house: House) -> None:
    number = await pending(house)
    await beat_at(house, days=2)
    await ask_again(house, number)
    assert await house.desk.look(stored_alarms.at, "pending", number) is None
    await answer(house, number)
    await house.desk.do(lifecycle.pend, number, house.ids["Omar"])
    assert await beat_at(house, days=1) == []
    assert [said.say for said in await beat_at(house, days=1)] == ["pending.reminder"]


@one_engine
async def test_who_is_asked_once_more_has_all_the_time_again(house: House) -> None:
    number = await pending(house)
    await beat_at(house, days=5)
    await answer(house, number)
    assert await beat_at(house, days=1, hours=23) == []
    assert [said.say for said in await beat_at(house, hours=1)] == ["pending.reminder"]
    assert [said.say for said in await beat_at(house, days=4)] == ["pending.resolved"]


@one_engine
async def test_nobody_is_reminded_at_night(house: House) -> None:
    house.clock.now = datetime(2026, 3, 2, 21, 0, tzinfo=UTC)
    await pending(house)
    house.clock.now = datetime(2026, 3, 4, 21, 30, tzinfo=UTC)
    assert await beat_at(house) == []
    house.clock.now = datetime(2026, 3, 5, 8, 0, tzinfo=UTC)  # nine in the morning in Stockholm
    assert [said.say for said in await beat_at(house)] == ["pending.reminder"]


@one_engine
async def test_a_reminder_that_waits_is_dropped_when_the_answer_came_first(house: House) -> None:
    number = await pending(house)
    house.clock.advance(days=2)
    assert await alarms.tick(house.desk) > 0
    await ask_again(house, number)
    assert [said.say for said in await beat_at(house) if said.say == "pending.reminder"] == []


@one_engine
async def test_of_reminders_that_a_platform_kept_waiting_one_is_enough(house: House) -> None:
    await pending(house)
    for _ in range(2):
        house.clock.advance(days=2)
        while await alarms.tick(house.desk):
            pass
    assert [said.say for said in await beat_at(house)] == ["pending.reminder"]


@one_engine
async def test_who_was_blocked_is_not_asked_for_an_answer(house: House) -> None:
    number = await pending(house)
    await house.desk.do(blocking.block, number, house.ids["Maja"])
    assert await beat_at(house, days=2) == []
    await house.desk.do(blocking.unblock, number, house.ids["Maja"])
    assert [said.say for said in await beat_at(house, days=2)] == ["pending.reminder"]


async def test_on_hold_reminds_nobody(house: House) -> None:
    number = await pending(house)
    await house.desk.do(lifecycle.hold, number, house.ids["Omar"])
    assert [said for said in await beat_at(house, days=9) if said.to == "home"] == []
    ticket: Ticket = await ticket_of(house, number)
    assert ticket.status == "on_hold"
