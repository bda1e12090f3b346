"""One ticket that nobody answers for weeks: who hears of it, when, and that it is never forgotten."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bots.texts import phrase
from inbox.desk import absence, alarms, claims, digests, incidents, merging, muting, ringing
from inbox.directory import DigestSettings
from inbox.store import alarms as stored
from sla.ladder import DEFAULT
from tests.house import House
from tests.inbox.deeds import ask, one_engine, ticket_of
from tests.inbox.postman import Letter, deliver
from tests.inbox.test_ladders import with_ladder

pytestmark = one_engine
FRIDAY = datetime(2026, 3, 6, 14, 0, tzinfo=UTC)  # the office is open on weekdays from 8 to 17, UTC
Told = tuple[str, str, str]  # when, what, to whom


def at(text: str) -> datetime:
    """ "Mon 09:00" of the week after that Friday."""
    day, _, time = text.partition(" ")
    hour, minute = time.split(":")
    days = 3 + ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun").index(day)
    return FRIDAY.replace(hour=int(hour), minute=int(minute)) + timedelta(days=days)


@pytest.fixture
async def it(house: House) -> House:
    plain = with_ladder(DEFAULT)
    daily = DigestSettings("07:00")  # 06:00 in UTC
    queues = {key: replace(queue, digest=daily) for key, queue in plain.desk.queues.items()}
    house.desk.directory = replace(plain, desk=replace(plain.desk, queues=queues))
    house.clock.now = FRIDAY
    await house.desk.do(digests.begin)
    return house


async def until(it: House, end: datetime) -> list[Letter]:
    """Time passes from one alarm to the next; returns what was said, each with when."""
    said: list[Letter] = []
    while (soonest := await it.desk.look(stored.soonest)) is not None and soonest <= end:
        it.clock.now = max(it.clock.now, soonest)
        while await alarms.tick(it.desk):
            pass
        for letter in await it.desk.do(deliver):
            said.append(replace(letter, facts={**letter.facts, "when": it.clock.now}))
    it.clock.now = end
    return said


def nags(said: list[Letter]) -> list[Told]:
    return [
        (f"{letter.facts['when']:%a %H:%M}", letter.say.removeprefix("nag.first_reply."), letter.to)
        for letter in said
        if letter.say.startswith("nag.") and letter.kind != "rewrite"
    ]


async def held(it: House) -> int:
    number = await ask(it)
    await it.desk.do(claims.claim, number, it.ids["Omar"])
    await it.desk.do(deliver)
    return number


EARLY = [("Fri 16:00", "hint", "desk")]
MONDAY = [
    ("Mon 08:00", "warning", "U-OMAR"),
    ("Mon 09:00", "breach", "U-OMAR"),
    ("Mon 09:00", "breach", "C-DESK"),
    ("Mon 10:00", "leads", "U-MAJA"),
]
LATER = [
    ("Mon 13:00", "escalate", "C-DESK"),
    ("Tue 08:00", "leads", "C-DESK"),
    ("Tue 12:00", "leads", "C-DESK"),
    ("Tue 16:00", "leads", "C-DESK"),
]


async def test_a_forgotten_ticket_is_told_of_step_by_step_and_then_each_day(it: House) -> None:
    """Four opening hours from Friday 14:00. It goes up once, is told of three times more, and then in each digest."""
    number = await held(it)
    said = await until(it, FRIDAY + timedelta(days=21))
    assert nags(said) == [*EARLY, *MONDAY, *LATER]
    assert ((await ticket_of(it, number)).queue, (await ticket_of(it, number)).priority) == ("customers", "high")
    listing = [
        letter.facts["when"].date()
        for letter in said
        if letter.say.startswith("digest.")
        and f"🔴 1 overdue: #{number} (Printer is on fire)" in phrase("en", letter.say, letter.facts)
    ]
    overdue_since = at("Mon 09:00").date() + timedelta(days=1)
    assert listing == [overdue_since + timedelta(days=day) for day in range(18)], "every day, weekends too"


async def test_a_holder_who_is_away_for_half_of_it_is_told_of_the_other_half(it: House) -> None:
    await held(it)
    await it.desk.do(absence.away, it.ids["Omar"], at("Mon 08:30"))
    instead = [("Mon 08:00", "warning", "C-DESK"), *MONDAY[1:]]
    assert nags(await until(it, at("Wed 12:00"))) == [*EARLY, *instead, *LATER]


Deed = Callable[[House, int], Awaitable[object]]
TO_LISA = [("Mon 09:00", "breach", "U-LISA"), *MONDAY[2:]]
BETWEEN: dict[str, tuple[Deed, list[Told]]] = {
    "given to Lisa": (lambda it, n: it.desk.do(claims.take_over, n, it.ids["Lisa"]), TO_LISA),
    "seen": (
        lambda it, n: it.desk.do(muting.mute, n, it.ids["Omar"]),  # for half an hour, over the deadline
        [("Mon 09:15", what, to) for _, what, to in MONDAY[1:3]] + MONDAY[3:],
    ),
    "left by Omar": (lambda it, n: it.desk.do(claims.release, n, it.ids["Omar"]), MONDAY[2:]),
}


@pytest.mark.parametrize("deed", BETWEEN)
async def test_what_is_done_between_two_steps_changes_who_is_told(it: House, deed: str) -> None:
    number, (does, monday) = await held(it), BETWEEN[deed]
    assert nags(await until(it, at("Mon 08:45"))) == [*EARLY, MONDAY[0]]
    await does(it, number)
    assert nags(await until(it, at("Wed 12:00"))) == [*monday, *LATER]


async def test_what_is_merged_or_gathered_on_the_way_is_told_of_as_one(it: House) -> None:
    number = await held(it)
    it.clock.advance(1800)
    other = await ask(it, "It burns still")
    await it.desk.do(deliver)
    assert other != number
    await it.desk.do(merging.merge, number, it.ids["Omar"], other)
    said = nags(await until(it, at("Mon 10:00")))
    assert [told for told in said if told[1] == "breach"] == [("Mon 09:30", "breach", "C-DESK")], "the survivor's"
    it.clock.now = at("Mon 10:00")
    whole = await ask(it, "No power", "Erik")
    await it.desk.do(claims.claim, whole, it.ids["Lisa"])
    await it.desk.do(incidents.declare, whole, it.ids["Lisa"], "No power")
    await it.desk.do(incidents.gather, other, it.ids["Lisa"], whole)
    await it.desk.do(deliver)
    said = nags(await until(it, at("Wed 12:00")))
    assert said[0] == ("Mon 12:00", "hint", "desk") and ("Mon 14:00", "breach", "U-LISA") in said
    assert {told for told in said if told[1] == "escalate"} == {("Tue 09:00", "escalate", "C-DESK")}


async def test_after_a_week_without_the_program_only_the_highest_step_is_told(it: House) -> None:
    number = await held(it)
    assert nags(await until(it, FRIDAY + timedelta(hours=2))) == EARLY
    it.clock.now = at("Tue 13:00")
    await it.desk.do(digests.begin)
    while await ringing.ring(it.desk) == it.clock.now:
        pass
    while await alarms.tick(it.desk):
        pass
    said = [letter for letter in await it.desk.do(deliver) if letter.say.startswith("nag.")]
    assert [(letter.say, letter.to) for letter in said] == [("nag.first_reply.leads", "C-DESK")]
    assert (await ticket_of(it, number)).queue == "customers", "what had to be done was done"
    assert nags(await until(it, at("Wed 12:00"))) == LATER[-1:]
