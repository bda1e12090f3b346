"""Text and its entities as Telegram stores them: offsets and lengths in UTF-16 units, nested, sorted."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from bots.simulator.telegram.world import Json

# Inside these Telegram looks for nothing else.
OPAQUE = ("code", "pre", "text_link", "text_mention", "url", "email", "custom_emoji")

# What is found in plain text. The order decides where two of them overlap: the first wins.
DETECTED = (
    ("email", re.compile(r"(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)*\.[A-Za-z]{2,}(?![\w-])")),
    ("url", re.compile(r"(?<![\w@.])(?:https?://[^\s<>\"«»]+|(?:[A-Za-z0-9-]+\.)+(?:com|org|net|io|se|dk|de|me)\b(?:/[^\s<>\"«»]*)?)")),
    ("bot_command", re.compile(r"(?<![\w/<>])/[A-Za-z0-9_]{1,64}(?:@[A-Za-z0-9_]{3,32})?(?![\w/<>])")),
    ("mention", re.compile(r"(?<![\w@])@[A-Za-z0-9_]{3,32}(?!\w)")),
    ("hashtag", re.compile(r"(?<![\w#])#(?=\w*[^\W\d])\w{1,256}(?!\w)")),
)  # fmt: skip

ORDER = (
    "blockquote",
    "expandable_blockquote",
    "text_link",
    "text_mention",
    "pre",
    "code",
    "bold",
    "italic",
    "underline",
)


class Unparsable(Exception):
    """Markup that Telegram refuses; the sentence follows "can't parse entities: "."""


@dataclass(frozen=True, slots=True)
class Formatted:
    text: str
    entities: list[Json]


@dataclass(slots=True)
class Builder:
    """Collects text and entities while markup is parsed; `units` is the length so far in UTF-16 units."""

    pieces: list[str] = field(default_factory=list)
    units: int = 0
    entities: list[Json] = field(default_factory=list)

    def add(self, piece: str) -> None:
        self.pieces.append(piece)
        self.units += utf16(piece)

    def close(self, kind: str, start: int, **more: object) -> None:
        """Ends an entity that began at `start`; an empty one leaves no trace."""
        if self.units > start:
            self.entities.append({"type": kind, "offset": start, "length": self.units - start, **more})

    def result(self) -> Formatted:
        return Formatted("".join(self.pieces), self.entities)


def utf16(text: str) -> int:
    """The length in UTF-16 units, the way Telegram counts."""
    return len(text) + sum(1 for char in text if ord(char) > 0xFFFF)


def cut(text: str, offset: int, length: int) -> str:
    """The part of the text that an entity covers."""
    return text.encode("utf-16-le")[2 * offset : 2 * (offset + length)].decode("utf-16-le", "replace")


def link(url: str) -> str | None:
    """The address as Telegram stores it; None where it is no address (a host needs a dot: `localhost` has none)."""
    if re.match(r"(?i)(tg|ton|tonsite|mailto|tel):", url):
        return url
    full = url if re.match(r"(?i)https?://", url) else f"http://{url}"
    try:
        parts = urlsplit(full)
        port = parts.port
    except ValueError:
        return None
    host = parts.hostname or ""
    if ("." not in host.strip(".") and ":" not in host) or re.search(r"\s", url) or port == 0:
        return None
    return full if parts.path or parts.query or parts.fragment else f"{full}/"


def finish(formatted: Formatted) -> Formatted:
    """Trims the text, finds commands, mentions, addresses and hashtags in it, and sorts all entities."""
    raw = clean(formatted.text)
    text = raw.strip()
    skipped = utf16(raw[: len(raw) - len(raw.lstrip())])
    entities = list(_clip(formatted.entities, skipped, utf16(text)))
    entities += _detect(text, entities)
    return Formatted(text, sorted(entities, key=_rank))


def clean(text: str) -> str:
    """Control characters become spaces and carriage returns vanish, as on the server."""
    return re.sub(r"[\x00-\x09\x0b-\x1f\u2028\u2029]", " ", text.replace("\r", ""))


def _rank(entity: Json) -> tuple[int, int, int]:
    kind = entity["type"]
    return entity["offset"], -entity["length"], ORDER.index(kind) if kind in ORDER else len(ORDER)


def _clip(entities: Iterable[Json], skipped: int, size: int) -> Iterable[Json]:
    for entity in entities:
        start = max(0, entity["offset"] - skipped)
        end = min(size, entity["offset"] + entity["length"] - skipped)
        if start < end:
            yield {**entity, "offset": start, "length": end - start}


def _detect(text: str, known: list[Json]) -> list[Json]:
    taken = [(e["offset"], e["offset"] + e["length"]) for e in known if e["type"] in OPAQUE]
    found: list[Json] = []
    for kind, pattern in DETECTED:
        for match in pattern.finditer(text):
            word = match.group().rstrip(".,:;!?)'") if kind == "url" else match.group()
            start = utf16(text[: match.start()])
            end = start + utf16(word)
            if all(end <= low or start >= high for low, high in taken):
                taken.append((start, end))
                found.append({"type": kind, "offset": start, "length": end - start})
    return found
