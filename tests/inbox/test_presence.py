"""Who is at a ticket: seen by colleagues on the page and on the card, and forgotten soon."""

from datetime import timedelta

import pytest

from bots.front import FrontDoor
from inbox.desk import alarms, carddata, presence
from inbox.model import Place
from inbox.store import Tx, threads, tickets
from inbox.store.tables import presence as table
from tests.bots.test_front import link, nobody
from tests.bots.typed import typed
from tests.house import House
from tests.inbox.deeds import ask, one_engine
from tests.inbox.postman import deliver
from tests.inbox.sending import rows


async def at(house: House, number: int) -> list[tuple[str, bool]]:
    found = await house.desk.look(presence.at, house.clock.now, number)
    return [(one.name, one.writing) for one in found]


async def here(house: House, number: int, who: str, surface: str = "web/1", *, writing: bool = False) -> None:
    await house.desk.do(presence.here, number, house.ids[who], surface, writing=writing)


async def cards_drawn(house: House) -> int:
    return len([row for row in await rows(house) if row.kind == "card"])


async def test_who_is_there_is_seen_until_they_say_nothing_any_more(house: House) -> None:
    number = await ask(house)
    await here(house, number, "Lisa")
    await here(house, number, "Omar", "slack", writing=True)
    assert await at(house, number) == [("Lisa", False), ("Omar", True)]
    house.clock.advance(20)
    await here(house, number, "Lisa")
    house.clock.advance(6)
    assert await at(house, number) == [("Lisa", False)]
    await house.desk.do(presence.gone, number, house.ids["Lisa"], "web/1")
    assert await at(house, number) == []


async def test_a_heartbeat_draws_no_card_and_the_end_does(house: House) -> None:
    number = await ask(house)
    await house.desk.do(deliver)
    drawn = await cards_drawn(house)
    for _ in range(3):
        await here(house, number, "Lisa")
        await house.desk.do(deliver)
        house.clock.advance(10)
    assert await cards_drawn(house) == drawn + 1
    house.clock.advance(presence.GONE.total_seconds())
    while await alarms.tick(house.desk):
        pass
    assert await cards_drawn(house) == drawn + 2


@one_engine
async def test_two_windows_are_one_person(house: House) -> None:
    number = await ask(house)
    await here(house, number, "Lisa", "web/1")
    await here(house, number, "Lisa", "web/2", writing=True)
    assert await at(house, number) == [("Lisa", True)]
    await house.desk.do(presence.gone, number, house.ids["Lisa"], "web/2")
    assert await at(house, number) == [("Lisa", False)]


@one_engine
@pytest.mark.parametrize("who", ["Anna", "Erik"])
async def test_only_agents_are_seen(house: House, who: str) -> None:
    number = await ask(house)
    await here(house, number, who)
    await here(house, 4711, "Lisa")
    assert await at(house, number) == []
    assert await house.desk.look(_all) == []


def _all(tx: Tx) -> list[object]:
    return list(tx.run(table.select()))


@one_engine
async def test_typing_in_the_desks_thread_and_an_open_form_are_writing(house: House) -> None:
    number = await ask(house)
    await house.desk.do(deliver)
    front = FrontDoor(house.desk, link, nobody, nobody)
    desk = await house.desk.look(threads.desk, number)
    assert desk and desk.external_id
    await front.typing(Place("acme", "C-DESK", desk.external_id), house.account("Omar"))
    await front.begun(f"reply:{number}", house.account("Lisa"))
    assert await at(house, number) == [("Lisa", True), ("Omar", True)]
    ticket = await house.desk.look(tickets.get, number)
    assert ticket
    card = await house.desk.look(carddata.ticket_card, ticket, house.clock.now)
    assert sorted(card.there) == [("Lisa", True), ("Omar", True)]
    house.clock.now += timedelta(minutes=2)
    assert await at(house, number) == [("Lisa", True)]


@one_engine
async def test_a_requester_sees_nobody_at_their_ticket_and_nothing_of_how_it_is_sorted(house: House) -> None:
    whole, number = await ask(house, "No network", "Erik"), await ask(house)
    await typed(house, "Omar", f"incident {whole} The network is down")
    await typed(house, "Omar", f"tag {number} difficult-person")
    await typed(house, "Omar", f"same {number} {whole}")
    await typed(house, "Omar", f"snooze {number} 2h")
    await here(house, number, "Lisa", writing=True)
    inside = ("Lisa", "difficult-person", f"#{whole}", "snoozed until")
    agents, own = [str((await typed(house, who, f"show {number}")).card) for who in ("Omar", "Anna")]
    assert all(word in agents for word in inside)
    assert not [word for word in inside if word in own]
    await typed(house, "Omar", f"spam {number}")
    assert "spam" in str((await typed(house, "Omar", f"show {number}")).card).casefold()
    assert "spam" not in str((await typed(house, "Anna", f"show {number}")).card).casefold()
