"""Waves of NPS: whom they ask, when and where, what becomes of the answers."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from inbox.desk import access, alarms, delivery, intake, linking, nps, surveys
from inbox.directory import AgentRef
from inbox.errors import BadInput, NotFound, WrongStatus
from inbox.store import Tx, people
from inbox.store import alarms as stored_alarms
from inbox.store import nps as stored
from inbox.store.nps import Question, Wave
from inbox.store.tables import identity, person, ticket
from inbox.store.tables import nps as table
from inbox.store.tables import outbox as rows
from tests.house import House, sample_directory
from tests.inbox.deeds import ask, one_engine
from tests.inbox.postman import Letter, deliver
from tests.inbox.sending import lease
from tests.inbox.test_surveys import asked as surveyed
from tests.inbox.test_surveys import solve

ELEVEN = tuple(range(11))


async def questions(house: House) -> dict[int, Question]:
    """Person → what they are asked in the newest wave."""

    def look(tx: Tx) -> dict[int, Question]:
        wave = stored.waves(tx, 1)[0].id
        found = tx.run(select(table.c.id).where(table.c.wave == wave).order_by(table.c.id)).scalars().all()
        return {one.person_id: one for i in found if (one := stored.get(tx, i))}

    return await house.desk.look(look)


async def said(house: House, **later: float) -> list[Letter]:
    """Time passes and the metronome beats until nothing is due; returns what was said of NPS, or put right."""
    house.clock.advance(**later)
    while await alarms.tick(house.desk):
        pass
    return [said for said in await house.desk.do(deliver) if said.say.startswith("nps.")]


async def beats(house: House, **later: float) -> list[Letter]:
    """The same, without what was put right."""
    return [one for one in await said(house, **later) if one.kind != "rewrite"]


async def asked(house: House, name: str = "Anna") -> Question:
    """Somebody who asked for help once has the question before them."""
    await ask(house, name=name)
    await house.desk.do(nps.start)
    await beats(house)
    found = (await questions(house))[house.ids[name]]
    assert found.state == "asked"
    return found


async def crowd(house: House, count: int, zone: str = "") -> list[int]:
    """So many more people on Slack who asked for help once."""

    def come(tx: Tx, now: datetime) -> list[int]:
        ids = []
        for n in range(count):
            values = {"name": f"P{n}", "created_at": now, "timezone": zone}
            who = tx.run(insert(person).returning(person.c.id), values).scalar_one()
            account = {"person_id": who, "connection": "acme", "external_id": f"U-P{zone}{n}", "name": f"P{n}"}
            tx.run(insert(identity), account)
            asked: dict[str, Any] = {
                "subject": "s",
                "status": "closed",
                "closed_as": "done",
                "priority": "normal",
                "queue": "it",
            }
            asked |= {"requester_id": who, "connection": "acme", "language": "en", "created_at": now}
            tx.run(insert(ticket), {**asked, "updated_at": now, "due_at": now})
            ids.append(who)
        return ids

    return await house.desk.do(come)


# Whom


async def test_a_wave_asks_everybody_who_ever_asked_for_help_once(house: House) -> None:
    await ask(house)
    await ask(house, "My parcel smokes", "Erik")
    wave = await house.desk.do(nps.start)
    assert isinstance(wave, Wave) and wave.asked == 2
    letters = await beats(house)
    assert {(one.kind, one.to, one.say) for one in letters} == {
        ("direct", "U-ANNA", "nps.ask"),
        ("direct", "U-ERIK", "nps.ask"),
    }
    found = await questions(house)
    for letter in letters:
        mine = found[house.ids[letter.to.removeprefix("U-").capitalize()]]
        assert letter.actions == tuple(f"nps:{mine.id}:{score}" for score in ELEVEN)
        assert (mine.state, mine.asked_at, mine.expires_at) == (
            "asked",
            house.clock.now,
            house.clock.now + timedelta(days=7),
        )
    assert await beats(house, hours=1) == []


@one_engine
async def test_agents_the_blocked_spammers_and_who_opted_out_are_not_asked(house: House) -> None:
    await ask(house)
    spam = await ask(house, "Buy gold", "Erik")

    def unfit(tx: Tx, now: datetime) -> None:
        tx.run(update(ticket).where(ticket.c.number == spam).values(closed_as="spam", status="closed"))

    await house.desk.do(unfit)
    blocked, out, agent, fine = await crowd(house, 4)

    def change(tx: Tx, now: datetime) -> None:
        tx.run(update(person).where(person.c.id == blocked).values(blocked=True))
        tx.run(update(ticket).where(ticket.c.requester_id == agent).values(requester_id=house.ids["Omar"]))

    await house.desk.do(change)
    await house.desk.do(surveys.opt, out, out=True)
    await house.desk.do(nps.start)
    assert set(await questions(house)) == {house.ids["Anna"], fine}


@one_engine
async def test_nobody_is_in_two_waves_within_ninety_days(house: House) -> None:
    await asked(house)
    with pytest.raises(BadInput) as refused:
        await house.desk.do(nps.start)
    assert refused.value.reason == "nps_nobody"
    await ask(house, "Later", "Erik")
    house.clock.advance(days=89)
    await house.desk.do(nps.start)
    assert set(await questions(house)) == {house.ids["Erik"]}
    await beats(house)
    house.clock.advance(days=2)
    await house.desk.do(nps.start)
    assert set(await questions(house)) == {house.ids["Anna"]}


@one_engine
async def test_a_share_is_asked_and_always_somebody(house: House) -> None:
    await crowd(house, 200)
    wave = await house.desk.do(nps.start, 0.2)
    assert 20 <= wave.asked <= 60
    for sample in (0, -1, 1.01, float("nan")):
        with pytest.raises(BadInput) as refused:
            await house.desk.do(nps.start, sample)
        assert refused.value.reason == "nps_sample"


async def test_two_admins_who_start_a_wave_at_once_start_one(house: House) -> None:
    await ask(house)
    done = await asyncio.gather(*(house.desk.do(nps.start) for _ in range(4)), return_exceptions=True)
    assert sorted(type(one).__name__ for one in done) == ["BadInput"] * 3 + ["Wave"]
    assert len(await beats(house)) == 1


# When and where


@one_engine
async def test_a_wave_asks_a_few_at_a_time(house: House) -> None:
    await crowd(house, nps.AT_ONCE * 2 + 5)
    await house.desk.do(nps.start)
    assert [len(await beats(house, seconds=60 * bool(n))) for n in range(4)] == [nps.AT_ONCE, nps.AT_ONCE, 5, 0]
    assert await house.desk.look(stored_alarms.at, nps.WAVE, 1) is None, "it is through"


@one_engine
async def test_people_are_asked_in_their_own_daytime(house: House) -> None:
    house.clock.now = datetime(2026, 3, 2, 5, 0, tzinfo=UTC)  # six in Stockholm, half past ten in Kolkata
    here, there = await crowd(house, 1), await crowd(house, 1, "Asia/Kolkata")
    await house.desk.do(nps.start)
    assert len(await beats(house)) == 1
    found = await questions(house)
    assert (found[here[0]].state, found[there[0]].state) == ("planned", "asked")
    assert await beats(house, hours=2) == []
    assert len(await beats(house, hours=1)) == 1  # nine in Stockholm


@one_engine
@pytest.mark.parametrize(("evening", "morning"), [((3, 28, 20), (3, 29, 7)), ((10, 24, 19), (10, 25, 8))])
async def test_nine_in_the_morning_is_that_also_when_the_clocks_change(
    house: House, evening: tuple[int, int, int], morning: tuple[int, int, int]
) -> None:
    """It is nine in Stockholm and three or four hours later in New York, on the very day of the change."""
    house.clock.now = datetime(2026, *evening, tzinfo=UTC)
    await crowd(house, 1)
    await crowd(house, 1, "America/New_York")
    await house.desk.do(nps.start)
    there = await beats(house)
    house.clock.now = datetime(2026, *morning, tzinfo=UTC) - timedelta(seconds=1)
    assert (len(there), await beats(house)) == (1, []), "it is day in New York while it is evening here"
    assert len(await beats(house, seconds=1)) == 1


@one_engine
async def test_a_person_is_asked_where_they_last_talked(house: House) -> None:
    code = await house.desk.do(linking.code, house.account("Anna"))
    await house.desk.do(linking.redeem, house.account("Anna", "shop"), code)
    await ask(house)
    house.clock.advance(hours=1)
    words = house.said("Anna", "My parcel smokes", "T-DM", connection="shop", direct=True)
    await house.desk.do(intake.receive, words)
    await house.desk.do(nps.start)
    assert [one.to for one in await beats(house)] == ["T-ANNA"]


async def test_the_cooldown_is_shared_with_the_surveys_both_ways(house: House) -> None:
    survey = await surveyed(house)
    await house.desk.do(surveys.rate, survey.id, house.ids["Anna"], 5)
    house.clock.advance(days=1)
    await house.desk.do(nps.start)
    assert await beats(house, days=12) == []
    [question] = await beats(house, days=1)
    assert question.say == "nps.ask", "two weeks after the survey her turn has come"
    # and now no survey disturbs her
    skipped = await solve(house, await ask(house, "The lamp is dark"))
    assert skipped and (skipped.state, skipped.reason) == ("skipped", "outstanding")
    found = (await questions(house))[house.ids["Anna"]]
    await house.desk.do(nps.rate, found.id, house.ids["Anna"], 9)
    skipped = await solve(house, await ask(house, "The door squeaks"))
    assert skipped and (skipped.state, skipped.reason) == ("skipped", "cooldown")


@one_engine
async def test_whoever_opts_out_meanwhile_is_skipped(house: House) -> None:
    house.clock.now = datetime(2026, 3, 2, 5, 0, tzinfo=UTC)
    await ask(house)
    await house.desk.do(nps.start)
    await beats(house)
    await house.desk.do(surveys.opt, house.ids["Anna"], out=True)
    assert await beats(house, hours=3) == []
    skipped = (await questions(house))[house.ids["Anna"]]
    assert (skipped.state, skipped.reason) == ("skipped", "opted_out")


@one_engine
async def test_one_reminder_then_it_closes(house: House) -> None:
    question = await asked(house)
    assert [one.say for one in await beats(house, hours=48)] == ["nps.remind"]
    assert await beats(house, hours=48) == []
    assert await beats(house, days=3) == []
    assert (await questions(house))[house.ids["Anna"]].state == "expired"
    with pytest.raises(WrongStatus):
        await house.desk.do(nps.rate, question.id, house.ids["Anna"], 9)


async def test_whatever_restarts_each_person_is_asked_once(house: House) -> None:
    """Five schedulers beat at the same time, and one died after it had chosen who is next."""
    ids = await crowd(house, 30)
    wave = await house.desk.do(nps.start)
    await house.desk.do(nps.tick_wave, wave.id)
    for _ in range(4):
        await asyncio.gather(*(alarms.tick(house.desk) for _ in range(5)))
        house.clock.advance(60)
    await beats(house)

    def told(tx: Tx) -> list[int]:
        payloads = tx.run(select(rows.c.payload)).scalars()
        return sorted(p["facts"]["nps"] for p in payloads if p.get("say") == "nps.ask")

    found = await questions(house)
    assert await house.desk.look(told) == sorted(found[who].id for who in ids)


@one_engine
async def test_a_question_on_its_way_is_not_said_to_who_has_answered_meanwhile(house: House) -> None:
    question = await asked(house)
    house.clock.advance(hours=48)
    await alarms.tick(house.desk)  # the reminder waits in the outbox
    await house.desk.do(nps.rate, question.id, house.ids["Anna"], 9)
    assert [one.say for one in await said(house)] == ["nps.thanks"], "what they have says so, and no more is asked"


@one_engine
async def test_what_could_not_be_delivered_is_a_state_and_no_loop(house: House) -> None:
    await ask(house)
    await house.desk.do(deliver)
    await house.desk.do(nps.start)
    while await alarms.tick(house.desk):
        pass
    [question] = [one for one in await lease(house) if one.say == "nps.ask"]
    await house.desk.do(delivery.parked, question.id, question.fence, "They blocked the bot.", "blocked")
    found = (await questions(house))[house.ids["Anna"]]
    assert (found.state, found.reason) == ("undeliverable", "They blocked the bot.")
    assert await beats(house, days=5) == []
    [figures] = await house.desk.look(nps.results)
    assert (figures.asked, figures.undeliverable, figures.response_rate) == (0, 1, None)


@one_engine
async def test_who_has_no_account_that_can_be_written_to_is_noted(house: House) -> None:
    [who] = await crowd(house, 1)

    def leave(tx: Tx, now: datetime) -> None:
        tx.run(update(identity).where(identity.c.person_id == who).values(unreachable="They left."))

    await house.desk.do(leave)
    await house.desk.do(nps.start)
    assert await beats(house) == []
    assert (await questions(house))[who].reason == "no_account"


# Answers


async def test_an_answer_can_be_changed_commented_and_is_only_ones_own(house: House) -> None:
    question, anna = await asked(house), house.ids["Anna"]
    for wrong in (-1, 11, True):
        with pytest.raises(BadInput):
            await house.desk.do(nps.rate, question.id, anna, wrong)
    for who, which in (("Erik", question.id), ("Omar", question.id), ("Anna", question.id + 99)):
        with pytest.raises(NotFound) as refused:
            await house.desk.do(nps.rate, which, house.ids[who], 10)
        assert refused.value.say == "error.nps_not_yours"
    await asyncio.gather(*(house.desk.do(nps.rate, question.id, anna, 10) for _ in range(5)))
    await house.desk.do(nps.rate, question.id, anna, 8)
    after = await house.desk.do(nps.comment_latest, anna, "  Quick  ")
    assert isinstance(after, Question) and (after.score, after.comment, after.state) == (8, "Quick", "answered")
    assert await beats(house, days=5) == [], "no reminder any more"
    house.clock.advance(days=2)
    with pytest.raises(WrongStatus):
        await house.desk.do(nps.rate, question.id, anna, 1)


async def test_words_go_to_what_was_answered_last(house: House) -> None:
    survey = await surveyed(house)
    anna = house.ids["Anna"]
    await house.desk.do(surveys.rate, survey.id, anna, 5)
    house.clock.advance(days=6)
    await house.desk.do(nps.comment_latest, anna, "To the survey")
    await house.desk.do(nps.start)
    await beats(house, days=9)
    question = (await questions(house))[anna]
    await house.desk.do(nps.rate, question.id, anna, 9)
    await house.desk.do(nps.comment_latest, anna, "To the wave")
    assert (await questions(house))[anna].comment == "To the wave"
    with pytest.raises(NotFound):
        await house.desk.do(nps.comment_latest, house.ids["Erik"], "Nobody asked me")


@one_engine
async def test_the_leads_hear_once_why_somebody_would_not_recommend_us(house: House) -> None:
    question, anna = await asked(house), house.ids["Anna"]
    await house.desk.do(nps.rate, question.id, anna, 6)
    assert await beats(house) == [], "a number alone is for the figures"
    await house.desk.do(nps.comment, question.id, anna, "Too slow")
    [low] = await beats(house)
    assert (low.say, low.to, low.facts["score"], low.facts["quote"]) == ("nps.low", "U-MAJA", 6, "Too slow")
    await house.desk.do(nps.comment, question.id, anna, "Much too slow")
    assert await beats(house) == []
    # who is content has no news for them
    erik = await crowd(house, 1)
    await house.desk.do(nps.start)
    await beats(house)
    mine = (await questions(house))[erik[0]]
    await house.desk.do(nps.rate, mine.id, erik[0], 7)
    await house.desk.do(nps.comment, mine.id, erik[0], "Fine")
    assert await beats(house) == []


@one_engine
async def test_a_confidential_queues_leads_read_no_words_outside(house: House) -> None:
    queues = dict(house.desk.directory.desk.queues)
    queues["it"] = replace(queues["it"], private=True)
    question, anna = await asked(house), house.ids["Anna"]
    house.desk.directory = sample_directory(queues=queues)
    await house.desk.do(nps.rate, question.id, anna, 0)
    assert await house.desk.store.do(people.set_members, "it", {house.ids["Omar"]: "agent"})
    await house.desk.do(nps.comment, question.id, anna, "My salary")
    [low] = await beats(house)
    assert (low.say, low.kind) == ("nps.low_private", "room"), "there is no lead"
    assert "salary" not in str(low.facts)


@one_engine
async def test_the_figures_are_promoters_less_detractors(house: House) -> None:
    ids = await crowd(house, 10)
    await house.desk.do(nps.start)
    await beats(house)
    found = await questions(house)
    for who, score in zip(ids, (10, 9, 9, 8, 7, 6, 0), strict=False):
        await house.desk.do(nps.rate, found[who].id, who, score)
    [figures] = await house.desk.look(nps.results)
    assert (figures.answers, figures.promoters, figures.detractors, figures.asked, figures.waiting) == (7, 3, 2, 10, 0)
    assert figures.score == pytest.approx(100 / 7) and figures.response_rate == 0.7


# One person, two accounts


@pytest.mark.parametrize("answers", ["Anna", "Anna@shop"])
async def test_two_accounts_of_one_person_make_one_answer(house: House, answers: str) -> None:
    """Both were asked before she linked them: the answer that she gave stays, whichever it was."""
    await ask(house)
    words = house.said("Anna", "My parcel smokes", "T-DM", connection="shop", direct=True)
    await house.desk.do(intake.receive, words)
    await house.desk.do(nps.start)
    assert len(await beats(house)) == 2
    mine = (await questions(house))[house.ids[answers]]
    await house.desk.do(nps.rate, mine.id, house.ids[answers], 9)
    code = await house.desk.do(linking.code, house.account("Anna"))
    await house.desk.do(linking.redeem, house.account("Anna", "shop"), code)
    found = await questions(house)
    assert list(found) == [house.ids["Anna"]] and found[house.ids["Anna"]].score == 9
    assert await beats(house, hours=48) == [], "nor is she reminded of the other"
    changed = await house.desk.do(nps.rate, mine.id, house.ids["Anna"], 3)
    assert changed.score == 3


@one_engine
async def test_only_admins_start_waves(house: House) -> None:
    with pytest.raises(access.NotAdmin):
        await house.desk.look(access.check_admin, house.ids["Maja"])
    house.desk.directory = sample_directory(admins=(AgentRef("acme", "user", "U-MAJA"),))
    await house.desk.look(access.check_admin, house.ids["Maja"])
    with pytest.raises(access.NotAdmin):
        await house.desk.look(access.check_admin, house.ids["Maja@shop"])
