"""Slack's text and ours: entities and mentions in, escaped text out.

Slack escapes only `&`, `<` and `>`; mentions, channels and links stand in angle brackets
(docs "Formatting message text").
"""

import html
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

ENTITY = re.compile(r"<([@#!][^<>\s|]+(?:\|[^<>]*)?|[a-z][a-z0-9+.-]*:[^<>\s|]+(?:\|[^<>]*)?)>")
MENTION = re.compile(r"<@([UW][A-Z0-9]+)(?:\|[^<>]*)?>")
ADDRESS = r"https?://[^\s<>|]*[^\s<>|.,;:!?)\]'\"*_~`]"
EMOJI = r"(?<![\w:]):(?P<emoji>[a-z][a-z0-9_+'-]{0,98}|\+1|-1|100)(?:::skin-tone-(?P<tone>[2-6]))?:(?![\w:])"
LIVELY = re.compile(f"{ADDRESS}|{EMOJI}")
TIMESTAMP = re.compile(r"([0-9]{1,10})\.([0-9]{1,9})", re.ASCII)
ID = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def escape(text: str) -> str:
    """Text as Slack shows it literally: nothing in it is a mention, a link or a tag."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def rich(text: str) -> list[dict[str, Any]]:
    """Words as elements of a rich_text block: shown as they are, but web addresses can be followed (each shows where
    it really leads) and :names: are emoji. https://docs.slack.dev/reference/block-kit/blocks/rich-text-block"""
    elements: list[dict[str, Any]] = []
    at = 0
    for found in LIVELY.finditer(text):
        if found.start() > at:
            elements.append({"type": "text", "text": text[at : found.start()]})
        elements.append(_emoji(found) if found["emoji"] else {"type": "link", "url": found[0]})
        at = found.end()
    if at < len(text):
        elements.append({"type": "text", "text": text[at:]})
    return elements


def _emoji(found: re.Match[str]) -> dict[str, Any]:
    tone = {"skin_tone": int(found["tone"])} if found["tone"] else {}
    return {"type": "emoji", "name": found["emoji"], **tone}


def mentions(text: str) -> tuple[str, ...]:
    """Ids of the users that a message mentions, in order, each once."""
    return tuple(dict.fromkeys(MENTION.findall(text)))


def without_call(text: str, bot_user: str) -> str:
    """A message without the mention of the bot that it begins with ("@Frontdesk my screen is black")."""
    rest = re.sub(rf"\A\s*(?:<@{re.escape(bot_user)}(?:\|[^<>]*)?>[\s,:]*)+", "", text)
    return rest or text


def plain(text: str, names: Mapping[str, str]) -> str:
    """A message's text in plain words: mentions as names, links with their address, entities resolved."""

    def entity(match: re.Match[str]) -> str:
        target, _, label = match[1].partition("|")
        if target.startswith(("@", "#")):
            return target[0] + (names.get(target[1:]) or label.removeprefix("@") or target[1:])
        if target.startswith("!date"):
            return label
        if target.startswith("!"):
            return "@" + (label.removeprefix("@") or target[1:].split("^")[0])
        address = target.removeprefix("mailto:").removeprefix("tel:")
        return f"{label} ({address})" if label and label != address else address

    return html.unescape(ENTITY.sub(entity, text))


def plain_but_mentions(text: str) -> str:
    """A command's text in plain words, with mentions of users as Slack writes them: they say who is meant."""
    pieces, at = [], 0
    for found in MENTION.finditer(text):
        pieces += [plain(text[at : found.start()], {}), found[0]]
        at = found.end()
    return "".join(pieces) + plain(text[at:], {})


def ident(value: Any) -> str:
    """The id of a user, a room or a bot, as it is. Raises ValueError for what can be none."""
    if not isinstance(value, str) or not ID.fullmatch(value):
        raise ValueError(f"{value!r:.40} is no id")
    return value


def stamp(value: Any) -> str:
    """A timestamp, which is a message's id in its room, as it is. Raises ValueError for anything else."""
    if not isinstance(value, str):
        raise ValueError(f"{value!r:.40} is no timestamp of Slack's")
    instant(value)
    return value


def instant(ts: str) -> datetime:
    """A Slack timestamp ("1355517523.000005") as an aware UTC datetime. Raises ValueError for anything else."""
    found = TIMESTAMP.fullmatch(ts)
    if found is None:
        raise ValueError(f"{ts[:40]!r} is no timestamp of Slack's")
    return EPOCH + timedelta(seconds=int(found[1]), microseconds=int((found[2] + "000000")[:6]))


def timestamp(at: datetime) -> str:
    """An instant as Slack writes it."""
    micros = (at - EPOCH) // timedelta(microseconds=1)
    return f"{micros // 1_000_000}.{micros % 1_000_000:06d}"


def earlier(ts: str, seconds: float) -> str:
    """A timestamp so many seconds before another, not before the epoch."""
    return timestamp(max(EPOCH, instant(ts) - timedelta(seconds=seconds)))
