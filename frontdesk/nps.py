"""`frontdesk nps`: begins a wave of NPS, and shows what the waves have brought."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from frontdesk.app import wall_clock
from frontdesk.settings import Settings
from inbox.desk import nps
from inbox.desk.door import Desk as Door
from inbox.directory import Desk, Directory
from inbox.errors import StoreUnavailable
from inbox.store import nps as stored
from inbox.store import schema

WAVES = 10


async def start(settings: Settings, desk: Desk, sample: float, console: Console) -> None:
    """Begins a wave among that share of those who may be asked; the scheduler asks them. Raises as `inbox.desk.nps`
    does, StoreUnavailable and SchemaMismatch."""
    async with _door(settings, desk) as door:
        wave = await door.do(nps.start, sample)
    people = "one person is" if wave.asked == 1 else f"{wave.asked:,} people are"
    console.print(f"A wave has begun: {people} asked, at most {nps.AT_ONCE} a minute and by day.")


async def show(settings: Settings, desk: Desk, comments: int, console: Console) -> None:
    """Prints the latest waves, and so many of the newest one's comments. Raises StoreUnavailable and SchemaMismatch."""
    async with _door(settings, desk) as door:
        found = await door.look(nps.results, WAVES)
        words = await door.look(stored.comments, found[0].wave.id, comments) if found and comments else []
    if not found:
        console.print("There was no wave yet. Begin one: frontdesk nps start --sample 0.2")
        return
    table = Table("Begun", "NPS", "Promoters", "Detractors", "Answers", "Asked", "Rate", "Undeliverable", "To be asked")
    for one in found:
        rate = one.response_rate
        table.add_row(
            f"{one.wave.started_at:%Y-%m-%d}",
            one.shown,
            *map(str, (one.promoters, one.detractors, one.answers, one.asked)),
            "–" if rate is None else f"{rate:.0%}",
            *map(str, (one.undeliverable, one.waiting)),
        )
    console.print(table)
    for score_given, text in words:
        console.print(f"{score_given:>2}  {escape(text)}")


@asynccontextmanager
async def _door(settings: Settings, desk: Desk) -> AsyncIterator[Door]:
    url = settings.database_url.get_secret_value()
    if not _is_there(url):
        raise StoreUnavailable(why="it is not there yet")
    door = Door(url, Directory(desk), wall_clock)
    try:
        schema.check(door.store.engine)
        yield door
    finally:
        await door.close()


def _is_there(url: str) -> bool:
    return not url.startswith("sqlite") or Path(url.removeprefix("sqlite:///")).exists()
