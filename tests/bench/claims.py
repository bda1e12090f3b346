"""Claims: how many a second, and ten thousand races of eight agents for a ticket."""

import asyncio
import random
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial

from sqlalchemy import text

from inbox.desk import claims
from inbox.desk.door import Desk
from inbox.errors import AlreadyClaimed
from inbox.model import Account, Claimed
from inbox.store import Tx, people
from tests.bench.crowd import Crowd, fill
from tests.bench.figures import Figure, Goal
from tests.bench.rates import BLOCK, Deed, compare, figures, house
from tests.databases import Databases

AGENTS = 8
RACES_AT_ONCE = 8
QUEUES = ("it", "customers", "games")
NO_VIOLATION = Goal("≤", 0)
# one winner each: claimed once under one fence, the others' losses noted
WRONG = """SELECT count(*) FROM ticket WHERE number <= :most AND (assignee_id IS NULL OR fence <> 1
    OR (SELECT count(*) FROM hold WHERE hold.ticket = number) <> 1
    OR (SELECT count(*) FROM event WHERE event.ticket = number AND kind = 'claimed') <> 1
    OR (SELECT count(*) FROM event WHERE event.ticket = number AND kind = 'claim_lost') <> :losers)"""


async def measure(databases: Databases, rounds: int, races: int) -> list[Figure]:
    """Rates, and violations among so many races."""
    section = f"Claims on {databases.engine}"
    unclaimed, names = await crowded(databases, max(BLOCK * rounds, races))
    one = min(names)
    deeds: list[Deed] = [partial(take, number=number, agent=one) for number in range(1, BLOCK * rounds + 1)]
    rates = await compare(databases, unclaimed, deeds)
    arena = databases.copy(unclaimed)
    databases.hurry(arena)
    wrong = await run_races(arena, names, races)
    raced = f"of {races:,} races of {AGENTS} agents, without exactly one winner"
    return [*figures(section, rates, (None, None)), Figure(section, raced, wrong, "races", goal=NO_VIOLATION)]


async def crowded(databases: Databases, tickets: int) -> tuple[str, Mapping[int, str]]:
    """A furnished database with so many tickets that nobody holds, and the names of eight agents for them by id."""
    url = databases.copy()
    here = house(url)
    fill(here.desk.store.engine, Crowd(tickets, open=True, held=False), databases.people["Omar"])
    names = await here.desk.do(hire)
    await here.desk.close()
    return url, names


def hire(tx: Tx, now: datetime) -> dict[int, str]:
    """Eight agents for every queue; their names by id."""
    names = {}
    for number in range(AGENTS):
        person, _ = people.identify(tx, now, Account("acme", f"U-AGENT-{number}", f"Agent {number}"))
        names[person.id] = person.name
    for queue in QUEUES:
        people.set_members(tx, queue, people.members(tx, queue) | dict.fromkeys(names, "agent"))
    return names


async def take(desk: Desk, number: int, agent: int) -> Claimed:
    return await desk.do(claims.claim, number, agent)


async def run_races(url: str, names: Mapping[int, str], races: int) -> int:
    """Eight agents race for each of the first so many tickets, eight tickets at a time; how many went wrong."""
    desk = house(url).desk
    chance, left = random.Random(races), iter(range(1, races + 1))
    wrong = 0

    async def worker() -> None:
        nonlocal wrong
        for number in left:
            agents = chance.sample(sorted(names), len(names))
            wrong += not await fair(desk, number, agents, names)

    await asyncio.gather(*(worker() for _ in range(RACES_AT_ONCE)))
    wrong += await desk.look(stored_wrongly, races)
    await desk.close()
    return wrong


def stored_wrongly(tx: Tx, races: int) -> int:
    """Of the first so many tickets, those that the database does not show as claimed once and lost by all others."""
    return int(tx.run(text(WRONG), {"most": races, "losers": AGENTS - 1}).scalar_one())


async def fair(desk: Desk, number: int, agents: Sequence[int], names: Mapping[int, str]) -> bool:
    """Whether one won and every other was told the winner's name."""
    outcomes = await asyncio.gather(*(take(desk, number, agent) for agent in agents), return_exceptions=True)
    winners = [agent for agent, outcome in zip(agents, outcomes, strict=True) if isinstance(outcome, Claimed)]
    told = [outcome.facts["holder"] for outcome in outcomes if isinstance(outcome, AlreadyClaimed)]
    return len(winners) == 1 and told == [names[winners[0]]] * (len(agents) - 1)
