"""Who presses start is greeted in their language, may choose for whom their question is, and learns of nothing else."""

from dataclasses import replace
from itertools import count

import pytest

from bots.front import FrontDoor
from bots.port import Answer, Command, Press
from inbox.desk import direct
from inbox.desk.matter import Received
from inbox.directory import DM, Queue, RoomRef
from inbox.locale import say
from inbox.model import Place, Ticket
from inbox.store import choices, messages, tickets
from tests.bots.test_front import link, nobody
from tests.house import House
from tests.inbox.deeds import one_engine
from tests.inbox.test_intake import dm
from tests.inbox.test_routes import asked, served, undecided

TALK = "D-ANNA-acme"
DIRECT = RoomRef("acme", DM)
numbers = count(1)


async def starts(
    house: House, who: str = "Anna", payload: str = "", *, language: str = "en", key: str = "", room: str = ""
) -> Answer:
    """Somebody presses start in the bot's chat, or (in a `room`) calls the bot."""
    by = replace(house.account(who), language=language)
    place = Place("acme", room or f"D-{who.upper()}-acme")
    said = Command(key or f"s{next(numbers)}", place, by, f"start {payload}".strip(), direct=not room)
    return await FrontDoor(house.desk, link, nobody, nobody).commanded(said)


async def presses(house: House, action: str, who: str = "Anna", *, direct: bool = True) -> Answer:
    press = Press(
        f"p{next(numbers)}", Place("acme", f"D-{who.upper()}-acme"), house.account(who), action, direct=direct
    )
    return await FrontDoor(house.desk, link, nobody, nobody).pressed(press)


def told(answer: Answer) -> str:
    assert answer.card
    return answer.card.text


def offered(answer: Answer) -> list[tuple[str, str]]:
    """What the buttons say and do."""
    assert answer.card
    return [(button.label, button.action) for row in answer.card.buttons for button in row]


async def newest(house: House) -> Ticket:
    found = await house.desk.look(tickets.of_requester, house.ids["Anna"], "acme", TALK)
    return found[0]


@one_engine
async def test_who_starts_is_told_in_one_sentence_what_to_do(house: House) -> None:
    for who, language in (("Anna", "en"), ("Erik", "sv"), ("Nora", "da")):
        answer = await starts(house, who, language=language)
        assert (told(answer), offered(answer)) == (say(language, "greet.direct"), [])
        assert "/" not in told(answer), "no wall of commands"
    received = await dm(house, "Anna", "My mouse is dead")
    assert received.outcome == "opened"


@one_engine
async def test_where_several_queues_answer_the_choice_is_theirs(house: House) -> None:
    served(house, "payroll", DIRECT)
    answer = await starts(house)
    assert told(answer) == say("en", "greet.queues")
    assert offered(answer) == [("IT support", "queue:it"), ("Payroll", "queue:payroll")]
    chosen = await presses(house, "queue:payroll")
    assert chosen.replace and "Payroll" in told(chosen)
    assert offered(chosen) == [("IT support", "queue:it")], "who pressed the wrong one presses the other"
    await dm(house, "Anna", "My salary is wrong")
    assert (await newest(house)).queue == "payroll"
    assert await asked(house) == [], "who has chosen is not asked"
    await dm(house, "Anna", "The printer is on fire")
    assert await asked(house) == ["ask.matter"], "a choice is for one matter"


@one_engine
async def test_the_last_choice_counts(house: House) -> None:
    served(house, "payroll", DIRECT)
    await presses(house, "queue:payroll")
    await presses(house, "queue:it")
    await dm(house, "Anna", "My mouse is dead")
    assert (await newest(house)).queue == "it"


async def test_a_link_chooses_at_once(house: House) -> None:
    served(house, "payroll", DIRECT)
    answer = await starts(house, payload="queue-payroll")
    assert "Payroll" in told(answer)
    await dm(house, "Anna", "Thanks!")
    await dm(house, "Anna", "My salary is wrong")
    ticket = await newest(house)
    assert (ticket.queue, ticket.subject) == ("payroll", "My salary is wrong"), "thanks are no matter"


