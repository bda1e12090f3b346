"""`frontdesk figures collisions`: how often colleagues met over a ticket in the last days, by queue."""

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from bots.texts import length
from frontdesk.app import wall_clock
from frontdesk.rehearse import is_there, listed
from frontdesk.settings import Settings
from inbox.desk import figures
from inbox.desk.door import Desk as Door
from inbox.desk.figures import Figure, Spread
from inbox.directory import Desk, Directory
from inbox.errors import StoreUnavailable
from inbox.locale import say
from inbox.store import schema

TIMES = ("median", "P90", "mean")


async def show_collisions(settings: Settings, desk: Desk, days: int, console: Console) -> None:
    """Prints the figures of all queues, from the database of the settings. Raises StoreUnavailable and SchemaMismatch,
    also for a database that is not there."""
    url = settings.database_url.get_secret_value()
    if not is_there(url):
        raise StoreUnavailable(why="it is not there yet")
    door = Door(url, Directory(desk), wall_clock)
    try:
        schema.check(door.store.engine)
        await tell(door, days, console)
    finally:
        await door.close()


async def tell(door: Door, days: int, console: Console) -> None:
    """A table for each queue of the door's desk in which anything happened, and one for all of them."""
    desk = door.directory.desk
    since, until = figures.last_days(door.directory, door.now(), days)
    console.print(Text(f"Since {since:%Y-%m-%d %H:%M} UTC, a midnight in {desk.timezone}."))
    console.print(_table("All queues", await door.look(figures.collisions, desk.queues, since, until)))
    for key, queue in desk.queues.items():
        found = await door.look(figures.collisions, desk.queues, since, until, key)
        if any(one.n for one in found):
            console.print(_table(queue.title, found))


def _table(title: str, found: Sequence[Figure]) -> Table:
    heads = ("", "n", *TIMES, *(f"open {name}" for name in TIMES), "Tickets")
    table = Table(*heads, title=title, title_justify="left")
    for one in found:
        cells = (say("en", f"figures.{one.kind}"), str(one.n), *_times(one.calendar), *_times(one.opening))
        table.add_row(*(Text(cell) for cell in (*cells, listed(dict.fromkeys(one.tickets)))))
    return table


def _times(spread: Spread | None) -> tuple[str, ...]:
    if spread is None:
        return ("",) * len(TIMES)
    return tuple(length(seconds, "en") for seconds in (spread.median, spread.p90, spread.mean))
