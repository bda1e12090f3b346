"""What `frontdesk check` foretells of an edited desk file is what the next start does, for every kind of edit."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from frontdesk import checking, config
from inbox.desk import alarms, asking, claims, intake, lifecycle, policies, priorities, tags
from inbox.directory import Directory
from inbox.model import Promise
from inbox.store import Tx, people
from inbox.store import promises as stored
from inbox.store.tables import nag
from sla.clock import OPEN_STATES
from tests.frontdesk.test_checking import checked
from tests.house import ROOMS, House
from tests.inbox.deeds import answer, ask, ask_again
from tests.inbox.sending import deliver_all

DESK = """
[desk]
name = "Acme"
[connections.acme]
platform = "slack"
[connections.shop]
platform = "telegram"

[hours.office]
timezone = "Europe/Stockholm"
mon-fri = ["08:00-12:00", "13:00-17:00"]
holidays = "SE"

[plans]
gold = ["acme:U01ERIK"]

[policies.standard]
hours = "office"
first_reply = { normal = "4h", urgent = "15m" }
next_reply = { normal = "3h" }
resolution = { normal = "2 working days", urgent = "4h" }
pause_on_hold = true
[[policies.standard.rules]]
when = { plan = "gold" }
first_reply = { normal = "2h" }
[[policies.standard.rules]]
when = { tag = "vip" }
first_reply = { normal = "1h" }
[[policies.standard.rules]]
when = { priority = "urgent" }
resolution = { urgent = "3h" }
[[policies.standard.ladder]]
at = "75%"
to = ["room"]
[[policies.standard.ladder]]
at = "100%"
to = ["room"]

[queues.it]
desk = "acme:#it-desk"
intake = ["acme:#it-help"]
agents = ["acme:U01OMAR", "acme:U01LISA"]
leads = ["acme:U01MAJA"]
default = true
[queues.customers]
desk = "acme:#it-desk"
intake = ["shop:dm"]
agents = ["acme:U01OMAR", "acme:U01LISA"]
leads = ["acme:U01MAJA"]
"""
RENAMED = [("[policies.standard]", "[policies.usual]"), ("[[policies.standard.", "[[policies.usual.")]
CUSTOMERS = DESK[DESK.index("[queues.customers]") :]
GOLD = '[[policies.standard.rules]]\nwhen = { plan = "gold" }\nfirst_reply = { normal = "2h" }\n'
VIP = '[[policies.standard.rules]]\nwhen = { tag = "vip" }\nfirst_reply = { normal = "1h" }\n'
EDITS: dict[str, list[tuple[str, str]]] = {
    "a target that is nearly used up": [('next_reply = { normal = "3h" }', 'next_reply = { normal = "80m" }')],
    "a shorter target": [('normal = "4h", urgent', 'normal = "30m", urgent')],
    "a longer target": [('normal = "4h", urgent', 'normal = "16h", urgent')],
    "no such target": [('next_reply = { normal = "3h" }\n', "")],
    "a promise that was never given": [
        (
            "[[policies.standard.rules]]\nwhen = { plan",
            'claim = { normal = "1h" }\n[[policies.standard.rules]]\nwhen = { plan',
        )
    ],
    "shorter hours": [('["08:00-12:00", "13:00-17:00"]', '["08:00-12:00"]')],
    "by night": [('mon-fri = ["08:00-12:00", "13:00-17:00"]', 'mon-sun = ["22:00-06:00"]')],
    "another country": [('holidays = "SE"', 'holidays = "DK"')],
    "closed yesterday": [('holidays = "SE"', 'closed = ["2026-03-02"]')],
    "always open": [('hours = "office"', 'hours = "always"')],
    "no pause on hold": [("pause_on_hold = true", "pause_on_hold = false")],
    "the rules the other way round": [(GOLD + VIP, VIP + GOLD)],
    "no queue for customers": [(CUSTOMERS, "")],
    "the policy by another name": RENAMED,
    "no plans": [(GOLD, ""), ('[plans]\ngold = ["acme:U01ERIK"]\n', "")],
    "another rule for a priority": [('resolution = { urgent = "3h" }', 'resolution = { urgent = "1h" }')],
    "another ladder": [('at = "75%"', 'at = "5%"')],
    "another ladder and a longer target": [
        ('at = "100%"', 'at = "110%"'),
        ('normal = "4h", urgent', 'normal = "5h", urgent'),
    ],
    "a ladder that hands up": [('at = "100%"\nto = ["room"]', 'at = "120%"\nto = ["escalate"]')],
    "another lease": [("pause_on_hold = true", 'pause_on_hold = true\nreturn_after = "1h"')],
}


def edited(*changes: tuple[str, str]) -> Directory:
    text = DESK
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    return Directory(config.parse(text, "desk.toml"), ROOMS)


Seen = dict[str, set[str]]  # by what becomes of them: promises, as `frontdesk check` names them


async def test_what_is_foretold_of_an_edited_file_comes_true(
    house: House, database_url: str, engine_name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each edit on what the one before left; the database is a real one, and `check` has a door of its own to it."""
    monkeypatch.setattr(checking, "wall_clock", lambda: house.clock.now)
    monkeypatch.setattr(checking, "NAMED", 1000)
    house.desk.directory = edited()
    await policies.follow_file(house.desk)
    await furnish(house)
    await ring(house)
    assert await foretold(house, database_url) == {}
    seen: set[str] = set()
    all_of_them = engine_name == "sqlite"
    for what, changes in (*list(EDITS.items())[:: 1 if all_of_them else 4], ("as it was", [])):
        house.clock.advance(300)
        await ring(house)
        house.desk.directory = edited(*changes)
        said = await foretold(house, database_url)
        came = await coming(house)
        if not house.desk.directory.queue("it").policy.hours.is_open(house.clock.now):
            assert not came.pop(TOLD, None) and not came.pop(UP, None)  # nobody is told before it opens
            said.pop(TOLD, None), said.pop(UP, None)
        assert said == came, what
        seen |= said.keys()
    assert await foretold(house, database_url) == {}, "once is enough"
    assert seen == {words for words, _ in checking.EFFECTS} or not all_of_them


