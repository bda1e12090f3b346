"""Discord's markdown as the neutral form of words, and back (docs "Message Formatting", "Markdown Text 101")."""

import re
from collections.abc import Callable

from bots.discord.words import ENTITY, LINK, escape
from inbox.words import Kind, Span, Spans, moved, render, tidy

DEEPEST = 8  # formats inside each other
FENCE = re.compile(r"```(?:([\w+#.-]{1,30})\n)?(.+?)```", re.DOTALL)
QUOTE, REST_QUOTED = re.compile(r"> (.*)"), re.compile(r">>> ")
HEADING, BULLET = re.compile(r"(?:#{1,3}|-#) +(.+)"), re.compile(r"([ \t]*)[-*] +(?=\S)")
# what is itself whatever stands in it comes first, then the formats, the longer mark before the shorter
TOKEN = re.compile(
    "|".join(
        (
            r"\\(?P<escaped>[^0-9A-Za-z\s])",
            r"(?P<ticks>`{1,2})(?P<code>[^`]|[^`](?:(?!(?P=ticks)(?!`)).){0,2000}?[^`])(?P=ticks)(?!`)",
            r"\[(?P<label>[^\[\]\n]{1,1000})\]\(<?(?P<address>https?://[^\s<>()]{1,1500})>?\)",
            r"<(?P<bare>https?://[^\s<>]{1,1500})>",
            rf"(?P<entity>{ENTITY.pattern})",
            rf"(?P<url>{LINK.pattern})",
            r"\*\*(?P<bold>(?!\s)(?:\\.|[^\\]){1,2000}?)\*\*(?!\*)",
            r"__(?P<underline>(?:\\.|[^\\]){1,2000}?)__(?!_)",
            r"\|\|(?P<spoiler>(?:\\.|[^\\]){1,2000}?)\|\|",
            r"~~(?P<strike>(?:\\.|[^\\]){1,2000}?)~~",
            r"\*(?P<italic>(?![\s*])(?:[^*\\]|\*\*|\\.){1,2000}?(?<!\s))\*(?!\*)",
            r"(?<!\w)_(?P<italics>(?!_)(?:[^_\\]|__|\\.){1,2000}?)_(?!\w)",
        )
    ),
    re.DOTALL,
)
UNNAMEABLE = re.compile(r"[\[\]\n]|://")
FORMATS: dict[str, Kind] = {
    "bold": "bold",
    "underline": "underline",
    "spoiler": "spoiler",
    "strike": "strike",
    "italic": "italic",
    "italics": "italic",
}
MARKS: dict[Kind, str] = {"bold": "**", "underline": "__", "spoiler": "||", "strike": "~~"}
Naming = Callable[[re.Match[str]], str]


class _Said:
    """Text and spans that grow."""

    def __init__(self) -> None:
        self.text, self.spans = "", list[Span]()

    def add(self, text: str, spans: Spans = (), kind: Kind | None = None, value: str = "") -> None:
        start = len(self.text)
        self.text += text
        self.spans += moved(spans, start)
        if kind:
            self.spans.append(Span(start, len(self.text), kind, value))


def read(source: str, named: Naming) -> tuple[str, Spans]:
    """Markdown as words. `named` gives what an entity (a mention, a custom emoji) is called, for `words.ENTITY`."""
    said, at = _Said(), 0
    for fence in FENCE.finditer(source):
        _lines(said, source[at : fence.start()], named)
        said.add("\n" if said.text and not said.text.endswith("\n") else "")
        said.add(fence[2].strip("\n"), (), "pre", fence[1] or "")
        at = fence.end()
        said.add("\n" if source[at : at + 1] not in ("", "\n") else "")
    _lines(said, source[at:], named)
    return said.text, tidy(said.text, said.spans)


def _lines(said: _Said, source: str, named: Naming) -> None:
    """Everything but code blocks: what the beginnings of lines say, and what is inside the lines."""
    group: list[str] = []
    quoted = rest = False

    def end() -> None:
        if group:
            text, spans = _inline("\n".join(group), named, 0)
            said.add(text, spans, "quote" if quoted else None)
            group.clear()

    for number, line in enumerate(source.split("\n")):
        opens = bool(REST_QUOTED.match(line))
        quote = None if rest else QUOTE.fullmatch(line.removeprefix(">>") if opens else line)
        if number and (rest or (quote is not None) == quoted) and group:
            group.append(_line(quote[1] if quote else line))
            continue
        end()
        if number:
            said.add("\n")
        quoted, rest = rest or quote is not None, rest or opens
        group.append(_line(quote[1] if quote else line))
    end()


