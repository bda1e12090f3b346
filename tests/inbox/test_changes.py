"""Words that are changed or taken back, early, in time and late."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from inbox.desk import changes, claims, delivery, intake, replies
from inbox.errors import NothingToDo
from inbox.model import Deleted, Edited, Message, Said
from inbox.store import Tx, messages, people
from inbox.store.tables import early_change
from tests.house import House
from tests.inbox.deeds import one_engine
from tests.inbox.sending import arrive, deliver_all, lease, state_of
from tests.inbox.test_replies import claimed, on_its_way, says

INSIDE = ["note: she is rude", "!she is rude", "🔒 she is rude", "/she is rude"]


async def ready(house: House) -> int:
    """Anna's ticket, held by Omar, with nothing left to say."""
    number = await claimed(house)
    await deliver_all(house)
    return number


async def edit(
    house: House,
    message: Message | Said,
    text: str,
    version: str = "1",
    after: float = 1,
    mentions: tuple[str, ...] = (),
) -> None:
    """The author changes their words, `after` seconds from now."""
    assert message.place is not None
    external_id = message.external_id if isinstance(message, Message) else message.message_id
    at = house.clock.now + timedelta(seconds=after)
    await house.desk.do(changes.edit, Edited(message.place, external_id, text, at, version, (), mentions))


async def delete(house: House, message: Message | Said) -> None:
    assert message.place is not None
    external_id = message.external_id if isinstance(message, Message) else message.message_id
    await house.desk.do(changes.delete, Deleted(message.place, external_id, house.clock.now))


async def now(house: House, message: Message | Said) -> Message:
    """The words as they are stored now."""
    assert message.place is not None
    external_id = message.external_id if isinstance(message, Message) else message.message_id
    found = await house.desk.look(messages.by_external, message.place.connection, message.place.room, external_id)
    assert found is not None
    return found


def at_home(errands: list[Any]) -> list[tuple[str, str]]:
    """(kind, words) of what is brought to the requester of anybody's words."""
    return [(e.kind, e.message.text) for e in errands if e.side == "home" and e.message]


@pytest.mark.parametrize("text", INSIDE)
async def test_waiting_words_that_become_a_note_are_not_sent(house: House, text: str) -> None:
    number = await ready(house)
    message = await says(house, "Omar", "Have you tried water?", number)
    await edit(house, message, text)
    noted = await now(house, message)
    assert (noted.kind, noted.state) == ("note", "noted") and not await on_its_way(house, message)
    house.clock.advance(10)
    assert at_home(await lease(house)) == []


@pytest.mark.parametrize("text", INSIDE)
async def test_words_that_become_a_note_while_they_are_sent_are_taken_back(house: House, text: str) -> None:
    number = await ready(house)
    message = await says(house, "Omar", "Have you tried water?", number)
    house.clock.advance(10)
    (errand,) = [e for e in await lease(house) if e.is_reply]
    await edit(house, message, text)
    await arrive(house, errand, "copy-1")
    gone = [e for e in await lease(house) if e.kind in ("edit", "delete")]
    assert [(e.kind, e.target) for e in gone] == [("delete", "copy-1")]
    assert gone[0].message is not None and gone[0].message.deleted  # nobody draws what they say now
    assert (await now(house, message)).kind == "note"


@pytest.mark.parametrize("text", INSIDE)
async def test_sent_words_that_become_a_note_are_taken_back(house: House, text: str) -> None:
    number = await ready(house)
    message = await says(house, "Omar", "Have you tried water?", number)
    house.clock.advance(10)
    await deliver_all(house)
    await edit(house, message, text)
    kinds = [e.kind for e in await lease(house) if e.message and e.message.id == message.id]
    assert kinds == ["delete"]
    assert (await now(house, message)).kind == "note"


