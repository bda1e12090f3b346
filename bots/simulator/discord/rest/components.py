"""Buttons, menus and form fields: checked as the platform checks them, and found by what they are called.

Source: developer documentation, "Components Reference".
"""

from collections.abc import Iterator
from typing import Any

from bots.simulator.discord.rest.form import Form
from bots.simulator.discord.world import Json

ROW, BUTTON, STRING_SELECT, TEXT_INPUT, LABEL = 1, 2, 3, 4, 18
SELECTS = {3: "string", 5: "user", 6: "role", 7: "mentionable", 8: "channel"}
SECTION, TEXT_DISPLAY, SEPARATOR, CONTAINER = 9, 10, 14, 17
LINK, PREMIUM = 5, 6
# What the platform fills in where a body does not say.
DEFAULTS: dict[int, Json] = {
    **{kind: {"min_values": 1, "max_values": 1} for kind in SELECTS},
    SEPARATOR: {"spacing": 1, "divider": True},
    CONTAINER: {"accent_color": None, "spoiler": False},
}


def walk(components: list[Json]) -> Iterator[Json]:
    """Every component of a tree, outer before inner."""
    for component in components:
        yield component
        for key in ("components", "component", "accessory"):
            inner = component.get(key)
            if inner:
                yield from walk(inner if isinstance(inner, list) else [inner])


def numbered(components: list[Json]) -> list[Json]:
    """The tree as the platform stores it: every component with an id, unique in the message."""
    taken = {c["id"] for c in walk(components) if c.get("id")}
    free = (number for number in range(1, 10_000) if number not in taken)

    def store(component: Json) -> Json:
        stored = {key: value for key, value in component.items() if value is not None}
        stored["id"] = component.get("id") or next(free)
        for key in ("components", "component", "accessory"):
            inner = component.get(key)
            if inner:
                stored[key] = [store(item) for item in inner] if isinstance(inner, list) else store(inner)
        return {**DEFAULTS.get(stored["type"], {}), **stored}

    return [store(component) for component in components]


def check_message(form: Form, v2: bool) -> list[Json]:
    """The field `components` of a message, checked. `v2` says whether the message is made of components alone."""
    rows = form.forms("components", 40 if v2 else 5)
    seen: set[str] = set()
    for row in rows:
        if v2:
            _check_layout(row, seen)
        elif row.choice("type", {ROW}, required=True):
            _check_row(row, seen)
    # The tree is walked only where it is sound: every node an object.
    return [] if form.problems.tree else numbered([row.data for row in rows])


def _check_layout(form: Form, seen: set[str]) -> None:
    """One component of a message of the second kind, and what stands inside it; media (11 to 13) are not spoken."""
    kind = form.choice("type", {ROW, SECTION, TEXT_DISPLAY, SEPARATOR, CONTAINER}, required=True)
    if kind == ROW:
        _check_row(form, seen)
    elif kind == TEXT_DISPLAY:
        form.text("content", 4000, 1, required=True)
    elif kind == CONTAINER:
        for inner in form.forms("components", 40, 1, required=True):
            _check_layout(inner, seen)
    elif kind == SECTION:
        for inner in form.forms("components", 3, 1, required=True):
            if inner.choice("type", {TEXT_DISPLAY}, required=True):
                inner.text("content", 4000, 1, required=True)
        accessory = form.form("accessory", required=True)
        if accessory and accessory.choice("type", {BUTTON}, required=True):
            _check_button(accessory, seen)


def _check_row(row: Form, seen: set[str]) -> None:
    """Five buttons, or one menu (which takes the row's five places)."""
    inner = row.forms("components", 5, 1, required=True)
    width = 0
    for component in inner:
        kind = component.choice("type", {BUTTON, *SELECTS}, required=True)
        width += 5 if kind in SELECTS else 1
        if kind == BUTTON:
            _check_button(component, seen)
        elif kind:
            check_select(component, seen)
    if width > 5 and len(inner) <= 5:
        row.wrong("COMPONENT_LAYOUT_WIDTH_EXCEEDED", "The specified component exceeds the maximum width")


