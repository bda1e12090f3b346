"""Slack tells of people's e-mail addresses where it may: taken are those that it vouches for."""

from dataclasses import replace
from typing import Any

import pytest

from bots.front import FrontDoor
from bots.simulator.slack import directory, shapes
from inbox.store import people
from tests.bots.slack.rig import Door
from tests.bots.test_front import link, nobody
from tests.house import House
from tests.inbox.deeds import ask, one_engine


async def told(door: Door) -> str:
    await door.says("anna", "Hello")
    (said,) = await door.heard(1)
    assert said.author.name == "Anna"
    return said.author.email


async def test_with_the_scope_slack_tells_it_and_without_all_else_is_the_same() -> None:
    async with Door() as door:
        assert await told(door) == "anna@acme.example"
    async with Door(started=False) as door:
        await door.sim.do("set_scopes", without="users:read.email")
        await door.start()
        assert await told(door) == ""


@pytest.mark.parametrize("vouched", [False, None, "yes"])
async def test_an_address_that_nobody_confirmed_is_none(vouched: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    shape = shapes.person_json

    def unconfirmed(*args: Any, **how: Any) -> dict[str, Any]:
        return shape(*args, **how) | {"is_email_confirmed": vouched}

    monkeypatch.setattr(directory, "person_json", unconfirmed)
    async with Door() as door:
        door.strange = True
        assert await told(door) == ""


@one_engine
async def test_agents_are_told_who_may_be_the_same_person_and_nobody_else(house: House) -> None:
    for connection in ("acme", "shop"):
        account = replace(house.account("Anna", connection), email="anna@acme.example")
        await house.desk.do(people.identify, account)
    await ask(house)
    front = FrontDoor(house.desk, link, nobody, nobody)
    answer = await front.theirs(house.account("Omar"), house.account("Anna"))
    assert answer.card and answer.card.fields
    assert answer.card.footer == (
        "Perhaps the same person as Anna (Telegram): they have the same e-mail address. Only they can say so: /link"
    )
    (own,) = await front.home(house.account("Anna"))
    assert "Telegram" not in str(own) and "acme.example" not in f"{own}{answer}"
