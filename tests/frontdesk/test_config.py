"""desk.toml: what it becomes, and what is said of each mistake, with its line and the path of its key."""

import json
import re
import tomllib
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bots.simulator.discord import seed as discord_seed
from bots.simulator.slack import seed as slack_seed
from bots.simulator.telegram import seed as telegram_seed
from frontdesk import config, desk_hours, desk_policies, desk_queues
from frontdesk.config import PLAYGROUND, ConfigError, load, parse, suggest
from frontdesk.toml_lines import Lines
from inbox.directory import PLATFORMS, AgentRef, Connection, Desk, Room, RoomRef, SurveySettings, Windows
from sla.duration import Duration

ROOT = Path(__file__).parents[2]
EXAMPLE = (ROOT / "docs" / "desk.example.toml").read_text("utf-8")
REFERENCE = (ROOT / "docs" / "desk.md").read_text("utf-8")
SMALL = """\
[desk]
name = "Acme"
[connections.acme]
platform = "slack"
[connections.shop]
platform = "telegram"
[policies.standard]
hours = "always"
[queues.it]
desk = "acme:#it-desk"
agents = "members"
"""


def problems(text: str) -> list[str]:
    """What is said of that text, without the file's name."""
    with pytest.raises(ConfigError) as caught:
        parse(text, "desk.toml")
    assert caught.value.problems == sorted(caught.value.problems)
    assert str(caught.value).splitlines() == [str(problem) for problem in caught.value.problems]
    return [str(problem).removeprefix("desk.toml:") for problem in caught.value.problems]


def problem(text: str) -> str:
    (only,) = problems(text)
    return only


def small(*lines: str, instead: str = "") -> str:
    """The smallest desk, with these lines at its end and one line of it taken out."""
    return SMALL.replace(f"{instead}\n", "\n") + "\n".join(lines) + "\n"


# What the file becomes


def test_the_example_becomes_a_desk() -> None:
    desk = parse(EXAMPLE, "desk.toml")
    assert (desk.name, desk.language, desk.timezone) == ("Acme Support", "en", "Europe/Stockholm")
    assert desk.connections["acme"] == Connection("acme", "slack")
    assert desk.connections["north"] == Connection("north", "slack", "NORTH")
    assert desk.admins == (AgentRef("acme", "user", "U01MAJA"),)
    assert list(desk.queues) == ["it", "it-l2", "customers", "orders", "payroll"]
    assert desk.default_queue == "it"
    it = desk.queues["it"]
    assert it.intake == (RoomRef("acme", "#it-help"), RoomRef("acme", "dm"))
    assert (it.desk, it.agents, it.escalates_to) == (RoomRef("acme", "#it-desk"), "members", "it-l2")
    assert (it.keywords, it.capacity, it.undo_seconds) == (("wifi", "password", "printer"), 12, 5)
    customers = desk.queues["customers"]
    assert customers.agents == (
        AgentRef("acme", "group", "customer-care"),
        AgentRef("community", "role", "Support"),
    )
    assert customers.survey == SurveySettings("csat", 3600, 0.5)
    assert desk.queues["it-l2"].survey is None and it.survey == SurveySettings()
    assert desk.queues["orders"].agents == (AgentRef("shop", "admins", "Desk"), AgentRef("shop", "user", "987654321"))
    payroll = desk.queues["payroll"]
    assert (payroll.private, payroll.voice, payroll.signature, payroll.thread) == (True, "explicit", "desk", "web")


def test_the_examples_windows_are_the_defaults_written_out() -> None:
    assert parse(EXAMPLE, "desk.toml").windows == Windows()


def test_hours_and_policies_reach_the_queues() -> None:
    desk = parse(EXAMPLE, "desk.toml")
    office = desk.hours["office"]
    assert office.week[0] == ((480, 720), (780, 1020)) and office.week[4][1] == (780, 960) and office.week[6] == ()
    assert (office.holidays, office.special) == ("SE", {date(2026, 4, 30): ((480, 720),)})
    assert office.closed == {date(2026, 12, 24), date(2026, 12, 31)}
    assert desk.hours["night"].timezone == "Europe/Copenhagen" and desk.hours["open"].always
    policy = desk.queues["it"].policy
    assert policy is desk.policies["standard"] and policy.hours is office and policy.pause_on_hold
    assert policy.return_after == Duration(seconds=4 * 3600)
    assert policy.target("first_reply", "urgent") == 900
    assert policy.target("first_reply", "normal", {"plan": "gold"}) == 3600
    assert policy.target("claim", "normal", {"queue": "it", "tag": ["vip"], "platform": "slack"}) == 600


