"""Slack's calls, answers and events held against the samples of what Slack sends.

FRONTDESK_SPECS names the folder with `slack_samples/`; without it the calling test is skipped. The samples are unions
of what was seen: a key that none of them has, or a value of another kind, is a problem. What the samples lack is
listed here with its page.
"""

import gzip
import json
import os
import re
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest

from bots.simulator.server import Call

# A fault of these kinds replaces the platform's own answer.
UNANSWERED = ("drop_before", "drop_after", "hang_after", "status", "rate_limit")
NOT_METHODS = ("files-upload", "files-pri", "response_url")
ERROR_KEYS = {
    "ok",
    "error",
    "errors",
    "needed",
    "provided",
    "warning",
    "response_metadata",
    "req_method",
    "args",
    "detail",
}

# https://docs.slack.dev/reference/methods ; arguments per method, the required ones with a star.
ARGUMENTS = {
    "api.test": "error foo",
    "apps.connections.open": "",
    "auth.revoke": "test",
    "auth.test": "",
    "bots.info": "bot team_id",
    "chat.delete": "channel* ts* as_user",
    "chat.getPermalink": "channel* message_ts*",
    "chat.postEphemeral": "channel* user* as_user attachments blocks icon_emoji icon_url link_names markdown_text "
    "parse text thread_ts username",
    "chat.postMessage": "channel* as_user attachments blocks icon_emoji icon_url link_names markdown_text metadata "
    "mrkdwn parse reply_broadcast text thread_ts unfurl_links unfurl_media username",
    "chat.update": "channel* ts* as_user attachments blocks file_ids link_names markdown_text metadata parse "
    "reply_broadcast text unfurl_links unfurl_media",
    "conversations.archive": "channel*",
    "conversations.create": "name* is_private team_id",
    "conversations.history": "channel* cursor include_all_metadata inclusive latest limit oldest",
    "conversations.info": "channel* include_locale include_num_members",
    "conversations.invite": "channel* users* force",
    "conversations.join": "channel*",
    "conversations.kick": "channel* user*",
    "conversations.leave": "channel*",
    "conversations.list": "cursor exclude_archived limit team_id types",
    "conversations.members": "channel* cursor limit",
    "conversations.open": "channel prevent_creation return_im users",
    "conversations.rename": "channel* name*",
    "conversations.replies": "channel* ts* cursor include_all_metadata inclusive latest limit oldest",
    "conversations.setTopic": "channel* topic*",
    "emoji.list": "include_categories",
    "files.completeUploadExternal": "files* blocks channel_id channels initial_comment thread_ts",
    "files.delete": "file*",
    "files.getUploadURLExternal": "filename* length* alt_text alt_txt snippet_type",
    "files.info": "file* count cursor limit page",
    "pins.add": "channel* timestamp",
    "pins.list": "channel*",
    "pins.remove": "channel* timestamp",
    "reactions.add": "channel* name* timestamp*",
    "reactions.get": "channel file file_comment full timestamp",
    "reactions.remove": "name* channel file file_comment timestamp",
    "team.info": "domain team",
    "usergroups.list": "include_count include_disabled include_users team_id",
    "usergroups.users.list": "usergroup* include_disabled team_id",
    "users.conversations": "cursor exclude_archived limit team_id types user",
    "users.info": "user* include_locale",
    "users.list": "cursor include_locale limit team_id",
    "users.lookupByEmail": "email*",
    "views.open": "view* trigger_id interactivity_pointer",
    "views.publish": "user_id* view* hash",
    "views.push": "view* trigger_id interactivity_pointer",
    "views.update": "view* external_id hash view_id",
}

