"""Slack's text: what people type becomes stored text with `<@U…>` and entities, and stored text becomes what they see.

https://docs.slack.dev/messaging/formatting-message-text
"""

import html
import re
from typing import TYPE_CHECKING

from bots.simulator.slack.emoji import NAMES, to_looks, to_names
from bots.simulator.slack.model import Json

if TYPE_CHECKING:
    from bots.simulator.slack.world import World

_CONTROL = re.compile(r"<([@#!][^<>\s|]+(?:\|[^<>]*)?|(?:https?|mailto|tel|slack):[^<>\s|]+(?:\|[^<>]*)?)>")
_ENTITY = re.compile(r"&(?!amp;|lt;|gt;)")
_URL = re.compile(r"(?<![<|\w])https?://[^\s<>|]+[^\s<>|.,;:!?)\]'\"]")
_EMOJI = re.compile(r":([a-z0-9_+'-]+)(?:::skin-tone-[2-6])?:")


def escaped(text: str) -> str:
    """Text of the app as Slack stores it: stray `&`, `<` and `>` become entities, control sequences stay."""
    kept, at = [], 0
    for found in _CONTROL.finditer(text):
        kept += [_entities(text[at : found.start()]), found.group(0)]
        at = found.end()
    return "".join(kept) + _entities(text[at:])


def linked(text: str) -> str:
    """The same with bare web addresses in angle brackets, as Slack stores what the app sends as mrkdwn."""
    return _URL.sub(lambda found: f"<{found.group(0)}>", text)


def _entities(text: str) -> str:
    return _ENTITY.sub("&amp;", text).replace("<", "&lt;").replace(">", "&gt;")


def typed(world: "World", text: str) -> str:
    """What a person typed, as Slack stores it: mentions, channels, links and emoji in Slack's own writing."""
    stored = linked(_entities(to_names(text.strip())))
    stored = re.sub(
        r"&lt;@(U\w+)&gt;", lambda found: f"<@{found[1]}>" if found[1] in world.people else found[0], stored
    )
    return mentioned(world, stored)


def mentioned(world: "World", stored: str) -> str:
    """The text with `@name`, `@here` and `#room` as control sequences: for people, and for apps with `link_names`."""
    for person in sorted(world.people.values(), key=lambda one: -len(one.name)):
        stored = re.sub(
            rf"(?<![\w<])@(?:{re.escape(person.name)}|{re.escape(person.handle)})\b", f"<@{person.id}>", stored
        )
    for room in world.rooms.values():
        if room.kind in ("channel", "group") and f"#{room.name}" in stored:
            stored = re.sub(rf"(?<![\w<&/])#{re.escape(room.name)}(?![\w-])", f"<#{room.id}|{room.name}>", stored)
    return re.sub(r"(?<![\w<])@(channel|here|everyone)\b", r"<!\1>", stored)


_FORMATTED = re.compile(
    r"(?P<control><[^<>]*>)"
    r"|`(?P<code>[^`\n]+)`"
    r"|(?<![\w*])\*(?P<bold>[^\s*](?:[^*\n]*[^\s*])?)\*(?![\w*])"
    r"|(?<![\w_])_(?P<italic>[^\s_](?:[^_\n]*[^\s_])?)_(?![\w_])"
    r"|(?<![\w~])~(?P<strike>[^\s~](?:[^~\n]*[^\s~])?)~(?![\w~])"
)
_BLOCK = re.compile(r"```\n?(?P<pre>(?s:.+?))\n?```\n?|^(?P<quote>&gt;.*(?:\n&gt;.*)*)\n?", re.MULTILINE)


def rich_text(stored: str, block_id: str) -> Json:
    """The `rich_text` block that Slack puts beside a person's text: what they marked is formatted as they type."""
    elements: list[Json] = []
    at = 0
    for found in _BLOCK.finditer(stored):
        elements += _section(stored[at : found.start()].removesuffix("\n"))
        if found["pre"]:
            words = html.unescape(found["pre"])
            elements.append({"type": "rich_text_preformatted", "elements": [{"type": "text", "text": words}]})
        else:
            lines = re.sub(r"(?m)^&gt; ?", "", found["quote"])
            elements.append({"type": "rich_text_quote", "elements": _formatted(lines, {})})
        at = found.end()
    elements += _section(stored[at:])
    return {"type": "rich_text", "block_id": block_id, "elements": elements or [_EMPTY]}


_EMPTY: Json = {"type": "rich_text_section", "elements": []}


def _section(stored: str) -> list[Json]:
    return [{"type": "rich_text_section", "elements": _formatted(stored, {})}] if stored else []


