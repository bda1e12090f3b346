"""The methods about the bot itself: who it is, its commands, its updates."""

import re
from typing import Any

from bots.simulator.telegram import wire
from bots.simulator.telegram.api import known_chat, method
from bots.simulator.telegram.arguments import Arguments
from bots.simulator.telegram.core import Telegram
from bots.simulator.telegram.errors import bad_request
from bots.simulator.telegram.world import ADMINS, Json, Person, Room

COMMAND_LENGTH, DESCRIPTION_LENGTH, MOST_COMMANDS = 32, 256, 100
SCOPES = {
    "default": (), "all_private_chats": (), "all_group_chats": (), "all_chat_administrators": (), "chat": ("chat_id",),
    "chat_administrators": ("chat_id",), "chat_member": ("chat_id", "user_id"),
}  # fmt: skip
PROFILE = {"Name": ("name", 64), "Description": ("description", 512), "ShortDescription": ("short_description", 120)}
Scope = tuple[str, int, int, str]


@method("getMe")
def get_me(tg: Telegram, _: Arguments) -> Json:
    return {
        **wire.user(tg.me),
        "can_join_groups": True,
        "can_read_all_group_messages": not tg.privacy,
        "supports_inline_queries": False,
        "can_connect_to_business": False,
        "has_main_web_app": False,
        "has_topics_enabled": False,
    }


@method("logOut", "close")
def log_out(tg: Telegram, _: Arguments) -> bool:
    return True


# commands


def _scope(tg: Telegram, args: Arguments) -> Scope:
    given = args.decoded("scope", "BotCommandScope")
    given = {"type": "default"} if given is None else given
    if not isinstance(given, dict) or str(given.get("type")) not in SCOPES:
        raise bad_request("can't parse BotCommandScope: unsupported type specified")
    inner, chat = Arguments(given), 0
    needed = SCOPES[given["type"]]
    if "chat_id" in needed:
        if not inner.text("chat_id"):
            raise bad_request("can't parse BotCommandScope: Can't find field \"chat_id\"")
        chat = known_chat(tg, inner.text("chat_id")).id
    user = inner.integer("user_id") if "user_id" in needed else 0
    if "user_id" in needed and not user:
        raise bad_request("can't parse BotCommandScope: Can't find field \"user_id\"")
    language = args.text("language_code")
    if language and not re.fullmatch(r"[a-z]{2}", language):
        raise bad_request("invalid language code specified")
    return given["type"], chat, user, language


@method("setMyCommands")
def set_my_commands(tg: Telegram, args: Arguments) -> bool:
    given = args.decoded("commands", "commands")
    if not isinstance(given, list):
        raise bad_request("can't parse commands: expected an Array of BotCommand")
    scope = _scope(tg, args)
    if len(given) > MOST_COMMANDS:
        raise bad_request("BOT_COMMANDS_TOO_MUCH")
    tg.commands[scope] = [_command(one) for one in given]
    tg.changed()
    return True


def _command(given: Any) -> Json:
    if not isinstance(given, dict) or not all(isinstance(given.get(key), str) for key in ("command", "description")):
        raise bad_request("can't parse BotCommand: Can't find field \"command\"")
    name, said = given["command"].strip().removeprefix("/"), given["description"].strip()
    if not name:
        raise bad_request("command must be non-empty")
    if len(name) > COMMAND_LENGTH:
        raise bad_request(f"command length must not exceed {COMMAND_LENGTH}")
    if not said:
        raise bad_request("command description must be non-empty")
    if len(said) > DESCRIPTION_LENGTH:
        raise bad_request(f"command description length must not exceed {DESCRIPTION_LENGTH}")
    if not re.fullmatch(r"[a-z0-9_]+", name):
        raise bad_request("BOT_COMMAND_INVALID")
    return {"command": name, "description": said}


@method("getMyCommands")
def get_my_commands(tg: Telegram, args: Arguments) -> list[Json]:
    return tg.commands.get(_scope(tg, args), [])


@method("deleteMyCommands")
def delete_my_commands(tg: Telegram, args: Arguments) -> bool:
    tg.commands.pop(_scope(tg, args), None)
    tg.changed()
    return True


def offered(tg: Telegram, room: Room, person: Person) -> list[Json]:
    """The commands that a person's client offers in a chat, looked up as core.telegram.org/bots/api#botcommandscope."""
    scopes: list[tuple[str, int, int]] = []
    if room.kind == "private":
        scopes = [("chat", room.id, 0), ("all_private_chats", 0, 0)]
    else:
        admin = room.member(person.id).status in ADMINS
        scopes = [("chat_member", room.id, person.id)]
        scopes += [("chat_administrators", room.id, 0)] if admin else []
        scopes += [("chat", room.id, 0)]
        scopes += [("all_chat_administrators", 0, 0)] if admin else []
        scopes += [("all_group_chats", 0, 0)]
    for scope in (*scopes, ("default", 0, 0)):
        for language in (person.language, ""):
            if found := tg.commands.get((*scope, language)):
                return found
    return []


# the bot's name and descriptions


def _profile(which: str) -> None:
    field, longest = PROFILE[which]

    def get(tg: Telegram, args: Arguments) -> Json:
        languages = (args.text("language_code"), "")
        unset = tg.me.name if which == "Name" else ""
        return {field: next((tg.profile[which, code] for code in languages if (which, code) in tg.profile), unset)}

    def put(tg: Telegram, args: Arguments) -> bool:
        if len(args.text(field)) > longest:
            raise bad_request(f"{field.replace('_', ' ')} is too long")
        tg.profile[which, args.text("language_code")] = args.text(field)
        return True

    method(f"getMy{which}")(get)
    method(f"setMy{which}")(put)


for _which in PROFILE:
    _profile(_which)
