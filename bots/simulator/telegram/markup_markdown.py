"""Telegram's MarkdownV2 and the older Markdown, with the server's own words for what it cannot parse.

Behaviour after core.telegram.org/bots/api#markdownv2-style and the public test vectors of tdlib; offsets in the
refusals are UTF-8 bytes of the source.
"""

import re
from dataclasses import dataclass

from bots.simulator.telegram.formatting import Builder, Formatted, Unparsable, link

RESERVED = "_*[]()~`>#+-=|{}.!"
MARKS = {
    "_": "italic", "*": "bold", "__": "underline", "~": "strikethrough", "||": "spoiler", "`": "code",
    "[": "link", "![": "emoji",
}  # fmt: skip
NAMES = {
    "italic": "Italic", "bold": "Bold", "underline": "Underline", "strikethrough": "Strikethrough",
    "spoiler": "Spoiler", "code": "Code", "pre": "Pre", "precode": "PreCode", "link": "TextUrl", "emoji": "CustomEmoji",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Open:
    kind: str
    start: int
    at: int


def parse_markdown_v2(source: str) -> Formatted:
    """Text and entities of a message in MarkdownV2. Raises Unparsable."""
    return _Parser(source).parse()


class _Parser:
    def __init__(self, source: str) -> None:
        self.source, self.at = source, 0
        self.out = Builder()
        self.open: list[Open] = []
        self.quote: int | None = None
        self.depth = 0  # how many entities were open when the quotation began
        self.fresh = True  # at the beginning of a line

    def parse(self) -> Formatted:
        while self.at < len(self.source):
            self._step()
        self._end_quote(self.out.units)
        self._all_closed(0)
        return self.out.result()

    def _all_closed(self, depth: int) -> None:
        if len(self.open) > depth:
            last = self.open[-1]
            raise Unparsable(f"Can't find end of {NAMES[last.kind]} entity at byte offset {self._offset(last.at)}")

    def _offset(self, at: int) -> int:
        return len(self.source[:at].encode())

    def _step(self) -> None:
        char = self.source[self.at]
        if self.fresh and self._quoted():
            return
        if char == "\\" and 0 < ord(self.source[self.at + 1 : self.at + 2] or "\0") < 127:
            self._add(self.source[self.at + 1], 2)
        elif self.source.startswith("```", self.at):
            self._pre()
        elif mark := self._mark():
            self._toggle(mark)
        elif char == "]" and self.open and self.open[-1].kind in ("link", "emoji"):
            self._link(self.open.pop())
        elif char in RESERVED:
            raise Unparsable(f"Character '{char}' is reserved and must be escaped with the preceding '\\'")
        else:
            self._add(char, 1)

    def _add(self, char: str, width: int) -> None:
        self.out.add(char)
        self.at += width
        self.fresh = char == "\n"

    def _quoted(self) -> bool:
        """Handles what may begin a line: `>` begins or goes on with a quotation, all else ends it."""
        begins = self.source.startswith("**>", self.at)
        if begins or (self.quote is not None and not self.source.startswith(">", self.at)):
            self._end_quote(self.out.units)
        if not begins and not self.source.startswith(">", self.at):
            return False
        self.at += 3 if begins else 1
        if self.quote is None:
            self.quote, self.depth = self.out.units, len(self.open)
        self.fresh = False
        return True

    def _end_quote(self, end: int, kind: str = "blockquote") -> None:
        if self.quote is None:
            return
        self._all_closed(self.depth)
        if end > self.quote:
            self.out.entities.append({"type": kind, "offset": self.quote, "length": end - self.quote})
        self.quote = None

    def _mark(self) -> str:
        inside = self.open[-1].kind if self.open else ""
        marks = ("`",) if inside == "code" else ("![", "__", "||", "_", "*", "~", "`", "[")
        return next((mark for mark in marks if self.source.startswith(mark, self.at)), "")

    def _toggle(self, mark: str) -> None:
        kind = MARKS[mark]
        if mark == "||" and self._ends_quote():
            return
        if self.open and self.open[-1].kind == kind and kind not in ("link", "emoji"):
            self.out.close(kind, self.open.pop().start)
        elif self.open and self.open[-1].kind == "code":
            self._add(self.source[self.at], 1)
            return
        else:
            self.open.append(Open(kind, self.out.units, self.at))
        self.at += len(mark)
        if kind == "code" and self.open and self.open[-1].kind == "code":
            self._raw("`")

    def _ends_quote(self) -> bool:
        """A spoiler mark at the end of a quotation's last line makes it expandable."""
        rest = self.source[self.at + 2 :]
        alone = not (self.open and self.open[-1].kind == "spoiler")
        if self.quote is None or not alone or (rest and not re.match(r"\r?\n(?!>)", rest)):
            return False
        self.at += 2
        tail = re.match(r"\r?\n", rest)
        if tail:
            self.out.add(tail.group())
            self.at += tail.end()
        self._end_quote(self.out.units, "expandable_blockquote")
        self.fresh = True
        return True

    def _raw(self, mark: str) -> None:
        """What stands in code is text; only the backquote and the backslash are escaped there."""
        self.fresh = False
        while self.at < len(self.source) and not self.source.startswith(mark, self.at):
            if self.source[self.at] == "\\" and self.source[self.at + 1 : self.at + 2] in ("`", "\\"):
                self.at += 1
            self.out.add(self.source[self.at])
            self.at += 1

    def _pre(self) -> None:
        begin, start = self.at, self.out.units
        self.at += 3
        head = re.match(r"([^\s`]*)", self.source[self.at :])
        language = head[1] if head else ""
        self.at += len(language)
        named = "precode" if language and self.at < len(self.source) and self.source[self.at] != "`" else "pre"
        if named == "pre":
            self.at -= len(language)
            language = ""
        newline = re.match(r"\r\n|\n\r|\n|\r", self.source[self.at :])
        self.at += newline.end() if newline else 0
        self._raw("```")
        if self.at >= len(self.source):
            raise Unparsable(f"Can't find end of {NAMES[named]} entity at byte offset {self._offset(begin)}")
        self.at += 3
        self.out.close("pre", start, **({"language": language} if language else {}))

    def _link(self, opened: Open) -> None:
        self.at += 1
        shown = "".join(self.out.pieces).encode("utf-16-le")[2 * opened.start :].decode("utf-16-le")
        url = self._url(opened) if self.source.startswith("(", self.at) else shown
        if opened.kind == "emoji":
            self._emoji(opened, url if url != shown else "")
        elif user := re.fullmatch(r"(?i)tg:(?://)?user\?id=(\d+)", url):
            self.out.close("text_mention", opened.start, user={"id": int(user[1])})
        elif (full := link(url)) is not None:
            self.out.close("text_link", opened.start, url=full)

    def _url(self, opened: Open) -> str:
        begin = self.at
        self.at += 1
        found: list[str] = []
        while self.at < len(self.source) and self.source[self.at] != ")":
            if self.source[self.at] == "\\" and self.at + 1 < len(self.source):
                self.at += 1
            found.append(self.source[self.at])
            self.at += 1
        if self.at >= len(self.source):
            what = "a custom emoji URL" if opened.kind == "emoji" else "a URL"
            raise Unparsable(f"Can't find end of {what} at byte offset {self._offset(begin + 1)}")
        self.at += 1
        return "".join(found)

    def _emoji(self, opened: Open, url: str) -> None:
        if not url:
            raise Unparsable("Custom emoji entity must contain a tg://emoji URL")
        found = re.fullmatch(r"(?i)tg:(?://)?emoji/?\?(?:[^#]*&)?id=([1-9]\d*)(?:[&#].*)?", url)
        if not found:
            raise Unparsable("Custom emoji URL must have an emoji identifier")
        self.out.close("custom_emoji", opened.start, custom_emoji_id=found[1])


def parse_markdown(source: str) -> Formatted:
    """The older Markdown (`*bold*`, `_italic_`, code, links), which knows no nesting. Raises Unparsable."""
    out, at = Builder(), 0
    while at < len(source):
        char = source[at]
        if char == "\\" and source[at + 1 : at + 2] in ("_", "*", "`", "["):
            out.add(source[at + 1])
            at += 2
        elif char in "_*`[":
            at = _legacy(source, at, out)
        else:
            out.add(char)
            at += 1
    return out.result()


def _legacy(source: str, at: int, out: Builder) -> int:
    mark = "```" if source.startswith("```", at) else source[at]
    closing = "]" if mark == "[" else mark
    end = source.find(closing, at + len(mark))
    if end < 0:
        where = len(source[:at].encode())
        raise Unparsable(f"Can't find end of the entity starting at byte offset {where}")
    start, inner = out.units, source[at + len(mark) : end]
    out.add(inner)
    at = end + len(closing)
    if mark != "[":
        out.close("pre" if mark == "```" else MARKS[mark], start)
        return at
    target = re.match(r"\(([^)]*)\)", source[at:])
    if target and (full := link(target[1])) is not None:
        out.close("text_link", start, url=full)
    return at + (target.end() if target else 0)
