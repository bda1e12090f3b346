"""The microphone rule: whose words in a desk thread go to the requester. Pure: facts in, verdict out.

The words of the claim's holder are for the requester; everybody else's are notes. Who held the claim is judged at the
platform's message time, because platforms deliver out of order.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Literal

# how far the platforms' clocks and ours may be apart: who claimed so shortly after they wrote may have claimed before
CLOCKS = timedelta(seconds=10)
NOTE_MARKS = ("note:", "!", "🔒")
# reply: goes to the requester. note: stays inside. hint: stays inside, and the author is told how to send it.
# held_off: waits, the microphone is off (Send · Keep as note). held_stale: waits, the claim moved
# (Take over and send · Save as note · Discard). command: looks like one, never relayed.
Verdict = Literal["reply", "note", "hint", "held_off", "held_stale", "command"]


@dataclass(frozen=True, slots=True)
class Hold:
    """From `since` on, `person` (None: nobody) held the claim, under `fence`."""

    fence: int
    person: int | None
    since: datetime


@dataclass(frozen=True, slots=True)
class Words:
    """What was written, by whom, at the platform's time, whether it mentions or answers a colleague, and whether it was
    written aside: not in the ticket's thread, but under something else that the bot said of it."""

    author: int
    text: str
    at: datetime
    to_colleague: bool = False
    aside: bool = False


@dataclass(frozen=True, slots=True)
class Microphone:
    """The ticket's side of it. `holds` is the claim's history, oldest first; `on` whether the present holder chose to
    speak; `explicit` queues speak only through /reply."""

    holds: Sequence[Hold]
    fence: int
    on: bool
    resolved: bool = False
    explicit: bool = False
    grace_seconds: int = 120


def strip_mark(text: str) -> tuple[str, bool]:
    """The words without a leading note mark, and whether there was one."""
    bare = text.lstrip()
    for mark in NOTE_MARKS:
        if bare[: len(mark)].lower() == mark:
            return bare[len(mark) :].strip(), True
    return text, False


def stays_inside(text: str) -> bool:
    """Are these words never for the requester, whoever writes them: marked as a note, or a command?"""
    return text.lstrip().startswith("/") or strip_mark(text)[1]


def believed(holds: Sequence[Hold], at: datetime, now: datetime) -> list[Hold]:
    """The claim's history as words that were written at `at` are judged by. Holds that began later than it is now were
    told by a clock that was set back since: they began before these words came."""
    return [replace(hold, since=min(hold.since, at)) if hold.since > now else hold for hold in holds]


def holder_at(holds: Sequence[Hold], at: datetime) -> Hold | None:
    """Who held the claim at that time; None before the first claim."""
    return next((hold for hold in reversed(holds) if hold.since <= at), None)


def lost_at(holds: Sequence[Hold], person: int, at: datetime) -> datetime | None:
    """When that person last lost the claim before `at`; None where they never held it."""
    lost = None
    for held, after in pairwise(holds):
        if held.person == person and after.person != person and after.since <= at:
            lost = after.since
    return lost


def judge(words: Words, microphone: Microphone) -> Verdict:
    """What becomes of words in a desk thread."""
    if words.text.lstrip().startswith("/"):
        return "command"
    if strip_mark(words.text)[1] or words.to_colleague:
        return "note"
    held = holder_at(microphone.holds, words.at)
    if held is None or held.person != words.author:
        return _others(words, microphone, held)
    if microphone.explicit:
        return "hint"
    if held.fence != microphone.fence:
        return "held_stale"
    return "reply" if microphone.on and not microphone.resolved and not words.aside else "held_off"


def _others(words: Words, microphone: Microphone, held: Hold | None) -> Verdict:
    """Words of somebody who did not hold the claim when they wrote, as far as the clocks can tell."""
    present = microphone.holds[-1] if microphone.holds else None
    if present and present.person == words.author and words.at < present.since <= words.at + CLOCKS:
        return "hint" if microphone.explicit else "held_off"
    lost = lost_at(microphone.holds, words.author, words.at)
    if lost is not None and words.at - lost <= timedelta(seconds=microphone.grace_seconds) and not microphone.explicit:
        return "held_stale"
    return "hint" if held is None or held.person is None else "note"
