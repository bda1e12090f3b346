"""Numbers and days as people write them in our languages."""

import re
from datetime import date, timedelta

LONGEST = 60  # characters of either
YEARS = range(1900, 2200)
GROUPS = {"en": ",", "da": "."}  # what sets thousands apart, beside spaces; in Swedish nothing else does
TODAY = {"today": 0, "idag": 0, "i dag": 0, "tomorrow": 1, "imorgon": 1, "i morgon": 1, "imorgen": 1, "i morgen": 1} | {
    "yesterday": -1,
    "igår": -1,
    "i går": -1,
}
MONTHS = (
    ("january", "januari", "januar"),
    ("february", "februari", "februar"),
    ("march", "mars", "marts"),
    ("april",),
    ("may", "maj"),
    ("june", "juni"),
    ("july", "juli"),
    ("august", "augusti"),
    ("september",),
    ("october", "oktober"),
    ("november",),
    ("december",),
)
NUMBER = re.compile(r"([-−+]?)\s*([0-9][0-9.,]*)")
SPACED = re.compile(r"(?<=[0-9])[\s'’](?=[0-9]{3}(?![0-9]))")
YEAR_FIRST = re.compile(r"([0-9]{4})[-/.]([0-9]{1,2})[-/.]([0-9]{1,2})")
DAY_FIRST = re.compile(r"([0-9]{1,2})([./-])\s?([0-9]{1,2})\.?(?:\s?[./-]?\s?([0-9]{4}))?")
DAY_AND_WORD = re.compile(
    r"(?:den )?([0-9]{1,2})(?:st|nd|rd|th|:[ae]|\.)? ?(?:of )?([^\W\d_]{3,9})\.?,?(?: ([0-9]{4}))?"
)
WORD_AND_DAY = re.compile(r"([^\W\d_]{3,9})\.? ([0-9]{1,2})(?:st|nd|rd|th)?(?:,? ([0-9]{4}))?")


class Unclear(ValueError):
    """A day that is one to some readers and another one to others."""


def number(words: str, language: str) -> str:
    """A number ("1 234,50") as "1234.50". Raises ValueError for what is none."""
    match = NUMBER.fullmatch(SPACED.sub("", words.strip())) if len(words) <= LONGEST else None
    if match is None:
        raise ValueError(words)
    whole, _, fraction = _decimal(match[2], GROUPS.get(language, "")).partition(".")
    found = (whole.lstrip("0") or "0") + (f".{fraction}" if fraction else "")
    return f"-{found}" if match[1] in ("-", "−") and found.strip("0.") else found


def _decimal(digits: str, group: str) -> str:
    """Digits with marks in them as digits with at most a point. Raises ValueError."""
    marks = [one for one in digits if one in ".,"]
    if not marks:
        return digits
    last, other = marks[-1], "," if marks[-1] == "." else "."
    many = marks.count(last) > 1
    if many or (last == group and len(marks) == 1 and _grouped(digits, last)):
        if len(set(marks)) > 1 or not _grouped(digits, last):
            raise ValueError(digits)
        return digits.replace(last, "")
    whole, _, fraction = digits.partition(last)
    if not fraction or not (whole.isdecimal() or _grouped(whole, other)):
        raise ValueError(digits)
    return f"{whole.replace(other, '')}.{fraction}"


def _grouped(digits: str, mark: str) -> bool:
    return bool(re.fullmatch(rf"[1-9][0-9]{{0,2}}(?:{re.escape(mark)}[0-9]{{3}})+", digits))


def day(words: str, language: str, today: date) -> date:
    """A day ("2026-12-24", "24/12", "24 Dec 2026", "tomorrow"); without a year the nearest to today.

    Raises ValueError for what is none, Unclear for what is two: 03/04 is a day in April to some, in March to others.
    """
    said = " ".join(words.casefold().split())
    if not said or len(said) > LONGEST:
        raise ValueError(words)
    if said in TODAY:
        return today + timedelta(days=TODAY[said])
    if match := YEAR_FIRST.fullmatch(said):
        return _date(int(match[1]), int(match[2]), int(match[3]))
    if match := DAY_FIRST.fullmatch(said):
        return _dated(*_ordered(int(match[1]), match[2], int(match[3]), language), match[4], today)
    if match := DAY_AND_WORD.fullmatch(said):
        return _dated(int(match[1]), _month(match[2]), match[3], today)
    if match := WORD_AND_DAY.fullmatch(said):
        return _dated(int(match[2]), _month(match[1]), match[3], today)
    raise ValueError(words)


def _ordered(first: int, mark: str, second: int, language: str) -> tuple[int, int]:
    """Day and month. Who writes English may mean either order, but not with points."""
    if language == "en" and mark != ".":
        if first <= 12 and second <= 12 and first != second:
            raise Unclear(f"{first}{mark}{second}")
        if second > 12:
            return second, first
    return first, second


def _month(word: str) -> int:
    for month, names in enumerate(MONTHS, 1):
        if any(name.startswith(word) for name in names):
            return month
    raise ValueError(word)


def _dated(day: int, month: int, year: str | None, today: date) -> date:
    if year:
        return _date(int(year), month, day)
    found = [date(y, month, day) for y in (today.year - 1, today.year, today.year + 1) if _is_day(y, month, day)]
    if not found:
        raise ValueError(f"{day}/{month}")
    return min(found, key=lambda one: abs(one - today))


def _is_day(year: int, month: int, day: int) -> bool:
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True


def _date(year: int, month: int, day: int) -> date:
    if year not in YEARS:
        raise ValueError(year)
    return date(year, month, day)
