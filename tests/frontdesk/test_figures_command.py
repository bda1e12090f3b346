"""`frontdesk figures collisions`: a table for each queue, from the database alone."""

from pathlib import Path

import pytest
from rich.console import Console
from typer.testing import CliRunner

from frontdesk import cli
from frontdesk.figures import tell
from inbox.desk import claims
from tests.house import House
from tests.inbox.deeds import ask, one_engine

FILE = Path(cli.__file__).with_name("playground.toml")


@one_engine
async def test_each_queue_has_its_table_with_the_tickets_behind_it(house: House) -> None:
    number = await ask(house)
    house.clock.advance(600)
    await house.desk.do(claims.claim, number, house.ids["Omar"])
    house.clock.advance(1)
    console = Console(record=True, width=140)
    await tell(house.desk, 7, console)
    text = console.export_text()
    assert "Since 2026-02-23 23:00 UTC, a midnight in Europe/Stockholm." in text
    assert "All queues" in text and "IT support" in text and "Customers" not in text
    [line, again] = [line for line in text.splitlines() if "Time to claim" in line]
    assert line.split() == again.split() and line.count("10 min") == 6 and "#1" in line


def test_without_a_desk_file_or_a_database_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE_URL", "sqlite:///nowhere.db")
    assert "no desk file" in str(CliRunner().invoke(cli.app, ["figures", "collisions"]).exception)
    (tmp_path / "desk.toml").write_text(FILE.read_text())
    refused = CliRunner().invoke(cli.app, ["figures", "collisions"]).exception
    assert "not there yet" in str(getattr(refused, "facts", refused)) and not list(tmp_path.glob("*.db"))
