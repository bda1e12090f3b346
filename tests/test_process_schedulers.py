"""Five schedulers on one PostgreSQL, killed and started again at random; two thousand nags are due: each comes once."""

import asyncio
import os
import random
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from sqlalchemy import func, select, update

from inbox.store import Tx
from inbox.store.tables import alarm, event, nag, outbox, promise, ticket
from tests.bench.deadlines import put_broken
from tests.house import House
from tests.process import ROOT
from tests.scheduler import LOT, directory

NAGS, SCHEDULERS, KILLS = 2_000, 5, 8
BEATS_BETWEEN = 6  # that all of them may beat between two deaths: the last one dies before the work is done
assert KILLS * BEATS_BETWEEN * LOT < NAGS


class Schedulers:
    """Processes that come and go, forked from one that has loaded everything."""

    def __init__(self, keeper: Process) -> None:
        self._keeper = keeper
        self.living: list[int] = []

    async def start(self) -> None:
        await self._tell("start")

    async def _tell(self, line: str) -> None:
        assert self._keeper.stdin
        self._keeper.stdin.write(f"{line}\n".encode())
        await self._keeper.stdin.drain()

    async def beat(self, beats: int, begun: int) -> None:
        """They may beat so often; returns when they have told of `begun` beats, and are at the others."""
        await self._tell(f"beats {beats}")
        while begun:
            assert self._keeper.stdout
            words = (await self._keeper.stdout.readline()).split()
            assert words, "the keeper is gone"
            if len(words) == 1:
                assert int(words[0]) > 1, "no process has that number"
                self.living.append(int(words[0]))
            else:
                begun -= 1

    async def kill(self, chance: random.Random) -> None:
        """One of them, at whatever it is doing; another is started in its place."""
        os.kill(self.living.pop(chance.randrange(len(self.living))), signal.SIGKILL)
        await self.start()


@asynccontextmanager
async def schedulers(url: str) -> AsyncIterator[Schedulers]:
    arguments = (sys.executable, "-m", "tests.scheduler", url)
    keeper = await asyncio.create_subprocess_exec(*arguments, cwd=ROOT, stdin=PIPE, stdout=PIPE)
    try:
        yield Schedulers(keeper)
    finally:
        assert keeper.stdin
        keeper.stdin.close()
        await keeper.communicate()


def _all_are_omars(tx: Tx, omar: int) -> None:
    tx.run(update(ticket).values(assignee_id=omar, status="open"))


def _left(tx: Tx) -> int:
    return int(tx.run(select(func.count()).select_from(alarm)).scalar_one())


@pytest.mark.parametrize("engine_name", ["postgres"])
async def test_of_five_schedulers_that_die_at_random_each_nag_comes_once(house: House) -> None:
    """SC-02. What a scheduler had begun when it died is as if it had never been, and another does it."""
    chance, killed = random.Random(17), 0
    house.desk.directory = directory()
    put_broken(house.desk.store.engine, NAGS, house.ids["Omar"], NAGS)
    await house.desk.store.do(_all_are_omars, house.ids["Omar"])
    async with schedulers(house.desk.store.url.render_as_string(hide_password=False)) as found, asyncio.timeout(120):
        for _ in range(SCHEDULERS):
            await found.start()
        while await house.desk.look(_left):
            await found.beat(BEATS_BETWEEN, chance.randint(1, 2))
            if killed < KILLS and found.living:
                await found.kill(chance)
                killed += 1
    assert killed == KILLS
    await house.desk.look(_each_once)


def _each_once(tx: Tx) -> None:
    told = Counter(tx.run(select(outbox.c.ticket).where(outbox.c.kind == "notice")).scalars())
    assert (len(told), set(told.values())) == (NAGS, {1}), "in each ticket's thread once"
    assert Counter(tx.run(select(nag.c.step)).scalars()) == {1000: NAGS}
    broken = Counter(tx.run(select(event.c.ticket).where(event.c.kind == "promise_breached")).scalars())
    assert (len(broken), set(broken.values())) == (NAGS, {1})
    assert tx.run(select(func.count()).where(promise.c.state == "breached")).scalar() == NAGS
    rooms = [row[0]["facts"] for row in tx.run(select(outbox.c.payload).where(outbox.c.kind == "room"))]
    lists = [facts for facts in rooms if "digest" in facts]
    alone = len(rooms) - len(lists)
    assert alone + sum(len(facts["digest"]) + facts["more"] for facts in lists) == NAGS, "and in its room"
    assert len(lists) == 2 and alone <= 6, "one list for each of the two desk rooms, and before it three at most"