@one_engine
async def test_a_link_that_is_told_again_chooses_nothing_more(house: House) -> None:
    served(house, "payroll", DIRECT)
    await starts(house, payload="queue-payroll", key="once")
    await dm(house, "Anna", "My salary is wrong")
    again = await starts(house, payload="queue-payroll", key="once")
    assert told(again) == say("en", "greet.queues")
    assert await house.desk.do(lambda tx, now: choices.take(tx, house.ids["Anna"], "acme", now)) == ""


@one_engine
@pytest.mark.parametrize(
    "payload", ["queue-payroll", "queue-nothing", "queue-", "payroll", "queue-customers", "🔒" * 99]
)
async def test_a_queue_that_does_not_answer_there_is_as_if_there_were_none(house: House, payload: str) -> None:
    assert await starts(house, payload=payload) == await starts(house)
    pressed = await presses(house, f"queue:{payload.removeprefix('queue-')}")
    assert pressed == await presses(house, "queue:no-such-queue-at-all") and pressed.refused
    await dm(house, "Anna", "My mouse is dead")
    assert (await newest(house)).queue == "it"


@one_engine
async def test_a_choice_is_made_in_direct_messages_only(house: House) -> None:
    served(house, "payroll", DIRECT)
    assert (await presses(house, "queue:payroll", direct=False)).refused
    answer = await starts(house, payload="queue-payroll", room="C-HELP")
    assert (told(answer), offered(answer)) == (say("en", "greet.room"), []), "others read along"
    assert not answer.secret
    await dm(house, "Anna", "Hello?")
    assert len(await undecided(house, "Anna")) == 1


@one_engine
async def test_a_choice_that_waited_too_long_is_asked_for_again(house: House) -> None:
    """What somebody writes hours later need not be for whom they chose then."""
    served(house, "payroll", DIRECT)
    await presses(house, "queue:it")
    house.clock.advance(601)
    await dm(house, "Anna", "About my salary")
    assert await asked(house) == ["ask.queue"]


@one_engine
async def test_words_that_wait_for_the_choice_go_there_at_once(house: House) -> None:
    served(house, "payroll", DIRECT)
    await dm(house, "Anna", "My salary is wrong")
    answer = await starts(house, payload="queue-payroll")
    ticket = await newest(house)
    assert (told(answer), ticket.queue) == (say("en", "answer.decided.opened", ticket=ticket.number), "payroll")
    assert not await undecided(house, "Anna")


@one_engine
async def test_a_choice_that_closed_meanwhile_is_no_choice(house: House) -> None:
    served(house, "payroll", DIRECT)
    await presses(house, "queue:payroll")
    queues = dict(house.desk.directory.desk.queues)
    queues["payroll"] = replace(queues["payroll"], intake=())
    house.desk.directory = replace(house.desk.directory, desk=replace(house.desk.directory.desk, queues=queues))
    await dm(house, "Anna", "My mouse is dead")
    assert (await newest(house)).queue == "it"
    assert await house.desk.do(direct.choose, house.ids["Anna"], Place("acme", TALK), "payroll") == Received("ignored")


@one_engine
async def test_agents_are_told_what_comes_here_and_may_ask_as_others_do(house: House) -> None:
    served(house, "payroll", DIRECT)
    assert told(await starts(house, "Omar")) == say("en", "greet.agent")
    assert "Payroll" in told(await starts(house, "Omar", "queue-payroll"))
    await dm(house, "Omar", "My salary is wrong")
    (ticket,) = await house.desk.look(tickets.of_requester, house.ids["Omar"], "acme", "D-OMAR-acme")
    assert ticket.queue == "payroll"


@one_engine
async def test_where_no_questions_are_taken_nobody_is_told_to_write_there(house: House) -> None:
    nowhere: dict[str, Queue] = {k: replace(q, intake=()) for k, q in house.desk.directory.desk.queues.items()}
    house.desk.directory = replace(house.desk.directory, desk=replace(house.desk.directory.desk, queues=nowhere))
    assert told(await starts(house)) == say("en", "greet.closed")
    assert not await house.desk.look(messages.undecided, house.ids["Anna"])
