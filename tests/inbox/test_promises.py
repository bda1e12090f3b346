"""What is promised on a ticket, through the verbs that people use: deadlines, pauses, verdicts."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event as sql_event
from sqlalchemy import func, select

from inbox.desk import alarms, claims, intake, lifecycle, promises, replies
from inbox.desk.terms import Terms
from inbox.model import Deleted, Ticket
from inbox.store import Tx, returns, tickets
from inbox.store import alarms as stored_alarms
from inbox.store import promises as stored
from inbox.store.tables import alarm, event
from sla.hours import OpeningHours, parse_interval
from sla.ladder import Step
from tests.house import House, sample_directory
from tests.inbox.deeds import answer, ask, ask_again, home_thread, one_engine, ticket_of, told
from tests.inbox.office import POLICY, H, beat_at, change, office, promised, says, values
from tests.inbox.postman import deliver
from tests.inbox.test_terms import with_policy


@pytest.fixture
def it(house: House) -> House:
    house.desk.directory = office()
    return house


# Deadlines


async def test_a_new_ticket_is_promised_a_claim_a_reply_and_a_solution(it: House) -> None:
    number = await ask(it)
    given, now = await promised(it, number), it.clock.now
    assert {m: p.due_at for m, p in given.items()} == {
        "claim": now + timedelta(hours=1),
        "first_reply": now + timedelta(hours=4),
        "resolution": datetime(2026, 3, 3, 16, tzinfo=UTC),
    }
    assert (await ticket_of(it, number)).due_at == now + timedelta(hours=1)
    assert {p.version for p in given.values()} == {POLICY.version}
    # the first thing that happens to each is its ladder's first step, half-way
    at = await it.desk.look(stored_alarms.at, "promise", given["first_reply"].id)
    assert at == now + timedelta(hours=2)
    assert [e.facts["metric"] for e in await told(it, number, "promise_started")] == [
        "claim",
        "resolution",
        "first_reply",
    ]


@one_engine
async def test_the_first_reply_counts_from_when_it_was_asked_not_when_it_came_in(it: House) -> None:
    asked = it.clock.now - timedelta(minutes=30)
    received = await it.desk.do(intake.receive, it.said("Anna", "Help", at=asked))
    given = await promised(it, received.ticket or 0)
    assert given["first_reply"].due_at == asked + timedelta(hours=4)
    assert given["resolution"].started_at == it.clock.now


async def test_promises_of_a_new_ticket_take_two_statements(it: House) -> None:
    def begin(tx: Tx, now: datetime) -> int:
        queue = tx.directory.queue("it")
        plan = promises.plan(tx.directory, Terms(queue, "normal", "acme"), now, now)
        number = tickets.add(tx, values(tx, now, it) | {"due_at": plan.due_at})
        run: list[str] = []
        listener = _listen(tx, run)
        promises.store(tx, number, plan)
        sql_event.remove(tx.conn, "before_cursor_execute", listener)
        assert len(run) == 2
        return number

    number = await it.desk.do(begin)
    assert (await ticket_of(it, number)).due_at == it.clock.now + timedelta(hours=1)


def _listen(tx: Tx, run: list[str]) -> Callable[..., None]:
    def listener(_c: Any, _cur: Any, statement: str, *_: Any) -> None:
        run.append(statement)

    sql_event.listen(tx.conn, "before_cursor_execute", listener)
    return listener


@one_engine
async def test_a_ticket_that_an_agent_opens_owes_its_first_reply_from_the_requesters_first_words(it: House) -> None:
    def walk_in(tx: Tx, now: datetime) -> Ticket:
        number = tickets.add(tx, values(tx, now, it, agent_opened=True, assignee_id=it.ids["Omar"], status="open"))
        ticket = tickets.get(tx, number)
        assert ticket
        promises.opened(tx, now, ticket, None)
        return ticket

    ticket = await it.desk.do(walk_in)
    assert set(await promised(it, ticket.number)) == {"resolution"}
    asked = it.clock.advance(hours=1)
    answered = replace(ticket, answered=True)
    after = await it.desk.do(promises.requester_wrote, answered, asked)
    given = await promised(it, ticket.number)
    assert set(given) == {"resolution", "first_reply"}
    assert after.due_at == given["first_reply"].due_at == asked + timedelta(hours=4)


async def test_a_calendar_that_ran_dry_costs_nobody_their_words(it: House) -> None:
    """Open for two days, say for a fair: what is asked after it, and whatever is done then, goes its way."""
    days = [it.clock.now.date() + timedelta(days=n) for n in range(2)]
    fair = OpeningHours("fair", "UTC", special={day: (parse_interval("08:00-17:00"),) for day in days})
    policy = replace(POLICY, hours=fair)
    queues = {key: replace(queue, policy=policy) for key, queue in it.desk.directory.desk.queues.items()}
    it.desk.directory = sample_directory(queues=queues, policies={"office": policy})
    number, omar = await ask(it), it.ids["Omar"]
    await it.desk.do(claims.claim, number, omar)
    await it.desk.do(lifecycle.pend, number, omar)
    it.clock.advance(130)
    await it.desk.do(claims.claim, await ask(it), omar)
    it.clock.advance(days=2)
    await ask_again(it, number)
    given = await promised(it, number)
    assert (given["first_reply"].state, given["resolution"].state) == ("running", "paused")
    while await alarms.tick(it.desk):
        pass
    assert (await promised(it, number))["first_reply"].state == "breached"
    await it.desk.do(claims.take_over, number, it.ids["Lisa"])
    late = await ask(it)
    await it.desk.do(claims.claim, late, omar)
    assert not await told(it, late, "promise_started")
    await it.desk.do(lifecycle.resolve, number, it.ids["Lisa"])
    assert await it.desk.look(failed_alarms) == 0


@one_engine
async def test_on_the_last_day_of_all_promises_break_and_people_are_told(it: House) -> None:
    """A fair closes for good in the evening: steps of the ladder for which it has no time stop no others."""
    fair = OpeningHours("fair", "UTC", special={it.clock.now.date(): (parse_interval("08:00-17:00"),)})
    it.desk.directory = with_policy(it.desk.directory, lambda policy: replace(policy, hours=fair))
    number = await ask(it)
    said = says(await beat_at(it, hours=6.5))
    given = await promised(it, number)
    assert (given["claim"].state, given["first_reply"].state) == ("breached", "breached")
    assert ("room", "nag.claim.leads", "C-DESK") in said
    assert await it.desk.look(failed_alarms) == 0


@one_engine
async def test_a_promise_is_due_soon_though_nobody_will_be_told_any_more(it: House) -> None:
    """The one step of its ladder lies beyond the calendar's last day."""
    fair = OpeningHours("fair", "UTC", special={it.clock.now.date(): (parse_interval("08:00-17:00"),)})
    late = (Step("leads", 9.0, ("leads",)),)
    it.desk.directory = with_policy(it.desk.directory, lambda policy: replace(policy, hours=fair, ladder=late))
    number = await ask(it)
    await beat_at(it, hours=3)
    assert (await promised(it, number))["first_reply"].state == "due_soon"


