"""Structured logs: readable on a terminal, one JSON object a line otherwise, and never a secret in them."""

import logging
import re
import sys
from collections.abc import Iterable, MutableMapping
from typing import Any

import structlog

# tokens as the platforms shape them, wherever they turn up (an address, a traceback)
TOKENS = re.compile(
    r"xox[a-z]-[\w-]{6,}|xapp-[\w-]{6,}|\b\d{5,}:[\w-]{20,}|\b[\w-]{23,28}\.[\w-]{6,7}\.[\w-]{27,}|(?<=://)[^/\s:@]+:[^/\s@]+(?=@)"
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
    "uvicorn.access",
)


class Redactor:
    """Replaces tokens, and the secrets it was told, in everything that is logged."""

    def __init__(self) -> None:
        self._known: tuple[str, ...] = ()

    def learn(self, secrets: Iterable[str]) -> None:
        """Secrets of this installation, to be replaced wherever they stand (short ones are not secrets)."""
        self._known = tuple(sorted({s for s in secrets if len(s) >= 8}, key=len, reverse=True))

    def clean(self, text: str) -> str:
        for secret in self._known:
            text = text.replace(secret, "…")
        return TOKENS.sub("…", text)

    def __call__(self, _: Any, __: str, entry: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        for key, value in entry.items():
            if isinstance(value, str):
                entry[key] = self.clean(value)
        return entry


redactor = Redactor()


def configure(format_: str, level: str, secrets: Iterable[str] = ()) -> None:
    """Sets up logging for the process. `format_` is auto, json or console; `level` debug, info, warning or error."""
    redactor.learn(secrets)
    console = format_ == "console" or (format_ == "auto" and sys.stderr.isatty())
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    last: list[Any] = [structlog.dev.set_exc_info, redactor, structlog.dev.ConsoleRenderer()]
    if not console:
        last = [structlog.processors.format_exc_info, redactor, structlog.processors.JSONRenderer(ensure_ascii=False)]
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared, processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last]
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Cleaned(formatter))
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


class _Cleaned(logging.Formatter):
    """The last look at a line: tracebacks of the console form pass the renderer only as text."""

    def __init__(self, inner: logging.Formatter) -> None:
        super().__init__()
        self._inner = inner

    def format(self, record: logging.LogRecord) -> str:
        return redactor.clean(self._inner.format(record))
