"""What leads are told of figures in chat: of their own queues, of days as the desk has them."""

import pytest

from bots.commands import parse
from bots.deeds import figuring
from bots.front import FrontDoor
from bots.port import Answer, Command
from inbox.desk import claims
from inbox.desk.figures import Figure, Spread
from inbox.model import Place
from tests.house import House
from tests.inbox.deeds import ask, one_engine


async def typed(house: House, who: str, words: str) -> Answer:
    async def nobody(*_: object) -> str:
        return ""

    front = FrontDoor(house.desk, nobody, nobody, nobody)  # type: ignore[arg-type]
    house.clock.advance(1)
    place = Place("acme", "C-DESK")
    assert parse(words).verb.name == "figures"
    return await front.commanded(Command(f"{who} {house.clock.now}", place, house.account(who), words))


def said(answer: Answer) -> dict[str, str]:
    assert answer.card
    return dict(answer.card.fields)


@one_engine
async def test_a_lead_is_told_of_the_last_days(house: House) -> None:
    number = await ask(house)
    house.clock.advance(600)
    await house.desk.do(claims.claim, number, house.ids["Omar"])
    await house.desk.do(claims.take_over, number, house.ids["Lisa"])
    told = await typed(house, "Maja", "figures")
    times = "median 10 min · P90 10 min · mean 10 min"
    assert told.card and told.card.title == "Agent collisions since Tue 24 Feb 00:00"
    assert said(told) == {
        "Time to claim": f"1\n{times}\nin opening hours: {times}\n#1",
        "Claims lost": "0",
        "Replies held": "0",
        "Words kept inside": "0",
        "Take-overs": "1\n#1",
        "Returned": "0",
        "Double replies": "0",
    }
    for words, found in (("figures 1", "1"), ("figures 1 it", "1"), ("figures Customers", "0")):
        assert said(await typed(house, "Maja", words))["Take-overs"].split()[0] == found
    house.clock.advance(days=1)
    assert said(await typed(house, "Maja", "figures 1"))["Take-overs"] == "0"
    assert said(await typed(house, "Maja", "figures 2"))["Take-overs"] == "1\n#1"


@one_engine
async def test_only_leads_are_told_and_only_of_their_own_queues(house: House) -> None:
    for who in ("Omar", "Anna"):
        told = await typed(house, who, "figures")
        assert told.refused and told.card and told.card.text == "Only the queue's leads can do that."
    told = await typed(house, "Maja", "figures 7 payroll")
    assert told.refused and told.card and "There is no queue called “payroll”" in told.card.text
    assert "Customers, IT support" in told.card.text and "Payroll" not in told.card.text


@one_engine
@pytest.mark.parametrize("words", ["figures 0", "figures 32", "figures 9999999999", "figures 0 it"])
async def test_how_many_days_is_asked_again(house: House, words: str) -> None:
    told = await typed(house, "Maja", words)
    assert told.refused and told.card and "From 1 to 31" in told.card.text


def test_of_many_tickets_the_first_are_named() -> None:
    figure = Figure("take_over", 14, tuple(range(1, 15)))
    assert figuring.told(figure, "en") == "14\n#1 #2 #3 #4 #5 #6 #7 #8 #9 #10 #11 #12 (+2)"
    waits = Figure("time_to_claim", 1, (7,), Spread(9, 3600, 90), Spread(0, 0, 0))
    assert figuring.told(waits, "da").splitlines()[1] == "median 9 s · P90 1 t · middel 1 min"
