"""Which promise a ticket gets."""

import json
import subprocess
import sys
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from sla.duration import Duration, parse
from sla.hours import ALWAYS, OpeningHours, parse_week
from sla.policy import METRICS, PRIORITIES, Policy, Rule, Targets

OFFICE = OpeningHours("office", "Europe/Stockholm", parse_week({"mon-fri": ["08:00-12:00", "13:00-17:00"]}))
HOUR = 3600


def targets(**metrics: dict[str, str]) -> Targets:
    return Targets({metric: {key: parse(text) for key, text in row.items()} for metric, row in metrics.items()})


STANDARD = Policy(
    "standard",
    OFFICE,
    targets(
        claim={"normal": "30m"},
        first_reply={"low": "8h", "normal": "4h", "high": "1h", "urgent": "15m"},
        next_reply={"normal": "4h", "urgent": "30m"},
        resolution={"low": "5 working days", "normal": "2 working days", "high": "8h", "urgent": "4h"},
    ),
    rules=(
        Rule({"plan": "gold"}, targets(first_reply={"normal": "1h"})),
        Rule({"plan": ("gold", "silver"), "platform": "telegram"}, targets(first_reply={"normal": "2h", "low": "3h"})),
        Rule({"tag": "outage"}, targets(resolution={"normal": "1h"})),
        Rule({"priority": "high"}, targets(claim={"high": "5m", "normal": "1m"})),
    ),
    return_after=parse("4h"),
)


def test_what_it_may_promise_to_somebody() -> None:
    assert STANDARD.metrics == frozenset(METRICS)
    rule = Rule({"plan": "gold"}, targets(claim={"normal": "1h"}))
    assert Policy("one", OFFICE, targets(first_reply={"low": "1h"}, resolution={}), (rule,)).metrics == {
        "first_reply",
        "claim",
    }


@pytest.mark.parametrize(
    ("metric", "priority", "facts", "seconds"),
    [
        ("first_reply", "normal", {}, 4 * HOUR),
        ("first_reply", "urgent", {}, 15 * 60),
        ("resolution", "normal", {}, 16 * HOUR),
        ("resolution", "low", {}, 40 * HOUR),
        # What is not written is not promised.
        ("claim", "urgent", {}, None),
        ("claim", "low", {}, None),
        ("next_reply", "high", {}, None),
        # The first rule that matches and names the target wins.
        ("first_reply", "normal", {"plan": "gold"}, 1 * HOUR),
        ("first_reply", "normal", {"plan": "gold", "platform": "telegram"}, 1 * HOUR),
        ("first_reply", "low", {"plan": "gold", "platform": "telegram"}, 3 * HOUR),
        ("first_reply", "low", {"plan": "gold", "platform": "slack"}, 8 * HOUR),
        ("first_reply", "normal", {"plan": "silver", "platform": "telegram"}, 2 * HOUR),
        ("first_reply", "normal", {"plan": "silver"}, 4 * HOUR),
        ("first_reply", "normal", {"plan": "golden"}, 4 * HOUR),
        # A ticket has many tags.
        ("resolution", "normal", {"tag": "outage"}, 1 * HOUR),
        ("resolution", "normal", {"tag": {"wifi", "outage"}}, 1 * HOUR),
        ("resolution", "normal", {"tag": {"wifi", "out"}}, 16 * HOUR),
        ("resolution", "normal", {"tag": set()}, 16 * HOUR),
        # The priority is a fact like others, and the ticket's own.
        ("claim", "high", {}, 5 * 60),
        ("claim", "normal", {"priority": "high"}, 30 * 60),
    ],
)
def test_target(metric: str, priority: str, facts: dict[str, str], seconds: int | None) -> None:
    assert STANDARD.target(metric, priority, facts) == seconds


def test_without_facts_the_targets_stand() -> None:
    assert STANDARD.target("first_reply", "normal") == 4 * HOUR


@pytest.mark.parametrize(("metric", "priority"), [("reply", "normal"), ("claim", "p1"), ("", "")])
def test_unknown_words_are_told(metric: str, priority: str) -> None:
    with pytest.raises(ValueError, match="choose one of"):
        STANDARD.target(metric, priority)
    with pytest.raises(ValueError, match="choose one of"):
        Targets({metric: {priority: Duration(60)}})


def test_a_rule_needs_a_condition() -> None:
    with pytest.raises(ValueError, match="a rule needs a condition"):
        Rule({}, targets(claim={"normal": "1m"}))


def test_working_days_follow_the_calendar() -> None:
    assert replace(STANDARD, hours=ALWAYS).target("resolution", "normal") == 48 * HOUR


