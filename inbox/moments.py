"""When people mean: "2h", "tomorrow 9", "fredag 10", "24 dec kl 8", in English, Swedish and Danish at once.

Words of all three languages are understood whatever language somebody reads: colleagues write as they speak.
"""

import re
from datetime import MAXYEAR, MINYEAR, UTC, date, datetime, timedelta

from inbox.errors import BadInput
from sla.walltime import first_shown, zone

MORNING, NOON, AFTERNOON, EVENING = 9 * 60, 12 * 60, 13 * 60, 18 * 60  # minutes past midnight
FARTHEST = timedelta(days=366)
LONGEST = 80  # characters

UNITS = {
    60: "m min mins minute minutes minut minuter minutter",
    3600: "h hr hrs hour hours t tim timme timmar time timer",
    86_400: "d day days dag dagar dage dygn døgn",
    604_800: "w week weeks v vecka veckor uge uger",
}
SECONDS = {word: seconds for seconds, words in UNITS.items() for word in words.split()}
LENGTH = re.compile(r"(\d{1,4})(?:[.,](\d))?\s*([a-zåäöæø]+)")

DAYS = {0: "today idag", 1: "tomorrow imorgon imorrn imorgen", 2: "overmorrow övermorgon overmorgen"}
WEEKDAYS = (
    "monday mon måndag mån mandag man",
    "tuesday tue tues tisdag tis tirsdag tir",
    "wednesday wed onsdag ons",
    "thursday thu thur thurs torsdag tor tors",
    "friday fri fredag fre",
    "saturday sat lördag lör lørdag lør",
    "sunday sun söndag sön søndag søn",
)
MONTHS = (
    "january jan januari januar",
    "february feb februari februar",
    "march mar mars marts",
    "april apr",
    "may maj",
    "june jun juni",
    "july jul juli",
    "august aug augusti",
    "september sep sept",
    "october oct oktober okt",
    "november nov",
    "december dec",
)
IN_DAYS = {word: days for days, words in DAYS.items() for word in words.split()}
WEEKDAY = {word: day for day, words in enumerate(WEEKDAYS) for word in words.split()}
MONTH = {word: month for month, words in enumerate(MONTHS, 1) for word in words.split()}
PARTS = {
    "morning": MORNING,
    "morgon": MORNING,
    "morgen": MORNING,
    "bitti": MORNING,
    "formiddag": MORNING,
    "förmiddag": MORNING,
    "noon": NOON,
    "lunch": NOON,
    "frokost": NOON,
    "afternoon": AFTERNOON,
    "eftermiddag": AFTERNOON,
    "evening": EVENING,
    "tonight": EVENING,
    "kväll": EVENING,
    "ikväll": EVENING,
    "aften": EVENING,
    "iaften": EVENING,
}
# "i morgon" is one word here, and a morning is none
JOINED = re.compile(
    r"\bi (dag|morgon|morrn|morgen|kväll|aften)\b|\b(over|över) ?(morgon|morgen)\b|\b(day after) (tomorrow)\b"
)
FILLER = "until till til at on in the of kl klockan klokken om på den d next nästa næste i this"
FILLERS = frozenset(FILLER.split())
ISO_DAY = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
SHORT_DAY = re.compile(r"(\d{1,2})/(\d{1,2})")
CLOCK = re.compile(r"(\d{1,2})(?:[:.](\d{2}))?(am|pm)?")


def understood(words: str, now: datetime, timezone: str) -> datetime:
    """The instant (UTC) that somebody means who writes these words at `now` and lives in that time zone.

    A length of time counts from now; a day without a time is its morning at 9; a time without a day is the next time
    that the clock shows it. Raises BadInput: `not_a_time` (it is none of these), `past`, `too_far` (over a year).
    """
    text = " ".join(words.split()).casefold()
    found = None if len(text) > LONGEST else _length(text, now) or _moment(text, now, timezone)
    if found is None:
        raise BadInput("not_a_time", words=words.strip()[:LONGEST])
    if found <= now:
        raise BadInput("past")
    if found - now > FARTHEST:
        raise BadInput("too_far")
    return found


