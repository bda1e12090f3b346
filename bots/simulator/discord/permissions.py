"""Who may do what where. Source: developer documentation, "Permissions" (bits and the order of overwrites)."""

from bots.simulator.discord.world import Channel, Guild, World

BITS = {
    "MANAGE_CHANNELS": 1 << 4,
    "ADMINISTRATOR": 1 << 3,
    "ADD_REACTIONS": 1 << 6,
    "VIEW_CHANNEL": 1 << 10,
    "SEND_MESSAGES": 1 << 11,
    "MANAGE_MESSAGES": 1 << 13,
    "EMBED_LINKS": 1 << 14,
    "ATTACH_FILES": 1 << 15,
    "READ_MESSAGE_HISTORY": 1 << 16,
    "MENTION_EVERYONE": 1 << 17,
    "USE_EXTERNAL_EMOJIS": 1 << 18,
    "CHANGE_NICKNAME": 1 << 26,
    "MANAGE_NICKNAMES": 1 << 27,
    "MANAGE_ROLES": 1 << 28,
    "MANAGE_WEBHOOKS": 1 << 29,
    "USE_APPLICATION_COMMANDS": 1 << 31,
    "MANAGE_THREADS": 1 << 34,
    "CREATE_PUBLIC_THREADS": 1 << 35,
    "CREATE_PRIVATE_THREADS": 1 << 36,
    "SEND_MESSAGES_IN_THREADS": 1 << 38,
    "PIN_MESSAGES": 1 << 51,
}
ALL = (1 << 53) - 1


def bits(*names: str) -> int:
    """The bit set of those permissions. Raises KeyError for a name that is not known."""
    return sum(BITS[name] for name in names)


PEOPLE = bits(
    "VIEW_CHANNEL",
    "SEND_MESSAGES",
    "SEND_MESSAGES_IN_THREADS",
    "CREATE_PUBLIC_THREADS",
    "CREATE_PRIVATE_THREADS",
    "READ_MESSAGE_HISTORY",
    "ADD_REACTIONS",
    "ATTACH_FILES",
    "EMBED_LINKS",
    "USE_EXTERNAL_EMOJIS",
    "CHANGE_NICKNAME",
    "USE_APPLICATION_COMMANDS",
)
BOT = PEOPLE | bits("MANAGE_THREADS", "MANAGE_MESSAGES", "PIN_MESSAGES")
IN_DM = bits(
    "VIEW_CHANNEL",
    "SEND_MESSAGES",
    "READ_MESSAGE_HISTORY",
    "ADD_REACTIONS",
    "ATTACH_FILES",
    "EMBED_LINKS",
    "USE_EXTERNAL_EMOJIS",
    "USE_APPLICATION_COMMANDS",
    "PIN_MESSAGES",
)


def in_guild(world: World, user_id: str, guild: Guild) -> int:
    """The permissions that the roles alone give."""
    if user_id == guild.owner_id:
        return ALL
    if user_id not in guild.members:
        return 0
    held = guild.roles[guild.id].permissions
    for role_id in guild.members[user_id].roles:
        held |= guild.roles[role_id].permissions
    return ALL if held & BITS["ADMINISTRATOR"] else held


def in_channel(world: World, user_id: str, channel: Channel) -> int:
    """The permissions in that channel; a thread takes those of the channel it hangs on."""
    if channel.is_dm:
        return IN_DM if user_id in channel.recipients else 0
    place = world.channels[channel.parent_id] if channel.thread else channel
    guild = world.guild_of(place)
    held = in_guild(world, user_id, guild)
    if held == ALL or user_id not in guild.members:
        return held
    held = _overwritten(world, user_id, place, held)
    return held if held & BITS["VIEW_CHANNEL"] else 0


def _overwritten(world: World, user_id: str, channel: Channel, held: int) -> int:
    """Everyone's overwrite, then the roles' taken together, then the member's own."""
    overwrites, guild = channel.overwrites, world.guild_of(channel)
    roles = [overwrites[role] for role in guild.members[user_id].roles if role in overwrites]
    layers = [[overwrites[key]] if key in overwrites else [] for key in (guild.id, user_id)]
    for layer in (layers[0], roles, layers[1]):
        for overwrite in layer:
            held &= ~overwrite.deny
        for overwrite in layer:
            held |= overwrite.allow
    return held


def may(world: World, user_id: str, channel: Channel, *names: str) -> bool:
    wanted = bits(*names)
    return in_channel(world, user_id, channel) & wanted == wanted


def sees(world: World, user_id: str, channel: Channel) -> bool:
    """Whether that user may look into the channel; a private thread shows only to its members and to moderators."""
    if not may(world, user_id, channel, "VIEW_CHANNEL"):
        return False
    if channel.thread is None or not channel.is_private_thread:
        return True
    return user_id in channel.thread.members or may(world, user_id, channel, "MANAGE_THREADS")


def may_write(world: World, user_id: str, channel: Channel) -> bool:
    needed = "SEND_MESSAGES_IN_THREADS" if channel.thread else "SEND_MESSAGES"
    return sees(world, user_id, channel) and may(world, user_id, channel, needed)
