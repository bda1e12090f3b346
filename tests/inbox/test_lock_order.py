"""On PostgreSQL whoever comes in from outside is held before a ticket is: in that order nobody waits in a circle."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Connection, text

from inbox.desk import intake, reactions
from inbox.model import Account, Place, Reacted, Said
from inbox.store import Tx, messages, people, tickets
from tests.house import House
from tests.inbox.deeds import ask

NEWCOMER = Account("acme", "U-NEW", "Karin")


def says(house: House, place: Place, message_id: str) -> tuple[Callable[..., Any], Said]:
    return intake.receive, Said(Place("acme", place.room, message_id), "m-new", NEWCOMER, "Mine too", house.clock.now)


def marks(house: House, place: Place, message_id: str) -> tuple[Callable[..., Any], Reacted]:
    return reactions.react, Reacted(place, message_id, NEWCOMER, "👍", True, house.clock.now)


async def somebody_waits(connection: Connection) -> bool:
    """Looks until a transaction waits for another."""
    for _ in range(1000):
        waiting = connection.execute(text("SELECT count(*) FROM pg_locks WHERE NOT granted")).scalar()
        connection.rollback()
        if waiting:
            return True
        await asyncio.sleep(0.005)
    return False


@pytest.mark.parametrize("does", [says, marks])
@pytest.mark.parametrize("engine_name", ["postgres"])
async def test_who_waits_for_a_newcomer_holds_no_ticket(house: House, does: Callable[..., Any]) -> None:
    number = await ask(house)
    (asked,) = await house.desk.look(messages.of_ticket, number)
    verb, deed = does(house, asked.place, asked.external_id)
    engine = house.desk.store.engine
    with engine.connect() as connection, engine.connect() as onlooker:
        tx = Tx(connection, house.desk.directory)
        people.lock_identity(tx, NEWCOMER.connection, NEWCOMER.external_id)
        doing = asyncio.ensure_future(house.desk.do(verb, deed))
        assert await somebody_waits(onlooker)
        connection.execute(text("SET LOCAL lock_timeout = '2s'"))
        assert tickets.lock(tx, number)
        connection.rollback()
    await doing
