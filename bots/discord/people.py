"""Who belongs to what in Discord: users, the members with a role, and those who may see a private channel."""

from collections.abc import AsyncIterator, Mapping
from typing import Any

from bots.discord.calls import FAILURES, Api, told
from bots.discord.events import Reader
from bots.discord.places import Guild
from bots.port import StartError
from inbox.directory import AgentRef, Room
from inbox.model import Account

PAGE, MOST_PAGES = 1000, 200
MEMBERS_INTENT = (
    "Discord does not tell the bot who has a role or sees a private channel: switch on Server Members Intent in the "
    "developer portal (Bot → Privileged Gateway Intents)."
)
MISSING_ACCESS = 50001
SHOWN = 5  # roles of the same name

Member = Mapping[str, Any]


class People:
    """Accounts of one connection. Lists of members are read page by page and not kept: servers can be large."""

    def __init__(self, api: Api, reader: Reader) -> None:
        self._api, self._reader = api, reader
        self._roles: set[str] = set()  # those that make somebody an agent
        self._rooms: set[str] = set()  # whose members are agents
        self._agents: dict[str, frozenset[str]] = {}  # and who has them, as last looked up

    async def of(self, ref: AgentRef | Room) -> list[Account]:
        """The accounts that a reference names, no bots. Raises StartError where Discord does not tell."""
        try:
            return await (self._in_room(ref) if isinstance(ref, Room) else self._named(ref))
        except FAILURES as error:
            if getattr(error, "code", 0) == MISSING_ACCESS:
                raise StartError(MEMBERS_INTENT) from None
            raise StartError(f"Discord does not tell who {ref} is ({told(error)}).") from None

    async def _named(self, ref: AgentRef) -> list[Account]:
        if ref.kind == "user":
            return [await self._user(ref.name)]
        if ref.kind != "role":
            raise StartError(f"Discord knows no {ref.kind}s; agents there are users or roles ({ref}).")
        guild, role = self._role(ref.name)
        self._roles.add(role)
        found = [member async for member in self._everybody(guild.id) if role in member["roles"]]
        for member in found:
            self._note(member)
        return [account for account in map(self._account, found) if not account.bot]

    def _role(self, wanted: str) -> tuple[Guild, str]:
        """The one role with that id or name ("Acme/Support" where servers have equal ones): else whoever makes another
        role of an agents' role's name, on any server, would make agents."""
        plain = wanted.removeprefix("@").casefold()
        fits = [
            (guild, role)
            for guild in self._reader.places.guilds.values()
            for role, (name, _) in guild.roles.items()
            if role != guild.id and plain in (role, name.casefold(), f"{guild.name}/{name}".casefold())
        ]
        if not fits:
            raise StartError(f"Discord has no role {wanted!r} in the bot's servers.")
        if len(fits) > 1:
            ways = ", ".join(f"{guild.name}/{guild.roles[role][0]} or {role}" for guild, role in fits[:SHOWN])
            raise StartError(f"Discord has several roles called {wanted!r}: say which one is meant ({ways}).")
        return fits[0]

    async def _in_room(self, room: Room) -> list[Account]:
        """The members who may see a private channel; those who may only by being everybody would be all."""
        channel = self._reader.places.known(room.external_id)
        guild = self._reader.places.guilds.get(channel.guild) if channel else None
        if channel is None or guild is None:
            raise StartError(f"The bot does not see {room.name} any more.")
        if guild.allowed(channel, "", ()):
            raise StartError(f"{room.name} is open to everybody: make it private, or list the queue's agents.")
        self._rooms.add(channel.id)
        self._roles |= {of for of, _, _ in channel.overwrites if of in guild.roles}
        found = [m async for m in self._everybody(guild.id) if self._sees(guild, channel, m)]
        for member in found:
            self._note(member)
        return [account for account in map(self._account, found) if not account.bot]

    def _sees(self, guild: Guild, channel: Any, member: Member) -> bool:
        return bool(guild.allowed(channel, str(member["user"]["id"]), map(str, member["roles"])))

    def _account(self, member: Member) -> Account:
        return self._reader.account(member["user"], member)

    async def _user(self, wanted: str) -> Account:
        """A user by id, or by a name that only one member has."""
        if wanted.isdecimal():
            return await self._by_id(wanted)
        name = wanted.removeprefix("@").casefold()
        fits: dict[str, Account] = {}
        for guild in self._reader.places.guilds:
            query = {"query": name, "limit": 100}
            path = "/guilds/{guild_id}/members/search"
            for member in await self._api.call("GET", path, guild_id=guild, query=query):
                user = member["user"]
                if name in {
                    str(n or "").casefold() for n in (user["username"], user.get("global_name"), member.get("nick"))
                }:
                    fits[str(user["id"])] = self._account(member)
        if len(fits) != 1:
            raise StartError(f"Discord knows {'several people' if fits else 'nobody'} called {wanted!r}: use the id.")
        return fits.popitem()[1]

    async def _by_id(self, user: str) -> Account:
        path = "/guilds/{guild_id}/members/{user_id}"
        for guild in self._reader.places.guilds:
            try:
                return self._account(await self._api.call("GET", path, guild_id=guild, user_id=user))
            except FAILURES as error:
                if getattr(error, "status", 0) != 404:
                    raise
        return self._reader.account(await self._api.call("GET", "/users/{user_id}", user_id=user))

    async def _everybody(self, guild: str) -> AsyncIterator[Member]:
        after = "0"
        for _ in range(MOST_PAGES):
            query = {"limit": PAGE, "after": after}
            page = await self._api.call("GET", "/guilds/{guild_id}/members", guild_id=guild, query=query)
            for member in page:
                yield member
                after = str(member["user"]["id"])
            if len(page) < PAGE:
                return

    # changes

    def _note(self, member: Member) -> None:
        self._agents[str(member["user"]["id"])] = frozenset(map(str, member["roles"])) & self._roles

    def concerns(self, event: str, data: Mapping[str, Any]) -> bool:
        """Does an event change who is an agent? Raises KeyError, TypeError."""
        if event == "CHANNEL_UPDATE":
            return str(data["id"]) in self._rooms
        if event.startswith("GUILD_ROLE_"):
            return bool(self._roles or self._rooms)
        if event == "GUILD_MEMBER_REMOVE":
            return self._agents.pop(str(data["user"]["id"]), None) is not None
        held = frozenset(map(str, data["roles"])) & self._roles
        return held != self._agents.get(str(data["user"]["id"]), frozenset())
