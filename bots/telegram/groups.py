"""Groups as Telegram knows them. A bot cannot list its chats: it knows those that it is asked about and those it hears
of."""

import structlog
from telegram import Bot, Chat, ChatFullInfo
from telegram.constants import ChatType
from telegram.error import BadRequest, ChatMigrated, Forbidden

from inbox.directory import Room

log = structlog.get_logger("telegram")

REMEMBERED = 1_000


def is_group(chat: Chat | ChatFullInfo) -> bool:
    return chat.type in (ChatType.GROUP, ChatType.SUPERGROUP)


class Groups:
    """The groups of one bot: by title, and under which id they live now."""

    def __init__(self, connection: str, bot: Bot) -> None:
        self._connection, self._bot = connection, bot
        self._titles: dict[int, str] = {}
        self.moved: dict[str, str] = {}  # old id → new id, of groups that became supergroups

    def see(self, chat: Chat | ChatFullInfo) -> None:
        """A group was heard of; the first time its id is logged, for whoever writes the desk file."""
        if is_group(chat) and chat.id not in self._titles:
            log.info("telegram.group_seen", connection=self._connection, id=chat.id, title=chat.title)
            self._titles[chat.id] = chat.title or ""
            while len(self._titles) > REMEMBERED:
                self._titles.pop(next(iter(self._titles)))

    def id_of(self, name: str) -> int | str:
        """What Telegram is asked for, given an id, an @name or the title of a group that was heard of."""
        if name.removeprefix("-").isdecimal():
            return int(self.moved.get(name, name))
        found = (number for number, title in self._titles.items() if title.casefold() == name.casefold())
        return next(found, name)

    async def room(self, wanted: str, me: int) -> Room | None:
        """The group that the desk names by id or @name; None where the bot does not see it. Raises TelegramError where
        that cannot be known now."""
        try:
            chat = await self._bot.get_chat(self.id_of(wanted))
            if chat.type == Chat.GROUP:
                chat = await self._alive(chat, me)
        except (BadRequest, Forbidden):
            return None
        if not is_group(chat):
            return None
        self.see(chat)
        name = wanted if wanted.startswith("@") or wanted in self.moved else chat.title or wanted
        kind, topics = ("forum", True) if chat.is_forum else ("group", False)
        return Room(self._connection, str(chat.id), name, kind, private=not chat.username, topics=topics)  # type: ignore[arg-type]

    async def _alive(self, chat: ChatFullInfo, me: int) -> ChatFullInfo:
        """The supergroup that a group became, if it did: asked for the group itself Telegram does not tell."""
        try:
            await self._bot.get_chat_member(chat.id, me)
        except ChatMigrated as migrated:
            self.moved[str(chat.id)] = str(migrated.new_chat_id)
            log.warning(
                "telegram.group_has_new_id", connection=self._connection, old=chat.id, new=migrated.new_chat_id,
                hint="Write the new id into the desk file.",
            )  # fmt: skip
            return await self._bot.get_chat(migrated.new_chat_id)
        return chat
