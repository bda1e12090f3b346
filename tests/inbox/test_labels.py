"""Whose status the label of a thread shows, and how often it is queued."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import select

from inbox.desk import intake, outgoing
from inbox.directory import Room
from inbox.store import Tx, threads
from inbox.store.tables import outbox
from tests.house import House
from tests.inbox.deeds import ask, one_engine

pytestmark = one_engine


def queued(tx: Tx) -> list[tuple[int, str]]:
    rows = tx.run(select(outbox.c.ticket, outbox.c.connection).where(outbox.c.kind == "label").order_by(outbox.c.id))
    return [(row[0], row[1]) for row in rows]


async def two_in_a_post(house: House, kind: str, connection: str = "community") -> tuple[int, int]:
    """Two tickets, the second of which goes on in the first one's post."""
    room = Room(connection, "900", "#help", kind)  # type: ignore[arg-type]
    rooms = {**house.desk.directory.rooms, f"{connection}:#help": room}
    house.desk.directory = replace(house.desk.directory, rooms=rooms)
    first = await ask(house)
    second = await ask(house, name="Erik")

    def settle(tx: Tx, now: datetime) -> None:
        for number in (first, second):
            threads.add(tx, number, "home", connection, "900", "P1")

    await house.desk.do(settle)
    return first, second


async def test_the_newest_ticket_of_a_post_labels_it_and_once_while_it_waits(house: House) -> None:
    first, second = await two_in_a_post(house, "forum")
    for number in (first, second, second):
        await house.desk.do(outgoing.label, number)
    assert await house.desk.look(queued) == [(second, "community")]


async def test_only_what_carries_labels_gets_one(house: House) -> None:
    _, second = await two_in_a_post(house, "channel")
    await house.desk.do(outgoing.label, second)
    assert await house.desk.look(queued) == []
    _, second = await two_in_a_post(house, "forum", "shop")
    await house.desk.do(outgoing.label, second)
    assert await house.desk.look(queued) == [], "Telegram's forums have no tags"


async def test_a_thread_that_is_not_made_yet_gets_none(house: House) -> None:
    _, second = await two_in_a_post(house, "forum")

    def unmade(tx: Tx, now: datetime) -> None:
        for thread in threads.of_ticket(tx, second):
            threads.change(tx, thread.id, external_id=None)
        outgoing.label(tx, now, second)

    await house.desk.do(unmade)
    assert await house.desk.look(queued) == []


async def test_a_post_is_labelled_as_soon_as_its_ticket_is_there(house: House) -> None:
    forum = Room("community", "900", "#support", "forum")
    rooms = {**house.desk.directory.rooms, "community:#support": forum}
    house.desk.directory = replace(house.desk.directory, rooms=rooms)
    said = house.said("Erik", "The server lags", "900", message_id="P1", connection="community")
    await house.desk.do(intake.receive, said)
    assert [connection for _, connection in await house.desk.look(queued)] == ["community"]
