"""What a person is asked about how it went, when they may be asked, and when they must not be."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal, Required, TypedDict

from sla.walltime import next_daily, zone

REMIND_AFTER = timedelta(hours=48)
EXPIRE_AFTER = timedelta(days=7)
COOLDOWN = timedelta(days=14)

START_HOUR, END_HOUR = 9, 20

Kind = Literal["csat", "thumbs", "ces"]


@dataclass(frozen=True, slots=True)
class Scale:
    """The answers that a question takes, the worst first; up to `low` somebody is unhappy, from `high` on happy."""

    scores: tuple[int, ...]
    low: int
    high: int

    def takes(self, score: int) -> bool:
        """Whether this is one of them (True is no 1)."""
        return not isinstance(score, bool) and score in self.scores


SCALES: Mapping[Kind, Scale] = {
    "csat": Scale((1, 2, 3, 4, 5), low=2, high=4),
    "thumbs": Scale((1, 5), low=2, high=5),  # the two ends of the five, so that both can be counted together
    "ces": Scale((1, 2, 3, 4, 5, 6, 7), low=3, high=5),  # how easy it was
}
THUMBS = {1: "👎", 5: "👍"}
NPS = Scale(tuple(range(11)), low=6, high=9)
NPS_EACH = timedelta(days=90)


class Facts(TypedDict, total=False):
    """What is known of a resolved ticket and its requester; what is left out is not so."""

    now: Required[datetime]
    public_human_reply: Required[bool]
    merged: bool
    spam: bool
    auto_resolved: bool
    self_served: bool
    agent_opened: bool
    opted_out: bool
    no_longer_resolved: bool
    asked_this_cycle: bool
    outstanding: bool
    last_asked_at: datetime | None
    sampled_out: bool


def shown(kind: Kind, score: int) -> str:
    """A rating as people of any language read it: "4/5", "6/7", a thumb."""
    return THUMBS[score] if kind == "thumbs" else f"{score}/{SCALES[kind].scores[-1]}"


def daytime(at: datetime, timezone: str, start_hour: int = START_HOUR, end_hour: int = END_HOUR) -> datetime:
    """`at` itself (in UTC) if it is from `start_hour` to before `end_hour` in `timezone`, else the next `start_hour`.

    Raises ValueError for an unknown time zone or hours that leave no time between them.
    """
    if not 0 <= start_hour < end_hour <= 24:
        raise ValueError(f"daytime from {start_hour} to {end_hour} leaves no time")
    if start_hour <= at.astimezone(zone(timezone)).hour < end_hour:
        return at.astimezone(UTC)
    return next_daily(at, f"{start_hour:02}:00", timezone)


def ask_at(resolved_at: datetime, delay_seconds: float, timezone: str) -> datetime:
    """When to ask about a ticket: after the delay (by the calendar), in the requester's daytime."""
    return daytime(_after(resolved_at, timedelta(seconds=delay_seconds)), timezone)


def remind_at(asked_at: datetime, timezone: str) -> datetime:
    """When to remind, once, who has not answered: also in the requester's daytime."""
    return daytime(_after(asked_at, REMIND_AFTER), timezone)


def expires_at(asked_at: datetime) -> datetime:
    """From when on an answer is no longer taken."""
    return _after(asked_at, EXPIRE_AFTER)


def refuse_reason(facts: Facts) -> str | None:
    """The first reason, as a word to be stored, why this person is not asked now; None if they may be asked."""
    if not facts["public_human_reply"]:
        return "no_public_reply"
    for reason in ("merged", "spam", "auto_resolved", "self_served", "agent_opened", "opted_out"):
        if facts.get(reason):
            return reason
    for reason in ("no_longer_resolved", "asked_this_cycle", "outstanding"):
        if facts.get(reason):
            return reason
    last_asked_at = facts.get("last_asked_at")
    if last_asked_at is not None and facts["now"] < _after(last_asked_at, COOLDOWN):
        return "cooldown"
    return "sampled_out" if facts.get("sampled_out") else None


def _after(at: datetime, delay: timedelta) -> datetime:
    # In UTC, since local arithmetic would shift by an hour where the clocks change.
    return at.astimezone(UTC) + delay