def failed_alarms(tx: Tx) -> int:
    failed = select(func.count()).select_from(event).where(event.c.kind == "alarm_failed")
    return int(tx.run(failed).scalar_one())


# Verdicts


async def test_a_reply_counts_when_it_was_written_though_it_arrived_after_the_deadline(it: House) -> None:
    """SC-08: judged broken before the words went out, it was kept all the same."""
    number = await ask(it)
    await it.desk.do(claims.claim, number, it.ids["Omar"])
    written = it.clock.advance(hours=4) - timedelta(seconds=1)
    it.clock.now = written
    await it.desk.do(replies.reply, number, it.ids["Omar"], "Water!")
    it.clock.advance(600)
    await alarms.tick(it.desk)  # judged breached meanwhile
    assert (await promised(it, number))["first_reply"].state == "breached"
    await it.desk.do(deliver)
    kept = (await promised(it, number))["first_reply"]
    assert (kept.state, kept.finished_at) == ("met", written)
    assert (await ticket_of(it, number)).due_at == (await promised(it, number))["resolution"].due_at


@one_engine
async def test_a_late_reply_is_late_and_the_breach_is_dated_at_the_deadline(it: House) -> None:
    number = await ask(it)
    deadline = it.clock.now + timedelta(hours=4)
    it.clock.advance(hours=5)  # nobody ticked meanwhile
    await answer(it, number)
    late = (await promised(it, number))["first_reply"]
    assert (late.state, late.due_at) == ("met_late", deadline)
    breached = [e for e in await told(it, number, "promise_breached") if e.facts["metric"] == "first_reply"]
    assert [(e.at, e.facts["at"]) for e in breached] == [(deadline, deadline.isoformat())]


