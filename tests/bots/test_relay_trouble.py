"""The relay in trouble: busy, broken and dead platforms, stalls, storms and crashes."""

import asyncio
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
import structlog

from bots.port import Ability, Ambiguous, Hopeless, Pace, TryLater
from bots.relay import Tuning
from inbox.desk import claims, replies
from inbox.errors import StoreUnavailable
from tests.bots.memory_platform import ALL, MemoryPlatform
from tests.bots.office import QUICK, Office, Time, once
from tests.house import House
from tests.inbox.sending import anna_asks, hand_out, line, live, omar_adds, omar_answers, post, rows, state_of, tell

BARE = frozenset[Ability]()
DROWSY = Tuning(poll_seconds=60.0, renew_seconds=1e6, under_way=1)  # of a process that sleeps while it holds a lease


# Trouble


@once
async def test_a_busy_platform_is_asked_again_when_it_said(office: Office) -> None:
    house = office.house
    office.acme.fail("send", TryLater("Too many.", 30.0))
    relay = await office.open()
    await post(house, "acme", "C-DESK", "a", 1)
    await relay.idle()
    house.clock.advance(30)
    await relay.idle()
    assert office.acme.called("send") == 1
    house.clock.advance(2)
    await relay.idle()
    assert office.acme.texts("C-DESK") == [line(1)]


@once
async def test_a_room_that_is_busy_gets_no_other_post_meanwhile(office: Office) -> None:
    house = office.house
    office.acme.fail("send", TryLater("Too many.", 30.0))
    relay = await office.open()
    await post(house, "acme", "busy", "a", 1)
    await relay.idle()
    await post(house, "acme", "busy", "b", 2)
    await post(house, "acme", "calm", "c", 3)
    await relay.idle()
    assert office.acme.texts() == [line(3)] and office.acme.called("send") == 2
    house.clock.advance(40)
    await relay.idle()
    assert sorted(office.acme.texts("busy")) == [line(1), line(2)]


@once
@pytest.mark.parametrize("apart", [True, False])
async def test_a_platform_that_takes_no_more_changes_takes_new_posts(house: House, apart: bool) -> None:
    """Slack's limits are per method: with many cards that change, new tickets are still seen at once."""
    office = Office(house)
    office.acme = MemoryPlatform("acme", pace=Pace(0.0, 1e6, edits_apart=apart))
    relay = await office.open()
    number = await anna_asks(house)
    await relay.idle()
    office.acme.fail("edit", TryLater("Too many changes.", 30.0))
    await house.desk.do(claims.claim, number, house.ids["Omar"])
    await relay.idle()
    await post(house, "acme", "C-DESK", "another ticket", 7)
    await relay.idle()
    assert office.acme.called("edit") == 1
    assert (line(7) in office.acme.texts("C-DESK")) is apart
    house.clock.advance(60)
    await relay.idle()
    card = next(p for p in office.acme.posted if p.opens)
    assert ("Held by", "Omar") in card.shown.fields and line(7) in office.acme.texts("C-DESK")
    await office.close()


@once
async def test_what_never_works_is_parked_with_its_reason_and_the_next_goes_on(office: Office) -> None:
    """OUT-04."""
    house = office.house
    office.acme.fail("send", TryLater("The server is down for good."), times=10_000, room="C-GONE")
    office.acme.fail("send", Hopeless("Too long."), times=1, room="C-DESK")
    await office.open()
    await post(house, "acme", "C-GONE", "a", 1)
    await post(house, "acme", "C-DESK", "b", 2, 3)
    await office.delivered()
    assert [(r.state, r.reason) for r in await rows(house)] == [
        ("parked", "The server is down for good."),
        ("parked", "Too long."),
        ("sent", None),
    ]
    assert office.acme.called("send") <= Tuning().attempts + 2


