"""What is promised on a ticket, through the verbs that people use: deadlines, pauses, verdicts, nags."""

import asyncio
import random
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event as sql_event
from sqlalchemy import select, text

from inbox.desk import alarms, claims, intake, lifecycle, nags, promises, replies
from inbox.desk.door import Desk
from inbox.directory import Directory
from inbox.model import Promise, Ticket
from inbox.store import Tx, tickets
from inbox.store import alarms as stored_alarms
from inbox.store import promises as stored
from inbox.store.tables import alarm, nag, outbox
from sla.duration import Duration
from sla.hours import OpeningHours, parse_week
from sla.policy import Policy, Targets
from tests.house import House, sample_directory
from tests.inbox.deeds import answer, ask, ask_again, home_thread, one_engine, ticket_of, told
from tests.inbox.postman import Letter, deliver

H = 3600
OFFICE = OpeningHours("office", "UTC", parse_week({"mon-fri": ["08:00-17:00"]}))
TARGETS = Targets(
    {
        "claim": {"normal": Duration(1 * H), "high": Duration(1800)},
        "first_reply": {"normal": Duration(4 * H), "high": Duration(2 * H), "urgent": Duration(1 * H)},
        "next_reply": {"normal": Duration(2 * H), "high": Duration(1 * H), "urgent": Duration(1800)},
        "resolution": {"normal": Duration(16 * H), "high": Duration(8 * H), "urgent": Duration(4 * H)},
    }
)
POLICY = Policy("office", OFFICE, TARGETS, (), Duration(8 * H))


def office() -> Directory:
    """The sample desk, open on weekdays from 8 to 17 (UTC), with every promise."""
    queues = sample_directory().desk.queues
    tiers = {"it": "customers"}
    ours = {key: replace(q, policy=POLICY, escalates_to=tiers.get(key, "")) for key, q in queues.items()}
    return sample_directory(queues=ours, policies={"office": POLICY})


@pytest.fixture
def it(house: House) -> House:
    house.desk.directory = office()
    return house


async def promised(house: House, number: int) -> dict[str, Promise]:
    """The newest promise of each metric."""
    return {p.metric: p for p in await house.desk.look(stored.of_ticket, number)}


async def beat(house: House) -> list[Letter]:
    """The metronome beats until nothing is due, and the postman comes; returns what was said of promises."""
    while await alarms.tick(house.desk):
        pass
    return [said for said in await house.desk.do(deliver) if said.say.startswith("nag.")]


async def beat_at(house: House, **later: float) -> list[Letter]:
    house.clock.advance(**later)
    return await beat(house)


def says(letters: list[Letter]) -> list[tuple[str, str, Any]]:
    return [(said.kind, said.say, said.to) for said in letters]


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
        plan = promises.plan(tx.directory, queue, "normal", "acme", now, now)
        number = tickets.add(tx, _values(tx, now, it) | {"due_at": plan.due_at})
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


def _values(tx: Tx, now: datetime, house: House, **more: Any) -> dict[str, Any]:
    return {
        "subject": "Printer",
        "status": "new",
        "priority": "normal",
        "queue": "it",
        "requester_id": house.ids["Anna"],
        "connection": "acme",
        "language": "en",
        "created_at": now,
        "updated_at": now,
        "awaiting_since": None,
        "due_at": None,
    } | more


@one_engine
async def test_a_ticket_that_an_agent_opens_owes_its_first_reply_from_the_requesters_first_words(it: House) -> None:
    def walk_in(tx: Tx, now: datetime) -> Ticket:
        number = tickets.add(tx, _values(tx, now, it, agent_opened=True, assignee_id=it.ids["Omar"], status="open"))
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


# Verdicts


async def test_a_reply_counts_when_it_was_written_though_it_arrived_after_the_deadline(it: House) -> None:
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


def _change(tx: Tx, now: datetime, /, number: int, **values: Any) -> Ticket:
    return promises.retargeted(tx, now, tickets.change(tx, number, **values))


async def test_another_priority_counts_from_the_start_with_the_pauses_so_far(it: House) -> None:
    number = await ask(it)
    await it.desk.do(claims.claim, number, it.ids["Omar"])
    it.clock.advance(hours=1)
    await it.desk.do(lifecycle.pend, number, it.ids["Omar"])
    it.clock.advance(hours=2)
    await ask_again(it, number)
    it.clock.advance(1800)
    ticket = await it.desk.do(_change, number, priority="urgent")
    given = await promised(it, number)
    start = datetime(2026, 3, 2, 9, tzinfo=UTC)
    # first_reply: 1 h from the start, missed; resolution: 4 h and a pause of 2 h
    assert (given["first_reply"].state, given["first_reply"].due_at) == ("breached", start + timedelta(hours=1))
    assert (given["resolution"].state, given["resolution"].due_at) == ("running", start + timedelta(hours=6))
    assert ticket.due_at == start + timedelta(hours=1)
    # and back: nobody's slip stays on record that the wrong priority made
    await it.desk.do(_change, number, priority="normal")
    assert (await promised(it, number))["first_reply"].due_at == start + timedelta(hours=4)
    assert (await promised(it, number))["first_reply"].state == "due_soon"


