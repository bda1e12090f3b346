"""What `frontdesk check` tells of the desk itself."""

from pathlib import Path

import pytest
from pydantic import SecretStr

from frontdesk import checking
from frontdesk.checking import check
from frontdesk.settings import Settings
from inbox.desk import policies
from inbox.directory import Desk
from tests.frontdesk.test_edited_policies import promising
from tests.house import House
from tests.inbox.deeds import ask, one_engine


class Paper:
    """Keeps what is printed."""

    def __init__(self) -> None:
        self.said = ""

    def print(self, text: str, *, markup: bool, soft_wrap: bool) -> None:
        self.said += text + "\n"


async def checked(url: str, desk: Desk) -> tuple[list[str], str]:
    paper = Paper()
    settings = Settings(_env_file=None, database_url=SecretStr(url))
    return await check(settings, desk, paper), paper.said


async def test_promises_that_an_edited_policy_would_move_are_counted(house: House, database_url: str) -> None:
    await ask(house)
    assert "promise" not in (await checked(database_url, house.desk.directory.desk))[1]
    edited = promising(house.desk.directory, first_reply=2).desk
    problems, said = await checked(database_url, edited)
    assert problems == [] and "2 running promises were given under another version of the policy" in said
    assert "1 with an earlier deadline: #1 first reply." in said and "1 promised no more: #1 resolution." in said
    assert "at once" not in said and "later" not in said


@one_engine
async def test_many_tickets_are_counted_and_the_first_are_named(
    house: House, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(4):
        await ask(house, f"Question {number}")
        house.clock.advance(200)
    monkeypatch.setattr(checking, "NAMED", 2)
    edited = promising(house.desk.directory, first_reply=2).desk
    assert (
        "4 with an earlier deadline: #1 first reply, #2 first reply and 2 more."
        in (await checked(database_url, edited))[1]
    )
    monkeypatch.setattr(policies, "LOOKED_AT", 3)
    said = (await checked(database_url, edited))[1]
    assert "3 with an earlier deadline" in said and "These are of the first 3 tickets; there are more." in said


async def test_a_database_that_is_not_there_yet_is_not_made_by_looking(house: House, tmp_path: Path) -> None:
    problems, said = await checked(f"sqlite:///{tmp_path / 'none.db'}", house.desk.directory.desk)
    assert problems == [] and not (tmp_path / "none.db").exists() and "promise" not in said
