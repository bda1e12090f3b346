"""Cards put into chats: sent in parts, edited, taken back, marked."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, NamedTuple

import structlog
from telegram import Bot, InlineKeyboardMarkup, LinkPreviewOptions, ReplyParameters
from telegram.error import TelegramError

from bots import parts
from bots.parts import Hand, Unfinished
from bots.port import Card, Hopeless, Mark, Sent
from bots.telegram import render
from bots.telegram.calls import carried, is_unchanged, is_unparsable, meaning

log = structlog.get_logger("telegram")

MARKS = {"sent": "👌", "held": "🤔", "failed": "👎"}  # of the reactions that Telegram allows
NO_PREVIEW = LinkPreviewOptions(is_disabled=True)
NAME_LIMIT = 128  # of a forum topic


class Body(NamedTuple):
    """What one message shows."""

    markup: str
    keyboard: InlineKeyboardMarkup | None = None


class Posts:
    """What one bot says. A card may take several messages; the last has its buttons."""

    def __init__(self, bot: Bot) -> None:
        self._bot = bot
        self._unfinished = Unfinished()

    async def post(self, room: str, thread: str, answers: str, card: Card, nonce: str) -> Sent:
        """Posts all parts of a card; a part that went out is not posted again when the whole is tried again under the
        same nonce. Raises SendError's branches."""
        out = self._unfinished.of(f"{room}/{nonce}")
        await parts.post(out, _bodies(card), partial(self._post_part, room, thread, answers))
        self._unfinished.end(f"{room}/{nonce}")
        return Sent(out[0], room, thread, tuple(out) if len(out) > 1 else ())

    async def _post_part(self, room: str, thread: str, answers: str, _: int, body: Body) -> str:
        arguments: dict[str, Any] = {
            "chat_id": int(room),
            "message_thread_id": int(thread) if thread else None,
            "reply_markup": body.keyboard,
            "link_preview_options": NO_PREVIEW,
        }
        if answers:
            arguments["reply_parameters"] = ReplyParameters(int(answers), allow_sending_without_reply=True)
        return str((await _formatted(self._bot.send_message, body.markup, room, arguments)).message_id)

    async def edit(self, room: str, thread: str, messages: tuple[str, ...], card: Card, nonce: str) -> tuple[str, ...]:
        """Puts a card in the place of one that was sent, with its buttons: left out, Telegram takes them away. Returns
        the messages that it has then."""
        hand = Hand(
            partial(self._post_part, room, thread, ""),
            partial(self._edit_part, room),
            partial(self._remove, room),
            Body("…"),
        )
        now = await parts.change(messages, _bodies(card), self._unfinished.of(f"{room}/{nonce}"), hand)
        self._unfinished.end(f"{room}/{nonce}")
        return now

    async def _edit_part(self, room: str, message_id: str, body: Body) -> None:
        arguments: dict[str, Any] = {
            "chat_id": int(room),
            "message_id": int(message_id),
            "reply_markup": body.keyboard,
            "link_preview_options": NO_PREVIEW,
        }
        await _formatted(self._bot.edit_message_text, body.markup, room, arguments)

    async def delete(self, room: str, messages: tuple[str, ...]) -> None:
        """Takes back all parts of what was sent."""
        await parts.remove(messages, partial(self._remove, room))

    async def _remove(self, room: str, message_id: str) -> None:
        await carried(self._bot.delete_message(int(room), int(message_id)), room)

    async def mark(self, room: str, message_id: str, mark: Mark) -> None:
        """Sets the reaction; Telegram lets a bot have one on a message, so a new one replaces the old."""
        await carried(self._bot.set_message_reaction(int(room), int(message_id), MARKS[mark]), room)

    async def typing(self, room: str, thread: str) -> None:
        """Shows for some five seconds that somebody writes (Bot API, sendChatAction)."""
        topic = int(thread) if thread else None
        await carried(self._bot.send_chat_action(int(room), "typing", message_thread_id=topic), room)

    async def open_topic(self, room: str, title: str) -> str:
        topic = await carried(self._bot.create_forum_topic(int(room), title[:NAME_LIMIT]), room)
        return str(topic.message_thread_id)


def _bodies(card: Card) -> list[Body]:
    """What a card's messages show. Raises Hopeless where there is nothing to see."""
    made = [Body(markup) for markup in render.messages(card)]
    if not made:
        raise Hopeless("There was nothing to say in it.", "invalid")
    return [*made[:-1], Body(made[-1].markup, render.keyboard(card))]


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
