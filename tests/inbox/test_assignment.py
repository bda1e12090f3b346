"""Round robin and least busy: whose turn it is, who is passed over, and what waits for somebody to come."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inbox.desk import absence, alarms, assignment, claims, intake, lifecycle, replies, turns, upkeep
from inbox.directory import Agent, Assignment
from inbox.errors import BadInput
from inbox.store import alarms as stored
from inbox.store import events, tags, tickets
from inbox.store.assignment import Member
from sla.hours import OpeningHours, parse_week
from tests.house import House
from tests.inbox.deeds import ask, one_engine, ticket_of, told
from tests.inbox.postman import deliver

TEAM = ("Omar", "Lisa", "Maja")


def given_out(
    house: House, mode: Assignment = "round_robin", /, *, agents: dict[str, Agent] | None = None, **more: Any
) -> None:
    """The desk gives the tickets of `it` to its agents."""
    directory = house.desk.directory
    queue = replace(directory.desk.queues["it"], assignment=mode, **more)
    people = {("acme", f"U-{name.upper()}"): agent for name, agent in (agents or {}).items()}
    desk = replace(directory.desk, queues={**directory.desk.queues, "it": queue}, agents=people)
    house.desk.directory = replace(directory, desk=desk)


async def beats(house: House) -> None:
    while await alarms.tick(house.desk):
        pass


async def opened(house: House, count: int = 1) -> list[int]:
    """Anna opens tickets; they are given out as soon as the alarms ring."""
    numbers = []
    for n in range(count):
        house.clock.advance(130)  # past the burst window
        numbers.append(await ask(house, f"question {n}"))
        await beats(house)
    return numbers


async def holder(house: House, number: int) -> str:
    assignee = (await ticket_of(house, number)).assignee_id
    return next((name for name in TEAM if house.ids[name] == assignee), "")


async def holders(house: House, numbers: list[int]) -> list[str]:
    return [await holder(house, number) for number in numbers]


async def changed(house: House, number: int, **values: Any) -> None:
    await house.desk.store.do(lambda tx: tickets.change(tx, number, **values))


async def away(house: House, *names: str, **until: float) -> None:
    for name in names:
        at = house.clock.now + timedelta(**until) if until else None
        await house.desk.do(absence.away, house.ids[name], at)


# whose turn it is


async def test_each_in_turn(house: House) -> None:
    given_out(house)
    assert await holders(house, await opened(house, 7)) == [*TEAM, *TEAM, "Omar"]
    [event] = await told(house, 1, "assigned")
    assert event.actor is None
    assert event.facts == {"to": house.ids["Omar"], "fence": 1, "mode": "round_robin"}


@one_engine
async def test_a_queue_by_itself_leaves_it_to_its_agents(house: House) -> None:
    assert await holders(house, await opened(house)) == [""]
    assert await house.desk.look(stored.at, turns.TURN, 1) is None


@one_engine
async def test_who_was_given_one_by_a_colleague_had_their_turn(house: House) -> None:
    given_out(house)
    first, second = await opened(house, 2)
    assert await holders(house, [first, second]) == ["Omar", "Lisa"]
    house.clock.advance(1)
    await house.desk.do(claims.assign, first, house.ids["Omar"], house.ids["Maja"])
    assert await holders(house, await opened(house)) == ["Omar"]


@one_engine
async def test_turns_are_kept_when_the_team_is_looked_up_again(house: House) -> None:
    given_out(house)
    assert await holders(house, await opened(house)) == ["Omar"]
    team = {house.account("Omar"): "lead", house.account("Lisa"): "agent"}
    assert await house.desk.do(upkeep.staff, {"it": team})
    assert await holders(house, await opened(house, 2)) == ["Lisa", "Omar"]


@one_engine
async def test_the_same_instant_for_two_turns_is_still_two_turns(house: House) -> None:
    """Clocks of two machines differ, and some stand still."""
    given_out(house)
    numbers = [await ask(house, name=name) for name in ("Anna", "Erik")]
    await beats(house)
    assert await holders(house, numbers) == ["Omar", "Lisa"]


@one_engine
async def test_who_holds_much_has_their_turn_all_the_same(house: House) -> None:
    given_out(house)
    for _ in range(3):
        house.clock.advance(130)
        await house.desk.do(claims.claim, await ask(house), house.ids["Omar"])
    assert await holders(house, await opened(house, 2)) == ["Omar", "Lisa"]


async def test_least_busy(house: House) -> None:
    given_out(house, "least_busy")
    numbers = await opened(house, 4)
    assert await holders(house, numbers) == [*TEAM, "Omar"]
    await house.desk.do(lifecycle.resolve, numbers[2], house.ids["Maja"])
    assert await holders(house, await opened(house, 3)) == ["Maja", "Lisa", "Maja"]


MEMBERS = st.builds(
    Member,
    st.integers(1, 50),
    st.frozensets(st.sampled_from(("sv", "da", "vpn", "mac"))),
    st.none() | st.integers(0, 99).map(lambda day: datetime(2025, 9, 1, tzinfo=UTC) + timedelta(days=day)),
    st.integers(0, 9),
    st.just(False),
)


@settings(max_examples=200, deadline=None)
@given(
    team=st.lists(MEMBERS, min_size=1, max_size=8, unique_by=lambda one: one.person_id),
    needs=st.lists(st.frozensets(st.sampled_from(("sv", "da", "vpn", "mac"))), max_size=30),
)
def test_whoever_fits_is_given_as_many_as_the_others_who_fit(team: list[Member], needs: list[frozenset[str]]) -> None:
    """With everybody on, no two who are equally good differ by more than one; and nobody is given what another one
    knows better."""
    at = datetime(2026, 3, 1, tzinfo=UTC)
    alike = [replace(one, skills=frozenset(), held=0) for one in team]
    counted: Counter[int] = Counter({one.person_id: 0 for one in team})
    for turn, asked in enumerate(needs):
        first = assignment.order("round_robin", asked, alike)[0]
        counted[first.person_id] += 1
        alike = [replace(one, assigned_at=at + timedelta(turn)) if one == first else one for one in alike]
        best = assignment.order("least_busy", asked, team)[0]
        assert len(best.skills & asked) == max(len(one.skills & asked) for one in team)
        equals = [one for one in team if len(one.skills & asked) == len(best.skills & asked)]
        assert best.held == min(one.held for one in equals)
    assert max(counted.values()) - min(counted.values()) <= 1


# who is passed over


async def test_who_is_away_gets_nothing(house: House) -> None:
    given_out(house)
    await away(house, "Omar", "Maja")
    assert await holders(house, await opened(house, 2)) == ["Lisa", "Lisa"]
    for who, until in (("Omar", None), ("Maja", house.clock.now + timedelta(hours=1))):
        await house.desk.do(absence.away, house.ids[who], until)
        with pytest.raises(BadInput) as refused:
            await house.desk.do(claims.assign, 1, house.ids["Lisa"], house.ids[who])
        assert refused.value.key == ("error.away_until" if until else "error.away")


@one_engine
async def test_who_asks_is_not_who_answers(house: House) -> None:
    given_out(house)
    house.clock.advance(130)
    said = house.said("Omar", "My screen is black", "D-OMAR", direct=True)
    number = (await house.desk.do(intake.receive, said)).ticket
    await beats(house)
    assert number and await holder(house, number) == "Lisa"


async def test_a_ticket_waits_until_somebody_has_room(house: House) -> None:
    given_out(house, capacity=1)
    numbers = await opened(house, 5)
    assert await holders(house, numbers) == [*TEAM, "", ""]
    await changed(house, numbers[4], priority="urgent")
    await house.desk.do(lifecycle.resolve, numbers[1], house.ids["Lisa"])
    await beats(house)
    assert await holders(house, numbers[3:]) == ["", "Lisa"]
    await house.desk.do(claims.release, numbers[0], house.ids["Omar"])
    await beats(house)
    assert await holders(house, [numbers[0], numbers[3]]) == ["", "Omar"]


@one_engine
async def test_a_ticket_waits_for_who_comes_back(house: House) -> None:
    given_out(house)
    await away(house, *TEAM, hours=3)
    numbers = await opened(house, 2)
    assert await holders(house, numbers) == ["", ""]
    assert await house.desk.do(absence.back, house.ids["Maja"])
    await beats(house)
    assert await holders(house, numbers) == ["Maja", "Maja"]
    assert not await house.desk.do(absence.back, house.ids["Maja"])


@one_engine
async def test_what_waits_is_for_who_is_new_in_the_team(house: House) -> None:
    given_out(house, capacity=1)
    await away(house, *TEAM)
    numbers = await opened(house, 2)
    team = {house.account(name): "agent" for name in (*TEAM, "Erik")}
    await house.desk.do(upkeep.staff, {"it": team})
    await beats(house)
    assert [(await ticket_of(house, n)).assignee_id for n in numbers] == [house.ids["Erik"], None]


@one_engine
async def test_an_absence_ends_by_itself(house: House) -> None:
    given_out(house)
    await away(house, "Lisa", "Maja")
    await away(house, "Omar", minutes=20)
    [number] = await opened(house)
    house.clock.advance(20 * 60 - 131)
    await beats(house)
    assert await holder(house, number) == ""
    house.clock.advance(1)
    await beats(house)
    assert await holder(house, number) == "Omar"
    back = await house.desk.look(events.of_desk, "back", house.clock.now, 9)
    assert [(e.actor, e.facts["agent"]) for e in back] == [(None, house.ids["Omar"])]


OFFICE = OpeningHours("office", "UTC", parse_week({"mon-fri": ["08:00-17:00"]}))
LATE = OpeningHours("late", "UTC", parse_week({"mon-fri": ["12:00-20:00"]}))


@one_engine
async def test_nobody_is_given_anything_while_the_queue_is_closed_and_the_urgent_first_when_it_opens(
    house: House,
) -> None:
    policy = replace(house.desk.directory.desk.queues["it"].policy, hours=OFFICE)
    given_out(house, policy=policy, capacity=1)
    house.clock.advance(hours=9)
    numbers = await opened(house, 4)
    await changed(house, numbers[3], priority="urgent")
    assert await holders(house, numbers) == [""] * 4
    house.clock.now = datetime(2026, 3, 3, 7, 59, tzinfo=UTC)
    await beats(house)
    assert await holders(house, numbers) == [""] * 4
    for _ in range(2):  # one for the urgent, one for the rest
        house.clock.advance(60)
        await beats(house)
    assert await holders(house, numbers) == ["Lisa", "Maja", "", "Omar"]


@one_engine
async def test_who_has_a_shift_is_on_while_it_lasts(house: House) -> None:
    policy = replace(house.desk.directory.desk.queues["it"].policy, return_after=None)
    given_out(house, policy=policy, agents={"Omar": Agent(hours=LATE), "Lisa": Agent(hours=OFFICE)})
    assert await holders(house, await opened(house, 3)) == ["Lisa", "Maja", "Lisa"]
    house.clock.now = datetime(2026, 3, 2, 18, 0, tzinfo=UTC)
    assert await holders(house, await opened(house, 2)) == ["Omar", "Maja"]
    await away(house, "Maja")
    house.clock.now = datetime(2026, 3, 2, 21, 0, tzinfo=UTC)
    [number] = await opened(house)
    house.clock.now = datetime(2026, 3, 3, 7, 59, tzinfo=UTC)
    await beats(house)
    assert await holder(house, number) == ""
    house.clock.advance(61)
    await beats(house)
    assert await holder(house, number) == "Lisa"


# what a ticket needs


async def test_a_ticket_goes_to_who_knows_most_of_what_it_needs(house: House) -> None:
    good_at = {"Lisa": Agent(frozenset({"sv", "vpn"})), "Maja": Agent(frozenset({"vpn", "piano"}))}
    given_out(house, skills=("en", "sv", "vpn", "mac"), agents=good_at)
    team = {house.account(name): "agent" for name in TEAM}
    await house.desk.do(upkeep.staff, {"it": team})
    found = []
    for tagged in (("VPN",), ("vpn",), ("vpn", "sv"), ("mac",), ("piano",), ("vpn",)):
        house.clock.advance(130)
        number = await ask(house)
        await house.desk.store.do(tags.add, number, tagged)
        await beats(house)
        [event] = await told(house, number, "assigned")
        found.append((await holder(house, number), event.facts["lacks"]))
    assert found == [
        ("Lisa", "en"),
        ("Maja", "en"),
        ("Lisa", "en"),
        ("Omar", "en, mac"),
        ("Maja", "en"),
        ("Lisa", "en"),
    ]


@one_engine
async def test_the_requesters_language_is_something_to_be_good_at(house: House) -> None:
    given_out(house, skills=("da",), agents={"Maja": Agent(frozenset({"da"}))})
    await house.desk.do(upkeep.staff, {"it": {house.account(name): "agent" for name in TEAM}})
    for language, who in (("da", "Maja"), ("da", "Maja"), ("sv", "Omar"), ("da", "Maja")):
        house.clock.advance(130)
        number = await ask(house)
        await changed(house, number, language=language)
        await beats(house)
        assert await holder(house, number) == who
    await away(house, "Maja")
    house.clock.advance(130)
    number = await ask(house)
    await changed(house, number, language="da")
    await beats(house)
    assert await holder(house, number) == "Lisa"
    assert (await told(house, number, "assigned"))[0].facts["lacks"] == "da"


# humans decide


@one_engine
@pytest.mark.parametrize("who", ["Omar", "Maja"])
async def test_what_a_human_gave_back_waits_for_a_human(house: House, who: str) -> None:
    given_out(house)
    [number] = await opened(house)
    await house.desk.do(claims.release, number, house.ids[who])
    house.clock.advance(days=1)
    await away(house, "Lisa")
    await house.desk.do(absence.back, house.ids["Lisa"])
    await beats(house)
    assert await holder(house, number) == ""


@one_engine
async def test_what_a_human_claimed_before_its_turn_is_theirs(house: House) -> None:
    given_out(house)
    number = await ask(house)
    await house.desk.do(claims.claim, number, house.ids["Lisa"])
    assert await house.desk.look(stored.at, turns.TURN, number) is None
    await beats(house)
    assert await holder(house, number) == "Lisa"
    assert await told(house, number, "assigned") == []
    assert await holders(house, await opened(house)) == ["Omar"]  # a claim is not a turn


@one_engine
async def test_what_waits_for_the_requester_or_sleeps_is_given_to_nobody(house: House) -> None:
    given_out(house)
    for verb in (lifecycle.pend, lifecycle.hold):
        house.clock.advance(130)
        number = await ask(house)
        await house.desk.do(verb, number, house.ids["Lisa"])
        await beats(house)
        assert await holder(house, number) == ""
    house.clock.advance(130)
    number = await ask(house)
    until = house.clock.now + timedelta(minutes=10)
    await house.desk.do(lifecycle.snooze, number, house.ids["Lisa"], until)
    await beats(house)
    assert await holder(house, number) == ""
    house.clock.advance(601)
    await beats(house)
    assert await holder(house, number) == "Omar"
    await house.desk.do(lifecycle.resolve, number, house.ids["Omar"])
    await beats(house)
    assert (await ticket_of(house, number)).status == "resolved"


async def test_a_claim_that_runs_out_goes_to_the_next_and_never_back(house: House) -> None:
    """Lesson 4: what nobody answers does not lie with the one who picked it."""
    given_out(house)
    [number] = await opened(house)
    seen = []
    for _ in range(4):
        seen.append(await holder(house, number))
        house.clock.advance(hours=3)
        await beats(house)
        house.clock.advance(hours=1)
        await beats(house)
    assert seen == [*TEAM, ""]
    await away(house, *TEAM)
    [other] = await opened(house)
    await house.desk.do(absence.back, house.ids["Omar"])
    await beats(house)
    assert await holders(house, [number, other]) == ["", "Omar"]
    assert (await house.desk.do(claims.claim, number, house.ids["Omar"])).ticket.assignee_id == house.ids["Omar"]


# the first words after round robin


async def test_the_first_words_after_round_robin_wait_until_their_writer_sends_them(house: House) -> None:
    given_out(house)
    [number] = await opened(house)
    letters = await house.desk.do(deliver)
    [direct] = [one for one in letters if one.say == "claim.given"]
    assert (direct.to, direct.facts["ticket"], direct.actions) == ("U-OMAR", number, (f"show:{number}",))
    thread = next(f"th{one.id}" for one in letters if one.kind == "card")
    said = house.said("Omar", "hm, is that Anna from sales?", "C-DESK", thread=thread)
    await house.desk.do(intake.receive, said)
    house.clock.advance(60)
    out = await house.desk.do(deliver)
    assert not [one for one in out if one.kind == "message" and one.to == "home"]
    [asked] = [one for one in out if one.say == "held.held_off"]
    verbs = [action.split(":")[0] for action in asked.actions]
    assert verbs == ["send", "asnote"]
    held = int(asked.actions[0].split(":")[1])
    await house.desk.do(replies.send_held, held, house.ids["Omar"])
    assert [one for one in await house.desk.do(deliver) if one.kind == "message" and one.to == "home"]
    assert (await ticket_of(house, number)).microphone


@one_engine
async def test_who_cannot_be_written_to_reads_it_in_the_desk_thread(house: House) -> None:
    """Nobody of a Telegram group needs to have pressed start."""
    given_out(house)
    await house.desk.do(upkeep.reachable, house.account("Omar"), "blocked")
    [number] = await opened(house)
    assert await holder(house, number) == "Omar"
    said = [one for one in await house.desk.do(deliver) if one.say.startswith("claim.")]
    assert [(one.say, one.to, one.facts["holder"]) for one in said] == [("claim.yours", "desk", "Omar")]