@one_engine
async def test_terms_without_a_promise_cancel_it_and_terms_with_one_start_it(it: House) -> None:
    number = await ask(it)
    await it.desk.do(_change, number, priority="low")
    assert {p.state for p in (await promised(it, number)).values()} == {"cancelled"}
    assert (await ticket_of(it, number)).due_at is None
    it.clock.advance(hours=1)
    await it.desk.do(_change, number, priority="high")
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
    await it.desk.do(_change, number, priority="urgent")
    assert (await promised(it, number))["first_reply"] == before


# Nags


async def test_the_ladder_tells_more_people_as_time_runs_out(it: House) -> None:
    number = await ask(it)
    await it.desk.do(claims.claim, number, it.ids["Omar"])
    await it.desk.do(deliver)
    assert says(await beat_at(it, hours=2)) == [("notice", "nag.first_reply.hint", "desk")]
    assert says(await beat_at(it, hours=1)) == [("direct", "nag.first_reply.warning", "U-OMAR")]
    assert (await promised(it, number))["first_reply"].state == "due_soon"
    assert says(await beat_at(it, hours=1)) == [
        ("direct", "nag.first_reply.breach", "U-OMAR"),
        ("room", "nag.first_reply.breach", "C-DESK"),
    ]
    assert says(await beat_at(it, hours=1)) == [("direct", "nag.first_reply.leads", "U-MAJA")]
    assert (await ticket_of(it, number)).priority == "normal"
    # 8 h after the question is closing time: nobody hears of it before the morning
    assert says(await beat_at(it, hours=3)) == []
    it.clock.now = datetime(2026, 3, 3, 8, 0, tzinfo=UTC)
    assert set(says(await beat(it))) == {
        ("room", "nag.first_reply.escalate", "C-DESK"),
        ("notice", "nag.resolution.hint", "desk"),
    }
    assert (await ticket_of(it, number)).priority == "high"
    assert [e.facts["after"] for e in await told(it, number, "escalated")] == ["high"]


@one_engine
async def test_while_nobody_holds_it_the_desk_room_is_told_with_a_button(it: House) -> None:
    number = await ask(it)
    [warning] = [said for said in await beat_at(it, seconds=2700) if "claim" in said.say]
    assert (warning.kind, warning.say, warning.to) == ("room", "nag.claim.warning", "C-DESK")
    assert warning.actions == (f"claim:{number}",)
    assert warning.facts["matter"] == f"#{number} (Printer is on fire)"
    # breached: the room once, not twice
    breach = [said for said in await beat_at(it, seconds=900) if said.say == "nag.claim.breach"]
    assert len(breach) == 1


async def test_claiming_rewrites_the_nags_that_were_read(it: House) -> None:
    number = await ask(it)
    read = [said for said in await beat_at(it, seconds=2700) if "claim" in said.say]
    await it.desk.do(claims.claim, number, it.ids["Omar"])
    rewritten = [said for said in await it.desk.do(deliver) if said.kind == "rewrite"]
    assert [(r.say, r.target, r.to, r.actions) for r in rewritten] == [
        ("nag.over.claim", f"x{read[0].id}", "C-DESK", ())
    ]
    assert rewritten[0].facts["holder"] == "Omar"


@one_engine
async def test_an_answer_takes_back_the_nag_that_waits(it: House) -> None:
    number = await ask(it)
    await it.desk.do(claims.claim, number, it.ids["Omar"])
    await it.desk.do(deliver)
    it.clock.advance(hours=3)
    await it.desk.do(replies.reply, number, it.ids["Omar"], "Water!")
    await alarms.tick(it.desk)  # the warning is queued behind the reply
    it.clock.advance(5)
    assert [said.say for said in await it.desk.do(deliver) if said.say.startswith("nag.")] == []


@one_engine
async def test_after_a_downtime_only_the_highest_missed_step_is_told(it: House) -> None:
    number = await ask(it)
    await it.desk.do(claims.claim, number, it.ids["Omar"])
    assert {said.say for said in await beat_at(it, hours=5)} == {"nag.first_reply.leads"}
    steps = await it.desk.look(lambda tx: list(tx.run(select(nag.c.metric, nag.c.step))))
    assert [tuple(row) for row in steps] == [("first_reply", 3)]
    assert (await promised(it, number))["first_reply"].state == "breached"


