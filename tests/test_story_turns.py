"""A queue that gives its tickets out in turn, lived in Slack: the first words are safe, and nothing waits for somebody
who went to lunch.

The real front, desk, relay and Slack's own libraries; only Slack itself is simulated. Time is told.
"""

from collections.abc import AsyncIterator

import pytest

from tests.bots.slack.acme import DESK, Acme
from tests.inbox.deeds import one_engine

IN_TURN = f'{DESK}assignment = "round_robin"\n'

TEAM = ("maja", "omar", "lisa")


@pytest.fixture
async def acme(database_url: str) -> AsyncIterator[Acme]:
    async with Acme(database_url, desk_file=IN_TURN) as acme:
        yield acme


async def holder(acme: Acme) -> str:
    """Who holds the newest ticket, as its card says."""
    card = acme.slack.text(await acme.card())
    return next((name for name in TEAM if f"Held by  {name.capitalize()}" in card), "")


@one_engine
async def test_the_first_words_after_round_robin(acme: Acme) -> None:
    slack = acme.slack
    asked = await acme.writes("anna", "My laptop is on fire", "#it-help")
    thread = (await acme.card()).ts
    assert "nobody yet" in slack.text(await acme.card())
    await acme.later(1)
    first = await holder(acme)
    assert slack.texts(f"dm:{first}")[-1] == "It is your turn: #1 is yours. My laptop is on fire\nShow #1"
    second = next(name for name in TEAM if name != first)
    assert not slack.texts(f"dm:{second}")

    # what a holder says who has not chosen to speak is said to nobody
    words = await acme.writes(first, "oh no, Anna again", "#it-desk", thread)
    await acme.later(60)
    assert slack.texts("#it-help", asked)[2:] == []
    assert "is waiting: shall it go to Anna?" in slack.texts(f"dm:{first}")[-1]
    await acme.writes(second, "same laptop as last week?", "#it-desk", thread)
    asking = slack.said_by_bot(f"dm:{first}")[-1].ts
    await slack.do("press", who=first, room=f"dm:{first}", message=asking, label="Keep as note")
    await acme.done()
    assert slack.texts("#it-help", asked)[2:] == [] and acme.marks("#it-desk", words) == {"hand"}

    # going to lunch, they give it back, and the other has it
    told = await slack.do("command", who=first, room="#it-desk", text="/ticket away 1h")
    assert "You are away until" in told["text"] and "You still hold one ticket." in told["text"]
    await slack.do("press", who=first, room="#it-desk", message=told["message"], label="Give all back")
    await acme.done()
    await acme.later(1)
    second = await holder(acme)
    assert second != first
    assert slack.texts(f"dm:{second}")[-1] == "It is your turn: #1 is yours. My laptop is on fire\nShow #1"

    # who is at lunch is passed over, and comes back to a turn of their own
    seen = []
    for question in ("The printer too", "And the lamp", "And my chair"):
        await acme.later(130)
        await acme.writes("erik", question, "#it-help")
        if question == "And my chair":
            await acme.later(3600)
        await acme.later(1)
        seen.append(await holder(acme))
    assert first not in seen[:2] and seen[2] == first