async def test_a_breach_noticed_late_is_dated_at_the_deadline(it: House) -> None:
    """SC-01: three days without a beat change nothing about when a promise was broken."""
    number = await ask(it)
    deadline = it.clock.now + timedelta(hours=4)
    await beat_at(it, days=3)
    breached = {e.facts["metric"]: e.at for e in await told(it, number, "promise_breached")}
    assert breached["first_reply"] == deadline
    # what was missed stays the nearest deadline until it is made good
    assert (await ticket_of(it, number)).due_at == deadline - timedelta(hours=3)


@one_engine
async def test_the_next_reply_is_promised_from_the_oldest_unanswered_words(it: House) -> None:
    number = await ask(it)
    await ask_again(it, number)
    assert "next_reply" not in await promised(it, number)  # never before the first reply
    await answer(it, number)
    asked = it.clock.advance(600)
    await ask_again(it, number)
    it.clock.advance(600)
    await ask_again(it, number, "Hello?")
    waits = (await promised(it, number))["next_reply"]
    assert (waits.started_at, waits.cycle) == (asked, 1)
    await answer(it, number)
    assert (await promised(it, number))["next_reply"].state == "met"
    it.clock.advance(60)
    await ask_again(it, number)
    assert (await promised(it, number))["next_reply"].cycle == 2


@one_engine
async def test_words_written_before_the_question_do_not_answer_it(it: House) -> None:
    number = await ask(it)
    await answer(it, number)
    await it.desk.do(replies.reply, number, it.ids["Omar"], "One more thing")
    it.clock.advance(3)
    await ask_again(it, number, "But it still burns")
    it.clock.advance(10)
    await it.desk.do(deliver)
    assert (await promised(it, number))["next_reply"].state == "running"
    await answer(it, number)
    assert (await promised(it, number))["next_reply"].state == "met"


@pytest.mark.parametrize("taken_back", [False, True])  # it was read all the same: an agent says whether it matters
async def test_a_question_asked_while_the_answer_was_on_its_way_is_not_answered_by_it(
    it: House, taken_back: bool
) -> None:
    number = await ask(it)
    await it.desk.do(claims.claim, number, it.ids["Omar"])
    it.clock.advance(60)
    await it.desk.do(replies.reply, number, it.ids["Omar"], "Water!")
    asked = it.clock.advance(3)
    again = it.said("Anna", "It smells, too", thread=await it.desk.look(home_thread, number))
    await it.desk.do(intake.receive, again)
    if taken_back:
        await it.desk.do(intake.delete, Deleted(again.place, again.message_id, asked))
    it.clock.advance(5)
    await it.desk.do(deliver)
    given = await promised(it, number)
    assert given["first_reply"].state == "met"
    assert (given["next_reply"].state, given["next_reply"].started_at) == ("running", asked)
    assert (await ticket_of(it, number)).awaiting_since == asked
    lease = await it.desk.look(returns.get, number)
    assert lease is not None and lease.started_at == asked
    await answer(it, number)
    assert (await promised(it, number))["next_reply"].state == "met"
    assert (await ticket_of(it, number)).awaiting_since is None


