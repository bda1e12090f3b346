"""`frontdesk slack-manifest`: what is pasted into Slack."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bots.slack import manifest
from frontdesk.cli import app
from frontdesk.settings import SettingsError
from tests.bots.slack.acme import DESK

TWO = DESK.replace("[policies", '[connections.other]\nplatform = "slack"\nenv = "OTHER"\n[policies', 1)


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*words: str) -> str:
    done = CliRunner().invoke(app, ["slack-manifest", *words])
    if done.exception:
        raise done.exception
    return done.stdout


def test_for_socket_mode_nothing_need_be_there() -> None:
    assert json.loads(run("--json")) == manifest.manifest()
    assert run() == manifest.as_yaml(manifest.manifest())


@pytest.mark.parametrize(
    ("desk", "words", "path"),
    [
        (DESK, (), "/slack/acme/events"),
        (TWO, ("--connection", "other"), "/slack/other/events"),
        ("", ("--connection", "acme"), "/slack/acme/events"),
    ],
)
def test_for_http_it_names_the_address(here: Path, desk: str, words: tuple[str, ...], path: str) -> None:
    if desk:
        (here / "desk.toml").write_text(desk)
    made = json.loads(run("--json", "--url", "https://desk.example.com/", *words))
    assert made == manifest.manifest(f"https://desk.example.com{path}")


@pytest.mark.parametrize(
    ("desk", "words", "sentence"),
    [
        (DESK, ("--url", "http://desk.example.com"), "https"),
        (DESK, ("--url", "desk.example.com"), "https"),
        (DESK, ("--url", "https://"), "https"),
        (TWO, ("--url", "https://desk.example.com"), "acme, other"),
        (DESK, ("--url", "https://desk.example.com", "--connection", "nowhere"), "acme"),
        ("", ("--url", "https://desk.example.com"), "--connection"),
    ],
)
def test_what_cannot_be_is_a_sentence(here: Path, desk: str, words: tuple[str, ...], sentence: str) -> None:
    if desk:
        (here / "desk.toml").write_text(desk)
    with pytest.raises(SettingsError, match=sentence):
        run(*words)
