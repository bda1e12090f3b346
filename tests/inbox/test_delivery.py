"""The outbox hands out what may be said, and knows what became of it."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from inbox.desk import asking, claims, delivery, intake, lifecycle, outgoing, replies
from inbox.desk.errand import Errand
from inbox.model import Deleted, Edited, Place
from inbox.store import Tx, copies, messages, outbox, people, threads, tickets
from tests.bots.office import once
from tests.house import House
from tests.inbox.sending import (
    LEASE,
    anna_asks,
    arrive,
    begin,
    deliver_all,
    events_of,
    hand_out,
    lease,
    omar_adds,
    omar_answers,
    rows,
    state_of,
    tell,
    tell_room,
    tell_thread,
)


async def desk_thread(house: House, number: int) -> Any:
    return await house.desk.do(lambda tx, now: threads.desk(tx, number))


def of_kind(errands: list[Errand], kind: str, side: str = "") -> Errand:
    return next(e for e in errands if e.kind == kind and (not side or e.side == side))


async def test_what_anna_asked_is_announced_in_order(house: House) -> None:
    """The receipt goes to her; the card makes the thread, and only then her words follow into it."""
    number = await anna_asks(house)
    first = await lease(house)
    assert [(e.kind, e.side) for e in first] == [("notice", "home"), ("card", "desk")]
    receipt, card = first
    assert receipt.place == Place("acme", "C-HELP", "m1", "m1") and receipt.say == "receipt"
    assert card.card is not None and (card.card.number, card.card.subject) == (number, "The printer is on fire")
    assert card.place == Place("acme", "C-DESK") and card.target == ""
    assert await lease(house) == []

    assert await arrive(house, card, "card1", thread="thread1")
    (words,) = await lease(house)
    assert words.kind == "message" and words.place == Place("acme", "C-DESK", "thread1", "card1")
    assert words.author == "Anna" and words.message is not None and words.message.text == "The printer is on fire"
    thread = await desk_thread(house, number)
    assert (thread.external_id, thread.root, thread.card_id) == ("thread1", "card1", "card1")


@once
async def test_a_card_is_edited_from_then_on(house: House) -> None:
    number = await anna_asks(house)
    await deliver_all(house)
    await house.desk.do(claims.claim, number, house.ids["Omar"])
    (card,) = await lease(house)
    thread = await desk_thread(house, number)
    assert card.target == thread.card_id and card.card is not None and card.card.holder == "Omar"


@once
async def test_a_reply_chain_hangs_on_the_card(house: House) -> None:
    """Where a room has no threads, what follows answers the card."""
    number = await anna_asks(house)
    await arrive(house, of_kind(await lease(house), "card"), "card1", thread="")
    (words,) = await lease(house)
    assert words.place == Place("acme", "C-DESK", "", "card1")
    assert (await desk_thread(house, number)).external_id == ""


async def test_a_reply_is_signed_with_the_first_name_and_counts_once_it_was_sent(house: House) -> None:
    number = await anna_asks(house)
    await deliver_all(house)
    message_id = await omar_answers(house, number)
    house.clock.advance(10)
    found = await lease(house)
    words = of_kind(found, "message", "home")
    assert (words.author, words.language) == ("Omar", "en")
    assert await state_of(house, message_id) == "waiting"
    assert await arrive(house, words)
    assert await state_of(house, message_id) == "sent"
    happened = await events_of(house, number)
    assert "delivered" in happened and "replied" in happened


async def test_a_stale_reply_is_held_and_its_author_decides(house: House) -> None:
    """Omar's words wait in the undo window; Maja puts the ticket back; his words are not sent, and he is asked."""
    number = await anna_asks(house)
    await deliver_all(house)
    message_id = await omar_answers(house, number)
    await house.desk.do(claims.release, number, house.ids["Maja"])
    house.clock.advance(10)
    sent = await deliver_all(house)
    assert not [e for e in sent if e.is_reply]
    assert await state_of(house, message_id) == "held"
    told = next(e for e in sent if e.say == "held.stale")
    assert told.kind == "direct" and told.account == "U-OMAR"
    assert told.actions == (f"takesend:{message_id}", f"asnote:{message_id}", f"discard:{message_id}")
    assert told.facts["quote"] == "It is out now"
    assert "reply_held" in await events_of(house, number)

    await house.desk.do(replies.take_and_send, message_id, house.ids["Omar"])
    assert any(e.is_reply for e in await deliver_all(house))
    assert await state_of(house, message_id) == "sent"


