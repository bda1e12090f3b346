"""What an alarm clock does at the desk: handles what is due, and is told when something new will be."""

from collections.abc import Callable
from datetime import datetime, timedelta

from inbox.desk import alarms
from inbox.desk.door import Desk
from inbox.store import Change
from inbox.store import alarms as stored

# What is due and could not be taken is under way elsewhere, or was put back by its own verb: no reason to spin.
PAUSE = timedelta(milliseconds=200)


async def ring(desk: Desk) -> datetime | None:
    """Handles a lot of what is due, and returns when the next is due; None for nothing. Raises StoreUnavailable."""
    handled = await alarms.tick(desk)
    soonest, now = await desk.look(stored.soonest), desk.now()
    return now + PAUSE if soonest and soonest <= now and not handled else soonest


def listen(desk: Desk, due: Callable[[datetime | None], None]) -> Callable[[], None]:
    """Calls `due` with each alarm that this process or, on PostgreSQL, another one sets, or with None where the news
    are not complete; returns what ends it."""

    def heard(change: Change) -> None:
        if change.everything or change.alarm:
            due(change.alarm)

    return desk.subscribe(heard)
