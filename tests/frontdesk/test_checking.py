"""What `frontdesk check` tells of the desk itself."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from pydantic import SecretStr

from frontdesk import checking
from frontdesk.checking import check
from frontdesk.settings import Settings
from inbox.desk import foresight, policies
from inbox.directory import Desk
from sla.hours import OpeningHours
from tests.frontdesk.test_edited_policies import promising
from tests.house import House
from tests.inbox.deeds import ask, one_engine
from tests.inbox.test_terms import with_policy


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
    await policies.follow_file(house.desk)
    await ask(house)
    assert "promise" not in (await checked(database_url, house.desk.directory.desk))[1]
    edited = promising(house.desk.directory, first_reply=2).desk
    problems, said = await checked(database_url, edited)
    assert problems == [] and "2 running promises were given under another version of the policy" in said
    assert "1 with an earlier deadline: #1 first reply." in said and "1 promised no more: #1 resolution." in said
    assert "at once" not in said and "later" not in said


async def test_what_would_begin_is_told_where_nothing_runs(house: House, database_url: str) -> None:
    house.desk.directory = promising(house.desk.directory)
    await policies.follow_file(house.desk)
    await ask(house)
    edited = promising(house.desk.directory, resolution=2).desk
    said = (await checked(database_url, edited))[1]
    assert "edited since the last start" in said
    assert "1 begun that was not promised before: #1 resolution." in said


@one_engine
async def test_an_edit_that_moves_nothing_says_so(house: House, database_url: str) -> None:
    await policies.follow_file(house.desk)
    await ask(house)
    policy = house.desk.directory.queue("it").policy
    edited = with_policy(house.desk.directory, lambda _: replace(policy, return_after=None)).desk
    assert "That changes nothing for them." in (await checked(database_url, edited))[1]


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
    monkeypatch.setattr(foresight, "LOOKED_AT", 3)
    said = (await checked(database_url, edited))[1]
    assert "3 with an earlier deadline" in said and "These are of the first 3 tickets; there are more." in said


@one_engine
async def test_opening_hours_that_have_come_to_their_end_are_told(house: House, database_url: str) -> None:
    fair = OpeningHours("fair", "UTC", special={date(2026, 3, 2): ((480, 1020),)})
    edited = with_policy(house.desk.directory, lambda policy: replace(policy, hours=fair)).desk
    problems, said = await checked(database_url, edited)
    assert problems == ['hours.fair: the hours "fair" have no opening in 400 days: look at the closed days.']
    assert "1 thing to mend." in said


async def test_a_database_that_is_not_there_yet_is_not_made_by_looking(house: House, tmp_path: Path) -> None:
    problems, said = await checked(f"sqlite:///{tmp_path / 'none.db'}", house.desk.directory.desk)
    assert problems == [] and not (tmp_path / "none.db").exists() and "promise" not in said
