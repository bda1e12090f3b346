"""Discord as a platform: one bot, through discord.py's gateway socket and HTTP client."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

import discord
import structlog

from bots.discord import menu
from bots.discord.calls import FAILURES, Api, told
from bots.discord.check import CONTENT, MEMBERS, NO_CONTENT, PUBLIC, problems
from bots.discord.events import Reader
from bots.discord.files import LIMIT, Files
from bots.discord.gap import Gap
from bots.discord.gateway import Client, Line, Tuning
from bots.discord.interact import Interactions
from bots.discord.marks import Marks
from bots.discord.people import People
from bots.discord.places import Places
from bots.discord.posts import Posts
from bots.discord.receive import Receiver
from bots.port import Ability, Card, Front, Health, Hopeless, Mark, Pace, Sent, StartError
from inbox.directory import AgentRef, Room
from inbox.filestore import FileStore
from inbox.model import Account, Place

log = structlog.get_logger("discord")

STOP_SECONDS = 3.0
BAD_TOKEN = "Discord does not accept the bot token: copy it anew from the developer portal (Bot → Reset Token)."  # noqa: S105


class DiscordPlatform:
    """One bot, in all servers that it was invited to (`bots.port.Platform`)."""

    name = "discord"
    abilities = frozenset(
        {
            Ability.EDITS,
            Ability.DELETES,
            Ability.FORMS,
            Ability.MARKS,
            Ability.THREADS,
            Ability.HISTORY,
            Ability.RECONCILE,
            Ability.IDEMPOTENT,
            Ability.TELLS_EDITS,
            Ability.TELLS_DELETES,
            Ability.FILES,
            Ability.REACTIONS,
            Ability.TYPING,
            Ability.ANSWERS,
            Ability.LABELS,
            Ability.TITLES,
            Ability.PRIVATE_THREADS,
        }
    )
    # docs "Rate Limits": 50 calls a second in all, of which answers and look-ups need some; 5 posts in 5 s by
    # `channel_id`, and a thread is a channel; each route has a bucket of its own
    file_limit = LIMIT
    pace = Pace(room_seconds=1.0, per_second=40.0, threads_apart=True, edits_apart=True)
    keeps: timedelta | None = None

    def __init__(
        self,
        connection: str,
        *,
        bot_token: str,
        api_url: str,
        gateway_url: str,
        clock: Callable[[], datetime],
        files: FileStore,
        ticket_reaction: str = "",
        private: frozenset[str] = frozenset(),
        staffed: bool = True,
        tuning: Tuning | None = None,
    ) -> None:
        """`ticket_reaction` is the emoji with which people ask for a ticket of a message; "" for none. `private` are
        the rooms, as the desk file names them, in which threads are opened for one person alone; `staffed` says whether
        agents work there."""
        self.connection = connection
        self._token, self._api_url, self._gateway_url = bot_token, api_url, gateway_url
        self._clock, self._files, self._tuning = clock, files, tuning or Tuning()
        self._ticket_reaction, self._private, self._staffed = ticket_reaction, private, staffed
        self._client: Client | None = None
        self._api: Api
        self._app = ""
        self._places: Places
        self._reader: Reader
        self._people: People | None = None
        self._posts: Posts
        self._receiver: Receiver | None = None
        self._interactions: Interactions | None = None
        self._marks: Marks | None = None
        self._line: Line | None = None
        self._trouble = ""
        self._gap: Gap | None = None

    # life

    async def connect(self) -> Sequence[Room]:
        if not self._token:
            raise StartError("The Discord bot token is missing (DISCORD_BOT_TOKEN).")
        await self._close_client()
        self._line = None
        # the client keeps this very object, so that what the application may have can be added once it is known
        intents = discord.Intents(
            guilds=True,
            guild_messages=True,
            dm_messages=True,
            message_content=True,
            guild_typing=True,
            guild_reactions=True,
            dm_reactions=True,
        )
        self._client = client = Client(self._hear, self._api_url, intents, self._tuning)
        self._api = Api(client.http)
        try:
            await self._prove(client, intents)
        except discord.LoginFailure:
            await self._close_client()
            raise StartError(BAD_TOKEN) from None
        except StartError:
            await self._close_client()
            raise
        except FAILURES as error:
            await self._close_client()
            raise StartError(f"Discord could not be reached ({told(error)}).") from None
        if not client.application_flags.value & CONTENT:
            self._trouble = NO_CONTENT  # the client stays, for `check` has more to ask; the next `connect` closes it
            raise StartError(NO_CONTENT)
        self._trouble = ""
        return await self.rooms()

    async def rooms(self) -> Sequence[Room]:
        if self._client is None:
            raise StartError("The connection to Discord was closed.")
        if not (self._line and self._line.up):  # then the gateway's events keep them as they are
            try:
                await self._places.learn(self._places.bot, self._clock())
            except FAILURES as error:
                raise StartError(f"Discord does not tell its rooms ({told(error)}).") from None
        return self._places.rooms()

    async def _prove(self, client: Client, intents: discord.Intents) -> None:
        """Signs in, and looks whether the application may have what the bot needs."""
        await client.login(self._token)
        if client.user is None or client.application_id is None:
            raise StartError("Discord does not tell who the bot is.")
        intents.members = bool(client.application_flags.value & MEMBERS)
        self._app = str(client.application_id)
        self._places = Places(self.connection, self._api)
        self._places.bot = str(client.user.id)
        self._reader = Reader(self.connection, self._places, self._clock)
        self._people = People(self._api, self._reader)
        self._posts = Posts(self._api, self._reader, self._files)

    async def start(self, front: Front, follow: frozenset[str]) -> None:
        people = self._people
        if self._client is None or people is None:
            raise StartError("The connection to Discord was closed; it is made anew.")
        self._marks = Marks(self._api, self._reader, front, self._tell, self._ticket_reaction)
        self._receiver = Receiver(
            self._api,
            self._reader,
            front,
            self._tuning,
            pressed=self._pressed,
            marked=self._marks.happened,
            concerns=people.concerns,
            session=self._session,
            missed=self._missed,
        )
        self._interactions = Interactions(
            self._api,
            self._reader,
            front,
            direct=self._tell,
            listen=self._receiver.listen,
            set_aside=self._receiver.set_aside,
            seconds=self._tuning.answer,
            at_once=self._tuning.at_once,
        )
        self._gap = gap = Gap(self._api, self._reader, self._receiver, front, self._tuning.gap_retry)
        gap.start(follow)
        await self._say_commands()
        self._line = line = Line(self._client, self._gateway_url, self._tuning)
        line.start()
        await self._until_events_flow(line, gap)

    def follow(self, rooms: frozenset[str]) -> None:
        if self._gap:
            self._gap.grow(rooms)

    async def _until_events_flow(self, line: Line, gap: Gap) -> None:
        """Until the gateway is up and the gap is closed; a long one is closed while live events come in already."""
        with suppress(TimeoutError):
            async with asyncio.timeout(self._tuning.ready):
                await line.ready.wait()
        if not line.up:
            trouble = line.trouble
            await self.stop()
            raise StartError(trouble)
        with suppress(TimeoutError):
            async with asyncio.timeout(self._tuning.gap):
                await gap.closed.wait()

    async def _say_commands(self) -> None:
        """Puts our commands into Discord's menu, where they are not there as they are now."""
        path, ours = "/applications/{application_id}/commands", menu.commands(staffed=self._staffed)
        try:
            query = {"with_localizations": "true"}
            theirs = await self._api.call("GET", path, application_id=self._app, query=query)
            if not menu.same(ours, theirs):
                await self._api.call("PUT", path, application_id=self._app, json=ours)
        except FAILURES as error:  # a help; buttons work without it
            log.warning("discord.commands_not_registered", connection=self.connection, why=told(error))

    async def stop(self) -> None:
        if self._line:
            await self._line.stop()
        if self._gap:
            self._gap.stop()
        if self._interactions:
            await self._interactions.drain(STOP_SECONDS)
        if self._marks:
            await self._marks.drain(STOP_SECONDS)
        if self._receiver:
            await self._receiver.stop(STOP_SECONDS)
        await self._close_client()

    async def _close_client(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            await self._api.drain(STOP_SECONDS)
            with suppress(Exception):
                await client.close()

    def health(self) -> Health:
        if self._client is None:
            return Health(False, "not connected yet")
        if trouble := self._trouble or (self._line.trouble if self._line else ""):
            return Health(False, trouble)
        if self._receiver and self._receiver.lanes.stuck:
            return Health(False, "The database cannot be written; messages from Discord wait meanwhile.")
        return Health(True)

    # the gateway's news

    async def _tell(self, account: str, card: Card) -> None:
        """A card to a person, outside of the outbox: what became of something that they just did."""
        await self._posts.direct(account, card, "")

    def _hear(self, event: str, data: Any) -> None:
        if self._receiver:
            self._receiver.hear(event, data)

    def _pressed(self, data: Mapping[str, Any]) -> None:
        if self._interactions:
            self._interactions.take(data)

    def _session(self, new: bool) -> None:
        """The line is up. Of what was said since an earlier session, a new one tells nothing."""
        if self._line:
            self._line.came_up()
        if new and self._gap:
            self._gap.want()

    def _missed(self) -> None:
        if self._gap and not self._gap.wanted:
            log.error("discord.too_much_waits", connection=self.connection)
            self._gap.want()

    # who and what

    async def people(self, ref: AgentRef | Room) -> Sequence[Account]:
        if self._people is None:
            raise StartError("The connection to Discord is not made yet.")
        return await self._people.of(ref)

    async def check(self, rooms: Mapping[str, Room | None], refs: Sequence[AgentRef]) -> Sequence[str]:
        if self._client is None:
            return []  # why, `connect` said
        found = problems(self._places, rooms, self._private)
        if self._client.application and self._client.application.bot_public:
            found.append(PUBLIC)
        for ref in refs:
            try:
                if not await self.people(ref):
                    found.append(f"{ref} names nobody who may be an agent (no bots).")
            except StartError as error:
                found.append(str(error))
        return found

    # posts

    async def send(self, place: Place, card: Card, nonce: str, *, opens: str = "", answers: str = "") -> Sent:
        return await self._posts.send(place, card, nonce, opens, answers)

    async def open_topic(self, room: str, title: str) -> str:
        raise Hopeless("Discord's threads hang on messages.", "unknown_ability")

    async def open_private(self, place: Place, title: str, *, again: bool) -> str:
        return await self._posts.open_private(place, title, again=again)

    async def direct(self, account: str, card: Card, nonce: str) -> Sent:
        return await self._posts.direct(account, card, nonce)

    async def whisper(self, place: Place, account: str, card: Card) -> None:
        raise Hopeless("Discord shows private answers only to somebody who just pressed or typed.", "unknown_ability")

    async def edit(self, place: Place, parts: tuple[str, ...], card: Card, nonce: str) -> tuple[str, ...]:
        return await self._posts.edit(place, parts, card, nonce)

    async def delete(self, place: Place, parts: tuple[str, ...]) -> None:
        await self._posts.delete(place, parts)

    async def mark(self, place: Place, message_id: str, mark: Mark) -> None:
        await self._posts.mark(place, message_id, mark)

    async def typing(self, place: Place) -> None:
        await self._posts.typing(place)

    async def react(self, place: Place, message_id: str, emoji: str, *, on: bool) -> None:
        await self._posts.react(place, message_id, emoji, on=on)

    async def label(self, place: Place, status: str) -> None:
        await self._posts.label(place, status)

    async def rename(self, place: Place, title: str) -> None:
        await self._posts.rename(place, title)

    async def fetch(self, ref: str) -> AsyncIterator[bytes]:
        async for chunk in Files(self._api, self._api_url).fetch(ref):
            yield chunk

    async def find_sent(self, place: Place, nonce: str, since: datetime) -> Sent | None:
        return await self._posts.find_sent(place, nonce, since)
