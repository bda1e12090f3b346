"""Lists of nags after they were read: their lines say what became of the tickets, quietly and not too often."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from bots.texts import phrase
from inbox.desk import alarms, claims, delivery, gathered, lifecycle, lists, moving
from inbox.desk.errand import Errand
from inbox.store import Tx, tidying
from inbox.store.tables import listed
from sla.ladder import Step
from tests.house import House
from tests.inbox.deeds import answer, one_engine
from tests.inbox.office import beat, beat_at
from tests.inbox.postman import Letter, deliver
from tests.inbox.test_gathered import ROOM, asked
from tests.inbox.test_ladders import with_ladder

SOON = lists.SETTLES.total_seconds()


@pytest.fixture
def it(house: House) -> House:
    house.desk.directory = with_ladder(ROOM)
    return house


async def told(it: House, count: int = 5) -> tuple[list[int], Letter]:
    """So many promises are broken at once, and the room has its list."""
    numbers = await asked(it, count)
    await beat_at(it, hours=4)
    [letter] = await beat_at(it, seconds=gathered.GATHER.total_seconds())
    assert letter.say == gathered.DIGEST
    assert await beat_at(it, seconds=SOON) == [], "nothing has ended"
    return numbers, letter


async def changed(it: House, seconds: float = SOON) -> list[Letter]:
    return [said for said in await beat_at(it, seconds=seconds) if said.kind == "rewrite"]


def keys(letter: Letter) -> list[str]:
    return [key for key, _ in letter.facts["lines"]]


async def test_the_line_of_a_ticket_that_is_answered_says_so(it: House) -> None:
    numbers, letter = await told(it)
    await answer(it, numbers[0])
    await it.desk.do(lifecycle.resolve, numbers[2], it.ids["Lisa"])
    [list_] = await changed(it)
    assert (list_.target, list_.to, list_.say) == (f"x{letter.id}", "C-DESK", gathered.DIGEST)
    assert list_.actions == (f"claim:{numbers[1]}", f"ack:{numbers[1]}"), "those of the next who waits"
    late, over = "nag.line.late", "nag.over.first_reply"
    assert keys(list_) == [over, late, "nag.over.cancelled", late, late]
    words = phrase("sv", list_.say, list_.facts, "Europe/Stockholm").splitlines()
    assert words[:2] == ["Här väntar någon:", f"✅ #{numbers[0]} (Question 0): Erik har fått svar."]
    await it.desk.do(lists.tick, letter.id)
    assert await changed(it) == [], "it says so already"
    for number in (numbers[1], *numbers[3:]):
        await it.desk.do(lifecycle.resolve, number, it.ids["Lisa"])
    [list_] = await changed(it)
    assert (list_.say, list_.actions, len(keys(list_))) == (lists.OVER, (), 5)


@one_engine
async def test_a_list_in_which_something_ends_again_and_again_is_not_put_off(it: House) -> None:
    numbers, _ = await told(it, 10)
    edits = []
    for number in numbers:
        await it.desk.do(lifecycle.resolve, number, it.ids["Lisa"])
        edits += [keys(letter).count("nag.over.cancelled") for letter in await changed(it, 4)]
    edits += [keys(letter).count("nag.over.cancelled") for letter in await changed(it)]
    assert edits == [3, 6, 9, 10]


@one_engine
async def test_forty_tickets_that_are_solved_change_a_list_once_in_ten_seconds(it: House) -> None:
    numbers, letter = await told(it, 40)
    shown = [facts["matter"] for _, facts in letter.facts["lines"][:-1]]
    edits: list[Letter] = []
    for number in numbers:
        await it.desk.do(lifecycle.resolve, number, it.ids["Lisa"])
        edits += await changed(it, 0.5)
    edits += await changed(it)
    assert len(shown) == 10 and [len(edits), keys(edits[-1])] == [1, ["nag.over.cancelled"] * 10 + ["nag.more"]]
    assert edits[-1].facts["lines"][-1] == ["nag.more", {"n": 30}]


async def test_what_ends_while_the_list_is_sent_is_put_right_after_it(it: House) -> None:
    numbers = await asked(it, 4)
    it.clock.advance(hours=4)
    while await alarms.tick(it.desk):
        pass
    it.clock.advance(5)
    sent = await it.desk.do(_begun)
    await it.desk.do(lifecycle.resolve, numbers[0], it.ids["Lisa"])
    assert await changed(it) == [], "it stands nowhere yet"
    await it.desk.do(delivery.sent, sent.id, sent.fence, "", "x1", "")
    [list_] = await changed(it)
    assert (list_.target, keys(list_)[0]) == ("x1", "nag.over.cancelled")


def _begun(tx: Tx, now: Any) -> Errand:
    [found] = [one for one in delivery.lease(tx, now, "acme", "relay", 9, 60) if one.say == gathered.DIGEST]
    begun = delivery.begin(tx, now, found, 60)
    assert begun
    return begun


@one_engine
async def test_a_list_offers_to_claim_what_nobody_has(it: House) -> None:
    """Who has it, a line does not tell: only the buttons of the first that waits change."""
    numbers, letter = await told(it)
    await it.desk.do(claims.claim, numbers[1], it.ids["Lisa"])
    assert await changed(it) == [], "the buttons are another ticket's"
    await it.desk.do(claims.claim, numbers[0], it.ids["Omar"])
    [list_] = await changed(it)
    assert (list_.actions, keys(list_)) == ((f"show:{numbers[0]}", f"ack:{numbers[0]}"), keys(letter))
    await it.desk.do(claims.release, numbers[0], it.ids["Omar"])
    assert [said.actions[0] for said in await changed(it)] == [f"claim:{numbers[0]}"]


@one_engine
async def test_a_list_that_was_tried_twice_shows_what_went_out_at_last(it: House) -> None:
    numbers = await asked(it, 5)
    it.clock.advance(hours=4)
    while await alarms.tick(it.desk):
        pass
    it.clock.advance(5)
    tried = await it.desk.do(_begun)
    await it.desk.do(delivery.retry, tried.id, tried.fence, it.clock.now + timedelta(seconds=5), "Slack is busy.")
    await it.desk.do(lifecycle.resolve, numbers[0], it.ids["Lisa"])
    it.clock.advance(5)
    again = await it.desk.do(_begun)
    await it.desk.do(delivery.sent, again.id, again.fence, "", "x1", "")
    assert await it.desk.look(_listed) == numbers[1:]
    assert await changed(it) == []


def _listed(tx: Tx) -> list[int]:
    return list(tx.run(select(listed.c.ticket).order_by(listed.c.line)).scalars())


@one_engine
async def test_what_becomes_confidential_leaves_the_list(it: House) -> None:
    numbers, letter = await told(it)
    assert letter.facts["lines"][0][1]["matter"] == f"#{numbers[0]} (Question 0)"
    await it.desk.do(moving.move, numbers[0], it.ids["Omar"], "payroll", "It is theirs")
    [list_] = await changed(it)
    key, facts = list_.facts["lines"][0]
    assert (key, facts["matter"]) == ("nag.line.late", f"#{numbers[0]}")
    await it.desk.do(claims.claim, numbers[0], it.ids["Lisa"])
    await it.desk.do(lifecycle.resolve, numbers[0], it.ids["Lisa"])
    [list_] = await changed(it)
    assert list_.facts["lines"][0] == ["nag.over.cancelled", {"matter": f"#{numbers[0]}"}], "nobody's name"


@one_engine
async def test_a_list_that_its_reader_cannot_be_sent_goes_to_the_room(it: House) -> None:
    it.desk.directory = with_ladder((Step("breach", 1.0, ("holder",)),))
    numbers = await asked(it, 4)
    for number in numbers:
        await it.desk.do(claims.claim, number, it.ids["Omar"])
    await it.desk.do(deliver)
    it.clock.advance(hours=4)
    while await alarms.tick(it.desk):
        pass
    it.clock.advance(5)
    tried = await it.desk.do(_begun)
    await it.desk.do(delivery.parked, tried.id, tried.fence, "Omar has blocked the bot.", "blocked")
    [letter] = await beat(it)
    assert (letter.kind, letter.to, keys(letter)) == ("room", "C-DESK", ["nag.line.late"] * 4)


@one_engine
async def test_lists_are_forgotten_after_two_weeks(it: House) -> None:
    await told(it)
    kept = it.clock.now - timedelta(days=14)
    assert await it.desk.store.do(tidying.delete_ended, "listed", kept, 99) == 0
    assert await it.desk.store.do(tidying.delete_ended, "listed", it.clock.now, 99) == 5
