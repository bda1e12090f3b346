"""Files that come with messages. Telegram hands them out for as long as it has them, by ids that are the bot's own; the
address where one lies for an hour bears the bot's token, so that no error and no log line shows it.
"""

from collections.abc import AsyncIterator
from typing import Any

import httpx
from telegram import Bot, Message
from telegram.error import BadRequest, TelegramError

from bots.port import Hopeless, SendError, TryLater
from bots.telegram.calls import meaning
from bots.telegram.line import certificates
from inbox.model import Attached, FileKind

CHUNK = 64 * 1024
TIMEOUT = httpx.Timeout(30, connect=5)
LONGEST_ID = 255

# What a file is for us, and what it is called and of which type it is where Telegram does not tell. The first that a
# message has counts: an animation is a document too.
KINDS: dict[str, tuple[FileKind, str, str]] = {
    "photo": ("image", "photo.jpg", "image/jpeg"),
    "animation": ("video", "animation.mp4", "video/mp4"),
    "video": ("video", "video.mp4", "video/mp4"),
    "video_note": ("video", "video message.mp4", "video/mp4"),
    "voice": ("voice", "voice message.ogg", "audio/ogg"),
    "audio": ("audio", "audio.mp3", "audio/mpeg"),
    "document": ("document", "file", ""),
    "sticker": ("sticker", "sticker.webp", "image/webp"),
}


def attachments(message: Message) -> tuple[Attached, ...]:
    """The file of a message; none where it has none that can be shown elsewhere. Raises ValueError and TypeError for
    what is not as documented."""
    kind = next((kind for kind in KINDS if getattr(message, kind, None)), "")
    found = _shown(kind, getattr(message, kind)) if kind else None
    return (_attached(kind, found),) if found else ()


def _shown(kind: str, what: Any) -> Any:
    """A photo comes in several sizes, of which the largest is the last; a sticker that moves is shown by its picture,
    if it has one, for only Telegram's own clients play its format."""
    if kind == "photo":
        return max(what, key=lambda size: size.width * size.height)
    return what.thumbnail if kind == "sticker" and (what.is_animated or what.is_video) else what


def _attached(kind: str, what: Any) -> Attached:
    sort, name, mime = KINDS[kind]
    name, mime = getattr(what, "file_name", None) or name, getattr(what, "mime_type", None) or mime
    ref, size = str(what.file_id), what.file_size or 0
    if not (ref.isascii() and ref.isprintable() and 0 < len(ref) <= LONGEST_ID):
        raise ValueError(f"{ref!r:.40} is no file's id")
    if type(size) is not int or not 0 <= size < 2**52:
        raise ValueError(f"{size!r:.40} is no file's size")
    if not isinstance(mime, str):
        raise TypeError("a file's type must be text")
    return Attached(ref, _plain(str(name)), _plain(mime).casefold(), size, sort)


def _plain(text: str) -> str:
    """Text that any database takes."""
    return text.encode("utf-8", "replace").decode("utf-8").replace("\0", "\ufffd")


class Files:
    """Fetches files over a bot's line."""

    def __init__(self, bot: Bot) -> None:
        self._bot = bot

    async def fetch(self, ref: str) -> AsyncIterator[bytes]:
        """The bytes of a file. Raises Hopeless (gone, forbidden) and TryLater."""
        address = await self._address(ref)
        try:
            async with (
                httpx.AsyncClient(verify=certificates(), timeout=TIMEOUT) as client,
                client.stream("GET", address) as answer,
            ):
                _refuse(answer.status_code)
                async for chunk in answer.aiter_bytes(CHUNK):
                    yield chunk
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            raise _unfetched(error) from None

    async def _address(self, ref: str) -> str:
        """Where a file lies now."""
        try:
            found = await self._bot.get_file(ref)
        except TelegramError as error:
            raise _refusal(error) from None
        if not found.file_path:
            raise Hopeless("The file is gone from Telegram.", "gone")
        return found.file_path


def _refusal(error: TelegramError) -> SendError:
    """What is too big for bots (20 MB: Bot API, "getFile"), or is not there; all else is for later."""
    if isinstance(error, BadRequest):
        if "too big" in str(error).casefold():
            return Hopeless("Telegram does not hand the file out (it is too big).", "forbidden")
        return Hopeless("The file is gone from Telegram.", "gone")
    found = meaning(error)
    return found if isinstance(found, TryLater) else _unfetched(error)


def _refuse(status: int) -> None:
    if status == 404:
        raise Hopeless("The file is gone from Telegram.", "gone")
    if status in (401, 403):
        raise Hopeless("Telegram does not hand the file out.", "forbidden")
    if status != 200:
        raise TryLater(f"Telegram answered {status} for a file.")


def _unfetched(error: Exception) -> TryLater:
    return TryLater(f"The file could not be fetched from Telegram ({type(error).__name__}).")
