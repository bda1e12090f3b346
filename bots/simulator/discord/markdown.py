"""Discord's markdown as safe HTML, for the playground. Everything is escaped first; links go to http(s) only."""

import html
import re
from collections.abc import Callable
from datetime import UTC, datetime

# a backslash before punctuation shows it as it is ("Markdown Text 101"); inside code it is itself
CODE = re.compile(r"\\([^0-9A-Za-z\s])|```(?:[\w+-]*\n)?(.*?)```|``(.+?)``|`([^`\n]+)`", re.DOTALL)
INLINE = (
    (re.compile(r"\*\*(.+?)\*\*", re.DOTALL), r"<strong>\1</strong>"),
    (re.compile(r"__(.+?)__", re.DOTALL), r"<u>\1</u>"),
    (re.compile(r"(?<![\w*])\*(?!\s)(.+?)(?<!\s)\*(?![\w*])", re.DOTALL), r"<em>\1</em>"),
    (re.compile(r"(?<!\w)_(?!\s)(.+?)(?<!\s)_(?!\w)", re.DOTALL), r"<em>\1</em>"),
    (re.compile(r"~~(.+?)~~", re.DOTALL), r"<s>\1</s>"),
    (re.compile(r"\|\|(.+?)\|\|", re.DOTALL), r'<span class="spoiler">\1</span>'),
)
LINE_STARTS = (
    (re.compile(r"^(#{1,3}) +(.+)$", re.MULTILINE), r"<strong>\2</strong>"),
    (re.compile(r"^-# +(.+)$", re.MULTILINE), r"<small>\1</small>"),
    (re.compile(r"^&gt; ?(.*)$", re.MULTILINE), r"<q>\1</q>"),
    (re.compile(r"^[-*] +(.+)$", re.MULTILINE), r"• \1"),
)
NAMED_LINK = re.compile(r"\[([^\]\n]+)\]\((https?://[^\s)]+)\)")
BARE_LINK = re.compile(r"(?:&lt;)?(https?://[^\s<>]+?)(?:&gt;)?(?=[\s.,!?)]*(?:\s|$))")
MENTION = re.compile(r"&lt;(@!?|@&amp;|#)(\d+)&gt;|&lt;t:(-?\d{1,12})(?::\w)?&gt;|&lt;a?:(\w+):\d+&gt;")


def to_html(text: str, name_of: Callable[[str, str], str]) -> str:
    """The text as the client shows it. `name_of` gives the name for a mention's sign ("@", "@&", "#") and id."""
    kept: list[str] = []

    def keep(markup: str) -> str:
        kept.append(markup)
        return f"\0{len(kept) - 1}\0"

    def code(found: re.Match[str]) -> str:
        escaped, block, *spans = found.groups()
        if escaped is not None:
            return keep(html.escape(escaped))
        if block is not None:
            return keep(f"<pre>{html.escape(block)}</pre>")
        return keep(f"<code>{html.escape(next(span for span in spans if span is not None))}</code>")

    text = html.escape(CODE.sub(code, text.replace("\0", "")))
    text = NAMED_LINK.sub(lambda m: keep(_link(m[2], m[1])), text)
    text = BARE_LINK.sub(lambda m: keep(_link(m[1], m[1])), text)
    text = MENTION.sub(lambda m: keep(_mention(m, name_of)), text)
    for pattern, markup in (*LINE_STARTS, *INLINE):
        text = pattern.sub(markup, text)
    text = text.replace("\n", "<br>")
    while "\0" in text:  # what was kept may lie inside what was kept
        text = re.sub("\0(\\d+)\0", lambda m: kept[int(m[1])], text)
    return text


def _link(url: str, label: str) -> str:
    return f'<a href="{url}" rel="noopener noreferrer nofollow">{label}</a>'


def _mention(found: re.Match[str], name_of: Callable[[str, str], str]) -> str:
    sign, target, stamp, emoji = found.groups()
    if emoji:
        return html.escape(f":{emoji}:")
    if stamp:
        return f"<time>{datetime.fromtimestamp(int(stamp), UTC):%Y-%m-%d %H:%M} UTC</time>"
    sign = html.unescape(sign).rstrip("!")
    shown = "#" if sign == "#" else "@"
    return f'<span class="mention">{shown}{html.escape(name_of(sign, target))}</span>'
