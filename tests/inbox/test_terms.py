"""By what promises go: their requester's plan, tags, a lead's own word; and what an edited policy leaves of them."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from inbox.desk import (
    alarms,
    asking,
    foresight,
    lifecycle,
    linking,
    merging,
    plans,
    policies,
    priorities,
    promises,
    splitting,
    tags,
    targets,
)
from inbox.directory import Directory
from inbox.errors import BadInput, NotAllowed, NotFound, WrongStatus
from inbox.model import Promise
from inbox.store import Tx, overrides, people, tickets
from inbox.store import promises as stored
from sla.duration import Duration
from sla.hours import OpeningHours, parse_week
from sla.policy import Policy, Rule, Targets
from tests.house import MONDAY, House
from tests.inbox.deeds import answer, ask, ask_again, one_engine, ticket_of, told
from tests.inbox.office import POLICY, H, change, office, promised
from tests.inbox.postman import deliver


def with_policy(directory: Directory, change: Callable[[Policy], Policy]) -> Directory:
    """The desk file with another policy for every queue."""
    queues = {key: replace(queue, policy=change(queue.policy)) for key, queue in directory.desk.queues.items()}
    kept = {name: change(policy) for name, policy in directory.desk.policies.items()}
    return replace(directory, desk=replace(directory.desk, queues=queues, policies=kept))


def in_time(hours: float) -> Targets:
    return Targets({"first_reply": {"normal": Duration(round(hours * H))}})


RULES = (
    Rule({"tag": "vip"}, in_time(0.5)),
    Rule({"plan": "gold"}, in_time(1)),
    Rule({"plan": "silver", "platform": "slack"}, in_time(2)),
)


@pytest.fixture
def it(house: House) -> House:
    plans_ = {"silver": frozenset({"acme:U-ERIK"})}
    house.desk.directory = with_policy(office(), lambda policy: replace(policy, rules=RULES, plans=plans_))
    return house


async def recounted(house: House, number: int) -> dict[str, Promise]:
    """The newest promises as stored, which equal their recount from the events."""
    assert await house.desk.look(promises.rebuild, number) == await house.desk.look(stored.of_ticket, number)
    return await promised(house, number)


async def first_due(house: House, number: int) -> timedelta:
    due_at = (await recounted(house, number))["first_reply"].due_at
    assert due_at
    return due_at - MONDAY


# Plans


async def test_who_has_a_plan_by_the_file_is_promised_what_it_says(it: House) -> None:
    assert await first_due(it, await ask(it, name="Erik")) == timedelta(hours=2)
    assert await first_due(it, await ask(it, name="Anna")) == timedelta(hours=4)


async def test_a_lead_gives_a_plan_and_what_runs_follows_it(it: House) -> None:
    number, other = await ask(it), await ask(it, name="Erik")
    assert await it.desk.do(plans.set_plan, number, it.ids["Maja"], "Gold") == 1
    assert await first_due(it, number) == timedelta(hours=1)
    assert await it.desk.do(plans.set_plan, number, it.ids["Maja"], "gold") == 0
    await it.desk.do(plans.set_plan, other, it.ids["Maja"], "gold")  # goes before what the file says
    assert await first_due(it, other) == timedelta(hours=1)
    await it.desk.do(plans.set_plan, other, it.ids["Maja"], "")
    assert await first_due(it, other) == timedelta(hours=2)
    assert await first_due(it, await ask(it, "One more")) == timedelta(hours=1)
    assert [e.facts["plan"] for e in await told(it, other, "plan")] == ["gold", ""]


@one_engine
async def test_plans_are_a_leads_to_give_and_those_that_a_policy_knows(it: House) -> None:
    number, maja = await ask(it), it.ids["Maja"]
    with pytest.raises(NotAllowed):
        await it.desk.do(plans.set_plan, number, it.ids["Omar"], "gold")
    with pytest.raises(NotFound):
        await it.desk.do(plans.set_plan, number, it.ids["Erik"], "gold")
    with pytest.raises(NotFound):
        await it.desk.do(plans.set_plan, 4711, maja, "gold")
    with pytest.raises(BadInput) as refused:
        await it.desk.do(plans.set_plan, number, maja, "golden")
    assert (refused.value.reason, refused.value.facts["plans"]) == ("no_plan", "gold, silver")
    it.desk.directory = office()
    with pytest.raises(BadInput) as refused:
        await it.desk.do(plans.set_plan, number, maja, "gold")
    assert refused.value.reason == "no_plans"


@one_engine
async def test_a_plan_comes_along_when_accounts_are_linked_and_goes_when_they_part(it: House) -> None:
    number = await ask(it)
    code = await it.desk.do(linking.code, it.account("Anna"))
    erik = await it.desk.do(people.identify, it.account("Erik", "shop"))
    await it.desk.store.do(people.set_plan, erik[0].id, "gold")
    await it.desk.do(linking.redeem, it.account("Erik", "shop"), code)
    assert await first_due(it, number) == timedelta(hours=1)
    await it.desk.do(linking.unlink, it.account("Anna"))
    assert await first_due(it, number) == timedelta(hours=4)


@one_engine
async def test_another_list_of_people_with_a_plan_is_another_version_of_the_policy(it: House) -> None:
    number = await ask(it)
    gold = {"gold": frozenset({"acme:U-ANNA"})}
    it.desk.directory = with_policy(it.desk.directory, lambda policy: replace(policy, plans=gold))
    assert await policies.follow_file(it.desk) == 1
    assert await first_due(it, number) == timedelta(hours=1)
    nobody_asks = replace(POLICY, plans=gold)
    assert nobody_asks.version == POLICY.version  # and moves nothing where no rule tells plans apart


# Tags, and tickets that come together or part


async def test_tags_go_before_what_follows_and_a_merge_brings_them(it: House) -> None:
    number = await ask(it)
    await answer(it, await ask(it, name="Erik"))
    it.clock.advance(200)
    source = await ask(it, "Still on fire")
    await it.desk.do(tags.add, source, it.ids["Omar"], "vip")
    assert await first_due(it, number) == timedelta(hours=4)
    await it.desk.do(merging.merge, source, it.ids["Omar"], number)
    assert await first_due(it, number) == timedelta(hours=0.5)
    assert {p.state for p in (await recounted(it, source)).values()} == {"cancelled"}
    await it.desk.do(merging.unmerge, source, it.ids["Omar"])
    assert await first_due(it, number) == timedelta(hours=4)
    assert (await recounted(it, source))["resolution"].state == "running"


async def test_a_question_that_is_split_off_is_promised_in_its_own_ticket_alone(it: House) -> None:
    number = await ask(it)
    await answer(it, number)
    asked = it.clock.advance(600)
    await ask_again(it, number, "And the scanner?")
    it.clock.advance(60)
    made = await it.desk.do(splitting.split, number, it.ids["Lisa"], "scanner")
    assert (await recounted(it, number))["next_reply"].state == "cancelled"
    assert (await ticket_of(it, number)).awaiting_since is None
    there = (await recounted(it, made.number))["first_reply"]
    assert (there.state, there.started_at) == ("running", asked)


async def test_an_answer_that_is_split_off_with_its_question_has_answered_it(it: House) -> None:
    """zammad#3140: it escalated although an agent had answered."""
    number = await ask(it)
    await answer(it, number)
    it.clock.advance(600)
    await ask_again(it, number, "And the scanner?")
    written = it.clock.advance(60)
    await answer(it, number)
    made = await it.desk.do(splitting.split, number, it.ids["Lisa"], "scanner")
    there = (await recounted(it, made.number))["first_reply"]
    assert (there.state, there.finished_at) == ("met", written)
    assert (await ticket_of(it, made.number)).awaiting_since is None


