"""/status: what an agent is told of a ticket's last messages, what a requester is told of their tickets."""

from datetime import datetime
from typing import Any

import pytest

from inbox.desk import claims, delivery, intake, replies
from inbox.errors import BadInput, NotFound, NothingToDo
from inbox.model import Edited
from inbox.store import Tx, tickets
from inbox.store.tables import message
from tests.bots.typed import offered, pressed, typed
from tests.house import House
from tests.inbox.deeds import ask, one_engine, ticket_of
from tests.inbox.sending import anna_asks, deliver_all, lease, omar_adds, omar_answers, state_of

GONE = "The channel is archived."


async def shown(house: House, number: int | str, who: str = "Lisa", **more: Any) -> list[tuple[str, list[str]]]:
    """The fields of the answer, each value's lines apart."""
    card = (await typed(house, who, f"status {number}".strip(), **more)).card
    assert card is not None
    return [(label, value.split("\n")) for label, value in card.fields]


async def reply_under_way(house: House) -> tuple[int, int, Any]:
    number = await anna_asks(house)
    await deliver_all(house)
    reply = await omar_answers(house, number)
    house.clock.advance(10)
    return number, reply, next(e for e in await lease(house) if e.is_reply)


async def test_an_agent_sees_where_the_last_messages_stand(house: House) -> None:
    number = await anna_asks(house)
    await deliver_all(house)
    await omar_answers(house, number)
    assert await shown(house, number) == [
        ("Anna · Mon 2 Mar 10:00", ["“The printer is on fire”", "✓ Slack · #it-desk: Sent"]),
        (
            "Omar · Mon 2 Mar 10:00",
            ["“It is out now”", "… Slack · #it-help: Waiting to be sent", "… Slack · #it-desk: Waiting to be sent"],
        ),
    ]
    for n in range(5):
        await omar_adds(house, number, f"Answer {n}")
    assert len(await shown(house, number)) == 5
    swedish = await shown(house, number, language="sv")
    assert swedish[0][1][1] == "… Slack · #it-help: Väntar på att skickas"


async def test_what_failed_is_sent_again_with_one_press(house: House) -> None:
    number, reply, words = await reply_under_way(house)
    await house.desk.do(delivery.parked, words.id, words.fence, GONE, "gone")
    answer = await typed(house, "Omar", f"status {number}")
    assert answer.card and answer.card.fields[-1][1].split("\n")[1] == f"⚠ Slack · #it-help: Not delivered ({GONE})"
    assert offered(answer) == [f"retry:{reply}"] and answer.card.buttons[0][0].label == "Retry"
    await pressed(house, "Omar", f"retry:{reply}")
    await deliver_all(house)
    assert await state_of(house, reply) == "sent"
    again = await typed(house, "Omar", f"status {number}")
    assert offered(again) == [] and again.card and "✓ Slack · #it-help: Sent" in again.card.fields[-1][1]


@one_engine
async def test_what_nobody_can_know_can_be_sent_once_more(house: House) -> None:
    """Two replies in question: each button says which words it is about."""
    number, unsure, words = await reply_under_way(house)
    await house.desk.do(delivery.unknown, words.id, words.fence, "There was no answer.")
    failed = await omar_adds(house, number, "Keep a bucket of sand beside it from now on, please")
    house.clock.advance(10)
    words = next(e for e in await lease(house) if e.is_reply)
    await house.desk.do(delivery.parked, words.id, words.fence, GONE, "gone")
    answer = await typed(house, "Omar", f"status {number}")
    assert offered(answer) == [f"resend:{unsure}", f"retry:{failed}"]
    labels = [row[0].label for row in answer.card.buttons] if answer.card else []
    assert labels == ["Resend: It is out now", "Retry: Keep a bucket of sand beside it from no…"]
    done = await pressed(house, "Omar", f"resend:{unsure}")
    assert done.card and done.card.text == "On its way once more."


