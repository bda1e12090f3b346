"""Payloads as the platforms document them, made of their descriptions: what `tests.mutations` spoils.

FRONTDESK_SPECS names the folder with the descriptions; without it the calling test is skipped. Values are such that
the bots understand most of what is made: people, rooms and times that the simulated platforms know.
"""

import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from random import Random
from typing import Any

from tests.specs import discord, slack, telegram

Json = dict[str, Any]
DEEPEST = 4  # objects within objects; what is optional further down is left out
SNOWFLAKES = 1_300_000_000_000_000_000

# Telegram

UPDATES = "message message message edited_message callback_query my_chat_member chat_member message_reaction"
CHATS = (
    {"id": 700_100_002, "type": "private", "first_name": "Erik"},
    {"id": -4_000_001, "type": "group", "title": "Support"},
    {"id": -1_002_000_000_101, "type": "supergroup", "title": "Desk", "is_forum": True},
)
TEXTS = (
    "Where is my parcel?",
    "/ticket @x lost",
    "/claim 1",
    "*Hello* <b>you</b>",
    "@acme_desk_bot help",
    "Tack!",
    "1",
)


class TelegramUpdates:
    """Updates with every kind of message and object of the Bot API."""

    def __init__(self, random: Random) -> None:
        self.random, self._types = random, telegram.description()["types"]
        self._number = 0

    def update(self) -> Json:
        """An update without its id, which the simulator gives."""
        if self.random.random() < 0.1:
            kinds = [field["name"] for field in self._types["Update"]["fields"] if not field["required"]]
        else:
            kinds = UPDATES.split()
        kind = self.random.choice(kinds)
        types = {field["name"]: field["types"] for field in self._types["Update"]["fields"]}
        return {kind: self._value(kind, types[kind], 0)}

    def _value(self, name: str, types: list[str], depth: int) -> Any:
        kind = self.random.choice(types)
        if kind.startswith(telegram.ARRAY):
            count = self.random.choice((0, 1, 2)) if depth < DEEPEST else 0
            return [self._value(name, [kind.removeprefix(telegram.ARRAY)], depth + 1) for _ in range(count)]
        match kind:
            case "Integer":
                return self._integer(name)
            case "Float":
                return self.random.uniform(-90, 90)
            case "Boolean":
                return self.random.random() < 0.3
            case "String" | "InputFile":
                return self._text(name)
            case "Chat":
                return dict(self.random.choice(CHATS))
        return self._object(kind, depth)

    def _object(self, kind: str, depth: int) -> Any:
        described = self._types[kind]
        if depth > 2 * DEEPEST:
            return {}
        if "subtypes" in described:
            return self._value("", described["subtypes"], depth)
        made: Json = {}
        for field in described.get("fields", []):
            if field["required"] or self.random.random() < (0.5, 0.12, 0.05, 0.0, 0.0)[min(depth, 4)]:
                made[field["name"]] = self._said(field) or self._value(field["name"], field["types"], depth + 1)
        if kind == "Message" and self.random.random() < 0.8:
            made = {**made, "text": self.random.choice(TEXTS), "from": self._value("from", ["User"], depth + 1)}
            made = {key: value for key, value in made.items() if key not in ("sender_chat", "via_bot")}
            if self.random.random() < 0.9:
                made = {key: value for key, value in made.items() if not key.startswith("migrate_")}
        return made

    def _said(self, field: Mapping[str, Any]) -> str:
        """A value that the field's description names, "" where it names none."""
        if only := telegram.CONSTANT.search(field["description"]):
            return only[1] if field["types"] == ["String"] else ""
        choice = telegram.CHOICE.search(field["description"])
        return self.random.choice(re.findall(r'"([^"]+)"', choice[1])) if choice else ""

    def _integer(self, name: str) -> int:
        self._number += 1
        if name.endswith("date"):
            return 1_800_000_000 + self._number
        if name in ("id", "user_id"):
            return self.random.choice((700_100_001, 700_100_002, 700_100_003))
        return self._number if name == "message_id" else self.random.choice((0, 1, 5, 8, 4096))

    def _text(self, name: str) -> str:
        if name in ("type", "status"):
            return self.random.choice(("bold", "mention", "bot_command", "text_link", "member", "private"))
        return self.random.choice((*TEXTS, f"{name}-{self._number}"))


# Discord


