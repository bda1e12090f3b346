"""What commands and buttons answer, in words: who holds a ticket, and what can be done instead."""

from inbox.desk import claims
from tests.bots.typed import offered, text_of, typed
from tests.house import House
from tests.inbox.deeds import ask, one_engine


@one_engine
async def test_a_reply_on_a_colleagues_ticket_is_told_who_holds_it_and_how_long(house: House) -> None:
    number = await ask(house)
    await house.desk.do(claims.claim, number, house.ids["Omar"])
    house.clock.advance(740)
    answer = await typed(house, "Lisa", f"reply {number} Pull the plug!")
    assert text_of(answer).startswith(f"Omar has held #{number} for 12 min, so your reply to Anna is waiting.")
    assert [action.partition(":")[0] for action in offered(answer)] == ["takesend", "asnote", "discard"]


@one_engine
async def test_to_someone_else_it_is_told_in_their_language(house: House) -> None:
    number = await ask(house)
    await house.desk.do(claims.claim, number, house.ids["Omar"])
    house.clock.advance(7500)
    answer = await typed(house, "Lisa", f"reply {number} Dra ur sladden!", language="sv")
    assert text_of(answer).startswith(f"Omar har haft #{number} i 2 tim 5 min, så ditt svar till Anna väntar.")
