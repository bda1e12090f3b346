"""A process that dies at any point of saying something: it is said once, or an agent knows (OUT-01)."""

import pytest

from bots.cards import draw
from bots.port import Ability
from inbox.desk import delivery
from inbox.desk.errand import Errand
from tests.bots.memory_platform import ALL
from tests.bots.office import Office, once
from tests.inbox.sending import LEASE, anna_asks, begin, hand_out, live, omar_answers, state_of

HELPS = {
    "discord": ALL,
    "slack": ALL - {Ability.IDEMPOTENT},
    "telegram": ALL - {Ability.IDEMPOTENT, Ability.RECONCILE},
}
POINTS = ("written", "leased", "begun", "posted", "recorded")
WORDS = "It is out now"


async def die_at(office: Office, point: str) -> None:
    """A process takes Omar's answer up, and dies."""
    if point == "written":
        return
    (reply,) = [errand for errand in await hand_out(office.house) if errand.is_reply]
    if point == "leased":
        return
    begun = await begin(office.house, reply)
    assert begun is not None
    if point in ("posted", "recorded"):
        await post(office, begun, recorded=point == "recorded")


async def post(office: Office, errand: Errand, *, recorded: bool) -> None:
    sent = await office.acme.send(errand.place, draw(errand), f"fd-{errand.id}")
    if recorded:
        ids = (errand.id, errand.fence, "", sent.message_id, sent.thread, WORDS)
        assert await office.house.desk.do(delivery.sent, *ids)


@pytest.mark.parametrize("point", POINTS)
@pytest.mark.parametrize("platform", HELPS)
@once
async def test_whenever_it_dies_the_answer_is_there_once_or_an_agent_decides(
    office: Office, platform: str, point: str
) -> None:
    """Telegram helps with nothing: what may have arrived is not repeated there, and Omar is asked."""
    house = office.house
    office.acme.abilities = HELPS[platform]
    relay = await office.open()
    number = await anna_asks(house)
    await relay.idle()
    await relay.drain(1)
    message_id = await omar_answers(house, number, WORDS)
    house.clock.advance(6)
    await die_at(office, point)
    house.clock.advance(LEASE + 1)
    await office.open()
    await office.delivered()
    there = office.acme.texts("C-HELP").count(WORDS)
    state, doubtful = await state_of(house, message_id), platform == "telegram" and point in ("begun", "posted")
    assert state == ("unknown" if doubtful else "sent") and await live(house) == 0
    assert there == (0 if doubtful and point == "begun" else 1)
    asked = [b.action for p in office.acme.posted if p.whose == "U-OMAR" for row in p.card.buttons for b in row]
    assert (f"resend:{message_id}" in asked) is doubtful