def test_what_is_not_written_has_its_default() -> None:
    desk = parse(SMALL, "desk.toml")
    assert (desk.language, desk.timezone, desk.admins, desk.windows) == ("en", "UTC", (), Windows())
    queue = desk.queues["it"]
    assert (queue.title, queue.policy.name, desk.default_queue) == ("it", "standard", "it")
    assert queue.policy.hours.always and queue.policy.return_after == Duration(seconds=4 * 3600)


def test_dates_may_stand_without_quotes() -> None:
    desk = parse(small("[hours.office]", 'mon = ["08:00-12:00"]', "closed = [2026-12-24]"), "desk.toml")
    assert desk.hours["office"].closed == {date(2026, 12, 24)}


def test_the_same_file_gives_the_same_desk() -> None:
    assert parse(EXAMPLE, "desk.toml") == parse(EXAMPLE.replace("\n", "\r\n"), "other.toml")


# Mistakes: (lines at the end of the smallest desk, the one line of report). The first line added is number 12.

QUEUE = "[queues.hr]"
OTHER = ("default = true", QUEUE, 'desk = "acme:#hr-desk"', 'agents = ["acme:U01LISA"]')
PRIVATE = (*OTHER, "private = true")
HOURS = ("[hours.office]", 'mon = ["08:00-12:00"]')
RULES = ("[[policies.standard.rules]]", 'claim = { normal = "1h" }')

