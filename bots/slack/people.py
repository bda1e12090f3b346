"""Who is who in Slack: names, languages and zones, asked once an hour at most; and who belongs to what."""

from collections.abc import Callable
from datetime import datetime, timedelta

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient

from bots.port import StartError
from bots.slack.calls import code_of, pages
from inbox.directory import AgentRef, Room
from inbox.model import Account

REMEMBERED = timedelta(hours=1)
LIMIT = 20_000  # accounts kept in memory


class People:
    """Accounts of one workspace."""

    def __init__(self, connection: str, client: AsyncWebClient, clock: Callable[[], datetime]) -> None:
        self._connection, self._client, self._clock = connection, client, clock
        self._known: dict[str, tuple[datetime, Account, bool]] = {}

    async def account(self, user: str, name: str = "") -> Account:
        """The account behind a user id. Where Slack does not answer, an account with `name` or the id as its name."""
        return (await self._look_up(user, name))[0]

    async def _look_up(self, user: str, name: str = "") -> tuple[Account, bool]:
        """The account, and whether it may be an agent: a full member, no guest, no external, no bot."""
        known = self._known.get(user)
        if known and self._clock() - known[0] < REMEMBERED:
            return known[1], known[2]
        try:
            answer = await self._client.users_info(user=user, include_locale=True)
        except (TimeoutError, SlackApiError, SlackClientError, aiohttp.ClientError, OSError):
            return (known[1], known[2]) if known else (Account(self._connection, user, name or user), False)
        found = self._read(answer["user"], name)
        if len(self._known) >= LIMIT:
            self._known.clear()
        self._known[user] = (self._clock(), *found)
        return found

    def _read(self, user: dict[str, object], name: str) -> tuple[Account, bool]:
        profile = user.get("profile")
        shown = profile if isinstance(profile, dict) else {}
        called = (
            shown.get("display_name") or shown.get("real_name") or user.get("real_name") or user.get("name") or name
        )
        bot = bool(user.get("is_bot")) or user.get("id") == "USLACKBOT"
        outside = any(user.get(flag) for flag in ("is_restricted", "is_ultra_restricted", "is_stranger", "deleted"))
        account = Account(
            self._connection,
            str(user["id"]),
            str(called),
            str(user.get("locale") or ""),
            str(user.get("tz") or ""),
            bot,
        )
        return account, not bot and not outside

    def forget(self, user: str) -> None:
        """What was known of a user may have changed."""
        self._known.pop(user, None)

    async def of(self, ref: AgentRef | Room) -> list[Account]:
        """The accounts that a reference names. Raises StartError where Slack does not tell."""
        try:
            ids = await self._ids(ref)
            found = [await self._look_up(user) for user in ids]
        except SlackApiError as error:
            raise StartError(f"Slack does not tell who {_called(ref)} is ({code_of(error) or 'no answer'}).") from None
        except (TimeoutError, SlackClientError, aiohttp.ClientError, OSError) as error:
            raise StartError(f"Slack could not be asked who {_called(ref)} is ({type(error).__name__}).") from None
        return [account for account, may_answer in found if may_answer]

    async def _ids(self, ref: AgentRef | Room) -> list[str]:
        if isinstance(ref, Room):
            method = self._client.conversations_members
            return [str(user) async for user in pages(method, "members", channel=ref.external_id, limit=200)]
        if ref.kind == "user":
            answer = await self._client.users_info(user=ref.name, include_locale=True)
            return [str(answer["user"]["id"])]
        if ref.kind != "group":
            raise StartError(f"Slack knows no {ref.kind}s; agents there are users or user groups ({ref}).")
        groups = (await self._client.usergroups_list())["usergroups"]
        wanted = ref.name.casefold()
        for group in groups:
            if wanted in (group["id"].casefold(), group["handle"].casefold(), group["name"].casefold()):
                return [
                    str(user) for user in (await self._client.usergroups_users_list(usergroup=group["id"]))["users"]
                ]
        raise StartError(f"Slack has no user group {ref.name!r}.")


def _called(ref: AgentRef | Room) -> str:
    return f"in {ref.name}" if isinstance(ref, Room) else str(ref)
