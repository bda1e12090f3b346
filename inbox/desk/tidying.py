"""What nobody needs any more goes: each hour, a few hundred rows at a time, so that nobody ever waits for it."""

from datetime import datetime, timedelta

from inbox.store import Tx, alarms, events, tidying

TIDY = "tidy"  # kind of the one alarm, with no subject
EACH = timedelta(hours=1)
BREATH = timedelta(seconds=1)  # between two lots, for others
MOST = 500  # rows that one transaction deletes
# How long rows are kept after they ended. A key is needed as long as the same thing may be told again by a platform
# (Slack repeats for minutes, Telegram keeps for a day) or by a person's client; words that history tells again after
# longer than that are recognised by themselves. What could not be understood is looked at by an operator, and holds
# people's words: it goes after a quarter of a year. That a rule fired is counted for a while, and is known as long as
# its ticket may be idle once more: only those of closed tickets go, which rules leave alone.
KEPT = {
    "seen": events.KEPT,
    "quarantine": timedelta(days=90),
    "early_change": timedelta(days=1),
    "link_code": timedelta(days=1),
    "link_try": timedelta(days=1),
    "signin": timedelta(days=1),
    "session": timedelta(days=1),
    "choice": timedelta(days=1),
    "draft": timedelta(days=1),
    "presence": timedelta(hours=1),
    "greeted": timedelta(days=1),
    "listed": timedelta(days=14),
    "firing": timedelta(days=180),
    "digest": timedelta(days=60),
    "pacing": timedelta(days=1),
}


def begin(tx: Tx, now: datetime) -> None:
    """A process starts that keeps time: from now on the desk is tidied."""
    if alarms.at(tx, TIDY, 0) is None:
        alarms.put(tx, TIDY, 0, now)


def tick(tx: Tx, now: datetime, _: int) -> None:
    """Deletes some of what has ended; while there is more it goes on after a moment."""
    left = MOST
    for name, kept in KEPT.items():
        left -= tidying.delete_ended(tx, name, now - kept, left)
        if not left:
            break
    alarms.put(tx, TIDY, 0, now + (EACH if left else BREATH))
