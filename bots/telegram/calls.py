"""Calls to the Bot API, and what their failures mean for a post."""

from collections.abc import Awaitable
from datetime import timedelta
from typing import TypeVar

from telegram.error import (
    BadRequest,
    ChatMigrated,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
    TimedOut,
)

from bots.port import Ambiguous, Hopeless, Moved, SendError, TryLater

T = TypeVar("T")
ACCESS_RETRY_SECONDS = 60.0
# of httpx, when the request was not sent yet
NOT_SENT = ("ConnectError", "ConnectTimeout", "PoolTimeout")
PERSON = ("blocked by the user", "user is deactivated", "can't initiate conversation", "can't send messages to bots")
GONE = (
    "chat not found",
    "thread not found",
    "topic_closed",
    "topic_deleted",
    "topic_id_invalid",
    "to edit not found",
    "can't be edited",
    "to delete not found",
    "to react not found",
    "to be replied not found",
    "message_id_invalid",
)
FORBIDDEN = (
    "not enough rights",
    "have no rights",
    "need administrator",
    "can't be deleted",
    "chat_write_forbidden",
    "chat_admin_required",
    "reaction_invalid",
)


async def carried(call: Awaitable[T], room: str = "") -> T:
    """Awaits a call about a room (a person's id where it is their chat); raises SendError's branches for what went
    wrong with it."""
    try:
        return await call
    except TelegramError as error:
        raise meaning(error, room) from None


def meaning(error: TelegramError, room: str = "") -> SendError:
    """What Telegram's refusal, or its silence, means. Telegram repeats nothing and shows no history to bots, so that
    a call whose answer was lost stays ambiguous."""
    text = str(error)
    match error:
        case RetryAfter():
            return TryLater("Telegram asks to slow down.", seconds_of(error))
        case ChatMigrated():
            return Moved(str(error.new_chat_id))
        case Forbidden():
            return _forbidden(text)
        case InvalidToken() if "not found" in text.casefold():  # 404: the token is fine, the method unknown
            return Hopeless("Telegram does not know that call.", "unknown_ability")
        case InvalidToken():
            return TryLater("Telegram does not accept the token.", ACCESS_RETRY_SECONDS)
        case BadRequest():
            return _refused(text, room)
    if type(error.__cause__).__name__ in NOT_SENT:
        return TryLater("Telegram could not be reached.")
    if isinstance(error, TimedOut):
        return Ambiguous("Telegram did not answer in time.")
    what = "broke during the call" if isinstance(error, NetworkError) else "gave no answer that can be read"
    return Ambiguous(f"The connection to Telegram {what}.")


def seconds_of(error: RetryAfter) -> float:
    """How long Telegram asks to wait."""
    after: int | timedelta = error.retry_after
    return after.total_seconds() if isinstance(after, timedelta) else float(after)


def is_unparsable(error: TelegramError) -> bool:
    """Did Telegram stumble over the markup?"""
    return isinstance(error, BadRequest) and "can't parse entities" in str(error).casefold()


def is_unchanged(error: TelegramError) -> bool:
    """Is it already as it was to become?"""
    return isinstance(error, BadRequest) and "not modified" in str(error).casefold()


def has_no_text(refused: Hopeless) -> bool:
    """Is it that the message has no text to be changed, but is a file with a caption or without one?"""
    return "no text in the message" in str(refused).casefold()


def _forbidden(text: str) -> Hopeless:
    """A person who shut the bot out, or a group that did: only the first can nobody be reached in."""
    kind = "blocked" if any(sign in text.casefold() for sign in PERSON) else "forbidden"
    return Hopeless(f"Telegram does not let the bot write there ({text}).", kind)


def _refused(text: str, room: str) -> SendError:
    lowered = text.casefold()
    if "chat not found" in lowered and room and not room.startswith("-"):
        return Hopeless("They have not pressed Start in the bot's chat yet.", "blocked")
    if any(sign in lowered for sign in GONE):
        return Hopeless(f"Telegram does not have that place or message any more ({text}).", "gone")
    if any(sign in lowered for sign in FORBIDDEN):
        return Hopeless(f"The bot may not do that in Telegram ({text}).", "forbidden")
    return Hopeless(f"Telegram refused it ({text}).", "invalid")
