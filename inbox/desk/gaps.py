"""Words that nobody can read any more: stretches of a room in which a platform kept something from us, and will not
tell it later. They are written down, counted, and told to the agents whom it may concern: never hidden.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from inbox.desk import outgoing
from inbox.directory import DM, Queue
from inbox.model import Event
from inbox.store import Tx, events, leases, threads

SHOWN = 20  # to an operator who asks
LATELY = timedelta(days=30)
COUNTED = 1_000


@dataclass(frozen=True, slots=True)
class Gap:
    """A stretch of one room, or of all rooms of a connection (""), that could not be read. `since` is None where it is
    not known, `until` None for now. `why` is a sentence."""

    connection: str
    room: str
    since: datetime | None
    until: datetime | None
    why: str


def begin(tx: Tx, now: datetime, connection: str, marks: Mapping[str, str]) -> None:
    """Rooms are followed from now on: where nothing was said since, the given marks are where their gaps begin."""
    for room, mark in sorted(marks.items()):
        threads.begin(tx, connection, room, mark)


def rooms_missing(tx: Tx, connection: str) -> bool:
    """Does the desk name rooms there in which people ask, and that were not found yet?"""
    named = [ref for queue in tx.directory.desk.queues.values() for ref in queue.intake if ref.connection == connection]
    return any(ref.room != DM and str(ref) not in tx.directory.rooms for ref in named)


def report(tx: Tx, now: datetime, gap: Gap) -> bool:
    """Writes a gap down and tells the desk rooms that it concerns, once: the same one reported again changes nothing,
    nor does one with the same beginning in the same room."""
    since, until = gap.since, gap.until or now
    began = since.isoformat() if since else f"before {until:%Y-%m-%d}"
    if not events.first_time(tx, f"{gap.connection}/gap/{gap.room}/{began}", now):
        return False
    after = since.isoformat() if since else ""
    facts = {"connection": gap.connection, "room": gap.room, "why": gap.why}
    events.add(tx, now, "gap", None, None, **facts, since=after, until=until.isoformat())
    where, named = _called(tx, gap)
    hour = f"{gap.connection}/gaps told/{now:%Y-%m-%dT%H}"
    if not named and not events.first_time(tx, hour, now):
        return True  # of many people's direct messages the first stand for all
    say = "gap.since" if since else "gap.until"
    for queue in _concerned(tx, gap):
        before, reason = until.isoformat(), gap.why
        outgoing.in_room(tx, now, queue, None, say, where=where, after=after, before=before, reason=reason)
    return True


def heard(tx: Tx, now: datetime, connection: str, keeps: timedelta | None) -> None:
    """Everything that was said on a connection until now is taken in. A platform that `keeps` words for us, and shows
    no history, has let those go that were said before that, after we last listened."""
    name = f"heard/{connection}"
    last = leases.until(tx, name)
    if keeps and last and now - last > keeps:
        hours = keeps.total_seconds() / 3600
        why = f"Nobody listened, and the platform keeps words for {hours:g} hours."
        report(tx, now, Gap(connection, "", last, now - keeps, why))
    leases.take(tx, now, name, connection, now)


def latest(tx: Tx, since: datetime) -> list[Event]:
    """The newest gaps that were reported since then, newest first."""
    return events.of_desk(tx, "gap", since, SHOWN)


def count(tx: Tx, since: datetime) -> int:
    """How many were; it counts no further than to 1000."""
    return len(events.of_desk(tx, "gap", since, COUNTED))


def _concerned(tx: Tx, gap: Gap) -> Iterator[Queue]:
    """One queue of each desk room that should know: where such words would have come."""
    queues = tx.directory.desk.queues.values()
    desks_there = tx.directory.desk_queues(gap.connection, gap.room)
    named = (*desks_there, *tx.directory.intake_queues(gap.connection, gap.room, direct=False))
    direct = tx.directory.intake_queues(gap.connection, gap.room, direct=True)
    everywhere = [q for q in queues if any(ref.connection == gap.connection for ref in q.intake)]
    desks = set()
    for queue in named or direct or everywhere if gap.room else everywhere:
        room = tx.directory.desk_room(queue)
        if room and room not in desks:
            desks.add(room)
            yield queue


def _called(tx: Tx, gap: Gap) -> tuple[str, bool]:
    """A room as people know it, and whether it has a name: the connection stands for all rooms and for somebody's
    direct messages."""
    wanted = gap.connection, gap.room
    found = (room.name for room in threads.known_rooms(tx) if (room.connection, room.external_id) == wanted)
    name = next(found, "")
    return name or gap.connection, bool(name)
