"""What happens to messages, whoever does it, and the events that tell of it. Checks are the callers' business."""

from typing import Any

from bots.simulator.discord import threads
from bots.simulator.discord.core import Core
from bots.simulator.discord.mentions import Allowed, call
from bots.simulator.discord.shapes import emoji_shape
from bots.simulator.discord.world import LOADING, Channel, Json, Message


def post(core: Core, message: Message, allowed: Allowed | None = None) -> Message:
    """The message appears. A message for one viewer's eyes is in no history and in no event."""
    world = core.world
    channel = world.channels[message.channel_id]
    call(world, message, channel, allowed or Allowed())
    world.messages[message.id] = message
    if message.viewer_id:
        core.changed()
        return message
    channel.history.append(message)
    channel.last_message_id = message.id
    if channel.thread:
        threads.touched_by(core, channel, message)
    core.hub.emit("MESSAGE_CREATE", core.shapes.gateway_message(message), channel)
    return message


def edit(core: Core, message: Message, allowed: Allowed | None = None, **fields: Any) -> Message:
    """The message changes; `fields` are attributes of Message. Mentions are read anew where the words change.

    A message that was still "thinking" gets its first words this way and is not shown as edited.
    """
    was_thinking = bool(message.flags & LOADING)
    channel = core.world.channels[message.channel_id]
    for key, value in fields.items():
        setattr(message, key, value)
    if "content" in fields:
        call(core.world, message, channel, allowed or Allowed())
    if not was_thinking:
        message.edited_at = core.clock()
    announce_update(core, message)
    return message


def announce_update(core: Core, message: Message) -> None:
    """Tells of a change that is not the author's edit too (a pin, a thread grown from it)."""
    core.changed()
    if not message.viewer_id:
        channel = core.world.channels[message.channel_id]
        core.hub.emit("MESSAGE_UPDATE", core.shapes.gateway_message(message), channel)


def delete(core: Core, *messages: Message, bulk: bool = False) -> None:
    """Messages of one channel disappear."""
    channel = core.world.channels[messages[0].channel_id]
    for message in messages:
        message.deleted = True
        if not message.viewer_id:
            channel.history.remove(message)
            if channel.thread and message.id != channel.id:
                channel.thread.message_count -= 1
    if messages[0].viewer_id:
        core.changed()
        return
    where = named(core, channel)
    if bulk:
        core.hub.emit("MESSAGE_DELETE_BULK", {"ids": [m.id for m in messages], **where}, channel)
    else:
        core.hub.emit("MESSAGE_DELETE", {"id": messages[0].id, **where}, channel)


def react(core: Core, message: Message, user_id: str, emoji: str) -> None:
    who = message.reactions.setdefault(emoji, [])
    if user_id not in who:
        who.append(user_id)
        _tell_reaction(core, "MESSAGE_REACTION_ADD", message, user_id, emoji)


def unreact(core: Core, message: Message, user_id: str, emoji: str) -> None:
    who = message.reactions.get(emoji, [])
    if user_id in who:
        who.remove(user_id)
        if not who:
            del message.reactions[emoji]
        _tell_reaction(core, "MESSAGE_REACTION_REMOVE", message, user_id, emoji)


def clear_reactions(core: Core, message: Message, emoji: str = "") -> None:
    channel = core.world.channels[message.channel_id]
    data: Json = {"message_id": message.id, **named(core, channel)}
    if emoji:
        message.reactions.pop(emoji, None)
        core.hub.emit("MESSAGE_REACTION_REMOVE_EMOJI", {**data, "emoji": emoji_shape(emoji)}, channel)
    else:
        message.reactions.clear()
        core.hub.emit("MESSAGE_REACTION_REMOVE_ALL", data, channel)


def typing(core: Core, channel: Channel, user_id: str) -> None:
    data: Json = {"user_id": user_id, "timestamp": int(core.clock()), **named(core, channel)}
    members = core.world.guild_of(channel).members
    if not channel.is_dm and user_id in members:
        data["member"] = core.shapes.member(members[user_id])
    core.hub.emit("TYPING_START", data, channel)


def _tell_reaction(core: Core, event: str, message: Message, user_id: str, emoji: str) -> None:
    channel = core.world.channels[message.channel_id]
    data: Json = {"user_id": user_id, "message_id": message.id, "emoji": emoji_shape(emoji), "burst": False, "type": 0}
    data |= named(core, channel)
    if event.endswith("ADD"):
        data["message_author_id"] = message.author_id
        members = core.world.guild_of(channel).members
        if not channel.is_dm and user_id in members:
            data["member"] = core.shapes.member(members[user_id])
    core.hub.emit(event, data, channel)


def named(core: Core, channel: Channel) -> Json:
    """A channel as events name it."""
    shape = {"channel_id": channel.id}
    return shape if channel.is_dm else {**shape, "guild_id": core.world.guild_of(channel).id}
