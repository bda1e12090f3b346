"""Where words go that could go wrong: two at once, questions nobody answered, answers to old or other things."""

import asyncio
from dataclasses import replace

import pytest
from sqlalchemy import event, select

from inbox.desk import alarms, claims, direct, intake, lifecycle, outgoing, upkeep
from inbox.directory import DM, RoomRef
from inbox.model import Message
from inbox.store import Tx, events, messages, people, threads
from inbox.store import alarms as clock
from inbox.store.tables import copy
from tests.house import House
from tests.inbox.sending import arrive, deliver_all, lease
from tests.inbox.test_intake import dm, ticket, words, write
from tests.inbox.test_replies import claimed, says

ROUNDS = 25


async def beat(house: House) -> None:
    while await alarms.tick(house.desk):
        pass


def served(house: House, queue: str, *refs: RoomRef) -> None:
    """The queue takes requests there too."""
    queues = dict(house.desk.directory.desk.queues)
    queues[queue] = replace(queues[queue], intake=(*queues[queue].intake, *refs))
    house.desk.directory = replace(house.desk.directory, desk=replace(house.desk.directory.desk, queues=queues))


async def undecided(house: House, who: str) -> list[Message]:
    return await house.desk.look(messages.undecided, house.ids[who])


async def asked(house: House, connection: str = "acme") -> list[str]:
    return [e.say for e in await deliver_all(house, connection) if e.kind == "direct"]


async def test_words_that_come_while_the_question_is_answered_are_not_forgotten(house: House) -> None:
    """They belong to the answer, or are asked about themselves; never do they wait with nobody asking."""
    served(house, "payroll", RoomRef("acme", DM))
    for n in range(ROUNDS):
        await dm(house, "Anna", f"My salary {n}")
        await asyncio.gather(
            house.desk.do(direct.decide, house.ids["Anna"], queue_key="payroll"), dm(house, "Anna", f"is wrong {n}")
        )
        if await undecided(house, "Anna"):
            assert await house.desk.look(clock.at, "undecided", house.ids["Anna"]) is not None
            await house.desk.do(direct.decide, house.ids["Anna"], queue_key="payroll")
        assert not await undecided(house, "Anna")


async def test_who_left_a_question_unanswered_is_asked_again_when_they_write_again(house: House) -> None:
    served(house, "payroll", RoomRef("acme", DM))
    await dm(house, "Anna", "My salary is wrong")
    assert await asked(house) == ["ask.queue"]
    house.clock.advance(601)
    await beat(house)
    await dm(house, "Anna", "hello?")
    assert await asked(house) == ["ask.queue"]
    await dm(house, "Anna", "anybody?")
    assert await asked(house) == []  # once is enough
    decided = await house.desk.do(direct.decide, house.ids["Anna"], queue_key="payroll")
    assert await words(house, decided.ticket) == ["My salary is wrong", "hello?", "anybody?"]


async def test_who_blocked_the_bot_and_writes_to_it_is_asked(house: House) -> None:
    served(house, "payroll", RoomRef("acme", DM))
    await house.desk.do(upkeep.reachable, house.account("Anna"), "The person blocked the bot.")
    await dm(house, "Anna", "My salary is wrong")
    assert await asked(house) == ["ask.queue"]


async def test_a_burst_that_meets_a_solution_is_heard(house: House) -> None:
    """Whichever comes first: no words join a ticket that was solved a moment before without opening it again."""
    for n in range(ROUNDS):
        house.clock.advance(1000)
        number = (await write(house, "Anna", f"My screen is black {n}")).ticket or 0
        solved = house.desk.do(lifecycle.resolve, number, house.ids["Omar"])
        _, second = await asyncio.gather(solved, write(house, "Anna", f"or was it? {n}"))
        kinds = [event.kind for event in await house.desk.look(events.of_ticket, number)]
        if second.ticket == number:
            assert "message" not in kinds[kinds.index("resolved") :] or "reopened" in kinds


async def test_a_direct_message_that_meets_a_solution_opens_it_again(house: House) -> None:
    number = (await dm(house, "Erik", "My parcel never came", connection="shop")).ticket or 0
    for n in range(ROUNDS):
        solved = house.desk.do(lifecycle.resolve, number, house.ids["Omar"])
        await asyncio.gather(solved, dm(house, "Erik", f"where is it? {n}", connection="shop"))
        if await undecided(house, "Erik@shop"):  # it was solved first: is it the same matter?
            await house.desk.do(direct.decide, house.ids["Erik@shop"], same=number)
        kinds = [event.kind for event in await house.desk.look(events.of_ticket, number)]
        last = len(kinds) - 1 - kinds[::-1].index("message")
        last_solved = len(kinds) - 1 - kinds[::-1].index("resolved")
        assert last < last_solved or "reopened" in kinds[last_solved:]
        house.clock.advance(60)
        if (await ticket(house, number)).status == "resolved":
            await house.desk.do(lifecycle.reopen, number, house.ids["Erik@shop"])


