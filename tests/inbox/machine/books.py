"""The machine's database: deeds are done one after the other, each in a transaction that may fail as it ends."""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, update

from inbox.desk import rules
from inbox.errors import DeskError, StoreUnavailable
from inbox.store import Tx, canned, people, threads
from inbox.store.canned import Prepared
from inbox.store.tables import identity
from tests.house import MONDAY
from tests.inbox.machine.house import AGENTS, ASKERS, TEAMS, account, structure
from tests.reached import noting

Verb = Callable[..., Any]


class Crash(StoreUnavailable):
    """The transaction did everything, and was lost as it was committed."""


class Books:
    """A database and its people. A morning is one transaction that is thrown away, and each deed a savepoint in it: to
    the verbs that is the same, and the next morning begins as this one did."""

    def __init__(self, engine: Engine) -> None:
        self.connection = engine.connect()
        self.is_sqlite = engine.dialect.name == "sqlite"
        self.directory, self.now = structure(), MONDAY
        self.fails = False  # the next deed's transaction
        self.touched: set[int] = set()
        self._begin()
        self.agents = {name: self._agent(name) for name in AGENTS}
        self.askers = {who: self._person(*who) for who in ASKERS}
        for queue, team in TEAMS.items():
            self.do(_joins, queue, {self.agents[name]: role for name, role in team.items()})
        for room in self.directory.rooms.values():
            self.do(lambda tx, now, room=room: threads.remember_room(tx, room))
        hello = Prepared("", "hello", "en", "Hello {requester}, this is {ticket}")
        self.do(lambda tx, now: canned.put(tx, now, hello, self.agents["Maja"]))
        self._end("COMMIT")

    def _agent(self, name: str) -> int:
        """Somebody of the desk, who is one person on Slack and Telegram."""
        person = self._person(name, "acme")
        there = self.do(lambda tx, now: people.identify(tx, now, account(name, "shop")))
        linked = update(identity).where(identity.c.id == there[1]).values(person_id=person)
        self.do(lambda tx, now: tx.run(linked))
        return person

    def _person(self, name: str, connection: str) -> int:
        return int(self.do(lambda tx, now: people.identify(tx, now, account(name, connection)))[0].id)

    def open(self) -> None:
        """A morning begins."""
        self.now, self.fails = MONDAY, False
        self._begin()

    def shut(self) -> None:
        """It never was."""
        self._end("ROLLBACK")

    def close(self) -> None:
        with suppress(Exception):
            self.shut()
        self.connection.close()

    def _begin(self) -> None:
        if self.is_sqlite:
            self.connection.exec_driver_sql("BEGIN IMMEDIATE")

    def _end(self, how: str) -> None:
        if self.is_sqlite:
            self.connection.exec_driver_sql(how)
        else:
            (self.connection.commit if how == "COMMIT" else self.connection.rollback)()

    def do(self, verb: Verb, *args: Any, **more: Any) -> Any:
        """What the verb gives, the rules' deeds done, or the refusal that it raises; a Crash where all was lost."""
        tx = Tx(self.connection, self.directory)
        self.connection.exec_driver_sql("SAVEPOINT deed")
        kept = False
        try:
            done = noting(verb)(tx, self.now, *args, **more)
            rules.follow(tx, self.now)
            kept = not self.fails
            return done if kept else Crash(why="the disk is full")
        except DeskError as refusal:
            kept = refusal.keeps and not self.fails
            return refusal
        finally:
            self.fails = False
            if kept:
                self.touched |= tx.tickets
            else:
                self.connection.exec_driver_sql("ROLLBACK TO SAVEPOINT deed")
            self.connection.exec_driver_sql("RELEASE SAVEPOINT deed")

    def look(self, query: Callable[..., Any], *args: Any) -> Any:
        return query(Tx(self.connection, self.directory), *args)


def _joins(tx: Tx, now: datetime, queue: str, team: dict[int, str]) -> None:
    people.set_members(tx, queue, team)
