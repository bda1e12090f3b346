"""Where transactions begin and end: together, each on its own, and nobody answered before the commit."""

import asyncio
import sqlite3
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import event, func, insert, select, text

from inbox.desk import intake
from inbox.errors import AlreadyClaimed, BadInput, StoreUnavailable, Unstorable
from inbox.store import Change, Tx, backends
from inbox.store.tables import message, seen, ticket
from inbox.store.types import EPOCH
from tests.house import House
from tests.inbox.deeds import one_engine


def put(key: str) -> Callable[[Tx], str]:
    def verb(tx: Tx) -> str:
        tx.run(insert(seen), {"key": key, "at": EPOCH})
        return key

    return verb


def count(tx: Tx, table: Any = seen) -> int:
    return int(tx.run(select(func.count()).select_from(table)).scalar_one())


async def test_a_failing_verb_rolls_back_alone(house: House) -> None:
    def fails(tx: Tx) -> None:
        put("lost")(tx)
        raise BadInput("empty_words")

    def breaks(tx: Tx) -> None:
        put("lost too")(tx)
        raise ZeroDivisionError

    store = house.desk.store
    outcomes = await asyncio.gather(
        *(store.do(put(f"k{n}")) for n in range(5)),
        store.do(fails),
        store.do(breaks),
        *(store.do(put(f"k{n}")) for n in range(5, 9)),
        return_exceptions=True,
    )
    assert [type(o) for o in outcomes if not isinstance(o, str)] == [BadInput, ZeroDivisionError]
    assert await store.look(count) == 9


async def test_an_outcome_that_is_an_error_keeps_what_was_written(house: House) -> None:
    def loses(tx: Tx) -> None:
        put("kept")(tx)
        raise AlreadyClaimed(ticket=1, holder="Omar", since=9)

    with pytest.raises(AlreadyClaimed):
        await house.desk.store.do(loses)
    assert await house.desk.store.look(count) == 1


async def test_a_statement_that_fails_is_a_sentence_not_a_secret(house: House) -> None:
    await house.desk.store.do(put("once"))
    with pytest.raises(Unstorable) as failure:
        await house.desk.store.do(put("once"))
    why = failure.value.facts["why"]
    assert "INSERT" not in why and house.desk.store.url.database not in why
    assert await house.desk.store.do(put("twice")) == "twice"


async def test_commits_are_told_after_they_happened(house: House) -> None:
    told: asyncio.Queue[Change] = asyncio.Queue()
    end = house.desk.subscribe(told.put_nowait)
    received = await house.desk.do(intake.receive, house.said("Anna", "My screen is black"))
    news = await asyncio.wait_for(told.get(), 10)
    assert received.ticket in news.tickets and news.outbox and news.alarm
    end()


FAULTS = {
    "full": ("database or disk is full", True),
    "ioerr": ("disk I/O error", True),
    "busy": ("database is locked", False),
}


class Fault:
    """Makes the nth statement fail as SQLite would: FULL and IOERR end the whole transaction, BUSY does not."""

    def __init__(self, house: House, nth: int, kind: str) -> None:
        self.engine, self.left = house.desk.store.engine, nth
        self.words, self.ends = FAULTS[kind]
        event.listen(self.engine, "before_cursor_execute", self._strike)

    def _strike(self, connection: Any, cursor: Any, *_: Any) -> None:
        self.left -= 1
        if self.left == 0:
            if self.ends:
                cursor.connection.execute("ROLLBACK")
            raise sqlite3.OperationalError(self.words)

    def remove(self) -> None:
        event.remove(self.engine, "before_cursor_execute", self._strike)


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
@pytest.mark.parametrize("kind", list(FAULTS))
async def test_a_fault_at_any_statement_loses_nothing(house: House, kind: str) -> None:
    """Three messages at once, and each statement of theirs fails in turn: what was answered is there, what failed is
    not and can be delivered again, and nothing is there twice."""
    nth = 0
    while True:
        nth += 1
        saids = [house.said("Anna", f"question {nth}.{n}", "C-HELP") for n in range(3)]
        fault = Fault(house, nth, kind)
        outcomes = await asyncio.gather(*(house.desk.do(intake.receive, s) for s in saids), return_exceptions=True)
        fault.remove()
        failed = [s for s, o in zip(saids, outcomes, strict=True) if isinstance(o, BaseException)]
        assert all(isinstance(o, StoreUnavailable) for o in outcomes if isinstance(o, BaseException))
        assert len(failed) <= 1  # alone or in a group, one statement's fault is one verb's
        for said in failed:
            assert (await house.desk.do(intake.receive, said)).outcome in ("opened", "joined")
        assert await house.desk.store.look(count, message) == 3 * nth
        if fault.left > 0:
            break  # the verbs need fewer statements than that: every one was struck
    assert nth > 30
    assert await house.desk.store.look(count, ticket) >= 1


