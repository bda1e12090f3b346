"""The environment, and `.env` in the working directory, as one frozen value. `.env.example` lists every setting.

All mistakes are reported at once. Secrets stand in `SecretStr`s, and no sentence here repeats what somebody wrote.
"""

import difflib
import io
import os
import secrets
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from dotenv.parser import Original, parse_stream
from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, EnvSettingsSource, PydanticBaseSettingsSource, SettingsConfigDict

from frontdesk import settings_values as values
from inbox.directory import PLATFORMS, Connection
from inbox.filestore import FileStore

VAR = Path("var")
ENV_FILE = Path(".env")
_UNSET = SecretStr("")


class SettingsError(Exception):
    """Settings that cannot be used. `problems` holds one sentence for each mistake, without any secret."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))


@dataclass(frozen=True, slots=True)
class Tokens:
    """One connection's secrets, empty where unset, and its platform's addresses.

    An empty `gateway_url` means: ask Discord; an empty `webhook_url`: fetch updates from Telegram.
    """

    bot: SecretStr = _UNSET
    app: SecretStr = _UNSET
    signing_secret: SecretStr = _UNSET
    api_url: str = ""
    gateway_url: str = ""
    file_url: str = ""
    webhook_url: str = ""
    webhook_secret: SecretStr = _UNSET


def _secret(check: values.Check) -> AfterValidator:
    def checked(value: SecretStr) -> SecretStr:
        text = value.get_secret_value().strip()
        return SecretStr(check(text) if text else "")

    return AfterValidator(checked)


def _optional(check: values.Check) -> AfterValidator:
    return AfterValidator(lambda text: check(text) if text else "")


def _port(value: object) -> int:
    return values.port(str(value))


_slack, _discord, _telegram = (values.CHECKS[platform] for platform in ("slack", "discord", "telegram"))


class Settings(BaseSettings):
    """Every setting, checked. Made by `load`; a test may also name fields: `Settings(_env_file=None, inbox_port=0)`."""

    model_config = SettingsConfigDict(
        frozen=True, extra="ignore", hide_input_in_errors=True, str_strip_whitespace=True, env_file_encoding="utf-8-sig"
    )

    database_url: Annotated[SecretStr, _secret(values.database)] = SecretStr(values.DEFAULT_DATABASE)
    desk_file: Annotated[Path, BeforeValidator(lambda value: values.file(str(value)))] = Path("desk.toml")
    inbox_host: Annotated[str, AfterValidator(values.host)] = "127.0.0.1"
    inbox_port: Annotated[int, BeforeValidator(_port)] = 8080
    inbox_url: Annotated[str, _optional(values.plain_address)] = Field("", validate_default=True)
    secret_key: Annotated[SecretStr, _secret(values.key)] = _UNSET
    files_dir: Annotated[Path, BeforeValidator(lambda value: values.file(str(value)))] = VAR / "files"
    files_limit_mb: Annotated[int, BeforeValidator(lambda value: values.megabytes(str(value)))] = 20
    files_refused: Annotated[str, AfterValidator(values.endings)] = ".exe .bat .cmd .com .scr .msi .vbs .jar"
    log_format: Annotated[str, AfterValidator(values.one_of("auto", "json", "console"))] = "auto"
    log_level: Annotated[str, AfterValidator(values.one_of("debug", "info", "warning", "error"))] = "info"
    slack_bot_token: Annotated[SecretStr, _secret(_slack["BOT_TOKEN"])] = _UNSET
    slack_app_token: Annotated[SecretStr, _secret(_slack["APP_TOKEN"])] = _UNSET
    slack_signing_secret: Annotated[SecretStr, _secret(_slack["SIGNING_SECRET"])] = _UNSET
    slack_api_url: Annotated[str, AfterValidator(_slack["API_URL"])] = values.SLACK_API
    discord_bot_token: Annotated[SecretStr, _secret(_discord["BOT_TOKEN"])] = _UNSET
    discord_api_url: Annotated[str, AfterValidator(_discord["API_URL"])] = values.DISCORD_API
    discord_gateway_url: Annotated[str, _optional(_discord["GATEWAY_URL"])] = ""
    telegram_bot_token: Annotated[SecretStr, _secret(_telegram["BOT_TOKEN"])] = _UNSET
    telegram_api_url: Annotated[str, AfterValidator(_telegram["API_URL"])] = values.TELEGRAM_API
    telegram_file_url: Annotated[str, AfterValidator(_telegram["FILE_URL"])] = values.TELEGRAM_FILES
    telegram_webhook_url: Annotated[str, _optional(_telegram["WEBHOOK_URL"])] = ""
    telegram_webhook_secret: Annotated[SecretStr, _secret(_telegram["WEBHOOK_SECRET"])] = _UNSET
    prefixed: Mapping[str, SecretStr] = Field({}, repr=False)  # {"ACME_BOT_TOKEN": …}: for connections with an `env`
    playground_port: Annotated[int, BeforeValidator(_port)] = 8090
    playground: Annotated[str, AfterValidator(values.one_of("auto", "on", "off"))] = "auto"

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment before `.env`, both read by `_Source`."""
        return init_settings, _Source(settings_cls, env_settings), _Source(settings_cls, dotenv_settings)

    @field_validator("inbox_url")
    @classmethod
    def _with_address(cls, url: str, info: ValidationInfo) -> str:
        return url or _own_address(info.data.get("inbox_host", ""), info.data.get("inbox_port", 0))

    @field_validator("playground")
    @classmethod
    def _alone(cls, wish: str, info: ValidationInfo) -> str:
        # A field that failed its own check is absent here: somebody wrote a token in it, if not a good one.
        given = [name for name in _TOKEN_FIELDS if name not in info.data or info.data[name]]
        given += [name for name in info.data.get("prefixed", {}) if _is_real(name, info.data["prefixed"][name])]
        if wish == "on" and given:
            raise ValueError(_beside(given))
        return wish

    @property
    def files(self) -> FileStore:
        """Where the files lie that come with people's words."""
        refused = frozenset(self.files_refused.split()) - {"none"}
        return FileStore(self.files_dir, self.files_limit_mb * 1_000_000, refused)

    def bound(self, port: int) -> "Settings":
        """The settings once the inbox listens on `port`: needed where INBOX_PORT is 0."""
        derived = self.inbox_url == _own_address(self.inbox_host, self.inbox_port)
        url = _own_address(self.inbox_host, port) if derived else self.inbox_url
        return self.model_copy(update={"inbox_port": port, "inbox_url": url})

    def tokens(self, connection: Connection) -> Tokens:
        """The connection's tokens and addresses.

        Raises SettingsError if one of a connection with an `env` is malformed; the plain names were checked by `load`.
        """
        found = {part: self._value(connection, part) for part in values.PARTS}
        problems = []
        for part, check in values.CHECKS[connection.platform].items() if connection.env else ():
            try:
                found[part] = check(found[part]) if found[part] else ""
            except ValueError as error:
                problems.append(f"{connection.env}_{part} {error}.")
        if problems:
            raise SettingsError(problems)
        return _tokens(connection.platform, found)

    def missing(self, connection: Connection) -> tuple[str, ...]:
        """The names of the settings without which that connection cannot hear anybody."""
        prefix = _prefix(connection)
        missing = [] if self._value(connection, "BOT_TOKEN") else [f"{prefix}_BOT_TOKEN"]
        heard = self._value(connection, "APP_TOKEN") or self._value(connection, "SIGNING_SECRET")
        if connection.platform == "slack" and not heard:
            missing.append(f"{prefix}_APP_TOKEN")
        return tuple(missing)

    def real_tokens(self, connections: Iterable[Connection] = ()) -> tuple[str, ...]:
        """The names of all tokens and secrets that are set: the plain ones, those of `connections`, and prefixed ones
        that look like a platform's token."""
        named = {f"{_prefix(connection)}_{part}" for connection in connections for part in values.SECRETS}
        plain = [name.upper() for name in _TOKEN_FIELDS if getattr(self, name)]
        return (*plain, *(name for name, text in self.prefixed.items() if name in named or _is_real(name, text)))

    def playground_on(self, connections: Iterable[Connection] = ()) -> bool:
        """Whether the simulators start: never beside a real token. Raises SettingsError if PLAYGROUND asks for both."""
        real = self.real_tokens(connections)
        if self.playground == "on" and real:
            raise SettingsError([f"PLAYGROUND {_beside(real)}."])
        return self.playground != "off" and not real

    def _value(self, connection: Connection, part: str) -> str:
        name = f"{_prefix(connection)}_{part}"
        value = self.prefixed.get(name, "") if connection.env else getattr(self, name.lower(), "")
        return value.get_secret_value() if isinstance(value, SecretStr) else str(value)