@one_engine
async def test_outside_opening_hours_nobody_is_nagged_but_the_breach_stands(it: House) -> None:
    it.clock.now = datetime(2026, 3, 2, 13, 0, tzinfo=UTC)
    number = await ask(it)
    await it.desk.do(claims.claim, number, it.ids["Omar"])
    it.clock.now = datetime(2026, 3, 2, 17, 0, tzinfo=UTC)  # four opening hours later, at closing
    assert await beat(it) == []
    breached = (await promised(it, number))["first_reply"]
    assert breached.state == "breached"
    at = await it.desk.look(stored_alarms.at, "promise", breached.id)
    assert at == datetime(2026, 3, 3, 8, 0, tzinfo=UTC)
    it.clock.now = at
    assert ("room", "nag.first_reply.breach", "C-DESK") in says(await beat(it))


@one_engine
async def test_a_breach_draws_the_card_anew(it: House) -> None:
    number = await ask(it)
    await it.desk.do(claims.claim, number, it.ids["Omar"])
    await it.desk.do(deliver)
    it.clock.now = datetime(2026, 3, 2, 19, 0, tzinfo=UTC)  # noticed at night, and shown at once
    while await alarms.tick(it.desk):
        pass
    assert [said.kind for said in await it.desk.do(deliver)] == ["card"]


async def test_waiting_and_sleeping_tickets_are_not_nagged(it: House) -> None:
    waits, sleeps = await ask(it), await ask(it, name="Erik")
    for number in (waits, sleeps):
        await it.desk.do(claims.claim, number, it.ids["Omar"])
    await it.desk.do(lifecycle.pend, waits, it.ids["Omar"])
    morning = datetime(2026, 3, 3, 9, 0, tzinfo=UTC)
    await it.desk.do(lifecycle.snooze, sleeps, it.ids["Omar"], morning)
    assert await beat_at(it, hours=5) == []
    assert {(await promised(it, n))["first_reply"].state for n in (waits, sleeps)} == {"breached"}
    it.clock.now = morning + timedelta(seconds=1)
    woke = await beat(it)
    assert {said.facts["ticket"] for said in woke} == {sleeps}
    await ask_again(it, waits)
    it.clock.advance(2)
    assert {said.facts["ticket"] for said in await beat(it)} == {waits}


async def test_a_nag_that_waits_is_withdrawn_when_the_ticket_begins_to_wait(it: House) -> None:
    number = await ask(it)
    await it.desk.do(claims.claim, number, it.ids["Omar"])
    await it.desk.do(deliver)
    it.clock.advance(hours=3)
    await alarms.tick(it.desk)
    await it.desk.do(lifecycle.pend, number, it.ids["Omar"])
    assert [said for said in await it.desk.do(deliver) if said.say.startswith("nag.")] == []


@one_engine
async def test_a_clock_that_is_set_back_tells_nothing_twice(it: House) -> None:
    number = await ask(it)
    await it.desk.do(claims.claim, number, it.ids["Omar"])
    await it.desk.do(deliver)
    assert await beat_at(it, hours=4)
    before = await promised(it, number)
    it.clock.advance(hours=-3)
    assert await beat(it) == []
    assert await beat_at(it, hours=3) == []
    assert await promised(it, number) == before


@one_engine
async def test_private_queues_show_no_words_in_their_nags(it: House) -> None:
    def open_payroll(tx: Tx, now: datetime) -> int:
        number = tickets.add(tx, _values(tx, now, it, queue="payroll", subject="My salary is wrong"))
        ticket = tickets.get(tx, number)
        assert ticket
        promises.opened(tx, now, ticket, now)
        return number

    number = await it.desk.do(open_payroll)
    [first, *_] = await beat_at(it, seconds=2700)
    assert (first.to, first.facts["matter"]) == ("C-PAY", f"#{number}")


