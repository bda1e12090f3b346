"""Words from the agents' side: what goes out, what stays inside, what waits for a decision."""

import pytest

from inbox.desk import claims, intake, lifecycle, replies
from inbox.errors import BadInput, NotFound, NothingToDo, WrongStatus
from inbox.model import Deleted, Edited, Message
from inbox.store import messages, outbox, threads, tickets
from tests.house import House

DESK = "C-DESK"


async def claimed(house: House, who: str = "Omar", text: str = "My screen is black") -> int:
    """A ticket of Anna's, with its card posted in #it-desk as "card-N", held by `who`."""
    house.clock.advance(130)
    received = await house.desk.do(intake.receive, house.said("Anna", text))
    number = received.ticket
    assert number is not None
    thread = await house.desk.look(threads.desk, number)
    assert thread is not None
    card = f"card-{number}"
    await house.desk.store.do(threads.change, thread.id, external_id=card, root=card, card_id=card)
    if who:
        await house.desk.do(claims.claim, number, house.ids[who])
        house.clock.advance(1)
    return number


async def says(house: House, who: str, text: str, number: int, **more: object) -> Message:
    """Somebody writes in the ticket's desk thread; returns the stored message."""
    said = house.said(who, text, DESK, thread=f"card-{number}", **more)  # type: ignore[arg-type]
    await house.desk.do(intake.receive, said)
    found = await house.desk.look(messages.by_external, "acme", DESK, said.message_id)
    assert found is not None
    return found


async def on_its_way(house: House, message: Message) -> list[str]:
    """Kinds and rooms of the queued rows that carry the message."""
    rows = await house.desk.look(outbox.of_message, message.id)
    return [row.kind for row in rows if row.state == "queued" and row.kind == "message"]


async def test_the_holders_words_wait_out_the_undo_window(house: House) -> None:
    number = await claimed(house)
    message = await says(house, "Omar", "Press the button on its back", number)
    assert (message.kind, message.state, message.fence) == ("message", "waiting", 1)
    (row,) = await house.desk.look(outbox.of_message, message.id)
    assert (row.not_before - house.clock.now).total_seconds() == 5


async def test_a_colleagues_words_stay_inside(house: House) -> None:
    number = await claimed(house)
    message = await says(house, "Lisa", "She always has trouble with that", number)
    assert (message.kind, message.state) == ("note", "noted") and not await on_its_way(house, message)


async def test_unclaimed_words_are_a_note_and_can_be_claimed_and_sent(house: House) -> None:
    number = await claimed(house, who="")
    message = await says(house, "Omar", "Press the button", number)
    assert message.kind == "note"
    written = await house.desk.do(replies.claim_and_send, message.id, house.ids["Omar"])
    assert written.ticket.assignee_id == house.ids["Omar"]
    sent = await house.desk.look(messages.get, message.id)
    assert sent is not None and (sent.kind, sent.state, sent.fence) == ("message", "waiting", 1)


async def test_first_words_after_an_assignment_wait(house: House) -> None:
    number = await claimed(house, who="")
    await house.desk.do(claims.assign, number, house.ids["Omar"], house.ids["Lisa"])
    house.clock.advance(1)
    message = await says(house, "Lisa", "Is that the one with the rude manager?", number)
    assert message.state == "held" and not await on_its_way(house, message)
    await house.desk.do(replies.keep_as_note, message.id, house.ids["Lisa"])
    kept = await house.desk.look(messages.get, message.id)
    assert kept is not None and (kept.kind, kept.state) == ("note", "noted")
    second = await says(house, "Lisa", "Hello Anna", number)
    await house.desk.do(replies.send_held, second.id, house.ids["Lisa"])
    third = await says(house, "Lisa", "it is fixed", number)
    assert third.state == "waiting"  # the microphone is on now


async def test_words_delivered_after_a_take_over_are_held(house: House) -> None:
    number = await claimed(house)
    written_at = house.clock.now
    house.clock.advance(10)
    await house.desk.do(claims.take_over, number, house.ids["Lisa"])
    message = await says(house, "Omar", "Sorry for the wait!", number, at=written_at)
    assert message.state == "held"
    with pytest.raises(NotFound):
        await house.desk.do(replies.take_and_send, message.id, house.ids["Lisa"])  # not her words
    written = await house.desk.do(replies.take_and_send, message.id, house.ids["Omar"])
    assert written.ticket.assignee_id == house.ids["Omar"] and written.ticket.fence == 3