class Raw:
    """A connection whose second COMMIT fails."""

    def __init__(self, raw: sqlite3.Connection, commits: list[str]) -> None:
        self.raw, self.commits = raw, commits

    @property
    def in_transaction(self) -> bool:
        return self.raw.in_transaction

    def execute(self, statement: str) -> Any:
        if statement == "COMMIT":
            self.commits.append(statement)
            if len(self.commits) == 2:
                raise sqlite3.OperationalError("disk I/O error")
        return self.raw.execute(statement)


@one_engine
async def test_what_was_committed_alone_is_answered_so_whatever_fails_after_it(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    raw, commits, fault = backends._raw, [], Fault(house, 2, "full")
    monkeypatch.setattr(backends, "_raw", lambda connection: Raw(raw(connection), commits))
    store = house.desk.store
    outcomes = await asyncio.gather(*(store.do(put(f"k{n}")) for n in range(4)), return_exceptions=True)
    monkeypatch.undo()
    fault.remove()
    assert [isinstance(o, StoreUnavailable) for o in outcomes].count(True) >= 1
    assert await store.look(count) == [type(o) for o in outcomes].count(str) >= 2


@pytest.mark.parametrize("engine_name", ["postgres"], indirect=True)
async def test_connections_that_were_cut_meanwhile_are_made_anew(house: House) -> None:
    """PostgreSQL was restarted, or somebody's firewall forgot: nobody is told of that who only wants to read."""
    cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
    others = text(f"{cut} AND pid <> pg_backend_pid()")
    for ask in (house.desk.store.look, house.desk.store.do):
        await asyncio.gather(*(house.desk.look(count) for _ in range(2)))
        with house.desk.store.engine.connect() as connection:
            connection.execute(others)
            assert await ask(count) == 0


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
async def test_a_full_disk_is_said_and_room_on_it_heals(house: House) -> None:
    def limit(tx: Tx, pages: int) -> None:
        tx.conn.exec_driver_sql(f"PRAGMA max_page_count={pages}")

    pages = await house.desk.store.look(lambda tx: tx.conn.exec_driver_sql("PRAGMA page_count").scalar_one())
    await house.desk.store.do(limit, pages)
    with pytest.raises(StoreUnavailable) as failure:
        for n in range(2000):
            await house.desk.do(intake.receive, house.said("Anna", "x" * 5000, message_id=f"big{n}"))
    assert "full" in failure.value.facts["why"]
    await house.desk.store.do(limit, 1_000_000)
    assert (await house.desk.do(intake.receive, house.said("Anna", "and now?"))).ticket is not None


async def test_who_comes_after_the_end_is_told_so(house: House) -> None:
    late = asyncio.ensure_future(house.desk.store.do(put("in time")))
    await asyncio.sleep(0)
    await house.desk.close()
    assert await late == "in time"
    with pytest.raises(StoreUnavailable):
        await asyncio.wait_for(house.desk.store.do(put("late")), 10)
    with pytest.raises(StoreUnavailable):
        await asyncio.wait_for(house.desk.store.look(count), 10)


async def test_verbs_of_a_closed_loop_or_caller_do_no_harm(house: House) -> None:
    task = asyncio.ensure_future(house.desk.store.do(put("gone")))
    await asyncio.sleep(0)
    task.cancel()
    assert await house.desk.store.do(put("next")) == "next"
    await house.desk.close()  # waits for what is under way, also for nobody
    with house.desk.store.engine.connect() as connection:
        assert count(Tx(connection, house.desk.directory)) == 2
