"""Rules: what they wait for, how a ticket must be, what they do, and that each fires once."""

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import event

from inbox.automation import Deeds, Needs, Rule, When, Who, phrase
from inbox.desk import absence, claims, idle, intake, lifecycle, rules, surveys, tags
from inbox.directory import Directory
from inbox.store import Tx, canned, messages, tickets
from inbox.store.canned import Prepared
from inbox.store.tables import firing
from tests.house import House, sample_directory
from tests.inbox.deeds import answer, ask, ask_again, one_engine, ticket_of, told
from tests.inbox.office import beat_at, promised
from tests.inbox.postman import deliver

pytestmark = one_engine
ANY: tuple[Any, ...] = ()


def rule(name: str, when: When, do: Deeds, needs: Needs = Needs()) -> Rule:  # noqa: B008 (frozen)
    return Rule(name, when, needs, do)


def ruled(house: House, *found: Rule, directory: Directory | None = None) -> None:
    before = directory or sample_directory()
    house.desk.directory = replace(before, desk=replace(before.desk, rules=found))


async def fired(house: House, number: int) -> list[tuple[str, str]]:
    return [(e.facts["rule"], e.facts["did"] or e.facts["skipped"]) for e in await told(house, number, "rule_fired")]


async def words(house: House, number: int) -> list[tuple[str, str, str]]:
    return [(m.role, m.state, m.text) for m in await house.desk.look(messages.of_ticket, number)]


CREATED, MESSAGE = When(created=True), When(message=True)


async def test_a_new_ticket_is_made_ready_in_one_go(house: House) -> None:
    vpn = Needs(queue=("it",), text=(phrase("vpn*"),), platform=("slack",), language=("en",))
    do = Deeds(priority="urgent", tag=("vpn",), assign=Who("acme", "U-LISA"), note="See the status page")
    ruled(house, rule("vpn-down", CREATED, do, vpn))
    number = await ask(house, "The VPNs are gone")
    ticket = await ticket_of(house, number)
    assert (ticket.priority, ticket.assignee_id, ticket.microphone) == ("urgent", house.ids["Lisa"], False)
    assert await house.desk.look(tags.of, number) == ("vpn",)
    assert (await words(house, number))[1:] == [("bot", "noted", "See the status page")]
    assert await fired(house, number) == [("vpn-down", "priority = urgent; tag = vpn; assign = Lisa; note")]
    assert (await promised(house, number))["first_reply"].target_seconds == 900
    other = await ask(house, "The printer is on fire", "Erik")
    assert await fired(house, other) == []


@pytest.mark.parametrize(
    ("needs", "fits"),
    [
        (Needs(queue=("games",)), False),
        (Needs(priority=("normal", "high")), True),
        (Needs(status=("open",)), False),
        (Needs(requester=(Who("acme", "U-ANNA"),)), True),
        (Needs(requester=(Who("shop", "U-ANNA"),)), False),
        (Needs(language=("sv",)), False),
        (Needs(platform=("telegram",)), False),
        (Needs(tag=("vip",)), False),
        (Needs(fields={"floor": ("2",)}), False),
        (Needs(text=(phrase("on fire"),)), True),
        (Needs(text=(phrase("on the fire"), phrase("*rint*"))), True),
        (Needs(text=(phrase("prin"),)), False),
        (Needs(text=(phrase("PRINTER is"),), priority=("urgent",)), False),
    ],
)
async def test_every_condition_must_hold(house: House, needs: Needs, fits: bool) -> None:
    ruled(house, rule("r", CREATED, Deeds(tag=("seen",)), needs))
    assert bool(await fired(house, await ask(house))) == fits


async def test_rules_are_tried_in_their_order_and_see_what_those_before_them_did(house: House) -> None:
    to_games = rule("one", CREATED, Deeds(queue="games", priority="high"))
    in_games = rule("two", CREATED, Deeds(tag=("dice",)), Needs(queue=("games",), priority=("high",)))
    ruled(house, to_games, in_games)
    number = await ask(house)
    assert [name for name, _ in await fired(house, number)] == ["one", "two"]
    ruled(house, in_games, to_games)
    assert [name for name, _ in await fired(house, await ask(house, name="Erik"))] == ["one"]


async def test_what_rules_do_is_no_cause_for_rules(house: House) -> None:
    """Two that would chase each other for ever."""
    back = rule("back", When(status=ANY, message=True), Deeds(close="done"))
    ruled(house, rule("on", CREATED, Deeds(assign=Who("acme", "U-OMAR"))), back)
    number = await ask(house)
    assert [name for name, _ in await fired(house, number)] == ["on"]
    await ask_again(house, await _shown(house, number))
    assert [name for name, _ in await fired(house, number)] == ["on", "back"]


async def _shown(house: House, number: int) -> int:
    await house.desk.do(deliver)
    return number


