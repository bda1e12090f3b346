"""Who is told that a promise runs out, and when; and how that is put right."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, text

from bots.texts import phrase
from inbox.desk import alarms, claims, gathered, lifecycle, muting, promises, replies
from inbox.desk.door import Desk
from inbox.store import Tx, tickets
from inbox.store import alarms as stored_alarms
from inbox.store.tables import nag, outbox
from sla.ladder import DEFAULT, step_of
from tests.house import House
from tests.inbox.deeds import ask, ask_again, one_engine, ticket_of, told
from tests.inbox.office import beat, beat_at, office, promised, says, values
from tests.inbox.postman import deliver


@pytest.fixture
def it(house: House) -> House:
    house.desk.directory = office()
    return house


async def test_the_ladder_tells_more_people_as_time_runs_out(it: House) -> None:
    # no claim is returned here: in the last beat it could end before the nag or after it, and then nobody holds it
    it.desk.directory = office(return_after=None)
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
    assert warning.actions == (f"claim:{number}", f"ack:{number}")
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
async def test_whoever_reads_a_nag_is_offered_what_can_be_done_now(it: House) -> None:
    """It was claimed elsewhere: nothing offers to claim it any more. It was given back: that is offered again."""
    number = await ask(it)
    await beat_at(it, hours=2)
    [read] = [said for said in await beat_at(it, hours=1) if said.say == "nag.first_reply.warning"]
    claim, show, ack = f"claim:{number}", f"show:{number}", f"ack:{number}"
    assert read.actions == (claim, ack)
    await it.desk.do(claims.claim, number, it.ids["Omar"])
    over = {said.say for said in await beat(it) if said.kind == "rewrite"}
    assert over == {"nag.over.claim"}, "at once; the rest a little later"
    offered = [said for said in await beat_at(it, seconds=10) if said.kind == "rewrite"]
    assert [(said.say, said.target, said.actions) for said in offered] == [(read.say, f"x{read.id}", (show, ack))]
    await it.desk.do(claims.release, number, it.ids["Omar"])
    await it.desk.do(claims.claim, number, it.ids["Lisa"])
    assert await beat_at(it, seconds=10) == [], "somebody has it, as it says"
    await it.desk.do(claims.release, number, it.ids["Lisa"])
    [again] = await beat_at(it, seconds=10)
    assert (again.target, again.actions) == (f"x{read.id}", (claim, ack))
    await it.desk.do(muting.mute, number, it.ids["Lisa"])
    await it.desk.do(claims.claim, number, it.ids["Lisa"])
    assert [said.say for said in await beat_at(it, seconds=10)] == ["nag.seen"], "that stays"


@one_engine
async def test_a_nag_that_was_late_offers_what_can_be_done_then(it: House) -> None:
    """Its ticket was claimed while the platform took nothing."""
    number = await ask(it)
    it.clock.advance(hours=3)
    await _rings(it)
    await it.desk.do(claims.claim, number, it.ids["Omar"])
    it.clock.advance(seconds=10)
    await _rings(it)
    [read] = [said for said in await beat(it) if said.say == "nag.first_reply.warning"]
    assert read.actions[0] == f"claim:{number}", "as it was when it was put down"
    assert [said.actions[0] for said in await beat_at(it, seconds=10)] == [f"show:{number}"]


async def _rings(it: House) -> None:
    """What is due is done, and no postman comes."""
    while await alarms.tick(it.desk):
        pass


@one_engine
async def test_leads_are_told_who_holds_it_or_that_nobody_does(it: House) -> None:
    it.desk.directory = office(return_after=None)
    number = await ask(it)
    [leads] = [said for said in await beat_at(it, hours=5) if said.to == "U-MAJA"]
    assert (leads.say, leads.actions[0]) == ("nag.first_reply.leads", f"claim:{number}")
    ends = {told: phrase(told, leads.say, leads.facts, "UTC").split(": ")[-1] for told in ("en", "sv", "da")}
    assert ends == {"en": "nobody yet", "sv": "ingen än", "da": "ingen endnu"}
    await it.desk.do(claims.claim, number, it.ids["Omar"])
    [now] = [said for said in await beat_at(it, seconds=10) if said.target == f"x{leads.id}"]
    assert phrase("en", now.say, now.facts, "UTC").endswith("Holder: Omar")


@one_engine
async def test_an_answer_takes_back_the_nag_that_waits(it: House) -> None:
    """SC-08: it was queued, and is not sent."""
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
    """SC-01: who comes back hears how it stands, not all that was missed."""
    number = await ask(it)
    await it.desk.do(claims.claim, number, it.ids["Omar"])
    assert {said.say for said in await beat_at(it, hours=5)} == {"nag.first_reply.leads"}
    steps = await it.desk.look(lambda tx: list(tx.run(select(nag.c.metric, nag.c.step))))
    assert [tuple(row) for row in steps] == [("first_reply", 1250)]
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


@one_engine
async def test_a_ticket_that_is_woken_early_is_nagged_about_early(it: House) -> None:
    number = await ask(it)
    await it.desk.do(claims.claim, number, it.ids["Omar"])
    await it.desk.do(lifecycle.snooze, number, it.ids["Omar"], it.clock.now + timedelta(days=3))
    assert await beat_at(it, hours=5) == []  # what was due now stands at the end of its sleep
    await it.desk.do(lifecycle.wake, number, it.ids["Omar"])
    assert ("direct", "nag.first_reply.leads", "U-MAJA") in says(await beat_at(it, seconds=1))


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
    """SC-06: each step is a row that is there already."""
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
        number = tickets.add(tx, values(tx, now, it, queue="payroll", subject="My salary is wrong"))
        ticket = tickets.get(tx, number)
        assert ticket
        promises.opened(tx, now, ticket, now)
        return number

    number = await it.desk.do(open_payroll)
    [first, *_] = await beat_at(it, seconds=2700)
    assert (first.to, first.facts["matter"]) == ("C-PAY", f"#{number}")


async def test_each_step_is_told_once_however_many_schedulers_tick(
    it: House, engine_name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SC-02: of each ticket, metric, cycle and step one row, whoever ticks."""
    monkeypatch.setattr(gathered, "BURST", 1000)  # each is told by itself here, to be counted
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
    names = {(row[0], f"nag.{row[1]}.{_name(row[2])}") for row in taken}
    # while nobody holds a ticket, its quiet hint has no reader
    assert {name for name in names if not name[1].endswith("hint")} == {said[:2] for said in letters}


def _name(key: int) -> str:
    step = step_of(DEFAULT, key)
    assert step
    return step.name


def _queued(tx: Tx, now: datetime) -> list[tuple[Any, ...]]:
    """(ticket, say, kind, identity) of every nag ever queued."""
    rows = tx.run(select(outbox.c.ticket, outbox.c.payload, outbox.c.kind, outbox.c.identity_id))
    told = [(row[0], row[1].get("say", ""), row[2], row[3]) for row in rows]
    return [said for said in told if said[1].startswith("nag.")]