def _length(text: str, now: datetime) -> datetime | None:
    """ "2h", "1 h 30 min", "3 dagar": only lengths of time, and nothing else."""
    text = re.sub(r"^(in|om|for|i) ", "", text)
    parts = LENGTH.findall(text)
    rest = LENGTH.sub("", text).replace("and", "").replace("och", "").replace("og", "").strip(" ,")
    if not parts or rest or any(unit not in SECONDS for _, _, unit in parts):
        return None
    seconds = sum((int(whole) + int(tenths or 0) / 10) * SECONDS[unit] for whole, tenths, unit in parts)
    return now + timedelta(seconds=seconds)


def _moment(text: str, now: datetime, timezone: str) -> datetime | None:
    tz = zone(timezone)
    today = now.astimezone(tz).date()
    text = JOINED.sub(lambda match: match[0].replace(" ", "").replace("dayaftertomorrow", "overmorrow"), text)
    tokens = [token.strip(",") for token in re.sub(r"\b(\d{1,2}(?:[:.]\d{2})?) (am|pm)\b", r"\1\2", text).split()]
    days, rest = _days([token for token in tokens if token], today)
    minutes, rest = _minutes(rest, dated=days is not None)
    if rest or (days is None and minutes is None):
        return None
    shown = MORNING if minutes is None else minutes
    for day in days or (today, today + timedelta(days=1)):
        at = first_shown(day, shown, tz)
        if at > now:
            return at
    return first_shown(days[-1], shown, tz) if days else None


def _days(tokens: list[str], today: date) -> tuple[tuple[date, ...] | None, list[str]]:
    """The days that may be meant, nearest first, and the tokens that do not tell of a day."""
    for place, token in enumerate(tokens):
        before, after = tokens[:place], tokens[place + 1 :]
        if token in IN_DAYS:
            return (today + timedelta(days=IN_DAYS[token]),), before + after
        if token in WEEKDAY and not _is_length(before):
            ahead = (WEEKDAY[token] - today.weekday()) % 7
            return (today + timedelta(days=ahead), today + timedelta(days=ahead + 7)), before + after
        if found := _dated(token, today):
            return found, before + after
        if token.rstrip(".") in MONTH and before and before[-1].rstrip(".").isdecimal():
            found = _in_year(int(before[-1].rstrip(".")), MONTH[token.rstrip(".")], today)
            return found, [*before[:-1], *after]
    return None, tokens


def _is_length(before: list[str]) -> bool:
    """ "2 man": a number before a word that may also be a weekday's."""
    return bool(before) and before[-1].isdecimal()


def _dated(token: str, today: date) -> tuple[date, ...] | None:
    if match := ISO_DAY.fullmatch(token):
        return _real(int(match[1]), int(match[2]), int(match[3]))
    if match := SHORT_DAY.fullmatch(token):
        return _in_year(int(match[1]), int(match[2]), today)
    return None


def _in_year(day: int, month: int, today: date) -> tuple[date, ...] | None:
    """That day of this year, or of the next where it is past."""
    this = _real(today.year, month, day)
    return this if this and this[0] >= today else _real(today.year + 1, month, day)


def _real(year: int, month: int, day: int) -> tuple[date, ...] | None:
    try:  # the calendar's first and last nights are no instants everywhere
        return (date(year, month, day),) if MINYEAR < year < MAXYEAR else None
    except (ValueError, OverflowError):  # of as many digits as people can type
        return None


def _minutes(tokens: list[str], *, dated: bool) -> tuple[int | None, list[str]]:
    """Minutes past midnight, and the tokens that mean nothing we know. A bare "9" is a time; a bare "14" as well."""
    minutes, rest = None, []
    for token in tokens:
        if minutes is None and (found := _minute(token)) is not None:
            minutes = found
        elif token.rstrip(".") not in FILLERS:
            rest.append(token)
    return minutes, rest


def _minute(token: str) -> int | None:
    if token in PARTS:
        return PARTS[token]
    match = CLOCK.fullmatch(token)
    if not match:
        return None
    hour, minute = int(match[1]), int(match[2] or 0)
    if match[3]:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if match[3] == "pm" else 0)
    return hour * 60 + minute if hour < 24 and minute < 60 else None


def local_day(at: datetime, timezone: str) -> date:
    """The day that it is then in that zone."""
    return at.astimezone(zone(timezone) if timezone else UTC).date()