_TOKEN_FIELDS = tuple(
    f"{platform}_{part.lower()}" for platform in PLATFORMS for part in values.SECRETS if part in values.CHECKS[platform]
)
NAMES = tuple(name.upper() for name in Settings.model_fields if name != "prefixed")


class _Source(PydanticBaseSettingsSource):
    """Our settings in what pydantic-settings read: trimmed, blank ones left out, prefixed names gathered."""

    def __init__(self, settings_cls: type[BaseSettings], read: PydanticBaseSettingsSource) -> None:
        super().__init__(settings_cls)
        assert isinstance(read, EnvSettingsSource)
        self._texts = {name.upper(): text.strip() for name, text in read.env_vars.items() if text and text.strip()}

    def get_field_value(self, field: Any, field_name: str) -> tuple[Any, str, bool]:
        """The text of one field, if any."""
        return self._texts.get(field_name.upper()), field_name, False

    def __call__(self) -> dict[str, Any]:
        """What to build `Settings` from."""
        plain = {name.lower(): text for name, text in self._texts.items() if name in NAMES}
        return plain | {"prefixed": {name: text for name, text in self._texts.items() if _is_prefixed(name)}}


def load(env_file: Path | None = ENV_FILE) -> Settings:
    """The settings from the environment and, behind it, from `env_file` (which need not exist; None: no file).

    Raises SettingsError with a sentence for every mistake found.
    """
    problems = _file_problems(env_file) if env_file else []
    try:
        settings = Settings(_env_file=env_file)
    except ValidationError as error:
        problems += [_sentence(dict(detail)) for detail in error.errors(include_input=False, include_url=False)]
    except (OSError, UnicodeDecodeError):
        pass  # the file, and _file_problems said so
    else:
        if not problems:
            return settings
    raise SettingsError(problems)


