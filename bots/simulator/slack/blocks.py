"""Block Kit as strict as Slack takes it: https://docs.slack.dev/reference/block-kit

Tables of blocks and elements with their limits; `problems` says what Slack would object to, `settled` fills in what
Slack fills in (ids, `emoji`, `verbatim`).
"""

import copy
from collections.abc import Callable, Iterator
from typing import Any

from bots.simulator.slack.model import Json
from bots.simulator.slack.schema import (
    Check,
    any_text,
    anything,
    at,
    boolean,
    integer,
    many,
    one_of,
    plain_text,
    shape,
    string,
    together,
    typed,
)

MESSAGE_BLOCKS, VIEW_BLOCKS = 50, 100
TOTAL_CHARACTERS = 13_200  # not documented; seen at 13,172 to 13,297: https://github.com/slackapi/bolt-js/issues/2509
MARKDOWN_CHARACTERS = 12_000

_ID = string(255)
_URL = string(3000, pattern=r"[a-z][a-z0-9+.-]*:.+", saying="must be a valid URL")
_DATE = string(10, 10, r"\d{4}-\d\d-\d\d", "must be a valid date in the format YYYY-MM-DD")
_TIME = string(5, 5, r"\d\d:\d\d", "must be a valid time in the format HH:mm")
_CONFIRM = shape(
    {"title": plain_text(100), "text": any_text(300), "confirm": plain_text(30), "deny": plain_text(30)},
    {"style": one_of("primary", "danger")},
)
_OPTION = shape({"text": plain_text(75), "value": string(150)}, {"description": plain_text(75)})
_RICH_OPTION = shape({"text": any_text(75), "value": string(150)}, {"description": any_text(75)})
_OVERFLOW_OPTION = shape({"text": plain_text(75), "value": string(150)}, {"description": plain_text(75), "url": _URL})
_OPTION_GROUP = shape({"label": plain_text(75), "options": many(_OPTION, 1, 100)})
_INTERACTIVE: dict[str, Check] = {"action_id": _ID, "confirm": _CONFIRM, "focus_on_load": boolean}
_PLACEHOLDER: dict[str, Check] = {"placeholder": plain_text(150)}
_SELECT = _INTERACTIVE | _PLACEHOLDER
_MULTI = _SELECT | {"max_selected_items": integer(1, 1000)}
_DISPATCH = shape({}, {"trigger_actions_on": many(one_of("on_enter_pressed", "on_character_entered"), 1, 2)})
_TYPED = _INTERACTIVE | _PLACEHOLDER | {"dispatch_action_config": _DISPATCH}
_STRINGS = many(string(255), 0, 100)
_CONVERSATION_FILTER = shape(
    {}, {"include": _STRINGS, "exclude_external_shared_channels": boolean, "exclude_bot_users": boolean}
)
_CONVERSATIONS: dict[str, Check] = {"default_to_current_conversation": boolean, "filter": _CONVERSATION_FILTER}
_ANSWERABLE: dict[str, Check] = {"response_url_enabled": boolean}
_OPTIONS: dict[str, Check] = {"options": many(_OPTION, 1, 100), "option_groups": many(_OPTION_GROUP, 1, 100)}


def _options_or_groups(value: Any, pointer: str) -> Iterator[str]:
    if ("options" in value) == ("option_groups" in value):
        yield at("must define either `options` or `option_groups`", pointer)


def _image_source(value: Any, pointer: str) -> Iterator[str]:
    if ("image_url" in value) == ("slack_file" in value):
        yield at("must define either `image_url` or `slack_file`", pointer)


def _section_says_something(value: Any, pointer: str) -> Iterator[str]:
    if not value.get("text") and not value.get("fields"):
        yield at("must define either `text` or `fields`", f"{pointer}/type")


def _distinct_actions(value: Any, pointer: str) -> Iterator[str]:
    elements = [one for one in value.get("elements") or [] if isinstance(one, dict)]
    seen: set[str] = set()
    for index, one in enumerate(elements):
        action = one.get("action_id")
        if action in seen:
            yield at(f"`action_id` {action} already exists", f"{pointer}/elements/{index}/action_id")
        seen |= {action} if action else set()


