"""Telegram's HTML: the supported tags only, and the server's own words for what it cannot parse.

Behaviour after core.telegram.org/bots/api#html-style and the public test vectors of tdlib; offsets in the refusals are
UTF-8 bytes of the source.
"""

import re
from dataclasses import dataclass

from bots.simulator.telegram.formatting import Builder, Formatted, Unparsable, link
from bots.simulator.telegram.world import Json

SIMPLE = {
    "b": "bold", "strong": "bold", "i": "italic", "em": "italic", "u": "underline", "ins": "underline",
    "s": "strikethrough", "strike": "strikethrough", "del": "strikethrough", "tg-spoiler": "spoiler",
}  # fmt: skip
OTHERS = ("a", "span", "pre", "code", "blockquote", "tg-emoji", "tg-time")
ENTITIES = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
ENTITY = re.compile(r"&(?:#x([0-9A-Fa-f]+)|#([0-9]+)|(lt|gt|amp|quot));?")
NAME = re.compile(r"[^\s>/=\"']*")
TOKEN = re.compile(r"[A-Za-z0-9.-]*")


@dataclass(frozen=True, slots=True)
class Tag:
    name: str
    start: int
    at: int
    attributes: dict[str, str]


def unescape(text: str) -> str:
    """The four named entities and the numbered ones; all others stay as they are."""

    def char(match: re.Match[str]) -> str:
        if match[3]:
            return ENTITIES[match[3]]
        code = int(match[1], 16) if match[1] else int(match[2])
        return chr(code) if 0 < code < 0x10FFFF and not 0xD800 <= code < 0xE000 else match.group()

    return ENTITY.sub(char, text)


def parse_html(source: str) -> Formatted:
    """Text and entities of a message in HTML. Raises Unparsable."""
    return _Parser(source).parse()


