"""What other desks got wrong where two agents meet: each mistake by name, with what happens here instead.

Slips, take-overs and answers in two voices are lived in Slack in `tests/test_story_collisions.py`.
"""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from bots import actions
from bots.port import Press
from inbox.desk import absence, claims, lifecycle, presence, replies
from inbox.errors import DeskError, NotFound, NotHolder
from inbox.model import Place
from inbox.store import messages, threads, tickets
from tests.bots.slack.acme import Acme
from tests.bots.slack.rig import QUICK
from tests.house import House
from tests.inbox.deeds import ask, one_engine, ticket_of
from tests.inbox.sending import begin, deliver_all, hand_out, state_of
from tests.inbox.test_care import beat_at, held
from tests.inbox.test_replies import claimed, says

pytestmark = one_engine


async def reached(house: House) -> list[str]:
    """The agents' words that go out to requesters when the undo window is over."""
    house.clock.advance(10)
    return [e.message.text for e in await deliver_all(house) if e.is_reply and e.message]


# 1. Collision is a warning that somebody types, and only in one channel


@pytest.mark.parametrize("first", ["thread", "command", "web"])
@pytest.mark.parametrize("second", ["thread", "command", "web"])
async def test_of_two_who_answer_at_once_one_is_heard_whichever_way_they_take(
    house: House, first: str, second: str
) -> None:
    """Lesson 1 (chatwoot#775): the second answer is kept, not warned of, whatever both of them write by."""
    number = await claimed(house)
    for who, way, text in (("Omar", first, "Press the button"), ("Lisa", second, "Pull the plug")):
        if way == "thread":
            await says(house, who, text, number)
        else:
            fence = (await ticket_of(house, number)).fence if way == "web" else None
            await house.desk.do(replies.reply, number, house.ids[who], text, key=f"{who}-{way}", fence=fence)
    assert await reached(house) == ["Press the button"]
    (lisas,) = [m for m in await house.desk.look(messages.of_ticket, number) if m.author_id == house.ids["Lisa"]]
    assert lisas.state == ("noted" if second == "thread" else "held")


# 2. Nobody sees who else is at it


async def test_colleagues_see_who_is_at_a_ticket_whichever_door_they_came_by(house: House) -> None:
    """Lesson 2 (chatwoot#11062, libredesk#593): without it two agents work in parallel on what nobody holds yet."""
    number = await ask(house)
    await deliver_all(house)
    desk = await house.desk.look(threads.desk, number)
    assert desk is not None
    await house.desk.do(presence.here, number, house.ids["Maja"], "web/1")
    await house.desk.do(presence.in_form, number, house.account("Omar"))
    await house.desk.do(presence.typing, desk.place, house.account("Lisa"))
    there = [(one.name, one.writing) for one in await house.desk.look(presence.at, house.clock.now, number)]
    assert sorted(there) == [("Lisa", True), ("Maja", False), ("Omar", True)]
    cards = [errand.card.there for errand in await deliver_all(house) if errand.card]
    assert sorted(cards[-1]) == sorted(there)


# 3. Anybody can send


@pytest.mark.parametrize("who", ["Lisa", "Maja", "Erik"])
async def test_only_the_assignee_sends_and_the_desk_sees_to_it(house: House, who: str) -> None:
    """Lesson 3 (chatwoot#12079): enforced where words are stored, not by a button that is grey. A lead's words are no
    exception, and a stranger's are nobody's."""
    number = await claimed(house)
    await says(house, who, "from the thread", number)
    for verb in (replies.reply, replies.note):
        await _tries(house, verb, number, house.ids[who], "from a form")
    kept = [m for m in await house.desk.look(messages.of_ticket, number) if m.author_id == house.ids[who]]
    assert {m.state for m in kept} == ({"noted"} if who == "Erik" else {"noted", "held"})
    for message in kept:
        for button in ("send", "claimsend", "retry", "resend"):
            action = f"{button}:{message.id}"
            press = Press(action, Place("acme", "C-DESK"), house.account(who), action)
            assert isinstance(await _tries(house, actions.press, "en", press), DeskError)
    assert await reached(house) == []


async def _tries(house: House, deed: Callable[..., Any], *args: Any) -> object:
    try:
        return await house.desk.do(deed, *args)
    except DeskError as refusal:
        return refusal


