"""From message to ticket, as SEMANTICS of intake: rooms, threads, bursts, direct messages, thanks, edits."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from inbox.desk import claims, direct, intake, lifecycle
from inbox.directory import DM, RoomRef
from inbox.model import Attached, Deleted, Edited, Message, Ticket
from inbox.store import alarms, messages, outbox, people, threads, tickets
from tests.house import House
from tests.inbox.deeds import one_engine

ANNAS_DM, ERIKS_DM = "D-ANNA", "T-ERIK"


async def ticket(house: House, number: int | None) -> Ticket:
    assert number is not None
    found = await house.desk.look(tickets.get, number)
    assert found is not None
    return found


async def words(house: House, number: int | None) -> list[str]:
    assert number is not None
    return [m.text for m in await house.desk.look(messages.of_ticket, number)]


async def queued(house: House, connection: str = "acme") -> list[tuple[str, str]]:
    """(kind, what is said) of everything that waits to be said."""
    rows = await house.desk.store.do(outbox.lease, house.clock.now, connection, "test", 100, 0.0)
    return [(row.kind, row.payload.get("say", "")) for row in rows]


async def write(house: House, who: str, text: str, **more: object) -> intake.Received:
    return await house.desk.do(intake.receive, house.said(who, text, **more))  # type: ignore[arg-type]


async def dm(house: House, who: str, text: str, **more: object) -> intake.Received:
    """On acme for Anna's like, on shop where `connection` says so; the room is the person's own."""
    connection = str(more.pop("connection", "acme"))
    room = f"D-{who.upper()}-{connection}"
    said = house.said(who, text, room, connection=connection, direct=True, **more)  # type: ignore[arg-type]
    return await house.desk.do(intake.receive, said)


async def test_a_question_opens_a_ticket_with_receipt_card_and_promises(house: House) -> None:
    received = await write(house, "Anna", "My screen is black\nsince this morning")
    opened = await ticket(house, received.ticket)
    assert (opened.subject, opened.status, opened.queue, opened.priority) == (
        "My screen is black",
        "new",
        "it",
        "normal",
    )
    assert (opened.due_at - house.clock.now).total_seconds() == 4 * 3600  # type: ignore[operator]
    assert await queued(house) == [("notice", "receipt"), ("card", "")]


async def test_the_same_words_delivered_again_change_nothing(house: House) -> None:
    """IN-03."""
    said = house.said("Anna", "My screen is black")
    outcomes = [await house.desk.do(intake.receive, said) for _ in range(5)]
    assert [o.outcome for o in outcomes] == ["opened", "again", "again", "again", "again"]
    assert await words(house, outcomes[0].ticket) == ["My screen is black"]


async def test_the_same_words_delivered_at_once_are_one_message(house: House) -> None:
    """IN-04."""
    said = house.said("Anna", "My screen is black")
    outcomes = await asyncio.gather(*(house.desk.do(intake.receive, said) for _ in range(5)))
    assert sorted(o.outcome for o in outcomes) == ["again"] * 4 + ["opened"]


async def test_two_first_messages_of_a_new_person_are_one_ticket(house: House) -> None:
    """IN-10."""
    both = [
        replace(house.said("Anna", text), author=replace(house.account("Anna"), external_id="U-NEW")) for text in "ab"
    ]
    outcomes = await asyncio.gather(*(house.desk.do(intake.receive, said) for said in both))
    assert sorted(o.outcome for o in outcomes) == ["joined", "opened"]
    assert len({o.ticket for o in outcomes}) == 1


async def test_a_burst_is_one_matter_until_an_agent_answers_or_time_passes(house: House) -> None:
    first = await write(house, "Anna", "My screen is black")
    house.clock.advance(100)
    assert (await write(house, "Anna", "it is the left one")).ticket == first.ticket
    house.clock.advance(121)
    assert (await write(house, "Anna", "and I need a new chair")).ticket != first.ticket
    assert (await write(house, "Erik", "me too")).outcome == "opened"


async def test_a_burst_is_told_by_when_it_was_written_not_by_when_it_came_in(house: House) -> None:
    """After an outage old words come in all at once."""
    at = house.clock.now - timedelta(hours=3)
    first = await write(house, "Anna", "My screen is black", at=at)
    assert (await write(house, "Anna", "it is the left one", at=at + timedelta(seconds=100))).ticket == first.ticket
    assert (await write(house, "Anna", "Hello", at=at - timedelta(seconds=5))).ticket == first.ticket
    assert (await ticket(house, first.ticket)).awaiting_since == at - timedelta(seconds=5)
    assert (await write(house, "Anna", "I need a chair", at=at + timedelta(hours=1))).ticket != first.ticket
    assert (await write(house, "Anna", "I need a desk", at=at - timedelta(hours=1))).outcome == "opened"


@one_engine
async def test_thanks_in_advance_belong_to_the_question(house: House) -> None:
    first = await write(house, "Anna", "My screen is black")
    assert (await write(house, "Anna", "Tack!")).ticket == first.ticket
    house.clock.advance(130)
    assert (await write(house, "Anna", "Tack!")).outcome == "ignored"


async def test_a_thread_belongs_to_its_ticket(house: House) -> None:
    first = await write(house, "Anna", "My screen is black", message_id="root")
    house.clock.advance(5000)
    assert (await write(house, "Anna", "still black", thread="root")).ticket == first.ticket
    other = await write(house, "Erik", "mine too!", thread="root")
    assert (other.outcome, other.ticket) == ("joined", first.ticket)
    roles = [m.role for m in await house.desk.look(messages.of_ticket, first.ticket or 0)]
    assert roles == ["requester", "requester", "participant"]


@pytest.mark.parametrize("text", ["thanks!", "Tack så mycket", "👍", "mange tak"])
async def test_what_opens_nothing(house: House, text: str) -> None:
    assert (await write(house, "Omar", "wifi maintenance at 17")).outcome == "ignored"  # an agent's announcement
    assert (await write(house, "Anna", "in no room of ours", room="C-ELSEWHERE")).outcome == "ignored"
    assert (await write(house, "Anna", text)).outcome == "ignored"
    bot = replace(house.said("Anna", "beep"), author=replace(house.account("Anna"), bot=True))
    assert (await house.desk.do(intake.receive, bot)).outcome == "ignored"


async def test_pure_emoji_is_a_question_too(house: House) -> None:
    opened = await ticket(house, (await write(house, "Anna", "🔥🔥🔥")).ticket)
    assert opened.subject == "🔥🔥🔥"


async def test_thanks_do_not_reopen_and_other_words_do(house: House) -> None:
    first = await write(house, "Anna", "My screen is black", message_id="root")
    number = first.ticket or 0
    await house.desk.do(claims.claim, number, house.ids["Omar"])
    await house.desk.do(lifecycle.resolve, number, house.ids["Omar"])
    assert (await write(house, "Anna", "Tack!", thread="root")).outcome == "thanks"
    assert (await ticket(house, number)).status == "resolved"
    await write(house, "Anna", "it is black again", thread="root")
    again = await ticket(house, number)
    assert (again.status, again.assignee_id, again.microphone, again.cycle) == ("open", house.ids["Omar"], False, 2)


@one_engine
async def test_who_says_thanks_and_shows_something_wants_more_than_to_thank(house: House) -> None:
    shot = (Attached("f1", "shot.png", "image/png", 9, "image"),)
    number = (await write(house, "Anna", "My screen is black", message_id="root")).ticket or 0
    await house.desk.do(claims.claim, number, house.ids["Omar"])
    await house.desk.do(lifecycle.resolve, number, house.ids["Omar"])
    thanks = replace(house.said("Anna", "Tack!", thread="root"), files=shot)
    assert (await house.desk.do(intake.receive, thanks)).outcome == "joined"
    assert (await ticket(house, number)).status == "open"
    alone = replace(house.said("Erik", "Perfekt!"), files=shot)
    assert (await house.desk.do(intake.receive, alone)).outcome == "opened"


async def test_on_an_unresolved_ticket_a_thumb_is_an_answer(house: House) -> None:
    first = await write(house, "Anna", "My screen is black", message_id="root")
    number = first.ticket or 0
    await house.desk.do(claims.claim, number, house.ids["Omar"])
    await house.desk.do(lifecycle.pend, number, house.ids["Omar"])
    assert (await write(house, "Anna", "👍", thread="root")).outcome == "joined"
    assert (await ticket(house, number)).status == "open"


async def test_after_the_window_a_follow_up_is_opened(house: House) -> None:
    first = await write(house, "Anna", "My screen is black", message_id="root")
    number = first.ticket or 0
    await house.desk.do(lifecycle.resolve, number, house.ids["Omar"])
    house.clock.advance(days=8)
    later = await write(house, "Anna", "black again", thread="root")
    assert later.outcome == "opened" and (await ticket(house, later.ticket)).follow_up_of == number
    assert (await write(house, "Anna", "hello?", thread="root")).ticket == later.ticket


async def test_direct_messages_go_on_with_the_one_live_matter(house: House) -> None:
    first = await dm(house, "Erik", "My parcel never came", connection="shop")
    assert first.outcome == "opened"
    house.clock.advance(hours=7)
    assert (await dm(house, "Erik", "any news?", connection="shop")).ticket == first.ticket
    house.clock.advance(hours=9)
    assert (await dm(house, "Erik", "or is it?", connection="shop")).outcome == "undecided"


async def test_unclear_direct_words_wait_for_the_persons_answer(house: House) -> None:
    first = await dm(house, "Erik", "My parcel never came", connection="shop")
    house.clock.advance(hours=9)
    for text in ("A new thing", "in two parts"):
        await dm(house, "Erik", text, connection="shop")
    assert await words(house, first.ticket) == ["My parcel never came"]
    asked = [say for kind, say in await queued(house, "shop") if kind == "direct"]
    assert asked == ["ask.matter"]
    erik = house.ids["Erik@shop"]
    assert (await house.desk.do(direct.decide, house.ids["Anna@shop"], same=first.ticket)).outcome == "ignored"
    decided = await house.desk.do(direct.decide, erik, queue_key="customers")
    assert decided.outcome == "opened" and await words(house, decided.ticket) == ["A new thing", "in two parts"]
    assert (await house.desk.do(direct.decide, erik, same=first.ticket)).outcome == "ignored"  # settled already


async def test_the_waiting_words_can_join_the_old_matter(house: House) -> None:
    first = await dm(house, "Erik", "My parcel never came", connection="shop")
    house.clock.advance(hours=9)
    await dm(house, "Erik", "still not", connection="shop")
    decided = await house.desk.do(direct.decide, house.ids["Erik@shop"], same=first.ticket)
    assert (decided.outcome, decided.ticket) == ("joined", first.ticket)
    assert await words(house, first.ticket) == ["My parcel never came", "still not"]


async def test_where_a_private_queue_serves_direct_messages_nobody_sees_the_words_unasked(house: House) -> None:
    queues = dict(house.desk.directory.desk.queues)
    queues["payroll"] = replace(queues["payroll"], intake=(RoomRef("acme", DM),))
    house.desk.directory = replace(house.desk.directory, desk=replace(house.desk.directory.desk, queues=queues))
    received = await dm(house, "Anna", "My salary is wrong")
    assert received.outcome == "undecided"
    assert [kind for kind, _ in await queued(house)] == ["direct"]
    house.clock.advance(601)
    assert ("undecided", house.ids["Anna"]) in await house.desk.look(alarms.due, house.clock.now, 10)
    await house.desk.do(direct.timed_out, house.ids["Anna"])
    said = await house.desk.store.do(outbox.lease, house.clock.now, "acme", "test", 10, 0.0)
    waiting = [row for row in said if row.payload.get("say") == "ask.waiting"]
    assert len(waiting) == 1 and "salary" not in str(waiting[0].payload)


async def test_late_thanks_in_a_direct_message_open_nothing(house: House) -> None:
    first = await dm(house, "Erik", "My parcel never came", connection="shop")
    await house.desk.do(lifecycle.resolve, first.ticket or 0, house.ids["Omar"])
    assert (await dm(house, "Erik", "Tack!", connection="shop")).outcome == "thanks"
    assert (await ticket(house, first.ticket)).status == "resolved"


@one_engine
async def test_who_writes_to_the_bot_again_can_be_written_to(house: House) -> None:
    first = await dm(house, "Erik", "My parcel never came", connection="shop", message_id="first")
    (account,) = await house.desk.look(people.identities, house.ids["Erik@shop"])
    for more in ({}, {"reply_to": "first"}):
        await house.desk.store.do(people.set_unreachable, account.id, "They blocked the bot.")
        assert (await dm(house, "Erik", "any news?", connection="shop", **more)).ticket == first.ticket
        (now,) = await house.desk.look(people.identities, house.ids["Erik@shop"])
        assert not now.unreachable


async def test_an_agent_in_the_open_speaks_publicly_and_a_second_one_collides(house: House) -> None:
    first = await write(house, "Anna", "My screen is black", message_id="root")
    number = first.ticket or 0
    await house.desk.do(claims.claim, number, house.ids["Omar"])
    house.clock.advance(3)
    await write(house, "Lisa", "Press the button", thread="root")
    spoken = [m for m in await house.desk.look(messages.of_ticket, number) if m.role == "agent"]
    assert [(m.kind, m.state) for m in spoken] == [("message", "sent")]
    assert (await ticket(house, number)).answered
    assert ("whisper", "hint.held_by") in await queued(house)


async def test_edits_keep_every_version_and_deletes_too(house: House) -> None:
    said = house.said("Anna", "My scren is black")
    number = (await house.desk.do(intake.receive, said)).ticket
    edited = Edited(said.place, said.message_id, "My screen is black", house.clock.now, "v2")
    await house.desk.do(intake.edit, edited)
    await house.desk.do(intake.edit, edited)
    await house.desk.do(intake.delete, Deleted(said.place, said.message_id, house.clock.now))
    (message,) = await house.desk.look(messages.of_ticket, number or 0)
    assert isinstance(message, Message) and message.deleted
    versions = await house.desk.look(messages.versions, message.id)
    assert [text for _, text, _ in versions] == ["My scren is black", "My screen is black"]


async def test_blocked_peoples_words_are_kept_aside(house: House) -> None:
    await house.desk.store.do(people.set_blocked, house.ids["Erik"], True)
    assert (await write(house, "Erik", "spam spam")).outcome == "blocked"


async def test_answers_in_a_group_without_threads_find_their_ticket(house: House) -> None:
    first = house.said("Anna", "My screen is black", "C-HELP")
    first = replace(first, opens="")
    number = (await house.desk.do(intake.receive, first)).ticket
    home = await house.desk.look(threads.home, number or 0)
    assert home is not None and (home.external_id, home.root) == ("", first.message_id)
    house.clock.advance(hours=1)
    answer = await write(house, "Anna", "still", reply_to=first.message_id)
    assert answer.ticket == number


async def test_an_answer_that_comes_before_its_question_is_heard_when_it_comes_again(house: House) -> None:
    answer = house.said("Anna", "it is the left one", thread="root")
    assert (await house.desk.do(intake.receive, answer)).outcome == "ignored"
    first = await write(house, "Anna", "My screen is black", message_id="root")
    assert (await house.desk.do(intake.receive, answer)).outcome == "joined"
    assert await words(house, first.ticket) == ["My screen is black", "it is the left one"]


@one_engine
async def test_words_in_a_room_that_was_not_found_yet_are_not_forgotten(house: House) -> None:
    """The bot was invited this moment; when the room is found, what was said there since is read again."""
    known = house.desk.directory
    early, elsewhere = house.said("Anna", "My screen is black"), house.said("Anna", "Lunch?", "C-RANDOM")
    house.desk.directory = replace(known, rooms={r: room for r, room in known.rooms.items() if r != "acme:#it-help"})
    for _ in range(2):
        assert (await house.desk.do(intake.receive, early)).outcome == "ignored"
    house.desk.directory = known
    received = await house.desk.do(intake.receive, early)
    assert await words(house, received.ticket) == ["My screen is black"]
    outcomes = [(await house.desk.do(intake.receive, elsewhere)).outcome for _ in range(2)]
    assert outcomes == ["ignored", "again"]
