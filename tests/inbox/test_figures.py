"""Collision figures: what the log tells is what happened, whoever did what in whichever order."""

import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from inbox.desk import claims, figures, intake, lifecycle, merging, moving, replies, timed
from inbox.desk.figures import KINDS, Figure, Spread, spread
from inbox.errors import AlreadyClaimed, DeskError
from inbox.store import threads
from tests.house import House, sample_directory
from tests.inbox.deeds import answer, ask, ask_again, home_thread, one_engine, ticket_of
from tests.inbox.office import H, office
from tests.inbox.postman import deliver

AGENTS = ("Omar", "Lisa", "Maja")
QUEUES = ("it", "customers")
Row = tuple[str, int, str, datetime, float]


async def counted(house: House, **how: Any) -> dict[str, Figure]:
    """All figures of everything until now."""
    since, until = house.clock.now - timedelta(days=90), house.clock.now + timedelta(seconds=1)
    found = await house.desk.look(figures.collisions, QUEUES, since, until, **how)
    return {one.kind: one for one in found}


class Counting:
    """Agents do what comes into their heads, and somebody beside them keeps a tally of what they see happen."""

    def __init__(self, house: House, seed: int) -> None:
        self.house, self.chance, self.numbers = house, random.Random(seed), list[int]()
        self.tally: list[Row] = []
        self.free: dict[int, datetime] = {}  # since when
        self.queue: dict[int, str] = {}
        self.spam: set[int] = set()
        self.answered: dict[int, str] = {}  # by whom, since the requester wrote last
        self.fresh: dict[int, set[str]] = {}  # who got the ticket since
        often = (self.claim, self.take, self.reply, self.reply, self.write, self.speak)
        seldom = (self.release, self.assign, self.move, self.resolve, self.jot, self.give_back, self.spoil)
        self.deeds: tuple[Callable[[int, str], Any], ...] = (*often, *often, *seldom)

    async def open(self) -> None:
        self.house.clock.advance(200)
        number = await ask(self.house)
        self.numbers.append(number)
        self.free[number], self.queue[number], self.fresh[number] = self.house.clock.now, "it", set()

    async def step(self) -> None:
        self.house.clock.advance(self.chance.choice((1, 30, 700, 20_000)))
        number, who = self.chance.choice(self.numbers), self.chance.choice(AGENTS)
        deed = self.chance.choice(self.deeds)
        try:
            await deed(number, who)
        except DeskError:
            assert deed in (
                self.claim,
                self.release,
                self.take,
                self.assign,
                self.move,
                self.resolve,
                self.reply,
                self.spoil,
            )

    def note(self, kind: str, number: int, seconds: float = 0.0) -> None:
        self.tally.append((kind, number, self.queue[number], self.house.clock.now, seconds))

    def got(self, number: int, who: str) -> None:
        """Somebody has the ticket now who had not."""
        if number in self.free:
            waited = self.house.clock.now - self.free.pop(number)
            self.note("time_to_claim", number, waited.total_seconds())
        self.fresh[number].add(who)

    async def claim(self, number: int, who: str) -> None:
        try:
            claimed = await self.house.desk.do(claims.claim, number, self.house.ids[who])
        except AlreadyClaimed:
            self.note("claim_lost", number)
            raise
        if not claimed.already:
            self.got(number, who)

    async def release(self, number: int, who: str) -> None:
        before = await ticket_of(self.house, number)
        await self.house.desk.do(claims.release, number, self.house.ids[who])
        if before.assignee_id is not None:
            self.free[number] = self.house.clock.now

    async def take(self, number: int, who: str) -> None:
        held = (await ticket_of(self.house, number)).assignee_id
        claimed = await self.house.desk.do(claims.take_over, number, self.house.ids[who])
        if not claimed.already:
            self.got(number, who)
            if held is not None:
                self.note("take_over", number)

    async def assign(self, number: int, who: str) -> None:
        to = self.chance.choice(AGENTS)
        try:
            claimed = await self.house.desk.do(claims.assign, number, self.house.ids[who], self.house.ids[to])
        except AlreadyClaimed:  # to oneself is to claim
            self.note("claim_lost", number)
            raise
        if not claimed.already:
            self.got(number, to)

    async def move(self, number: int, who: str) -> None:
        before, to = await ticket_of(self.house, number), self.chance.choice(QUEUES)
        after = await self.house.desk.do(moving.move, number, self.house.ids[who], to)
        self.queue[number] = to
        if after.queue != before.queue and after.assignee_id is None:
            self.free[number] = self.house.clock.now

    async def resolve(self, number: int, who: str) -> None:
        await self.house.desk.do(lifecycle.resolve, number, self.house.ids[who])
        self.free.pop(number, None)

    async def reply(self, number: int, who: str) -> None:
        """From the web, where one may have seen the claim of a moment ago; and it arrives."""
        now, fence = await ticket_of(self.house, number), self.chance.choice((0, 1))
        written = await self.house.desk.do(
            replies.reply, number, self.house.ids[who], "Have you tried water?", fence=now.fence - fence
        )
        if written.verdict != "reply":
            self.note("reply_held", number)
            return
        if now.assignee_id is None:
            self.got(number, who)
        self.house.clock.advance(6)
        await self.house.desk.do(deliver)
        self.said(number, who)

    async def speak(self, number: int, who: str) -> None:
        """In the thread that agents and Anna share."""
        await self.in_thread(who, number, "Me too!")
        self.said(number, who)

    async def jot(self, number: int, who: str) -> None:
        await self.house.desk.do(replies.note, number, self.house.ids[who], "Anna again")

    async def write(self, number: int, who: str) -> None:
        before = await ticket_of(self.house, number)
        if before.status == "closed":
            return
        await ask_again(self.house, number)
        self.answered.pop(number, None)
        after = await ticket_of(self.house, number)
        if before.status == "resolved" and after.assignee_id is None:
            self.free[number] = self.house.clock.now

    async def give_back(self, number: int, who: str) -> None:
        """Nobody answered for too long."""
        now = await ticket_of(self.house, number)
        if now.assignee_id is not None and now.unresolved:
            await self.house.desk.do(lambda tx, at: timed.returned(tx, at, now))
            self.note("returned", number)
            self.free[number] = self.house.clock.now

    async def spoil(self, number: int, who: str) -> None:
        if self.chance.random() < 0.1:
            await self.house.desk.do(lifecycle.close, number, self.house.ids[who], "spam")
            self.spam.add(number)

    async def in_thread(self, who: str, number: int, text: str) -> None:
        thread = await self.house.desk.look(home_thread, number)
        await self.house.desk.do(intake.receive, self.house.said(who, text, thread=thread))

    def said(self, number: int, who: str) -> None:
        """Somebody's words reached Anna."""
        if self.answered.get(number, who) != who and who not in self.fresh[number]:
            self.note("double_reply", number)
        self.answered[number], self.fresh[number] = who, set()