@once
@pytest.mark.parametrize(("up", "posts"), [(False, 1), (True, 6)], ids=["it says so", "nothing gets through"])
async def test_what_waits_while_a_platform_is_down_outlasts_its_attempts(office: Office, up: bool, posts: int) -> None:
    """Outages of hours happen, and a token is revoked on a Friday: nothing of that says that a post can never work."""
    house = office.house
    office.acme.up = up
    office.acme.fail("send", TryLater("It could not be reached."), times=10_000)
    relay = await office.open()
    for number in range(posts):
        await post(house, "acme", "C-DESK", f"thread {number}", number)
    for _ in range(posts * 38):  # twenty hours at most
        house.clock.advance(300)
        await relay.idle()
    assert {r.state for r in await rows(house)} == {"queued"}
    assert min(r.attempts for r in await rows(house)) > Tuning().attempts
    office.acme.faults.clear()
    office.acme.up = True
    await office.delivered()
    assert sorted(office.acme.texts()) == [line(number) for number in range(posts)]


@once
async def test_an_answer_that_may_have_arrived_is_found_and_not_repeated(office: Office) -> None:
    """Slack: no idempotency, but history can be read."""
    house = office.house
    office.acme.abilities = ALL - {Ability.IDEMPOTENT}
    office.acme.fail("send", Ambiguous("The connection broke."), late=True)
    office.acme.fail("send", Ambiguous("The connection broke."))
    await office.open()
    await post(house, "acme", "C-DESK", "a", 1, 2)
    await office.delivered()
    assert office.acme.texts() == [line(1), line(2)]
    assert office.acme.called("find_sent") == 2 and office.acme.called("send") == 3


async def test_an_answer_that_may_have_arrived_in_telegram_is_for_the_agent_to_decide(office: Office) -> None:
    house = office.house
    office.acme.abilities = ALL - {Ability.IDEMPOTENT, Ability.RECONCILE}
    relay = await office.open()
    number = await anna_asks(house)
    await relay.idle()
    message_id = await omar_answers(house, number, "It is out now")
    house.clock.advance(5)
    office.acme.fail("send", Ambiguous("No answer."), late=True, room="C-HELP")
    await office.delivered()
    assert office.acme.texts("C-HELP").count("It is out now") == 1
    assert await state_of(house, message_id) == "unknown"
    told = next(p for p in office.acme.posted if p.whose == "U-OMAR")
    assert told.card.buttons[0][0].action == f"resend:{message_id}" and told.card.quote == "It is out now"


@once
async def test_a_direct_message_that_may_have_arrived_is_found_by_its_account(office: Office) -> None:
    house = office.house
    office.acme.abilities = ALL - {Ability.IDEMPOTENT}
    office.acme.fail("direct", Ambiguous("No answer."), late=True)
    await office.open()
    await tell(house, "Lisa", None, "answer.keep", ticket=1)
    await office.delivered()
    assert office.acme.texts("dm-U-LISA") == [line(1)]


@once
async def test_errors_of_the_platforms_code_are_doubts_and_tell_no_secrets(office: Office) -> None:
    house = office.house
    office.acme.fail("send", RuntimeError("https://api/bot123:SECRET/send failed"), late=True)
    await office.open()
    with structlog.testing.capture_logs() as logs:
        await post(house, "acme", "C-DESK", "a", 1)
        await office.delivered()
    assert office.acme.texts() == [line(1)]
    assert any(entry["event"] == "relay.platform_failed" for entry in logs)
    assert not [entry for entry in logs if "exc_info" in entry]
    assert "SECRET" not in repr(logs) and "SECRET" not in repr([r.reason for r in await rows(house)])


@once
async def test_a_sentence_that_nobody_wrote_is_parked(office: Office) -> None:
    house = office.house
    relay = await office.open()
    await tell(house, "Lisa", None, "no.such.sentence")
    await tell(house, "Lisa", None, "answer.keep", ticket=1)
    await relay.idle()
    assert [r.state for r in await rows(house)] == ["parked", "sent"]


