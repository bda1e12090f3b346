"""Telegram's messages as the port's values."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from telegram import Chat, Message, MessageEntity, MessageReactionUpdated, User
from telegram.constants import ChatType

from bots.commands import OPEN, OTHER_WORDS, START, VERBS
from bots.port import Command
from bots.telegram.files import attachments
from bots.telegram.reactions import emoji_of
from inbox.model import Account, Edited, Place, Reacted, Said
from inbox.words import Kind, Span, Spans, moved, part_of, tidy

USERNAMES_REMEMBERED = 10_000
ITEMS_REMEMBERED = 1_000  # of albums
ALBUM_LIMIT = 10  # items (Bot API, sendMediaGroup)
COMMAND = re.compile(r"/([^\s@/]{1,64})(?:@(\w{1,32}))?(?=\s|$)")
SECOND = timedelta(microseconds=999_999)
LONE = re.compile("[\ud800-\udfff]")

# What is neither text nor a file is named, so that nobody's message looks empty: a sticker where it has no picture that
# can be shown elsewhere. The first that a message has counts: a venue is a location too.
KINDS: dict[str, Callable[[Any], str]] = {
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
    no ids; `desks` which groups are the agents'; `albums` the messages of an album, by the album's id and by theirs."""

    connection: str
    clock: Callable[[], datetime]
    bot_id: int = 0
    bot_name: str = ""
    usernames: dict[str, str] = field(default_factory=dict)
    desks: frozenset[str] = frozenset()
    albums: dict[tuple[int, int | str], Sequence[Message]] = field(default_factory=dict)

    def account(self, user: User | Chat) -> Account:
        """A person as an update names them, or as their private chat does."""
        id_, name = number(user.id), (user.username or "").casefold()
        if name:
            self.usernames.pop(name, None)
            self.usernames[name] = id_
            while len(self.usernames) > USERNAMES_REMEMBERED:
                self.usernames.pop(next(iter(self.usernames)))
        language = str(user.language_code or "") if isinstance(user, User) else ""
        bot = isinstance(user, User) and bool(user.is_bot)
        return Account(self.connection, id_, clean(user.full_name or ""), language, bot=bot)

    def place(self, message: Message) -> Place:
        """Answers outside of topics carry a thread id too, which is no topic and cannot be written to."""
        topic = bool(message.is_topic_message) and message.chat.type != ChatType.PRIVATE
        thread = number(message.message_thread_id) if topic and message.message_thread_id else ""
        return Place(self.connection, number(message.chat.id), thread, number(message.message_id))

    def at(self, date: datetime) -> datetime:
        """When it was written. Telegram tells whole seconds: it was at some moment of that second, and not after now.
        Taken for the second's start, words that follow a claim at once would come before it."""
        return max(date, min(date + SECOND, self.clock()))

    def words(self, messages: Sequence[Message]) -> tuple[str, Spans]:
        """The text or caption of a message, or those of an album, with a sign and a name for what is neither text nor a
        file; and how it is formatted."""
        text = ""
        spans: Spans = ()
        for caption, its in map(self._caption, messages):
            if caption:
                text = f"{text}\n" if text else ""
                spans, text = (*spans, *moved(its, len(text))), text + caption
        told = Counter(filter(None, map(_told, messages)))
        lines = [f"{what} × {count}" if count > 1 else what for what, count in told.items()]
        return "\n".join((text, *lines) if text else lines), spans

    def tells(self, message: Message) -> bool:
        """Is there anything in it, or is it one of Telegram's own lines?"""
        return bool(self.words([message])[0] or attachments(message))

    def _caption(self, message: Message) -> tuple[str, Spans]:
        raw = message.text or message.caption or ""
        whole = clean(raw)
        text = self._without_our_name(whole).strip()
        return text, part_of(whole, formatting(raw, message.entities or message.caption_entities), text)

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
        first, *_ = self.albums.get((message.chat.id, answered.message_id), (answered,))
        return number(first.message_id)

    def author(self, message: Message) -> User | None:
        """The person who wrote it; None for bots, and for who writes as a channel or as the group itself."""
        user = message.from_user
        return None if user is None or user.is_bot or message.sender_chat else user

    def said(self, message: Message, *more: Message) -> Said | None:
        """Words of a person, with the rest of an album; None for service messages and for whoever is none."""
        messages = (message, *more)
        (words, spans), author = self.words(messages), self.author(message)
        files = tuple(file for each in messages for file in attachments(each))
        if author is None or not (words or files):
            return None
        self._remember(messages)
        opens, topic = self._topic(message, author)
        return Said(
            self.place(message),
            str(message.message_id),
            self.account(author),
            words,
            self.at(message.date),
            direct=message.chat.type == ChatType.PRIVATE,
            opens=opens,
            reply_to=self.reply_to(message),
            mentions=tuple(mention for each in messages for mention in self._mentions(each)),
            retractable=False,  # bots are not told of deletions
            spans=spans,
            files=files,
            topic=topic,
            album=_growing(messages),
        )

    def _topic(self, message: Message, author: User) -> tuple[str, bool]:
        """Whose topic is it? One that the author made is theirs alone: the thread of their matter. In one that somebody
        else made many may ask. What is written at its top answers the message that tells of its making."""
        thread, begun = self.place(message).thread, message.reply_to_message
        by = begun.from_user if begun and begun.forum_topic_created else None
        if not thread or (by and by.id == self.bot_id):
            return "", False
        return (thread, False) if by and by.id == author.id else ("", True)

    def _remember(self, messages: Sequence[Message]) -> None:
        """An album is known by the item that came first: so an answer to another one, or another caption, finds it."""
        chat, album = messages[0].chat.id, _album(messages)
        if album:
            ids = {each.message_id for each in messages}
            known = self.albums.get((chat, album), ())
            whole = (*(each for each in known if each.message_id not in ids), *messages) if known else messages
            self.albums[chat, album] = whole
            self.albums.update({(chat, each.message_id): whole for each in whole})
        while len(self.albums) > ITEMS_REMEMBERED:
            self.albums.pop(next(iter(self.albums)))

    def _mentions(self, message: Message) -> tuple[str, ...]:
        found = []
        entities = message.parse_entities() if message.text else message.parse_caption_entities()
        for entity, text in entities.items():
            if entity.type == "text_mention" and entity.user:
                found.append(number(entity.user.id))
            elif entity.type == "mention":
                found.append(self.usernames.get(text.removeprefix("@").casefold(), ""))
        return tuple(user for user in found if user and user != str(self.bot_id))

    def edited(self, message: Message, update_id: int) -> Edited | None:
        """A changed message. Its edit time is in whole seconds, so the update's id tells two edits apart."""
        known = self.albums.get((message.chat.id, message.message_id), (message,))
        messages = [message if each.message_id == message.message_id else each for each in known]
        if len(messages) > 1:
            self._remember(messages)
        words, spans = self._without_our_command(messages[0], *self.words(messages))
        if self.author(message) is None or not (words or attachments(message)):
            return None
        at = message.edit_date or message.date
        version = f"{int(at.timestamp())}.{update_id}"
        mentioned = tuple(mention for each in messages for mention in self._mentions(each))
        place, first = self.place(messages[0]), str(messages[0].message_id)
        return Edited(place, first, words, self.at(at), version, spans, mentioned)

    def reacted(self, changed: MessageReactionUpdated) -> list[Reacted]:
        """The small marks that a person took from a message and put on it. In which topic it stands is not told, and
        who reacts for the group itself is nobody."""
        if changed.user is None or changed.user.is_bot:
            return []
        before, after = emoji_of(changed.old_reaction), emoji_of(changed.new_reaction)
        by, at = self.account(changed.user), self.at(changed.date)
        first, *_ = self.albums.get((changed.chat.id, changed.message_id), (changed,))
        id_ = number(first.message_id)
        place = Place(self.connection, number(changed.chat.id), "", id_)
        went, came = [one for one in before if one not in after], [one for one in after if one not in before]
        marks = [*((emoji, False) for emoji in went), *((emoji, True) for emoji in came)]
        return [Reacted(place, id_, by, emoji, on, at) for emoji, on in marks]

    def _without_our_command(self, message: Message, words: str, spans: Spans) -> tuple[str, Spans]:
        """What follows `/ticket` was the words of a ticket; where agents work it stays a command."""
        typed = COMMAND.match(_typed(message))
        if typed is None or typed[1].casefold() != OPEN.name or str(message.chat.id) in self.desks:
            return words, spans
        rest = words[typed.end() :].strip()
        return rest, part_of(words, spans, rest)

    def command(self, message: Message, *more: Message) -> Command | None:
        """A message, with the rest of an album, that begins with a slash command for us; None for other words.

        Telegram itself marks commands of a–z only; of the others (/släpp) those count that mean something to us.
        """
        messages, text = (message, *more), _typed(message)
        typed, author = COMMAND.match(text), self.author(message)
        if author and self._only_calls(message):
            return self._command(messages, author, START.name)
        if typed is None or author is None or self.is_for_another_bot(message):
            return None
        name = typed[1].casefold()
        marked = any(e.type == "bot_command" and e.offset == 0 for e in message.entities or message.caption_entities)
        if not marked and name not in (*VERBS, *OTHER_WORDS):
            return None
        rest = clean(text[typed.end() :].strip())
        free = name == OPEN.name
        return self._command(messages, author, rest if free else f"{clean(typed[1])} {rest}".strip(), free=free)

    def _command(self, messages: Sequence[Message], author: User, words: str, *, free: bool = False) -> Command:
        message = messages[0]
        self._remember(messages)
        return Command(
            f"{self.connection}/{message.chat.id}/{message.message_id}",
            self.place(message),
            self.account(author),
            words,
            direct=message.chat.type == ChatType.PRIVATE,
            reply_to=self.reply_to(message),
            at=self.at(message.date),
            free=free,
            message_id=str(message.message_id),
            files=tuple(file for each in messages for file in attachments(each)),
            album=_growing(messages),
        )

    def _only_calls(self, message: Message) -> bool:
        """Our name and nothing else: who calls us wants to know what to do."""
        called = (message.text or "").strip(" ,:!?").casefold()
        return bool(self.bot_name) and called == f"@{self.bot_name}".casefold()

    def names_us(self, message: Message) -> bool:
        """Is it a command with our name on it ("/claim@acme_desk_bot 42")?"""
        typed = COMMAND.match(_typed(message))
        return bool(typed and typed[2] and typed[2].casefold() == self.bot_name.casefold())

    def is_for_another_bot(self, message: Message) -> bool:
        typed = COMMAND.match(_typed(message))
        return bool(typed and typed[2]) and not self.names_us(message)


def _typed(message: Message) -> str:
    """What somebody wrote: the text, or the caption of a file."""
    return message.text or message.caption or ""


def _album(messages: Sequence[Message]) -> str:
    """The album that messages are items of, "" for none."""
    album = messages[0].media_group_id
    return clean(album) if isinstance(album, str) else ""


def _growing(messages: Sequence[Message]) -> str:
    """The album that more may come of, "" for none."""
    return _album(messages) if len(messages) < ALBUM_LIMIT else ""


def _told(message: Message) -> str:
    """What a message is that is neither text nor a file, "" for nothing of that."""
    if attachments(message):
        return ""
    found = ((told, getattr(message, kind, None)) for kind, told in KINDS.items())
    return next((clean(told(what)) for told, what in found if what), "")


def number(value: Any) -> str:
    """An id as the desk keeps it. Raises ValueError for what is none: the library lets everything through. Of ids "at
    most 52 bits" are used (Bot API, "Chat")."""
    if type(value) is not int or value.bit_length() > 52:
        raise ValueError(f"{value!r:.40} is no id")
    return str(value)


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
