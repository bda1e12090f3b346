"""That the holder writes is seen by the requester; that others do, by nobody."""

from dataclasses import replace

import pytest

from bots.front import FrontDoor
from inbox.desk import claims, replies
from inbox.locale import say
from inbox.model import Place
from tests.bots.test_front import link, nobody
from tests.bots.typed import text_of, typed
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


def explicit(house: House) -> None:
    """In Anna's queue only replies that are called so reach her."""
    queue, desk = replace(house.desk.directory.queue("it"), voice="explicit"), house.desk.directory.desk
    house.desk.directory = replace(house.desk.directory, desk=replace(desk, queues={**desk.queues, "it": queue}))


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
    explicit(house)
    house.clock.advance(5)
    await front.typing(thread, house.account("Omar"))
    assert shown == [], "in this queue the thread is for colleagues"


async def test_who_answers_in_a_form_is_seen_to_write_in_any_queue(house: House, shown: list[Place]) -> None:
    """What is written there is for the requester, also where the thread is for colleagues."""
    front, _ = await doors(house, shown)
    omar = house.account("Omar")
    await front.begun("reply:1", omar)
    assert shown == [], "nobody holds it"
    await house.desk.do(claims.assign, 1, house.ids["Maja"], house.ids["Omar"])
    explicit(house)
    for form, who in (
        ("note:1", "Omar"),
        ("reply:1", "Lisa"),
        ("reply:99", "Omar"),
        ("reply:", "Omar"),
        ("ask", "Omar"),
    ):
        await front.begun(form, house.account(who))
    assert shown == []
    await front.begun("reply:1", omar)
    assert [(place.room, place.thread) for place in shown] == [("C-HELP", "m1")]


@pytest.mark.parametrize("language", ["en", "sv", "da"])
async def test_who_claims_there_is_told_how_to_answer(house: House, language: str) -> None:
    """What they write in the thread would stay there."""
    explicit(house)
    number = await ask(house)
    told = text_of(await typed(house, "Omar", f"claim {number}", language=language))
    facts = {"ticket": number, "subject": "Printer is on fire", "requester": "Anna"}
    assert told == say(language, "answer.claimed_explicit", **facts)
    assert f"/ticket reply {number}" in told
