"""Finding the person, the room and the message that an act is about, with a sentence where that fails."""

import base64
import mimetypes
from collections.abc import Sequence
from typing import Any

from bots.simulator.discord.core import Core
from bots.simulator.discord.permissions import may, sees
from bots.simulator.discord.world import CATEGORY, Attachment, Channel, Guild, Message, User
from bots.simulator.server import Refused


def person(core: Core, who: str) -> User:
    found = core.world.bot if who == "bot" else core.world.user(who)
    if found is None:
        raise Refused(f"Nobody here is called {who!r}.")
    return found


def room_for(core: Core, user: User, room: str, thread: str = "") -> Channel:
    """The channel, thread or direct conversation, as that person sees it. Raises Refused where they do not."""
    if thread:
        channel = core.world.room(thread)
        if channel is None or channel.thread is None:
            raise Refused(f"There is no thread {thread!r}.")
    elif room == "dm" or room.lower() == f"dm:{user.name.lower()}":
        return core.world.dm_with(user.id)
    else:
        channel = core.world.room(room)
    if channel is None or not sees(core.world, user.id, channel):
        raise Refused(f"{user.name} sees no room {room!r}.")
    return channel


def message_for(core: Core, user: User, room: str, message: str) -> Message:
    """The message of that id in the room or in one of its threads, if that person sees it."""
    found = core.world.messages.get(str(message))
    if found is None or found.deleted or found.viewer_id not in ("", user.id):
        raise Refused(f"{user.name} sees no message {message!r}.")
    channel = core.world.channels[found.channel_id]
    asked = core.world.dm_with(user.id) if room == "dm" else core.world.room(room)
    if asked is None or asked.id not in (channel.id, channel.parent_id) or not sees(core.world, user.id, channel):
        raise Refused(f"{user.name} sees no message {message!r} in {room!r}.")
    return found


def allow(core: Core, user: User, channel: Channel, *permissions: str) -> None:
    """Raises Refused where the person lacks one of the permissions."""
    if not may(core.world, user.id, channel, *permissions):
        raise Refused(f"{user.name} lacks {' and '.join(permissions)} in {channel.name or 'this conversation'}.")


def guild_called(core: Core, guild: str) -> Guild:
    """A guild by id or name; "" is the first."""
    found = core.world.guild_called(guild)
    if found is None:
        raise Refused(f"There is no guild {guild!r}.")
    return found


def guild_channel(core: Core, room: str) -> Channel:
    channel = core.world.room(room)
    if channel is None or channel.is_dm:
        raise Refused(f"There is no room {room!r}.")
    return channel


def thread_of(core: Core, thread: str) -> Channel:
    channel = core.world.room(thread)
    if channel is None or channel.thread is None:
        raise Refused(f"There is no thread {thread!r}.")
    return channel


def text_room(channel: Channel) -> None:
    if channel.type == CATEGORY:
        raise Refused(f"{channel.name} is a category and holds no messages.")


def uploads(core: Core, files: Sequence[Any]) -> list[Attachment]:
    """Files as acts give them: {"name", "bytes", "type", "voice"}, the bytes as such or in base64."""
    made = []
    for file in files:
        data = file["bytes"] if isinstance(file["bytes"], bytes) else base64.b64decode(file["bytes"])
        name = str(file["name"]).replace(" ", "_").replace("/", "_")
        kind = file.get("type") or mimetypes.guess_type(name)[0] or "application/octet-stream"
        made.append(Attachment(core.world.ids.next(), name, kind, data, voice=bool(file.get("voice"))))
    return made