@once
async def test_words_written_in_the_thread_are_marked(house: House) -> None:
    number = await anna_asks(house)
    await deliver_all(house)
    thread = await desk_thread(house, number)
    await house.desk.do(claims.claim, number, house.ids["Omar"])
    said = house.said("Omar", "Pull the plug", "C-DESK", thread=thread.external_id, message_id="o1")
    await house.desk.do(intake.receive, said)
    house.clock.advance(10)
    marks = [e for e in await deliver_all(house) if e.kind == "mark"]
    assert [(e.say, e.target, e.place.room) for e in marks] == [("sent", "o1", "C-DESK")]


async def test_resolving_does_not_hold_ones_own_last_words_but_another_resolving_does(house: House) -> None:
    number = await anna_asks(house)
    await deliver_all(house)
    message_id = await omar_answers(house, number, "Fixed!")
    await house.desk.do(lifecycle.resolve, number, house.ids["Omar"])
    house.clock.advance(10)
    assert any(e.is_reply for e in await deliver_all(house))
    assert await state_of(house, message_id) == "sent"

    other = await anna_asks(house, "And now the scanner")
    await deliver_all(house)
    held = await omar_answers(house, other, "Looking into it")
    await house.desk.do(lifecycle.resolve, other, house.ids["Maja"])
    house.clock.advance(10)
    said = [e.say for e in await deliver_all(house)]
    assert "held.resolved" in said and await state_of(house, held) == "held"


@once
async def test_what_was_taken_back_is_not_said(house: House) -> None:
    number = await anna_asks(house)
    await deliver_all(house)
    message_id = await omar_answers(house, number)
    await house.desk.do(lambda tx, now: messages.change(tx, message_id, deleted_at=now))
    house.clock.advance(10)
    assert not [e for e in await deliver_all(house) if e.is_reply]
    (row,) = [r for r in await rows(house) if r.message_id == message_id and r.thread_id and r.payload == {}][:1]
    assert row.state == "cancelled"


@once
async def test_an_edit_during_the_send_goes_after_it(house: House) -> None:
    """Anna corrects herself while her words are on their way to the desk."""
    await anna_asks(house)
    await arrive(house, of_kind(await lease(house), "card"), "card1", thread="card1")
    (words,) = await lease(house)
    edited = Edited(Place("acme", "C-HELP"), "m1", "The printer is on FIRE", house.clock.now, "v2")
    await house.desk.do(intake.edit, edited)
    await arrive(house, words, "copy1")
    (edit,) = await lease(house)
    assert (edit.kind, edit.target, edit.place) == ("edit", "copy1", Place("acme", "C-DESK", "card1", "card1"))
    assert edit.message is not None and edit.message.text == "The printer is on FIRE"


@once
async def test_a_delete_during_the_send_goes_after_it(house: House) -> None:
    await anna_asks(house)
    await arrive(house, of_kind(await lease(house), "card"), "card1", thread="card1")
    (words,) = await lease(house)
    await house.desk.do(intake.delete, Deleted(Place("acme", "C-HELP"), "m1", house.clock.now))
    await arrive(house, words, "copy1")
    (delete,) = await lease(house)
    assert (delete.kind, delete.target) == ("delete", "copy1")


