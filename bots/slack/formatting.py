"""Slack's rich text and mrkdwn as the neutral form of words, and back as rich text.

What people write comes with a `rich_text` block that says what is formatted; its text as mrkdwn is read only where
there is no such block. https://docs.slack.dev/reference/block-kit/blocks/rich-text-block
"""

import html
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

from bots.slack.words import ENTITY, rich
from inbox.words import Kind, Span, Spans, moved, part, tidy

Json = dict[str, Any]
# What a reference (a user, a channel, a group) is called, given its sign ("@", "#") and id; "" where it is not known.
Naming = Callable[[str, str], str]
STYLES: dict[str, Kind] = {"bold": "bold", "italic": "italic", "strike": "strike", "code": "code"}
STYLED = {kind: style for style, kind in STYLES.items()}
NESTED = 8
FENCE = re.compile(r"```\n?(.+?)\n?```", re.DOTALL)
QUOTED = re.compile(r"(?:&gt;|>) ?(.*)")
EDGE = r"(?<![\w*~`])", r"(?![\w*~`])"  # marks count at the edges of words
TOKEN = re.compile(
    "|".join(
        (
            rf"(?P<entity>{ENTITY.pattern})",
            r"`(?P<code>[^`\n]{1,2000})`",
            rf"{EDGE[0]}\*(?P<bold>(?!\s)[^*\n]{{1,2000}}?(?<!\s))\*{EDGE[1]}",
            rf"{EDGE[0]}_(?P<italic>(?!\s)[^_\n]{{1,2000}}?(?<!\s))_{EDGE[1]}",
            rf"{EDGE[0]}~(?P<strike>(?!\s)[^~\n]{{1,2000}}?(?<!\s))~{EDGE[1]}",
        )
    )
)


class _Said:
    """Text and spans that grow."""

    def __init__(self) -> None:
        self.text, self.spans = "", list[Span]()

    def add(self, text: str, spans: Sequence[Span] = (), *kinds: tuple[Kind, str]) -> None:
        start = len(self.text)
        self.text += text
        self.spans += moved(spans, start)
        self.spans += [Span(start, len(self.text), kind, value) for kind, value in kinds]

    def new_line(self) -> None:
        if self.text and not self.text.endswith("\n"):
            self.text += "\n"

    def whole(self) -> tuple[str, Spans]:
        return self.text, tidy(self.text, _joined(self.spans))


def _joined(spans: Sequence[Span]) -> list[Span]:
    """The spans with those made one that go on where one of their kind ended: Slack cuts a format wherever another
    begins or ends."""
    made: list[Span] = []
    for span in sorted(spans, key=lambda one: (one.kind, one.value, one.start)):
        before = made[-1] if made else None
        if before and (before.kind, before.value, before.end) == (span.kind, span.value, span.start):
            made[-1] = replace(before, end=span.end)
        else:
            made.append(span)
    return made


# in


def read_blocks(blocks: Sequence[Any], named: Naming) -> tuple[str, Spans] | None:
    """The words of a person's `rich_text` block; None where there is none that is understood."""
    found = [one for one in blocks if isinstance(one, Mapping) and one.get("type") == "rich_text"]
    if len(found) != 1:
        return None
    said = _Said()
    try:
        for element in found[0]["elements"]:
            _element(said, element, named)
    except (KeyError, TypeError, ValueError, AttributeError):
        return None
    said.text = said.text.rstrip("\n")
    return said.whole()


def _element(said: _Said, element: Mapping[str, Any], named: Naming) -> None:
    match element["type"]:
        case "rich_text_section":
            _inline(said, element["elements"], named)
        case "rich_text_quote":
            _block(said, element["elements"], "quote", named)
        case "rich_text_preformatted":
            _block(said, element["elements"], "pre", named)
        case "rich_text_list":
            indent = "    " * min(int(element.get("indent") or 0), NESTED)
            for number, item in enumerate(element["elements"], 1 + int(element.get("offset") or 0)):
                said.new_line()
                said.add(f"{indent}{number}. " if element.get("style") == "ordered" else f"{indent}• ")
                _inline(said, item["elements"], named)
            said.new_line()


def _block(said: _Said, elements: Sequence[Mapping[str, Any]], kind: Kind, named: Naming) -> None:
    inside = _Said()
    _inline(inside, elements, named)
    said.new_line()
    said.add(inside.text.rstrip("\n"), inside.spans if kind == "quote" else (), (kind, ""))
    said.new_line()


def _inline(said: _Said, elements: Sequence[Mapping[str, Any]], named: Naming) -> None:
    for one in elements:
        style = one.get("style") or {}
        kinds: list[tuple[Kind, str]] = [(kind, "") for name, kind in STYLES.items() if style.get(name)]
        if one["type"] == "link" and one.get("text") and one["text"] != one["url"]:
            kinds.append(("link", str(one["url"])))
        said.add(_shown(one, named), (), *kinds)


