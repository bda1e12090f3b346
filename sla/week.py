"""How opening hours are written, and what an ordinary week of them may look like."""

from collections.abc import Iterable, Mapping, Sequence

from sla.walltime import minute_of_day

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
DAY_MINUTES = 24 * 60

# Minutes past local midnight, half-open: (480, 720) is open from 08:00 and closed from 12:00. An end that is not
# after its start lies on the next day.
Interval = tuple[int, int]
Day = tuple[Interval, ...]
Week = tuple[Day, Day, Day, Day, Day, Day, Day]
EMPTY: Week = ((), (), (), (), (), (), ())


def parse_interval(text: str) -> Interval:
    """Read "08:00-12:00", or "22:00-06:00" past midnight, as minutes past midnight. Raises ValueError."""
    start, dash, end = text.replace("–", "-").partition("-")
    if not dash:
        raise ValueError(f'"{text}" is not a stretch of time: write it like 08:00-12:00')
    interval = minute_of_day(start), minute_of_day(end)
    if interval[0] == DAY_MINUTES:
        raise ValueError(f'"{text}" begins at 24:00: write it as 00:00 of the next day')
    if interval[0] == interval[1]:
        raise ValueError(f'"{text}" is no time at all, or a day and a night: leave it out, or write 00:00-24:00')
    return interval


def parse_week(written: Mapping[str, Sequence[str]]) -> Week:
    """Read {"mon-fri": ["08:00-12:00", "13:00-17:00"], "sat": []} as seven days, Monday first.

    A key is a day ("mon", "Monday"), a run of days ("mon-fri", "fri-mon") or several of these with commas; days that
    are not named are closed. Raises ValueError for a key that is no day, a day named twice, or an unreadable interval.
    """
    named: dict[int, str] = {}
    week: list[Day] = [()] * 7
    twice = []
    for key, intervals in written.items():
        for day in _days(key):
            if day in named:
                twice.append(f'{DAYS[day]} stands twice, in "{named[day]}" and in "{key}"')
            named[day] = key
            week[day] = tuple(sorted(parse_interval(text) for text in intervals))
    if twice:
        raise ValueError("; ".join(twice))
    monday, tuesday, wednesday, thursday, friday, saturday, sunday = week
    return monday, tuesday, wednesday, thursday, friday, saturday, sunday


def _days(key: str) -> Iterable[int]:
    for part in key.split(","):
        first, dash, last = part.partition("-")
        start = _day(first, key)
        end = _day(last, key) if dash else start
        for step in range((end - start) % 7 + 1):
            yield (start + step) % 7


def _day(text: str, key: str) -> int:
    name = text.strip().lower()
    for number, day in enumerate(DAYS):
        if len(name) >= 3 and day.startswith(name):
            return number
    raise ValueError(f'"{key}" names no day: write mon, tue, wed, thu, fri, sat, sun or a run like mon-fri')


def length(interval: Interval) -> int:
    """Minutes from the interval's start to its end on the clock; equal ends are a whole day and night."""
    start, end = interval
    return end - start if end > start else end - start + DAY_MINUTES


def say_interval(interval: Interval) -> str:
    """The interval as `parse_interval` reads it."""
    return "-".join(f"{minute // 60:02}:{minute % 60:02}" for minute in interval)


def check_day(intervals: Day, where: str) -> None:
    """Raise ValueError if a minute is outside the day; `where` names the day in the sentence."""
    for start, end in intervals:
        if not (0 <= start < DAY_MINUTES and 0 <= end <= DAY_MINUTES):
            raise ValueError(f"{where}: ({start}, {end}) are not minutes of a day, 0 to {DAY_MINUTES}")


def clashes(days: Iterable[tuple[int, str, Day]]) -> list[str]:
    """Sentences on the intervals that overlap, of days given as (number of the day, its name, its intervals)."""
    laid = sorted(
        (number * DAY_MINUTES + interval[0], length(interval), f"{name} {say_interval(interval)}")
        for number, name, intervals in days
        for interval in intervals
    )
    found = []
    until, last = -DAY_MINUTES, ""
    for start, minutes, label in laid:
        if start < until:
            found.append(f"{last} and {label} overlap")
        if start + minutes > until:
            until, last = start + minutes, label
    return found
