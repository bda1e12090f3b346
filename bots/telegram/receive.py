"""What Telegram delivers, one raw update at a time: handed to the desk, and taken for read only when that committed."""

from collections.abc import Sequence
from typing import Any

import structlog
from telegram import Bot, CallbackQuery, Chat, ChatMember, ChatMemberUpdated, Message, MessageReactionUpdated, Update
from telegram.constants import ChatType

from bots.commands import parse
from bots.port import Command, Front, Press
from bots.telegram.answers import Answers, Asked
from bots.telegram.events import Reader, number
from bots.telegram.groups import Groups, is_group
from bots.telegram.news import News
from inbox.errors import BadInput
from inbox.locale import say
from inbox.model import Account, Place

log = structlog.get_logger("telegram")

ADMINS = (ChatMember.OWNER, ChatMember.ADMINISTRATOR)
GONE = (ChatMember.LEFT, ChatMember.BANNED)
BLOCKED = "They blocked the bot in Telegram."


class Receiver:
    """Takes the updates of one bot. `follow` are the groups that the desk uses: only of these words are handed in.
    `language` is the desk's, for what is said to nobody in particular."""

    def __init__(
        self, bot: Bot, reader: Reader, groups: Groups, front: Front, answers: Answers, follow: set[str], language: str
    ) -> None:
        self._bot, self._reader, self._groups = bot, reader, groups
        self._front, self._answers = front, answers
        self.follow, self._language = follow, language
        self._connection = reader.connection
        self._hinted: set[int] = set()
        self._news = News(reader.connection, front)

    async def take(self, raw: Sequence[Any]) -> None:
        """One update, or those of an album. Returns after the desk's commit; raises StoreUnavailable, and whatever
        comes of what cannot be understood."""
        if not all(isinstance(one, dict) for one in raw):
            raise ValueError("this is no update")
        update, *more = (Update.de_json(one, self._bot) for one in raw)
        items = [item.message for item in (update, *more) if item.message]
        if items:
            await self._message(*sorted(items, key=lambda item: item.message_id))
        elif update.edited_message:
            await self._edited(update.edited_message, update.update_id)
        elif update.message_reaction:
            await self._reacted(update.message_reaction)
        elif update.callback_query:
            await self._pressed(update.callback_query)
        elif update.my_chat_member:
            await self._membership(update.my_chat_member)
        elif update.chat_member and _leads_changed(update.chat_member):
            self._news.people()

    # messages

    async def _message(self, message: Message, *album: Message) -> None:
        if message.migrate_to_chat_id or message.migrate_from_chat_id:
            await self._moved(message)
            return
        if self._groups.see(message.chat):
            self._news.rooms()
        if message.sender_chat:
            await self._nobody(message)
            return
        command = self._reader.command(message, *album)
        if command:
            await self._command(message, command)
        elif self._is_followed(message.chat) and not self._reader.is_for_another_bot(message):
            said = self._reader.said(message, *album)
            if said:
                await self._front.said(said)

    def _is_followed(self, chat: Chat) -> bool:
        return not is_group(chat) or str(chat.id) in self.follow

    async def _edited(self, message: Message, update_id: int) -> None:
        edited = self._reader.edited(message, update_id) if self._is_followed(message.chat) else None
        if edited:
            await self._front.edited(edited)

    async def _reacted(self, changed: MessageReactionUpdated) -> None:
        if self._is_followed(changed.chat):
            for reacted in self._reader.reacted(changed):
                await self._front.reacted(reacted)

    async def _moved(self, message: Message) -> None:
        """A group became a supergroup: told twice, in the old and in the new one."""
        old, new = message.migrate_from_chat_id or message.chat.id, message.migrate_to_chat_id or message.chat.id
        await self.moved(number(old), number(new))

    async def moved(self, old: str, new: str) -> None:
        """A group has another id, from an update or from a call that was refused: the bot listens there from now on.
        Raises StoreUnavailable."""
        if self._groups.moved.get(old) == new:
            return
        await self._front.moved(self._connection, old, new)
        self._groups.moved[old] = new
        if old in self.follow:
            self.follow.add(new)
            self._news.rooms()

    async def _nobody(self, message: Message) -> None:
        """Who writes as the group itself, or as a channel, cannot be told from others who do: the words are nobody's.
        In a group of the desk that is said once, since an anonymous administrator would wonder."""
        anonymous = message.sender_chat == message.chat and self._reader.tells(message)
        if not anonymous or not self._is_followed(message.chat) or message.chat.id in self._hinted:
            return
        self._hinted.add(message.chat.id)
        place = self._reader.place(message)
        key = f"hint/{place.room}/{place.root}"
        asked = Asked(key, Account(self._connection, "", ""), place, place.root, direct=False)
        self._answers.hint(asked, say(self._language, "telegram.anonymous"))

    # deeds

    async def _command(self, message: Message, command: Command) -> None:
        if not self._is_for_us(message, command):
            return
        if command.direct and command.words.casefold().partition(" ")[0] == "start":
            await self._front.unreachable(command.by, "")
        answer = await self._front.commanded(command)
        asked = Asked(command.key, command.by, command.place, str(message.message_id), command.direct)
        self._answers.command(asked, answer)

    def _is_for_us(self, message: Message, command: Command) -> bool:
        """Other bots listen in groups too: a command without a name, at the top of a group, that resembles none of
        ours is theirs."""
        if command.direct or self._reader.names_us(message):
            return True
        if not self._is_followed(message.chat):
            return False
        answered = message.reply_to_message
        if command.place.thread or (answered and answered.from_user and answered.from_user.id == self._reader.bot_id):
            return True
        try:
            parse(command.words, free=command.free)
        except BadInput as error:
            return error.key != BadInput("unknown_command").key
        return True

    async def _pressed(self, query: CallbackQuery) -> None:
        message, by = query.message, self._reader.account(query.from_user)
        place, message_id = Place(self._connection, by.external_id), ""
        if isinstance(message, Message):
            place = self._reader.place(message)
        elif message:  # too old for Telegram to show it again
            place = Place(self._connection, number(message.chat.id), "", number(message.message_id))
        if message:
            message_id = number(message.message_id)
        direct = message is None or message.chat.type == ChatType.PRIVATE
        if not query.id or not isinstance(query.id, str):
            raise ValueError("a press without an id cannot be answered")
        key = f"{self._connection}/press/{query.id}"
        answer = await self._front.pressed(Press(key, place, by, str(query.data or ""), message_id, direct=direct))
        self._answers.press(query, Asked(key, by, place, message_id, direct), answer)

    # memberships

    async def _membership(self, changed: ChatMemberUpdated) -> None:
        """The bot itself: blocked by a person or let in again, added to a group, promoted there, removed."""
        status = changed.new_chat_member.status
        if changed.chat.type == ChatType.PRIVATE:
            await self._front.unreachable(self._reader.account(changed.from_user), BLOCKED if status in GONE else "")
            return
        log.info("telegram.membership", connection=self._connection, id=changed.chat.id, status=status)
        self._groups.see(changed.chat)
        if self._groups.names(changed.chat):
            self._news.rooms()
        else:
            self._news.people()

    async def drain(self, seconds: float) -> None:
        """Waits for what is done beside the line."""
        self._news.stop()
        await self._answers.drain(seconds)


def _leads_changed(changed: ChatMemberUpdated) -> bool:
    """Somebody became an administrator, or is none any more: others who come and go are no agents by that."""
    return (changed.old_chat_member.status in ADMINS) != (changed.new_chat_member.status in ADMINS)
