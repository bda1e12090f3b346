"""Chats and who is in them, asked for and read as far as we need them.

The library's own objects want all that the newest Bot API tells (`accepted_gift_types` of every chat, say), and break
on an answer without: of a telegram-bot-api of last year's, which many run for themselves.
"""

from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

from telegram import Bot, Chat, User
from telegram.error import TelegramError

T = TypeVar("T")
CHAT = ("id", "type", "title", "username", "first_name", "last_name", "is_forum")  # what we read of one


class Member(NamedTuple):
    """Somebody in a chat (Bot API, "ChatMember"). What only administrators or restricted members are told of counts as
    allowed where it is not told."""

    user: User
    status: str
    manages_topics: bool
    writes: bool


async def chat(bot: Bot, id_: int | str) -> Chat:
    """A chat by its id or @name. Raises TelegramError."""
    told = await bot.do_api_request("getChat", api_kwargs={"chat_id": id_})
    return _read(lambda: Chat.de_json({key: told[key] for key in CHAT if key in told}, bot))


async def member(bot: Bot, chat_id: int, user_id: int) -> Member:
    """Somebody in a chat. Raises TelegramError."""
    told = await bot.do_api_request("getChatMember", api_kwargs={"chat_id": chat_id, "user_id": user_id})
    return _read(lambda: _member(told, bot))


async def administrators(bot: Bot, chat_id: int | str) -> list[Member]:
    """Who leads a group. Raises TelegramError."""
    told = await bot.do_api_request("getChatAdministrators", api_kwargs={"chat_id": chat_id})
    return _read(lambda: [_member(one, bot) for one in told])


def _member(told: Any, bot: Bot) -> Member:
    restricted = told["status"] == "restricted"
    manages = told["status"] == "creator" or bool(told.get("can_manage_topics"))
    writes = not restricted or bool(told.get("can_send_messages"))
    return Member(User.de_json(told["user"], bot), str(told["status"]), manages, writes)


def _read(read: Callable[[], T]) -> T:
    try:
        return read()
    except (TypeError, KeyError, ValueError, AttributeError) as error:
        raise TelegramError(f"an answer that cannot be read ({type(error).__name__})") from None
