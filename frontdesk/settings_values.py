"""What one setting's text may say: each function takes the text and gives the value, or raises ValueError with the rest
of a sentence that begins with the setting's name. No sentence repeats the text itself: it may hold a secret.
"""

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

SLACK_API = "https://slack.com/api/"
DISCORD_API = "https://discord.com/api/v10"
TELEGRAM_API = "https://api.telegram.org/bot"
TELEGRAM_FILES = "https://api.telegram.org/file/bot"
DEFAULT_DATABASE = "sqlite:///var/frontdesk.db"

POSTGRES = "postgresql+psycopg://"
DATABASE_HELP = f"write {DEFAULT_DATABASE} or {POSTGRES}USER:PASSWORD@HOST/NAME"
SHORTEST_KEY = 16

Check = Callable[[str], str]


def database(text: str) -> str:
    """A database URL in SQLAlchemy's form: `postgres://` and `postgresql://` become `postgresql+psycopg://`."""
    scheme, mark, rest = text.partition("://")
    if mark and scheme in ("sqlite", "sqlite+pysqlite"):
        return _sqlite(rest)
    if mark and scheme in ("postgres", "postgresql", "postgresql+psycopg"):
        return _postgres(rest)
    raise ValueError(f"names no database that Frontdesk knows: {DATABASE_HELP}")


def _sqlite(rest: str) -> str:
    path = rest.removeprefix("/")
    if rest == path or path.partition("?")[0] in ("", ":memory:") or "mode=memory" in path:
        raise ValueError(f"must name a file, as memory would be forgotten at the end: write {DEFAULT_DATABASE}")
    return f"sqlite:///{path}"


def _postgres(rest: str) -> str:
    url = POSTGRES + rest
    parts = _split(url)
    if parts is None or "@" in parts.path:
        escape = "a password's @ : / # ? must be written as %40 %3A %2F %23 %3F"
        raise ValueError(f"cannot be read as an address ({escape}): {DATABASE_HELP}")
    if not parts.path.strip("/"):
        raise ValueError(f"names no database behind the host: {DATABASE_HELP}")
    return url


def _split(url: str) -> SplitResult | None:
    """The address's parts, or None: what urllib raises repeats a part of the address, so it is kept from everybody."""
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018  (reading it checks it)
    except ValueError:
        return None
    return None if re.search(r"\s", url) else parts


def address(text: str, schemes: tuple[str, ...] = ("http", "https")) -> str:
    """An address without user, query or fragment."""
    parts = _split(text)
    wanted = " or ".join(f"{scheme}://" for scheme in schemes)
    if parts is None or parts.scheme not in schemes or not parts.hostname:
        raise ValueError(f"is not an address: write {wanted}HOST")
    if parts.username is not None or parts.password is not None:
        raise ValueError(f"must not hold a user name or password: write {wanted}HOST alone")
    if parts.query or parts.fragment:
        raise ValueError(f"must end before any ? or #: write {wanted}HOST/PATH")
    return text


def plain_address(text: str) -> str:
    """An address without a slash at its end, as paths are put behind it."""
    return address(text).rstrip("/")


def slack_address(text: str) -> str:
    """Slack's SDK joins method names to its base address, so that must end with a slash."""
    return plain_address(text) + "/"


def gateway_address(text: str) -> str:
    """Discord's Gateway is a WebSocket."""
    return address(text, ("wss", "ws")).rstrip("/")


def host(text: str) -> str:
    """A host name or IP address to listen on; brackets around an IPv6 address are taken off."""
    bare = text[1:-1] if text.startswith("[") and text.endswith("]") else text
    colons = bare.count(":")
    if re.search(r"[\s/@\[\]]", bare) or colons == 1:
        raise ValueError("must be a host alone, without scheme, port or path: write 127.0.0.1, or 0.0.0.0 for all")
    return bare


def port(text: str) -> int:
    """A TCP port; 0 lets the system choose a free one."""
    if not re.fullmatch(r"[0-9]{1,5}", text) or int(text) > 65535:
        raise ValueError("is not a port: write a number from 0 to 65535 (0 takes any free port)")
    return int(text)


def file(text: str) -> Path:
    """A path; `~` is the home folder."""
    if "\0" in text:
        raise ValueError("is not a path: write desk.toml")
    try:
        return Path(text).expanduser()
    except RuntimeError:
        raise ValueError("begins with the home folder of nobody known here: write the whole path") from None


