"""What stands in the chat of a wave's question: what was answered, that it is over; and what the log keeps of it."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import select, update

from inbox.desk import alarms, delivery, intake, linking, nps, surveys
from inbox.errors import NotFound
from inbox.store import Tx, people
from inbox.store import nps as stored
from inbox.store import surveys as asked_of
from inbox.store.tables import event, person
from tests.house import House
from tests.inbox.deeds import ask
from tests.inbox.postman import deliver
from tests.inbox.sending import arrive, lease
from tests.inbox.test_nps import ELEVEN, asked, beats, crowd, questions, said

ELEVEN_BUTTONS = [f"nps:{{}}:{score}" for score in ELEVEN]


@pytest.fixture
def engine_name() -> str:
    return "sqlite"  # what differs between the engines is told elsewhere


async def log(house: House) -> list[tuple[str, int | None, dict[str, Any]]]:
    """What the audit log tells of waves: kind without "nps_", who did it, facts."""

    def look(tx: Tx) -> list[tuple[str, int | None, dict[str, Any]]]:
        columns = (event.c.kind, event.c.actor, event.c.facts)
        rows = tx.run(select(*columns).where(event.c.kind.like("nps_%")).order_by(event.c.id))
        return [(kind.removeprefix("nps_"), actor, facts) for kind, actor, facts in rows]

    return await house.desk.look(look)


async def test_the_question_and_its_reminder_show_what_was_answered_until_it_closes(house: House) -> None:
    question, anna = await asked(house), house.ids["Anna"]
    await beats(house, hours=48)
    await house.desk.do(nps.rate, question.id, anna, 9)
    ask_, remind = await said(house)
    assert ask_.target != remind.target
    for shown in (ask_, remind):
        assert (shown.kind, shown.say, shown.facts["score"]) == ("rewrite", "nps.thanks", 9)
        assert shown.actions == (*(one.format(question.id) for one in ELEVEN_BUTTONS), f"npscomment:{question.id}")
    await house.desk.do(nps.comment, question.id, anna, "Quick")
    assert [one.say for one in await said(house)] == ["nps.thanks_comment"] * 2
    await house.desk.do(nps.rate, question.id, anna, 10)
    assert [one.facts["score"] for one in await said(house)] == [10, 10]
    assert [(one.say, one.actions) for one in await said(house, days=5)] == [("nps.kept", ())] * 2
    assert await said(house, days=30) == []


async def test_a_question_that_nobody_answered_loses_its_buttons_and_says_that_it_is_over(house: House) -> None:
    question = await asked(house)
    await said(house, hours=48)
    closed = await said(house, days=5)
    assert [(one.kind, one.say, one.actions) for one in closed] == [("rewrite", "nps.expired", ())] * 2
    assert (await questions(house))[house.ids["Anna"]].state == "expired"
    facts = {"nps": question.id, "person": house.ids["Anna"]}
    assert await log(house) == [
        ("started", None, {"wave": 1, "asked": 1, "sample": 1.0}),
        ("asked", None, facts),
        ("reminded", None, facts),
        ("expired", None, facts),
    ]


async def test_who_is_left_out_or_not_reached_is_in_the_log_with_why(house: House) -> None:
    house.clock.now = datetime(2026, 3, 2, 5, 0, tzinfo=UTC)
    for name in ("Anna", "Erik"):
        await ask(house, name=name)
    lamp = house.said("Anna", "Lamp", "900", connection="community")
    await house.desk.do(intake.receive, lamp)
    await house.desk.do(deliver)
    await house.desk.do(nps.start)
    await house.desk.do(surveys.opt, house.ids["Anna"], out=True)
    await house.desk.store.do(people.set_members, "customers", {house.ids["Anna@community"]: "agent"})
    house.clock.advance(hours=4)
    while await alarms.tick(house.desk):
        pass
    [question] = [one for one in await lease(house) if one.say == "nps.ask"]
    await house.desk.do(delivery.parked, question.id, question.fence, "They blocked the bot.", "blocked")
    told = {(kind, facts.get("person"), facts.get("reason")) for kind, _, facts in await log(house)}
    assert told >= {
        ("skipped", house.ids["Anna"], "opted_out"),
        ("skipped", house.ids["Anna@community"], "agent"),
        ("undeliverable", house.ids["Erik"], "They blocked the bot."),
    }


async def test_who_answers_while_the_question_is_still_being_sent_sees_it_there(house: House) -> None:
    """The platform shows it before it is recorded where it stands."""
    await ask(house)
    await house.desk.do(deliver)
    await house.desk.do(nps.start)
    while await alarms.tick(house.desk):
        pass
    [sending] = [one for one in await lease(house) if one.say == "nps.ask"]
    question = (await questions(house))[house.ids["Anna"]]
    await house.desk.do(nps.rate, question.id, house.ids["Anna"], 3)
    assert await said(house) == []
    assert await arrive(house, sending)
    [thanks] = await said(house)
    assert (thanks.kind, thanks.say, thanks.target) == ("rewrite", "nps.thanks", f"p{sending.id}")


@pytest.mark.parametrize("engine_name", ["sqlite", "postgres"])
async def test_an_answer_at_the_moment_when_its_question_arrives_is_shown(house: House) -> None:
    ids = await crowd(house, 6)
    await house.desk.do(nps.start)
    while await alarms.tick(house.desk):
        pass
    sending = {one.facts["nps"]: one for one in await lease(house) if one.say == "nps.ask"}
    found = await questions(house)
    for turn, who in enumerate(ids):
        deeds = [arrive(house, sending[found[who].id]), house.desk.do(nps.rate, found[who].id, who, 10)]
        await asyncio.gather(*(deeds if turn % 2 else reversed(deeds)))
    shown = [one.facts["nps"] for one in await said(house) if one.say == "nps.thanks"]
    assert sorted(shown) == sorted(sending)


@pytest.mark.parametrize(("text", "score"), [("10", 10), ("7/10.", 7), ("11", None)])
async def test_who_answers_the_message_with_a_number_has_answered(house: House, text: str, score: int | None) -> None:
    words = house.said("Anna", "My parcel smokes", "T-DM", connection="shop", direct=True)
    await house.desk.do(intake.receive, words)
    await house.desk.do(nps.start)
    [question] = [one for one in await beats(house) if one.to == "T-ANNA"]

    async def says(text: str) -> str:
        place, shown = "dm-T-ANNA", f"x{question.id}"
        words = house.said("Anna", text, place, connection="shop", direct=True, reply_to=shown)
        return (await house.desk.do(intake.receive, words)).outcome

    assert (await says(text) == "remark") == (score is not None)
    assert (await questions(house))[house.ids["Anna@shop"]].score == score
    assert (await says("Because") == "remark") == (score is not None)
    assert (await questions(house))[house.ids["Anna@shop"]].comment == (None if score is None else "Because")


async def test_a_reminder_that_does_not_arrive_leaves_the_question_as_it_is(house: House) -> None:
    question = await asked(house)
    house.clock.advance(hours=48)
    while await alarms.tick(house.desk):
        pass
    [reminder] = [one for one in await lease(house) if one.say == "nps.remind"]
    await house.desk.do(delivery.parked, reminder.id, reminder.fence, "It was tried for too long.", "late")
    assert (await questions(house))[house.ids["Anna"]].state == "asked"
    await house.desk.do(nps.rate, question.id, house.ids["Anna"], 7)
    assert [one.say for one in await said(house)] == ["nps.thanks"]


async def test_nobody_is_reminded_at_night_or_who_was_blocked(house: House) -> None:
    await asked(house)
    house.clock.now = datetime(2026, 3, 5, 2, 0, tzinfo=UTC)  # the machine was away
    assert await beats(house) == []
    [reminder] = await beats(house, hours=6)
    assert reminder.say == "nps.remind"


async def test_who_has_not_had_the_question_yet_is_asked_once_unless_they_say_no(house: House) -> None:
    """The platform was away for three days."""
    for name in ("Anna", "Erik"):
        await ask(house, name=name)
    await house.desk.do(deliver)
    await house.desk.do(nps.start)
    for days in (0, 3):
        house.clock.advance(days=days)
        while await alarms.tick(house.desk):
            pass
    await house.desk.do(surveys.opt, house.ids["Erik"], out=True)
    assert [(one.say, one.to) for one in await said(house)] == [("nps.ask", "U-ANNA")]


async def test_who_was_blocked_is_not_reminded(house: House) -> None:
    await asked(house)

    def block(tx: Tx, now: datetime) -> None:
        tx.run(update(person).where(person.c.id == house.ids["Anna"]).values(blocked=True))

    await house.desk.do(block)
    assert await beats(house, hours=48) == []
    assert [one.say for one in await said(house, days=5)] == ["nps.expired"]


@pytest.mark.parametrize("engine_name", ["sqlite", "postgres"])
async def test_of_two_questions_to_one_person_one_is_taken_back(house: House) -> None:
    """Anna was asked on Slack and in Telegram before she linked the two."""
    await ask(house)
    words = house.said("Anna", "My parcel smokes", "T-DM", connection="shop", direct=True)
    await house.desk.do(intake.receive, words)
    await house.desk.do(nps.start)
    assert len(await beats(house)) == 2
    both = await questions(house)
    code = await house.desk.do(linking.code, house.account("Anna"))
    await house.desk.do(linking.redeem, house.account("Anna", "shop"), code)
    [taken] = await said(house)
    assert (taken.say, taken.actions, taken.facts["nps"]) == ("nps.expired", (), both[house.ids["Anna@shop"]].id)
    assert ("withdrawn", both[house.ids["Anna@shop"]].id) in [(k, f.get("nps")) for k, _, f in await log(house)]
    kept = (await questions(house))[house.ids["Anna"]]
    assert kept.id == both[house.ids["Anna"]].id


@pytest.mark.parametrize("engine_name", ["sqlite", "postgres"])
async def test_a_question_goes_with_the_account_that_it_was_asked_by(house: House) -> None:
    """Anna is asked in Telegram, parts the accounts and answers there; what she wants of surveys holds for both."""
    code = await house.desk.do(linking.code, house.account("Anna"))
    await house.desk.do(linking.redeem, house.account("Anna", "shop"), code)
    words = house.said("Anna", "My parcel smokes", "T-DM", connection="shop", direct=True)
    await house.desk.do(intake.receive, words)
    await house.desk.do(nps.start)
    assert [one.to for one in await beats(house)] == ["T-ANNA"]
    [question] = (await questions(house)).values()
    await house.desk.do(surveys.opt, house.ids["Anna"], out=True)
    parted = await house.desk.do(linking.unlink, house.account("Anna", "shop"))
    assert parted.person_id != house.ids["Anna"]
    with pytest.raises(NotFound):
        await house.desk.do(nps.rate, question.id, house.ids["Anna"], 0)
    assert (await house.desk.do(nps.rate, question.id, parted.person_id, 8)).score == 8
    assert await house.desk.look(asked_of.opted_out, parted.person_id)


async def test_the_leads_hear_once_however_often_the_answer_changes(house: House) -> None:
    question, anna = await asked(house), house.ids["Anna"]
    await house.desk.do(nps.rate, question.id, anna, 9)
    await house.desk.do(nps.comment, question.id, anna, "It was quick, and wrong")
    assert await beats(house) == []
    await house.desk.do(nps.rate, question.id, anna, 2)
    [low] = await beats(house)
    assert (low.say, low.facts["score"], low.facts["quote"]) == ("nps.low", 2, "It was quick, and wrong")
    for score in (9, 1, 10, 0):
        await house.desk.do(nps.rate, question.id, anna, score)
    assert await beats(house) == []


async def test_where_no_lead_can_be_reached_the_desk_room_hears(house: House) -> None:
    question, anna = await asked(house), house.ids["Anna"]
    [account] = await house.desk.look(people.identities, house.ids["Maja"])
    await house.desk.do(lambda tx, now: people.set_unreachable(tx, account.id, "They left."))
    await house.desk.do(nps.rate, question.id, anna, 1)
    await house.desk.do(nps.comment, question.id, anna, "Too slow")
    [low] = await beats(house)
    assert (low.say, low.kind, low.to) == ("nps.low", "room", "C-DESK")


async def test_a_score_that_is_next_to_nothing_is_nothing() -> None:
    wave = stored.Wave(1, datetime(2026, 3, 2, tzinfo=UTC), None, 999)
    spread = [0] * 11
    spread[0], spread[8], spread[10] = 100, 700, 99
    figures = stored.Figures(wave, 0, 999, 0, 0, tuple(spread))
    assert figures.shown == "0" and figures.passives == 700
    assert stored.Figures(wave, 0, 9, 0, 0, (0,) * 11).shown == "–"
    assert stored.Figures(wave, 0, 9, 0, 0, (0,) * 10 + (3,)).shown == "+100"
    assert stored.Figures(wave, 0, 9, 0, 0, (3, *(0,) * 10)).shown == "-100"