def _formatted(stored: str, style: Json) -> list[Json]:
    parts: list[Json] = []
    at = 0
    for found in _FORMATTED.finditer(stored):
        if found["control"]:
            continue  # a mark within an address is none
        parts += _plain_parts(stored[at : found.start()], style)
        kind = found.lastgroup or ""
        parts += _formatted(found[kind], {**style, kind: True}) if kind != "code" else [_code(found[kind], style)]
        at = found.end()
    return parts + _plain_parts(stored[at:], style)


def _code(stored: str, style: Json) -> Json:
    return {"type": "text", "text": html.unescape(stored), "style": {**style, "code": True}}


def _plain_parts(stored: str, style: Json) -> list[Json]:
    styled: Json = {"style": style} if style else {}
    parts: list[Json] = []
    at = 0
    for found in re.finditer(f"{_CONTROL.pattern}|{_EMOJI.pattern}", stored):
        element = _element(found.group(0))
        if element is None:
            continue
        if found.start() > at:
            parts.append({"type": "text", "text": html.unescape(stored[at : found.start()]), **styled})
        parts.append({**element, **styled})
        at = found.end()
    if at < len(stored):
        parts.append({"type": "text", "text": html.unescape(stored[at:]), **styled})
    return parts


def _element(token: str) -> Json | None:
    inner, _, label = token.strip("<>").partition("|")
    match token[:2]:
        case "<@":
            return {"type": "user", "user_id": inner[1:]}
        case "<#":
            return {"type": "channel", "channel_id": inner[1:]}
        case "<!":
            return {"type": "broadcast", "range": inner[1:]} if inner[1:] in ("channel", "here", "everyone") else None
    if token.startswith("<"):
        return {"type": "link", "url": html.unescape(inner)} | ({"text": label} if label else {})
    name = token.strip(":").split("::")[0]
    if name not in NAMES:
        return None
    return {"type": "emoji", "name": name, "unicode": "-".join(f"{ord(one):x}" for one in NAMES[name])}


def plain(world: "World", stored: str) -> str:
    """What a reader sees, without formatting: names for mentions, words for links, emoji as themselves."""
    return to_looks(html.unescape(_CONTROL.sub(lambda found: _spoken(world, found.group(1)), stored)))


def _spoken(world: "World", inner: str) -> str:
    target, _, label = inner.partition("|")
    if target.startswith("@"):
        person = world.people.get(target[1:])
        return f"@{person.name}" if person else label or target
    if target.startswith("#"):
        room = world.rooms.get(target[1:])
        return f"#{room.name}" if room else f"#{label}" if label else target
    if target.startswith("!date^"):
        return label
    if target.startswith("!"):
        return label or f"@{target[1:]}"
    return label or target


_STYLES = (
    (re.compile(r"(?<![\w*])\*([^*\n]+)\*(?![\w*])"), r"<b>\1</b>"),
    (re.compile(r"(?<![\w_])_([^_\n]+)_(?![\w_])"), r"<i>\1</i>"),
    (re.compile(r"(?<![\w~])~([^~\n]+)~(?![\w~])"), r"<s>\1</s>"),
)
_CODE = re.compile(r"```(.+?)```|`([^`\n]+)`", re.DOTALL)


def as_html(world: "World", stored: str) -> str:
    """mrkdwn as safe HTML: everything is escaped first, then Slack's own marks are drawn."""
    drawn, at = [], 0
    for found in _CODE.finditer(stored):
        drawn.append(_styled(world, stored[at : found.start()]))
        block, inline = found.group(1), found.group(2)
        drawn.append(f"<pre>{_safe(block)}</pre>" if block else f"<code>{_safe(inline)}</code>")
        at = found.end()
    return "".join(drawn) + _styled(world, stored[at:])


def _styled(world: "World", stored: str) -> str:
    pieces, at = [], 0
    for found in _CONTROL.finditer(stored):
        pieces += [_marks(stored[at : found.start()]), _drawn_control(world, found.group(1))]
        at = found.end()
    joined = "".join(pieces) + _marks(stored[at:])
    quoted = re.sub(r"(?m)^&gt; ?(.*)$", r"<blockquote>\1</blockquote>", joined)
    return quoted.replace("\n", "<br>").replace("</blockquote><br>", "</blockquote>")


def _marks(text: str) -> str:
    safe = to_looks(_safe(text))
    for pattern, drawn in _STYLES:
        safe = pattern.sub(drawn, safe)
    return safe


def _drawn_control(world: "World", inner: str) -> str:
    target, _, label = inner.partition("|")
    if target[:1] in "@#!":
        return f'<span class="mention">{_safe(_spoken(world, inner))}</span>'
    return f'<a href="{_safe(target)}" rel="noopener noreferrer">{_safe(label or target)}</a>'


def _safe(text: str) -> str:
    return html.escape(html.unescape(text), quote=True)