class DiscordEvents:
    """Events of the gateway, with the objects that Discord's REST description has for them. `place` are the ids of a
    known guild, room, person and application."""

    def __init__(self, random: Random, place: Mapping[str, str]) -> None:
        self.random, self._schemas = random, discord.document()["components"]["schemas"]
        self._place, self._number = place, 0

    def event(self) -> tuple[str, Json]:
        """An event's name and its data."""
        name = self.random.choice([*self._makers(), *(kind for kind in discord.KEYS if self.random.random() < 0.2)])
        if name in ("READY", "RESUMED"):
            name = "MESSAGE_CREATE"
        made = self._makers().get(name)
        return name, made() if made else {key: self._named(key) for key in discord.KEYS[name].split()}

    def _makers(self) -> Mapping[str, Callable[[], Json]]:
        return {
            **{kind: lambda kind=kind: self._object_of(kind) for kind in discord.OBJECTS},  # type: ignore[misc]
            "MESSAGE_DELETE": lambda: {"id": self._id(), **self._where()},
            "MESSAGE_DELETE_BULK": lambda: {"ids": [self._id(), self._id()], **self._where()},
            "MESSAGE_REACTION_ADD": self._reaction,
            "MESSAGE_REACTION_REMOVE": self._reaction,
            "GUILD_CREATE": self._guild,
            "THREAD_LIST_SYNC": lambda: {**self._where(), "threads": [self.made("ThreadResponse")], "members": []},
            "GUILD_ROLE_UPDATE": lambda: {**self._where(), "role": self.made("GuildRoleResponse")},
            "INTERACTION_CREATE": self._interaction,
            "TYPING_START": lambda: {**self._where(), "user_id": self._place["user"], "timestamp": 1_800_000_000},
        }

    def _object_of(self, kind: str) -> Json:
        made = {**self.made(discord.OBJECTS[kind]), **self._where()}
        if kind.startswith("MESSAGE_"):
            made |= {"id": self._id(), "type": self.random.choice((0, 0, 19)), "content": self.random.choice(TEXTS)}
            made["author"] = self._user()
            made.pop("webhook_id", None)
        return made

    def _where(self) -> Json:
        where = {"channel_id": self._place["channel"], "guild_id": self._place["guild"]}
        return where if self.random.random() < 0.8 else {"channel_id": self._place["channel"]}

    def _user(self) -> Json:
        return {"id": self._place["user"], "username": "anna", "global_name": "Anna", "discriminator": "0"}

    def _reaction(self) -> Json:
        emoji = {"id": None, "name": self.random.choice("👍🎫")}
        told = {"user_id": self._place["user"], "message_id": self._id(), "emoji": emoji, "burst": False, "type": 0}
        return {**self._where(), **told, "member": {"user": self._user(), "roles": []}}

    def _guild(self) -> Json:
        """A guild that is none of the desk's: what becomes of the known one is told by the simulator alone."""
        lists = {"roles": "GuildRoleResponse", "threads": "ThreadResponse", "channels": "GuildChannelResponse"}
        made: Json = {key: [self.made(kind), self.made(kind)] for key, kind in lists.items()}
        return {**made, "id": self._id(), "name": "Elsewhere", "owner_id": self._id(), "members": []}

    def _interaction(self) -> Json:
        kind = self.random.choice((2, 3, 3, 4, 5))
        data: Mapping[int, Json] = {
            2: {"id": self._id(), "name": "ticket", "type": 1, "options": [{"name": "words", "type": 3, "value": "x"}]},
            3: {"custom_id": self.random.choice(("claim:1", "replyform:1")), "component_type": 2},
            4: {"id": self._id(), "name": "ticket", "type": 1, "options": []},
            5: {"custom_id": "reply:1", "components": [{"component": {"custom_id": "words", "value": "x"}}]},
        }
        channel = {"id": self._place["channel"], "type": 0}
        told = {"id": self._id(), "application_id": self._place["app"], "type": kind, "token": "t", "data": data[kind]}
        by = {"member": {"user": self._user(), "roles": []}} if self.random.random() < 0.7 else {"user": self._user()}
        made = {**told, **self._where(), "channel": channel, "locale": "sv-SE", "version": 1, **by}
        return {**made, "message": self.made("MessageResponse")} if kind == 3 else made

    def made(self, name: str) -> Any:
        """An object of the description, with some of what is optional."""
        return self._value(name, {"$ref": f"#/components/schemas/{name}"}, 0)

    def _value(self, name: str, schema: Mapping[str, Any], depth: int) -> Any:
        if "$ref" in schema:
            schema = self._schemas[schema["$ref"].rpartition("/")[2]]
        for key in ("oneOf", "anyOf", "allOf"):
            if key in schema:
                return self._value(name, self.random.choice(schema[key]), depth)
        if "enum" in schema or "const" in schema:
            return self.random.choice(schema.get("enum", [schema.get("const")]))
        kind = schema.get("type", "object")
        match self.random.choice(kind) if isinstance(kind, list) else kind:
            case "object":
                return self._object(schema, depth)
            case "array":
                count = self.random.choice((0, 1, 2)) if depth < DEEPEST else 0
                return [self._value(name, schema.get("items", {}), depth + 1) for _ in range(count)]
            case "integer":
                return self.random.choice((0, 1, 2, 11, 15))
            case "number":
                return self.random.random()
            case "boolean":
                return self.random.random() < 0.3
            case "null":
                return None
        return self._string(name, schema)

    def _object(self, schema: Mapping[str, Any], depth: int) -> Json:
        needed, likely = schema.get("required", ()), (0.5, 0.1, 0.05, 0.0)[min(depth, 3)]
        return {
            key: self._value(key, inner, depth + 1)
            for key, inner in schema.get("properties", {}).items()
            if key in needed or self.random.random() < likely
        }

    def _string(self, name: str, schema: Mapping[str, Any]) -> str:
        if schema.get("format") == "date-time":
            return "2027-01-15T08:00:00.000000+00:00"
        return self._id() if schema.get("format") == "snowflake" else self._named(name)

    def _named(self, name: str) -> str:
        return self._id() if name.endswith("id") else self.random.choice((*TEXTS, name))

    def _id(self) -> str:
        self._number += 1
        return str(SNOWFLAKES + self._number)


