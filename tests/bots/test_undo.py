"""Where no platform tells of deletions, *Undo* stands under an agent's words while they wait, and then goes: always."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from bots.front import FrontDoor
from bots.port import Ambiguous, Answer, Command, Hopeless, Press, TryLater
from inbox.desk import claims, intake, lifecycle
from inbox.model import Edited, Place
from inbox.store import messages, threads
from tests.bots.memory_platform import ALL
from tests.bots.office import Office, once
from tests.bots.test_front import link, nobody
from tests.house import House
from tests.inbox.sending import anna_asks, arrive, deliver_all, lease, state_of

pytestmark = once
DESK = "C-DESK"
OFFER, TYPED = "On its way in a moment.", "On its way to Anna (#1)."


@pytest.fixture
async def office(house: House) -> AsyncIterator[Office]:
    """Anna asked, Omar holds her ticket, and everything so far was said."""
    office = Office(house)
    relay = await office.open()
    await anna_asks(house)
    await relay.idle()
    await house.desk.do(claims.claim, 1, house.ids["Omar"])
    house.clock.advance(1)
    await relay.idle()
    yield office
    await office.close()


async def writes(office: Office, text: str, message_id: str = "o1") -> int:
    """Omar writes in the ticket's thread, where nobody would tell us if he took it back."""
    thread = next(posted.id for posted in office.acme.posted if posted.opens)
    said = office.house.said("Omar", text, DESK, thread=thread, message_id=message_id)
    await office.house.desk.do(intake.receive, replace(said, retractable=False))
    await office.relays[0].idle()
    found = await office.house.desk.look(messages.by_external, "acme", DESK, message_id)
    assert found
    return found.id


async def types(office: Office, words: str, room: str = DESK, **how: Any) -> Answer:
    """Omar types a command that stands there as a message."""
    typed = Command("c1", Place("acme", room, "", "o9"), office.house.account("Omar"), words, message_id="o9", **how)
    answer = await FrontDoor(office.house.desk, link, nobody, nobody).commanded(typed)
    await office.relays[0].idle()
    return answer


async def later(office: Office, seconds: float = 5) -> None:
    office.house.clock.advance(seconds)
    await office.relays[0].idle()


def offers(office: Office) -> list[str]:
    """Where *Undo* can be pressed."""
    return [p.place.room for p in office.acme.posted if not p.deleted and "undo:" in str(p.shown.buttons)]


async def presses(office: Office) -> Answer:
    (action,) = [b.action for p in office.acme.posted if not p.deleted for row in p.shown.buttons for b in row
                 if b.action.startswith("undo:")]  # fmt: skip
    press = Press("p1", Place("acme", DESK), office.house.account("Omar"), action)
    answer = await FrontDoor(office.house.desk, link, nobody, nobody).pressed(press)
    await office.relays[0].idle()
    return answer


async def test_sent(office: Office) -> None:
    await writes(office, "Use the stairs")
    assert offers(office) == [DESK] and OFFER in office.acme.texts(DESK)
    await later(office)
    assert offers(office) == [] and OFFER not in office.acme.texts(DESK)
    assert office.acme.texts("C-HELP")[-1] == "Use the stairs"


async def test_undone(office: Office) -> None:
    written = await writes(office, "Use the stairs")
    assert not (await presses(office)).refused
    assert offers(office) == [] and await state_of(office.house, written) == "cancelled"
    await later(office)
    assert "Use the stairs" not in office.acme.texts("C-HELP")


async def test_edited_in_the_window(office: Office) -> None:
    await writes(office, "Use the stars")
    now = office.house.clock.now
    edited = Edited(Place("acme", DESK), "o1", "Use the stairs", now, "1")
    await FrontDoor(office.house.desk, link, nobody, nobody).edited(edited)
    await later(office, 1)
    assert offers(office) == [DESK], "it can still be taken back"
    await later(office)
    assert offers(office) == [] and office.acme.texts("C-HELP")[-1] == "Use the stairs"


async def test_edited_into_a_note(office: Office) -> None:
    await writes(office, "She is rude")
    edited = Edited(Place("acme", DESK), "o1", "note: She is rude", office.house.clock.now, "1")
    await FrontDoor(office.house.desk, link, nobody, nobody).edited(edited)
    await later(office)
    assert offers(office) == [] and "She is rude" not in office.acme.texts("C-HELP")


