"""Reactions. An emoji stands in the path: a Unicode one URL-encoded, a custom one as name:id."""

from typing import Any
from unicodedata import category

from bots.simulator.discord import deeds
from bots.simulator.discord.core import Core
from bots.simulator.discord.errors import ApiError
from bots.simulator.discord.permissions import may
from bots.simulator.discord.rest.body import Ask
from bots.simulator.discord.rest.common import Routes, message_of, need, refuse_archived
from bots.simulator.discord.world import Message

MOST = 20
ODD_EMOJI = "ℹ‼⁉〰"  # emoji that Unicode counts as a letter or as punctuation


def is_emoji(text: str) -> bool:
    """Whether that is a Unicode emoji. (The guild has no emoji of its own, so name:id is always unknown.)"""
    pictures = [c for c in text if category(c) in ("So", "Sk", "Sm", "Me") or c in ODD_EMOJI]
    return len(text) <= 16 and bool(pictures) and not any(c.isalpha() and c not in ODD_EMOJI for c in text)


def _target(core: Core, ask: Ask) -> tuple[Message, str]:
    message = message_of(core, ask)
    emoji = ask.params["emoji_name"]
    if not is_emoji(emoji):
        raise ApiError(10014)
    refuse_archived(core.world.channels[message.channel_id])
    return message, emoji


def add(core: Core, ask: Ask) -> Any:
    message, emoji = _target(core, ask)
    channel = core.world.channels[message.channel_id]
    need(core, channel, "READ_MESSAGE_HISTORY")
    if emoji not in message.reactions:
        need(core, channel, "ADD_REACTIONS")
        if len(message.reactions) >= MOST:
            raise ApiError(30010)
    author = core.world.users.get(message.author_id)
    if author is not None and author.dms_closed:
        raise ApiError(90001)
    deeds.react(core, message, core.world.bot.id, emoji)


def remove_own(core: Core, ask: Ask) -> Any:
    message, emoji = _target(core, ask)
    deeds.unreact(core, message, core.world.bot.id, emoji)


def remove_of(core: Core, ask: Ask) -> Any:
    message, emoji = _target(core, ask)
    need(core, core.world.channels[message.channel_id], "MANAGE_MESSAGES")
    deeds.unreact(core, message, ask.params["user_id"], emoji)


def users(core: Core, ask: Ask) -> Any:
    message = message_of(core, ask)
    if not may(core.world, core.world.bot.id, core.world.channels[message.channel_id], "READ_MESSAGE_HISTORY"):
        raise ApiError(50001)
    query = ask.query_form()
    limit, after = query.integer("limit", 1, 100) or 25, query.snowflake("after") or "0"
    query.problems.refuse_if_any()
    who = sorted((u for u in message.reactions.get(ask.params["emoji_name"], []) if int(u) > int(after)), key=int)
    return [core.shapes.user(core.world.users[user_id]) for user_id in who[:limit]]


def clear(core: Core, ask: Ask) -> Any:
    message = message_of(core, ask)
    need(core, core.world.channels[message.channel_id], "MANAGE_MESSAGES")
    deeds.clear_reactions(core, message)


def clear_emoji(core: Core, ask: Ask) -> Any:
    message, emoji = _target(core, ask)
    need(core, core.world.channels[message.channel_id], "MANAGE_MESSAGES")
    deeds.clear_reactions(core, message, emoji)


_PATH = "/channels/{channel_id}/messages/{message_id}/reactions"

ROUTES: Routes = {
    f"PUT {_PATH}/{{emoji_name}}/@me": add,
    f"DELETE {_PATH}/{{emoji_name}}/@me": remove_own,
    f"DELETE {_PATH}/{{emoji_name}}/{{user_id}}": remove_of,
    f"GET {_PATH}/{{emoji_name}}": users,
    f"DELETE {_PATH}/{{emoji_name}}": clear_emoji,
    f"DELETE {_PATH}": clear,
}
