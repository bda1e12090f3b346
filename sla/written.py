"""What a policy says, written out as plain values.

Its version is told by them, and its calendar is read from them again after the desk file has long said something else.
"""

import hashlib
import json
from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from sla.duration import Duration
from sla.hours import ALWAYS, OpeningHours

if TYPE_CHECKING:
    from sla.policy import Policy, Targets

Content = dict[str, Any]  # JSON


def content(policy: "Policy") -> Content:
    """Everything that promises under a policy depend on; names are left out, and so are the people who have a plan:
    of these there is only a mark by which another list is told from it."""
    said: Content = {
        "hours": _calendar(policy.hours),
        "targets": _targets(policy.targets),
        "rules": [{"when": _when(rule.when), "targets": _targets(rule.targets)} for rule in policy.rules],
        "return_after": _duration(policy.return_after) if policy.return_after else None,
        "pause_on_hold": policy.pause_on_hold,
    }
    if policy.by_clock:
        said["by_clock"] = sorted(policy.by_clock)
    if policy.plans and policy.asks("plan"):
        said["plans"] = _digest({plan: sorted(who) for plan, who in policy.plans.items()})
    return said


def version(policy: "Policy") -> str:
    """A short name for exactly this content."""
    return _digest(content(policy))


def calendar(name: str, written: Mapping[str, Any], metric: str) -> OpeningHours:
    """The hours by which a metric is counted under a policy's `content`. Raises ValueError if they cannot be had any
    more."""
    said = written["hours"]
    if metric in written.get("by_clock", ()):
        return ALWAYS
    if said.get("always"):
        return OpeningHours(name, "UTC", always=True)
    monday, tuesday, wednesday, thursday, friday, saturday, sunday = (_day(one) for one in said["week"])
    return OpeningHours(
        name,
        said["timezone"],
        (monday, tuesday, wednesday, thursday, friday, saturday, sunday),
        said["holidays"],
        frozenset(map(date.fromisoformat, said["closed"])),
        {date.fromisoformat(day): _day(one) for day, one in said["special"].items()},
    )


def _calendar(hours: OpeningHours) -> Content:
    if hours.always:
        return {"always": True}
    return {
        "timezone": hours.timezone,
        "week": hours.week,
        "holidays": hours.holidays,
        "closed": sorted(map(str, hours.closed)),
        "special": {str(day): has for day, has in sorted(hours.special.items())},
    }


def _day(written: list[list[int]]) -> tuple[tuple[int, int], ...]:
    return tuple((start, end) for start, end in written)


def _when(when: Mapping[str, Any]) -> dict[str, list[str]]:
    return {fact: list(wanted) for fact, wanted in when.items()}


def _targets(targets: "Targets") -> dict[str, dict[str, list[float]]]:
    return {
        metric: {priority: _duration(duration) for priority, duration in row.items()}
        for metric, row in targets.durations.items()
    }


def _duration(duration: Duration) -> list[float]:
    return [duration.seconds, float(duration.working_days)]


def _digest(value: object) -> str:
    canonical = json.dumps(value, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()[:12]
