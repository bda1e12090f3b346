"""What the people of the tests do, through the verbs, with the postman coming by."""

from datetime import datetime

import pytest

from inbox.desk import intake, replies
from inbox.model import Event, Ticket
from inbox.store import Tx, events, threads, tickets
from tests.house import House
from tests.inbox.postman import deliver

# For stories that ask nothing of the database that another one has not asked of both.
one_engine = pytest.mark.parametrize("engine_name", ["sqlite"])


async def ask(house: House, text: str = "Printer is on fire", name: str = "Anna") -> int:
    received = await house.desk.do(intake.receive, house.said(name, text))
    assert received.ticket is not None
    return received.ticket


async def ask_again(house: House, number: int, text: str = "And the lamp?", at: datetime | None = None) -> None:
    """Anna writes in her ticket's thread."""
    ticket = await house.desk.look(home_thread, number)
    await house.desk.do(intake.receive, house.said("Anna", text, thread=ticket, at=at))


def home_thread(tx: Tx, number: int) -> str:
    home = threads.home(tx, number)
    assert home and home.external_id
    return home.external_id


async def answer(house: House, number: int, name: str = "Omar", *, sent_after: float = 5) -> None:
    """An agent answers now; the words arrive `sent_after` seconds later."""
    await house.desk.do(replies.reply, number, house.ids[name], "Have you tried water?")
    house.clock.advance(sent_after)
    await house.desk.do(deliver)


async def ticket_of(house: House, number: int) -> Ticket:
    ticket = await house.desk.look(tickets.get, number)
    assert ticket
    return ticket


async def told(house: House, number: int, kind: str) -> list[Event]:
    return [e for e in await house.desk.look(events.of_ticket, number) if e.kind == kind]
