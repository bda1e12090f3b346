"""Files that are sent together and told of one by one are one message; nothing is lost where they come too late."""

import asyncio
from dataclasses import replace

import pytest

from inbox.desk import asking, attachments, delivery, direct, intake, replies
from inbox.desk.albums import REST, Enclosed
from inbox.desk.errand import Errand
from inbox.desk.matter import Received
from inbox.errors import BadInput
from inbox.model import Attached, File, Message, Place, Said
from inbox.store import Tx, files, messages, people
from inbox.words import Span
from tests.house import House
from tests.inbox.deeds import one_engine

ERIKS = {"name": "Erik", "room": "T-ERIK", "connection": "shop", "direct": True}


def item(house: House, number: int, text: str = "", album: str = "77", **who: object) -> Said:
    attached = Attached(f"ref{number}", f"{number}.png", "image/png", 9, "image")
    said = house.said(text=text, message_id=f"{number}", **{**ERIKS, **who})  # type: ignore[arg-type]
    return replace(said, files=(attached,), album=album)


async def send(house: House, said: Said) -> Received:
    return await house.desk.do(intake.receive, said)


def told_of(tx: Tx, number: int) -> list[tuple[Message, list[str]]]:
    """A ticket's messages, each with its files' names."""
    found = messages.of_ticket(tx, number)
    names = files.of_messages(tx, [message.id for message in found])
    return [(message, [file.name for file in names.get(message.id, [])]) for message in found]


def fetched(tx: Tx, now: object, file: File) -> None:
    attachments.stored(tx, now, file, "0" * 64, 9)  # type: ignore[arg-type]


async def carried(house: House) -> list[Errand]:
    """The words that the relay would carry to the desk now, and does; what stands before them is carried first."""
    found: list[Errand] = []
    while errands := await house.desk.do(delivery.lease, "acme", "test", 100, 60):
        for errand in errands:
            assert await house.desk.do(delivery.begin, errand, 60)
            await house.desk.do(delivery.sent, errand.id, errand.fence, "", f"x{errand.id}", "th")
            found += [errand] if errand.kind == "message" else []
    return found


async def fetch(house: House) -> int:
    """What is due is fetched; how many files that were."""
    due = await house.desk.look(attachments.due, house.clock.now, "shop", 100)
    for wanted in due:
        await house.desk.do(fetched, wanted.file)
    return len(due)


async def test_ten_files_at_the_same_moment_are_one_message_and_each_is_there_once(house: House) -> None:
    items = [item(house, number, "Look at these" if number == 1 else "") for number in range(1, 11)]
    received = await asyncio.gather(*(send(house, said) for said in [*items, *items[:3]]))
    outcomes = sorted(one.outcome for one in received)
    assert outcomes == ["again"] * 3 + ["joined"] * 9 + ["opened"]
    [number] = {one.ticket for one in received if one.ticket}
    [(message, names)] = await house.desk.look(told_of, number)
    assert message.text == "Look at these"
    assert sorted(names) == sorted(f"{n}.png" for n in range(1, 11))


@one_engine
async def test_they_are_shown_together_a_moment_after_the_last(house: House) -> None:
    await send(house, item(house, 1, "Look"))
    assert await carried(house) == [] and await fetch(house) == 0
    house.clock.advance(REST.total_seconds() * 0.6)
    await send(house, item(house, 2))
    house.clock.advance(REST.total_seconds() * 0.6)
    assert await fetch(house) == 1
    assert await carried(house) == [], "the second may have a third"
    house.clock.advance(REST.total_seconds())
    assert await fetch(house) == 1
    [errand] = await carried(house)
    assert [file.name for file in errand.files] == ["1.png", "2.png"]


@one_engine
async def test_what_comes_after_it_was_shown_is_a_message_of_its_own(house: House) -> None:
    first = await send(house, item(house, 1, "Look"))
    house.clock.advance(REST.total_seconds())
    await fetch(house)
    await carried(house)
    assert (await send(house, item(house, 2, "and this"))).ticket == first.ticket
    told = await house.desk.look(told_of, first.ticket or 0)
    assert [(message.text, names) for message, names in told] == [("Look", ["1.png"]), ("and this", ["2.png"])]


@one_engine
async def test_captions_are_joined_with_their_formatting(house: House) -> None:
    bold = (Span(0, 3, "bold"),)
    first = await send(house, replace(item(house, 1, "One"), spans=bold))
    await send(house, item(house, 2))
    await send(house, replace(item(house, 3, "Two"), spans=bold))
    [(message, _)] = await house.desk.look(told_of, first.ticket or 0)
    assert (message.text, message.spans) == ("One\nTwo", (Span(0, 3, "bold"), Span(4, 7, "bold")))


@one_engine
async def test_another_album_another_room_and_another_person_are_others(house: House) -> None:
    ticket = (await send(house, item(house, 1, "Mine"))).ticket or 0
    assert (await send(house, item(house, 2, "Next", album="78"))).ticket == ticket
    assert len(await house.desk.look(told_of, ticket)) == 2
    hers = await send(house, item(house, 3, "Hers", name="Anna", room="T-ANNA"))
    assert (hers.outcome, hers.ticket != ticket) == ("opened", True), "albums are numbered by each room for itself"
    forged = await send(house, item(house, 4, "Not mine", name="Anna"))
    assert forged.ticket != ticket
    assert len(await house.desk.look(told_of, ticket)) == 2


@one_engine
async def test_an_album_that_waits_for_a_choice_of_queue_waits_whole(house: House) -> None:
    queues = house.desk.directory.desk.queues
    games = replace(queues["games"], intake=(*queues["games"].intake, *queues["customers"].intake))
    desk = replace(house.desk.directory.desk, queues={**queues, "games": games})
    house.desk.directory = replace(house.desk.directory, desk=desk)
    outcomes = [(await send(house, item(house, number))).outcome for number in range(1, 4)]
    assert outcomes == ["undecided"] * 3
    decided = await house.desk.do(direct.decide, house.ids["Erik@shop"], queue_key="games")
    [(_, names)] = await house.desk.look(told_of, decided.ticket or 0)
    assert names == ["1.png", "2.png", "3.png"]


@one_engine
async def test_what_comes_after_a_command_below_the_first_file_goes_with_its_words(house: House) -> None:
    person, identity = await house.desk.do(people.identify, house.account("Erik", "shop"))
    asked = await house.desk.do(asking.ask, item(house, 1, "Not mine"), person, identity)
    assert (await send(house, item(house, 2))).outcome == "joined"
    [(_, names)] = await house.desk.look(told_of, asked.ticket or 0)
    assert names == ["1.png", "2.png"]

    game = await send(house, house.said("Anna", "It crashed", "900", connection="community"))
    place, first = Place("shop", "T-OMAR"), item(house, 1).files
    mine = game.ticket or 0, house.ids["Omar@shop"], ""
    await house.desk.do(replies.reply, *mine, enclosed=Enclosed(place, first, "79"))
    await send(house, item(house, 3, album="79", name="Omar", room="T-OMAR"))
    told = await house.desk.look(told_of, game.ticket or 0)
    assert [(message.role, names) for message, names in told] == [("requester", []), ("agent", ["1.png", "3.png"])]
    with pytest.raises(BadInput):
        await house.desk.do(replies.reply, *mine)
