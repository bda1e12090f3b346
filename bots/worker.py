"""A worker of the relay: leases what may be said over one connection, waits for its room's turn, has it carried and
records how that went."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from random import Random
from typing import Any

import structlog

from bots.courier import MARKS, POSTS, Carried, Courier, Stale, Unknowable
from bots.pacing import Breaker, Pacer, backoff
from bots.port import Ambiguous, Hopeless, Moved, Platform, SendError, TryLater
from inbox.desk import delivery
from inbox.desk.door import Desk
from inbox.desk.errand import Errand
from inbox.errors import StoreUnavailable

log = structlog.get_logger("relay")
Sleep = Callable[[float], Awaitable[None]]
CHANGES = frozenset({"edit", "rewrite", "delete"})


@dataclass(frozen=True, slots=True)
class Tuning:
    """The relay's bounds; times in seconds. `under_way` and `at_once` are per connection: leased, and being sent. What
    carries files may take minutes: such have places of their own, `uploads`, so that nothing else waits for theirs."""

    lease_seconds: float = 20.0  # renewed while the work goes on: this long words wait when their process has died
    renew_seconds: float = 5.0
    send_seconds: float = 30.0
    under_way: int = 16
    at_once: int = 8
    uploads: int = 3
    poll_seconds: float = 2.0
    patience_seconds: float = 3.0  # how long a leased row may wait for its room; beyond, it is given back
    attempts: int = 30
    optional_attempts: int = 5
    give_up_seconds: float = 86_400.0
    file_limit: int = 20_000_000  # bytes: what the desk keeps


class Worker:
    """Delivers over one connection."""

    def __init__(
        self,
        desk: Desk,
        platform: Platform,
        owner: str,
        prefix: str,
        clock: Callable[[], float],
        sleep: Sleep,
        random: Random,
        tuning: Tuning,
    ) -> None:
        self.connection = platform.connection
        self._desk, self._platform, self._owner = desk, platform, owner
        self._sleep, self._random, self._tuning = sleep, random, tuning
        self._courier = Courier(desk, platform, prefix, tuning.send_seconds, tuning.file_limit)
        self._pacer = Pacer(platform.pace, clock)
        self._breaker = Breaker(clock, random)
        self._slots = asyncio.Semaphore(tuning.at_once)
        self._upload_slots = asyncio.Semaphore(tuning.uploads)
        self._waiting: Counter[str] = Counter()  # rows that wait for their room
        self._doors: dict[str, asyncio.Lock] = {}
        self._tasks: dict[asyncio.Task[None], Errand] = {}
        self._unsent: set[int] = set()  # rows whose sending has not begun
        self._renewed = desk.now()
        self._wake = asyncio.Event()
        self._stopping = False
        self._rested = asyncio.Condition()
        self._rounds = self._empty_round = 0
        self.rounds_with_work = 0

    def wake(self) -> None:
        self._wake.set()

    async def run(self) -> None:
        """Until it is stopped: takes what there is, then waits for news."""
        while not self._stopping:
            self._wake.clear()
            self._rounds += 1
            try:
                await self._renew()
                found = await self._round()
            except StoreUnavailable as error:
                log.warning("relay.store_unavailable", connection=self.connection, why=error.facts.get("why", ""))
                found = False
            except Exception:
                log.exception("relay.round_failed", connection=self.connection)
                found = False
            if not found:
                await self._rest()

    async def _round(self) -> bool:
        """Leases and starts what may be said now; false where there was nothing."""
        others = len(self._tasks) - self._uploads()
        free = self._breaker.allows(self._tuning.under_way, healthy=self._healthy()) - others
        if free <= 0:
            return False
        found = await self._desk.do(delivery.lease, self.connection, self._owner, free, self._tuning.lease_seconds)
        self.rounds_with_work += bool(found)
        away = [errand for errand in found if self._stopping or not self._start(errand)]
        if away:
            now = self._desk.now()
            ats = [now + timedelta(seconds=self._back_after(errand)) for errand in away]
            await self._desk.do(delivery.give_back, away, ats)
        return bool(found)

    def _uploads(self) -> int:
        return sum(_uploads(errand) for errand in self._tasks.values())

    def _back_after(self, errand: Errand) -> float:
        """Seconds after which one that was given back shall come again."""
        if _uploads(errand) and self._uploads() >= self._tuning.uploads:
            return self._tuning.patience_seconds
        return self._pacer.send_away(self._room(errand), crowd=errand.crowd)

    async def _renew(self) -> None:
        """Keeps what is under way: what waits for a room, or for an answer, may have been leased a while ago."""
        now = self._desk.now()
        if now - self._renewed < timedelta(seconds=self._tuning.renew_seconds):
            return
        if self._tasks:
            await self._desk.do(delivery.renew, list(self._tasks.values()), self._tuning.lease_seconds)
        self._renewed = now

    def _start(self, errand: Errand) -> bool:
        """Begins to deliver, unless too many wait for the same room, or to carry files: those are given back, to leave
        others a place. One of a crowd goes only where nobody else waits."""
        room = self._room(errand)
        if _uploads(errand) and self._uploads() >= self._tuning.uploads:
            return False
        wait = self._pacer.wait_for_room(room) + self._waiting[room] * self._platform.pace.room_seconds
        if room and (wait > self._tuning.patience_seconds or (errand.crowd and self._waiting[room])):
            return False
        self._waiting[room] += 1
        self._unsent.add(errand.id)
        task = asyncio.create_task(self._deliver(errand), name=f"relay-{self.connection}-{errand.id}")
        self._tasks[task] = errand
        task.add_done_callback(self._finished)
        return True

    def _finished(self, task: asyncio.Task[None]) -> None:
        errand = self._tasks.pop(task)
        self._unsent.discard(errand.id)
        if not task.cancelled() and task.exception():
            log.error("relay.delivery_failed", connection=self.connection, errand=errand.id, exc_info=task.exception())
        self._wake.set()

    async def _rest(self) -> None:
        """Until there is news, or something falls due."""
        async with self._rested:
            if not self._tasks:
                self._empty_round = self._rounds
            self._rested.notify_all()
        news = asyncio.ensure_future(self._wake.wait())
        due = asyncio.ensure_future(self._sleep(await self._until_next()))
        try:
            await asyncio.wait((news, due), return_when=asyncio.FIRST_COMPLETED)
        finally:
            news.cancel()
            due.cancel()

    async def _until_next(self) -> float:
        longest = self._tuning.poll_seconds
        if self._breaker.wait():
            return min(longest, self._breaker.wait())
        try:
            at = await self._desk.look(delivery.next_at, self.connection)
        except StoreUnavailable:
            return longest
        return min(longest, max(0.01, (at - self._desk.now()).total_seconds())) if at else longest

    async def quiet(self) -> None:
        """Returns when nothing is under way and nothing could be leased."""
        while not self._stopping:
            seen = self._rounds
            self._wake.set()
            async with self._rested:
                while self._empty_round <= seen and not self._stopping:
                    await self._rested.wait()
            if not self._tasks:
                return

    # One errand

    async def _deliver(self, errand: Errand) -> None:
        if not await self._turn(errand):
            return
        try:
            begun = await self._record(errand, delivery.begin, errand, self._tuning.lease_seconds)
            if begun is not None:
                await self._carry(begun)
        finally:
            self._slots_of(errand).release()

    async def _carry(self, errand: Errand) -> None:
        try:
            carried = await self._courier.carry(errand)
        except (SendError, Stale, Unknowable) as error:
            await self._failed(errand, error)
        except StoreUnavailable:
            return  # its lease runs out, and then it is looked for
        except Exception as error:
            log.exception("relay.carrying_failed", connection=self.connection, errand=errand.id)
            await self._failed(errand, Ambiguous(f"Something unexpected happened ({type(error).__name__})."))
        else:
            self._breaker.worked()
            await self._arrived(errand, carried)

    async def _turn(self, errand: Errand) -> bool:
        """Waits for the room's turn, a free slot and the platform's line. False where it was given back."""
        room, slots = self._room(errand), self._slots_of(errand)
        door = self._doors.setdefault(room, asyncio.Lock())
        try:
            async with door:
                if room and not await self._room_is_free(room):
                    await self._away(errand, self._pacer.send_away(room, crowd=errand.crowd))
                    return False
                await slots.acquire()
                try:
                    await self._pause(self._pacer.book_line())
                    if room:
                        self._pacer.book_room(room)
                    self._unsent.discard(errand.id)
                except BaseException:
                    slots.release()
                    raise
        finally:
            self._waiting[room] -= 1
            if not self._waiting[room]:
                del self._waiting[room]
                self._doors.pop(room, None)
        return True

    def _slots_of(self, errand: Errand) -> asyncio.Semaphore:
        return self._upload_slots if _uploads(errand) else self._slots

    def _room(self, errand: Errand) -> str:
        """Whose pace a row keeps: its room's, its thread's where these go apart, for direct messages the account's; ""
        for marks, which take no place. Changes wait for changes alone where these go apart."""
        if errand.kind in MARKS:
            return ""
        pace = self._platform.pace
        room = (errand.place.thread if pace.threads_apart else "") or errand.place.room or errand.account
        return f"{room} edits" if pace.edits_apart and _changes(errand) else room

    async def _room_is_free(self, room: str) -> bool:
        wait = self._pacer.wait_for_room(room)
        if wait > 2 * self._tuning.patience_seconds:
            return False
        await self._pause(wait)
        return True

    async def _pause(self, seconds: float) -> None:
        if seconds > 0.001:  # what a loop's timer can tell from nothing
            await self._sleep(seconds)

    async def _away(self, errand: Errand, seconds: float) -> None:
        await self._record(errand, delivery.give_back, [errand], [self._desk.now() + timedelta(seconds=seconds)])

    async def _arrived(self, errand: Errand, carried: Carried) -> None:
        sent = carried.sent
        ids = (sent.room, sent.message_id, sent.thread, carried.shown, sent.parts, sent.replaced)
        if await self._record(errand, delivery.sent, errand.id, errand.fence, *ids) is False:
            log.warning("relay.lease_lost", connection=self.connection, errand=errand.id)

    async def _failed(self, errand: Errand, error: Exception) -> None:
        key, why = (errand.id, errand.fence), str(error)
        match error:
            case Stale():
                await self._record(errand, delivery.hold, *key)
            case Unknowable():
                await self._record(errand, delivery.unknown, *key, why)
            case Hopeless():
                self._breaker.worked()  # it answered
                log.warning("relay.parked", connection=self.connection, errand=errand.id, what=errand.kind, why=why)
                await self._record(errand, delivery.parked, *key, why, error.kind)
            case _:
                await self._again(errand, error)

    async def _again(self, errand: Errand, error: Exception) -> None:
        """Nothing took effect, or nobody knows: later, or given up after long enough."""
        after = error.after if isinstance(error, TryLater) else 0.0
        if after:
            self._pacer.close_room(self._room(errand), after)
        elif not isinstance(error, Moved):
            self._breaker.failed(errand.id, healthy=self._healthy())
        now, key, why = self._desk.now(), (errand.id, errand.fence), str(error)
        posts = errand.kind in POSTS
        doubtful = posts and (isinstance(error, Ambiguous) or errand.doubt_since is not None)
        most = self._tuning.attempts if posts else self._tuning.optional_attempts
        old = (now - errand.created_at).total_seconds() > self._tuning.give_up_seconds
        # while the platform is down every post fails: how often says nothing of this one
        tried = errand.attempts + 1 >= most and not (isinstance(error, TryLater) and self._is_down())
        if tried or (old and errand.attempts > 0):
            await self._give_up(errand, why, doubtful)
            return
        at = now + timedelta(seconds=backoff(self._random, errand.attempts, after))
        log.info("relay.again", connection=self.connection, errand=errand.id, why=why, doubtful=doubtful)
        await self._record(errand, delivery.doubt if doubtful else delivery.retry, *key, at, why)

    async def _give_up(self, errand: Errand, why: str, doubtful: bool) -> None:
        key = (errand.id, errand.fence, why)
        if errand.kind in MARKS:
            await self._record(errand, delivery.dropped, *key)
        elif doubtful:
            await self._record(errand, delivery.unknown, *key)
        else:
            await self._record(errand, delivery.parked, *key, "late")

    async def _record(self, errand: Errand, verb: Callable[..., Any], *args: Any) -> Any:
        """Writes down how it went; where the database fails for longer, the lease runs out and it is looked for."""
        for attempt in range(5):
            try:
                return await self._desk.do(verb, *args)
            except StoreUnavailable:
                await asyncio.sleep(0.1 * 2**attempt)
        log.error("relay.not_recorded", connection=self.connection, errand=errand.id)
        return None

    def _healthy(self) -> bool:
        return self._platform.health().ok

    def _is_down(self) -> bool:
        """Does nothing get through: says the connection so itself, or did all posts fail lately?"""
        return self._breaker.tripped or not self._healthy()

    # The end

    async def drain(self, seconds: float) -> None:
        """Leases no more, gives back what was not begun, and waits at most `seconds` for what was."""
        self._stopping = True
        self._wake.set()
        unsent = {task: errand for task, errand in self._tasks.items() if errand.id in self._unsent}
        for task in unsent:
            task.cancel()
        if unsent:
            now = self._desk.now()
            errands = list(unsent.values())
            await self._record(errands[0], delivery.give_back, errands, [now] * len(errands))
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=seconds)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        async with self._rested:
            self._rested.notify_all()


def _changes(errand: Errand) -> bool:
    """Is it about a post that is there, and no new one?"""
    return errand.kind in CHANGES or (errand.kind == "card" and bool(errand.target))


def _uploads(errand: Errand) -> bool:
    """May saying it take as long as files take?"""
    return errand.kind == "message" and bool(errand.files)