async def test_a_parked_card_parks_what_needs_its_thread_and_a_new_card_revives_it(house: House) -> None:
    number = await anna_asks(house)
    card = of_kind(await lease(house), "card")
    reason = "The bot is not in #it-desk."
    assert await house.desk.do(delivery.parked, card.id, card.fence, reason, "forbidden")
    assert not [e for e in await lease(house) if e.side == "desk"]
    (words,) = [r for r in await rows(house) if r.kind == "message"]
    assert (words.state, words.reason) == ("parked", reason)
    assert "delivery_failed" in await events_of(house, number)

    await house.desk.do(claims.claim, number, house.ids["Omar"])
    again = of_kind(await lease(house), "card")
    await arrive(house, again, "card1", thread="card1")
    assert [e.kind for e in await lease(house)] == ["message"]


@pytest.mark.parametrize("engine_name", ["postgres"])
async def test_leasing_waits_for_nobody_who_works_on_a_ticket(house: House) -> None:
    """Whoever does may wait for the rows that are being leased: they would wait in a circle."""
    number = await anna_asks(house)
    (card,) = [e for e in await lease(house) if e.kind == "card"]
    await house.desk.do(delivery.parked, card.id, card.fence, "The bot is not in #it-desk.", "forbidden")
    with house.desk.store.engine.connect() as connection:
        tickets.lock(Tx(connection, house.desk.directory), number)
        (words,) = await asyncio.wait_for(hand_out(house), 10)
    assert await begin(house, words) is None
    assert (await state_of_row(house, words.id)) == "parked"


async def state_of_row(house: House, row_id: int) -> str:
    return next(str(row.state) for row in await rows(house) if row.id == row_id)


async def test_a_reply_that_failed_is_told_and_sent_again(house: House) -> None:
    number = await anna_asks(house)
    await deliver_all(house)
    message_id = await omar_answers(house, number)
    house.clock.advance(10)
    words = next(e for e in await lease(house) if e.is_reply)
    await house.desk.do(delivery.parked, words.id, words.fence, "The channel is archived.", "gone")
    assert await state_of(house, message_id) == "failed"
    told = next(e for e in await deliver_all(house) if e.say == "failed.reply")
    assert told.actions[0] == f"retry:{message_id}" and told.facts["reason"] == "The channel is archived."

    await house.desk.do(delivery.retry_message, message_id, house.ids["Omar"])
    assert any(e.is_reply for e in await deliver_all(house))
    assert await state_of(house, message_id) == "sent"


@once
async def test_only_the_holder_sends_again(house: House) -> None:
    number = await anna_asks(house)
    await deliver_all(house)
    message_id = await omar_answers(house, number)
    house.clock.advance(10)
    words = next(e for e in await lease(house) if e.is_reply)
    await house.desk.do(delivery.unknown, words.id, words.fence, "No answer.")
    assert await state_of(house, message_id) == "unknown"
    refused = await refusal(house, message_id, "Lisa")
    assert refused == "error.not_holder"
    await house.desk.do(delivery.retry_message, message_id, house.ids["Omar"])
    assert await refusal(house, message_id, "Omar") == "error.nothing"


async def refusal(house: House, message_id: int, who: str) -> str:
    from inbox.errors import DeskError

    try:
        await house.desk.do(delivery.retry_message, message_id, house.ids[who])
    except DeskError as error:
        return error.say
    return ""


@once
async def test_a_requester_who_blocked_the_bot_is_flagged_once(house: House) -> None:
    number = await anna_asks(house)
    await deliver_all(house)
    await omar_answers(house, number)
    await omar_adds(house, number, "Are you there?")
    house.clock.advance(10)
    for _ in range(2):
        words = next(e for e in await lease(house) if e.is_reply)
        await house.desk.do(delivery.parked, words.id, words.fence, "Anna has blocked the bot.", "blocked")
    assert (await events_of(house, number)).count("requester_unreachable") == 1
    identities = await house.desk.do(lambda tx, now: people.identities(tx, house.ids["Anna"]))
    assert identities[0].unreachable == "Anna has blocked the bot."
    assert [r.payload.get("say") for r in await rows(house)].count("failed.unreachable") == 1


