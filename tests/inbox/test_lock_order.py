"""On PostgreSQL whoever comes in from outside is held before a ticket is, and tickets by their numbers: in that order
nobody waits in a circle. Who stands still lets go.
"""

import asyncio
import threading
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Connection, text

from inbox.desk import alarms, claims, incidents, intake, lifecycle, reactions
from inbox.desk.door import Desk
from inbox.model import Account, Place, Reacted, Said
from inbox.store import Tx, engine, messages, people, tickets
from inbox.store import alarms as stored
from tests.house import House
from tests.inbox.deeds import ask, ticket_of
from tests.inbox.postman import deliver

NEWCOMER = Account("acme", "U-NEW", "Karin")
AT_ONCE = "SET LOCAL lock_timeout = '300ms'"  # before the database would end a circle by itself


def says(house: House, place: Place, message_id: str) -> tuple[Callable[..., Any], Said]:
    return intake.receive, Said(Place("acme", place.room, message_id), "m-new", NEWCOMER, "Mine too", house.clock.now)


def marks(house: House, place: Place, message_id: str) -> tuple[Callable[..., Any], Reacted]:
    return reactions.react, Reacted(place, message_id, NEWCOMER, "👍", True, house.clock.now)


async def somebody_waits(connection: Connection) -> bool:
    """Looks until a transaction of this database waits for another."""
    waits = text("SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'")
    for _ in range(2000):
        waiting = connection.execute(waits).scalar()
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
        connection.execute(text(AT_ONCE))
        assert tickets.lock(tx, number)
        connection.rollback()
    await doing


@pytest.mark.parametrize("deed", ["announce", "resolve"])
@pytest.mark.parametrize("engine_name", ["postgres"])
async def test_what_an_incident_does_to_its_cases_holds_no_ticket_while_it_waits_for_a_lower_one(
    house: House, deed: str
) -> None:
    """Whoever gathers a case holds both tickets, the lower number first."""
    case, incident = await ask(house), await ask(house, "No network", "Erik")
    omar = house.ids["Omar"]
    await house.desk.do(claims.claim, incident, omar)
    await house.desk.do(incidents.declare, incident, omar, "The network is down")
    await house.desk.do(incidents.gather, case, omar, incident)
    await house.desk.do(deliver)
    if deed == "announce":
        await house.desk.do(incidents.announce, incident, omar, "We are on it")
    else:
        await house.desk.do(lifecycle.resolve, incident, omar)
    house.clock.advance(6)
    kind = incidents.ANNOUNCE if deed == "announce" else lifecycle.CASES
    [subject] = await house.desk.look(stored.subjects, kind, 0, 9)
    with house.desk.store.engine.connect() as connection, house.desk.store.engine.connect() as onlooker:
        tx = Tx(connection, house.desk.directory)
        assert case < incident and tickets.lock(tx, case)
        doing = asyncio.ensure_future(house.desk.do(alarms.handle, kind, subject))
        assert await somebody_waits(onlooker)
        connection.execute(text(AT_ONCE))
        assert tickets.lock(tx, incident)
        connection.rollback()
    assert await doing
    assert (await ticket_of(house, case)).status == ("resolved" if deed == "resolve" else "new")
    assert deed == "resolve" or len(await house.desk.look(messages.of_ticket, case)) == 2


@pytest.mark.parametrize("engine_name", ["postgres"])
async def test_who_stands_still_in_a_transaction_lets_go_and_has_done_nothing(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SC-03: a machine that sleeps in the middle of a beat keeps nobody waiting, and undoes nothing when it wakes."""
    monkeypatch.setattr(engine, "STANDSTILL_SECONDS", 1)
    number = await ask(house)
    began, goes_on, runs = threading.Event(), threading.Event(), list[int]()
    asleep = Desk(house.desk.store.url.render_as_string(hide_password=False), house.desk.directory, house.clock)

    def stands_still(tx: Tx, now: Any) -> int:
        ticket = tickets.lock(tx, number)
        assert ticket
        runs.append(ticket.fence)
        if len(runs) == 1:
            tickets.change(tx, number, subject="Written in a dream")
            began.set()
            assert goes_on.wait(30)
        return tickets.change(tx, number, updated_at=now).fence

    doing = asyncio.ensure_future(asleep.do(stands_still))
    assert await asyncio.to_thread(began.wait, 30)
    claim = house.desk.do(claims.claim, number, house.ids["Omar"])
    fence = (await asyncio.wait_for(claim, 20)).ticket.fence
    goes_on.set()
    assert await doing == fence and runs == [fence - 1, fence], "it was run again"
    assert (await ticket_of(house, number)).subject == "Printer is on fire"
    await asleep.close()
