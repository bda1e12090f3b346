"""The daily tools, as agents type and press them."""

from datetime import timedelta

import pytest

from bots.port import Answer
from inbox.desk import absence, alarms, intake, lifecycle, tokens
from inbox.errors import BadInput, NotAllowed, NotFound
from inbox.store import alarms as stored
from inbox.store import followers, messages, people, preferences, relations
from tests.bots.typed import offered, pressed, text_of, typed
from tests.house import House
from tests.inbox.deeds import ask, ask_again, one_engine, ticket_of, told
from tests.inbox.postman import deliver
from tests.inbox.sending import rows


async def said_to(house: House, who: str) -> list[str]:
    """The keys of what a person is told by direct message."""
    accounts = {one.id for one in await house.desk.look(people.identities, house.ids[who])}
    return [row.payload["say"] for row in await rows(house) if row.kind == "direct" and row.identity_id in accounts]


def fields_of(answer: Answer) -> dict[str, str]:
    assert answer.card
    return dict(answer.card.fields)


# Snooze


async def test_a_ticket_sleeps_until_the_time_that_was_typed(house: House) -> None:
    number = await ask(house)
    await typed(house, "Omar", f"claim {number}")
    answer = await typed(house, "Omar", f"snooze {number} tomorrow 9")
    assert text_of(answer) == f"#{number} sleeps until Tue 3 Mar 09:00, or until its requester writes."
    until = (await ticket_of(house, number)).snoozed_until
    assert until == house.clock.now.replace(hour=8) + timedelta(days=1)
    house.clock.now = until
    while await alarms.tick(house.desk):
        pass
    assert (await ticket_of(house, number)).snoozed_until is None


@one_engine
async def test_a_snooze_can_be_ended_and_a_time_must_be_one(house: House) -> None:
    number = await ask(house)
    with pytest.raises(BadInput) as refused:
        await typed(house, "Omar", f"snooze {number} when pigs fly")
    assert refused.value.reason == "not_a_time"
    await typed(house, "Omar", f"snooze {number} 2h")
    await typed(house, "Omar", f"snooze {number} off")
    assert (await ticket_of(house, number)).snoozed_until is None
    assert [event.facts["before"] for event in await told(house, number, "woken")] == ["snoozed"]
    assert await house.desk.look(stored.at, "snooze", number) is None


# Subject, spam, block


@one_engine
async def test_a_subject_is_changed_and_the_card_drawn_anew(house: House) -> None:
    number = await ask(house)
    await house.desk.do(deliver)
    assert "Printer, floor 2" in text_of(await typed(house, "Lisa", f"subject {number} Printer,   floor 2"))
    assert (await ticket_of(house, number)).subject == "Printer, floor 2"
    assert [row.kind for row in await rows(house) if row.state == "queued"] == ["card"]
    with pytest.raises(BadInput) as refused:
        await typed(house, "Lisa", f"subject {number} {'x' * 81}")
    assert refused.value.reason == "subject_long"


async def test_spam_is_closed_without_a_word_and_a_lead_may_block_the_sender(house: House) -> None:
    number = await ask(house)
    await house.desk.do(deliver)
    assert offered(await typed(house, "Omar", f"spam {number}")) == []
    assert (await ticket_of(house, number)).closed_as == "spam"
    assert not [
        row for row in await rows(house) if row.kind in ("notice", "direct", "message") and row.state == "queued"
    ]
    assert offered(await typed(house, "Maja", f"spam {number}")) == [f"block:{number}"]
    with pytest.raises(NotAllowed):
        await typed(house, "Omar", f"block {number}")
    assert "Anna is blocked" in text_of(await pressed(house, "Maja", f"block:{number}"))
    received = await house.desk.do(intake.receive, house.said("Anna", "Buy now!"))
    assert (received.outcome, received.ticket) == ("blocked", None)
    await typed(house, "Maja", f"unblock {number}")
    assert (await house.desk.do(intake.receive, house.said("Anna", "Sorry"))).outcome == "opened"


