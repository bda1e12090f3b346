"""Members come, change and go, and the events that tell of it."""

from typing import Any

from bots.simulator.discord import threads
from bots.simulator.discord.core import Core
from bots.simulator.discord.world import Guild, Json, Member, User, World


def fits(world: World, member: Member, text: str) -> bool:
    """Whether a name of the member begins with that text, as the member search goes by."""
    user = world.users[member.user_id]
    return any(name.lower().startswith(text.lower()) for name in (user.username, user.global_name, member.nick) if name)


def arrive(core: Core, user: User, roles: list[str], guild: Guild) -> Member:
    member = Member(user.id, core.clock(), roles)
    core.world.users[user.id] = user
    guild.members[user.id] = member
    _tell(core, guild, "GUILD_MEMBER_ADD", core.shapes.member(member))
    return member


def change(core: Core, member: Member, **fields: Any) -> None:
    for key, value in fields.items():
        setattr(member, key, value)
    guild = next(guild for guild in core.world.guilds.values() if guild.members.get(member.user_id) is member)
    _tell(core, guild, "GUILD_MEMBER_UPDATE", core.shapes.member(member))


def depart(core: Core, user_id: str, guild: Guild) -> None:
    """The member leaves the guild, and with it every thread."""
    for channel in core.world.threads():
        if core.world.guild_of(channel) is guild:
            threads.remove_member(core, channel, user_id)
    del guild.members[user_id]
    _tell(core, guild, "GUILD_MEMBER_REMOVE", {"user": core.shapes.user(core.world.users[user_id])})


def _tell(core: Core, guild: Guild, event: str, data: Json) -> None:
    if guild in core.world.bots_guilds:
        core.hub.emit(event, {**data, "guild_id": guild.id})