HANDED_UP = 1200  # the key of the step that does
FORGIVEN, TOLD, UP = (words for words, _ in checking.EFFECTS[-3:])


async def furnish(house: House) -> None:
    """A Tuesday morning with tickets in every state in which promises run, wait or are over."""
    do, ids = house.desk.do, house.ids
    numbers = []
    for n in range(9):
        numbers.append(await ask(house, f"Matter {n}"))
        house.clock.advance(200)
    claimed, _, urgent, vip, pending, on_hold, solved, asked, asleep = numbers
    await do(priorities.set_priority, urgent, ids["Omar"], "urgent")
    await do(tags.add, vip, ids["Omar"], "vip")
    for number in (pending, on_hold, solved, asked):
        await answer(house, number)
    await do(lifecycle.pend, pending, ids["Omar"])
    await do(lifecycle.hold, on_hold, ids["Omar"])
    await do(lifecycle.resolve, solved, ids["Omar"])
    await do(lifecycle.snooze, asleep, ids["Omar"], house.clock.now + timedelta(days=9))
    low = await ask(house, "Whenever you like", "Erik")
    await do(priorities.set_priority, low, ids["Omar"], "low")
    omar, _ = await do(people.identify, house.account("Omar"))
    anna, identity = await do(people.identify, house.account("Anna"))
    await do(asking.open_for, omar, (anna, identity, "acme"), "it", "She came by")
    await do(intake.receive, house.said("Erik", "My order", "dm-erik", connection="shop", direct=True))
    golden = house.said("Erik", "I pay more")
    golden = replace(golden, author=replace(golden.author, external_id="U01ERIK"))
    both = (await do(intake.receive, golden)).ticket
    assert both
    await do(tags.add, both, ids["Omar"], "vip")
    house.clock.advance(hours=22)
    await ask_again(house, asked)
    await do(claims.claim, claimed, ids["Lisa"])
    house.clock.advance(hours=1)


async def ring(house: House) -> None:
    while await alarms.tick(house.desk):
        pass
    await deliver_all(house)


async def foretold(house: House, url: str) -> Seen:
    """What `frontdesk check` says."""
    _, said = await checked(url, house.desk.directory.desk)
    lines = re.findall(r"^  \d+ (.+): (#.+)\.$", said, re.MULTILINE)
    return {what: set(names.split(", ")) for what, names in lines}


async def coming(house: House) -> Seen:
    """What the next start does to promises, as they are stored."""
    before, nags = await house.desk.look(stand), await house.desk.look(nagged)
    await policies.follow_file(house.desk)
    await ring(house)
    after = await house.desk.look(stand)
    new = await house.desk.look(nagged) - nags
    found: Seen = {TOLD: {f"#{ticket} {metric}" for ticket, metric, *_ in new}}
    found[UP] = {f"#{ticket} {metric}" for ticket, metric, _, step in new if step == HANDED_UP}
    for key, now in after.items():
        for what in became(before.get(key), now):
            found.setdefault(what, set()).add(f"#{now.ticket} {now.metric}")
    return {what: {name.replace("_", " ") for name in names} for what, names in found.items() if names}


def became(before: Promise | None, after: Promise) -> Iterator[str]:
    missed = after.state == "breached"
    if before is None:
        yield "begun that was not promised before"
        if missed:
            yield "missed at once"
        return
    if after.state == "cancelled" != before.state:
        yield "promised no more"
    if after.state not in OPEN_STATES:
        return
    counted = (before.due_at, after.due_at) if before.due_at and after.due_at else None
    left = (before.remaining_seconds, after.remaining_seconds) if before.paused_at and after.paused_at else None
    was, now = counted or left or (0, 0)
    if now != was:
        yield "with an earlier deadline" if now < was else "with a later deadline"  # type: ignore[operator]
    if missed and before.state != "breached":
        yield "missed at once"
    if before.state == "breached" and not missed:
        yield FORGIVEN
    if after.state == "paused" != before.state:
        yield "stopped, as the ticket waits"
    if before.state == "paused" and after.state in ("running", "due_soon"):
        yield "counted on although the ticket waits"


def stand(tx: Tx) -> dict[int, Promise]:
    return {promise.id: promise for number in range(1, 30) for promise in stored.of_ticket(tx, number)}


def nagged(tx: Tx) -> set[Any]:
    return set(map(tuple, tx.run(select(nag.c.ticket, nag.c.metric, nag.c.cycle, nag.c.step))))
