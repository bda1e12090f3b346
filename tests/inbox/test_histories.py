"""Thousands of claims, releases, take-overs and assignments at once, from several processes or threads: whatever each
was answered, for each ticket it can be told as one story, one after the other. The teller is put to the test first."""

import asyncio
import random
import sys
import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import pairwise, permutations
from subprocess import PIPE, Popen

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from inbox.store import Tx, people, tickets
from inbox.store.tables import hold
from tests.bench.claims import QUEUES, crowded
from tests.databases import Databases
from tests.house import Clock, House, sample_directory
from tests.inbox.histories import (
    VERBS,
    Answer,
    Claim,
    Deed,
    Share,
    act,
    answered,
    printed,
    step,
    tickets_for,
    told_as,
)
from tests.inbox.linearizable import Seen, explain

AGENTS = 6
CROWD = 100  # tickets, at least
NAMES = ("Maja", "Omar", "Lisa")
History = list[Seen[Deed]]

# (engine, parts, processes or threads, clients of each, deeds of each of those): 14,400 and 5,600 deeds, and 80,000
OFTEN = [("sqlite", part, 3, 4, 400) for part in range(3)] + [("postgres", 0, 2, 7, 400)]
LONG = [("sqlite", part, 3, 4, 1_000) for part in range(4)] + [("postgres", part, 2, 8, 1_000) for part in range(2)]
TORTURE = [pytest.param(*one, marks=pytest.mark.torture) for one in LONG]


@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    ("engine_name", "part", "actors", "clients", "deeds"), [*OFTEN, *TORTURE], indirect=["engine_name"]
)
async def test_whatever_many_were_answered_at_once_is_one_story(
    databases: Databases, part: int, actors: int, clients: int, deeds: int
) -> None:
    url, names = await crowded(databases, max(CROWD, tickets_for(deeds)))
    try:
        team = tuple(sorted(names.items()))[:AGENTS]
        shares = [Share(url, team, clients, deeds, part * actors + n) for n in range(actors)]
        await lead(url, team[0][0])
        together = in_threads if databases.engine == "SQLite" else in_processes
        history = await asyncio.to_thread(together, shares)
        assert sum(one.deed.verb in VERBS for one in history) == actors * clients * deeds
        assert overlapping(history) > len(history) / 10  # else it would not have been at once
        history += await in_the_end(url, tickets_for(deeds))
        for number, seen in by_ticket(history).items():
            assert explain(seen, step, Claim()) is not None, story(number, seen)
    finally:
        databases.drop(url)


async def lead(url: str, person: int) -> None:
    """Makes an agent a lead of every queue."""

    def promote(tx: Tx) -> None:
        for queue in QUEUES:
            people.set_members(tx, queue, people.members(tx, queue) | {person: "lead"})

    desk = House(url, sample_directory(), Clock()).desk
    await desk.store.do(promote)
    await desk.close()


def in_threads(shares: list[Share]) -> History:
    """Each share in a thread of its own, over a desk and connections of its own."""
    barrier, seen = threading.Barrier(len(shares), timeout=60), list[History]()

    async def begin() -> None:
        barrier.wait()

    threads = [threading.Thread(target=lambda s=share: seen.append(asyncio.run(act(s, begin)))) for share in shares]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(seen) == len(shares)
    return [one for each in seen for one in each]


def in_processes(shares: list[Share]) -> History:
    """Each share in a process of its own."""
    command = (sys.executable, "-m", "tests.inbox.histories")
    with ExitStack() as stack:
        children = [stack.enter_context(Popen(command, text=True, stdin=PIPE, stdout=PIPE)) for _ in shares]
        for child in children:
            stack.callback(child.kill)  # before it is waited for
        for child, share in zip(children, shares, strict=True):
            say(child, told_as(share))
        assert [heard(child) for child in children] == ["ready\n"] * len(children)
        for child in children:
            say(child, "begin")
        return [one for child in children for one in printed(heard(child))]