async def test_held(office: Office) -> None:
    written = await writes(office, "Use the stairs")
    await office.house.desk.do(claims.release, 1, office.house.ids["Omar"])
    await later(office)
    assert await state_of(office.house, written) == "held"
    assert offers(office) == []


async def test_resolved_with_it(office: Office) -> None:
    await writes(office, "Use the stairs")
    await office.house.desk.do(lifecycle.resolve, 1, office.house.ids["Omar"])
    await later(office)
    assert offers(office) == [] and "Use the stairs" in office.acme.texts("C-HELP")


@pytest.mark.parametrize("error", [Hopeless("She blocked the bot.", "blocked"), Hopeless("Too odd.", "invalid")])
async def test_failed(office: Office, error: Hopeless) -> None:
    office.acme.fail("send", error, room="C-HELP")
    written = await writes(office, "Use the stairs")
    await later(office)
    assert await state_of(office.house, written) == "failed"
    assert offers(office) == []


async def test_nobody_knows_whether_it_arrived(office: Office) -> None:
    office.acme.abilities = ALL - {"reconcile", "idempotent"}
    office.acme.fail("send", Ambiguous("Broken."), room="C-HELP", late=True)
    written = await writes(office, "Use the stairs")
    await later(office)
    await later(office, 200)
    assert await state_of(office.house, written) == "unknown"
    assert offers(office) == []


async def test_sent_while_it_was_being_offered(office: Office) -> None:
    """The offer itself was slow: it is not left behind by words that went out before it."""
    office.acme.fail("send", TryLater("Busy.", 4.5), room=DESK)
    await writes(office, "Use the stairs")
    assert offers(office) == []
    await later(office)
    await later(office, 30)
    assert offers(office) == [] and office.acme.texts("C-HELP")[-1] == "Use the stairs"


async def test_sent_before_the_offer_is_known_to_stand(house: House) -> None:
    number = await anna_asks(house)
    await deliver_all(house)
    await house.desk.do(claims.claim, number, house.ids["Omar"])
    await deliver_all(house)
    thread = await house.desk.look(threads.desk, number)
    assert thread and thread.external_id
    said = house.said("Omar", "Use the stairs", DESK, thread=thread.external_id)
    await house.desk.do(intake.receive, replace(said, retractable=False))
    (offer,) = await lease(house)
    house.clock.advance(6)
    for errand in await lease(house):
        await arrive(house, errand)
    await arrive(house, offer, "offer-1")
    assert [(e.kind, e.target) for e in await lease(house) if e.kind == "delete"] == [("delete", "offer-1")]


async def test_two_replies_at_once(office: Office) -> None:
    await writes(office, "Use the stairs", "o1")
    await writes(office, "And close the door", "o2")
    assert offers(office) == [DESK, DESK]
    await later(office)
    assert offers(office) == [] and office.acme.texts("C-HELP")[-2:] == ["Use the stairs", "And close the door"]


@pytest.mark.parametrize(("room", "direct"), [(DESK, False), ("D-OMAR", True)])
async def test_typed_as_a_command(office: Office, room: str, direct: bool) -> None:
    answer = await types(office, "reply 1 Use the stairs", room, direct=direct)
    assert answer.card is None, "nothing is said that would stay"
    assert offers(office) == [room] and office.acme.texts(room)[-1] == TYPED
    await later(office)
    assert offers(office) == [] and TYPED not in office.acme.texts(room)
    assert office.acme.texts("C-HELP")[-1] == "Use the stairs"


async def test_typed_where_requesters_read_along(office: Office) -> None:
    await types(office, "reply 1 Use the stairs", "C-HELP")
    assert offers(office) == ["dm-U-OMAR"] and TYPED not in office.acme.texts("C-HELP")
    await presses(office)
    assert offers(office) == []


async def test_without_a_window_nothing_is_offered(office: Office) -> None:
    desk = office.house.desk.directory.desk
    queues = {key: replace(queue, undo_seconds=0) for key, queue in desk.queues.items()}
    office.house.desk.directory = replace(office.house.desk.directory, desk=replace(desk, queues=queues))
    await writes(office, "Use the stairs")
    answer = await types(office, "reply 1 And close the door")
    assert offers(office) == [] and answer.card and not answer.card.buttons
