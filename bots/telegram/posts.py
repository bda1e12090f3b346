"""Cards put into chats: sent in parts, edited, taken back, marked."""

from collections.abc import Awaitable, Callable
from typing import Any

import structlog
from telegram import Bot, LinkPreviewOptions, Message, ReplyParameters
from telegram.error import TelegramError

from bots.port import Card, Hopeless, Mark, Sent
from bots.telegram import render
from bots.telegram.calls import carried, is_unchanged, is_unparsable, meaning

log = structlog.get_logger("telegram")

MARKS = {"sent": "👌", "held": "🤔", "failed": "👎"}  # of the reactions that Telegram allows
NO_PREVIEW = LinkPreviewOptions(is_disabled=True)
NAME_LIMIT = 128  # of a forum topic
REMEMBERED = 1_000  # posts of several parts, and posts that are not finished


class Posts:
    """What one bot says. A card may take several messages; the last, with the buttons, is the one it is known by. The
    others are remembered as long as the program runs, so that they can be edited and taken back too."""

    def __init__(self, bot: Bot) -> None:
        self._bot = bot
        self._unfinished: dict[str, list[int]] = {}
        self._parts: dict[tuple[str, int], list[int]] = {}

    async def post(self, room: str, thread: str, answers: str, card: Card, nonce: str) -> Sent:
        """Posts all parts of a card; a part that went out is not posted again when the whole is tried again under the
        same nonce. Raises SendError's branches."""
        parts = render.messages(card)
        if not parts:
            raise Hopeless("There was nothing to say in it.", "invalid")
        done = self._unfinished.setdefault(f"{room}/{nonce}", [])
        _bound(self._unfinished)
        for number in range(len(done), len(parts)):
            last = number == len(parts) - 1
            sent = await self._post_part(room, thread, answers, parts[number], card if last else None)
            done.append(sent.message_id)
        self._unfinished.pop(f"{room}/{nonce}", None)
        self._remember(room, done[-1], done)
        return Sent(str(done[-1]), room, thread)

    def _remember(self, room: str, known: int, parts: list[int]) -> None:
        if len(parts) > 1:
            self._parts[room, known] = parts
            _bound(self._parts)
        else:
            self._parts.pop((room, known), None)

    def whole(self, room: str, message_id: str) -> str:
        """The message by which a post is known that this message is a part of; the message itself for any other."""
        number = int(message_id)
        found = (known for (where, known), parts in self._parts.items() if where == room and number in parts)
        return str(next(found, number))

    async def _post_part(self, room: str, thread: str, answers: str, markup: str, card: Card | None) -> Message:
        arguments: dict[str, Any] = {
            "chat_id": int(room),
            "message_thread_id": int(thread) if thread else None,
            "reply_markup": render.keyboard(card) if card else None,
            "link_preview_options": NO_PREVIEW,
        }
        if answers:
            arguments["reply_parameters"] = ReplyParameters(int(answers), allow_sending_without_reply=True)
        sent: Message = await _formatted(self._bot.send_message, markup, room, arguments)
        return sent

    async def edit(self, room: str, thread: str, message_id: str, card: Card) -> None:
        """Puts a card in the place of one that was sent, with its buttons: left out, Telegram takes them away. Where it
        takes more messages than before the rest is sent, where it takes fewer they are taken back."""
        new = render.messages(card)
        if not new:
            raise Hopeless("There was nothing to say in it.", "invalid")
        known = int(message_id)
        parts = self._parts.get((room, known), [known])
        kept = _kept(parts, known, len(new))
        for number in set(parts) - set(kept):
            await carried(self._bot.delete_message(int(room), number), room)
        for at, markup in enumerate(new):
            buttons = card if at == len(new) - 1 else None
            if at < len(kept):
                await self._edit_part(room, kept[at], markup, buttons)
            else:
                kept.append((await self._post_part(room, thread, "", markup, buttons)).message_id)
        self._remember(room, known, kept)

    async def _edit_part(self, room: str, number: int, markup: str, card: Card | None) -> None:
        arguments: dict[str, Any] = {
            "chat_id": int(room),
            "message_id": number,
            "reply_markup": render.keyboard(card) if card else None,
            "link_preview_options": NO_PREVIEW,
        }
        await _formatted(self._bot.edit_message_text, markup, room, arguments)

    async def delete(self, room: str, message_id: str) -> None:
        """Takes back all parts of what was sent."""
        for number in self._parts.pop((room, int(message_id)), [int(message_id)]):
            await carried(self._bot.delete_message(int(room), number), room)

    async def mark(self, room: str, message_id: str, mark: Mark) -> None:
        """Sets the reaction; Telegram lets a bot have one on a message, so a new one replaces the old."""
        await carried(self._bot.set_message_reaction(int(room), int(message_id), MARKS[mark]), room)

    async def open_topic(self, room: str, title: str) -> str:
        topic = await carried(self._bot.create_forum_topic(int(room), title[:NAME_LIMIT]), room)
        return str(topic.message_thread_id)


async def _formatted(call: Callable[..., Awaitable[Any]], markup: str, room: str, arguments: dict[str, Any]) -> Any:
    """A call with markup, and again without where Telegram cannot read it. What stands there already is no failure."""
    try:
        return await call(text=markup, parse_mode="HTML", **arguments)
    except TelegramError as error:
        if is_unchanged(error):
            return None
        if not is_unparsable(error):
            raise meaning(error, room) from None
        log.warning("telegram.markup_refused", room=room)
    return await carried(call(text=render.plain(markup), **arguments), room)


def _kept(parts: list[int], known: int, count: int) -> list[int]:
    """At most `count` of these messages, in their order, the known one among them."""
    before = parts.index(known)
    start = min(before, max(0, len(parts) - count))
    return parts[start : start + max(count, before - start + 1)]


def _bound(remembered: dict[Any, Any]) -> None:
    while len(remembered) > REMEMBERED:
        remembered.pop(next(iter(remembered)))