@one_engine
async def test_words_that_ask_for_nothing_are_answered_by_saying_so(it: House) -> None:
    number, omar = await ask(it), it.ids["Omar"]
    with pytest.raises(BadInput) as refused:
        await it.desk.do(lifecycle.no_reply_needed, number, omar)
    assert refused.value.reason == "first_reply_owed"
    await answer(it, number)
    it.clock.advance(600)
    await ask_again(it, number, "See you on Monday!")
    for _ in range(2):
        await it.desk.do(lifecycle.no_reply_needed, number, omar)
    kept = (await recounted(it, number))["next_reply"]
    assert (kept.state, kept.finished_at) == ("met", it.clock.now)
    assert len(await told(it, number, "no_reply")) == 1
    await it.desk.do(lifecycle.resolve, number, omar)
    with pytest.raises(WrongStatus):
        await it.desk.do(lifecycle.no_reply_needed, number, omar)


# A lead's own word


async def test_a_leads_own_target_holds_whatever_changes_until_it_is_taken_back(it: House) -> None:
    number, maja = await ask(it), it.ids["Maja"]
    given = await it.desk.do(targets.set_target, number, maja, "first_reply", "3h", "customer on site")
    assert given and given.target_seconds == 3 * H
    await it.desk.do(tags.add, number, maja, "vip")
    await it.desk.do(change, number, priority="urgent")
    await it.desk.do(change, number, queue="games")
    assert await first_due(it, number) == timedelta(hours=3)
    it.desk.directory = with_policy(it.desk.directory, lambda policy: replace(policy, pause_on_hold=True))
    await policies.follow_file(it.desk)
    assert await first_due(it, number) == timedelta(hours=3)
    await it.desk.do(change, number, queue="it")
    await it.desk.do(targets.take_back, number, maja, "first_reply")
    assert await first_due(it, number) == timedelta(hours=1)  # urgent: the rule for vip names only normal
    (told_of,) = await told(it, number, "target_set")
    assert told_of.facts == {"metric": "first_reply", "seconds": 3 * H, "was": None, "why": "customer on site"}


