"""People and rooms come and go; threads are made, archived, locked and deleted; permissions change."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from bots.simulator.discord import members, new_threads, threads
from bots.simulator.discord.acts.messages import post
from bots.simulator.discord.acts.people import (
    allow,
    guild_called,
    guild_channel,
    message_for,
    person,
    room_for,
    thread_of,
)
from bots.simulator.discord.core import Core
from bots.simulator.discord.permissions import BITS, bits, may, sees
from bots.simulator.discord.world import (
    CATEGORY,
    FORUM,
    HAS_THREAD,
    PRIVATE_THREAD,
    PUBLIC_THREAD,
    REQUIRE_TAG,
    TEXT,
    Channel,
    Guild,
    Member,
    Overwrite,
    User,
)
from bots.simulator.server import Refused

if TYPE_CHECKING:
    from bots.simulator.discord.simulator import DiscordSimulator

KINDS = {"channel": TEXT, "forum": FORUM, "category": CATEGORY}
LOCALES = {"en": "en-US", "sv": "sv-SE", "es": "es-ES", "pt": "pt-BR", "zh": "zh-CN"}


def add_person(
    sim: "DiscordSimulator",
    name: str,
    id: str = "",
    bot: bool = False,
    language: str = "en-US",
    username: str = "",
    roles: Sequence[str] = (),
    guest: bool = False,
    timezone: str = "",
) -> str:
    """A person joins the first guild; returns their id. Discord knows no guests and tells nobody's time zone."""
    core = sim.core
    handle = username or name.lower().replace(" ", ".")
    user = User(id or core.world.ids.next(), handle, name, bot, LOCALES.get(language, language))
    members.arrive(core, user, [_role(core.world.guild, role) for role in roles], core.world.guild)
    return user.id


def _role(guild: Guild, role: str) -> str:
    for known in guild.roles.values():
        if role in (known.id, known.name):
            return known.id
    raise Refused(f"There is no role {role!r}.")


def give_role(sim: "DiscordSimulator", who: str, role: str, guild: str = "") -> None:
    where = guild_called(sim.core, guild)
    member, role_id = _member(sim.core, who, where), _role(where, role)
    if role_id not in member.roles:
        members.change(sim.core, member, roles=[*member.roles, role_id])


def take_role(sim: "DiscordSimulator", who: str, role: str, guild: str = "") -> None:
    where = guild_called(sim.core, guild)
    member, role_id = _member(sim.core, who, where), _role(where, role)
    members.change(sim.core, member, roles=[held for held in member.roles if held != role_id])


def rename(sim: "DiscordSimulator", who: str, nick: str) -> None:
    """Gives the person another name in this guild ("" for their own)."""
    members.change(sim.core, _member(sim.core, who, sim.core.world.guild), nick=nick)


def _member(core: Core, who: str, guild: Guild) -> Member:
    user = person(core, who)
    if user.id not in guild.members:
        raise Refused(f"{user.name} is not in {guild.name}.")
    return guild.members[user.id]


def add_room(
    sim: "DiscordSimulator",
    name: str,
    private: bool = False,
    kind: str = "channel",
    members: Sequence[str] = (),
    bot: bool = True,
    guild: str = "",
) -> str:
    """A new channel, forum or category; returns its id. A private one is seen by `members` (and the bot) alone."""
    core, where = sim.core, guild_called(sim.core, guild)
    if kind not in KINDS:
        raise Refused(f"A room is one of: {', '.join(KINDS)}.")
    channel = Channel(core.world.ids.next(), KINDS[kind], name.removeprefix("#"), position=len(core.world.channels))
    channel.guild_id = where.id
    if private:
        channel.overwrites[where.id] = Overwrite(where.id, 0, deny=bits("VIEW_CHANNEL"))
    for who in [*members, *(["bot"] if bot else [])] if private else ():
        user = person(core, who)
        channel.overwrites[user.id] = Overwrite(user.id, 1, allow=bits("VIEW_CHANNEL"))
    threads.open_channel(core, channel)
    return channel.id


