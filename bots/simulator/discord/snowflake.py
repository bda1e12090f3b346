"""Discord's ids: 42 bits of milliseconds since 2015, 22 bits of worker and counter.

Source: developer documentation, "Reference: Snowflakes".
"""

from collections.abc import Callable
from datetime import UTC, datetime

EPOCH_MS = 1_420_070_400_000


def snowflake_at(seconds: float, low_bits: int = 0) -> str:
    """The id that a thing made at that time (seconds since the Unix epoch) would have."""
    return str((int(seconds * 1000) - EPOCH_MS << 22) | low_bits)


def seconds_of(snowflake: str) -> float:
    """When the thing with that id was made, in seconds since the Unix epoch."""
    return ((int(snowflake) >> 22) + EPOCH_MS) / 1000


def iso(seconds: float) -> str:
    """A time as Discord writes it."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="microseconds")


class Snowflakes:
    """Hands out ids that only grow, also when the clock stands still or is set back."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._last = 0

    def next(self) -> str:
        self._last = max(int(snowflake_at(self._clock())), self._last + 1)
        return str(self._last)