def secret_key(settings: Settings, folder: Path = VAR) -> SecretStr:
    """The key that signs sessions: SECRET_KEY, else the one kept in `folder`/secret, made there the first time.

    Raises SettingsError if the file can be neither read nor made.
    """
    if settings.secret_key:
        return settings.secret_key
    path = folder / "secret"
    try:
        if not path.exists():
            _keep(path, secrets.token_urlsafe(48))
        path.chmod(0o600)
        text = path.read_text("ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it holds no text"
        raise SettingsError(
            [f"SECRET_KEY is unset and {path} cannot be used ({why}): set SECRET_KEY to random characters."]
        ) from None
    if len(text) < values.SHORTEST_KEY:
        raise SettingsError([f"SECRET_KEY is unset and {path} is too short: remove that file, a new one is made."])
    return SecretStr(text)


def _keep(path: Path, text: str) -> None:
    """Writes the file whole and readable by its owner only. Of two processes that start together, one wins: a link,
    unlike a rename, never replaces."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".secret-")  # mode 0600
    try:
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(text + "\n")
        path.hardlink_to(name)
    except FileExistsError:
        pass
    finally:
        Path(name).unlink()


def _sentence(detail: Mapping[str, Any]) -> str:
    name = str(detail["loc"][0]).upper()
    cause = detail.get("ctx", {}).get("error")
    return f"{name} {cause}." if isinstance(cause, ValueError) else f"{name} is not understood."


def _file_problems(path: Path) -> list[str]:
    """What is wrong with `.env` itself: unreadable, unreadable lines, names that are misspelt settings of ours."""
    try:
        text = path.read_text("utf-8-sig")
    except FileNotFoundError:
        return []
    except (OSError, UnicodeDecodeError):
        return [f"{path} cannot be read: it must be a text file in UTF-8 that this program may open."]
    problems = []
    for binding in parse_stream(io.StringIO(text)):
        at = f"{path}:{_line(binding.original)}"
        if binding.error:
            problems.append(f"{at} is not a setting: write NAME=VALUE.")
        elif binding.key and (near := _nearest(binding.key.upper())):
            problems.append(f"{at} {binding.key} is no setting of Frontdesk: write {near}.")
    return problems


def _line(original: Original) -> int:
    """Where the words are: the parser counts the empty lines before them as theirs."""
    blank = len(original.string) - len(original.string.lstrip())
    return original.line + original.string.count("\n", 0, blank)


def _nearest(name: str) -> str:
    """The setting that a name was probably meant to be; "" for one that is right, or nobody's business."""
    if name in NAMES or _is_prefixed(name):
        return ""
    close = difflib.get_close_matches(name, NAMES, n=1, cutoff=0.8)
    prefix = name.partition("_")[0]
    own = [f"{prefix}_{part}" for part in values.SECRETS]
    return next(iter(close or difflib.get_close_matches(name, own, n=1, cutoff=0.9)), "")


def _is_prefixed(name: str) -> bool:
    """Whether the name is a token or address of a connection with a prefix of its own."""
    prefix = next((name.removesuffix(f"_{part}") for part in values.PARTS if name.endswith(f"_{part}")), "")
    return bool(prefix) and prefix.lower() not in PLATFORMS


def _is_real(name: str, text: SecretStr) -> bool:
    return name.endswith(values.SECRETS) and values.looks_real(text.get_secret_value())


def _prefix(connection: Connection) -> str:
    return connection.env or connection.platform.upper()


def _tokens(platform: str, found: Mapping[str, str]) -> Tokens:
    urls = {part: found[part] or values.ADDRESSES[platform].get(part, "") for part in values.PARTS}
    return Tokens(
        bot=SecretStr(found["BOT_TOKEN"]),
        app=SecretStr(found["APP_TOKEN"]),
        signing_secret=SecretStr(found["SIGNING_SECRET"]),
        api_url=urls["API_URL"],
        gateway_url=urls["GATEWAY_URL"],
        file_url=urls["FILE_URL"],
        webhook_url=urls["WEBHOOK_URL"],
        webhook_secret=SecretStr(found["WEBHOOK_SECRET"]),
    )


def _beside(given: Iterable[str]) -> str:
    names = ", ".join(name.upper() for name in given)
    return f"cannot be on beside a real token: write auto or off, or take away {names}"


def _own_address(host: str, port: int) -> str:
    """Where a browser on this machine finds an inbox that listens there."""
    here = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)  # noqa: S104
    return f"http://{here}:{port}"
