"""Rate limits: a tier per method, and one message a second per channel with some allowance for bursts.

https://docs.slack.dev/apis/web-api/rate-limits
"""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass

POSTS = ("chat.postMessage", "chat.postEphemeral", "files.completeUploadExternal")


@dataclass(slots=True)
class Bucket:
    left: float
    at: float


class Limits:
    """Token buckets. `clock` gives seconds; it is real time, since clients wait `Retry-After` in real time."""

    def __init__(self, burst: int = 20, clock: Callable[[], float] = time.monotonic) -> None:
        self.burst, self.clock = burst, clock
        self._buckets: dict[tuple[str, str], Bucket] = {}

    def wait(self, method: str, per_minute: float, channel: str) -> int:
        """Takes one call; 0 where it may go on, else the whole seconds of `Retry-After`."""
        if method in POSTS and channel:
            return self._take((method, channel), 1.0, self.burst)
        return self._take((method, ""), per_minute / 60.0, per_minute)

    def _take(self, key: tuple[str, str], per_second: float, most: float) -> int:
        now = self.clock()
        bucket = self._buckets.setdefault(key, Bucket(most, now))
        bucket.left = min(most, bucket.left + (now - bucket.at) * per_second)
        bucket.at = now
        if bucket.left < 1.0:
            return max(1, math.ceil((1.0 - bucket.left) / per_second))
        bucket.left -= 1.0
        return 0

    def clear(self) -> None:
        self._buckets.clear()
