"""`/ticket` and words that are no command open a ticket: everywhere, for whoever types them."""

from dataclasses import replace
from itertools import count
from typing import Any

import pytest

from bots.front import FrontDoor
from bots.port import Answer, Command
from inbox.desk import claims, delivery, intake, replies
from inbox.directory import DM, RoomRef
from inbox.locale import say
from inbox.model import Place, Ticket
from inbox.store import messages, people, threads, tickets
from tests.bots.test_front import link, nobody
from tests.house import House
from tests.inbox.deeds import one_engine
from tests.inbox.sending import arrive, deliver_all, lease, rows
from tests.inbox.test_intake import dm
from tests.inbox.test_routes import asked, served, undecided

numbers = count(1)


async def types(house: House, words: str, who: str = "Anna", room: str = "C-HELP", **how: Any) -> Answer:
    """Somebody types `/ticket WORDS` in a room; `direct` in the bot's direct messages, as `message_id` where others see
    it."""
    how = {"connection": "acme", "free": True, "key": f"c{next(numbers)}", "message_id": "", **how}
    place = Place(how["connection"], room, how.pop("thread", ""), how["message_id"])
    by = house.account(who, how.pop("connection"))
    return await FrontDoor(house.desk, link, nobody, nobody).commanded(Command(place=place, by=by, words=words, **how))


async def ticket(house: House, number: int = 1) -> Ticket:
    found = await house.desk.look(tickets.get, number)
    assert found
    return found


async def none_opened(house: House) -> bool:
    return await house.desk.look(tickets.get, 1) is None


def told(answer: Answer) -> str:
    assert answer.card
    return answer.card.text


async def test_in_direct_messages_it_is_answered_there(house: House) -> None:
    answer = await types(house, "My mouse is dead", room="D-1", direct=True)
    assert answer == Answer(), "the receipt says it all"
    opened = await ticket(house)
    assert (opened.subject, opened.queue, opened.requester_id) == ("My mouse is dead", "it", house.ids["Anna"])
    home = await house.desk.look(threads.home, 1)
    assert home and home.place == Place("acme", "D-1")
    assert [e.say for e in await deliver_all(house) if e.side == "home"] == ["receipt"]


@one_engine
async def test_words_that_others_see_are_answered_under_them(house: House) -> None:
    """As in a Telegram group, where the command is a message."""
    assert (await types(house, "The printer burns", message_id="m7", thread="some-topic")).card is None
    home = await house.desk.look(threads.home, 1)
    assert home and home.place == Place("acme", "C-HELP", "", "m7")
    found = await house.desk.look(messages.by_external, "acme", "C-HELP", "m7")
    assert found and found.ticket == 1


async def test_words_that_nobody_sees_are_answered_by_direct_message(house: House) -> None:
    """As of a slash command in a channel: it leaves no message to answer to."""
    answer = await types(house, "The printer burns")
    assert told(answer) == say("en", "answer.asked", ticket=1)
    await house.desk.do(claims.claim, 1, house.ids["Omar"])
    await house.desk.do(replies.reply, 1, house.ids["Omar"], "Use the stairs")
    house.clock.advance(6)
    first = [e for e in await lease(house) if e.side == "home"]
    assert [(e.kind, e.say, e.account) for e in first] == [("direct", "receipt", "U-ANNA")], "the answer waits for it"
    assert await house.desk.do(delivery.sent, first[0].id, first[0].fence, "D-77", "d1", "")
    home = await house.desk.look(threads.home, 1)
    assert home and home.place == Place("acme", "D-77")
    answers = [e for e in await lease(house) if e.side == "home"]
    assert [(e.kind, e.place.room, e.message and e.message.text) for e in answers] == [
        ("message", "D-77", "Use the stairs")
    ]
    received = await house.desk.do(intake.receive, house.said("Anna", "I did", "D-77", direct=True))
    assert received.ticket == 1, "what she writes there goes on with it"


@one_engine
async def test_an_answer_that_has_nowhere_to_go_is_told_of(house: House) -> None:
    await types(house, "The printer burns")
    await house.desk.do(claims.claim, 1, house.ids["Omar"])
    await house.desk.do(replies.reply, 1, house.ids["Omar"], "Use the stairs")
    card, receipt = sorted(await lease(house), key=lambda e: e.side)
    await arrive(house, card, "card-1", "card-1")
    await house.desk.do(delivery.parked, receipt.id, receipt.fence, "They blocked the bot.", "blocked")
    house.clock.advance(6)
    said = [e.say for e in await deliver_all(house)]
    assert "failed.unreachable" in said and "failed.reply" in said
    assert not [row for row in await rows(house) if row.state in ("queued", "sending")]


