"""Slack's text and ours: entities and mentions in, escaped text out.

Slack escapes only `&`, `<` and `>`; mentions, channels and links stand in angle brackets
(Slack's "Formatting text for app surfaces").
"""

import html
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

ENTITY = re.compile(r"<([^<>]*)>")
MENTION = re.compile(r"<@([UW][A-Z0-9]+)(?:\|[^<>]*)?>")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def escape(text: str) -> str:
    """Text as Slack shows it literally: nothing in it is a mention, a link or a tag."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def mentions(text: str) -> tuple[str, ...]:
    """Ids of the users that a message mentions, in order."""
    return tuple(MENTION.findall(text))


def plain(text: str, names: Mapping[str, str]) -> str:
    """A message's text in plain words: mentions as names, links with their address, entities resolved."""

    def entity(match: re.Match[str]) -> str:
        inner = match[1]
        target, _, label = inner.partition("|")
        if target.startswith(("@", "#")):
            return target[0] + (names.get(target[1:], label) or target[1:])
        if target.startswith("!"):
            return "@" + (label.removeprefix("@") or target[1:].split("^")[0])
        return (
            f"{label} ({target})"
            if label and label != target.removeprefix("mailto:")
            else target.removeprefix("mailto:")
        )

    return html.unescape(ENTITY.sub(entity, text))


def instant(ts: str) -> datetime:
    """A Slack timestamp ("1355517523.000005") as an aware UTC datetime. Raises ValueError for anything else."""
    seconds, _, fraction = ts.partition(".")
    return EPOCH + timedelta(seconds=int(seconds), microseconds=int((fraction + "000000")[:6]))


def timestamp(at: datetime) -> str:
    """An instant as Slack writes it."""
    micros = (at - EPOCH) // timedelta(microseconds=1)
    return f"{micros // 1_000_000}.{micros % 1_000_000:06d}"
