"""The menu of commands that clients offer: what everybody may say, and in the agents' groups what agents may.

A client looks for the narrowest scope that has a menu: the chat's own, then the one for all chats (core.telegram.org
/bots/api#determining-list-of-commands). So requesters' chats need none of their own, and lose one that an earlier run
gave them.
"""

from collections.abc import Iterable

import structlog
from telegram import Bot, BotCommand, BotCommandScope, BotCommandScopeChat, BotCommandScopeDefault
from telegram.error import TelegramError

from bots.commands import OPEN, VERBS
from inbox.locale import LANGUAGES

log = structlog.get_logger("telegram")


async def offer(bot: Bot, rooms: Iterable[str], desks: frozenset[str]) -> None:
    """Sets the menus in each language; of the groups `rooms` those in `desks` are the agents'. Menus are a help:
    without one every command still works, so nothing is raised."""
    await _set(bot, BotCommandScopeDefault(), agents=False)
    for room in sorted(rooms):
        scope = BotCommandScopeChat(int(room))
        if room in desks:
            await _set(bot, scope, agents=True)
        else:
            await _take_away(bot, scope)


def commands(language: str, *, agents: bool) -> list[BotCommand]:
    """What a menu offers to agents, or to everybody."""
    verbs = [verb for verb in (OPEN, *VERBS.values()) if verb.own and (agents or not verb.agents)]
    return [BotCommand(verb.name, verb.describe(language)) for verb in verbs]


async def _set(bot: Bot, scope: BotCommandScope, *, agents: bool) -> None:
    for language in LANGUAGES:
        try:
            await bot.set_my_commands(commands(language, agents=agents), scope, language_code=_code(language))
        except TelegramError as error:
            log.info("telegram.no_menu", scope=scope.type, language=language, why=str(error))


async def _take_away(bot: Bot, scope: BotCommandScope) -> None:
    for language in LANGUAGES:
        try:
            await bot.delete_my_commands(scope, language_code=_code(language))
        except TelegramError as error:
            log.info("telegram.menu_stays", scope=scope.type, language=language, why=str(error))


def _code(language: str) -> str | None:
    """English is for every language that has no menu of its own."""
    return None if language == "en" else language
