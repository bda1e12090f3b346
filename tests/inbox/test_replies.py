"""Words from the agents' side: what goes out, what stays inside, what waits for a decision."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import event

from inbox.desk import claims, delivery, intake, lifecycle, replies
from inbox.directory import ThreadMode
from inbox.errors import BadInput, NotFound, NothingToDo, NotHolder, WrongStatus
from inbox.model import Deleted, Edited, Message
from inbox.store import messages, outbox, people, threads, tickets
from tests.house import House, sample_directory
from tests.inbox.deeds import one_engine
from tests.inbox.sending import arrive, deliver_all, lease, state_of

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


@pytest.mark.parametrize("thread", ["mirror", "web"])
@pytest.mark.parametrize("told", ["never", "in vain"])
@one_engine
async def test_who_cannot_be_told_alone_is_told_in_the_thread_without_words_that_stay_in_the_web(
    house: House, thread: ThreadMode, told: str
) -> None:
    queues = house.desk.directory.desk.queues
    house.desk.directory = sample_directory(queues={**queues, "it": replace(queues["it"], thread=thread)})
    number, omar = await claimed(house), house.ids["Omar"]
    await house.desk.do(replies.reply, number, omar, "Your salary is 1")
    if told == "never":
        (account,) = await house.desk.look(people.identities, omar)
        await house.desk.store.do(people.set_unreachable, account.id, "They blocked the bot.")
    house.clock.advance(6)
    await house.desk.do(claims.take_over, number, house.ids["Lisa"])
    said = []
    for _ in range(5):
        for errand in await lease(house):
            if errand.kind == "direct":
                await house.desk.do(delivery.parked, errand.id, errand.fence, "They blocked the bot.", "blocked")
            else:
                await arrive(house, errand)
                said.append(errand)
    (notice,) = [e for e in said if e.say == "held.stale"]
    assert notice.side == "desk" and notice.facts["to"] == "Omar"
    assert notice.facts.get("quote", "") == ("Your salary is 1" if thread == "mirror" else "")


@one_engine
async def test_what_a_colleague_solved_meanwhile_stays_solved(house: House) -> None:
    number = await claimed(house, who="")
    message = await says(house, "Omar", "Press the button", number)
    await house.desk.do(claims.claim, number, house.ids["Lisa"])
    await house.desk.do(lifecycle.resolve, number, house.ids["Lisa"])
    with pytest.raises(NotHolder):
        await house.desk.do(replies.claim_and_send, message.id, house.ids["Omar"])
    ticket = await house.desk.look(tickets.get, number)
    assert ticket is not None and ticket.status == "resolved" and await state_of(house, message.id) == "noted"


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


@pytest.mark.parametrize("hours", [0, 1])
@one_engine
async def test_a_clock_that_is_set_back_makes_the_holders_words_no_hints(house: House, hours: int) -> None:
    """Omar claimed while the machine's clock was ahead; it is set right, and he writes."""
    number = await claimed(house)
    house.clock.advance(20, hours=-hours)
    message = await says(house, "Omar", "Try water", number)
    assert (message.kind, message.state) == ("message", "waiting")


async def test_a_mentioned_colleague_keeps_words_inside(house: House) -> None:
    number = await claimed(house)
    message = await says(house, "Omar", "@Lisa is she always like that?", number, mentions=("U-LISA",))
    assert message.kind == "note"


@one_engine
async def test_whoever_is_mentioned_it_is_one_look(house: House) -> None:
    number, looked = await claimed(house), []
    event.listen(house.desk.store.engine, "before_cursor_execute", lambda *_: looked.append(len(marks)))
    for marks in ["U-NOBODY"], [f"U-{n}" for n in range(300)], [*(f"U-{n}" for n in range(300)), "U-LISA"]:
        message = await says(house, "Omar", "Hello all", number, mentions=tuple(marks))
        assert message.kind == ("note" if "U-LISA" in marks else "message")
    assert looked.count(300) == looked.count(1)


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


@pytest.mark.parametrize(
    ("mentions", "sent", "becomes"),
    [
        (("U-LISA",), False, "note"),
        (("U-ANNA", "U-OMAR"), False, "message"),  # the requester, and Omar himself
        (("U-LISA",), True, "message"),  # it is with Anna already
    ],
)
@one_engine
async def test_an_edit_that_calls_a_colleague_keeps_waiting_words_inside(
    house: House, mentions: tuple[str, ...], sent: bool, becomes: str
) -> None:
    number = await claimed(house)
    message = await says(house, "Omar", "can you look?", number)
    if sent:
        house.clock.advance(6)
        await deliver_all(house)
    assert message.place is not None
    text = "@Somebody, can you look?"
    edited = Edited(message.place, message.external_id, text, house.clock.now, "1", mentions=mentions)
    await house.desk.do(intake.edit, edited)
    found = await house.desk.look(messages.get, message.id)
    assert found is not None and (found.kind, found.text) == (becomes, text)
    assert (await on_its_way(house, message) == []) is (sent or becomes == "note")