async def test_a_target_can_be_set_where_the_policy_promises_nothing_and_for_what_comes(it: House) -> None:
    it.desk.directory = with_policy(office(), lambda policy: replace(policy, targets=in_time(4)))
    number, maja = await ask(it), it.ids["Maja"]
    assert set(await promised(it, number)) == {"first_reply"}
    given = await it.desk.do(targets.set_target, number, maja, "resolution", "2 working days", "it is the boss")
    assert given and given.due_at == MONDAY + timedelta(days=2)  # 18 h of days of nine
    assert await it.desk.do(targets.set_target, number, maja, "next_reply", "30m", "it is the boss") is None
    await answer(it, number)
    asked = it.clock.advance(600)
    await ask_again(it, number)
    assert (await recounted(it, number))["next_reply"].due_at == asked + timedelta(minutes=30)
    await it.desk.do(targets.take_back, number, maja, "resolution")
    assert (await recounted(it, number))["resolution"].state == "cancelled"


@one_engine
async def test_saying_it_again_changes_nothing_and_what_is_over_stays_as_it_was(it: House) -> None:
    number, maja = await ask(it), it.ids["Maja"]
    await answer(it, number)
    before = (await promised(it, number))["first_reply"]
    for _ in range(2):
        await it.desk.do(targets.set_target, number, maja, "first_reply", "1s", "just so")
    assert (await recounted(it, number))["first_reply"] == before
    assert len(await told(it, number, "target_set")) == 1
    for _ in range(2):
        await it.desk.do(targets.take_back, number, maja, "first_reply")
    assert len(await told(it, number, "target_off")) == 1


@one_engine
async def test_what_is_no_target_is_refused_and_leads_alone_set_them(it: House) -> None:
    number, maja = await ask(it), it.ids["Maja"]
    for metric, length, why, reason in (
        ("lunch", "8h", "so", "no_metric"),
        ("claim", "2d", "so", "bad_target"),
        ("claim", "0m", "so", "bad_target"),
        ("claim", "", "so", "bad_target"),
        ("claim", "8h", "  ", "target_why"),
        ("claim", "8h", "so " * 400, "too_long"),
    ):
        with pytest.raises(BadInput) as refused:
            await it.desk.do(targets.set_target, number, maja, metric, length, why)
        assert refused.value.reason == reason
    with pytest.raises(NotAllowed):
        await it.desk.do(targets.set_target, number, it.ids["Omar"], "claim", "8h", "so")
    with pytest.raises(NotFound):
        await it.desk.do(targets.take_back, number, it.ids["Erik"], "claim")
    await it.desk.do(lifecycle.resolve, number, it.ids["Omar"])
    with pytest.raises(WrongStatus):
        await it.desk.do(targets.set_target, number, maja, "claim", "8h", "so")


@one_engine
async def test_a_target_that_the_calendar_can_never_reach_is_none(it: House) -> None:
    """An hour a week: ten years of opening time would end in the year 3700."""
    rare = OpeningHours("rare", "UTC", parse_week({"mon": ["09:00-10:00"]}))
    it.desk.directory = with_policy(it.desk.directory, lambda policy: replace(policy, hours=rare))
    number, maja = await ask(it), it.ids["Maja"]
    with pytest.raises(BadInput) as refused:
        await it.desk.do(targets.set_target, number, maja, "resolution", "87000h", "one day")
    assert refused.value.reason == "bad_target"
    assert (await recounted(it, number))["resolution"].state == "running"


async def test_a_calendar_that_ran_dry_promises_nothing_and_stops_no_deed(it: House) -> None:
    await policies.follow_file(it.desk)
    number = await ask(it)
    past = OpeningHours("past", "UTC", special={date(2026, 3, 2): ((540, 600),)})
    it.desk.directory = with_policy(it.desk.directory, lambda policy: replace(policy, hours=past))
    it.clock.advance(hours=2)
    await it.desk.do(priorities.set_priority, number, it.ids["Omar"], "urgent")
    states = {metric: p.state for metric, p in (await recounted(it, number)).items()}
    assert states == {"claim": "cancelled", "first_reply": "breached", "resolution": "cancelled"}
    assert await policies.follow_file(it.desk) == 0


