"""Calls to Discord's REST API through discord.py, and what their failures mean for a post.

discord.py keeps the buckets of the rate limits and waits for them, but learns of the global one only by running into
it; so calls take turns here. It repeats 500, 502 and 504 a few times, which a
nonce makes harmless. What it would wait for longer than 30 s comes back at once, for the relay to pace.
"""

import asyncio
import math
import time
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import aiohttp
import discord
from discord.http import HTTPClient, Route

from bots.port import Ambiguous, Hopeless, SendError, TryLater

T = TypeVar("T")
TIMEOUT = aiohttp.ClientTimeout(total=20, connect=5)
LONGEST_WAIT = 30.0  # the least that discord.py takes as max_ratelimit_timeout
ACCESS_RETRY_SECONDS = 60.0
WALL_SECONDS = 60.0
PER_SECOND, AT_ONCE = 40, 5  # docs "Global Rate Limit": 50 a second, and some arrive closer together than they left
UNCOUNTED = ("/interactions/", "/webhooks/")  # "interaction endpoints are not bound to the bot's global rate limit"
FAILURES = (TimeoutError, discord.DiscordException, aiohttp.ClientError, OSError)
# docs "JSON Error Codes"
UNKNOWN_CHANNEL, UNKNOWN_MESSAGE, UNKNOWN_INTERACTION, ALREADY_ANSWERED = 10003, 10008, 10062, 40060
TAG_WANTED = 40067
ARCHIVED, HAS_THREAD, LOCKED, TOO_MANY_THREADS = 50083, 160004, 160005, 160006
LOCKED_SENTENCE = "The thread is locked in Discord: unlock it, or give the bot Manage Threads."
# slow mode; too many words in one channel or server, edits of old messages, new direct conversations; what is switched
# off or overloaded for a while. Most of these come as a plain 400, without a pause to keep.
SLOWLY, SLOWLY_SECONDS = {20016, 20022, 20028, 20029, 30046, 40003, 40004, 40006, 130000}, 10.0
BLOCKED = {10007, 10013, 50007, 50033, 50278, 20026}
GONE = {10003, 10004, 10008, ARCHIVED}
FORBIDDEN = {50001, 50005, 50013, 160002, TOO_MANY_THREADS, 90001, 30010, 40333, 50024, 50008}


class Refused(Hopeless):
    """Hopeless, with Discord's own code."""

    def __init__(self, why: str, kind: str, code: int) -> None:
        super().__init__(why, kind)
        self.code = code


class Http(HTTPClient):
    """discord.py's HTTP client towards a server of our choice, without the process-wide `Route.BASE`."""

    base = Route.BASE

    async def request(self, route: Route, **more: Any) -> Any:
        route.url = self.base + route.url.removeprefix(Route.BASE)
        more.setdefault("timeout", TIMEOUT)
        return await super().request(route, **more)


