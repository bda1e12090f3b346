"""How fast a connection may be used: by its platform's pace, less while it is down, and later each time it fails.

All of it is arithmetic on a monotonic clock in seconds, which is given.
"""

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from random import Random

from inbox.model import File

REMEMBERED_ROOMS = 1000
MINUTE = 60.0
SLOWEST_UPLOAD = 64_000  # bytes a second: half a megabit, a poor line's share of one of several uploads


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast a platform takes posts: `room_seconds` between two into one room, `per_second` in all, and
    `room_per_minute` (0: no such limit) into rooms whose ids begin with `minute_rooms`. `threads_apart` where a thread
    has a pace of its own, beside its room's; `edits_apart` where what is changed has one, beside what is posted."""

    room_seconds: float
    per_second: float
    room_per_minute: int = 0
    minute_rooms: str = ""
    threads_apart: bool = False
    edits_apart: bool = False

    def per_minute(self, room: str) -> int:
        """How many posts a room takes in a minute; 0 for as many as it takes by its seconds."""
        return self.room_per_minute if room.startswith(self.minute_rooms) else 0


@dataclass(slots=True)
class _Room:
    """When a room takes its next post, and when the latest ones were booked in it."""

    next: float = 0.0
    booked: deque[float] = field(default_factory=deque)
    # until when those that were sent away will come back one by one: what people wait for, and crowds
    backlogs: list[float] = field(default_factory=lambda: [0.0, 0.0])


class Pacer:
    """Books moments for posts: so far apart in one room, so far apart in all, so many in a room's minute.

    Rooms do not wait for each other: a post waits for its room first, and takes its place in the common line then.
    """

    def __init__(self, pace: Pace, clock: Callable[[], float]) -> None:
        self._pace, self._clock = pace, clock
        self._rooms: dict[str, _Room] = {}
        self._next = 0.0

    def wait_for_room(self, room: str) -> float:
        """Seconds until the room would take a post, if it were booked now."""
        found = self._rooms.get(room)
        return max(0.0, self._slot(room, found) - self._clock()) if found else 0.0

    def book_room(self, room: str) -> float:
        """Books the room's next moment; returns the seconds until then."""
        found = self._room(room)
        slot = self._slot(room, found)
        found.next = slot + self._pace.room_seconds
        if most := self._pace.per_minute(room):
            found.booked.append(slot)
            while len(found.booked) > most:
                found.booked.popleft()
        return max(0.0, slot - self._clock())

    def book_line(self) -> float:
        """Books the platform's next moment; returns the seconds until then."""
        slot = max(self._clock(), self._next)
        self._next = slot + 1 / self._pace.per_second
        return slot - self._clock()

    def send_away(self, room: str, *, crowd: bool = False) -> float:
        """Seconds after which one that finds its room too full shall come again; each a turn later than the last. Those
        of a crowd have a line of their own, and nobody else waits in it."""
        found, most = self._room(room), self._pace.per_minute(room)
        each = max(self._pace.room_seconds, MINUTE / most if most else 0.0)
        found.backlogs[crowd] = max(found.backlogs[crowd], self._slot(room, found)) + each
        return found.backlogs[crowd] - self._clock()

    def close_room(self, room: str, seconds: float) -> None:
        """The platform asked for a pause in a room."""
        found = self._room(room)
        found.next = max(found.next, self._clock() + seconds)

    def _slot(self, room: str, found: _Room) -> float:
        slot, most = max(self._clock(), found.next), self._pace.per_minute(room)
        return max(slot, found.booked[-most] + MINUTE) if most and len(found.booked) >= most else slot

    def _room(self, room: str) -> _Room:
        if room not in self._rooms and len(self._rooms) >= REMEMBERED_ROOMS:
            now = self._clock()
            self._rooms = {
                name: kept
                for name, kept in self._rooms.items()
                if max(kept.next, *kept.backlogs) > now or (kept.booked and kept.booked[-1] + MINUTE > now)
            }
        return self._rooms.setdefault(room, _Room())


class Breaker:
    """Keeps a platform that is down from being hammered: after several posts failed and none worked it is left alone
    for a while, then one post tries; the while doubles until one works. One post that fails again and again, in a room
    that is broken, says nothing of the platform."""

    POSTS = 5
    FIRST_SECONDS = 2.0
    LONGEST_SECONDS = 60.0

    def __init__(self, clock: Callable[[], float], random: Random) -> None:
        self._clock, self._random = clock, random
        self._failing: set[int] = set()
        self._trips = 0
        self._closed_until = 0.0

    def allows(self, most: int, *, healthy: bool) -> int:
        """How many posts may be under way now: none while it is left alone, one to try, else `most`."""
        if self._clock() < self._closed_until:
            return 0
        return most if healthy and not self._trips else 1

    @property
    def tripped(self) -> bool:
        """Did several posts fail, and none work since?"""
        return self._trips > 0

    def wait(self) -> float:
        """Seconds until something may be tried again."""
        return max(0.0, self._closed_until - self._clock())

    def failed(self, post: int, *, healthy: bool) -> None:
        """A post came to nothing, for no reason of its own."""
        self._failing.add(post)
        tripped = self._clock() < self._closed_until  # by others that were under way with it
        if tripped or (healthy and len(self._failing) < self.POSTS):
            return
        longest = min(self.LONGEST_SECONDS, self.FIRST_SECONDS * 2 ** min(self._trips, 10))
        self._closed_until = self._clock() + longest * self._random.uniform(0.5, 1.0)
        self._trips += 1

    def worked(self) -> None:
        """The platform answered."""
        self._failing.clear()
        self._trips, self._closed_until = 0, 0.0


def backoff(random: Random, attempts: int, after: float = 0.0) -> float:
    """Seconds until the next attempt after `attempts` made before this one: exponential with full jitter, at most five
    minutes; not before the `after` seconds that the platform asked for."""
    return after + random.uniform(0.05, min(300.0, 2.0 ** min(attempts, 10)))


def upload_seconds(files: Iterable[File]) -> float:
    """How much longer a call with these files may take than one without, on the slowest line that we count on."""
    return sum(file.size for file in files) / SLOWEST_UPLOAD