async def test_who_was_never_answered_is_promised_one_answer_whatever_changes(it: House) -> None:
    """An agent opens a ticket for Anna and writes to her; her answer is her first question."""
    omar, identity = await it.desk.do(people.identify, it.account("Omar"))
    anna, identity = await it.desk.do(people.identify, it.account("Anna"))
    number = await it.desk.do(asking.open_for, omar, (anna, identity, "acme"), "it", "Your laptop is here")
    await answer(it, number)
    asked = it.clock.advance(600)

    def asks(tx: Tx, now: datetime) -> None:
        promises.requester_wrote(tx, now, tickets.change(tx, number, awaiting_since=now), now)

    await it.desk.do(asks)
    for deed in (
        lambda: it.desk.do(priorities.set_priority, number, omar.id, "urgent"),
        lambda: it.desk.do(change, number, queue="customers"),
        lambda: it.desk.do(tags.add, number, omar.id, "vip"),
    ):
        await deed()
        found = await recounted(it, number)
        assert found["first_reply"].started_at == asked and "next_reply" not in found


SPLIT = {
    "8h customer on site": ("8h", "customer on site"),
    "8 h: customer on site": ("8h", "customer on site"),
    "1h30m so": ("1h30m", "so"),
    "1 h 30 min so": ("1h30m", "so"),
    "8 tim kunden är på plats": ("8h", "kunden är på plats"),
    "2 timmar 30 minuter, de väntar": ("2h30m", "de väntar"),
    "1 timme så": ("1h", "så"),
    "1 tim. 30 min. de väntar.": ("1h30m", "de väntar."),
    "8 t kunden er her": ("8h", "kunden er her"),
    "1 time og så videre": ("1h", "og så videre"),
    "4 timer 5 minutter fordi": ("4h5m", "fordi"),
    "90 sekunder så": ("90s", "så"),
    "2 hours 1 minute 5 seconds so": ("2h1m5s", "so"),
    "8 tickets wait": ("8 tickets", "wait"),
    "2 dagar på plats": ("2 dagar", "på plats"),
    "1,5 arbetsdagar därför": ("1.5 working days", "därför"),
    "2 working days, they are away": ("2 working days", "they are away"),
    "2 arbetsdagar därför": ("2 working days", "därför"),
    "1,5 arbejdsdage": ("1.5 working days", ""),
    "3 arbejdsdage fordi": ("3 working days", "fordi"),
    "off": ("off", ""),
    "2d why": ("2d", "why"),
    "": ("", ""),
}


@pytest.mark.parametrize("words", SPLIT)
def test_a_length_is_told_from_the_reason_behind_it(words: str) -> None:
    assert targets.split_length(words) == SPLIT[words]


# Versions


async def test_each_version_of_a_policy_that_runs_is_kept_once(it: House) -> None:
    await policies.follow_file(it.desk)
    first = await it.desk.look(overrides.version, it.desk.directory.queue("it").policy.version)
    assert first and (first.name, first.since) == ("office", it.clock.now)
    it.clock.advance(60)
    await policies.follow_file(it.desk)
    assert await it.desk.look(overrides.version, first.version) == first
    assert await it.desk.look(overrides.version, "never ran") is None


async def test_what_ended_is_recounted_by_the_opening_hours_that_it_had(it: House) -> None:
    """Another calendar since then would date its deadline elsewhere."""
    it.clock.now = MONDAY + timedelta(hours=6)  # 15:00, open until 17:00
    solved, runs = await ask(it), await ask(it, name="Erik")
    await policies.follow_file(it.desk)
    it.clock.advance(days=1)
    while await alarms.tick(it.desk):
        pass
    await answer(it, solved)
    await it.desk.do(lifecycle.resolve, solved, it.ids["Omar"])
    late = OpeningHours("office", "UTC", parse_week({"mon-fri": ["12:00-20:00"]}))
    it.desk.directory = with_policy(it.desk.directory, lambda policy: replace(policy, hours=late))
    assert await promises_of(it, solved) == await it.desk.look(promises.rebuild, solved)
    await it.desk.do(lifecycle.pend, runs, it.ids["Maja"])  # before it is counted anew
    await policies.follow_file(it.desk)
    await recounted(it, runs)


