"""What embarrasses people in other desks, lived in Slack: a slip, a joke, a forgotten window, two helpers at once.

The real front, desk, relay and Slack's own libraries; only Slack itself is simulated. Time is told.
"""

from collections.abc import AsyncIterator

import pytest

from tests.bots.slack.acme import Acme
from tests.inbox.deeds import one_engine

pytestmark = one_engine


class Desk(Acme):
    """Anna has asked, and her ticket's card stands in the agents' room."""

    asked = card_ts = ""

    async def begins(self) -> None:
        self.asked = await self.writes("anna", "My screen is black", "#it-help")
        self.card_ts = (await self.card()).ts

    async def presses(self, who: str, label: str, room: str = "#it-desk", message: str = "") -> None:
        await self.slack.do("press", who=who, room=room, message=message or self.card_ts, label=label)
        await self.done()

    async def says(self, who: str, text: str) -> str:
        """In the ticket's thread, among colleagues."""
        return await self.writes(who, text, "#it-desk", self.card_ts)

    @property
    def annas(self) -> list[str]:
        """What the bot said in Anna's thread, after her words and the receipt."""
        return self.slack.texts("#it-help", self.asked)[2:]

    async def asks_directly(self, who: str) -> str:
        """The newest message of the bot's to somebody alone."""
        await self.done()
        return self.slack.said_by_bot(f"dm:{who}")[-1].ts


@pytest.fixture
async def acme(database_url: str) -> AsyncIterator[Desk]:
    acme = Desk(database_url)
    async with acme:
        await acme.begins()
        yield acme


async def test_a_single_slip_reaches_nobody(acme: Desk) -> None:
    """Words for a colleague, a mistyped command, a note, a joke after the solution: none of them is Anna's to read."""
    slack = acme.slack
    await acme.presses("omar", "Claim")
    lisa = slack.world.person("lisa").id
    await acme.says("omar", f"<@{lisa}> she pulls that cable every week")
    await acme.says("omar", " /clam 1 and tell her to buy a new one")
    await acme.says("omar", "note: third time this month")
    await acme.says("lisa", "tell her to plug it in, as always")
    await acme.later(60)
    assert acme.annas == []
    assert any("/clam" in told for told in acme.told("omar")), "nobody told Omar what became of his command"

    await acme.says("omar", "Is the cable in?")
    await acme.later(6)
    assert acme.annas == ["Omar  Is the cable in?"]

    await acme.presses("omar", "Resolve")
    await acme.says("omar", "that was the easiest one today")
    await acme.later(600)
    assert not any("easiest" in said for said in acme.annas)
    assert "is waiting: shall it go to Anna?" in slack.texts("dm:omar")[-1]
    await acme.presses("omar", "Keep as note", "dm:omar", await acme.asks_directly("omar"))
    await acme.later(600)
    assert not any("easiest" in said for said in acme.annas)


async def test_the_ticket_changes_hands_and_nobody_answers_twice(acme: Desk) -> None:
    """A take-over waits for words under way; who held it before is not heard any more, and not lost either."""
    slack = acme.slack
    await acme.presses("omar", "Claim")
    await acme.says("omar", "I am looking into it")
    refused = await slack.do("command", who="lisa", room="#it-desk", text="/ticket take 1")
    assert "Omar's reply to the requester of #1 is on its way" in refused["text"]
    await acme.later(6)
    assert acme.annas == ["Omar  I am looking into it"]

    taken = await slack.do("command", who="lisa", room="#it-desk", text="/ticket take 1")
    assert "#1" in taken["text"]
    await acme.later(1)
    await acme.says("omar", "Have you tried another one?")
    await acme.says("lisa", "Please bring it to the second floor")
    await acme.later(6)
    assert acme.annas[1:] == ["Lisa  Please bring it to the second floor"]
    assert "the ticket changed hands while you wrote" in slack.texts("dm:omar")[-1]

    given = await slack.do("command", who="omar", room="#it-desk", text="/ticket release 1")
    assert "Lisa holds #1" in given["text"]
    assert "Held by  Lisa" in slack.text(await acme.card())

    asking = await acme.asks_directly("omar")
    await acme.presses("omar", "Take over and send", "dm:omar", asking)
    await acme.later(6)
    assert acme.annas[2:] == ["Omar  Have you tried another one?"]
    assert "Held by  Omar" in slack.text(await acme.card())


async def test_what_comes_back_does_not_wait_for_somebody_absent(acme: Desk) -> None:
    """Omar solves it and goes home; when Anna writes again, the team has it, and not his empty chair."""
    slack = acme.slack
    await acme.presses("omar", "Claim")
    await acme.presses("omar", "Resolve")
    await slack.do("command", who="omar", room="#it-desk", text="/ticket away")
    await acme.later(3600)
    await acme.writes("anna", "It is black again", "#it-help", acme.asked)
    await acme.later(1)
    card = slack.text(await acme.card())
    assert "nobody yet" in card and "Omar" not in card
    await acme.presses("lisa", "Claim")
    assert "Held by  Lisa" in slack.text(await acme.card())
