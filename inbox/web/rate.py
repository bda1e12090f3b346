"""How often one caller may ask: a bucket that fills again as time goes by. It is this process's own."""

from dataclasses import dataclass
from datetime import datetime

MOST = 120  # at once
EACH_SECOND = 2.0  # and as many more
CALLERS = 1000  # remembered at a time


class TooMany(Exception):
    """Asked too often; in `seconds` the next may be."""

    def __init__(self, seconds: int) -> None:
        super().__init__(seconds)
        self.seconds = seconds


@dataclass(frozen=True, slots=True)
class _Bucket:
    left: float
    at: datetime


class Rate:
    """The buckets of those who asked lately."""

    def __init__(self, most: float = MOST, each_second: float = EACH_SECOND) -> None:
        self._most, self._each_second = most, each_second
        self._buckets: dict[str, _Bucket] = {}

    def take(self, caller: str, now: datetime) -> None:
        """Raises TooMany where the caller's bucket is empty."""
        left = self._left(caller, now)
        if left < 1:
            raise TooMany(max(1, round((1 - left) / self._each_second + 0.5)))
        if len(self._buckets) >= CALLERS:
            self._buckets = {one: had for one, had in self._buckets.items() if self._left(one, now) < self._most}
        self._buckets[caller] = _Bucket(left - 1, now)

    def _left(self, caller: str, now: datetime) -> float:
        had = self._buckets.get(caller)
        if had is None:
            return self._most
        passed = max(0.0, (now - had.at).total_seconds())
        return min(self._most, had.left + passed * self._each_second)
