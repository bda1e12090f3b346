"""Opening hours: how long the deadline of a thousand days takes on a calendar that is hardly ever open."""

import time
from datetime import timedelta

from sla.hours import OpeningHours, parse_week
from tests.bench.figures import Figure, Goal
from tests.house import MONDAY

AT_MOST = Goal("≤", 1)
DAYS, DAY_SECONDS = 1000, 2 * 3600  # of two hours each, one a week: the deadline lies twenty years ahead


def measure(looks: int) -> list[Figure]:
    """The middle of so many deadlines on a calendar that is in use, and the first one, for which it is laid out."""
    sparse = OpeningHours("sparse", "Europe/Stockholm", parse_week({"mon": ["09:00-11:00"]}), holidays="SE")
    first = _timed(sparse, 0)
    later = sorted(_timed(sparse, look) for look in range(looks))
    section = "Opening hours"
    return [
        Figure(section, "a thousand days on a calendar open once a week", later[looks // 2], "ms", goal=AT_MOST),
        Figure(section, "the first such deadline after the start", first, "ms"),
    ]


def _timed(hours: OpeningHours, minutes: int) -> float:
    """Milliseconds."""
    at, began = MONDAY + timedelta(minutes=minutes), time.perf_counter()
    hours.add(at, DAYS * DAY_SECONDS)
    return (time.perf_counter() - began) * 1000
