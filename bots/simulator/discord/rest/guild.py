"""The guild: its members, roles, channels and active threads."""

from typing import Any

from bots.simulator.discord import members, threads
from bots.simulator.discord.core import Core
from bots.simulator.discord.errors import ApiError
from bots.simulator.discord.permissions import BITS, in_guild
from bots.simulator.discord.rest.body import Ask
from bots.simulator.discord.rest.common import Answer, Routes
from bots.simulator.discord.world import CATEGORY, FORUM, TEXT, Channel, Guild, Json, Member


def guild_of(core: Core, ask: Ask) -> Guild:
    found = core.world.guilds.get(ask.params["guild_id"])
    if found is None:
        raise ApiError(10004)
    if found not in core.world.bots_guilds:
        raise ApiError(50001)
    return found


def _member_of(core: Core, ask: Ask) -> Member:
    member = guild_of(core, ask).members.get(ask.params["user_id"])
    if member is None:
        raise ApiError(10007 if ask.params["user_id"] in core.world.users else 10013)
    return member


def _need(core: Core, guild: Guild, permission: str) -> None:
    if not in_guild(core.world, core.world.bot.id, guild) & BITS[permission]:
        raise ApiError(50013)


def get_guild(core: Core, ask: Ask) -> Any:
    guild = guild_of(core, ask)
    counts = {"approximate_member_count": len(guild.members), "approximate_presence_count": 1}
    return {**core.shapes.guild(guild), **(counts if ask.wants("with_counts") else {})}


def get_channels(core: Core, ask: Ask) -> Any:
    return [core.shapes.channel(channel) for channel in core.world.channels_of(guild_of(core, ask))]


def create_channel(core: Core, ask: Ask) -> Any:
    guild = guild_of(core, ask)
    _need(core, guild, "MANAGE_CHANNELS")
    form = ask.form()
    name = form.text("name", 100, 1, required=True)
    kind = form.choice("type", {TEXT, CATEGORY, FORUM})
    topic, parent = form.text("topic", 1024), form.snowflake("parent_id")
    form.problems.refuse_if_any()
    channel = Channel(core.world.ids.next(), kind or TEXT, name or "", parent or "", topic=topic or "")
    channel.position, channel.guild_id = len(core.world.channels), guild.id
    threads.open_channel(core, channel)
    return Answer(201, core.shapes.channel(channel))


def list_members(core: Core, ask: Ask) -> Any:
    guild = guild_of(core, ask)
    # Documentation, "List Guild Members": restricted by the members intent of the application.
    if "GUILD_MEMBERS" not in core.world.app.granted_intents:
        raise ApiError(50001)
    query = ask.query_form()
    limit, after = query.integer("limit", 1, 1000) or 1, query.snowflake("after") or "0"
    query.problems.refuse_if_any()
    later = sorted((m for m in guild.members.values() if int(m.user_id) > int(after)), key=lambda m: int(m.user_id))
    return [core.shapes.member(member) for member in later[:limit]]


def search_members(core: Core, ask: Ask) -> Any:
    guild = guild_of(core, ask)
    query = ask.query_form()
    text, limit = query.text("query", 100, 1, required=True), query.integer("limit", 1, 1000) or 1
    query.problems.refuse_if_any()
    found = [m for m in guild.members.values() if members.fits(core.world, m, str(text))]
    return [core.shapes.member(member) for member in found[:limit]]


def get_member(core: Core, ask: Ask) -> Any:
    return core.shapes.member(_member_of(core, ask))


def edit_own_member(core: Core, ask: Ask) -> Any:
    guild = guild_of(core, ask)
    member = guild.members[core.world.bot.id]
    form = ask.form()
    nick = form.text("nick", 32)
    form.problems.refuse_if_any()
    _need(core, guild, "CHANGE_NICKNAME")
    members.change(core, member, nick=nick or "")
    return core.shapes.member(member)


def add_role(core: Core, ask: Ask) -> Any:
    member, role_id = _role_change(core, ask)
    if role_id not in member.roles:
        members.change(core, member, roles=[*member.roles, role_id])


def remove_role(core: Core, ask: Ask) -> Any:
    member, role_id = _role_change(core, ask)
    if role_id in member.roles:
        members.change(core, member, roles=[r for r in member.roles if r != role_id])


def _role_change(core: Core, ask: Ask) -> tuple[Member, str]:
    member = _member_of(core, ask)
    role_id = ask.params["role_id"]
    guild = guild_of(core, ask)
    if role_id not in guild.roles:
        raise ApiError(10011)
    _need(core, guild, "MANAGE_ROLES")
    return member, role_id


def get_roles(core: Core, ask: Ask) -> Any:
    return [core.shapes.role(role) for role in guild_of(core, ask).roles.values()]


def get_role(core: Core, ask: Ask) -> Any:
    role = guild_of(core, ask).roles.get(ask.params["role_id"])
    if role is None:
        raise ApiError(10011)
    return core.shapes.role(role)


def active_threads(core: Core, ask: Ask) -> Any:
    active = threads.active(core, guild_of(core, ask))
    return listed_threads(core, sorted(active, key=lambda t: int(t.id), reverse=True))


def listed_threads(core: Core, found: list[Channel], more: bool = False) -> Json:
    bot_id = core.world.bot.id
    mine = [core.shapes.thread_member(t, bot_id) for t in found if t.thread and bot_id in t.thread.members]
    return {"threads": [core.shapes.channel(t) for t in found], "members": mine, "has_more": more}


ROUTES: Routes = {
    "GET /guilds/{guild_id}": get_guild,
    "GET /guilds/{guild_id}/channels": get_channels,
    "POST /guilds/{guild_id}/channels": create_channel,
    "GET /guilds/{guild_id}/members": list_members,
    "GET /guilds/{guild_id}/members/search": search_members,
    "GET /guilds/{guild_id}/members/{user_id}": get_member,
    "PATCH /guilds/{guild_id}/members/@me": edit_own_member,
    "PUT /guilds/{guild_id}/members/{user_id}/roles/{role_id}": add_role,
    "DELETE /guilds/{guild_id}/members/{user_id}/roles/{role_id}": remove_role,
    "GET /guilds/{guild_id}/roles": get_roles,
    "GET /guilds/{guild_id}/roles/{role_id}": get_role,
    "GET /guilds/{guild_id}/threads/active": active_threads,
}
