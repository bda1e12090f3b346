"""The guilds and channels that the bot can see, and who may see into them: kept up to date by the gateway's events.

Only what the door needs is kept: threads as their parent alone, no members, no messages.
"""

from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import structlog

from bots.discord.calls import FAILURES, Api, told
from bots.discord.tags import Tag, fitting, says_any
from bots.discord.words import id_at, snowflake
from inbox.directory import Room

log = structlog.get_logger("discord")

TEXT, DM, NEWS, NEWS_THREAD, PUBLIC_THREAD, PRIVATE_THREAD, FORUM, MEDIA = 0, 1, 5, 10, 11, 12, 15, 16
THREADS, FORUMS, ROOMS = {NEWS_THREAD, PUBLIC_THREAD, PRIVATE_THREAD}, {FORUM, MEDIA}, {TEXT, NEWS, FORUM, MEDIA}
ALL = (1 << 60) - 1
# docs "Permissions"
ADMINISTRATOR, VIEW, MANAGE_THREADS = 1 << 3, 1 << 10, 1 << 34
REQUIRE_TAG = 1 << 4  # docs "Channel Flags"
NEEDED = {
    "View Channel": VIEW,
    "Send Messages": 1 << 11,
    "Send Messages in Threads": 1 << 38,
    "Create Public Threads": 1 << 35,
    "Read Message History": 1 << 16,
    "Embed Links": 1 << 14,
    "Attach Files": 1 << 15,
    "Add Reactions": 1 << 6,
}
PRIVATE = {"Create Private Threads": 1 << 36}  # where a queue opens them
THREADS_REMEMBERED = 20_000
CLOCKS = timedelta(seconds=10)  # how far ours and Discord's may be apart


@dataclass(frozen=True, slots=True)
class Channel:
    """A channel, a thread of its `parent`, or a direct conversation. `overwrites` are (role or user, allow, deny);
    `tags` are a forum's, which may want one on each post; `applied` the ids of those that a post has."""

    id: str
    kind: int
    name: str = ""
    guild: str = ""
    parent: str = ""
    overwrites: tuple[tuple[str, int, int], ...] = ()
    tags: tuple[Tag, ...] = ()
    wants_tag: bool = False
    applied: tuple[str, ...] = ()

    @property
    def is_thread(self) -> bool:
        return self.kind in THREADS


@dataclass(slots=True)
class Guild:
    """A guild: its owner, its roles as id → (name, permissions), and the roles of the bot itself."""

    id: str
    name: str
    owner: str
    roles: dict[str, tuple[str, int]] = field(default_factory=dict)
    mine: tuple[str, ...] = ()

    def allowed(self, channel: Channel, user: str, roles: Iterable[str]) -> int:
        """What a member may do in a channel; docs "Permission Overwrites" give the order."""
        held = {self.id, *roles}
        base = 0
        for role in held:
            base |= self.roles.get(role, ("", 0))[1]
        if user == self.owner or base & ADMINISTRATOR:
            return ALL
        layers = ({self.id}, held - {self.id}, {user})
        for layer in layers:
            fitting = [(allow, deny) for of, allow, deny in channel.overwrites if of in layer]
            for _, deny in fitting:
                base &= ~deny
            for allow, _ in fitting:
                base |= allow
        return base if base & VIEW else 0


