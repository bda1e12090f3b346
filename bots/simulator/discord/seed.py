"""The world at the start: the guild Acme with its rooms, its people, and the bot."""

from collections.abc import Callable
from datetime import UTC, datetime

from bots.simulator.discord.permissions import BOT, PEOPLE, bits
from bots.simulator.discord.snowflake import seconds_of, snowflake_at
from bots.simulator.discord.world import (
    CATEGORY,
    FORUM,
    TEXT,
    Application,
    Channel,
    Guild,
    Member,
    Overwrite,
    Role,
    User,
    World,
)

PUBLIC_KEY = "5a" * 32
JOINED = datetime(2024, 3, 4, 9, tzinfo=UTC).timestamp()


def _id(year: int, month: int, day: int, low_bits: int) -> str:
    return snowflake_at(datetime(year, month, day, 9, 30, tzinfo=UTC).timestamp(), low_bits)


PEOPLE_IDS = {
    "anna": _id(2018, 5, 14, 131_072),
    "erik": _id(2019, 11, 2, 262_145),
    "omar": _id(2017, 2, 21, 393_219),
    "lisa": _id(2020, 8, 30, 131_078),
    "maja": _id(2016, 9, 9, 655_363),
}
BOT_ID = _id(2023, 1, 17, 131_074)
GUILD_ID = _id(2021, 4, 6, 0)
SUPPORT_ROLE_ID = _id(2021, 4, 7, 4)
BOT_ROLE_ID = _id(2024, 3, 4, 7)


def seeded(clock: Callable[[], float], token: str) -> World:
    """A fresh world on that clock, whose bot signs in with that token."""
    app = Application(BOT_ID, "Frontdesk", token, PUBLIC_KEY, PEOPLE_IDS["maja"])
    guild = Guild(GUILD_ID, "Acme", PEOPLE_IDS["maja"])
    world = World(clock, app, guild)
    _roles(guild)
    for name, user_id in PEOPLE_IDS.items():
        world.users[user_id] = User(user_id, name, name.capitalize())
        guild.members[user_id] = Member(user_id, max(JOINED, seconds_of(user_id)))
    for name in ("omar", "lisa", "maja"):
        guild.members[PEOPLE_IDS[name]].roles.append(SUPPORT_ROLE_ID)
    world.users[BOT_ID] = User(BOT_ID, "Frontdesk", "", bot=True)
    guild.members[BOT_ID] = Member(BOT_ID, JOINED, [BOT_ROLE_ID])
    _channels(world)
    return world


def _roles(guild: Guild) -> None:
    for role in (
        Role(guild.id, "@everyone", PEOPLE, 0),
        Role(
            SUPPORT_ROLE_ID,
            "Support",
            PEOPLE | bits("MANAGE_THREADS", "MANAGE_MESSAGES"),
            1,
            color=0x3498DB,
            mentionable=True,
        ),
        Role(BOT_ROLE_ID, "Frontdesk", BOT, 2, bot_id=BOT_ID),
    ):
        guild.roles[role.id] = role


def _agents_only() -> dict[str, Overwrite]:
    seen = bits("VIEW_CHANNEL")
    hidden = Overwrite(GUILD_ID, 0, deny=seen)
    return {hidden.id: hidden} | {role: Overwrite(role, 0, allow=seen) for role in (SUPPORT_ROLE_ID, BOT_ROLE_ID)}


def _channels(world: World) -> None:
    community, desk = _id(2021, 4, 6, 11), _id(2021, 4, 6, 12)
    tags = [{"id": _id(2021, 4, 8, 30), "name": "solved", "moderated": False, "emoji_id": None, "emoji_name": "✅"}]
    for position, channel in enumerate(
        (
            Channel(community, CATEGORY, "Community"),
            Channel(_id(2021, 4, 6, 21), TEXT, "general", community),
            Channel(_id(2021, 4, 6, 22), TEXT, "support", community, topic="Ask us anything"),
            Channel(_id(2021, 4, 6, 23), FORUM, "help-forum", community, tags=tags),
            Channel(desk, CATEGORY, "Desk", overwrites=_agents_only()),
            Channel(_id(2021, 4, 6, 24), TEXT, "desk", desk, overwrites=_agents_only()),
        )
    ):
        channel.position = position
        world.channels[channel.id] = channel
