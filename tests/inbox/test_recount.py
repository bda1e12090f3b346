"""The event log is the truth: promises recounted from it are those that are stored, whatever happened."""

import random
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest

from inbox.desk import (
    alarms,
    asking,
    claims,
    explaining,
    foresight,
    intake,
    lifecycle,
    merging,
    moving,
    plans,
    policies,
    priorities,
    promises,
    replies,
    splitting,
    tags,
    targets,
    terms,
)
from inbox.desk.book import Book
from inbox.directory import Directory
from inbox.errors import DeskError
from inbox.model import PRIORITIES, Promise, Ticket
from inbox.store import Tx, people, threads, tickets
from inbox.store import alarms as stored_alarms
from inbox.store import promises as stored
from sla.clock import OPEN_STATES
from sla.course import total
from sla.duration import Duration
from sla.hours import OpeningHours, parse_week
from sla.policy import METRICS, Policy, Rule, Targets
from tests.house import House
from tests.inbox.office import H, office
from tests.inbox.postman import deliver
from tests.inbox.test_moved_furniture import without
from tests.inbox.test_terms import with_policy

LUNCH = OpeningHours("office", "Europe/Stockholm", parse_week({"mon-fri": ["08:00-12:00", "13:00-17:00"]}), "SE")
SHORT = Targets({metric: {"normal": Duration(H), "high": Duration(1800)} for metric in METRICS})
BY_CLOCK = Targets(
    {
        "first_reply": {"normal": Duration(20 * H, calendar=True), "high": Duration(2 * H, calendar=True)},
        "resolution": {"normal": Duration(30 * H, calendar=True), "urgent": Duration(5 * H, calendar=True)},
        "next_reply": {"normal": Duration(H)},
    }
)
RULES = (
    Rule({"tag": "vip"}, Targets({"resolution": {"normal": Duration(2 * H)}, "next_reply": {"low": Duration(H)}})),
    Rule({"plan": "gold"}, Targets({"first_reply": {"normal": Duration(900)}})),
    Rule({"queue": "games"}, Targets({"claim": {"normal": Duration(600)}})),
)


def editions() -> list[Directory]:
    """The desk file as it was edited: other targets, other hours, fewer promises, waiting that stops the clock."""

    def edited(**changes: object) -> Directory:
        def changed(policy: Policy) -> Policy:
            return replace(policy, **{"rules": RULES, **changes})  # type: ignore[arg-type]

        return with_policy(office(), changed)

    fewer = Targets({"resolution": {"normal": Duration(8 * H), "urgent": Duration(H)}})
    return [
        edited(),
        edited(pause_on_hold=True, hours=LUNCH),
        edited(targets=SHORT),
        edited(targets=fewer, pause_on_hold=True),
        edited(hours=LUNCH, plans={"gold": frozenset({"acme:U-ANNA"})}),
        edited(name="renamed"),
        without(edited(targets=SHORT), "customers"),
        edited(targets=Targets()),
        edited(targets=BY_CLOCK, rules=(), hours=LUNCH),
    ]


@dataclass
class Life:
    """What befalls a few tickets by chance. Times are whole seconds, as the sums below compare them exactly."""

    tx: Tx
    now: datetime
    house: House
    seed: int
    rng: random.Random = field(init=False)
    numbers: list[int] = field(default_factory=list)
    said: int = 0
    files: list[Directory] = field(default_factory=editions)

    def __post_init__(self) -> None:
        self.rng = random.Random(self.seed)

    def agent(self) -> int:
        return self.house.ids[self.rng.choice(("Omar", "Lisa", "Maja", "Maja"))]

    def ticket(self) -> Ticket:
        ticket = tickets.get(self.tx, self.rng.choice(self.numbers))
        assert ticket
        return ticket

    @property
    def number(self) -> int:
        return self.ticket().number

    @property
    def maja(self) -> int:
        return self.house.ids["Maja"]


def ask(life: Life, text: str = "", thread: str = "") -> None:
    life.said += 1
    words = text or f"Question {life.said}"
    said = life.house.said("Anna", words, thread=thread, at=life.now - timedelta(seconds=life.rng.choice((0, 30))))
    name = f"life{life.seed}-{life.said}"
    said = replace(said, message_id=name, opens="" if thread else name)
    received = intake.receive(life.tx, life.now, said)
    if received.ticket and received.ticket not in life.numbers:
        life.numbers.append(received.ticket)