@one_engine
async def test_a_note_that_was_for_the_requester_once_is_changed_inside(house: House) -> None:
    """A platform may refuse to take back what it showed: whatever becomes of the note, nothing of it goes there."""
    number = await ready(house)
    message = await says(house, "Omar", "Press the button", number)
    house.clock.advance(10)
    await deliver_all(house)
    await edit(house, message, "note: she is rude")
    (gone,) = [e for e in await lease(house) if e.side == "home"]
    await house.desk.do(delivery.parked, gone.id, gone.fence, "It is too old to be deleted.", "gone")
    await edit(house, message, "she is very rude", "2", after=2)
    assert [e.kind for e in await deliver_all(house) if e.side == "home"] == []


async def test_a_note_stays_one_whatever_becomes_of_its_mark(house: House) -> None:
    number = await ready(house)
    message = await says(house, "Omar", "note: she is rude", number)
    await edit(house, message, "note: she is rude")  # the same again, as Slack tells of previews
    assert not (await now(house, message)).edited
    await edit(house, message, "she is rude", "2")
    await edit(house, message, "note: she is very rude", "3", 2)
    noted = await now(house, message)
    assert (noted.kind, noted.state, noted.text) == ("note", "noted", "she is very rude")
    assert not await on_its_way(house, message)


async def test_held_words_that_become_a_note_ask_nothing_any_more(house: House) -> None:
    number = await ready(house)
    at = house.clock.now
    house.clock.advance(1)
    await house.desk.do(intake.receive, house.said("Anna", "…"))
    await house.desk.do(claims.take_over, number, house.ids["Lisa"])
    message = await says(house, "Omar", "Sorry!", number, at=at)
    assert message.state == "held"
    await edit(house, message, "! she is rude")
    assert (await now(house, message)).state == "noted"


async def test_what_an_agent_wrote_in_the_open_is_open_whatever_they_make_of_it(house: House) -> None:
    said = house.said("Anna", "My screen is black", message_id="root")
    received = await house.desk.do(intake.receive, said)
    words = house.said("Omar", "Is it plugged in?", thread="root")
    await house.desk.do(intake.receive, words)
    await edit(house, words, "! Is it plugged in?")
    found = await now(house, words)
    assert (found.kind, found.text, found.ticket) == ("message", "! Is it plugged in?", received.ticket)


async def test_an_older_edit_told_late_is_history(house: House) -> None:
    said = house.said("Anna", "My scren is blak")
    await house.desk.do(intake.receive, said)
    await edit(house, said, "My screen is black", "2", 20)
    await edit(house, said, "My screen is blak", "1", 10)
    found = await now(house, said)
    versions = await house.desk.look(messages.versions, found.id)
    assert found.text == "My screen is black"
    assert [text for _, text, _ in versions] == ["My scren is blak", "My screen is blak"]


async def test_an_edit_told_before_its_words_is_made_when_they_come(house: House) -> None:
    said = house.said("Anna", "My scren is blak")
    await edit(house, said, "My screen is black!", "2", 20)
    await edit(house, said, "My screen is blak", "1", 10)
    await edit(house, said, "My screen is blak", "1", 10)
    await house.desk.do(intake.receive, said)
    found = await now(house, said)
    versions = await house.desk.look(messages.versions, found.id)
    assert found.text == "My screen is black!" and found.ticket is not None
    assert [text for _, text, _ in versions] == ["My scren is blak", "My screen is blak"]


async def test_a_note_mark_told_before_the_words_keeps_them_inside(house: House) -> None:
    number = await ready(house)
    said = house.said("Omar", "She is rude", "C-DESK", thread=f"card-{number}")
    await edit(house, said, "note: She is rude")
    await house.desk.do(intake.receive, said)
    found = await now(house, said)
    assert found.kind == "note" and not await on_its_way(house, found)


async def test_a_colleague_called_before_the_words_came_keeps_them_inside(house: House) -> None:
    number = await ready(house)
    said = house.said("Omar", "Is she always like that?", "C-DESK", thread=f"card-{number}")
    await edit(house, said, "@Lisa, is she always like that?", mentions=("U-LISA",))
    await house.desk.do(intake.receive, said)
    found = await now(house, said)
    assert found.kind == "note" and not await on_its_way(house, found)


async def test_words_deleted_before_they_came_are_not_sent(house: House) -> None:
    number = await ready(house)
    said = house.said("Omar", "oops", "C-DESK", thread=f"card-{number}")
    await delete(house, said)
    await house.desk.do(intake.receive, said)
    found = await now(house, said)
    assert found.deleted and found.state == "cancelled" and not await on_its_way(house, found)