@one_engine
async def test_where_several_queues_answer_the_person_is_asked(house: House) -> None:
    served(house, "payroll", RoomRef("acme", DM))
    for words in ("My salary is wrong", "since May"):
        assert await types(house, words, room="D-1", direct=True) == Answer()
    assert len(await undecided(house, "Anna")) == 2 and await none_opened(house)
    assert await asked(house) == ["ask.queue"], "once"


@one_engine
async def test_it_is_a_new_matter_even_beside_a_live_one(house: House) -> None:
    await dm(house, "Anna", "My mouse is dead")
    await types(house, "My chair is broken", room="D-ANNA-acme", direct=True)
    assert (await ticket(house, 2)).subject == "My chair is broken"


@one_engine
async def test_a_confidential_queue_opens_nothing_where_others_read_along(house: House) -> None:
    served(house, "payroll", RoomRef("acme", "#salaries"))
    rooms = {**house.desk.directory.rooms, "acme:#salaries": replace(house.desk.directory.rooms["acme:#it-help"])}
    rooms["acme:#salaries"] = replace(rooms["acme:#salaries"], external_id="C-SAL", name="#salaries")
    house.desk.directory = replace(house.desk.directory, rooms=rooms)
    seen = await types(house, "My salary is wrong", room="C-SAL", message_id="m9")
    assert seen.refused and "Payroll" in told(seen) and await none_opened(house)
    await types(house, "My salary is wrong", room="C-SAL")  # nobody sees these words
    assert (await ticket(house)).queue == "payroll"
    await types(house, "My mouse is dead", room="C-ANYWHERE")
    assert (await ticket(house, 2)).queue == "it"


@one_engine
async def test_where_no_answer_could_be_heard_nothing_is_opened(house: House) -> None:
    answer = await types(house, "A bug", "Erik", "900", connection="community")
    assert told(answer) == say("en", "error.write_here")
    for room, direct in (("901", False), ("D-1", True)):
        answer = await types(house, "A bug", "Erik", room, connection="community", direct=direct)
        assert told(answer) == say("en", "error.ask_elsewhere")
    assert await none_opened(house)


@one_engine
@pytest.mark.parametrize(
    "words",
    [
        "reply to my mail never came",
        "help me with the printer",
        "close the window, it is cold",
        "queue at the printer again",
        "desk lamp is broken",
        "show me how to print",
        "start my computer please",
        "Skrivaren brinner",
        "printer",
    ],
)
async def test_a_requesters_words_need_not_avoid_our_verbs(house: House, words: str) -> None:
    await types(house, words, room="D-1", direct=True)
    assert (await ticket(house)).subject == words


@one_engine
@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("clain 42", "error.unknown_near"),
        ("nxt", "error.unknown_near"),
        ("show 42", "error.not_found"),
        ("reply 42 I am not an agent", "error.not_found"),
        ("queue", "error.agents_only"),
    ],
)
async def test_what_looks_like_a_command_is_taken_for_one(house: House, words: str, says: str) -> None:
    answer = await types(house, words, room="D-1", direct=True)
    known = say("en", says, words=words.split()[0], nearest={"clain": "claim", "nxt": "next"}.get(words.split()[0], ""))
    assert told(answer) == known and answer.refused and await none_opened(house)


@one_engine
async def test_agents_verbs_stay_verbs_and_agents_ask_too(house: House) -> None:
    for words in ("reply It works again", "close the window"):
        assert (await types(house, words, "Omar", "D-O", direct=True)).refused
    assert await none_opened(house)
    await types(house, "My mouse is dead", "Omar", "D-O", direct=True)
    assert (await ticket(house)).requester_id == house.ids["Omar"]


@one_engine
async def test_other_slashes_open_nothing(house: House) -> None:
    answer = await types(house, "lunch at noon", room="D-1", direct=True, free=False)
    assert answer.refused and await none_opened(house)


@one_engine
async def test_the_same_command_told_again_opens_nothing_more(house: House) -> None:
    for _ in range(2):
        await types(house, "My mouse is dead", room="D-1", direct=True, key="once")
    assert await house.desk.look(tickets.get, 2) is None


@one_engine
async def test_who_is_blocked_opens_nothing(house: House) -> None:
    await house.desk.store.do(people.set_blocked, house.ids["Anna"], True)
    answer = await types(house, "Let me in", room="D-1", direct=True)
    assert answer.refused and await none_opened(house)
