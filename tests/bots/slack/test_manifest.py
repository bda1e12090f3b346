"""The generated app: enough for all that the bot does, and no more. Every other test here runs on that app, too."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from bots.commands import VERBS
from bots.forms import KEEP
from bots.port import Card, SendError, StartError
from bots.simulator.server import Refused
from bots.simulator.slack.model import EVENT_SCOPES, RESERVED_COMMANDS
from bots.slack import manifest, marks, workspace
from bots.ways import ASK
from inbox.directory import AgentRef
from inbox.model import Place
from tests.bots.slack.rig import ANNA, IT_HELP, Door, stored

Deed = Callable[[Door], Awaitable[bool]]


async def hears(door: Door, text: str, room: str) -> bool:
    await door.says("anna" if room != "#it-desk" else "omar", text, room=room)
    await door.settle()
    return text.removeprefix("@Frontdesk ") in door.notes.texts


async def sees(door: Door, room: str) -> bool:
    try:
        return room in {one.name for one in await door.platform.rooms()}
    except StartError:
        return False


async def went(call: Awaitable[object]) -> bool:
    try:
        await call
    except (SendError, StartError, Refused):
        return False
    return True


async def hears_in_group(door: Door) -> bool:
    room = await door.sim.do("add_room", name="", kind="mpim", members=["anna", "erik"])
    return await hears(door, "@Frontdesk who can help us?", room)


async def knows_names(door: Door) -> bool:
    await hears(door, "Hello", "#it-help")
    return door.notes.said_[0].author.name == "Anna"


async def knows_addresses(door: Door) -> bool:
    await hears(door, "Hello", "#it-help")
    return bool(door.notes.said_[0].author.email)


async def puts_marks(door: Door) -> bool:
    message = await door.says("anna", "Hello")
    return await went(door.platform.mark(Place("acme", IT_HELP), message, "sent"))


async def copies_files(door: Door) -> bool:
    await door.says("anna", "Look", files=[{"name": "a.txt", "bytes": b"abc"}])
    (said,) = await door.heard(1)
    return await went(door.files.put(door.platform.fetch(said.files[0].ref)))


async def hears_marks(door: Door) -> bool:
    message = await door.says("anna", "Hello")
    await door.sim.do("react", who="omar", room="#it-help", message=message, emoji="eyes")
    await door.settle()
    return len(door.notes.marks) == 1


async def sends_files(door: Door) -> bool:
    card = Card(text="Here", files=(await stored(door, "a.txt", b"abc"),))
    return await went(door.platform.send(Place("acme", IT_HELP), card, "fd-1"))


async def finds_group(door: Door) -> bool:
    await door.sim.do("add_group", handle="it-support", users=["omar"])
    return await went(door.platform.people(AgentRef("acme", "group", "it-support")))


DEEDS: dict[str, Deed] = {
    "channels:history": lambda door: hears(door, "Help", "#it-help"),
    "channels:read": lambda door: sees(door, "#it-help"),
    "chat:write": lambda door: went(door.platform.send(Place("acme", IT_HELP), Card(text="Hi"), "fd-1")),
    "commands": lambda door: went(door.sim.do("command", who="omar", room="#it-desk", text="/claim 1")),
    "files:read": copies_files,
    "files:write": sends_files,
    "groups:history": lambda door: hears(door, "I look at it", "#it-desk"),
    "groups:read": lambda door: sees(door, "#it-desk"),
    "im:history": lambda door: hears(door, "Help", "dm"),
    "im:write": lambda door: went(door.platform.direct(ANNA, Card(text="Hi"), "fd-1")),
    "mpim:history": hears_in_group,
    "reactions:read": hears_marks,
    "reactions:write": puts_marks,
    "usergroups:read": finds_group,
    "users:read": knows_names,
    "users:read.email": knows_addresses,
}


def test_every_scope_has_its_deed() -> None:
    assert set(DEEDS) == set(manifest.SCOPES)


@pytest.mark.parametrize("scope", DEEDS)
async def test_a_scope_is_enough_and_needed(scope: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async with Door() as door:
        assert await DEEDS[scope](door)
    for name, one in manifest.SCOPES.items():
        monkeypatch.setitem(manifest.SCOPES, name, replace(one, needed=False))  # so that it starts all the same
    async with Door(started=False) as door:
        with_all = await door.platform.connect()
        await door.platform.start(door.notes, frozenset(room.external_id for room in with_all))
        await door.sim.do("set_scopes", without=scope)
        assert not await DEEDS[scope](door)


def test_what_is_listened_to_is_subscribed_and_nothing_else() -> None:
    words = {"message.channels", "message.groups", "message.im", "message.mpim"}
    assert set(manifest.EVENTS) == words | workspace.KINDS | marks.KINDS


def test_every_event_has_its_scope() -> None:
    kinds = {"channels:read", "groups:read"}  # memberships of channels, by their kind
    for event in manifest.EVENTS:
        needed = EVENT_SCOPES[event]
        assert not needed or needed in manifest.SCOPES or (needed == "?" and kinds <= set(manifest.SCOPES)), event


def test_commands_have_names_that_slack_leaves_free_and_short_descriptions() -> None:
    own = {verb.name for verb in VERBS.values() if verb.own}
    assert set(manifest.command_names()) == {"ticket", *own} - RESERVED_COMMANDS
    assert len(manifest.command_names()) <= 50  # https://docs.slack.dev/reference/app-manifest
    commands = manifest.manifest()["features"]["slash_commands"]
    assert all(one["description"] and len(one["description"]) <= 100 for one in commands)
    assert len(commands) <= 50  # of an app, in Slack's manifest


def test_shortcuts_are_within_their_limits() -> None:
    for one in manifest.SHORTCUTS:
        assert len(one["name"]) <= 24 and len(one["description"]) <= 150
    assert [one["callback_id"] for one in manifest.SHORTCUTS] == [ASK, *manifest.WISHES, KEEP]
    kinds = [one["type"] for one in manifest.SHORTCUTS]
    assert kinds.count("global") <= 5 and kinds.count("message") <= 5  # docs "Shortcuts": ten, five of each


def test_over_http_everything_goes_to_one_address() -> None:
    url = "https://desk.example.com/slack/acme/events"
    made = manifest.manifest(url)
    settings = made["settings"]
    assert settings["socket_mode_enabled"] is False and manifest.manifest()["settings"]["socket_mode_enabled"] is True
    assert settings["event_subscriptions"]["request_url"] == settings["interactivity"]["request_url"] == url
    assert {one["url"] for one in made["features"]["slash_commands"]} == {url}
    assert "url" not in json.dumps(manifest.manifest())


@pytest.mark.parametrize("url", ["", "https://desk.example.com/slack/acme/events"])
def test_as_yaml_it_says_the_same(url: str) -> None:
    assert read_yaml(manifest.as_yaml(manifest.manifest(url))) == manifest.manifest(url)


def read_yaml(text: str) -> object:
    """The few forms of YAML that a manifest uses, by YAML's own rules: blocks by indentation, items, JSON scalars."""
    lines = [(len(line) - len(line.lstrip()), line.strip()) for line in text.splitlines()]

    def block(indent: int) -> object:
        if lines[0][1].startswith("- "):
            return items(indent)
        made: dict[str, object] = {}
        while lines and lines[0][0] == indent and not lines[0][1].startswith("- "):
            key, _, rest = lines.pop(0)[1].partition(":")
            made[key] = json.loads(rest) if rest else block(lines[0][0])
        return made

    def items(indent: int) -> list[object]:
        made: list[object] = []
        while lines and lines[0][0] == indent and lines[0][1].startswith("- "):
            rest = lines[0][1][2:]
            if rest.startswith('"'):
                made.append(json.loads(rest))
                lines.pop(0)
            else:
                lines[0] = (indent + 2, rest)
                made.append(block(indent + 2))
        return made

    return block(0)


async def test_what_slack_does_not_know_is_refused() -> None:
    async with Door() as door:
        for change in ("scopes", "events"):
            made = manifest.manifest()
            wanted = (
                made["oauth_config"]["scopes"]["bot"]
                if change == "scopes"
                else (made["settings"]["event_subscriptions"]["bot_events"])
            )
            wanted.append("made_up")
            with pytest.raises(Refused, match="made_up"):
                await door.sim.do("install", manifest=made)