async def test_the_first_words_belong_to_the_opening_and_later_ones_are_messages(house: House) -> None:
    angry = rule("angry", MESSAGE, Deeds(priority="high"), Needs(text=(phrase("still"),)))
    ruled(house, angry)
    number = await _shown(house, await ask(house, "It still burns"))
    assert await fired(house, number) == []
    await ask_again(house, number, "Yes, it does")
    assert await fired(house, number) == []
    await ask_again(house, number, "And it STILL does")
    assert [name for name, _ in await fired(house, number)] == ["angry"]


async def test_the_same_words_delivered_again_fire_nothing_again(house: House) -> None:
    ruled(house, rule("hello", When(created=True, message=True), Deeds(note="!")))
    said = house.said("Anna", "Hello")
    for _ in range(3):
        received = await house.desk.do(intake.receive, said)
    assert received.outcome == "again"
    assert await house.desk.look(lambda tx: [row[0] for row in tx.run(firing.select())]) == ["hello"]


async def test_a_cause_that_is_looked_at_twice_fires_once(house: House) -> None:
    """A deed whose answer was lost is done again in another process."""
    ruled(house, rule("hello", CREATED, Deeds(note="!")))
    number = await ask(house)

    def again(tx: Tx, now: Any) -> None:
        tx.happened.append(("created", number, house.ids["Anna"], {}))

    await house.desk.do(again)
    assert len(await fired(house, number)) == 1


async def test_statuses(house: House) -> None:
    ruled(
        house,
        rule("any", When(status=ANY), Deeds(note="any")),
        rule("solved", When(status=("resolved",)), Deeds(note="solved")),
        rule("open", When(status=("open",)), Deeds(note="open")),
    )
    number, omar = await ask(house), house.ids["Omar"]
    await house.desk.do(claims.claim, number, omar)
    await house.desk.do(lifecycle.resolve, number, omar)
    await house.desk.do(lifecycle.reopen, number, house.ids["Anna"])
    assert [name for name, _ in await fired(house, number)] == ["any", "open", "any", "solved", "any", "open"]


async def test_a_ticket_with_which_nobody_does_anything(house: House) -> None:
    needs = Needs(status=("new", "open"))
    ruled(
        house,
        rule("4h", When(idle_seconds=4 * 3600), Deeds(notify=("leads",)), needs),
        rule("8h", When(idle_seconds=8 * 3600), Deeds(priority="high"), needs),
    )
    number = await ask(house)
    await beat_at(house, hours=3)
    await house.desk.do(claims.claim, number, house.ids["Omar"])  # that is something
    await beat_at(house, hours=3)
    assert await fired(house, number) == []
    await beat_at(house, hours=1)
    assert [name for name, _ in await fired(house, number)] == ["4h"]
    house.clock.advance(hours=4)
    for _ in range(2):
        await beat_at(house)
    assert [name for name, _ in await fired(house, number)] == ["4h", "8h"]
    await beat_at(house, hours=48)
    assert len(await fired(house, number)) == 2


async def test_what_a_rule_for_idle_tickets_does_is_no_cause_either(house: House) -> None:
    over = rule("over", When(idle_seconds=3600), Deeds(close="done"))
    ruled(house, over, rule("solved", When(status=ANY), Deeds(note="!")))
    number = await ask(house)
    await beat_at(house, hours=2)
    assert (await ticket_of(house, number)).status == "resolved"
    assert [name for name, _ in await fired(house, number)] == ["over"]
    [why] = await house.desk.look(rules.why, number)
    assert (why.rule, why.cause, why.did, why.skipped) == ("over", "idle", "close = done", "")


async def test_asleep_is_not_idle_and_neither_is_what_is_solved(house: House) -> None:
    ruled(house, rule("4h", When(idle_seconds=4 * 3600), Deeds(note="!")))
    asleep, solved = await ask(house), await ask(house, name="Erik")
    await house.desk.do(lifecycle.snooze, asleep, house.ids["Omar"], house.clock.advance(1).replace(hour=20))
    await house.desk.do(lifecycle.resolve, solved, house.ids["Omar"])
    await beat_at(house, hours=9)
    assert await fired(house, asleep) == await fired(house, solved) == []
    await beat_at(house, hours=3)  # it woke at eight
    await beat_at(house, hours=4)
    assert len(await fired(house, asleep)) == 1


async def test_tickets_that_were_there_before_the_rule_are_watched_too(house: House) -> None:
    number = await ask(house)
    ruled(house, rule("4h", When(idle_seconds=4 * 3600), Deeds(note="!")))
    assert await idle.follow_file(house.desk) == 1
    assert await idle.follow_file(house.desk) == 0
    await beat_at(house, hours=5)
    assert len(await fired(house, number)) == 1


async def test_a_rating_and_each_score_of_it_once(house: House) -> None:
    ruled(house, rule("sorry", When(rating=(1, 2)), Deeds(tag=("unhappy",), notify=("leads",))))
    number, omar = await ask(house), house.ids["Omar"]
    await answer(house, number)
    await house.desk.do(lifecycle.resolve, number, omar)
    await beat_at(house, hours=2)
    [asked] = await told(house, number, "survey_asked")
    for score in (5, 1, 5, 1, 2):
        await house.desk.do(surveys.rate, asked.facts["survey"], house.ids["Anna"], score)
    assert [name for name, _ in await fired(house, number)] == ["sorry", "sorry"]
    assert "unhappy" in await house.desk.look(tags.of, number)


