"""An agent opens a ticket for somebody who came by."""

import pytest

from inbox.desk import intake
from inbox.errors import BadInput
from inbox.store import messages, people, promises
from tests.bots.typed import offered, typed
from tests.house import House
from tests.inbox.deeds import ask, one_engine, ticket_of
from tests.inbox.postman import deliver


async def metrics(house: House, number: int) -> set[str]:
    return {p.metric for p in await house.desk.look(promises.of_ticket, number)}


async def test_who_is_mentioned_is_the_requester_and_told_directly(house: House) -> None:
    answer = await typed(house, "Omar", "for <@U-ANNA> Printer on floor 2")
    number = 1
    assert offered(answer) == [f"claim:{number}"]
    ticket = await ticket_of(house, number)
    assert (ticket.agent_opened, ticket.awaiting_since, ticket.queue) == (True, None, "it")
    assert [(one.kind, one.state, one.text) for one in await house.desk.look(messages.of_ticket, number)] == [
        ("note", "noted", "Printer on floor 2")
    ]
    letters = await house.desk.do(deliver)
    told = [one for one in letters if one.say == "receipt_for"]
    assert [(one.kind, one.facts["by"], one.facts["subject"]) for one in told] == [
        ("direct", "Omar", "Printer on floor 2")
    ]


async def test_the_first_reply_is_promised_from_their_first_words_on(house: House) -> None:
    first = await ask(house)
    await typed(house, "Omar", f"for {first} Their screen flickers, too")
    number = first + 1
    assert (await ticket_of(house, number)).requester_id == (await ticket_of(house, first)).requester_id
    assert await metrics(house, number) == {"resolution"}
    letters = await house.desk.do(deliver)
    receipt = next(one for one in letters if one.say == "receipt_for")
    said = house.said("Anna", "It flickers red", "dm-U-ANNA", direct=True, reply_to=f"{receipt.id}")
    assert (await house.desk.do(intake.receive, said)).ticket == number
    assert await metrics(house, number) == {"resolution", "first_reply"}


@one_engine
async def test_what_cannot_be_is_refused(house: House) -> None:
    number = await ask(house)
    for who, words, reason in (
        ("Anna", f"for {number} Hello", "agents_only"),
        ("Omar", "for somebody Hello", "mention_them"),
        ("Omar", "for", "missing_words"),
        ("Omar", "for <@U-OMAR> Hello", "own_ticket_for"),
    ):
        with pytest.raises(BadInput) as refused:
            await typed(house, who, words)
        assert refused.value.reason == reason
    anna = await house.desk.look(people.find, "acme", house.account("Anna").external_id)
    assert anna
    await house.desk.do(lambda tx, now: people.set_blocked(tx, anna.id, True))
    with pytest.raises(BadInput) as blocked:
        await typed(house, "Omar", f"for {number} Hello")
    assert blocked.value.reason == "blocked_author"