@one_engine
@pytest.mark.parametrize("seed", range(4))
async def test_whatever_happens_is_counted_once_and_where_it_happened(house: House, seed: int) -> None:
    counting = Counting(house, seed)
    for _ in range(4):
        await counting.open()
    for _ in range(100):
        await counting.step()
    wanted = sorted(row for row in counting.tally if row[1] not in counting.spam)
    assert {row[0] for row in wanted} >= set(KINDS) - {"kept_inside", "returned"}
    found = await house.desk.look(lambda tx: list(figures.happened(tx, house.clock.now - timedelta(days=900))))
    assert sorted((one.kind, one.ticket, one.queue, one.at, one.seconds) for one in found) == wanted
    for _ in range(4):
        since, until = sorted(counting.chance.choices([row[3] for row in counting.tally], k=2))
        queue = counting.chance.choice((*QUEUES, None))
        mine = [row for row in wanted if since <= row[3] < until and queue in (None, row[2])]
        for one in await house.desk.look(figures.collisions, QUEUES, since, until, queue):
            rows = [row for row in mine if row[0] == one.kind]
            assert (one.n, one.tickets) == (len(rows), tuple(sorted({row[1] for row in rows})))


@one_engine
async def test_how_long_until_somebody_has_it_is_told_by_the_calendar_and_in_opening_time(house: House) -> None:
    house.desk.directory = office()
    house.clock.now = datetime(2026, 3, 6, 16, 0, tzinfo=UTC)  # Friday, an hour before closing
    first = await ask(house)
    house.clock.advance(hours=66)  # Monday at ten
    await house.desk.do(claims.claim, first, house.ids["Omar"])
    second = await ask(house, "And my lamp")
    house.clock.advance(600)
    await house.desk.do(claims.assign, second, house.ids["Omar"], house.ids["Lisa"])
    found = (await counted(house))["time_to_claim"]
    assert (found.n, found.tickets) == (2, (first, second))
    assert found.calendar == Spread(median=(66 * H + 600) / 2, p90=66 * H, mean=(66 * H + 600) / 2)
    assert found.opening == Spread(median=(3 * H + 600) / 2, p90=3 * H, mean=(3 * H + 600) / 2)
    assert (await counted(house, queue="customers"))["time_to_claim"] == Figure("time_to_claim", 0, ())