@once
@pytest.mark.parametrize("ends", ["blocked", "gone", "unknown"])
async def test_agents_are_told_of_a_receipt_that_failed_before_their_card_stands(house: House, ends: str) -> None:
    """Anna asked with a form; her direct messages, where the talk would be, are closed to the bot."""
    number = await anna_fills_a_form(house)
    errands = await lease(house)
    card, receipt = of_kind(errands, "card"), of_kind(errands, "direct")
    failed = (receipt.id, receipt.fence, "They take no messages.")
    if ends == "unknown":
        assert await house.desk.do(delivery.unknown, *failed)
    else:
        assert await house.desk.do(delivery.parked, *failed, ends)
    assert await lease(house) == []  # it waits for the card
    await arrive(house, card, thread="t1")
    told = [(e.say, e.side, e.place.thread) for e in await deliver_all(house) if e.kind == "notice"]
    assert told == [("failed.unreachable", "desk", "t1")]
    assert (await events_of(house, number)).count("requester_unreachable") == 1


@once
async def test_nobody_is_told_for_ever_in_a_thread_that_is_never_made(house: House) -> None:
    await anna_fills_a_form(house)
    errands = await lease(house)
    card, receipt = of_kind(errands, "card"), of_kind(errands, "direct")
    await house.desk.do(delivery.parked, card.id, card.fence, "The room is gone.", "gone")
    await house.desk.do(delivery.parked, receipt.id, receipt.fence, "They take no messages.", "blocked")
    assert await deliver_all(house) == []
    assert sorted((row.kind, row.state) for row in await rows(house)) == [
        ("card", "parked"),
        ("direct", "parked"),
        ("message", "parked"),
    ]


async def anna_fills_a_form(house: House) -> int:
    by = house.account("Anna")
    anna, identity = await house.desk.do(people.identify, by)
    filled = asking.Filled("it", "", "My screen is black")
    received = await house.desk.do(asking.fill, by, anna, identity, filled)
    assert received.ticket
    return received.ticket


@once
async def test_an_agent_who_closed_direct_messages_is_told_in_the_desk_thread(house: House) -> None:
    number = await anna_asks(house)
    await deliver_all(house)
    await tell(house, "Omar", number, "claim.reopened", ticket=number, by="Anna")
    (told,) = await lease(house)
    await house.desk.do(delivery.parked, told.id, told.fence, "Direct messages are closed.", "blocked")
    (notice,) = await lease(house)
    assert (notice.kind, notice.say, notice.facts["to"], notice.side) == ("notice", "claim.reopened", "Omar", "desk")


@once
async def test_a_link_for_one_person_never_goes_to_a_room(house: House) -> None:
    await tell(house, "Omar", None, "answer.desk", link="secret")
    (told,) = await lease(house)
    await house.desk.do(delivery.parked, told.id, told.fence, "Direct messages are closed.", "blocked")
    assert await lease(house) == []


async def test_a_lease_that_ran_out_is_handed_out_as_doubtful_and_the_first_holder_records_nothing(
    house: House,
) -> None:
    await anna_asks(house)
    before = house.clock.now
    first = of_kind(await lease(house), "card")
    house.clock.advance(LEASE - 1)
    assert await lease(house, owner="two") == []
    house.clock.advance(1)
    second = of_kind(await lease(house, owner="two"), "card")
    assert second.id == first.id and second.fence == first.fence + 1
    assert first.doubt_since is None and second.doubt_since == before
    assert not await arrive(house, first)
    assert not await house.desk.do(delivery.retry, first.id, first.fence, house.clock.now, "slow")
    assert not await house.desk.do(delivery.parked, first.id, first.fence, "slow", "gone")
    assert await arrive(house, second, "card1", thread="card1")


