"""Files: kept by file_id, offered for download by path, limits as in core.telegram.org/bots/api#getfile."""

import base64
import binascii
import itertools
import struct
from dataclasses import dataclass
from typing import Any

from bots.simulator.server import Refused
from bots.simulator.telegram.world import Json

DOWNLOAD_BYTES = 20 * 1024 * 1024
UPLOAD_BYTES = 50 * 1024 * 1024
PREFIXES = {
    "photo": "AgACAgIAAxkB", "document": "BQACAgIAAxkB", "voice": "AwACAgIAAxkB", "video": "BAACAgIAAxkB",
    "sticker": "CAACAgIAAxkB", "audio": "CQACAgIAAxkB", "animation": "CgACAgIAAxkB", "video_note": "DQACAgIAAxkB",
}  # fmt: skip
FOLDERS = {"photo": "photos", "voice": "voice", "video": "videos", "sticker": "stickers", "audio": "music"}
SUFFIXES = {"photo": ".jpg", "voice": ".oga", "video": ".mp4", "sticker": ".webp"}
GUESSES = {
    "image/jpeg": "photo",
    "image/png": "photo",
    "audio/ogg": "voice",
    "video/mp4": "video",
    "image/webp": "sticker",
}


@dataclass(frozen=True, slots=True)
class Stored:
    """A file; `size` in bytes may be more than `data` holds, for files too big to be worth having."""

    id: str
    unique_id: str
    kind: str
    name: str
    type: str
    data: bytes
    size: int
    path: str


class Files:
    def __init__(self) -> None:
        self.by_id: dict[str, Stored] = {}
        self.by_path: dict[str, Stored] = {}
        self._numbers = itertools.count(1)

    def keep(self, kind: str, name: str, type_: str, data: bytes, size: int = 0) -> Stored:
        number = next(self._numbers)
        mark = base64.urlsafe_b64encode(struct.pack(">QQ", number * 0x9E3779B97F4A7C15 % 2**64, number)).decode()
        suffix = SUFFIXES.get(kind) or (f".{name.rsplit('.', 1)[1]}" if "." in name else "")
        path = f"{FOLDERS.get(kind, 'documents')}/file_{number}{suffix}"
        stored = Stored(
            PREFIXES[kind] + mark.rstrip("="), f"AgAD{mark[:11]}", kind, name, type_, data, size or len(data), path
        )
        self.by_id[stored.id] = self.by_path[path] = stored
        return stored

    def from_person(self, file: Json, single: bool = True) -> Stored:
        """A file that a person sends: {"name", "bytes" (or base64 text), "type"}, and optionally "kind" and "size"."""
        if not isinstance(file, dict) or "name" not in file:
            raise Refused('A file is {"name", "bytes", "type"}.')
        kind = str(file.get("kind") or GUESSES.get(str(file.get("type")), "document"))
        if kind not in PREFIXES:
            raise Refused(f"There are no files of the kind {kind!r}; there are: {', '.join(PREFIXES)}.")
        if not single and kind not in ("photo", "video"):
            kind = "document"
        type_ = str(file.get("type") or "application/octet-stream")
        return self.keep(kind, str(file["name"]), type_, _bytes(file.get("bytes", b"")), int(file.get("size", 0)))

    def content(self, stored: Stored) -> Json:
        """What a message with this file carries on the wire."""
        return {stored.kind: _describe(self, stored)}


def _bytes(data: Any) -> bytes:
    if isinstance(data, bytes):
        return data
    try:
        return base64.b64decode(str(data), validate=True)
    except (ValueError, binascii.Error):
        raise Refused("A file's bytes are base64 text over HTTP.") from None


def _describe(files: Files, stored: Stored) -> Any:
    head: Json = {"file_id": stored.id, "file_unique_id": stored.unique_id, "file_size": stored.size}
    named: Json = {**head, "file_name": stored.name, "mime_type": stored.type}
    match stored.kind:
        case "photo":
            return _sizes(files, stored)
        case "voice":
            return {**head, "duration": 3, "mime_type": stored.type}
        case "audio":
            return {**named, "duration": 3}
        case "video" | "animation":
            return {**named, "width": 1280, "height": 720, "duration": 3}
        case "video_note":
            return {**head, "length": 240, "duration": 3}
        case "sticker":
            shape: Json = {"type": "regular", "width": 512, "height": 512, "is_animated": False, "is_video": False}
            return {**head, **shape, "emoji": "👍"}
        case _:
            return named


def _sizes(files: Files, stored: Stored) -> list[Json]:
    """A photo comes in several sizes, the largest last; the smaller ones have ids of their own."""
    small = files.keep("photo", stored.name, stored.type, stored.data[: 1 + len(stored.data) // 4])
    return [
        {"file_id": s.id, "file_unique_id": s.unique_id, "file_size": s.size, "width": width, "height": height}
        for s, width, height in ((small, 90, 67), (stored, 1280, 960))
    ]