def megabytes(text: str) -> int:
    """A size in millions of bytes."""
    if not re.fullmatch(r"[0-9]{1,4}", text, re.ASCII) or int(text) > 2000:
        raise ValueError("is not a size in MB: write a number from 0 (no files at all) to 2000")
    return int(text)


def endings(text: str) -> str:
    """Endings of file names, with spaces between: ".exe .bat"; "none" for none."""
    words = text.casefold().replace(",", " ").split()
    if words == ["none"]:
        return "none"
    if not all(re.fullmatch(r"\.[a-z0-9]{1,16}", word) for word in words):
        raise ValueError("are not endings of file names: write .exe .bat, or none")
    return " ".join(words)


def one_of(*words: str) -> Check:
    """One of these words, written in small or capital letters."""

    def check(text: str) -> str:
        if text.lower() not in words:
            raise ValueError(f"is none of its words: write {', '.join(words[:-1])} or {words[-1]}")
        return text.lower()

    return check


def key(text: str) -> str:
    """What sessions are signed with."""
    if len(text) < SHORTEST_KEY:
        raise ValueError(
            f"is too short to sign with: write at least {SHORTEST_KEY} random characters, "
            "or leave it out and one is made and kept in var/secret"
        )
    return text


def _token(begins: str, of: str, other: str = "", other_of: str = "") -> Check:
    def check(text: str) -> str:
        if other and text.startswith(other):
            raise ValueError(f"holds {other_of}: write {of}, which begins with {begins}")
        if not text.startswith(begins) or not re.fullmatch(r"[!-~]+", text[len(begins) :]):
            raise ValueError(f"is not {of}: write the one that begins with {begins}")
        return text

    return check


def _signing_secret(text: str) -> str:
    if text.startswith(("xoxb-", "xapp-")) or not re.fullmatch(r"[!-~]+", text):
        raise ValueError("is not a signing secret: write the one under Basic Information, App Credentials")
    return text


def _discord_token(text: str) -> str:
    if not re.fullmatch(r"[!-~]+", text):
        raise ValueError('is not a bot token: write the one under Bot, Reset Token, without "Bot" before it')
    return text


def _telegram_token(text: str) -> str:
    if not re.fullmatch(r"[0-9]+:[A-Za-z0-9_-]+", text):
        raise ValueError("is not a bot token: write the one from @BotFather, digits, a colon and letters")
    return text


def _webhook_secret(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9_-]{16,256}", text):  # Bot API, setWebhook: secret_token
        raise ValueError("is not what Telegram takes: write 16 to 256 of the characters A-Z, a-z, 0-9, _ and -")
    return text


# Slack's prefixes: https://docs.slack.dev/authentication/tokens; Telegram's form: https://core.telegram.org/bots/api
_slack_bot = _token("xoxb-", "a bot token", "xapp-", "the app's token")
_slack_app = _token("xapp-", "an app-level token", "xoxb-", "the bot's token")
CHECKS: Mapping[str, Mapping[str, Check]] = {
    "slack": {
        "BOT_TOKEN": _slack_bot,
        "APP_TOKEN": _slack_app,
        "SIGNING_SECRET": _signing_secret,
        "API_URL": slack_address,
    },
    "discord": {"BOT_TOKEN": _discord_token, "API_URL": plain_address, "GATEWAY_URL": gateway_address},
    "telegram": {
        "BOT_TOKEN": _telegram_token,
        "API_URL": plain_address,
        "FILE_URL": plain_address,
        "WEBHOOK_URL": plain_address,
        "WEBHOOK_SECRET": _webhook_secret,
    },
}
ADDRESSES: Mapping[str, Mapping[str, str]] = {
    "slack": {"API_URL": SLACK_API},
    "discord": {"API_URL": DISCORD_API},
    "telegram": {"API_URL": TELEGRAM_API, "FILE_URL": TELEGRAM_FILES},
}
SECRETS = ("BOT_TOKEN", "APP_TOKEN", "SIGNING_SECRET")
PARTS = (*SECRETS, "API_URL", "GATEWAY_URL", "FILE_URL", "WEBHOOK_URL", "WEBHOOK_SECRET")

_REAL = re.compile(r"xoxb-.+|xapp-.+|[0-9]{5,}:[\w-]{20,}|[\w-]{20,}\.[\w-]{5,}\.[\w-]{20,}")


def looks_real(text: str) -> bool:
    """Whether the text has the form of a token of one of the platforms."""
    return _REAL.fullmatch(text) is not None
