"""Who is who in Slack: names, languages and zones, asked once an hour at most; and who belongs to what."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from bots.port import StartError
from bots.slack.calls import CALL_ERRORS, pages, patient, why
from inbox.directory import AgentRef, Room
from inbox.model import Account

REMEMBERED = timedelta(hours=1)
REFUSED = timedelta(minutes=1)  # until somebody whom Slack did not tell of is asked for again
LIMIT = 20_000  # accounts kept in memory
ONE_BY_ONE = 20  # more unknown people than this are looked up with the whole list
LIST_PAGE = 500


@dataclass(frozen=True, slots=True)
class Known:
    """What Slack said of a user. `staff`: may be an agent, as a full member who is no guest, external or bot."""

    at: datetime
    account: Account
    staff: bool
    told: bool = True


class People:
    """Accounts of one workspace; `team` is its id, known once the connection is."""

    def __init__(self, connection: str, client: AsyncWebClient, clock: Callable[[], datetime]) -> None:
        self._connection, self._client, self.clock = connection, client, clock
        self.team = ""
        self._known: dict[str, Known] = {}
        self._asked: dict[str, asyncio.Task[Known]] = {}
        self._groups: set[str] = set()

    # one account

    async def account(self, user: str, within: float) -> Account:
        """The account behind a user id. Where Slack does not tell in that many seconds, one without a name."""
        known = self._fresh(user)
        if known is None:
            try:
                async with asyncio.timeout(within):
                    known = await asyncio.shield(self._ask(user))
            except CALL_ERRORS:
                known = self._known.get(user)
        return known.account if known else Account(self._connection, user, "")

    def language(self, user: str) -> str:
        """The person's language without asking anybody; "" where it is not known."""
        known = self._known.get(user)
        return known.account.language if known else ""

    def learn(self, user: Mapping[str, Any]) -> bool:
        """Takes in what an event tells of a user who is known; true where that decides anew who may be an agent."""
        before = self._known.get(str(user["id"]))
        if before is None or not before.told:
            return False
        after = self._keep({"locale": before.account.language, **user})
        return before.staff != after.staff

    def _fresh(self, user: str) -> Known | None:
        known = self._known.get(user)
        if known is None or self.clock() - known.at > (REMEMBERED if known.told else REFUSED):
            return None
        return known

    def _ask(self, user: str) -> asyncio.Task[Known]:
        """Asks Slack, once for all who want to know."""
        if user not in self._asked:
            task = self._asked[user] = asyncio.create_task(self._look_up(user))
            task.add_done_callback(lambda done: self._answered(user, done))
        return self._asked[user]

    def _answered(self, user: str, task: asyncio.Task[Known]) -> None:
        del self._asked[user]
        if not task.cancelled() and task.exception() and user not in self._known:
            self._known[user] = Known(self.clock(), Account(self._connection, user, ""), staff=False, told=False)

    async def _look_up(self, user: str) -> Known:
        return self._keep((await self._client.users_info(user=user, include_locale=True))["user"])

    def _keep(self, user: Mapping[str, Any]) -> Known:
        if len(self._known) >= LIMIT:
            self._known.clear()
        found = self._known[str(user["id"])] = self._read(user)
        return found

    def _read(self, user: Mapping[str, Any]) -> Known:
        """https://docs.slack.dev/reference/objects/user-object"""
        profile = user.get("profile") or {}
        names = (profile.get("display_name"), profile.get("real_name"), user.get("real_name"), user.get("name"))
        bot = bool(user.get("is_bot")) or user["id"] == "USLACKBOT"
        account = Account(
            self._connection,
            str(user["id"]),
            next((str(name) for name in names if name), str(user["id"])),
            str(user.get("locale") or ""),
            str(user.get("tz") or ""),
            bot,
            _email(user),
        )
        return Known(self.clock(), account, staff=not bot and not self._outside(user))

    def _outside(self, user: Mapping[str, Any]) -> bool:
        """Guests, people of other workspaces in shared channels, and accounts that were switched off."""
        if any(user.get(flag) for flag in ("is_restricted", "is_ultra_restricted", "is_stranger", "deleted")):
            return True
        teams = [user.get("team_id"), *((user.get("enterprise_user") or {}).get("teams") or ())]
        return bool(self.team and any(teams)) and self.team not in teams

    # teams

    async def of(self, ref: AgentRef | Room) -> list[Account]:
        """The accounts that a reference names. Raises StartError where Slack does not tell."""
        try:
            known = await self._all(await self._ids(ref))
        except CALL_ERRORS as error:
            raise StartError(f"Slack does not tell who {_called(ref)} is ({why(error)}).") from None
        return [one.account for one in known if one.staff]

    def decides(self, group: str) -> bool:
        """Is this a user group that agents are taken from?"""
        return group in self._groups

    async def _all(self, ids: Sequence[str]) -> list[Known]:
        """All of them, or CALL_ERRORS: nobody loses a seat because Slack was busy."""
        found = {user: known for user in ids if (known := self._fresh(user)) and known.told}
        unknown = [user for user in ids if user not in found]
        if len(unknown) > ONE_BY_ONE:
            wanted = set(unknown)
            async for user in pages(self._client.users_list, "members", most=200, limit=LIST_PAGE, include_locale=True):
                if user["id"] in wanted:
                    found[str(user["id"])] = self._keep(user)
        for user in ids:
            if user not in found:
                answer = await patient(self._client.users_info, user=user, include_locale=True)
                found[user] = self._keep(answer["user"])
        return [found[user] for user in ids]

    async def _ids(self, ref: AgentRef | Room) -> list[str]:
        if isinstance(ref, Room):
            if not ref.private:
                raise StartError(f"{ref.name} is public, so its members cannot be the agents: make it private.")
            members = pages(self._client.conversations_members, "members", channel=ref.external_id, limit=200)
            return [str(user) async for user in members]
        if ref.kind == "user":
            return [ref.name]
        if ref.kind != "group":
            raise StartError(f"Slack knows no {ref.kind}s; agents there are users or user groups ({ref}).")
        wanted = ref.name.removeprefix("@").casefold()
        for group in (await patient(self._client.usergroups_list))["usergroups"]:
            if wanted in (group["id"].casefold(), group["handle"].casefold(), group["name"].casefold()):
                self._groups.add(group["id"])
                answer = await patient(self._client.usergroups_users_list, usergroup=group["id"])
                return [str(user) for user in answer["users"]]
        raise StartError(f"Slack has no user group {ref.name!r}.")


def _email(user: Mapping[str, Any]) -> str:
    """Where Slack lets us know it and vouches for it: the person has confirmed that it is theirs."""
    email = (user.get("profile") or {}).get("email")
    return str(email) if email and user.get("is_email_confirmed") is True else ""


def _called(ref: AgentRef | Room) -> str:
    return f"in {ref.name}" if isinstance(ref, Room) else str(ref)