def open_for_her(life: Life) -> None:
    """An agent opens a ticket for Anna."""
    omar, _ = people.identify(life.tx, life.now, life.house.account("Omar"))
    anna, identity = people.identify(life.tx, life.now, life.house.account("Anna"))
    who = (anna, identity, "acme")
    life.numbers.append(asking.open_for(life.tx, life.now, omar, who, "it", "She came by"))


def write(life: Life) -> None:
    home = threads.home(life.tx, life.number)
    if home and home.external_id:
        ask(life, life.rng.choice(("Still burning", "And the scanner?", "thanks!", "Tack så mycket")), home.external_id)


def tick(life: Life) -> None:
    for kind, subject in stored_alarms.due(life.tx, life.now, 50):
        alarms.handle(life.tx, life.now, kind, subject)


def claim_or_release(life: Life) -> None:
    ticket = life.ticket()
    if ticket.assignee_id is None:
        claims.claim(life.tx, life.now, ticket.number, life.agent())
    else:
        claims.release(life.tx, life.now, ticket.number, life.maja)


def wait(life: Life) -> None:
    life.rng.choice((lifecycle.pend, lifecycle.hold))(life.tx, life.now, life.number, life.maja)


def sleep(life: Life) -> None:
    until = life.now + timedelta(hours=life.rng.choice((1, 30)))
    lifecycle.snooze(life.tx, life.now, life.number, life.maja, until)


def say(life: Life) -> None:
    """Words that are on their way until the postman comes."""
    ticket = life.ticket()
    replies.reply(life.tx, life.now, ticket.number, ticket.assignee_id or life.agent(), "Have you tried water?")


def post(life: Life) -> None:
    deliver(life.tx, life.now)


def resolve_or_reopen(life: Life) -> None:
    ticket = life.ticket()
    if ticket.unresolved:
        lifecycle.resolve(life.tx, life.now, ticket.number, life.maja)
    else:
        lifecycle.reopen(life.tx, life.now, ticket.number, life.house.ids["Anna"])


def spam(life: Life) -> None:
    if life.rng.random() < 0.2:  # else nothing lives long
        lifecycle.close(life.tx, life.now, life.number, life.maja, "spam")


def no_reply(life: Life) -> None:
    lifecycle.no_reply_needed(life.tx, life.now, life.number, life.maja)


def prioritise(life: Life) -> None:
    priorities.set_priority(life.tx, life.now, life.number, life.agent(), life.rng.choice(PRIORITIES))


def label(life: Life) -> None:
    life.rng.choice((tags.add, tags.remove))(life.tx, life.now, life.number, life.agent(), "vip")


def move(life: Life) -> None:
    moving.move(life.tx, life.now, life.number, life.maja, life.rng.choice(("it", "customers")))


def merge(life: Life) -> None:
    source, *others = life.rng.sample(life.numbers, len(life.numbers))
    merging.merge(life.tx, life.now, source, life.maja, others[0] if others else source)


def unmerge(life: Life) -> None:
    merged = [number for number in life.numbers if tickets.survivor(life.tx, number) != number]
    merging.unmerge(life.tx, life.now, merged[-1] if merged else life.number, life.maja)


def split(life: Life) -> None:
    life.numbers.append(splitting.split(life.tx, life.now, life.number, life.maja).number)


def set_target(life: Life) -> None:
    metric, number = life.rng.choice(METRICS), life.number
    if life.rng.random() < 0.3:
        targets.take_back(life.tx, life.now, number, life.maja, metric)
    else:
        span = life.rng.choice(("20m", "3h", "2 working days"))
        targets.set_target(life.tx, life.now, number, life.maja, metric, span, "customer on site")


def set_plan(life: Life) -> None:
    plans.set_plan(life.tx, life.now, life.number, life.maja, life.rng.choice(("gold", "")))


