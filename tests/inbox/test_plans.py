"""What people do all day finds its rows through indexes, however many there are."""

import re
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import event, insert, text

from inbox.desk import alarms, changes, claims, delivery, intake, lifecycle, linking, replies
from inbox.model import Deleted, Edited
from inbox.store import Tx, crowds, messages, outbox, people, threads, tickets, views
from inbox.store.backends import _raw
from inbox.store.tables import message, thread, ticket
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
    await house.desk.look(people.concerned, "acme", ["U-ANNA", "U-OMAR"], [number])
    await house.desk.look(linking.perhaps, house.ids["Anna"])
    assert scanned == []


OLD = 3000


def _years(tx: Tx, now: datetime, anna: int) -> None:
    """What a desk has after a while: thousands of tickets that are closed, each with its threads."""
    numbers = range(1000, 1000 + OLD)
    usual = {"subject": "Old", "status": "closed", "priority": "normal", "queue": "it", "requester_id": anna}
    times = {"created_at": now, "updated_at": now, "closed_at": now, "due_at": None}
    tx.run(insert(ticket), [{**usual, **times, "number": n, "connection": "acme", "language": "en"} for n in numbers])
    places = ({"ticket": n, "room": "C-HELP", "external_id": str(n)} for n in numbers)
    tx.run(insert(thread), [{**place, "side": "home", "connection": "acme"} for place in places])
    if tx.conn.dialect.name == "postgresql":
        tx.run(text("ANALYZE ticket, thread"))


def _plans(tx: Tx, query: Callable[..., object], *args: object) -> list[str]:
    """The steps by which the database answers what a query asks it."""
    explain = "EXPLAIN QUERY PLAN" if tx.conn.dialect.name == "sqlite" else "EXPLAIN"
    steps: list[str] = []

    def look_first(_conn: Any, cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        cursor.execute(f"{explain} {statement}", parameters)
        steps.extend(str(row) for row in cursor.fetchall())

    event.listen(tx.conn, "before_cursor_execute", look_first)
    query(tx, *args)
    event.remove(tx.conn, "before_cursor_execute", look_first)
    return steps


@pytest.mark.parametrize(("query", "args"), [(threads.live_places, ("acme",)), (tickets.without_desk, ("it", 50))])
async def test_what_is_live_is_found_among_all_that_is_closed(
    house: House, query: Callable[..., object], args: tuple[object, ...]
) -> None:
    """After each outage the threads of open matters are read, and those that nobody was shown; not all there were."""
    await ask(house)
    await house.desk.do(_years, house.ids["Anna"])
    steps = await house.desk.look(_plans, query, *args)
    assert steps and not [
        step for step in steps if re.search(r"SCAN (ticket|thread)\b(?!.* ix_ticket_list)|Seq Scan", step)
    ]


async def test_live_is_what_is_open_what_may_come_back_and_what_was_merged_into_it(house: House) -> None:
    open_, solved = await ask(house), await ask(house, "The lamp flickers", "Erik")
    house.clock.advance(300)
    merged, closed = await ask(house, "Smoke, too"), await ask(house, "It is dark", "Erik")
    await house.desk.do(claims.claim, solved, house.ids["Omar"])
    await house.desk.do(lifecycle.resolve, solved, house.ids["Omar"])
    await house.desk.do(_closed, merged, open_)
    await house.desk.do(_closed, closed, None)
    found = await house.desk.look(threads.live_places, "acme")
    assert {one.ticket for one in found} == {open_, solved, merged}
    assert {one.connection for one in found} == {"acme"}
    assert await house.desk.look(threads.live_places, "shop") == []


def _closed(tx: Tx, now: datetime, number: int, into: int | None) -> None:
    tickets.change(tx, number, status="closed", merged_into=into)


def _talk(tx: Tx, now: datetime, number: int, agent: int) -> None:
    """Years of words of one agent's on a ticket, which have long arrived, and much that waits to be said."""
    said = {"ticket": number, "kind": "message", "role": "agent", "author_id": agent, "text": "Done.", "state": "sent"}
    tx.run(insert(message), [{**said, "written_at": now, "received_at": now} for _ in range(OLD)])
    rows = [outbox.row(now, "card", "acme", f"t{10_000 + n}", ticket=number) for n in range(OLD)]
    outbox.add(tx, rows)
    if tx.conn.dialect.name == "postgresql":
        tx.run(text("ANALYZE message"))


async def test_what_waits_for_a_decision_is_found_by_its_author(house: House) -> None:
    """Every list page counts it."""
    omar = house.ids["Omar"]
    await house.desk.do(_talk, await ask(house), omar)
    steps = await house.desk.look(_plans, views.waiting_words, omar, ("it",))
    assert any("ix_message_stuck" in step for step in steps)
    assert not [step for step in steps if re.search(r"SCAN (said|message)\b|Seq Scan on message", step)]


async def test_cards_that_wait_are_found_among_all_that_does(house: House) -> None:
    """Also before PostgreSQL has counted what is there: a storm fills the table faster than it does."""
    await house.desk.do(_talk, await ask(house), house.ids["Omar"])
    keys = [f"t{10_000 + n}" for n in range(0, OLD, 2)]
    steps = await house.desk.look(_plans, crowds.waiting_any, keys, "card")
    assert any("ix_outbox_order" in step for step in steps)
    assert not [step for step in steps if re.search(r"SCAN outbox\b|Seq Scan on outbox", step)]
    found = await house.desk.look(crowds.waiting_any, [*keys, "t1"], "card")
    assert found == set(keys)
