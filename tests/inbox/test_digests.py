"""What a queue's desk room is told each day and each week, and when."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from bots.texts import phrase
from inbox.desk import alarms, claims, digests, lifecycle, replies
from inbox.desk.door import Desk
from inbox.directory import DigestSettings, Directory
from inbox.store import Tx, tickets
from inbox.store import alarms as stored
from tests.house import House
from tests.inbox.deeds import answer, ask, one_engine
from tests.inbox.office import office, values
from tests.inbox.postman import Letter, deliver

STOCKHOLM = ZoneInfo("Europe/Stockholm")
MORNING = DigestSettings("08:30", (0, "08:30"))


def with_digest(settings: DigestSettings | None, **desk: object) -> Directory:
    """The office, whose queue it has digests."""
    plain = office(return_after=None)
    queues = {**plain.desk.queues, "it": replace(plain.desk.queues["it"], digest=settings)}
    return replace(plain, desk=replace(plain.desk, queues=queues, **desk))  # type: ignore[arg-type]


@pytest.fixture
def it(house: House) -> House:
    house.desk.directory = with_digest(MORNING)
    return house


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=STOCKHOLM).astimezone(UTC)


async def posted(it: House, *desks: Desk) -> list[Letter]:
    for desk in desks or (it.desk,):
        while await alarms.tick(desk):
            pass
    return [said for said in await it.desk.do(deliver) if said.say.startswith("digest.")]


def words(letter: Letter) -> list[str]:
    return phrase("en", letter.say, letter.facts, "Europe/Stockholm").splitlines()


async def test_in_the_morning_the_room_is_told_what_waits(it: House) -> None:
    it.clock.now = local("2026-03-02 10:00")
    first, second = await ask(it), await ask(it, "Wifi is slow", name="Erik")
    await it.desk.do(claims.claim, first, it.ids["Omar"])
    await answer(it, first)
    await it.desk.do(lifecycle.resolve, first, it.ids["Omar"])
    it.clock.now = local("2026-03-02 17:00")
    third = await ask(it, "No sound")
    await it.desk.do(digests.begin)
    it.clock.now = local("2026-03-03 08:29:59")
    assert await posted(it) == []
    it.clock.now = local("2026-03-03 08:30")
    [told] = await posted(it)
    assert (told.kind, told.to, told.say) == ("room", "C-DESK", "digest.daily")
    assert words(told) == [
        "📋 IT support · Tue 3 Mar 08:30",
        "🆕 3 new since yesterday",
        f"💬 2 wait for an answer: #{second} (Wifi is slow), #{third} (No sound)",
        f"🔴 2 overdue: #{second} (Wifi is slow), #{third} (No sound)",
        "✅ 1 resolved yesterday",
    ]


async def test_of_many_schedulers_and_restarts_one_posts_it(it: House) -> None:
    await it.desk.do(digests.begin)
    url = it.desk.store.url.render_as_string(hide_password=False)
    others = [Desk(url, it.desk.directory, it.clock) for _ in range(2)]
    it.clock.now = local("2026-03-03 08:30")
    told = await posted(it, it.desk, *others)
    for desk in others:
        await desk.do(digests.begin)
        await desk.close()
    assert [said.say for said in told] == ["digest.nothing"]
    assert words(told[0]) == ["📋 IT support · Tue 3 Mar 08:30: nothing new, and nobody waits."]
    it.clock.now = local("2026-03-03 23:00")
    await it.desk.do(digests.begin)
    assert await posted(it) == []
    it.clock.now = local("2026-03-04 08:30")
    assert len(await posted(it)) == 1


@one_engine
async def test_a_clock_that_is_set_back_brings_no_second_one(it: House) -> None:
    await it.desk.do(digests.begin)
    it.clock.now = local("2026-03-03 08:30")
    assert len(await posted(it)) == 1
    it.clock.advance(hours=-1)
    await it.desk.do(digests.begin)
    it.clock.advance(hours=1)
    assert await posted(it) == []
    it.clock.now = local("2026-03-04 08:30")
    assert len(await posted(it)) == 1


@one_engine
async def test_after_a_downtime_it_comes_late_on_its_day_and_not_on_another(it: House) -> None:
    it.desk.directory = with_digest(DigestSettings("08:30"))
    await it.desk.do(digests.begin)
    it.clock.now = local("2026-03-03 11:00")
    await it.desk.do(digests.begin)
    assert len(await posted(it)) == 1
    it.clock.now = local("2026-03-06 07:00")  # three days later, before the time
    await it.desk.do(digests.begin)
    assert await posted(it) == []
    it.clock.now = local("2026-03-06 08:30")
    assert len(await posted(it)) == 1


async def down_from(it: House, since: str, until: str, settings: DigestSettings) -> None:
    """The program stops, and starts again with these digests in its file."""
    it.clock.now = local(since)
    await it.desk.do(digests.begin)
    assert await posted(it) == []
    it.desk.directory = with_digest(settings)
    it.clock.now = local(until)
    await it.desk.do(digests.begin)


@one_engine
@pytest.mark.parametrize("start", ["2026-03-10 07:00", "2026-03-15 23:00"])
async def test_a_week_whose_day_fell_into_a_downtime_is_told_late(it: House, start: str) -> None:
    it.desk.directory = weekly = with_digest(DigestSettings(weekly=(0, "08:30")))
    it.clock.now = local("2026-03-03 09:00")
    await ask(it)
    await down_from(it, "2026-03-08 12:00", start, DigestSettings(weekly=(0, "08:30")))
    it.desk.directory = weekly
    await ask(it, "Wifi is slow", name="Erik")  # after that week
    [told] = await posted(it)
    assert words(told)[:2] == ["📈 IT support, 2 Mar – 8 Mar", "Opened 1 · resolved 0"]
    it.clock.now = local("2026-03-16 08:30")
    [told] = await posted(it)
    assert words(told)[:2] == ["📈 IT support, 9 Mar – 15 Mar", "Opened 1 · resolved 0"]


@one_engine
async def test_of_several_weeks_in_a_downtime_the_latest_is_told(it: House) -> None:
    settings = DigestSettings(weekly=(0, "08:30"))
    it.desk.directory = with_digest(settings)
    await down_from(it, "2026-03-08 12:00", "2026-03-31 10:00", settings)
    assert [words(told) for told in await posted(it)] == [["📈 IT support, 23 Mar – 29 Mar: a quiet week."]]


@one_engine
@pytest.mark.parametrize(
    ("start", "comes"), [("2026-03-04 00:30", 1), ("2026-03-04 11:29", 1), ("2026-03-04 11:31", 0)]
)
async def test_a_digest_before_midnight_may_come_after_it(it: House, start: str, comes: int) -> None:
    settings = DigestSettings("23:30")
    it.desk.directory = with_digest(settings)
    await down_from(it, "2026-03-03 20:00", start, settings)
    assert len(await posted(it)) == comes
    it.clock.now = local("2026-03-04 23:30")
    assert len(await posted(it)) == 1, "and the next one in its time"


@one_engine
async def test_a_time_that_was_edited_in_a_downtime_brings_back_nothing(it: House) -> None:
    """Due on Tuesday by the old file; the new one means Fridays, and last Friday's was never announced."""
    it.desk.directory = with_digest(DigestSettings("08:30", (1, "08:30")))
    await down_from(it, "2026-03-09 12:00", "2026-03-11 10:00", DigestSettings("11:00", (4, "09:00")))
    assert await posted(it) == []
    it.clock.now = local("2026-03-11 11:00")
    assert [told.say for told in await posted(it)] == ["digest.nothing"]
    it.clock.now = local("2026-03-13 09:00")
    assert [told.say for told in await posted(it)] == ["digest.quiet"]


