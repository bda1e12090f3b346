"""Rate limits: a bucket per route and major parameter, and 50 calls a second in all.

Source: developer documentation, "Rate Limits". The platform publishes no figures per route and asks clients to read
the headers; those below are what its headers have been seen to say. Measured against the process's own clock, since a
client sleeps in real seconds whatever time a test tells the simulator.
"""

import hashlib
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

FIGURES: dict[str, tuple[int, float]] = {
    "POST /channels/{channel_id}/messages": (5, 5.0),
    "PATCH /channels/{channel_id}/messages/{message_id}": (5, 5.0),
    "DELETE /channels/{channel_id}/messages/{message_id}": (5, 1.0),
    "PUT /channels/{channel_id}/messages/{message_id}/reactions/{emoji_name}/@me": (1, 0.25),
    "DELETE /channels/{channel_id}/messages/{message_id}/reactions/{emoji_name}/@me": (1, 0.25),
    "POST /channels/{channel_id}/typing": (5, 5.0),
    "GET /channels/{channel_id}/messages": (5, 1.0),
    "POST /webhooks/{webhook_id}/{webhook_token}": (5, 2.0),
}
OTHERS = (50, 1.0)
MAJOR = ("channel_id", "guild_id", "webhook_id", "webhook_token", "interaction_token")
NOT_GLOBAL = ("POST /interactions/", "POST /webhooks/{webhook_id}/{webhook_token}")


@dataclass(slots=True)
class Bucket:
    limit: int
    seconds: float
    ends: float = 0.0
    used: int = 0


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the limits say of one call: the headers, and how long to wait where it is refused (seconds)."""

    headers: dict[str, str]
    retry_after: float = 0.0
    scope: str = ""


@dataclass(slots=True)
class Limits:
    """Set `on` to False to let everything through (the headers then tell of a limit that is never reached)."""

    on: bool = True
    per_second: int = 50
    figures: dict[str, tuple[int, float]] = field(default_factory=lambda: dict(FIGURES))
    now: Callable[[], float] = time.monotonic
    _buckets: dict[tuple[str, str], Bucket] = field(default_factory=dict)
    _recent: deque[float] = field(default_factory=deque)

    def count(self, call: str, params: Mapping[str, str]) -> Verdict:
        """Counts one call against its bucket and against the whole."""
        now = self.now()
        bucket = self._bucket(call, params, now)
        if not self.on:
            return Verdict(_headers(call, bucket, bucket.limit - 1, bucket.seconds))
        wait = self._global_wait(call, now)
        if wait:
            return Verdict({**_headers(call, bucket, 0, wait), "X-RateLimit-Global": "true"}, wait, "global")
        left = bucket.ends - now
        if bucket.used >= bucket.limit:
            return Verdict(_headers(call, bucket, 0, left), left, "user")
        bucket.used += 1
        return Verdict(_headers(call, bucket, bucket.limit - bucket.used, left))

    def _bucket(self, call: str, params: Mapping[str, str], now: float) -> Bucket:
        major = "/".join(params[name] for name in MAJOR if name in params)
        bucket = self._buckets.setdefault((call, major), Bucket(*self.figures.get(call, OTHERS)))
        if bucket.ends <= now:
            bucket.ends, bucket.used = now + bucket.seconds, 0
        if len(self._buckets) > 2000:
            self._buckets = {key: kept for key, kept in self._buckets.items() if kept.ends > now}
        return bucket

    def _global_wait(self, call: str, now: float) -> float:
        """Answers to interactions are not counted here (documentation, "Global Rate Limit")."""
        if call.startswith(NOT_GLOBAL):
            return 0.0
        while self._recent and self._recent[0] <= now - 1.0:
            self._recent.popleft()
        if len(self._recent) >= self.per_second:
            return self._recent[0] + 1.0 - now
        self._recent.append(now)
        return 0.0


def _headers(call: str, bucket: Bucket, remaining: int, left: float) -> dict[str, str]:
    return {
        "X-RateLimit-Limit": str(bucket.limit),
        "X-RateLimit-Remaining": str(remaining),
        "X-RateLimit-Reset": f"{time.time() + left:.3f}",
        "X-RateLimit-Reset-After": f"{left:.3f}",
        "X-RateLimit-Bucket": hashlib.sha256(call.encode()).hexdigest()[:32],
    }
