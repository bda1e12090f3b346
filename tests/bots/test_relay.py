"""The relay delivers the outbox: lives of tickets on platforms that can much or little."""

from typing import Any

from bots.port import Ability, Hopeless, Moved, TryLater
from inbox.desk import claims, intake, outgoing
from inbox.model import Deleted, Edited, Place
from inbox.store import people, threads
from tests.bots.memory_platform import ALL
from tests.bots.office import Office, once
from tests.inbox.sending import anna_asks, line, live, omar_answers, rows

# Lives of tickets


async def test_anna_asks_in_slack_and_is_answered(office: Office) -> None:
    house = office.house
    relay = await office.open()
    number = await anna_asks(house)
    await relay.idle()
    assert office.acme.texts("C-HELP", "m1") == [
        f"Thanks, we have your question: #{number}. IT support will answer you here."
    ]
    card = next(p for p in office.acme.posted if p.opens)
    assert card.place == Place("acme", "C-DESK") and card.opens == f"#{number} The printer is on fire"
    assert office.acme.texts("C-DESK", card.id) == ["The printer is on fire"]

    await omar_answers(house, number, "It is out now")
    await relay.idle()
    assert ("Held by", "Omar") in card.shown.fields
    assert len(office.acme.texts("C-HELP")) == 1  # the undo window
    house.clock.advance(5)
    await relay.idle()
    answer = office.acme.posted[-1] if office.acme.posted[-1].place.room == "C-HELP" else office.acme.posted[-2]
    assert (answer.card.lead, answer.card.text, answer.place.thread) == ("Omar", "It is out now", "m1")
    assert await live(house) == 0


@once
async def test_erik_in_telegram_and_omar_in_slack(office: Office) -> None:
    """The two sides of a ticket are on two platforms."""
    house = office.house
    relay = await office.open()
    said = house.said("Erik", "Where is my parcel?", "E-DM", connection="shop", direct=True)
    received = await house.desk.do(intake.receive, said)
    assert received.ticket is not None
    await relay.idle()
    await omar_answers(house, received.ticket, "On its way")
    house.clock.advance(5)
    await relay.idle()
    assert office.shop.texts("E-DM")[-1] == "On its way"
    assert "Where is my parcel?" in office.acme.texts("C-DESK")


async def test_words_in_a_desk_thread_get_their_mark(office: Office) -> None:
    house = office.house
    relay = await office.open()
    number = await anna_asks(house)
    await house.desk.do(claims.claim, number, house.ids["Omar"])
    await relay.idle()
    thread = await house.desk.do(lambda tx, now: threads.desk(tx, number))
    assert thread is not None
    said = house.said("Omar", "Pull the plug", "C-DESK", thread=thread.external_id or "", message_id="o1")
    await house.desk.do(intake.receive, said)
    house.clock.advance(5)
    await relay.idle()
    assert office.acme.marks == [("o1", "sent")]


@once
async def test_edits_and_deletes_follow_the_words(office: Office) -> None:
    house = office.house
    relay = await office.open()
    await anna_asks(house, "My scren is blue")
    await relay.idle()
    copy = next(p for p in office.acme.posted if p.text == "My scren is blue")
    edited = Edited(Place("acme", "C-HELP"), "m1", "My screen is blue", house.clock.now, "2")
    await house.desk.do(intake.edit, edited)
    await relay.idle()
    assert copy.text == "My screen is blue" and copy.shown.footer == "edited"
    await house.desk.do(intake.delete, Deleted(Place("acme", "C-HELP"), "m1", house.clock.now))
    await relay.idle()
    assert copy.deleted


# What a platform lacks