async def test_a_prepared_answer_goes_out_and_keeps_no_promise(house: House) -> None:
    response = Prepared("it", "vpn", "en", "Hello {requester}, {ticket} is with {queue}. /{agent} {nobody}")
    await house.desk.do(canned.put, response, house.ids["Omar"])
    ruled(house, rule("auto", CREATED, Deeds(reply="vpn")))
    number = await ask(house)
    sent = await house.desk.do(deliver)
    [home] = [letter for letter in sent if letter.kind == "message" and letter.to == "home"]
    assert home
    text = f"Hello Anna, #{number} is with IT support. /Acme Support {{nobody}}"
    assert (await words(house, number))[1:] == [("bot", "sent", text)]
    assert (await promised(house, number))["first_reply"].state == "running"
    assert not (await ticket_of(house, number)).answered


async def test_a_person_who_is_told_must_be_of_the_queue(house: House) -> None:
    audiences = (Who("acme", "U-ERIK"), Who("acme", "U-OMAR"), "room", "leads")
    ruled(house, rule("tell", CREATED, Deeds(notify=audiences)))
    number = await ask(house)
    assert await fired(house, number) == [("tell", "notify = acme:U-OMAR, room, leads")]
    letters = [letter for letter in await house.desk.do(deliver) if letter.say == "rule.notify"]
    assert sorted(letter.to for letter in letters) == ["C-DESK", "U-MAJA", "U-OMAR"]


async def test_spam_is_closed_without_a_word(house: House) -> None:
    ruled(house, rule("spam", CREATED, Deeds(close="spam"), Needs(text=(phrase("cheap watches"),))))
    number = await ask(house, "Cheap watches!")
    ticket = await ticket_of(house, number)
    assert (ticket.status, ticket.closed_as) == ("closed", "spam")


# What cannot be done


async def test_what_cannot_be_done_stops_nothing_else(house: House) -> None:
    do = Deeds(assign=Who("acme", "U-ERIK"), reply="none-such", tag=("odd",))
    ruled(house, rule("r", CREATED, do))
    number = await ask(house)
    [one] = await told(house, number, "rule_fired")
    assert one.facts["did"] == "tag = odd"
    assert one.facts["skipped"] == "assign (not an agent); reply (canned unknown)"


async def test_a_person_s_ticket_is_not_given_to_another_nor_to_somebody_away(house: House) -> None:
    ruled(house, rule("r", When(message=True, created=True), Deeds(assign=Who("acme", "U-LISA"))))
    await house.desk.do(absence.away, house.ids["Lisa"], None)
    number = await _shown(house, await ask(house))
    assert await fired(house, number) == [("r", "assign (away)")]
    await house.desk.do(absence.back, house.ids["Lisa"])
    await house.desk.do(claims.claim, number, house.ids["Omar"])
    await ask_again(house, number)
    assert (await ticket_of(house, number)).assignee_id == house.ids["Omar"]


async def test_no_rule_opens_up_what_is_confidential(house: House) -> None:
    ruled(house, rule("r", CREATED, Deeds(queue="payroll")), rule("s", MESSAGE, Deeds(queue="it")))
    number = await _shown(house, await ask(house))
    assert (await ticket_of(house, number)).queue == "payroll"
    await house.desk.do(intake.receive, house.said("Anna", "Hello?", "dm-U-ANNA", direct=True))
    assert (await ticket_of(house, number)).queue == "payroll"
    assert (await fired(house, number))[-1] == ("s", "queue (confidential)")


async def test_a_fault_in_a_rule_costs_nobody_their_words(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(tx: Tx, now: Any, number: int, rule: Rule) -> Any:
        ticket = tickets.get(tx, number)
        assert ticket
        tags.put(tx, now, ticket, None, ["half"])
        raise KeyError("none")

    ruled(house, rule("r", CREATED, Deeds(tag=("x",))))
    monkeypatch.setattr("inbox.desk.rule_deeds.carry_out", broken)
    number = await ask(house)
    assert (await words(house, number))[0][2] == "Printer is on fire"
    assert len(await told(house, number, "rule_failed")) == 1
    assert await house.desk.look(tags.of, number) == () and await told(house, number, "tagged") == []


async def test_without_rules_nothing_is_asked_of_the_database(house: House) -> None:
    counted = 0

    def count(*_: Any) -> None:
        nonlocal counted
        counted += 1

    engine = house.desk.store.engine
    event.listen(engine, "before_cursor_execute", count)
    await ask(house)
    without, counted = counted, 0
    none_fits = rule("r", When(message=True, rating=ANY), Deeds(note="!"))
    ruled(house, none_fits)
    await ask(house, name="Erik")
    event.remove(engine, "before_cursor_execute", count)
    assert counted == without
