"""A ticket goes to another queue: who holds it then, what is promised, and what stays in the room that it left."""

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from inbox.desk import alarms, claims, delivery, intake, lifecycle, moving, replies
from inbox.directory import Directory
from inbox.errors import BadInput, NotFound, NotHolder, WordsWaiting, WrongStatus
from inbox.store import Tx, messages, people, threads
from inbox.store.tables import copy
from tests.house import House, sample_directory
from tests.inbox.deeds import answer, ask, one_engine, ticket_of, told
from tests.inbox.office import office, promised
from tests.inbox.postman import Letter, deliver

pytestmark = one_engine


def changed(directory: Directory, queue: str, **values: Any) -> Directory:
    desk = directory.desk
    queues = {**desk.queues, queue: replace(desk.queues[queue], **values)}
    return replace(directory, desk=replace(desk, queues=queues))


async def moves(house: House, number: int, to: str, who: str = "Omar", why: str = "") -> None:
    await house.desk.do(moving.move, number, house.ids[who], to, why)


async def said(house: House) -> list[Letter]:
    return await house.desk.do(deliver)


async def test_who_answers_for_both_queues_keeps_it_with_the_microphone_off(house: House) -> None:
    number = await ask(house)
    await house.desk.do(claims.claim, number, house.ids["Omar"])
    before = await ticket_of(house, number)
    await moves(house, number, "Customers")
    after = await ticket_of(house, number)
    assert (after.queue, after.assignee_id, after.status) == ("customers", house.ids["Omar"], "open")
    assert after.fence == before.fence + 1 and before.microphone and not after.microphone


async def test_who_does_not_answer_there_lets_go_of_it(house: House) -> None:
    number = await ask(house)
    await house.desk.do(claims.claim, number, house.ids["Maja"])
    await moves(house, number, "payroll", "Maja")
    after = await ticket_of(house, number)
    assert (after.queue, after.assignee_id, after.status) == ("payroll", None, "new")
    with pytest.raises(NotFound):
        await house.desk.do(claims.claim, number, house.ids["Maja"])
    assert (await house.desk.do(claims.claim, number, house.ids["Lisa"])).ticket.assignee_id == house.ids["Lisa"]


async def test_only_agents_of_its_queue_and_of_a_held_one_its_holder_or_a_lead(house: House) -> None:
    number = await ask(house)
    with pytest.raises(NotFound):
        await moves(house, number, "customers", "Anna")
    await house.desk.do(claims.claim, number, house.ids["Omar"])
    with pytest.raises(NotHolder):
        await moves(house, number, "customers", "Lisa")
    await moves(house, number, "payroll", "Maja")
    direct = [letter for letter in await said(house) if letter.say == "moved.taken"]
    assert [(letter.to, letter.facts["by"], letter.facts["queue"]) for letter in direct] == [
        ("U-OMAR", "Maja", "Payroll")
    ]


async def test_a_queue_that_there_is_not_and_the_one_where_it_is(house: House) -> None:
    number = await ask(house)
    with pytest.raises(BadInput) as raised:
        await moves(house, number, "pay roll")
    assert raised.value.reason == "no_queue"
    await moves(house, number, "IT")
    assert await told(house, number, "moved") == []


async def test_a_closed_ticket_stays_where_it_is_a_resolved_one_may_go(house: House) -> None:
    number, omar = await ask(house), house.ids["Omar"]
    await house.desk.do(lifecycle.resolve, number, omar)
    await moves(house, number, "customers")
    assert (await ticket_of(house, number)).status == "resolved"
    await house.desk.do(lifecycle.close, number, omar)
    with pytest.raises(WrongStatus):
        await moves(house, number, "it")


async def test_words_in_their_undo_window_keep_the_ticket_until_they_are_out(house: House) -> None:
    number, omar = await ask(house), house.ids["Omar"]
    await house.desk.do(replies.reply, number, omar, "One moment")
    with pytest.raises(WordsWaiting):
        await moves(house, number, "customers")
    house.clock.advance(6)
    await said(house)
    await moves(house, number, "customers")


