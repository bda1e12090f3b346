"""What a press costs: so many statements at most, and of the card one edit, however many press at once."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from bots.front import FrontDoor
from bots.port import Answer, Press
from inbox.model import Place
from inbox.store import Tx, outbox
from tests.bench.plain import Work, capturing
from tests.bots.slack.acme import DESK, Acme
from tests.house import House
from tests.inbox.deeds import ask, one_engine
from tests.inbox.postman import deliver

TEAM = ("maja", "omar", "lisa")


async def pressed(house: House, who: str, action: str) -> tuple[Answer, Work]:
    """The answer, and the statements that it took."""

    async def nobody(*_: object) -> str:
        return ""

    front = FrontDoor(house.desk, nobody, nobody, nobody)  # type: ignore[arg-type]
    house.clock.advance(1)
    key = f"{who} {action} {house.clock.now}"
    with capturing(house.desk.store.engine) as work:
        answer = await front.pressed(Press(key, Place("acme", "C-DESK"), house.account(who), action))
    return answer, work


async def test_a_press_takes_few_statements(house: House) -> None:
    """The deed, its language, and on PostgreSQL the news of it."""
    await ask(house)
    for who, action, words, most in (
        ("Omar", "claim:1", "is yours. What you write", 22),
        ("Lisa", "claim:1", "Omar took #1 1 s ago", 15),
        ("Omar", "claim:1", "is yours already", 12),
        ("Lisa", "take:1", "is yours", 24),
        ("Omar", "take:1", "is yours", 25),
        ("Omar", "release:1", "is back in the queue", 20),
        ("Omar", "release:1", "is back in the queue", 12),
        ("Anna", "claim:1", "I cannot find that ticket", 10),
    ):
        answer, work = await pressed(house, who, action)
        assert answer.card and words in answer.card.text
        assert len(work) <= most, [statement.sql for statement in work]


@one_engine
async def test_what_is_pressed_before_the_card_was_drawn_is_drawn_once(house: House) -> None:
    await ask(house)
    await house.desk.do(deliver)
    for who, action in (("Omar", "claim:1"), ("Lisa", "take:1"), ("Lisa", "release:1"), ("Omar", "claim:1")):
        await pressed(house, who, action)

    def waiting(tx: Tx) -> list[str]:
        return [row.kind for row in outbox.of_ticket(tx, 1) if row.state == "queued"]

    assert (await house.desk.look(waiting)).count("card") == 1


@pytest.fixture
async def acme(database_url: str) -> AsyncIterator[Acme]:
    async with Acme(database_url, desk_file=DESK) as acme:
        yield acme


@one_engine
async def test_three_press_at_once_and_the_card_is_edited_once(acme: Acme) -> None:
    slack = acme.slack
    await acme.writes("anna", "My laptop is on fire", "#it-help")
    card = await acme.card()
    await asyncio.gather(*(slack.do("press", who=who, room="#it-desk", message=card.ts, label="Claim") for who in TEAM))
    await acme.done()
    assert [call.call for call in slack.log].count("chat.update") == 1
    assert "Held by  " in slack.text(await acme.card()) and "nobody yet" not in slack.text(await acme.card())
    assert sorted(len(acme.told(who)) for who in TEAM) == [1, 1, 1]