def edit_file(life: Life) -> None:
    """Another desk file; what is stale is found at once, or only after something else has happened."""
    tx, now = life.tx, life.now
    tx.directory = life.rng.choice(life.files)
    if life.rng.random() < 0.3:
        policies.keep_versions(tx, now)
        return
    expected = {key: p for number in life.numbers for key, p in judged(tx, now, number).items()}
    for move in foresight.foreseen(tx, now).moves:
        if move.after != move.before:  # else somebody is told of it, and no more
            expected |= keyed([move.after])
    policies.keep_versions(tx, now)
    for find in (policies.stale, policies.owing):
        for number in find(tx, 0, 100):
            policies.retarget(tx, now, number)
    policies.remember(tx, now)
    came = {key: p for number in life.numbers for key, p in judged(tx, now, number).items()}
    assert came == expected, f"seed {life.seed}: what was foreseen is not what came"
    for number in life.numbers:
        assert owed(tx, number) <= running(tx, number), f"seed {life.seed}: #{number} is promised less than is said"


def owed(tx: Tx, number: int) -> set[str]:
    """What a ticket is promised by the present file, as it stands."""
    ticket = tickets.get(tx, number)
    assert ticket
    held = terms.of_ticket(tx, ticket)
    may_be = {"resolution"} | ({"claim"} if ticket.assignee_id is None else set())
    if ticket.awaiting_since and not ticket.agent_opened:  # there the first answer is promised after the first question
        may_be.add("next_reply" if ticket.answered else "first_reply")
    return {metric for metric in may_be if ticket.unresolved and held.target(tx.directory, metric) is not None}


def running(tx: Tx, number: int) -> set[str]:
    return {p.metric for p in stored.of_ticket(tx, number) if p.state in OPEN_STATES}


Key = tuple[int, str, int]


def judged(tx: Tx, now: datetime, number: int) -> dict[Key, Promise]:
    """A ticket's promises as they stand now, whatever was noticed of it."""
    ticket = tickets.get(tx, number)
    assert ticket
    book = Book(tx, now, ticket)
    for promise in book.open():
        book.judge(promise)
    return keyed(book.promises.values())


def keyed(found: Iterable[Promise]) -> dict[Key, Promise]:
    return {(p.ticket, p.metric, p.cycle): replace(p, id=0) for p in found}


DEEDS: tuple[Callable[[Life], None], ...] = (
    *(tick, tick, claim_or_release, wait, sleep, write, write, say, post, post, resolve_or_reopen, prioritise, label),
    *(move, set_target, set_plan, edit_file, merge, unmerge, split, spam, no_reply, ask, open_for_her),
)


async def test_recounting_the_log_gives_the_stored_promises(house: House, engine_name: str) -> None:
    """SC-07: pauses, reopenings, merges, other priorities, queues and plans in any order: the clock is the log's."""
    for seed in range(30 if engine_name == "sqlite" else 5):
        await house.desk.do(live, house, seed, 20)


@pytest.mark.torture
@pytest.mark.parametrize("engine_name", ["sqlite"])
async def test_recounting_ten_thousand_deeds_gives_the_stored_promises(house: House) -> None:
    for seed in range(1000, 1500):
        await house.desk.do(live, house, seed, 20)


class Over(Exception):
    """A life is over, and leaves nothing behind."""


def live(tx: Tx, now: datetime, house: House, seed: int, steps: int) -> None:
    with suppress(Over), tx.apart():
        lived(tx, now, house, seed, steps)
        raise Over


def lived(tx: Tx, now: datetime, house: House, seed: int, steps: int) -> None:
    """After each deed the stored promises equal their recount, the alarms are right, and each promise can say why."""
    life = Life(tx, now, house, seed)
    tx.directory = life.files[0]
    policies.keep_versions(tx, now)
    (open_for_her if life.rng.random() < 0.2 else ask)(life)
    for step in range(steps):
        life.now += timedelta(minutes=life.rng.choice((1, 1, 20, 45, 180, 600, 2000)))
        deed = life.rng.choice(DEEDS)
        try:
            with tx.apart():
                deed(life)
        except DeskError:
            continue
        for number in life.numbers:
            check(tx, life.now, number, f"seed {seed}, step {step}: {deed.__name__}")


def check(tx: Tx, now: datetime, number: int, when: str) -> None:
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
    assert not {"first_reply", "next_reply"} <= {*running}, f"{when}: a second answer is promised before the first"
    for one in explaining.of_ticket(tx, now, ticket):
        assert total(one.stretches, "ran", "over") == one.counted, (when, one.promise)
        assert total(one.stretches, "ran") <= one.promise.target_seconds, (when, one.promise)
