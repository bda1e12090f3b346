"""How desk.toml names rooms and people: `acme:#it-help`, `acme:dm`, `acme:U012AB`, `acme:group:it-support`."""

import re
from collections.abc import Mapping
from typing import Literal

from frontdesk.toml_table import missing, shown
from inbox.directory import DM, AgentRef, Connection, RoomRef

Kind = Literal["user", "group", "role", "admins"]

TELEGRAM_ROOM = re.compile(r"-[0-9]{1,16}|@[A-Za-z][A-Za-z0-9_]{3,31}")
# What gathers people on each platform.
GATHERINGS: Mapping[str, Kind] = {"slack": "group", "discord": "role", "telegram": "admins"}
IDS = {
    "slack": (re.compile(r"[UW][A-Z0-9]{2,}"), "U012AB3CD (profile, ⋮, Copy member ID)"),
    "discord": (re.compile(r"[0-9]{5,20}"), "80351110224678912 (developer mode on, then Copy User ID)"),
    "telegram": (re.compile(r"[0-9]{1,16}"), "987654321 (a number, not the @name)"),
}


def room(text: str, connections: Mapping[str, Connection]) -> RoomRef:
    """The room that a text names. Raises ValueError with a sentence."""
    connection, name = _halves(text, connections, "a room", "CONNECTION:ROOM", "#it-help")
    if name.lower() == DM:
        return RoomRef(connection, DM)
    if connections[connection].platform == "telegram" and not TELEGRAM_ROOM.fullmatch(name):
        raise ValueError(
            f"{shown(name)} cannot be found, since a Telegram bot cannot list its groups: "
            f"write the group's number, like {connection}:-1001234567890, or its public @name"
        )
    return RoomRef(connection, name)


def agent(text: str, connections: Mapping[str, Connection]) -> AgentRef:
    """The person or people that a text names. Raises ValueError with a sentence."""
    connection, name = _halves(text, connections, "a person", "CONNECTION:USER", "U012AB3CD")
    platform = connections[connection].platform
    if not platform:
        return AgentRef(connection, "user", name)  # the platform itself was a mistake, told elsewhere
    gathering = GATHERINGS[platform]
    before, colon, group = name.partition(":")
    if colon:
        if before != gathering:
            raise ValueError(
                f"{shown(before)} is nothing that {platform.capitalize()} has: write {connection}:{gathering}:NAME"
            )
        if not group.strip():
            raise ValueError(f"names nobody: write {connection}:{gathering}:NAME")
        if platform == "telegram" and not TELEGRAM_ROOM.fullmatch(group.strip()):
            raise ValueError(
                f"{shown(group.strip())} is a title, and anybody can call a group of their own so: write the group's "
                f"number, like {connection}:admins:-1001234567890, or its public @name"
            )
        return AgentRef(connection, gathering, group.strip())
    shape, example = IDS[platform]
    if not shape.fullmatch(name):
        raise ValueError(
            f"{shown(name)} is no user id of {platform.capitalize()}, and names can be taken by anybody: "
            f"write {connection}:{example}, or {connection}:{gathering}:NAME"
        )
    return AgentRef(connection, "user", name)


def _halves(text: str, connections: Mapping[str, Connection], what: str, form: str, example: str) -> tuple[str, str]:
    connection, colon, name = (part.strip() for part in text.partition(":"))
    if not colon or not name:
        known = next(iter(connections), "acme")
        raise ValueError(f"{shown(text)} does not name {what}: write {form}, like {shown(f'{known}:{example}')}")
    if connection not in connections:
        raise ValueError(missing(connection, connections, "connection"))
    return connection, name