def say(child: "Popen[str]", line: str) -> None:
    assert child.stdin
    child.stdin.write(f"{line}\n")
    child.stdin.flush()


def heard(child: "Popen[str]") -> str:
    assert child.stdout
    line = child.stdout.readline()
    assert line, "a process ended early; it says why among the complaints"
    return line


async def in_the_end(url: str, count: int) -> History:
    """What stands in the database after everything, as the last look at each ticket; and nothing was kept twice."""
    desk = House(url, sample_directory(), Clock()).desk

    def look(tx: Tx) -> History:
        seen = []
        for number in range(1, count + 1):
            ticket = tickets.get(tx, number)
            assert ticket
            kept = tx.run(select(func.count()).where(hold.c.ticket == number)).scalar_one()
            assert kept == ticket.fence, f"#{number} has {kept} holders in its history, and the fence {ticket.fence}"
            holder = people.names(tx, [ticket.assignee_id or 0]).get(ticket.assignee_id or 0, "")
            seen.append(Seen(1e18, 1e18, Deed(number, "look", "", "", False, ("seen", ticket.fence, holder))))
        return seen

    seen = await desk.look(look)
    await desk.close()
    return seen


def overlapping(history: History) -> int:
    """How many deeds with a ticket were begun before the one before was answered."""
    count = 0
    for seen in by_ticket(history).values():
        ordered = sorted(seen, key=lambda one: one.began)
        count += sum(one.ended > after.began for one, after in pairwise(ordered))
    return count


def by_ticket(history: History) -> dict[int, History]:
    found = defaultdict(list)
    for one in history:
        found[one.deed.ticket].append(one)
    return found


def story(number: int, seen: History) -> str:
    """What a person needs to see why there is none."""
    first = min(one.began for one in seen)
    lines = [
        f"{(one.began - first) * 1e3:9.2f}–{(one.ended - first) * 1e3:<9.2f} {one.deed.by} {one.deed.verb} "
        f"{one.deed.to if one.deed.verb == 'assign' else ''} → {one.deed.answer}"
        for one in sorted(seen, key=lambda one: one.began)
    ]
    return "\n".join((f"What was answered of #{number} is no story:", *lines))


# ── the teller itself ──


def deed(verb: str, by: str, *answer: int | str, to: str = "", leads: bool = False) -> Deed:
    kind, what, *who = (*answer, "")
    return Deed(1, verb, by, to, leads, (str(kind), what, str(who[0])))


def seen(
    began: float, ended: float, verb: str, by: str, *answer: int | str, to: str = "", leads: bool = False
) -> Seen[Deed]:
    return Seen(began, ended, deed(verb, by, *answer, to=to, leads=leads))


