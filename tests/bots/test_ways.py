"""Ways in besides plain words: the form, the panel, pointing at a message, everybody's own page."""

from dataclasses import replace
from itertools import count

import pytest

from bots.front import FrontDoor
from bots.port import Answer, Command, Filled, Form, Pointed
from inbox.desk import claims, intake
from inbox.directory import DM, RoomRef
from inbox.model import Place, Said, Ticket
from inbox.store import messages, people, threads, tickets
from tests.bots.test_front import link, nobody
from tests.bots.typed import text_of
from tests.house import House
from tests.inbox.deeds import ask, one_engine
from tests.inbox.postman import deliver

numbers = count(1)
pytestmark = one_engine


def front(house: House) -> FrontDoor:
    return FrontDoor(house.desk, link, nobody, nobody)


async def ticket(house: House, number: int) -> Ticket:
    found = await house.desk.look(tickets.get, number)
    assert found
    return found


def serve(house: House, key: str, *refs: RoomRef, **changes: object) -> None:
    """Changes one queue: these rooms too, and what else is given."""
    directory = house.desk.directory
    queue = directory.desk.queues[key]
    changed = replace(queue, intake=(*queue.intake, *refs), **changes)  # type: ignore[arg-type]
    house.desk.directory = replace(
        directory, desk=replace(directory.desk, queues={**directory.desk.queues, key: changed})
    )


# The form


async def fills(house: House, form: str = "ask", who: str = "Anna", **values: str) -> Answer:
    values = {"words": "Nothing but smoke", **values}
    sent = Filled(f"f{next(numbers)}", Place("acme", "C-HELP"), house.account(who), form, values)
    return await front(house).filled(sent)


def opened(house: House, action: str = "ask", connection: str = "acme") -> Form:
    form = front(house).opens_form(action, "en", connection)
    assert form
    return form


async def test_the_form_asks_what_it_needs_and_the_answer_comes_directly(house: House) -> None:
    assert [field.id for field in opened(house).fields] == ["subject", "words", "priority"], "one queue is no choice"
    answer = await fills(house, subject="Printer", priority="urgent")
    assert text_of(answer) == "Thanks, that is #1 now. The answer comes to you as a direct message."
    made = await ticket(house, 1)
    assert (made.subject, made.priority, made.queue, made.requester_id) == (
        "Printer",
        "urgent",
        "it",
        house.ids["Anna"],
    )
    receipts = [letter for letter in await house.desk.do(deliver) if letter.say == "receipt"]
    assert [letter.kind for letter in receipts] == ["direct"]


async def test_where_several_queues_answer_one_is_chosen(house: House) -> None:
    serve(house, "customers", RoomRef("acme", DM))
    queue, *_ = opened(house).fields
    assert (queue.id, queue.options) == ("queue", (("it", "IT support"), ("customers", "Customers")))
    assert [field.id for field in opened(house, "ask:customers").fields] == ["subject", "words", "priority"]
    await fills(house, "ask:customers")
    await fills(house, queue="customers")
    assert [(await ticket(house, n)).queue for n in (1, 2)] == ["customers", "customers"]


async def test_a_confidential_queue_is_offered_only_where_it_takes_direct_messages(house: House) -> None:
    serve(house, "payroll", RoomRef("acme", "#it-help"))
    assert "payroll" not in str(opened(house))
    assert (await fills(house, queue="payroll")).refused and (await fills(house, "ask:payroll")).refused
    serve(house, "payroll", RoomRef("acme", DM))
    assert "payroll" in str(opened(house))
    await fills(house, queue="payroll")
    assert (await ticket(house, 1)).queue == "payroll"


@pytest.mark.parametrize("values", [{"words": "  "}, {"words": "x" * 20_001}, {"queue": "nonsense"}])
async def test_what_cannot_be_taken_is_refused_in_a_sentence(house: House, values: dict[str, str]) -> None:
    answer = await fills(house, **values)
    assert answer.refused and len(text_of(answer)) > 20
    assert await house.desk.look(tickets.get, 1) is None


async def test_where_no_answer_could_be_heard_there_is_no_form(house: House) -> None:
    assert front(house).opens_form("ask", "en", "community") is None


# The panel


async def panel(house: House, who: str, direct: bool = False) -> Answer:
    place = Place("acme", "C-HELP")
    said = Command(f"p{next(numbers)}", place, house.account(who), "panel", direct=direct)
    return await front(house).commanded(said)


