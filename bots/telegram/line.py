"""The HTTP side of python-telegram-bot: closed only when the last call has ended, and patient with what is no JSON."""

import json
import re
import ssl
import warnings
from functools import cache
from typing import Any

import httpx
from telegram.error import TelegramError
from telegram.request import HTTPXRequest
from telegram.warnings import PTBDeprecationWarning, PTBUserWarning

# In JSON a quotation mark inside of a text is escaped, so this stands nowhere but where an update begins.
BEGINNING = re.compile(r'(?=\{\s*"update_id")')


def hush() -> None:
    """Silences two warnings that say nothing to us: that some calls are made raw, which is meant, for PTB's own
    getUpdates reads all updates at once and one bad one spoils them all (for others see `lookup`); and that RetryAfter
    will tell its time in another type."""
    warnings.filterwarnings("ignore", r"Please use 'Bot\.\w+' instead of", PTBUserWarning)
    warnings.filterwarnings("ignore", r".* attribute `retry_after` will be of type", PTBDeprecationWarning)


@cache
def certificates() -> ssl.SSLContext:
    """The authorities that are trusted, read once for all lines: reading them takes longer than anything else here."""
    return httpx.create_ssl_context()


class Line(HTTPXRequest):
    """Calls to the Bot API. Once retired it closes when the last call under way has ended, and opens again for a later
    one: the relay still says what was ready when the bot stopped."""

    def __init__(self, **how: Any) -> None:
        super().__init__(httpx_kwargs={"verify": certificates()}, **how)
        self._under_way = 0
        self._retired = False

    async def do_request(self, *args: Any, **how: Any) -> tuple[int, bytes]:
        await self.initialize()  # opens it where it is closed
        self._under_way += 1
        try:
            return await super().do_request(*args, **how)
        finally:
            self._under_way -= 1
            await self._close_when_done()

    def use(self) -> None:
        """It stays open from now on."""
        self._retired = False

    async def retire(self) -> None:
        self._retired = True
        await self._close_when_done()

    async def _close_when_done(self) -> None:
        if self._retired and not self._under_way:
            await self.shutdown()


class UpdateLine(Line):
    """The line for getUpdates: one update that is no JSON, or too deep to be read, comes as the text that it is."""

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        text = payload.decode("utf-8", "replace")
        try:
            answer: dict[str, Any] = json.loads(text)
            return answer
        except (ValueError, RecursionError):
            if '"ok":true' not in text[:100].replace(" ", ""):
                raise TelegramError("Invalid server response") from None
        return {"ok": True, "result": _salvaged(text)}


def _salvaged(answer: str) -> list[Any]:
    """The updates of an answer, each read on its own; as text where it cannot be read."""
    items = answer.partition("[")[2].rpartition("]")[0]
    return [found for part in BEGINNING.split(items) for found in _read(part)]


def _read(part: str) -> list[Any]:
    """An update and what follows it up to the next; either may be nonsense."""
    part = part.strip(" \t\r\n,")
    if not part:
        return []
    try:
        update, end = json.JSONDecoder().raw_decode(part)
    except (ValueError, RecursionError):
        return [part]
    rest = part[end:].strip(" \t\r\n,")
    return [update, rest] if rest else [update]
