"""The page that tells how to set the app up says what the program needs."""

import json
import re
from pathlib import Path

from bots.commands import VERBS
from bots.simulator.slack.model import EVENT_SCOPES, RESERVED_COMMANDS
from bots.slack import check

PAGE = (Path(check.__file__).parent / "README.md").read_text("utf-8")


def test_the_manifest_is_the_programs() -> None:
    found = re.search(r"```json\n(.*?)```", PAGE, re.DOTALL)
    assert found and json.loads(found[1]) == check.manifest()


def test_every_scope_event_and_command_is_told() -> None:
    for name, scope in check.SCOPES.items():
        assert f"| `{name}` | {scope.why} | {'yes' if scope.needed else 'no'} |" in PAGE
    assert all(f"`{name}`" in PAGE for name in (*check.EVENTS, check.APP_SCOPE))
    assert all(f"`/{name}`" in PAGE for name in ("ticket", *VERBS))


def test_no_command_has_a_name_that_slack_keeps() -> None:
    assert not set(check.command_names()) & RESERVED_COMMANDS
    assert set(check.command_names()) == {"ticket", *VERBS} - RESERVED_COMMANDS


def test_every_event_has_its_scope() -> None:
    kinds = {"channels:read", "groups:read"}  # memberships of channels, by their kind
    for event in check.EVENTS:
        needed = EVENT_SCOPES.get(event, "usergroups:read" if event.startswith("subteam") else "unknown")
        assert not needed or needed in check.SCOPES or (needed == "?" and kinds <= set(check.SCOPES)), event


def test_descriptions_are_short() -> None:
    commands = check.manifest()["features"]["slash_commands"]
    assert all(one["description"] and len(one["description"]) <= 100 for one in commands)
    assert len(commands) <= 50  # of an app, in Slack's manifest
