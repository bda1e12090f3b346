"""The claim: one winner, whoever asks from wherever."""

import asyncio
from dataclasses import replace

import pytest

from inbox.desk import claims, intake
from inbox.errors import AlreadyClaimed, BadInput, NotFound, NothingToDo, NotHolder, OverCapacity, WordsWaiting
from inbox.model import Claimed
from inbox.store import backends, events, threads, tickets
from inbox.store.backends import unavailable
from tests.bench.claims import crowded, stored_wrongly
from tests.databases import Databases
from tests.house import Clock, House, sample_directory
from tests.inbox.deeds import one_engine

RACES = 2_000  # on each engine, in parts for as many workers as there are
PARTS = 8
RACERS = 8


async def opened(house: House, text: str = "The printer is on fire", who: str = "Anna") -> int:
    house.clock.advance(130)  # past the burst window: a matter of its own
    received = await house.desk.do(intake.receive, house.said(who, text))
    assert received.ticket is not None
    return received.ticket


async def test_one_claims_and_the_other_is_told_who(house: House) -> None:
    number = await opened(house)
    omar, lisa = house.ids["Omar"], house.ids["Lisa"]
    won = await house.desk.do(claims.claim, number, omar)
    assert (won.ticket.assignee_id, won.ticket.status, won.ticket.fence) == (omar, "open", 1)
    house.clock.advance(9)
    with pytest.raises(AlreadyClaimed) as lost:
        await house.desk.do(claims.claim, number, lisa)
    assert lost.value.facts == {"ticket": number, "holder": "Omar", "since": 9}
    again = await house.desk.do(claims.claim, number, omar)
    assert again.already and again.ticket.fence == 1
    kinds = [event.kind for event in await house.desk.look(events.of_ticket, number)]
    assert kinds.count("claimed") == 1 and kinds.count("claim_lost") == 1


async def test_strangers_are_told_nothing(house: House) -> None:
    number = await opened(house)
    for who in ("Anna", "Erik"):
        with pytest.raises(NotFound):
            await house.desk.do(claims.claim, number, house.ids[who])
    with pytest.raises(NotFound):
        await house.desk.do(claims.claim, 4711, house.ids["Omar"])


async def test_release_is_the_holders_or_a_leads(house: House) -> None:
    number = await opened(house)
    omar, lisa, maja = (house.ids[name] for name in ("Omar", "Lisa", "Maja"))
    await house.desk.do(claims.claim, number, omar)
    with pytest.raises(NotHolder):
        await house.desk.do(claims.release, number, lisa)
    free = await house.desk.do(claims.release, number, maja)
    assert (free.assignee_id, free.status, free.fence, free.microphone) == (None, "new", 2, False)
    assert (await house.desk.do(claims.release, number, lisa)).fence == 2  # nothing to release: nothing changes


async def test_take_over_waits_for_words_under_way(house: House) -> None:
    from inbox.desk import replies

    number = await opened(house)
    omar, lisa = house.ids["Omar"], house.ids["Lisa"]
    await house.desk.do(claims.claim, number, omar)
    await house.desk.do(replies.reply, number, omar, "Have you tried water?")
    with pytest.raises(WordsWaiting):
        await house.desk.do(claims.take_over, number, lisa)
    house.clock.advance(6)
    taken = await house.desk.do(claims.take_over, number, lisa)
    assert (taken.ticket.assignee_id, taken.ticket.fence, taken.ticket.microphone) == (lisa, 2, True)


@one_engine
async def test_a_take_over_waits_for_words_that_came_in_late(house: House) -> None:
    number = await opened(house)
    await house.desk.do(claims.claim, number, house.ids["Omar"])
    written_at = house.clock.advance(1)
    house.clock.advance(10)
    said = house.said("Omar", "Press the button", "C-DESK", thread=await card_of(house, number), at=written_at)
    await house.desk.do(intake.receive, said)
    with pytest.raises(WordsWaiting):
        await house.desk.do(claims.take_over, number, house.ids["Lisa"])
    house.clock.advance(5)
    await house.desk.do(claims.take_over, number, house.ids["Lisa"])


