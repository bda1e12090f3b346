"""How a queue stands, told in its desk room each day and each week at a set time of the desk's.

An alarm stands at each digest's next time. It is posted once for a day, whatever restarts and however many schedulers
there are. After a downtime the latest one comes late: that of a week, about that week, until the next one is due; that
of a day in the hours after its time, for it tells how the queue stands now.
"""

import hashlib
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Literal

from inbox.desk import figures, gathered, outgoing
from inbox.directory import Queue
from inbox.model import Ticket
from inbox.store import Tx, alarms, digests, standing
from inbox.store.standing import Some
from sla.walltime import first_shown, next_daily, zone

DIGEST = "digest"  # kind of alarms, by queue and kind of digest
LISTED = 5  # tickets named in a line
DAY, WEEK = timedelta(days=1), timedelta(days=7)
LATE = timedelta(hours=12)  # that a daily one may be where its day is over
ROOM_WAIT = timedelta(minutes=5)  # for a desk room that is yet to be found
LOOK_BACK = timedelta(days=15)  # the longest from one weekly digest to the next: a zone can leave a day out
Kind = Literal["daily", "weekly"]
Line = list[Any]  # a key of the catalogue and its facts
NOTHING: dict[Kind, str] = {"daily": "nothing", "weekly": "quiet"}  # what is said where there is nothing to tell


def begin(tx: Tx, now: datetime) -> None:
    """A process starts that keeps time: the alarms stand where the desk file says. One that is overdue stays, unless
    the file was given another time since, which begins with its next one."""
    for queue, kind in _wanted(tx):
        at = alarms.at(tx, DIGEST, subject(queue.key, kind))
        if at is None or at > now or _local_day(tx, last_at(tx, queue, kind, now)) < _local_day(tx, at):
            alarms.put(tx, DIGEST, subject(queue.key, kind), next_at(tx, queue, kind, now))


def tick(tx: Tx, now: datetime, alarm: int) -> None:
    """The alarm of a digest: it is posted, and the next one is set. One that the file no longer has ends."""
    for queue, kind in _wanted(tx):
        if subject(queue.key, kind) == alarm:
            day, following = due_day(tx, queue, kind, now), next_at(tx, queue, kind, now)
            found = tx.directory.desk_room(queue) is not None
            alarms.put(tx, DIGEST, alarm, min(following, now + ROOM_WAIT) if day and not found else following)
            if day and found and digests.first(tx, now, queue.key, kind, day.isoformat()):
                _post(tx, now, queue, kind, day)


def subject(queue: str, kind: Kind) -> int:
    """What an alarm is known by, which is a number."""
    return int.from_bytes(hashlib.sha256(f"{queue}/{kind}".encode()).digest()[:6])


def next_at(tx: Tx, queue: Queue, kind: Kind, now: datetime) -> datetime:
    """The next time of a digest, after `now`."""
    at, weekday = _time(queue, kind)
    instant, tz = now, tx.directory.desk.timezone
    while True:
        instant = next_daily(instant, at, tz)
        if weekday is None or instant.astimezone(zone(tz)).weekday() == weekday:
            return instant


def last_at(tx: Tx, queue: Queue, kind: Kind, now: datetime) -> datetime:
    """The latest time of a digest that is not after `now`."""
    at = next_at(tx, queue, kind, now - LOOK_BACK)
    while (following := next_at(tx, queue, kind, at)) <= now:
        at = following
    return at


def due_day(tx: Tx, queue: Queue, kind: Kind, now: datetime) -> date | None:
    """The local day whose digest is to be posted at `now`: the latest one's; None where that is too late."""
    at = last_at(tx, queue, kind, now)
    day = _local_day(tx, at)
    too_late = kind == "daily" and day != _local_day(tx, now) and now - at > LATE
    return None if too_late else day


def _wanted(tx: Tx) -> Iterator[tuple[Queue, Kind]]:
    for queue in tx.directory.desk.queues.values():
        if queue.digest and queue.digest.daily:
            yield queue, "daily"
        if queue.digest and queue.digest.weekly:
            yield queue, "weekly"


