"""Application commands: checked as the platform checks them at registration.

Source: developer documentation, "Application Commands".
"""

import re
from typing import Any

from bots.simulator.discord.core import Core
from bots.simulator.discord.rest.form import Form
from bots.simulator.discord.world import Json

CHAT, USER, MESSAGE = 1, 2, 3
MOST = {CHAT: 100, USER: 15, MESSAGE: 15}
SUBCOMMAND, GROUP = 1, 2
STRING, INTEGER, BOOLEAN, USER_OPTION, CHANNEL_OPTION, ROLE, MENTIONABLE, NUMBER, ATTACHMENT = range(3, 12)
# Letters and digits of any script, with the marks that Devanagari and Thai need.
NAME = re.compile(r"[-_'\w\u0900-\u097F\u0E00-\u0E7F]{1,32}")
LONGEST_IN_ALL = 8000
LOCALES = frozenset(
    [
        "ar",
        "bg",
        "cs",
        "da",
        "de",
        "el",
        "en-GB",
        "en-US",
        "es-419",
        "es-ES",
        "fi",
        "fr",
        "he",
        "hi",
        "hr",
        "hu",
        "id",
        "it",
        "ja",
        "ko",
        "lt",
        "nl",
        "no",
        "pl",
        "pt-BR",
        "ro",
        "ru",
        "sv-SE",
        "th",
        "tr",
        "uk",
        "vi",
        "zh-CN",
        "zh-TW",
    ]
)
SENTENCES = {
    "APPLICATION_COMMAND_INVALID_NAME": "Command name is invalid",
    "APPLICATION_COMMANDS_DUPLICATE_NAME": "Application command names must be unique",
    "APPLICATION_COMMAND_OPTIONS_NAME_ALREADY_EXISTS": "Option name already exists",
    "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID": "Required options must be placed before non-required options",
    "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID": "Sub-command and sub-command group option types are mutually "
    "exclusive to all other types",
    "APPLICATION_COMMAND_TOO_LARGE": f"Command exceeds maximum size ({LONGEST_IN_ALL})",
    "APPLICATION_COMMAND_CONTEXT_MENU_DESCRIPTION": "Context menu commands cannot have description",
    "APPLICATION_COMMAND_CONTEXT_MENU_OPTIONS": "Context menu commands cannot have options",
    "APPLICATION_COMMAND_OPTION_CHOICE_NAME_DUPLICATED": "Choice names must be unique",
    "APPLICATION_COMMAND_AUTOCOMPLETE_CHOICES": "Autocomplete options cannot have choices",
}


def check(form: Form) -> None:
    """Notes what is wrong with one command."""
    kind = form.choice("type", {CHAT, USER, MESSAGE}) or CHAT
    name = form.text("name", 32, 1, required=True)
    if kind == CHAT:
        _check_name(form, name)
        form.text("description", 100, 1, required=True)
        _check_options(form, depth=0)
    else:
        _refuse_menu_extras(form)
    _check_localizations(form, "name_localizations", 32, strict=kind == CHAT)
    _check_localizations(form, "description_localizations", 100, strict=False)
    form.integer("default_member_permissions", 0, (1 << 54) - 1)
    form.flag("dm_permission")
    form.flag("nsfw")
    if _size(form.data) > LONGEST_IN_ALL:
        _wrong(form, "APPLICATION_COMMAND_TOO_LARGE")


def _wrong(form: Form, code: str, *steps: str | int) -> None:
    form.wrong(code, SENTENCES[code], *steps)


def _check_name(form: Form, name: str | None) -> None:
    if name and (not NAME.fullmatch(name) or name != name.lower()):
        _wrong(form, "APPLICATION_COMMAND_INVALID_NAME", "name")


def _refuse_menu_extras(form: Form) -> None:
    if form.data.get("description"):
        _wrong(form, "APPLICATION_COMMAND_CONTEXT_MENU_DESCRIPTION", "description")
    if form.data.get("options"):
        _wrong(form, "APPLICATION_COMMAND_CONTEXT_MENU_OPTIONS", "options")


def _check_options(form: Form, depth: int) -> None:
    options = form.forms("options", 25)
    names: set[str] = set()
    optional_seen = False
    kinds = set()
    for index, option in enumerate(options):
        kind = option.choice("type", set(range(1, 12)), required=True)
        kinds.add(kind in (SUBCOMMAND, GROUP))
        name = option.text("name", 32, 1, required=True)
        _check_name(option, name)
        option.text("description", 100, 1, required=True)
        if name in names:
            _wrong(form, "APPLICATION_COMMAND_OPTIONS_NAME_ALREADY_EXISTS", "options", index, "name")
        names.add(name or "")
        if option.flag("required") and optional_seen:
            _wrong(form, "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID", "options", index)
        optional_seen = optional_seen or (kind not in (SUBCOMMAND, GROUP) and not option.data.get("required"))
        _check_option(option, kind, depth)
    if len(kinds) > 1:
        _wrong(form, "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", "options")


