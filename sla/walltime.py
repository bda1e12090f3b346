"""Between instants and what the clock on a wall shows.

Wall clocks jump: an hour of the spring night is never shown, an hour of the autumn night is shown twice. All sums
are done on instants; local times are only looked at here, through the zone's offset at an instant.
"""

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

DAY = 86_400

# A Monday, so that seconds since then fall into weeks without a remainder.
EPOCH = datetime(1970, 1, 5, tzinfo=UTC)
EPOCH_DAY = EPOCH.date().toordinal()


@lru_cache(maxsize=512)
def zone(name: str) -> ZoneInfo:
    """The time zone of that IANA name ("Europe/Stockholm"). Raises ValueError with a sentence for anything else."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ValueError(f'"{name}" is not a time zone: write a name like Europe/Stockholm, or UTC') from None


def offset_at(tz: ZoneInfo, second: int) -> int:
    """How many seconds local time is ahead of UTC, `second` seconds after EPOCH."""
    offset = (EPOCH + timedelta(seconds=second)).astimezone(tz).utcoffset()
    assert offset is not None  # a ZoneInfo always knows
    return offset.days * DAY + offset.seconds


@lru_cache(maxsize=1024)
def change_between(tz: ZoneInfo, before: int, after: int) -> int:
    """The second at which the offset becomes what it is at `after`; the two ends differ by one change of the clocks."""
    old = offset_at(tz, before)
    while after - before > 1:
        middle = (before + after) // 2
        if offset_at(tz, middle) == old:
            before = middle
        else:
            after = middle
    return after


def first_shown(day: date, minute: int, tz: ZoneInfo) -> datetime:
    """The first instant (UTC) at which the clock shows `minute` minutes past the midnight that begins `day`.

    Where the clock jumps over that time, the instant of the jump; where it is shown twice, the first time.
    """
    shown = datetime.combine(day, time()) + timedelta(minutes=minute)
    instant = shown.replace(tzinfo=tz).astimezone(UTC)
    if instant.astimezone(tz).replace(tzinfo=None) == shown:
        return instant
    # In a gap the two folds lie on either side of the jump (PEP 495).
    earlier = shown.replace(tzinfo=tz, fold=1).astimezone(UTC)
    jump = change_between(tz, _second(earlier), _second(instant))
    return EPOCH + timedelta(seconds=jump)


def next_daily(now: datetime, at: str, timezone: str) -> datetime:
    """The first instant (UTC) after `now` that is "HH:MM" local time, where each local day has exactly one.

    A day that jumps over that time has it at the jump, a day that shows it twice has it the first time; a day that a
    zone left out altogether has none. Raises ValueError if `at` or `timezone` cannot be read.
    """
    tz, minute = zone(timezone), minute_of_day(at)
    today = now.astimezone(tz).date()
    for ahead in range(-1, 4):
        day = today + timedelta(days=ahead)
        if first_shown(day, 0, tz) == first_shown(day, 24 * 60, tz):
            continue  # Samoa went from 29 to 31 December 2011
        instant = first_shown(day, minute, tz)
        if instant > now:
            return instant
    raise AssertionError("no zone leaves out three days in a row")


def minute_of_day(text: str) -> int:
    """Minutes past midnight of "HH:MM", 0 to 1440 (24:00 is the midnight that ends the day). Raises ValueError."""
    hour, colon, minute = text.strip().partition(":")
    plain = colon and hour.isascii() and hour.isdigit() and minute.isascii() and minute.isdigit()
    if plain and len(hour) <= 2 and len(minute) == 2:
        total = int(hour) * 60 + int(minute)
        if int(minute) < 60 and total <= 24 * 60:
            return total
    raise ValueError(f'"{text}" is not a time of day: write it like 08:00 or 17:30')


def _second(instant: datetime) -> int:
    return (instant - EPOCH) // timedelta(seconds=1)
