"""Things of the world as the API writes them.

Source: developer documentation, "Resources", and the OpenAPI document.
"""

from collections.abc import Callable
from typing import Any

from bots.simulator.discord import cdn
from bots.simulator.discord.permissions import in_channel
from bots.simulator.discord.snowflake import iso
from bots.simulator.discord.world import (
    FORUM,
    HAS_THREAD,
    Attachment,
    Channel,
    Guild,
    Json,
    Member,
    Message,
    Role,
    User,
    World,
)

STICKER_FORMATS = {"png": 1, "apng": 2, "json": 3, "gif": 4}  # "Sticker Format Types"
LIMITED_FLAGS = {"GUILD_PRESENCES": 1 << 13, "GUILD_MEMBERS": 1 << 15, "MESSAGE_CONTENT": 1 << 19}


class Shapes:
    """`base_url` gives the server's address, known once it has started."""

    def __init__(self, world: World, base_url: Callable[[], str]) -> None:
        self.world, self.base_url = world, base_url

    # people

    def user(self, user: User) -> Json:
        shape: Json = {
            "id": user.id,
            "username": user.username if user.bot else user.username.lower(),
            "discriminator": "4821" if user.bot else "0",
            "global_name": user.global_name or None,
            "avatar": None,
            "avatar_decoration_data": None,
            "banner": None,
            "accent_color": None,
            "public_flags": 0,
            "flags": 0,
            "primary_guild": None,
        }
        return {**shape, "bot": True} if user.bot else shape

    def me(self) -> Json:
        more = {"mfa_enabled": True, "locale": "en-US", "premium_type": 0, "email": None, "verified": True}
        return {**self.user(self.world.bot), **more}

    def member(self, member: Member, with_user: bool = True) -> Json:
        shape: Json = {
            "avatar": None,
            "banner": None,
            "communication_disabled_until": None,
            "flags": 0,
            "joined_at": iso(member.joined_at),
            "nick": member.nick or None,
            "pending": False,
            "premium_since": None,
            "roles": list(member.roles),
            "mute": False,
            "deaf": False,
        }
        return {**shape, "user": self.user(self.world.users[member.user_id])} if with_user else shape

    def role(self, role: Role) -> Json:
        shape: Json = {
            "id": role.id,
            "name": role.name,
            "permissions": str(role.permissions),
            "position": role.position,
            "color": role.color,
            "colors": {"primary_color": role.color, "secondary_color": None, "tertiary_color": None},
            "hoist": False,
            "managed": bool(role.bot_id),
            "mentionable": role.mentionable,
            "icon": None,
            "unicode_emoji": None,
            "flags": 0,
        }
        return {**shape, "tags": {"bot_id": role.bot_id}} if role.bot_id else shape

    # the application and the guild

    def application(self) -> Json:
        app = self.world.app
        flags = sum(LIMITED_FLAGS[name] for name in app.granted_intents)
        return {
            "id": app.id,
            "name": app.name,
            "icon": None,
            "description": "",
            "type": None,
            "bot": self.user(self.world.bot),
            "bot_public": app.bot_public,
            "bot_require_code_grant": False,
            "integration_types_config": {"0": {}},
            "verify_key": app.public_key,
            "flags": flags,
            "flags_new": str(flags),
            "redirect_uris": [],
            "interactions_endpoint_url": None,
            "role_connections_verification_url": None,
            "owner": self.user(self.world.users[app.owner_id]),
            "approximate_guild_count": 1,
            "approximate_user_install_count": 0,
            "approximate_user_authorization_count": 0,
            "event_webhooks_url": None,
            "event_webhooks_status": 1,
            "explicit_content_filter": 0,
            "team": None,
            "eligible_oauth2_scopes": [],
        }

    def guild(self, guild: Guild) -> Json:
        nothing = (
            "icon description home_header splash discovery_splash banner application_id afk_channel_id "
            "system_channel_id widget_channel_id vanity_url_code rules_channel_id safety_alerts_channel_id "
            "public_updates_channel_id max_presences incidents_data"
        )
        zero = (
            "system_channel_flags verification_level default_message_notifications mfa_level explicit_content_filter "
            "premium_tier premium_subscription_count nsfw_level"
        )
        return {
            **dict.fromkeys(nothing.split()),
            **dict.fromkeys(zero.split(), 0),
            "id": guild.id,
            "name": guild.name,
            "owner_id": guild.owner_id,
            "features": [],
            "region": "deprecated",
            "afk_timeout": 300,
            "widget_enabled": False,
            "roles": [self.role(role) for role in guild.roles.values()],
            "max_members": 500_000,
            "max_stage_video_channel_users": 50,
            "max_video_channel_users": 25,
            "preferred_locale": guild.locale,
            "premium_progress_bar_enabled": False,
            "nsfw": False,
            "emojis": [],
            "stickers": [],
        }

    def guild_create(self, guild: Guild, members: list[Member], threads: list[Channel]) -> Json:
        return {
            **self.guild(guild),
            "joined_at": iso(guild.members[self.world.bot.id].joined_at),
            "large": False,
            "unavailable": False,
            "member_count": len(guild.members),
            "voice_states": [],
            "members": [self.member(member) for member in members],
            "channels": [self.channel(channel) for channel in self.world.channels_of(guild)],
            "threads": [self.channel(thread) for thread in threads],
            "presences": [],
            "stage_instances": [],
            "guild_scheduled_events": [],
            "soundboard_sounds": [],
        }

    # channels

    def channel(self, channel: Channel) -> Json:
        shape: Json = {
            "id": channel.id,
            "type": channel.type,
            "flags": channel.flags,
            "last_message_id": channel.last_message_id or None,
        }
        if channel.is_dm:
            others = [self.world.users[r] for r in channel.recipients if r != self.world.bot.id]
            return {**shape, "recipients": [self.user(user) for user in others]}
        shape |= {"guild_id": self.world.guild_of(channel).id, "name": channel.name}
        shape |= {"parent_id": channel.parent_id or None, "rate_limit_per_user": channel.slowmode}
        return {**shape, **(self._thread(channel) if channel.thread else self._guild_channel(channel))}

    def _guild_channel(self, channel: Channel) -> Json:
        overwrites = [
            {"id": o.id, "type": o.kind, "allow": str(o.allow), "deny": str(o.deny)}
            for o in channel.overwrites.values()
        ]
        shape: Json = {
            "position": channel.position,
            "permission_overwrites": overwrites,
            "nsfw": False,
            "topic": channel.topic or None,
        }
        if channel.type == FORUM:
            forum = {"available_tags": channel.tags, "default_reaction_emoji": None, "default_sort_order": None}
            shape |= {**forum, "default_forum_layout": 0}
        return shape

    def _thread(self, channel: Channel) -> Json:
        thread = channel.thread
        assert thread is not None
        metadata: Json = {
            "archived": thread.archived,
            "archive_timestamp": iso(thread.changed_at),
            "auto_archive_duration": thread.auto_archive,
            "locked": thread.locked,
            "create_timestamp": iso(thread.created_at),
        }
        if channel.is_private_thread:
            metadata["invitable"] = thread.invitable
        shape: Json = {
            "owner_id": thread.owner_id,
            "thread_metadata": metadata,
            "message_count": thread.message_count,
            "member_count": min(len(thread.members), 50),
            "total_message_sent": thread.total_sent,
        }
        if thread.applied_tags:
            shape["applied_tags"] = list(thread.applied_tags)
        bot = self.world.bot.id
        return {**shape, "member": self.thread_member(channel, bot)} if bot in thread.members else shape

    def thread_member(self, channel: Channel, user_id: str, with_member: bool = False) -> Json:
        assert channel.thread is not None
        joined = iso(channel.thread.members[user_id])
        shape: Json = {"id": channel.id, "user_id": user_id, "join_timestamp": joined, "flags": 0}
        if with_member:
            shape["member"] = self.member(self.world.guild_of(channel).members[user_id])
        return shape

    def partial_channel(self, channel: Channel, user_id: str) -> Json:
        """A channel as interactions carry it: with what that user may do there."""
        return {**self.channel(channel), "permissions": str(in_channel(self.world, user_id, channel))}

    # messages

    def attachment(self, message: Message, attachment: Attachment) -> Json:
        shape = self._file(attachment, f"/attachments/{message.channel_id}/{attachment.id}/{attachment.filename}")
        return {**shape, "ephemeral": True} if message.viewer_id else shape

    def upload(self, attachment: Attachment, channel_id: str) -> Json:
        """A file that came with a command: it stands in no message."""
        path = f"/ephemeral-attachments/{channel_id}/{attachment.id}/{attachment.filename}"
        return {**self._file(attachment, path), "ephemeral": True}

    def _file(self, attachment: Attachment, path: str) -> Json:
        url = cdn.signed(self.base_url(), path, self.world.clock())
        shape: Json = {
            "id": attachment.id,
            "filename": attachment.filename,
            "size": len(attachment.data),
            "url": url,
            "proxy_url": url,
            "content_type": attachment.content_type,
        }
        if attachment.description:
            shape["description"] = attachment.description
        return {**shape, "duration_secs": 3.0, "waveform": "AAECAw=="} if attachment.voice else shape

    def author(self, message: Message) -> Json:
        if message.webhook is None:
            return self.user(self.world.users[message.author_id])
        face = User(message.webhook["id"], message.webhook["name"], "", bot=True)
        return {**self.user(face), "discriminator": "0000"}

    def message(self, message: Message, nested: bool = True) -> Json:
        """The whole message; what a bot without the message content intent may see is decided by `redact`."""
        world = self.world
        shape: Json = {
            "id": message.id,
            "channel_id": message.channel_id,
            "type": message.type,
            "author": self.author(message),
            "content": message.content,
            "timestamp": iso(message.at),
            "edited_timestamp": iso(message.edited_at) if message.edited_at else None,
            "tts": False,
            "mention_everyone": message.mention_everyone,
            "mentions": [self.user(world.users[user_id]) for user_id in message.mentions],
            "mention_roles": list(message.mention_roles),
            "attachments": [self.attachment(message, item) for item in message.attachments],
            "embeds": message.embeds,
            "components": message.components,
            "pinned": message.pinned,
            "flags": message.flags,
        }
        shape.update(self._extras(message))
        if nested and message.type in (19, 21):
            original = world.messages.get(message.reply_to)
            gone = original is None or original.deleted
            shape["referenced_message"] = None if gone or original is None else self.message(original, nested=False)
        thread = world.channels.get(message.id) if message.flags & HAS_THREAD else None
        return {**shape, "thread": self.channel(thread)} if thread else shape

    def _extras(self, message: Message) -> Json:
        """What stands in a message only where there is something to say."""
        extras: Json = {}
        if message.nonce is not None:
            extras["nonce"] = message.nonce
        if message.reference is not None:
            extras["message_reference"] = message.reference
        if message.stickers:
            extras["sticker_items"] = [self._sticker(sticker) for sticker in message.stickers]
        if message.reactions:
            extras["reactions"] = [self._reaction(emoji, who) for emoji, who in message.reactions.items()]
        if message.webhook is not None:
            extras["webhook_id"] = message.webhook["id"]
        elif message.interaction is not None:
            app_id = self.world.app.id
            extras |= {"webhook_id": app_id, "application_id": app_id, "interaction_metadata": message.interaction}
        elif message.author_id == self.world.bot.id and message.components:
            extras["application_id"] = self.world.app.id
        return extras

    def _sticker(self, sticker: Attachment) -> Json:
        name, _, ending = sticker.filename.rpartition(".")
        return {"id": sticker.id, "name": name, "format_type": STICKER_FORMATS[ending]}

    def _reaction(self, emoji: str, who: list[str]) -> Json:
        counts = {"burst": 0, "normal": len(who)}
        me = self.world.bot.id in who
        shape: Json = {"emoji": emoji_shape(emoji), "count": len(who), "count_details": counts}
        return {**shape, "burst_colors": [], "me_burst": False, "me": me}

    def gateway_message(self, message: Message) -> Json:
        """A message as gateway events carry it: with the guild and the author's membership."""
        shape = self.message(message)
        channel = self.world.channels[message.channel_id]
        shape["channel_type"] = channel.type
        if channel.is_dm:
            return shape
        guild = self.world.guild_of(channel)
        members = guild.members
        shape["guild_id"] = guild.id
        if message.webhook is None and message.author_id in members:
            shape["member"] = self.member(members[message.author_id], with_user=False)
        for user in shape["mentions"]:
            if user["id"] in members:
                user["member"] = self.member(members[user["id"]], with_user=False)
        return shape


def emoji_shape(emoji: str) -> Json:
    """A Unicode emoji has no id; a custom one is written name:id."""
    name, _, emoji_id = emoji.partition(":")
    return {"id": emoji_id or None, "name": name}


def redact(world: World, shape: Any) -> Any:
    """The message without its words, unless the app wrote it, got it directly or is mentioned in it.

    Source: developer documentation, "Gateway: Message Content Intent".
    """
    if not isinstance(shape, dict):
        return shape
    bot_id = world.bot.id
    channel = world.channels.get(shape["channel_id"])
    spared = channel is not None and channel.is_dm
    spared = spared or shape["author"]["id"] == bot_id or any(user["id"] == bot_id for user in shape["mentions"])
    bare = shape if spared else {**shape, "content": "", "embeds": [], "attachments": [], "components": []}
    if bare.get("referenced_message"):
        bare = {**bare, "referenced_message": redact(world, bare["referenced_message"])}
    return bare
