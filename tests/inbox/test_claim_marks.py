"""The mark that claims: put by an agent on a ticket's card or on what its thread hangs on."""

from dataclasses import replace
from datetime import datetime

import pytest

from inbox.desk import claims, intake, reactions, replies
from inbox.directory import ClaimByReply
from inbox.errors import NotHolder
from inbox.model import Place, Reacted
from inbox.store import Tx, messages, threads, tickets
from tests.house import House
from tests.inbox.deeds import ask, home_thread, one_engine, ticket_of, told
from tests.inbox.postman import Letter, deliver

pytestmark = one_engine


async def card_of(house: House, number: int) -> tuple[Place, str]:
    """Where the ticket's card stands."""

    def look(tx: Tx) -> tuple[Place, str]:
        desk = threads.desk(tx, number)
        assert desk and desk.card_id
        return Place(desk.connection, desk.room, "", desk.card_id), desk.card_id

    return await house.desk.look(look)


async def marks(house: House, name: str, at: tuple[Place, str], emoji: str = "👀", *, on: bool = True) -> Reacted:
    reacted = Reacted(*at, house.account(name, at[0].connection), emoji, on, house.clock.now)
    await house.desk.do(reactions.react, reacted)
    return reacted


async def shown(house: House) -> tuple[int, tuple[Place, str]]:
    """A ticket whose card stands in the desk room."""
    number = await ask(house)
    await house.desk.do(deliver)
    return number, await card_of(house, number)


async def whispers(house: House) -> list[Letter]:
    return [letter for letter in await house.desk.do(deliver) if letter.kind == "whisper"]


async def holder(house: House, number: int) -> int | None:
    return (await ticket_of(house, number)).assignee_id


async def test_an_agents_eyes_on_the_card_claim_and_taking_them_away_releases_nothing(house: House) -> None:
    number, card = await shown(house)
    await marks(house, "Omar", card)
    ticket = await ticket_of(house, number)
    assert (ticket.assignee_id, ticket.microphone, ticket.status) == (house.ids["Omar"], True, "open")
    await marks(house, "Omar", card, on=False)
    assert await holder(house, number) == house.ids["Omar"] and not await whispers(house)


async def test_the_one_who_comes_second_is_told_for_their_eyes_with_what_they_can_do(house: House) -> None:
    number, card = await shown(house)
    await marks(house, "Omar", card)
    house.clock.advance(9)
    late = await marks(house, "Lisa", card)
    await house.desk.do(reactions.react, late)  # told again
    (letter,) = await whispers(house)
    assert (letter.say, letter.facts["holder"], letter.facts["since"]) == ("error.already_claimed", "Omar", 9)
    assert letter.actions == (f"follow:{number}", f"take:{number}", f"noteform:{number}")
    assert await holder(house, number) == house.ids["Omar"] and len(await told(house, number, "claim_lost")) == 1


async def test_a_mark_that_is_told_again_after_a_release_claims_nothing(house: House) -> None:
    number, card = await shown(house)
    first = await marks(house, "Omar", card)
    await house.desk.do(claims.release, number, house.ids["Omar"])
    await house.desk.do(reactions.react, first)
    assert await holder(house, number) is None
    house.clock.advance(1)
    await marks(house, "Omar", card)
    assert await holder(house, number) == house.ids["Omar"]


async def test_what_the_home_thread_hangs_on_can_be_marked_too(house: House) -> None:
    number, _ = await shown(house)
    root = await house.desk.look(home_thread, number)
    await marks(house, "Omar", (Place("acme", "C-HELP", "", root), root))
    assert await holder(house, number) == house.ids["Omar"]


@pytest.mark.parametrize("name", ["Erik", "Anna"])
async def test_others_eyes_claim_nothing_and_nobody_is_told(house: House, name: str) -> None:
    number, card = await shown(house)
    await marks(house, name, card)
    assert await holder(house, number) is None and not await whispers(house)


