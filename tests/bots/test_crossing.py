"""What comes with words, what they answer and the small marks on them, from one platform to the other."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bots.port import Ability, Hopeless
from inbox.desk import attachments, changes, claims, intake, reactions, replies
from inbox.model import Attached, Edited, File, Place, Reacted
from inbox.store import Tx, files, messages
from inbox.words import Span
from tests.bots.memory_platform import Posted
from tests.bots.office import Office, once
from tests.inbox.sending import anna_asks, live

HASH = "ab" * 32


def card(office: Office) -> Posted:
    return next(posted for posted in office.acme.posted if posted.opens)


async def everything(office: Office) -> None:
    """All that is due has been said, and the undo window is over."""
    for _ in range(2):
        await office.relays[0].idle()
        office.house.clock.advance(5)
    await office.relays[0].idle()


async def anna_shows(office: Office, *sizes: int, reason: str = "") -> int:
    """Anna sends pictures of so many bytes, which are kept, or missing for a reason."""
    house = office.house
    attached = tuple(Attached(f"f{n}", f"p{n}.png", "image/png", size, "image") for n, size in enumerate(sizes))
    received = await house.desk.do(intake.receive, replace(house.said("Anna", "Look"), files=attached))
    assert received.ticket
    for file in await house.desk.look(_files, received.ticket):
        if reason:
            await house.desk.do(attachments.missing, file, reason)
        else:
            await house.desk.do(attachments.stored, file, HASH, file.size)
    return received.ticket


def _files(tx: Tx, number: int) -> list[File]:
    ids = [message.id for message in messages.of_ticket(tx, number)]
    return [file for found in files.of_messages(tx, ids).values() for file in found]


def shown(office: Office) -> Posted:
    """Anna's words in the desk thread."""
    return next(p for p in office.acme.posted if p.place.thread == card(office).id and p.card.lead == "Anna")


@once
async def test_files_go_along_with_their_words(office: Office) -> None:
    await office.open()
    await anna_shows(office, 10, 20)
    await everything(office)
    posted = shown(office)
    assert (posted.card.text, [f.name for f in posted.card.files]) == ("Look", ["p0.png", "p1.png"])
    assert {f.sha256 for f in posted.card.files} == {HASH}


@once
@pytest.mark.parametrize(
    ("limit", "reason", "told"),
    [
        (15, "", "Look\n🖼 p0.png: too big to be shown here (20 B); it is in the inbox"),
        (0, "", "Look\n🖼 p0.png: it cannot be shown here; it is in the inbox"),
        (99, "too_big", "Look\n🖼 p0.png: too big to be passed on (20 B, at most 20 MB)"),
        (99, "gone", "Look\n🖼 p0.png: no longer there when we fetched it"),
    ],
)
async def test_what_does_not_go_along_is_named_with_the_reason(
    office: Office, limit: int, reason: str, told: str
) -> None:
    office.acme.file_limit = limit
    await office.open()
    await anna_shows(office, 20, reason=reason)
    await everything(office)
    assert (shown(office).card.text, shown(office).card.files) == (told, ())


@once
async def test_a_platform_that_takes_no_files_gets_their_names(office: Office) -> None:
    office.acme.abilities -= {Ability.FILES}
    await office.open()
    await anna_shows(office, 20)
    await everything(office)
    assert shown(office).card.text.startswith("Look\n🖼 p0.png: it cannot be shown here")


@once
async def test_words_whose_file_is_refused_come_without_it(office: Office) -> None:
    await office.open()
    await anna_shows(office, 20)
    await office.relays[0].idle()
    office.acme.posted.clear()
    number = await anna_shows(office, 20)
    office.acme.fail("send", Hopeless("The file is empty.", "invalid"), room="C-DESK")
    await everything(office)
    assert number and await live(office.house) == 0


@once
async def test_an_edit_changes_the_words_and_leaves_the_files(office: Office) -> None:
    house = office.house
    await office.open()
    await anna_shows(office, 20)
    await everything(office)
    said = Edited(Place("acme", "C-HELP", "", "m1"), "m1", "Look here", house.clock.now, "v2", (Span(0, 4, "bold"),))
    await house.desk.do(changes.edit, said)
    await everything(office)
    edited = shown(office).edits[-1]
    assert (edited.text, edited.spans, edited.files) == ("Look here", (Span(0, 4, "bold"),), ())


# What words answer


async def omar_in_thread(office: Office, text: str, reply_to: str = "") -> str:
    """Omar writes in the desk thread; returns the message's id."""
    house = office.house
    said = house.said("Omar", text, "C-DESK", thread=card(office).id, reply_to=reply_to)
    await house.desk.do(intake.receive, said)
    return said.message_id


async def omar_holds(office: Office, number: int) -> None:
    await office.house.desk.do(claims.claim, number, office.house.ids["Omar"])
    office.house.clock.advance(1)


