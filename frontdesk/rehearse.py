"""`frontdesk rehearse`: what rules and policies of a desk file would have done on the tickets of the last days."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from frontdesk.app import wall_clock
from frontdesk.settings import Settings
from inbox.automation import Rule
from inbox.desk import hindsight, rehearsal
from inbox.desk.door import Desk as Door
from inbox.desk.hindsight import VERDICTS, Compared
from inbox.desk.lives import described
from inbox.desk.rehearsal import Would
from inbox.directory import Desk, Directory
from inbox.errors import StoreUnavailable
from inbox.store import firings, schema
from sla.policy import METRICS

BATCH = 200  # tickets at a time
SHOWN = 12  # numbers in a cell


@dataclass(slots=True)
class Findings:
    """What was found: how many tickets lived in that time, what rules would have done, how often each really fired, and
    the promises."""

    tickets: int = 0
    would: list[Would] = field(default_factory=list)
    fired: dict[str, int] = field(default_factory=dict)
    promises: list[Compared] = field(default_factory=list)


async def rehearse_file(settings: Settings, desk: Desk, days: int, console: Console) -> None:
    """Rehearses a desk file on the database of the settings, and prints what was found. Raises StoreUnavailable and
    SchemaMismatch, also for a database that is not there."""
    url = settings.database_url.get_secret_value()
    if not is_there(url):
        raise StoreUnavailable(why="it is not there yet")
    door = Door(url, Directory(desk), wall_clock)
    try:
        schema.check(door.store.engine)
        show(console, desk, await rehearse(door, door.now() - timedelta(days=days)), days)
    finally:
        await door.close()


def is_there(url: str) -> bool:
    """Whether that database can be looked at; a file that is not there would be made."""
    return not url.startswith("sqlite") or Path(url.removeprefix("sqlite:///")).exists()


async def rehearse(door: Door, since: datetime) -> Findings:
    """Goes through all tickets to which something happened since then, by the door's own desk file. Writes nothing.

    Raises StoreUnavailable.
    """
    found, now, last = Findings(), door.now(), 0
    found.fired = await door.look(firings.counted, since)
    while numbers := await door.look(firings.touched, since, last, BATCH):
        found.would += await door.look(rehearsal.rules, now, since, numbers)
        found.promises += await door.look(hindsight.promises, now, since, numbers)
        found.tickets, last = found.tickets + len(numbers), numbers[-1]
    return found


def show(console: Console, desk: Desk, found: Findings, days: int) -> None:
    """Prints what was found."""
    many = "1 ticket" if found.tickets == 1 else f"{found.tickets} tickets"
    console.print(Text(f"{many} in the last {days} days. Nothing of this was done."))
    if desk.rules:
        console.print(_rules(desk.rules, found))
    else:
        console.print(Text("The file has no rules."))
    if found.promises:
        console.print(_promises(found.promises))
        _changes(console, found.promises)
    else:
        console.print(Text("No promise began in that time."))


def _rules(rules: Sequence[Rule], found: Findings) -> Table:
    table = Table("Rule", "Would fire", "Fired", "Tickets", "What it does", title="Rules", title_justify="left")
    for rule in rules:
        mine = [one for one in found.would if one.rule == rule.name]
        numbers = dict.fromkeys(one.ticket for one in mine)
        cells = (rule.name, str(len(mine)), str(found.fired.get(rule.name, 0)), listed(numbers), described(rule))
        table.add_row(*(Text(cell) for cell in cells))
    return table


def _promises(promises: Sequence[Compared]) -> Table:
    heads = [f"{when} {verdict}" for when in ("was", "would be") for verdict in VERDICTS[:3]]
    table = Table("Promise", *heads, title="Promises", title_justify="left")
    for metric in METRICS:
        mine = [one for one in promises if one.metric == metric]
        was, would = Counter(one.was for one in mine), Counter(one.would for one in mine)
        if mine:
            counts = [*(was[verdict] for verdict in VERDICTS[:3]), *(would[verdict] for verdict in VERDICTS[:3])]
            table.add_row(metric, *map(str, counts))
    return table


def _changes(console: Console, promises: Sequence[Compared]) -> None:
    """The tickets that it would make a difference for."""
    for verdict in ("broken", "kept"):
        changed = [one for one in promises if one.would == verdict != one.was and one.was != "open"]
        if changed:
            tickets = listed(dict.fromkeys(one.ticket for one in changed))
            console.print(Text(f"{len(changed)} would be {verdict} that were not: {tickets}"))


def listed(numbers: dict[int, None]) -> str:
    """Tickets' numbers, the first ones of many."""
    shown = [f"#{number}" for number in list(numbers)[:SHOWN]]
    rest = len(numbers) - len(shown)
    return " ".join([*shown, *([f"and {rest} more"] if rest else [])])
