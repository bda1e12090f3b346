"""`frontdesk hours`: when a calendar of the desk file is open, day by day, and why it is closed when it is."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from rich.console import Console
from rich.table import Table
from rich.text import Text

from bots.texts import length, when
from inbox.directory import Desk
from sla.hours import ALWAYS, NoOpening, OpeningHours
from sla.walltime import first_shown, zone
from sla.week import say_interval
from sla.weeks import named_holidays

DAY = timedelta(days=1)
LAST = date.max - timedelta(days=400)


def calendars(desk: Desk, name: str = "") -> list[OpeningHours]:
    """The calendar of that name, or all that the desk file has. Raises LookupError with a sentence for an unknown name,
    and where there is none at all."""
    if name == ALWAYS.name:
        return [ALWAYS]
    if name and name not in desk.hours:
        known = ", ".join([*sorted(desk.hours), ALWAYS.name])
        raise LookupError(f'There are no hours "{name}" in the desk file. It has: {known}')
    if not desk.hours:
        raise LookupError("The desk file has no [hours.…]: all is always open.")
    return [desk.hours[name]] if name else list(desk.hours.values())


def show(console: Console, desk: Desk, hours: OpeningHours, start: date | None, days: int, now: datetime) -> None:
    """Prints so many days of a calendar, from `start` or else from today in its zone, and how it is now."""
    first = min(start or now.astimezone(zone(hours.timezone)).date(), LAST)
    console.print(Text(f"{hours.name} ({hours.timezone})", style="bold"))
    for line in (_used(desk, hours), _state(hours, now)):
        console.print(Text(line), soft_wrap=True)
    table = Table(box=None, pad_edge=False)
    for title in ("day", "open", "in all", ""):
        table.add_column(title, header_style="dim", justify="right" if title == "in all" else "left")
    for row in _rows(hours, first, days):
        table.add_row(*map(Text, row))
    console.print(table)


def _used(desk: Desk, hours: OpeningHours) -> str:
    queues = [queue.key for queue in desk.queues.values() if queue.policy.hours.name == hours.name]
    return f"Queues: {', '.join(queues)}" if queues else "No queue goes by it."


def _state(hours: OpeningHours, now: datetime) -> str:
    if hours.is_open(now):
        closes = hours.next_close(now)
        return f"Open now, until {when(closes, 'en', hours.timezone)}." if closes else "Always open."
    try:
        return f"Closed now; opens {when(hours.next_open(now), 'en', hours.timezone)}."
    except NoOpening as never:
        return f"Closed now: {never}."


def _rows(hours: OpeningHours, first: date, days: int) -> Iterator[tuple[str, str, str, str]]:
    tz = zone(hours.timezone)
    for number in range(days):
        day = first + number * DAY
        begins, ends = first_shown(day, 0, tz), first_shown(day + DAY, 0, tz)
        seconds = hours.between(begins, ends)
        stretches = "00:00-24:00" if hours.always else ", ".join(map(say_interval, hours.begins(day)))
        remarks = ", ".join(filter(None, (_why(hours, day), _clocks(ends - begins))))
        yield f"{day:%a %d %b %Y}", stretches or "closed", length(seconds, "en") if seconds else "", remarks


def _why(hours: OpeningHours, day: date) -> str:
    """Why a day is not like its weekday."""
    decides = "week" if hours.always else hours.decides(day)
    if decides == "holiday":
        return named_holidays(hours.holidays, day.year)[day]
    if decides == "special":
        holiday = named_holidays(hours.holidays, day.year).get(day, "") if hours.holidays else ""
        return f"special ({holiday})" if holiday else "special"
    return "closed by the desk file" if decides == "closed" else ""


def _clocks(lasts: timedelta) -> str:
    if lasts == DAY:
        return ""
    if not lasts:
        return "a day that this zone left out"
    return f"a day of {length(lasts.total_seconds(), 'en')}: the clock is set {'forward' if lasts < DAY else 'back'}"
