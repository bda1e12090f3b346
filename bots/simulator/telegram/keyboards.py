"""Buttons under messages, checked as the server checks them."""

from typing import Any

from bots.simulator.telegram.errors import bad_request
from bots.simulator.telegram.formatting import link
from bots.simulator.telegram.world import Json, words

DATA_BYTES = 64
MOST_BUTTONS = 100
STYLES = ("danger", "success", "primary")
ACTIONS = words(
    "url callback_data web_app login_url switch_inline_query switch_inline_query_current_chat"
    " switch_inline_query_chosen_chat copy_text callback_game pay"
)


def inline(markup: Any) -> list[list[Json]]:
    """The rows of an inline keyboard; none for another kind of markup. Raises ApiError as the server would."""
    if markup is None:
        return []
    if not isinstance(markup, dict):
        raise bad_request("object expected as reply markup")
    if "inline_keyboard" not in markup:
        return []
    rows = _rows(markup["inline_keyboard"], "inline_keyboard", "InlineKeyboardButton")
    checked = [[_button(button) for button in row] for row in rows]
    if sum(map(len, checked)) > MOST_BUTTONS:
        raise bad_request("reply markup is too long")
    return [row for row in checked if row]


def answers(markup: Any) -> list[str]:
    """The texts of a reply keyboard (the kind that a tap writes out)."""
    if not isinstance(markup, dict) or "keyboard" not in markup:
        return []
    rows = _rows(markup["keyboard"], "keyboard", "KeyboardButton")
    return [str(button.get("text")) if isinstance(button, dict) else str(button) for row in rows for button in row]


def _rows(rows: Any, name: str, kind: str) -> list[list[Any]]:
    if not isinstance(rows, list):
        raise bad_request(f'field "{name}" of the {kind.removesuffix("Button")}Markup must be an Array')
    if not all(isinstance(row, list) for row in rows):
        raise bad_request(f'field "{name}" must be an Array of Arrays of {kind}')
    return rows


def _button(button: Any) -> Json:
    what = "can't parse inline keyboard button: "
    if not isinstance(button, dict):
        raise bad_request(f"{what}InlineKeyboardButton must be an Object")
    if not isinstance(button.get("text"), str):
        problem = "Can't find field" if "text" not in button else "Field"
        raise bad_request(f'{what}{problem} "text"' + ("" if "text" not in button else " must be of type String"))
    if not button["text"].strip():
        raise bad_request("BUTTON_TEXT_INVALID")
    found = [action for action in ACTIONS if action in button]
    if not found:
        raise bad_request(f"{what}Text buttons are unallowed in the inline keyboard")
    return _acting(button, found[0])


def _acting(button: Json, action: str) -> Json:
    kept = {key: button[key] for key in ("text", "style", "icon_custom_emoji_id", action) if key in button}
    if action == "callback_data":
        data = button[action]
        if not isinstance(data, str) or not 0 < len(data.encode()) <= DATA_BYTES:
            raise bad_request("BUTTON_DATA_INVALID")
    if kept.get("style", "primary") not in STYLES:
        raise bad_request("can't parse inline keyboard button: Unsupported button style specified")
    if action == "url":
        full = link(str(button[action]))
        if full is None:
            raise bad_request(f"inline keyboard button URL '{button[action]}' is invalid: Wrong HTTP URL")
        kept[action] = full
    return kept