_SLACK_FILE = shape({}, {"id": string(30), "url": _URL})
_IMAGE = together(
    shape({"alt_text": string(2000)}, {"image_url": _URL, "slack_file": _SLACK_FILE}),
    _image_source,
)
ELEMENTS: dict[str, Check] = {
    "button": shape(
        {"text": plain_text(75)},
        {
            "action_id": _ID,
            "url": _URL,
            "value": string(2000),
            "style": one_of("primary", "danger"),
            "confirm": _CONFIRM,
            "accessibility_label": string(75),
        },
    ),
    "checkboxes": shape(
        {"options": many(_RICH_OPTION, 1, 10)}, _INTERACTIVE | {"initial_options": many(_RICH_OPTION, 1, 10)}
    ),
    "radio_buttons": shape({"options": many(_RICH_OPTION, 1, 10)}, _INTERACTIVE | {"initial_option": _RICH_OPTION}),
    "overflow": shape({"options": many(_OVERFLOW_OPTION, 1, 5)}, {"action_id": _ID, "confirm": _CONFIRM}),
    "datepicker": shape({}, _SELECT | {"initial_date": _DATE}),
    "timepicker": shape({}, _SELECT | {"initial_time": _TIME, "timezone": string(50)}),
    "datetimepicker": shape({}, _INTERACTIVE | {"initial_date_time": integer(1_000_000_000, 9_999_999_999)}),
    "static_select": together(shape({}, _SELECT | _OPTIONS | {"initial_option": _OPTION}), _options_or_groups),
    "multi_static_select": together(
        shape({}, _MULTI | _OPTIONS | {"initial_options": many(_OPTION, 1, 100)}), _options_or_groups
    ),
    "external_select": shape({}, _SELECT | {"initial_option": _OPTION, "min_query_length": integer(0, 1000)}),
    "multi_external_select": shape(
        {}, _MULTI | {"initial_options": many(_OPTION, 1, 100), "min_query_length": integer(0, 1000)}
    ),
    "users_select": shape({}, _SELECT | {"initial_user": string(20)}),
    "multi_users_select": shape({}, _MULTI | {"initial_users": _STRINGS}),
    "conversations_select": shape({}, _SELECT | _CONVERSATIONS | _ANSWERABLE | {"initial_conversation": string(20)}),
    "multi_conversations_select": shape({}, _MULTI | _CONVERSATIONS | {"initial_conversations": _STRINGS}),
    "channels_select": shape({}, _SELECT | _ANSWERABLE | {"initial_channel": string(20)}),
    "multi_channels_select": shape({}, _MULTI | {"initial_channels": _STRINGS}),
    "plain_text_input": shape(
        {},
        _TYPED
        | {
            "initial_value": string(3000, 0),
            "multiline": boolean,
            "min_length": integer(0, 3000),
            "max_length": integer(1, 3000),
        },
    ),
    "email_text_input": shape({}, _TYPED | {"initial_value": string(3000, 0)}),
    "url_text_input": shape({}, _TYPED | {"initial_value": string(3000, 0)}),
    "number_input": shape(
        {"is_decimal_allowed": boolean},
        _TYPED | {"initial_value": string(100), "min_value": string(100), "max_value": string(100)},
    ),
    "rich_text_input": shape({}, _TYPED | {"initial_value": anything}),
    "file_input": shape({}, {"action_id": _ID, "filetypes": _STRINGS, "max_files": integer(1, 10)}),
    "image": _IMAGE,
}
_PICKERS = frozenset(one for one in ELEMENTS if one.endswith(("_select", "picker")))
_CHOICES = _PICKERS | {"checkboxes", "radio_buttons"}
ACTION_ELEMENTS = _CHOICES | {"button", "overflow"}
INPUT_ELEMENTS = _CHOICES | {one for one in ELEMENTS if one.endswith("_input")}
INTERACTIVE = ACTION_ELEMENTS | INPUT_ELEMENTS

