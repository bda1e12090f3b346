"""How threads begin. Source: developer documentation, "Threads"."""

from bots.simulator.discord import deeds
from bots.simulator.discord.core import Core
from bots.simulator.discord.mentions import Allowed
from bots.simulator.discord.threads import STARTER_MESSAGE
from bots.simulator.discord.world import (
    FORUM,
    HAS_THREAD,
    PRIVATE_THREAD,
    PUBLIC_THREAD,
    Channel,
    Json,
    Message,
    Thread,
)

THREAD_CREATED = 18


def start(
    core: Core,
    parent: Channel,
    owner_id: str,
    name: str,
    kind: int,
    *,
    source: Message | None = None,
    auto_archive: int = 4320,
    invitable: bool = True,
    tags: list[str] | None = None,
) -> Channel:
    """A thread begins: under `source` (whose id it takes), as a post of a forum, or on its own."""
    now = core.clock()
    thread = Channel(source.id if source else core.world.ids.next(), kind, name, parent.id, guild_id=parent.guild_id)
    thread.thread = Thread(owner_id, now, now, now, auto_archive, invitable=invitable, applied_tags=tags or [])
    thread.thread.members[owner_id] = now
    core.world.channels[thread.id] = thread
    core.hub.emit("THREAD_CREATE", {**core.shapes.channel(thread), "newly_created": True}, thread)
    _announce(core, parent, thread, source)
    return thread


def _announce(core: Core, parent: Channel, thread: Channel, source: Message | None) -> None:
    """The parent shows where a public thread began; a thread under a message begins with a pointer to it."""
    guild_id, owner_id = core.world.guild_of(parent).id, thread.thread.owner_id if thread.thread else ""
    if parent.type == FORUM or thread.type == PRIVATE_THREAD:
        return
    reference: Json = {"type": 0, "channel_id": thread.id, "guild_id": guild_id}
    if source is None:
        notice = Message(core.world.ids.next(), parent.id, owner_id, thread.name, core.clock(), THREAD_CREATED)
        notice.reference = reference
        deeds.post(core, notice)
        return
    source.flags |= HAS_THREAD
    deeds.announce_update(core, source)
    starter = Message(core.world.ids.next(), thread.id, owner_id, "", core.clock(), STARTER_MESSAGE)
    starter.reference = {"type": 0, "channel_id": parent.id, "guild_id": guild_id, "message_id": source.id}
    starter.reply_to = source.id
    deeds.post(core, starter)


def start_post(
    core: Core, forum: Channel, message: Message, name: str, auto_archive: int, tags: list[str], allowed: Allowed
) -> Channel:
    """A post of a forum begins with its first message, which takes the thread's id."""
    thread = start(core, forum, message.author_id, name, PUBLIC_THREAD, auto_archive=auto_archive, tags=tags)
    message.id = message.channel_id = thread.id
    deeds.post(core, message, allowed)
    return thread