async def card_of(house: House, number: int) -> str:
    """Posts the ticket's card, and returns the thread below it."""
    thread = await house.desk.look(threads.desk, number)
    assert thread is not None
    await house.desk.store.do(threads.change, thread.id, external_id="card", root="card", card_id="card")
    return "card"


async def test_assigned_tickets_wait_for_their_holders_first_word(house: House) -> None:
    number = await opened(house)
    omar, lisa, anna = (house.ids[name] for name in ("Omar", "Lisa", "Anna"))
    given = await house.desk.do(claims.assign, number, omar, lisa)
    assert given.ticket.assignee_id == lisa and not given.ticket.microphone
    with pytest.raises(BadInput):
        await house.desk.do(claims.assign, number, house.ids["Maja"], anna)
    with pytest.raises(NotHolder):
        await house.desk.do(claims.assign, number, omar, house.ids["Maja"])


async def test_next_is_the_most_urgent(house: House) -> None:
    first, second, third = [await opened(house, f"question {n}") for n in range(3)]
    await house.desk.store.do(lambda tx: tickets.change(tx, second, priority="urgent"))
    omar = house.ids["Omar"]
    order = [(await house.desk.do(claims.claim_next, omar)).ticket.number for _ in range(3)]
    assert order == [second, first, third]
    with pytest.raises(NothingToDo):
        await house.desk.do(claims.claim_next, omar)


