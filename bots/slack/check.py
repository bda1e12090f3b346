"""What a Slack app needs, held against what it has."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from bots.commands import VERBS
from inbox.directory import Room


@dataclass(frozen=True, slots=True)
class Scope:
    """A right of the app's bot token. Without one that is `needed` the connection does not start."""

    why: str
    needed: bool = True


SCOPES = {
    "app_mentions:read": Scope("to hear when it is mentioned", needed=False),
    "channels:history": Scope("to read questions in public channels"),
    "channels:read": Scope("to find public channels by name"),
    "chat:write": Scope("to write"),
    "commands": Scope("for /ticket and its siblings", needed=False),
    "groups:history": Scope("to read private channels of agents"),
    "groups:read": Scope("to find private channels by name, and their members"),
    "im:history": Scope("to read direct messages"),
    "im:read": Scope("to know direct messages", needed=False),
    "im:write": Scope("to write direct messages first"),
    "reactions:write": Scope("to mark delivered replies", needed=False),
    "usergroups:read": Scope("to find agents by user group", needed=False),
    "users:read": Scope("to know people's names, languages and time zones"),
}
APP_SCOPE = "connections:write"
# what the app must be subscribed to, as bot events
EVENTS = (
    "app_mention",
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
    """The slash commands to register, without their slash: /ticket, and every verb whose name Slack leaves free."""
    return ("ticket", *(name for name in VERBS if name not in SLACKS_OWN))


def manifest() -> dict[str, Any]:
    """The app as Slack takes it under “From a manifest”: https://docs.slack.dev/reference/app-manifest"""
    commands = [
        {
            "command": f"/{name}",
            "description": "Tickets: /ticket help" if name == "ticket" else VERBS[name].describe("en"),
            "usage_hint": "claim 42" if name == "ticket" else HINTS.get(VERBS[name].takes, ""),
            "should_escape": True,
        }
        for name in command_names()
    ]
    messages = {"home_tab_enabled": False, "messages_tab_enabled": True, "messages_tab_read_only_enabled": False}
    return {
        "display_information": {"name": "Frontdesk", "description": "Tickets in a shared inbox"},
        "features": {
            "app_home": messages,
            "bot_user": {"display_name": "Frontdesk", "always_online": True},
            "slash_commands": [{key: value for key, value in one.items() if value} for one in commands],
        },
        "oauth_config": {"scopes": {"bot": list(SCOPES)}},
        "settings": {
            "event_subscriptions": {"bot_events": list(EVENTS)},
            "interactivity": {"is_enabled": True},
            "socket_mode_enabled": True,
            "token_rotation_enabled": False,
        },
    }


def missing(scopes: frozenset[str], *, needed: bool) -> list[str]:
    """The scopes that the app lacks and must have (or, where not `needed`, would like)."""
    return [name for name, scope in SCOPES.items() if scope.needed is needed and name not in scopes]


def install_again(names: Iterable[str]) -> str:
    """What to do about scopes that the app lacks."""
    parts = [f"{name} ({SCOPES[name].why})" if name in SCOPES else name for name in names]
    return (
        f"The Slack app lacks the scope{'s' if len(parts) > 1 else ''} {', '.join(parts)}: "
        "add it under “OAuth & Permissions” and install the app again."
    )


def problems(scopes: frozenset[str], rooms: Mapping[str, Room | None]) -> list[str]:
    """Sentences about missing scopes and rooms; `scopes` empty means that Slack did not tell."""
    lacking = [*missing(scopes, needed=True), *missing(scopes, needed=False)] if scopes else []
    found = [install_again([name]) for name in lacking]
    found += [
        f"{ref}: the bot is not in such a channel. Invite it there (/invite), or mend the name in the desk file."
        for ref, room in rooms.items()
        if room is None
    ]
    return found
