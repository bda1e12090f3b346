"""Files on a card: which go along, and what is said in the place of those that do not. Pure."""

from dataclasses import replace

from bots.port import Card
from inbox.locale import say
from inbox.model import File, FileKind
from inbox.sizes import size

SIGNS: dict[FileKind, str] = {
    "image": "🖼",
    "document": "📎",
    "voice": "🎤",
    "audio": "🎵",
    "video": "🎬",
    "sticker": "🏷",
}


def fit(card: Card, language: str, kept: int, taken: int, *, outside: bool) -> Card:
    """The card with the files that can go along, and below its words a line for each other. `kept` is the most bytes
    that the desk keeps, `taken` the most that the platform takes (0: none at all); `outside` is the requester's side,
    who cannot look into the inbox."""
    refused = [(file, _why_not(file, taken, outside=outside)) for file in card.files]
    lines = [line(file, why, language, kept) for file, why in refused if why]
    files = tuple(file for file, why in refused if not why)
    text = "\n".join([card.text, *lines] if card.text else lines)
    return replace(card, text=text, files=files)


def without(card: Card, language: str, *, outside: bool) -> Card:
    """The card without the files that the platform would not take: each is named."""
    return fit(card, language, 0, 0, outside=outside)


def _why_not(file: File, taken: int, *, outside: bool) -> str:
    """Why a file does not go along; "" where it does."""
    if file.state == "waiting":
        return "outside" if outside else "waiting"
    if file.state != "stored":
        return file.reason or "unreadable"
    if file.size <= taken:
        return ""
    if outside:
        return "outside"
    return "too_big_there" if taken else "not_there"


def line(file: File, why: str, language: str, kept: int) -> str:
    """What stands in a file's place."""
    reason = say(language, f"file.{why}", size=size(file.size, language), limit=size(kept, language))
    return say(language, "file.line", sign=SIGNS[file.kind], name=file.name, why=reason)
