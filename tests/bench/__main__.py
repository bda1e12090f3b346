"""`python -m tests.bench [--quick] [--json PATH]`: measures, prints tables, and writes JSON."""

import argparse
import sys
import time
from pathlib import Path

import uvloop
from rich.console import Console

from tests.bench import claims, deadlines, hours, intake, pages, presses, whole
from tests.bench.crowd import Crowd
from tests.bench.databases import ENGINES, opened
from tests.bench.figures import Figure, machine, show, write

THOUSAND, MILLION = 1_000, 1_000_000
Scales = list[tuple[str, Crowd]]


class Extent:
    """How much is measured: all of it takes some minutes, `quick` one or two."""

    def __init__(self, *, quick: bool) -> None:
        self.rounds = 3 if quick else 20
        self.races = 100 if quick else 10 * THOUSAND
        self.looks = 20 if quick else 150
        self.starts = 1 if quick else 3
        self.broken = 5 * THOUSAND if quick else 100 * THOUSAND
        self.presses = 1 if quick else 10
        self._sizes = (THOUSAND, 20 * THOUSAND) if quick else (10 * THOUSAND, 100 * THOUSAND, MILLION)

    @property
    def crowds(self) -> Scales:
        """Growing crowds of mostly closed tickets, and the largest once more with all of them unresolved."""
        mixed = [(f"{size:,} tickets", Crowd(size)) for size in self._sizes]
        largest = self._sizes[-1]
        return [*mixed, (f"{largest:,} unresolved", Crowd(largest, open=True, talk=False))]


async def measure(console: Console, extent: Extent) -> list[Figure]:
    """Everything, each section printed when it is there."""
    found: list[Figure] = []

    def tell(figures: list[Figure]) -> None:
        show(console, figures[0].section, figures)
        found.extend(figures)

    for engine in ENGINES:
        with opened(engine) as databases:
            await databases.furnish()
            tell(await intake.measure(databases, extent.rounds))
            tell(await claims.measure(databases, extent.rounds, extent.races))
            tell(await deadlines.measure(databases, extent.broken))
            tell(await pages.measure(databases, extent.crowds, extent.looks))
            tell(await presses.measure(databases, extent.presses))
    tell(hours.measure(extent.looks))
    tell(await whole.measure(extent.starts))
    return found


def main() -> int:
    """Returns 1 where something was wrong; what was only slow is marked and no failure: machines differ."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a small sample of everything, in a minute or two")
    parser.add_argument("--json", type=Path, default=Path("bench.json"), help="where the figures go")
    given = parser.parse_args()
    console, began = Console(highlight=False, width=None if sys.stdout.isatty() else 120), time.perf_counter()
    console.print(", ".join(f"{name} {value}" for name, value in machine().items()))
    figures = uvloop.run(measure(console, Extent(quick=given.quick)))
    took = time.perf_counter() - began
    write(given.json, figures, took)
    console.print(f"{took:.0f} s; the figures are in {given.json}")
    return int(any(figure.unit == "races" and not figure.met for figure in figures))


if __name__ == "__main__":
    sys.exit(main())
