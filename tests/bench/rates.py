"""How many deeds a second: ours alone and many at once, and the same SQL through the driver alone, in turns."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from inbox.desk.door import Desk
from tests.bench.figures import Figure, Goal
from tests.bench.plain import DRIVERS, Work, capturing
from tests.databases import Databases
from tests.house import Clock, House, sample_directory

BLOCK = 40  # deeds at a stretch: ours and the baseline's take turns, so that a busy machine slows both alike
TOGETHER = 16
Deed = Callable[[Desk], Awaitable[Any]]


@dataclass
class Rates:
    """What each block took: seconds on the wall's clock and on the processor's."""

    wall: list[float] = field(default_factory=list)
    processor: list[float] = field(default_factory=list)

    @property
    def a_second(self) -> float:
        return BLOCK * len(self.wall) / sum(self.wall)

    @property
    def processor_ms(self) -> float:
        return sum(self.processor) / (BLOCK * len(self.processor)) * 1000

    def note(self, began: tuple[float, float]) -> None:
        wall, processor = now()
        self.wall.append(wall - began[0])
        self.processor.append(processor - began[1])


def now() -> tuple[float, float]:
    """The wall's clock and this process's processor time, in seconds."""
    return time.perf_counter(), time.process_time()


def house(url: str) -> House:
    """A house over a furnished database."""
    return House(url, sample_directory(), Clock())


async def captured(desk: Desk, deeds: Sequence[Deed]) -> list[Work]:
    """The SQL of these deeds, each done alone."""
    works = []
    for deed in deeds:
        with capturing(desk.store.engine) as work:
            await deed(desk)
        works.append(work)
    return works


async def done(desk: Desk, deeds: Sequence[Deed], together: int) -> None:
    """Does them all, so many at once."""
    left = iter(deeds)

    async def worker() -> None:
        for deed in left:
            await deed(desk)

    await asyncio.gather(*(worker() for _ in range(together)))


async def compare(databases: Databases, source: str, deeds: Sequence[Deed]) -> tuple[Rates, Rates, Rates]:
    """Alone, many at once, and plain, each on a copy of `source` of its own: there the captured keys are free too."""
    noted = house(databases.copy(source)).desk
    works = await captured(noted, deeds)
    await noted.close()
    desks = [house(databases.copy(source)).desk for _ in range(2)]
    driver = DRIVERS[databases.engine](databases.copy(source))
    alone, at_once, plain = Rates(), Rates(), Rates()
    for first in range(0, len(deeds), BLOCK):
        block = slice(first, first + BLOCK)
        for rates, desk, together in ((alone, desks[0], 1), (at_once, desks[1], TOGETHER)):
            began = now()
            await done(desk, deeds[block], together)
            rates.note(began)
        began = now()
        driver.replay(works[block])
        plain.note(began)
    for desk in desks:
        await desk.close()
    driver.close()
    return alone, at_once, plain


def figures(section: str, rates: tuple[Rates, Rates, Rates], goals: tuple[Goal | None, Goal | None]) -> list[Figure]:
    """The rates beside the baseline's, and the processor's part, which tells the same on a busy machine."""
    alone, at_once, plain = rates
    many = f"{TOGETHER} at once"
    return [
        Figure(section, "one at a time", alone.a_second, "/s", plain.a_second, goal=goals[0]),
        Figure(section, many, at_once.a_second, "/s", plain.a_second, goal=goals[1]),
        Figure(section, "one at a time, processor time", alone.processor_ms, "ms", plain.processor_ms),
        Figure(section, f"{many}, processor time", at_once.processor_ms, "ms", plain.processor_ms),
    ]
