"""More buttons than a message holds, and more choices than a form's menu does."""

from dataclasses import replace
from itertools import chain

import pytest

from bots.discord.render import messages
from bots.port import Button, Card
from tests.bots.discord.desk import discord_desk
from tests.world import running


@pytest.fixture
def engine_name() -> str:
    return "sqlite"  # what differs between the engines is told elsewhere


def rows(*buttons: Button, each: int = 3) -> list[list[str]]:
    """The actions that a message shows for buttons in rows of so many, menus as lists of what they offer."""
    given = tuple(buttons[i : i + each] for i in range(0, len(buttons), each))
    (body,) = messages(Card(text="Choose", buttons=given))
    shown = [row["components"] for row in body["components"]]
    assert len(shown) <= 5 and all(len(row) <= 5 for row in shown)
    return [[one["value"] for one in row[0].get("options", ())] or [one["custom_id"] for one in row] for row in shown]


def ask(count: int) -> tuple[Button, ...]:
    return tuple(Button(f"Queue {n}", f"ask:q{n}") for n in range(count))


def test_up_to_25_are_all_shown_as_buttons() -> None:
    assert [len(row) for row in rows(*ask(15))] == [3, 3, 3, 3, 3]
    assert list(chain(*rows(*ask(25)))) == [f"ask:q{n}" for n in range(25)]


def test_more_stand_in_menus_beside_the_other_buttons() -> None:
    shown = rows(*ask(100), Button("New question", "ask"))
    assert [len(row) for row in shown] == [25, 25, 25, 25, 1]
    assert list(chain(*shown[:4])) == [f"ask:q{n}" for n in range(100)] and shown[4] == ["ask"]
    (body,) = messages(Card(text="Choose", buttons=(ask(30),)))
    first, second = (row["components"][0] for row in body["components"])
    assert (first["placeholder"], second["placeholder"]) == ("Queue 0 – Queue 24", "Queue 25 – Queue 29")
    assert first["custom_id"] != second["custom_id"]


async def test_thirty_queues_on_a_panel_and_in_the_form(database_url: str) -> None:
    desk = discord_desk("community:#support", "community:dm", more='leads = ["community:role:Support"]')
    one = desk.queues["support"]
    more = {f"q{n}": replace(one, key=f"q{n}", title=f"Queue {n}", default=False, desk=None) for n in range(29)}
    async with running(database_url, replace(desk, queues={**desk.queues, **more})) as world:
        erik, omar = world.at_discord("erik"), world.at_discord("omar")
        discord = erik.simulator
        await omar.types("/ticket panel", "#support")
        panel = await erik.reads("How can we help?", "#support")
        await discord.do("choose", who="erik", room="#support", message=panel.id, option="ask:q7")
        await discord.do("submit", who="erik", values={"words": "My first question", "priority": "normal"})
        await erik.reads("#1. Queue 7 will answer you here.")

        await erik.types("/ticket", "#support")
        [choice] = await erik.until(lambda: [m for m in erik.sees("#support") if "For whom?" in m and m.private])
        await discord.do("choose", who="erik", room="#support", message=choice.id, option="ask:q3")
        await discord.do("submit", who="erik", values={"words": "My second question", "priority": "normal"})
        await erik.reads("#2. Queue 3 will answer you here.")
