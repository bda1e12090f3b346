"""INTERACTION_CREATE: what the bot is told when somebody uses a command, a button or a form.

Source: developer documentation, "Interactions: Interaction Object".
"""

from typing import Any

from bots.simulator.discord.core import Core
from bots.simulator.discord.interactions import Interaction
from bots.simulator.discord.permissions import in_channel
from bots.simulator.discord.view import message_view
from bots.simulator.discord.world import LOADING, Channel, Json, User

UPLOAD_LIMIT = 10 * 1024 * 1024
NO_ANSWER = "The application did not respond"


def member_shape(core: Core, user: User, channel: Channel) -> Json:
    """A member as interactions carry it: with what they may do in that channel."""
    member = core.world.guild_of(channel).members[user.id]
    return {**core.shapes.member(member), "permissions": str(in_channel(core.world, user.id, channel))}


def event(core: Core, interaction: Interaction) -> Json:
    world, shapes = core.world, core.shapes
    channel, user = world.channels[interaction.channel_id], world.users[interaction.user_id]
    shape: Json = {
        "id": interaction.id,
        "application_id": world.app.id,
        "type": interaction.type,
        "token": interaction.token,
        "version": 1,
        "data": interaction.data,
        "channel_id": channel.id,
        "channel": shapes.partial_channel(channel, user.id),
        "locale": user.locale,
        "app_permissions": str(in_channel(world, world.bot.id, channel)),
        "entitlements": [],
        "authorizing_integration_owners": {"0": "0" if channel.is_dm else world.guild_of(channel).id},
        "context": 1 if channel.is_dm else 0,
        "attachment_size_limit": UPLOAD_LIMIT,
    }
    if interaction.message_id:
        shape["message"] = shapes.message(world.messages[interaction.message_id])
    if channel.is_dm:
        return {**shape, "user": shapes.user(user)}
    guild = world.guild_of(channel)
    about = {"id": guild.id, "locale": guild.locale, "features": []}
    more = {"guild_id": guild.id, "guild": about, "guild_locale": guild.locale}
    return {**shape, **more, "member": member_shape(core, user, channel)}


async def happen(core: Core, interaction: Interaction) -> Json:
    """Tells the bot, waits as long as the client does, and returns what the client shows then.

    {"ok", "error", "message" (as in the state, or None), "modal" (the open form's id, or ""), "thinking", "choices"}
    """
    core.hub.emit("INTERACTION_CREATE", event(core, interaction))
    answered = core.hub.alive() and await core.interactions.wait(interaction)
    interaction.missed = not answered
    shown: dict[str, Any] = {"ok": answered, "error": "" if answered else NO_ANSWER, "message": None, "modal": ""}
    message = core.world.messages.get(interaction.original_id)
    if message is not None and not message.deleted:
        shown["message"] = message_view(core, message)
    shown["modal"] = interaction.view.id if interaction.view else ""
    shown["thinking"] = bool(message and message.flags & LOADING)
    shown["choices"] = interaction.choices
    core.changed()
    return shown