MISTAKES: list[tuple[tuple[str, ...], str]] = [
    (("[queue.it]",), '12 queue: is no key of desk.toml: did you mean "queues"?'),
    (("intaek = []",), '12 queues.it.intaek: is no key of a queue: did you mean "intake"?'),
    (("title = 5",), "12 queues.it.title: must be a text in quotes, found a number"),
    (('title = ""',), "12 queues.it.title: is empty: write something, or leave the line out"),
    (('default = "yes"',), "12 queues.it.default: must be true or false, found a text"),
    (("capacity = true",), "12 queues.it.capacity: must be a whole number, found true or false"),
    (("capacity = -1",), "12 queues.it.capacity: must lie between 0 and 10000"),
    (("undo_seconds = 1.5",), "12 queues.it.undo_seconds: must be a whole number, found a number"),
    (('keywords = "wifi"',), "12 queues.it.keywords: must be a list, found a text"),
    (('keywords = ["wifi",', " 5]"), "13 queues.it.keywords[1]: must be a text in quotes, found a number"),
    (('keywords = ["wifi",', ' "wifi"]'), '13 queues.it.keywords[1]: "wifi" is here twice'),
    (('voice = "loud"',), '12 queues.it.voice: "loud" is not one of "microphone" or "explicit"'),
    (('thread = "mirorr"',), '12 queues.it.thread: "mirorr" is not one of "mirror" or "web": did you mean "mirror"?'),
    (('policy = "standart"',), '12 queues.it.policy: there is no policy "standart": did you mean "standard"?'),
    (("survey = 1",), "12 queues.it.survey: must be a table, found a number"),
    (('survey = { delay = "1 d" }',), "this runs day and night: write hours, 24h or 168h"),
    (("survey = { sample = 2 }",), "12 queues.it.survey.sample: must be a number between 0"),
    (('survey = { kind = "nps" }',), '12 queues.it.survey.kind: "nps" is not one of "csat"'),
    (
        ("default = true", '[queues."IT desk"]', 'agents = ["acme:U01LISA"]'),
        '13 queues."IT desk": a queue\'s name has only a-z, 0-9 and -',
    ),
    # rooms
    (('intake = ["#it-help"]',), '12 queues.it.intake[0]: "#it-help" does not name a room: write CONNECTION:ROOM'),
    (('intake = ["acme:"]',), '12 queues.it.intake[0]: "acme:" does not name a room'),
    (('intake = ["acmee:dm"]',), '12 queues.it.intake[0]: there is no connection "acmee": did you mean "acme"?'),
    (('intake = ["acme:dm",', '"acme:#it-desk"]'), '13 queues.it.intake[1]: acme:#it-desk is the desk room of "it"'),
    ((*OTHER, 'intake = ["acme:#it-desk"]'), '16 queues.hr.intake[0]: acme:#it-desk is the desk room of "it"'),
    # people
    (
        ('leads = ["acme:maja"]',),
        '12 queues.it.leads[0]: "maja" is no user id of Slack, and names can be taken by anybody',
    ),
    (('leads = ["shop:@maja"]',), '12 queues.it.leads[0]: "@maja" is no user id of Telegram'),
    (('leads = ["acme:role:Lead"]',), '12 queues.it.leads[0]: "role" is nothing that Slack has: write acme:group:NAME'),
    (
        ('leads = ["shop:group:x"]',),
        '12 queues.it.leads[0]: "group" is nothing that Telegram has: write shop:admins:NAME',
    ),
    (('leads = ["acme:group:"]',), "12 queues.it.leads[0]: names nobody: write acme:group:NAME"),
    (('leads = "members"',), "12 queues.it.leads: must be a list, found a text"),
    # queues beside each other
    ((QUEUE, 'agents = ["acme:U01LISA"]'), "9 queues.it.default: no queue is the default"),
    ((*OTHER, "default = true"), '16 queues.hr.default: "it" is the default queue already'),
    (('escalates_to = "l2"',), '12 queues.it.escalates_to: there is no queue "l2": write "it"'),
    (('escalates_to = "it"',), "12 queues.it.escalates_to: goes round in a circle: it → it"),
    (
        ('escalates_to = "hr"', *OTHER, 'escalates_to = "it"'),
        "12 queues.it.escalates_to: goes round in a circle: it → hr → it",
    ),
    ((*PRIVATE, 'escalates_to = "it"'), '17 queues.hr.escalates_to: would show a private queue\'s tickets in "it"'),
    # policies and hours
    (('policy = "standard"', "[policies.other]"), '13 policies.other.hours: is missing: write hours = "always"'),
    (
        ('policy = "standard"', "[policies.other]", 'hours = "ofice"', *HOURS),
        '14 policies.other.hours: there is no hours "ofice": did you mean "office"?',
    ),
    (("[policies.standard.claim]", 'normal = "2d"'), '13 policies.standard.claim.normal: "2d" is unclear'),
    (
        ("[policies.standard.claim]", "normal = 30"),
        "13 policies.standard.claim.normal: must be a text in quotes, found a number",
    ),
    (
        ("[policies.standard.claim]", 'medium = "2h"'),
        '13 policies.standard.claim.medium: is no priority: write "low", ',
    ),
    (("[policies.standard]x",), "12: is not TOML"),
    (("[policies.standard.claims]",), '12 policies.standard.claims: is no key of a policy: did you mean "claim"?'),
    ((*RULES,), '12 policies.standard.rules[0].when: has no condition: write when = { plan = "gold" }'),
    ((*RULES, "when = {}"), "14 policies.standard.rules[0].when: a rule needs a condition"),
    (
        (*RULES, 'when = { plam = "gold" }'),
        '14 policies.standard.rules[0].when.plam: is no key of a condition: did you mean "plan"?',
    ),
    (
        (*RULES, 'when = { queue = "itt" }'),
        '14 policies.standard.rules[0].when.queue: there is no queue "itt": did you mean "it"?',
    ),
    (
        (*RULES, "when = { platform = [", '"slack",', '"irc"] }'),
        '16 policies.standard.rules[0].when.platform[1]: there is no platform "irc"',
    ),
    (
        (*RULES, "when = { tag = 5 }"),
        "14 policies.standard.rules[0].when.tag: must be a text or a list of texts, found a number",
    ),
    ((RULES[0], 'when = { plan = "gold" }'), "12 policies.standard.rules[0]: promises nothing"),
    (("[hours.office]",), '12 hours.office: the hours "office" are never open'),
    ((*HOURS, 'tus = ["08:00-12:00"]'), "14 hours.office.tus: is no key of opening hours, nor a day"),
    ((*HOURS, 'holliday = "SE"'), 'did you mean "holidays"?'),
    ((*HOURS, 'monday = ["13:00-17:00"]'), '12 hours.office: monday stands twice, in "mon" and in "monday"'),
    ((*HOURS, 'tue = ["8-12"]'), '14 hours.office.tue[0]: "8" is not a time of day: write it like 08:00 or 17:30'),
    ((*HOURS, 'tue = "08:00-12:00"'), "14 hours.office.tue: must be a list, found a text"),
    ((*HOURS, 'tue = ["08:00-12:00", "11:00-13:00"]'), "overlap"),
    ((*HOURS, 'timezone = "Europe/Stokholm"'), '14 hours.office.timezone: "Europe/Stokholm" is not a time zone'),
    ((*HOURS, 'timezone = "../../etc/passwd"'), "is not a time zone"),
    ((*HOURS, 'holidays = "XX"'), '14 hours.office.holidays: no public holidays are known for "XX"'),
    ((*HOURS, 'holidays = "DE-QQ"'), "no public holidays are known"),
    ((*HOURS, 'closed = ["24.12.2026"]'), "14 hours.office.closed[0]: is not a date"),
    ((*HOURS, 'closed = ["2026-02-30"]'), "14 hours.office.closed[0]: is not a date"),
    ((*HOURS, "closed = [5]"), '14 hours.office.closed[0]: must be a date like "2026-12-24", found a number'),
    ((*HOURS, "always = true"), "13 hours.office.mon: the hours are always open"),
    ((*HOURS, "[hours.office.special]", '"2026-4-30" = []'), "15 hours.office.special.2026-4-30: is not a date"),
    (
        (*HOURS, "[hours.office.special]", '"2026-04-30" = ["8"]'),
        '15 hours.office.special.2026-04-30[0]: "8" is not a stretch',
    ),
    (
        (
            'policy = "standard"',
            "[hours.rare]",
            "[hours.rare.special]",
            '"2026-04-30" = ["08:00-12:00"]',
            "[policies.rare]",
            'hours = "rare"',
            'claim = { normal = "1 working day" }',
        ),
        '18 policies.rare.claim.normal: the hours "rare" have no ordinary week',
    ),
    # connections
    (
        ("[connections.irc]", 'platform = "irc"'),
        '13 connections.irc.platform: "irc" is not one of "slack", "discord" or "telegram"',
    ),
    (("[connections.irc]",), "12 connections.irc.platform: is missing"),
    (('[connections."a:b"]', 'platform = "discord"'), '12 connections."a:b": a connection\'s name has only letters'),
    (
        ("[connections.north]", 'platform = "slack"'),
        '12 connections.north: reads the same SLACK_… tokens as "acme": write env = "NORTH" here',
    ),
    (
        ("[connections.x]", 'platform = "discord"', 'env = "north"'),
        "14 connections.x.env: is no beginning of environment names",
    ),
    (("[connections.x]", 'platform = "discord"', 'env = "X_BOT_TOKEN"'), "14 connections.x.env: is only the beginning"),
    (("[connections.x]", 'platform = "discord"', 'env = "SLACK"'), "14 connections.x.env: belongs to another platform"),
    (
        ("[connections.x]", 'platform = "discord"', 'bot_token = "abc"'),
        "14 connections.x.bot_token: tokens and passwords never stand in this file",
    ),
]