async def test_words_that_solve_it_at_once_are_a_first_reply(it: House) -> None:
    number = await ask(it)
    await it.desk.do(claims.claim, number, it.ids["Omar"])
    written = it.clock.advance(60)
    await it.desk.do(replies.reply, number, it.ids["Omar"], "Fixed!")
    it.clock.advance(1)
    await it.desk.do(lifecycle.resolve, number, it.ids["Omar"])
    assert (await promised(it, number))["first_reply"].state == "cancelled"
    it.clock.advance(10)
    await it.desk.do(deliver)
    given = await promised(it, number)
    assert (given["first_reply"].state, given["first_reply"].finished_at) == ("met", written)
    assert given["claim"].state == "met" and "next_reply" not in given
    assert await it.desk.look(promises.rebuild, number) == await it.desk.look(stored.of_ticket, number)


async def test_pending_stops_the_resolution_and_opening_time_that_remained_counts_on(it: House) -> None:
    number = await ask(it)  # Monday 9:00; 16 h of opening time
    await it.desk.do(claims.claim, number, it.ids["Omar"])
    it.clock.advance(hours=7)  # 16:00, 9 h remain
    await it.desk.do(lifecycle.pend, number, it.ids["Omar"])
    waits = (await promised(it, number))["resolution"]
    assert (waits.state, waits.due_at, waits.remaining_seconds) == ("paused", None, 9 * H)
    assert await it.desk.look(stored_alarms.at, "promise", waits.id) is None
    assert (await promised(it, number))["first_reply"].state == "running"  # only closed hours stop that one
    it.clock.now = datetime(2026, 3, 7, 12, tzinfo=UTC)  # Anna answers on a Saturday
    await ask_again(it, number)
    assert (await promised(it, number))["resolution"].due_at == datetime(2026, 3, 9, 17, tzinfo=UTC)


@pytest.mark.parametrize("pauses", [False, True])
@one_engine
async def test_on_hold_stops_the_clock_where_the_policy_says_so(it: House, pauses: bool) -> None:
    policy = replace(POLICY, pause_on_hold=pauses)
    queues = {key: replace(q, policy=policy) for key, q in it.desk.directory.desk.queues.items()}
    it.desk.directory = sample_directory(queues=queues, policies={"office": policy})
    number = await ask(it)
    await it.desk.do(claims.claim, number, it.ids["Omar"])
    await it.desk.do(lifecycle.hold, number, it.ids["Omar"])
    assert (await promised(it, number))["resolution"].state == ("paused" if pauses else "running")


@one_engine
async def test_every_stay_in_the_queue_has_its_own_promise_of_a_claim(it: House) -> None:
    number = await ask(it)
    it.clock.advance(1800)
    await it.desk.do(claims.claim, number, it.ids["Omar"])
    it.clock.advance(hours=1)
    await it.desk.do(claims.release, number, it.ids["Omar"])
    back = it.clock.now
    found = [p for p in await it.desk.look(stored.of_ticket, number) if p.metric == "claim"]
    assert [(p.cycle, p.state, p.started_at) for p in found] == [
        (1, "met", back - timedelta(hours=1.5)),
        (2, "running", back),
    ]


async def test_reopening_promises_a_solution_anew_and_leaves_the_verdict(it: House) -> None:
    number = await ask(it)
    await answer(it, number)
    await it.desk.do(lifecycle.resolve, number, it.ids["Omar"])
    assert (await ticket_of(it, number)).due_at is None
    assert await it.desk.look(_alarms) == []
    it.clock.advance(days=1)
    await it.desk.do(lifecycle.reopen, number, it.ids["Anna"])
    cycles = [p for p in await it.desk.look(stored.of_ticket, number) if p.metric == "resolution"]
    assert [(p.cycle, p.state) for p in cycles] == [(1, "met"), (2, "running")]
    assert (await ticket_of(it, number)).due_at == cycles[1].due_at