def _check_button(form: Form, seen: set[str]) -> None:
    style = form.choice("style", {1, 2, 3, 4, LINK, PREMIUM}, required=True)
    form.text("label", 80)
    form.flag("disabled")
    emoji = form.form("emoji")
    if emoji:
        emoji.text("name", 100)
        emoji.snowflake("id")
    if style == LINK:
        form.url("url", 512, required=True)
        if "custom_id" in form:
            form.wrong("BUTTON_COMPONENT_CUSTOM_ID_URL_EXCLUSIVE", "Buttons cannot have both a custom id and a url")
    elif style == PREMIUM:
        form.snowflake("sku_id", required=True)
    elif style:
        check_custom_id(form, seen)
        if "url" in form:
            form.wrong("BUTTON_COMPONENT_CUSTOM_ID_URL_EXCLUSIVE", "Buttons cannot have both a custom id and a url")
    if style in (1, 2, 3, 4, LINK) and not form.data.get("label") and emoji is None:
        form.wrong("BUTTON_COMPONENT_LABEL_REQUIRED", "A label or an emoji is required", "label")


def check_custom_id(form: Form, seen: set[str]) -> None:
    custom_id = form.text("custom_id", 100, 1, required=True)
    if custom_id in seen:
        form.wrong("COMPONENT_CUSTOM_ID_DUPLICATED", "Component custom id cannot be duplicated", "custom_id")
    if custom_id:
        seen.add(custom_id)


def check_select(form: Form, seen: set[str]) -> None:
    check_custom_id(form, seen)
    form.text("placeholder", 150)
    least, most = form.integer("min_values", 0, 25), form.integer("max_values", 1, 25)
    if least is not None and most is not None and least > most:
        form.wrong("SELECT_COMPONENT_MIN_VALUES_TOO_LARGE", "min_values cannot be more than max_values", "min_values")
    if form.data.get("type") != STRING_SELECT:
        return
    values: set[str] = set()
    for option in form.forms("options", 25, 1, required=True):
        option.text("label", 100, 1, required=True)
        option.text("description", 100)
        value = option.text("value", 100, 1, required=True) or ""
        if value in values:
            option.wrong(
                "SELECT_COMPONENT_OPTION_VALUE_DUPLICATED", "The specified option value is already used", "value"
            )
        values.add(value)


def check_modal(form: Form) -> Json:
    """The data of a modal form, checked: title, custom id, and up to five fields in rows or labels."""
    form.text("title", 45, 1, required=True)
    form.text("custom_id", 100, 1, required=True)
    seen: set[str] = set()
    for outer in form.forms("components", 5, 1, required=True):
        kind = outer.choice("type", {ROW, LABEL, TEXT_DISPLAY}, required=True)
        if kind == ROW:
            for inner in outer.forms("components", 1, 1, required=True):
                if inner.choice("type", {TEXT_INPUT}, required=True):
                    inner.text("label", 45, 1, required=True)
                    _check_input(inner, seen)
        elif kind == LABEL:
            outer.text("label", 45, 1, required=True)
            outer.text("description", 100)
            _check_labelled(outer.form("component", required=True), seen)
    return form.data if form.problems.tree else {**form.data, "components": numbered(form.data["components"])}


def _check_labelled(form: Form | None, seen: set[str]) -> None:
    if form is None:
        return
    kind = form.choice("type", {TEXT_INPUT, 19, 21, 22, 23, *SELECTS}, required=True)
    if kind == TEXT_INPUT:
        _check_input(form, seen)
    elif kind in SELECTS:
        check_select(form, seen)
    elif kind:
        check_custom_id(form, seen)


def _check_input(form: Form, seen: set[str]) -> None:
    check_custom_id(form, seen)
    form.choice("style", {1, 2}, required=True)
    form.text("placeholder", 100)
    least, most = form.integer("min_length", 0, 4000), form.integer("max_length", 1, 4000)
    if least is not None and most is not None and least > most:
        form.wrong("TEXT_INPUT_MIN_LENGTH_TOO_LARGE", "min_length cannot be more than max_length", "min_length")
    form.text("value", most or 4000)


def fields_of(data: Json) -> list[tuple[str, Json]]:
    """The fields of a modal form that a person fills in, each with the label it stands under."""
    found: list[tuple[str, Json]] = []
    for outer in data["components"]:
        if outer["type"] == LABEL:
            found.append((outer["label"], outer["component"]))
        elif outer["type"] == ROW:
            found += [(inner.get("label", ""), inner) for inner in outer["components"]]
    return found


def find(components: list[Json], **wanted: Any) -> Json | None:
    """The first component with those values."""
    return next((c for c in walk(components) if all(c.get(key) == value for key, value in wanted.items())), None)