@pytest.mark.parametrize(("lines", "said"), MISTAKES, ids=[lines[-1] for lines, _ in MISTAKES])
def test_a_mistake_has_its_line_its_path_and_what_to_write(lines: tuple[str, ...], said: str) -> None:
    sentence = problem(small(*lines))
    assert said in sentence
    if said[0].isdigit():
        assert sentence.startswith(said)


REPLACED = [
    ('name = "Acme"', (), "1 desk.name: is missing"),
    ('desk = "acme:#it-desk"', ('desk = "acme:dm"',), "12 queues.it.desk: direct messages are no room for agents"),
    ('desk = "acme:#it-desk"', (), "11 queues.it.agents: whose members?"),
    (
        'desk = "acme:#it-desk"',
        ('desk = "shop:Desk"',),
        '11 queues.it.agents: Telegram tells bots no members: write agents = ["shop:admins:',
    ),
    ('agents = "members"', (), "9 queues.it.agents: names nobody who answers"),
    ('agents = "members"', ("agents = []",), "12 queues.it.agents: names nobody who answers"),
    (
        'agents = "members"',
        ('agents = "everybody"',),
        '12 queues.it.agents: must be a list of people, or the one word "members"',
    ),
    ('agents = "members"', ("agents = 5",), "12 queues.it.agents: must be a list, found a number"),
    (
        'agents = "members"',
        ('agents = "members"', "private = true"),
        "12 queues.it.agents: a private queue names its people",
    ),
    ('hours = "always"', (), "7 policies.standard.hours: is missing"),
]