@once
async def test_an_answer_keeps_what_it_answers(office: Office) -> None:
    house = office.house
    await office.open()
    number = await anna_asks(house)
    await everything(office)
    await omar_holds(office, number)
    await omar_in_thread(office, "Which floor?", shown(office).id)
    await everything(office)
    answer = next(p for p in office.acme.posted if p.card.text.endswith("Which floor?"))
    assert (answer.place.room, answer.answers, answer.card.text) == ("C-HELP", "m1", "Which floor?")


@once
async def test_where_a_platform_cannot_show_it_the_words_are_quoted(office: Office) -> None:
    office.acme.abilities -= {Ability.ANSWERS}
    house = office.house
    await office.open()
    number = await anna_asks(house, "The printer\nis on fire")
    await everything(office)
    await omar_holds(office, number)
    await omar_in_thread(office, "Which floor?", shown(office).id)
    await everything(office)
    answer = next(p for p in office.acme.posted if p.card.text.endswith("Which floor?"))
    assert answer.card.text == "The printer is on fire\nWhich floor?"
    assert answer.card.spans == (Span(0, 22, "quote"),)


@once
async def test_a_note_that_is_answered_is_not_quoted_outside(office: Office) -> None:
    office.acme.abilities -= {Ability.ANSWERS}
    house = office.house
    await office.open()
    number = await anna_asks(house)
    await everything(office)
    await omar_holds(office, number)
    note = await omar_in_thread(office, "! she is always rude")
    await omar_in_thread(office, "We look into it", note)
    await everything(office)
    answers = [p.card.text for p in office.acme.posted if "look into it" in p.card.text and p.place.room == "C-HELP"]
    assert answers == ["We look into it"]


# Small marks


async def reacts(office: Office, who: str, room: str, message: str, emoji: str = "👍", *, on: bool = True) -> None:
    house = office.house
    told = Reacted(Place("acme", room), message, house.account(who), emoji, on, house.clock.now)
    await house.desk.do(reactions.react, told)
    await everything(office)


@once
async def test_the_requesters_mark_is_seen_at_the_desk_and_gone_when_it_is_taken_away(office: Office) -> None:
    house = office.house
    await office.open()
    number = await anna_asks(house)
    await everything(office)
    await omar_holds(office, number)
    mine = await omar_in_thread(office, "Done?")
    await everything(office)
    answer = next(p for p in office.acme.posted if p.card.text == "Done?")
    for on in (True, True, False):
        await reacts(office, "Anna", "C-HELP", answer.id, on=on)
    assert office.acme.reactions == [(mine, "👍", True), (mine, "👍", False)]
    await reacts(office, "Erik", "C-HELP", answer.id)
    assert len(office.acme.reactions) == 2, "somebody else in the channel is nobody here"


@once
async def test_an_agents_mark_crosses_as_their_words_would(office: Office) -> None:
    house = office.house
    await office.open()
    number = await anna_asks(house)
    await everything(office)
    seen = shown(office).id
    await reacts(office, "Omar", "C-DESK", seen, "👀")
    assert office.acme.reactions == [], "nobody holds it"
    await omar_holds(office, number)
    await reacts(office, "Lisa", "C-DESK", seen, "😀")
    assert office.acme.reactions == [], "a colleague's mark stays inside"
    note = await omar_in_thread(office, "! a note")
    await reacts(office, "Omar", "C-DESK", note)
    assert office.acme.reactions == [], "the requester sees no note"
    await reacts(office, "Omar", "C-DESK", seen)
    assert office.acme.reactions == [("m1", "👍", True)]
    kept = await house.desk.look(_marks, number)
    assert kept == [("👀", "Omar"), ("😀", "Lisa"), ("👍", "Omar"), ("👍", "Omar")]


def _marks(tx: Tx, number: int) -> list[tuple[str, str]]:
    from inbox.store import reactions as stored

    found = stored.of_messages(tx, [message.id for message in messages.of_ticket(tx, number)])
    return sorted((mark for marks in found.values() for mark in marks), key=lambda mark: "👀😀👍".index(mark[0]))


@once
async def test_marks_on_what_is_no_tickets_and_of_bots_are_passed_over(office: Office) -> None:
    house = office.house
    await office.open()
    number = await anna_asks(house)
    await everything(office)
    await reacts(office, "Anna", "C-HELP", "nothing")
    bot = replace(house.account("Anna"), bot=True)
    told = Reacted(Place("acme", "C-HELP"), "m1", bot, "👍", True, house.clock.now + timedelta(seconds=1))
    await house.desk.do(reactions.react, told)
    assert await house.desk.look(_marks, number) == []


@once
async def test_in_an_explicit_queue_no_agents_mark_crosses(office: Office) -> None:
    house = office.house
    queue = replace(house.desk.directory.queue("it"), voice="explicit")
    desk = replace(house.desk.directory.desk, queues={**house.desk.directory.desk.queues, "it": queue})
    house.desk.directory = replace(house.desk.directory, desk=desk)
    await office.open()
    number = await anna_asks(house)
    await everything(office)
    await house.desk.do(replies.reply, number, house.ids["Omar"], "Hello")
    await everything(office)
    await reacts(office, "Omar", "C-DESK", shown(office).id)
    assert office.acme.reactions == []
