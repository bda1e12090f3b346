"""A policy's own ladder, the repetitions at its end, who is told instead of whom, and being left in peace."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from inbox.desk import absence, alarms, claims, ladders, lifecycle, muting, promises, quiet, replies
from inbox.directory import Agent, Directory
from inbox.errors import NotFound, WrongStatus
from inbox.store import people, preferences
from sla.duration import Duration
from sla.hours import OpeningHours, parse_week
from sla.ladder import Ladder, Step, repeated
from sla.policy import Targets
from tests.house import House
from tests.inbox.deeds import ask, one_engine, ticket_of, told
from tests.inbox.office import beat, beat_at, office, promised, says
from tests.inbox.postman import deliver

H = 3600
AT_ONCE: Ladder = (Step("warning", 0.25, ("room",)), Step("breach", 1.0, ("leads",)))


@pytest.fixture
def it(house: House) -> House:
    house.desk.directory = with_ladder(AT_ONCE)
    return house


REPLY = Targets({"first_reply": {"normal": Duration(4 * H), "high": Duration(4 * H)}})


def with_ladder(
    ladder: Ladder, *, nag_always: bool = False, agents: dict[tuple[str, str], Agent] | None = None
) -> Directory:
    """The office with another ladder in every queue, and with one promise; claims stay with who has them."""
    plain = office(return_after=None)
    queues = {
        key: replace(queue, policy=replace(queue.policy, targets=REPLY, ladder=ladder, nag_always=nag_always))
        for key, queue in plain.desk.queues.items()
    }
    policies = {"office": queues["it"].policy}
    desk = replace(plain.desk, queues=queues, policies=policies, agents=agents or {})
    return replace(plain, desk=desk)


async def held(it: House, name: str = "Omar") -> int:
    number = await ask(it)
    await it.desk.do(claims.claim, number, it.ids[name])
    await it.desk.do(deliver)
    return number


@one_engine
async def test_a_policy_tells_whom_it_says_and_nobody_else(it: House) -> None:
    number = await held(it)
    assert says(await beat_at(it, hours=1)) == [("room", "nag.first_reply.warning", "C-DESK")]
    assert says(await beat_at(it, hours=2.9)) == []
    assert says(await beat_at(it, hours=0.1)) == [("direct", "nag.first_reply.breach", "U-MAJA")]
    assert (await promised(it, number))["first_reply"].step == 1000


@one_engine
async def test_without_a_ladder_nobody_is_told_and_promises_break_all_the_same(it: House) -> None:
    it.desk.directory = with_ladder(())
    number = await held(it)
    assert await beat_at(it, hours=5) == []
    assert (await promised(it, number))["first_reply"].state == "breached"


async def test_a_ladder_that_is_changed_repeats_no_step_and_moves_no_promise(it: House) -> None:
    number = await held(it)
    await beat_at(it, hours=4)
    before = await promised(it, number)
    it.desk.directory = with_ladder(
        (Step("warning", 0.5, ("holder",)), Step("breach", 1.0, ("holder", "room")), Step("leads", 1.5, ("holder",)))
    )
    assert await ladders.follow_file(it.desk) == 1
    assert await ladders.follow_file(it.desk) == 0, "nothing was edited since"
    assert await beat(it) == []
    assert await promised(it, number) == before
    assert {p.metric: p for p in await it.desk.look(promises.rebuild, number)} == before
    assert says(await beat_at(it, hours=2)) == [("direct", "nag.first_reply.leads", "U-OMAR")]


async def test_the_last_step_is_told_again_as_often_as_it_says_and_goes_up_once(it: House) -> None:
    it.desk.directory = with_ladder(repeated((Step("escalate", 1.5, ("escalate",)),), H, 2))
    number = await held(it)
    first = await beat_at(it, hours=6)
    assert says(first) == [("room", "nag.first_reply.escalate", "C-DESK")]
    assert ((await ticket_of(it, number)).queue, (await ticket_of(it, number)).priority) == ("customers", "high")
    again = [says(await beat_at(it, hours=1)) for _ in range(2)]
    # closing time: the third hour is tomorrow's first, and by then all was said
    it.clock.now = datetime(2026, 3, 3, 8, 0, tzinfo=UTC)
    again += [says(await beat_at(it, hours=1)) for _ in range(3)]
    told_again = [said for one in again for said in one if "first_reply" in said[1]]
    assert told_again == [("room", "nag.first_reply.leads", "C-DESK")] * 2
    assert len(await told(it, number, "escalated")) == 1


@one_engine
async def test_a_policy_may_nag_at_night(it: House) -> None:
    it.clock.now = datetime(2026, 3, 2, 13, 0, tzinfo=UTC)
    it.desk.directory = with_ladder(AT_ONCE, nag_always=True)
    await held(it)
    it.clock.now = datetime(2026, 3, 2, 17, 0, tzinfo=UTC)  # closed since this instant
    assert says(await beat(it)) == [("direct", "nag.first_reply.breach", "U-MAJA")]


@one_engine
async def test_what_fell_into_the_night_comes_in_the_morning_once_and_highest(it: House) -> None:
    it.clock.now = datetime(2026, 3, 2, 13, 0, tzinfo=UTC)
    await held(it)
    it.clock.now = datetime(2026, 3, 2, 22, 0, tzinfo=UTC)
    assert await beat(it) == []
    it.clock.now = datetime(2026, 3, 3, 8, 0, tzinfo=UTC)
    assert says(await beat(it)) == [("direct", "nag.first_reply.breach", "U-MAJA")]
    assert await beat_at(it, hours=3) == []


# Seen


async def test_who_has_seen_it_is_left_in_peace_for_half_an_hour(it: House) -> None:
    it.desk.directory = with_ladder((Step("warning", 0.25, ("room",)), Step("warning", 0.3, ("room",))))
    number = await held(it)
    [nag] = await beat_at(it, hours=1)
    due = (await promised(it, number))["first_reply"].due_at
    ticket = await it.desk.do(muting.mute, number, it.ids["Omar"])
    assert ticket.muted_until == it.clock.now + timedelta(minutes=30)
    [rewritten] = [said for said in await it.desk.do(deliver) if said.kind == "rewrite"]
    assert (rewritten.say, rewritten.target, rewritten.facts["by"]) == ("nag.seen", f"x{nag.id}", "Omar")
    assert rewritten.facts["until"] == ticket.muted_until.isoformat()
    assert await beat_at(it, hours=0.4) == [], "the second step was due after 12 minutes"
    assert (await promised(it, number))["first_reply"].due_at == due, "the clock goes on"
    assert says(await beat_at(it, hours=0.1)) == [("room", "nag.first_reply.warning", "C-DESK")]


@one_engine
async def test_a_nag_that_waits_is_taken_back_by_seen_and_an_answer_still_puts_the_others_right(it: House) -> None:
    number = await held(it)
    [read] = await beat_at(it, hours=1)
    it.clock.advance(hours=3)
    assert await alarms.tick(it.desk)  # the breach is queued
    await it.desk.do(muting.mute, number, it.ids["Omar"])
    assert {said.say for said in await it.desk.do(deliver) if said.say.startswith("nag.")} == {"nag.seen"}
    assert [e.facts["until"] for e in await told(it, number, "muted")] == ["2026-03-02T13:30:00+00:00"]
    await it.desk.do(replies.reply, number, it.ids["Omar"], "Have you tried water?")
    it.clock.advance(5)
    [over] = [said for said in await it.desk.do(deliver) if said.kind == "rewrite"]
    assert (over.say, over.target) == ("nag.over.first_reply", f"x{read.id}")


@one_engine
async def test_only_its_agents_mute_a_ticket_and_only_while_it_is_open(it: House) -> None:
    number = await held(it)
    with pytest.raises(NotFound):
        await it.desk.do(muting.mute, number, it.ids["Anna"])
    await it.desk.do(lifecycle.resolve, number, it.ids["Omar"])
    with pytest.raises(WrongStatus):
        await it.desk.do(muting.mute, number, it.ids["Omar"])


# Instead of whom


@one_engine
async def test_a_holder_who_is_away_is_not_written_to_but_their_queue_is(it: House) -> None:
    it.desk.directory = with_ladder((Step("warning", 0.25, ("holder",)),))
    await held(it)
    await it.desk.do(absence.away, it.ids["Omar"], None)
    assert says(await beat_at(it, hours=1)) == [("room", "nag.first_reply.warning", "C-DESK")]


@one_engine
async def test_a_holder_out_of_their_shift_is_not_written_to(it: House) -> None:
    shift = OpeningHours("morning", "UTC", parse_week({"mon-fri": ["08:00-09:30"]}))
    it.desk.directory = with_ladder(
        (Step("warning", 0.25, ("holder",)),), agents={("acme", "U-OMAR"): Agent(hours=shift)}
    )
    await held(it)
    assert says(await beat_at(it, hours=1)) == [("room", "nag.first_reply.warning", "C-DESK")]


@one_engine
async def test_leads_who_are_away_leave_it_to_the_room_and_a_queue_without_room_to_its_leads(it: House) -> None:
    it.desk.directory = with_ladder((Step("leads", 0.25, ("leads",)), Step("warning", 0.5, ("holder",))))
    await held(it)
    await it.desk.do(absence.away, it.ids["Maja"], it.clock.now + timedelta(hours=1, minutes=30))
    assert says(await beat_at(it, hours=1)) == [("room", "nag.first_reply.leads", "C-DESK")]
    queues = it.desk.directory.desk.queues
    roomless = {**queues, "it": replace(queues["it"], desk=None)}
    it.desk.directory = replace(it.desk.directory, desk=replace(it.desk.directory.desk, queues=roomless))
    await it.desk.do(lambda tx, now: preferences.put(tx, it.ids["Omar"], direct_nags=False))
    assert says(await beat_at(it, hours=1)) == [("direct", "nag.first_reply.warning", "U-MAJA")]


@one_engine
async def test_leads_who_want_no_direct_messages_have_none_either(it: House) -> None:
    it.desk.directory = with_ladder((Step("leads", 0.25, ("leads",)), Step("leads", 0.5, ("leads",))))
    await held(it)
    await it.desk.do(lambda tx, now: preferences.put(tx, it.ids["Maja"], direct_nags=False))
    assert says(await beat_at(it, hours=1)) == [("room", "nag.first_reply.leads", "C-DESK")]
    await it.desk.do(lambda tx, now: preferences.put(tx, it.ids["Maja"], direct_nags=True))
    assert says(await beat_at(it, hours=1)) == [("direct", "nag.first_reply.leads", "U-MAJA")]


# Monday 10:00 in UTC is 11:00 in Stockholm, the desk's zone, and 15:30 in Kolkata
@one_engine
@pytest.mark.parametrize(
    ("hours", "zone", "told"),
    [
        ("10:30-11:30", "", "room"),
        ("11:00-11:01", "", "room"),
        ("10:00-11:00", "", "direct"),
        ("22:00-11:01", "", "room"),
        ("22:00-11:00", "", "direct"),
        ("15:00-16:00", "Asia/Kolkata", "room"),
        ("10:30-11:30", "Asia/Kolkata", "direct"),
        ("10:30-11:30", "Mars/Base", "room"),
    ],
)
async def test_quiet_hours_are_by_the_persons_own_clock(it: House, hours: str, zone: str, told: str) -> None:
    it.desk.directory = with_ladder((Step("warning", 0.25, ("holder",)),))
    await held(it)
    await it.desk.do(lambda tx, now: preferences.put(tx, it.ids["Omar"], quiet=hours))
    await it.desk.do(lambda tx, now: people.set_timezone(tx, it.ids["Omar"], zone))
    assert [said.kind for said in await beat_at(it, hours=1)] == [told]


def test_quiet_hours_are_read_as_people_write_them() -> None:
    written = ("18-8", "18:00-08:00", "18:00–8:00", " 18.00 - 08.00 ", "22-24")
    assert [quiet.hours(text) for text in written] == ["18:00-08:00"] * 4 + ["22:00-00:00"]
    for wrong in ("evenings", "18", "8-8", "0-24", "25-8", "18-8-9"):
        with pytest.raises(ValueError, match=r"hours|time of day"):
            quiet.hours(wrong)
