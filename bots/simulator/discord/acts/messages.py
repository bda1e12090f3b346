"""People write, edit, delete, react and type."""

import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from bots.simulator.discord import deeds, new_threads
from bots.simulator.discord.acts.people import allow, message_for, person, room_for, text_room, uploads
from bots.simulator.discord.core import Core
from bots.simulator.discord.mentions import Allowed
from bots.simulator.discord.permissions import may, may_write
from bots.simulator.discord.rest.messages import reply_to as answer_to
from bots.simulator.discord.rest.reactions import is_emoji
from bots.simulator.discord.world import FORUM, REQUIRE_TAG, Channel, Message, User
from bots.simulator.server import Refused

if TYPE_CHECKING:
    from bots.simulator.discord.simulator import DiscordSimulator

LONGEST = 2000
VOICE = 1 << 13  # "Message Flags"
# The client turns :name: into the emoji; these are the names that people in support use.
SHORTCODES = {
    "+1": "👍",
    "-1": "👎",
    "thumbsup": "👍",
    "thumbsdown": "👎",
    "eyes": "👀",
    "white_check_mark": "✅",
    "heavy_check_mark": "✔️",
    "x": "❌",
    "ticket": "🎫",
    "heart": "❤️",
    "tada": "🎉",
    "ok_hand": "👌",
    "wave": "👋",
    "pray": "🙏",
}


def write(
    sim: "DiscordSimulator",
    who: str,
    room: str,
    text: str,
    thread: str = "",
    reply_to: str = "",
    files: Sequence[Any] = (),
) -> str:
    """Writes a message and returns its id. "@Name" calls that person. In a forum, a post is made with create_thread.

    A file of the `kind` "sticker" is one, of the workspace's own or of Discord's."""
    core = sim.core
    user = person(core, who)
    channel = room_for(core, user, room, thread)
    refuse_writing(core, user, channel)
    content = typed_mentions(core, text.strip())
    attachments = uploads(core, [file for file in files if file.get("kind") != "sticker"])
    stickers = uploads(core, [file for file in files if file.get("kind") == "sticker"])
    if not content and not attachments and not stickers:
        raise Refused("There is nothing to send.")
    if len(content) > LONGEST:
        raise Refused(f"The message is too long: {len(content)} characters of {LONGEST}.")
    message = Message(core.world.ids.next(), channel.id, user.id, content, core.clock(), attachments=attachments)
    message.stickers, message.flags = stickers, VOICE if any(one.voice for one in attachments) else 0
    if reply_to:
        answer_to(core, message, message_for(core, user, channel.id, reply_to), channel)
    return deeds.post(core, message).id


def refuse_writing(core: Core, user: User, channel: Channel) -> None:
    """Raises Refused where the client offers that person nothing to write in."""
    text_room(channel)
    if channel.type == FORUM:
        raise Refused(f"#{channel.name} is a forum: make a post with create_thread.")
    if channel.is_dm and user.dms_closed:
        raise Refused(f"{user.name} has blocked the bot.")
    if not may_write(core.world, user.id, channel):
        raise Refused(f"{user.name} may not write in {channel.name}.")
    thread = channel.thread
    if thread and thread.locked and (thread.archived or not may(core.world, user.id, channel, "MANAGE_THREADS")):
        raise Refused(f"{channel.name} is locked.")


def typed_mentions(core: Core, text: str) -> str:
    """The client writes a mention for a name that was picked after typing @."""
    for user in core.world.users.values():
        for name in {user.global_name, user.username} - {""}:
            text = re.sub(rf"(?<![\w<@])@{re.escape(name)}\b", f"<@{user.id}>", text)
    for guild in core.world.guilds.values():
        for role in guild.roles.values():
            if role.id != guild.id and not role.bot_id:
                text = re.sub(rf"(?<![\w<@])@{re.escape(role.name)}\b", f"<@&{role.id}>", text)
    return text


