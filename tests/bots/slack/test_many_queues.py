"""More queues than buttons can stand side by side: a menu on the panel, and one in the form."""

import pytest

from bots.port import BUTTONS, Button, Card
from bots.simulator.slack import blocks as kit
from bots.slack import render
from bots.ways import OFFERED
from frontdesk import config
from frontdesk.checking import menu_problems
from inbox.desk import upkeep
from inbox.directory import Directory
from inbox.model import Account
from inbox.store import tickets
from tests.bots.slack.acme import DESK, Acme
from tests.bots.slack.rig import QUICK
from tests.inbox.deeds import one_engine

MAJA = Account("acme", "U0MAJA00001", "Maja")


def desk_file(queues: int) -> str:
    """IT, and so many queues that customers may ask."""
    more = (
        f'[queues.q{number}]\ntitle = "Line {number}"\npolicy = "standard"\nintake = ["acme:dm"]\n'
        'desk = "acme:#it-desk"\nagents = "members"\n'
        for number in range(1, queues)
    )
    return "\n".join((DESK, *more))


def crowd(many: int) -> Card:
    buttons = [Button(f"Line {number}", f"ask:q{number}") for number in range(many)]
    rows = tuple(tuple(buttons[i : i + 3]) for i in range(0, many, 3))
    return Card(text="How can we help?", buttons=(*rows, (Button("New question", "ask"),)), menu="Choose …")


def elements(card: Card) -> list[list[str]]:
    (message,) = render.messages(card)
    assert kit.problems(message["blocks"], "message") == []
    actions = [block["elements"] for block in message["blocks"] if block["type"] == "actions"]
    return [[f"{one['type']} {len(one.get('options', ()))}" for one in row] for row in actions]


@pytest.mark.parametrize(
    ("many", "shown"),
    [
        (BUTTONS, [*[["button 0"] * 3] * 8, ["button 0"], ["button 0"]]),
        (BUTTONS + 1, [["static_select 26"], ["button 0"]]),
        (100, [["static_select 100"], ["button 0"]]),
        (101, [["static_select 100"], ["static_select 1"], ["button 0"]]),
    ],
)
def test_what_is_too_many_for_buttons_is_a_menu(many: int, shown: list[list[str]]) -> None:
    assert elements(crowd(many)) == shown


def test_what_is_in_a_menu() -> None:
    (message,) = render.messages(crowd(30))
    (menu,) = next(block["elements"] for block in message["blocks"] if block["type"] == "actions")
    assert menu["placeholder"]["text"] == "Choose …"
    assert menu["options"][7] == {"text": {"type": "plain_text", "text": "Line 7"}, "value": "ask:q7"}


@one_engine
async def test_anna_chooses_among_thirty_queues(database_url: str) -> None:
    async with Acme(database_url, tuning=QUICK, desk_file=desk_file(30)) as acme:
        slack = acme.slack
        await acme.desk.do(upkeep.staff, {"it": {MAJA: "lead"}})
        await slack.do("command", who="maja", room="#it-help", text="/ticket panel")
        await acme.done()
        (panel,) = [one for one in slack.seen("#it-help", "") if one.bot]

        shown = await slack.do("choose", who="anna", room="#it-help", message=panel.ts, option="Line 29")
        assert shown["ok"] and shown["view"]
        assert (await slack.do("submit", who="anna", values={"words": "Where is my parcel?"}))["ok"]

        shown = await slack.do("press", who="anna", room="#it-help", message=panel.ts, label="New question")
        form = slack.world.views[shown["view"]]
        assert len(form.body["blocks"][0]["element"]["options"]) == 30
        assert (await slack.do("submit", who="anna", values={"queue": "Line 28", "words": "And my money?"}))["ok"]
        await acme.done()
        made = [await acme.desk.look(tickets.get, number) for number in (1, 2)]
        assert [one.queue for one in made if one] == ["q29", "q28"]


@one_engine
async def test_what_anna_writes_to_the_bot_finds_its_queue_among_thirty(database_url: str) -> None:
    async with Acme(database_url, tuning=QUICK, desk_file=desk_file(30)) as acme:
        slack = acme.slack
        await acme.writes("anna", "Where is my parcel?", "dm")
        (question,) = [one for one in slack.seen("dm:anna", "") if one.bot]
        menu = next(block["elements"][0] for block in question.blocks if block["type"] == "actions")
        assert len(menu["options"]) == 30 and menu["placeholder"]["text"] == "Choose …"
        assert (await slack.do("choose", who="anna", room="dm", message=question.ts, option="Line 29"))["ok"]
        await acme.done()
        made = await acme.desk.look(tickets.get, 1)
        assert made and (made.queue, made.subject) == ("q29", "Where is my parcel?")


@pytest.mark.parametrize(("queues", "said"), [(OFFERED, 0), (OFFERED + 1, 1)])
def test_what_no_menu_holds_is_told_before(queues: int, said: int) -> None:
    found = menu_problems(Directory(config.parse(desk_file(queues), "desk.toml")), "acme")
    assert len(found) == said and all("101 queues" in one and "first 100" in one for one in found)