def test_working_days_need_an_ordinary_week() -> None:
    fair = OpeningHours("fair", "Europe/Stockholm", special={date(2026, 5, 2): ((600, 900),)})
    assert Policy("fair", fair, targets(claim={"normal": "30m"})).target("claim", "normal") == 30 * 60
    with pytest.raises(ValueError, match='"fair" have no ordinary week'):
        Policy("fair", fair, targets(claim={"normal": "1 working day"}))
    with pytest.raises(ValueError, match="no ordinary week"):
        Policy("fair", fair, Targets(), (Rule({"plan": "gold"}, targets(claim={"low": "1 working day"})),))


def test_what_is_written_in_calendar_time_is_counted_day_and_night() -> None:
    both = replace(
        STANDARD, targets=targets(claim={"normal": "30m"}, resolution={"normal": "3 calendar days"}), rules=()
    )
    assert both.by_clock == {"resolution"} and both.target("resolution", "normal") == 72 * HOUR
    assert both.counts_by("resolution") is ALWAYS and both.counts_by("claim") is OFFICE
    opening = replace(both, targets=targets(claim={"normal": "30m"}, resolution={"normal": "72h"}))
    assert opening.version != both.version, "the same number of seconds is another promise"
    assert opening.counts_by("resolution") is OFFICE


def test_one_promise_is_counted_in_one_way() -> None:
    odd = Rule({"plan": "gold"}, targets(resolution={"normal": "8h"}))
    with pytest.raises(ValueError, match="resolution is promised in opening time and in calendar time"):
        Policy("odd", OFFICE, targets(resolution={"normal": "3 calendar days"}), (odd,))


def test_the_lease() -> None:
    assert STANDARD.lease_seconds == 4 * HOUR
    assert replace(STANDARD, return_after=parse("1 working day")).lease_seconds == 8 * HOUR
    assert replace(STANDARD, return_after=None).lease_seconds is None


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("status", ["new", "open", "pending", "on_hold", "snoozed"])
def test_only_resolution_pauses(metric: str, status: str) -> None:
    assert STANDARD.pauses(metric, status) is (metric == "resolution" and status == "pending")
    holding = replace(STANDARD, pause_on_hold=True)
    assert holding.pauses(metric, status) is (metric == "resolution" and status in ("pending", "on_hold"))


def test_the_version_is_the_content() -> None:
    assert replace(STANDARD, name="renamed", hours=replace(OFFICE, name="renamed")).version == STANDARD.version
    row = STANDARD.targets.durations
    assert list(row) != sorted(row, reverse=True)
    shuffled = Targets({metric: dict(sorted(row[metric].items())) for metric in sorted(row, reverse=True)})
    assert replace(STANDARD, targets=shuffled).version == STANDARD.version


@pytest.mark.parametrize(
    "changed",
    [
        replace(STANDARD, hours=ALWAYS),
        replace(STANDARD, hours=replace(OFFICE, timezone="Europe/Copenhagen")),
        replace(STANDARD, hours=replace(OFFICE, holidays="SE")),
        replace(STANDARD, hours=replace(OFFICE, closed=frozenset({date(2026, 12, 24)}))),
        replace(STANDARD, hours=replace(OFFICE, special={date(2026, 12, 24): ((480, 720),)})),
        replace(STANDARD, hours=replace(OFFICE, week=parse_week({"mon-fri": ["08:00-17:00"]}))),
        replace(STANDARD, targets=targets(claim={"normal": "31m"})),
        replace(STANDARD, rules=STANDARD.rules[:1]),
        replace(STANDARD, rules=STANDARD.rules[::-1]),
        replace(STANDARD, return_after=None),
        replace(STANDARD, return_after=Duration(working_days=0.5)),
        replace(STANDARD, pause_on_hold=True),
    ],
)
def test_what_changes_a_promise_changes_the_version(changed: Policy) -> None:
    assert changed.version != STANDARD.version
    assert changed != STANDARD


def test_the_version_is_the_same_in_another_process() -> None:
    """Hashes of text differ between processes, so the order of a set must not reach the version."""
    program = (
        "from sla.policy import *; from sla.duration import Duration; from sla.hours import ALWAYS\n"
        "rule = Rule({'tag': {'a', 'b', 'c', 'd'}}, Targets())\n"
        "print(Policy('x', ALWAYS, Targets({'claim': {'normal': Duration(60)}}), (rule,)).version)"
    )
    root = Path(__file__).parents[2]
    versions = {
        subprocess.run(
            [sys.executable, "-c", program], cwd=root, env={"PYTHONHASHSEED": seed}, capture_output=True, check=True
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert len(versions) == 1
    assert len(versions.pop().strip()) == 12


def test_the_words() -> None:
    assert json.dumps([METRICS, PRIORITIES]) == (
        '[["claim", "first_reply", "next_reply", "resolution"], ["low", "normal", "high", "urgent"]]'
    )


def test_policies_are_values() -> None:
    assert hash(STANDARD) == hash(replace(STANDARD))
    assert replace(STANDARD) == STANDARD
