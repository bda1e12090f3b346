"""Structured logs: readable on a terminal, one JSON object a line otherwise, and never a secret in them.

What people wrote may stand in a log, but it cannot pretend to be one: a record is one line (a traceback's lines are
indented below it), and nothing in it steers the terminal.
"""

import json
import logging
import re
import sys
from collections.abc import Callable, Iterable, Mapping, MutableMapping
from typing import Any
from urllib.parse import quote, quote_plus

import structlog

# tokens as the platforms shape them, passwords in addresses and sign-in links, wherever they turn up
TOKENS = re.compile(
    r"xox[a-z]-[\w-]{6,}|xapp-[\w-]{6,}"
    r"|(?<!\d)\d{5,}:[\w-]{20,}"
    r"|\b[\w-]{23,28}\.[\w-]{6,7}\.[\w-]{27,}"
    r"|(?<=://)(?!USER:PASSWORD@)[^/\s:@]+:[^/\s@]+(?=@)"  # but not our own words about what to write there
    r"|(?<=/signin/)[\w-]{20,}"
)
QUIET = (
    "httpx",
    "httpcore",
    "apscheduler",
    "discord",
    "slack_bolt",
    "slack_sdk",
    "aiohttp.access",
    "telegram",
    "asyncio",
    "uvicorn",
    "alembic",
)
# ends a line for some reader, steers a terminal, or turns the direction of what follows
CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]")
NOT_SECRET = 8  # characters: what is shorter stands in ordinary words too


class Redactor:
    """Replaces tokens, and the secrets it was told, in everything that is logged."""

    def __init__(self) -> None:
        self._known: tuple[str, ...] = ()

    def learn(self, secrets: Iterable[str]) -> None:
        """Secrets of this installation, to be replaced wherever they stand, also quoted as addresses, JSON and Python
        quote them (short ones are not secrets)."""
        forms = {form for secret in secrets if len(secret) >= NOT_SECRET for form in _forms(secret)}
        self._known = tuple(sorted(forms, key=len, reverse=True))

    def clean(self, text: str) -> str:
        for secret in self._known:
            text = text.replace(secret, "…")
        return TOKENS.sub("…", text)

    def __call__(self, _: Any, __: str, entry: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        for key, value in entry.items():
            entry[key] = self._cleaned(value)
        return entry

    def _cleaned(self, value: Any) -> Any:
        """A value as the renderers will show it: what is no plain value is shown as Python writes it."""
        if isinstance(value, str):
            return self.clean(value)
        if value is None or isinstance(value, bool | int | float):
            return value
        if isinstance(value, Mapping):
            return {self.clean(str(key)): self._cleaned(one) for key, one in value.items()}
        if isinstance(value, list | tuple | set | frozenset):
            return [self._cleaned(one) for one in value]
        return self.clean(repr(value))


def _forms(secret: str) -> tuple[str, ...]:
    as_json = (json.dumps(secret, ensure_ascii=ascii_only)[1:-1] for ascii_only in (True, False))
    return (secret, quote(secret, safe=""), quote_plus(secret), repr(secret)[1:-1], *as_json)


redactor = Redactor()


def visible(text: str) -> str:
    """The text with every control character written out."""
    return CONTROL.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def _one_line_each(_: Any, __: str, entry: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """For a terminal: what a value holds is shown, not carried out."""
    for key, value in entry.items():
        if isinstance(value, str):
            lines = value.split("\n") if key == "exception" else [value]
            entry[key] = "\n".join(("  " if key == "exception" else "") + visible(line) for line in lines)
    return entry


def configure(format_: str, level: str, secrets: Iterable[str] = ()) -> None:
    """Sets up logging for the process. `format_` is auto, json or console; `level` debug, info, warning or error."""
    redactor.learn(secrets)
    terminal = sys.stderr.isatty()
    console = format_ == "console" or (format_ == "auto" and terminal)
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    last: list[Any] = [structlog.processors.format_exc_info, redactor]
    if console:
        plain = structlog.dev.plain_traceback
        last += [_one_line_each, structlog.dev.ConsoleRenderer(colors=terminal, exception_formatter=plain)]
    else:
        last.append(structlog.processors.JSONRenderer(ensure_ascii=False))
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared, processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last]
    )
    handler = logging.StreamHandler(sys.stderr)
    # in JSON the line feeds are escaped already, and \uXXXX is how it writes the rest
    handler.setFormatter(
        _Finished(formatter, redactor.clean if console else lambda line: visible(redactor.clean(line)))
    )
    logging.root.handlers[:] = [handler]
    logging.root.setLevel(level.upper())
    for name in QUIET:
        logging.getLogger(name).setLevel(max(logging.WARNING, logging.getLevelName(level.upper())))
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )


class _Finished(logging.Formatter):
    """The last look at a line, whatever the renderer made of it."""

    def __init__(self, inner: logging.Formatter, finish: Callable[[str], str]) -> None:
        super().__init__()
        self._inner, self._finish = inner, finish

    def format(self, record: logging.LogRecord) -> str:
        return self._finish(self._inner.format(record))