@one_engine
async def test_a_room_that_is_yet_to_be_found_has_it_then(it: House) -> None:
    rooms = it.desk.directory.rooms
    await it.desk.do(digests.begin)
    it.desk.directory = replace(it.desk.directory, rooms={})
    it.clock.now = local("2026-03-03 08:30")
    assert await posted(it) == []
    it.desk.directory = replace(it.desk.directory, rooms=rooms)
    it.clock.advance(300)
    assert len(await posted(it)) == 1
    assert await it.desk.look(stored.at, digests.DIGEST, digests.subject("it", "daily")) == local("2026-03-04 08:30")


@one_engine
async def test_a_desk_that_moves_to_another_zone_has_none_twice_and_waits_for_none_long(it: House) -> None:
    days, told = [], [it.clock.now]
    it.desk.directory = with_digest(DigestSettings("08:30"))
    await it.desk.do(digests.begin)
    for zone in ("Europe/Stockholm", "America/New_York", "Pacific/Auckland", "Europe/Stockholm"):
        it.desk.directory = with_digest(DigestSettings("08:30"), timezone=zone)
        await it.desk.do(digests.begin)
        for _ in range(48):
            it.clock.advance(3600)
            if await posted(it):
                days.append(it.clock.now.astimezone(ZoneInfo(zone)).date())
                told.append(it.clock.now)
    assert len(days) == 7 and days == sorted(set(days))
    assert max(later - now for now, later in pairwise(told)) <= timedelta(hours=36)


