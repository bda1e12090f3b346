"""Somebody points at a message of a ticket: they claim it, or split off what was said from there on."""

import pytest

from bots import actions, commands
from bots.port import Answer, Command, Pointed, Wish
from inbox.desk import canned, claims
from inbox.errors import AlreadyClaimed, BadInput
from inbox.model import Place, Said
from inbox.store import Tx, messages, threads
from tests.bots.typed import keys, text_of
from tests.house import House
from tests.inbox.deeds import ask, ask_again, one_engine, ticket_of
from tests.inbox.postman import deliver

pytestmark = one_engine


async def points(
    house: House, wish: Wish, message_id: str, who: str = "Omar", thread: str = "", key: str = ""
) -> Answer:
    """Somebody points at a message in the desk's room."""
    said = Said(Place("acme", "C-DESK", thread), message_id, house.account("Omar"), "", house.clock.now)
    point = Pointed(key or f"point/{next(keys)}", house.account(who), said, wish)
    return await house.desk.do(actions.pointed, "en", point)


async def copies(house: House, number: int) -> tuple[str, list[str]]:
    """The card in the desk room, and the copies of what was said, in order."""
    await house.desk.do(deliver)

    def look(tx: Tx) -> tuple[str, list[str]]:
        desk = threads.desk(tx, number)
        assert desk
        said = messages.of_ticket(tx, number)
        return desk.card_id, [id_ for one in said for _, room, id_ in messages.copies(tx, one.id) if room == "C-DESK"]

    return await house.desk.look(look)


async def test_a_card_and_any_message_of_its_thread_claim(house: House) -> None:
    number = await ask(house)
    card, (words,) = await copies(house, number)
    await points(house, "claim", card)
    assert (await ticket_of(house, number)).assignee_id == house.ids["Omar"]
    with pytest.raises(AlreadyClaimed):
        await points(house, "claim", words, "Lisa")
    await house.desk.do(claims.release, number, house.ids["Omar"])
    desk = await house.desk.look(threads.desk, number)
    assert desk and desk.external_id
    await points(house, "claim", "a colleague's note", "Lisa", thread=desk.external_id)
    assert (await ticket_of(house, number)).assignee_id == house.ids["Lisa"]


async def test_told_twice_it_is_done_once(house: House) -> None:
    number = await ask(house)
    card, _ = await copies(house, number)
    await points(house, "claim", card, key="same")
    await house.desk.do(claims.release, number, house.ids["Omar"])
    assert await points(house, "claim", card, key="same") == Answer()
    assert (await ticket_of(house, number)).assignee_id is None


@pytest.mark.parametrize("wish", ["claim", "split"])
async def test_for_strangers_no_message_has_a_ticket(house: House, wish: Wish) -> None:
    number = await ask(house)
    card, _ = await copies(house, number)
    for who, message in (("Anna", card), ("Erik", card), ("Omar", "no ticket's")):
        with pytest.raises(BadInput) as refused:
            await points(house, wish, message, who)
        assert refused.value.reason == "no_ticket_there"


async def test_from_the_message_on_it_is_a_ticket_of_its_own(house: House) -> None:
    number = await ask(house)
    for words in ("And the lamp is dark", "Both lamps are"):
        house.clock.advance(300)
        await ask_again(house, number, words)
    _, (first, lamp, *_) = await copies(house, number)
    answer = await points(house, "split", lamp)
    assert text_of(answer) == f"#{number + 1} “And the lamp is dark” was made of a part of #{number}."
    moved = await house.desk.look(messages.of_ticket, number + 1)
    assert [one.text for one in moved] == ["And the lamp is dark", "Both lamps are"]
    with pytest.raises(BadInput) as refused:
        await points(house, "split", first)
    assert refused.value.reason == "split_all"


async def test_only_the_requesters_words_can_be_split_off(house: House) -> None:
    number = await ask(house)
    card, _ = await copies(house, number)
    with pytest.raises(BadInput) as refused:
        await points(house, "split", card)
    assert refused.value.reason == "split_start"


# Where there are no menus: a command that answers a message


async def answers(house: House, words: str, message_id: str, who: str = "Omar") -> Answer:
    """Somebody types a command as an answer to a message in the desk's room."""
    said = Command(f"typed/{next(keys)}", Place("acme", "C-DESK"), house.account(who), words, reply_to=message_id)
    return await house.desk.do(actions.command, "en", said, commands.parse(words))


async def test_split_as_an_answer_begins_with_what_it_answers(house: House) -> None:
    number = await ask(house)
    for words in ("And the lamp is dark", "Both lamps are"):
        house.clock.advance(300)
        await ask_again(house, number, words)
    card, (_, lamp, *_) = await copies(house, number)
    await answers(house, "split", lamp)
    moved = await house.desk.look(messages.of_ticket, number + 1)
    assert [one.text for one in moved] == ["And the lamp is dark", "Both lamps are"]
    with pytest.raises(BadInput) as refused:
        await answers(house, "split", card)
    assert refused.value.reason == "split_all", "of the card it means the newest words"


async def test_words_that_a_command_answers_are_kept_as_a_canned_response(house: House) -> None:
    number = await ask(house)
    _, (words,) = await copies(house, number)
    assert text_of(await answers(house, "canned save fire", words)) == "Kept as “fire” for IT support."
    kept = await house.desk.look(canned.offered, house.ids["Omar"], "fire")
    assert [one.text for one in kept] == ["Printer is on fire"]
    with pytest.raises(BadInput) as refused:
        await answers(house, "canned save fire", "no message")
    assert refused.value.reason == "canned_where"