@once
async def test_without_edits_and_deletes_the_newest_words_count(office: Office) -> None:
    house = office.house
    office.acme.abilities = frozenset({Ability.THREADS})
    relay = await office.open()
    number = await anna_asks(house, "My scren is blue")
    await relay.idle()
    edited = Edited(Place("acme", "C-HELP"), "m1", "My screen is blue", house.clock.now, "2")
    await house.desk.do(intake.edit, edited)
    await house.desk.do(claims.claim, number, house.ids["Omar"])
    await relay.idle()
    thread = next(p for p in office.acme.posted if p.opens).id
    shown = office.acme.texts("C-DESK", thread)
    assert shown[0] == "My scren is blue"
    assert sorted(shown[1:]) == [f"#{number} My scren is blue", "My screen is blue"]
    assert office.acme.called("edit") == 0 and await live(house) == 0


@once
async def test_a_topic_is_made_before_its_card(office: Office) -> None:
    house = office.house
    office.shop.abilities = (ALL | {Ability.TOPICS}) - {Ability.THREADS}
    relay = await office.open()
    said = house.said("Erik", "The game crashes", "900", connection="community")
    await house.desk.do(intake.receive, said)
    await relay.idle()
    assert office.shop.topics == ["#1 The game crashes"]
    assert office.shop.texts("-1001", "topic-1") == ["#1 The game crashes", "The game crashes"]


@once
async def test_a_topic_that_is_refused_becomes_a_reply_chain(office: Office) -> None:
    house = office.house
    office.shop.abilities = (ALL | {Ability.TOPICS}) - {Ability.THREADS}
    office.shop.fail("open_topic", Hopeless("The bot may not manage topics.", "forbidden"))
    relay = await office.open()
    said = house.said("Erik", "The game crashes", "900", connection="community")
    await house.desk.do(intake.receive, said)
    await relay.idle()
    card, words = (p for p in office.shop.posted)
    assert card.place.thread == "" and words.answers == card.id


@once
async def test_a_whisper_that_is_refused_comes_by_direct_message_or_in_the_desk(office: Office) -> None:
    house = office.house

    async def whisper(room: str) -> None:
        def add(tx: Any, now: Any) -> None:
            identity = people.identities(tx, house.ids["Lisa"])[0]
            outgoing.whisper(tx, now, identity.id, Place("acme", room), None, "answer.keep", ticket=1)

        await house.desk.do(add)

    office.acme.fail("whisper", Hopeless("She is not here.", "gone"), times=9)
    relay = await office.open()
    await whisper("C-DESK")
    await relay.idle()
    assert office.acme.texts("dm-U-LISA") == [line(1)]

    office.acme.fail("direct", Hopeless("Closed.", "blocked"), times=9)
    await whisper("C-DESK")
    await relay.idle()
    assert [(p.card.lead, p.text) for p in office.acme.posted if p.place.room == "C-DESK"] == [("For Lisa:", line(1))]
    await whisper("C-HELP")  # where requesters read along, nothing is said
    await relay.idle()
    assert office.acme.texts("C-HELP") == []
    assert [r.state for r in await rows(house)] == ["sent", "sent", "parked"]


@once
async def test_marks_that_are_refused_stop_nothing(office: Office) -> None:
    house = office.house
    office.acme.fail("mark", Hopeless("No such reaction."), times=1)
    office.acme.fail("mark", TryLater("Busy."), times=99)
    relay = await office.open()
    number = await anna_asks(house)
    await house.desk.do(claims.claim, number, house.ids["Omar"])
    await relay.idle()
    thread = await house.desk.do(lambda tx, now: threads.desk(tx, number))
    assert thread is not None
    for name in ("o1", "o2"):
        said = house.said("Omar", "Pull the plug", "C-DESK", thread=thread.external_id or "", message_id=name)
        await house.desk.do(intake.receive, said)
    await office.delivered()
    assert office.acme.texts("C-HELP")[1:] == ["Pull the plug", "Pull the plug"]
    assert not [r for r in await rows(house) if r.state == "parked"]


async def test_a_room_that_moved_is_followed_at_once(office: Office) -> None:
    house = office.house
    office.acme.fail("send", Moved("C-NEW"), room="C-DESK", times=99)
    relay = await office.open()
    await anna_asks(house)
    await relay.idle()
    assert office.acme.texts("C-NEW") == ["#1 The printer is on fire", "The printer is on fire"]