async def test_a_lead_puts_up_a_panel_and_nobody_else(house: House) -> None:
    assert (await panel(house, "Omar")).refused and (await panel(house, "Anna")).refused
    assert (await panel(house, "Maja", direct=True)).refused
    assert text_of(await panel(house, "Maja")) == "The panel is in the room."
    [shown] = [letter for letter in await house.desk.do(deliver) if letter.say == "panel"]
    assert (shown.to, shown.actions) == ("C-HELP", ("ask:it",))


# Pointing at a message


def wrote(house: House, who: str, text: str = "My screen is black", room: str = "C-TALK", message: str = "t1") -> Said:
    return Said(Place("acme", room, "", message), message, house.account(who), text, house.clock.now, opens=message)


async def points(house: House, by: str, said: Said) -> Answer:
    return await front(house).pointed(Pointed(f"o{next(numbers)}", house.account(by), said))


async def test_an_agent_makes_a_ticket_of_somebodys_message_wherever_it_stands(house: House) -> None:
    said = wrote(house, "Anna")
    assert text_of(await points(house, "Omar", said)) == "That is #1 now. The answer goes to who wrote it."
    made = await ticket(house, 1)
    assert made.requester_id == house.ids["Anna"]
    home = await house.desk.look(threads.home, 1)
    assert home and (home.room, home.external_id) == ("C-TALK", "t1")
    assert text_of(await points(house, "Omar", said)) == "That is a ticket already: #1."
    refused = await points(house, "Erik", said)
    assert refused.refused and "#1" not in text_of(refused), "not theirs: as if there were none"
    assert (await house.desk.do(intake.receive, said)).outcome != "opened", "history tells it once more"


async def test_others_may_point_where_requests_are_taken(house: House) -> None:
    assert (await points(house, "Erik", wrote(house, "Anna"))).refused
    answer = await points(house, "Erik", wrote(house, "Anna", room="C-HELP"))
    assert not answer.refused and (await ticket(house, 1)).requester_id == house.ids["Anna"]


async def test_an_agents_own_announcement_can_be_made_a_ticket(house: House) -> None:
    said = wrote(house, "Omar", "wifi maintenance at 17", "C-HELP")
    assert (await house.desk.do(intake.receive, said)).outcome == "ignored"
    assert not (await points(house, "Omar", said)).refused
    assert (await ticket(house, 1)).requester_id == house.ids["Omar"]


async def test_no_ticket_of_bots_blocked_people_and_nothing(house: House) -> None:
    bot = replace(wrote(house, "Anna"), author=replace(house.account("Anna"), bot=True))
    assert (await points(house, "Omar", bot)).refused
    assert (await points(house, "Omar", wrote(house, "Anna", "  "))).refused
    await house.desk.store.do(people.set_blocked, house.ids["Anna"], True)
    assert (await points(house, "Omar", wrote(house, "Anna"))).refused
    assert await house.desk.look(messages.by_external, "acme", "C-TALK", "t1") is None


async def test_a_confidential_queue_takes_nothing_that_others_have_read(house: House) -> None:
    answer = await points(house, "Omar", wrote(house, "Anna", room="C-PAYROLL"))
    assert not answer.refused  # Omar's queues are not confidential
    serve(house, "it", private=True)
    assert (await points(house, "Omar", wrote(house, "Anna", room="C-HELP", message="t2"))).refused


# Everybody's own page


async def test_a_requesters_page_shows_their_tickets_and_the_way_to_a_new_one(house: House) -> None:
    [own] = await front(house).home(house.account("Anna"))
    assert "You have no tickets" in own.text and own.buttons[-1][0].action == "ask"
    await ask(house)
    await ask(house, "Not mine", "Erik")
    [own] = await front(house).home(house.account("Anna"))
    assert [name for name, _ in own.fields] == ["#1 Printer is on fire"]


async def test_an_agents_page_shows_what_they_hold_and_what_waits(house: House) -> None:
    number, waiting = await ask(house), await ask(house, "My lamp", "Erik")
    await house.desk.do(claims.claim, number, house.ids["Omar"])
    held, free, own = await front(house).home(house.account("Omar"))
    assert [name for name, _ in held.fields] == [f"#{number} Printer is on fire"]
    assert [name for name, _ in free.fields] == [f"#{waiting} My lamp"]
    assert free.buttons[0][0].action == f"claim:{waiting}" and own.text
    empty, free, _ = await front(house).home(house.account("Lisa"))
    assert empty.text == "You hold no ticket." and free.fields
    await house.desk.store.do(people.set_blocked, house.ids["Erik"], True)
    assert await front(house).home(house.account("Erik")) == ()