@one_engine
async def test_a_ticket_waits_anew_in_each_queue_that_it_comes_into(house: House) -> None:
    number, omar = await ask(house), house.ids["Omar"]
    house.clock.advance(100)
    await house.desk.do(moving.move, number, omar, "customers")
    house.clock.advance(50)
    await house.desk.do(claims.claim, number, omar)
    house.clock.advance(1000)
    await house.desk.do(moving.escalate, number, omar, "It is the wifi", "it")  # and he lets go of it
    house.clock.advance(30)
    await house.desk.do(claims.claim, number, house.ids["Lisa"])
    for queue, seconds in (("customers", 50), ("it", 30)):
        found = (await counted(house, queue=queue))["time_to_claim"]
        assert (found.n, found.calendar) == (1, Spread(seconds, seconds, seconds))


@one_engine
async def test_two_answers_to_the_same_words_are_one_too_many(house: House) -> None:
    """Unless the second agent was given the ticket in between, or Anna had asked again."""
    number = await ask(house)
    await answer(house, number, "Omar")
    thread = await house.desk.look(home_thread, number)
    await house.desk.do(intake.receive, house.said("Lisa", "Or this?", thread=thread))
    assert (await counted(house))["double_reply"].tickets == (number,)

    other = await ask_about_another_matter(house)
    await answer(house, other, "Omar")
    await house.desk.do(claims.take_over, other, house.ids["Lisa"])
    await answer(house, other, "Lisa")
    await ask_again(house, other)
    await house.desk.do(claims.take_over, other, house.ids["Omar"])
    await answer(house, other, "Omar")
    await answer(house, other, "Omar")
    assert (await counted(house))["double_reply"].tickets == (number,)


@one_engine
async def test_words_beside_the_claim_are_told_apart_from_notes_that_were_meant_so(house: House) -> None:
    number = await ask(house)
    await house.desk.do(claims.claim, number, house.ids["Omar"])
    thread = await house.desk.look(threads.desk, number)
    assert thread is not None
    await house.desk.store.do(lambda tx: threads.change(tx, thread.id, external_id="card", root="card", card_id="card"))
    for words in ("It is the fuse", "! the fuse again"):
        await house.desk.do(intake.receive, house.said("Lisa", words, "C-DESK", thread="card"))
    await house.desk.do(replies.note, number, house.ids["Lisa"], "It was the fuse last time")
    assert (await counted(house))["kept_inside"].n == 1


@one_engine
async def test_a_merged_ticket_counts_for_nothing_until_it_lives_again(house: House) -> None:
    one, other = await ask(house), await ask_about_another_matter(house)
    omar = house.ids["Omar"]
    for number in (one, other):
        await house.desk.do(claims.claim, number, omar)
    await house.desk.do(merging.merge, other, omar, one)
    assert (await counted(house))["time_to_claim"].tickets == (one,)
    await house.desk.do(merging.unmerge, other, omar)
    assert (await counted(house))["time_to_claim"].tickets == (one, other)


@one_engine
async def test_other_queues_are_nobodys_business(house: House) -> None:
    number = await ask(house)
    await house.desk.do(claims.claim, number, house.ids["Omar"])
    since, until = house.clock.now - timedelta(days=1), house.clock.now + timedelta(seconds=1)
    for queue in (None, "it"):
        found = await house.desk.look(figures.collisions, ["customers"], since, until, queue)
        assert [one.kind for one in found] == list(KINDS) and not any(one.n for one in found)


async def ask_about_another_matter(house: House) -> int:
    house.clock.advance(200)
    return await ask(house, "And my lamp")


@pytest.mark.parametrize(
    ("seconds", "wanted"),
    [
        ([7], Spread(7, 7, 7)),
        ([10, 0], Spread(5, 10, 5)),
        (list(range(1, 11)), Spread(5.5, 9, 5.5)),
        ([1] * 9 + [1000], Spread(1, 1, 100.9)),
    ],
)
def test_nine_of_ten(seconds: list[float], wanted: Spread) -> None:
    assert spread(seconds) == wanted


@pytest.mark.parametrize(
    ("now", "days", "since"),
    [
        ("2026-03-04T12:00:00+00:00", 1, "2026-03-03T23:00:00+00:00"),
        ("2026-03-04T23:30:00+00:00", 1, "2026-03-04T23:00:00+00:00"),  # past midnight in Stockholm
        ("2026-03-31T12:00:00+00:00", 7, "2026-03-24T23:00:00+00:00"),  # the clocks went forward on the 29th
        ("2026-10-26T12:00:00+00:00", 7, "2026-10-19T22:00:00+00:00"),
    ],
)
def test_days_are_those_of_the_desk(now: str, days: int, since: str) -> None:
    at = datetime.fromisoformat(now)
    assert figures.last_days(sample_directory(), at, days) == (datetime.fromisoformat(since), at)