async def test_undo_takes_back_what_has_not_gone_out(house: House) -> None:
    number = await claimed(house)
    message = await says(house, "Omar", "oops", number)
    await house.desk.do(replies.undo, message.id, house.ids["Omar"])
    assert not await on_its_way(house, message)
    with pytest.raises(NothingToDo):
        await house.desk.do(replies.undo, message.id, house.ids["Omar"])


async def test_a_reply_by_command_claims_and_is_said_once(house: House) -> None:
    """OUT-05."""
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


@one_engine
async def test_an_answer_begun_before_the_ticket_was_handed_over_turns_no_microphone_on(house: House) -> None:
    number, lisa = await claimed(house, who=""), house.ids["Lisa"]
    await house.desk.do(claims.assign, number, house.ids["Omar"], lisa)
    written = await house.desk.do(replies.reply, number, lisa, "Hello Anna", fence=0)
    assert (written.verdict, written.ticket.microphone) == ("held_stale", False)
    written = await house.desk.do(replies.reply, number, lisa, "Hello Anna", fence=1)
    assert (written.verdict, written.ticket.microphone) == ("reply", True)


@pytest.mark.parametrize("text", ["", "   \n", "x" * 20_001])
async def test_words_that_cannot_be_sent_are_refused_with_a_reason(house: House, text: str) -> None:
    number = await claimed(house)
    with pytest.raises(BadInput):
        await house.desk.do(replies.reply, number, house.ids["Omar"], text)


async def test_words_after_resolve_wait_and_open_the_ticket_again_when_they_are_sent(house: House) -> None:
    number, omar = await claimed(house), house.ids["Omar"]
    await house.desk.do(lifecycle.resolve, number, omar)
    message = await says(house, "Omar", "one more thing", number)
    assert message.state == "held"
    written = await house.desk.do(replies.send_held, message.id, omar)
    assert (written.ticket.status, written.ticket.assignee_id, written.ticket.microphone) == ("open", omar, True)
    assert await on_its_way(house, message)


async def test_a_reply_that_another_solved_ticket_stopped_can_be_taken_over_and_sent(house: House) -> None:
    number, lead = await claimed(house), house.ids["Maja"]
    message = await says(house, "Omar", "Press the button", number)
    await house.desk.do(lifecycle.resolve, number, lead)
    house.clock.advance(10)
    await deliver_all(house)
    assert await state_of(house, message.id) == "held"
    written = await house.desk.do(replies.take_and_send, message.id, house.ids["Omar"])
    assert written.ticket.status == "open" and await on_its_way(house, message)


async def test_what_failed_on_a_solved_ticket_can_be_sent_again(house: House) -> None:
    number, omar = await claimed(house), house.ids["Omar"]
    await deliver_all(house)
    failing = []
    for text in ("Fixed!", "Really!"):
        message = await says(house, "Omar", text, number)
        house.clock.advance(10)
        (errand,) = [e for e in await lease(house) if e.is_reply]
        await house.desk.do(delivery.parked, errand.id, errand.fence, "The room is gone.", "gone")
        failing.append(message)
    await house.desk.do(lifecycle.resolve, number, omar)
    await house.desk.do(delivery.retry_message, failing[0].id, omar)  # the words belong to the solution
    ticket = await house.desk.look(tickets.get, number)
    assert ticket is not None and ticket.status == "resolved" and await on_its_way(house, failing[0])
    await house.desk.do(lifecycle.reopen, number, house.ids["Anna"])
    house.clock.advance(1)
    await house.desk.do(lifecycle.resolve, number, omar)
    await house.desk.do(delivery.retry_message, failing[1].id, omar)  # written before it was opened again
    ticket = await house.desk.look(tickets.get, number)
    assert ticket is not None and ticket.status == "open" and await on_its_way(house, failing[1])