async def test_words_that_did_not_reach_the_desk_can_be_brought_there_again(house: House) -> None:
    """Anna's words could not be shown in the desk's thread; any agent has them shown, and her edit after them."""
    first = house.said("Anna", "The printer is on fire")
    number = (await house.desk.do(intake.receive, first)).ticket or 0
    card = next(e for e in await lease(house) if e.kind == "card")
    await house.desk.do(delivery.sent, card.id, card.fence, "", "card", "thread", "")
    words = next(e for e in await lease(house) if e.kind == "message")
    await house.desk.do(delivery.parked, words.id, words.fence, "Slack refused it (no_text).", "invalid")
    (retry,) = offered(await typed(house, "Lisa", f"status {number}"))
    await pressed(house, "Lisa", retry)
    assert [e.kind for e in await deliver_all(house)] == ["message"]
    with pytest.raises(NothingToDo):
        await pressed(house, "Lisa", retry)

    await house.desk.do(intake.edit, Edited(first.place, first.message_id, "It is out", house.clock.now, "1"))
    edit = next(e for e in await lease(house) if e.kind == "edit")
    await house.desk.do(delivery.unknown, edit.id, edit.fence, "There was no answer.")
    (resend,) = offered(await typed(house, "Lisa", f"status {number}"))
    assert resend.startswith("resend:")
    await pressed(house, "Lisa", resend)
    await deliver_all(house)
    assert (await shown(house, number))[0][1][-1] == "✓ Slack · #it-desk: Edited"


@one_engine
async def test_only_agents_send_again_and_only_the_holder_a_reply(house: House) -> None:
    number, reply, words = await reply_under_way(house)
    await house.desk.do(delivery.parked, words.id, words.fence, GONE, "gone")
    for who in ("Anna", "Erik"):
        with pytest.raises(NotFound):
            await pressed(house, who, f"retry:{reply}")
    assert offered(await typed(house, "Anna", f"status {number}")) == []


@one_engine
async def test_a_confidential_ticket_shows_no_words(house: House) -> None:
    await house.desk.do(intake.receive, house.said("Anna", "My salary is wrong", "D-ANNA", direct=True))
    number = 1
    if (await ticket_of(house, number)).queue != "payroll":
        await house.desk.do(_move, number)
    await house.desk.do(claims.claim, number, house.ids["Lisa"])
    await house.desk.do(replies.reply, number, house.ids["Lisa"], "Which month?")
    await house.desk.do(replies.reply, number, house.ids["Lisa"], "And which year?")
    await house.desk.do(_lose)
    answer = await typed(house, "Lisa", f"status {number}")
    assert [action.partition(":")[0] for action in offered(answer)] == ["retry", "retry"]
    text = repr(answer)
    assert not [words for words in ("salary", "Which month", "which year") if words in text]
    assert "Slack · Anna: " in text and "Lisa · " in text


def _move(tx: Tx, now: datetime, number: int) -> None:
    tickets.change(tx, number, queue="payroll")


def _lose(tx: Tx, now: datetime) -> None:
    tx.run(message.update().where(message.c.role == "agent").values(state="failed"))


async def test_a_requester_sees_how_their_own_tickets_stand(house: House) -> None:
    first = await ask(house, "Printer is on fire")
    house.clock.advance(hours=1)
    second = await ask(house, "The lamp is dark")
    await house.desk.do(claims.claim, first, house.ids["Omar"])
    assert await shown(house, "", "Anna", direct=True) == [
        (f"#{second} The lamp is dark", ["New · Mon 2 Mar 11:00"]),
        (f"#{first} Printer is on fire", ["Open · Omar · Mon 2 Mar 11:00"]),
    ]
    assert [label for label, _ in await shown(house, first, "Anna")] == [f"#{first} Printer is on fire"]
    nothing = await typed(house, "Erik", "status")
    assert nothing.card and nothing.card.text.startswith("You have no tickets.")
    for number in (first, 999):
        with pytest.raises(NotFound):
            await typed(house, "Erik", f"status {number}")


@one_engine
async def test_an_agent_names_the_ticket(house: House) -> None:
    await ask(house)
    with pytest.raises(BadInput) as refused:
        await typed(house, "Omar", "status")
    assert refused.value.reason == "which_ticket"
