"""Answers that are longer, or later, than the way that Slack offers for them."""

from bots.port import Card
from bots.simulator.slack.world import RESPONSE_URL_USES
from bots.slack import render
from inbox.model import Place
from tests.bots.slack.rig import IT_DESK, Door, text_answer
from tests.bots.slack.test_hands import CARD

WORDS = " ".join(f"word{number}" for number in range(9_000))


async def test_an_answer_of_more_parts_than_its_address_takes_is_whole() -> None:
    """SL-11: a response_url serves five times."""
    parts = len(render.messages(Card(text=WORDS)))
    assert parts > RESPONSE_URL_USES
    async with Door() as door:
        door.notes.answers = lambda _: text_answer(WORDS)
        message = (await door.platform.send(Place("acme", IT_DESK), CARD, "fd-1")).message_id
        shown = await door.sim.do("press", who="omar", room="#it-desk", message=message, label="Claim")
        assert shown["ok"]
        await door.sim.until(lambda: len(door.sim.whispers("omar")) == parts)
        told = " ".join(door.sim.text(one) for one in door.sim.whispers("omar"))
        assert [word for word in told.split() if word.startswith("word")] == WORDS.split()
        assert len(door.calls("chat.postEphemeral")) == parts - RESPONSE_URL_USES
