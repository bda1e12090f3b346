"""Further guilds: founded, joined and left by the bot."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from bots.simulator.discord import threads
from bots.simulator.discord.acts.people import guild_called, person
from bots.simulator.discord.core import Core
from bots.simulator.discord.permissions import BOT, PEOPLE
from bots.simulator.discord.world import Guild, Member, Role
from bots.simulator.server import Refused

if TYPE_CHECKING:
    from bots.simulator.discord.simulator import DiscordSimulator


def add_guild(
    sim: "DiscordSimulator", name: str, owner: str = "maja", members: Sequence[str] = (), bot: bool = True
) -> str:
    """A further guild without any channels, with these members; returns its id. The bot is invited if it shall."""
    core = sim.core
    guild = Guild(core.world.ids.next(), name, person(core, owner).id)
    guild.roles[guild.id] = Role(guild.id, "@everyone", PEOPLE, 0)
    for who in {owner, *members}:
        user = person(core, who)
        guild.members[user.id] = Member(user.id, core.clock())
    core.world.guilds[guild.id] = guild
    if bot:
        invite_bot(sim, guild.id)
    return guild.id


def add_role(sim: "DiscordSimulator", name: str, members: Sequence[str] = (), guild: str = "") -> str:
    """A new role with the permissions that everybody has, given to these members; returns its id."""
    core, where = sim.core, guild_called(sim.core, guild)
    role = Role(core.world.ids.next(), name, PEOPLE, len(where.roles))
    where.roles[role.id] = role
    if where in core.world.bots_guilds:
        core.hub.emit("GUILD_ROLE_CREATE", {"guild_id": where.id, "role": core.shapes.role(role)})
    for who in members:
        sim.acts["give_role"](who=who, role=role.id, guild=where.id)
    return role.id


def invite_bot(sim: "DiscordSimulator", guild: str = "") -> None:
    """The bot joins a guild: a role of its own is made, and all there is there is told."""
    core, where = sim.core, guild_called(sim.core, guild)
    bot = core.world.bot
    if where in core.world.bots_guilds:
        raise Refused(f"The bot is in {where.name} already.")
    role = Role(core.world.ids.next(), bot.username, BOT, len(where.roles), bot_id=bot.id)
    where.roles[role.id] = role
    where.members[bot.id] = Member(bot.id, core.clock(), [role.id])
    told = core.shapes.guild_create(where, [where.members[bot.id]], threads.active(core, where))
    core.hub.emit("GUILD_CREATE", told)


def remove_bot(sim: "DiscordSimulator", guild: str = "") -> None:
    """The bot is thrown out of a guild, and its role is gone."""
    core, where = sim.core, guild_called(sim.core, guild)
    if where not in core.world.bots_guilds:
        raise Refused(f"The bot is not in {where.name}.")
    _forget_bot(core, where)
    core.hub.emit("GUILD_DELETE", {"id": where.id})  # documentation, "Guild Delete": no `unavailable` for a removal


def _forget_bot(core: Core, guild: Guild) -> None:
    bot = core.world.bot.id
    del guild.members[bot]
    for role in [role for role in guild.roles.values() if role.bot_id == bot]:
        del guild.roles[role.id]
    for channel in core.world.threads():
        if channel.thread and core.world.guild_of(channel) is guild:
            channel.thread.members.pop(bot, None)


ACTS: dict[str, Callable[..., Any]] = {
    "add_guild": add_guild,
    "add_role": add_role,
    "invite_bot": invite_bot,
    "remove_bot": remove_bot,
}
