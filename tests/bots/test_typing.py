"""That the holder writes is seen by the requester; that others do, by nobody."""

from dataclasses import replace

import pytest

from bots.front import FrontDoor
from inbox.desk import claims, replies
from inbox.model import Place
from tests.bots.test_front import link, nobody
from tests.house import House
from tests.inbox.deeds import ask, one_engine
from tests.inbox.sending import deliver_all

pytestmark = one_engine


@pytest.fixture
def shown() -> list[Place]:
    return []


async def doors(house: House, shown: list[Place]) -> tuple[FrontDoor, Place]:
    """A front that notes where typing is shown, and the desk thread of Anna's ticket, #1."""

    async def show(place: Place) -> None:
        shown.append(place)

    await ask(house)
    card = next(errand for errand in await deliver_all(house) if errand.kind == "card")
    return FrontDoor(house.desk, link, nobody, nobody, show_typing=show), Place("acme", "C-DESK", f"p{card.id}")


async def test_the_holders_writing_is_seen_at_the_requesters_side_now_and_then(
    house: House, shown: list[Place]
) -> None:
    front, thread = await doors(house, shown)
    omar, lisa = house.account("Omar"), house.account("Lisa")
    await front.typing(thread, omar)
    assert shown == [], "nobody holds it"
    await house.desk.do(claims.claim, 1, house.ids["Omar"])
    house.clock.advance(5)
    for _ in range(3):
        await front.typing(thread, omar)
        house.clock.advance(1)
    assert [(place.room, place.thread) for place in shown] == [("C-HELP", "m1")]
    await front.typing(thread, lisa)
    await front.typing(replace(thread, thread=""), omar)
    await front.typing(replace(thread, thread="elsewhere"), omar)
    assert len(shown) == 1
    house.clock.advance(5)
    await front.typing(thread, omar)
    assert len(shown) == 2


async def test_what_would_be_no_reply_is_not_announced(house: House, shown: list[Place]) -> None:
    front, thread = await doors(house, shown)
    await house.desk.do(claims.assign, 1, house.ids["Maja"], house.ids["Omar"])
    await front.typing(thread, house.account("Omar"))
    assert shown == [], "the microphone is off"
    await house.desk.do(replies.reply, 1, house.ids["Omar"], "Hello")
    queue = replace(house.desk.directory.queue("it"), voice="explicit")
    desk = house.desk.directory.desk
    house.desk.directory = replace(house.desk.directory, desk=replace(desk, queues={**desk.queues, "it": queue}))
    house.clock.advance(5)
    await front.typing(thread, house.account("Omar"))
    assert shown == [], "in this queue the thread is for colleagues"
