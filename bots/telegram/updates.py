"""Raw updates on their way to the desk: each chat's in order, an album's together, what cannot be understood aside."""

import asyncio
import json
import re
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import structlog

from bots.port import Front
from bots.telegram.events import ALBUM_LIMIT
from inbox.errors import StoreUnavailable

log = structlog.get_logger("telegram")

RAW_LIMIT = 100_000
REMEMBERED = 1_000  # updates, so that one that comes twice is handled once
ID = re.compile(r'\s*\{\s*"update_id"\s*:\s*([0-9]{1,18})\b')


class Updates:
    """Hands updates to `take`: one, or all of an album."""

    def __init__(self, connection: str, front: Front, take: Callable[[Sequence[Any]], Awaitable[None]]) -> None:
        self._connection, self._front, self._take = connection, front, take
        self._handled: dict[int, None] = {}

    async def take_in(self, updates: Sequence[Any]) -> None:
        """Returns when the desk has committed them all, or set them aside. Raises StoreUnavailable."""
        done = await asyncio.gather(*(self._in_order(line) for line in lines(updates)), return_exceptions=True)
        for failure in done:
            if isinstance(failure, BaseException):
                raise failure

    async def _in_order(self, updates: Sequence[Any]) -> None:
        for several in bundles(updates):
            new = [update for update in several if hash(raw(update)) not in self._handled]
            if new:  # else it is of a batch that came again
                await self._together(new)
                self._remember(new)

    async def _together(self, updates: Sequence[Any]) -> None:
        try:
            await self._take(updates)
        except StoreUnavailable:
            raise
        except Exception as error:
            if len(updates) > 1:  # one bad picture spoils no album
                for update in updates:
                    await self._together([update])
                return
            log.exception("telegram.update_not_understood", connection=self._connection)
            await self._set_aside(raw(updates[0]), f"{type(error).__name__}: {error}")

    def _remember(self, updates: Sequence[Any]) -> None:
        self._handled.update(dict.fromkeys(hash(raw(update)) for update in updates))
        while len(self._handled) > REMEMBERED:
            self._handled.pop(next(iter(self._handled)))

    async def _set_aside(self, raw: str, why: str) -> None:
        try:
            await self._front.quarantine(self._connection, raw, _plain(why)[:RAW_LIMIT])
        except StoreUnavailable:
            raise
        except Exception:
            log.exception("telegram.not_set_aside", connection=self._connection, raw=raw)


def bundles(updates: Sequence[Any]) -> list[list[Any]]:
    """Each update for itself, but the items of an album together, where the first of them stands."""
    found: dict[str | int, list[Any]] = {}
    for number, update in enumerate(updates):
        found.setdefault(album_of(update) or number, []).append(update)
    return list(found.values())


def album_of(update: Any) -> str:
    """The album that an update brings an item of, "" for none."""
    message = update.get("message") if isinstance(update, dict) else None
    group = message.get("media_group_id") if isinstance(message, dict) else None
    return f"{_chat_of(update)}/{group}" if group else ""


def albums(updates: Sequence[Any]) -> dict[str, int]:
    """The albums of which more may come, with how many items there are: the last of what is said in their chat."""
    counted = Counter(album_of(update) for update in updates)
    last = {_chat_of(update): album_of(update) for update in updates}
    return {album: counted[album] for album in last.values() if album and counted[album] < ALBUM_LIMIT}


def lines(updates: Sequence[Any]) -> list[list[Any]]:
    """One chat's updates are taken in order, chats beside each other; but when a group gets another id, all wait for
    that: what was written under the new id comes after."""
    if any(_moves(update) for update in updates):
        return [list(updates)]
    chats: dict[str, list[Any]] = {}
    for update in updates:
        chats.setdefault(_chat_of(update), []).append(update)
    return list(chats.values())


def offset_after(updates: Sequence[Any], offset: int, attempt: int = 0) -> int:
    """The offset that confirms these updates. Where the last ones have no id that can be read, it is counted on: ids
    grow by at least one, so that nothing is skipped.

    `attempt` says how often Telegram gave them again although they were confirmed: then the id was wrong that was gone
    by, and the one before it is."""
    known = ((number, _id_of(update)) for number, update in enumerate(reversed(updates)))
    offsets = list(dict.fromkeys(found + 1 + number for number, found in known if found is not None))
    if offsets:
        return offsets[attempt % len(offsets)]
    return offset + len(updates) if offset else 0


def _id_of(update: Any) -> int | None:
    if isinstance(update, str):
        found = ID.match(update)
        return int(found[1]) if found else None
    number = update.get("update_id") if isinstance(update, dict) else None
    return number if type(number) is int and 0 < number < 2**63 else None


def _moves(update: Any) -> bool:
    message = update.get("message") if isinstance(update, dict) else None
    return isinstance(message, dict) and ("migrate_to_chat_id" in message or "migrate_from_chat_id" in message)


def _chat_of(update: Any) -> str:
    """The chat that an update belongs to, as far as that can be read; "" for all others together."""
    for part in update.values() if isinstance(update, dict) else ():
        inner = part.get("message", part) if isinstance(part, dict) else None
        chat = inner.get("chat") if isinstance(inner, dict) else None
        if isinstance(chat, dict):
            return str(chat.get("id"))
    return ""


def raw(update: Any) -> str:
    """An update as text that every database can keep."""
    try:
        text = update if isinstance(update, str) else json.dumps(update, ensure_ascii=False)
    except RecursionError:
        text = "(nested too deeply to be shown)"
    return _plain(text)[:RAW_LIMIT]


def _plain(text: str) -> str:
    return text.encode("utf-8", "backslashreplace").decode("utf-8").replace("\0", "\\0")
