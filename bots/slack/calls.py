"""Calls to Slack's Web API, and what their failures mean for a post."""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from typing import Any, TypeVar

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError

from bots.port import Ambiguous, Hopeless, SendError, TryLater

T = TypeVar("T")
# All that a call can raise; the last two are how the SDK stumbles over answers that are no JSON objects.
CALL_ERRORS = (TimeoutError, SlackClientError, aiohttp.ClientError, OSError, AttributeError, ValueError)
BLOCKED = {
    "user_not_found",
    "user_disabled",
    "cannot_dm_bot",
    "user_not_visible",
    "users_not_found",
    "messages_tab_disabled",
}
GONE = {
    "channel_not_found",
    "is_archived",
    "is_inactive",
    "message_not_found",
    "thread_not_found",
    "cannot_reply_to_message",
    "no_item_specified",
    "file_not_found",
    "file_deleted",
}
FORBIDDEN = {
    "not_in_channel",
    "missing_scope",
    "no_permission",
    "access_denied",
    "ekm_access_denied",
    "cant_update_message",
    "cant_delete_message",
    "edit_window_closed",
    "compliance_exports_prevent_deletion",
    "user_not_in_channel",
    "posting_to_general_channel_denied",
}
FORBIDDEN_KINDS = ("restricted_action", "slack_connect_")  # families of codes that begin so
# the connection is at fault, not the post: it waits until somebody has mended the token
ACCESS = {
    "invalid_auth",
    "token_revoked",
    "token_expired",
    "account_inactive",
    "not_authed",
    "team_access_not_granted",
    "access_denied_to_app",
    "org_login_required",
}
SLOW = {"ratelimited", "rate_limited", "accesslimited"}
FAILURES = {"service_unavailable", "request_timeout", "fatal_error", "internal_error", "team_added_to_org"}
UNKNOWN = {"unknown_method", "method_deprecated", "deprecated_endpoint", "not_allowed_token_type"}
ACCESS_RETRY_SECONDS = 60.0
PATIENCE = 5


class NoAccess(TryLater):
    """Slack does not accept the token (any more)."""


class TooMuch(SlackClientError):
    """There are more pages than we read."""


async def carried(call: Awaitable[T]) -> T:
    """Awaits a call that posts; raises SendError's branches for what went wrong with it."""
    try:
        return await call
    except SlackApiError as error:
        raise meaning(error) from None
    except aiohttp.ClientConnectorError as error:
        raise TryLater(f"Slack could not be reached ({type(error).__name__}).") from None
    except CALL_ERRORS as error:
        raise Ambiguous(f"The connection to Slack broke during the call ({type(error).__name__}).") from None


def meaning(error: SlackApiError) -> SendError:
    """What Slack's refusal means. Codes: the error tables of chat.postMessage and its siblings."""
    status, code = status_of(error), code_of(error)
    if status == 429 or code in SLOW:
        return TryLater("Slack asks to slow down.", retry_after(error))
    if code in ACCESS:
        return NoAccess(f"Slack does not accept the token ({code}).", ACCESS_RETRY_SECONDS)
    if status >= 500 or code in FAILURES or not code:
        return Ambiguous(f"Slack had a failure of its own ({code or status}).")
    if code in BLOCKED:
        return Hopeless(f"Slack cannot reach this person ({code}).", "blocked")
    if code in GONE:
        return Hopeless(f"Slack does not have that place or message any more ({code}).", "gone")
    if code in FORBIDDEN or code.startswith(FORBIDDEN_KINDS):
        return Hopeless(f"The bot may not do that in Slack ({code}).", "forbidden")
    if code in UNKNOWN:
        return Hopeless(f"Slack does not know that call ({code}).", "unknown_ability")
    return Hopeless(f"Slack refused it ({code}).", "invalid")


def status_of(error: SlackApiError) -> int:
    """The HTTP status of the answer; the SDK gives its own or aiohttp's response."""
    answer: Any = error.response
    return int(getattr(answer, "status_code", 0) or getattr(answer, "status", 200))


def code_of(error: BaseException) -> str:
    """Slack's error code, "" for what is no refusal of Slack's or no JSON."""
    data = getattr(getattr(error, "response", None), "data", None)
    return str(data.get("error") or "") if isinstance(data, dict) else ""


def why(error: BaseException) -> str:
    """In a word, without secrets: Slack's code, or the kind of failure."""
    return code_of(error) or type(error).__name__


def retry_after(error: SlackApiError) -> float:
    """Seconds that Slack asks to wait; one where it does not say."""
    try:
        return float(error.response.headers.get("Retry-After", 1))
    except (ValueError, AttributeError):
        return 1.0


async def patient(method: Any, **arguments: Any) -> Any:
    """A reading call that waits as long as Slack asks, at most PATIENCE times. Raises CALL_ERRORS."""
    for _ in range(PATIENCE):
        try:
            return await method(**arguments)
        except SlackApiError as error:
            if status_of(error) != 429 and code_of(error) not in SLOW:
                raise
            await asyncio.sleep(retry_after(error))
    return await method(**arguments)


async def pages(method: Any, key: str, most: int = 50, **arguments: Any) -> AsyncIterator[Any]:
    """Every item of a paged reading call. Raises CALL_ERRORS, and TooMuch after `most` pages with more to come."""
    cursor = ""
    for _ in range(most):
        answer = await patient(method, **arguments, **({"cursor": cursor} if cursor else {}))
        for item in answer.get(key) or ():
            yield item
        cursor = (answer.get("response_metadata") or {}).get("next_cursor") or ""
        if not cursor:
            return
    raise TooMuch(f"There are more than {most} pages.")