def _time(queue: Queue, kind: Kind) -> tuple[str, int | None]:
    assert queue.digest is not None
    if kind == "daily" or queue.digest.weekly is None:
        return queue.digest.daily, None
    return queue.digest.weekly[1], queue.digest.weekly[0]


def _post(tx: Tx, now: datetime, queue: Queue, kind: Kind, day: date) -> None:
    lines = daily(tx, now, queue) if kind == "daily" else weekly(tx, queue, day)
    if not lines and not (queue.digest and queue.digest.empty):
        return
    say = f"digest.{kind}" if lines else f"digest.{NOTHING[kind]}"
    week = {"first_day": (day - WEEK).isoformat(), "last_day": (day - DAY).isoformat()}
    facts: dict[str, Any] = {"at": now.isoformat()} if kind == "daily" else week
    outgoing.in_room(tx, now, queue, None, say, title=queue.title, lines=lines, **facts)


def daily(tx: Tx, now: datetime, queue: Queue) -> list[Line]:
    """What a queue's agents should know in the morning: nothing where there is nothing."""
    day, key = _local_day(tx, now), queue.key
    yesterday, midnight, tomorrow = (_midnight(tx, day + step * DAY) for step in (-1, 0, 1))
    found = {
        "new": Some(standing.created(tx, key, now - DAY, now)),
        "unanswered": standing.unanswered(tx, key, LISTED),
        "overdue": standing.overdue(tx, key, now, LISTED),
        "today": standing.due(tx, key, now, tomorrow, LISTED),
        "held": standing.held(tx, key, LISTED),
        "resolved": Some(len(standing.resolved(tx, key, yesterday, midnight))),
    }
    return [_line(queue, name, some) for name, some in found.items() if some.n]


def weekly(tx: Tx, queue: Queue, day: date) -> list[Line]:
    """The figures of the seven days before a day: nothing where nothing happened."""
    since, until = _midnight(tx, day - WEEK), _midnight(tx, day)
    key = queue.key
    created, resolved = standing.created(tx, key, since, until), standing.resolved(tx, key, since, until)
    met, broken = standing.kept(tx, key, since, until)
    ratings = standing.ratings(tx, key, since, until)
    lines: list[Line] = (
        [["digest.volume", {"created": created, "resolved": len(resolved)}]] if created or resolved else []
    )
    lines += _spread("frt", standing.first_replies(tx, key, since, until))
    lines += _spread("ttr", resolved)
    if met + broken:
        lines.append(["digest.sla", {"percent": round(100 * met / (met + broken)), "met": met, "n": met + broken}])
    if ratings:
        satisfied = sum(score >= 4 for score in ratings)
        lines.append(["digest.csat", {"percent": round(100 * satisfied / len(ratings)), "n": len(ratings)}])
    return lines + _collisions(tx, key, since, until)


def _collisions(tx: Tx, queue: str, since: datetime, until: datetime) -> list[Line]:
    counted = {figure.kind: figure.n for figure in figures.collisions(tx, [queue], since, until)}
    prevented = counted["claim_lost"] + counted["reply_held"] + counted["kept_inside"]
    double = counted["double_reply"]
    return [["digest.collisions", {"n": prevented, "double": double}]] if prevented or double else []


def _spread(name: str, seconds: Sequence[float]) -> list[Line]:
    if not seconds:
        return []
    spread = figures.spread(seconds)
    return [[f"digest.{name}", {"seconds": spread.median, "left": spread.p90, "n": len(seconds)}]]


def _line(queue: Queue, name: str, some: Some) -> Line:
    more = ["…"] if some.first and some.n > len(some.first) else []
    return [f"digest.{name}", {"n": some.n, "tickets": ", ".join([*(_named(queue, one) for one in some.first), *more])}]


def _named(queue: Queue, ticket: Ticket) -> str:
    return gathered.matter(queue, ticket)


def _local_day(tx: Tx, at: datetime) -> date:
    return at.astimezone(zone(tx.directory.desk.timezone)).date()


def _midnight(tx: Tx, day: date) -> datetime:
    return first_shown(day, 0, zone(tx.directory.desk.timezone))