async def test_a_promise_by_the_clock_runs_on_through_the_weekend_and_people_hear_of_it_on_monday(it: House) -> None:
    """Two calendar days from Friday 15:00 are over on Sunday; the office is open from Monday 8:00."""
    by_clock = Targets(
        {"resolution": {"normal": Duration(48 * H, calendar=True)}, "claim": {"normal": Duration(4 * H)}}
    )
    it.desk.directory = with_policy(it.desk.directory, lambda policy: replace(policy, targets=by_clock, rules=()))
    it.clock.now = MONDAY + timedelta(days=4, hours=6)
    number = await ask(it)
    given = await promised(it, number)
    assert given["resolution"].due_at == it.clock.now + timedelta(days=2)
    assert given["claim"].due_at == MONDAY + timedelta(days=7, hours=1), "that is counted in opening time"
    it.clock.now = MONDAY + timedelta(days=6, hours=12)
    while await alarms.tick(it.desk):
        pass
    assert not [letter for letter in await it.desk.do(deliver) if letter.say.startswith("nag.")]
    given = await promised(it, number)
    assert given["resolution"].state == "breached" and given["claim"].state == "running"
    [breach] = await told(it, number, "promise_breached")
    assert breach.at == MONDAY + timedelta(days=6, hours=6)
    it.clock.now = MONDAY + timedelta(days=6, hours=23)  # 8:00
    while await alarms.tick(it.desk):
        pass
    said = [letter.say for letter in await it.desk.do(deliver) if letter.say.startswith("nag.")]
    assert said == ["nag.resolution.leads"], "the highest step that was missed"
    await recounted(it, number)


async def test_a_lead_says_calendar_days_where_these_are_counted(it: House) -> None:
    by_clock = Targets(
        {"resolution": {"normal": Duration(48 * H, calendar=True)}, "claim": {"normal": Duration(4 * H)}}
    )
    it.desk.directory = with_policy(it.desk.directory, lambda policy: replace(policy, targets=by_clock, rules=()))
    number, maja = await ask(it), it.ids["Maja"]
    for words in ("5 calendar days", "5 kalenderdagar", "5 kalenderdage"):
        length, why = targets.split_length(f"{words} the parts are on their way")
        assert (length, why) == ("5 calendar days", "the parts are on their way")
    await it.desk.do(targets.set_target, number, maja, "resolution", "5 calendar days", "the parts are on their way")
    assert (await promised(it, number))["resolution"].due_at == MONDAY + timedelta(days=5)
    with pytest.raises(BadInput):
        await it.desk.do(targets.set_target, number, maja, "claim", "5 calendar days", "the parts are on their way")


async def promises_of(house: House, number: int) -> list[Promise]:
    return await house.desk.look(stored.of_ticket, number)


async def test_a_look_ahead_tells_what_an_edited_policy_would_do_and_writes_nothing(it: House) -> None:
    early, late = await ask(it), await ask(it, name="Erik")
    await it.desk.do(deliver)
    it.clock.advance(hours=1.5)
    before = [await promises_of(it, number) for number in (early, late)]
    shorter = Targets({"first_reply": {"normal": Duration(H)}, "claim": {"normal": Duration(3 * H)}})
    plan = {"gold": frozenset({"acme:U-ERIK"})}
    rules = (Rule({"plan": "gold"}, Targets({"first_reply": {"normal": Duration(9 * H)}})),)
    edited = replace(POLICY, targets=shorter, rules=rules, plans=plan)
    it.desk.directory = with_policy(it.desk.directory, lambda _: edited)
    looked = await it.desk.look(foresight.foreseen, it.clock.now)
    moves = looked.moves
    assert looked.whole

    def named(fits: Callable[[foresight.Move], bool]) -> list[tuple[int, str]]:
        return [(move.after.ticket, move.after.metric) for move in moves if fits(move)]

    assert named(lambda move: move.earlier) == [(early, "first_reply")]
    assert named(lambda move: move.later) == [(early, "claim"), (late, "claim"), (late, "first_reply")]
    assert named(lambda move: move.ended) == [(early, "resolution"), (late, "resolution")]
    assert named(lambda move: move.breached) == [(early, "first_reply")]
    assert named(lambda move: move.forgiven) == [(early, "claim"), (late, "claim")]
    assert named(lambda move: move.begun) == []
    assert [await promises_of(it, number) for number in (early, late)] == before
    # and so it comes
    await policies.follow_file(it.desk)
    after = [p for number in (early, late) for p in await promises_of(it, number)]
    foreseen = {(m.after.ticket, m.after.metric): (m.after.state, m.after.due_at) for m in moves}
    assert {(p.ticket, p.metric): (p.state, p.due_at) for p in after} == foreseen