# What an answer must have beside `ok`, from the examples on each method's page.
ANSWERED = {
    "apps.connections.open": "url",
    "auth.test": "url team user team_id user_id bot_id",
    "bots.info": "bot",
    "chat.delete": "channel ts",
    "chat.getPermalink": "channel permalink",
    "chat.postEphemeral": "message_ts",
    "chat.postMessage": "channel ts message",
    "chat.update": "channel ts text message",
    "conversations.create": "channel",
    "conversations.history": "messages has_more",
    "conversations.info": "channel",
    "conversations.invite": "channel",
    "conversations.join": "channel",
    "conversations.list": "channels response_metadata",
    "conversations.members": "members response_metadata",
    "conversations.open": "channel",
    "conversations.replies": "messages has_more",
    "emoji.list": "emoji",
    "files.completeUploadExternal": "files",
    "files.getUploadURLExternal": "upload_url file_id",
    "files.info": "file",
    "reactions.get": "type channel message",
    "team.info": "team",
    "usergroups.list": "usergroups",
    "usergroups.users.list": "users",
    "users.conversations": "channels",
    "users.info": "user",
    "users.list": "members",
    "users.lookupByEmail": "user",
    "views.open": "view",
    "views.publish": "view",
    "views.push": "view",
    "views.update": "view",
}
SUBTYPES = {
    "": "Message",
    "bot_message": "MessageBot",
    "channel_join": "MessageChannelJoin",
    "channel_leave": "MessageChannelLeave",
    "file_share": "MessageFileShare",
    "me_message": "MessageMe",
    "message_changed": "MessageChanged",
    "message_deleted": "MessageDeleted",
    "thread_broadcast": "MessageThreadBroadcast",
}
INTERACTIONS = {
    "block_actions": "interactive-components/BlockActionPayload",
    "message_action": "interactive-components/MessageShortcutPayload",
    "view_submission": "views/ViewSubmissionPayload",
    "view_closed": "views/ViewClosedPayload",
}
# https://docs.slack.dev/reference/interaction-payloads/shortcuts-interaction-payload and …/block_suggestion-payload ;
# their common parts are those of block_actions.
UNSAMPLED = {
    "shortcut": "type token action_ts team user enterprise is_enterprise_install callback_id trigger_id",
    "block_suggestion": "type token team user enterprise is_enterprise_install api_app_id container action_id block_id "
    "value channel message view state",
}
NEEDED = {
    "event_callback": "token team_id api_app_id event event_id event_time authorizations is_ext_shared_channel",
    "message": "type channel ts event_ts channel_type",
    "app_mention": "type user text ts channel event_ts",
    "block_actions": "type user api_app_id token container trigger_id team actions",
    "message_action": "type user team channel callback_id trigger_id response_url message message_ts token action_ts",
    "view_submission": "type team user api_app_id token trigger_id view",
    "view_closed": "type team user api_app_id token view is_cleared",
    "shortcut": "type token action_ts team user callback_id trigger_id",
    "block_suggestion": "type user container action_id block_id value team token",
    "command": "token team_id channel_id user_id command text response_url trigger_id api_app_id",
}
# Keys that Slack documents and the samples lack, each with the name of the object that holds it.
DOCUMENTED = {
    # https://docs.slack.dev/reference/events/message : the app's own posts come back with its ids
    "event.app_id",
    "event.bot_id",
    "event.bot_profile",
    # a message whose files were deleted with it
    "previous_message.files",
    "previous_message.upload",
    "message.app_id",
    "previous_message.app_id",
    # https://docs.slack.dev/reference/events/message/thread_broadcast : the root is a message with an author
    "root.user",
    "root.team",
    "root.reply_users",
    # a thread's root that was edited or deleted
    "message.reply_users",
    "previous_message.reply_users",
    # https://docs.slack.dev/reference/objects/conversation-object
    "channel.is_user_deleted",
    # https://docs.slack.dev/reference/events/user_change
    "event.event_ts",
    # https://docs.slack.dev/reference/interaction-payloads
    "view_submission.response_urls",
    "actions.selected_options",
    "actions.selected_users",
    "user.username",
    # https://docs.slack.dev/reference/methods/reactions.get
    "message.permalink",
}


def check_log(log: Iterable[Call]) -> list[str]:
    """What is wrong with the bot's requests and the answers to them, one sentence each; empty where all is right."""
    return [problem for call in log for problem in (*check_request(call), *check_answer(call))]


def check_request(call: Call) -> list[str]:
    """A logged request: the method exists, its arguments exist, the required ones are there."""
    if call.call in NOT_METHODS:
        return []
    if call.call not in ARGUMENTS:
        return [f"{call.call}: there is no such method."]
    words = ARGUMENTS[call.call].split()
    known = {word.rstrip("*") for word in words} | {"token"}
    given = arguments(call)
    problems = [f"{call.call}: there is no argument {name!r}." for name in given if name not in known]
    needed = [word[:-1] for word in words if word.endswith("*")]
    return problems + [f"{call.call}: the argument {name!r} is missing." for name in needed if name not in given]


def arguments(call: Call) -> dict[str, Any]:
    """The arguments of a logged request: query, form and JSON in one."""
    given: dict[str, Any] = dict(call.request["query"])
    body = call.request["body"]
    if body.lstrip().startswith("{"):
        return given | dict(json.loads(body))
    if 'form-data; name="' in body:
        return given | dict.fromkeys(re.findall(r'form-data; name="([^"]+)"', body), "")
    return given | dict(parse_qsl(body, keep_blank_values=True))