async def test_a_reply_that_changed_hands_on_its_last_step_is_held_there_too(house: House) -> None:
    """Lesson 3, once more: the relay has the words in hand when the claim moves, and the desk has the last look."""
    number = await claimed(house)
    await deliver_all(house)
    written = await house.desk.do(replies.reply, number, house.ids["Omar"], "Press the button")
    house.clock.advance(6)
    (leased,) = [errand for errand in await hand_out(house) if errand.is_reply]
    await house.desk.do(claims.take_over, number, house.ids["Lisa"])
    assert await begin(house, leased) is None
    assert await state_of(house, written.message_id) == "held"


# 4. Who takes everything and answers nothing


async def test_what_is_claimed_and_not_answered_comes_back_and_a_note_is_no_answer(house: House) -> None:
    """Lesson 4 (chatwoot#13516, #14508): cherry-picking ends after the lease; only a public reply keeps the claim."""
    first = await held(house)
    house.clock.advance(130)
    second = await held(house, "Lisa")
    await house.desk.do(replies.note, first, house.ids["Omar"], "I will look at it")
    await house.desk.do(replies.reply, second, house.ids["Lisa"], "Press the button")
    await reached(house)
    await beat_at(house, hours=4)
    assert ((await ticket_of(house, first)).status, (await ticket_of(house, first)).assignee_id) == ("new", None)
    assert (await ticket_of(house, second)).assignee_id == house.ids["Lisa"]


# 5. What comes back goes to somebody who is not there


@pytest.mark.parametrize("there", [True, False])
async def test_a_reopened_ticket_goes_to_its_agent_only_if_they_are_there(house: House, there: bool) -> None:
    """Lesson 5 (chatwoot#7204, #4158, #9587). And whoever is there finds the microphone off."""
    number, omar = await claimed(house), house.ids["Omar"]
    await house.desk.do(lifecycle.resolve, number, omar)
    if not there:
        await house.desk.do(absence.away, omar, house.clock.now + timedelta(days=1))
    await house.desk.do(lifecycle.reopen, number, house.ids["Anna"])
    ticket = await ticket_of(house, number)
    assert (ticket.assignee_id, ticket.microphone) == (omar if there else None, False)


# 6. Another one steals the thread, or lets go of what is not theirs


async def test_nobody_but_the_holder_and_a_lead_lets_go_of_a_claim_and_taking_it_over_is_told(house: House) -> None:
    """Lesson 6 (modmail#3062, next-generation#25): no silent theft, and no unclaiming of a colleague's ticket."""
    number = await claimed(house)
    with pytest.raises(NotHolder):
        await house.desk.do(claims.release, number, house.ids["Lisa"])
    with pytest.raises(NotFound):
        await house.desk.do(claims.release, number, house.ids["Erik"])
    with pytest.raises(NotHolder):
        await house.desk.do(claims.assign, number, house.ids["Lisa"], house.ids["Maja"])
    assert (await ticket_of(house, number)).assignee_id == house.ids["Omar"]
    await deliver_all(house)
    await house.desk.do(claims.take_over, number, house.ids["Lisa"])
    told = [(errand.account, errand.say) for errand in await deliver_all(house) if errand.kind == "direct"]
    assert told == [("U-OMAR", "claim.taken")]
    await house.desk.do(claims.release, number, house.ids["Maja"])
    told = [(errand.account, errand.say) for errand in await deliver_all(house) if errand.kind == "direct"]
    assert told == [("U-LISA", "claim.forced")]


# 7. The claim failed because the bot answered too late


async def test_a_press_is_acknowledged_in_time_however_slow_the_database_is(database_url: str) -> None:
    """Lesson 7 (open-ticket#58): Slack hears within its three seconds that *Claim* was pressed, and Omar hears later
    what came of it; pressing again meanwhile does not claim twice."""
    async with Acme(database_url, tuning=QUICK) as acme:
        await acme.writes("anna", "My screen is black", "#it-help")
        card = (await acme.card()).ts
        awake, do = asyncio.Event(), acme.desk.store.do

        async def slow(*args: Any, **more: Any) -> Any:
            await awake.wait()
            return await do(*args, **more)

        store: Any = acme.desk.store
        store.do = slow
        for _ in range(2):
            pressed = await acme.slack.do("press", who="omar", room="#it-desk", message=card, label="Claim")
            assert pressed["ok"] and not acme.told("omar")
        awake.set()
        del store.do
        await acme.slack.until(lambda: len(acme.told("omar")) == 2)
        await acme.done()
        assert "Held by  Omar" in acme.slack.text(await acme.card())
        ticket = await acme.desk.look(tickets.get, 1)
        assert ticket and ticket.fence == 1


