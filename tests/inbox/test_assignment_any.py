"""Agents come, go, claim and give back in any order while people ask: whatever the desk gives, it gives rightly, and
nothing that somebody could take is left lying."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, select
from sqlalchemy.engine import make_url

from inbox.desk import absence, alarms, claims, intake, lifecycle, turns
from inbox.directory import Agent, Directory
from inbox.errors import DeskError
from inbox.model import Account, Place, Said
from inbox.store import Tx, events, people, tickets
from inbox.store import alarms as stored
from inbox.store.engine import connect
from inbox.store.tables import alarm
from sla.duration import Duration
from sla.hours import OpeningHours, parse_week
from tests.databases import Databases
from tests.house import MONDAY, sample_directory

TEAM = ("U-OMAR", "U-LISA", "U-MAJA")
DAY = OpeningHours("day", "UTC", parse_week({"mon-sun": ["08:00-17:00"]}))
LATE = OpeningHours("late", "UTC", parse_week({"mon-sun": ["12:00-22:00"]}))

MOVES = ("claim", "release", "take_over", "resolve", "resolve", "reopen", "reopen", "pend")
QUEUED = ("created", "released", "returned", "reopened")

agents, numbers = st.integers(0, len(TEAM) - 1), st.integers(0, 6)
deeds = st.one_of(
    st.tuples(st.just("ask"), st.sampled_from(("normal", "urgent")), st.just(0)),
    st.tuples(st.sampled_from(MOVES), agents, numbers),
    st.tuples(st.sampled_from(("away", "away", "back", "give_back_all")), agents, st.integers(0, 5)),
    st.tuples(st.just("later"), st.sampled_from((1, 60, 3600, 5 * 3600)), st.just(0)),
)


def structure(mode: str, capacity: int) -> Directory:
    queues = dict(sample_directory().desk.queues)
    policy = replace(queues["it"].policy, hours=DAY, return_after=Duration(4 * 3600))
    more: dict[str, Any] = {"assignment": mode, "capacity": capacity, "policy": policy}
    queues["it"] = replace(queues["it"], **more)
    return sample_directory(queues=queues, agents={("acme", TEAM[1]): Agent(hours=LATE)})


class Morning:
    """One transaction in which everything happens, and that is rolled back."""

    def __init__(self, connection: Connection, mode: str, capacity: int) -> None:
        self.tx, self.now, self.capacity = Tx(connection, structure(mode, capacity)), MONDAY, capacity
        self.ids = [people.identify(self.tx, self.now, Account("acme", one, one))[0].id for one in TEAM]
        self.asked: list[int] = []
        self.event = 0

    def do(self, what: str, who: Any, which: int) -> None:
        verbs: dict[str, Callable[[Tx, datetime, int, int], object]] = {
            "claim": claims.claim,
            "release": claims.release,
            "take_over": claims.take_over,
            "resolve": lifecycle.resolve,
            "reopen": lifecycle.reopen,
            "pend": lifecycle.pend,
        }
        if what == "ask":
            self.ask(who)
        elif what == "later":
            self.now += timedelta(seconds=who)
        elif what == "away":
            absence.away(self.tx, self.now, self.ids[who], self.now + timedelta(hours=which) if which else None)
        elif what == "back":
            absence.back(self.tx, self.now, self.ids[who])
        elif what == "give_back_all":
            claims.give_back_all(self.tx, self.now, self.ids[who])
        elif self.asked:
            try:
                verbs[what](self.tx, self.now, self.asked[which % len(self.asked)], self.ids[who])
            except DeskError:
                return

    def ask(self, priority: Any) -> None:
        name = f"Guest {len(self.asked)}"
        place = Place("acme", "C-HELP")
        said = Said(place, f"m{len(self.asked)}", Account("acme", name, name), "Help", self.now, opens="x")
        number = intake.receive(self.tx, self.now, said).ticket
        assert number is not None
        tickets.change(self.tx, number, priority=priority)
        self.asked.append(number)

    def beat(self) -> None:
        while due := alarms.due(self.tx, self.now):
            for kind, subject in due:
                before = {one: self.could(one) for one in self.ids}
                alarms.handle(self.tx, self.now, kind, subject)
                if kind == turns.TURN:
                    self.given_rightly(subject, before)

    def could(self, who: int, at: datetime | None = None) -> bool:
        """Whether the desk may give somebody one more."""
        at = at or self.now
        full = self.capacity and tickets.held_by(self.tx, who, "it") >= self.capacity
        on = DAY.is_open(at) and (who != self.ids[1] or LATE.is_open(at))
        return on and not full and not absence.is_away(self.tx, at, who)

    def given_rightly(self, number: int, before: dict[int, bool]) -> None:
        ticket = tickets.get(self.tx, number)
        assert ticket
        if ticket.assignee_id is not None and ticket.claimed_at == self.now and not ticket.microphone:
            assert before[ticket.assignee_id]
            assert ticket.assignee_id not in self.let_go(number)

    def let_go(self, number: int) -> set[int]:
        return {one.facts["holder"] for one in events.of_ticket(self.tx, number) if one.kind == "returned"}

    def nothing_lies(self) -> None:
        """Who has room and is there has none of what waits, unless they let it go; what no human gave back has its
        alarm."""
        marked = {row[0] for row in self.tx.run(select(alarm.c.subject).where(alarm.c.kind == turns.TURN))}
        for number in self.asked:
            ticket = tickets.get(self.tx, number)
            assert ticket
            if ticket.assignee_id is not None:
                assert number not in marked
            elif ticket.status == "new" and number in marked:
                at = stored.at(self.tx, turns.TURN, number)
                assert at and at > self.now
                assert not [who for who in self.ids if self.could(who) and who not in self.let_go(number)]
            elif ticket.status == "new":
                told = events.of_ticket(self.tx, number)
                last = [one for one in told if one.kind in QUEUED][-1]
                assert last.kind == "released" and last.actor is not None


@pytest.fixture(scope="module")
def connection(sqlite: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Connection]:
    url = sqlite.copy()
    engine = connect(make_url(url))
    with engine.connect() as connection:
        yield connection
    engine.dispose()
    sqlite.drop(url)


@pytest.mark.parametrize(("mode", "capacity"), [("round_robin", 2), ("least_busy", 1)])
@settings(
    max_examples=10,
    deadline=None,
    phases=(Phase.explicit, Phase.generate, Phase.shrink),
    suppress_health_check=list(HealthCheck),
)
@given(acts=st.lists(deeds, min_size=15, max_size=30))
def test_any_morning(connection: Connection, mode: str, capacity: int, acts: list[tuple[str, Any, int]]) -> None:
    connection.exec_driver_sql("BEGIN")
    try:
        morning = Morning(connection, mode, capacity)
        for act in [("ask", "urgent", 0), *[("ask", "normal", 0)] * 6, *acts]:
            morning.do(*act)
            morning.beat()
            morning.now += timedelta(seconds=1)  # what a more urgent one went before comes in the next beat
            morning.beat()
            morning.nothing_lies()
    finally:
        connection.exec_driver_sql("ROLLBACK")
