"""What the handlers of the REST API share: their shape, and finding things under the bot's eyes."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bots.simulator.discord.core import Core
from bots.simulator.discord.errors import ApiError
from bots.simulator.discord.permissions import may, sees
from bots.simulator.discord.rest.body import Ask
from bots.simulator.discord.world import CATEGORY, FORUM, Channel, Message

# A handler answers with a JSON value (200), with None (204), or with an Answer.
Handler = Callable[[Core, Ask], Any]
Routes = dict[str, Handler]


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: Any


def channel_of(core: Core, ask: Ask) -> Channel:
    """The channel in the path. Raises 10003 where there is none and 50001 where the bot may not look."""
    return visible(core, ask.params["channel_id"])


def visible(core: Core, channel_id: str) -> Channel:
    channel = core.world.channels.get(channel_id)
    if channel is None:
        raise ApiError(10003)
    if not sees(core.world, core.world.bot.id, channel):
        raise ApiError(50001)
    return channel


def text_channel_of(core: Core, ask: Ask) -> Channel:
    """The same, of a kind that holds messages."""
    channel = channel_of(core, ask)
    if channel.type in (CATEGORY, FORUM):
        raise ApiError(50008)
    return channel


def need(core: Core, channel: Channel, *permissions: str) -> None:
    """Raises 50013 where the bot lacks one of them."""
    if not may(core.world, core.world.bot.id, channel, *permissions):
        raise ApiError(50013)


def message_of(core: Core, ask: Ask) -> Message:
    """The message in the path, of the channel in the path. What one person alone sees cannot be reached this way."""
    channel = channel_of(core, ask)
    message = core.world.messages.get(ask.params["message_id"])
    if message is None or message.deleted or message.viewer_id or message.channel_id != channel.id:
        raise ApiError(10008)
    return message


def refuse_archived(channel: Channel) -> None:
    if channel.thread and channel.thread.archived:
        raise ApiError(50083)


def refuse_unwritable(core: Core, channel: Channel) -> None:
    """Raises where the bot may not write there now.

    A locked thread that is archived has to be unarchived first; a locked one that is not takes words of moderators
    only; one that merely fell asleep wakes up by being written in (documentation, "Threads").
    """
    need(core, channel, "SEND_MESSAGES_IN_THREADS" if channel.thread else "SEND_MESSAGES")
    if channel.thread and channel.thread.locked:
        if channel.thread.archived:
            raise ApiError(50083)
        if not may(core.world, core.world.bot.id, channel, "MANAGE_THREADS"):
            raise ApiError(160005)
    if channel.is_dm:
        _refuse_closed_dm(core, channel)


def _refuse_closed_dm(core: Core, channel: Channel) -> None:
    other = next(user_id for user_id in channel.recipients if user_id != core.world.bot.id)
    if core.world.users[other].dms_closed:
        raise ApiError(50007)
    if not any(other in guild.members for guild in core.world.bots_guilds):
        raise ApiError(50278)
