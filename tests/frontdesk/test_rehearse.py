"""`frontdesk rehearse`: on the tickets that there were, what a desk file would have done, and nothing is done."""

from dataclasses import replace
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from pydantic import SecretStr
from rich.console import Console

from frontdesk import rehearse as command
from frontdesk.rehearse import Findings, rehearse, show
from frontdesk.settings import Settings
from inbox.automation import Deeds, Needs, Rule, When, Who, phrase
from inbox.desk import alarms, claims, lifecycle, moving, priorities, tags
from inbox.desk.door import Desk as Door
from inbox.directory import Directory
from inbox.errors import StoreUnavailable
from inbox.store import Tx
from inbox.store.tables import alarm, event, firing, message, metadata, outbox, ticket
from sla.duration import Duration
from sla.policy import Targets
from tests.house import House, sample_directory
from tests.inbox.deeds import answer, ask, ask_again, one_engine
from tests.inbox.office import office
from tests.inbox.postman import deliver

VPN = Rule("vpn", When(created=True), Needs(text=(phrase("vpn*"),)), Deeds(priority="high", tag=("vpn",)))


def ruled(*rules: Rule, directory: Directory | None = None) -> Directory:
    before = directory or sample_directory()
    return replace(before, desk=replace(before.desk, rules=rules))


async def rehearsed(house: House, directory: Directory, days: float = 14) -> Findings:
    """As in a process of its own, with another file."""
    door = Door(house.desk.store.url.render_as_string(hide_password=False), directory, house.clock)
    try:
        return await rehearse(door, house.clock.now - timedelta(days=days))
    finally:
        await door.close()


def would(found: Findings) -> list[tuple[str, int]]:
    return [(one.rule, one.ticket) for one in found.would]


async def everything(house: House) -> dict[str, Any]:
    tables = (alarm, event, firing, message, outbox, ticket)

    def rows(tx: Tx) -> dict[str, Any]:
        return {table.name: tx.run(table.select()).all() for table in tables if table in metadata.tables.values()}

    return await house.desk.look(rows)


@one_engine
async def test_it_tells_which_tickets_and_changes_nothing(house: House) -> None:
    first = await ask(house, "The VPNs are down")
    await ask(house, "The printer is on fire", "Erik")
    before = await everything(house)
    found = await rehearsed(house, ruled(VPN))
    assert (found.tickets, would(found), found.fired) == (2, [("vpn", first)], {})
    assert await everything(house) == before


@one_engine
async def test_it_finds_what_the_rules_themselves_did(house: House) -> None:
    """The same file, rehearsed: the same rules on the same tickets, in the same order."""
    rules = (
        VPN,
        Rule("up", When(message=True), Needs(tag=("vpn",), priority=("high",)), Deeds(priority="urgent")),
        Rule("given", When(created=True), Needs(queue=("it",)), Deeds(assign=Who("acme", "U-LISA"))),
        Rule("solved", When(status=("resolved",)), Needs(), Deeds(tag=("done",))),
        Rule("idle", When(idle_seconds=7200), Needs(status=("open",)), Deeds(queue="customers")),
        Rule("idle-again", When(idle_seconds=10800), Needs(queue=("customers",)), Deeds(note="!")),
        Rule("never", When(status=("pending",)), Needs(), Deeds(note="!")),
    )
    house.desk.directory = ruled(*rules)
    number = await ask(house, "My vpn is gone")
    await house.desk.do(deliver)
    house.clock.advance(1)
    await ask_again(house, number, "Hello?")
    for _ in range(4):
        house.clock.advance(hours=1)
        await beat(house)
    await house.desk.do(lifecycle.resolve, number, house.ids["Lisa"])
    other = await ask(house, "The printer is on fire", "Erik")
    real = await house.desk.look(lambda tx: [(e[2], e[5]) for e in tx.run(event.select().order_by(event.c.id))])
    fired = [facts["rule"] for kind, facts in real if kind == "rule_fired"]
    assert fired == ["vpn", "given", "up", "idle", "idle-again", "solved", "given"]
    found = await rehearsed(house, house.desk.directory)
    assert [one.rule for one in found.would if one.ticket == number] == fired[:-1]
    assert [one.rule for one in found.would if one.ticket == other] == ["given"]
    assert found.fired == {name: fired.count(name) for name in fired}


async def beat(house: House) -> None:
    while await alarms.tick(house.desk):
        pass


@one_engine
async def test_a_ticket_is_seen_as_it_was_then(house: House) -> None:
    """Moved, made urgent and tagged by people, it was none of this when it was opened."""
    omar = house.ids["Omar"]
    number = await ask(house)
    await house.desk.do(claims.claim, number, omar)
    await house.desk.do(moving.move, number, omar, "customers")
    await house.desk.do(priorities.set_priority, number, omar, "urgent")
    await house.desk.do(tags.add, number, omar, "fire")
    await house.desk.do(tags.remove, number, omar, "fire")
    house.clock.advance(60)
    await house.desk.do(lifecycle.resolve, number, omar)
    kinds = {
        "born": Rule("born", When(created=True), Needs(queue=("it",), priority=("normal",)), Deeds(note="!")),
        "later": Rule("later", When(created=True), Needs(queue=("customers",)), Deeds(note="!")),
        "held": Rule("held", When(status=("open",)), Needs(queue=("it",), status=("open",)), Deeds(note="!")),
        "end": Rule("end", When(status=("resolved",)), Needs(priority=("urgent",)), Deeds(note="!")),
        "tagged": Rule("tagged", When(status=("resolved",)), Needs(tag=("fire",)), Deeds(note="!")),
    }
    found = await rehearsed(house, ruled(*kinds.values()))
    assert [one.rule for one in found.would] == ["born", "held", "end"]


