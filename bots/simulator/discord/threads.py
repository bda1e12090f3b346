"""The life of threads and channels, and the events that tell of it.

Source: developer documentation, "Threads" (membership, archiving, what appears where) and "Gateway Events".
"""

from typing import Any

from bots.simulator.discord.core import Core
from bots.simulator.discord.permissions import sees
from bots.simulator.discord.world import Channel, Guild, Json, Message

STARTER_MESSAGE = 21


def touched_by(core: Core, channel: Channel, message: Message) -> None:
    """Somebody wrote in a thread: it wakes, and the writer and the mentioned are members from now on."""
    thread = channel.thread
    assert thread is not None
    if message.id != channel.id and message.type != STARTER_MESSAGE:
        thread.message_count += 1
        thread.total_sent += 1
    thread.active_at = core.clock()
    if thread.archived and not thread.locked:
        change(core, channel, archived=False)
    joining = [u for u in (message.author_id, *message.mentions) if u in core.world.guild_of(channel).members]
    add_members(core, channel, *joining)


def change(core: Core, channel: Channel, **fields: Any) -> None:
    """Changes name, slow mode, archived, locked, auto_archive, invitable or tags, and tells of it."""
    thread = channel.thread
    assert thread is not None
    for key, value in fields.items():
        setattr(channel if key in ("name", "slowmode") else thread, key, value)
    if "archived" in fields or "locked" in fields:
        thread.changed_at = core.clock()
    if fields.get("archived") is False:  # "used for calculating recent activity" (documentation, thread metadata)
        thread.active_at = core.clock()
    core.hub.emit("THREAD_UPDATE", core.shapes.channel(channel), channel)


def archive_idle(core: Core) -> None:
    """Archives the threads that nobody touched for their whole auto-archive time."""
    now = core.clock()
    for channel in core.world.threads():
        thread = channel.thread
        assert thread is not None
        if not thread.archived and now - thread.active_at >= thread.auto_archive * 60:
            change(core, channel, archived=True)


def active(core: Core, guild: Guild) -> list[Channel]:
    """The guild's threads that are not archived, as far as the bot may see them."""
    world = core.world
    mine = [t for t in world.threads() if world.guild_of(t) is guild and sees(world, world.bot.id, t)]
    return [t for t in mine if t.thread and not t.thread.archived]


def add_members(core: Core, channel: Channel, *user_ids: str) -> None:
    thread = channel.thread
    assert thread is not None
    new = [user_id for user_id in dict.fromkeys(user_ids) if user_id not in thread.members]
    if not new:
        return
    thread.members.update(dict.fromkeys(new, core.clock()))
    if core.world.bot.id in new and channel.is_private_thread:
        core.hub.emit("THREAD_CREATE", core.shapes.channel(channel), channel)
    added = [{**core.shapes.thread_member(channel, user_id, with_member=True), "presence": None} for user_id in new]
    _tell_members(core, channel, {"added_members": added})


def remove_member(core: Core, channel: Channel, user_id: str) -> None:
    thread = channel.thread
    assert thread is not None
    if user_id in thread.members:
        before = thread.members.pop(user_id)
        if user_id == core.world.bot.id:
            thread.members[user_id] = before  # told while the bot may still see a private thread
        _tell_members(core, channel, {"removed_member_ids": [user_id]})
        thread.members.pop(user_id, None)


def _tell_members(core: Core, channel: Channel, what: Json) -> None:
    thread = channel.thread
    assert thread is not None
    data = {
        "id": channel.id,
        "guild_id": core.world.guild_of(channel).id,
        "member_count": min(len(thread.members), 50),
        **what,
    }
    core.hub.emit("THREAD_MEMBERS_UPDATE", data, channel)


def open_channel(core: Core, channel: Channel) -> None:
    core.world.channels[channel.id] = channel
    core.hub.emit("CHANNEL_CREATE", core.shapes.channel(channel), channel)


def changed_channel(core: Core, channel: Channel, seen_before: bool) -> None:
    """Tells of a channel's change; a channel that comes into the bot's sight brings its threads along."""
    sees_now = sees(core.world, core.world.bot.id, channel)
    core.hub.emit("CHANNEL_UPDATE", core.shapes.channel(channel), None if seen_before else channel)
    if sees_now and not seen_before:
        tell_threads(core, channel)


def tell_threads(core: Core, parent: Channel) -> None:
    world = core.world
    active = [t for t in world.threads(parent.id) if t.thread and not t.thread.archived]
    mine = [core.shapes.thread_member(t, world.bot.id) for t in active if t.thread and world.bot.id in t.thread.members]
    data: Json = {"guild_id": world.guild_of(parent).id, "channel_ids": [parent.id], "members": mine}
    core.hub.emit("THREAD_LIST_SYNC", {**data, "threads": [core.shapes.channel(t) for t in active]}, parent)


def close_channel(core: Core, channel: Channel) -> None:
    """A channel or thread is deleted, with its messages and, for a channel, its threads."""
    for thread in [] if channel.thread else core.world.threads(channel.id):
        close_channel(core, thread)
    if channel.thread:
        data: Json = {"id": channel.id, "guild_id": core.world.guild_of(channel).id, "parent_id": channel.parent_id}
        core.hub.emit("THREAD_DELETE", {**data, "type": channel.type}, channel)
    else:
        core.hub.emit("CHANNEL_DELETE", core.shapes.channel(channel), channel)
    for message in channel.history:
        message.deleted = True
    del core.world.channels[channel.id]
