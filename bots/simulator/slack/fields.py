"""What a person puts into the fields of a form or message: how Slack keeps it, tells it, and checks it."""

import re
from typing import Any

from bots.simulator.server import Refused
from bots.simulator.slack.blocks import placed
from bots.simulator.slack.compose import spoken
from bots.simulator.slack.model import Json
from bots.simulator.slack.world import World

REQUIRED = "Please complete this required field."
_VALUE_OF = {
    "users_select": ("selected_user", "initial_user"),
    "conversations_select": ("selected_conversation", "initial_conversation"),
    "channels_select": ("selected_channel", "initial_channel"),
    "datepicker": ("selected_date", "initial_date"),
    "timepicker": ("selected_time", "initial_time"),
    "datetimepicker": ("selected_date_time", "initial_date_time"),
    "multi_users_select": ("selected_users", "initial_users"),
    "multi_conversations_select": ("selected_conversations", "initial_conversations"),
    "multi_channels_select": ("selected_channels", "initial_channels"),
    "checkboxes": ("selected_options", "initial_options"),
    "multi_static_select": ("selected_options", "initial_options"),
    "multi_external_select": ("selected_options", "initial_options"),
    "radio_buttons": ("selected_option", "initial_option"),
    "static_select": ("selected_option", "initial_option"),
    "external_select": ("selected_option", "initial_option"),
    "overflow": ("selected_option", "initial_option"),
    "rich_text_input": ("rich_text_value", "initial_value"),
    "file_input": ("files", "initial_files"),
}


def value_key(element: Json) -> str:
    """Under which key the element's value stands in `state` and `actions`."""
    return _VALUE_OF.get(element["type"], ("value", ""))[0]


def initial(element: Json) -> Json:
    """What the element holds before anybody touched it, as `state` gives it."""
    key, first = _VALUE_OF.get(element["type"], ("value", "initial_value"))
    empty: Any = [] if key.endswith("s") else None
    return {"type": element["type"], key: element.get(first, empty)}


def state_of(world: World, place: str, person: str, blocks: list[Json]) -> Json:
    """`state.values` of a view or message for that person: what they picked, else the initial values."""
    picked = world.picked.get((place, person), {})
    values: Json = {}
    for block, element in placed(blocks):
        if element["type"] in ("button", "overflow"):
            continue
        held = picked.get((block["block_id"], element["action_id"])) or initial(element)
        values.setdefault(block["block_id"], {})[element["action_id"]] = held
    return values


def options_of(element: Json) -> list[Json]:
    groups = [one for group in element.get("option_groups", []) for one in group["options"]]
    return list(element.get("options", [])) + groups


def chosen(world: World, element: Json, given: Any, options: list[Json] | None = None) -> Json:
    """What `state` holds after a person gave `given`: words, an option's text or value, a name, or a list of such.

    Raises Refused where the element has no such option or there is nobody of that name.
    """
    key = value_key(element)
    one = _picker(world, element, options_of(element) if options is None else options)
    if key.endswith("s"):
        many = given if isinstance(given, list | tuple) else [given]
        return {"type": element["type"], key: [one(each) for each in many]}
    return {"type": element["type"], key: one(given)}


def _picker(world: World, element: Json, options: list[Json]) -> Any:
    key = value_key(element)
    if key.startswith("selected_option"):
        return lambda given: _option(options, str(given))
    if key.startswith("selected_user"):
        return lambda given: world.person(str(given)).id
    if key.startswith(("selected_channel", "selected_conversation")):
        return lambda given: world.room(str(given)).id
    if key == "selected_date_time":
        return int
    if key == "rich_text_value":
        return lambda given: given if isinstance(given, dict) else _rich(str(given))
    return str


def _option(options: list[Json], given: str) -> Json:
    for one in options:
        if given in (one["text"]["text"], one["value"]):
            return one
    names = ", ".join(one["text"]["text"] for one in options)
    raise Refused(f"There is no option {given!r}; there are: {names or 'none'}.")


def _rich(text: str) -> Json:
    section = {"type": "rich_text_section", "elements": [{"type": "text", "text": text}]}
    return {"type": "rich_text", "elements": [section]}


def complaints(blocks: list[Json], values: Json) -> dict[str, str]:
    """What the client objects to before it sends the form: block id to sentence."""
    found = {}
    for block, element in placed(blocks):
        if block["type"] != "input":
            continue
        held = values[block["block_id"]][element["action_id"]].get(value_key(element))
        if held in (None, "", []):
            if not block.get("optional", False):
                found[block["block_id"]] = REQUIRED
        elif sentence := _complaint(element, held):
            found[block["block_id"]] = sentence
    return found


def _complaint(element: Json, held: Any) -> str:
    match element["type"]:
        case "plain_text_input":
            least, most = element.get("min_length", 0), element.get("max_length", 3000)
            if len(held) < least:
                return f"Please enter at least {least} characters."
            return f"Please enter no more than {most} characters." if len(held) > most else ""
        case "email_text_input":
            return "" if re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", held) else "Please enter a valid email address."
        case "url_text_input":
            return "" if re.fullmatch(r"https?://\S+", held) else "Please enter a valid URL."
        case "number_input":
            return _number_complaint(element, held)
    return ""


def _number_complaint(element: Json, held: str) -> str:
    pattern = r"-?\d+(\.\d+)?" if element["is_decimal_allowed"] else r"-?\d+"
    if not re.fullmatch(pattern, held):
        return "Please enter a valid number."
    low, high = element.get("min_value"), element.get("max_value")
    if low is not None and float(held) < float(low):
        return f"Please enter a number of at least {low}."
    return f"Please enter a number of at most {high}." if high is not None and float(held) > float(high) else ""


def listed(world: World, place: str, person: str, blocks: list[Json]) -> list[Json]:
    """The fields of a form for the control API: id, label, kind, options, value, required."""
    values = state_of(world, place, person, blocks)
    fields = []
    for block, element in placed(blocks):
        if element["type"] in ("button", "overflow"):
            continue
        label = block.get("label") or block.get("text") or element.get("placeholder") or {}
        held = values[block["block_id"]][element["action_id"]].get(value_key(element))
        fields.append(
            {
                "id": block["block_id"],
                "action": element["action_id"],
                "label": spoken(label),
                "kind": "textarea" if element.get("multiline") else element["type"],
                "options": [{"label": one["text"]["text"], "value": one["value"]} for one in options_of(element)],
                "value": held,
                "required": block["type"] == "input" and not block.get("optional", False),
            }
        )
    return fields
