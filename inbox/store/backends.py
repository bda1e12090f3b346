"""How verbs run on each engine: SQLite with one writer and group commit, PostgreSQL with a pool of threads."""

import asyncio
import json
import queue
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Protocol

import structlog
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, SQLAlchemyError, StatementError

from inbox.directory import Directory
from inbox.errors import DeskError, StoreUnavailable, Unstorable
from inbox.store.tx import Change, Tx

log = structlog.get_logger("store")

GROUP_LIMIT = 64  # verbs to a commit: bounds how long the first of a group waits
RERUNS = 3
# PostgreSQL: deadlock detected, serialization failure, and a row that somebody else added first: run again, it is seen
RERUN_STATES = {"40P01", "40001", "23505"}
CHANNEL = "frontdesk"


@dataclass(slots=True)
class Job:
    """A verb that waits for its turn, and where its answer goes."""

    verb: Callable[[Tx], Any]
    loop: asyncio.AbstractEventLoop
    future: "asyncio.Future[Any]"
    result: Any = None
    error: BaseException | None = None

    def fail(self, error: BaseException) -> None:
        self.result, self.error = None, error

    def answer(self) -> None:
        """On the loop's thread; a caller that went away is not an error."""
        if self.future.done():
            return
        if self.error is not None:
            self.future.set_exception(self.error)
        else:
            self.future.set_result(self.result)


class Backend(Protocol):
    """What the two engines have in common."""

    def submit(self, job: Job) -> None: ...
    def submit_read(self, job: Job) -> None: ...
    def close(self) -> None: ...


def unavailable(error: Exception) -> StoreUnavailable:
    """A person's sentence for a database error: the driver's words, never the statement, its values or the address."""
    origin = getattr(error, "orig", None) or error
    return StoreUnavailable(why=str(origin).strip().split("\n")[0][:200])


def failure(error: SQLAlchemyError) -> StoreUnavailable | Unstorable:
    """The database's trouble, or the fault of the values: only the former is worth trying again."""
    found = unavailable(error)
    values = isinstance(error, DataError | IntegrityError)
    values |= isinstance(error, StatementError) and not isinstance(error, DBAPIError)  # no column takes such a value
    return Unstorable(**found.facts) if values else found


class SqliteBackend:
    """One writer thread with group commit, and a few reader threads, each with a connection of its own."""

    def __init__(self, engine: Engine, directory: Callable[[], Directory], committed: Callable[[Change], None]) -> None:
        self._engine, self._directory, self._committed = engine, directory, committed
        self._jobs: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._conn: Connection | None = None
        self._local = threading.local()
        self._readers = ThreadPoolExecutor(2, "store-read")
        self._read_connections: list[Connection] = []
        self._thread = threading.Thread(target=self._write_loop, name="store-write", daemon=True)
        self._thread.start()

    def submit(self, job: Job) -> None:
        self._jobs.put(job)

    def submit_read(self, job: Job) -> None:
        self._readers.submit(self._read, job)

    def close(self) -> None:
        self._jobs.put(None)
        self._thread.join(10)
        self._readers.shutdown(wait=True)
        for connection in self._read_connections:
            connection.close()
        self._engine.dispose()

    def _write_loop(self) -> None:
        while (first := self._jobs.get()) is not None:
            group, last = [first], False
            while len(group) < GROUP_LIMIT:
                try:
                    job = self._jobs.get_nowait()
                except queue.Empty:
                    break
                if job is None:
                    last = True
                    break
                group.append(job)
            self._run_group(group)
            if last:
                break
        if self._conn is not None:
            self._conn.close()

    def _run_group(self, group: list[Job]) -> None:
        changes: list[Change] = []
        if not self._settle(group, changes):
            # an error ended the whole transaction behind our back (SQLITE_FULL, IOERR): each verb again, alone
            for job in group:
                job.result = job.error = None
                self._settle([job], changes)
        _answer(group)
        for change in changes:
            self._committed(change)

    def _settle(self, group: list[Job], changes: list[Change]) -> bool:
        """The same as `_try_group`; where the database fails, so have these verbs, and only these."""
        try:
            return self._try_group(group, changes)
        except Exception as error:  # nobody may be left waiting
            self._drop_connection()
            for job in group:
                job.fail(unavailable(error))
        return True

    def _try_group(self, group: list[Job], changes: list[Change]) -> bool:
        """Runs the verbs and commits. False where the transaction was lost under a group of several."""
        connection = self._connection()
        raw = _raw(connection)
        raw.execute("BEGIN IMMEDIATE")
        try:
            touched = []
            for job in group:
                tx = Tx(connection, self._directory())
                if self._run_job(job, tx, raw, alone=len(group) == 1):
                    touched.append(tx.change)
                if not raw.in_transaction:
                    if len(group) == 1 and job.error is None:
                        job.fail(StoreUnavailable(why="the database ended the transaction"))
                    return len(group) == 1
            if touched:
                raw.execute("COMMIT")
                changes.extend(touched)
            else:
                raw.execute("ROLLBACK")
        except BaseException:
            if raw.in_transaction:
                raw.execute("ROLLBACK")
            raise
        return True

    def _run_job(self, job: Job, tx: Tx, raw: Any, *, alone: bool) -> bool:
        """True where what the verb wrote shall be committed."""
        if not alone:
            raw.execute("SAVEPOINT verb")
        try:
            job.result = job.verb(tx)
            keep = True
        except DeskError as error:
            job.fail(error)
            keep = error.keeps
        except SQLAlchemyError as error:
            job.fail(failure(error))
            keep = False
        except Exception as error:
            job.fail(error)
            keep = False
        if not alone and raw.in_transaction:
            if not keep:
                raw.execute("ROLLBACK TO verb")
            raw.execute("RELEASE verb")
        return keep

    def _connection(self) -> Connection:
        if self._conn is None:
            self._conn = self._engine.connect()
        return self._conn

    def _drop_connection(self) -> None:
        connection, self._conn = self._conn, None
        if connection is not None:
            try:
                connection.close()
            except SQLAlchemyError:
                log.warning("store.close_failed")

    def _read(self, job: Job) -> None:
        try:
            connection = getattr(self._local, "connection", None)
            if connection is None:
                connection = self._local.connection = self._engine.connect()
                self._read_connections.append(connection)
            raw = _raw(connection)
            raw.execute("BEGIN")
            try:
                job.result = job.verb(Tx(connection, self._directory()))
            finally:
                raw.execute("ROLLBACK")
        except SQLAlchemyError as error:
            job.fail(failure(error))
        except Exception as error:
            job.fail(error)
        _answer([job])


