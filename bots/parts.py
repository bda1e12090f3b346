"""Posts that take several messages: each put out once, all changed and taken back together."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from bots.port import Hopeless

T = TypeVar("T")


class Unfinished:
    """What is out of posts that are not whole yet, by nonce: tried again, a post goes on where it ended. The latest
    `most` are remembered, as long as the program runs."""

    def __init__(self, most: int = 1_000) -> None:
        self._out: dict[str, list[str]] = {}
        self._most = most

    def of(self, nonce: str) -> list[str]:
        """The ids of the messages that are out, to be added to; a post without a nonce is remembered by nobody."""
        if not nonce:
            return []
        out = self._out.setdefault(nonce, [])
        while len(self._out) > self._most:
            self._out.pop(next(iter(self._out)))
        return out

    def found(self, nonce: str, out: Sequence[str]) -> None:
        """These messages of a post were found on the platform."""
        self.of(nonce)[:] = out

    def end(self, nonce: str) -> None:
        """The post is whole."""
        self._out.pop(nonce, None)


@dataclass(frozen=True, slots=True)
class Hand(Generic[T]):
    """What a platform does to single messages: `post` (the message's number in its post, what it shows) returns its
    id. All raise SendError's branches. `blank` is shown where nothing is left to be said and nothing can be removed."""

    post: Callable[[int, T], Awaitable[str]]
    change: Callable[[str, T], Awaitable[None]]
    remove: Callable[[str], Awaitable[None]]
    blank: T


async def post(out: list[str], bodies: Sequence[T], put: Callable[[int, T], Awaitable[str]], before: int = 0) -> None:
    """Posts what is not out yet: `out` and the `before` messages ahead of them show the first of the bodies."""
    for number in range(before + len(out), len(bodies)):
        out.append(await put(number, bodies[number]))


async def change(parts: Sequence[str], bodies: Sequence[T], out: list[str], hand: Hand[T]) -> tuple[str, ...]:
    """Puts these bodies in the place of a post's messages; returns the messages that it has then, in order.

    Missing ones are posted after them (those in `out` are), superfluous ones removed. The first must be there.
    """
    there, at = list(parts), 0
    while at < min(len(there), len(bodies)):
        try:
            await hand.change(there[at], bodies[at])
            at += 1
        except Hopeless as refused:
            if at == 0 or refused.kind != "gone":
                raise
            del there[at]
    await post(out, bodies, hand.post, before=at)
    left = [id_ for id_ in there[at:] if not await _is_gone(id_, hand)]
    return (*there[:at], *out, *left)


async def _is_gone(id_: str, hand: Hand[T]) -> bool:
    """Removes a message, or what it shows."""
    try:
        await remove((id_,), hand.remove)
    except Hopeless:
        await hand.change(id_, hand.blank)
        return False
    return True


async def remove(parts: Sequence[str], call: Callable[[str], Awaitable[None]]) -> None:
    """Removes all of these messages; that one is not there is fine. Raises the first refusal when all were tried."""
    refused: Hopeless | None = None
    for id_ in parts:
        try:
            await call(id_)
        except Hopeless as error:
            refused = refused or (error if error.kind != "gone" else None)
    if refused:
        raise refused