def _shown(one: Mapping[str, Any], named: Naming) -> str:
    match one["type"]:
        case "text":
            return str(one["text"])
        case "link":
            return str(one.get("text") or one["url"])
        case "user":
            return "@" + (named("@", one["user_id"]) or one["user_id"])
        case "usergroup":
            return "@" + (named("@", one["usergroup_id"]) or one["usergroup_id"])
        case "channel":
            return "#" + (named("#", one["channel_id"]) or one["channel_id"])
        case "broadcast":
            return f"@{one['range']}"
        case "emoji":
            return _emoji(one)
        case "date":
            return str(one.get("fallback") or "")
        case "color":
            return str(one["value"])
    return ""


def _emoji(one: Mapping[str, Any]) -> str:
    """The character where Slack tells it, else the name: emoji of a workspace's own have no other."""
    code = str(one.get("unicode") or "")
    if re.fullmatch(r"[0-9a-f]{2,6}(-[0-9a-f]{2,6})*", code):
        return "".join(chr(int(point, 16)) for point in code.split("-") if int(point, 16) < 0x110000)
    return f":{one['name']}:"


def read_mrkdwn(source: str, named: Naming) -> tuple[str, Spans]:
    """Words of which Slack gave the mrkdwn only. https://docs.slack.dev/messaging/formatting-message-text"""
    said, at = _Said(), 0
    for fence in FENCE.finditer(source):
        _lines(said, source[at : fence.start()], named)
        said.new_line()
        said.add(html.unescape(fence[1]), (), ("pre", ""))
        at = fence.end()
        said.add("\n" if source[at : at + 1] not in ("", "\n") else "")
    _lines(said, source[at:], named)
    return said.whole()


def _lines(said: _Said, source: str, named: Naming) -> None:
    quote: tuple[int, int] | None = None
    for number, line in enumerate(source.split("\n")):
        said.add("\n" if number else "")
        start, quoted = len(said.text), QUOTED.fullmatch(line)
        said.add(*_marked(quoted[1] if quoted else line, named, 0))
        if quoted:
            quote = (quote[0] if quote else start, len(said.text))
        if quote and (not quoted or number == source.count("\n")):
            said.spans.append(Span(*quote, "quote"))
            quote = None


def _marked(source: str, named: Naming, depth: int) -> tuple[str, list[Span]]:
    said, at = _Said(), 0
    for token in TOKEN.finditer(source) if depth < NESTED else ():
        said.add(html.unescape(source[at : token.start()]))
        at = token.end()
        if token["entity"]:
            text, address = _entity(token["entity"][1:-1], named)
            links: list[tuple[Kind, str]] = [("link", address)] if address else []
            said.add(text, (), *links)
        elif token["code"]:
            said.add(html.unescape(token["code"]), (), ("code", ""))
        else:
            style = next(name for name in ("bold", "italic", "strike") if token[name])
            said.add(*_marked(token[style], named, depth + 1), (STYLES[style], ""))
    said.add(html.unescape(source[at:]))
    return said.text, said.spans


def _entity(inside: str, named: Naming) -> tuple[str, str]:
    """What stands in angle brackets, in words, and where it leads ("" nowhere)."""
    target, _, label = inside.partition("|")
    label = html.unescape(label)
    if target[0] in "@#":
        return target[0] + (named(target[0], target[1:]) or label.removeprefix("@") or target[1:]), ""
    if target.startswith("!date"):
        return label, ""
    if target.startswith("!"):
        return "@" + (label.removeprefix("@") or target[1:].split("^")[0]), ""
    address = html.unescape(target)
    bare = address.removeprefix("mailto:").removeprefix("tel:")
    return (label, address) if label and label not in (address, bare) else (bare, "")


# out


def elements(text: str, spans: Spans) -> list[Json]:
    """Words as the elements of a `rich_text` block: nothing that people wrote is a mention or a format by itself."""
    made: list[Json] = []
    at = 0
    for block in [span for span in spans if span.kind in ("quote", "pre")]:
        if block.start < at:  # code within a quote stays in it
            continue
        made += _section(text[at : block.start].removesuffix("\n"), part(spans, at, block.start))
        kind = "rich_text_quote" if block.kind == "quote" else "rich_text_preformatted"
        made.append({"type": kind, "elements": _runs(text, spans, block.start, block.end, block.kind)})
        at = block.end + (text[block.end : block.end + 1] == "\n")
    return made + _section(text[at:], part(spans, at, len(text)))


def _section(text: str, spans: Spans) -> list[Json]:
    found = _runs(text, spans, 0, len(text))
    return [{"type": "rich_text_section", "elements": found}] if found else []


def _runs(text: str, spans: Spans, start: int, end: int, inside: Kind | None = None) -> list[Json]:
    """Stretches of the same formatting, each an element with its style."""
    edges = {start, end, *(e for s in spans for e in (s.start, s.end) if start < e < end)}
    bounds = sorted(edges)
    made: list[Json] = []
    for left, right in pairwise(bounds):
        over = [s for s in spans if s.start <= left and right <= s.end]
        style = {} if inside == "pre" else {STYLED[s.kind]: True for s in over if s.kind in STYLED}
        address = next((s.value for s in over if s.kind == "link"), "")
        words, styled = text[left:right], {"style": style} if style else {}
        if address:
            made.append({"type": "link", "url": address, "text": words, **styled})
        elif inside == "pre" or "code" in style:
            made.append({"type": "text", "text": words, **styled})
        else:
            made += [{**one, **styled} for one in rich(words)]
    return made