class Places:
    """What is known of guilds and channels. `api` is asked about what is not."""

    def __init__(self, connection: str, api: Api) -> None:
        self._connection, self._api = connection, api
        self.bot = ""
        self.guilds: dict[str, Guild] = {}
        self._channels: dict[str, Channel] = {}
        self._threads: dict[str, Channel] = {}
        self._seen: dict[str, Room] = {}
        self._since: dict[str, str] = {}

    # knowing

    async def learn(self, bot: str, at: datetime) -> None:
        """Asks for all guilds and their channels; `at` is now. Raises what the calls raise."""
        self.bot = bot
        told_guilds = await self._guild_list()
        self._keep_only({str(told_guild["id"]) for told_guild in told_guilds})
        for told_guild in told_guilds:
            id_ = snowflake(told_guild["id"])
            guild = await self._api.call("GET", "/guilds/{guild_id}", guild_id=id_)
            member = await self._api.call("GET", "/guilds/{guild_id}/members/{user_id}", guild_id=id_, user_id=bot)
            channels = await self._api.call("GET", "/guilds/{guild_id}/channels", guild_id=id_)
            self._put_guild({**guild, "members": [member], "channels": channels})
        self.see(at)

    async def _guild_list(self) -> list[Mapping[str, Any]]:
        found: list[Mapping[str, Any]] = []
        while True:
            after = {"after": found[-1]["id"]} if found else {}
            page = await self._api.call("GET", "/users/@me/guilds", query={"limit": 200, **after})
            found += page
            if len(page) < 200:
                return found

    def hear(self, event: str, data: Mapping[str, Any]) -> bool:
        """Takes in an event about guilds, roles, channels and threads; true where it may change which rooms there are.
        Raises KeyError, TypeError or ValueError."""
        if event == "READY":
            self._keep_only({str(guild["id"]) for guild in data["guilds"]})
        elif event in ("GUILD_CREATE", "GUILD_UPDATE"):
            self._put_guild(data)
        elif event in ("CHANNEL_CREATE", "CHANNEL_UPDATE", "THREAD_CREATE", "THREAD_UPDATE"):
            self._put(data)
        elif event in ("CHANNEL_DELETE", "THREAD_DELETE"):
            self._channels.pop(str(data["id"]), None)
            self._threads.pop(str(data["id"]), None)
        elif event == "THREAD_LIST_SYNC":
            for thread in data["threads"]:
                self._put({"guild_id": data["guild_id"], **thread})
        elif event in ("GUILD_ROLE_CREATE", "GUILD_ROLE_UPDATE", "GUILD_ROLE_DELETE"):
            self._put_role(data)
        elif event == "GUILD_MEMBER_UPDATE":
            guild = self.guilds.get(str(data["guild_id"]))
            if guild is None or str(data["user"]["id"]) != self.bot:
                return False
            guild.mine = tuple(map(str, data["roles"]))
        elif event == "GUILD_DELETE" and not data.get("unavailable"):
            self._keep_only(self.guilds.keys() - {str(data["id"])})
        return not event.startswith("THREAD_")

    def _keep_only(self, guilds: Set[str]) -> None:
        """The bot is in these guilds and no others."""
        self.guilds = {id_: guild for id_, guild in self.guilds.items() if id_ in guilds}
        self._channels = {id_: c for id_, c in self._channels.items() if c.guild in guilds or c.kind == DM}

    def _put_guild(self, data: Mapping[str, Any]) -> None:
        if data.get("unavailable"):
            return
        id_ = snowflake(data["id"])
        roles = {str(r["id"]): (str(r["name"]), int(r["permissions"])) for r in data.get("roles") or ()}
        mine = [m for m in data.get("members") or () if str((m.get("user") or {}).get("id")) == self.bot]
        old = self.guilds.get(id_)
        held = tuple(map(str, mine[0]["roles"])) if mine else (old.mine if old else ())
        self.guilds[id_] = Guild(
            id_, str(data["name"]), str(data["owner_id"]), roles or (old.roles if old else {}), held
        )
        if data.get("channels") is not None:  # an update names none; whoever names them names all
            self._channels = {key: c for key, c in self._channels.items() if c.guild != id_}
        for channel in (*(data.get("channels") or ()), *(data.get("threads") or ())):
            self._put({**channel, "guild_id": id_})

    def _put_role(self, data: Mapping[str, Any]) -> None:
        guild = self.guilds.get(str(data["guild_id"]))
        if guild is None:
            return
        if "role" in data:
            guild.roles[str(data["role"]["id"])] = (str(data["role"]["name"]), int(data["role"]["permissions"]))
        else:
            guild.roles.pop(str(data["role_id"]), None)

    def _put(self, data: Mapping[str, Any]) -> Channel:
        """Remembers a channel or thread; of the many threads the oldest are forgotten, and asked for when needed."""
        overwrites = tuple(
            (str(o["id"]), int(o["allow"]), int(o["deny"])) for o in data.get("permission_overwrites") or ()
        )
        channel = Channel(
            snowflake(data["id"]),
            int(data["type"]),
            str(data.get("name") or ""),
            str(data.get("guild_id") or ""),
            snowflake(data["parent_id"]) if data.get("parent_id") else "",
            overwrites,
            tuple(
                Tag(str(t["id"]), str(t["name"]), bool(t.get("moderated"))) for t in data.get("available_tags") or ()
            ),
            bool(int(data.get("flags") or 0) & REQUIRE_TAG),
            tuple(map(str, data.get("applied_tags") or ())),
        )
        if channel.is_thread:
            self._threads[channel.id] = channel
            while len(self._threads) > THREADS_REMEMBERED:
                self._threads.pop(next(iter(self._threads)))
        elif channel.kind in ROOMS or channel.kind == DM:
            self._channels[channel.id] = channel
        return channel

    # telling

    def known(self, id_: str) -> Channel | None:
        return self._channels.get(id_) or self._threads.get(id_)

    async def find(self, id_: str) -> Channel | None:
        """The channel with that id; None where Discord does not show it to us. Raises what else a call raises."""
        known = self.known(id_)
        if known:
            return known
        try:
            return self._put(await self._api.call("GET", "/channels/{channel_id}", channel_id=id_))
        except FAILURES as error:
            if getattr(error, "status", 0) in (400, 403, 404):
                log.debug("discord.channel_not_shown", channel=id_, why=told(error))
                return None
            raise

    def renames_post(self, data: Mapping[str, Any]) -> bool:
        """Does an event about a thread give a forum's post another title than the one known? Raises KeyError."""
        if not self.is_forum(str(data["parent_id"])):
            return False
        known = self._threads.get(str(data["id"]))
        return known is None or known.name != str(data["name"])

    def is_forum(self, id_: str) -> bool:
        channel = self._channels.get(id_)
        return channel is not None and channel.kind in FORUMS

    def rooms(self) -> list[Room]:
        """The text channels and forums that the bot may see; with the server's name where it is on several."""
        return [
            Room(
                self._connection,
                channel.id,
                f"{guild.name}/#{channel.name}" if len(self.guilds) > 1 else f"#{channel.name}",
                "forum" if channel.kind in FORUMS else "channel",
                private=not guild.allowed(channel, "", ()),
            )
            for channel in self._channels.values()
            if channel.kind in ROOMS
            and (guild := self.guilds.get(channel.guild))
            and guild.allowed(channel, self.bot, guild.mine)
        ]

    def see(self, at: datetime) -> bool:
        """Looks at the rooms, at a moment when some may have changed; true where one came into sight, went out of it or
        is called otherwise since the last look."""
        now = {room.external_id: room for room in self.rooms()}
        changed = {id_ for id_ in now.keys() | self._seen.keys() if now.get(id_) != self._seen.get(id_)}
        self._since.update(dict.fromkeys(changed & now.keys(), id_at(at - CLOCKS)))
        self._seen = now
        return bool(changed)

    def since(self, id_: str) -> str:
        """The id from which on a room is as it is, as far as is known; "" for one that the bot does not see."""
        return self._since.get(id_, "")

    def tag_for_a_new_post(self, forum: str) -> Tag | None:
        """Where a forum wants a tag on each post: one that says that nobody has answered yet, else the first that the
        bot may use. None where it wants none, or has none for the bot."""
        if not self.wants_tag(forum):
            return None
        usable = self.usable_tags(forum)
        return fitting("new", usable) or (usable[0] if usable else None)

    def tags(self, forum: str) -> set[str]:
        """The ids of all tags that a forum has."""
        channel = self._channels.get(forum)
        return {tag.id for tag in channel.tags} if channel else set()

    def tags_of(self, post: Channel) -> tuple[str, ...]:
        """What a post's tags are called, but for those that say how the question stands."""
        forum = self._channels.get(post.parent)
        on_it = [tag for tag in (forum.tags if forum else ()) if tag.id in post.applied]
        return tuple(tag.name for tag in on_it if not says_any([tag]))

    def usable_tags(self, forum: str) -> list[Tag]:
        """The tags of a forum that the bot may set."""
        channel = self._channels.get(forum)
        moderates = bool(self._held(channel) & MANAGE_THREADS)
        return [tag for tag in channel.tags if moderates or not tag.moderated] if channel else []

    def tags_out_of_reach(self, forum: str) -> bool:
        """Has a forum tags that say how a question stands, which the bot may not set on others' posts?"""
        channel = self._channels.get(forum)
        return channel is not None and says_any(channel.tags) and not self._held(channel) & MANAGE_THREADS

    def wants_tag(self, forum: str) -> bool:
        """Must each post of a forum have a tag?"""
        channel = self._channels.get(forum)
        return channel is not None and channel.wants_tag

    def _held(self, channel: Channel | None) -> int:
        """What the bot may do in a channel."""
        guild = self.guilds.get(channel.guild) if channel else None
        return guild.allowed(channel, self.bot, guild.mine) if channel and guild else 0

    def lacking(self, id_: str, *names: str, private: bool = False) -> list[str]:
        """The permissions (all, or those named) that the bot needs in a room and does not have; `private` where it
        opens private threads there."""
        held, needed = self._held(self._channels.get(id_)), {**NEEDED, **(PRIVATE if private else {})}
        return [name for name, bit in needed.items() if not held & bit and (name in names or not names)]

    def can_hide(self, id_: str) -> bool:
        """Can there be private threads in a room? docs "Threads": of text channels alone."""
        channel = self._channels.get(id_)
        return channel is not None and channel.kind == TEXT

    def name_of(self, sign: str, id_: str) -> str:
        """The name that a mention of a role or channel stands for; "" for an unknown one."""
        if sign == "#":
            channel = self.known(id_)
            return channel.name if channel else ""
        return next((guild.roles[id_][0] for guild in self.guilds.values() if id_ in guild.roles), "").removeprefix("@")
