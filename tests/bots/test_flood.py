"""Ten thousand promises are broken in one minute, and nobody is flooded: what reaches people is counted."""

from collections import Counter
from datetime import datetime, timedelta

from sqlalchemy import update

from bots.port import Pace
from bots.relay import Tuning
from inbox.desk import alarms, claims, lifecycle, outgoing
from inbox.store import Tx
from inbox.store.tables import thread
from tests.bench.deadlines import offices, put_broken
from tests.bots.memory_platform import MemoryPlatform
from tests.bots.office import Office, Time, once
from tests.house import MONDAY, House
from tests.inbox.deeds import ask, ticket_of
from tests.inbox.sending import live
from tests.inbox.test_gathered import ROOM
from tests.inbox.test_ladders import with_ladder

MANY = 10_000


@once
async def test_of_ten_thousand_broken_promises_each_hears_in_one_list(office: Office) -> None:
    """SC-09. A quarter of the tickets is Omar's, the rest nobody's; both rooms are told, and Omar."""
    house = office.house
    house.desk.directory = offices()
    put_broken(house.desk.store.engine, MANY, house.ids["Omar"], MANY, threads=False)
    house.clock.now = MONDAY + timedelta(hours=1)
    await office.open()
    for _ in range(60):  # the minute in which they are broken, second by second
        house.clock.advance(1)
        while await alarms.tick(house.desk):
            pass
        for relay in office.relays:
            await relay.idle()
    told = Counter((p.connection, posted.whose or posted.place.room) for p in platforms(office) for posted in p.posted)
    assert set(told.values()) == {1}, told
    assert len(told) == 3, told
    assert all("more" in posted.text for p in platforms(office) for posted in p.posted)
    assert await live(house) == 3, "what came after it waits in the next list"
    house.clock.advance(600)
    for relay in office.relays:
        await relay.idle()
    assert sum(len(p.posted) for p in platforms(office)) == 6


@once
async def test_a_list_on_a_platform_follows_its_tickets_without_another_word(office: Office) -> None:
    house = office.house
    house.desk.directory = with_ladder(ROOM)
    await office.open()
    numbers = []
    for index in range(12):
        numbers.append(await ask(house, f"Question {index}", "Anna" if index % 2 else "Erik"))
        await passes(office, 180)
    await passes(office, 4 * 3600)
    await passes(office, 2)
    [posted] = [one for one in office.acme.posted if one.text.startswith("Somebody waits here")]
    before = len(office.acme.posted)
    for number in numbers:
        await house.desk.do(lifecycle.resolve, number, house.ids["Lisa"])
    await passes(office, 10)
    assert len(posted.edits) == 1 and posted.text.count("✅") == 10 and posted.text.endswith("… and 2 more")
    assert not posted.shown.buttons
    told = [one.text for one in office.acme.posted[before:] if one.place.room == "C-DESK" and not one.place.thread]
    assert told == []


STORM = 300  # cards to be drawn again, in a room that takes one post a second


@once
async def test_who_acts_in_a_storm_waits_for_nobody_elses_card(house: House) -> None:
    """What people say goes first in the room where all those cards are drawn, and so do the cards of tickets that
    somebody acts on."""
    house.desk.directory = offices()
    put_broken(house.desk.store.engine, STORM, house.ids["Omar"], STORM)
    await house.desk.store.do(lambda tx: tx.run(update(thread).values(card_id=thread.c.external_id)))
    house.clock.now = MONDAY + timedelta(hours=1, minutes=1)
    office = Office(house)
    time = Time(house)
    office.acme = MemoryPlatform("acme", pace=Pace(1.0, 100.0), clock=time)
    await time.until(alarms.tick(house.desk))
    await office.open(clock=time, sleep=time.sleep, tuning=Tuning())
    await time.until(office.acme.begun("edit", 25))
    late = [await ticket_of(house, number) for number in range(STORM, 0, -1)]
    touched = [one.number for one in late if one.status == "new" and one.queue == "it"][:8]
    began = time.now
    for number in touched:
        await time.until(house.desk.do(claims.claim, number, house.ids["Omar"]))
        await time.until(house.desk.do(posted_in_the_room))
    wanted = {f"d{number}" for number in touched}

    def drawn() -> set[str]:
        later = zip(office.acme.times, office.acme.calls, strict=True)
        return wanted & {call[2] for at, call in later if call[0] == "edit" and at[0] >= began}

    while drawn() != wanted or sum("nobody waits" in one.text for one in office.acme.posted) < len(touched):
        await time.until(office.acme.begun("edit", office.acme.called("edit") + 1))
    assert time.now - began < 4 * len(touched)
    assert await live(house) > STORM / 2, "the storm goes on"
    await office.close()


def posted_in_the_room(tx: Tx, now: datetime) -> None:
    queue = tx.directory.queue("it")
    outgoing.in_room(tx, now, queue, None, "digest.nothing", title=queue.title, at=now.isoformat(), lines=[])


async def passes(office: Office, seconds: float) -> None:
    """Time passes; what is due is done, and said."""
    office.house.clock.advance(seconds)
    while await alarms.tick(office.house.desk):
        pass
    for relay in office.relays:
        await relay.idle()


def platforms(office: Office) -> tuple[MemoryPlatform, ...]:
    return office.acme, office.community, office.shop