async def test_a_queue_may_want_a_word_with_it_and_a_confidential_one_always_does(house: House) -> None:
    number = await ask(house)
    house.desk.directory = changed(sample_directory(), "customers", handover_note=True)
    with pytest.raises(BadInput) as raised:
        await moves(house, number, "customers")
    assert raised.value.reason == "handover_note"
    await moves(house, number, "customers", why="Restarted twice, no luck")
    notes = [m for m in await house.desk.look(messages.of_ticket, number) if m.kind == "note"]
    assert [(note.text, note.author_id) for note in notes] == [("Restarted twice, no luck", house.ids["Omar"])]
    await moves(house, number, "payroll", why="It is about pay")
    with pytest.raises(BadInput) as raised:
        await moves(house, number, "it", "Lisa")
    assert raised.value.reason == "handover_note"


async def test_escalating_goes_up_and_whoever_held_it_lets_go(house: House) -> None:
    number, omar = await ask(house), house.ids["Omar"]
    with pytest.raises(BadInput) as raised:
        await house.desk.do(moving.escalate, number, omar)
    assert raised.value.reason == "no_next_tier"
    house.desk.directory = office()
    await house.desk.do(claims.claim, number, omar)
    await house.desk.do(moving.escalate, number, omar, "Beyond me")
    after = await ticket_of(house, number)
    assert (after.queue, after.assignee_id, after.status) == ("customers", None, "new")
    [moved] = await told(house, number, "moved")
    assert moved.facts["up"] is True and moved.actor == omar


async def test_promises_count_by_the_new_queue_from_when_they_began(house: House) -> None:
    house.desk.directory = office()
    quick = replace(house.desk.directory.desk.queues["customers"].policy, name="quick")
    object.__setattr__(quick, "version", "quick")
    house.desk.directory = changed(house.desk.directory, "customers", policy=quick)
    number = await ask(house)
    await house.desk.do(claims.claim, number, house.ids["Maja"])
    before = await promised(house, number)
    house.clock.advance(hours=1)
    await house.desk.do(moving.escalate, number, house.ids["Maja"])
    after = await promised(house, number)
    assert after["first_reply"].started_at == before["first_reply"].started_at
    assert {promise.policy for promise in after.values() if promise.state == "running"} == {"quick"}
    assert (after["claim"].cycle, after["claim"].started_at) == (2, house.clock.now)


async def test_a_queue_that_gives_its_tickets_out_gives_out_what_comes_in(house: House) -> None:
    directory = changed(sample_directory(), "customers", assignment="round_robin")
    house.desk.directory = changed(directory, "it", assignment="round_robin")
    number = await ask(house)
    while await alarms.tick(house.desk):
        pass
    first = (await ticket_of(house, number)).assignee_id
    assert first is not None
    house.clock.advance(1)
    await house.desk.do(moving.escalate, number, first, queue="customers")
    assert (await ticket_of(house, number)).assignee_id is None
    while await alarms.tick(house.desk):
        pass
    assert (await ticket_of(house, number)).assignee_id not in (None, first)


# The rooms


async def texts_at(house: House, room: str) -> list[tuple[str, str]]:
    """(kind, say) of what is sent for a room, in order."""
    found = []
    for connection in house.desk.directory.desk.connections:
        for errand in await house.desk.do(delivery.lease, connection, "reader", 100, 60):
            if errand.place.room == room:
                found.append((errand.kind, errand.say or (errand.message.text if errand.message else "")))
    return found


async def test_into_a_confidential_queue_nothing_stays_in_the_old_room(house: House) -> None:
    number = await ask(house, "My salary is 1")
    posted = {letter.id for letter in await said(house) if letter.to == "desk"}
    await moves(house, number, "payroll")
    letters = await said(house)
    old = [letter for letter in letters if letter.to == "left"]
    assert sorted((letter.kind, letter.say, letter.target) for letter in old) == [
        ("delete", "moved.gone", f"x{max(posted)}"),
        ("rewrite", "moved.gone", f"x{min(posted)}"),
        ("title", f"#{number}", ""),
    ]
    assert "Payroll" not in repr(old) and "salary" not in repr(old)
    assert [letter.kind for letter in letters if letter.to == "desk"] == ["card", "message"]
    new = await house.desk.look(threads.desk, number)
    assert new and new.room == "C-PAY"


async def test_what_was_not_said_yet_in_the_old_room_never_is(house: House) -> None:
    number = await ask(house, "My salary is 1")
    leased = await house.desk.do(delivery.lease, "acme", "relay", 100, 60)
    card = next(errand for errand in leased if errand.kind == "card")
    assert await house.desk.do(delivery.begin, card, 60)
    await moves(house, number, "payroll")
    assert await house.desk.do(delivery.sent, card.id, card.fence, "", "x-late", "th-late")
    left = [letter for letter in await said(house) if letter.to == "left"]
    assert [(letter.kind, letter.target) for letter in left] == [("delete", "x-late")]


