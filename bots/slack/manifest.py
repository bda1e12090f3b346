"""The app as Slack takes it “From a manifest”: what the bot uses of Slack, and nothing else.

https://docs.slack.dev/reference/app-manifest
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bots.commands import VERBS
from bots.forms import KEEP
from bots.port import Wish
from bots.ways import ASK

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Scope:
    """A right of the app's bot token. Without one that is `needed` the connection does not start."""

    why: str
    needed: bool = True


SCOPES = {
    "channels:history": Scope("to read questions in public channels"),
    "channels:read": Scope("to find public channels by name"),
    "chat:write": Scope("to write"),
    "commands": Scope("for /ticket and its siblings, and shortcuts", needed=False),
    "files:read": Scope("to copy the files that people send", needed=False),
    "files:write": Scope("to send the files that people and agents send", needed=False),
    "groups:history": Scope("to read private channels of agents"),
    "groups:read": Scope("to find private channels by name, and their members"),
    "im:history": Scope("to read direct messages"),
    "im:write": Scope("to write direct messages first"),
    "mpim:history": Scope("to hear when it is mentioned in a group conversation", needed=False),
    "reactions:read": Scope("to hear of people's small marks, and of the one that asks for a ticket", needed=False),
    "reactions:write": Scope("to mark delivered replies, and to show people's small marks", needed=False),
    "usergroups:read": Scope("to find agents by user group", needed=False),
    "users:read": Scope("to know people's names, languages and time zones"),
    "users:read.email": Scope("to tell agents who may be one person in two workspaces", needed=False),
}
APP_SCOPE = "connections:write"
POINT = "point"
WISHES: dict[str, Wish] = {POINT: "ticket", "claim": "claim", "split": "split"}  # callback id → what is asked for
SHORTCUTS = (
    {"name": "New question", "type": "global", "callback_id": ASK, "description": "Ask for help with a form"},
    {"name": "Make a ticket", "type": "message", "callback_id": POINT, "description": "Makes a ticket of a message"},
    {"name": "Claim", "type": "message", "callback_id": "claim", "description": "Claims the ticket that it is of"},
    {
        "name": "Split from here",
        "type": "message",
        "callback_id": "split",
        "description": "Makes a ticket of what its requester wrote from here on",
    },
    {
        "name": "Make canned response",
        "type": "message",
        "callback_id": KEEP,
        "description": "Keeps a message's words as a canned response",
    },
)
# What the app is subscribed to. Not app_mention: the bot reads the rooms that it is in, so it would be told twice.
EVENTS = (
    "app_home_opened",
    "app_uninstalled",
    "channel_archive",
    "channel_deleted",
    "channel_id_changed",
    "channel_left",
    "channel_rename",
    "channel_unarchive",
    "group_archive",
    "group_deleted",
    "group_left",
    "group_rename",
    "group_unarchive",
    "member_joined_channel",
    "member_left_channel",
    "message.channels",
    "message.groups",
    "message.im",
    "message.mpim",
    "reaction_added",
    "reaction_removed",
    "subteam_members_changed",
    "subteam_updated",
    "tokens_revoked",
    "user_change",
)
# Names that Slack keeps for itself: https://slack.com/help/articles/201259356-Slash-commands-in-Slack
_OWN = (
    "active apps archive away call canvas collapse close dm dnd expand feed feedback help huddle invite invite_people "
    "join keys kick leave me msg mute open part prefs remind remove rename search shortcuts shrug star status topic "
    "unarchive who"
)
SLACKS_OWN = frozenset(_OWN.split())
HINTS: dict[tuple[str, ...], str] = {
    ("ticket",): "42",
    ("ticket", "words"): "42 and your words",
    ("ticket", "person"): "42 @name",
    ("words",): "your words",
}


def command_names() -> tuple[str, ...]:
    """The slash commands to register, without their slash: /ticket, and every verb that has a command of its own and
    whose name Slack leaves free. Slack takes 50 at most."""
    return ("ticket", *(verb.name for verb in VERBS.values() if verb.own and verb.name not in SLACKS_OWN))


def manifest(request_url: str = "") -> Json:
    """The manifest: with Socket Mode, or with everything posted to `request_url`."""
    url = {"url": request_url} if request_url else {}
    commands = [_command(name) | url for name in command_names()]
    posted = {"request_url": request_url} if request_url else {}
    tabs = {"home_tab_enabled": True, "messages_tab_enabled": True, "messages_tab_read_only_enabled": False}
    return {
        "display_information": {"name": "Frontdesk", "description": "Tickets in a shared inbox"},
        "features": {
            "app_home": tabs,
            "bot_user": {"display_name": "Frontdesk", "always_online": True},
            "shortcuts": [dict(one) for one in SHORTCUTS],
            "slash_commands": commands,
        },
        "oauth_config": {"scopes": {"bot": list(SCOPES)}},
        "settings": {
            "event_subscriptions": {**posted, "bot_events": list(EVENTS)},
            "interactivity": {"is_enabled": True, **posted},
            "socket_mode_enabled": not request_url,
            "token_rotation_enabled": False,
        },
    }


def _command(name: str) -> Json:
    hint = "claim 42" if name == "ticket" else HINTS.get(VERBS[name].takes, "")
    described = "Tickets: /ticket help" if name == "ticket" else VERBS[name].describe("en")
    usage = {"usage_hint": hint} if hint else {}
    return {"command": f"/{name}", "description": described, **usage, "should_escape": True}


def events_path(connection: str) -> str:
    """Where on the inbox's server Slack posts what is for that connection."""
    return f"/slack/{connection}/events"


def as_yaml(made: Mapping[str, Any]) -> str:
    """A manifest as YAML, which reads better than JSON where it is pasted."""
    return "\n".join(_lines(made, "")) + "\n"


def _lines(value: Mapping[str, Any], indent: str) -> list[str]:
    lines = []
    for key, inner in value.items():
        if isinstance(inner, Mapping):
            lines += [f"{indent}{key}:", *_lines(inner, indent + "  ")]
        elif isinstance(inner, list):
            lines += [f"{indent}{key}:", *(line for one in inner for line in _item(one, indent + "  "))]
        else:
            lines.append(f"{indent}{key}: {_scalar(inner)}")
    return lines


def _item(one: Any, indent: str) -> list[str]:
    if not isinstance(one, Mapping):
        return [f"{indent}- {_scalar(one)}"]
    first, *more = _lines(one, indent + "  ")
    return [f"{indent}- {first.lstrip()}", *more]


def _scalar(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)  # a JSON scalar is one of YAML's
