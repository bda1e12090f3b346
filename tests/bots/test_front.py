"""The front, where events of the platforms meet the desk."""

import asyncio
from dataclasses import replace

from bots.front import FrontDoor
from bots.port import Command
from inbox.desk import claims, intake
from inbox.errors import StoreUnavailable
from inbox.model import Place
from inbox.store import messages
from tests.house import House
from tests.inbox.sending import anna_asks, arrive, lease


async def link(person: int | None) -> str:
    return f"http://inbox/{person}"


async def nobody(connection: str) -> None:
    return None


async def test_words_in_a_cards_thread_wait_until_it_is_known_where_the_card_stands(house: House) -> None:
    """The platform shows the card before its post is recorded, and somebody is quick."""
    number = await anna_asks(house)
    await house.desk.do(claims.claim, number, house.ids["Omar"])
    (card,) = [errand for errand in await lease(house) if errand.kind == "card"]
    house.clock.advance(1)
    said = house.said("Omar", "On my way", "C-DESK", thread="card-1")
    taken = asyncio.ensure_future(FrontDoor(house.desk, link, nobody, nobody).said(said))
    await asyncio.wait({taken}, timeout=0.12)
    assert not taken.done()
    assert await arrive(house, card, "card-1", "card-1")
    await taken
    found = await house.desk.look(messages.by_external, "acme", "C-DESK", said.message_id)
    assert found is not None and found.ticket == number


async def test_other_threads_of_a_desk_room_hold_nobody_up(house: House) -> None:
    number = await anna_asks(house)
    for errand in await lease(house):
        await arrive(house, errand, f"p{errand.id}", f"p{errand.id}")
    said = house.said("Omar", "lunch?", "C-DESK", thread="some-other-thread")
    received = await house.desk.do(intake.receive, said, waits=True)  # raises NotYet where it would wait
    assert received.outcome == "ignored" and number


async def test_a_failing_database_is_the_adapters_to_retry(house: House) -> None:
    front = FrontDoor(house.desk, link, nobody, nobody)

    def gone(*_: object) -> None:
        raise StoreUnavailable(why="the disk is full")

    saved = house.desk.store.do
    house.desk.store.do = gone  # type: ignore[assignment,method-assign]
    try:
        await front.said(house.said("Anna", "hello"))
    except StoreUnavailable as error:
        assert error.facts["why"] == "the disk is full"
    else:
        raise AssertionError("it was swallowed")
    finally:
        house.desk.store.do = saved  # type: ignore[method-assign]


async def test_what_the_desk_cannot_take_in_is_set_aside_and_the_next_is_taken(house: House) -> None:
    """IN-08."""
    front = FrontDoor(house.desk, link, nobody, nobody)
    broken = replace(house.said("Anna", "hello"), at=None)  # type: ignore[arg-type]
    await front.said(broken)
    good = house.said("Anna", "hello again")
    await front.said(good)
    assert await house.desk.look(messages.by_external, "acme", "C-HELP", good.message_id)


async def test_tickets_are_not_read_out_where_requesters_read_along(house: House) -> None:
    """A platform without private answers would say it to the whole room: such answers are marked as secret."""
    await anna_asks(house)
    front = FrontDoor(house.desk, link, nobody, nobody)

    async def asked(room: str, words: str, *, direct: bool = False) -> bool:
        place = Place("acme", room)
        command = Command(f"key {room} {words}", place, house.account("Omar"), words, direct=direct)
        answer = await front.commanded(command)
        assert answer.card is not None
        return answer.secret

    for words in ("queue", "show 1", "claim 1"):
        assert await asked("C-HELP", words) and not await asked("C-DESK", words)
        assert not await asked("D-OMAR", words, direct=True)
    assert not await asked("C-HELP", "help") and not await asked("C-HELP", "clame 1")
