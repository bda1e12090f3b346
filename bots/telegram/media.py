"""Files that go out: one by one, or as the albums that Telegram shows together."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import ExitStack
from typing import Any, NamedTuple

from telegram import (
    Bot,
    InputFile,
    InputMediaAudio,
    InputMediaDocument,
    InputMediaPhoto,
    InputMediaVideo,
    Message,
)
from telegram.error import BadRequest, TelegramError

from bots.port import Hopeless
from inbox.filestore import FileStore
from inbox.model import File

LIMIT = 50_000_000  # bytes a file, and an album in all (Bot API, "Sending files")
PHOTO_LIMIT = 10_000_000
MOST = 10  # files an album
# What clients show or play by itself (Bot API, "sendPhoto", "sendVideo", "sendAudio", "sendVoice"); anything else is a
# document, and so is what somebody sent as one.
SHOWN: dict[str, tuple[str, frozenset[str]]] = {
    "image": ("photo", frozenset({"image/jpeg", "image/png", "image/webp"})),
    "sticker": ("photo", frozenset({"image/jpeg", "image/png", "image/webp"})),
    "video": ("video", frozenset({"video/mp4"})),
    "audio": ("audio", frozenset({"audio/mpeg", "audio/mp3", "audio/mp4", "audio/m4a", "audio/x-m4a"})),
    "voice": ("voice", frozenset({"audio/ogg", "audio/mpeg", "audio/mp3", "audio/mp4", "audio/m4a", "audio/x-m4a"})),
}
TOGETHER = {"photo": "seen", "video": "seen", "audio": "heard", "document": "read"}  # voices stand alone
ALBUM = {"photo": InputMediaPhoto, "video": InputMediaVideo, "audio": InputMediaAudio, "document": InputMediaDocument}
NO_PHOTO = ("photo_", "image_")  # PHOTO_INVALID_DIMENSIONS, IMAGE_PROCESS_FAILED: too long a strip, or none at all


class Batch(NamedTuple):
    """Files that go out in one call, each with what it is for Telegram: a single one, or an album."""

    files: tuple[tuple[str, File], ...]


def batched(files: Iterable[File]) -> list[Batch]:
    """Files in as few calls as may be, in their order: pictures and films together, documents apart, music apart."""
    apart: dict[str, list[list[tuple[str, File]]]] = {}
    for number, file in enumerate(files):
        kind = _kind(file)
        shelf = apart.setdefault(TOGETHER.get(kind, f"{kind} {number}"), [])
        if not shelf or len(shelf[-1]) == MOST or sum(one.size for _, one in shelf[-1]) + file.size > LIMIT:
            shelf.append([])
        shelf[-1].append((kind, file))
    return [Batch(tuple(batch)) for shelf in apart.values() for batch in shelf]


def _kind(file: File) -> str:
    kind, types = SHOWN.get(file.kind, ("", frozenset()))
    if file.mime.casefold() not in types or (kind == "photo" and file.size > PHOTO_LIMIT):
        return "document"
    return kind


class Media:
    """Sends files of the store through one bot."""

    def __init__(self, bot: Bot, store: FileStore) -> None:
        self._bot, self._store = bot, store

    def check(self, several: Iterable[Batch]) -> None:
        """Raises Hopeless where a file is not in the store any more: so that nothing is posted of what cannot be
        whole."""
        for batch in several:
            for _, file in batch.files:
                if not self._store.path(file.sha256).is_file():
                    raise Hopeless("A file is not in the store any more.", "invalid")

    async def send(self, batch: Batch, **how: Any) -> Sequence[Message]:
        """Sends them, with whatever else the call takes. What Telegram does not take as a picture goes as a document.
        Raises TelegramError."""
        try:
            return await self._sent(batch, how)
        except BadRequest as error:
            if not _is_no_photo(error, batch):
                raise
        return await self._sent(Batch(tuple(("document", file) for _, file in batch.files)), how)

    async def _sent(self, batch: Batch, how: dict[str, Any]) -> Sequence[Message]:
        with ExitStack() as opened:
            if len(batch.files) == 1:
                kind, file = batch.files[0]
                return (await self._one(kind)(**{kind: self._open(opened, file)}, **how),)
            media = [ALBUM[kind](self._open(opened, file, attach=True)) for kind, file in batch.files]
            return await self._bot.send_media_group(media=media, **how)

    def _open(self, opened: ExitStack, file: File, *, attach: bool = False) -> InputFile:
        """A file of the store, read while it is sent: an album may be larger than what we want in memory."""
        handle = opened.enter_context(self._store.path(file.sha256).open("rb"))
        return InputFile(handle, file.name, attach=attach, read_file_handle=False)

    def _one(self, kind: str) -> Callable[..., Awaitable[Message]]:
        calls: dict[str, Callable[..., Awaitable[Message]]] = {
            "photo": self._bot.send_photo,
            "video": self._bot.send_video,
            "audio": self._bot.send_audio,
            "voice": self._bot.send_voice,
            "document": self._bot.send_document,
        }
        return calls[kind]


def _is_no_photo(error: TelegramError, batch: Batch) -> bool:
    text = str(error).casefold()
    return any(kind == "photo" for kind, _ in batch.files) and any(sign in text for sign in NO_PHOTO)