async def test_closed_is_closed(house: House) -> None:
    number, omar = await claimed(house), house.ids["Omar"]
    await house.desk.do(lifecycle.resolve, number, omar)
    await house.desk.do(lifecycle.close, number, omar)
    message = await says(house, "Omar", "one more thing", number)
    for verb in (replies.send_held, replies.take_and_send):
        with pytest.raises(WrongStatus):
            await house.desk.do(verb, message.id, omar)
    assert await state_of(house, message.id) == "held"


async def test_a_colleagues_note_that_the_bot_shows_is_answered_inside(house: House) -> None:
    number = await claimed(house)
    note = await house.desk.do(replies.note, number, house.ids["Lisa"], "She is always like that")
    await deliver_all(house)
    (copy,) = await house.desk.look(messages.copies, note.message_id)
    message = await says(house, "Omar", "She is, isn't she?", number, reply_to=copy[2])
    assert message.kind == "note"


async def test_the_requesters_words_that_the_bot_shows_are_answered_outside(house: House) -> None:
    number = await claimed(house)
    await deliver_all(house)
    (asked,) = await house.desk.look(messages.of_ticket, number)
    (copy,) = await house.desk.look(messages.copies, asked.id)
    message = await says(house, "Omar", "Press the button", number, reply_to=copy[2])
    assert message.state == "waiting"


async def test_a_colleague_of_another_queue_is_a_colleague_and_the_requester_is_not(house: House) -> None:
    await house.desk.store.do(people.set_members, "games", {house.ids["Erik"]: "agent", house.ids["Anna"]: "agent"})
    number = await claimed(house)
    to_erik = await says(house, "Omar", "@Erik do you know her?", number, mentions=("U-ERIK",))
    to_anna = await says(house, "Omar", "@Anna press the button", number, mentions=("U-ANNA",))
    assert (to_erik.kind, to_anna.kind) == ("note", "message")


async def test_words_told_out_of_order_go_out_as_they_were_written(house: House) -> None:
    number = await claimed(house)
    await deliver_all(house)
    at = house.clock.now
    for seconds, text in ((2, "third"), (0, "first"), (1, "second")):
        await says(house, "Omar", text, number, at=at + timedelta(seconds=seconds))
    house.clock.advance(10)
    assert [e.message.text for e in await deliver_all(house) if e.is_reply and e.message] == [
        "first",
        "second",
        "third",
    ]


async def test_words_by_command_are_shown_to_colleagues_once(house: House) -> None:
    number = await claimed(house)
    written = await house.desk.do(replies.reply, number, house.ids["Omar"], "Press the button")
    house.clock.advance(6)
    await house.desk.do(claims.take_over, number, house.ids["Lisa"])
    await deliver_all(house)
    assert await state_of(house, written.message_id) == "held"
    await house.desk.do(replies.keep_as_note, written.message_id, house.ids["Omar"])
    await deliver_all(house)
    assert len(await house.desk.look(messages.copies, written.message_id)) == 1


async def test_a_queue_that_keeps_its_words_in_the_web_shows_none_in_a_room(house: House) -> None:
    queues = house.desk.directory.desk.queues
    house.desk.directory = sample_directory(queues={**queues, "it": replace(queues["it"], thread="web")})
    number, omar = await claimed(house), house.ids["Omar"]
    await house.desk.do(replies.reply, number, omar, "Your salary is 1")
    await house.desk.do(replies.note, number, omar, "Her salary is 1")
    held = await house.desk.do(replies.reply, number, house.ids["Lisa"], "Her salary is 2")
    await house.desk.do(replies.keep_as_note, held.message_id, house.ids["Lisa"])
    house.clock.advance(10)
    assert [e.kind for e in await deliver_all(house) if e.message and e.side == "desk"] == []


async def test_where_only_commands_speak_no_button_is_offered_that_speaks(house: House) -> None:
    queues = house.desk.directory.desk.queues
    house.desk.directory = sample_directory(queues={**queues, "it": replace(queues["it"], voice="explicit")})
    number = await claimed(house, who="")
    await says(house, "Omar", "She earns 1", number)
    (hint,) = [e for e in await deliver_all(house) if e.kind == "whisper"]
    assert (hint.say, hint.actions) == ("hint.explicit", (f"replyform:{number}",))


async def test_notes_by_command_are_noted(house: House) -> None:
    number = await claimed(house)
    written = await house.desk.do(replies.note, number, house.ids["Lisa"], "VIP")
    message = await house.desk.look(messages.get, written.message_id)
    assert message is not None and (message.kind, message.state) == ("note", "noted")
    ticket = await house.desk.look(tickets.get, number)
    assert ticket is not None and ticket.assignee_id == house.ids["Omar"]
