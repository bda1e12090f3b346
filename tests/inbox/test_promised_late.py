"""What a desk file promises since it was edited runs on old tickets as if it had always been promised."""

from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from inbox.desk import policies
from inbox.directory import Directory
from inbox.errors import DeskError
from inbox.model import Promise
from inbox.store import Tx, tickets
from sla.clock import OPEN_STATES
from sla.policy import Targets
from tests.house import House
from tests.inbox import test_recount as lives
from tests.inbox.deeds import one_engine
from tests.inbox.office import office
from tests.inbox.test_terms import with_policy

# what changes the terms meanwhile, and merges, by which the survivor's promises stay as they were
NOT = (lives.edit_file, lives.set_target, lives.set_plan, lives.merge, lives.unmerge)
DEEDS = [deed for deed in lives.DEEDS if deed not in NOT]


@one_engine
@pytest.mark.parametrize("pauses", [False, True], ids=["on hold it runs", "on hold it waits"])
async def test_promises_of_old_tickets_are_those_that_they_would_have_had(house: House, pauses: bool) -> None:
    """The same life three times: under the policy, and until the end under none, or under quite another."""
    ours = with_policy(office(None), lambda policy: replace(policy, ladder=(), pause_on_hold=pauses))
    nothing = with_policy(ours, lambda policy: replace(policy, targets=Targets()))
    other = with_policy(ours, lambda policy: replace(policy, targets=lives.SHORT, hours=lives.LUNCH, rules=lives.RULES))
    seen = 0
    for seed in range(6):
        always = await lived(house, seed, ours, ours)
        assert await lived(house, seed, nothing, ours) == always, f"seed {seed}, where nothing was promised"
        assert await lived(house, seed, other, ours) == always, f"seed {seed}, where something else was promised"
        seen += len(always)
    assert seen > 6


Stands = dict[tuple[int, str], tuple[datetime, datetime | None, int | None, str]]


async def lived(house: House, seed: int, under: Directory, then: Directory) -> Stands:
    found: list[Stands] = []

    def live(tx: Tx, now: datetime) -> None:
        with suppress(lives.Over), tx.apart():
            found.append(stand(follow(life(tx, now, house, seed, under), then)))
            raise lives.Over

    await house.desk.do(live)
    return found[0]


def life(tx: Tx, now: datetime, house: House, seed: int, directory: Directory) -> lives.Life:
    found = lives.Life(tx, now, house, seed)
    tx.directory = directory
    policies.keep_versions(tx, now)
    policies.remember(tx, now)
    lives.ask(found)
    for _ in range(20):
        found.now += timedelta(minutes=found.rng.choice((1, 1, 20, 45, 180, 600, 2000)))
        deed = found.rng.choice(DEEDS)
        with suppress(DeskError), tx.apart():
            deed(found)
    return found


def follow(life: lives.Life, directory: Directory) -> lives.Life:
    life.tx.directory = directory
    for find in (policies.stale, policies.owing):
        for number in find(life.tx, 0, 100):
            policies.retarget(life.tx, life.now, number)
    return life


def stand(life: lives.Life) -> Stands:
    """How what runs stands in the end. A claim is left out: where the first queue promised none, it begins in the next.
    So is what was not answered before a ticket was reopened: under the policy it is overdue for ever."""
    found: Stands = {}
    for number in life.numbers:
        ticket = tickets.get(life.tx, number)
        assert ticket
        for promise in lives.judged(life.tx, life.now, number).values() if ticket.unresolved else ():
            unanswered = promise.metric == "first_reply" and ticket.cycle > 1
            if promise.state in OPEN_STATES and promise.metric != "claim" and not unanswered:
                found[number, promise.metric] = _stands(promise)
    return found


def _stands(promise: Promise) -> tuple[datetime, datetime | None, int | None, str]:
    return promise.started_at, promise.due_at, promise.remaining_seconds, promise.state