async def test_other_marks_and_other_messages_of_the_thread_claim_nothing(house: House) -> None:
    number, card = await shown(house)
    await marks(house, "Omar", card, "🎉")
    await marks(house, "Omar", (replace(card[0], root=""), "another"))
    assert await holder(house, number) is None


async def test_with_the_setting_off_eyes_are_only_looked_with(house: House) -> None:
    number, card = await shown(house)
    directory = house.desk.directory
    house.desk.directory = replace(directory, desk=replace(directory.desk, claim_reaction=""))
    await marks(house, "Omar", card)
    assert await holder(house, number) is None


async def test_an_agent_who_asked_looks_at_their_own_ticket_in_peace(house: House) -> None:
    number, card = await shown(house)

    def asked_by_omar(tx: Tx, now: datetime) -> None:
        tickets.change(tx, number, requester_id=house.ids["Omar"])

    await house.desk.do(asked_by_omar)
    await marks(house, "Omar", card)
    assert await holder(house, number) is None and not await whispers(house)


# Who answers first


def with_claims(house: House, by: ClaimByReply) -> None:
    """The queue's `claim_by_reply`."""
    desk = house.desk.directory.desk
    queue = replace(desk.queues["it"], claim_by_reply=by)
    house.desk.directory = replace(house.desk.directory, desk=replace(desk, queues={**desk.queues, "it": queue}))


async def writes(house: House, number: int, text: str, name: str = "Omar", at: datetime | None = None) -> str:
    """An agent writes in the desk thread; returns what became of it."""
    desk = await house.desk.look(threads.desk, number)
    assert desk and desk.external_id
    said = house.said(name, text, "C-DESK", thread=desk.external_id, at=at)
    await house.desk.do(intake.receive, said)
    found = await house.desk.look(messages.at, said.place, said.message_id)
    assert found
    return found.state


@pytest.mark.parametrize(("by", "state"), [("explicit", "noted"), ("never", "noted"), ("words", "waiting")])
async def test_plain_words_claim_where_the_queue_says_so(house: House, by: ClaimByReply, state: str) -> None:
    number, _ = await shown(house)
    with_claims(house, by)
    assert await writes(house, number, "Have you tried water?") == state
    assert await holder(house, number) == (house.ids["Omar"] if by == "words" else None)


async def test_of_two_who_answer_at_once_one_speaks_and_the_others_words_stay_inside(house: House) -> None:
    number, _ = await shown(house)
    with_claims(house, "words")
    assert await writes(house, number, "Have you tried water?") == "waiting"
    assert await writes(house, number, "Or sand?", "Lisa") == "noted"
    assert await holder(house, number) == house.ids["Omar"]


async def test_words_that_arrive_after_a_colleague_claimed_stay_inside(house: House) -> None:
    number, _ = await shown(house)
    with_claims(house, "words")
    before = house.clock.now
    house.clock.advance(30)
    await house.desk.do(claims.claim, number, house.ids["Lisa"])
    assert await writes(house, number, "Have you tried water?", at=before) == "noted"
    assert await holder(house, number) == house.ids["Lisa"]


async def test_notes_commands_and_words_to_a_colleague_claim_nothing(house: House) -> None:
    number, _ = await shown(house)
    with_claims(house, "words")
    assert await writes(house, number, "note: she is on holiday") == "noted"
    assert await writes(house, number, "/clam") == "noted"
    assert await holder(house, number) is None


async def test_where_replies_do_not_claim_one_is_told_to_claim_first(house: House) -> None:
    number, _ = await shown(house)
    with_claims(house, "never")
    with pytest.raises(NotHolder):
        await house.desk.do(replies.reply, number, house.ids["Omar"], "Have you tried water?")
    await house.desk.do(claims.claim, number, house.ids["Omar"])
    written = await house.desk.do(replies.reply, number, house.ids["Omar"], "Have you tried water?")
    assert written.verdict == "reply"
