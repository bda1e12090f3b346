"""Discord's messages as the port's values, from raw JSON: what is not as documented raises, and harms nothing else."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from bots.discord.files import attachments
from bots.discord.formatting import read
from bots.discord.places import DM, Channel, Places
from bots.discord.words import attached, called, instant, snowflake, told
from inbox.model import Account, Deleted, Edited, Place, Reacted, Said
from inbox.words import Spans, moved

ORDINARY, REPLY = 0, 19  # docs "Message Types": the words of people
FORWARD = 1  # docs "Message Reference Types"


@dataclass(slots=True)
class Reader:
    """Reads the messages of one connection. Raises KeyError, TypeError or ValueError for what is not as documented."""

    connection: str
    places: Places
    clock: Callable[[], datetime]

    def place(self, channel: Channel, message_id: str = "") -> Place:
        """Where a message stands. The message that a forum's post begins with, whose id is the post's, counts as
        written at the forum's top, as any other message that a thread hangs on."""
        if not channel.is_thread:
            return Place(self.connection, channel.id, root=message_id)
        if self.begins_post(message_id, channel):
            return Place(self.connection, channel.parent, root=message_id)
        return Place(self.connection, channel.parent, channel.id, channel.id)

    def account(self, user: Mapping[str, Any], member: Mapping[str, Any] | None = None, language: str = "") -> Account:
        return Account(
            self.connection, snowflake(user["id"]), called(user, member), language, bot=bool(user.get("bot"))
        )

    def said(self, message: Mapping[str, Any], channel: Channel) -> Said | None:
        """Words of a person; None for bots, webhooks and Discord's own lines."""
        id_ = snowflake(message["id"])
        if not self._by_person(message):
            return None
        (text, spans), files = self._words(message, channel), attachments(message)
        if not text and not files:
            return None
        place = self.place(channel, id_)
        direct = channel.kind == DM
        return Said(
            place,
            id_,
            self.account(message["author"], message.get("member")),
            text,
            datetime.fromisoformat(message["timestamp"]),
            direct=direct,
            opens="" if direct or place.thread else id_,
            reply_to=self._answered(message),
            mentions=self._mentions(message),
            cursor=not place.thread,
            spans=spans,
            files=files,
            tags=self.places.tags_of(channel) if self.begins_post(id_, channel) else (),
        )

    def pointed_at(self, message: Mapping[str, Any], channel: Channel) -> Said:
        """A message as somebody pointed at it, whoever wrote it; it moves no mark."""
        found = self.said(message, channel)
        if found:
            return replace(found, cursor=False)
        id_ = snowflake(message["id"])
        author = self.account({**message["author"], "bot": True})
        return Said(self.place(channel, id_), id_, author, "", instant(id_))

    def _mentions(self, message: Mapping[str, Any]) -> tuple[str, ...]:
        ids = (snowflake(user["id"]) for user in message.get("mentions") or ())
        return tuple(id_ for id_ in ids if id_ != self.places.bot)

    def edited(self, message: Mapping[str, Any], channel: Channel) -> Edited | None:
        """Changed words; None where nobody changed any (Discord also tells of a link's preview this way)."""
        at = message.get("edited_timestamp")
        if not at or "author" not in message or not self._by_person(message):
            return None
        id_ = snowflake(message["id"])
        text, spans = self._words(message, channel)
        when, mentioned = datetime.fromisoformat(at), self._mentions(message)
        edited = Edited(self.place(channel, id_), id_, text, when, str(at), spans, mentioned)
        return edited if text or message.get("attachments") else None

    def renamed(self, first: Mapping[str, Any], post: Channel) -> Edited | None:
        """A forum's post has another title now: a change of the words it began with, `first`. Discord does not say
        when; no clock of ours shall make a later edit look old, so it counts as of the last edit."""
        if not self._by_person(first):
            return None
        at = datetime.fromisoformat(first.get("edited_timestamp") or first["timestamp"])
        version = f"title/{self.clock().isoformat()}"
        text, spans = self._words(first, post)
        return Edited(self.place(post, post.id), post.id, text, at, version, spans)

    def reacted(self, data: Mapping[str, Any], channel: Channel, *, on: bool) -> Reacted | None:
        """A small mark that somebody put on a message; None for the bot's own. Discord tells no time of it."""
        user, member = snowflake(data["user_id"]), data.get("member") or {}
        if user == self.places.bot:
            return None
        known = member.get("user")
        by = self.account(known, member) if known else Account(self.connection, user, "")
        emoji, id_ = data["emoji"], snowflake(data["message_id"])
        name = f":{emoji['name']}:" if emoji.get("id") else str(emoji["name"])
        return Reacted(self.place(channel, id_), id_, by, name, on, self.clock())

    def deleted(self, message_id: str, channel: Channel) -> Deleted:
        id_ = snowflake(message_id)
        return Deleted(self.place(channel, id_), id_, self.clock())

    def _by_person(self, message: Mapping[str, Any]) -> bool:
        author = message["author"]
        ours = message.get("webhook_id") or author.get("bot") or author.get("system")
        return not ours and int(message.get("type") or 0) in (ORDINARY, REPLY)

    def _answered(self, message: Mapping[str, Any]) -> str:
        reference = message.get("message_reference") or {}
        if int(message.get("type") or 0) != REPLY or reference.get("type") == FORWARD:
            return ""
        return snowflake(reference["message_id"]) if reference.get("message_id") else ""

    def begins_post(self, message_id: str, channel: Channel) -> bool:
        """Is it the message that a forum's post begins with? It has the post's id."""
        return channel.id == message_id and self.places.is_forum(channel.parent)

    def _words(self, message: Mapping[str, Any], channel: Channel) -> tuple[str, Spans]:
        """The text and its formatting; at the beginning of a forum's post under its title, unless it says that."""
        (text, spans), title = self.words(message), channel.name.strip()
        if not title or not self.begins_post(str(message["id"]), channel):
            return text, spans
        if text.split("\n", 1)[0].strip().casefold() == title.casefold():
            return text, spans
        return f"{title}\n\n{text}".strip(), moved(spans, len(title) + 2)

    def words(self, message: Mapping[str, Any]) -> tuple[str, Spans]:
        """The words and their formatting, those of a forwarded message too, and a line for each thing that is no
        text."""
        names = {str(user["id"]): called(user, user.get("member")) for user in message.get("mentions") or ()}

        def name_of(sign: str, id_: str) -> str:
            return names.get(id_, "") if sign == "@" else self.places.name_of(sign, id_)

        def named(entity: re.Match[str]) -> str:
            return told(entity, name_of)

        text, spans = read(str(message.get("content") or ""), named)
        lines = [text, *attached(message)]
        for forwarded in message.get("message_snapshots") or ():
            inner = forwarded.get("message") or {}
            lines += [
                f"↪ {line}" for line in (read(str(inner.get("content") or ""), named)[0], *attached(inner)) if line
            ]
        return "\n".join(line for line in lines if line), spans
