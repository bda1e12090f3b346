"""Why a promise stands as it does, in the words of the catalogue: the same in chats and on pages.

Instants are written by `when`, as the reader's door writes them.
"""

from collections.abc import Callable
from datetime import datetime

from inbox.desk.explaining import Explained
from inbox.locale import say
from inbox.model import Promise
from sla.duration import say as length

When = Callable[[datetime], str]
PAUSES = 3  # told one by one, the last of them


def stands(promise: Promise, language: str, when: When) -> str:
    """How it stands: "due Tue 3 Mar 10:00"."""
    facts = {
        "due": when(promise.due_at) if promise.due_at else "",
        "at": when(promise.finished_at) if promise.finished_at else "",
        "left": length(promise.remaining_seconds or 0, language),
    }
    return say(language, f"why.state.{promise.state}", **facts)


def did(one: Explained, language: str) -> str:
    """What its clock did: "ran 9 h · waited 1 h · closed 15 h"; "" where that is not known."""
    return " · ".join(say(language, f"why.{kind}", time=length(spent, language)) for kind, spent in one.seconds.items())


def waits(one: Explained, language: str, when: When) -> list[str]:
    """When its ticket waited, the last times."""
    last = one.pauses[-PAUSES:]
    return [say(language, "why.pause", since=when(pause.since), until=when(pause.until)) for pause in last]


def by(one: Explained, language: str, when: When) -> str:
    """Whose word it is: a lead's, or a policy's in one of its versions."""
    if one.own:
        return say(language, "why.own", name=one.own.by, why=one.own.why)
    facts = {"policy": one.promise.policy, "version": one.promise.version}
    if one.since is None:
        return say(language, "why.policy", **facts)
    return say(language, "why.policy_since", since=when(one.since), **facts)
