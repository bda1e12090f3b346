"""The `[queues.….digest]` tables of desk.toml: when a queue's desk room is told how it stands."""

from frontdesk.toml_table import Table, listed, shown
from inbox.directory import DigestSettings
from sla.walltime import minute_of_day

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
KEYS = ("daily", "weekly", "empty")


def read_digest(table: Table) -> DigestSettings | None:
    """When, and whether a day without anything is told too; None where nothing is to be told."""
    below = table.table("digest")
    if below is None:
        return None
    below.known(KEYS, "a digest")
    if not table.has("desk"):
        table.note("is posted to the desk room, and this queue names none: write desk as well", "digest")
    if not (below.has("daily") or below.has("weekly")):
        below.note('is never posted: write daily = "08:30", weekly = "mon 08:30", or both')
    daily, weekly = below.parsed("daily", _time, ""), below.parsed("weekly", _day_and_time, None)
    return DigestSettings(daily, weekly, below.flag("empty", True))


def _time(text: str) -> str:
    if minute_of_day(text) == 24 * 60:
        raise ValueError('"24:00" is the end of a day: write 00:00')
    return text.strip()


def _day_and_time(text: str) -> tuple[int, str]:
    day, _, at = text.strip().partition(" ")
    if day.lower() not in DAYS:
        raise ValueError(f'{shown(text)} is no day and time: write it like "mon 08:30", the day one of {listed(DAYS)}')
    return DAYS.index(day.lower()), _time(at)
