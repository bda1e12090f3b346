"""Facts as people read them: times in the reader's zone, lengths of time, and the desk's own words for statuses.

How a fact is shown follows from its name and value, so that verbs can give plain values: an instant as ISO text becomes
a local time; `first_day` and `last_day` (ISO dates) become days; `since`, `seconds`, `left` and `ago` (numbers, in
seconds) become lengths of time; `status`, `priority`, `metric` and `closed_as` become the language's word for them, a
`reason` its sentence, a `holder` without a name nobody yet, and `lines`, a list of [key, facts], these sentences one
below the other. All else is shown as it is.
"""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, tzinfo
from typing import Any

from babel.dates import format_date, format_datetime

from inbox.locale import catalogue, reason, say
from sla.walltime import zone

INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)")
LENGTHS = frozenset({"since", "seconds", "left", "ago"})
DAYS = frozenset({"first_day", "last_day"})
WORDS = frozenset({"status", "priority", "metric", "closed_as"})
PATTERNS = {"en": "EEE d MMM HH:mm", "sv": "EEE d MMM HH:mm", "da": "EEE d. MMM HH.mm"}
OF_DAYS = {"en": "d MMM", "sv": "d MMM", "da": "d. MMM"}


def phrase(language: str, key: str, facts: Mapping[str, Any], timezone: str = "") -> str:
    """The catalogue's sentence for `key`, its facts shown as people read them. Raises KeyError for no such key."""
    return say(language, key, **{name: shown(language, name, fact, timezone) for name, fact in facts.items()})


def shown(language: str, name: str, fact: Any, timezone: str = "") -> Any:
    """One fact as it is shown."""
    if name == "lines":
        return "\n".join(phrase(language, key, facts, timezone) for key, facts in fact)
    if name in WORDS:
        return word(language, name, str(fact))
    if name in DAYS:
        known = language if language in OF_DAYS else "en"
        return format_date(date.fromisoformat(str(fact)), OF_DAYS[known], locale=known)
    if name == "holder" and not fact:
        return say(language, "card.nobody")
    if name == "reason":
        return reason(language, str(fact))
    if name in LENGTHS and isinstance(fact, int | float):
        return length(fact, language)
    if isinstance(fact, str) and INSTANT.fullmatch(fact):
        return when(datetime.fromisoformat(fact), language, timezone)
    return fact


def word(language: str, kind: str, value: str) -> str:
    """The language's word for a status, a priority, a metric; the value itself where there is none."""
    known = catalogue(language if language in PATTERNS else "en")
    return str(known.get(f"{kind}.{value}", value))


def when(at: datetime, language: str, timezone: str = "") -> str:
    """A short local time with its day ("Mon 2 Mar 14:30"); in UTC, and saying so, where no zone is known."""
    tz, suffix = _zone(timezone)
    known = language if language in PATTERNS else "en"
    return format_datetime(at.astimezone(tz), PATTERNS[known], locale=known) + suffix


def _zone(timezone: str) -> tuple[tzinfo, str]:
    try:
        return (zone(timezone), "") if timezone else (UTC, " UTC")
    except ValueError:  # platforms tell zones that only they know
        return UTC, " UTC"


def length(seconds: float, language: str) -> str:
    """A length of time in its two largest units: "9 s", "12 min", "2 h 5 min", "3 d 4 h"."""
    left, parts = max(0, round(seconds)), []
    for unit, size in (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1)):
        count, left = divmod(left, size)
        if count:
            parts.append((unit, count))
    largest = parts[:2] if parts and parts[0][0] in ("d", "h") else parts[:1]
    return " ".join(f"{count} {say(language, f'unit.{unit}')}" for unit, count in largest or [("s", 0)])
