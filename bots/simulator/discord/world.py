"""What exists in the simulated Discord: guilds, their people, channels, messages, and the application."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from bots.simulator.discord.snowflake import Snowflakes

Json = dict[str, Any]

DM, TEXT, CATEGORY, PUBLIC_THREAD, PRIVATE_THREAD, FORUM = 1, 0, 4, 11, 12, 15
REQUIRE_TAG = 1 << 4
EPHEMERAL, LOADING, HAS_THREAD, COMPONENTS_V2 = 1 << 6, 1 << 7, 1 << 5, 1 << 15
TEXT_DISPLAY = 10
PRIVILEGED = {"GUILD_MEMBERS", "GUILD_PRESENCES", "MESSAGE_CONTENT"}


@dataclass(slots=True)
class User:
    """An account. `dms_closed` is set when the person has blocked the bot."""

    id: str
    username: str
    global_name: str
    bot: bool = False
    locale: str = "en-US"
    dms_closed: bool = False

    @property
    def name(self) -> str:
        return self.global_name or self.username


@dataclass(slots=True)
class Role:
    id: str
    name: str
    permissions: int
    position: int
    color: int = 0
    mentionable: bool = False
    bot_id: str = ""


@dataclass(slots=True)
class Member:
    user_id: str
    joined_at: float
    roles: list[str] = field(default_factory=list)
    nick: str = ""


@dataclass(slots=True)
class Guild:
    id: str
    name: str
    owner_id: str
    roles: dict[str, Role] = field(default_factory=dict)
    members: dict[str, Member] = field(default_factory=dict)
    locale: str = "en-US"


@dataclass(slots=True)
class Overwrite:
    """Permissions of a role (kind 0) or a member (kind 1) in one channel."""

    id: str
    kind: int
    allow: int = 0
    deny: int = 0


@dataclass(slots=True)
class Thread:
    """What a channel has more when it is a thread. Times in seconds, `auto_archive` in minutes."""

    owner_id: str
    created_at: float
    changed_at: float
    active_at: float
    auto_archive: int = 4320
    archived: bool = False
    locked: bool = False
    invitable: bool = True
    members: dict[str, float] = field(default_factory=dict)
    message_count: int = 0
    total_sent: int = 0
    applied_tags: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Channel:
    id: str
    type: int
    name: str = ""
    parent_id: str = ""
    position: int = 0
    topic: str = ""
    slowmode: int = 0
    flags: int = 0
    overwrites: dict[str, Overwrite] = field(default_factory=dict)
    recipients: list[str] = field(default_factory=list)
    tags: list[Json] = field(default_factory=list)
    thread: Thread | None = None
    guild_id: str = ""
    history: "list[Message]" = field(default_factory=list)
    last_message_id: str = ""

    @property
    def is_dm(self) -> bool:
        return self.type == DM

    @property
    def is_private_thread(self) -> bool:
        return self.type == PRIVATE_THREAD


@dataclass(slots=True)
class Attachment:
    id: str
    filename: str
    content_type: str
    data: bytes
    description: str = ""
    voice: bool = False


@dataclass(slots=True)
class Message:
    """A message as it stands now. Times are in seconds; `viewer_id` is set when only that user sees it."""

    id: str
    channel_id: str
    author_id: str
    content: str
    at: float
    type: int = 0
    edited_at: float = 0.0
    flags: int = 0
    embeds: list[Json] = field(default_factory=list)
    components: list[Json] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)
    stickers: list[Attachment] = field(default_factory=list)
    mentions: list[str] = field(default_factory=list)
    mention_roles: list[str] = field(default_factory=list)
    mention_everyone: bool = False
    reply_to: str = ""
    reference: Json | None = None
    nonce: str | int | None = None
    reactions: dict[str, list[str]] = field(default_factory=dict)
    pinned: bool = False
    deleted: bool = False
    viewer_id: str = ""
    webhook: Json | None = None
    interaction: Json | None = None

    @property
    def text(self) -> str:
        """All words that the message shows, of its content, components and embeds, a line each."""
        lines = [self.content]
        lines += spoken(self.components)
        for embed in self.embeds:
            lines += [embed.get("title") or "", embed.get("description") or ""]
            lines += [f"{item['name']}: {item['value']}" for item in embed.get("fields") or []]
            lines.append((embed.get("footer") or {}).get("text", ""))
        return "\n".join(line for line in lines if line)


def spoken(components: list[Json]) -> list[str]:
    """The texts of a message that is made of components."""
    texts: list[str] = []
    for component in components:
        texts += [component["content"]] if component["type"] == TEXT_DISPLAY else []
        texts += spoken(component.get("components", []))
    return texts


@dataclass(slots=True)
class Application:
    """The bot's application. `granted_intents` are the privileged intents switched on in its settings;
    `bot_public` says that anybody may add the bot to a server."""

    id: str
    name: str
    token: str
    public_key: str
    owner_id: str
    granted_intents: set[str] = field(default_factory=lambda: {"GUILD_MEMBERS", "MESSAGE_CONTENT"})
    commands: dict[str, Json] = field(default_factory=dict)
    bot_public: bool = False


@dataclass(slots=True)
class View:
    """A modal form that is open for a person; `trigger` tells of the interaction that opened it."""

    id: str
    user_id: str
    channel_id: str
    message_id: str
    data: Json
    trigger: Json


class World:
    """Everything there is. `clock` gives seconds since the epoch; `guild` is the first guild, where all people are at
    the beginning, and channels that name none are of it."""

    def __init__(self, clock: Callable[[], float], app: Application, guild: Guild) -> None:
        self.clock, self.app, self.guild = clock, app, guild
        self.guilds: dict[str, Guild] = {guild.id: guild}
        self.ids = Snowflakes(clock)
        self.users: dict[str, User] = {}
        self.channels: dict[str, Channel] = {}
        self.messages: dict[str, Message] = {}
        self.webhooks: dict[str, Json] = {}
        self.views: dict[str, View] = {}
        self.uploads: dict[str, Attachment] = {}

    @property
    def bot(self) -> User:
        return self.users[self.app.id]

    @property
    def bots_guilds(self) -> list[Guild]:
        """The guilds that the bot is in."""
        return [guild for guild in self.guilds.values() if self.bot.id in guild.members]

    def guild_of(self, channel: Channel) -> Guild:
        return self.guilds.get(channel.guild_id, self.guild)

    def guild_called(self, name: str) -> Guild | None:
        """By id or name; "" is the first."""
        if not name:
            return self.guild
        return next((guild for guild in self.guilds.values() if name in (guild.id, guild.name)), None)

    def channels_of(self, guild: Guild) -> list[Channel]:
        """Its channels and categories, no threads."""
        return [c for c in self.channels.values() if not c.is_dm and not c.thread and self.guild_of(c) is guild]

    def user(self, who: str) -> User | None:
        """By id, name or username."""
        if who in self.users:
            return self.users[who]
        low = who.lower().removeprefix("@")
        return next((u for u in self.users.values() if low in (u.username.lower(), u.global_name.lower())), None)

    def room(self, room: str) -> Channel | None:
        """A channel or thread by id or by name, with or without the leading #; a category where nothing else fits."""
        if room in self.channels:
            return self.channels[room]
        low = room.lower().removeprefix("#")
        named = [c for c in self.channels.values() if not c.is_dm and c.name.lower() == low]
        return min(named, key=lambda c: c.type == CATEGORY, default=None)

    def dm_with(self, user_id: str) -> Channel:
        """The direct conversation of that user with the bot, made on first need."""
        for channel in self.channels.values():
            if channel.is_dm and user_id in channel.recipients:
                return channel
        channel = Channel(self.ids.next(), DM, recipients=[self.bot.id, user_id])
        self.channels[channel.id] = channel
        return channel

    def threads(self, parent_id: str = "") -> list[Channel]:
        return [c for c in self.channels.values() if c.thread and (not parent_id or c.parent_id == parent_id)]

    def display_name(self, user_id: str) -> str:
        member = self.guild.members.get(user_id)
        return (member.nick if member else "") or self.users[user_id].name