@pytest.mark.parametrize(("instead", "lines", "said"), REPLACED, ids=[f"{line}-{new}" for line, new, _ in REPLACED])
def test_a_mistake_in_what_a_desk_needs(instead: str, lines: tuple[str, ...], said: str) -> None:
    assert problem(small(*lines, instead=instead)).startswith(said)


def test_a_private_queue_keeps_its_desk_room_to_itself() -> None:
    shared = small(*PRIVATE).replace("acme:#hr-desk", "acme:#it-desk")
    assert problem(shared).startswith('14 queues.hr.desk: a private queue cannot share its desk room with "it"')
    without = small(*PRIVATE).replace('desk = "acme:#hr-desk"', "")
    assert problem(without).startswith("13 queues.hr.desk: a private queue needs a private room")


def test_an_empty_file_is_told_what_a_desk_needs() -> None:
    assert [line.split(":")[0] for line in problems("")] == ["1 connections", "1 desk.name", "1 queues"]


def test_reminders_come_in_order() -> None:
    text = '[desk.windows]\nremind_pending = ["4h", "2h"]\n' + SMALL
    assert problem(text).startswith("2 desk.windows.remind_pending: must grow, and end before resolve_pending")
    assert problem('[desk.windows]\nclose = "7 days"\n' + SMALL).startswith('2 desk.windows.close: "7 days" is unclear')


def test_all_mistakes_are_told_at_once_in_the_files_order() -> None:
    text = EXAMPLE
    for right, wrong in (
        ('language = "en"', 'language = "english"'),
        ('platform = "discord"', 'platform = "discrod"'),
        ('holidays = "SE"', 'holidays = "SWE"'),
        ('normal = "30m"', 'normal = "30"'),
        ('plan = "gold"', "plan = 5"),
        ('policy = "watch"', 'policy = "wach"'),
        ('"shop:Support"', '"shap:Support"'),
        ('escalates_to = "it-l2"', 'escalates_to = "it-l3"'),
        ('voice = "explicit"', 'voice = "silent"'),
    ):
        assert right in text
        text = text.replace(right, wrong)
    assert [line.split(": ")[0].split(" ")[1] for line in problems(text)] == [
        "desk.language",
        "connections.community.platform",
        "hours.office.holidays",
        "policies.standard.claim.normal",
        "policies.standard.rules[0].when.plan",
        "policies.watch.first_reply.normal",
        "queues.it.escalates_to",
        "queues.it-l2.policy",
        "queues.customers.intake[1]",
        "queues.orders.policy",
        "queues.payroll.voice",
    ]


# Tokens


@pytest.mark.parametrize("token", ["xoxb-1-CANARY", "xapp-1-CANARY", "110201543:AAHdqTcvCH1vGWJxfSeofSA-CANARY"])
@pytest.mark.parametrize("line", ["app = {}", "platform = {}", "env = {}", "[[policies.standard.rules]]\nwhen = {}"])
def test_a_token_in_the_file_is_told_and_never_repeated(token: str, line: str) -> None:
    said = problems(small("[connections.x]", line.format(json.dumps(token))))
    assert any("looks like a token: take it out of this file" in sentence for sentence in said)
    assert "CANARY" not in " ".join(said)


# Files


