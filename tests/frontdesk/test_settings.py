"""Settings: what may be written, what is said when it is wrong, and that no secret ever shows."""

import os
import re
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from frontdesk.settings import NAMES, Settings, SettingsError, load, secret_key
from inbox.directory import Connection

ROOT = Path(__file__).parents[2]
SLACK = Connection("acme", "slack")
DISCORD = Connection("community", "discord")
TELEGRAM = Connection("shop", "telegram")
Env = Callable[..., Settings]


@pytest.fixture
def env(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Env:
    """Loads the settings in an empty folder, from these variables alone and from the text of a `.env`."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(os, "environ", {})

    def load_with(dotenv: str | None = None, **variables: str) -> Settings:
        os.environ.clear()
        os.environ.update(variables)
        if dotenv is not None:
            Path(".env").write_text(dotenv, "utf-8")
        return load()

    return load_with


def problems(env: Env, dotenv: str | None = None, **variables: str) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        env(dotenv, **variables)
    return list(caught.value.problems)


def problem(env: Env, **variables: str) -> str:
    (only,) = problems(env, **variables)
    return only


def test_nothing_set_is_a_desk_on_this_machine_with_the_playground(env: Env) -> None:
    settings = env()
    assert settings.database_url.get_secret_value() == "sqlite:///var/frontdesk.db"
    assert settings.desk_file == Path("desk.toml")
    assert (settings.inbox_host, settings.inbox_port, settings.inbox_url) == (
        "127.0.0.1",
        8080,
        "http://127.0.0.1:8080",
    )
    assert (settings.log_format, settings.log_level) == ("auto", "info")
    assert settings.playground_on() and settings.playground_port == 8090


def test_the_platforms_own_addresses_are_the_default(env: Env) -> None:
    settings = env()
    assert settings.tokens(SLACK).api_url == "https://slack.com/api/"
    assert settings.tokens(DISCORD).api_url == "https://discord.com/api/v10"
    assert settings.tokens(DISCORD).gateway_url == ""
    assert settings.tokens(TELEGRAM).api_url == "https://api.telegram.org/bot"
    assert settings.tokens(TELEGRAM).file_url == "https://api.telegram.org/file/bot"
    assert not settings.tokens(SLACK).bot


def test_the_environment_wins_over_the_file_and_blank_means_unset(env: Env) -> None:
    settings = env("INBOX_PORT = 9000\nLOG_FORMAT=' json '\nINBOX_HOST=::1\n", INBOX_PORT="  9001 ", INBOX_HOST="  ")
    assert (settings.inbox_port, settings.log_format, settings.inbox_host) == (9001, "json", "::1")
    assert settings.inbox_url == "http://[::1]:9001"


def test_a_file_saved_by_a_windows_editor_is_read(env: Env) -> None:
    assert env("\ufeffINBOX_PORT=9000\r\nLOG_LEVEL=Debug\r\n").inbox_port == 9000


def test_settings_are_frozen(env: Env) -> None:
    with pytest.raises(ValueError, match="frozen"):
        setattr(env(), "inbox_port", 1)  # noqa: B010  (the type checker would refuse the plain form)


def test_unrelated_variables_are_nobodys_business(env: Env) -> None:
    settings = env(PATH="/bin", SLACK_BOT_TOKN="x", GITHUB_BOT_TOKEN="ghp_abc", SERVICE_API_URL="nonsense")
    assert settings.playground_on()


def test_every_mistake_is_told_at_once(env: Env) -> None:
    found = problems(
        env,
        "LOG_FORMAT=pretty\nSLACK_BOT_TOKN=x\n",
        DATABASE_URL="mysql://me:hunter2@host/db",
        INBOX_PORT="eighty",
        INBOX_URL="inbox.example.com",
        SLACK_BOT_TOKEN="xapp-1",
        TELEGRAM_BOT_TOKEN="abc",
        PLAYGROUND="on",
    )
    assert [sentence.split()[0] for sentence in found] == [
        ".env:2",
        "DATABASE_URL",
        "INBOX_PORT",
        "INBOX_URL",
        "LOG_FORMAT",
        "SLACK_BOT_TOKEN",
        "TELEGRAM_BOT_TOKEN",
        "PLAYGROUND",
    ]


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("INBOX_PORT", "65536", "number from 0 to 65535"),
        ("FILES_LIMIT_MB", "lots", "number from 0"),
        ("FILES_LIMIT_MB", "2001", "to 2000"),
        ("FILES_REFUSED", "exe", "write .exe .bat"),
        ("INBOX_PORT", "-1", "number from 0 to 65535"),
        ("INBOX_PORT", "٨٠٨٠", "number from 0 to 65535"),
        ("PLAYGROUND_PORT", "8090.0", "number from 0 to 65535"),
        ("INBOX_HOST", "http://127.0.0.1", "host alone"),
        ("INBOX_HOST", "127.0.0.1:8080", "host alone"),
        ("INBOX_URL", "ftp://inbox.example.com", "http:// or https://"),
        ("INBOX_URL", "https://anna:pw@inbox.example.com", "must not hold a user name or password"),
        ("INBOX_URL", "https://inbox.example.com?next=1", "end before any ? or #"),
        ("INBOX_URL", "https://inbox.example.com:port", "is not an address"),
        ("SLACK_API_URL", "//slack.com/api", "is not an address"),
        ("DISCORD_GATEWAY_URL", "https://gateway.discord.gg", "wss:// or ws://"),
        ("LOG_FORMAT", "xml", "auto, json or console"),
        ("LOG_LEVEL", "loud", "debug, info, warning or error"),
        ("PLAYGROUND", "true", "auto, on or off"),
        ("SECRET_KEY", "short", "at least 16 random characters"),
        ("SLACK_BOT_TOKEN", "xapp-1-abc", "holds the app's token"),
        ("SLACK_BOT_TOKEN", "abc", "begins with xoxb-"),
        ("SLACK_APP_TOKEN", "xoxb-1-abc", "holds the bot's token"),
        ("SLACK_APP_TOKEN", "xapp-", "begins with xapp-"),
        ("SLACK_SIGNING_SECRET", "xoxb-1", "App Credentials"),
        ("DISCORD_BOT_TOKEN", "Bot abc", 'without "Bot" before it'),
        ("TELEGRAM_BOT_TOKEN", "123456", "@BotFather"),
        ("DESK_FILE", "a\0b", "is not a path"),
        ("DATABASE_URL", "frontdesk.db", "sqlite:///var/frontdesk.db or postgresql"),
        ("DATABASE_URL", "sqlite://", "must name a file"),
        ("DATABASE_URL", "sqlite:///:memory:", "must name a file"),
        ("DATABASE_URL", "sqlite:///file:desk?mode=memory&uri=true", "must name a file"),
        ("DATABASE_URL", "postgresql://localhost", "names no database behind the host"),
        ("DATABASE_URL", "postgresql://me:pa#ss@localhost/desk", "%23"),
        ("DATABASE_URL", "postgresql://me:12/pw@localhost/desk", "%2F"),
    ],
)
def test_a_mistake_is_named_and_says_what_to_write(env: Env, name: str, value: str, said: str) -> None:
    sentence = problem(env, **{name: value})
    assert sentence.startswith(f"{name} ") and sentence.endswith(".")
    assert said in sentence


@pytest.mark.parametrize(
    ("written", "used"),
    [
        ("postgres://me:pw@db/desk", "postgresql+psycopg://me:pw@db/desk"),
        ("postgresql://db/desk?sslmode=require", "postgresql+psycopg://db/desk?sslmode=require"),
        ("postgresql+psycopg:///desk", "postgresql+psycopg:///desk"),
        ("sqlite:////data/desk.db", "sqlite:////data/desk.db"),
        ("sqlite+pysqlite:///desk.db", "sqlite:///desk.db"),
    ],
)
def test_database_addresses_take_one_form(env: Env, written: str, used: str) -> None:
    assert env(DATABASE_URL=written).database_url.get_secret_value() == used


def test_addresses_take_the_form_that_their_users_need(env: Env) -> None:
    settings = env(
        SLACK_API_URL="http://127.0.0.1:1/api",
        DISCORD_API_URL="http://127.0.0.1:2/api/v10/",
        DISCORD_GATEWAY_URL="ws://127.0.0.1:2/",
        TELEGRAM_API_URL="http://127.0.0.1:3/bot/",
        INBOX_URL="https://desk.example.com/inbox/",
        INBOX_HOST="[::]",
    )
    assert settings.tokens(SLACK).api_url == "http://127.0.0.1:1/api/"
    assert settings.tokens(DISCORD).api_url == "http://127.0.0.1:2/api/v10"
    assert settings.tokens(DISCORD).gateway_url == "ws://127.0.0.1:2"
    assert settings.tokens(TELEGRAM).api_url == "http://127.0.0.1:3/bot"
    assert (settings.inbox_url, settings.inbox_host) == ("https://desk.example.com/inbox", "::")


def test_a_port_chosen_by_the_system_reaches_the_links(env: Env) -> None:
    assert env(INBOX_PORT="0", INBOX_HOST="0.0.0.0").bound(4711).inbox_url == "http://127.0.0.1:4711"
    public = env(INBOX_PORT="0", INBOX_URL="https://desk.example.com").bound(4711)
    assert (public.inbox_url, public.inbox_port) == ("https://desk.example.com", 4711)


def test_a_connection_with_a_prefix_has_names_of_its_own(env: Env) -> None:
    settings = env(
        "ACME_APP_TOKEN=xapp-9\n",
        SLACK_BOT_TOKEN="xoxb-1",
        ACME_BOT_TOKEN=" xoxb-9 ",
        ACME_SIGNING_SECRET="abc",
        ACME_API_URL="http://127.0.0.1:9",
        ACME_GATEWAY_URL="not Slack's",
    )
    tokens = settings.tokens(Connection("acme", "slack", "ACME"))
    assert [t.get_secret_value() for t in (tokens.bot, tokens.app, tokens.signing_secret)] == [
        "xoxb-9",
        "xapp-9",
        "abc",
    ]
    assert tokens.api_url == "http://127.0.0.1:9/"
    plain = settings.tokens(SLACK)
    assert (plain.bot.get_secret_value(), bool(plain.app)) == ("xoxb-1", False)


def test_a_prefixed_tokens_form_is_checked_when_its_platform_is_known(env: Env) -> None:
    settings = env(ACME_BOT_TOKEN="xoxb-9", ACME_API_URL="acme", ACME_FILE_URL="files")
    with pytest.raises(SettingsError) as caught:
        settings.tokens(Connection("shop", "telegram", "ACME"))
    assert [p.split()[0] for p in caught.value.problems] == ["ACME_BOT_TOKEN", "ACME_API_URL", "ACME_FILE_URL"]


def test_what_a_connection_still_needs(env: Env) -> None:
    assert env().missing(SLACK) == ("SLACK_BOT_TOKEN", "SLACK_APP_TOKEN")
    assert env().missing(Connection("shop", "telegram", "SHOP")) == ("SHOP_BOT_TOKEN",)
    assert env(SLACK_BOT_TOKEN="xoxb-1", SLACK_SIGNING_SECRET="abc").missing(SLACK) == ()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SLACK_BOT_TOKEN", "xoxb-1"),
        ("SLACK_APP_TOKEN", "xapp-1"),
        ("SLACK_SIGNING_SECRET", "abc"),
        ("DISCORD_BOT_TOKEN", "abc"),
        ("TELEGRAM_BOT_TOKEN", "1:a"),
        ("ACME_BOT_TOKEN", "xoxb-1"),
        ("SHOP_BOT_TOKEN", "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw"),
    ],
)
def test_no_simulator_beside_a_real_token(env: Env, name: str, value: str) -> None:
    assert not env(**{name: value}).playground_on()
    assert problem(env, PLAYGROUND="on", **{name: value}).endswith(f"take away {name}.")
    assert env(PLAYGROUND="on").playground_on()
    assert not env(PLAYGROUND="off").playground_on()


def test_a_token_of_unknown_form_counts_once_a_connection_names_it(env: Env) -> None:
    settings = env(PLAYGROUND="on", COMMUNITY_BOT_TOKEN="abc")
    named = [Connection("community", "discord", "COMMUNITY")]
    assert settings.playground_on() and settings.real_tokens(named) == ("COMMUNITY_BOT_TOKEN",)
    with pytest.raises(SettingsError, match="COMMUNITY_BOT_TOKEN"):
        settings.playground_on(named)


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("SLACK_BOT_TOKN", "SLACK_BOT_TOKEN"),
        ("DISCORD_TOKEN", "DISCORD_BOT_TOKEN"),
        ("TELEGRAM_TOKEN", "TELEGRAM_BOT_TOKEN"),
        ("DISCORD_APP_TOKEN", "DISCORD_BOT_TOKEN"),
        ("DATABSE_URL", "DATABASE_URL"),
        ("ACME_BOT_TOKN", "ACME_BOT_TOKEN"),
    ],
)
def test_a_misspelt_name_in_the_file_is_told_with_the_right_one(env: Env, wrong: str, right: str) -> None:
    (sentence,) = problems(env, f"# ours\n\n{wrong}=xoxb-CANARY\n")
    assert sentence == f".env:3 {wrong} is no setting of Frontdesk: write {right}."


def test_other_programs_names_in_the_file_are_left_alone(env: Env) -> None:
    env("POSTGRES_PASSWORD=x\nCOMPOSE_PROJECT_NAME=desk\nSLACK_CLIENT_ID=1\nTZ=UTC\nREDIS_URL=r\nPOSTGRES_URL=p\n")


def test_lines_that_are_no_settings_are_told(env: Env) -> None:
    found = problems(env, "INBOX_PORT=1\nSLACK_BOT_TOKEN: 'xoxb-CANARY'\n")
    assert found == [".env:2 is not a setting: write NAME=VALUE."]


def test_a_file_that_is_no_text_is_told(env: Env, tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(b"INBOX_PORT=\xff\xfe\n")
    assert ".env cannot be read" in problem(env)
    (tmp_path / ".env").unlink()
    (tmp_path / ".env").mkdir()
    assert ".env cannot be read" in problem(env)


CANARIES = {
    "DATABASE_URL": "postgresql://me:CANARY@host:CANARY/db",
    "SECRET_KEY": "CANARY",
    "SLACK_BOT_TOKEN": "xapp-CANARY",
    "SLACK_APP_TOKEN": "xoxb-CANARY",
    "SLACK_SIGNING_SECRET": "xoxb-CANARY",
    "SLACK_API_URL": "https://me:CANARY@host",
    "DISCORD_BOT_TOKEN": "Bot CANARY",
    "TELEGRAM_BOT_TOKEN": "CANARY",
    "TELEGRAM_API_URL": "CANARY",
    "INBOX_PORT": "CANARY",
    "INBOX_HOST": "http://CANARY",
    "LOG_LEVEL": "CANARY",
}
GOOD_CANARIES = {
    "DATABASE_URL": "postgresql://me:CANARY@host/db",
    "SECRET_KEY": "CANARY" * 3,
    "SLACK_BOT_TOKEN": "xoxb-CANARY",
    "SLACK_APP_TOKEN": "xapp-CANARY",
    "SLACK_SIGNING_SECRET": "CANARY",
    "DISCORD_BOT_TOKEN": "CANARY",
    "TELEGRAM_BOT_TOKEN": "1:CANARY",
    "ACME_BOT_TOKEN": "xoxb-CANARY",
}


def everything_shown(error: BaseException | None) -> str:
    shown = ""
    while error is not None:
        shown += f"{error!r} {error} {vars(error)}"
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return shown


@pytest.mark.parametrize("name", CANARIES)
def test_a_mistake_never_repeats_what_was_written(env: Env, name: str) -> None:
    with pytest.raises(SettingsError) as caught:
        env(**{name: CANARIES[name]})
    assert name in str(caught.value)
    assert "CANARY" not in everything_shown(caught.value)


def test_settings_made_without_load_repeat_nothing_either(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "environ", {"SLACK_BOT_TOKEN": "CANARY", "INBOX_PORT": "CANARY"})
    with pytest.raises(ValueError, match="slack_bot_token") as caught:
        Settings(_env_file=None)
    assert "CANARY" not in str(caught.value) + repr(caught.value)


def test_no_secret_shows_in_the_settings_or_tokens(env: Env) -> None:
    settings = env(**GOOD_CANARIES)
    shown = f"{settings!r} {settings} {settings.model_dump()} {settings.model_dump_json()} {settings.tokens(SLACK)}"
    assert "CANARY" not in shown
    assert "CANARY" in settings.tokens(Connection("acme", "slack", "ACME")).bot.get_secret_value()


def test_the_key_is_made_once_and_only_its_owner_reads_it(env: Env, tmp_path: Path) -> None:
    settings = env()
    key = secret_key(settings)
    path = tmp_path / "var" / "secret"
    assert len(key) >= 32 and secret_key(settings) == key
    assert path.stat().st_mode & 0o777 == 0o600
    path.chmod(0o644)
    secret_key(settings)
    assert path.stat().st_mode & 0o777 == 0o600
    assert [entry.name for entry in path.parent.iterdir()] == ["secret"]


def test_a_key_that_is_set_is_used_and_nothing_is_written(env: Env, tmp_path: Path) -> None:
    assert secret_key(env(SECRET_KEY="a" * 16)).get_secret_value() == "a" * 16
    assert not (tmp_path / "var").exists()


def test_processes_that_start_together_share_one_key(env: Env, tmp_path: Path) -> None:
    settings, start = env(), threading.Barrier(8)
    keys = []

    def begin() -> None:
        start.wait()
        keys.append(secret_key(settings, tmp_path / "shared").get_secret_value())

    threads = [threading.Thread(target=begin) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(keys) == 8 and len(set(keys)) == 1


def test_a_key_that_cannot_be_kept_is_told(env: Env, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SettingsError, match="set SECRET_KEY"):
        secret_key(env(), tmp_path / "file")
    (tmp_path / "secret").write_text("")
    with pytest.raises(SettingsError, match="remove that file"):
        secret_key(env(), tmp_path)


def test_the_example_lists_every_setting_with_its_default_and_a_reason() -> None:
    text = (ROOT / ".env.example").read_text("utf-8")
    listed = dict(re.findall(r"^([A-Z_]+)=(.*)$", text, re.MULTILINE))
    assert sorted(listed) == sorted(NAMES)
    for name, value in listed.items():
        default = Settings.model_fields[name.lower()].default
        assert value == (default.get_secret_value() if hasattr(default, "get_secret_value") else str(default)), name
        assert re.search(rf"^#[^\n]+\n{name}=", text, re.MULTILINE), f"{name} lacks a line of why"


def test_the_example_as_it_stands_changes_nothing(env: Env) -> None:
    assert env((ROOT / ".env.example").read_text("utf-8")) == env("")
