"""The alarm clock: sleeps until the next thing is due, and is woken when something is due before that.

What is due stands in rows, and only they count: whoever rings reads them again, so a call too many costs one look, and
a call that was lost delays by LONGEST_SECONDS at most. The same holds where the machine's clock is set forward in a
sleep; one that is set back makes it look in vain.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import datetime, timedelta

Ring = Callable[[], Awaitable[datetime | None]]
Sleep = Callable[[asyncio.Event, float], Awaitable[None]]

LONGEST_SECONDS = 5.0
RETRY = timedelta(seconds=1)  # after a ring that failed
# a timer may end a moment early by the wall clock, and would find nothing due yet
SLACK_SECONDS = 0.002

_log = logging.getLogger(__name__)


async def sleep(woken: asyncio.Event, seconds: float) -> None:
    """Until the time has passed or the event is set."""
    with suppress(TimeoutError):
        await asyncio.wait_for(woken.wait(), seconds)


class AlarmClock:
    """Rings in the running event loop, from `start()` to `stop()`, one ring at a time.

    `ring()` does what is due and returns when the next is due: now or earlier where more is due already, None for
    nothing. What it raises is handed to `on_error` (default: logged), and it rings again after a second. `clock` gives
    the present; `sleep(woken, seconds)` waits.
    """

    def __init__(
        self,
        ring: Ring,
        clock: Callable[[], datetime],
        *,
        on_error: Callable[[Exception], None] | None = None,
        sleep: Sleep = sleep,
        longest_seconds: float = LONGEST_SECONDS,
    ) -> None:
        self._ring, self._clock, self._sleep = ring, clock, sleep
        self._on_error = on_error or _logged
        self._longest = longest_seconds
        self._woken = asyncio.Event()
        self._until: datetime | None = None  # while it sleeps: for what it waits
        self._asleep = self._ending = False
        self._sooner: datetime | None = None  # what was announced while it rang
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Rings at once, and from then on by itself. Needs a running event loop, else RuntimeError."""
        self._task = asyncio.create_task(self._run(), name="alarm clock")

    def due(self, at: datetime | None) -> None:
        """Something will be due at that time, or (None) at a time that is not known here."""
        at = at or self._clock()
        if not self._asleep:
            self._sooner = _earlier(at, self._sooner)
        elif self._until is None or at < self._until:
            self._woken.set()

    async def stop(self, seconds: float = 0) -> None:
        """Rings no more; a ring under way may end within that time, then it is cut short. Harmless if not started."""
        if self._task is None:
            return
        self._ending = True
        self._woken.set()
        await asyncio.wait({self._task}, timeout=seconds)
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        while not self._ending:
            self._until = _earlier(await self._rung(), self._sooner)
            self._sooner = None
            self._woken.clear()
            if self._ending:
                return
            self._asleep = True
            await self._sleep(self._woken, self._seconds())
            self._asleep = False

    async def _rung(self) -> datetime | None:
        try:
            return await self._ring()
        except Exception as exception:
            self._on_error(exception)
            return self._clock() + RETRY

    def _seconds(self) -> float:
        if self._until is None:
            return self._longest
        left = (self._until - self._clock()).total_seconds()
        return min(max(0.0, left + SLACK_SECONDS if left > 0 else 0.0), self._longest)


def _earlier(one: datetime | None, other: datetime | None) -> datetime | None:
    return min((at for at in (one, other) if at is not None), default=None)


def _logged(exception: Exception) -> None:
    _log.error("a ring of the alarm clock failed", exc_info=exception)