def delete_room(sim: "DiscordSimulator", room: str) -> None:
    """An administrator deletes the channel, with its threads."""
    threads.close_channel(sim.core, guild_channel(sim.core, room))


def set_tags(sim: "DiscordSimulator", room: str, tags: Sequence[str] = (), required: bool = False) -> None:
    """An administrator gives a forum these tags, "!" before those for moderators; `required` wants one on each post."""
    forum = guild_channel(sim.core, room)
    forum.flags = REQUIRE_TAG if required else 0
    forum.tags = [
        {"id": sim.core.world.ids.next(), "name": tag.removeprefix("!"), "moderated": tag.startswith("!")}
        | {"emoji_id": None, "emoji_name": None}
        for tag in tags
    ]
    threads.changed_channel(sim.core, forum, seen_before=sees(sim.core.world, sim.core.world.bot.id, forum))


def rename_room(sim: "DiscordSimulator", room: str, name: str) -> None:
    """An administrator gives the channel another name."""
    channel = guild_channel(sim.core, room)
    channel.name = name.removeprefix("#")
    threads.changed_channel(sim.core, channel, seen_before=sees(sim.core.world, sim.core.world.bot.id, channel))


def join(sim: "DiscordSimulator", who: str, room: str = "") -> None:
    """Into the guild again (no room), into a thread, or into sight of a private channel."""
    core = sim.core
    user = person(core, who)
    if not room:
        if user.id not in core.world.guild.members:
            members.arrive(core, user, [], core.world.guild)
        return
    channel = guild_channel(core, room)
    if channel.thread:
        threads.add_members(core, channel, user.id)
    else:
        _overwrite(core, channel, user, "VIEW_CHANNEL", granted=True)


def leave(sim: "DiscordSimulator", who: str, room: str = "") -> None:
    """Out of the guild (no room), of a thread, or out of sight of a channel."""
    core = sim.core
    user = person(core, who)
    if not room:
        _member(core, who, core.world.guild)
        members.depart(core, user.id, core.world.guild)
        return
    channel = guild_channel(core, room)
    if channel.thread:
        threads.remove_member(core, channel, user.id)
    else:
        _overwrite(core, channel, user, "VIEW_CHANNEL", granted=False)


def _overwrite(core: Core, channel: Channel, user: User, permission: str, granted: bool) -> None:
    if user.id == core.world.guild_of(channel).owner_id and not granted:
        raise Refused(f"{user.name} owns the guild and may do everything.")
    seen_before = sees(core.world, core.world.bot.id, channel)
    own = channel.overwrites.setdefault(user.id, Overwrite(user.id, 1))
    bit = BITS[permission]
    own.allow, own.deny = (own.allow | bit, own.deny & ~bit) if granted else (own.allow & ~bit, own.deny | bit)
    threads.changed_channel(core, channel, seen_before)


def grant_permission(sim: "DiscordSimulator", permission: str, room: str = "", who: str = "bot") -> None:
    """Gives the permission in that channel, or in all of the first guild (no room), the bot through its role too."""
    _permit(sim.core, permission, room, who, granted=True)


def deny_permission(sim: "DiscordSimulator", permission: str, room: str = "", who: str = "bot") -> None:
    """Takes the permission away in that channel, or in all of them (no room)."""
    _permit(sim.core, permission, room, who, granted=False)


def _permit(core: Core, permission: str, room: str, who: str, granted: bool) -> None:
    if permission not in BITS:
        raise Refused(f"There is no permission {permission!r}; these are known: {', '.join(BITS)}.")
    user = person(core, who)
    if room:
        channel = guild_channel(core, room)
        _overwrite(
            core, core.world.channels[channel.parent_id] if channel.thread else channel, user, permission, granted
        )
        return
    guild = core.world.guild
    for channel in core.world.channels_of(guild):
        _overwrite(core, channel, user, permission, granted)
    for role in [guild.roles[role_id] for role_id in _member(core, who, guild).roles]:
        if role.bot_id == user.id:
            role.permissions = role.permissions | BITS[permission] if granted else role.permissions & ~BITS[permission]
            core.hub.emit("GUILD_ROLE_UPDATE", {"guild_id": guild.id, "role": core.shapes.role(role)})


