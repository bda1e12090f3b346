"""Intake: a message comes in, and a committed ticket with its message, promises, outbox and events is there."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from itertools import count

from inbox.desk import intake
from inbox.desk.door import Desk
from inbox.desk.matter import Received
from inbox.model import Account, Said
from tests.bench.figures import Figure, Goal
from tests.bench.rates import BLOCK, Deed, captured, compare, figures, house
from tests.databases import Databases
from tests.house import Clock, House

MOST_STATEMENTS = Goal("≤", 20)
RATES = (Goal("≥", 0.2, "ratio"), Goal("≥", 0.35, "ratio"))


async def measure(databases: Databases, rounds: int) -> list[Figure]:
    """Rates, the processor's part of them, and how many statements."""
    section = f"Intake on {databases.engine}"
    goals = RATES if databases.engine == "SQLite" else (None, None)
    rates = await compare(databases, databases.furnished, strangers(BLOCK * rounds))
    return [*figures(section, rates, goals), *await _statements(databases, section)]


def strangers(number: int) -> list[Deed]:
    """So many people who were never seen, each with a matter of their own: the intake that writes most."""
    words = spoken()
    accounts = [Account("acme", f"U-{i:05}", f"Person {i}") for i in range(number)]
    return [
        partial(take_in, said=replace(words("Anna", f"My printer is broken, for the {i}. time"), author=account))
        for i, account in enumerate(accounts)
    ]


def spoken() -> Callable[..., Said]:
    """What the house's people say, without a desk that hears it."""
    silent = object.__new__(House)
    silent.clock, silent._messages = Clock(), count(1)
    return silent.said


async def take_in(desk: Desk, said: Said) -> Received:
    return await desk.do(intake.receive, said)


async def _statements(databases: Databases, section: str) -> list[Figure]:
    """How many statements an intake makes, without BEGIN and COMMIT, by what comes in."""
    here = house(databases.copy())
    opened = here.said("Anna", "The wifi is gone")
    cases = {
        "a stranger's new matter": replace(here.said("Anna", "Hello?"), author=Account("acme", "U-NEW", "Nova")),
        "a known person's new matter": opened,
        "more words in its thread": here.said("Anna", "Upstairs too", thread=opened.message_id),
        "the same delivered again": opened,
    }
    works = await captured(here.desk, [partial(take_in, said=said) for said in cases.values()])
    await here.desk.close()
    return [
        Figure(section, f"statements: {case}", len(work), "statements", goal=MOST_STATEMENTS)
        for case, work in zip(cases, works, strict=True)
    ]