# 8. A single slip reached the customer


@pytest.mark.parametrize(
    ("who", "text", "mentions"),
    [
        ("Omar", "she pulls that cable every week, @lisa", ("U-LISA",)),
        ("Omar", "note: third time this month", ()),
        ("Omar", "! third time this month", ()),
        ("Omar", "🔒 third time this month", ()),
        ("Omar", "/clam 1", ()),
        ("Omar", "/reply 1 Have you tried water?", ()),
        ("Lisa", "tell her to plug it in", ()),
        ("Maja", "tell her to plug it in", ()),
    ],
)
async def test_a_slip_among_colleagues_stays_there(
    house: House, who: str, text: str, mentions: tuple[str, ...]
) -> None:
    """Lesson 8 (chatwoot PR#15605): internal talk in a thread under a customer's question is never the customer's."""
    number = await claimed(house)
    message = await says(house, who, text, number, mentions=mentions)
    assert (message.kind, message.state) == ("note", "noted")
    assert await reached(house) == []


async def test_the_first_words_after_round_robin_are_not_sent_by_themselves(house: House) -> None:
    """Lesson 8, its worst case: whoever was given a ticket while they grumbled has not chosen to speak."""
    number = await claimed(house, who="")
    await house.desk.do(claims.assign, number, house.ids["Maja"], house.ids["Omar"])
    house.clock.advance(1)
    message = await says(house, "Omar", "oh no, not her again", number)
    assert message.state == "held" and await reached(house) == []


async def test_a_former_holders_late_message_is_held_and_a_very_late_one_is_a_note(house: House) -> None:
    """Lesson 8, by the platform's clock: what Omar wrote before he knew is his to decide, what came after is a note."""
    number = await claimed(house)
    await house.desk.do(claims.take_over, number, house.ids["Lisa"])
    taken = house.clock.now
    house.clock.advance(600)
    states = []
    for seconds in (-0.5, 60, 121):
        message = await says(house, "Omar", f"after {seconds}", number, at=taken + timedelta(seconds=seconds))
        states.append(message.state)
    assert states == ["held", "held", "noted"] and await reached(house) == []


async def test_words_that_arrive_out_of_order_are_judged_by_when_they_were_written(house: House) -> None:
    """Lesson 8, shuffled: Omar spoke, let go and Lisa claimed; told backwards, each has said what they said."""
    number = await claimed(house)
    await deliver_all(house)
    at = house.clock.now
    house.clock.advance(20)
    await house.desk.do(claims.release, number, house.ids["Omar"])
    await house.desk.do(claims.claim, number, house.ids["Lisa"])
    house.clock.advance(10)
    lisas = await says(house, "Lisa", "It will be on Monday", number)
    before = await says(house, "Lisa", "he never gets this right", number, at=at)
    omars = await says(house, "Omar", "It will be today", number, at=at)
    assert (omars.state, before.state, lisas.state) == ("held", "noted", "waiting")
    assert await reached(house) == ["It will be on Monday"]


async def test_a_take_over_while_words_wait_is_refused_until_they_are_out(house: House) -> None:
    """Lessons 3 and 6 together: nobody's words are cut off in their undo window, and nobody waits for longer."""
    number = await claimed(house)
    await says(house, "Omar", "Press the button", number)
    assert isinstance(await _tries(house, claims.take_over, number, house.ids["Lisa"]), DeskError)
    assert await reached(house) == ["Press the button"]
    assert (await house.desk.do(claims.take_over, number, house.ids["Lisa"])).ticket.assignee_id == house.ids["Lisa"]


async def test_words_after_resolve_are_not_sent_by_themselves(house: House) -> None:
    """Lesson 8, at the end: relief is not for the requester; what was meant for them opens the ticket again."""
    number, omar = await claimed(house), house.ids["Omar"]
    await house.desk.do(lifecycle.resolve, number, omar)
    message = await says(house, "Omar", "finally rid of that one", number)
    assert message.state == "held" and await reached(house) == []
    await house.desk.do(replies.keep_as_note, message.id, omar)
    assert (await ticket_of(house, number)).status == "resolved"
