"""Discord's calls, answers and events held against the platform's OpenAPI document.

FRONTDESK_SPECS names the folder with `discord_openapi.json`; without it the calling test is skipped. The document
describes the REST API only: of gateway events it gives the objects that they carry (messages, channels, members), and
what an event must have beside them is listed here.
"""

import json
import os
import re
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]
from jsonschema.exceptions import best_match  # type: ignore[import-untyped]
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from bots.simulator.server import Call

# A fault of these kinds replaces the platform's own answer.
UNANSWERED = ("drop_before", "drop_after", "hang_after", "status")
ANSWERS, REQUESTS = "urn:discord:answers", "urn:discord:requests"
CDN = ("GET /attachments/", "GET /stickers/")
# https://docs.discord.com/developers/reference#uploading-files : the JSON lies beside the files as `payload_json`.
PAYLOAD = re.compile(r'name="?payload_json"?.*?\r\n\r\n(.*?)\r\n--', re.DOTALL)

# What an event carries: the object of the document that its data must be, or the keys that it must have.
# https://docs.discord.com/developers/events/gateway-events
OBJECTS = {
    "MESSAGE_CREATE": "MessageResponse",
    "MESSAGE_UPDATE": "MessageResponse",
    "CHANNEL_CREATE": "GuildChannelResponse",
    "CHANNEL_UPDATE": "GuildChannelResponse",
    "CHANNEL_DELETE": "GuildChannelResponse",
    "THREAD_CREATE": "ThreadResponse",
    "THREAD_UPDATE": "ThreadResponse",
    "GUILD_MEMBER_ADD": "GuildMemberResponse",
    "GUILD_MEMBER_UPDATE": "GuildMemberResponse",
}
KEYS = {
    "READY": "v user guilds session_id resume_gateway_url application",
    "RESUMED": "",
    "USER_UPDATE": "id username discriminator",
    "GUILD_CREATE": "id name owner_id roles channels threads members member_count large joined_at unavailable emojis "
    "stickers voice_states presences",
    "GUILD_MEMBERS_CHUNK": "guild_id members chunk_index chunk_count",
    "GUILD_MEMBER_REMOVE": "guild_id user",
    "GUILD_DELETE": "id",
    "GUILD_ROLE_CREATE": "guild_id role",
    "GUILD_ROLE_UPDATE": "guild_id role",
    "CHANNEL_PINS_UPDATE": "channel_id",
    "WEBHOOKS_UPDATE": "guild_id channel_id",
    "THREAD_DELETE": "id guild_id parent_id type",
    "THREAD_LIST_SYNC": "guild_id threads members",
    "THREAD_MEMBERS_UPDATE": "id guild_id member_count",
    "MESSAGE_CREATE": "id channel_id author content timestamp mentions attachments embeds channel_type",
    "MESSAGE_UPDATE": "id channel_id author content timestamp mentions attachments embeds channel_type",
    "MESSAGE_DELETE": "id channel_id",
    "MESSAGE_DELETE_BULK": "ids channel_id",
    "MESSAGE_REACTION_ADD": "user_id channel_id message_id emoji burst type message_author_id",
    "MESSAGE_REACTION_REMOVE": "user_id channel_id message_id emoji burst type",
    "MESSAGE_REACTION_REMOVE_ALL": "channel_id message_id",
    "MESSAGE_REACTION_REMOVE_EMOJI": "channel_id message_id emoji",
    "TYPING_START": "channel_id user_id timestamp",
    "INTERACTION_CREATE": "id application_id type token version data channel_id channel locale app_permissions "
    "entitlements authorizing_integration_owners context attachment_size_limit",
}
# Lists inside an event, and the object that each entry must be.
LISTS = {
    "GUILD_CREATE": {"roles": "GuildRoleResponse", "threads": "ThreadResponse", "channels": "GuildChannelResponse"},
    "GUILD_MEMBERS_CHUNK": {"members": "GuildMemberResponse"},
    "THREAD_LIST_SYNC": {"threads": "ThreadResponse", "members": "ThreadMemberResponse"},
}
# https://docs.discord.com/developers/interactions/receiving-and-responding#interaction-object
INTERACTION_DATA = {
    2: "id name type",
    3: "custom_id component_type",
    4: "id name type options",
    5: "custom_id components",
}


def check_log(log: Iterable[Call]) -> list[str]:
    """What is wrong with the bot's requests and the answers to them, one sentence each; empty where all is right."""
    return [problem for call in log for problem in (*check_request(call), *check_answer(call))]


def check_request(call: Call) -> list[str]:
    """A logged request: the call exists, its query is known, its body is as described."""
    if call.call.startswith(CDN):
        return []
    operation = _operation(call.call)
    if operation is None:
        return [f"{call.call}: there is no such call."]
    known = {item["name"] for item in operation.get("parameters", []) if item["in"] == "query"}
    problems = [f"{call.call}: there is no query {name!r}." for name in call.request["query"] if name not in known]
    body = body_of(call.request["body"])
    if "requestBody" not in operation:
        return problems
    if body is None:
        return (
            [*problems, f"{call.call}: the body is missing."] if operation["requestBody"].get("required") else problems
        )
    schema = operation["requestBody"]["content"]["application/json"]["schema"]
    return problems + _fits(body, schema, f"{call.call}, request", REQUESTS)


