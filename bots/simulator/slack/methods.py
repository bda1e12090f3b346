"""The register of Web API methods, how their arguments are read, and how Slack refuses.

https://docs.slack.dev/apis/web-api/ ; tiers: https://docs.slack.dev/apis/web-api/rate-limits
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from bots.simulator.slack.model import Json, Message, Person, Room
from bots.simulator.slack.world import SCOPE_PREFIX, World

TIER_1, TIER_2, TIER_3, TIER_4, SPECIAL = 1, 20, 50, 100, 600  # calls a minute


class SlackError(Exception):
    """Slack says `{"ok": false, "error": code, …more}`."""

    def __init__(self, code: str, **more: Any) -> None:
        super().__init__(code)
        self.code, self.more = code, more


def invalid(code: str, messages: list[str]) -> SlackError:
    """A refusal with sentences, as Slack gives them for arguments and blocks."""
    marked = [f"[ERROR] {one}" for one in messages]
    extra = {"errors": messages} if code == "invalid_blocks" else {}
    return SlackError(code, **extra, response_metadata={"messages": marked})


class Args:
    """The arguments of one call: query, form and JSON body in one, as Slack takes them."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self.values = values

    def has(self, name: str) -> bool:
        return self.values.get(name) not in (None, "")

    def text(self, name: str, default: str = "") -> str:
        value = self.values.get(name)
        return default if value is None else value if isinstance(value, str) else json.dumps(value)

    def required(self, name: str) -> str:
        if not self.has(name):
            raise invalid("invalid_arguments", [f"missing required field: {name}"])
        return self.text(name)

    def flag(self, name: str, default: bool = False) -> bool:
        value = self.values.get(name, default)
        return value if isinstance(value, bool) else str(value).lower() in ("1", "true")

    def number(self, name: str, default: int, most: int) -> int:
        """A count between 1 and `most`. Raises SlackError."""
        try:
            value = int(self.values.get(name) or default)
        except (TypeError, ValueError):
            raise invalid("invalid_arguments", [f"must be a number [json-pointer:/{name}]"]) from None
        if not 1 <= value <= most:
            raise SlackError("invalid_limit")
        return value

    def structure(self, name: str, error: str) -> Any:
        """A value that is JSON: as such, or in text as forms carry it. Raises SlackError(error)."""
        value = self.values.get(name)
        if not isinstance(value, str):
            return value
        try:
            return json.loads(value) if value else None
        except ValueError:
            raise SlackError(error) from None


Handler = Callable[[World, Args], Json]


@dataclass(frozen=True, slots=True)
class Method:
    """One method. `scope` is what a bot token needs, `tier` its calls a minute, `json` whether it reads JSON bodies."""

    name: str
    handler: Handler
    scope: str
    tier: float
    json: bool
    app_level: bool


METHODS: dict[str, Method] = {}


def method(
    name: str, *, scope: str = "", tier: float = TIER_3, json: bool = True, app_level: bool = False
) -> Callable[[Handler], Handler]:
    """Registers a handler. It returns the answer without `ok`, or raises SlackError."""

    def register(handler: Handler) -> Handler:
        METHODS[name] = Method(name, handler, scope, tier, json, app_level)
        return handler

    return register


# what many methods ask


def need(world: World, scope: str) -> None:
    """Raises missing_scope where the bot token lacks it."""
    if scope and scope not in world.app.scopes:
        raise SlackError("missing_scope", needed=scope, provided=",".join(sorted(world.app.scopes)))


def need_for(world: World, room: Room, right: str) -> None:
    """The scope of that right ("read", "history", "write") for that kind of room."""
    need(world, f"{SCOPE_PREFIX[room.kind]}:{right}")


def find_room(world: World, args: Args, name: str = "channel") -> Room:
    """The room by its id; private ones only for members. Raises channel_not_found."""
    room = world.rooms.get(args.required(name))
    if room is None or (room.private and not world.in_room(room)):
        raise SlackError("channel_not_found")
    return room


def find_message(world: World, room: Room, ts: str, error: str = "message_not_found") -> Message:
    """A message of the room that stands there for all to see."""
    found = room.by_ts.get(ts)
    if found is None or found.deleted or found.private_to:
        raise SlackError(error)
    return found


def find_person(world: World, args: Args, name: str = "user", error: str = "user_not_found") -> Person:
    person = world.people.get(args.required(name))
    if person is None:
        raise SlackError(error)
    return person


def page(world: World, args: Args, items: list[Any], most: int = 1000, default: int = 100) -> tuple[list[Any], str]:
    """One page of `items` and the cursor of the next ("" at the end). Raises invalid_cursor."""
    limit = args.number("limit", default, most)
    start = 0
    if args.has("cursor"):
        word, _, number = args.text("cursor").partition(":")
        if word != "next" or not number.isdigit():
            raise SlackError("invalid_cursor")
        start = int(number)
    end = start + limit
    return items[start:end], f"next:{end}" if end < len(items) else ""