@one_engine
async def test_agents_are_not_blocked(house: House) -> None:
    number = await ask(house)
    await house.desk.do(lambda tx, now: people.set_members(tx, "games", {house.ids["Anna"]: "agent"}))
    with pytest.raises(BadInput) as refused:
        await typed(house, "Maja", f"block {number}")
    assert refused.value.reason == "agent_blocked"


# Relations


async def test_tickets_are_related_by_number_and_from_a_thread(house: House) -> None:
    one, two = await ask(house), await ask(house, "Scanner too", "Erik")
    assert text_of(await typed(house, "Omar", f"relate {one} {two}")) == f"#{one} and #{two} are related now."
    await typed(house, "Omar", f"relate {two} #{one}")
    assert await house.desk.look(relations.of, two) == [(one, two, "relates")]
    assert len(await told(house, one, "related")) == len(await told(house, two, "related")) == 1
    await typed(house, "Omar", f"relate {two} {one} off")
    assert await house.desk.look(relations.of, one) == []
    for others, error in (("", BadInput), (one, BadInput), (99, NotFound)):
        with pytest.raises(error):
            await typed(house, "Omar", f"relate {one} {others}".strip())


# Following


async def test_who_follows_is_told_and_the_holder_is_not(house: House) -> None:
    number = await ask(house)
    await typed(house, "Omar", f"claim {number}")
    for who in ("Lisa", "Lisa", "Omar"):
        await typed(house, who, f"follow {number}")
    assert await house.desk.look(followers.of, number) == sorted((house.ids["Lisa"], house.ids["Omar"]))
    await house.desk.do(deliver)
    await ask_again(house, number)
    assert await said_to(house, "Lisa") == ["follow.words"]
    assert await said_to(house, "Omar") == []
    await typed(house, "Omar", f"resolve {number}")
    assert await said_to(house, "Lisa") == ["follow.words", "follow.resolved"]
    assert "#1" in fields_of(await typed(house, "Lisa", "mine"))["You follow"]


@one_engine
async def test_who_does_not_answer_for_the_queue_is_told_nothing(house: House) -> None:
    number = await ask(house)
    await typed(house, "Lisa", f"follow {number}")
    await house.desk.do(lambda tx, now: people.set_members(tx, "it", {house.ids["Omar"]: "agent"}))
    await house.desk.do(deliver)
    await ask_again(house, number)
    assert await said_to(house, "Lisa") == []
    with pytest.raises(NotFound):
        await typed(house, "Anna", f"follow {number}")


# Looking


@one_engine
async def test_mine_is_what_one_holds_and_what_one_asked(house: House) -> None:
    number = await ask(house)
    await typed(house, "Omar", f"claim {number}")
    assert f"#{number} Printer is on fire" in fields_of(await typed(house, "Omar", "mine"))
    assert f"#{number} Printer is on fire" in fields_of(await typed(house, "Anna", "mine", direct=True))
    assert fields_of(await typed(house, "Erik", "mine", direct=True)) == {}


@one_engine
async def test_history_is_what_the_requester_asked_before(house: House) -> None:
    first = await ask(house)
    await house.desk.do(lifecycle.close, first, house.ids["Omar"], "spam")
    house.clock.advance(hours=1)
    second = await ask(house, "Scanner")
    seen = fields_of(await typed(house, "Omar", f"history {second}"))
    assert list(seen) == ["#2 Scanner", "#1 Printer is on fire"]
    with pytest.raises(BadInput):
        await typed(house, "Omar", "history somebody")
    with pytest.raises(NotFound):
        await typed(house, "Anna", f"history {second}")


# Prepared answers


