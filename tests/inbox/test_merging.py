"""Tickets become one, and two again."""

from datetime import timedelta

import pytest

from inbox.desk import claims, incidents, intake, lifecycle, merging, moving, replies, splitting, views
from inbox.desk.signin import Reader
from inbox.errors import BadInput, NotFound, NothingToDo, NotHolder, WordsWaiting, WrongStatus
from inbox.model import Ticket
from inbox.store import Tx, fields, messages, promises, relations, tags, threads, tickets
from inbox.store.sessions import Session
from tests.house import MONDAY, House
from tests.inbox.deeds import ask, ask_again, home_thread, one_engine, ticket_of, told
from tests.inbox.postman import deliver

NOBODYS = Session("hash", None, MONDAY, MONDAY + timedelta(days=1), "csrf")


async def two(house: House) -> tuple[int, int]:
    """Anna asks twice about one thing, an hour apart, and both tickets stand in their rooms."""
    first = await ask(house)
    await house.desk.do(deliver)
    house.clock.advance(hours=1)
    second = await ask(house, "It still burns")
    await house.desk.do(deliver)
    return first, second


async def merge(house: House, source: int, target: int, who: str = "Omar") -> Ticket:
    return await house.desk.do(merging.merge, source, house.ids[who], target)


def homes(tx: Tx, number: int) -> list[int]:
    return [one.id for one in threads.of_ticket(tx, number) if one.side == "home"]


def desk_thread(tx: Tx, number: int) -> str:
    found = threads.desk(tx, number)
    assert found and found.external_id
    return found.external_id


def metrics(tx: Tx, number: int) -> dict[str, str]:
    return {p.metric: p.state for p in promises.of_ticket(tx, number)}


async def test_the_source_is_closed_and_leads_to_the_survivor(house: House) -> None:
    first, second = await two(house)
    there = await house.desk.look(home_thread, second)
    kept = await merge(house, second, first)
    old = await ticket_of(house, second)
    assert (old.status, old.closed_as, old.merged_into) == ("closed", "merged", first)
    assert set((await house.desk.look(metrics, second)).values()) == {"cancelled"}
    assert kept.number == first and kept.unresolved
    received = await house.desk.do(intake.receive, house.said("Anna", "Hello?", thread=there))
    assert received.ticket == first
    assert len(await house.desk.look(homes, first)) == 2 and not await house.desk.look(homes, second)
    page = await house.desk.look(views.ticket_page, Reader(NOBODYS, None), first)
    assert [one.message.text for one in page.talk if isinstance(one, views.Spoken)] == [
        "Printer is on fire",
        "It still burns",
        "Hello?",
    ]
    assert (await merge(house, second, first)).number == first
    assert len(await told(house, first, "merged_in")) == 1


async def test_the_answer_goes_to_where_the_survivors_requester_wrote_last(house: House) -> None:
    first, second = await two(house)
    there = await house.desk.look(home_thread, second)
    await merge(house, second, first)
    await house.desk.do(replies.reply, first, house.ids["Omar"], "Water helps")
    house.clock.advance(6)
    letters = [one for one in await house.desk.do(deliver) if one.kind == "message" and one.to == "home"]
    home = await house.desk.look(threads.home, first)
    assert len(letters) == 1 and home and home.external_id == there


async def test_agents_words_in_the_old_thread_are_the_survivors(house: House) -> None:
    first, second = await two(house)
    old = await house.desk.look(desk_thread, second)
    await merge(house, second, first)
    await house.desk.do(claims.claim, first, house.ids["Omar"])
    said = house.said("Omar", "Coming with a bucket", "C-DESK", thread=old)
    assert (await house.desk.do(intake.receive, said)).ticket == first
    newest = (await house.desk.look(messages.of_ticket, first))[-1]
    assert (newest.text, newest.state) == ("Coming with a bucket", "waiting")