def _line(line: str) -> str:
    heading = HEADING.fullmatch(line)
    if heading:
        return f"**{heading[1]}**" if "**" not in heading[1] and not line.startswith("-#") else heading[1]
    return BULLET.sub(r"\1• ", line, count=1) if BULLET.match(line) else line


def _inline(source: str, named: Naming, depth: int) -> tuple[str, Spans]:
    said, at = _Said(), 0
    for token in TOKEN.finditer(source) if depth < DEEPEST else ():
        said.add(source[at : token.start()])
        at = token.end()
        _token(said, token, named, depth)
    said.add(source[at:])
    return said.text, tuple(said.spans)


def _token(said: _Said, token: re.Match[str], named: Naming, depth: int) -> None:
    kind = token.lastgroup or ""
    found = token.groupdict()
    if found["escaped"]:
        said.add(found["escaped"])
    elif found["code"]:
        said.add(_unpadded(found["code"]), (), "code")
    elif found["label"]:
        text, spans = _inline(found["label"], named, depth + 1)
        said.add(text, spans, "link", found["address"])
    elif found["entity"]:
        said.add(ENTITY.sub(named, found["entity"]))
    elif found["bare"] or found["url"]:
        said.add(found["bare"] or found["url"])
    else:
        kind = next(name for name in FORMATS if found[name])
        text, spans = _inline(found[kind], named, depth + 1)
        said.add(text, spans, FORMATS[kind])


def _unpadded(code: str) -> str:
    """Spaces that keep a backtick of the code from its marks."""
    padded = len(code) > 2 and code[0] == code[-1] == " " and "`" in (code[1], code[-2])
    return code[1:-1] if padded else code


def write(text: str, spans: Spans) -> str:
    """Words as markdown: nothing in the text itself is markup, a mention, or a link with another name."""

    def wrap(span: Span, inside: list[str]) -> str:
        words = "".join(inside)
        match span.kind:
            case "code":
                return _code(words)
            case "pre":
                return _block(words, span, text)
            case "quote":
                return _quote(words, span, text)
            case "link":
                return _link(words, span.value)
            case "italic":
                return _italic(words, span, text)
        return f"{MARKS[span.kind]}{words}{MARKS[span.kind]}"

    return "".join(render(text, spans, lambda piece, code: piece if code else escape(piece), wrap))


def _link(words: str, address: str) -> str:
    """Discord shows no named link whose name has brackets or is an address itself."""
    if UNNAMEABLE.search(words) or set(address) & set("()"):
        return words if words == f"<{address}>" else f"{words} (<{address}>)"
    return f"[{words}](<{address}>)"


def _code(words: str) -> str:
    if "``" in words or "\n" in words:
        return escape(words)
    if "`" not in words:
        return f"`{words}`"
    return f"`` {words} ``" if words[0] == "`" or words[-1] == "`" else f"``{words}``"


def _block(words: str, span: Span, text: str) -> str:
    quiet = words.replace("```", "`\u200b`\u200b`")
    language = span.value if re.fullmatch(r"[\w+#.-]{1,30}", span.value) else ""
    return f"```{language}\n{quiet}\n```" + ("\n" if text[span.end : span.end + 1] not in ("", "\n") else "")


def _quote(words: str, span: Span, text: str) -> str:
    before = "\n" if span.start and text[span.start - 1] != "\n" else ""
    after = "\n" if text[span.end : span.end + 1] not in ("", "\n") else ""
    return before + "\n".join(f"> {line}" for line in words.split("\n")) + after


def _italic(words: str, span: Span, text: str) -> str:
    """With `_`, which no bold beside it can be taken for; inside a word, or around another `_`, only `*` works. A mark
    that stands in code inside would end it: where both do, it is not slanted."""
    around = text[max(0, span.start - 1) : span.start] + text[span.end : span.end + 1]
    inside = any(beside.isalnum() or beside == "_" for beside in around)
    if not inside and "_" not in words.replace(r"\_", "").replace("__", ""):
        return f"_{words}_"
    return words if "*" in words.replace(r"\*", "").replace("**", "") else f"*{words}*"
