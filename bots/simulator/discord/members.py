"""Members come, change and go, and the events that tell of it."""

from typing import Any

from bots.simulator.discord import threads
from bots.simulator.discord.core import Core
from bots.simulator.discord.world import Json, Member, User, World


def fits(world: World, member: Member, text: str) -> bool:
    """Whether a name of the member begins with that text, as the member search goes by."""
    user = world.users[member.user_id]
    return any(name.lower().startswith(text.lower()) for name in (user.username, user.global_name, member.nick) if name)


def arrive(core: Core, user: User, roles: list[str]) -> Member:
    member = Member(user.id, core.clock(), roles)
    core.world.users[user.id] = user
    core.world.guild.members[user.id] = member
    core.hub.emit("GUILD_MEMBER_ADD", _event(core, member))
    return member


def change(core: Core, member: Member, **fields: Any) -> None:
    for key, value in fields.items():
        setattr(member, key, value)
    core.hub.emit("GUILD_MEMBER_UPDATE", _event(core, member))


def depart(core: Core, user_id: str) -> None:
    """The member leaves the guild, and with it every thread."""
    for channel in core.world.threads():
        threads.remove_member(core, channel, user_id)
    del core.world.guild.members[user_id]
    user = core.shapes.user(core.world.users[user_id])
    core.hub.emit("GUILD_MEMBER_REMOVE", {"guild_id": core.world.guild.id, "user": user})


def _event(core: Core, member: Member) -> Json:
    return {**core.shapes.member(member), "guild_id": core.world.guild.id}