async def test_a_merge_is_taken_back(house: House) -> None:
    first, second = await two(house)
    await house.desk.do(lambda tx, now: tags.add(tx, second, ["smoke"]))
    await house.desk.do(lambda tx, now: fields.add(tx, first, {"room": "B 12"}))
    await house.desk.do(lambda tx, now: fields.add(tx, second, {"room": "C", "device": "laptop", "cost": "5"}))
    there = await house.desk.look(home_thread, second)
    await merge(house, second, first)
    assert await house.desk.look(tags.of, first) == ("smoke",)
    assert await house.desk.look(fields.of_ticket, first) == {"room": "B 12", "device": "laptop", "cost": "5"}
    await house.desk.do(lambda tx, now: fields.put(tx, first, "cost", "7"))
    await house.desk.do(merging.unmerge, second, house.ids["Lisa"])
    again = await ticket_of(house, second)
    assert (again.status, again.merged_into, again.closed_as, again.cycle) == ("new", None, None, 2)
    assert await house.desk.look(tags.of, first) == ()
    assert await house.desk.look(fields.of_ticket, first) == {"room": "B 12", "cost": "7"}
    received = await house.desk.do(intake.receive, house.said("Anna", "And now?", thread=there))
    assert received.ticket == second
    with pytest.raises(NothingToDo):
        await house.desk.do(merging.unmerge, second, house.ids["Lisa"])


async def test_a_chain_of_merges_leads_to_the_last_and_back(house: House) -> None:
    first, second = await two(house)
    house.clock.advance(hours=1)
    third = await ask(house, "Now the scanner burns, too")
    await merge(house, third, second)
    await merge(house, second, first)
    assert await house.desk.look(tickets.survivor, third) == first
    assert await house.desk.look(tickets.gathered, first) == [first, second, third]
    await house.desk.do(merging.unmerge, second, house.ids["Omar"])
    assert await house.desk.look(tickets.survivor, third) == second
    assert await house.desk.look(tickets.gathered, first) == [first]


@one_engine
async def test_what_left_a_chain_by_itself_stays_by_itself(house: House) -> None:
    """Of three, the first is taken out, and then the second: it does not take the first along."""
    first, second = await two(house)
    house.clock.advance(hours=1)
    third = await ask(house, "Now the scanner burns, too")
    await house.desk.do(deliver)
    there = await house.desk.look(home_thread, third)
    await merge(house, third, second)
    await merge(house, second, first)
    await house.desk.do(merging.unmerge, third, house.ids["Omar"])
    await house.desk.do(merging.unmerge, second, house.ids["Omar"])
    assert [(await ticket_of(house, one)).merged_into for one in (second, third)] == [None, None]
    received = await house.desk.do(intake.receive, house.said("Anna", "And the scanner?", thread=there))
    assert received.ticket == third


@one_engine
async def test_whose_case_is_merged_still_hears_of_the_incident(house: House) -> None:
    first, second = await two(house)
    whole = await ask(house, "No network", "Erik")
    await house.desk.do(incidents.declare, whole, house.ids["Omar"], "The network is down")
    await house.desk.do(incidents.gather, second, house.ids["Omar"], whole)
    await merge(house, second, first)
    assert await house.desk.look(relations.target, first, "incident") == whole
    await house.desk.do(merging.unmerge, second, house.ids["Omar"])
    assert await house.desk.look(relations.sources, whole, "incident", 9) == [second]


@one_engine
async def test_an_incident_is_not_merged_away_from_its_cases(house: House) -> None:
    first, second = await two(house)
    await house.desk.do(incidents.declare, second, house.ids["Omar"], "The printers burn")
    with pytest.raises(BadInput) as refused:
        await merge(house, second, first)
    assert refused.value.reason == "merge_incident"
    assert (await merge(house, first, second)).number == second


async def test_words_that_wait_for_a_decision_move_along(house: House) -> None:
    first, second = await two(house)
    await house.desk.do(claims.claim, second, house.ids["Omar"])
    held = await house.desk.do(replies.reply, second, house.ids["Lisa"], "I am on it")
    assert held.verdict == "held_stale"
    await merge(house, second, first)
    sent = await house.desk.do(replies.take_and_send, held.message_id, house.ids["Lisa"])
    assert sent.ticket.number == first


async def test_what_the_source_was_owed_the_survivor_owes(house: House) -> None:
    first, second = await two(house)
    await house.desk.do(replies.reply, first, house.ids["Omar"], "Try water")
    house.clock.advance(6)
    await house.desk.do(deliver)
    await house.desk.do(lifecycle.pend, first, house.ids["Omar"])
    kept = await merge(house, second, first)
    asked = (await house.desk.look(messages.of_ticket, second))[0].written_at
    assert (kept.status, kept.awaiting_since) == ("open", asked)