# Slack

APP_BACKEND = {
    "interactive-components/BlockActionPayload": "interactive",
    "interactive-components/MessageShortcutPayload": "interactive",
    "interactive-components/AttachmentActionPayload": "interactive",
    "views/ViewSubmissionPayload": "interactive",
    "views/ViewClosedPayload": "interactive",
    "dialogs/DialogSubmissionPayload": "interactive",
    "dialogs/DialogCancellationPayload": "interactive",
    "dialogs/DialogSuggestionPayload": "interactive",
    "slash-commands/SlashCommandPayload": "slash_commands",
}
USUAL = ("block_actions", "message_action", "view_submission")
KNOWN = {
    "channel": "C0ITHELP0001", "channel_id": "C0ITHELP0001", "user": "U0ANNA00001", "user_id": "U0ANNA00001",
    "team": "T0ACME00001", "team_id": "T0ACME00001", "command": "/ticket", "channel_type": "channel",
    "callback_id": "reply:1", "reaction": "ticket", "emoji": "ticket", "locale": "sv-SE",
}  # fmt: skip
BOTS = ("bot_id", "bot_profile", "app_id", "subtype", "hidden")  # what makes a message nobody's; the samples are unions


class SlackPayloads:
    """Slack's samples with something in the place of what is blanked there."""

    def __init__(self, random: Random) -> None:
        self.random, self._number = random, 0
        names = [f"events/{name}" for name in _stems(slack.sample("events/MessagePayload") and "events")]
        self._events = [slack.sample(name) for name in names]
        self._words = [one for one in self._events if one.get("event", {}).get("type") == "message"]
        self._pressed = [(kind, slack.sample(f"app-backend/{name}")) for name, kind in APP_BACKEND.items()]
        self._usual = [(kind, one) for kind, one in self._pressed if one.get("type") in USUAL or "command" in one]

    def payload(self) -> tuple[str, Json]:
        """The kind of envelope that it comes in, and the payload."""
        if self.random.random() < 0.35:
            kind, sample = self.random.choice([*self._pressed, *self._usual * 3])
            return kind, self._filled("", sample)
        sample = self.random.choice(self._words if self.random.random() < 0.6 else self._events)
        made: Json = self._filled("", sample)
        self._number += 1
        return "events_api", {**made, "type": "event_callback", "event_id": f"Ev{self._number:08}"}

    def _filled(self, key: str, value: Any) -> Any:
        match value:
            case dict():
                person = value.get("type") == "message" and "text" in value and self.random.random() < 0.8
                left_out = {*(BOTS if person else ()), *self._some(value)}
                return {name: self._filled(name, one) for name, one in value.items() if name not in left_out}
            case list():
                some = [one for one in value if self.random.random() < 0.15] or value[:1]
                return [self._filled(key, one) for one in some]
            case "":
                return self._text(key)
            case 123:
                return 1_800_000_000
        return value

    def _some(self, value: Json) -> set[str]:
        return {name for name in value if name not in ("type", "event") and self.random.random() < 0.08}

    def _text(self, key: str) -> str:
        if key.endswith("ts"):
            self._number += 1
            return f"1800000000.{self._number:06}"
        if key in ("text", "value"):
            return self.random.choice((*TEXTS, "<@U0OMAR00001> hi", "replyform:1", "claim:1"))
        return KNOWN.get(key) or self.random.choice(("", key, f"{key}-{self._number}"))


def _stems(folder: str) -> list[str]:
    specs = os.environ["FRONTDESK_SPECS"]
    return sorted(path.stem for path in (Path(specs) / "slack_samples" / folder).glob("*.json"))