@one_engine
async def test_a_day_without_anything_can_be_passed_over(it: House) -> None:
    it.desk.directory = with_digest(DigestSettings("08:30", empty=False))
    await it.desk.do(digests.begin)
    it.clock.now = local("2026-03-03 08:30")
    assert await posted(it) == []
    it.clock.now = local("2026-03-04 08:30")
    assert await posted(it) == []


@one_engine
@pytest.mark.parametrize("last", ["2026-03-29", "2026-10-25"])
async def test_when_the_clocks_change_half_past_two_is_once_on_each_day(it: House, last: str) -> None:
    it.desk.directory = with_digest(DigestSettings("02:30"))
    sunday = date.fromisoformat(last)
    it.clock.now = local(f"{sunday - timedelta(days=2)} 12:00")
    await it.desk.do(digests.begin)
    days = []
    for _ in range(4 * 24 * 2):
        it.clock.advance(1800)
        days += [it.clock.now.astimezone(STOCKHOLM).date() for _ in await posted(it)]
    assert days == [sunday + timedelta(days=step) for step in (-1, 0, 1, 2)]


@one_engine
async def test_a_time_that_was_edited_holds_from_the_next_start(it: House) -> None:
    await it.desk.do(digests.begin)
    it.desk.directory = with_digest(DigestSettings("07:00"))
    await it.desk.do(digests.begin)
    it.clock.now = local("2026-03-03 07:00")
    assert len(await posted(it)) == 1
    it.desk.directory = with_digest(None)
    it.clock.now = local("2026-03-04 07:00")
    assert await posted(it) == []
    assert await it.desk.look(stored.at, digests.DIGEST, digests.subject("it", "daily")) is None


async def test_each_week_the_figures_are_told(it: House) -> None:
    it.desk.directory = with_digest(DigestSettings(weekly=(0, "08:30")))
    it.clock.now = local("2026-03-03 09:00")
    await it.desk.do(digests.begin)
    quick = await ask(it)
    it.clock.advance(60)
    await it.desk.do(claims.claim, quick, it.ids["Omar"])
    await it.desk.do(replies.reply, quick, it.ids["Omar"], "It is out now")
    it.clock.advance(5)
    await it.desk.do(deliver)
    it.clock.advance(3535)
    await it.desk.do(lifecycle.resolve, quick, it.ids["Omar"])
    it.clock.advance(hours=2)
    await ask(it, "Wifi is slow", name="Erik")
    spam = await ask(it, "Buy this")
    await it.desk.do(lifecycle.close, spam, it.ids["Omar"], "spam")
    it.clock.now = local("2026-03-08 12:00")
    assert await posted(it) == []
    it.clock.now = local("2026-03-09 08:30")
    [told] = await posted(it)
    assert words(told) == [
        "📈 IT support, 2 Mar – 8 Mar",
        "Opened 2 · resolved 1",
        "First reply: median 1 min, nine of ten within 1 min",
        "Resolved: median 1 h, nine of ten within 1 h",
        "Promises kept: 50 % (3 of 6)",
    ]
    it.clock.now = local("2026-03-16 08:29")
    assert await posted(it) == []


def test_each_queue_and_kind_has_an_alarm_of_its_own() -> None:
    found = {digests.subject(queue, kind) for queue in ("it", "hr", "it-l2") for kind in ("daily", "weekly")}
    assert len(found) == 6 and all(0 < one < 2**53 for one in found)


@one_engine
async def test_a_confidential_queue_shows_no_words(it: House) -> None:
    plain = with_digest(None)
    queues = {**plain.desk.queues, "payroll": replace(plain.desk.queues["payroll"], digest=MORNING)}
    it.desk.directory = replace(plain, desk=replace(plain.desk, queues=queues))

    def look(tx: Tx, now: datetime) -> list[list[object]]:
        number = tickets.add(tx, values(tx, now, it, queue="payroll", subject="My salary", awaiting_since=now))
        assert number == 1
        return digests.daily(tx, now, tx.directory.queue("payroll"))

    lines = await it.desk.do(look)
    assert ["digest.unanswered", {"n": 1, "tickets": "#1"}] in lines
