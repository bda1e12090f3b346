"""How promises are written down and said: lengths of opening time, or of time by the clock."""

import re
from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sla.hours import OpeningHours

_UNITS = re.compile(r"(?:(\d+)\s*h)?\s*(?:(\d+)\s*m(?:in)?)?\s*(?:(\d+)\s*s)?", re.ASCII | re.IGNORECASE)
_WORKING_DAYS = re.compile(r"(\d+(?:\.\d+)?)\s+working\s+days?", re.ASCII | re.IGNORECASE)
_CALENDAR = re.compile(r"(\d+)\s+calendar\s+(day|hour)s?", re.ASCII | re.IGNORECASE)
_BARE_DAYS = re.compile(r"(\d+(?:\.\d+)?)?\s*(?:d|days?|w|weeks?)", re.ASCII | re.IGNORECASE)
_EXAMPLES = "write it like 15m, 4h, 1h30m or 2 working days"

# No promise reaches further; it keeps every sum far from the end of the calendar.
LONGEST_SECONDS = 10 * 366 * 86_400
LONGEST_WORKING_DAYS = 10 * 366
LONGEST_WEEKS = 5200


@dataclass(frozen=True, slots=True)
class Duration:
    """A length of opening time: seconds, and working days that only opening hours can turn into seconds. With
    `calendar` a length of time as it passes, day and night."""

    seconds: int = 0
    working_days: float = 0
    calendar: bool = False

    def __post_init__(self) -> None:
        sound = isfinite(self.working_days) and self.seconds >= 0 and self.working_days >= 0
        if not sound or not (self.seconds or self.working_days):
            raise ValueError(f"a duration must be longer than nothing: {_EXAMPLES}")
        if self.seconds > LONGEST_SECONDS or self.working_days > LONGEST_WORKING_DAYS:
            raise ValueError("a duration of more than ten years is no promise")


def parse(text: str) -> Duration:
    """Read "90s", "15m", "4h", "1h30m", "2 working days" or "3 calendar days".

    Raises ValueError with a sentence for anything else, also for "2d": is that 48 hours, or two days of work?
    """
    written = text.strip()
    if not written:
        raise ValueError(f"a duration is missing: {_EXAMPLES}")
    if written.startswith(("-", "−")):
        raise ValueError(f'"{text}" is negative: {_EXAMPLES}')
    if days := _WORKING_DAYS.fullmatch(written):
        return _longer_than_nothing(text, working_days=float(days[1]))
    if days := _CALENDAR.fullmatch(written):
        return _longer_than_nothing(text, int(days[1]) * (86_400 if days[2].lower() == "day" else 3600), calendar=True)
    if _BARE_DAYS.fullmatch(written):
        raise ValueError(
            f'"{text}" is unclear: write opening hours, like 16h, working days, like 2 working days, '
            "or calendar days, like 3 calendar days"
        )
    if units := _UNITS.fullmatch(written):
        hours, minutes, seconds = (int(digits or 0) for digits in units.groups())
        return _longer_than_nothing(text, hours * 3600 + minutes * 60 + seconds)
    raise ValueError(f'"{text}" is not a duration: {_EXAMPLES}')


def _longer_than_nothing(text: str, seconds: int = 0, working_days: float = 0, *, calendar: bool = False) -> Duration:
    if not seconds and not working_days:
        raise ValueError(f'"{text}" is no time at all: {_EXAMPLES}')
    return Duration(seconds, working_days, calendar)


def in_seconds(duration: Duration, hours: "OpeningHours") -> int:
    """Opening seconds of `duration`; a working day is the average open day of the calendar's ordinary week.

    Raises ValueError for working days on a calendar whose ordinary week is closed.
    """
    if not duration.working_days:
        return duration.seconds
    return duration.seconds + max(1, round(duration.working_days * hours.working_day_seconds))


def promisable(text: str, hours: "OpeningHours", *, calendar: bool = False) -> Duration:
    """A written duration that can be promised under those hours, also one by the clock where `calendar` allows that.
    Raises ValueError with a sentence, also where they open so rarely that it would take a century: each deadline is
    looked for week by week."""
    duration = parse(text)
    if duration.calendar:
        if not calendar:
            raise ValueError(f'"{text}" is calendar time, and here opening time is counted: write it like 4h')
        return duration
    if in_seconds(duration, hours) > LONGEST_WEEKS * hours.week_seconds:
        raise ValueError(f'the hours "{hours.name}" open too rarely for this: it would take more than a century')
    return duration


# Days are not used: "1 day" of opening time would be read as a day of the calendar.
_SAID = {
    "en": ("h", "min", "s"),
    "sv": ("tim", "min", "s"),
    "da": ("t", "min", "s"),
}


def say(seconds: float, language: str = "en") -> str:
    """`seconds` as people say it: "4 h", "15 min", "2 h 5 min", "45 s". English where the language is unknown.

    Whole units are counted, not rounded, and seconds are left out from ten minutes on.
    """
    units = _SAID.get(language.replace("_", "-").split("-")[0].lower(), _SAID["en"])
    whole = int(abs(seconds))
    if whole >= 600:
        whole -= whole % 60
    amounts = (whole // 3600, whole % 3600 // 60, whole % 60)
    said = " ".join(f"{amount} {unit}" for amount, unit in zip(amounts, units, strict=True) if amount)
    if not said:
        return f"0 {units[2]}"
    return f"−{said}" if seconds < 0 else said
