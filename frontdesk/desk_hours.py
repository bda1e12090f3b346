"""The `[hours.…]` tables of desk.toml: opening hours."""

import re
from collections.abc import Mapping
from datetime import date, datetime
from functools import partial

from frontdesk.toml_lines import Path
from frontdesk.toml_table import Table, attempt, kind
from sla.hours import ALWAYS, Interval, NoOpening, OpeningHours, parse_interval, parse_week
from sla.walltime import zone
from sla.week import EMPTY, Week
from sla.weeks import public_holidays

KEYS = ("timezone", "always", "holidays", "closed", "special")
DAY_KEYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun", "mon-fri", "mon-sun", "sat-sun")

_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_A_YEAR = 2026  # any: a country or region is known in all years or in none


def read_hours(tables: Mapping[str, Table], desk_zone: str) -> dict[str, OpeningHours]:
    """The calendars by name. One that was wrong stands in as always open, so that what refers to it can be read on."""
    return {name: _calendar(name, table, desk_zone) for name, table in tables.items()}


def read_zone(table: Table, default: str) -> str:
    """The `timezone` of that table."""
    name = table.text("timezone", default)
    return attempt(table.notes, (*table.path, "timezone"), lambda: zone(name).key, default)


def _calendar(name: str, table: Table, desk_zone: str) -> OpeningHours:
    if name == ALWAYS.name and not table.flag("always"):
        table.note("is the name of hours that never close: take another one for these")
    tz = read_zone(table, desk_zone)
    holidays = table.parsed("holidays", _known_place, "")
    week_written = _week_keys(table)
    if table.flag("always"):
        if odd := [*week_written, *(key for key in ("holidays", "closed", "special") if table.has(key))]:
            table.note("the hours are always open, so this would be read by nobody: take out one of the two", odd[0])
        return OpeningHours(name, tz, always=True)
    week = _week(table, week_written)
    closed, special = _closed(table), _special(table)
    try:
        return OpeningHours(name, tz, week, holidays, closed, special)
    except NoOpening as error:
        if not table.notes.any(table.path):  # else it may be open on the days that could not be read
            table.note(str(error))
    except ValueError as error:
        table.note(str(error))
    return ALWAYS


def _known_place(written: str) -> str:
    """A country or region whose holidays are known. Raises ValueError."""
    public_holidays(written, _A_YEAR)
    return written


def _week_keys(table: Table) -> list[str]:
    """The keys that name days; every other one that is unknown is noted."""
    names = []
    for key in table.values:
        if key in KEYS:
            continue
        try:
            parse_week({key: []})
        except ValueError:
            table.unknown(key, (*KEYS, *DAY_KEYS), "opening hours, nor a day (mon, tue … or mon-fri)")
        else:
            names.append(key)
    return names


def _week(table: Table, keys: list[str]) -> Week:
    written = {key: _stretches(table, key) for key in keys}
    return attempt(table.notes, table.path, lambda: parse_week(written), EMPTY)


def _stretches(table: Table, key: str) -> list[str]:
    """The intervals of one day that can be read."""
    return [text for path, text in table.texts(key) if attempt(table.notes, path, partial(parse_interval, text), None)]


def _closed(table: Table) -> frozenset[date]:
    days = (_day(table, (*table.path, "closed", number), item) for number, item in enumerate(table.items("closed")))
    return frozenset(day for day in days if day)


def _special(table: Table) -> dict[date, tuple[Interval, ...]]:
    special: dict[date, tuple[Interval, ...]] = {}
    below = table.table("special")
    for key in below.values if below else ():
        assert below is not None
        day = _day(below, (*below.path, key), key)
        intervals = tuple(sorted(map(parse_interval, _stretches(below, key))))
        if day:
            special[day] = intervals
    return special


def _day(table: Table, path: Path, value: object) -> date | None:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    if not isinstance(value, str):
        table.notes.add(path, f'must be a date like "2026-12-24", found {kind(value)}')
        return None
    try:
        return date.fromisoformat(value.strip()) if _DATE.fullmatch(value.strip()) else _no_date()
    except ValueError:
        table.notes.add(path, 'is not a date: write year, month and day, like "2026-12-24"')
        return None


def _no_date() -> date:
    raise ValueError