def check_answer(call: Call) -> list[str]:
    """A logged answer: a refusal as Slack writes them, or the shape of the method's samples."""
    if call.call in NOT_METHODS or call.fault in UNANSWERED or call.status == 429:
        return []
    answer = json.loads(call.answer)
    if not answer["ok"]:
        odd = sorted(set(answer) - ERROR_KEYS)
        problems = [f"{call.call}: a refusal has no {', '.join(odd)}."] if odd else []
        return problems + ([] if isinstance(answer.get("error"), str) else [f"{call.call}: a refusal needs `error`."])
    missing = [name for name in ANSWERED.get(call.call, "").split() if name not in answer]
    problems = [f"{call.call}: the answer lacks {name!r}." for name in missing]
    return problems + fits(answer, sample_of(call.call), call.call)


def check_event(payload: Mapping[str, Any]) -> list[str]:
    """What is wrong with a payload that was delivered to the app, one sentence each."""
    if "command" in payload:
        spec = sample("app-backend/slash-commands/SlashCommandPayload") | {"is_enterprise_install": ""}
        return _lacks(payload, "command", "command") + fits(dict(payload), spec, "command")
    kind = str(payload.get("type"))
    if kind == "event_callback":
        return _check_callback(payload)
    if kind == "app_rate_limited":
        return fits(dict(payload), sample("events/AppRateLimitedPayload")["event"], kind)
    if kind in INTERACTIONS:
        return _lacks(payload, kind, kind) + fits(dict(payload), sample(f"app-backend/{INTERACTIONS[kind]}"), kind)
    if kind in UNSAMPLED:
        common = sample(f"app-backend/{INTERACTIONS['block_actions']}")
        spec = {key: common.get(key, "") for key in UNSAMPLED[kind].split()}
        return _lacks(payload, kind, kind) + fits(dict(payload), spec, kind)
    return [f"There is no payload of type {kind!r}."]


def _check_callback(payload: Mapping[str, Any]) -> list[str]:
    event = payload.get("event") or {}
    kind = str(event.get("type"))
    name = SUBTYPES.get(event.get("subtype") or "", "?") if kind == "message" else _camel(kind)
    try:
        spec = sample(f"events/{name}Payload")
    except FileNotFoundError:
        return [f"There is no event {kind} {event.get('subtype', '')}".rstrip() + "."]
    outer = {key: value for key, value in (sample("events/ReactionAddedPayload") | spec).items() if key != "event"}
    told = {key: value for key, value in payload.items() if key != "event"}
    problems = _lacks(payload, "event_callback", kind) + fits(told, outer, kind)
    return problems + _lacks(event, kind, kind) + fits(event, spec["event"], f"{kind}.event")


def _camel(words: str) -> str:
    return "".join(word.capitalize() for word in words.split("_"))


def _lacks(payload: Mapping[str, Any], kind: str, where: str) -> list[str]:
    return [f"{where}: {name!r} is missing." for name in NEEDED.get(kind, "").split() if name not in payload]


# samples


@cache
def sample(name: str) -> Any:
    """One sample file by its path without its ending. Skips the test where nobody says where the samples lie."""
    folder = os.environ.get("FRONTDESK_SPECS")
    if not folder:
        pytest.skip("FRONTDESK_SPECS is not set: the platform's API description is needed")
    path = Path(folder) / "slack_samples" / f"{name}.json"
    if path.exists():
        return json.loads(path.read_text("utf-8"))
    return json.loads(gzip.decompress(path.with_name(path.name + ".gz").read_bytes()))


def sample_of(method: str) -> Any:
    """The sample of a method's answer; those that are not there are made of others that show the same objects."""
    message = (
        {"message": {}}
        if method != "reactions.get"
        else {"message": sample("api/conversations.history")["messages"][0]}
    )
    made = {
        "api.test": {"ok": True, "args": {}},
        "auth.revoke": {"ok": True, "revoked": True},
        "reactions.get": {"ok": True, "type": "", "channel": ""} | message,
        "pins.list": {
            "ok": True,
            "items": [{"type": "", "channel": "", "created": 1, "created_by": "", "message": {}}],
        },
        "files.delete": {"ok": True},
        "conversations.kick": {"ok": True},
    }
    if method == "files.info":
        file = sample("api/files.completeUploadExternal")["files"][0]
        return {"ok": True, "file": file, "comments": [], "response_metadata": {"next_cursor": ""}}
    if method == "conversations.replies":
        replies = sample("api/conversations.replies")
        return replies | {"messages": replies["messages"] + sample("api/conversations.history")["messages"]}
    return made[method] if method in made else sample(f"api/{method}")


