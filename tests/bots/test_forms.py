"""A queue's own fields in what is shown and asked: on cards and in forms."""

from dataclasses import replace

from bots import cards
from bots.port import Answer, Command
from inbox.desk import carddata, fields
from inbox.model import Place, Ticket, TicketCard
from inbox.store import Tx, tickets
from tests.bots.test_ways import front, numbers
from tests.house import House
from tests.inbox.deeds import ask, one_engine
from tests.inbox.test_fields import furnish

pytestmark = one_engine


async def card(house: House, number: int, **changes: str) -> TicketCard:
    def look(tx: Tx) -> TicketCard:
        found: Ticket | None = tickets.get(tx, number)
        assert found
        return carddata.ticket_card(tx, replace(found, **changes))  # type: ignore[arg-type]

    return await house.desk.look(look)


async def test_the_card_shows_what_is_known_and_asks_for_what_is_not(house: House) -> None:
    furnish(house)
    number = await ask(house)
    drawn = cards.desk_card(await card(house, number), "en")
    assert drawn.footer == f"Not known yet: Cost. Fill in: /field {number} cost …"
    await house.desk.do(fields.set, number, house.ids["Omar"], "cost", "12,50")
    await house.desk.do(fields.set, number, house.ids["Omar"], "device", "laptop")
    drawn = cards.desk_card(await card(house, number), "sv")
    assert drawn.fields[-2:] == (("Enhet", "Dator"), ("Cost", "12,50")) and not drawn.footer


async def test_who_asks_is_not_shown_what_agents_fill_in(house: House) -> None:
    furnish(house)
    number = await ask(house)
    await house.desk.do(fields.set, number, house.ids["Omar"], "room", "the careless one")
    shown = [await says(house, who, f"show {number}") for who in ("Anna", "Omar")]
    assert ["careless" in str(answer.card) for answer in shown] == [False, True]


async def test_a_confidential_queues_card_shows_no_answers(house: House) -> None:
    furnish(house, "it")
    furnish(house, "payroll")
    number = await ask(house)
    await house.desk.do(fields.begin, number, house.ids["Anna"], {"device": "laptop", "room": "B 12"})
    shown = await card(house, number, queue="payroll")
    assert shown.wordless and not shown.fields and not shown.missing
    assert (await card(house, number)).fields


async def says(house: House, who: str, words: str) -> Answer:
    said = Command(f"c{next(numbers)}", Place("acme", "D-1"), house.account(who), words, direct=True)
    return await front(house).commanded(said)
