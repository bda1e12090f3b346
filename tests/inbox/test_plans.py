"""What people do all day finds its rows through indexes, however many there are."""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import event

from inbox.desk import alarms, changes, claims, delivery, intake, lifecycle, replies
from inbox.model import Deleted, Edited
from inbox.store import messages, threads
from inbox.store.backends import _raw
from tests.house import House
from tests.inbox.deeds import ask, ask_again, one_engine
from tests.inbox.postman import deliver


@pytest.fixture
def scanned(house: House) -> Iterator[list[str]]:
    """The statements that would read a whole table, as SQLite plans them."""
    seen: set[str] = set()
    found: list[str] = []

    def explain(connection: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, many: bool) -> None:
        if statement in seen or not statement.startswith(("SELECT", "UPDATE", "DELETE")):
            return
        seen.add(statement)
        plan = _raw(connection).execute(f"EXPLAIN QUERY PLAN {statement}", parameters[0] if many else parameters)
        steps = [row[3] for row in plan]
        found.extend(f"{step}: {statement}" for step in steps if step.startswith("SCAN ") and "CONSTANT" not in step)

    event.listen(house.desk.store.engine, "before_cursor_execute", explain)
    yield found
    event.remove(house.desk.store.engine, "before_cursor_execute", explain)
    assert len(seen) > 40


@one_engine
async def test_a_day_of_work_reads_no_whole_table(house: House, scanned: list[str]) -> None:
    number, omar, lisa = await ask(house), house.ids["Omar"], house.ids["Lisa"]
    await ask_again(house, number)
    await house.desk.do(deliver)
    desk = await house.desk.look(threads.desk, number)
    assert desk and desk.external_id
    await house.desk.do(claims.claim_next, omar)
    house.clock.advance(1)
    for last in ("sent", "undone", "edited", "deleted"):
        said = house.said("Omar", f"to be {last}", desk.room, thread=desk.external_id)
        await house.desk.do(intake.receive, said, waits=True)
        if last == "undone":
            words = await house.desk.look(messages.by_external, "acme", desk.room, said.message_id)
            assert words
            await house.desk.do(replies.undo, words.id, omar)
        elif last == "edited":
            await house.desk.do(changes.edit, Edited(said.place, said.message_id, "!", house.clock.now, "1"))
        elif last == "deleted":
            await house.desk.do(changes.delete, Deleted(said.place, said.message_id, house.clock.now))
        house.clock.advance(10)
        await house.desk.do(deliver)
    await house.desk.do(claims.take_over, number, lisa)
    await house.desk.do(lifecycle.pend, number, lisa)
    await ask_again(house, number)
    await house.desk.do(replies.reply, number, lisa, "Water!")
    await house.desk.do(lifecycle.resolve, number, lisa)
    for _ in range(3):
        house.clock.advance(hours=4)
        await alarms.tick(house.desk)
        await house.desk.do(deliver)
    elsewhere = house.said("Lisa", "Lunch?", desk.room, thread="of-no-ticket")
    await house.desk.do(intake.receive, elsewhere, waits=True)
    await house.desk.do(intake.receive, house.said("Erik", "My salary", "D-ERIK", direct=True))
    await house.desk.look(delivery.next_at, "acme")
    assert scanned == []