_BLOCK: dict[str, Check] = {"block_id": _ID}
_RICH_PARTS = ("rich_text_section", "rich_text_list", "rich_text_preformatted", "rich_text_quote")
_RICH_PART = shape(
    {"elements": many(anything, 0, 10_000)},
    {
        "style": one_of("bullet", "ordered"),
        "indent": integer(0, 8),
        "offset": integer(0, 10_000),
        "border": integer(0, 1),
    }
    | {"language": string(50)},
)
_CONTEXT = typed(
    {"image": _IMAGE}
    | {one: shape({"text": string(3000)}, {"emoji": boolean, "verbatim": boolean}) for one in ("plain_text", "mrkdwn")}
)
BLOCKS: dict[str, Check] = {
    "section": together(
        shape(
            {},
            _BLOCK
            | {
                "text": any_text(3000),
                "fields": many(any_text(2000), 1, 10),
                "accessory": typed(ELEMENTS, ACTION_ELEMENTS | {"image"}),
                "expand": boolean,
            },
        ),
        _section_says_something,
    ),
    "header": shape({"text": plain_text(150)}, _BLOCK),
    "context": shape({"elements": many(_CONTEXT, 1, 10)}, _BLOCK),
    "divider": shape({}, _BLOCK),
    "actions": together(shape({"elements": many(typed(ELEMENTS, ACTION_ELEMENTS), 1, 25)}, _BLOCK), _distinct_actions),
    "input": shape(
        {"label": plain_text(2000), "element": typed(ELEMENTS, INPUT_ELEMENTS)},
        _BLOCK | {"hint": plain_text(2000), "optional": boolean, "dispatch_action": boolean},
    ),
    "image": together(
        shape(
            {"alt_text": string(2000)},
            _BLOCK | {"image_url": _URL, "slack_file": _SLACK_FILE, "title": plain_text(2000)},
        ),
        _image_source,
    ),
    "rich_text": shape({"elements": many(typed(dict.fromkeys(_RICH_PARTS, _RICH_PART)), 1, 1000)}, _BLOCK),
    "markdown": shape({"text": string(MARKDOWN_CHARACTERS)}, _BLOCK),
    "file": shape({"external_id": string(255), "source": one_of("remote")}, _BLOCK),
}
_SURFACES = {
    "message": frozenset(BLOCKS),
    "modal": frozenset(BLOCKS) - {"markdown", "file"},
    "home": frozenset(BLOCKS) - {"markdown", "file"},
}


def problems(blocks: list[Any], surface: str, pointer: str = "/blocks") -> list[str]:
    """What Slack objects to, a sentence each; empty where it takes the blocks."""
    most = MESSAGE_BLOCKS if surface == "message" else VIEW_BLOCKS
    found = list(many(typed(BLOCKS, _SURFACES[surface]), 0, most)(blocks, pointer))
    seen: set[str] = set()
    for index, block in enumerate(one for one in blocks if isinstance(one, dict)):
        block_id = block.get("block_id")
        if isinstance(block_id, str) and block_id in seen:
            found.append(at(f"`block_id` {block_id} already exists", f"{pointer}/{index}/block_id"))
        seen |= {block_id} if isinstance(block_id, str) else set()
    if sum(element.get("focus_on_load") is True for element in elements(blocks)) > 1:
        found.append(at("only one element can be focused on load", pointer))
    return found


def length(value: Any) -> int:
    """All characters of text in the blocks."""
    if isinstance(value, list):
        return sum(length(one) for one in value)
    if isinstance(value, dict):
        return sum(len(one) if key == "text" and isinstance(one, str) else length(one) for key, one in value.items())
    return 0


def elements(blocks: list[Any]) -> Iterator[Json]:
    """The interactive elements of the blocks, in order."""
    for _, element in placed(blocks):
        yield element


def placed(blocks: list[Any]) -> Iterator[tuple[Json, Json]]:
    """The interactive elements of the blocks, each with its block."""
    for block in blocks:
        if not isinstance(block, dict):
            continue
        inside = (
            block.get("elements") if block.get("type") == "actions" else [block.get("accessory"), block.get("element")]
        )
        for one in inside or []:
            if isinstance(one, dict) and one.get("type") in INTERACTIVE:
                yield block, one


def settled(blocks: list[Json], new_key: Callable[[], str]) -> list[Json]:
    """A copy of the blocks with what Slack fills in."""
    copied = copy.deepcopy(blocks)
    for block in copied:
        block.setdefault("block_id", new_key())
        _settle_texts(block)
    for element in elements(copied):
        element.setdefault("action_id", new_key())
    return copied


def _settle_texts(value: Any) -> None:
    if isinstance(value, list):
        for one in value:
            _settle_texts(one)
    elif isinstance(value, dict) and value.get("type") != "rich_text":
        if value.get("type") == "plain_text" and isinstance(value.get("text"), str):
            value.setdefault("emoji", True)
        elif value.get("type") == "mrkdwn":
            value.setdefault("verbatim", False)
        for one in value.values():
            _settle_texts(one)