async def test_a_mentioned_colleague_keeps_words_inside(house: House) -> None:
    number = await claimed(house)
    message = await says(house, "Omar", "@Lisa is she always like that?", number, mentions=("U-LISA",))
    assert message.kind == "note"


async def test_words_deleted_in_the_undo_window_are_never_sent(house: House) -> None:
    number = await claimed(house)
    message = await says(house, "Omar", "oops", number)
    assert message.place is not None
    deleted = Deleted(message.place, message.external_id, house.clock.now)
    await house.desk.do(intake.delete, deleted)
    gone = await house.desk.look(messages.get, message.id)
    assert gone is not None and gone.deleted and gone.state == "cancelled" and not await on_its_way(house, message)


async def test_words_edited_in_the_undo_window_are_sent_as_edited(house: House) -> None:
    number = await claimed(house)
    message = await says(house, "Omar", "pres the buton", number)
    assert message.place is not None
    edited = Edited(message.place, message.external_id, "Press the button", house.clock.now, "1")
    for _ in range(2):  # delivered twice: one version
        await house.desk.do(intake.edit, edited)
    found = await house.desk.look(messages.get, message.id)
    versions = await house.desk.look(messages.versions, message.id)
    assert found is not None and found.text == "Press the button"
    assert [text for _, text, _ in versions] == ["pres the buton"]


async def test_undo_takes_back_what_has_not_gone_out(house: House) -> None:
    number = await claimed(house)
    message = await says(house, "Omar", "oops", number)
    await house.desk.do(replies.undo, message.id, house.ids["Omar"])
    assert not await on_its_way(house, message)
    with pytest.raises(NothingToDo):
        await house.desk.do(replies.undo, message.id, house.ids["Omar"])


async def test_a_reply_by_command_claims_and_is_said_once(house: House) -> None:
    number = await claimed(house, who="")
    omar = house.ids["Omar"]
    first = await house.desk.do(replies.reply, number, omar, " It works again. ", key="k1")
    assert first.verdict == "reply" and first.ticket.assignee_id == omar
    with pytest.raises(NothingToDo):
        await house.desk.do(replies.reply, number, omar, "It works again.", key="k1")
    spoken = [m for m in await house.desk.look(messages.of_ticket, number) if m.role == "agent"]
    assert [m.text for m in spoken] == ["It works again."]


async def test_a_reply_to_somebody_elses_ticket_is_held(house: House) -> None:
    number = await claimed(house)
    written = await house.desk.do(replies.reply, number, house.ids["Lisa"], "Hello Anna")
    assert written.verdict == "held_stale"
    message = await house.desk.look(messages.get, written.message_id)
    assert message is not None and message.state == "held" and not await on_its_way(house, message)
    await house.desk.do(replies.discard, message.id, house.ids["Lisa"])
    with pytest.raises(NothingToDo):
        await house.desk.do(replies.discard, message.id, house.ids["Lisa"])


@pytest.mark.parametrize("text", ["", "   \n", "x" * 20_001])
async def test_words_that_cannot_be_sent_are_refused_with_a_reason(house: House, text: str) -> None:
    number = await claimed(house)
    with pytest.raises(BadInput):
        await house.desk.do(replies.reply, number, house.ids["Omar"], text)


async def test_words_after_resolve_wait(house: House) -> None:
    number = await claimed(house)
    await house.desk.do(lifecycle.resolve, number, house.ids["Omar"])
    message = await says(house, "Omar", "what a day", number)
    assert message.state == "held"
    with pytest.raises(WrongStatus):
        await house.desk.do(replies.send_held, message.id, house.ids["Omar"])


async def test_notes_by_command_are_noted(house: House) -> None:
    number = await claimed(house)
    written = await house.desk.do(replies.note, number, house.ids["Lisa"], "VIP")
    message = await house.desk.look(messages.get, written.message_id)
    assert message is not None and (message.kind, message.state) == ("note", "noted")
    ticket = await house.desk.look(tickets.get, number)
    assert ticket is not None and ticket.assignee_id == house.ids["Omar"]