@one_engine
async def test_only_the_last_days_count(house: House) -> None:
    await ask(house, "vpn")
    house.clock.advance(days=20)
    await ask(house, "vpn", "Erik")
    assert len((await rehearsed(house, ruled(VPN), days=14)).would) == 1
    assert len((await rehearsed(house, ruled(VPN), days=30)).would) == 2


@one_engine
async def test_what_was_left_lying_since_long_is_found_by_rules_for_that(house: House) -> None:
    number = await ask(house)
    house.clock.advance(days=20)
    ten = Rule("ten", When(idle_seconds=10 * 86400), Needs(), Deeds(note="!"))
    two = Rule("two", When(idle_seconds=2 * 86400), Needs(), Deeds(note="!"))
    assert would(await rehearsed(house, ruled(ten, two))) == [("ten", number)]


# Policies


def promising(**durations: int) -> Directory:
    """The office with these promises at normal priority, in hours."""
    directory = office()
    targets = Targets({metric: {"normal": Duration(hours * 3600)} for metric, hours in durations.items()})
    policy = replace(directory.desk.queues["it"].policy, targets=targets)
    queues = {key: replace(queue, policy=policy) for key, queue in directory.desk.queues.items()}
    return replace(directory, desk=replace(directory.desk, queues=queues))


def verdicts(found: Findings) -> set[tuple[str, str, str]]:
    return {(one.metric, one.was, one.would) for one in found.promises}


@one_engine
async def test_promises_under_other_policies(house: House) -> None:
    house.desk.directory = promising(first_reply=4, resolution=16)
    number = await ask(house)
    house.clock.advance(hours=3)
    await answer(house, number)
    assert verdicts(await rehearsed(house, promising(first_reply=2))) == {
        ("first_reply", "kept", "broken"),
        ("resolution", "open", "none"),
    }
    assert verdicts(await rehearsed(house, promising(first_reply=8, resolution=1))) == {
        ("first_reply", "kept", "kept"),
        ("resolution", "open", "broken"),
    }


@one_engine
async def test_what_nobody_promised_could_have_been(house: House) -> None:
    house.desk.directory = promising(resolution=1)
    number = await ask(house)
    house.clock.advance(hours=1.5)
    await answer(house, number)
    await house.desk.do(deliver)
    await ask_again(house, number)
    house.clock.advance(hours=2)
    await answer(house, number)
    await house.desk.do(lifecycle.pend, number, house.ids["Omar"])
    assert verdicts(await rehearsed(house, promising(claim=2, first_reply=1, next_reply=1))) == {
        ("claim", "none", "kept"),
        ("first_reply", "none", "broken"),
        ("next_reply", "none", "broken"),
        ("resolution", "broken", "none"),
    }


@one_engine
async def test_while_it_waited_for_its_requester_no_time_passed(house: House) -> None:
    house.desk.directory = promising(first_reply=4)
    number, omar = await ask(house), house.ids["Omar"]
    await house.desk.do(deliver)
    await house.desk.do(lifecycle.pend, number, omar)
    house.clock.advance(hours=5)
    await ask_again(house, number)
    await house.desk.do(lifecycle.resolve, number, omar)
    found = await rehearsed(house, promising(resolution=2))
    assert ("resolution", "none", "kept") in verdicts(found)


# What is printed


@one_engine
async def test_what_is_printed(house: House) -> None:
    for _ in range(3):
        await ask(house, "[vpn] is *down*")
        house.clock.advance(hours=1)
    house.clock.advance(hours=2)
    directory = ruled(VPN, directory=promising(first_reply=8))
    found = await rehearsed(house, directory)
    paper = StringIO()
    show(Console(file=paper, width=160), directory.desk, found, 14)
    said = paper.getvalue()
    assert "3 tickets in the last 14 days. Nothing of this was done." in said
    assert "#1 #2 #3" in said and "priority = high; tag = vpn" in said
    assert "first_reply" in said and "3 would be" not in said


async def test_a_database_that_is_not_there_is_not_made(tmp_path: Any) -> None:
    settings = Settings(_env_file=None, database_url=SecretStr(f"sqlite:///{tmp_path / 'none.db'}"))
    with pytest.raises(StoreUnavailable):
        await command.rehearse_file(settings, sample_directory().desk, 14, Console(file=StringIO()))
    assert not list(tmp_path.iterdir())


def test_many_numbers_are_cut_short() -> None:
    assert command.listed(dict.fromkeys(range(1, 15))).endswith("#12 and 2 more")