def test_a_file_is_read_and_named_in_the_report(tmp_path: Path) -> None:
    path = tmp_path / "my desk.toml"
    path.write_text("\ufeff" + EXAMPLE, "utf-8")
    assert load(path) == parse(EXAMPLE, "desk.toml")
    path.write_text(small("x = 1"))
    with pytest.raises(ConfigError) as caught:
        load(path)
    assert str(caught.value).startswith(f"{path}:12 queues.it.x: is no key")


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="is not there: `frontdesk check` proposes one"):
        load(tmp_path / "desk.toml")
    with pytest.raises(ConfigError, match="cannot be read: Is a directory"):
        load(tmp_path)
    (tmp_path / "latin").write_bytes("name = 'Särk'".encode("latin-1"))
    with pytest.raises(ConfigError, match="is not UTF-8"):
        load(tmp_path / "latin")
    (tmp_path / "huge").write_bytes(b"#" * (config.LARGEST_FILE + 1))
    with pytest.raises(ConfigError, match="larger than a megabyte"):
        load(tmp_path / "huge")


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("[desk]\nname = 'Acme'\n\nlanguage = en\n", 4),
        ("[desk]\nname = 'Acme'\n[desk]\n", 3),
        ("a = 1\nb = [\n1,\n", 3),
        ("a = 1\na = 2\n", 2),
        ("d = 2026-13-01\n", 1),
        ("x = " + "[" * 5000, 1),
        ("x = " + "9" * 5000, 1),
    ],
)
def test_what_is_no_toml_is_told_with_its_line(text: str, line: int) -> None:
    assert problem(text).startswith(f"{line}: is n")


# Lines

STYLES = '''\
top = 1                                   # top
[a]                                       # a
b.c = "[x] # no comment"                  # a.b a.b.c
"quoted key".'x.y' = \'\'\'              # a.quoted key a.quoted key.x.y
[not.a.table]
\'\'\'\'\'                                # -
list = [1, "]", [2,                       # a.list a.list[0] a.list[1] a.list[2] a.list[2][0]
  { k = "}", l.m = 3 },                   # a.list[2][1] a.list[2][1].k a.list[2][1].l a.list[2][1].l.m
  """x\\"""" ],                           # a.list[2][2]
  # a comment, with [brackets]
  4,                                      # a.list[3]
]
[ a . d ]                                 # a.d
[[rows]]                                  # rows rows[0]
x = 2026-12-24 08:00:00                   # rows[0].x
[rows.sub]                                # rows[0].sub
y = {}                                    # rows[0].sub.y
[[rows]]                                  # rows[1]
[[rows.sub.deep]]                         # rows[1].sub rows[1].sub.deep rows[1].sub.deep[0]
z = ""                                    # rows[1].sub.deep[0].z
[p.q.r]                                   # p.q p.q.r
[p]                                       # p
t = """a"""""                             # p.t
s = \'\'                                  # p.s
'''  # fmt: skip


def test_lines_are_found_in_every_style_of_writing() -> None:
    document = tomllib.loads(STYLES)
    lines = Lines(STYLES)
    expected = {}
    for number, line in enumerate(STYLES.splitlines(), 1):
        marked = re.search(r"  # ((?:[a-z]|quoted key)[^,]*)$", line)
        for path in re.split(r" (?!key)", marked[1]) if marked else ():
            expected[path] = number
    found = {re.sub(r'"', "", _written(path)): lines.of(path) for path in _paths(document)}
    assert found == expected


def _written(path: tuple[str | int, ...]) -> str:
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path).removeprefix(".")


