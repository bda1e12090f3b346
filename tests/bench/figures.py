"""Figures: what was measured, what a plain baseline needs for the same, and what is wanted."""

import json
import os
import platform
import sqlite3
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from rich.console import Console
from rich.table import Table

Unit = Literal["/s", "ms", "s", "MB", "statements", "races", "×"]
FASTER_IS_MORE: frozenset[str] = frozenset({"/s"})


@dataclass(frozen=True, slots=True)
class Goal:
    """What is wanted of a figure: of its `ratio` to the baseline, or of the `value` itself."""

    sign: Literal["≥", "≤"]
    bound: float
    of: Literal["ratio", "value"] = "value"

    def met(self, figure: "Figure") -> bool:
        found = figure.ratio if self.of == "ratio" else figure.value
        return found is not None and (found >= self.bound if self.sign == "≥" else found <= self.bound)

    def __str__(self) -> str:
        return f"{self.sign} {self.bound:g}{' of plain' if self.of == 'ratio' else ''}"


@dataclass(frozen=True, slots=True)
class Figure:
    """One measurement, and the plain baseline's in the same unit. `p95` of the same, where there is one."""

    section: str
    name: str
    value: float
    unit: Unit
    baseline: float | None = None
    p95: float | None = None
    goal: Goal | None = None

    @property
    def ratio(self) -> float | None:
        """How good we are as a share of the baseline: of its rate; of its time, how often ours fits into it."""
        if not self.baseline:
            return None
        return self.value / self.baseline if self.unit in FASTER_IS_MORE else self.baseline / self.value

    @property
    def met(self) -> bool | None:
        return self.goal.met(self) if self.goal else None


def machine() -> dict[str, object]:
    """Where it ran, and how busy that was."""
    return {
        "processors": os.cpu_count(),
        "load": os.getloadavg()[0],
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "system": platform.platform(),
    }


def show(console: Console, section: str, figures: Sequence[Figure]) -> None:
    """A section as a table."""
    table = Table(title=section, title_justify="left", title_style="bold")
    for heading, justify in (("", "left"), ("ours", "right"), ("p95", "right"), ("plain", "right")):
        table.add_column(heading, justify=justify)  # type: ignore[arg-type]
    table.add_column("of plain", justify="right")
    table.add_column("wanted")
    for figure in figures:
        table.add_row(*_cells(figure))
    console.print(table)


def _cells(figure: Figure) -> tuple[str, ...]:
    mark = {True: "[green]✓[/green] ", False: "[red]✗[/red] ", None: ""}[figure.met]
    ratio = "" if figure.ratio is None else f"{figure.ratio:.2f}"
    return (
        figure.name,
        _number(figure.value, figure.unit),
        _number(figure.p95, figure.unit),
        _number(figure.baseline, figure.unit),
        ratio,
        f"{mark}{figure.goal or ''}",
    )


def _number(value: float | None, unit: str) -> str:
    if value is None:
        return ""
    digits = 0 if unit in ("/s", "MB", "statements", "races") else 2
    return f"{value:,.{digits}f} {unit}"


def write(path: Path, figures: Sequence[Figure], took: float) -> None:
    """All figures as JSON; `took` is how long the run was, in seconds."""
    rows = [asdict(figure) | {"ratio": figure.ratio, "met": figure.met} for figure in figures]
    for row, figure in zip(rows, figures, strict=True):
        row["goal"] = str(figure.goal) if figure.goal else None
    told = {"machine": machine(), "seconds": round(took, 1), "figures": rows}
    path.write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n")


def middle(values: Sequence[float]) -> float:
    """The median."""
    ordered = sorted(values)
    half = len(ordered) // 2
    return ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2


def nearly_worst(values: Sequence[float]) -> float:
    """What 95 of 100 do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * 0.95))]
