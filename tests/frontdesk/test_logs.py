"""Logs: one record a line whatever stands in it, and no secret."""

import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from frontdesk import cli, logs
from frontdesk.settings import Settings
from frontdesk.settings_values import DATABASE_HELP

ROUGH = (
    "two\nlines",
    "a return\rover it",
    "\x1b[2J\x1b[31mred",
    '"}\n{"level": "info", "event": "forged"}',
    "next\x85line",
    "a paragraph\u2029more",
    "line\u2028end",
    "turned \u202egnp.exe",
    "nothing\x00at all",
    "2026-03-02T09:00:00Z [info] forged",
)
HIDDEN = {chr(c) for c in (*range(32), *range(127, 160), 0x2028, 0x2029, 0x202E)}


@pytest.fixture(autouse=True)
def _as_it_was() -> Iterator[None]:
    root, known = logging.getLogger(), logs.redactor.clean
    handlers, level = root.handlers[:], root.level
    levels = {name: logging.getLogger(name).level for name in logs.QUIET}
    yield
    root.handlers[:], root.level = handlers, level
    for name, before in levels.items():
        logging.getLogger(name).setLevel(before)
    logs.redactor.learn(())
    structlog.reset_defaults()
    assert known == logs.redactor.clean


def raised(text: str) -> None:
    try:
        raise ValueError(text)
    except ValueError:
        structlog.get_logger("front").exception("front.not_understood", name=text, raw={"text": text})


@pytest.mark.parametrize("text", ROUGH)
def test_in_json_a_record_is_one_line_that_says_what_was_written(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("json", "debug")
    raised(text)
    logging.getLogger("some.library").warning("It said %s", text)
    lines = capsys.readouterr().err.splitlines()
    ours, theirs = (json.loads(line) for line in lines)
    assert (ours["event"], ours["name"], ours["raw"]["text"]) == ("front.not_understood", text, text)
    assert ours["exception"].endswith(text) and theirs["event"] == f"It said {text}"
    assert not HIDDEN & set("".join(lines))


@pytest.mark.parametrize("text", ROUGH)
def test_on_a_terminal_a_record_begins_a_line_and_nothing_in_it_does(
    text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    logs.configure("console", "debug")
    raised(text)
    logging.getLogger("some.library").warning("It said %s", text)
    out = capsys.readouterr().err
    lines = out.split("\n")
    begun = [line for line in lines if line and not line.startswith("  ")]
    assert len(begun) == 2 and "front.not_understood" in begun[0] and "It said" in begun[1]
    assert not HIDDEN & set("".join(lines))


SECRETS = {
    "slack": "xoxb-canary-1234567890-abcdef",
    "app": "xapp-1-CANARY-123456-abcdef",
    "telegram": "123456789:AAcanaryCANARYcanaryCANARY12345",
    "discord": "MTExMTExMTExMTExMTExMTEx.GcaNAr.canaryCANARYcanaryCANARYcanary",
    "password": 'p"ass\\wörd@canary',
    "link": "canaryCANARYcanaryCANARYcanaryCANARY",
}


def settings(folder: Path) -> Settings:
    return Settings(
        _env_file=None,
        slack_bot_token=SECRETS["slack"],
        slack_app_token=SECRETS["app"],
        telegram_bot_token=SECRETS["telegram"],
        discord_bot_token=SECRETS["discord"],
        database_url="postgresql+psycopg://desk:p%22ass%5Cw%C3%B6rd%40canary@db/frontdesk",
        desk_file=folder / "desk.toml",
    )


@pytest.mark.parametrize("form", ["json", "console"])
def test_no_secret_in_any_shape_is_logged(form: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    given = settings(tmp_path)
    logs.configure(form, "debug", cli._secrets(given))
    shapes = [*SECRETS.values(), given.database_url.get_secret_value()]
    shapes[5] = f"http://127.0.0.1:8080/signin/{SECRETS['link']}"
    for text in shapes:
        log = structlog.get_logger("frontdesk")
        log.warning("in a value", text=text, nested={"deep": [text]}, error=ValueError(text))
        logging.getLogger("httpx").warning("HTTP Request: POST https://api.telegram.org/bot%s/getMe", text)
        raised(f"could not connect with {text}")
    out = capsys.readouterr().err
    assert "canary" not in out.lower(), out
    assert "api.telegram.org/bot…" in out


@pytest.mark.parametrize("form", ["json", "console"])
def test_tokens_that_nobody_told_us_are_known_by_their_shape(form: str, capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure(form, "info")
    for name in ("slack", "app", "telegram", "discord"):
        logging.getLogger("httpx").warning("GET https://x.example/bot%s/getUpdates?token=%s", *(SECRETS[name],) * 2)
    logging.getLogger("db").warning("postgresql://desk:canary@db/frontdesk is gone")
    assert "canary" not in capsys.readouterr().err.lower()


def test_libraries_that_log_addresses_are_quiet_even_when_we_are_not(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("json", "debug")
    for name in logs.QUIET:
        logging.getLogger(name).info("chatter")
    assert capsys.readouterr().err == ""


def test_what_to_write_for_the_database_is_said_and_what_was_written_is_not() -> None:
    assert logs.redactor.clean(f"DATABASE_URL: {DATABASE_HELP}") == f"DATABASE_URL: {DATABASE_HELP}"
    assert "USER:PASSWORD@HOST/NAME" in DATABASE_HELP
    for real in ("frontdesk:PASSWORD", "USER:hunter2", "user:password"):
        assert real.split(":")[1] not in logs.redactor.clean(f"postgresql+psycopg://{real}@db/desk")
