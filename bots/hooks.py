"""Platforms that tell us by posts to our own server: an addition to the port, for those that can."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any, Protocol, runtime_checkable

# An ASGI application: https://asgi.readthedocs.io
Hook = Callable[[Any, Callable[[], Awaitable[Any]], Callable[[Any], Awaitable[None]]], Awaitable[None]]


@runtime_checkable
class Hooked(Protocol):
    """A platform that can be told by posts. Any number of processes may be told so at once: none holds the right."""

    def hooks(self) -> Mapping[str, Hook]:
        """Path on the inbox's server → what answers there; empty where this connection dials out. While it is not
        started, it answers so that the platform comes again."""


def hooks_of(platforms: Iterable[object]) -> dict[str, Hook]:
    """Path → what answers there, of all of them."""
    return {path: hook for one in platforms if isinstance(one, Hooked) for path, hook in one.hooks().items()}


def behind(hooks: Mapping[str, Hook], app: Any) -> Any:
    """An ASGI application that gives posts to these paths to their hooks, and everything else to `app`.

    Hooks stand before the inbox's guard: what they take is signed, and comes from whatever host.
    """

    async def sort(scope: Any, receive: Any, send: Any) -> None:
        path = str(scope["path"]) if scope["type"] == "http" else ""
        await hooks.get(path, app)(scope, receive, send)

    return sort if hooks else app
