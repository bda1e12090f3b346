"""Telegram's messages as the port's values."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from telegram import ChatFullInfo, Message, MessageEntity, User
from telegram.constants import ChatType

from bots.commands import OPEN, OTHER_WORDS, VERBS
from bots.port import Command
from inbox.model import Account, Edited, Place, Said
from inbox.words import Kind, Span, Spans, part_of, tidy

USERNAMES_REMEMBERED = 10_000
COMMAND = re.compile(r"/([^\s@/]{1,64})(?:@(\w{1,32}))?(?=\s|$)")
SECOND = timedelta(microseconds=999_999)
LONE = re.compile("[\ud800-\udfff]")

# What is no text is named, so that nobody's message looks empty. The first that a message has counts: an animation is
# a document too, a venue a location.
KINDS: dict[str, Callable[[Any], str]] = {
    "photo": lambda _: "🖼 photo",
    "animation": lambda found: f"🎬 {found.file_name or 'animation'}",
    "video": lambda found: f"🎬 {found.file_name or 'video'}",
    "video_note": lambda _: "🎬 video message",
    "voice": lambda _: "🎤 voice message",
    "audio": lambda found: f"🎵 {found.title or found.file_name or 'audio'}",
    "document": lambda found: f"📎 {found.file_name or 'file'}",
    "sticker": lambda found: found.emoji or "🏷",
    "venue": lambda found: f"📍 {found.title}, {found.address}",
    "location": lambda found: f"📍 {found.latitude:.5f}, {found.longitude:.5f}",
    "contact": lambda found: f"👤 {found.first_name} {found.phone_number}",
    "poll": lambda found: f"📊 {found.question}",
    "dice": lambda found: f"{found.emoji} {found.value}",
    "game": lambda found: f"🎮 {found.title}",
    "checklist": lambda found: f"☑ {found.title}",
    "story": lambda _: "📖 story",
    "paid_media": lambda _: "🖼 paid media",
}


KINDS_OF_ENTITY: dict[str, Kind] = {
    "bold": "bold",
    "italic": "italic",
    "underline": "underline",
    "strikethrough": "strike",
    "spoiler": "spoiler",
    "blockquote": "quote",
    "expandable_blockquote": "quote",
    "code": "code",
    "pre": "pre",
    "text_link": "link",
}


@dataclass(slots=True)
class Reader:
    """Reads the messages of one bot. `clock` tells the present; `usernames` whose @name is whose, since mentions carry
    no ids."""

    connection: str
    clock: Callable[[], datetime]
    bot_id: int = 0
    bot_name: str = ""
    usernames: dict[str, str] = field(default_factory=dict)

    def account(self, user: User | ChatFullInfo) -> Account:
        """A person as an update names them, or as their private chat does."""
        name = (user.username or "").casefold()
        if name:
            self.usernames.pop(name, None)
            self.usernames[name] = str(user.id)
            while len(self.usernames) > USERNAMES_REMEMBERED:
                self.usernames.pop(next(iter(self.usernames)))
        language = user.language_code or "" if isinstance(user, User) else ""
        bot = isinstance(user, User) and user.is_bot
        return Account(self.connection, str(user.id), clean(user.full_name or ""), language, bot=bot)

    def place(self, message: Message) -> Place:
        """Answers outside of topics carry a thread id too, which is no topic and cannot be written to."""
        topic = bool(message.is_topic_message) and message.chat.type != ChatType.PRIVATE
        thread = str(message.message_thread_id or "") if topic else ""
        return Place(self.connection, str(message.chat.id), thread, str(message.message_id))

    def at(self, date: datetime) -> datetime:
        """When it was written. Telegram tells whole seconds: it was at some moment of that second, and not after now.
        Taken for the second's start, words that follow a claim at once would come before it."""
        return max(date, min(date + SECOND, self.clock()))

    def words(self, message: Message) -> tuple[str, Spans]:
        """The text, or a caption, with a sign and a name for what is no text; and how it is formatted."""
        raw = message.text or message.caption or ""
        whole = clean(raw)
        text = self._without_our_name(whole)
        spans = part_of(whole, formatting(raw, message.entities or message.caption_entities), text)
        for kind, told in KINDS.items():
            found = getattr(message, kind, None)
            if found:
                return f"{text}\n{clean(told(found))}".strip(), spans
        return text, spans

    def _without_our_name(self, text: str) -> str:
        """Our name at the start is how a bot is called, not part of what is said."""
        called = re.match(rf"@{re.escape(self.bot_name)}\b[,:]?\s*", text, re.IGNORECASE) if self.bot_name else None
        return text[called.end() :] or text if called else text

    def reply_to(self, message: Message) -> str:
        """The message that this one answers; in a topic every message seems to answer the topic's creation."""
        answered = message.reply_to_message
        if answered is None or answered.forum_topic_created:
            return ""
        if message.is_topic_message and answered.message_id == message.message_thread_id:
            return ""
        return str(answered.message_id)

    def author(self, message: Message) -> User | None:
        """The person who wrote it; None for bots, and for who writes as a channel or as the group itself."""
        user = message.from_user
        return None if user is None or user.is_bot or message.sender_chat else user

    def said(self, message: Message) -> Said | None:
        """Words of a person; None for service messages and for whoever is none."""
        (words, spans), author = self.words(message), self.author(message)
        if author is None or not words:
            return None
        return Said(
            self.place(message),
            str(message.message_id),
            self.account(author),
            words,
            self.at(message.date),
            direct=message.chat.type == ChatType.PRIVATE,
            reply_to=self.reply_to(message),
            mentions=self._mentions(message),
            retractable=False,  # bots are not told of deletions
            spans=spans,
        )

    def _mentions(self, message: Message) -> tuple[str, ...]:
        found = []
        entities = message.parse_entities() if message.text else message.parse_caption_entities()
        for entity, text in entities.items():
            if entity.type == "text_mention" and entity.user:
                found.append(str(entity.user.id))
            elif entity.type == "mention":
                found.append(self.usernames.get(text.removeprefix("@").casefold(), ""))
        return tuple(user for user in found if user and user != str(self.bot_id))

    def edited(self, message: Message, update_id: int) -> Edited | None:
        """A changed message. Its edit time is in whole seconds, so the update's id tells two edits apart."""
        words, spans = self.words(message)
        if self.author(message) is None or not words:
            return None
        at = message.edit_date or message.date
        version = f"{int(at.timestamp())}.{update_id}"
        return Edited(self.place(message), str(message.message_id), words, self.at(at), version, spans)

    def command(self, message: Message) -> Command | None:
        """A message that begins with a slash command for us, as a command; None for other words.

        Telegram itself marks commands of a–z only; of the others (/släpp) those count that mean something to us.
        """
        typed, author = COMMAND.match(message.text or ""), self.author(message)
        if typed is None or author is None or self.is_for_another_bot(message):
            return None
        name = typed[1].casefold()
        marked = any(e.type == "bot_command" and e.offset == 0 for e in message.entities)
        if not marked and name not in (*VERBS, *OTHER_WORDS):
            return None
        rest = clean((message.text or "")[typed.end() :].strip())
        return Command(
            f"{self.connection}/{message.chat.id}/{message.message_id}",
            self.place(message),
            self.account(author),
            rest if name == OPEN.name else f"{clean(typed[1])} {rest}".strip(),
            direct=message.chat.type == ChatType.PRIVATE,
            reply_to=self.reply_to(message),
            at=self.at(message.date),
            free=name == OPEN.name,
            message_id=str(message.message_id),
        )

    def names_us(self, message: Message) -> bool:
        """Is it a command with our name on it ("/claim@acme_desk_bot 42")?"""
        typed = COMMAND.match(message.text or "")
        return bool(typed and typed[2] and typed[2].casefold() == self.bot_name.casefold())

    def is_for_another_bot(self, message: Message) -> bool:
        typed = COMMAND.match(message.text or "")
        return bool(typed and typed[2]) and not self.names_us(message)


def clean(text: str) -> str:
    """Text without what no database or other platform takes, as long as it was."""
    return LONE.sub("\ufffd", text.replace("\0", "\ufffd"))


def formatting(text: str, entities: Iterable[MessageEntity]) -> Spans:
    """Telegram's entities as spans. Their offsets count UTF-16 units (Bot API, "MessageEntity")."""
    starts = {0: 0}  # UTF-16 unit → character
    at = 0
    for index, character in enumerate(text, 1):
        at += 2 if ord(character) > 0xFFFF else 1
        starts[at] = index
    found = []
    for entity in entities:
        kind = KINDS_OF_ENTITY.get(entity.type)
        start, end = starts.get(entity.offset), starts.get(entity.offset + entity.length)
        if kind and start is not None and end is not None:
            found.append(Span(start, end, kind, entity.url or entity.language or ""))
    return tidy(text, found)
