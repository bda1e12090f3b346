"""The bot is called by name where nobody else's words are for it."""

from dataclasses import replace
from typing import Any

from inbox.desk import intake
from inbox.store import threads
from tests.house import House
from tests.inbox.deeds import one_engine, ticket_of

pytestmark = one_engine


async def calls(house: House, text: str, room: str = "C-GENERAL", name: str = "Anna", **more: Any) -> intake.Received:
    said = replace(house.said(name, text, room, **more), called=True)
    return await house.desk.do(intake.receive, said)


async def test_a_call_anywhere_opens_in_the_default_queue_and_its_thread_goes_on(house: House) -> None:
    opened = await calls(house, "My screen is black", message_id="root")
    assert opened.outcome == "opened" and opened.ticket
    assert (await ticket_of(house, opened.ticket)).queue == "it"
    more = await house.desk.do(intake.receive, house.said("Anna", "And hot", "C-GENERAL", thread="root"))
    assert (more.outcome, more.ticket) == ("joined", opened.ticket)
    others = await house.desk.do(intake.receive, house.said("Erik", "Here nobody is called", "C-GENERAL"))
    assert others.outcome == "ignored"


async def test_a_call_within_a_thread_has_its_home_there(house: House) -> None:
    opened = await calls(house, "Can you help us?", thread="t1")
    assert opened.ticket
    home = await house.desk.look(threads.home, opened.ticket)
    assert home and home.external_id == "t1"
    again = await calls(house, "And here?", thread="t2")
    assert again.outcome == "opened" and again.ticket != opened.ticket


async def test_a_call_in_nobodys_thread_of_an_intake_room(house: House) -> None:
    root = await house.desk.do(intake.receive, house.said("Omar", "The wifi rests tonight", message_id="r1"))
    assert root.outcome == "ignored"
    plain = await house.desk.do(intake.receive, house.said("Anna", "At which time?", thread="r1"))
    called = await calls(house, "At which time?", room="C-HELP", thread="r1")
    assert (plain.outcome, called.outcome) == ("ignored", "opened")


async def test_keywords_choose_the_queue_and_confidential_ones_are_not_asked_so(house: House) -> None:
    desk = house.desk.directory.desk
    games = replace(desk.queues["games"], intake=desk.queues["it"].intake, keywords=("dice",))
    payroll = replace(desk.queues["payroll"], intake=desk.queues["it"].intake, keywords=("salary",))
    changed = replace(desk, queues={**desk.queues, "games": games, "payroll": payroll})
    house.desk.directory = replace(house.desk.directory, desk=changed)
    for text, queue in (("My dice are gone", "games"), ("My salary is gone", "it")):
        opened = await calls(house, text, thread=text)
        assert opened.ticket and (await ticket_of(house, opened.ticket)).queue == queue


async def test_an_agent_who_calls_asks(house: House) -> None:
    assert (await calls(house, "My screen is black", name="Omar")).outcome == "opened"
    assert (await calls(house, "The wifi rests, ask @Frontdesk", room="C-HELP", name="Omar")).outcome == "ignored"


async def test_where_agents_work_a_call_opens_nothing(house: House) -> None:
    assert (await calls(house, "Who takes this?", room="C-DESK", name="Omar")).outcome == "ignored"


async def test_thanks_open_nothing(house: House) -> None:
    assert (await calls(house, "thanks!")).outcome == "ignored"


async def test_where_no_queue_takes_requests_nobody_is_called(house: House) -> None:
    desk = house.desk.directory.desk
    none = replace(desk, queues={key: replace(queue, intake=()) for key, queue in desk.queues.items()})
    house.desk.directory = replace(house.desk.directory, desk=none)
    assert (await calls(house, "Is anybody there?")).outcome == "ignored"
