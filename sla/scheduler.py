"""The metronome: calls what it is given, again and again, and knows nothing else.

What is due stands in rows; a beat that comes late or is skipped loses nothing, since the next one finds the same rows.
So beats are never queued up: one at a time, and one for any number missed.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.base import BaseTrigger

from sla.walltime import EPOCH

Tick = Callable[[], Awaitable[None]]
OnError = Callable[[str, Exception], None]

_WATCH_SECONDS = 5.0

_log = logging.getLogger(__name__)


class Metronome:
    """Beats in the running event loop, from `start()` to `stop()`.

    An exception in a tick is handed to `on_error(name, exception)` (default: logged), and the next beat comes as if
    nothing had happened.
    """

    def __init__(self, on_error: OnError | None = None) -> None:
        self._on_error = on_error or _logged
        # APScheduler tells of every beat and warns of every one left out; here that is as it should be.
        logging.getLogger("apscheduler").setLevel(logging.ERROR)
        # Without a zone of its own it would look for the machine's.
        self._scheduler = AsyncIOScheduler(timezone=UTC)
        self._names: set[str] = set()
        self._beats: dict[str, _Beat] = {}
        self._under_way: set[asyncio.Task[None]] = set()
        self._watch: asyncio.TimerHandle | None = None

    def every(self, seconds: float, name: str, tick: Tick) -> None:
        """Call `tick` at the start and then each `seconds`; a tick that takes longer skips beats.

        Raises ValueError for a name that is taken or seconds that are not positive.
        """
        if seconds <= 0:
            raise ValueError(f"the beat {name} needs a positive number of seconds")
        self._add(name, tick, _Every(timedelta(seconds=seconds)))
        self._beats[name] = _Beat(seconds)

    def start(self) -> None:
        """Begin to beat. Needs a running event loop, else RuntimeError."""
        self._scheduler.start()
        self._keep_watch()

    def stop(self) -> None:
        """Beat no more; ticks under way are cancelled. Harmless if not started or stopped before."""
        if self._watch:
            self._watch.cancel()
            self._watch = None
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)

    async def drain(self) -> None:
        """Let ticks under way end by themselves, begin no others, then stop."""
        if self._scheduler.running:
            self._scheduler.pause()
        if self._under_way:
            await asyncio.wait(self._under_way)
        self.stop()

    def _add(self, name: str, tick: Tick, trigger: BaseTrigger) -> None:
        if name in self._names:
            raise ValueError(f"there is a beat {name} already")
        self._names.add(name)
        # The default grace of one second would drop every beat that comes late, as after a busy moment.
        self._scheduler.add_job(
            self._run, trigger, (name, tick), id=name, misfire_grace_time=None, coalesce=True, max_instances=1
        )

    async def _run(self, name: str, tick: Tick) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._under_way.add(task)
        if beat := self._beats.get(name):
            beat.seen = asyncio.get_running_loop().time()
            beat.running = True
        try:
            await tick()
        except asyncio.CancelledError:
            return  # stopped in a beat: the rows stand, and APScheduler would write a traceback for every one
        except Exception as exception:
            self._on_error(name, exception)
        finally:
            self._under_way.discard(task)
            if beat:
                beat.running = False

    def _keep_watch(self) -> None:
        """Wake a beat that fell silent: APScheduler waits for a wall clock that was set back to come round again."""
        loop = asyncio.get_running_loop()
        for name, beat in self._beats.items():
            if beat.silent(loop.time()):
                self._scheduler.modify_job(name, next_run_time=EPOCH)
        self._watch = loop.call_later(_WATCH_SECONDS, self._keep_watch)


@dataclass
class _Beat:
    """When a beat was last seen, by the loop's clock, which nobody sets."""

    seconds: float
    seen: float | None = None
    running: bool = False

    def silent(self, now: float) -> bool:
        if self.seen is None:
            self.seen = now
        return not self.running and now - self.seen > 2 * self.seconds + _WATCH_SECONDS


class _Every(BaseTrigger):  # type: ignore[misc]
    """At once, then in even steps; steps that were missed are left out, not made up for."""

    def __init__(self, step: timedelta) -> None:
        self._step = step

    def get_next_fire_time(self, previous: datetime | None, now: datetime) -> datetime:
        if previous is None:
            return now
        following = previous + self._step
        return following if following > now else now + self._step


def _logged(name: str, exception: Exception) -> None:
    _log.error("the beat %s failed", name, exc_info=exception)
