"""Deadlines: a hundred thousand promises broken in one minute, and how soon the nag of a single one is queued."""

import gc
import time
from dataclasses import replace
from datetime import timedelta

from sqlalchemy import Engine, func, select, text

from inbox.desk import alarms
from inbox.desk.door import Desk
from inbox.directory import Directory
from inbox.store import Tx
from inbox.store.tables import nag, promise
from inbox.store.types import micros
from sla.hours import OpeningHours, parse_week
from sla.ladder import DEFAULT
from tests.bench.crowd import Crowd, fill
from tests.bench.figures import Figure, Goal
from tests.bench.rates import house
from tests.databases import Databases
from tests.house import MONDAY, sample_directory

MARKED, QUEUED = Goal("≤", 10), Goal("≤", 1.5)
OFFICE = OpeningHours("office", "Europe/Stockholm", parse_week({"mon-fri": ["08:00-12:00", "13:00-17:00"]}))
HOUR = 3600 * 10**6
# every ticket waits for a first reply, which is due within one minute and was warned of
WAITS = (
    "DELETE FROM alarm",
    "UPDATE ticket SET status = CASE WHEN assignee_id IS NULL THEN 'new' ELSE 'open' END",
    "UPDATE promise SET state = 'met', finished_at = started_at WHERE metric <> 'first_reply'",
    """UPDATE promise SET state = 'due_soon', finished_at = NULL, target_seconds = 3600, step = :warned,
        due_at = :due + (ticket * 7919) % 60 * 1000000, started_at = :due - :hour + (ticket * 7919) % 60 * 1000000
        WHERE metric = 'first_reply'""",
    "INSERT INTO alarm (kind, subject, at) SELECT 'promise', id, due_at FROM promise WHERE metric = 'first_reply'",
)
THREADS = """INSERT INTO thread (ticket, side, connection, room, external_id)
    SELECT number, 'desk', 'acme', 'C-DESK', 'd' || number FROM ticket"""


async def measure(databases: Databases, broken: int) -> list[Figure]:
    """How long until so many broken promises are marked and their nags queued, and how long it takes for one."""
    section = f"Deadlines on {databases.engine}"
    many, one = await _broken(databases, broken), await _broken(databases, 1)
    name = "promises broken in one minute: marked, and their nags queued"
    return [
        Figure(section, f"{broken:,} {name}", many, "s", goal=MARKED),
        Figure(section, "a promise broken: its nag is queued", one, "s", goal=QUEUED),
    ]


async def _broken(databases: Databases, count: int) -> float:
    """Seconds from the last deadline until nothing is due any more."""
    url = databases.copy()
    here = house(url)
    here.desk.directory = offices()
    put_broken(here.desk.store.engine, max(count, 100), databases.people["Omar"], count)
    here.clock.now = MONDAY + timedelta(hours=1, minutes=1)
    gc.freeze()  # as the program does when it is ready
    began = time.perf_counter()
    while await alarms.tick(here.desk):
        pass
    took = time.perf_counter() - began
    await _check(here.desk, count)
    await here.desk.close()
    databases.drop(url)
    return took


def offices() -> Directory:
    """The sample desk with office hours, so that opening time has to be counted."""
    queues = sample_directory().desk.queues
    ours = {key: replace(queue, policy=replace(queue.policy, hours=OFFICE)) for key, queue in queues.items()}
    return sample_directory(queues=ours)


def put_broken(engine: Engine, tickets: int, agent: int, due: int, *, threads: bool = True) -> None:
    """Tickets of which a quarter is the agent's, and so many promises that are broken within the minute after 10:00;
    with `threads` each has one in a desk room."""
    fill(engine, Crowd(tickets, open=True, talk=False), agent)
    given = {"due": micros(MONDAY + timedelta(hours=1)), "hour": HOUR, "warned": DEFAULT[1].key}
    with engine.connect() as connection:
        sqlite = engine.dialect.name == "sqlite"
        if sqlite:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        for statement in (*WAITS, THREADS) if threads else WAITS:
            known = {name: value for name, value in given.items() if f":{name}" in statement}
            connection.execute(text(statement), known)
        connection.execute(text("DELETE FROM alarm WHERE subject > :last"), {"last": 2 * due + 1})
        connection.exec_driver_sql("COMMIT") if sqlite else connection.commit()


async def _check(desk: Desk, count: int) -> None:
    """Each was marked, and told once."""

    def found(tx: Tx) -> tuple[int, int]:
        broken = select(func.count()).select_from(promise).where(promise.c.state == "breached")
        told = select(func.count()).select_from(nag).where(nag.c.step == DEFAULT[2].key)
        return tx.run(broken).scalar_one(), tx.run(told).scalar_one()

    marked, nags = await desk.look(found)
    assert (marked, nags) == (count, count), (marked, nags)