@once
async def test_a_database_that_fails_for_a_moment_repeats_nothing(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = office.house
    do, failures = house.desk.do, ["sent", "sent", "lease"]

    async def shaky(verb: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        if verb.__name__ in failures:
            failures.remove(verb.__name__)
            raise StoreUnavailable(why="disk full")
        return await do(verb, *args, **kwargs)

    monkeypatch.setattr(house.desk, "do", shaky)
    relay = await office.open(tuning=Tuning(poll_seconds=0.05))
    await post(house, "acme", "C-DESK", "a", 1)
    async with asyncio.timeout(5):
        while await live(house):
            await relay.idle()
    assert not failures and office.acme.texts() == [line(1)]


async def test_a_sender_that_stalls_past_its_lease_repeats_nothing(office: Office) -> None:
    """OUT-02: the first relay hangs after its post took effect; a second takes the row over; the first is too late."""
    house = office.house
    first = await office.open(tuning=DROWSY)
    gate = office.acme.gate("send")
    await post(house, "acme", "C-DESK", "a", 1)
    await office.acme.hanging.wait()
    house.clock.advance(QUICK.lease_seconds + 1)
    del office.acme.gates["send"]
    second = await office.open()
    await second.idle()
    (row,) = await rows(house)
    assert (row.state, row.lease_owner) == ("sent", "relay-1")
    gate.set()
    await first.idle()
    assert await rows(house) == [row]
    assert office.acme.texts() == [line(1)]


@once
async def test_who_slept_through_a_lease_that_somebody_else_took_sends_nothing(office: Office) -> None:
    """The first relay sleeps before its post; a second one takes the row over and says it; the first one finds out."""
    house = office.house
    nap = asyncio.Event()

    async def sleep(seconds: float) -> None:
        await nap.wait()

    office.acme.pace = Pace(1.0, 1e9)
    first = await office.open(sleep=sleep, tuning=DROWSY)
    await post(house, "acme", "C-DESK", "a", 1)
    await office.acme.stands(line(1))
    await post(house, "acme", "C-DESK", "b", 2)
    while not (await rows(house))[1].lease_until:
        pass
    house.clock.advance(QUICK.lease_seconds + 1)
    second = await office.open()
    await second.idle()
    assert office.acme.texts() == [line(1), line(2)]
    nap.set()
    await first.idle()
    assert office.acme.texts() == [line(1), line(2)] and office.acme.called("send") == 2
    assert [(r.state, r.lease_owner) for r in await rows(house)] == [("sent", "relay-0"), ("sent", "relay-1")]


async def test_what_takes_long_is_nobody_elses_meanwhile(office: Office) -> None:
    """A platform that answers after a minute: the lease is renewed, and a second relay leaves the post alone."""
    house = office.house
    time = Time(house)
    options = {"clock": time, "sleep": time.sleep, "tuning": Tuning(send_seconds=90)}
    gate = office.acme.gate("send")
    await office.open(**options)
    await post(house, "acme", "C-DESK", "a", 1)
    await time.until(office.acme.hanging.wait())
    await office.open(**options)
    await time.until(time.sleep(60))
    assert office.acme.called("send") == 1
    gate.set()
    await time.until(office.relays[0].idle())
    assert [(r.state, r.fence) for r in await rows(house)] == [("sent", 1)]


@once
async def test_what_had_not_begun_when_its_process_died_goes_at_once_and_without_doubt(office: Office) -> None:
    """Telegram: an answer to a requester waits for its room when the process dies; it is said, and nobody is asked."""
    house = office.house
    office.acme.abilities = ALL - {Ability.IDEMPOTENT, Ability.RECONCILE}
    relay = await office.open()
    number = await anna_asks(house)
    await relay.idle()
    message_id = await omar_answers(house, number, "It is out now")
    await relay.drain(1)
    house.clock.advance(5)
    dead = await hand_out(house)
    assert [e.message.text for e in dead if e.message and e.is_reply] == ["It is out now"]
    second = await office.open()
    await second.idle()
    assert office.acme.texts("C-HELP")[-1] == "It is out now"
    assert await state_of(house, message_id) == "sent"


# One platform, one room never delays another


@once
async def test_a_platform_that_hangs_delays_nobody(office: Office) -> None:
    house = office.house
    office.shop.gate("send")
    await office.open()
    for number in range(40):
        await post(house, "shop", f"s{number}", f"s{number}", number)
        await post(house, "acme", f"a{number}", f"a{number}", number)
    async with asyncio.timeout(20):
        for number in range(40):
            await office.acme.stands(line(number), room=f"a{number}")
    assert office.shop.called("send") <= Tuning().at_once


@once
async def test_a_platform_that_is_down_is_not_hammered_and_loses_nothing(office: Office) -> None:
    house = office.house
    down = [True]
    office.shop.decide = lambda call, what: (TryLater("Connection refused.") if down[0] else None, False)
    relay = await office.open()
    for number in range(30):
        await post(house, "shop", f"s{number}", f"s{number}", number)
        await post(house, "acme", f"a{number}", f"a{number}", number)
    await relay.idle()
    assert len(office.acme.posted) == 30
    first = office.shop.called("send")
    assert first <= Tuning().under_way
    for _ in range(10):  # ten minutes
        house.clock.advance(60)
        await relay.idle()
    assert office.shop.called("send") == first + 10
    down[0] = False
    await office.delivered()
    assert sorted(office.shop.texts()) == sorted(line(n) for n in range(30))


@once
async def test_the_pace_is_kept_and_no_room_waits_for_a_fuller_one(office: Office) -> None:
    """Thirty posts for one room, one each for nine others: the others go at once, the one room takes its time."""
    house = office.house
    time = Time(house)
    office.acme = MemoryPlatform("acme", pace=Pace(1.0, 20.0), clock=time)
    for number in range(30):
        await post(house, "acme", "full", f"f{number}", number)
    for number in range(9):
        await post(house, "acme", f"r{number}", f"r{number}", number)
    await office.open(clock=time, sleep=time.sleep, tuning=Tuning())
    await time.until(office.acme.begun("send", 39))
    assert sorted(office.acme.texts("full")) == sorted(line(n) for n in range(30))
    by_room: dict[str, list[float]] = {}
    for at, room in office.acme.times:
        by_room.setdefault(room, []).append(at)
    full = by_room.pop("full")
    assert all(b - a >= 1.0 - 1e-6 for a, b in pairwise(full))
    assert full[-1] < 45
    assert all(times[0] < 2 for times in by_room.values())
    everything = [at for at, _ in office.acme.times]
    assert all(b - a >= 0.05 - 1e-6 for a, b in pairwise(everything))


@pytest.mark.parametrize(("apart", "at"), [(True, [0, 0, 0, 0]), (False, [0, 1, 2, 3])])
@once
async def test_threads_have_a_pace_of_their_own_where_the_platform_says_so(
    office: Office, apart: bool, at: list[int]
) -> None:
    """Three threads of one room and the room itself: in Discord each is a channel, in Slack they are one."""
    house = office.house
    time = Time(house)
    office.acme = MemoryPlatform("acme", pace=Pace(1.0, 1e6, threads_apart=apart), clock=time)
    for number, thread in enumerate(("", "t1", "t2", "t3")):
        await post(house, "acme", "C-DESK", f"key{number}", number, thread=thread)
    await office.open(clock=time, sleep=time.sleep, tuning=Tuning())
    await time.until(office.acme.begun("send", 4))
    assert [round(moment, 3) for moment, _ in office.acme.times] == at


# The end


async def test_what_was_not_begun_is_left_to_whoever_comes_next(office: Office) -> None:
    house = office.house
    gate = office.acme.gate("send")
    first = await office.open()
    for number in range(12):
        await post(house, "acme", f"r{number}", f"k{number}", number)
    await office.acme.begun("send", Tuning().at_once)
    ending = asyncio.create_task(first.drain(5))
    await asyncio.sleep(0)
    gate.set()
    await ending
    assert office.acme.called("send") == Tuning().at_once
    assert sorted(r.state for r in await rows(house)) == ["queued"] * 4 + ["sent"] * 8
    assert all(r.sent_at is None and r.attempts == 0 for r in await rows(house) if r.state == "queued")
    second = await office.open()
    await second.idle()
    assert len(office.acme.texts()) == 12


@once
async def test_a_drain_does_not_wait_for_a_platform_that_hangs(office: Office) -> None:
    house = office.house
    office.acme.gate("send")
    first = await office.open()
    await post(house, "acme", "C-DESK", "a", 1)
    await office.acme.hanging.wait()
    async with asyncio.timeout(5):
        await first.drain(0.05)
    office.acme.gates.clear()
    await office.open()
    await office.delivered()
    assert office.acme.texts() == [line(1)]


# Whatever happens


@pytest.mark.parametrize(
    "helps",
    [
        frozenset({Ability.IDEMPOTENT, Ability.RECONCILE}),
        frozenset({Ability.RECONCILE}),
        BARE,
    ],
    ids=["discord", "slack", "telegram"],
)
async def test_whatever_happens_order_is_kept_and_nothing_is_lost(office: Office, helps: frozenset[Ability]) -> None:
    """OUT-03: a storm of refusals, broken connections and errors over many threads, with two relays at work.

    Where the platform helps, each row is one message; where it does not, the bot's own words are said at most a few
    times, in order, and what may be lost is known as such.
    """
    house = office.house
    office.acme.abilities = (ALL - {Ability.IDEMPOTENT, Ability.RECONCILE}) | helps
    office.acme.storm(11, 0.35, ("send", "find_sent"))
    for start in range(0, 30, 3):
        await post(house, "acme", f"room{start % 4}", f"key{start}", start, start + 1, start + 2)
    await office.open()
    await office.open()
    await office.delivered()
    states = {line(r.payload["facts"]["ticket"]): r.state for r in await rows(house)}
    assert set(states.values()) == ({"sent"} if helps else {"sent", "unknown"})
    for start in range(0, 30, 3):
        mine = [line(n) for n in range(start, start + 3)]
        seen = [p.text for p in office.acme.posted if p.text in mine]
        assert seen == sorted(seen, key=mine.index), "none after a later one"
        assert {text for text in mine if states[text] == "sent"} <= set(seen), "what was sent is there"
        assert seen == mine if helps else len(seen) <= 3 * len(mine), "each of them once"


async def test_replies_to_a_requester_are_never_said_twice(office: Office) -> None:
    """On a platform that helps with nothing, under the same storm: once, or not known and told to Omar."""
    house = office.house
    office.acme.abilities = ALL - {Ability.IDEMPOTENT, Ability.RECONCILE}
    relay = await office.open()
    number = await anna_asks(house)
    await relay.idle()
    ids = {f"Step {n}": await (omar_adds if n else omar_answers)(house, number, f"Step {n}") for n in range(12)}
    office.acme.storm(3, 0.4, ("send",))
    await office.delivered()
    arrived = [text for text in office.acme.texts("C-HELP") if text.startswith("Step")]
    assert len(arrived) == len(set(arrived)) and arrived == sorted(arrived, key=list(ids).index)
    states = {text: await state_of(house, message_id) for text, message_id in ids.items()}
    assert set(states.values()) == {"sent", "unknown"}
    assert all(text in arrived for text, state in states.items() if state == "sent")


async def test_held_words_are_not_sent_even_after_a_crash(office: Office) -> None:
    """Omar's reply may have gone out when its relay died; Lisa took the ticket over; it is looked for, not repeated."""
    house = office.house
    office.acme.abilities = ALL - {Ability.IDEMPOTENT}
    relay = await office.open()
    number = await anna_asks(house)
    await relay.idle()
    office.acme.fail("send", Ambiguous("Broken."), room="C-HELP")
    message_id = await omar_answers(house, number, "It is out now")
    house.clock.advance(6)
    await relay.idle()
    await house.desk.do(claims.take_over, number, house.ids["Lisa"])
    await office.delivered()
    assert "It is out now" not in office.acme.texts("C-HELP")
    assert await state_of(house, message_id) == "held"
    await house.desk.do(replies.discard, message_id, house.ids["Omar"])
