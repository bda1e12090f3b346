"""Calls to the Bot API, and what their failures mean for a post."""

from collections.abc import Awaitable
from typing import TypeVar

from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
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
GONE = (
    "chat not found",
    "thread not found",
    "topic_closed",
    "topic_deleted",
    "to edit not found",
    "to delete not found",
    "to react not found",
    "message to be replied not found",
)
FORBIDDEN = (
    "not enough rights",
    "have no rights",
    "need administrator",
    "can't be deleted",
    "can't be edited",
    "chat_write_forbidden",
    "chat_admin_required",
    "reaction_invalid",
)


async def carried(call: Awaitable[T]) -> T:
    """Awaits a call; raises SendError's branches for what went wrong with it."""
    try:
        return await call
    except TelegramError as error:
        raise meaning(error) from None


def meaning(error: TelegramError) -> SendError:
    """What Telegram's refusal, or its silence, means. Telegram repeats nothing and shows no history to bots, so that
    a call whose answer was lost stays ambiguous."""
    text = str(error)
    if isinstance(error, RetryAfter):
        return TryLater("Telegram asks to slow down.", float(error._retry_after.total_seconds()))
    if isinstance(error, ChatMigrated):
        return Moved(str(error.new_chat_id))
    if isinstance(error, Forbidden):
        return Hopeless(f"Telegram does not let the bot write there ({text}).", "blocked")
    if isinstance(error, (InvalidToken, Conflict)):
        return TryLater("Telegram does not accept the token.", ACCESS_RETRY_SECONDS)
    if isinstance(error, BadRequest):
        return _refused(text)
    if isinstance(error, TimedOut):
        return Ambiguous("Telegram did not answer in time.")
    if isinstance(error, NetworkError) and "ConnectError" in text:
        return TryLater("Telegram could not be reached.")
    return Ambiguous("The connection to Telegram broke during the call.")


def _refused(text: str) -> SendError:
    lowered = text.casefold()
    if any(sign in lowered for sign in GONE):
        return Hopeless(f"Telegram does not have that place or message any more ({text}).", "gone")
    if any(sign in lowered for sign in FORBIDDEN):
        return Hopeless(f"The bot may not do that in Telegram ({text}).", "forbidden")
    if "not found" in lowered and "method" in lowered:
        return Hopeless("Telegram does not know that call.", "unknown_ability")
    return Hopeless(f"Telegram refused it ({text}).", "invalid")
