"""People use commands, buttons, menus and forms. Each act returns what the client shows once the bot has answered."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from bots.simulator.discord.acts.happening import happen
from bots.simulator.discord.acts.people import allow, message_for, person, room_for, uploads
from bots.simulator.discord.acts.typed import Reader, resolve_user
from bots.simulator.discord.core import Core
from bots.simulator.discord.interactions import AUTOCOMPLETE, COMMAND, COMPONENT, MODAL_SUBMIT
from bots.simulator.discord.rest import command_rules as commands
from bots.simulator.discord.rest.components import BUTTON, LABEL, LINK, SELECTS, fields_of, walk
from bots.simulator.discord.view import may_use
from bots.simulator.discord.world import LOADING, Channel, Json, Message, User, View
from bots.simulator.server import Refused

if TYPE_CHECKING:
    from bots.simulator.discord.simulator import DiscordSimulator


async def command(
    sim: "DiscordSimulator", who: str, room: str, text: str, thread: str = "", files: Sequence[Any] = ()
) -> Json:
    """Types a slash command, as "/ticket claim number:42" or "/ticket claim 42"."""
    core = sim.core
    user, channel = _place(core, who, room, thread)
    typed = Reader(core, user, channel, uploads(core, files)).read(text)
    data = _command_data(typed.command)
    if typed.options:
        data["options"] = typed.options
    if typed.resolved:
        data["resolved"] = typed.resolved
    path = " ".join([typed.command["name"], *_path(typed.options)])
    return await happen(core, core.interactions.open(COMMAND, user.id, channel.id, data, name=path))


async def autocomplete(sim: "DiscordSimulator", who: str, room: str, text: str, thread: str = "") -> Json:
    """Types a command up to an option that the bot suggests values for; "choices" of the result are its suggestions."""
    user, channel = _place(sim.core, who, room, thread)
    typed = Reader(sim.core, user, channel, [], suggesting=True).read(text)
    data = {**_command_data(typed.command), "options": typed.options}
    return await happen(sim.core, sim.core.interactions.open(AUTOCOMPLETE, user.id, channel.id, data))


def _place(core: Core, who: str, room: str, thread: str) -> tuple[User, Channel]:
    user = person(core, who)
    channel = room_for(core, user, room, thread)
    allow(core, user, channel, "USE_APPLICATION_COMMANDS")
    return user, channel


def _command_data(command: Json) -> Json:
    data = {"id": command["id"], "name": command["name"], "type": command["type"]}
    return {**data, "guild_id": command["guild_id"]} if "guild_id" in command else data


def _path(options: Sequence[Json]) -> list[str]:
    inner = [o for o in options if o["type"] in (commands.SUBCOMMAND, commands.GROUP)]
    return [inner[0]["name"], *_path(inner[0].get("options", []))] if inner else []


async def context_menu(sim: "DiscordSimulator", who: str, room: str, message: str, name: str) -> Json:
    """Chooses an app's entry from the menu of a message, or of a person where `message` is empty and `name` is
    "Entry @Person"."""
    core = sim.core
    user = person(core, who)
    if message:
        found = message_for(core, user, room, message)
        channel = core.world.channels[found.channel_id]
        data = _menu_data(core, user, channel, commands.MESSAGE, name)
        shape = core.shapes.message(found)
        data |= {"target_id": found.id, "resolved": {"messages": {found.id: shape}}}
    else:
        name, _, target = name.rpartition(" @")
        channel = room_for(core, user, room)
        data = _menu_data(core, user, channel, commands.USER, name)
        other = person(core, target)
        data |= {"target_id": other.id, "resolved": {}}
        resolve_user(core, data["resolved"], other, channel)
    return await happen(core, core.interactions.open(COMMAND, user.id, channel.id, data, name=data["name"]))


def _menu_data(core: Core, user: User, channel: Channel, kind: int, name: str) -> Json:
    allow(core, user, channel, "USE_APPLICATION_COMMANDS")
    for entry in core.world.app.commands.values():
        if entry["type"] == kind and entry["name"] == name and may_use(core, user, entry, channel):
            return _command_data(entry)
    raise Refused(f"The menu has no entry {name!r}.")


async def press(sim: "DiscordSimulator", who: str, room: str, message: str, label: str = "", action: str = "") -> Json:
    """Presses the button with that label (or emoji), or with that custom id. A link button answers with its "url"."""
    core = sim.core
    user = person(core, who)
    found = message_for(core, user, room, message)
    button = _button(found, label, action)
    if button.get("disabled"):
        raise Refused(f"The button {label or action!r} is disabled.")
    if button["style"] == LINK:
        return {"ok": True, "error": "", "message": None, "modal": "", "url": button["url"]}
    return await _component(core, user, found, button, {})


def _button(message: Message, label: str, action: str) -> Json:
    if message.flags & LOADING:
        raise Refused("The answer is not there yet.")
    buttons = [c for c in walk(message.components) if c["type"] == BUTTON]
    for button in buttons:
        names = {button.get("label"), (button.get("emoji") or {}).get("name")}
        if (action and button.get("custom_id") == action) or (label and label in names):
            return button
    raise Refused(f"There is no button {label or action!r}, but: {', '.join(b.get('label') or '?' for b in buttons)}.")


async def choose(
    sim: "DiscordSimulator",
    who: str,
    room: str,
    message: str,
    option: str | Sequence[str],
    label: str = "",
    action: str = "",
) -> Json:
    """Chooses one option or several: values or labels of a text menu, names of people, roles or rooms of the others.

    `label` is the menu's placeholder, `action` its custom id; without them it is the message's first menu.
    """
    core = sim.core
    user = person(core, who)
    found = message_for(core, user, room, message)
    menus = [c for c in walk(found.components) if c["type"] in SELECTS and action in ("", c["custom_id"])]
    menus = [menu for menu in menus if label in ("", menu.get("placeholder"))]
    if not menus or menus[0].get("disabled"):
        raise Refused("There is no menu to choose from.")
    chosen, resolved = _chosen(core, user, core.world.channels[found.channel_id], menus[0], option)
    more: Json = {"values": chosen, **({"resolved": resolved} if resolved else {})}
    return await _component(core, user, found, menus[0], more)


def _chosen(
    core: Core, user: User, channel: Channel, menu: Json, values: str | Sequence[str]
) -> tuple[list[str], Json]:
    """What was chosen, as values or ids, and the things that the ids refer to."""
    asked = [values] if isinstance(values, str) else list(values)
    least, most = menu.get("min_values", 1), menu.get("max_values", 1)
    if not least <= len(asked) <= most:
        raise Refused(f"Choose between {least} and {most}.")
    resolved: Json = {}
    if SELECTS[menu["type"]] == "string":
        known = {o["value"]: o["value"] for o in menu["options"]} | {o["label"]: o["value"] for o in menu["options"]}
        unknown = [value for value in asked if value not in known]
        if unknown:
            raise Refused(f"The menu has no {unknown[0]!r}, but: {', '.join(o['label'] for o in menu['options'])}.")
        return [known[value] for value in asked], resolved
    return [_reference(core, user, channel, SELECTS[menu["type"]], value, resolved) for value in asked], resolved


def _reference(core: Core, user: User, channel: Channel, kind: str, value: str, resolved: Json) -> str:
    if kind == "channel":
        found = room_for(core, user, value)
        resolved.setdefault("channels", {})[found.id] = core.shapes.partial_channel(found, user.id)
        return found.id
    if kind in ("user", "mentionable") and core.world.user(value):
        other = person(core, value)
        resolve_user(core, resolved, other, channel)
        return other.id
    for role in core.world.guild_of(channel).roles.values():
        if kind in ("role", "mentionable") and value in (role.id, role.name):
            resolved.setdefault("roles", {})[role.id] = core.shapes.role(role)
            return role.id
    raise Refused(f"Nothing here is called {value!r}.")


async def _component(core: Core, user: User, message: Message, component: Json, more: Json) -> Json:
    data = {"custom_id": component["custom_id"], "component_type": component["type"], "id": component["id"], **more}
    opened = core.interactions.open(COMPONENT, user.id, message.channel_id, data, message_id=message.id)
    return await happen(core, opened)


# forms


async def submit(sim: "DiscordSimulator", who: str, view: str = "", values: Mapping[str, Any] | None = None) -> Json:
    """Fills in and sends the form that is open for the person; fields by custom id or label."""
    core = sim.core
    user = person(core, who)
    form = _open_form(core, user, view)
    given = dict(values or {})
    channel = core.world.channels[form.channel_id]
    resolved: Json = {}
    filled = {
        field["custom_id"]: _fill(core, user, channel, label, field, given, resolved)
        for label, field in fields_of(form.data)
    }
    if given:
        raise Refused(f"The form has no field {next(iter(given))!r}.")
    del core.world.views[form.id]
    data: Json = {"custom_id": form.data["custom_id"], "components": _submitted(form, filled)}
    if resolved:
        data["resolved"] = resolved
    more: Json = {"message_id": form.message_id, "trigger": form.trigger}
    return await happen(core, core.interactions.open(MODAL_SUBMIT, user.id, form.channel_id, data, **more))


def dismiss(sim: "DiscordSimulator", who: str, view: str = "") -> None:
    """Closes the form without sending it; the bot is not told."""
    del sim.core.world.views[_open_form(sim.core, person(sim.core, who), view).id]
    sim.changed()


def _open_form(core: Core, user: User, view: str) -> View:
    for form in core.world.views.values():
        if form.user_id == user.id and view in ("", form.id, form.data["custom_id"]):
            return form
    raise Refused(f"No form is open for {user.name}.")


def _fill(
    core: Core, user: User, channel: Channel, label: str, field: Json, given: dict[str, Any], resolved: Json
) -> Json:
    """What one field sends. Raises Refused where the client would not let it pass."""
    key = field["custom_id"] if field["custom_id"] in given else label
    preset = [option["value"] for option in field.get("options", ()) if option.get("default")]
    value = given.pop(key, field.get("value") or preset or "")
    required = field.get("required") is not False
    shape: Json = {"type": field["type"], "id": field["id"], "custom_id": field["custom_id"]}
    if field["type"] in SELECTS:
        if not value and not required:
            return {**shape, "values": []}
        chosen, more = _chosen(core, user, channel, field, value)
        resolved.update(more)
        return {**shape, "values": chosen}
    least, most = field.get("min_length") or (1 if required else 0), field.get("max_length", 4000)
    if (value or required) and not least <= len(str(value)) <= most:
        raise Refused(f"{label or key} takes between {least} and {most} characters.")
    return {**shape, "value": str(value)}


def _submitted(form: View, filled: Mapping[str, Json]) -> list[Json]:
    """The filled-in form in the shape of the form itself."""
    sent: list[Json] = []
    for outer in form.data["components"]:
        shape: Json = {"type": outer["type"], "id": outer["id"]}
        if outer["type"] == LABEL:
            sent.append({**shape, "component": filled[outer["component"]["custom_id"]]})
        elif "components" in outer:
            sent.append({**shape, "components": [filled[inner["custom_id"]] for inner in outer["components"]]})
        else:
            sent.append(shape)
    return sent


ACTS: dict[str, Callable[..., Any]] = {
    "command": command,
    "autocomplete": autocomplete,
    "context_menu": context_menu,
    "press": press,
    "choose": choose,
    "submit": submit,
    "dismiss": dismiss,
}