async def test_old_messages_of_a_closed_matter_lead_to_what_goes_on_with_it(house: House) -> None:
    first = await dm(house, "Erik", "My parcel never came", connection="shop")
    number = first.ticket or 0
    await deliver_all(house, "shop")
    (receipt,) = await copies(house, number, "shop")
    await house.desk.do(lifecycle.close, number, house.ids["Omar"], "spam")
    again = await dm(house, "Erik", "It is no spam!", connection="shop", reply_to=receipt)
    assert (await ticket(house, again.ticket)).follow_up_of == number
    more = await dm(house, "Erik", "Please!", connection="shop", reply_to=receipt)
    assert (more.outcome, more.ticket) == ("joined", again.ticket)
    await house.desk.do(lifecycle.close, again.ticket or 0, house.ids["Omar"], "spam")
    third = await dm(house, "Erik", "Pretty please!", connection="shop", reply_to=receipt)
    assert (await ticket(house, third.ticket)).follow_up_of == again.ticket


async def copies(house: House, number: int, connection: str = "acme") -> list[str]:
    """The ids of what the bot said of a ticket on a connection."""
    query = select(copy.c.external_id).where(copy.c.ticket == number, copy.c.connection == connection)
    rows = await house.desk.look(lambda tx: tx.run(query.order_by(copy.c.outbox_id)).all())
    return [row[0] for row in rows]


def _nag(tx: Tx, now: object, house: House, number: int) -> None:
    queue = house.desk.directory.desk.queues["it"]
    outgoing.in_room(tx, house.clock.now, queue, number, "answer.keep", ticket=number)


async def nagged(house: House, number: int) -> str:
    """The bot says something of the ticket in the desk room; returns the message's id."""
    await deliver_all(house)
    await house.desk.do(_nag, house, number)
    (nag,) = [e for e in await lease(house) if e.kind == "room"]
    await arrive(house, nag, f"nag-{nag.id}")
    return f"nag-{nag.id}"


@pytest.mark.parametrize("how", ["thread", "reply_to"])
async def test_the_holders_words_under_a_nag_are_not_for_the_requester_unasked(house: House, how: str) -> None:
    number = await claimed(house)
    nag = await nagged(house, number)
    said = house.said("Omar", "I cannot stand her", "C-DESK", **{how: nag})
    await house.desk.do(intake.receive, said)
    found = await house.desk.look(messages.by_external, "acme", "C-DESK", said.message_id)
    assert found is not None and (found.ticket, found.state) == (number, "held")


async def test_in_a_room_without_threads_a_chain_of_answers_is_the_thread(house: House) -> None:
    number = await claimed(house)
    desk = await house.desk.look(threads.desk, number)
    assert desk is not None
    await house.desk.store.do(threads.change, desk.id, external_id="", root="card-1")
    nag = await nagged(house, number)
    shown = [external for external in await copies(house, number) if external != nag]
    for answered, state in ((shown[-1], "waiting"), (nag, "held")):
        said = house.said("Omar", "Press the button", "C-DESK", reply_to=answered)
        await house.desk.do(intake.receive, said)
        found = await house.desk.look(messages.by_external, "acme", "C-DESK", said.message_id)
        assert found is not None and (found.ticket, found.state) == (number, state)
    own = house.said("Omar", "and wait", "C-DESK", reply_to=said.message_id)
    await house.desk.do(intake.receive, own)
    found = await house.desk.look(messages.by_external, "acme", "C-DESK", own.message_id)
    assert found is not None and found.state == "waiting"


async def test_many_waiting_words_are_put_where_they_belong_in_one_go(house: House) -> None:
    served(house, "payroll", RoomRef("acme", DM))
    for n in range(40):
        await dm(house, "Anna", f"line {n}")
    statements: list[str] = []
    engine = house.desk.store.engine

    def note(*args: object) -> None:
        statements.append(str(args[2]))

    event.listen(engine, "before_cursor_execute", note)
    decided = await house.desk.do(direct.decide, house.ids["Anna"], queue_key="it")
    event.remove(engine, "before_cursor_execute", note)
    assert await words(house, decided.ticket) == [f"line {n}" for n in range(40)]
    assert len(statements) < 60 + 3 * 40


async def test_the_claim_of_the_one_who_asks_again_is_theirs(house: House) -> None:
    """Two agents of one person's accounts: what the requester writes in the desk thread stays inside."""
    await house.desk.store.do(people.set_members, "it", {house.ids["Anna"]: "agent", house.ids["Omar"]: "agent"})
    received = await dm(house, "Anna", "My screen is black")
    number = received.ticket or 0
    thread = await house.desk.look(threads.desk, number)
    assert thread is not None
    await house.desk.store.do(threads.change, thread.id, external_id=f"card-{number}")
    await house.desk.do(claims.claim, number, house.ids["Omar"])
    house.clock.advance(1)
    message = await says(house, "Anna", "I am a colleague too", number)
    assert message.kind == "note"
