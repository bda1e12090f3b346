"""desk.toml: what it becomes, what is said of a file as a whole, and that its reference and example are whole."""

import json
import re
import tomllib
from datetime import date
from pathlib import Path

import pytest

from bots.simulator.discord import seed as discord_seed
from bots.simulator.slack import seed as slack_seed
from bots.simulator.telegram import seed as telegram_seed
from frontdesk import (
    config,
    desk_automation,
    desk_digests,
    desk_fields,
    desk_hours,
    desk_ladder,
    desk_policies,
    desk_queues,
)
from frontdesk.config import PLAYGROUND, ConfigError, load, parse
from inbox.directory import PLATFORMS, AgentRef, Connection, RoomRef, SurveySettings, Windows
from sla.duration import Duration
from tests.frontdesk.desk_texts import EXAMPLE, ROOT, SMALL, paths, problem, problems, small

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
    assert it.policy.plans == {"gold": frozenset({"acme:U01BIG", "shop:1122334455"})}
    customers = desk.queues["customers"]
    assert customers.agents == (
        AgentRef("acme", "group", "customer-care"),
        AgentRef("community", "role", "Support"),
    )
    assert customers.survey == SurveySettings("csat", 3600, 0.5)
    assert desk.queues["it-l2"].survey is None and it.survey == SurveySettings()
    assert desk.queues["orders"].agents == (
        AgentRef("shop", "admins", "-1001234567890"),
        AgentRef("shop", "user", "987654321"),
    )
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


@pytest.mark.parametrize(("line", "reaction"), [('":eyes:"', "eyes"), ('"🎫"', "🎫"), ('"off"', "")])
def test_the_emoji_that_asks_for_a_ticket(line: str, reaction: str) -> None:
    head, rest = SMALL.split("[desk]", 1)
    desk = parse(f"{head}[desk]\nticket_reaction = {line}{rest}", "desk.toml")
    assert desk.ticket_reaction == reaction and parse(SMALL, "desk.toml").ticket_reaction == "ticket"


@pytest.mark.parametrize(
    ("line", "mark"), [('":raised_hand:"', "✋"), ('"🧑‍🚀"', "🧑‍🚀"), ('"shipit"', ":shipit:"), ('"off"', "")]
)
def test_the_emoji_that_claims(line: str, mark: str) -> None:
    head, rest = SMALL.split("[desk]", 1)
    desk = parse(f"{head}[desk]\nclaim_reaction = {line}{rest}", "desk.toml")
    assert desk.claim_reaction == mark and parse(SMALL, "desk.toml").claim_reaction == "👀"
    eyes = parse(f'{head}[desk]\nticket_reaction = "eyes"{rest}', "desk.toml")
    assert eyes.claim_reaction == "", "it cannot ask for two things"


@pytest.mark.parametrize(("line", "claims"), [("true", "explicit"), ('"words"', "words"), ("false", "never")])
def test_which_words_claim(line: str, claims: str) -> None:
    text = SMALL.replace("[queues.it]", f"[queues.it]\nclaim_by_reply = {line}")
    assert parse(text, "desk.toml").queues["it"].claim_by_reply == claims
    assert parse(SMALL, "desk.toml").queues["it"].claim_by_reply == "explicit"


def test_dates_may_stand_without_quotes() -> None:
    desk = parse(small("[hours.office]", 'mon = ["08:00-12:00"]', "closed = [2026-12-24]"), "desk.toml")
    assert desk.hours["office"].closed == {date(2026, 12, 24)}


def test_the_same_file_gives_the_same_desk() -> None:
    assert parse(EXAMPLE, "desk.toml") == parse(EXAMPLE.replace("\n", "\r\n"), "other.toml")


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


REFERENCE = (ROOT / "docs" / "desk.md").read_text("utf-8")

# The reference and the playground's desk


def test_the_example_uses_every_key() -> None:
    document = tomllib.loads(EXAMPLE)
    used = {part for path in paths(document) for part in path if isinstance(part, str)}
    free = {"mon", "tue", "wed", "thu", "sat", "sun", "mon-fri", "sat-sun", "fri"}
    keys = _every_key() - free
    assert keys <= used


def test_the_reference_explains_every_key_and_no_other() -> None:
    explained = set(re.findall(r"^\| `([a-z_]+)` \|", REFERENCE, re.MULTILINE))
    assert explained == _every_key() - set(desk_hours.DAY_KEYS)


def _every_key() -> set[str]:
    return {
        *config.DESK_KEYS, *config.CONNECTION_KEYS, *config.WINDOW_KEYS, *desk_hours.KEYS, *desk_policies.KEYS,
        *desk_policies.FACTS, *desk_queues.KEYS, *desk_queues.SURVEY_KEYS, *desk_fields.KEYS,
        *desk_fields.OPTION_KEYS, *desk_automation.KEYS, *desk_automation.WHEN_KEYS, *desk_automation.IF_KEYS,
        *desk_automation.DO_KEYS, *desk_ladder.KEYS, *desk_ladder.REPEAT_KEYS, *desk_digests.KEYS,
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
        "shop": {str(room.id) for room in telegram.rooms.values()},
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