def _alarms(tx: Tx) -> list[int]:
    return [row[0] for row in tx.run(select(alarm.c.subject).where(alarm.c.kind == "promise"))]


async def test_solved_without_an_answer_owes_none_but_an_overdue_one_stays_visible(it: House) -> None:
    early, late = await ask(it), await ask(it, name="Erik")
    for number in (early, late):
        await it.desk.do(claims.claim, number, it.ids["Omar"])
    await it.desk.do(lifecycle.resolve, early, it.ids["Omar"])
    await beat_at(it, hours=5)
    await it.desk.do(lifecycle.resolve, late, it.ids["Omar"])
    assert (await promised(it, early))["first_reply"].state == "cancelled"
    assert (await promised(it, late))["first_reply"].state == "breached"
    assert await it.desk.look(_alarms) == []
    # reopened, it is still owed
    await it.desk.do(lifecycle.reopen, late, it.ids["Erik"])
    await answer(it, late)
    assert (await promised(it, late))["first_reply"].state == "met_late"


@one_engine
async def test_spam_is_promised_nothing(it: House) -> None:
    number = await ask(it)
    await it.desk.do(lifecycle.close, number, it.ids["Maja"], "spam")
    assert {p.state for p in (await promised(it, number)).values()} == {"cancelled"}
    assert await it.desk.look(_alarms) == []


# Other terms


async def test_another_priority_counts_from_the_start_with_the_pauses_so_far(it: House) -> None:
    number = await ask(it)
    await it.desk.do(claims.claim, number, it.ids["Omar"])
    it.clock.advance(hours=1)
    await it.desk.do(lifecycle.pend, number, it.ids["Omar"])
    it.clock.advance(hours=2)
    await ask_again(it, number)
    it.clock.advance(1800)
    ticket = await it.desk.do(change, number, priority="urgent")
    given = await promised(it, number)
    start = datetime(2026, 3, 2, 9, tzinfo=UTC)
    # first_reply: 1 h from the start, missed; resolution: 4 h and a pause of 2 h
    assert (given["first_reply"].state, given["first_reply"].due_at) == ("breached", start + timedelta(hours=1))
    assert (given["resolution"].state, given["resolution"].due_at) == ("running", start + timedelta(hours=6))
    assert ticket.due_at == start + timedelta(hours=1)
    # and back: nobody's slip stays on record that the wrong priority made
    await it.desk.do(change, number, priority="normal")
    assert (await promised(it, number))["first_reply"].due_at == start + timedelta(hours=4)
    assert (await promised(it, number))["first_reply"].state == "due_soon"


@one_engine
async def test_terms_without_a_promise_cancel_it_and_terms_with_one_start_it(it: House) -> None:
    number = await ask(it)
    await it.desk.do(change, number, priority="low")
    assert {p.state for p in (await promised(it, number)).values()} == {"cancelled"}
    assert (await ticket_of(it, number)).due_at is None
    it.clock.advance(hours=1)
    await it.desk.do(change, number, priority="high")
    await alarms.tick(it.desk)
    given = await promised(it, number)
    assert {m: (p.state, p.cycle) for m, p in given.items()} == {
        "claim": ("breached", 2),
        "first_reply": ("running", 2),
        "resolution": ("running", 2),
    }
    assert given["first_reply"].started_at == it.clock.now - timedelta(hours=1)


@one_engine
async def test_finished_promises_are_frozen(it: House) -> None:
    number = await ask(it)
    await answer(it, number)
    before = (await promised(it, number))["first_reply"]
    await it.desk.do(change, number, priority="urgent")
    assert (await promised(it, number))["first_reply"] == before