# threads


def create_thread(
    sim: "DiscordSimulator",
    who: str,
    room: str,
    name: str,
    message: str = "",
    text: str = "",
    private: bool = False,
    auto_archive: int = 4320,
) -> str:
    """Starts a thread, under `message` or on its own; in a forum a post that begins with `text`. Returns its id."""
    core = sim.core
    user = person(core, who)
    channel = room_for(core, user, room)
    if channel.type == FORUM:
        return post(sim, who, room, name, text)
    if channel.type != TEXT:
        raise Refused(f"No threads grow in {channel.name or 'a direct conversation'}.")
    allow(core, user, channel, "CREATE_PRIVATE_THREADS" if private else "CREATE_PUBLIC_THREADS")
    source = message_for(core, user, room, message) if message else None
    if source and source.flags & HAS_THREAD:
        raise Refused("That message has a thread already.")
    kind = PRIVATE_THREAD if private else PUBLIC_THREAD
    return new_threads.start(core, channel, user.id, name, kind, source=source, auto_archive=auto_archive).id


def archive_thread(sim: "DiscordSimulator", who: str, thread: str) -> None:
    """Closes a thread, as its owner or as a moderator."""
    _change(sim.core, who, thread, owners=True, archived=True)


def unarchive_thread(sim: "DiscordSimulator", who: str, thread: str) -> None:
    channel = thread_of(sim.core, thread)
    locked = bool(channel.thread and channel.thread.locked)
    _change(sim.core, who, thread, owners=not locked, archived=False)


def lock_thread(sim: "DiscordSimulator", who: str, thread: str, archive: bool = False) -> None:
    """Locks a thread, as a moderator; with `archive` it is closed too, so that only moderators can open it again."""
    _change(sim.core, who, thread, owners=False, locked=True, **({"archived": True} if archive else {}))


def unlock_thread(sim: "DiscordSimulator", who: str, thread: str) -> None:
    _change(sim.core, who, thread, owners=False, locked=False)


def _change(core: Core, who: str, thread: str, owners: bool, **fields: Any) -> None:
    user, channel = person(core, who), thread_of(core, thread)
    owner = channel.thread.owner_id if channel.thread else ""
    if not (owners and owner == user.id) and not may(core.world, user.id, channel, "MANAGE_THREADS"):
        raise Refused(f"{user.name} may not change {channel.name}.")
    threads.change(core, channel, **fields)


def rename_thread(sim: "DiscordSimulator", who: str, thread: str, name: str) -> None:
    """Gives a thread, or a forum's post, another name, as its owner or as a moderator."""
    _change(sim.core, who, thread, owners=True, name=name)


def tag_post(sim: "DiscordSimulator", who: str, thread: str, tags: Sequence[str] = ()) -> None:
    """Gives a forum's post these of the forum's tags and no others, as its owner or as a moderator."""
    ids = {tag["name"]: tag["id"] for tag in sim.core.world.channels[thread_of(sim.core, thread).parent_id].tags}
    _change(sim.core, who, thread, owners=True, applied_tags=[ids[tag] for tag in tags])


def delete_thread(sim: "DiscordSimulator", who: str, thread: str) -> None:
    """Deletes a thread with its messages, as a moderator."""
    channel = thread_of(sim.core, thread)
    allow(sim.core, person(sim.core, who), channel, "MANAGE_THREADS")
    threads.close_channel(sim.core, channel)


ACTS: dict[str, Callable[..., Any]] = {
    "add_person": add_person,
    "add_room": add_room,
    "rename_room": rename_room,
    "set_tags": set_tags,
    "delete_room": delete_room,
    "join": join,
    "leave": leave,
    "give_role": give_role,
    "take_role": take_role,
    "rename": rename,
    "grant_permission": grant_permission,
    "deny_permission": deny_permission,
    "create_thread": create_thread,
    "archive_thread": archive_thread,
    "unarchive_thread": unarchive_thread,
    "lock_thread": lock_thread,
    "unlock_thread": unlock_thread,
    "rename_thread": rename_thread,
    "tag_post": tag_post,
    "delete_thread": delete_thread,
}