def _paths(value: object, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    below = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in below:
        yield (*path, key)
        yield from _paths(item, (*path, key))


def test_a_path_that_is_not_written_has_the_line_of_what_is_around_it() -> None:
    lines = Lines("[a]\n[a.b]\nc = 1\n")
    assert [lines.of(path) for path in ((), ("x",), ("a", "x"), ("a", "b", "x", 0), ("a", "b", "c"))] == [1, 1, 1, 2, 3]


# No file, whatever is in it, is answered by anything but a desk or a report

WORDS = sorted(
    {
        *config.SECTIONS, *config.DESK_KEYS, *config.CONNECTION_KEYS, *config.WINDOW_KEYS, *desk_hours.KEYS,
        *desk_hours.DAY_KEYS, *desk_policies.KEYS, *desk_policies.FACTS, *desk_queues.KEYS, *desk_queues.SURVEY_KEYS,
        "when", "normal", "it", "acme", "standard", "office", "always", "members", "slack", "telegram", "dm",
        "acme:dm", "acme:#it", "shop:Desk", "acme:group:x", "2h", "2 working days", "08:00-12:00", "2026-12-24", "SE",
        "xoxb-1", "", " ", ":", "é", "\x7f", "a.b",
    }
)  # fmt: skip
WORD = st.sampled_from(WORDS) | st.text(max_size=6)
SCALAR = WORD | st.booleans() | st.integers(-(2**62), 2**62) | st.floats(allow_nan=True) | st.dates()
VALUE = st.recursive(SCALAR, lambda v: st.lists(v, max_size=3) | st.dictionaries(WORD, v, max_size=3), max_leaves=12)
TABLES = st.dictionaries(WORD, st.dictionaries(WORD, VALUE, max_size=4) | VALUE, max_size=3)
DOCUMENT = st.dictionaries(st.sampled_from(config.SECTIONS), TABLES | VALUE, max_size=5)


def toml(value: object) -> str:
    """The value as TOML, inline."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{toml(key)} = {toml(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(toml, value)) + "]"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float):
        return repr(value) if "e" not in repr(value) else "1e9"
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def answer(text: str) -> Desk | ConfigError:
    try:
        return parse(text, "desk.toml")
    except ConfigError as error:
        assert error.problems
        last = max(1, text.count("\n") + 1)
        assert all(1 <= problem.line <= last and problem.sentence for problem in error.problems)
        return error


@settings(max_examples=200, deadline=None)
@given(DOCUMENT)
def test_any_structure_gives_a_desk_or_a_report(document: dict[str, Any]) -> None:
    text = "\n".join(f"{toml(key)} = {toml(value)}" for key, value in document.items())
    assert tomllib.loads(text).keys() == document.keys()
    answer(text)


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_one_value_of_the_example_changed_to_anything_gives_a_desk_or_a_report(data: st.DataObject) -> None:
    document = tomllib.loads(EXAMPLE)
    path = data.draw(st.sampled_from(list(_paths(document))))
    place: Any = document
    for part in path[:-1]:
        place = place[part]
    place[path[-1]] = data.draw(VALUE)
    answer("\n".join(f"{toml(key)} = {toml(value)}" for key, value in document.items()))


@settings(max_examples=200, deadline=None)
@given(st.integers(0, len(EXAMPLE)), st.integers(0, 30), st.text(alphabet="[]{}\"'#=.,\n\\ a1-", max_size=6))
def test_a_damaged_text_gives_a_desk_or_a_report(at: int, gone: int, put: str) -> None:
    answer(EXAMPLE[:at] + put + EXAMPLE[at + gone :])


@settings(max_examples=100, deadline=None)
@given(st.text(alphabet="[]{}\"'#=.,\n\r\\ ab1-\t", max_size=40))
def test_lines_are_found_for_every_path_of_any_text(text: str) -> None:
    try:
        document = tomllib.loads(text)
    except ValueError:
        return
    found = Lines(text)
    assert all(1 <= found.of(path) <= text.count("\n") + 1 for path in _paths(document))
    assert set(_paths(document)) == set(found.paths())


# The reference and the playground's desk


def test_the_example_uses_every_key() -> None:
    document = tomllib.loads(EXAMPLE)
    used = {part for path in _paths(document) for part in path if isinstance(part, str)}
    free = {"mon", "tue", "wed", "thu", "sat", "sun", "mon-fri", "sat-sun", "fri"}
    keys = _every_key() - free
    assert keys <= used


def test_the_reference_explains_every_key_and_no_other() -> None:
    explained = set(re.findall(r"^\| `([a-z_]+)` \|", REFERENCE, re.MULTILINE))
    assert explained == _every_key() - set(desk_hours.DAY_KEYS)


def _every_key() -> set[str]:
    return {
        *config.DESK_KEYS, *config.CONNECTION_KEYS, *config.WINDOW_KEYS, *desk_hours.KEYS, *desk_policies.KEYS,
        *desk_policies.FACTS, *desk_queues.KEYS, *desk_queues.SURVEY_KEYS, "when",
    }  # fmt: skip


def test_what_the_reference_shows_can_be_written() -> None:
    shown = re.findall(r"```toml\n(.*?)```", REFERENCE, re.DOTALL)
    assert shown
    for text in shown:
        tomllib.loads(text)


def test_on_the_playground_everybody_asks_and_answers_everywhere() -> None:
    desk = load(PLAYGROUND)
    kinds = {connection.name: connection.platform for connection in desk.connections.values()}
    asked = {kinds[room.connection] for queue in desk.queues.values() for room in queue.intake}
    answered = {kinds[queue.desk.connection] for queue in desk.queues.values() if queue.desk}
    assert asked == answered == set(PLATFORMS)
    assert [queue.key for queue in desk.queues.values() if queue.private] == ["payroll"]
    assert all(queue.policy.hours.always for queue in desk.queues.values())


def test_the_playgrounds_rooms_and_people_are_those_of_the_simulated_platforms() -> None:
    slack = slack_seed.acme(lambda: 0.0, bot_token="xoxb-1", app_token="xapp-1", signing_secret="s")
    discord = discord_seed.seeded(lambda: 0.0, "token")
    telegram = telegram_seed.seed_world()
    rooms = {
        "acme": {f"#{room.name}" for room in slack.rooms.values()},
        "community": {f"#{channel.name}" for channel in discord.channels.values()},
        "shop": {room.name for room in telegram.rooms.values()},
    }
    people = {
        "acme": {*slack.people},
        "community": {*discord.users, *(role.name for role in discord.guild.roles.values())},
        "shop": {*map(str, telegram.people), *rooms["shop"]},
    }
    desk = load(PLAYGROUND)
    for queue in desk.queues.values():
        for room in (*queue.intake, queue.desk):
            assert room and (room.room == "dm" or room.room in rooms[room.connection]), room
        for agent in (*(() if queue.agents == "members" else queue.agents), *queue.leads, *desk.admins):
            assert agent.name in people[agent.connection], agent


# A first file from what the bots see

ROOMS = {
    "acme": (
        "slack",
        [Room("acme", "C1", "it-help"), Room("acme", "C2", "general"), Room("acme", "C3", "it-desk", private=True)],
    ),
    "shop": ("telegram", [Room("shop", "-100", "Desk", "group", private=True), Room("shop", "7", "Anna", "direct")]),
}


def test_a_first_file_names_the_rooms_that_look_right() -> None:
    text = suggest(ROOMS)
    queue = parse(text, "desk.toml").queues["support"]
    assert (queue.desk, queue.agents) == (RoomRef("acme", "#it-desk"), "members")
    assert queue.intake == (RoomRef("acme", "#it-help"), RoomRef("acme", "dm"), RoomRef("shop", "dm"))
    assert '"acme:#general" (channel, id C2)' in text and "Anna" not in text


def test_a_first_file_on_telegram_takes_the_administrators() -> None:
    queue = parse(suggest({"shop": ROOMS["shop"]}), "desk.toml").queues["support"]
    assert (queue.desk, queue.agents) == (RoomRef("shop", "Desk"), (AgentRef("shop", "admins", "Desk"),))


def test_rooms_of_one_name_are_told_apart_by_id() -> None:
    twins = [Room("c", "11", "desk", private=True), Room("c", "12", "desk", private=True)]
    assert parse(suggest({"c": ("discord", twins)}), "desk.toml").queues["support"].desk == RoomRef("c", "11")


@pytest.mark.parametrize("name", ["dm", " Desk", "", "De\nsk"])
def test_a_room_whose_name_would_mean_something_else_is_named_by_id(name: str) -> None:
    room = Room("shop", "-100", name, "group")
    assert parse(suggest({"shop": ("telegram", [room])}), "desk.toml").queues["support"].desk == RoomRef("shop", "-100")


ROOM = st.builds(
    Room,
    st.just(""),
    st.from_regex(r"[A-Z0-9-]{1,12}", fullmatch=True),
    st.sampled_from(["desk", "dm", "help", "it", "xoxb-1", " desk", "a:b", "#", "", 'desk"', "desk\\"])
    | st.text(max_size=8),
    st.sampled_from(["channel", "direct", "group", "forum"]),
    st.booleans(),
    st.booleans(),
)
CONNECTION = st.tuples(st.sampled_from(PLATFORMS), st.lists(ROOM, max_size=5))


@settings(max_examples=200, deadline=None)
@given(
    st.dictionaries(
        st.from_regex(r"[A-Za-z0-9_-]{1,8}", fullmatch=True).filter(lambda n: n != "dm"), CONNECTION, max_size=4
    )
)
def test_a_first_file_can_always_be_read(seen: dict[str, tuple[str, list[Room]]]) -> None:
    rooms = {name: (platform, [replace(r, connection=name) for r in found]) for name, (platform, found) in seen.items()}
    desk = parse(suggest(rooms), "desk.toml")
    assert {name: c.platform for name, c in desk.connections.items()} == (
        {name: platform for name, (platform, _) in seen.items()} or {"acme": "slack"}
    )