async def test_doubt_stays_until_it_is_settled(house: House) -> None:
    """Given back or doubted again, a row that may have arrived is still one that may have arrived."""
    await anna_asks(house)
    began = house.clock.now
    card = of_kind(await lease(house), "card")
    await house.desk.do(delivery.doubt, card.id, card.fence, began + timedelta(seconds=5), "No answer.")
    assert not [e for e in await lease(house) if e.kind == "card"]
    house.clock.advance(5)
    card = of_kind(await hand_out(house), "card")
    assert card.doubt_since == began and card.attempts == 1
    await house.desk.do(delivery.give_back, [card], [house.clock.now])
    card = of_kind(await lease(house), "card")
    assert card.doubt_since == began and card.attempts == 1
    await house.desk.do(delivery.retry, card.id, card.fence, house.clock.now, "It did not arrive.")
    card = of_kind(await lease(house), "card")
    assert card.doubt_since is None and card.attempts == 2


async def test_a_doubtful_reply_whose_claim_moved_is_only_looked_for(house: House) -> None:
    number = await anna_asks(house)
    await deliver_all(house)
    message_id = await omar_answers(house, number)
    house.clock.advance(10)
    assert any(e.is_reply for e in await lease(house))
    house.clock.advance(LEASE)
    await house.desk.do(claims.take_over, number, house.ids["Lisa"])
    words = next(e for e in await lease(house) if e.is_reply)
    assert words.stale
    await house.desk.do(delivery.hold, words.id, words.fence)
    assert await state_of(house, message_id) == "held"


# Posts of several messages


async def long_words(house: House, *parts: str) -> Errand:
    """Anna's words, shown at the desk in several messages; returns what brought them there."""
    await anna_asks(house)
    await arrive(house, of_kind(await lease(house), "card"), "card1", thread="card1")
    (words,) = await lease(house)
    await house.desk.do(delivery.sent, words.id, words.fence, "", parts[0], "", words.message.text, parts)  # type: ignore[union-attr]
    return words


async def parts_of(house: House, external_id: str) -> tuple[str, ...]:
    return await house.desk.look(copies.parts, "acme", "C-DESK", external_id)


async def anna_edits(house: House, text: str) -> Errand:
    edited = Edited(Place("acme", "C-HELP"), "m1", text, house.clock.now, text)
    await house.desk.do(intake.edit, edited)
    (edit,) = await lease(house)
    return edit


async def test_a_change_of_a_post_in_several_messages_is_of_all_of_them(house: House) -> None:
    await long_words(house, "p9", "p10", "p11")
    edit = await anna_edits(house, "longer")
    assert (edit.kind, edit.target, edit.parts) == ("edit", "p9", ("p9", "p10", "p11"))
    await house.desk.do(delivery.sent, edit.id, edit.fence, "", "", "", None, ("p9", "p10", "p11", "p30"))
    edit = await anna_edits(house, "shorter")
    assert edit.parts == ("p9", "p10", "p11", "p30")
    await house.desk.do(delivery.sent, edit.id, edit.fence, "", "", "", None, ("p9", "p30"))
    await house.desk.do(intake.delete, Deleted(Place("acme", "C-HELP"), "m1", house.clock.now))
    (delete,) = await lease(house)
    assert (delete.kind, delete.parts) == ("delete", ("p9", "p30"))
    assert await parts_of(house, "p10") == ("p10",)


@once
async def test_any_message_of_a_post_leads_to_its_ticket(house: House) -> None:
    words = await long_words(house, "p9", "p10")
    for part in ("p9", "p10"):
        found = await house.desk.look(outbox.thread_of_copy, "acme", "C-DESK", part)
        assert found is not None and found.ticket == words.ticket
        assert await parts_of(house, part) == ("p9", "p10")


@once
async def test_a_post_that_is_there_twice_is_changed_message_by_message(house: House) -> None:
    """Somebody else's second post of the same words is no further part of the first."""
    words = await long_words(house, "p9", "p10")
    assert not await house.desk.do(delivery.sent, words.id, words.fence, "", "x1", "", None, ("x1", "x2"))
    assert await parts_of(house, "p9") == ("p9",)
    edit = await anna_edits_all(house)
    assert edit == [("p9",), ("x1",)]