def fits(value: Any, spec: Any, where: str) -> list[str]:
    """What of `value` the sample does not have, or has of another kind. None and an empty sample fit anything."""
    if value is None or spec in ({}, [], None):
        return []
    if isinstance(value, dict):
        return _fits_object(value, spec, where)
    if isinstance(value, list):
        return _fits_list(value, spec, where)
    kinds: tuple[type, ...] = (
        (bool,) if isinstance(spec, bool) else (int, float) if isinstance(spec, int | float) else (str,)
    )
    if isinstance(value, bool) != isinstance(spec, bool) or not isinstance(value, kinds):
        return [f"{where}: {value!r} should be of the kind {kinds[0].__name__}."]
    return []


def _fits_object(value: dict[str, Any], spec: Any, where: str) -> list[str]:
    if not isinstance(spec, dict):
        return [f"{where}: an object stands where the sample has {spec!r}."]
    if _is_map(spec):
        first = next(iter(spec.values()))
        return [problem for key, item in value.items() for problem in fits(item, first, f"{where}.{key}")]
    problems = []
    for key, item in value.items():
        if key == "blocks":
            problems += _typed(item, f"{where}.blocks")
        elif key in spec:
            problems += fits(item, spec[key], f"{where}.{key}")
        elif f"{where.rpartition('.')[2].partition('[')[0]}.{key}" not in DOCUMENTED:
            problems.append(f"{where}: the samples have no {key!r}.")
    return problems


def _typed(value: Any, where: str) -> list[str]:
    """Blocks and all that is in them, each held against every sample of its own `type`."""
    if isinstance(value, list):
        return [problem for number, one in enumerate(value) for problem in _typed(one, f"{where}[{number}]")]
    if value["type"] not in _catalogue():
        return [f"{where}: the samples have no {value['type']!r}."]
    spec, problems = _catalogue()[value["type"]], []
    for key, item in value.items():
        inner = item[0] if isinstance(item, list) and item else item
        if key not in spec:
            problems.append(f"{where}: a {value['type']} has no {key!r} in the samples.")
        elif isinstance(inner, dict) and "type" in inner:
            problems += _typed(item, f"{where}.{key}")
        else:
            problems += fits(item, spec[key], f"{where}.{key}")
    return problems


@cache
def _catalogue() -> dict[str, dict[str, Any]]:
    """Every typed object of the samples' blocks, with all keys that were seen on one; and what is only documented."""
    found: dict[str, dict[str, Any]] = {
        "header": {"type": "", "block_id": "", "text": {}},
        "markdown": {"type": "", "block_id": "", "text": ""},
    }
    for blocks in (sample("api/views.open")["view"]["blocks"], sample("api/chat.postMessage")["message"]["blocks"]):
        _gather(blocks, found)
    for kind in ("email_text_input", "url_text_input", "number_input"):
        numbers = {"is_decimal_allowed": False, "min_value": "", "max_value": ""} if kind == "number_input" else {}
        found[kind] = found["plain_text_input"] | numbers
    return found


def _gather(value: Any, found: dict[str, dict[str, Any]]) -> None:
    if isinstance(value, list):
        for one in value:
            _gather(one, found)
    elif isinstance(value, dict):
        if isinstance(value.get("type"), str):
            known = found.setdefault(value["type"], {})
            found[value["type"]] = value | known
        for one in value.values():
            _gather(one, found)


def _is_map(spec: dict[str, Any]) -> bool:
    """Whether the keys are ids or names, not fields."""
    return all(re.fullmatch(r"[A-Z]0\d+|\d+", key) for key in spec)


def _fits_list(value: list[Any], spec: Any, where: str) -> list[str]:
    if not isinstance(spec, list):
        return [f"{where}: a list stands where the sample has {spec!r}."]
    problems = []
    for number, item in enumerate(value):
        kind = item.get("type") if isinstance(item, dict) else None
        same = [one for one in spec if isinstance(one, dict) and kind is not None and one.get("type") == kind]
        found = [fits(item, one, f"{where}[{number}]") for one in same or spec]
        fewest = min(range(len(found)), key=lambda index: len(found[index]))
        problems += found[fewest]
    return problems