def check_answer(call: Call) -> list[str]:
    """A logged answer: its status is one that the call may have, and its body is as described."""
    operation = _operation(call.call)
    if operation is None or call.fault in UNANSWERED:
        return []
    responses = operation["responses"]
    described = responses.get(str(call.status)) or responses.get(f"{call.status // 100}XX")
    if described is None:
        return [f"{call.call}: the status {call.status} is not described."]
    if "$ref" in described:
        described = document()["components"]["responses"][described["$ref"].rpartition("/")[2]]
    if "content" not in described:
        return [f"{call.call}: {call.status} comes without a body."] if call.answer else []
    body = json.loads(call.answer)
    problems = []
    if call.status >= 400 and "errors" in body:
        # The document says that the codes inside are numbers; the platform writes words ("BASE_TYPE_REQUIRED").
        # https://docs.discord.com/developers/reference#error-messages
        problems = [f"{call.call}: {sentence}" for sentence in _check_tree(body.pop("errors"))]
    return problems + _fits(body, described["content"]["application/json"]["schema"], f"{call.call}, answer")


def check_event(payload: Any) -> list[str]:
    """What is wrong with a gateway event as it was sent to the bot, one sentence each."""
    if not isinstance(payload, dict) or set(payload) != {"op", "s", "t", "d"} or payload["op"] != 0:
        return [f"an event has op 0, s, t and d: {payload!r:.200}"]
    event, data = payload["t"], payload["d"]
    if event not in KEYS and event not in OBJECTS:
        return [f"{event}: there is no such event."]
    problems = _lacks(data, KEYS.get(event, ""), event)
    if event in OBJECTS:
        problems += _fits(data, _reference(OBJECTS[event]), event)
    for key, name in LISTS.get(event, {}).items():
        problems += [problem for item in data[key] for problem in _fits(item, _reference(name), f"{event}, {key}")]
    return problems + (_check_interaction(data) if event == "INTERACTION_CREATE" else [])


def _check_interaction(data: Mapping[str, Any]) -> list[str]:
    problems = _lacks(data["data"], INTERACTION_DATA[data["type"]], "INTERACTION_CREATE, data")
    in_guild = data["context"] == 0
    problems += _lacks(data, "guild_id guild guild_locale member" if in_guild else "user", "INTERACTION_CREATE")
    if in_guild:
        problems += _lacks(data["member"], "permissions", "INTERACTION_CREATE, member")
        problems += _fits(data["member"], _reference("GuildMemberResponse"), "INTERACTION_CREATE, member")
    if data["type"] == 3 and "message" not in data:
        problems.append("INTERACTION_CREATE: a component stands on a message.")
    if "message" in data:
        problems += _fits(data["message"], _reference("MessageResponse"), "INTERACTION_CREATE, message")
    return problems


def body_of(text: str) -> Any:
    """The JSON of a logged request's body; of a multipart one its `payload_json`. None where there is none."""
    if not text:
        return None
    if text.startswith("--"):
        found = PAYLOAD.search(text)
        return json.loads(found[1]) if found else {}
    return json.loads(text)


def _lacks(data: Any, keys: str, where: str) -> list[str]:
    if not isinstance(data, dict):
        return [f"{where}: an object is wanted, not {data!r:.100}."]
    return [f"{where}: {key} is missing." for key in keys.split() if key not in data]


def _check_tree(node: Any) -> list[str]:
    """The tree of errors: objects down to lists of {"code", "message"}."""
    if not isinstance(node, dict) or not node:
        return [f"an error tree is made of objects, not {node!r}."]
    problems = []
    for key, inner in node.items():
        if key != "_errors":
            problems += _check_tree(inner)
        elif not all(set(one) == {"code", "message"} and isinstance(one["code"], str) for one in inner):
            problems.append(f"an error has a code and a message: {inner!r}.")
    return problems


@cache
def document() -> Any:
    """The OpenAPI document. Skips the calling test where nobody says where it lies."""
    folder = os.environ.get("FRONTDESK_SPECS")
    if not folder:
        pytest.skip("FRONTDESK_SPECS is not set: the platform's API description is needed")
    return json.loads((Path(folder) / "discord_openapi.json").read_text("utf-8"))


@cache
def _operation(call: str) -> Any:
    """The description of a call, with the parameters that its path has for all methods."""
    method, _, path = call.partition(" ")
    item = document()["paths"].get(path, {})
    operation = item.get(method.lower())
    if operation is None:
        return None
    return {**operation, "parameters": [*item.get("parameters", []), *operation.get("parameters", [])]}


@cache
def _registry() -> Registry[Any]:
    """The document, once for answers, and once for requests, where an id may be written as a number too.

    https://docs.discord.com/developers/reference#snowflakes
    """
    asked = json.loads(json.dumps(document()))
    asked["components"]["schemas"]["SnowflakeType"] = {"type": ["string", "integer"], "pattern": "^[0-9]+$"}
    documents = {ANSWERS: document(), REQUESTS: asked}
    made = [(name, Resource.from_contents(one, default_specification=DRAFT202012)) for name, one in documents.items()]
    return Registry().with_resources(made)


def _reference(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


@cache
def _validator(schema: str) -> Draft202012Validator:
    return Draft202012Validator(json.loads(schema), registry=_registry())


def _fits(value: Any, schema: Mapping[str, Any], where: str, document_name: str = ANSWERS) -> list[str]:
    # The references of a piece mean the whole document.
    text = json.dumps(schema, sort_keys=True).replace('"#/', f'"{document_name}#/')
    error = best_match(_validator(text).iter_errors(value))
    if error is None:
        return []
    path = ".".join(str(step) for step in error.absolute_path) or "it"
    return [f"{where}: {path}: {error.message[:300]}"]