async def test_each_step_is_told_once_however_many_schedulers_tick(it: House, engine_name: str) -> None:
    for index in range(6):
        await ask(it, f"Question {index}", name="Anna" if index % 2 else "Erik")
        it.clock.advance(180)
    others = [Desk(it.desk.store.url.render_as_string(hide_password=False), office(), it.clock) for _ in range(2)]
    for _ in range(6):
        it.clock.advance(2700)
        await asyncio.gather(*(alarms.tick(desk) for desk in (it.desk, *others, it.desk)))
    for other in others:
        await other.close()
    if engine_name == "postgres":  # two alarms of one ticket never wait for each other
        count = text("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        assert await it.desk.look(lambda tx: tx.run(count).scalar()) == 0
    letters = await it.desk.do(_queued)
    assert len(letters) > 12 and len(letters) == len(set(letters))
    taken = await it.desk.look(lambda tx: list(tx.run(select(nag.c.ticket, nag.c.metric, nag.c.step))))
    names = {(row[0], f"nag.{row[1]}.{nags.LADDER[row[2]].name}") for row in taken}
    # while nobody holds a ticket, its quiet hint has no reader
    assert {name for name in names if not name[1].endswith("hint")} == {said[:2] for said in letters}


def _queued(tx: Tx, now: datetime) -> list[tuple[Any, ...]]:
    """(ticket, say, kind, identity) of every nag ever queued."""
    rows = tx.run(select(outbox.c.ticket, outbox.c.payload, outbox.c.kind, outbox.c.identity_id))
    told = [(row[0], row[1].get("say", ""), row[2], row[3]) for row in rows]
    return [said for said in told if said[1].startswith("nag.")]


# The log is the truth


async def test_recounting_the_log_gives_the_stored_promises(it: House, engine_name: str) -> None:
    lives = 25 if engine_name == "sqlite" else 5
    for seed in range(lives):
        await it.desk.do(_live, it, seed)


def _live(tx: Tx, now: datetime, house: House, seed: int) -> None:
    """A ticket's life by chance: after each deed the stored promises equal their recount, and the alarms are right."""
    rng = random.Random(seed)
    received = intake.receive(
        tx, now, replace(house.said("Anna", f"Life {seed}"), message_id=f"life{seed}", opens=f"life{seed}")
    )
    assert received.ticket is not None
    for step in range(14):
        now += timedelta(minutes=rng.choice((1, 20, 45, 180, 600, 2000)))
        deed = rng.choice(DEEDS)
        ticket = tickets.get(tx, received.ticket)
        assert ticket
        deed(tx, now, house, ticket, rng)
        _check(tx, now, received.ticket, f"seed {seed}, step {step}: {deed.__name__}")


def _tick(tx: Tx, now: datetime, house: House, ticket: Ticket, rng: random.Random) -> None:
    for kind, subject in stored_alarms.due(tx, now, 50):
        if kind == "promise":
            alarms.handle(tx, now, kind, subject)


def _claim_or_release(tx: Tx, now: datetime, house: House, ticket: Ticket, rng: random.Random) -> None:
    if not ticket.unresolved:
        return
    if ticket.assignee_id is None:
        claims.claim(tx, now, ticket.number, house.ids["Omar"])
    else:
        claims.release(tx, now, ticket.number, house.ids["Maja"])


def _wait(tx: Tx, now: datetime, house: House, ticket: Ticket, rng: random.Random) -> None:
    if ticket.unresolved:
        verb = rng.choice((lifecycle.pend, lifecycle.hold))
        verb(tx, now, ticket.number, house.ids["Maja"])


def _write(tx: Tx, now: datetime, house: House, ticket: Ticket, rng: random.Random) -> None:
    at = now - timedelta(seconds=rng.choice((0, 30)))
    intake.receive(tx, now, house.said("Anna", "Still burning", thread=home_thread(tx, ticket.number), at=at))


def _reply(tx: Tx, now: datetime, house: House, ticket: Ticket, rng: random.Random) -> None:
    if ticket.unresolved:
        after = tickets.change(tx, ticket.number, answered=True, awaiting_since=None)
        promises.replied(tx, now, after, now - timedelta(seconds=rng.choice((5, 600))))


def _resolve_or_reopen(tx: Tx, now: datetime, house: House, ticket: Ticket, rng: random.Random) -> None:
    if ticket.unresolved:
        lifecycle.resolve(tx, now, ticket.number, house.ids["Maja"])
    elif ticket.status == "resolved" and not lifecycle.past_reopening(tx, now, ticket):
        lifecycle.reopen(tx, now, ticket.number, house.ids["Anna"])


def _reprioritise(tx: Tx, now: datetime, house: House, ticket: Ticket, rng: random.Random) -> None:
    _change(tx, now, ticket.number, priority=rng.choice(("low", "normal", "high", "urgent")))


DEEDS: tuple[Callable[[Tx, datetime, House, Ticket, random.Random], None], ...] = (
    _tick,
    _tick,
    _claim_or_release,
    _wait,
    _write,
    _reply,
    _resolve_or_reopen,
    _reprioritise,
)


def _check(tx: Tx, now: datetime, number: int, when: str) -> None:
    found, ticket = stored.of_ticket(tx, number), tickets.get(tx, number)
    assert ticket
    assert promises.rebuild(tx, number) == found, when
    counting = [p.due_at for p in found if p.state in ("running", "due_soon", "breached") and p.due_at]
    assert ticket.due_at == (min(counting, default=None) if ticket.unresolved else None), when
    for p in found:
        at = stored_alarms.at(tx, "promise", p.id)
        if p.state in ("running", "due_soon") and ticket.unresolved:
            assert at is not None and p.due_at and (at <= max(p.due_at, now + timedelta(seconds=1))), when
        elif p.state != "breached":
            assert at is None, when
    running = [p.metric for p in found if p.state in ("running", "due_soon", "breached", "paused")]
    assert len(running) == len(set(running)), when
