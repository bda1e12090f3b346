"""Discord's text and ours: mentions in as names, people's words out without any markup, and the time in an id.

Discord's markdown knows a backslash before any punctuation as an escape ("Markdown Text 101"); an address in angle
brackets is a link that ends there and is not unfurled.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

EPOCH = datetime(2015, 1, 1, tzinfo=UTC)  # docs "Snowflakes"
ENTITY = re.compile(
    r"<(?:(@!?|@&|#)(\d{1,20})|a?:(\w{1,32}):\d{1,20}|/([^:<>\n]{1,100}):\d{1,20}|t:(-?\d{1,12})(?::\w)?)>"
)
# an address ends before what would end or turn it in Discord's eyes
ENDS = r"\s<>\\\u202a-\u202e\u2066-\u2069"
LINK = re.compile(rf"https?://[^{ENDS}]*[^{ENDS}.,:;!?'\")\]}}*_~|]", re.IGNORECASE)
INLINE = re.compile(r"[\\*_~|`\[<]")
LINE_START = re.compile(r"^([ \t]*)(?:([>#+-])|(\d{1,9})\.(?=\s|$))", re.MULTILINE)
LOUD = re.compile(r"@(?=everyone|here)", re.IGNORECASE)
# docs "Sticker Format Types" and "CDN Endpoints": PNG, APNG and GIF; a Lottie one (3) is no picture
PICTURES: dict[int, str] = {1: "png", 2: "png", 4: "gif"}
UNSENDABLE = re.compile("[\0\ud800-\udfff]")  # Discord takes no NUL, and JSON no half of a surrogate pair


def escape(text: str, *, inline: bool = False) -> str:
    """Text as Discord shows it literally: nothing in it is markup, a mention, or a link with another name.

    `inline` is for titles and names, where the beginning of a line means nothing."""
    text = UNSENDABLE.sub("\ufffd", text)
    parts, at = [], 0
    for link in LINK.finditer(text):
        parts += [_escape(text[at : link.start()], starts=at == 0, inline=inline), f"<{link[0]}>"]
        at = link.end()
    return "".join([*parts, _escape(text[at:], starts=at == 0, inline=inline)])


def _escape(text: str, *, starts: bool, inline: bool) -> str:
    text = LOUD.sub("@\u200b", INLINE.sub(r"\\\g<0>", text))
    if inline:
        return text

    def line_start(match: re.Match[str]) -> str:
        if match.start() == 0 and not starts:
            return match[0]
        return f"{match[1]}\\{match[2]}" if match[2] else f"{match[1]}{match[3]}\\."

    return LINE_START.sub(line_start, text)


def told(entity: re.Match[str], name_of: Callable[[str, str], str]) -> str:
    """What an entity in a text is called. `name_of` gives the name for a sign ("@", "@&", "#") and an id, "" for
    none."""
    sign, target, emoji, command, stamp = entity.groups()
    if emoji:
        return f":{emoji}:"
    if command:
        return f"/{command}"
    if stamp:
        return _time(int(stamp)) or entity[0]
    sign = sign.rstrip("!")
    return ("#" if sign == "#" else "@") + (name_of(sign, target) or target)


def _time(seconds: int) -> str:
    try:
        return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M} UTC"
    except (ValueError, OverflowError, OSError):
        return ""


def called(user: Mapping[str, Any], member: Mapping[str, Any] | None = None) -> str:
    """What people call a user: the name in the guild, the display name, the user name."""
    nick = member.get("nick") if member else None
    return str(nick or user.get("global_name") or user.get("username") or user["id"])


def stickers(message: Mapping[str, Any]) -> Sequence[tuple[str, str, str]]:
    """A message's stickers: id, name, and as which kind of picture one is to be had ("" for none)."""
    found = message.get("sticker_items") or ()
    return [
        (snowflake(one["id"]), str(one.get("name") or "sticker"), PICTURES.get(one.get("format_type"), ""))
        for one in found
    ]


def attached(message: Mapping[str, Any]) -> Sequence[str]:
    """What a message holds beside its text, its files and its pictures, a line each, so that nobody's message looks
    empty."""
    poll = message.get("poll") or {}
    return [
        *(f"🏷 {name}" for _, name, picture in stickers(message) if not picture),
        *([f"📊 {(poll.get('question') or {}).get('text') or 'poll'}"] if poll else []),
    ]


def snowflake(value: Any) -> str:
    """An id as Discord writes it. Raises ValueError for anything else."""
    text = str(value)
    if not (text.isascii() and text.isdigit() and len(text) <= 20):
        raise ValueError(f"{text[:40]!r} is no id")
    return text


def instant(id_: str) -> datetime:
    """When the thing with that id was made. Raises ValueError for what is no id."""
    return EPOCH + timedelta(milliseconds=int(snowflake(id_)) >> 22)


def id_at(at: datetime) -> str:
    """The least id of that time: history "after" it begins there."""
    return str(max(0, (at - EPOCH) // timedelta(milliseconds=1)) << 22)


def newer(one: str, other: str) -> bool:
    """Is the first id newer than the second ("" is the oldest)?"""
    return int(one or 0) > int(other or 0)
