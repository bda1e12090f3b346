"""The bot's own account, its application, users, and the way to the gateway."""

from typing import Any

from bots.simulator.discord.core import Core
from bots.simulator.discord.errors import ApiError
from bots.simulator.discord.permissions import in_guild
from bots.simulator.discord.rest.body import Ask
from bots.simulator.discord.rest.common import Routes
from bots.simulator.discord.world import Guild, Json


def me(core: Core, _: Ask) -> Any:
    return core.shapes.me()


def edit_me(core: Core, ask: Ask) -> Any:
    form = ask.form()
    name = form.text("username", 32, 2)
    form.problems.refuse_if_any()
    if name:
        core.world.bot.username = name
        core.hub.emit("USER_UPDATE", core.shapes.me())
    return core.shapes.me()


def user(core: Core, ask: Ask) -> Any:
    found = core.world.users.get(ask.params["user_id"])
    if found is None:
        raise ApiError(10013)
    return core.shapes.user(found)


def my_guilds(core: Core, _: Ask) -> Any:
    return [_partial(core, guild) for guild in core.world.bots_guilds]


def _partial(core: Core, guild: Guild) -> Json:
    held = in_guild(core.world, core.world.bot.id, guild)
    shape: Json = {"id": guild.id, "name": guild.name, "icon": None, "banner": None, "owner": False, "features": []}
    return {**shape, "permissions": str(held)}


def open_dm(core: Core, ask: Ask) -> Any:
    form = ask.form()
    user_id = form.snowflake("recipient_id", required=True)
    form.problems.refuse_if_any()
    found = core.world.users.get(str(user_id))
    if found is None:
        raise ApiError(10013)
    if found.bot:
        raise ApiError(50007)
    channel = core.world.dm_with(found.id)
    return core.shapes.channel(channel)


def application(core: Core, _: Ask) -> Any:
    return core.shapes.application()


def gateway(core: Core, _: Ask) -> Any:
    return {"url": core.gateway_url()}


def gateway_bot(core: Core, _: Ask) -> Any:
    left = max(0, 1000 - core.identified)
    limit = {"total": 1000, "remaining": left, "reset_after": 86_400_000, "max_concurrency": 1}
    return {"url": core.gateway_url(), "session_start_limit": limit, "shards": 1}


ROUTES: Routes = {
    "GET /users/@me": me,
    "PATCH /users/@me": edit_me,
    "GET /users/{user_id}": user,
    "GET /users/@me/guilds": my_guilds,
    "POST /users/@me/channels": open_dm,
    "GET /oauth2/applications/@me": application,
    "GET /applications/@me": application,
    "GET /gateway": gateway,
    "GET /gateway/bot": gateway_bot,
}
