"""The desk's file and its rooms change while tickets are open."""

from dataclasses import replace

import pytest

from inbox.desk import alarms, claims, delivery, intake, lifecycle, replies, upkeep
from inbox.directory import Directory
from inbox.errors import NotFound
from inbox.store import messages, people, threads, tickets
from tests.house import House, sample_directory
from tests.inbox.deeds import ask, one_engine
from tests.inbox.office import office
from tests.inbox.sending import deliver_all, lease
from tests.inbox.test_intake import dm
from tests.inbox.test_replies import says


async def beat(house: House) -> None:
    while await alarms.tick(house.desk):
        pass


def without(directory: Directory, queue: str) -> Directory:
    queues = {key: found for key, found in directory.desk.queues.items() if key != queue}
    return replace(directory, desk=replace(directory.desk, queues=queues))


async def test_a_queue_that_the_file_forgot_tells_nobody_its_words(house: House) -> None:
    house.desk.directory = office()
    number = await ask(house, "My salary is 1")
    await house.desk.store.do(lambda tx: tickets.change(tx, number, queue="hr"))
    await house.desk.store.do(people.set_members, "hr", {house.ids["Lisa"]: "agent"})
    await deliver_all(house)
    await ask_in_thread(house, number, "You pay me 2")
    await house.desk.do(claims.claim, number, house.ids["Lisa"])
    await house.desk.do(claims.release, number, house.ids["Lisa"])
    house.clock.advance(days=3)
    await beat(house)
    said = await deliver_all(house)
    assert {"card", "room"} <= {e.kind for e in said}
    told = [(e.say, e.facts, e.card, e.message) for e in said if e.side != "home"]
    assert "salary" not in repr(told) and "pay me" not in repr(told)


async def ask_in_thread(house: House, number: int, text: str) -> None:
    home = await house.desk.look(threads.home, number)
    assert home and home.external_id
    await house.desk.do(intake.receive, house.said("Anna", text, thread=home.external_id))


async def test_tickets_of_a_room_that_was_missing_are_shown_when_it_is_found(house: House) -> None:
    """The customers' platform was up before the agents' was."""
    house.desk.directory = replace(house.desk.directory, rooms={})
    first = (await dm(house, "Erik", "My parcel never came", connection="shop")).ticket or 0
    await dm(house, "Erik", "Hello?", connection="shop")
    solved = (await dm(house, "Anna", "Where is my parcel?", connection="shop")).ticket or 0
    await house.desk.do(lifecycle.resolve, solved, house.ids["Omar"])
    assert await lease(house) == []
    house.desk.directory = sample_directory()
    for _ in range(2):  # each time that the connection comes up
        await house.desk.do(upkeep.show_late, "acme")
    sent = await deliver_all(house)
    assert [(e.kind, e.ticket, e.message and e.message.text) for e in sent] == [
        ("card", first, None),
        ("message", first, "My parcel never came"),
        ("message", first, "Hello?"),
    ]
    await house.desk.do(claims.claim, first, house.ids["Omar"])


async def test_who_no_longer_answers_for_a_queue_holds_nothing_in_it(house: House) -> None:
    number, omar = await ask(house), house.ids["Omar"]
    await house.desk.do(claims.claim, number, omar)
    house.clock.advance(1)
    written = await house.desk.do(replies.reply, number, omar, "Press the button")
    rest = {house.account("Lisa"): "agent", house.account("Maja"): "lead"}
    assert await house.desk.do(upkeep.staff, {"it": rest})
    ticket = await house.desk.look(tickets.get, number)
    assert ticket and (ticket.status, ticket.assignee_id, ticket.fence) == ("new", None, 2)
    house.clock.advance(10)
    said = [(e.kind, e.say) for e in await deliver_all(house)]
    assert ("notice", "return.left") in said and ("direct", "claim.left") in said
    message = await house.desk.look(messages.get, written.message_id)
    assert message and message.state == "held"
    with pytest.raises(NotFound):
        await house.desk.do(claims.claim, number, omar)
    assert (await house.desk.do(claims.claim_next, house.ids["Lisa"])).ticket.number == number


@one_engine
async def test_however_much_they_hold_all_of_it_goes_back(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upkeep, "LIMIT", 2)
    omar = house.ids["Omar"]
    for _ in range(5):
        house.clock.advance(130)
        await house.desk.do(claims.claim, await ask(house), omar)
    kept = await ask(house, name="Erik")
    await house.desk.store.do(lambda tx: tickets.change(tx, kept, queue="customers"))
    await house.desk.do(claims.claim, kept, omar)
    await house.desk.do(upkeep.staff, {"it": {house.account("Lisa"): "agent"}})
    await beat(house)
    assert await house.desk.look(tickets.held_elsewhere, omar, [], 10) == [kept]


async def test_who_stays_keeps_what_they_hold(house: House) -> None:
    number, omar = await ask(house), house.ids["Omar"]
    await house.desk.do(claims.claim, number, omar)
    team = {house.account("Omar"): "lead", house.account("Maja"): "lead"}
    assert await house.desk.do(upkeep.staff, {"it": team})
    ticket = await house.desk.look(tickets.get, number)
    assert ticket and ticket.assignee_id == omar


async def test_a_room_that_moved_is_remembered_where_it_is(house: House) -> None:
    await house.desk.do(delivery.moved, "shop", "-1001", "-2002")
    await house.desk.do(delivery.moved, "shop", "-1001", "-2002")  # told again
    rooms = [room.external_id for room in await house.desk.look(upkeep.known_rooms) if room.connection == "shop"]
    assert rooms == ["-2002"]


async def test_former_holders_words_are_a_note(house: House) -> None:
    number, omar = await ask(house), house.ids["Omar"]
    thread = await house.desk.look(threads.desk, number)
    assert thread
    await house.desk.store.do(lambda tx: threads.change(tx, thread.id, external_id=f"card-{number}"))
    await house.desk.do(claims.claim, number, omar)
    await house.desk.do(upkeep.staff, {"it": {house.account("Lisa"): "agent"}})
    house.clock.advance(1)
    assert (await says(house, "Omar", "Press the button", number)).kind == "note"
