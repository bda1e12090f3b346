"""The menu of commands that clients offer: what everybody may say, and in the desk's groups what agents may."""

from collections.abc import Iterable

import structlog
from telegram import Bot, BotCommand, BotCommandScope, BotCommandScopeChat, BotCommandScopeDefault
from telegram.error import TelegramError

from bots.commands import VERBS
from inbox.locale import LANGUAGES

log = structlog.get_logger("telegram")


async def offer(bot: Bot, rooms: Iterable[str]) -> None:
    """Sets the menu in each language. It is a help: without it every command still works, so nothing is raised."""
    scopes: list[tuple[BotCommandScope, bool]] = [(BotCommandScopeDefault(), False)]
    scopes += [(BotCommandScopeChat(int(room)), True) for room in sorted(rooms)]
    for scope, agents in scopes:
        for language in LANGUAGES:
            verbs = [verb for verb in VERBS.values() if agents or not verb.agents]
            commands = [BotCommand(verb.name, verb.describe(language)) for verb in verbs]
            try:  # English is for every language that has no menu of its own
                await bot.set_my_commands(commands, scope, language_code=None if language == "en" else language)
            except TelegramError as error:
                log.info("telegram.no_menu", scope=scope.type, language=language, why=str(error))
