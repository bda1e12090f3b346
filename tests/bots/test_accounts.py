"""What people say about themselves: `/link`, `/unlink`, `/language`."""

import asyncio
import re

import pytest

from bots.front import FrontDoor
from bots.port import Answer, Command
from inbox.model import Place
from inbox.store import people
from tests.bots.test_front import link, nobody
from tests.bots.typed import text_of
from tests.house import House
from tests.inbox.deeds import ask, one_engine
from tests.inbox.postman import deliver


async def types(front: FrontDoor, house: House, who: str, words: str, connection: str = "acme") -> Answer:
    place = Place(connection, f"D-{who}")
    types.count += 1  # type: ignore[attr-defined]
    key = f"k{types.count}"  # type: ignore[attr-defined]
    return await front.commanded(Command(key, place, house.account(who, connection), words, direct=True))


types.count = 0  # type: ignore[attr-defined]


@one_engine
async def test_a_code_from_one_account_sent_from_the_other(house: House) -> None:
    looked = asyncio.Event()

    async def teams(connection: str) -> None:
        looked.set()

    front = FrontDoor(house.desk, link, teams, nobody)
    given = await types(front, house, "Anna", "link")
    found = re.search(r"/link (\w{4}-\w{4})", text_of(given))
    assert found and given.secret
    done = await types(front, house, "Anna", f"link {found[1]}", "shop")
    assert text_of(done) == "Done. These are yours: Anna (Slack), Anna (Telegram)." and done.secret
    await asyncio.wait_for(looked.wait(), 5)
    gone = await types(front, house, "Anna", "unlink", "shop")
    assert text_of(gone) == "This account stands by itself again."
    again = await types(front, house, "Anna", "unlink", "shop")
    assert again.refused and text_of(again) == "This account is not linked with another."


@one_engine
@pytest.mark.parametrize("words", ["link AAAA-AAAA", "link ;DROP TABLE person", "link 👍"])
async def test_a_wrong_code_is_a_sentence(house: House, words: str) -> None:
    answer = await types(FrontDoor(house.desk, link, nobody, nobody), house, "Anna", words)
    assert answer.refused and text_of(answer).startswith("That code is not good")


@one_engine
async def test_the_chosen_language_is_spoken_from_then_on_also_in_tickets(house: House) -> None:
    front = FrontDoor(house.desk, link, nobody, nobody)
    for words, told in (("language danska", "dansk"), ("language sv-SE", "svenska")):
        assert told in text_of(await types(front, house, "Anna", words))
    found = await house.desk.look(people.find, "acme", "U-ANNA")
    assert found and found.language == "sv"
    assert "inte ihopkopplat" in text_of(await types(front, house, "Anna", "unlink"))
    number = await ask(house)
    receipt = [letter for letter in await house.desk.do(deliver) if letter.say == "receipt"]
    assert [letter.language for letter in receipt] == ["sv"] and number
    wrong = await types(front, house, "Anna", "language klingon")
    assert wrong.refused and "svenska (sv)" in text_of(wrong)