async def test_a_canned_response_is_kept_listed_and_sent(house: House) -> None:
    number = await ask(house)
    await house.desk.do(deliver)
    with pytest.raises(BadInput) as refused:
        await typed(house, "Omar", "canned save reset Hi")
    assert refused.value.reason == "canned_where"
    await typed(house, "Omar", f"claim {number}")
    words = "Hi {requester}, {Agent} of {queue} did {ticket}."
    saved = await typed(house, "Omar", f"canned {number} save Reset {words}")
    assert text_of(saved) == "Kept as “reset” for IT support."
    listed = await typed(house, "Lisa", f"canned {number}")
    assert fields_of(listed) == {"reset": words}
    shown = await pressed(house, "Lisa", offered(listed)[0])
    assert shown.card and shown.card.quote == "Hi Anna, Lisa of IT support did #1."
    assert offered(shown) == ["cannedsend:1:reset"]
    sent = await typed(house, "Omar", f"canned {number} reset")
    assert offered(sent)[0].startswith("undo:")
    said = await house.desk.look(messages.of_ticket, number)
    assert (said[-1].text, said[-1].state) == ("Hi Anna, Omar of IT support did #1.", "waiting")
    await typed(house, "Omar", f"canned {number} delete reset")
    with pytest.raises(BadInput) as gone:
        await typed(house, "Omar", f"canned {number} reset")
    assert gone.value.reason == "canned_unknown"


# One's own settings


@one_engine
async def test_a_token_is_shown_once_to_its_agent_alone(house: House) -> None:
    answer = await typed(house, "Omar", "me token")
    assert answer.secret
    (token,) = [word for word in text_of(answer).split() if word.startswith("fd_")]
    reader = await house.desk.look(tokens.reader, house.clock.now, token)
    assert reader and reader.person_id == house.ids["Omar"]
    assert token not in str(await rows(house))
    assert "no more" in text_of(await typed(house, "Omar", "me token off"))
    assert await house.desk.look(tokens.reader, house.clock.now, token) is None
    assert "no token" in text_of(await typed(house, "Omar", "me token off"))
    with pytest.raises(BadInput) as refused:
        await typed(house, "Anna", "me token")
    assert refused.value.reason == "no_agent"


async def test_everybody_sets_what_is_theirs(house: House) -> None:
    shown = fields_of(await typed(house, "Omar", "me"))
    assert shown["Reminders"] == "by direct message" and "IT support" in shown["Answers for"]
    shown = fields_of(await typed(house, "Omar", "me nags off"))
    assert shown["Reminders"] == "in the desk room"
    shown = fields_of(await typed(house, "Omar", "me quiet 18-8"))
    assert shown["Reminders"] == "by direct message, in the desk room 18:00-08:00"
    assert fields_of(await typed(house, "Omar", "me quiet"))["Reminders"] == "in the desk room"
    assert fields_of(await typed(house, "Omar", "me påminnelser på"))["Reminders"].endswith("18:00-08:00")
    assert fields_of(await typed(house, "Omar", "me stille fra"))["Reminders"] == "by direct message"
    assert "Away" not in shown
    await house.desk.do(absence.away, house.ids["Omar"], house.clock.now + timedelta(days=2))
    assert fields_of(await typed(house, "Omar", "me"))["Away"] == "until Wed 4 Mar 10:00"
    await house.desk.do(absence.away, house.ids["Omar"], None)
    assert fields_of(await typed(house, "Omar", "me"))["Away"] == "until you say that you are back"
    await typed(house, "Omar", "me alias  The Fixer")
    assert (await house.desk.look(preferences.get, house.ids["Omar"])).alias == "The Fixer"
    assert fields_of(await typed(house, "Omar", "me language sv"))["Språk"] == "svenska"
    assert fields_of(await typed(house, "Omar", "me timezone Asia/Kolkata"))["Tidszon"] == "Asia/Kolkata"
    for wrong, reason in (
        ("shoes 42", "me_unknown"),
        ("nags maybe", "me_unknown"),
        ("quiet evenings", "quiet_hours"),
        ("timezone Mars/Base", "zone_unknown"),
        ("language xx", "language_unknown"),
        (f"alias {'x' * 41}", "alias_long"),
    ):
        with pytest.raises(BadInput) as refused:
            await typed(house, "Omar", f"me {wrong}")
        assert refused.value.reason == reason