BAD = {
    "two winners": [
        seen(0, 2, "claim", "Omar", "claimed", 1, "Omar"),
        seen(1, 3, "claim", "Lisa", "claimed", 1, "Lisa"),
    ],
    "two winners under two fences": [
        seen(0, 2, "claim", "Omar", "claimed", 1, "Omar"),
        seen(1, 3, "claim", "Lisa", "claimed", 2, "Lisa"),
    ],
    "a lost update: the take-over is gone": [
        seen(0, 1, "claim", "Omar", "claimed", 1, "Omar"),
        seen(2, 3, "take", "Lisa", "claimed", 2, "Lisa"),
        seen(4, 5, "look", "Maja", "seen", 1, "Omar"),
    ],
    "a stale look at the holder": [
        seen(0, 1, "claim", "Omar", "claimed", 1, "Omar"),
        seen(2, 3, "look", "Lisa", "seen", 0, ""),
    ],
    "looks that go back in time": [
        seen(0, 9, "claim", "Omar", "claimed", 1, "Omar"),
        seen(1, 2, "look", "Lisa", "seen", 1, "Omar"),
        seen(3, 4, "look", "Lisa", "seen", 0, ""),
    ],
    "seen before it was begun": [
        seen(0, 1, "look", "Lisa", "seen", 1, "Omar"),
        seen(2, 3, "claim", "Omar", "claimed", 1, "Omar"),
    ],
    "a fence that repeats": [
        seen(0, 1, "claim", "Omar", "claimed", 1, "Omar"),
        seen(2, 3, "release", "Omar", "free", 2),
        seen(4, 5, "claim", "Lisa", "claimed", 2, "Lisa"),
    ],
    "a fence that leaps": [
        seen(0, 1, "claim", "Omar", "claimed", 1, "Omar"),
        seen(2, 3, "take", "Lisa", "claimed", 3, "Lisa"),
    ],
    "a release by somebody else is accepted": [
        seen(0, 1, "claim", "Omar", "claimed", 1, "Omar"),
        seen(2, 3, "release", "Lisa", "free", 2),
    ],
    "a lead's release is refused": [
        seen(0, 1, "claim", "Omar", "claimed", 1, "Omar"),
        seen(2, 3, "release", "Maja", "lost", "Omar", leads=True),
    ],
    "a release that frees nothing": [
        seen(0, 1, "claim", "Omar", "claimed", 1, "Omar"),
        seen(2, 3, "release", "Omar", "free", 1),
    ],
    "lost to somebody who never held it": [
        seen(0, 3, "claim", "Omar", "claimed", 1, "Omar"),
        seen(1, 2, "claim", "Lisa", "lost", "Maja"),
    ],
    "lost to somebody who gave it back long ago": [
        seen(0, 1, "claim", "Omar", "claimed", 1, "Omar"),
        seen(2, 3, "release", "Omar", "free", 2),
        seen(4, 5, "claim", "Lisa", "lost", "Omar"),
    ],
    "all lose": [
        seen(0, 3, "claim", "Omar", "lost", "Lisa"),
        seen(1, 2, "claim", "Lisa", "lost", "Omar"),
    ],
    "kept by one who never had it": [seen(0, 1, "claim", "Omar", "kept", 0, "Omar")],
    "claimed twice by the same": [
        seen(0, 1, "claim", "Omar", "claimed", 1, "Omar"),
        seen(2, 3, "claim", "Omar", "claimed", 2, "Omar"),
    ],
    "given away by somebody who does not hold it": [
        seen(0, 1, "claim", "Omar", "claimed", 1, "Omar"),
        seen(2, 3, "assign", "Lisa", "claimed", 2, "Maja", to="Maja"),
    ],
    "given to one, and another has it": [seen(0, 1, "assign", "Omar", "claimed", 1, "Lisa", to="Maja")],
}
GOOD = {
    "one wins, the other hears who": [
        seen(0, 2, "claim", "Omar", "claimed", 1, "Omar"),
        seen(1, 3, "claim", "Lisa", "lost", "Omar"),
    ],
    "the loser hears it before the winner does": [
        seen(0, 9, "claim", "Omar", "claimed", 1, "Omar"),
        seen(1, 2, "claim", "Lisa", "lost", "Omar"),
        seen(3, 4, "look", "Maja", "seen", 1, "Omar"),
    ],
    "a look beside a claim sees either": [
        seen(0, 9, "claim", "Omar", "claimed", 1, "Omar"),
        seen(1, 4, "look", "Lisa", "seen", 0, ""),
        seen(2, 5, "look", "Maja", "seen", 1, "Omar"),
    ],
    "answered in another order than it happened": [
        seen(0, 9, "claim", "Omar", "claimed", 3, "Omar"),
        seen(1, 8, "release", "Lisa", "free", 2),
        seen(2, 7, "claim", "Lisa", "claimed", 1, "Lisa"),
    ],
    "one person through two doors": [
        seen(0, 2, "claim", "Omar", "kept", 1, "Omar"),
        seen(1, 3, "claim", "Omar", "claimed", 1, "Omar"),
    ],
    "a lead forces it": [
        seen(0, 1, "claim", "Omar", "claimed", 1, "Omar"),
        seen(2, 3, "release", "Maja", "free", 2, leads=True),
        seen(4, 5, "release", "Lisa", "free", 2),
    ],
    "nothing happened": [],
}