async def test_a_nag_that_waits_to_be_said_in_the_old_room_is_not(house: House) -> None:
    house.desk.directory = office()
    number = await ask(house)
    await said(house)
    house.clock.advance(2700)
    while await alarms.tick(house.desk):
        pass
    await moves(house, number, "payroll")
    letters = await said(house)
    assert letters and not [letter for letter in letters if letter.to == "C-DESK"]


async def test_between_two_public_rooms_card_and_talk_go_along(house: House) -> None:
    number = await ask(house, "My dice are gone")
    await answer(house, number)
    await said(house)
    await house.desk.store.do(people.set_members, "it", {house.ids["Omar"]: "agent"})
    await moves(house, number, "games", why="Theirs")
    letters = await said(house)
    assert ("rewrite", "moved.card") in {(letter.kind, letter.say) for letter in letters if letter.to == "left"}
    shown = [letter.kind for letter in letters if letter.to == "desk"]
    assert shown == ["card", "message", "message", "message"]


async def test_a_confidential_matter_goes_on_in_direct_messages(house: House) -> None:
    number = await ask(house, "My salary is 1")
    await said(house)
    await moves(house, number, "payroll")
    letters = [letter for letter in await said(house) if letter.say.startswith("moved.")]
    assert ("notice", "moved.aside", "home") in {(x.kind, x.say, x.to) for x in letters}
    assert ("direct", "moved.private", "U-ANNA") in {(x.kind, x.say, x.to) for x in letters}
    await house.desk.do(replies.reply, number, house.ids["Lisa"], "It is 2 now")
    house.clock.advance(6)
    await house.desk.do(deliver)
    home = await house.desk.look(threads.home, number)
    assert home and home.room == "dm-U-ANNA"


@pytest.mark.parametrize("is_leased", [False, True])
async def test_what_waits_to_be_said_follows_it_into_direct_messages(house: House, is_leased: bool) -> None:
    """The question how it went, with the matter's subject in it, was on its way to the room as the ticket left."""
    number = await ask(house, "My salary is 1")
    await answer(house, number, sent_after=5)
    await said(house)
    await house.desk.do(lifecycle.resolve, number, house.ids["Omar"])
    await said(house)
    house.clock.advance(hours=2)
    while await alarms.tick(house.desk):
        pass
    held = await house.desk.do(delivery.lease, "acme", "another", 100, 60) if is_leased else []
    asked = [errand for errand in held if errand.say == "survey.ask"]
    assert len(asked) == is_leased
    await moves(house, number, "payroll")
    for errand in asked:
        assert await house.desk.do(delivery.begin, errand, 60) is None
    house.clock.advance(61)
    letters = await said(house)
    [question] = [letter for letter in letters if letter.say == "survey.ask"]
    made = next(letter for letter in letters if letter.say == "moved.private")
    assert made.id < question.id
    home = await house.desk.look(threads.home, number)
    assert home and home.room == "dm-U-ANNA"
    assert ("acme", "dm-U-ANNA", f"x{question.id}") in await house.desk.look(copies_of, number)


def copies_of(tx: Tx, number: int) -> set[tuple[str, str, str]]:
    """Where the bot's words on a ticket stand."""
    rows = tx.run(select(copy.c.connection, copy.c.room, copy.c.external_id).where(copy.c.ticket == number))
    return {(row[0], row[1], row[2]) for row in rows}


async def test_words_in_a_room_that_it_left_are_nobodys(house: House) -> None:
    number = await ask(house)
    await said(house)
    old = await house.desk.look(threads.desk, number)
    assert old and old.external_id
    await moves(house, number, "payroll")
    words = house.said("Lisa", "Who took it?", old.room, thread=old.external_id)
    received = await house.desk.do(intake.receive, words)
    assert (received.outcome, received.ticket) == ("ignored", None)
    assert len(await house.desk.look(messages.of_ticket, number)) == 1


async def test_it_can_come_back(house: House) -> None:
    number = await ask(house)
    await said(house)
    await moves(house, number, "payroll")
    await said(house)
    await moves(house, number, "it", "Lisa", "Not ours")
    await said(house)
    sides = await house.desk.look(lambda tx: [(t.side, t.room) for t in threads.of_ticket(tx, number)])
    assert sides.count(("left", "C-DESK")) == 1 and sides[-1] == ("desk", "C-DESK")
