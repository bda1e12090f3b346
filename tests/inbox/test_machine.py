"""Agents and requesters act in any order through every door, and the relay beside them, with duplicates, delays and
crashes: what must hold holds after every deed (`tests/inbox/machine`).

Nobody's words go out but the holder's, no two hold a ticket, the fence only grows, no note reaches a requester, nothing
confidential stands where others read along, and nobody's words are lost. MORNINGS=5000 lives so many more.
"""

import os
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.internal.conjecture.engine import ConjectureRunner
from hypothesis.stateful import run_state_machine_as_test
from sqlalchemy.engine import make_url

from inbox.store.engine import connect
from tests.inbox.machine.books import Books
from tests.inbox.machine.laws import Morning

STEPS = 40
MORNINGS = {"sqlite": 125, "postgres": 30}


@pytest.fixture(autouse=True)
def _no_morning_is_like_another(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hypothesis would spend most mornings on living parts of earlier ones again: half as much is reached that way."""
    monkeypatch.setattr(ConjectureRunner, "generate_mutations_from", lambda self, data: None)


@pytest.fixture
def books(database_url: str) -> Iterator[Books]:
    engine = connect(make_url(database_url))
    books = Books(engine)
    yield books
    books.close()
    engine.dispose()


def play(books: Books, **how: Any) -> None:
    machine: Any = lambda: Morning(books)  # noqa: E731  it is called as the class would be
    settled = settings(deadline=None, database=None, suppress_health_check=list(HealthCheck), **how)
    run_state_machine_as_test(machine, settings=settled)


@pytest.mark.timeout(600)  # as long as a loaded machine may take for half a minute's work
def test_any_morning_at_the_desk(books: Books, engine_name: str) -> None:
    runs = MORNINGS[engine_name]
    play(books, max_examples=runs, stateful_step_count=STEPS, derandomize=True, phases=[Phase.generate])


@pytest.mark.torture
@pytest.mark.timeout(7200)
def test_thousands_of_mornings_at_the_desk(books: Books) -> None:
    runs = int(os.environ.get("MORNINGS", "2000"))
    play(books, max_examples=runs, stateful_step_count=60, phases=[Phase.generate])  # shrinking would take hours