@one_engine
async def test_what_cannot_be_merged_is_refused(house: House) -> None:
    first, second = await two(house)
    eriks = await ask(house, "My parcel", "Erik")
    for source, target, reason in ((first, first, "merge_same"), (eriks, first, "merge_requesters")):
        with pytest.raises(BadInput) as refused:
            await merge(house, source, target)
        assert refused.value.reason == reason
    with pytest.raises(NotFound):
        await merge(house, second, 99)
    await house.desk.do(claims.claim, second, house.ids["Lisa"])
    with pytest.raises(NotHolder):
        await merge(house, second, first)
    await house.desk.do(replies.reply, second, house.ids["Lisa"], "On my way")
    with pytest.raises(WordsWaiting):
        await merge(house, second, first, "Lisa")
    house.clock.advance(6)
    await house.desk.do(deliver)
    await house.desk.do(lifecycle.resolve, first, house.ids["Maja"])
    with pytest.raises(WrongStatus):
        await merge(house, second, first, "Lisa")
    await house.desk.do(lifecycle.close, first, house.ids["Maja"], "done")
    with pytest.raises(WrongStatus):
        await merge(house, first, second, "Maja")


async def test_what_was_merged_in_goes_into_a_confidential_queue_with_it(house: House) -> None:
    first, second = await two(house)
    await merge(house, second, first)
    await house.desk.do(deliver)
    await house.desk.do(moving.move, first, house.ids["Omar"], "payroll", "It is about their pay")
    assert (await ticket_of(house, second)).queue == "payroll"
    assert await house.desk.look(threads.desk, second) is None
    taken = {letter.target for letter in await house.desk.do(deliver) if letter.kind == "delete"}
    assert taken, "what stood in the old rooms is taken away"


# Splitting


async def test_a_second_matter_becomes_a_ticket_of_its_own(house: House) -> None:
    number = await ask(house)
    await house.desk.do(deliver)
    house.clock.advance(hours=1)
    await ask_again(house, number, "And the scanner is upside down")
    await ask_again(house, number, "Since monday")
    await house.desk.do(deliver)
    made = await house.desk.do(splitting.split, number, house.ids["Omar"], "SCANNER")
    assert (made.subject, made.status) == ("And the scanner is upside down", "new")
    assert made.awaiting_since == house.clock.now and made.requester_id == (await ticket_of(house, number)).requester_id
    texts = [one.text for one in await house.desk.look(messages.of_ticket, made.number)]
    assert texts == ["And the scanner is upside down", "Since monday"]
    assert [one.text for one in await house.desk.look(messages.of_ticket, number)] == ["Printer is on fire"]
    assert await house.desk.look(relations.of, number) == [(made.number, number, "split")]
    letters = await house.desk.do(deliver)
    assert [one.say for one in letters if one.kind == "notice" and one.to == "desk"] == ["split.desk"]
    assert [one.kind for one in letters].count("message") == 2


async def test_what_is_said_there_next_is_the_new_tickets(house: House) -> None:
    number = await ask(house)
    await house.desk.do(deliver)
    await ask_again(house, number, "And the scanner")
    made = await house.desk.do(splitting.split, number, house.ids["Omar"])
    await house.desk.do(deliver)
    there = await house.desk.look(home_thread, number)
    received = await house.desk.do(intake.receive, house.said("Anna", "Anybody?", thread=there))
    assert received.ticket == made.number


@one_engine
async def test_what_cannot_be_split_is_refused(house: House) -> None:
    number = await ask(house)
    await ask_again(house, number, "And the scanner")
    for words, reason in (("the moon", "split_unknown"), ("fire", "split_all")):
        with pytest.raises(BadInput) as refused:
            await house.desk.do(splitting.split, number, house.ids["Omar"], words)
        assert refused.value.reason == reason
    await house.desk.do(lifecycle.close, number, house.ids["Omar"], "spam")
    with pytest.raises(WrongStatus):
        await house.desk.do(splitting.split, number, house.ids["Omar"])
