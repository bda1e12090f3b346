"""Registering application commands, everywhere or in the guild."""

from typing import Any

from bots.simulator.discord.core import Core
from bots.simulator.discord.errors import ApiError, Problems
from bots.simulator.discord.rest import command_rules as commands
from bots.simulator.discord.rest.body import Ask
from bots.simulator.discord.rest.common import Answer, Handler, Routes
from bots.simulator.discord.rest.form import Form
from bots.simulator.discord.rest.guild import guild_of
from bots.simulator.discord.world import Json


def _scope(core: Core, ask: Ask) -> str:
    """The guild's id, or "" for commands that work everywhere."""
    if ask.params["application_id"] != core.world.app.id:
        raise ApiError(10002)
    return guild_of(core, ask).id if "guild_id" in ask.params else ""


def _command_of(core: Core, ask: Ask) -> Json:
    scope = _scope(core, ask)
    command = core.world.app.commands.get(ask.params["command_id"])
    if command is None or command.get("guild_id", "") != scope:
        raise ApiError(10063)
    return command


def list_all(core: Core, ask: Ask) -> Any:
    found = commands.of_scope(core, _scope(core, ask))
    if ask.wants("with_localizations"):
        return found
    return [{k: v for k, v in c.items() if not k.endswith("_localizations")} for c in found]


def replace_all(core: Core, ask: Ask) -> Any:
    scope = _scope(core, ask)
    problems = Problems()
    if not isinstance(ask.body, list):
        problems.add((), "LIST_TYPE_CONVERT", "Only iterables may be used in a ListType")
    problems.refuse_if_any()
    seen: set[tuple[Any, Any]] = set()
    for index, item in enumerate(ask.body):
        form = Form(item, problems, (index,))
        commands.check(form)
        key = (form.data.get("type") or commands.CHAT, form.data.get("name"))
        if key in seen:
            sentence = commands.SENTENCES["APPLICATION_COMMANDS_DUPLICATE_NAME"]
            form.wrong("APPLICATION_COMMANDS_DUPLICATE_NAME", sentence, "name")
        seen.add(key)
    problems.refuse_if_any()
    _refuse_too_many(ask.body)
    kept = [_stored(core, item, scope) for item in ask.body]
    others = {key: c for key, c in core.world.app.commands.items() if c.get("guild_id", "") != scope}
    core.world.app.commands = others | {command["id"]: command for command in kept}
    core.changed()
    return kept


def _refuse_too_many(items: list[Json]) -> None:
    for kind, most in commands.MOST.items():
        if sum(1 for item in items if (item.get("type") or commands.CHAT) == kind) > most:
            raise ApiError(30032)


def _stored(core: Core, item: Json, scope: str) -> Json:
    before = commands.named(core, scope, item.get("type") or commands.CHAT, item["name"])
    return commands.stored(core, item, scope, before)


def create(core: Core, ask: Ask) -> Any:
    """A command of the same name and type is overwritten."""
    scope = _scope(core, ask)
    form = ask.form()
    commands.check(form)
    form.problems.refuse_if_any()
    before = commands.named(core, scope, form.data.get("type") or commands.CHAT, form.data["name"])
    if before is None:
        _refuse_too_many([*commands.of_scope(core, scope), form.data])
    command = commands.stored(core, form.data, scope, before)
    core.world.app.commands[command["id"]] = command
    core.changed()
    return Answer(200 if before else 201, command)


def get(core: Core, ask: Ask) -> Any:
    return _command_of(core, ask)


def edit(core: Core, ask: Ask) -> Any:
    before = _command_of(core, ask)
    changed = {**before, **ask.form().data, "type": before["type"]}
    permissions = changed.get("default_member_permissions")
    form = Form({**changed, "default_member_permissions": permissions}, Problems())
    commands.check(form)
    form.problems.refuse_if_any()
    command = commands.stored(core, form.data, before.get("guild_id", ""), before)
    core.world.app.commands[command["id"]] = command
    core.changed()
    return command


def delete(core: Core, ask: Ask) -> Any:
    del core.world.app.commands[_command_of(core, ask)["id"]]
    core.changed()


_HANDLERS: dict[str, Handler] = {"GET": list_all, "PUT": replace_all, "POST": create}
_ONE: dict[str, Handler] = {"GET": get, "PATCH": edit, "DELETE": delete}
_PLACES = (
    "/applications/{application_id}/commands",
    "/applications/{application_id}/guilds/{guild_id}/commands",
)

ROUTES: Routes = {
    **{f"{method} {place}": handler for place in _PLACES for method, handler in _HANDLERS.items()},
    **{f"{method} {place}/{{command_id}}": handler for place in _PLACES for method, handler in _ONE.items()},
}
