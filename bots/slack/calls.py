"""Calls to Slack's Web API, and what their failures mean for a post."""

from collections.abc import AsyncIterator, Awaitable
from contextlib import suppress
from typing import Any, TypeVar

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError

from bots.port import Ambiguous, Hopeless, SendError, TryLater

T = TypeVar("T")
BLOCKED = {
    "user_not_found",
    "user_disabled",
    "cannot_dm_bot",
    "user_not_visible",
    "users_not_found",
    "messages_tab_disabled",
}
GONE = {"channel_not_found", "is_archived", "message_not_found", "thread_not_found", "no_item_specified"}
FORBIDDEN = {
    "not_in_channel",
    "missing_scope",
    "restricted_action",
    "no_permission",
    "ekm_access_denied",
    "cant_update_message",
    "cant_delete_message",
    "user_not_in_channel",
    "restricted_action_thread_only_channel",
}
# the connection is at fault, not the post: it waits until somebody has mended the token
ACCESS = {"invalid_auth", "token_revoked", "token_expired", "account_inactive", "not_authed", "team_access_not_granted"}
LATER = {"ratelimited", "rate_limited", "service_unavailable", "request_timeout", "fatal_error", "internal_error"}
ACCESS_RETRY_SECONDS = 60.0


async def carried(call: Awaitable[T]) -> T:
    """Awaits a call that posts; raises SendError's branches for what went wrong with it."""
    try:
        return await call
    except SlackApiError as error:
        raise meaning(error) from None
    except aiohttp.ClientConnectorError as error:
        raise TryLater(f"Slack could not be reached ({type(error).__name__}).") from None
    except (TimeoutError, aiohttp.ClientError, SlackClientError, OSError) as error:
        raise Ambiguous(f"The connection to Slack broke during the call ({type(error).__name__}).") from None


def meaning(error: SlackApiError) -> SendError:
    """What Slack's refusal means. Codes: the error tables of chat.postMessage and its siblings."""
    status = getattr(error.response, "status_code", 200)
    code = code_of(error)
    if status == 429 or code in ("ratelimited", "rate_limited"):
        return TryLater("Slack asks to slow down.", retry_after(error))
    if code in ACCESS:
        return TryLater(f"Slack does not accept the token ({code}).", ACCESS_RETRY_SECONDS)
    if status >= 500 or code in LATER:
        return Ambiguous(f"Slack had a failure of its own ({status}).")
    if code in BLOCKED:
        return Hopeless(f"Slack cannot reach this person ({code}).", "blocked")
    if code in GONE:
        return Hopeless(f"Slack does not have that place or message any more ({code}).", "gone")
    if code in FORBIDDEN:
        return Hopeless(f"The bot may not do that in Slack ({code}).", "forbidden")
    if code in ("unknown_method", "method_deprecated", "not_allowed_token_type"):
        return Hopeless(f"Slack does not know that call ({code}).", "unknown_ability")
    return Hopeless(f"Slack refused it ({code}).", "invalid")


def code_of(error: SlackApiError) -> str:
    """Slack's error code, "" for an answer that is no JSON."""
    with suppress(Exception):
        data = error.response.data
        return str(data.get("error", "")) if isinstance(data, dict) else ""
    return ""


def retry_after(error: SlackApiError) -> float:
    with suppress(Exception):
        return float(error.response.headers.get("Retry-After", 1))
    return 1.0


async def pages(method: Any, key: str, limit: int = 50, **arguments: Any) -> AsyncIterator[dict[str, Any]]:
    """Every item of a paged reading call, at most `limit` pages."""
    cursor = ""
    for _ in range(limit):
        answer = await method(**arguments, **({"cursor": cursor} if cursor else {}))
        for item in answer.get(key) or ():
            yield item
        cursor = (answer.get("response_metadata") or {}).get("next_cursor") or ""
        if not cursor:
            return
