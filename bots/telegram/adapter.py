"""Telegram as a platform: one bot, through python-telegram-bot's Bot and a poll loop of our own."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import TypeVar

import structlog
from telegram import Bot, User
from telegram.error import BadRequest, InvalidToken, TelegramError

from bots.hooks import Hook
from bots.port import Ability, Ambiguous, Card, Front, Health, Hopeless, Mark, Moved, Pace, Sent, StartError
from bots.telegram import menu
from bots.telegram.answers import Answers
from bots.telegram.check import problems
from bots.telegram.events import Reader
from bots.telegram.files import Files
from bots.telegram.groups import Groups
from bots.telegram.line import Line, UpdateLine, hush
from bots.telegram.media import LIMIT
from bots.telegram.people import People
from bots.telegram.poll import Poll
from bots.telegram.posts import Posts
from bots.telegram.reactions import Reactions
from bots.telegram.receive import Receiver
from bots.telegram.tuning import Tuning
from bots.telegram.updates import Updates
from bots.telegram.webhook import Webhook, secret_of
from inbox.directory import AgentRef, Room
from inbox.errors import StoreUnavailable
from inbox.filestore import FileStore
from inbox.model import Account, Place

log = structlog.get_logger("telegram")
T = TypeVar("T")

TOKEN = "Telegram does not accept the token: ask @BotFather for it and set it anew."  # noqa: S105


class TelegramPlatform:
    """One bot (`bots.port.Platform`). `rooms` are the groups that the desk names: ids or @names, since a bot cannot
    list its chats; `desks` are those of them where agents work. `language` is the desk's. Updates are fetched; with a
    `webhook`, our public address, they are posted to us, bearing `webhook_secret` (else one made of the token).
    Files that go out lie in `files`."""

    name = "telegram"
    abilities = frozenset(
        {
            Ability.EDITS,
            Ability.DELETES,
            Ability.MARKS,
            Ability.TOPICS,
            Ability.TELLS_EDITS,
            Ability.TYPING,
            Ability.FILES,
            Ability.REACTIONS,
            Ability.ANSWERS,
            Ability.TITLES,
        }
    )
    file_limit = LIMIT
    # FAQ "My bot is hitting limits": a message a second in a chat, twenty a minute in a group; groups' ids are negative
    pace = Pace(room_seconds=1.0, per_second=25.0, room_per_minute=20, minute_rooms="-")
    keeps: timedelta | None = timedelta(hours=24)  # Bot API "Getting updates": they are not kept longer

    def __init__(
        self,
        connection: str,
        *,
        bot_token: str,
        api_url: str,
        file_url: str,
        clock: Callable[[], datetime],
        files: FileStore,
        rooms: Sequence[str] = (),
        desks: Sequence[str] = (),
        language: str = "en",
        webhook: str = "",
        webhook_secret: str = "",
        tuning: Tuning | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.connection = connection
        self._wanted, self._desk_names, self._language = tuple(rooms), frozenset(desks), language
        self._tuning, self._clock, self._sleep = tuning or Tuning(), clock, sleep
        hush()
        patience = {"connect_timeout": self._tuning.connect, "pool_timeout": self._tuning.connect}
        self._line = Line(connection_pool_size=32, read_timeout=self._tuning.call, **patience)
        self._update_line = UpdateLine(connection_pool_size=2, **patience)
        self._bot = Bot(
            bot_token,
            base_url=api_url,
            base_file_url=file_url,
            request=self._line,
            get_updates_request=self._update_line,
        )
        self._me: User | None = None
        self._desks: frozenset[str] = frozenset()
        self._posts, self._reactions = Posts(self._bot, files), Reactions(self._bot)
        self._groups = Groups(connection, self._bot, rooms)
        self._reader = Reader(connection, clock)
        self._people = People(self._bot, self._reader, self._groups)
        self._receiver: Receiver | None = None
        self._poll: Poll | None = None
        self._path = f"/telegram/{connection}"
        secret = webhook_secret or secret_of(bot_token)
        self._address = f"{webhook.rstrip('/').removesuffix(self._path)}{self._path}" if webhook else ""
        at = (self._bot, self._address, secret)
        self._webhook = Webhook(*at, self._tuning, clock, sleep) if webhook else None
        self._menu: asyncio.Task[None] | None = None
        self._offered: tuple[frozenset[str], frozenset[str]] = (frozenset(), frozenset())
        self._trouble = "not connected yet"

    # life

    async def connect(self) -> Sequence[Room]:
        self._line.use()
        self._update_line.use()
        try:
            self._me = me = await self._bot.get_me()
        except TelegramError as error:
            raise _start_error(error) from None
        self._reader.bot_id, self._reader.bot_name = me.id, me.username or ""
        found = await self.rooms()
        self._trouble = ""
        return found

    async def rooms(self) -> Sequence[Room]:
        if self._me is None:
            raise StartError("Telegram is not connected yet.")
        try:
            found = {wanted: await self._groups.room(wanted, self._me.id) for wanted in self._wanted}
        except TelegramError as error:
            raise _start_error(error) from None
        self._desks = frozenset(room.external_id for name, room in found.items() if room and name in self._desk_names)
        self._reader.desks = self._desks
        return [room for room in found.values() if room]

    async def start(self, front: Front, follow: frozenset[str]) -> None:
        for old, new in self._groups.moved.items():
            await front.moved(self.connection, old, new)
        answers = Answers(self._posts, self._reader.bot_name, self._sleep)
        self._receiver = Receiver(self._bot, self._reader, self._groups, front, answers, set(follow), self._language)
        updates = Updates(self.connection, front, self._receiver.take)
        try:
            await (self._webhook.open(updates) if self._webhook else self._bot.delete_webhook())
        except TelegramError as error:
            raise _start_error(error) from None
        if not self._webhook:
            self._poll = Poll(self.connection, self._bot, updates, self._tuning, self._clock, self._sleep)
            self._poll.start()
        self._offer_menu(follow)

    def hooks(self) -> Mapping[str, Hook]:
        """Where Telegram posts to (`bots.hooks.Hooked`)."""
        return {self._path: self._webhook} if self._webhook else {}

    def follow(self, rooms: frozenset[str]) -> None:
        if self._receiver:
            self._receiver.follow = set(rooms)
            self._offer_menu(rooms)

    def _offer_menu(self, rooms: frozenset[str]) -> None:
        """Beside all else, and again only where it would be another one."""
        wanted = (rooms, self._desks)
        if self._menu and self._offered == wanted:
            return
        if self._menu:
            self._menu.cancel()
        self._offered = wanted
        self._menu = asyncio.create_task(menu.offer(self._bot, *wanted), name=f"menu {self.connection}")

    async def stop(self) -> None:
        if self._menu:
            self._menu.cancel()
            await asyncio.wait({self._menu})
            self._menu = None
        if self._webhook:
            await self._webhook.close()
        if self._poll:
            await self._poll.stop()
        if self._receiver:
            confirmed = [self._poll.confirm()] if self._poll else []
            await asyncio.gather(*confirmed, self._receiver.drain(self._tuning.confirm))
            self._poll = self._receiver = None
        await self._update_line.retire()
        await self._line.retire()

    def health(self) -> Health:
        source = self._webhook or self._poll
        trouble = self._trouble or (source.trouble if source else "")
        return Health(not trouble, trouble)

    # who and what

    async def people(self, ref: AgentRef | Room) -> Sequence[Account]:
        return await self._people.of(ref)

    async def check(self, rooms: Mapping[str, Room | None], refs: Sequence[AgentRef]) -> Sequence[str]:
        if self._me is None:
            return []  # why, `connect` said
        return await problems(self._bot, self._me, self._people, self._address, rooms, refs)

    # posts

    async def send(self, place: Place, card: Card, nonce: str, *, opens: str = "", answers: str = "") -> Sent:
        return await self._there(place.room, self._posts.post(place.room, place.thread, answers, card, nonce))

    async def open_private(self, place: Place, title: str, *, again: bool) -> str:
        raise Hopeless("Telegram has no threads for one person alone.", "unknown_ability")

    async def direct(self, account: str, card: Card, nonce: str) -> Sent:
        return await self._posts.post(account, "", "", card, nonce)

    async def open_topic(self, room: str, title: str) -> str:
        return await self._there(room, self._posts.open_topic(room, title))

    async def whisper(self, place: Place, account: str, card: Card) -> None:
        raise Hopeless("Telegram has no private answers in groups.", "unknown_ability")

    async def edit(self, place: Place, parts: tuple[str, ...], card: Card, nonce: str) -> tuple[str, ...]:
        return await self._there(place.room, self._posts.edit(place.room, place.thread, parts, card, nonce))

    async def delete(self, place: Place, parts: tuple[str, ...]) -> None:
        await self._there(place.room, self._posts.delete(place.room, parts))

    async def mark(self, place: Place, message_id: str, mark: Mark) -> None:
        await self._there(place.room, self._reactions.mark(place.room, message_id, mark))

    async def typing(self, place: Place) -> None:
        await self._there(place.room, self._posts.typing(place.room, place.thread))

    async def react(self, place: Place, message_id: str, emoji: str, *, on: bool) -> None:
        await self._there(place.room, self._reactions.react(place.room, message_id, emoji, on=on))

    async def label(self, place: Place, status: str) -> None:
        raise Hopeless("Telegram's topics carry no tags.", "unknown_ability")

    async def rename(self, place: Place, title: str) -> None:
        await self._there(place.room, self._posts.rename(place.room, place.thread, title))

    async def _there(self, room: str, call: Awaitable[T]) -> T:
        """A call in a room. Where Telegram tells its new id the bot listens there, also if no update ever says so."""
        try:
            return await call
        except Moved as moved:
            with suppress(StoreUnavailable):  # then the next call tells it again
                if self._receiver:
                    await self._receiver.moved(room, moved.room)
            raise

    async def fetch(self, ref: str) -> AsyncIterator[bytes]:
        async for chunk in Files(self._bot).fetch(ref):
            yield chunk

    async def find_sent(self, place: Place, nonce: str, since: datetime) -> Sent | None:
        raise Ambiguous("Telegram shows bots no history.")


def _start_error(error: TelegramError) -> StartError:
    if isinstance(error, InvalidToken):
        return StartError(TOKEN)
    if isinstance(error, BadRequest) and "webhook" in str(error).casefold():
        return StartError(f"Telegram does not take the webhook's address: {error}.")
    return StartError(f"Telegram could not be reached ({type(error).__name__}).")