def edit(sim: "DiscordSimulator", who: str, room: str, message: str, text: str) -> None:
    """Changes one's own message."""
    found = _own(sim.core, who, room, message)
    content = typed_mentions(sim.core, text.strip())
    if not 0 < len(content) <= LONGEST:
        raise Refused(f"A message has between 1 and {LONGEST} characters.")
    channel = sim.core.world.channels[found.channel_id]
    if channel.thread and channel.thread.archived:
        raise Refused(f"{channel.name} is archived.")
    deeds.edit(sim.core, found, Allowed(), content=content)


def delete(sim: "DiscordSimulator", who: str, room: str, message: str) -> None:
    """Deletes one's own message; moderators may delete others'."""
    user = person(sim.core, who)
    found = message_for(sim.core, user, room, message)
    if found.viewer_id:
        raise Refused("A private answer goes away on the screen only; there is nothing to delete.")
    if found.author_id != user.id:
        allow(sim.core, user, sim.core.world.channels[found.channel_id], "MANAGE_MESSAGES")
    deeds.delete(sim.core, found)


def _own(core: Core, who: str, room: str, message: str) -> Message:
    user = person(core, who)
    found = message_for(core, user, room, message)
    if found.author_id != user.id:
        raise Refused(f"{user.name} did not write that message.")
    return found


def react(sim: "DiscordSimulator", who: str, room: str, message: str, emoji: str) -> None:
    """Adds a reaction, by the emoji itself or its short name ("eyes")."""
    user, found, emoji = _reaction(sim.core, who, room, message, emoji)
    if found.viewer_id:
        raise Refused("A private answer takes no reactions.")
    if emoji not in found.reactions:
        allow(sim.core, user, sim.core.world.channels[found.channel_id], "ADD_REACTIONS")
    deeds.react(sim.core, found, user.id, emoji)


def unreact(sim: "DiscordSimulator", who: str, room: str, message: str, emoji: str) -> None:
    """Takes one's own reaction away."""
    user, found, emoji = _reaction(sim.core, who, room, message, emoji)
    if user.id not in found.reactions.get(emoji, []):
        raise Refused(f"{user.name} has not reacted with {emoji}.")
    deeds.unreact(sim.core, found, user.id, emoji)


def _reaction(core: Core, who: str, room: str, message: str, emoji: str) -> tuple[User, Message, str]:
    user = person(core, who)
    emoji = SHORTCODES.get(emoji.strip(":"), emoji)
    if not is_emoji(emoji):
        raise Refused(f"{emoji!r} is no emoji.")
    return user, message_for(core, user, room, message), emoji


def typing(sim: "DiscordSimulator", who: str, room: str, thread: str = "") -> None:
    """Begins to type."""
    user = person(sim.core, who)
    channel = room_for(sim.core, user, room, thread)
    refuse_writing(sim.core, user, channel)
    deeds.typing(sim.core, channel, user.id)


def post(
    sim: "DiscordSimulator",
    who: str,
    room: str,
    name: str,
    text: str,
    tags: Sequence[str] = (),
    files: Sequence[Any] = (),
) -> str:
    """Makes a post in a forum: a thread with its first message. Returns the id that both have."""
    core = sim.core
    user = person(core, who)
    forum = room_for(core, user, room)
    if forum.type != FORUM:
        raise Refused(f"#{forum.name} is not a forum.")
    allow(core, user, forum, "SEND_MESSAGES")
    content = typed_mentions(core, text.strip())
    if not 0 < len(content) <= LONGEST:
        raise Refused(f"A post has between 1 and {LONGEST} characters.")
    known = {str(tag["name"]).lower(): tag["id"] for tag in forum.tags}
    unknown = [tag for tag in tags if tag.lower() not in known]
    if unknown:
        raise Refused(f"The forum has no tag {unknown[0]!r}.")
    chosen = [known[tag.lower()] for tag in tags]
    if forum.flags & REQUIRE_TAG and not chosen:
        raise Refused(f"#{forum.name} wants a tag on each post.")
    message = Message("", "", user.id, content, core.clock(), attachments=uploads(core, files))
    return new_threads.start_post(core, forum, message, name, 4320, chosen, Allowed()).id


ACTS: dict[str, Callable[..., Any]] = {
    "write": write,
    "edit": edit,
    "delete": delete,
    "react": react,
    "unreact": unreact,
    "typing": typing,
    "post": post,
}
