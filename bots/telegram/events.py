"""Telegram's updates as the port's values."""

import zlib
from dataclasses import dataclass, field

from telegram import Chat, Message, User
from telegram.constants import ChatType

from bots.port import Command
from inbox.model import Account, Edited, Place, Said

USERNAMES_REMEMBERED = 10_000
# what is no text is named, so that nobody's message looks empty
KINDS = {
    "photo": "🖼",
    "video": "🎬",
    "animation": "🎬",
    "video_note": "🎬",
    "voice": "🎤",
    "audio": "🎵",
    "document": "📎",
    "location": "📍",
    "contact": "👤",
    "poll": "📊",
    "venue": "📍",
}


@dataclass(slots=True)
class Reader:
    """Reads the messages of one bot. `usernames` remembers whose @name is whose, since mentions carry no ids."""

    connection: str
    bot_id: int = 0
    bot_name: str = ""
    usernames: dict[str, str] = field(default_factory=dict)

    def account(self, user: User) -> Account:
        if user.username:
            if len(self.usernames) > USERNAMES_REMEMBERED:
                self.usernames.clear()
            self.usernames[user.username.casefold()] = str(user.id)
        return Account(self.connection, str(user.id), user.full_name, user.language_code or "", bot=user.is_bot)

    def place(self, message: Message) -> Place:
        thread = str(message.message_thread_id) if message.is_topic_message and message.message_thread_id else ""
        return Place(self.connection, str(message.chat.id), thread, str(message.message_id))

    def words(self, message: Message) -> str:
        """The text, or a caption, with a sign and a name for what is no text."""
        text = message.text or message.caption or ""
        if message.sticker:
            return message.sticker.emoji or "🏷"
        for kind, sign in KINDS.items():
            found = getattr(message, kind, None)
            if found:
                name = getattr(found, "file_name", None) or getattr(found, "first_name", None) or kind
                return f"{text}\n{sign} {name}".strip()
        return text

    def reply_to(self, message: Message) -> str:
        """The message that this one answers; in a topic every message seems to answer the topic's creation."""
        answered = message.reply_to_message
        if answered is None or answered.forum_topic_created or answered.message_id == message.message_thread_id:
            return ""
        return str(answered.message_id)

    def said(self, message: Message) -> Said | None:
        """Words of a person; None for service messages, bots and channels."""
        words = self.words(message)
        if message.from_user is None or message.from_user.is_bot or not words:
            return None
        return Said(
            self.place(message),
            str(message.message_id),
            self.account(message.from_user),
            words,
            message.date,
            direct=message.chat.type == ChatType.PRIVATE,
            reply_to=self.reply_to(message),
            mentions=self._mentions(message),
            retractable=False,  # bots are not told of deletions
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

    def edited(self, message: Message) -> Edited | None:
        """A changed message; its edit time is in whole seconds, so the words themselves tell two edits apart."""
        words = self.words(message)
        if message.from_user is None or message.from_user.is_bot or not words:
            return None
        at = message.edit_date or message.date
        version = f"{int(at.timestamp())}.{zlib.crc32(words.encode('utf-8', 'surrogatepass')):08x}"
        return Edited(self.place(message), str(message.message_id), words, at, version)

    def command(self, message: Message) -> Command | None:
        """A message that begins with a slash command for us, as a command; None for other words."""
        entity = next((e for e in message.entities if e.type == "bot_command" and e.offset == 0), None)
        if entity is None or message.text is None or message.from_user is None or message.from_user.is_bot:
            return None
        typed = message.parse_entity(entity)
        name, _, whom = typed.removeprefix("/").partition("@")
        if whom and whom.casefold() != self.bot_name.casefold():
            return None
        rest = message.text[len(typed) :].strip()
        return Command(
            f"{self.connection}/{message.chat.id}/{message.message_id}",
            self.place(message),
            self.account(message.from_user),
            rest if name.casefold() == "ticket" else f"{name} {rest}".strip(),
            direct=message.chat.type == ChatType.PRIVATE,
            reply_to=self.reply_to(message),
            at=message.date,
        )

    def is_for_another_bot(self, message: Message) -> bool:
        """Is it a command addressed to some other bot?"""
        entity = next((e for e in message.entities if e.type == "bot_command" and e.offset == 0), None)
        if entity is None:
            return False
        whom = message.parse_entity(entity).partition("@")[2]
        return bool(whom) and whom.casefold() != self.bot_name.casefold()


def is_group(chat: Chat) -> bool:
    return chat.type in (ChatType.GROUP, ChatType.SUPERGROUP)
