"""The delivery ledger: where each message was to be shown, and what became of every copy of it."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import event as sql_event

from inbox.desk import claims, delivery, intake, ledger, replies
from inbox.desk.ledger import Line
from inbox.model import Deleted, Edited
from inbox.store import Tx, messages
from tests.house import House
from tests.inbox.deeds import ask, one_engine
from tests.inbox.sending import anna_asks, deliver_all, lease, omar_adds, omar_answers


async def copies(house: House, number: int, message: int | None = None) -> Sequence[Line]:
    lines = await house.desk.look(ledger.of_ticket, number)
    return [line for line in lines if message in (None, line.message)]


def told(lines: Sequence[Line]) -> list[tuple[str, str, str]]:
    return [(line.side, line.what, line.state) for line in lines]


async def reply_under_way(house: House, text: str = "It is out now") -> tuple[int, int, Any]:
    """Omar's reply, leased: the ticket's number, the message's id, the errand."""
    number = await anna_asks(house)
    await deliver_all(house)
    message = await omar_answers(house, number, text)
    house.clock.advance(10)
    return number, message, next(e for e in await lease(house) if e.is_reply)


async def test_each_copy_is_told_where_it_stands_and_since_when(house: House) -> None:
    number = await anna_asks(house)
    (waits,) = await copies(house, number)
    assert (waits.side, waits.state, waits.at) == ("desk", "queued", None)
    assert (waits.connection, waits.platform, waits.room) == ("acme", "slack", "#it-desk")
    await deliver_all(house)
    (shown,) = await copies(house, number)
    assert (shown.state, shown.reason, shown.attempts, shown.at) == ("sent", "", 1, house.clock.now)

    reply = await omar_answers(house, number)
    assert told(await copies(house, number, reply)) == [("home", "message", "queued"), ("desk", "message", "queued")]
    house.clock.advance(10)
    await deliver_all(house)
    assert {line.room for line in await copies(house, number, reply)} == {"#it-help", "#it-desk"}
    assert [line.message for line in await copies(house, number)] == [shown.message, reply, reply]


async def test_a_copy_follows_its_original_and_is_told_as_it_goes(house: House) -> None:
    """Anna corrects herself, twice, and then takes it back."""
    first = house.said("Anna", "The printer is on fire")
    number = (await house.desk.do(intake.receive, first)).ticket or 0
    await deliver_all(house)
    for version in ("1", "2"):
        house.clock.advance(5)
        edit = Edited(first.place, first.message_id, f"It is out {version}", house.clock.now, version)
        await house.desk.do(intake.edit, edit)
        assert told(await copies(house, number)) == [("desk", "edit", "queued")]
        await deliver_all(house)
        assert told(await copies(house, number)) == [("desk", "edit", "edited")]
    await house.desk.do(intake.delete, Deleted(first.place, first.message_id, house.clock.now))
    await deliver_all(house)
    (gone,) = await copies(house, number)
    assert (gone.what, gone.state, gone.at) == ("delete", "deleted", house.clock.now)


@one_engine
async def test_a_change_that_did_not_arrive_is_trouble_of_the_copy(house: House) -> None:
    first = house.said("Anna", "The printer is on fire")
    number = (await house.desk.do(intake.receive, first)).ticket or 0
    await deliver_all(house)
    await house.desk.do(intake.edit, Edited(first.place, first.message_id, "It is out", house.clock.now, "1"))
    edit = next(e for e in await lease(house) if e.kind == "edit")
    await house.desk.do(delivery.parked, edit.id, edit.fence, "It is too old to be edited.", "gone")
    (line,) = await copies(house, number)
    assert (line.what, line.state, line.reason) == ("edit", "failed", "It is too old to be edited.")
    assert line.in_trouble
    await house.desk.do(intake.edit, Edited(first.place, first.message_id, "It is out!", house.clock.now, "2"))
    edit = next(e for e in await lease(house) if e.kind == "edit")
    await house.desk.do(delivery.dropped, edit.id, edit.fence, "Something newer was said.")
    assert await copies(house, number) == [line], "a change that was withdrawn changed nothing"


async def test_what_failed_says_why_and_what_was_sent_again_counts_as_it_went_then(house: House) -> None:
    number, message, words = await reply_under_way(house)
    (on_its_way, _) = await copies(house, number, message)
    assert on_its_way.state == "sending"
    await house.desk.do(delivery.parked, words.id, words.fence, "The channel is archived.", "gone")
    (failed, _) = await copies(house, number, message)
    assert (failed.side, failed.state, failed.reason) == ("home", "failed", "The channel is archived.")
    await house.desk.do(delivery.retry_message, message, house.ids["Omar"])
    assert told(await copies(house, number, message))[0] == ("home", "message", "queued")
    await deliver_all(house)
    (sent, _) = await copies(house, number, message)
    assert (sent.state, sent.reason) == ("sent", "")


@one_engine
async def test_what_nobody_can_know_and_what_was_held_back(house: House) -> None:
    number, unsure, words = await reply_under_way(house)
    await house.desk.do(delivery.unknown, words.id, words.fence, "There was no answer.")
    late = await omar_adds(house, number, "And the lamp works again")
    house.clock.advance(10)
    await house.desk.do(claims.take_over, number, house.ids["Lisa"])
    await deliver_all(house)
    question = (await copies(house, number, unsure))[0]
    assert (question.state, question.reason, question.at) == ("unknown", "There was no answer.", None)
    held = (await copies(house, number, late))[0]
    assert (held.state, held.reason, held.in_trouble) == ("cancelled", "The claim moved.", False)


@one_engine
async def test_a_note_stays_inside_and_others_tickets_are_not_listed(house: House) -> None:
    number, other = await anna_asks(house), await ask(house, "Another matter", "Erik")
    await house.desk.do(claims.claim, number, house.ids["Omar"])
    note = (await house.desk.do(replies.note, number, house.ids["Lisa"], "It is the dock")).message_id
    await deliver_all(house)
    assert told(await copies(house, number, note)) == [("desk", "message", "sent")]
    assert len(await copies(house, other)) == 1


@one_engine
async def test_one_look_is_one_bounded_query(house: House) -> None:
    number = await anna_asks(house)
    for n in range(6):
        await omar_adds(house, number, f"Answer {n}")
    said = [m.id for m in await house.desk.look(messages.of_ticket, number)]

    def look(tx: Tx, limit: int, before: int | None) -> tuple[list[int], int]:
        statements: list[str] = []

        def note(conn: Any, cursor: Any, sql: str, *rest: Any) -> None:
            statements.append(sql)

        sql_event.listen(tx.conn, "before_cursor_execute", note)
        lines = ledger.of_ticket(tx, number, limit=limit, before=before)
        sql_event.remove(tx.conn, "before_cursor_execute", note)
        return sorted({line.message for line in lines}), len(statements)

    assert await house.desk.look(look, 3, None) == (said[-3:], 1)
    assert await house.desk.look(look, 2, said[-3]) == (said[-5:-3], 1)


@one_engine
async def test_words_in_a_direct_message_have_no_room(house: House) -> None:
    received = await house.desk.do(
        intake.receive, house.said("Erik", "Where is my parcel?", "T-ERIK", connection="shop", direct=True)
    )
    number = received.ticket or 0
    reply = await omar_answers(house, number)
    home = next(line for line in await copies(house, number, reply) if line.side == "home")
    assert (home.platform, home.room) == ("telegram", "")