def _check_option(option: Form, kind: int | None, depth: int) -> None:
    _check_localizations(option, "name_localizations", 32, strict=True)
    _check_localizations(option, "description_localizations", 100, strict=False)
    if (kind == GROUP and depth > 0) or (kind == SUBCOMMAND and depth > 1):
        _wrong(option, "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", "type")
    elif kind in (SUBCOMMAND, GROUP):
        _check_options(option, depth + 1)
    elif kind in (STRING, INTEGER, NUMBER):
        _check_choices(option, kind)
        option.integer("min_length", 0, 6000)
        option.integer("max_length", 1, 6000)


def _check_choices(option: Form, kind: int) -> None:
    choices = option.forms("choices", 25)
    if choices and option.flag("autocomplete"):
        _wrong(option, "APPLICATION_COMMAND_AUTOCOMPLETE_CHOICES", "autocomplete")
    names: set[str] = set()
    for choice in choices:
        name = choice.text("name", 100, 1, required=True)
        if kind == STRING:
            choice.text("value", 100, required=True)
        else:
            choice.integer("value", -(1 << 53), 1 << 53, required=True)
        if name in names:
            _wrong(choice, "APPLICATION_COMMAND_OPTION_CHOICE_NAME_DUPLICATED", "name")
        names.add(name or "")


def _check_localizations(form: Form, key: str, longest: int, strict: bool) -> None:
    """Each language's word obeys the same rules as the word it stands for."""
    told = form.form(key)
    for locale in told.data if told else ():
        if locale not in LOCALES and told:
            told.wrong("ENUM_TYPE_COERCE", f"Value {locale!r} is not a valid enum value.", locale)
            continue
        assert told is not None
        name = told.text(locale, longest, 1)
        if strict and name and (not NAME.fullmatch(name) or name != name.lower()):
            _wrong(told, "APPLICATION_COMMAND_INVALID_NAME", locale)


def _size(data: Json) -> int:
    """Characters of names, descriptions and values together; of the languages the longest counts."""
    total = sum(len(str(data.get(key) or "")) for key in ("value",))
    for key in ("name", "description"):
        told = data.get(f"{key}_localizations")
        words = [str(word) for word in told.values()] if isinstance(told, dict) else []
        total += max(len(word) for word in [str(data.get(key) or ""), *words])
    for key in ("options", "choices"):
        inner = data.get(key)
        total += sum(_size(item) for item in inner if isinstance(item, dict)) if isinstance(inner, list) else 0
    return total


def stored(core: Core, data: Json, guild_id: str, before: Json | None) -> Json:
    """A checked command as the platform keeps it; `before` is the one that it replaces."""
    world = core.world
    kind = data.get("type") or CHAT
    permissions = data.get("default_member_permissions")
    command: Json = {
        "id": before["id"] if before else world.ids.next(),
        "application_id": world.app.id,
        "version": world.ids.next(),
        "type": kind,
        "name": data["name"],
        "name_localizations": data.get("name_localizations"),
        "description": data.get("description") or "",
        "description_localizations": data.get("description_localizations"),
        "default_member_permissions": None if permissions is None else str(permissions),
        "nsfw": bool(data.get("nsfw")),
    }
    if kind == CHAT and data.get("options"):
        command["options"] = [stored_option(option) for option in data["options"]]
    if guild_id:
        return {**command, "guild_id": guild_id}
    in_dm = data.get("dm_permission") is not False
    contexts = data.get("contexts") or ([0, 1, 2] if in_dm else [0])
    return {
        **command,
        "contexts": contexts,
        "dm_permission": in_dm,
        "integration_types": data.get("integration_types") or [0],
    }


def stored_option(option: Json) -> Json:
    """An option as it is told back: empty lists and what is false by default are left out."""
    kept = {key: value for key, value in option.items() if value not in (None, False, [])}
    if "options" in kept:
        kept["options"] = [stored_option(inner) for inner in kept["options"]]
    return kept


def of_scope(core: Core, guild_id: str) -> list[Json]:
    return [command for command in core.world.app.commands.values() if command.get("guild_id", "") == guild_id]


def named(core: Core, guild_id: str, kind: int, name: Any) -> Json | None:
    return next((c for c in of_scope(core, guild_id) if c["type"] == kind and c["name"] == name), None)