class Turns:
    """Lets calls begin `per_second` apart, of which up to `at_once` may begin together after a pause; who comes too
    early waits in line. `clock` and `sleep` are in seconds."""

    def __init__(
        self,
        per_second: int = PER_SECOND,
        at_once: int = AT_ONCE,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._clock, self._sleep = clock, sleep
        self._apart, self._early = 1 / per_second, (at_once - 1) / per_second
        self._next = -math.inf  # when the next call would begin, if none ever began together

    async def turn(self) -> None:
        """Books the next moment for a call, and returns when that has come."""
        now = self._clock()
        wait = self._next - self._early - now
        self._next = max(self._next, now) + self._apart
        if wait > 0:
            await self._sleep(wait)


class Api:
    """Calls of one bot."""

    def __init__(self, http: HTTPClient) -> None:
        self._http, self._turns = http, Turns()
        self._under_way: set[asyncio.Task[Any]] = set()

    async def call(self, method: str, path: str, *, query: dict[str, Any] | None = None, **more: Any) -> Any:
        """One call. `path` names its ids in braces, which are given by name; `json` is the body, or a `form` with
        `files` of discord.py's.

        Raises discord.DiscordException's branches, aiohttp.ClientError and TimeoutError. Giving up on it leaves the
        call running: cancelled while it waits for a global limit, discord.py would hold back every later call.
        """
        body = {name: more.pop(name) for name in ("json", "form", "files", "timeout") if name in more}
        asked: dict[str, Any] = {"params": query} if query else {}
        task = asyncio.ensure_future(self._request(Route(method, path, **more), **body, **asked))
        self._under_way.add(task)
        task.add_done_callback(self._ended)
        return await asyncio.shield(task)

    async def _request(self, route: Route, **how: Any) -> Any:
        if not route.path.startswith(UNCOUNTED):
            await self._turns.turn()
        return await self._http.request(route, **how)

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._under_way.discard(task)
        if not task.cancelled():
            task.exception()  # seen, also where nobody waits any more

    async def drain(self, seconds: float) -> None:
        """Lets what is under way end, within `seconds`."""
        if self._under_way:
            await asyncio.wait(self._under_way, timeout=seconds)
        for task in self._under_way:
            task.cancel()


async def carried(call: Awaitable[T]) -> T:
    """Awaits a call that posts; raises SendError's branches for what went wrong with it."""
    try:
        return await call
    except discord.DiscordException as error:
        raise meaning(error) from None
    except aiohttp.ClientConnectorError as error:
        raise TryLater(f"Discord could not be reached ({type(error).__name__}).") from None
    except (TimeoutError, aiohttp.ClientError, OSError) as error:
        raise Ambiguous(f"The connection to Discord broke during the call ({type(error).__name__}).") from None


def meaning(error: discord.DiscordException) -> SendError:
    """What Discord's refusal means."""
    if isinstance(error, discord.RateLimited):
        return TryLater("Discord asks to slow down.", error.retry_after)
    if not isinstance(error, discord.HTTPException):
        return Ambiguous(f"Something unexpected happened with Discord ({type(error).__name__}).")
    if error.code in SLOWLY:
        return TryLater("Discord lets the bot write there only now and then.", SLOWLY_SECONDS)
    if error.status == 429:
        return TryLater("Discord asks to slow down.", _pause(error))
    if error.status == 401:
        return TryLater("Discord does not accept the token.", ACCESS_RETRY_SECONDS)
    if error.status >= 500:
        return Ambiguous(f"Discord had a failure of its own ({error.status}).")
    return _refused(error)


def _pause(error: discord.HTTPException) -> float:
    """Seconds to wait. Without a `Via` header it is the wall before Discord that speaks, and wants to be left alone."""
    headers = error.response.headers
    try:
        return float(headers["Retry-After"]) if headers.get("Via") else WALL_SECONDS
    except (KeyError, ValueError):
        return WALL_SECONDS


def _refused(error: discord.HTTPException) -> SendError:
    code, text = error.code, error.text.split("\n")[0][:200] if error.code else f"status {error.status}"
    if code == LOCKED:
        return Refused(LOCKED_SENTENCE, "forbidden", code)
    if code == TAG_WANTED:
        return Refused("The forum wants a tag on each post and has none that the bot may use.", "forbidden", code)
    if code in BLOCKED:
        return Refused(f"Discord cannot reach this person ({text}).", "blocked", code)
    if code in GONE:
        return Refused(f"Discord does not have that place or message any more ({text}).", "gone", code)
    if code in FORBIDDEN or error.status == 403:
        return Refused(f"The bot may not do that in Discord ({text}).", "forbidden", code)
    return Refused(f"Discord refused it ({text}).", "invalid", code)


def told(error: Exception) -> str:
    """An error in a few words for the log: neither addresses nor tokens."""
    if isinstance(error, discord.HTTPException):
        return f"{error.status}, {error.code}"
    return type(error).__name__


def passes(error: Exception) -> bool:
    """Is it worth another attempt? What may not be read will not be readable by itself."""
    return not isinstance(error, discord.HTTPException) or error.status >= 500 or error.status == 429
