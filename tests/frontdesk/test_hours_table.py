"""`frontdesk hours`: when calendars are open, day by day, and why not."""

import sys
from datetime import UTC, date, datetime
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from frontdesk import cli, hours_table
from frontdesk.config import parse
from inbox.directory import Desk
from tests.frontdesk.desk_texts import SMALL

HOURS = (
    SMALL.replace('hours = "always"', 'hours = "office"')
    + """
[hours.office]
timezone = "Europe/Stockholm"
mon-fri = ["08:00-12:00", "13:00-17:00"]
sat = ["22:00-06:00"]
holidays = "SE"
closed = ["2026-12-28"]
[hours.office.special]
"2026-12-23" = ["08:00-12:00"]
"2026-12-25" = ["10:00-11:00"]
[hours.bavaria]
timezone = "Europe/Berlin"
mon-fri = ["09:00-17:00"]
holidays = "DE-BY"
[hours.round]
always = true
[hours.once]
[hours.once.special]
"2026-03-02" = ["08:00-12:00"]
"""
)
NOW = datetime(2026, 12, 22, 11, 30, tzinfo=UTC)


@pytest.fixture(scope="module")
def desk() -> Desk:
    return parse(HOURS, "desk.toml")


def shown(desk: Desk, name: str, start: date | None = None, days: int = 14, now: datetime = NOW) -> list[str]:
    """The lines that are printed, without superfluous space."""
    text = StringIO()
    console = Console(file=text, width=120)
    (hours,) = hours_table.calendars(desk, name)
    hours_table.show(console, desk, hours, start, days, now)
    return [" ".join(line.split()) for line in text.getvalue().splitlines()]


def test_two_weeks_around_christmas(desk: Desk) -> None:
    assert shown(desk, "office", date(2026, 12, 21)) == [
        "office (Europe/Stockholm)",
        "Queues: it",
        "Closed now; opens Tue 22 Dec 13:00.",
        "day open in all",
        "Mon 21 Dec 2026 08:00-12:00, 13:00-17:00 8 h",
        "Tue 22 Dec 2026 08:00-12:00, 13:00-17:00 8 h",
        "Wed 23 Dec 2026 08:00-12:00 4 h special",
        "Thu 24 Dec 2026 closed Julafton",
        "Fri 25 Dec 2026 10:00-11:00 1 h special (Juldagen)",
        "Sat 26 Dec 2026 closed Annandag jul",
        "Sun 27 Dec 2026 closed",
        "Mon 28 Dec 2026 closed closed by the desk file",
        "Tue 29 Dec 2026 08:00-12:00, 13:00-17:00 8 h",
        "Wed 30 Dec 2026 08:00-12:00, 13:00-17:00 8 h",
        "Thu 31 Dec 2026 closed Nyårsafton",
        "Fri 01 Jan 2027 closed Nyårsdagen",
        "Sat 02 Jan 2027 22:00-06:00 2 h",
        "Sun 03 Jan 2027 closed 6 h",  # what began the evening before
    ]


def test_a_region_has_holidays_of_its_own(desk: Desk) -> None:
    weekdays = [line for line in shown(desk, "bavaria", date(2026, 6, 1)) if not line.startswith("S")]
    assert [line for line in weekdays if "closed" in line] == ["Thu 04 Jun 2026 closed Fronleichnam"]


def test_the_nights_in_which_the_clock_is_set_are_named(desk: Desk) -> None:
    assert shown(desk, "office", date(2026, 3, 29), 1)[-1].endswith("a day of 23 h: the clock is set forward")
    assert "5 h a day of 23 h" in shown(desk, "office", date(2026, 3, 29), 1)[-1]  # one hour of the night never was
    assert shown(desk, "office", date(2026, 10, 25), 1)[-1].endswith("7 h a day of 1 d 1 h: the clock is set back")


def test_without_a_day_it_begins_today_where_the_calendar_is(desk: Desk) -> None:
    late = datetime(2026, 12, 21, 23, 30, tzinfo=UTC)
    assert shown(desk, "office", None, 1, late)[-1].startswith("Tue 22 Dec")
    assert shown(desk, "round", None, 1, late)[-1] == "Mon 21 Dec 2026 00:00-24:00 1 d"


@pytest.mark.parametrize(
    ("name", "now", "state"),
    [
        ("office", NOW.replace(hour=13), "Open now, until Tue 22 Dec 17:00."),
        ("office", NOW.replace(hour=17), "Closed now; opens Wed 23 Dec 08:00."),
        ("round", NOW, "Always open."),
        ("always", NOW, "Always open."),
        ("once", NOW, 'Closed now: the hours "once" have no opening in 400 days: look at the closed days.'),
    ],
)
def test_how_it_is_now(desk: Desk, name: str, now: datetime, state: str) -> None:
    assert shown(desk, name, now=now)[2] == state


def test_the_last_days_that_there_are(desk: Desk) -> None:
    assert len(shown(desk, "round", date.max, 400)) == 404


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr(sys, "argv", ["frontdesk", "hours", *arguments])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    return int(ended.value.code or 0)


def test_the_command(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "desk.toml"
    file.write_text(HOURS)
    assert run(monkeypatch, "--file", str(file), "--days", "1") == 0
    told = capsys.readouterr().out
    assert all(name in told for name in ("office (", "bavaria (", "round (", "once ("))
    assert run(monkeypatch, "office", "--file", str(file), "--from", "2026-12-24", "--days", "1") == 0
    assert "Julafton" in capsys.readouterr().out
    assert run(monkeypatch, "offise", "--file", str(file)) == cli.BAD_SETTINGS
    assert "It has: bavaria, office, once, round, always" in capsys.readouterr().err


def test_a_desk_that_is_always_open_says_so() -> None:
    with pytest.raises(LookupError, match="all is always open"):
        hours_table.calendars(parse(SMALL, "desk.toml"))
