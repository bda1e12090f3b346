"""A desk with office hours and every promise, and what is looked up and heard of promises there."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from inbox.desk import alarms, promises
from inbox.directory import Directory
from inbox.model import Promise, Ticket
from inbox.store import Tx, tickets
from inbox.store import promises as stored
from sla.duration import Duration
from sla.hours import OpeningHours, parse_week
from sla.policy import Policy, Targets
from tests.house import House, sample_directory
from tests.inbox.postman import Letter, deliver

H = 3600
OFFICE = OpeningHours("office", "UTC", parse_week({"mon-fri": ["08:00-17:00"]}))
TARGETS = Targets(
    {
        "claim": {"normal": Duration(1 * H), "high": Duration(1800)},
        "first_reply": {"normal": Duration(4 * H), "high": Duration(2 * H), "urgent": Duration(1 * H)},
        "next_reply": {"normal": Duration(2 * H), "high": Duration(1 * H), "urgent": Duration(1800)},
        "resolution": {"normal": Duration(16 * H), "high": Duration(8 * H), "urgent": Duration(4 * H)},
    }
)
POLICY = Policy("office", OFFICE, TARGETS, (), Duration(8 * H))


def office(return_after: Duration | None = POLICY.return_after) -> Directory:
    """The sample desk, open on weekdays from 8 to 17 (UTC), with every promise."""
    policy = replace(POLICY, return_after=return_after)
    queues = sample_directory().desk.queues
    tiers = {"it": "customers"}
    ours = {key: replace(q, policy=policy, escalates_to=tiers.get(key, "")) for key, q in queues.items()}
    return sample_directory(queues=ours, policies={"office": policy})


async def promised(house: House, number: int) -> dict[str, Promise]:
    """The newest promise of each metric."""
    return {p.metric: p for p in await house.desk.look(stored.of_ticket, number)}


async def beat(house: House) -> list[Letter]:
    """The metronome beats until nothing is due, and the postman comes; returns what was said of promises."""
    while await alarms.tick(house.desk):
        pass
    return [said for said in await house.desk.do(deliver) if said.say.startswith("nag.")]


async def beat_at(house: House, **later: float) -> list[Letter]:
    house.clock.advance(**later)
    return await beat(house)


def says(letters: list[Letter]) -> list[tuple[str, str, Any]]:
    return [(said.kind, said.say, said.to) for said in letters]


def values(tx: Tx, now: datetime, house: House, **more: Any) -> dict[str, Any]:
    return {
        "subject": "Printer",
        "status": "new",
        "priority": "normal",
        "queue": "it",
        "requester_id": house.ids["Anna"],
        "connection": "acme",
        "language": "en",
        "created_at": now,
        "updated_at": now,
        "awaiting_since": None,
        "due_at": None,
    } | more


def change(tx: Tx, now: datetime, /, number: int, **values: Any) -> Ticket:
    return promises.retargeted(tx, now, tickets.change(tx, number, **values))
