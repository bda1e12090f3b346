"""Many rows that are stored in one go are those that are stored one by one, on either database."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event as sql_event
from sqlalchemy import select

from inbox.store import Tx, alarms, events
from inbox.store.rows import FEW
from inbox.store.tables import event
from tests.house import House

FACTS: tuple[dict[str, Any], ...] = (
    {},
    {"words": 'Räksmörgås \\u0041 "quoted" \\ back 🙂', "n": 2**53 + 1},
    {"deep": {"list": [1, None, True, 1.5, {"a": []}]}, "none": None},
    {"sql": "'); DROP TABLE event; --", "line": "one\ntwo\ttabs"},
)


@pytest.mark.parametrize("count", [FEW, 3 * FEW])
async def test_what_is_stored_together_comes_back_as_it_was(house: House, count: int) -> None:
    told = [
        (house.clock.now + timedelta(microseconds=n), ("told", None, None, FACTS[n % len(FACTS)])) for n in range(count)
    ]
    await house.desk.do(lambda tx, now: events.add_dated(tx, told))
    found = await house.desk.look(_told)
    assert found == [(at, entry[3]) for at, entry in told]


def _told(tx: Tx) -> list[tuple[Any, ...]]:
    rows = tx.run(select(event.c.at, event.c.facts).where(event.c.kind == "told").order_by(event.c.id)).all()
    return [tuple(row) for row in rows]


async def test_many_alarms_are_set_and_moved(house: House) -> None:
    first, later = house.clock.now, house.clock.now + timedelta(hours=1)
    await house.desk.do(lambda tx, now: alarms.set_all(tx, [("bell", n, first) for n in range(20)]))
    await house.desk.do(lambda tx, now: alarms.set_all(tx, [("bell", n, later) for n in range(10, 30)]))
    assert await house.desk.look(alarms.due_of, first, "bell", 100) == list(range(10))
    assert await house.desk.look(alarms.due_of, later, "bell", 100) == list(range(30))


async def test_many_rows_are_one_statement(house: House) -> None:
    """What the drivers are best at: one on PostgreSQL, one with many values on SQLite; never one round trip each."""
    sent: list[bool] = []
    engine = house.desk.store.engine

    def note(_c: Any, _cursor: Any, statement: str, _p: Any, _context: Any, many: bool) -> None:
        if "INTO alarm" in statement:
            sent.append(many)

    sql_event.listen(engine, "before_cursor_execute", note)
    await house.desk.do(lambda tx, now: alarms.set_all(tx, [("bell", n, now) for n in range(50)]))
    sql_event.remove(engine, "before_cursor_execute", note)
    assert sent == [engine.dialect.name == "sqlite"]