class _Parser:
    def __init__(self, source: str) -> None:
        self.source, self.at = source, 0
        self.out = Builder()
        self.open: list[Tag] = []

    def parse(self) -> Formatted:
        while self.at < len(self.source):
            end = self.source.find("<", self.at)
            end = len(self.source) if end < 0 else end
            self.out.add(unescape(self.source[self.at : end]))
            self.at = end
            if self.source.startswith("</", end):
                self._end_tag()
            elif end < len(self.source):
                self._start_tag()
        if self.open:
            raise Unparsable(f'Can\'t find end tag corresponding to start tag "{self.open[-1].name}"')
        return self.out.result()

    def _offset(self, at: int) -> int:
        return len(self.source[:at].encode())

    def _take(self, pattern: re.Pattern[str]) -> str:
        match = pattern.match(self.source, self.at)
        found = match.group() if match else ""
        self.at += len(found)
        return found

    def _spaces(self) -> None:
        self._take(re.compile(r"\s*"))

    def _start_tag(self) -> None:
        begin, where = self.at, self._offset(self.at)
        self.at += 1
        name = self._take(re.compile(r"[^\s>]*")).lower()
        if self.at >= len(self.source):
            raise Unparsable(f'Unclosed start tag "{name}" at byte offset {where}')
        if name not in SIMPLE and name not in OTHERS:
            raise Unparsable(f'Unsupported start tag "{name}" at byte offset {where}')
        attributes = self._attributes(name, where)
        if name == "span" and attributes.get("class") != "tg-spoiler":
            raise Unparsable(f'Tag "span" must have class "tg-spoiler" at byte offset {where}')
        self.open.append(Tag(name, self.out.units, begin, attributes))

    def _attributes(self, name: str, where: int) -> dict[str, str]:
        found: dict[str, str] = {}
        while True:
            self._spaces()
            if self.at >= len(self.source):
                raise Unparsable(f'Unclosed start tag "{name}" at byte offset {where}')
            if self.source[self.at] == ">":
                self.at += 1
                return found
            key = self._take(NAME).lower()
            if not key:
                raise Unparsable(f'Empty attribute name in the tag "{name}" at byte offset {where}')
            self._spaces()
            if self.source[self.at : self.at + 1] == "=":
                self.at += 1
                self._spaces()
                found[key] = self._value(name, where)
            else:
                found[key] = ""

    def _value(self, name: str, where: int) -> str:
        if self.at >= len(self.source):
            raise Unparsable(f'Unclosed start tag "{name}" at byte offset {where}')
        quote = self.source[self.at]
        if quote not in "\"'":
            begin = self.at
            value = self._take(TOKEN)
            if self.source[self.at : self.at + 1] not in (" ", "\n", "\t", ">"):
                raise Unparsable(f"Unexpected end of name token at byte offset {self._offset(begin)}")
            return value.lower()
        end = self.source.find(quote, self.at + 1)
        if end < 0:
            raise Unparsable(f"Unclosed start tag at byte offset {where}")
        value = unescape(self.source[self.at + 1 : end])
        self.at = end + 1
        return value

    def _end_tag(self) -> None:
        where = self._offset(self.at)
        if not self.open:
            raise Unparsable(f"Unexpected end tag at byte offset {where}")
        self.at += 2
        name = self._take(re.compile(r"[^\s>]*")).lower()
        self._spaces()
        if self.source[self.at : self.at + 1] != ">":
            raise Unparsable(f"Unclosed end tag at byte offset {where}")
        self.at += 1
        tag = self.open.pop()
        if name and name != tag.name:
            raise Unparsable(f'Unmatched end tag at byte offset {where}, expected "</{tag.name}>", found "</{name}>"')
        self._close(tag)

    def _close(self, tag: Tag) -> None:
        match tag.name:
            case name if name in SIMPLE or name == "span":
                self.out.close(SIMPLE.get(name, "spoiler"), tag.start)
            case "a":
                self._close_link(tag)
            case "blockquote":
                kind = "expandable_blockquote" if "expandable" in tag.attributes else "blockquote"
                self.out.close(kind, tag.start)
            case "tg-emoji":
                self.out.close("custom_emoji", tag.start, custom_emoji_id=tag.attributes.get("emoji-id", ""))
            case "tg-time":
                self._close_time(tag)
            case _:
                self._close_code(tag)

    def _close_link(self, tag: Tag) -> None:
        shown = "".join(self.out.pieces).encode("utf-16-le")[2 * tag.start :].decode("utf-16-le")
        url = tag.attributes.get("href") or shown
        if user := re.fullmatch(r"(?i)tg:(?://)?user\?id=(\d+)", url):
            self.out.close("text_mention", tag.start, user={"id": int(user[1])})
        elif (full := link(url)) is not None:
            self.out.close("text_link", tag.start, url=full)

    def _close_time(self, tag: Tag) -> None:
        if not tag.attributes.get("unix", "").isdecimal():
            raise Unparsable(f'Tag "tg-time" must have attribute "unix" at byte offset {self._offset(tag.at)}')
        more: Json = {"date_time_format": tag.attributes["format"]} if tag.attributes.get("format") else {}
        self.out.close("date_time", tag.start, unix_time=int(tag.attributes["unix"]), **more)

    def _close_code(self, tag: Tag) -> None:
        """`<pre><code class="language-x">` around the same text is one `pre` with a language."""
        language = tag.attributes.get("class", "").removeprefix("language-")
        last = self.out.entities[-1] if self.out.entities else None
        same = last and (last["offset"], last["length"]) == (tag.start, self.out.units - tag.start)
        other = "pre" if tag.name == "code" else "code"
        if last and same and last["type"] == other and (language or last.get("language")):
            last.update(type="pre", language=language or last["language"])
        else:
            named: Json = {"language": language} if language else {}
            self.out.close(tag.name, tag.start, **named)
        if tag.name == "pre" or not self.open:
            self._forget_language()

    def _forget_language(self) -> None:
        """A language belongs to `pre` only; a lone `code` loses it."""
        for entity in self.out.entities:
            if entity["type"] == "code":
                entity.pop("language", None)
