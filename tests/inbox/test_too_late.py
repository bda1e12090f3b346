"""What comes at the same moment as its reason ends: nags and answers, surveys and reopened tickets; and what a reply is
worth that was not sent.
"""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

import pytest

from inbox.desk import alarms, claims, delivery, gathered, lifecycle, replies
from inbox.desk.door import Desk
from inbox.desk.errand import Errand
from inbox.store import Tx
from tests.house import MONDAY, House
from tests.inbox.deeds import answer, ask, one_engine, told
from tests.inbox.office import beat_at, office, promised
from tests.inbox.postman import deliver

Deed = Callable[[House, int], Awaitable[object]]


@pytest.fixture
def it(house: House, monkeypatch: pytest.MonkeyPatch) -> House:
    """The office; nobody's claim goes back, and each nag is told by itself."""
    monkeypatch.setattr(gathered, "BURST", 1000)
    house.desk.directory = office(return_after=None)
    return house


@asynccontextmanager
async def another(house: House) -> AsyncIterator[Desk]:
    """Another process at the same database."""
    desk = Desk(house.desk.store.url.render_as_string(hide_password=False), house.desk.directory, house.clock)
    yield desk
    await desk.close()


async def asked(it: House, count: int) -> list[int]:
    """So many tickets, three minutes apart; Omar holds them."""
    numbers = []
    for index in range(count):
        numbers.append(await ask(it, f"Question {index}", "Anna" if index % 2 else "Erik"))
        await it.desk.do(claims.claim, numbers[-1], it.ids["Omar"])
        it.clock.advance(180)
    await it.desk.do(deliver)
    return numbers


DEEDS: tuple[Deed, ...] = (
    lambda it, number: it.desk.do(lifecycle.resolve, number, it.ids["Omar"]),
    lambda it, number: it.desk.do(lifecycle.pend, number, it.ids["Omar"]),
    lambda it, number: it.desk.do(lifecycle.close, number, it.ids["Omar"], "spam"),
    lambda it, number: it.desk.do(lifecycle.snooze, number, it.ids["Omar"], it.clock.now + timedelta(hours=1)),
)


@pytest.mark.parametrize("seed", range(2))
async def test_no_nag_is_sent_once_its_reason_has_ended(it: House, seed: int) -> None:
    """SC-08: two schedulers find the breaches at the instant at which the tickets are answered, solved, closed, put to
    sleep or made to wait. Whoever commits first, nobody is nagged about them afterwards."""
    numbers = await asked(it, 6)
    for number in numbers[:2]:
        await it.desk.do(replies.reply, number, it.ids["Omar"], "Water!")
    it.clock.advance(hours=4)
    deeds = [deed(it, number) for deed, number in zip(DEEDS, numbers[2:], strict=True)]
    async with another(it) as other:
        race: list[Awaitable[object]] = [*deeds, it.desk.do(_send_replies), alarms.tick(other), alarms.tick(it.desk)]
        random.Random(seed).shuffle(race)
        await asyncio.gather(*race)
    said = [letter for letter in await it.desk.do(deliver) if letter.say.startswith("nag.first_reply")]
    assert [letter for letter in said if letter.kind != "rewrite"] == []
    kept = [(await promised(it, number))["first_reply"].state for number in numbers[:2]]
    assert kept == ["met", "met"]


def _send_replies(tx: Tx, now: datetime) -> None:
    """The relay says the words of agents, and nothing else yet."""
    for errand in delivery.lease(tx, now, "acme", "relay", 100, 60):
        if errand.is_reply and delivery.begin(tx, now, errand, 60):
            assert delivery.sent(tx, now, errand.id, errand.fence, "", f"r{errand.id}", "")
        elif not errand.is_reply:
            delivery.give_back(tx, now, [errand], [now])


