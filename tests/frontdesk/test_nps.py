"""`frontdesk nps`: a wave from the command line, and what it brought."""

from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from rich.console import Console
from typer.testing import CliRunner

from frontdesk import cli
from frontdesk import nps as command
from frontdesk.settings import Settings
from inbox.desk import nps
from inbox.errors import BadInput, StoreUnavailable
from tests.house import House, sample_directory
from tests.inbox.deeds import ask, one_engine
from tests.inbox.test_nps import beats, questions


def settings(url: str) -> Settings:
    return Settings(_env_file=None, database_url=SecretStr(url))


@one_engine
async def test_a_wave_is_begun_and_shown(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "wall_clock", house.clock)
    mine = settings(house.desk.store.engine.url.render_as_string(hide_password=False))
    desk, paper = house.desk.directory.desk, StringIO()
    console = Console(file=paper, width=160)
    await command.show(mine, desk, 3, console)
    assert "There was no wave yet" in paper.getvalue()
    with pytest.raises(BadInput):
        await command.start(mine, desk, 1.0, console)
    await ask(house)
    await command.start(mine, desk, 1.0, console)
    assert "one person is asked, at most 20 a minute" in paper.getvalue()
    # the scheduler of the running desk does the rest
    assert len(await beats(house)) == 1
    question = (await questions(house))[house.ids["Anna"]]
    await house.desk.do(nps.rate, question.id, house.ids["Anna"], 10)
    await house.desk.do(nps.comment, question.id, house.ids["Anna"], "[bold]Quick[/bold]")
    await command.show(mine, desk, 3, console)
    said = paper.getvalue()
    assert "+100" in said and "100%" in said and "2026-03-02" in said
    assert "10  [bold]Quick[/bold]" in said, "people's words are shown as they are"


async def test_a_database_that_is_not_there_is_not_made(tmp_path: Any) -> None:
    with pytest.raises(StoreUnavailable):
        await command.start(settings(f"sqlite:///{tmp_path / 'none.db'}"), sample_directory().desk, 1.0, Console())
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("words", [["start"], ["start", "--sample", "0.2"], ["show"], ["show", "--comments", "3"]])
def test_without_a_desk_file_the_command_says_so(
    words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(cli.app, ["nps", *words])
    assert isinstance(done.exception, cli.Refusal) and "There is no desk file here" in str(done.exception)
