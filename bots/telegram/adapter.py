"""Telegram as a platform: one bot, through python-telegram-bot's Bot and a poll loop of our own."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any

import structlog
from telegram import Bot, BotCommand, BotCommandScopeChat, LinkPreviewOptions, Message, ReplyParameters, Update
from telegram.constants import ChatType
from telegram.error import BadRequest, InvalidToken, TelegramError
from telegram.request import HTTPXRequest

from bots.commands import VERBS
from bots.port import Ability, Ambiguous, Answer, Card, Front, Health, Hopeless, Mark, Pace, Press, Sent, StartError
from bots.telegram import render
from bots.telegram.calls import carried
from bots.telegram.events import Reader, is_group
from bots.telegram.poll import Poll
from inbox.directory import AgentRef, Room
from inbox.locale import LANGUAGES
from inbox.model import Account, Place

log = structlog.get_logger("telegram")

MARKS = {"sent": "👌", "held": "🤔", "failed": "👎"}  # of the reactions that Telegram allows
TOAST = 200  # characters of a callback's answer
NO_PREVIEW = LinkPreviewOptions(is_disabled=True)
NAME_LIMIT = 128  # of a forum topic


class TelegramPlatform:
    """One bot (`bots.port.Platform`). `rooms` are the groups that the desk names: ids or @names, since a bot cannot
    list its chats."""

    name = "telegram"
    abilities = frozenset({Ability.EDITS, Ability.DELETES, Ability.MARKS, Ability.TOPICS, Ability.TELLS_EDITS})
    pace = Pace(room_seconds=1.0, per_second=25.0, room_per_minute=20)  # FAQ "My bot is hitting limits"

    def __init__(
        self,
        connection: str,
        *,
        bot_token: str,
        api_url: str,
        file_url: str,
        clock: Callable[[], datetime],
        rooms: Sequence[str] = (),
    ) -> None:
        self.connection = connection
        self._wanted = tuple(rooms)
        try:
            self._bot = Bot(
                bot_token,
                base_url=api_url,
                base_file_url=file_url,
                request=HTTPXRequest(connection_pool_size=32, read_timeout=20, connect_timeout=5, pool_timeout=5),
                get_updates_request=HTTPXRequest(connection_pool_size=2, connect_timeout=5),
            )
        except InvalidToken as error:
            raise StartError("The Telegram token is not one: it looks like 123456:ABC…, from @BotFather.") from error
        self._reader = Reader(connection)
        self._front: Front
        self._poll: Poll | None = None
        self._chats: dict[str, Any] = {}
        self._done_parts: dict[str, list[str]] = {}
        self._trouble = "not connected yet"

    # life

    async def connect(self) -> Sequence[Room]:
        try:
            await self._bot.initialize()
            me = await self._bot.get_me()
        except InvalidToken:
            raise StartError("Telegram does not accept the token: ask @BotFather for it and set it anew.") from None
        except TelegramError as error:
            raise StartError(f"Telegram could not be reached ({type(error).__name__}).") from None
        self._reader.bot_id, self._reader.bot_name = me.id, me.username or ""
        found = []
        for wanted in self._wanted:
            with suppress(TelegramError):
                chat = await self._bot.get_chat(int(wanted) if wanted.lstrip("-").isdecimal() else wanted)
                self._chats[str(chat.id)] = chat
                found.append(self._room(chat, wanted))
        return found

    def _room(self, chat: Any, wanted: str) -> Room:
        name = wanted if wanted.startswith("@") else chat.title or wanted
        topics = bool(getattr(chat, "is_forum", False))
        kind = "forum" if topics else "group"
        return Room(self.connection, str(chat.id), name, kind, private=not chat.username, topics=topics)  # type: ignore[arg-type]

    async def start(self, front: Front, follow: frozenset[str]) -> None:
        self._front = front
        try:
            await self._bot.delete_webhook()
        except TelegramError as error:
            raise StartError(f"Telegram could not be reached ({type(error).__name__}).") from None
        await self._say_commands(follow)
        self._trouble = ""
        self._poll = Poll(self.connection, self._bot, front, self._take)
        self._poll.start()

    async def _say_commands(self, follow: frozenset[str]) -> None:
        """The menu of commands, in each language: what everybody may say, and in the desk's groups what agents may."""
        for language in LANGUAGES:
            code = None if language == "en" else language
            everybody = [BotCommand(v.name, v.describe(language)) for v in VERBS.values() if not v.agents]
            agents = [BotCommand(v.name, v.describe(language)) for v in VERBS.values()]
            with suppress(TelegramError):  # a menu is a help; without it every command still works
                await self._bot.set_my_commands(everybody, language_code=code)
                for room in sorted(follow):
                    await self._bot.set_my_commands(agents, BotCommandScopeChat(int(room)), language_code=code)

    async def stop(self) -> None:
        if self._poll:
            await self._poll.stop()
        with suppress(TelegramError, RuntimeError):
            await self._bot.shutdown()

    def health(self) -> Health:
        trouble = self._trouble or (self._poll.trouble if self._poll else "")
        return Health(not trouble, trouble)

    # updates

    async def _take(self, raw: dict[str, Any]) -> None:
        """One update, from raw JSON. Raises what cannot be understood."""
        update = Update.de_json(raw, self._bot)
        if update is None:
            raise ValueError("an empty update")
        if update.message:
            await self._message(update.message)
        elif update.edited_message:
            edited = self._reader.edited(update.edited_message)
            if edited:
                await self._front.edited(edited)
        elif update.callback_query:
            await self._pressed(update)
        elif update.my_chat_member:
            await self._membership(update)
        elif update.chat_member:
            await self._front.people_changed(self.connection)

    async def _message(self, message: Message) -> None:
        if message.migrate_to_chat_id:
            await self._front.moved(self.connection, str(message.chat.id), str(message.migrate_to_chat_id))
            return
        if is_group(message.chat) and str(message.chat.id) not in self._chats:
            self._chats[str(message.chat.id)] = message.chat
            log.info("telegram.group_seen", id=message.chat.id, title=message.chat.title)
        if self._reader.is_for_another_bot(message):
            return
        command = self._reader.command(message)
        if command:
            await self._answer_in_place(message, await self._front.commanded(command))
            return
        said = self._reader.said(message)
        if said:
            await self._front.said(said)

    async def _answer_in_place(self, message: Message, answer: Answer) -> None:
        """Telegram has no private answers in groups: what is secret goes by direct message, the rest where asked."""
        if answer.card is None:
            return
        person = message.from_user
        with suppress(Hopeless, Ambiguous):
            if answer.secret and message.chat.type != ChatType.PRIVATE and person:
                await self._post(str(person.id), "", "", answer.card, "")
                return
            place = self._reader.place(message)
            await self._post(place.room, place.thread, str(message.message_id), answer.card, "")

    async def _pressed(self, update: Update) -> None:
        query = update.callback_query
        assert query is not None
        message = query.message
        place = Place(self.connection, str(query.from_user.id))
        if message:
            thread = (
                getattr(message, "message_thread_id", None) if getattr(message, "is_topic_message", False) else None
            )
            place = Place(self.connection, str(message.chat.id), str(thread or ""), str(message.message_id))
        direct = message is None or message.chat.type == ChatType.PRIVATE
        key = f"{self.connection}/press/{query.id}"
        by = self._reader.account(query.from_user)
        message_id = str(message.message_id) if message else ""
        answer = await self._front.pressed(Press(key, place, by, query.data or "", message_id, direct=direct))
        await self._answer_press(query, place, message_id, answer)

    async def _answer_press(self, query: Any, place: Place, message_id: str, answer: Answer) -> None:
        card = answer.card
        toast = ""
        if card and not card.buttons and not answer.replace and len(card.text) <= TOAST and not card.title:
            toast = card.text
        with suppress(TelegramError):  # "query is too old": the deed is done all the same
            await query.answer(toast or None, show_alert=len(toast) > 60 or answer.refused)
        if card is None or toast:
            return
        with suppress(Hopeless, Ambiguous):
            if answer.replace and message_id:
                await self.edit(place, message_id, card)
            else:
                await self._post(place.room, place.thread, message_id, card, "")

    async def _membership(self, update: Update) -> None:
        changed = update.my_chat_member
        assert changed is not None
        if changed.chat.type == ChatType.PRIVATE:
            left = changed.new_chat_member.status in ("kicked", "left")
            account = self._reader.account(changed.from_user)
            await self._front.unreachable(account, "They blocked the bot in Telegram." if left else "")
            return
        self._chats[str(changed.chat.id)] = changed.chat
        log.info("telegram.group_seen", id=changed.chat.id, title=changed.chat.title)
        await self._front.people_changed(self.connection)

    # who and what

    async def people(self, ref: AgentRef | Room) -> Sequence[Account]:
        if isinstance(ref, Room):
            raise StartError("Telegram does not tell bots who is in a group: list the agents, or `admins:` of a group.")
        if ref.kind == "user":
            return [await self._person(ref.name)]
        if ref.kind != "admins":
            raise StartError(f"Telegram knows no {ref.kind}s; agents there are users or a group's admins ({ref}).")
        try:
            members = await self._bot.get_chat_administrators(self._chat_id(ref.name))
        except TelegramError as error:
            raise StartError(f"Telegram does not tell who leads {ref.name} ({error}).") from None
        return [self._reader.account(member.user) for member in members if not member.user.is_bot]

    async def _person(self, user: str) -> Account:
        """An account by id; until the person has pressed start, Telegram tells no name."""
        with suppress(TelegramError, ValueError):
            chat = await self._bot.get_chat(int(user))
            return Account(self.connection, user, chat.full_name or user)
        return Account(self.connection, user, "")

    def _chat_id(self, name: str) -> int | str:
        if name.lstrip("-").isdecimal():
            return int(name)
        found = [chat.id for chat in self._chats.values() if (chat.title or "").casefold() == name.casefold()]
        return found[0] if found else name

    async def check(self, rooms: Mapping[str, Room | None], refs: Sequence[AgentRef]) -> Sequence[str]:
        found = []
        for ref, room in rooms.items():
            if room is None:
                found.append(f"{ref}: the bot does not see such a group. Add it there, and name the group by its id.")
                continue
            member = await self._bot.get_chat_member(int(room.external_id), self._reader.bot_id)
            if room.topics and not getattr(member, "can_manage_topics", False):
                found.append(f"{ref}: make the bot an administrator that may manage topics.")
            elif member.status != "administrator":
                found.append(f"{ref}: the bot is no administrator, so it reads only commands and answers to itself.")
        for agents in refs:
            try:
                await self.people(agents)
            except StartError as error:
                found.append(str(error))
        return found

    # posts

    async def send(self, place: Place, card: Card, nonce: str, *, opens: str = "", answers: str = "") -> Sent:
        return await self._post(place.room, place.thread, answers or ("" if place.thread else place.root), card, nonce)

    async def direct(self, account: str, card: Card, nonce: str) -> Sent:
        return await self._post(account, "", "", card, nonce)

    async def _post(self, room: str, thread: str, answers: str, card: Card, nonce: str) -> Sent:
        """Posts all parts of a card; a part that went out is not posted again when the whole is tried again."""
        parts = render.messages(card)
        done = self._done_parts.setdefault(nonce, []) if nonce else []
        while len(self._done_parts) > 500:
            self._done_parts.pop(next(iter(self._done_parts)))
        for number in range(len(done), len(parts)):
            last = number == len(parts) - 1
            sent = await self._post_part(room, thread, answers, parts[number], card if last else None)
            done.append(str(sent.message_id))
        self._done_parts.pop(nonce, None)
        if not done:
            raise Hopeless("There was nothing to say in it.", "invalid")
        return Sent(done[-1], room, thread)

    async def _post_part(self, room: str, thread: str, answers: str, markup: str, card: Card | None) -> Message:
        arguments: dict[str, Any] = {
            "chat_id": int(room),
            "message_thread_id": int(thread) if thread else None,
            "reply_markup": render.keyboard(card) if card else None,
            "link_preview_options": NO_PREVIEW,
        }
        if answers:
            arguments["reply_parameters"] = ReplyParameters(int(answers), allow_sending_without_reply=True)
        try:
            return await self._bot.send_message(text=markup, parse_mode="HTML", **arguments)
        except BadRequest as error:
            if "can't parse entities" not in str(error):
                return await carried(_raised(error))
            return await carried(self._bot.send_message(text=render.plain(markup), **arguments))
        except TelegramError as error:
            return await carried(_raised(error))

    async def open_topic(self, room: str, title: str) -> str:
        topic = await carried(self._bot.create_forum_topic(int(room), title[:NAME_LIMIT]))
        return str(topic.message_thread_id)

    async def whisper(self, place: Place, account: str, card: Card) -> None:
        raise Hopeless("Telegram has no private answers in groups.", "unknown_ability")

    async def edit(self, place: Place, message_id: str, card: Card) -> None:
        try:
            await self._bot.edit_message_text(
                render.messages(card)[-1],
                chat_id=int(place.room),
                message_id=int(message_id),
                parse_mode="HTML",
                reply_markup=render.keyboard(card),
                link_preview_options=NO_PREVIEW,
            )
        except BadRequest as error:
            if "not modified" not in str(error):
                await carried(_raised(error))
        except TelegramError as error:
            await carried(_raised(error))

    async def delete(self, place: Place, message_id: str) -> None:
        await carried(self._bot.delete_message(int(place.room), int(message_id)))

    async def mark(self, place: Place, message_id: str, mark: Mark) -> None:
        await carried(self._bot.set_message_reaction(int(place.room), int(message_id), MARKS[mark]))

    async def find_sent(self, place: Place, nonce: str, since: datetime) -> Sent | None:
        raise Ambiguous("Telegram shows bots no history.")


async def _raised(error: TelegramError) -> Any:
    raise error