async def anna_edits_all(house: House) -> list[tuple[str, ...]]:
    await house.desk.do(intake.edit, Edited(Place("acme", "C-HELP"), "m1", "other", house.clock.now, "v"))
    return sorted(e.parts for e in await lease(house) if e.kind == "edit")


# What was leased and has not begun


async def test_what_had_not_begun_when_its_sender_died_is_leased_again_as_if_nothing_had_been(house: House) -> None:
    await anna_asks(house)
    (first, _) = await hand_out(house)
    house.clock.advance(LEASE)
    again = next(e for e in await lease(house, owner="two") if e.id == first.id)
    assert (again.doubt_since, again.attempts, again.fence) == (None, 0, first.fence + 1)
    assert await begin(house, first) is None
    assert not await arrive(house, first)


async def test_a_process_that_starts_takes_back_at_once_what_others_have_not_begun(house: House) -> None:
    await anna_asks(house)
    begun, waiting = await hand_out(house)
    assert await begin(house, begun)
    assert await house.desk.do(delivery.take_back, "one") == 0
    assert await house.desk.do(delivery.take_back, "two") == 1
    assert await begin(house, waiting) is None  # whoever lives after all finds it out
    assert [(e.id, e.doubt_since) for e in await lease(house, owner="two")] == [(waiting.id, None)]
    house.clock.advance(LEASE)
    doubtful = next(e for e in await lease(house, owner="two") if e.id == begun.id)
    assert doubtful.doubt_since is not None and doubtful.attempts == 1


async def test_a_lease_that_is_renewed_goes_on_and_what_was_given_back_is_not_renewed(house: House) -> None:
    await anna_asks(house)
    kept, back = await hand_out(house)
    await house.desk.do(delivery.give_back, [back], [house.clock.now])
    house.clock.advance(LEASE - 1)
    await house.desk.do(delivery.renew, [kept, back], LEASE)
    house.clock.advance(LEASE - 1)
    assert [e.id for e in await lease(house, owner="two")] == [back.id]
    assert await begin(house, kept)


@once
async def test_words_can_be_taken_back_until_their_sending_begins(house: House) -> None:
    number = await anna_asks(house)
    await deliver_all(house)
    message_id = await omar_answers(house, number)
    house.clock.advance(10)
    words = next(e for e in await hand_out(house) if e.is_reply)
    await house.desk.do(replies.undo, message_id, house.ids["Omar"])
    assert await begin(house, words) is None
    assert await state_of(house, message_id) == "cancelled"


async def test_a_claim_that_moves_before_the_sending_begins_holds_the_reply(house: House) -> None:
    number = await anna_asks(house)
    await deliver_all(house)
    message_id = await omar_answers(house, number)
    house.clock.advance(10)
    words = next(e for e in await hand_out(house) if e.is_reply)
    await house.desk.do(claims.take_over, number, house.ids["Lisa"])
    assert await begin(house, words) is None
    assert await state_of(house, message_id) == "held"
    assert "reply_held" in await events_of(house, number)


@once
async def test_a_card_that_was_leased_shows_what_was_true_then_and_is_drawn_again(house: House) -> None:
    number = await anna_asks(house)
    await deliver_all(house)
    await house.desk.do(claims.claim, number, house.ids["Omar"])
    (before,) = await hand_out(house)
    await house.desk.do(claims.take_over, number, house.ids["Lisa"])
    assert await begin(house, before) and await arrive(house, before)
    after = of_kind(await lease(house), "card")
    assert before.card and after.card and (before.card.holder, after.card.holder) == ("Omar", "Lisa")


@once
async def test_words_in_somebodys_hands_keep_their_place(house: House) -> None:
    """What is written before them and comes after them goes out after them: nobody sends other words than they hold."""
    number = await anna_asks(house)
    await deliver_all(house)
    first, second = await omar_answers(house, number, "one"), await omar_adds(house, number, "two")
    house.clock.advance(10)
    words = next(e for e in await hand_out(house) if e.is_reply)

    def late(tx: Tx, now: Any) -> None:
        messages.change(tx, second, written_at=now - timedelta(hours=1))
        home = threads.home(tx, number)
        assert home is not None
        outbox.put_in_order(tx, home.id)

    await house.desk.do(late)
    row = next(row for row in await rows(house) if row.id == words.id)
    assert words.message is not None and row.message_id == words.message.id == first


