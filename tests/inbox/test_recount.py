"""The event log is the truth: promises recounted from it are those that are stored, whatever happened."""

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from inbox.desk import alarms, claims, intake, lifecycle, promises
from inbox.model import Ticket
from inbox.store import Tx, tickets
from inbox.store import alarms as stored_alarms
from inbox.store import promises as stored
from tests.house import House
from tests.inbox.deeds import home_thread
from tests.inbox.office import change, office


@pytest.fixture
def it(house: House) -> House:
    house.desk.directory = office()
    return house


async def test_recounting_the_log_gives_the_stored_promises(it: House, engine_name: str) -> None:
    lives = 25 if engine_name == "sqlite" else 5
    for seed in range(lives):
        await it.desk.do(_live, it, seed)


def _live(tx: Tx, now: datetime, house: House, seed: int) -> None:
    """A ticket's life by chance: after each deed the stored promises equal their recount, and the alarms are right."""
    rng = random.Random(seed)
    received = intake.receive(
        tx, now, replace(house.said("Anna", f"Life {seed}"), message_id=f"life{seed}", opens=f"life{seed}")
    )
    assert received.ticket is not None
    for step in range(14):
        now += timedelta(minutes=rng.choice((1, 20, 45, 180, 600, 2000)))
        deed = rng.choice(DEEDS)
        ticket = tickets.get(tx, received.ticket)
        assert ticket
        deed(tx, now, house, ticket, rng)
        _check(tx, now, received.ticket, f"seed {seed}, step {step}: {deed.__name__}")


def _tick(tx: Tx, now: datetime, house: House, ticket: Ticket, rng: random.Random) -> None:
    for kind, subject in stored_alarms.due(tx, now, 50):
        if kind == "promise":
            alarms.handle(tx, now, kind, subject)


def _claim_or_release(tx: Tx, now: datetime, house: House, ticket: Ticket, rng: random.Random) -> None:
    if not ticket.unresolved:
        return
    if ticket.assignee_id is None:
        claims.claim(tx, now, ticket.number, house.ids["Omar"])
    else:
        claims.release(tx, now, ticket.number, house.ids["Maja"])


def _wait(tx: Tx, now: datetime, house: House, ticket: Ticket, rng: random.Random) -> None:
    if ticket.unresolved:
        verb = rng.choice((lifecycle.pend, lifecycle.hold))
        verb(tx, now, ticket.number, house.ids["Maja"])


def _write(tx: Tx, now: datetime, house: House, ticket: Ticket, rng: random.Random) -> None:
    at = now - timedelta(seconds=rng.choice((0, 30)))
    intake.receive(tx, now, house.said("Anna", "Still burning", thread=home_thread(tx, ticket.number), at=at))


def _reply(tx: Tx, now: datetime, house: House, ticket: Ticket, rng: random.Random) -> None:
    if ticket.unresolved:
        after = tickets.change(tx, ticket.number, answered=True, awaiting_since=None)
        promises.replied(tx, now, after, now - timedelta(seconds=rng.choice((5, 600))))


def _resolve_or_reopen(tx: Tx, now: datetime, house: House, ticket: Ticket, rng: random.Random) -> None:
    if ticket.unresolved:
        lifecycle.resolve(tx, now, ticket.number, house.ids["Maja"])
    elif ticket.status == "resolved" and not lifecycle.past_reopening(tx, now, ticket):
        lifecycle.reopen(tx, now, ticket.number, house.ids["Anna"])


def _reprioritise(tx: Tx, now: datetime, house: House, ticket: Ticket, rng: random.Random) -> None:
    change(tx, now, ticket.number, priority=rng.choice(("low", "normal", "high", "urgent")))


DEEDS: tuple[Callable[[Tx, datetime, House, Ticket, random.Random], None], ...] = (
    _tick,
    _tick,
    _claim_or_release,
    _wait,
    _write,
    _reply,
    _resolve_or_reopen,
    _reprioritise,
)


def _check(tx: Tx, now: datetime, number: int, when: str) -> None:
    found, ticket = stored.of_ticket(tx, number), tickets.get(tx, number)
    assert ticket
    assert promises.rebuild(tx, number) == found, when
    counting = [p.due_at for p in found if p.state in ("running", "due_soon", "breached") and p.due_at]
    assert ticket.due_at == (min(counting, default=None) if ticket.unresolved else None), when
    for p in found:
        at = stored_alarms.at(tx, "promise", p.id)
        if p.state in ("running", "due_soon") and ticket.unresolved:
            assert at is not None and p.due_at and (at <= max(p.due_at, now + timedelta(seconds=1))), when
        elif p.state != "breached":
            assert at is None, when
    running = [p.metric for p in found if p.state in ("running", "due_soon", "breached", "paused")]
    assert len(running) == len(set(running)), when