async def test_nobody_is_asked_about_a_ticket_that_is_reopened_at_that_moment(house: House) -> None:
    """SC-08: the survey is due at the instant at which it turns out that nothing was solved."""
    numbers = await asked(house, 2)
    for number in numbers:
        await answer(house, number)
        await house.desk.do(lifecycle.resolve, number, house.ids["Omar"])
    await house.desk.do(deliver)
    house.clock.advance(hours=1)
    people = ("Erik", "Anna")
    async with another(house) as other:
        reopened = (
            house.desk.do(lifecycle.reopen, number, house.ids[name])
            for number, name in zip(numbers, people, strict=True)
        )
        await asyncio.gather(alarms.tick(other), *reopened, alarms.tick(house.desk))
    assert [said.say for said in await house.desk.do(deliver) if said.say.startswith("survey.")] == []
    house.clock.advance(days=1)
    while await alarms.tick(house.desk):
        pass
    assert [said.say for said in await house.desk.do(deliver) if said.say.startswith("survey.")] == []


@one_engine
@pytest.mark.parametrize("deed", ["answered", "solved"])
async def test_a_nag_whose_reason_ends_while_it_is_sent_is_put_right_after_it(it: House, deed: str) -> None:
    [number] = await asked(it, 1)
    it.clock.advance(hours=3)
    while await alarms.tick(it.desk):
        pass
    nag = await it.desk.do(_nag_begun)
    if deed == "answered":
        await answer(it, number)
    else:
        await it.desk.do(lifecycle.resolve, number, it.ids["Omar"])
    assert [said for said in await it.desk.do(deliver) if said.kind == "rewrite"] == []
    await it.desk.do(delivery.sent, nag.id, nag.fence, "D-OMAR", "x1", "")
    [over] = [said for said in await it.desk.do(deliver) if said.kind == "rewrite"]
    assert over.target == "x1"
    assert over.say == ("nag.over.first_reply" if deed == "answered" else "nag.over.cancelled")


def _nag_begun(tx: Tx, now: datetime) -> Errand:
    [nag] = [one for one in delivery.lease(tx, now, "acme", "relay", 9, 60) if one.say == "nag.first_reply.warning"]
    assert delivery.begin(tx, now, nag, 60)
    return nag


async def test_a_scheduler_that_stood_still_tells_nobody_again(it: House) -> None:
    """SC-03: it had read what is broken; meanwhile others told it, and one was solved."""
    numbers = await asked(it, 4)
    it.clock.advance(hours=4)
    found = await it.desk.look(alarms.due, it.clock.now)
    subjects = [subject for kind, subject in found if kind == "promise"]
    async with another(it) as paused:
        first = await beat_at(it)
        await it.desk.do(lifecycle.resolve, numbers[0], it.ids["Omar"])
        before = [await promised(it, number) for number in numbers]
        await it.desk.do(deliver)
        handled, alone = await paused.do(alarms.handle_all, "promise", subjects)
        assert not handled
        assert not any([await paused.do(alarms.handle, "promise", one) for one in {*alone, *subjects[1::2]}])
    assert len([said for said in first if said.say == "nag.first_reply.breach"]) >= 4
    assert [await promised(it, number) for number in numbers] == before
    assert await it.desk.do(deliver) == []


# What a reply is worth


@one_engine
@pytest.mark.parametrize("fate", ["refused", "taken back", "held"])
async def test_words_that_never_went_out_keep_no_promise(it: House, fate: str) -> None:
    """OUT, SC-08: a reply counts once it was sent, not when it was typed."""
    [number] = await asked(it, 1)
    written = await it.desk.do(replies.reply, number, it.ids["Omar"], "Water!")
    if fate == "taken back":
        await it.desk.do(replies.undo, written.message_id, it.ids["Omar"])
    if fate == "held":
        await it.desk.do(claims.release, number, it.ids["Maja"])  # nobody's answer any more
    it.clock.advance(10)
    await it.desk.do(_refuse if fate == "refused" else deliver)
    await beat_at(it, hours=4)
    assert (await promised(it, number))["first_reply"].state == "breached"
    [breached] = [e for e in await told(it, number, "promise_breached") if e.facts["metric"] == "first_reply"]
    assert breached.at == MONDAY + timedelta(hours=4)  # dated at the deadline


def _refuse(tx: Tx, now: datetime) -> None:
    for errand in delivery.lease(tx, now, "acme", "relay", 100, 60):
        if delivery.begin(tx, now, errand, 60):
            delivery.parked(tx, now, errand.id, errand.fence, "Slack does not have that place any more.", "gone")