class PostgresBackend:
    """A small pool of threads; each verb is a transaction, run again after a deadlock or a serialization failure."""

    def __init__(
        self, engine: Engine, directory: Callable[[], Directory], committed: Callable[[Change], None], threads: int
    ) -> None:
        self._engine, self._directory, self._committed = engine, directory, committed
        self._writers = ThreadPoolExecutor(threads, "store-write")
        self._readers = ThreadPoolExecutor(2, "store-read")

    def submit(self, job: Job) -> None:
        self._writers.submit(self._write, job)

    def submit_read(self, job: Job) -> None:
        self._readers.submit(self._read, job)

    def close(self) -> None:
        self._writers.shutdown(wait=True)
        self._readers.shutdown(wait=True)
        self._engine.dispose()

    def _write(self, job: Job) -> None:
        for attempt in range(RERUNS + 1):
            try:
                change = self._attempt(job)
                break
            except DBAPIError as error:
                job.fail(failure(error))
                change = None
                # a connection that broke before COMMIT left nothing behind; one that broke at COMMIT is not run again
                broken = error.connection_invalidated and getattr(error, "statement", None) is not None
                if attempt == RERUNS or not (broken or getattr(error.orig, "sqlstate", None) in RERUN_STATES):
                    break
            except Exception as error:
                job.fail(failure(error) if isinstance(error, SQLAlchemyError) else error)
                change = None
                break
        _answer([job])
        if change:
            self._committed(change)

    def _attempt(self, job: Job) -> Change | None:
        job.result = job.error = None
        with self._engine.connect() as connection, connection.begin() as transaction:
            tx = Tx(connection, self._directory())
            try:
                job.result = job.verb(tx)
            except DeskError as error:
                job.fail(error)
                if not error.keeps:
                    transaction.rollback()
                    return None
            change = tx.change
            if change.news:
                at = change.alarm.isoformat() if change.alarm else None
                news = json.dumps([sorted(change.tickets)[:500], change.outbox, at])
                connection.execute(text("SELECT pg_notify(:channel, :news)"), {"channel": CHANNEL, "news": news})
        return change

    def _read(self, job: Job) -> None:
        try:
            try:
                job.result = self._look(job)
            except DBAPIError as error:
                if not error.connection_invalidated:
                    raise
                job.result = self._look(job)  # it had been cut since its last use; those made with it were let go, too
        except SQLAlchemyError as error:
            job.fail(failure(error))
        except Exception as error:
            job.fail(error)
        _answer([job])

    def _look(self, job: Job) -> Any:
        with self._engine.connect() as connection:
            return job.verb(Tx(connection, self._directory()))


def _raw(connection: Connection) -> Any:
    """The sqlite3 connection itself, for BEGIN, SAVEPOINT and COMMIT."""
    return connection.connection.dbapi_connection


def _answer(jobs: list[Job]) -> None:
    loop = jobs[0].loop

    def answer() -> None:
        for job in jobs:
            job.answer()

    on_loop(loop, answer)


def on_loop(loop: asyncio.AbstractEventLoop, call: Callable[..., None], *args: Any) -> None:
    try:
        loop.call_soon_threadsafe(call, *args)
    except RuntimeError:  # the loop is closed: whoever waited is gone
        log.debug("store.loop_closed")