@once
async def test_a_nag_that_is_no_longer_true_is_not_said(house: House) -> None:
    number = await anna_asks(house)
    await deliver_all(house)
    await tell_thread(house, number, "nag.first_reply.hint", nag=["first_reply", 1], **NAG)
    assert [e.say for e in await deliver_all(house)] == ["nag.first_reply.hint"]
    await tell_thread(house, number, "nag.first_reply.breach", nag=["first_reply", 1], **NAG)
    await house.desk.do(lifecycle.pend, number, house.ids["Omar"])
    assert not [e for e in await lease(house) if e.say.startswith("nag.")]


NAG = {"matter": "#1", "requester": "Anna", "due": "2026-03-02T13:00:00+00:00", "holder": ""}


@once
async def test_a_note_never_leaves(house: House) -> None:
    """Whatever queued it: a note on its way to the requester's side is dropped."""
    number = await anna_asks(house)
    await deliver_all(house)
    note = (await house.desk.do(replies.note, number, house.ids["Omar"], "She is wrong")).message_id
    await deliver_all(house)

    def leak(tx: Tx, now: Any) -> None:
        outgoing.mirror(tx, now, threads.home(tx, number), note)

    await house.desk.do(leak)
    assert await lease(house) == []


@once
async def test_poison_is_parked_and_the_next_is_handed_out(house: House) -> None:
    def poison(tx: Tx, now: Any) -> None:
        outbox.add(tx, [outbox.row(now, "room", "acme", "r1", place=7, say="receipt")])
        outbox.add(tx, [outbox.row(now, "room", "acme", "r2", place=["C-DESK", "", ""], say="receipt", facts={})])

    await house.desk.do(poison)
    found = await lease(house)
    assert [e.place.room for e in found] == ["C-DESK"]
    assert [r.state for r in await rows(house)] == ["parked", "sending"]


async def test_a_room_that_moved_takes_its_threads_and_queue_with_it(house: House) -> None:
    number = await anna_asks(house)
    await tell_room(house, number, "ask.waiting", name="Anna")
    await house.desk.do(delivery.moved, "acme", "C-DESK", "C-NEW")
    rooms = {(e.kind, e.place.room) for e in await lease(house)}
    assert {("card", "C-NEW"), ("room", "C-NEW"), ("notice", "C-HELP")} == rooms


async def test_the_next_due_is_that_of_the_first_of_each_thread(house: House) -> None:
    """A thread's later rows are not due before the one that is being tried again."""
    await anna_asks(house)
    found = await lease(house)
    for errand in found:
        await house.desk.do(delivery.retry, errand.id, errand.fence, house.clock.now + timedelta(seconds=30), "busy")
    assert await house.desk.look(delivery.next_at, "acme") == house.clock.now + timedelta(seconds=30)
    assert await lease(house) == []
    assert await house.desk.look(delivery.next_at, "shop") is None


@once
async def test_the_languages_are_the_readers(house: House) -> None:
    """Erik's Telegram speaks Danish, Lisa's account Swedish, the desk English."""

    def speak(tx: Tx, now: Any) -> None:
        people.set_language(tx, house.ids["Lisa"], "sv-SE")
        people.set_language(tx, house.ids["Erik@shop"], "da")

    await house.desk.do(speak)
    said = house.said("Erik", "Hej", "T-ERIK-DM", connection="shop", direct=True)
    await house.desk.do(intake.receive, said)
    await tell(house, "Lisa", None, "answer.keep", ticket=1)
    assert [e.language for e in await lease(house, "shop")] == ["da"]
    by_kind = {e.kind: e.language for e in await lease(house, "acme")}
    assert by_kind == {"card": "en", "direct": "sv"}
