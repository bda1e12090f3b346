"""Groups as Telegram knows them. A bot cannot list its chats: it knows those that it is asked about and those it hears
of."""

from collections.abc import Sequence
from typing import NamedTuple

import structlog
from telegram import Bot, Chat, ChatMember
from telegram.constants import ChatType
from telegram.error import BadRequest, ChatMigrated, Forbidden

from bots.telegram import lookup
from inbox.directory import Room

log = structlog.get_logger("telegram")

REMEMBERED = 1_000


def is_group(chat: Chat) -> bool:
    return chat.type in (ChatType.GROUP, ChatType.SUPERGROUP)


class Look(NamedTuple):
    """What may change of a group, and is told with each message from it."""

    title: str
    username: str
    forum: bool


class Groups:
    """The groups of one bot: how they look, and under which id they live now. `wanted` is how the desk names those that
    it uses."""

    def __init__(self, connection: str, bot: Bot, wanted: Sequence[str]) -> None:
        self._connection, self._bot = connection, bot
        self._wanted = frozenset(name.casefold() for name in wanted)
        self._looks: dict[int, Look] = {}
        self.moved: dict[str, str] = {}  # old id → new id, of groups that became supergroups

    def see(self, chat: Chat) -> bool:
        """A group was heard of; the first time its id is logged, for whoever writes the desk file. True where that is
        news of a group that the desk names: it is there, or it looks another way now."""
        if not is_group(chat):
            return False
        look = Look(chat.title or "", chat.username or "", bool(chat.is_forum))
        before = self._looks.pop(chat.id, None)
        self._looks[chat.id] = look
        while len(self._looks) > REMEMBERED:
            self._looks.pop(next(iter(self._looks)))
        if before is None:
            log.info("telegram.group_seen", connection=self._connection, id=chat.id, title=chat.title)
        return look != before and (self.names(chat) or (before is not None and self._named(chat.id, before)))

    def names(self, chat: Chat) -> bool:
        """Does the desk name this group, by its id, the id that it had or its @name?"""
        return self._named(chat.id, Look(chat.title or "", chat.username or "", bool(chat.is_forum)))

    def _named(self, number: int, look: Look) -> bool:
        ids = {str(number), *(old for old, new in self.moved.items() if new == str(number))}
        return not self._wanted.isdisjoint({*ids, f"@{look.username}".casefold()})

    def id_of(self, name: str) -> int | str:
        """What Telegram is asked for, given an id or an @name: a title anybody may give a group of their own."""
        return int(self.moved.get(name, name)) if name.removeprefix("-").isdecimal() else name

    async def room(self, wanted: str, me: int) -> Room | None:
        """The group that the desk names by id or @name; None where the bot does not see it. Raises TelegramError where
        that cannot be known now."""
        try:
            chat = await lookup.chat(self._bot, self.id_of(wanted))
            if chat.type == Chat.GROUP or chat.username:
                chat = await self._inside(chat, me)
        except (BadRequest, Forbidden):
            return None
        if not is_group(chat):
            return None
        self.see(chat)
        name = wanted if wanted.startswith("@") or wanted in self.moved else chat.title or wanted
        kind, topics = ("forum", True) if chat.is_forum else ("group", False)
        return Room(self._connection, str(chat.id), name, kind, private=not chat.username, topics=topics)  # type: ignore[arg-type]

    async def _inside(self, chat: Chat, me: int) -> Chat:
        """The group, or the supergroup that it became. Asked for a plain or public group Telegram tells neither that,
        nor whether the bot is in it. Raises Forbidden where it is not."""
        try:
            member = await lookup.member(self._bot, chat.id, me)
        except ChatMigrated as migrated:
            self.moved[str(chat.id)] = str(migrated.new_chat_id)
            log.warning(
                "telegram.group_has_new_id", connection=self._connection, old=chat.id, new=migrated.new_chat_id,
                hint="Write the new id into the desk file.",
            )  # fmt: skip
            return await lookup.chat(self._bot, migrated.new_chat_id)
        if member.status in (ChatMember.LEFT, ChatMember.BANNED):
            raise Forbidden("the bot is not in that group")
        return chat
