"""Pinned messages."""

from bots.simulator.discord import deeds
from bots.simulator.discord.core import Core
from bots.simulator.discord.errors import ApiError
from bots.simulator.discord.world import Message

PIN_NOTICE, MOST = 6, 50


def pin(core: Core, message: Message, user_id: str) -> None:
    """Pins it, with the notice that the platform posts. Raises ApiError 30003 where fifty are pinned."""
    channel = core.world.channels[message.channel_id]
    if message.pinned:
        return
    if sum(m.pinned for m in channel.history) >= MOST:
        raise ApiError(30003)
    message.pinned = True
    _tell(core, message)
    notice = Message(core.world.ids.next(), channel.id, user_id, "", core.clock(), PIN_NOTICE)
    notice.reference = {"type": 0, "channel_id": channel.id, "message_id": message.id}
    deeds.post(core, notice)


def unpin(core: Core, message: Message) -> None:
    if message.pinned:
        message.pinned = False
        _tell(core, message)


def _tell(core: Core, message: Message) -> None:
    channel = core.world.channels[message.channel_id]
    deeds.announce_update(core, message)
    core.hub.emit("CHANNEL_PINS_UPDATE", {**deeds.named(core, channel), "last_pin_timestamp": None}, channel)