def _kept(tx: Tx) -> int:
    return int(tx.run(select(func.count()).select_from(early_change)).scalar_one())


async def test_changes_of_words_that_never_come_are_let_go(house: House) -> None:
    for n in range(3):
        await edit(house, house.said("Anna", f"never came {n}"), "nor did this")
    assert await house.desk.look(_kept) == 3
    house.clock.advance(days=2)
    await edit(house, house.said("Anna", "another"), "nor did this")
    assert await house.desk.look(_kept) == 1


async def test_changes_of_words_that_were_not_for_us_are_not_kept(house: House) -> None:
    chatter = house.said("Omar", "lunch?")
    await house.desk.do(intake.receive, chatter)
    await edit(house, chatter, "lunch!")
    assert await house.desk.look(_kept) == 0


async def test_undo_takes_nothing_back_that_has_begun_to_go_out(house: House) -> None:
    """The copy for colleagues waits for its own room; what counts is the requester's."""
    number = await ready(house)
    written = await house.desk.do(replies.reply, number, house.ids["Omar"], "oops")
    house.clock.advance(10)
    found = await lease(house)
    home, desk = (next(e for e in found if e.message and e.side == side) for side in ("home", "desk"))
    await house.desk.do(delivery.give_back, [desk], [house.clock.now])
    with pytest.raises(NothingToDo):
        await house.desk.do(replies.undo, written.message_id, house.ids["Omar"])
    assert await state_of(house, written.message_id) == "waiting"
    await arrive(house, home)
    assert await state_of(house, written.message_id) == "sent"


async def test_undo_takes_the_copy_for_colleagues_along(house: House) -> None:
    number = await ready(house)
    written = await house.desk.do(replies.reply, number, house.ids["Omar"], "oops")
    await deliver_all(house)  # the requester's copy waits out the undo window
    await house.desk.do(replies.undo, written.message_id, house.ids["Omar"])
    assert [(e.kind, e.side) for e in await lease(house) if e.message] == [("delete", "desk")]


async def test_words_deleted_on_their_way_wait_no_longer(house: House) -> None:
    number = await ready(house)
    message = await says(house, "Omar", "oops", number)
    house.clock.advance(10)
    (errand,) = [e for e in await lease(house) if e.is_reply]
    await delete(house, message)
    await house.desk.do(delivery.retry, errand.id, errand.fence, house.clock.now, "Too many at once.")
    assert not [e for e in await lease(house) if e.is_reply]
    assert (await now(house, message)).state == "cancelled"


async def test_a_blocked_persons_edits_go_nowhere(house: House) -> None:
    said = house.said("Anna", "My screen is black")
    await house.desk.do(intake.receive, said)
    await house.desk.store.do(people.set_blocked, house.ids["Anna"], True)
    await edit(house, said, "You are all idiots")
    assert (await now(house, said)).text == "My screen is black"


async def test_the_newest_words_go_out_when_they_change_while_they_are_sent(house: House) -> None:
    number = await ready(house)
    message = await says(house, "Omar", "Pres the button", number)
    house.clock.advance(10)
    (errand,) = [e for e in await lease(house) if e.is_reply]
    await edit(house, message, "Press the button")
    await arrive(house, errand, "copy-1")
    (fix,) = [e for e in await lease(house) if e.kind == "edit"]
    assert fix.target == "copy-1" and fix.message is not None and fix.message.text == "Press the button"


async def test_an_edit_and_its_words_at_the_same_moment(house: House) -> None:
    """Two connections bring them in at once; in whichever order they commit, the newest words stand."""
    for n in range(20):
        said = house.said("Anna", f"scren {n}")
        edited = Edited(said.place, said.message_id, f"screen {n}", house.clock.now + timedelta(seconds=1), "1")
        await asyncio.gather(house.desk.do(intake.receive, said), house.desk.do(changes.edit, edited))
        assert (await now(house, said)).text == f"screen {n}"
        house.clock.advance(200)