@pytest.mark.parametrize("name", BAD)
def test_what_cannot_have_been_is_no_story(name: str) -> None:
    assert explain(BAD[name], step, Claim()) is None


@pytest.mark.parametrize("name", GOOD)
def test_what_can_have_been_is_one(name: str) -> None:
    told = explain(GOOD[name], step, Claim())
    assert told is not None and sorted(told, key=repr) == sorted(GOOD[name], key=repr)


def run(chance: random.Random, length: int, width: float) -> History:
    """What one after the other was answered, each as if it had taken up to so long before and after."""
    claim, history = Claim(), History()
    for at in range(length):
        by, to, verb = chance.choice(NAMES), chance.choice(NAMES), chance.choice((*VERBS, "look"))
        asked = Deed(1, verb, by, to, by == "Maja", ("", 0, ""))
        answer, claim = answered(claim, asked)
        times = at - chance.random() * width, at + chance.random() * width
        history.append(Seen(*times, asked._replace(answer=answer)))
    chance.shuffle(history)
    return history


@settings(max_examples=150, deadline=None)
@given(seed=st.integers(0, 1 << 32), length=st.integers(0, 60), width=st.floats(0, 8))
def test_what_happened_one_after_the_other_is_a_story_however_long_each_took(
    seed: int, length: int, width: float
) -> None:
    history = run(random.Random(seed), length, width)
    told = explain(history, step, Claim())
    assert told is not None and len(told) == length
    assert retold(told)


def retold(told: History) -> bool:
    """Whether this order gives these answers, and puts nothing after what was begun when it had been answered."""
    claim: Claim | None = Claim()
    for index, one in enumerate(told):
        claim = step(claim, one.deed) if claim is not None else None
        if claim is None or any(later.ended < one.began for later in told[index:]):
            return False
    return True


def spoiled(chance: random.Random, history: History) -> History:
    """The same, with one answer changed for another that somebody might have got."""
    index = chance.randrange(len(history))
    one = history[index]
    others = [answer for answer in answers(12) if answer != one.deed.answer]
    changed = Seen(one.began, one.ended, one.deed._replace(answer=chance.choice(others)))
    return [*history[:index], changed, *history[index + 1 :]]


def answers(most: int) -> Iterator[Answer]:
    for fence in range(most):
        yield "free", fence, ""
        for name in NAMES:
            yield from (("claimed", fence, name), ("kept", fence, name), ("seen", fence, name))
    yield from (("lost", name, "") for name in NAMES)


def test_one_wrong_answer_spoils_it() -> None:
    """Always where one came after the other, and nearly always where they were at once."""
    chance = random.Random(11)
    for width, tries, allowed in ((0.4, 200, 0), (3, 200, 10)):
        passed = [bad for _ in range(tries) if retells(bad := spoiled(chance, run(chance, 20, width)))]
        assert len(passed) <= allowed, passed


def retells(history: History) -> bool:
    return explain(history, step, Claim()) is not None


@settings(max_examples=200, deadline=None)
@given(seed=st.integers(0, 1 << 32), length=st.integers(1, 5))
def test_it_finds_a_story_where_trying_all_orders_does(seed: int, length: int) -> None:
    chance = random.Random(seed)
    history = run(chance, length, 0)
    times = [sorted((chance.random(), chance.random())) for _ in history]
    moved = [Seen(began, ended, one.deed) for (began, ended), one in zip(times, history, strict=True)]
    found = explain(moved, step, Claim())
    assert (found is not None) == any(retold(list(order)) for order in permutations(moved))
    assert found is None or retold(found)
