"""What a command brings is for who typed it: nobody else in the desk's room reads it, on any platform.

What all see is the ticket itself: its card, and what was written.
"""

from functools import partial

import pytest

from bots.front import FrontDoor
from bots.port import Answer, Command
from tests.inbox.deeds import one_engine
from tests.test_story_any_to_any import ASKS_IN, DESK_ROOMS, desk_answered_from
from tests.test_story_words_cross import DESK
from tests.world import running

# in an order in which each can be done; what is refused is answered to the one who asked, too
TYPED = (
    *("help", "help claim", "queue", "mine", "show 1", "claim 1", "claim 99", "clam 1", "canned 1"),
    *("canned save hi Hello", "priority 1 high", "tag 1 vip", "subject 1 A dark lamp", "note 1 she is away"),
    *("follow 1", "history 1", "status 1", "move 1", "snooze 1 when pigs fly", "snooze 1 2h", "pending 1", "hold 1"),
    *("away 2h", "back", "me", "release 1", "merge 1", "resolve 1", "reopen 1"),
)


@one_engine
@pytest.mark.parametrize("answered_from", list(DESK_ROOMS))
async def test_nobody_else_reads_the_answers(
    answered_from: str, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers: list[Answer] = []
    commanded = FrontDoor.commanded

    async def noted(door: FrontDoor, command: Command) -> Answer:
        answer = await commanded(door, command)
        answers.append(answer)
        return answer

    monkeypatch.setattr(FrontDoor, "commanded", noted)
    async with running(database_url, desk_answered_from(answered_from)) as world:
        at = {"slack": world.at_slack, "discord": world.at_discord, "telegram": world.at_telegram}[answered_from]
        for who in ("Omar", "Lisa"):
            await world.platforms.telegram.do("start", who=who)
        anna, omar, lisa = world.at_slack("Anna"), at("Omar"), at("Lisa")
        await anna.writes("My lamp is dark", ASKS_IN["slack"])
        await omar.reads("#1 My lamp is dark", DESK[answered_from])
        await world.settled()
        answers.clear()
        for number, words in enumerate(TYPED, 1):
            await omar.types(f"/ticket {words}", DESK[answered_from])
            await omar.until(partial(enough, answers, number))
        await world.settled()
        told = [text for answer in answers if (text := said(answer))]
        assert len(told) > 20
        seen = "\n".join(m.words for client in (lisa, anna) for m in client.sees(by_bot=True))
        assert [text for text in told if text in seen] == []
        mine = "\n".join(m.words for m in omar.sees(by_bot=True))
        assert "Did you mean" in mine, "Omar himself does read them"


def enough(answers: list[Answer], count: int) -> bool:
    return len(answers) >= count


def said(answer: Answer) -> str:
    """What an answer says that is its own: a card of a ticket says what all see."""
    return answer.card.text if answer.card else ""