@pytest.mark.parametrize("part", range(PARTS))
async def test_every_race_has_one_winner(databases: Databases, part: int) -> None:
    """Eight agents at once, for one ticket after the other: one wins each, the losers are told the winner's name, and
    so it stands in the database."""
    url, names = await crowded(databases, RACES // PARTS)
    desk = House(url, sample_directory(), Clock()).desk
    assert len(names) == RACERS
    try:
        for number in range(1, RACES // PARTS + 1):
            deeds = [desk.store.do(claims.claim, desk.now(), number, agent) for agent in names]
            outcomes = dict(zip(names.values(), await asyncio.gather(*deeds, return_exceptions=True), strict=True))
            [winner] = [name for name, outcome in outcomes.items() if isinstance(outcome, Claimed)]
            losers = [outcome for name, outcome in outcomes.items() if name != winner]
            assert all(isinstance(loser, AlreadyClaimed) and loser.facts["holder"] == winner for loser in losers)
        assert await desk.look(stored_wrongly, RACES // PARTS) == 0
    finally:
        await desk.close()
        databases.drop(url)


async def ask_as_agent(house: House, who: str) -> int:
    """An agent asks their own desk, by direct message."""
    house.clock.advance(130)
    received = await house.desk.do(intake.receive, house.said(who, "My screen is black", f"D-{who}", direct=True))
    assert received.ticket is not None
    return received.ticket


async def test_nobody_holds_a_ticket_of_their_own(house: House) -> None:
    number = await ask_as_agent(house, "Omar")
    omar, lisa = house.ids["Omar"], house.ids["Lisa"]
    for deed in (
        lambda: house.desk.do(claims.claim, number, omar),
        lambda: house.desk.do(claims.take_over, number, omar),
        lambda: house.desk.do(claims.assign, number, lisa, omar),
    ):
        with pytest.raises(BadInput) as refused:
            await deed()
        assert refused.value.key == "error.own_ticket"
    with pytest.raises(NothingToDo):
        await house.desk.do(claims.claim_next, omar)
    assert (await house.desk.do(claims.claim_next, lisa)).ticket.number == number
    with pytest.raises(BadInput):
        await house.desk.do(claims.take_over, number, omar)


def limited(house: House, capacity: int) -> None:
    queues = house.desk.directory.desk.queues
    changed = {**queues, "it": replace(queues["it"], capacity=capacity)}
    house.desk.directory = replace(house.desk.directory, desk=replace(house.desk.directory.desk, queues=changed))


async def test_next_says_that_it_would_be_too_many(house: House) -> None:
    limited(house, 1)
    for _ in range(2):
        await opened(house)
    await house.desk.do(claims.claim_next, house.ids["Omar"])
    with pytest.raises(OverCapacity):
        await house.desk.do(claims.claim_next, house.ids["Omar"])


@one_engine
async def test_a_lead_may_give_somebody_more_than_the_queue_allows(house: House) -> None:
    limited(house, 1)
    omar, lisa, maja = (house.ids[name] for name in ("Omar", "Lisa", "Maja"))
    first, second, third = [await opened(house) for _ in range(3)]
    await house.desk.do(claims.claim, first, omar)
    with pytest.raises(OverCapacity):
        await house.desk.do(claims.assign, second, lisa, omar)
    assert (await house.desk.do(claims.assign, second, maja, omar)).ticket.assignee_id == omar
    with pytest.raises(OverCapacity):
        await house.desk.do(claims.claim, third, omar)


@pytest.mark.parametrize("engine_name", ["postgres"], indirect=True)
async def test_nobody_ever_holds_more_than_the_queue_allows(house: House) -> None:
    """Claimed, assigned and given out at once, an agent gets as many as fit, and all of these."""
    limited(house, 3)
    omar, lisa, maja = (house.ids[name] for name in ("Omar", "Lisa", "Maja"))
    numbers = [await opened(house) for _ in range(8)]
    for _ in range(4):
        deeds = [house.desk.do(claims.claim, n, omar) for n in numbers[:4]]
        deeds += [house.desk.do(claims.assign, n, lisa, omar) for n in numbers[4:]]
        await asyncio.gather(*deeds, house.desk.do(claims.claim_next, omar), return_exceptions=True)
        assert await house.desk.look(tickets.held_by, omar, "it") == 3
        for number in numbers:
            await house.desk.do(claims.release, number, maja)


@pytest.mark.parametrize("engine_name", ["postgres"], indirect=True)
async def test_who_holds_enough_keeps_nothing_from_others_by_asking_for_more(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Looking for the next ticket locks none that is not taken, so that nobody waits in a circle."""
    limited(house, 1)
    omar, lisa = house.ids["Omar"], house.ids["Lisa"]
    first, *numbers = [await opened(house) for _ in range(6)]
    await house.desk.do(claims.claim, first, omar)
    failed: list[Exception] = []
    monkeypatch.setattr(backends, "failure", lambda error: failed.append(error) or unavailable(error))
    for _ in range(15):
        deeds = [house.desk.do(claims.claim_next, omar) for _ in range(3)]
        deeds += [house.desk.do(claims.assign, n, lisa, omar) for n in reversed(numbers)]
        refused = await asyncio.gather(*deeds, return_exceptions=True)
        assert {type(one) for one in refused} == {OverCapacity}
    assert not failed


@pytest.mark.parametrize("engine_name", ["postgres"], indirect=True)
async def test_claims_and_take_overs_at_once_never_wait_for_each_other_in_a_circle(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each locks the ticket first and the agent then; a deadlock would cost a second, and be run again."""
    limited(house, 50)
    omar, lisa = house.ids["Omar"], house.ids["Lisa"]
    numbers = [await opened(house) for _ in range(2)]
    failed: list[Exception] = []
    monkeypatch.setattr(backends, "failure", lambda error: failed.append(error) or unavailable(error))
    for _ in range(10):
        deeds = [house.desk.do(verb, n, omar) for n in numbers for verb in (claims.claim, claims.take_over) * 2]
        await asyncio.gather(*deeds, return_exceptions=True)
        for number in numbers:
            await house.desk.do(claims.take_over, number, lisa)
        deeds = [house.desk.do(claims.take_over, n, omar) for n in numbers]
        deeds += [house.desk.do(claims.claim, n, lisa) for n in numbers]
        await asyncio.gather(*deeds, return_exceptions=True)
        for number in numbers:
            await house.desk.do(claims.take_over, number, lisa)
            await house.desk.do(claims.release, number, lisa)
    assert not failed
